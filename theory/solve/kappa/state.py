"""Solutions: of one block, with d split in two parts so that differences with it do not cancel, and of a whole chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.solve.kappa.bracket import Index
from theory.solve.status import converged, reasons
from theory.spectra.base import Array


@dataclass
class State:
    """The solution of a block at some points.

    Attributes
    ----------
    kappa : ndarray
        κ of the medium.
    base, offset : ndarray
        d = base + offset; base is n_min where d is closer to it than to 0.
    slack : ndarray
        n_min − d (0 where no size binds).
    fall : ndarray
        −dd/dlnκ.
    elasticity : ndarray
        dlnκ/dlnλ.
    code : ndarray of int
        Of `theory.solve.status.Status`.
    """

    kappa: Array
    base: Array
    offset: Array
    slack: Array
    fall: Array
    elasticity: Array
    code: NDArray[np.intp]

    @classmethod
    def blank(cls, points: int) -> State:
        """Return a state of zeros."""
        kappa, base, offset, slack, fall, elasticity = np.zeros((6, points))
        return cls(kappa, base, offset, slack, fall, elasticity, np.zeros(points, np.intp))

    def put(self, where: Index | NDArray[np.bool_], part: State) -> None:
        """Write the points of `part` into the places `where`."""
        for name, values in vars(part).items():
            getattr(self, name)[where] = values


@dataclass(frozen=True)
class Solution:
    """The fixed point at n points, in real numbers, or in complex ones at complex ridges.

    Attributes
    ----------
    kappa : ndarray, shape (n,)
        The innermost κ.
    pairs : tuple of (u, t)
        For each layer, innermost first: the occupied fraction d/n and 1 − d/n (η and η̄ for feature noise), each with
        full relative accuracy. The tight t is negative for a negative ridge.
    vacancy : ndarray, shape (n,)
        1 − d/D of the population; 1 where D is infinite.
    dof : ndarray, shape (n,)
        d(κ).
    code : ndarray of int, shape (n,)
        Of `theory.solve.status.Status`.
    """

    kappa: NDArray[Any]
    pairs: tuple[tuple[NDArray[Any], NDArray[Any]], ...]
    vacancy: NDArray[Any]
    dof: NDArray[Any]
    code: NDArray[np.intp]

    @property
    def converged(self) -> NDArray[np.bool_]:
        """Whether the numbers are right to rounding; exact limits count as converged."""
        return converged(self.code)

    @property
    def reasons(self) -> NDArray[np.str_]:
        """The codes in words."""
        return reasons(self.code)
