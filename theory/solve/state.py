"""The solution of one block at some points: d split in two parts so that differences with it do not cancel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.solve.bracket import Index
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
        Index into `status.WORDS`.
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
