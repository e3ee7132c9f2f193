"""Gaps, atoms and bands of what a chain makes, with the number of eigenvalues in each, from its intervals of real κ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from theory.density.gaps import BISECTIONS, Intervals, gaps
from theory.density.levels import Levels
from theory.spectra.base import Array

HARD = 1e-14  # of the smallest scale, down to which a band that reaches zero is followed


class Edges(NamedTuple):
    """Bands, from the largest x downwards, as arrays of shape (n_bands,).

    Attributes
    ----------
    lower, upper : ndarray
        In x; `lower` is 0 at a hard edge.
    start, end : ndarray
        κ at the upper and the lower edge; at a hard edge where s = 0.
    hard : ndarray of bool
        Whether the band reaches down to zero.
    cut : ndarray
        The lowest x that it is followed to.
    above, below : ndarray
        N at the upper edge and at the lower one.
    upper_room, lower_room : ndarray
        How far the nearest other special κ is from `start` and `end`.
    """

    lower: Array
    upper: Array
    start: Array
    end: Array
    hard: Array
    cut: Array
    above: Array
    below: Array
    upper_room: Array
    lower_room: Array


@dataclass(frozen=True)
class Support:
    """Where the eigenvalues are.

    Attributes
    ----------
    atoms : tuple of (x, multiplicity)
        Eigenvalues that nothing spreads, the largest first; without those that are zero.
    bands : Edges
        The rest.
    """

    atoms: tuple[tuple[float, float], ...]
    bands: Edges


def support(levels: Levels) -> Support:
    """Return atoms and bands."""
    found = gaps(levels)
    low, high = found.kappa(found.y_low), found.kappa(found.y_high)
    counts = _counts(levels, found)
    x_top, x_bottom = -levels.ridge(low)[0], -levels.ridge(high)[0]  # of each gap
    room_low, room_high = np.minimum(low - found.low, high - low), np.minimum(found.high - high, high - low)
    atoms, bands = [], []
    for gap in range(low.size - 1):
        touching = found.at_high[gap] and found.at_low[gap + 1]
        mass = counts[gap + 1] - counts[gap]
        if touching:
            if mass > 0:
                atoms.append((0.5 * float(x_bottom[gap] + x_top[gap + 1]), float(mass)))
            continue
        bands.append((gap, gap + 1))
    i, j = (np.array(column, dtype=np.intp) for column in zip(*bands, strict=True)) if bands else (np.zeros(0, np.intp),) * 2
    hard = np.zeros(i.size, bool)
    if i.size and j[-1] == low.size - 1:
        hard[-1] = levels.order > 1 or x_top[-1] <= 0.0
    scale = np.where(np.abs(low[j]) > 1e-9 * levels.modes.eigenvalues[-1], np.abs(low[j]), levels.modes.eigenvalues[-1])
    cut = np.where(hard, np.minimum(HARD * scale, HARD * x_bottom[i]), x_top[j])
    edges = Edges(np.where(hard, 0.0, x_top[j]), x_bottom[i], high[i], low[j], hard, cut, counts[i], counts[j],
                  room_high[i], room_low[j])  # fmt: skip
    return Support(tuple(atoms), edges)


def _counts(levels: Levels, found: Intervals) -> Array:
    """Return N in each gap, at a κ where x is positive."""
    y_high = found.y_high.copy()
    last, low, high = found.take(np.array([-1])), found.y_low[-1:].copy(), found.y_high[-1:].copy()
    for _ in range(BISECTIONS):  # where s changes sign in the gap that reaches down to zero
        middle = 0.5 * (low + high)
        negative = levels.ridge(last.kappa(middle))[0] < 0
        low, high = np.where(negative, middle, low), np.where(negative, high, middle)
    y_high[-1] = low[0]
    counts = levels.gap_counts(found.kappa(0.5 * (found.y_low + y_high)))
    counts[-1] = levels.rank if y_high[-1] <= found.y_low[-1] else counts[-1]
    return counts
