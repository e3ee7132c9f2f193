"""What a block of layers sees inside it: degrees of freedom as a function of the ridge handed in.

Here the population itself; `noisy_level` has the other medium. Points keep their numbers: `which` says which of them a call
is about.
"""

from __future__ import annotations

from functools import cached_property
from typing import Protocol

import numpy as np

from theory.solve.bracket import LIMIT, Index
from theory.solve.table import Table
from theory.spectra.base import Array, Spectrum


class Medium(Protocol):
    """The inside of a block: per point a size, a rank, bounds, and d − n with its slope.

    Attributes
    ----------
    size, rank, smallest, total : ndarray, shape (points,)
        Number of coordinates, of positive directions; a lower bound s with d ≥ rank·s/(s+κ), an upper bound κd ≤ total.
    slope_error : float
        Relative error of the slope, beyond rounding.
    patience : int
        Number of steps that a root is worth.
    """

    size: Array
    rank: Array
    smallest: Array
    total: Array
    slope_error: float
    patience: int

    def excess(self, which: Index, kappa: Array, n: Array) -> tuple[Array, Array]:
        """Return d(κ) − n and −dd/dlnκ."""


class Population:
    """The spectrum, the same for every point.

    Parameters
    ----------
    spectrum : Spectrum
        The population.
    points : int
        Number of points.
    table : Table, optional
        Interpolate in it instead of summing: for first guesses.
    """

    def __init__(self, spectrum: Spectrum, points: int, table: Table | None = None) -> None:
        self.spectrum = spectrum
        self.size = np.full(points, float(spectrum.size))
        self.rank = np.full(points, float(spectrum.rank))
        self.smallest = np.full(points, float(spectrum.smallest))
        self.total = np.full(points, float(spectrum.total_variance))
        self.slope_error, self.patience = (0.01, 16) if table else (0.0, LIMIT)
        self._sums = table or spectrum

    def excess(self, which: Index, kappa: Array, n: Array) -> tuple[Array, Array]:
        """Return d(κ) − n and −dd/dlnκ; κ < 0 (a negative ridge) mode by mode."""
        if (kappa >= 0).all():
            return self._sums.excess(kappa, n)
        eigenvalues, counts = self._modes
        missed, slope = np.empty((2, kappa.size))
        for point, ridge in enumerate(kappa):
            y = ridge / (eigenvalues + ridge)
            missed[point], slope[point] = counts @ y, counts @ (y * (eigenvalues / (eigenvalues + ridge)))
        return (self.rank[which] - n) - missed, slope

    @cached_property
    def _modes(self) -> tuple[Array, Array]:
        """The distinct positive eigenvalues and how often they occur."""
        eigenvalues = self.spectrum.explicit()[0]
        distinct, counts = np.unique(eigenvalues[eigenvalues > 0], return_counts=True)
        return distinct, counts.astype(np.float64)
