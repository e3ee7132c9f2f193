"""One claim of a derivation, how it is checked, and what a failure says. The simplest modes: *exact* and *numeric*."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import sympy
from mpmath import mp
from sympy import Expr

from derivations.system.language import Node, Relation, canonical, names, parse
from derivations.system.scope import ORDER, Scope, has_choice, vanishes
from derivations.system.setting import DIGITS, Point
from theory.errors import BadArgument

GUARD = 15  # digits beyond those that are claimed
EACH = 3  # points at least on every branch of a minimum or maximum
SIDES = ("left", "right", "third", "fourth")
SEARCH = 400  # points among which branches are looked for


class ClaimError(Exception):
    """A claim that is wrong, undecided or empty; the message says why, with both sides at a witness."""


@dataclass(frozen=True)
class Step(ABC):
    """A claim.

    Attributes
    ----------
    text : str
        As it was written.
    relation : Relation
        Its tree.
    why : str
        Words.
    where : str
        Conditions, "P = d, N = ∞".
    """

    text: str
    relation: Relation
    why: str = ""
    where: str = ""

    mode: ClassVar[str]
    cost: ClassVar[int] = 0  # cheap checks first, where the first failure is enough

    @abstractmethod
    def verify(self, scope: Scope) -> str:
        """Return what was found, in a few words; raise `ClaimError` if the claim fails."""

    @property
    def nodes(self) -> Sequence[Node]:
        """The trees that the check evaluates."""
        return [*self.relation.sides, *(side for _, side in conditions(self.where))]

    @property
    def note(self) -> str:
        """How it is checked, for readers; the same whatever the check finds."""
        return ""

    def changed(self, relation: Relation) -> Step:
        """Return the step with another relation."""
        return replace(self, relation=relation)


@dataclass(frozen=True)
class Exact(Step):
    """An identity, proved by SymPy."""

    mode: ClassVar[str] = "exact"

    def verify(self, scope: Scope) -> str:
        """Prove it, and see that it says something."""
        empty = scope.trivial(self.relation)
        if empty:
            raise ClaimError(f"it says nothing: {empty}")
        sides = sides_of(scope, self.relation, self.where)
        if any(map(has_choice, sides)):
            raise ClaimError("SymPy does not decide min and max: use D.numeric, which checks every branch")
        for left, right in itertools.pairwise(sides):
            if differ(scope, left, right) or not vanishes(scope.setting, left - right):
                raise ClaimError(f"the two sides differ; {witness(scope, sides)}")
        for name in self._results(scope):
            if not self.where and scope.holds_whatever(self.relation, name):
                raise ClaimError(f"it holds whatever {name} is: nothing of the package is tested")
        return "identity"

    def _results(self, scope: Scope) -> list[str]:
        """Return the package's results that the claim names."""
        return sorted(set().union(*map(names, self.relation.sides)) & scope.bindings.keys())


@dataclass(frozen=True)
class Numeric(Step):
    """An equation or inequality, evaluated to 50 digits at random points.

    Attributes
    ----------
    points : int
        How many; more where a branch of a minimum or maximum was not met.
    """

    points: int = 20

    mode: ClassVar[str] = "numeric"
    cost: ClassVar[int] = 1

    def verify(self, scope: Scope) -> str:
        """Evaluate both sides everywhere."""
        empty = scope.trivial(self.relation)
        if empty:
            raise ClaimError(f"it says nothing: {empty}")
        sides = sides_of(scope, self.relation, self.where)
        branches = Branches(sides)
        with mp.workdps(DIGITS + GUARD):
            count = 0
            for index in range(SEARCH):
                if count >= self.points and not branches.missing:
                    break
                point = scope.setting.point(index, scope=scope)
                if count >= self.points and not branches.needs(scope, point):
                    continue
                branches.meet(scope, point)
                values = [scope.setting.evaluate(side, point) for side in sides]
                count += 1
                for sign, left, right in zip(self.relation.signs, values, values[1:], strict=False):
                    if not holds(sign, left, right):
                        raise ClaimError(f"it fails at point {count}: {shown(scope, sides, values, point)}")
        if branches.missing:
            raise ClaimError(f"undecided: no point met the branch {branches.missing[0]} in {SEARCH}")
        return f"{count} points, {DIGITS} digits" + (f", {len(branches.met)} branches" if branches.met else "")

    @property
    def note(self) -> str:
        """How many points and digits."""
        return f"{self.points} random points, {DIGITS} digits"


