"""What a block of layers sees inside it: degrees of freedom as a function of the ridge handed in.

Here the population itself; `noisy_level` has the other medium. Points keep their numbers: `which` says which of them a call
is about.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Protocol

import numpy as np

from theory.solve.kappa.bracket import LIMIT, Index
from theory.solve.kappa.compiled import SUMS, excess
from theory.solve.kappa.table import Table
from theory.spectra.base import Array, Spectrum
from theory.spectra.sums.shape import LISTABLE

TOGETHER = 10**6  # modes times points that are summed at once


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
    listed : bool
        Whether κ may be negative (a population: its modes are few enough to be listed).
    summed : tuple or None
        What compiled loops add up, where they are wanted (`Spectrum.summed`).
    """

    size: Array
    rank: Array
    smallest: Array
    total: Array
    slope_error: float
    patience: int
    listed: bool
    summed: tuple[Any, Any] | None

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
    compiled : bool
        Whether there are points enough, in all, for compiled loops.
    """

    def __init__(self, spectrum: Spectrum, points: int, table: Table | None = None, compiled: bool = False) -> None:
        self.spectrum = spectrum
        self.size = np.full(points, float(spectrum.size))
        self.rank = np.full(points, float(spectrum.rank))
        self.smallest = np.full(points, float(spectrum.smallest))
        self.total = np.full(points, float(spectrum.total_variance))
        self.slope_error, self.patience = (0.01, 16) if table else (0.0, LIMIT)
        self.listed = spectrum.size <= LISTABLE
        self._sums = table or spectrum
        self.summed = spectrum.summed if compiled and table is None else None

    def excess(self, which: Index, kappa: Array, n: Array) -> tuple[Array, Array]:
        """Return d(κ) − n and −dd/dlnκ; κ < 0 (a negative ridge) mode by mode."""
        if (kappa >= 0).all():
            if self.summed is None or self.summed[0] not in SUMS:
                return self._sums.excess(kappa, n)
            return excess(self.summed, kappa, n)
        eigenvalues, counts = self._modes
        missed, slope = np.empty((2, kappa.size))
        for points in np.array_split(np.arange(kappa.size), 1 + kappa.size * eigenvalues.size // TOGETHER):
            ridge = kappa[points, None]
            y = ridge / (eigenvalues + ridge)
            missed[points], slope[points] = y @ counts, (y * (eigenvalues / (eigenvalues + ridge))) @ counts
        return (self.rank[which] - n) - missed, slope

    @cached_property
    def _modes(self) -> tuple[Array, Array]:
        """The distinct positive eigenvalues and how often they occur."""
        eigenvalues = self.spectrum.explicit()[0]
        distinct, counts = np.unique(eigenvalues[eigenvalues > 0], return_counts=True)
        return distinct, counts.astype(np.float64)
