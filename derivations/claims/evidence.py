"""What numbers say of a relation: evaluated at points that cover the domain, with digits enough to be sure.

Far from the middle of a domain differences cancel, so every value is computed again with twice the digits until what is asked
of it does not change.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import sympy
from mpmath import mp
from sympy import Expr

from derivations.meaning.points import places
from derivations.meaning.quantities import DIGITS, Point
from derivations.meaning.scope import ORDER, Scope
from theory.errors import BadArgument

GUARD = 15  # digits beyond those that are claimed
STEPS = 6  # by which digits grow, each by √2, at most
SEARCH = 400  # points among which those that conditions and branches ask for are looked for
SIDES = ("left", "right", "third", "fourth")
UNDEFINED = (ZeroDivisionError, OverflowError, ArithmeticError, NotImplementedError, ValueError)


class ClaimError(Exception):
    """A claim that is wrong, undecided or empty; the message says why, with both sides at a witness."""


class DisagreementError(ClaimError):
    """A claim that is wrong: there is a witness."""


class UndecidedError(ClaimError):
    """A claim that the check can neither confirm nor refute; that is a failure too."""


class Region(Protocol):
    """A part of a domain."""

    @property
    def case(self) -> Mapping[str, Any]:
        """Letters that are fixed when a point is made."""

    def admits(self, point: Point) -> bool:
        """Return whether a point is in it."""


def cover(scope: Scope, given: Region | None = None) -> Iterator[Point]:
    """Yield the points of a cover of the domain that satisfy the conditions."""
    case = given.case if given else {}
    for index in range(SEARCH):
        point = _placed(scope, index, tuple(case.items()))
        if given is None or given.admits(point):
            yield point


def _placed(scope: Scope, index: int, case: tuple[tuple[str, Any], ...]) -> Point:
    """Return a point of the cover, the same whenever it is asked for."""
    known = scope.points
    if (index, case) not in known:
        with mp.workdps(DIGITS + GUARD):
            known[index, case] = scope.setting.point(index, dict(case), scope, places(index))
    return known[index, case]


def decided(
    scope: Scope, sides: Sequence[Expr], signs: Sequence[str], point: Point, tolerance: float = 10.0 ** -(DIGITS - 5)
) -> tuple[bool | None, list[Any]]:
    """Return whether a relation holds at a point, and its sides there; None where a side has no value."""
    before: list[Any] = []
    ladder = _growing(DIGITS + GUARD)
    for digits in ladder:
        with mp.workdps(digits):
            now = values_at(scope, sides, point)
            if not now:
                return None, []
            if before:
                errors = [abs(one - other) for one, other in zip(now, before, strict=True)]
                found = [_holds(sign, now[k : k + 2], errors[k] + errors[k + 1], tolerance, digits == ladder[-1])
                         for k, sign in enumerate(signs)]  # fmt: skip
                if False in found:
                    return False, now
                if None not in found:
                    break
            before = now
    return True, now


def settled(scope: Scope, sides: Sequence[Expr], point: Point, digits: int = DIGITS, extra: int = 0) -> list[Any]:
    """Return the sides at a point to so many digits; nothing where one has no value, or none that settles.

    Parameters
    ----------
    extra : int
        Digits beyond the usual ones to begin with.
    """
    before: list[Any] = []
    for start in _growing(digits + GUARD + extra):
        with mp.workdps(start):
            now = values_at(scope, sides, point)
            if not now:
                return []
            if before and all(abs(a - b) <= mp.mpf(10) ** -digits * abs(a) for a, b in zip(now, before, strict=True)):
                return now
            before = now
    return []


def _growing(digits: int) -> list[int]:
    """Return numbers of digits, of which the first is mostly enough and the second shows that it is."""
    return [math.ceil(digits * 2 ** (step / 2)) for step in range(STEPS + 1)]


def values_at(scope: Scope, sides: Sequence[Expr], point: Point) -> list[Any]:
    """Return the sides at a point to the ambient precision; nothing where one of them is not a finite number."""
    try:
        found = [mp.mpmathify(scope.setting.evaluate(side, point)) for side in sides]
    except BadArgument:
        raise
    except UNDEFINED:
        return []
    return found if all(map(mp.isfinite, found)) else []


def _holds(sign: str, pair: Sequence[Any], error: Any, tolerance: float, last: bool) -> bool | None:
    """Return whether two numbers, known to within an error, are as a sign says; None if more digits may tell.

    A zero may be a difference that needs more digits; at the last it is one.
    """
    left, right = pair
    size, gap = max(abs(left), abs(right)), abs(left - right)
    if sign == "=":
        if gap <= tolerance * size:
            return True if last or (size and 10 * error <= tolerance * size) else None
        if gap <= 10 * error:
            return True if last else None
        return None if 0 in pair and not last else False
    if mp.im(left) or mp.im(right):
        return False
    if gap <= 4 * error or not gap:
        return sign in "≤≥" if last else None
    return bool((mp.re(left) < mp.re(right)) == (sign in "<≤"))


def shown(scope: Scope, sides: Sequence[Expr], values: Sequence[Any], point: Point) -> str:
    """Return both sides at a point, and the point: the letters that the sides depend on."""
    words = " but ".join(f"{side} = {mp.nstr(value, 12)}" for side, value in zip(SIDES, values, strict=False))
    at = ", ".join(f"{name} = {mp.nstr(value, 6)}" for name, value in used(scope, sides, point).items())
    return f"{words} at {at}" if at else words


def used(scope: Scope, sides: Sequence[Expr], point: Point) -> Mapping[str, Any]:
    """Return the values, by name, of the letters that expressions depend on."""
    known = {entry.value: name for name, entry in scope.setting.quantities.items() if isinstance(entry.value, sympy.Symbol)}
    symbols = set().union(*(side.free_symbols for side in sides))
    return {str(known.get(symbol, symbol)): value for symbol, value in point.values.items() if symbol in symbols}


def reach(scope: Scope, sides: Sequence[Expr], points: Sequence[Point]) -> str:
    """Return which values of which letters some points cover, in words."""
    rows = [used(scope, sides, point) for point in points]
    ends = {name: (min(row[name] for row in rows), max(row[name] for row in rows)) for name in (rows[0] if rows else ())}
    return "; ".join(f"{name} from {mp.nstr(low, 2)} to {mp.nstr(high, 2)}" for name, (low, high) in ends.items())


def witness(scope: Scope, sides: Sequence[Expr], given: Region | None = None, tolerance: float = 1e-12, most: int = 50) -> str:
    """Return both sides at the first point of the cover where they differ; "" if they agree wherever they are defined."""
    if any(side.has(ORDER) for side in sides):
        return ""
    for point in itertools.islice(cover(scope, given), most):
        verdict, values = decided(scope, sides, ["="] * (len(sides) - 1), point, tolerance)
        if verdict is False:
            return shown(scope, sides, values, point)
    return ""
