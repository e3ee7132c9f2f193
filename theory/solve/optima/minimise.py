"""Least values of a function of one variable at many points at once: a coarse grid, every basin on it, a library's polish.

The variable is a logarithm (of a ridge, of a time), in which risks vary on the scale of one: a grid with a few points an
e-fold sees every basin. Each is then bracketed and closed by SciPy's elementwise minimiser.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import elementwise

from theory.results.status import Code
from theory.spectra.base import Array

Function = Callable[[Array, NDArray[np.intp]], Array]
STEP = 0.75  # of the grid, in e-folds
ROUNDING = 1e-14  # relative: values that differ by less are equal
_WORST = 1e300  # stands for what is infinite or unknown
_CLOSE = 1e-9  # in the variable: beyond, values near a minimum differ by less than doubles tell


class Search(Code):
    """What became of the search at one point."""

    INSIDE = 0, "a minimum, bracketed and closed", ""
    LOWEST = 1, "least at the lower end of the range", ""
    HIGHEST = 2, "least at the upper end of the range", ""
    FAILED = 3, "not converged: no finite value, or a bracket that did not close", "evaluate on a grid of your own"


@dataclass(frozen=True)
class Minima:
    """Least values, arrays of shape (n_points,).

    Attributes
    ----------
    place : ndarray
        Where.
    value : ndarray
        The least value; inf where none is finite.
    code : ndarray of int
        Of `Search`.
    """

    place: Array
    value: Array
    code: NDArray[np.intp]


def minimise(
    function: Function, low: Array, high: Array, step: float = STEP, polish: bool = True, known: Array | None = None
) -> Minima:
    """Return the least values of a function over [low, high] at every point.

    Parameters
    ----------
    function : callable
        `function(x, which)` gives the values at abscissae x of the points numbered `which`, both of shape (m,); what is not
        finite is no minimum.
    low, high : ndarray, shape (n_points,)
        The range at each point.
    step : float
        Of the grid: two basins that are closer may be taken for one.
    polish : bool
        Close the brackets; else the least value of the grid is returned, converged or not.
    known : ndarray of shape (n_points,), optional
        Values known otherwise: a basin is not closed where it cannot get below them.

    Notes
    -----
    A basin that falls below the middle of its three points by more than these differ is narrower than the grid.
    """
    n = low.size
    count = max(3, int(np.ceil(np.max(high - low, initial=0.0) / step)) + 1)
    grid = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, count)
    grid[:, -1] = high

    def finite(x: Array, which: NDArray[np.intp]) -> Array:
        values = function(x, which)
        return np.where(np.isfinite(values), values, _WORST)

    values = finite(grid.ravel(), np.repeat(np.arange(n), count)).reshape(n, count)
    least = values.argmin(axis=1)
    everywhere = np.arange(n)
    place, value = grid[everywhere, least], values[everywhere, least]
    code = np.where(least == 0, Search.LOWEST, np.where(least == count - 1, Search.HIGHEST, Search.INSIDE))
    left, middle, right = values[:, :-2], values[:, 1:-1], values[:, 2:]
    which, at = np.nonzero((middle <= left) & (middle <= right) & ((middle < left) | (middle < right)) & (middle < _WORST))
    if polish:
        rim, bottom = np.maximum(left, right)[which, at], middle[which, at]
        hopeful = 2.0 * bottom - rim <= (value if known is None else np.minimum(value, known))[which]
        which, at = which[hopeful], at[hopeful]
    if polish and which.size:
        bracket = grid[which, at], grid[which, at + 1], grid[which, at + 2]
        with np.errstate(all="ignore"):
            found = elementwise.find_minimum(finite, bracket, args=(which,), tolerances={"xatol": _CLOSE})
        for basin in np.argsort(-found.f_x, kind="stable"):  # the least one last
            point = which[basin]
            if found.f_x[basin] <= value[point]:
                place[point], value[point] = found.x[basin], found.f_x[basin]
                code[point] = Search.INSIDE if found.success[basin] else Search.FAILED
    for end, outcome in ((-1, Search.HIGHEST), (0, Search.LOWEST)):  # on a plateau that reaches an end, it is the end
        flat = values[:, end] <= value + ROUNDING * np.abs(value)
        place[flat], value[flat], code[flat] = grid[flat, end], values[flat, end], outcome
    unknown = value >= _WORST
    return Minima(place, np.where(unknown, np.inf, value), np.where(unknown, Search.FAILED, code))
