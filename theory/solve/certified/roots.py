"""The root of a rising function of a positive number: found by Newton's method in its logarithm, proved by a sign change.

How the root is found needs no proof and runs in few bits first; a negative and a positive value on both sides of it do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from flint import arb, ctx

from theory.solve.certified.ball import Uncertified

Measure: TypeAlias = Callable[[arb], tuple[arb, Any, Any]]  # of p: E, dE/dlnp and Newton's step of ln p; the last two roughly

ROUGH = 64
LONGEST = 40
STEPS = 400


def find(measure: Measure, start: arb) -> arb:
    """Return a point p next to the root, at the ambient precision.

    Parameters
    ----------
    measure : callable
        E rises with p.
    start : arb
        A first guess > 0.
    """
    bits = ctx.prec
    with ctx.workprec(min(ROUGH, bits)):
        point = _bracketed(measure, start.mid())
    for _ in range(12):
        value, _, step = measure(point)
        if value.contains(0) or not step.is_finite():
            return point
        point = (point * step.mid().exp()).mid()
        if abs(step.mid()) < arb(2) ** (-(2 * bits) // 3):
            return point
    return point


def _bracketed(measure: Measure, point: arb) -> arb:
    low = high = last = None
    for _ in range(STEPS):
        value, _, step = measure(point)
        if value.contains(0):
            return point
        if value < 0:
            low = point
        else:
            high = point
        size = abs(step.mid()) if step.is_finite() else None
        if size is not None and size < arb(2) ** -24:
            return (point * step.mid().exp()).mid()
        good = size is not None and (last is None or size < last / 2) and (step.mid() > 0) == bool(value < 0)
        moved = (point * _short(step.mid()).exp()).mid() if good else None
        last = size if good else None
        if moved is None or (low is not None and moved <= low) or (high is not None and moved >= high):
            last = None
            if low is None or high is None:
                far = arb(LONGEST if high is None else -LONGEST)
                moved = (point * far.exp()).mid()
            else:
                moved = (low * high).sqrt().mid()
                if not low < moved < high or high / low - 1 < arb(2) ** (10 - ctx.prec):
                    return moved
        point = moved
    raise Uncertified("the search for a root did not end")


def _short(step: arb) -> arb:
    return arb(LONGEST) if step > LONGEST else arb(-LONGEST) if step < -LONGEST else step


def enclose(measure: Measure, point: arb) -> arb:
    """Return a ball around p that holds the root, by the signs of E at both ends.

    Parameters
    ----------
    measure : callable
        E rises with p; a ball that holds it for all that is uncertain.
    point : arb
        Next to the root.

    Raises
    ------
    Uncertified
        If there is no sign change within 2^-8 of p.
    """
    value, slope, step = measure(point)
    bits = ctx.prec
    width = arb(2) ** (6 - bits)
    if slope > 0 and value.is_finite():
        width += 4 * value.rad() / slope.mid()
    if step.is_finite():
        width += 2 * abs(step.mid())
    width = width.mid()
    while width < arb(2) ** -8:
        low, high = (point * (1 - width)).mid(), (point * (1 + width)).mid()
        below = measure(low)[0] < 0
        if below and measure(high)[0] > 0:
            return low.union(high)
        width = (width * 16).mid()
    raise Uncertified("no sign change of the fixed point at this precision")
