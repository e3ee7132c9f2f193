"""Lines of theory and points of simulation: what a picture of an experiment is made of, before it is drawn.

A point is the mean of independent trials with its standard error, or, where tails are heavy, their median with the order
statistics √n/2 ranks to either side, which holds for any law.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from numerics.montecarlo.trials import Estimate

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Points:
    """Simulated values, arrays of shape (n_points,), with one standard error below and above.

    Attributes
    ----------
    x, y, below, above : ndarray
        Bars reach from y − below to y + above.
    is_median : ndarray of bool
        Whether y is a median, with the bars of `median_and_bars`; else a mean.
    """

    x: Array
    y: Array
    below: Array
    above: Array
    is_median: NDArray[np.bool_]

    @classmethod
    def of(cls, x: ArrayLike, estimates: Sequence[Estimate], is_median: ArrayLike = False) -> Points:
        """Return one point for each estimate, of its mean or of its median."""
        medians = np.broadcast_to(is_median, (len(estimates),))
        rows = [median_and_bars(e) if m else (e.mean, e.stderr, e.stderr) for e, m in zip(estimates, medians, strict=True)]
        y, below, above = np.array(rows, dtype=np.float64).T
        return cls(np.asarray(x, dtype=np.float64), y, below, above, medians)


@dataclass(frozen=True, eq=False)
class Curve:
    """One quantity: theory at x, y of shape (n_line,), and simulation where there is one."""

    label: str
    x: Array
    y: Array
    points: Points | None = None


@dataclass(frozen=True, eq=False)
class Panel:
    """Curves that share axes; `mark` is a value of x worth a line: the interpolation threshold."""

    title: str
    curves: tuple[Curve, ...]
    mark: float | None = None

    @property
    def median_deviation(self) -> float:
        """Median of |simulation/theory − 1| over all points, theory read off the curve at the same x."""
        found = []
        for curve in self.curves:
            if curve.points is not None:
                expected = np.exp(np.interp(np.log(curve.points.x), np.log(curve.x), np.log(curve.y)))
                found.append(np.abs(curve.points.y / expected - 1.0))
        return float(np.median(np.concatenate(found)))


@dataclass(frozen=True)
class Optimum:
    """The least test risk along a ridge path.

    Attributes
    ----------
    noise : float
        σ².
    ridge, risk : float
        Where and what, by theory.
    simulated, simulated_risk : float
        The vertex of a parabola in ln λ through the least mean and its neighbours.
    factor : float
        One standard error of `simulated`, as a factor, by the jackknife over trials.
    """

    noise: float
    ridge: float
    risk: float
    simulated: float
    simulated_risk: float
    factor: float


def median_and_bars(estimate: Estimate) -> tuple[float, float, float]:
    """Return the median over trials and its bars: order statistics √n/2 ranks to either side, no law assumed."""
    ranked = np.sort(estimate.values)
    n = len(ranked)
    reach = np.sqrt(n) / 2
    low, high = ranked[max(int(np.floor(n / 2 - reach)), 0)], ranked[min(int(np.ceil(n / 2 + reach)), n) - 1]
    median = float(np.median(ranked))
    return median, median - float(low), float(high) - median
