"""Subtraction-free form: rational functions of complement pairs (u, t), u + t = 1, without a single minus sign.

Every pair is written in its odds o = u/t, so that u = o/(1+o) and t = 1/(1+o) are independent of each other and a
rational function of the pairs is a ratio of polynomials in the odds. It is subtraction-free iff all coefficients of
the numerator have one sign, and all of the denominator; then o^k (1+o)^-n = u^k t^(n-k) returns to the pairs. Such a form is
free of cancellation in floating point, valid unchanged for intervals, and exact in the max-plus algebra.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy
from sympy.polys.domains import ZZ
from sympy.polys.fields import field

from theory.notation import Letter, Pair, odds_letter

Degrees = tuple[int, ...]


class NotSubtractionFreeError(ArithmeticError):
    """A rational function of the odds has coefficients of both signs."""


class OddsField:
    """The field of rational functions in some free letters and in the odds of some pairs.

    Parameters
    ----------
    letters : sequence of Letter
        Non-negative quantities that stand for themselves.
    pairs : sequence of Pair
        Complement pairs, each written through its odds. Nested forms are split in this order.
    """

    def __init__(self, letters: Sequence[Letter], pairs: Sequence[Pair]) -> None:
        self.pairs = tuple(pairs)
        self._free = tuple(letter.symbol for letter in letters)
        odds = [odds_letter(pair).symbol for pair in pairs]
        self.field, *generators = field([*self._free, *odds], ZZ)
        self._letters = dict(zip(self._free, generators, strict=False))
        self._odds = dict(zip(self.pairs, generators[len(self._free) :], strict=True))
        self.ring = self.field.ring
        self.one = self.field.one
        self._factors: list[Any] = []

    def letter(self, letter: Letter) -> Any:
        """Return the field element of a free letter."""
        return self._letters[letter.symbol]

    def part(self, pair: Pair) -> Any:
        """Return u = o/(1+o) as a field element."""
        odds = self._odds[pair]
        return odds / (1 + odds)

    def complement(self, pair: Pair) -> Any:
        """Return t = 1/(1+o) as a field element."""
        return 1 / (1 + self._odds[pair])

    def positive(self, element: Any) -> sympy.Expr:
        """Return the subtraction-free SymPy expression of a field element, proved equal to it.

        Denominators are divided by the factors met in earlier ones, so that terms of one risk share them.

        Raises
        ------
        NotSubtractionFreeError
            If a coefficient of the numerator or denominator differs in sign from the others.
        """
        if element == 0:
            return sympy.Integer(0)
        above, below = _one_signed(element.numer), _one_signed(element.denom)
        if (above == element.numer) != (below == element.denom):
            raise NotSubtractionFreeError(f"{element} is negative")
        numerator, top = self._nest(above)
        denominator: sympy.Expr = sympy.Integer(1)
        bottom = (0,) * len(self.pairs)
        for factor, power in self._factorise(below):
            expression, own = self._nest(factor)
            denominator *= expression**power
            bottom = tuple(d + power * e for d, e in zip(bottom, own, strict=True))
        for pair, up, down in zip(self.pairs, top, bottom, strict=True):
            excess = pair.complement.symbol ** abs(down - up)
            numerator, denominator = (
                (numerator * excess, denominator) if down > up else (numerator, denominator * excess)
            )
        degrees = tuple(map(max, top, bottom))
        if not (self._equal(numerator, above, degrees) and self._equal(denominator, below, degrees)):
            raise ArithmeticError(f"the subtraction-free form of {element} is not equal to it")
        return numerator / denominator

    def _factorise(self, poly: Any) -> list[tuple[Any, int]]:
        """Split a denominator into the factors met so far and what is left, which becomes one of them."""
        found = []
        for factor in self._factors:
            power = 0
            while True:
                quotient, remainder = poly.div(factor)
                if remainder:
                    break
                poly, power = quotient, power + 1
            if power:
                found.append((factor, power))
        if not poly.is_ground or poly != 1:
            found.append((poly, 1))
        core = poly
        for i in range(len(self._free), len(self.ring.gens)):
            core, _ = self._strip(core, i)
        if not core.is_ground:
            self._factors.append(core)
        return found

    def _strip(self, poly: Any, i: int) -> tuple[Any, int]:
        """Divide by 1 + o as often as possible, o the i-th generator; return the quotient and how often."""
        odds, count = self.ring.gens[i], 0
        while True:
            at_minus_one: dict[tuple[int, ...], int] = {}
            varies = False
            for monomial, coefficient in poly.items():
                rest = (*monomial[:i], *monomial[i + 1 :])
                at_minus_one[rest] = at_minus_one.get(rest, 0) + (-coefficient if monomial[i] % 2 else coefficient)
                varies = varies or monomial[i] > 0
            if not varies or any(at_minus_one.values()):
                return poly, count
            poly, count = poly.exquo(1 + odds), count + 1

    def _nest(self, poly: Any) -> tuple[sympy.Expr, Degrees]:
        """Return (expression, n) with poly · ∏ t_j^n_j = expression in the pairs, nested as in Horner's scheme."""
        n_free, n_all = len(self._free), len(self.ring.gens)
        degrees = [0] * (n_all - n_free)
        content = tuple(map(min, zip(*poly, strict=True)))
        expression: sympy.Expr = sympy.Integer(1)
        for i, power in enumerate(content):
            if power:
                expression *= (self._free[i] if i < n_free else self.pairs[i - n_free].part.symbol) ** power
                if i >= n_free:
                    degrees[i - n_free] += power
        if any(content):
            poly = self.ring.from_dict({tuple(map(int.__sub__, m, content)): c for m, c in poly.items()})
        for i in range(n_free, n_all):  # a factor 1 + o is 1/t: it only counts
            poly, count = self._strip(poly, i)
            degrees[i - n_free] += count
        highest = tuple(map(max, zip(*poly, strict=True)))
        split = next((i for i in range(n_all) if highest[i]), None)
        if split is None:
            (coefficient,) = poly.values()
            return expression * int(coefficient), tuple(degrees)
        inner, inner_degrees = self._split(poly, split)
        return expression * inner, tuple(d + e for d, e in zip(degrees, inner_degrees, strict=True))

    def _split(self, poly: Any, i: int) -> tuple[sympy.Expr, Degrees]:
        """Write poly = Σ_k c_k g^k in its i-th generator g and nest every c_k."""
        slices: dict[int, Any] = {}
        for monomial, coefficient in poly.items():
            rest = (*monomial[:i], 0, *monomial[i + 1 :])
            slices.setdefault(monomial[i], self.ring.zero)[rest] = coefficient
        nested = {k: self._nest(slices[k]) for k in sorted(slices)}
        degrees = tuple(max(n) for n in zip(*(n for _, n in nested.values()), strict=True))
        j, highest = i - len(self._free), max(slices)
        terms = []
        for k, (term, own) in nested.items():
            for pair, need, have in zip(self.pairs, degrees, own, strict=True):
                term *= pair.complement.symbol ** (need - have)
            if j < 0:
                term *= self._free[i] ** k
            else:
                term *= self.pairs[j].part.symbol ** k * self.pairs[j].complement.symbol ** (highest - k)
            terms.append(term)
        if j >= 0:
            degrees = (*degrees[:j], degrees[j] + highest, *degrees[j + 1 :])
        return sympy.Add(*terms), degrees

    def _equal(self, expression: sympy.Expr, poly: Any, degrees: Degrees) -> bool:
        """Substitute u = o/(1+o), t = 1/(1+o) and compare with poly · ∏ (1+o_j)^-n_j as polynomials."""
        found, own = self._substitute(expression)
        for pair, n, m in zip(self.pairs, degrees, own, strict=True):
            factor = (1 + self._odds[pair].numer) ** abs(n - m)
            found, poly = (found * factor, poly) if n > m else (found, poly * factor)
        return bool(found == poly)

    def _substitute(self, expression: sympy.Expr) -> tuple[Any, Degrees]:
        """Return (poly, n) with expression = poly · ∏ (1+o_j)^-n_j."""
        none = (0,) * len(self.pairs)
        if expression.is_Integer:
            return self.ring(int(expression)), none
        if expression.is_Symbol:
            for j, pair in enumerate(self.pairs):
                if expression in (pair.part.symbol, pair.complement.symbol):
                    poly = self._odds[pair].numer if expression == pair.part.symbol else self.ring.one
                    return poly, (*none[:j], 1, *none[j + 1 :])
            return self._letters[expression].numer, none
        if expression.is_Pow:
            poly, n = self._substitute(expression.base)
            power = int(expression.exp)
            return poly**power, tuple(power * d for d in n)
        parts = [self._substitute(argument) for argument in expression.args]
        if expression.is_Mul:
            product = self.ring.one
            for poly, _ in parts:
                product *= poly
            return product, tuple(sum(n) for n in zip(*(n for _, n in parts), strict=True))
        degrees = tuple(max(n) for n in zip(*(n for _, n in parts), strict=True))
        total = self.ring.zero
        for poly, own in parts:
            for pair, need, have in zip(self.pairs, degrees, own, strict=True):
                poly = poly * (1 + self._odds[pair].numer) ** (need - have)
            total += poly
        return total, degrees


def _one_signed(poly: Any) -> Any:
    signs = {coefficient > 0 for coefficient in poly.values()}
    if len(signs) > 1:
        raise NotSubtractionFreeError(f"coefficients of both signs in {poly}")
    return poly if signs.pop() else -poly
