"""What a claim is given: values of letters ("P = d", "N = ∞") and bounds on what they may be ("r < 1/2").

A value must stay in its letter's domain, wherever the other letters are. Several letters may be infinite at once if the limit
does not depend on the path.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy
from mpmath import mp
from sympy import Expr, Symbol

from derivations.claims.evidence import GUARD, ClaimError, UndecidedError, cover, decided, shown, values_at
from derivations.language.grammar import ORDERED, Name, Node, Relation, canonical, parse
from derivations.meaning.points import COVER, Domain, within
from derivations.meaning.quantities import DIGITS, Point
from derivations.meaning.scope import Scope
from theory.errors import BadArgument

_EXAMPLE = "conditions such as 'P = d, N = ∞' or 'r < 1/2'"


@dataclass(frozen=True)
class Condition:
    """One condition: the letter that has a value, or "" for a bound; and the relation."""

    letter: str
    relation: Relation

    @property
    def nodes(self) -> Sequence[Node]:
        """The trees in it, but for the letter itself."""
        return self.relation.sides[1:] if self.letter else self.relation.sides


def conditions(where: str) -> list[Condition]:
    """Return "P = d, r < 1/2" as conditions."""
    found = []
    for part in parts(where):
        name, sign, _ = part.partition("=")
        if sign:
            side = parse(part.partition("=")[2], signs=()).right
            found.append(Condition(canonical(name.strip()), Relation((Name(name.strip()), side), ("=",))))
            continue
        relation = parse(part, signs=ORDERED)
        if not relation.signs:
            raise BadArgument("where", where, _EXAMPLE, "write letter = expression, or a bound")
        found.append(Condition("", relation))
    return found


def parts(where: str) -> list[str]:
    """Return what stands between commas outside parentheses."""
    found, depth = [""], 0
    for letter in where:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            found.append("")
        else:
            found[-1] += letter
    return [part.strip() for part in found if part.strip()]


class Given:
    """The conditions of a claim, read in a scope.

    Parameters
    ----------
    scope : Scope
        What names mean.
    where : str
        Values and bounds, "P = d, r < 1/2".

    Raises
    ------
    ValueError
        For a condition on what is no letter, or values that speak of each other's letters.
    """

    def __init__(self, scope: Scope, where: str) -> None:
        self.scope, self.where = scope, where
        self.values: dict[Symbol, Expr] = {}
        self.names: dict[Symbol, str] = {}
        self.bounds: list[Relation] = []
        for condition in conditions(where):
            if not condition.letter:
                self.bounds.append(condition.relation)
                continue
            quantity = scope.setting.quantities.get(condition.letter)
            if quantity is None or not isinstance(quantity.value, Symbol):
                raise BadArgument("where", where, "conditions on letters of the setting", f"{condition.letter} is none")
            self.values[quantity.value] = scope.value(condition.relation.right)
            self.names[quantity.value] = condition.letter
        if any(value.free_symbols & self.values.keys() for value in self.values.values()):
            raise BadArgument("where", where, "values without the letters that are given values", "solve them for each other")

    @cached_property
    def case(self) -> dict[str, Any]:
        """Numbers that a point has to be made with: values of exponents of its population."""
        found = {}
        for symbol, value in self.values.items():
            if self.names[symbol] in self.scope.setting.exponents:
                if not value.is_number:
                    raise BadArgument("where", self.where, f"a number for {self.names[symbol]}", "a population is made of it")
                found[self.names[symbol]] = str(sympy.Rational(value)) if value.is_Rational else str(value.n(DIGITS + GUARD))
        return found

    def sides(self, sides: Sequence[Expr]) -> list[Expr]:
        """Return expressions with the values put in; a letter at infinity by a limit that any path has.

        Raises
        ------
        ClaimError
            If there is no such limit.
        """
        infinite = [symbol for symbol, value in self.values.items() if value == sympy.oo]
        finite = {symbol: value for symbol, value in self.values.items() if value != sympy.oo}
        if not infinite:
            return [side.xreplace(finite) for side in sides]
        small = {symbol: sympy.Dummy(f"small_{symbol}", positive=True) for symbol in infinite}
        return [self._limit(side, finite, small) for side in sides]

    def _limit(self, side: Expr, finite: dict[Symbol, Expr], small: dict[Symbol, Symbol]) -> Expr:
        """Return the limit of an expression that is continuous in 1/letter at zero, all letters together."""
        inverse = {symbol: 1 / one for symbol, one in small.items()}
        normal = self.scope.setting.normal(side.xreplace(finite)).xreplace(inverse)
        above, below = sympy.fraction(sympy.cancel(sympy.together(normal)))
        zero = dict.fromkeys(small.values(), sympy.Integer(0))
        below = below.xreplace(zero)
        found = above.xreplace(zero) / below if below != 0 else sympy.zoo
        if found.has(sympy.zoo, sympy.nan, sympy.oo, sympy.AccumBounds):
            raise UndecidedError(f"no limit of {side} at {self.where} is the same along all paths: take one letter to ∞, "
                                 "or give their ratio a letter")
        return found

    @cached_property
    def _bounds(self) -> list[tuple[list[Expr], tuple[str, ...]]]:
        return [(self.sides([self.scope.value(side) for side in bound.sides]), bound.signs) for bound in self.bounds]

    def admits(self, point: Point) -> bool:
        """Return whether a point satisfies the bounds."""
        return all(decided(self.scope, sides, signs, point)[0] is True for sides, signs in self._bounds)

    def stay(self) -> None:
        """See that the values stay in their letters' domains, at points that cover those of the others.

        Raises
        ------
        ClaimError
            With a point where one does not.
        """
        for symbol, value in self.values.items():
            domain = self.scope.setting.domains.get(symbol, "positive" if symbol.is_positive else "real")
            if value == sympy.oo or _surely(domain, value):
                continue
            for point in itertools.islice(cover(self.scope, self), COVER // 2):
                with mp.workdps(4 * DIGITS):
                    found = values_at(self.scope, [value], point)
                    if found and not within(domain, found[0], mp.mpf(10) ** -DIGITS):
                        name = self.names[symbol]
                        at = shown(self.scope, [value], [], point)
                        raise ClaimError(f"{name} = {mp.nstr(found[0], 6)} leaves the domain of {name}, {domain}{at}")


def _surely(domain: Domain, value: Expr) -> bool:
    """Return whether SymPy knows a value to be in the closure of a domain."""
    known = {"positive": value.is_nonnegative, "nonnegative": value.is_nonnegative, "real": value.is_real}
    return isinstance(domain, str) and known.get(domain) is True
