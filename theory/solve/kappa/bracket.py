"""Newton's method in log κ for many points at once, each inside a bracket that only ever shrinks.

A step S = E/(−dE/dlnκ) is taken between κ(1+S) and κ/(1−S), which are the tangents in κ and in 1/κ. Where E is convex
in the one and concave in the other (traces of a positive spectrum are), the root lies between them, so that one
evaluation bounds it from both sides and |S| < 1e-8 already means full precision. Where Newton does not halve its step
or the bracket, the bracket is bisected in log κ. Points that are done leave the working set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from theory.solve.kappa.arithmetic import QUADRATIC, TINY, continued, log_width, narrowed
from theory.spectra.base import Array

Index: TypeAlias = NDArray[np.intp]
Step: TypeAlias = Callable[[Index, Array], tuple[Array, Array, Array]]

CAUTIOUS = 1e-12  # any other step
LIMIT = 200


def newton(
    step: Step, low: Array, high: Array, start: Array, tolerance: float = QUADRATIC, limit: int = LIMIT
) -> tuple[Array, NDArray[np.bool_]]:
    """Return the roots and whether each was found.

    Parameters
    ----------
    step : callable
        `step(which, kappa)` gives, for the points numbered `which`, the step S and a lower and an upper bound of the
        root that this evaluation implies (bounds that say nothing may be 0, inf or NaN).
    low, high : ndarray, shape (points,)
        A bracket, 0 < low ≤ high.
    start : ndarray, shape (points,)
        First guess; moved into the bracket if it lies outside.
    tolerance : float
        |S| at which a step is the last. The default is for steps that bound the root from both sides.
    limit : int
        Number of steps after which to give up.

    Returns
    -------
    kappa : ndarray, shape (points,)
        The last iterate moved by its own step; `step` saw the last iterate itself.
    found : ndarray of bool
        False where the iteration limit was reached.
    """
    root, found = np.empty_like(low), np.ones(low.shape, bool)
    which = np.arange(low.size)
    low, high = np.maximum(low, TINY), np.maximum(high, TINY)
    kappa = np.clip(start, low, high)
    last = np.full(low.shape, np.inf)
    width = log_width(low, high)
    for _ in range(limit):
        size, below, above = step(which, kappa)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            low, high, moved, done = narrowed(kappa, size, low, high, below, above, tolerance)
            if done.any():
                root[which[done]] = moved[done]
                keep = ~done
                if not keep.any():
                    return root, found
                which, kappa, low, high, size = which[keep], kappa[keep], low[keep], high[keep], size[keep]
                last, width = last[keep], width[keep]
            kappa, last, width = continued(kappa, size, low, high, last, width)
    root[which], found[which] = kappa, False
    return root, found
