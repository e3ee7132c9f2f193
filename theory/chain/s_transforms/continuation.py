"""Along paths from the real axis: S at complex d, and the degrees of freedom of a matrix at real and complex ridges.

At complex d an S-transform is what is reached from the real interval (0, top) inside the disc with that diameter, in which
every S-transform is analytic (Bercovici and Voiculescu, Indiana Univ. Math. J. 42 (1993) 733), and beyond the disc along
the ray from its centre. At a complex ridge ζ, d(ζ) is analytic off (−∞, 0], and S follows it along the arc from |ζ|.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from mpmath import mp
from numpy.typing import NDArray
from sympy import Symbol

from theory.chain.s_transforms.readings import Doubles, Parts, Precise, TwoPoints, read, read_slope
from theory.errors import BadArgument
from theory.spectra.base import Array

SHORTEST = 1e-9  # of a step, as a part of the path
RIM = 1.0 - 1e-6  # of the disc: its edge may hold a branch point (at d = 0 or at the rank)
STEPS = 20_000
LIMIT = 200
REACH = 650.0  # of ln d and ln(n − d)
QUADRATIC = 1e-9  # a Newton step that leaves an error of its square
NEAR = 1e-10  # a step that leaves rounding
ROOM = 0.25  # a first step, over the distance to the nearest end or pole, that stays on its branch

Letters = dict[Symbol, Any]
State = list[NDArray[Any]]  # one array of points each: the offset of d from its base, then the branches


def march(advance: Callable[[NDArray[np.intp], Array, State], tuple[State, NDArray[np.bool_]]], state: State) -> State:
    """Return the state at the end of a path 0 → 1, followed point by point in steps as long as they are safe.

    Parameters
    ----------
    advance : callable
        `advance(which, at, state)` gives the state at `at` of the points numbered `which`, from that before, and whether it is
        sure.
    state : list of ndarray
        At 0.

    Raises
    ------
    Blocked
        If a step becomes too short: there is a singularity in the way.
    """
    points = state[0].size
    at, step = np.zeros(points), np.ones(points)
    state = [column.astype(complex) for column in state]
    for _ in range(STEPS):
        which = np.flatnonzero(at < 1)
        if not which.size:
            return state
        aim = np.minimum(at[which] + step[which], 1.0)
        found, sure = advance(which, aim, [column[which] for column in state])
        good = which[sure]
        for column, new in zip(state, found, strict=True):
            column[good] = new[sure]
        at[good] = aim[sure]
        step[good] *= 2
        step[which[~sure]] /= 4
        if (step[which] < SHORTEST).any():
            break
    raise Blocked(state, at)


class Blocked(ArithmeticError):
    """A path that cannot be followed to its end.

    Attributes
    ----------
    state : list of ndarray
        Where the points are.
    reached : ndarray
        How far along their paths, from 0 to 1.
    """

    def __init__(self, state: State, reached: Array) -> None:
        super().__init__("a singularity lies in the way")
        self.state, self.reached = state, reached


def at_complex(parts: Parts, letters: Letters, base: Array, offset: NDArray[np.complex128], top: Array) -> State:
    """Return S and its branches at complex d = base + offset, shapes (points,).

    Parameters
    ----------
    parts, letters
        What is read, and the values of its letters, shapes (points,).
    base, offset : ndarray
        d; the base is real.
    top : ndarray
        The end of the real interval; may be infinite.

    Raises
    ------
    BadArgument
        If d is real and outside (0, top), Re d ≤ 0 where top is infinite, or a branch point lies in the way.
    """
    whole = base + offset
    finite = np.isfinite(top)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = np.where(finite, top / 2, whole.real)
        radius = np.abs(whole - centre)
        scale = np.where(finite & (radius > centre * RIM), centre * RIM / radius, 1.0)
    corner = np.where(scale < 1, (centre - base) + (whole - centre) * scale, offset)
    anchor = corner.real
    outside = ~(base + anchor > 0)
    if outside.any():
        allowed = "of positive real part where no size bounds it, and not zero"
        raise BadArgument("d", complex(whole[outside][0]), allowed, "see `degrees_of_freedom` for complex ridges")

    def read_at(which: Any, at: Any, memory: State | None) -> Doubles:
        chosen = {letter: value[which] for letter, value in letters.items()}
        return Doubles(chosen, base[which], at.astype(complex), memory)

    first = read_at(np.arange(whole.size), anchor, None)
    value = np.broadcast_to(read(parts, first), whole.shape)

    def advance(which: Any, at: Array, state: State) -> tuple[State, NDArray[np.bool_]]:
        inwards, outwards = np.minimum(2 * at, 1), np.maximum(2 * at - 1, 0)
        place = anchor[which] + (corner - anchor)[which] * inwards + (offset - corner)[which] * outwards
        reading = read_at(which, np.where(at == 1, offset[which], place), state[1:])
        value = np.broadcast_to(read(parts, reading), at.shape)
        return [value, *reading.left], reading.steady

    try:
        return march(advance, [value, *first.left])
    except Blocked as blocked:
        stuck = int(np.argmin(blocked.reached))
        raise BadArgument(
            "d", complex(whole[stuck]), "reached from (0, n) without meeting a branch point (or the support of a density)",
            "take the path yourself: d(ζ) at a complex ridge ζ is always on the right branch",
        ) from None


def tangent(
    parts: Parts, make: Callable[..., Any], letters: Letters, base: Any, offset: Any, memory: State | None = None
) -> tuple[Any, Any, Any]:
    """Return T, dT/dd and the reading at d = base + offset, by the divided difference at equal points."""
    reading = make(letters, base, offset, memory)
    with np.errstate(all="ignore"):
        value = read(parts, TwoPoints(reading, make(letters, base, offset, memory)))
    return value.value, value.delta, reading


def degrees_at(parts: Parts, letters: Letters, trace: Array, ridge: Array, top: Array) -> tuple[Array, Array]:
    """Return d as (base, offset) with trace/(d T(d)) = ridge, for real ridges > 0; shapes (points,).

    Parameters
    ----------
    parts : (closed, factors)
        T, the S-transform of the matrix seen from a side on which it is of infinite dimension: S/(1 − d/D).
    letters : dict
        Values of the letters, shapes (points,).
    trace, ridge, top : ndarray, shape (points,)
        tr A, ζ, and the end of the real interval of d.
    """
    bound = np.isfinite(top)
    end = np.where(bound, top, 1.0)
    low, high = np.full(ridge.size, -REACH), np.full(ridge.size, REACH)
    goal = np.log(trace) - np.log(ridge)
    v = np.minimum(goal - np.log(end), 0.0)  # d = top/(1 + e^-v), or e^v without a top
    base, offset = np.zeros(ridge.size), np.zeros(ridge.size)
    which = np.arange(ridge.size)
    for _ in range(LIMIT):
        with np.errstate(over="ignore"):
            small = end[which] / (1 + np.exp(np.abs(v)))
        upper = bound[which] & (v > 0)
        base[which] = np.where(upper, end[which], 0.0)
        offset[which] = np.where(upper, -small, np.where(bound[which], small, np.exp(v)))
        chosen = {letter: value[which] for letter, value in letters.items()}
        reading = Doubles(chosen, base[which], offset[which])
        with np.errstate(all="ignore"):
            miss = goal[which] - np.log(reading.dof) - np.log(read(parts, reading))
            grows = np.where(upper, small / end[which], np.where(bound[which], 1 - small / end[which], 1.0))  # dlnd/dv
            step = miss / ((1 + read_slope(parts, reading)) * grows)
        low, high = np.where(miss > 0, v, low), np.where(miss < 0, v, high)
        done = np.isfinite(step) & ((np.abs(step) < QUADRATIC) | (high - low < QUADRATIC))
        last = step * np.where(upper, small / end[which] - 1, grows)  # the step of ln(n − d), or of ln d
        offset[which[done]] *= np.exp(last[done])
        good = (v + step > low) & (v + step < high)
        v = np.where(good, v + step, (low + high) / 2)
        if (np.abs(v[~done]) > REACH - 1).any():
            allowed = "reached by degrees of freedom between 0 and n"
            raise BadArgument("ridge", float(ridge[which][~done][0]), allowed, "use mpmath for an extreme ridge")
        which, v, low, high = which[~done], v[~done], low[~done], high[~done]
        if not which.size:
            return base, offset
    raise ArithmeticError("d(ζ) did not converge")


def degrees_at_complex(
    parts: Parts, letters: Letters, trace: Array, ridge: NDArray[np.complex128], walls: list[Array]
) -> tuple[Array, State]:
    """Return the base of d, and its offset and branches, at complex ridges off (−∞, 0]; otherwise as `degrees_at`.

    Parameters
    ----------
    walls : list of ndarray, shapes (points,)
        The real n of the vacancies 1 − d/n, of which the least positive one is the top.

    Raises
    ------
    Blocked
        If the arc from |ζ| meets a singularity, which it cannot for the S-transform of a positive law.
    """
    top = np.min([np.where(wall > 0, wall, np.inf) for wall in walls], axis=0)
    base, real = degrees_at(parts, letters, trace, np.abs(ridge), top)
    first = Doubles(letters, base, real.astype(complex))
    read(parts, first)
    arc = np.log(np.abs(ridge)).astype(complex), np.log(ridge)
    return base, follow(parts, letters, trace, arc, base, [real, *first.left], walls)


def follow(
    parts: Parts, letters: Letters, trace: Array, path: tuple[Any, Any], base: Array, state: State, walls: list[Array]
) -> State:
    """Return the offset of d and the branches at the end of a straight path in ln ζ, given those at its beginning.

    Raises
    ------
    Blocked
        If there is a singularity in the way.
    """
    start, end = path

    def advance(which: Any, at: Array, state: State) -> tuple[State, NDArray[np.bool_]]:
        chosen = {letter: value[which] for letter, value in letters.items()}
        goal = trace[which] * np.exp(-start[which] - (end - start)[which] * at)
        offset, last, sure = state[0], np.full(which.size, np.inf), np.ones(which.size, bool)
        for _ in range(12):
            with np.errstate(all="ignore"):
                value, slope, reading = tangent(parts, Doubles, chosen, base[which], offset, state[1:])
                step = np.log(goal / (reading.dof * value)) / (1 / reading.dof + slope / value)
                away = [np.abs((wall[which] - base[which]) - offset) for wall in walls]
                room = np.min([np.abs(reading.dof), *away], axis=0)
                size = np.where(np.isfinite(slope), np.abs(step) / room, np.inf)
            small = size < NEAR
            sure &= np.isfinite(size) & (small | ((size < ROOM) & (size < last / 4)))
            offset, last = np.where(np.isfinite(step), offset + step, offset), np.maximum(size, NEAR)
            if (small | ~sure).all():
                break
        return [offset, *reading.left], sure & small & reading.steady

    return march(advance, state)


def polished(
    parts: Parts, letters: Letters, trace: Any, ridge: Any, base: Any, offset: Any, memory: State | None
) -> Any:
    """Return the offset of d through mpmath, from its value in double precision."""
    for _ in range(LIMIT):
        value, slope, reading = tangent(parts, Precise, letters, base, offset, memory)
        step = mp.log(trace / (ridge * reading.dof * value)) / (1 / reading.dof + slope / value) / offset
        offset *= mp.exp(step)
        if abs(step) < mp.ldexp(1, 12 - mp.prec):
            return offset
    raise ArithmeticError("d(ζ) did not converge")
