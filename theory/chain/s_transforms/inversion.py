"""The ridge χ at which a law has d degrees of freedom: Σ n γ/(γ+χ) = d solved for χ.

For real d by Newton's method in ln d or ln(rank − d) against ln χ, whichever side is smaller, inside a bracket that only
shrinks; for complex d by Newton's method from a neighbouring solution. Degrees of freedom are given as base + offset, so
that d next to the rank or to any whole number keeps the digits of the difference.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from mpmath import mp
from numpy.typing import NDArray

from theory.chain.s_transforms.measures import Measure, PreciseMeasure
from theory.errors import BadArgument
from theory.spectra.base import Array

LIMIT = 300
LEAST = 1e-300
EPSILON = float(np.finfo(np.float64).eps)


def invert(measure: Measure, base: Array, offset: Array) -> Array:
    """Return χ > 0 at real d = base + offset, shapes (points,); infinite at d = 0.

    Parameters
    ----------
    measure : Measure
        The law.
    base, offset : ndarray
        0 ≤ base + offset < rank; where it is next to a whole number m that is the base, χ has the digits of the offset.

    Raises
    ------
    BadArgument
        If χ is below 1e-300.
    """
    whole = np.where(base == np.rint(base), np.rint(base + offset), base)
    offset = (base - whole) + offset
    dof, rest = whole + offset, (measure.rank - whole) - offset
    chi = np.full(dof.shape, np.inf)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        high = measure.total / dof
        low = rest * (measure.smallest / measure.rank) if np.isfinite(measure.rank) else np.full(dof.shape, LEAST)
    which = np.flatnonzero(np.isfinite(high))
    if (low[which] < LEAST).any():
        raise BadArgument("d", float(dof[which][low[which] < LEAST][0]), "such that χ is above 1e-300", "use mpmath there")
    low, high = low[which] * (1 - 8 * EPSILON), high[which] * (1 + 8 * EPSILON)
    at, last = np.where(dof[which] < rest[which], high, low), np.full(which.size, np.inf)
    for _ in range(LIMIT):
        if not which.size:
            return chi
        d, y = dof[which], rest[which]
        surplus, fall = measure.surplus(at, whole[which], offset[which])
        low, high = np.where(surplus > 0, at, low), np.where(surplus < 0, at, high)
        with np.errstate(all="ignore"):
            step = np.where(d < y, np.log1p(surplus / d) * (d + surplus), -np.log1p(-surplus / y) * (y - surplus)) / fall
            moved = at * np.exp(step)
            done = (np.abs(step) <= 2 * EPSILON) | (high <= low * (1 + 2 * EPSILON)) | (surplus == 0)
            good = (moved > low) & (moved < high) & (np.abs(step) <= 0.5 * last)
        chi[which[done]] = at[done]
        at = np.where(good, moved, np.sqrt(low) * np.sqrt(high))
        last = np.where(good, np.abs(step), np.inf)
        which, low, high, at, last = (column[~done] for column in (which, low, high, at, last))
    raise ArithmeticError(f"χ did not converge at d = {dof[which][0]}")


def invert_near(measure: Measure, base: Array, offset: Array, start: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Return complex χ at d = base + offset by Newton's method from `start`, and where that converged.

    Parameters
    ----------
    measure : Measure
        The law.
    base, offset : ndarray, shape (points,)
        d, complex.
    start : ndarray, shape (points,)
        χ at a neighbouring d, on the branch to be followed.
    """
    chi, last = start.astype(complex), np.full(start.shape, np.inf)
    for _ in range(40):
        with np.errstate(all="ignore"):
            step = _towards(measure, base, offset, chi)
            better = np.isfinite(step) & (np.abs(step) < 0.7 * last) & (np.abs(step) < 1)
            chi = np.where(better, chi * np.exp(np.where(better, step, 0)), chi)
        last = np.where(better, np.abs(step), last)
        if not better.any() or (last[better] < EPSILON).all():
            break
    return chi, last < 1e-9  # the last step that still shrank: what follows is rounding


def _towards(measure: Any, base: Any, offset: Any, chi: Any) -> Any:
    """Return Newton's step in ln χ, the difference taken on the smaller side."""
    dof, rest, fall = measure.shares(chi)
    target = (measure.rank - base) - offset
    below = np.abs(dof) < np.abs(rest) if isinstance(dof, np.ndarray) else abs(dof) < abs(rest)
    if isinstance(dof, np.ndarray):
        return np.where(below, dof - base - offset, target - rest) / fall
    return (dof - base - offset if below else target - rest) / fall


def invert_precisely(measure: PreciseMeasure, base: Any, offset: Any, start: Any = None) -> Any:
    """Return χ through mpmath at the ambient precision; the measure's own should be some digits above it.

    Parameters
    ----------
    measure : PreciseMeasure
        The law.
    base, offset : mpf or mpc
        d = base + offset; real and between 0 and the rank where `start` is left out.
    start : mpc, optional
        χ in double precision, which chooses the branch at complex d.
    """
    dof, rest = base + offset, (measure.rank - base) - offset
    tolerance = mp.ldexp(1, 8 - mp.prec)
    if start is not None:
        chi = start
        for _ in range(LIMIT):
            step = _towards(measure, base, offset, chi)
            chi *= mp.exp(step)
            if abs(step) < tolerance:
                return chi
        raise ArithmeticError(f"χ did not converge at d = {mp.nstr(dof, 10)}")
    side = dof < rest
    low, high, at, last = mp.zero, measure.total / dof, measure.total / dof, mp.inf
    for _ in range(LIMIT + 4 * mp.prec):
        learnt, missed, fall = measure.shares(at)
        ratio = learnt / dof if side else rest / missed
        low, high = (at, high) if ratio > 1 else (low, at)
        step = mp.log(ratio) * (learnt if side else missed) / fall
        moved = at * mp.exp(step)
        if abs(step) < tolerance:
            return moved
        if low < moved <= high and abs(step) <= last / 2:
            at, last = moved, abs(step)
        else:
            at, last = mp.sqrt(low * high) if low else high / 2**64, mp.inf
    raise ArithmeticError(f"χ did not converge at d = {mp.nstr(dof, 10)}")