class Branches:
    """The branches of every minimum and maximum in some expressions, and how often points met them."""

    def __init__(self, sides: Sequence[Expr]) -> None:
        choices = sorted(set().union(*(side.atoms(sympy.Min, sympy.Max) for side in sides)), key=str)
        self.met: dict[tuple[Expr, Expr], int] = {(choice, part): 0 for choice in choices for part in choice.args}

    @property
    def missing(self) -> list[str]:
        """Branches that too few points met."""
        return [f"{part} of {choice}" for (choice, part), count in self.met.items() if count < EACH]

    def _active(self, scope: Scope, point: Point) -> list[tuple[Expr, Expr]]:
        found = []
        for choice in dict.fromkeys(choice for choice, _ in self.met):
            values = [scope.setting.evaluate(part, point) for part in choice.args]
            best = min(values) if isinstance(choice, sympy.Min) else max(values)
            found.append((choice, choice.args[values.index(best)]))
        return found

    def needs(self, scope: Scope, point: Point) -> bool:
        """Return whether a point lies on a branch that was not met often enough."""
        return any(self.met[branch] < EACH for branch in self._active(scope, point))

    def meet(self, scope: Scope, point: Point, weight: int = 1) -> None:
        """Count the branches that a point is on."""
        for branch in self._active(scope, point):
            self.met[branch] += weight


def conditions(where: str) -> list[tuple[str, Node]]:
    """Return "P = d, N = ∞" as names and trees."""
    found = []
    for part in filter(None, (part.strip() for part in where.split(","))):
        name, sign, side = part.partition("=")
        if not sign:
            raise BadArgument("where", where, "conditions such as 'P = d, N = ∞'", "write letter = expression")
        found.append((canonical(name.strip()), parse(side, signs=()).right))
    return found


def sides_of(scope: Scope, relation: Relation, where: str = "") -> list[Expr]:
    """Return the sides as SymPy, unfolded, under the conditions."""
    sides = [scope.value(side) for side in relation.sides]
    for name, node in conditions(where):
        quantity = scope.setting.quantities.get(name)
        if quantity is None or not isinstance(quantity.value, sympy.Symbol):
            raise BadArgument("where", where, "conditions on letters of the setting", f"{name} is none")
        value = scope.value(node)
        sides = [_infinite(scope, side, quantity.value) if value == sympy.oo else side.xreplace({quantity.value: value})
                 for side in sides]
    return sides


def _infinite(scope: Scope, side: Expr, letter: sympy.Symbol) -> Expr:
    """Return the limit of a rational expression as a letter grows without bound."""
    small = sympy.Dummy(positive=True)
    normal = sympy.cancel(sympy.together(scope.setting.normal(side).xreplace({letter: 1 / small})))
    return normal.subs(small, 0)


def holds(sign: str, left: Any, right: Any, tolerance: Any = None) -> bool:
    """Return whether two numbers are as a sign says, to the digits claimed."""
    if sign in "<>":
        real = not (mp.im(left) or mp.im(right))
        return bool(real and (mp.re(left) < mp.re(right) if sign == "<" else mp.re(left) > mp.re(right)))
    small = mp.mpf(10) ** -(DIGITS - 5) if tolerance is None else tolerance
    return bool(abs(left - right) <= small * max(abs(left), abs(right)))


def shown(scope: Scope, sides: Sequence[Expr], values: Sequence[Any], point: Point) -> str:
    """Return both sides at a point, and the point: the letters that the sides depend on."""
    words = " but ".join(f"{side} = {mp.nstr(value, 12)}" for side, value in zip(SIDES, values, strict=False))
    known = {entry.value: name for name, entry in scope.setting.quantities.items() if isinstance(entry.value, sympy.Symbol)}
    used = set().union(*(side.free_symbols for side in sides))
    values = [(known.get(symbol, symbol), value) for symbol, value in point.values.items() if symbol in used]
    at = ", ".join(f"{name} = {mp.nstr(value, 6)}" for name, value in values)
    return f"{words} at {at}" if at else words


def differ(scope: Scope, left: Expr, right: Expr) -> bool:
    """Return whether a random point shows two sides to differ: much cheaper than to fail to prove them equal."""
    if left.has(ORDER) or right.has(ORDER):
        return False
    with mp.workdps(DIGITS):
        point = scope.setting.point(0, scope=scope)
        try:
            one, other = (scope.setting.evaluate(side, point) for side in (left, right))
        except (ValueError, ZeroDivisionError, TypeError, NameError):
            return False  # a limit, say: algebra may know more
        return not holds("=", one, other, mp.mpf(10) ** -12)


def witness(scope: Scope, sides: Sequence[Expr], case: Mapping[str, Any] | None = None) -> str:
    """Return both sides at the first random point where they differ."""
    with mp.workdps(DIGITS):
        for index in range(20):
            try:
                point = scope.setting.point(index, case, scope)
                values = [scope.setting.evaluate(side, point) for side in sides]
            except (ValueError, ZeroDivisionError, TypeError, NameError):
                return "they cannot be evaluated at a point: " + " and ".join(map(str, sides))
            if any(not holds("=", a, b, mp.mpf(10) ** -12) for a, b in itertools.pairwise(values)):
                return shown(scope, sides, values, point)
    return "no point shows it: SymPy cannot prove it; use D.numeric"
