"""S-transforms in numbers: values, slopes, two points, and degrees of freedom from ridges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import sympy
from mpmath import mp
from sympy import Expr, Symbol

from theory.chain.algebras.polarise import Triple
from theory.chain.s_transforms.continuation import Blocked, at_complex, degrees_at, degrees_at_complex, polished
from theory.chain.s_transforms.expressions import at_infinity, bounds, prepare
from theory.chain.s_transforms.inputs import Points, number
from theory.chain.s_transforms.readings import Doubles, Factor, Parts, Precise, TwoPoints, read, read_slope
from theory.errors import BadArgument
from theory.notation import DOF


def from_infinity(parts: Parts, size: Expr) -> Parts:
    """Return T = S/(1 − d/D), what a D × D matrix is to a free one of infinitely many dimensions: ζ = D/(d T(d))."""
    closed, factors = parts
    return closed / (1 - DOF.symbol / size), factors


def needed(parts: Parts, size: Expr = sympy.S.One) -> set[Symbol]:
    """Return the letters whose values the parts, and a dimension, need."""
    closed, factors = parts
    held = (closed, size, *(factor.size for factor, _ in factors))
    return set().union(*(part.free_symbols for part in held)) - {DOF.symbol}


def limited(parts: Parts, points: Points) -> Parts:
    """Return S at the limit of those sizes that are infinite.

    Raises
    ------
    BadArgument
        If a size is infinite at some points only, or S has no limit.
    """
    infinite = [letter for letter, value in points.letters.items() if np.any(value == np.inf)]
    for letter in infinite:
        if not np.all(points.letters[letter] == np.inf):
            raise BadArgument(letter.name, points.letters[letter], "infinite everywhere or nowhere", "ask for the two apart")
    closed, factors = parts
    seen = dict.fromkeys(infinite, sympy.oo)
    closed = at_infinity(closed, frozenset(seen) & closed.free_symbols)
    if closed.has(sympy.nan, sympy.oo, sympy.zoo) or any(not f.scaled and f.size in seen for f, _ in factors):
        raise BadArgument(infinite[0].name, np.inf, "finite where S has no limit", "give a finite size")
    return closed, tuple((Factor(f.law, f.size.xreplace(seen), f.scaled), power) for f, power in factors)


def walls(parts: Parts, points: Points) -> list[Any]:
    """Return as numbers every n of a vacancy 1 − d/n, and the ranks of the laws: d stays below the positive ones."""
    closed, factors = parts
    reading = _reading(points)
    zero = points.base * 0
    found = [reading.read(wall) + zero for wall in bounds(prepare(closed))]
    for factor, _ in factors:
        sizes = np.atleast_1d(np.asarray(np.inf if factor.size is sympy.oo else reading.read(factor.size), dtype=float))
        ranks = {size: factor.law.rank(size) for size in np.unique(sizes)}
        rank = np.array([ranks[size] for size in sizes], dtype=float)
        found.append(mp.mpf(rank.item()) if points.shape is None else rank + zero)
    return found


def top(found: Iterable[Any], points: Points) -> Any:
    """Return the least positive wall, infinite where there is none."""
    if points.shape is None:
        return min((wall for wall in found if wall > 0), default=mp.inf)
    return np.min([np.full(points.base.shape, np.inf), *(np.where(wall > 0, wall, np.inf) for wall in found)], axis=0)


def _reading(points: Points, memory: Any = None) -> Any:
    make = Precise if points.shape is None else Doubles
    return make(points.letters, points.base, points.offset, memory)


def _everywhere(value: Any, points: Points) -> Any:
    """Return a value at every point, also where it does not depend on d."""
    return value if points.shape is None else np.broadcast_to(value, points.base.shape)


def _inside(parts: Parts, points: Points) -> Any:
    """Return the end of the interval of d, refusing real points outside it."""
    end = top(walls(parts, points), points)
    if not points.is_complex:
        d = points.base + points.offset
        wrong = np.logical_not(np.atleast_1d((d >= 0) & ((end - points.base) - points.offset > 0)))
        if wrong.any():
            worst = np.atleast_1d(d)[wrong][0], np.atleast_1d(end)[wrong][0]
            remedy = "an S-transform ends at the rank of its matrix"
            raise BadArgument("d", worst[0], f">= 0 and below {worst[1]}", remedy)
    return end


def _rough(points: Points) -> Points:
    """Return one point of mpmath in double precision."""
    letters = {letter: np.array([float(value)]) for letter, value in points.letters.items()}
    return Points(np.array([float(points.base)]), np.array([complex(points.offset)]), letters, (1,))


def evaluate(parts: Parts, points: Points) -> tuple[Any, Any]:
    """Return S at all points, and the branches that it is on (None on the real axis)."""
    parts = limited(parts, points)
    end = _inside(parts, points)
    if not points.is_complex:
        with np.errstate(all="ignore"):
            value = _everywhere(read(parts, _reading(points)), points)
        _positive(value, points)
        return value, None
    if points.shape is None:
        rough = _rough(points)
        _, memory = evaluate(parts, rough)
        branches = [mp.mpmathify(complex(column[0])) for column in memory]
        return read(parts, _reading(points, branches)), branches
    state = at_complex(parts, points.letters, points.base, points.offset, end)
    return state[0], state[1:]


def _positive(value: Any, points: Points) -> None:
    good = (value > 0) & (value < np.inf) if points.shape is not None else mp.isfinite(value) and value > 0
    if not np.all(good):
        where = points.base + points.offset
        worst = where if points.shape is None else where[~good][0]
        raise BadArgument("d", worst, "where S is positive and finite", "an S-transform ends at the rank of its matrix")


def slope(parts: Parts, points: Points) -> Any:
    """Return dlnS/dlnd at real points."""
    parts = limited(parts, points)
    if points.is_complex:
        raise BadArgument("d", points.base + points.offset, "real", "take the divided difference at two equal complex points")
    _inside(parts, points)
    reading = _reading(points)
    with np.errstate(invalid="ignore"):
        return _everywhere(read_slope(parts, reading), points)


def two_points(parts: Parts, first: Points, second: Points) -> Triple:
    """Return S, S′ and ΔS/Δd at two points, d > 0."""
    for points in (first, second):
        if not np.all(points.base + points.offset != 0):
            raise BadArgument("d", 0, "above zero at two points", "S(0) is 1/(normalised trace)")
    if first.is_complex != second.is_complex and first.shape is not None:
        first, second = (replace(points, offset=points.offset.astype(complex)) for points in (first, second))
    limits = limited(parts, first)
    readings = [_reading(points, evaluate(parts, points)[1]) for points in (first, second)]
    return read(limits, TwoPoints(*readings))


def degrees_of_freedom(parts: Parts, points: Points, trace: Any) -> tuple[Any, Any]:
    """Return d as base and offset at ridges `points.offset`, where trace/(d T(d)) is the ridge; T are the `parts`.

    Raises
    ------
    BadArgument
        If a ridge is on (−∞, 0], or d(ζ) cannot be continued to it: then T is not the transform of a positive law.
    """
    parts = limited(parts, points)
    ridge = points.offset
    on_cut = (ridge.imag == 0) & (ridge.real <= 0) if points.shape is not None else ridge.imag == 0 and ridge.real <= 0
    if np.any(on_cut):
        worst = ridge if points.shape is None else ridge[on_cut][0]
        raise BadArgument("ridge", worst, "positive, or complex and off the negative axis", "the spectrum lies on that axis")
    if points.shape is None:
        return _precise_degrees(parts, points, trace)
    found = walls(parts, points)
    trace = np.broadcast_to(trace, ridge.shape).astype(float)
    if not points.is_complex:
        return degrees_at(parts, points.letters, trace, ridge, top(found, points))
    base, state = _continued(parts, points, trace, found)
    return base, state[0]


def _continued(parts: Parts, points: Points, trace: Any, found: list[Any]) -> Any:
    try:
        return degrees_at_complex(parts, points.letters, trace, points.offset, found)
    except Blocked as blocked:
        stuck = points.offset[int(np.argmin(blocked.reached))]
        raise BadArgument(
            "ridge", complex(stuck), "reached from the positive axis",
            "a singularity is in the way: S belongs to no positive law, or the ridge is extreme or on the support of a density",
        ) from None


def _precise_degrees(parts: Parts, points: Points, trace: Any) -> tuple[Any, Any]:
    rough = _rough(points)
    if not points.is_complex:
        rough = replace(rough, offset=rough.offset.real)
        base, offset = degrees_of_freedom(parts, rough, float(trace))
        branches = None
    else:
        base, state = _continued(parts, rough, np.array([float(trace)]), walls(parts, rough))
        offset = state[0]
        branches = [mp.mpmathify(complex(column[0])) for column in state[1:]]
    # the base is zero or the top, which mpmath has to know to all its digits
    whole = mp.zero if base[0] == 0 else top(walls(parts, points), points)
    start = mp.mpmathify(complex(offset[0])) if points.is_complex else mp.mpf(float(offset[0]))
    with mp.workprec(mp.prec + 20):
        result = polished(parts, points.letters, trace, points.offset, whole, start, branches)
    return whole, +result


def at_zero(parts: Parts, points: Points) -> Any:
    """Return S(0) = 1/(normalised trace)."""
    closed, factors = limited(parts, points)
    zero = replace(points, base=points.base * 0, offset=points.offset * 0)
    return read((closed, factors), _reading(zero))


def ridge(parts: Parts, size: Expr, points: Points) -> Any:
    """Return ζ = (1 − d/D)/((d/D) S(d)) at all points."""
    value, _ = evaluate(from_infinity(parts, size), points)
    return number(size, points) / ((points.base + points.offset) * value)
