"""A rough population: d(ln κ) from a table, for first guesses that the exact sums only have to confirm.

Between grid points d is the cubic through d and dd/dlnκ at both ends; near the rank the same cubic carries rank − d,
whose relative accuracy matters there. Beyond the grid d = rank − const·κ and d = const/κ.
"""

from __future__ import annotations

import numpy as np

from theory.spectra.base import Array, Spectrum

MARGIN = 20.0  # how far the grid reaches beyond the eigenvalues
NODES = 32, 2048


class Table:
    """d(κ) of a spectrum, interpolated.

    Parameters
    ----------
    spectrum : Spectrum
        The population.
    points : int
        How many points will be solved: the table has an eighth as many entries.
    largest : float
        The largest finite size of the chain: where the rank is infinite the grid reaches down to d ≈ `largest`.
    """

    def __init__(self, spectrum: Spectrum, points: int, largest: float) -> None:
        bottom = float(spectrum.smallest) if np.isfinite(spectrum.rank) else _bottom(spectrum, largest)
        low, high = (np.log(max(value, 1e-300)) for value in (bottom / MARGIN, spectrum.total_variance))
        grid = np.linspace(low, high + np.log(MARGIN), int(np.clip(points // 8, *NODES)))
        self.rank = float(spectrum.rank)
        self.low, self.step = grid[0], grid[1] - grid[0]
        d, fall = spectrum.excess(np.exp(grid), np.zeros(grid.size))
        left = spectrum.excess(np.exp(grid), np.full(grid.size, self.rank))[0] if np.isfinite(self.rank) else d
        slope, rise = -self.step * fall, np.diff(d)
        rise = np.where(d[:-1] > 0.5 * self.rank, np.diff(left), rise)
        # d = c0 + c1 s + c2 s² + c3 s³ on each cell, s in [0, 1]
        self.cubic = np.stack((slope[:-1], 3 * rise - 2 * slope[:-1] - slope[1:], slope[:-1] + slope[1:] - 2 * rise))
        self.learnt, self.left = d, left

    def excess(self, kappa: Array, n: Array) -> tuple[Array, Array]:
        """Return d(κ) − n and −dd/dlnκ of the interpolant."""
        place = (np.log(kappa) - self.low) / self.step
        cell = np.clip(place.astype(np.intp), 0, self.learnt.size - 2)
        s = np.clip(place - cell, 0.0, 1.0)
        c1, c2, c3 = self.cubic[:, cell]
        change = s * (c1 + s * (c2 + s * c3))
        fall = -(c1 + s * (2.0 * c2 + s * (3.0 * c3))) / self.step
        surplus = change + np.where(n > 0.5 * self.rank, self._room(n) + self.left[cell], self.learnt[cell] - n)
        outside = np.flatnonzero((place < 0) | (place > self.learnt.size - 1))
        if outside.size:
            surplus[outside], fall[outside] = self._beyond(place[outside], n[outside])
        return surplus, fall

    def _room(self, n: Array) -> Array | float:
        return self.rank - n if np.isfinite(self.rank) else 0.0

    def _beyond(self, place: Array, n: Array) -> tuple[Array, Array]:
        """Return the same outside the grid."""
        with np.errstate(over="ignore", under="ignore"):
            scale = np.exp(-self.step * np.maximum(place - (self.learnt.size - 1), 0.0))
            above = self.learnt[-1] * scale
            missed = -self.left[0] * np.exp(self.step * np.minimum(place, 0.0))
        if np.isfinite(self.rank):
            return np.where(place < 0, (self.rank - n) - missed, above - n), np.where(place < 0, missed, above)
        bottom = np.full(n.shape, self.learnt[0])
        return np.where(place < 0, bottom, above) - n, np.where(place < 0, bottom, above)


def _bottom(spectrum: Spectrum, largest: float) -> float:
    """Return a κ with d(κ) > largest."""
    kappa = float(spectrum.total_variance)
    while kappa > 1e-300 and spectrum.excess(np.array([kappa]), np.array([largest]))[0][0] < 0:
        kappa *= 1e-3
    return kappa
