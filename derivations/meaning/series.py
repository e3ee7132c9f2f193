"""Truncated power series with coefficients in a polynomial ring: what claims up to O(x^n) are decided by."""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Expr, Symbol
from sympy.polys.polyerrors import CoercionFailed


class Truncated:
    """Expands rational expressions in x up to x^(n−1), each subexpression once.

    Parameters
    ----------
    variable : Symbol
        x.
    order : int
        n.
    letters : sequence of Symbol
        Of the coefficients.
    """

    def __init__(self, variable: Symbol, order: int, letters: Any) -> None:
        self.variable, self.order = variable, order
        self.ring = sympy.QQ if not letters else sympy.field(letters, sympy.QQ)[0]
        self._zero = self._constant(sympy.Integer(0))
        self._known: dict[Expr, list[Any]] = {}

    def of(self, expression: Expr) -> list[Any]:
        """Return the coefficients of x^0 … x^(n−1).

        Raises
        ------
        ValueError
            If the expression is not regular at x = 0, or not rational.
        """
        if expression not in self._known:
            self._known[expression] = self._expand(expression)
        return self._known[expression]

    def _expand(self, expression: Expr) -> list[Any]:
        if self.variable not in expression.free_symbols:
            return [self._constant(expression), *[self._zero] * (self.order - 1)]
        if expression == self.variable:
            found = self.of(sympy.Integer(0)).copy()
            found[1:2] = [self._constant(sympy.Integer(1))]
            return found[: self.order]
        if expression.is_Add:
            return [sum(column, self._zero) for column in zip(*map(self.of, expression.args), strict=True)]
        if expression.is_Mul:
            found = self.of(expression.args[0])
            for factor in expression.args[1:]:
                found = self._times(found, self.of(factor))
            return found
        if expression.is_Pow and expression.exp.is_Integer:
            found = self.of(sympy.Integer(1))
            base, power = self.of(expression.base), int(expression.exp)
            base = base if power > 0 else self._inverse(base)
            for _ in range(abs(power)):
                found = self._times(found, base)
            return found
        raise ValueError(f"{expression} has no power series here: use rational expressions of letters")

    def _constant(self, expression: Expr) -> Any:
        try:
            return self.ring.from_sympy(expression) if self.ring is sympy.QQ else self.ring.from_expr(expression)
        except CoercionFailed:
            raise ValueError(f"{expression} is not rational: a series has rational coefficients") from None

    def _times(self, left: list[Any], right: list[Any]) -> list[Any]:
        found = [self._zero] * self.order
        for i, a in enumerate(left):
            if a:
                for j in range(self.order - i):
                    if right[j]:
                        found[i + j] += a * right[j]
        return found

    def _inverse(self, series: list[Any]) -> list[Any]:
        if not series[0]:
            raise ValueError("a denominator vanishes: multiply the claim by it")
        found = [self._constant(sympy.Integer(1)) / series[0]]
        for n in range(1, self.order):
            found.append(-sum((series[k] * found[n - k] for k in range(1, n + 1)), self._zero) / series[0])
        return found


def starts_late(expression: Expr, bound: Expr) -> bool:
    """Return whether the series of a rational expression in x starts at x^n or later, for the bound x^n."""
    variable, order = bound.as_base_exp()
    letters = sorted(expression.free_symbols - {variable}, key=str)
    return not any(Truncated(variable, int(order), letters).of(expression))
