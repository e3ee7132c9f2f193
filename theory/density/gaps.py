"""Where there are no eigenvalues: real κ at which the ridge of every level rises with that of the level inside.

Between poles of the ridge map dκ_out/dκ_in is concave in κ_in (argued level by level, not proved), so that what remains of an
interval is found by its maximum and two bisections. Poles: eigenvalues of the population; κ_in = 0 at noise; zeros of 1 − d/z
where the layer divides by it. A pole that is a gap on both sides is an atom.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import scipy.special
from numpy.typing import NDArray
from scipy.optimize.elementwise import find_root

from theory.density.factors import Factors, steps
from theory.density.levels import Levels
from theory.density.modes import Modes
from theory.spectra.base import Array

Rise: TypeAlias = Callable[[Array], tuple[Array, Array]]

SECTIONS, BISECTIONS = 72, 62
FEW, PROBES = 64, 12  # intervals that are looked at without being probed first; places in each
GOLDEN = 0.5 * (math.sqrt(5.0) - 1.0)
FAR = 1e8        # times the largest scale: where an interval without an end is cut
CLOSED = 1e-10   # slope at most of a gap whose width in x, its 3/2 power, is lost in rounding
CLOSEST = 1e-8   # of a pole, to which κ may come: nearer by, λ + κ has no digits left for slopes
NOISE = 1e-14    # of a slope, by |κ| over the distance to the nearest pole


@dataclass(frozen=True)
class Intervals:
    """Intervals of κ between `low` and `high`, narrowed to y_low … y_high, y the logit of the place between them.

    Attributes
    ----------
    low, high, y_low, y_high : ndarray, shape (n,)
        Ascending in κ.
    at_low, at_high : ndarray of bool, shape (n,)
        Whether they still reach to the pole there.
    """

    low: Array
    high: Array
    y_low: Array
    y_high: Array
    at_low: NDArray[np.bool_]
    at_high: NDArray[np.bool_]

    def take(self, of: NDArray[np.intp] | NDArray[np.bool_]) -> Intervals:
        """Return some of them."""
        return Intervals(*(value[of] for value in vars(self).values()))

    def kappa(self, y: Array) -> Array:
        """Return κ at y."""
        width = self.high - self.low
        near_low, near_high = self.low + width * scipy.special.expit(y), self.high - width * scipy.special.expit(-y)
        return np.where(y < 0, near_low, near_high)


def gaps(levels: Levels) -> Intervals:
    """Return the intervals of real κ off the spectrum, ascending in κ, that is from the largest x downwards."""
    found = _initial(levels)
    for place, layer in enumerate(levels.layers):
        if layer.sized:
            if math.isinf(levels.parameters[place]):
                continue  # the ridge passes
            for z, e in levels.factors[place]:
                if e < 0 and z.imag == 0:
                    found = _split(levels, found, place, z.real)
            left = levels.factors[place]
            for step in steps(left):
                before, left = left, _less(left, step)
                found = _narrowed(found, partial(levels.rise, place=place, before=before, after=left))
        elif levels.rank_inside(place) < levels.sizes[place]:
            found = _split(levels, found, place, None)
    return found


def _initial(levels: Levels) -> Intervals:
    """Return the intervals between eigenvalues that can be gaps."""
    modes = levels.modes
    listed = modes.eigenvalues[: modes.listed]
    spread = sum(levels.total / value if layer.sized else value
                 for layer, value in zip(levels.layers, levels.parameters, strict=True))  # fmt: skip
    far = FAR * (listed[0] + spread)
    complete = modes.listed == modes.eigenvalues.size and not modes.tail
    chosen = np.flatnonzero(_wide(modes, levels)[: modes.listed - 1])
    low = np.concatenate(([-far], -listed[chosen], [-listed[-1] if complete else 0.0]))
    high = np.concatenate(([-listed[0]], -listed[chosen + 1], [far]))
    width = high - low
    least = np.where(low == 0.0, 1e-6 * modes.eigenvalues[-1], CLOSEST * np.abs(low))
    y_low = np.log(least) - np.log(width)
    y_high = np.log(width) - np.log(CLOSEST * np.abs(high))
    pole = np.ones(low.size, bool)
    return Intervals(low, high, y_low, y_high, pole, pole.copy())


def _wide(modes: Modes, levels: Levels) -> NDArray[np.bool_]:
    """Return which neighbouring eigenvalues Gaussian layers can leave apart: (A^⅓ + B^⅓)³ < n l², A = m λ² of each."""
    factors = [pair for found in levels.factors for pair in found]
    listed = modes.eigenvalues[: modes.listed]
    if not factors or any(e < 0 or z.imag for z, e in factors):
        return np.ones(max(listed.size - 1, 0), bool)
    size = min(z.real for z, _ in factors)
    weight = np.cbrt(modes.counts[: modes.listed] * listed**2)
    wide: NDArray[np.bool_] = (weight[:-1] + weight[1:]) ** 3 < size * (listed[:-1] - listed[1:]) ** 2
    return wide


def _split(levels: Levels, found: Intervals, place: int, z: float | None) -> Intervals:
    """Cut intervals where κ inside the layer is zero, or d there is z."""

    def past(of: Intervals, y: Array) -> Array:
        level = levels.walk(of.kappa(y))[place]
        found: Array = level.ridge.value if z is None else z - level.dof.value
        return found

    removable = z is not None and z == levels.sizes[place] == levels.rank_inside(place)  # the last d = z, at κ_in = 0: no pole

    with np.errstate(all="ignore"):
        crossing = ~(past(found, found.y_low) > 0) & (past(found, found.y_high) > 0)
        crossing[-1] &= not removable
        crossed = np.flatnonzero(crossing)
        if not crossed.size:
            return found
        of = found.take(crossed)
        numbers = np.arange(crossed.size)
        root = find_root(lambda y, number: past(of.take(number), y), (of.y_low, of.y_high), args=(numbers,))
    pole = of.kappa(root.x)
    pole = np.where(np.abs(pole) < 1e-14 * (pole - of.low), 0.0, pole)  # at the population's own zero
    close = np.log(CLOSEST * np.where(pole == 0.0, pole - of.low, np.abs(pole)))
    before = _within(of.low, pole, of.kappa(of.y_low), None, np.log(pole - of.low) - close)
    after = _within(pole, of.high, None, of.kappa(of.y_high), close - np.log(of.high - pole))
    first = replace(found, **{name: _put(getattr(found, name), crossed, new) for name, new in before.items()})
    second = replace(of, **after)
    parts = [np.concatenate(pair) for pair in zip(vars(first).values(), vars(second).values(), strict=True)]
    order = np.argsort(np.concatenate((np.arange(found.low.size), crossed + 0.5)), kind="stable")
    return Intervals(*parts).take(order)


def _within(low: Array, high: Array, first: Array | None, last: Array | None, nearest: Array) -> dict[str, Any]:
    """Return an interval that reaches a pole at its one end, to where y = `nearest`, and at the other where it did."""
    with np.errstate(divide="ignore"):
        y_low = nearest if first is None else np.log((first - low) / (high - first))
        y_high = nearest if last is None else np.log((last - low) / (high - last))
    reach = {"at_low" if first is None else "at_high": np.ones(low.size, bool)}
    return {"low": low, "high": high, "y_low": y_low, "y_high": y_high, **reach}


def _put(value: NDArray[Any], where: NDArray[np.intp], new: NDArray[Any]) -> NDArray[Any]:
    changed = value.copy()
    changed[where] = new
    return changed


def _less(found: Factors, step: Factors) -> Factors:
    """Return the factors that a step leaves."""
    taken = dict(step)
    return tuple((z, e - taken.get(z, 0)) for z, e in found if e != taken.get(z, 0))


def _narrowed(found: Intervals, rise: Rise) -> Intervals:
    """Keep of each interval where the ridge of a level rises with that inside."""

    def slope(of: Intervals, y: Array) -> Array:
        value = rise(of.kappa(y))[1]
        return np.where(np.isfinite(value), value, -np.inf)

    found = found.take(_promising(found, rise))
    low, high = found.y_low, found.y_high
    inner = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at = slope(found, inner[0]), slope(found, inner[1])
    for _ in range(SECTIONS):
        left = at[0] >= at[1]
        low, high = np.where(left, low, inner[0]), np.where(left, inner[1], high)
        fresh = np.where(left, high - GOLDEN * (high - low), low + GOLDEN * (high - low))
        new = slope(found, fresh)
        inner, at = (
            (np.where(left, fresh, inner[1]), np.where(left, inner[0], fresh)),
            (np.where(left, new, at[1]), np.where(left, at[0], new)),
        )
    best = np.where(at[0] >= at[1], inner[0], inner[1])
    ends = slope(found, found.y_low), slope(found, found.y_high)
    best = np.where(ends[0] > np.maximum(at[0], at[1]), found.y_low, best)
    best = np.where(ends[1] > np.maximum.reduce([*at, ends[0]]), found.y_high, best)
    kappa = found.kappa(best)
    nearest = np.minimum(kappa - found.low, found.high - kappa)
    kept = np.maximum.reduce([*at, *ends]) > CLOSED + NOISE * np.abs(kappa) / nearest
    found, best = found.take(kept), best[kept]
    reaches = ends[0][kept] > 0, ends[1][kept] > 0
    y_low = np.where(reaches[0], found.y_low, _root(found, slope, found.y_low, best))
    y_high = np.where(reaches[1], found.y_high, _root(found, slope, found.y_high, best))
    return Intervals(found.low, found.high, y_low, y_high, found.at_low & reaches[0], found.at_high & reaches[1])


def _promising(found: Intervals, rise: Rise) -> NDArray[np.bool_]:
    """Return where a concave slope may be positive: above no pair of chords, continued to where they meet, it can be."""
    if found.low.size <= FEW:
        return np.ones(found.low.size, bool)
    share = (np.arange(PROBES) + 0.5) / PROBES
    ends = found.kappa(found.y_low), found.kappa(found.y_high)
    kappa = ends[0][:, None] + (ends[1] - ends[0])[:, None] * share
    x, f = (part.reshape(kappa.shape) for part in rise(kappa.ravel()))
    with np.errstate(all="ignore"):
        chord = np.diff(f, axis=1) / np.diff(x, axis=1)
        left = f[:, 1:-2] + chord[:, :-2] * (x[:, 2:-1] - x[:, 1:-2])  # the chord before, continued over the interval
        right = f[:, 2:-1] - chord[:, 2:] * (x[:, 2:-1] - x[:, 1:-2])
        first = f[:, 1] - chord[:, 1] * (x[:, 1] - x[:, 0]) * 1.5
        last = f[:, -2] + chord[:, -2] * (x[:, -1] - x[:, -2]) * 1.5
        bound = np.maximum.reduce([np.minimum(left, right).max(axis=1), f.max(axis=1), first, last])
    outer = np.arange(found.low.size)
    hopeless: NDArray[np.bool_] = (bound < 0) & (outer > 0) & (outer < outer.size - 1)
    return ~hopeless


def _root(found: Intervals, slope: Callable[[Intervals, Array], Array], outside: Array, inside: Array) -> Array:
    """Return where the slope is zero between a place where it is negative and one where it is positive."""
    for _ in range(BISECTIONS):
        middle = 0.5 * (outside + inside)
        positive = slope(found, middle) > 0
        outside, inside = np.where(positive, outside, middle), np.where(positive, middle, inside)
    return inside
