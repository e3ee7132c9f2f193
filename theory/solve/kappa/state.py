"""Solutions: of one block, with d split in two parts so that differences with it do not cancel, and of a whole chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.results.status import reasons
from theory.solve.kappa.bracket import Index
from theory.solve.status import Status, converged
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
    chi : tuple of ndarray or None
        For each layer with a law of columns or rows, χ in the law's own scale.
    """

    kappa: NDArray[Any]
    pairs: tuple[tuple[NDArray[Any], NDArray[Any]], ...]
    vacancy: NDArray[Any]
    dof: NDArray[Any]
    code: NDArray[np.intp]
    chi: tuple[NDArray[Any] | None, ...]

    @classmethod
    def joined(cls, points: int, parts: Sequence[tuple[Any, Solution]], kind: Any = np.float64) -> Solution:
        """Return the solution at all points from those at some, pairs of which points and theirs, in numbers of a kind."""

        def join(columns: Sequence[NDArray[Any]], kind: Any = kind) -> NDArray[Any]:
            made = np.empty(points, kind)
            for (where, _), column in zip(parts, columns, strict=True):
                made[where] = column
            return made

        solutions = [part for _, part in parts]
        places = range(len(solutions[0].pairs))
        pairs = tuple((join([s.pairs[i][0] for s in solutions]), join([s.pairs[i][1] for s in solutions])) for i in places)
        chi = []
        for i in places:
            columns = [s.chi[i] for s in solutions]
            known = [column for column in columns if column is not None]
            chi.append(join(known) if known else None)
        return cls(
            join([s.kappa for s in solutions]), pairs, join([s.vacancy for s in solutions]), join([s.dof for s in solutions]),
            join([s.code for s in solutions], np.intp), tuple(chi),
        )

    @property
    def converged(self) -> NDArray[np.bool_]:
        """Whether the numbers are right to rounding; exact limits count as converged."""
        return converged(self.code)

    @property
    def reasons(self) -> NDArray[np.str_]:
        """The codes in words."""
        return reasons(self.code, Status)
