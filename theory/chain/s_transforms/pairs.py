"""An S-transform of one size without a subtraction: a rational function of u = d/n, written in u and t = 1 − u."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import sympy
from sympy import Expr

from theory.errors import BadArgument
from theory.notation import DOF, FRACTION

_PART, _REST = FRACTION.part.symbol, FRACTION.complement.symbol
DEGREES = 12  # added to a polynomial's own, at most, until all coefficients have one sign


@functools.lru_cache(maxsize=64)
def subtraction_free(expression: Expr, size: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return numerator and denominator of S as functions of u = d/n and t = 1 − u, without a subtraction.

    Raises
    ------
    ValueError
        If S is no rational function of d/n, or a factor of it has no such form (a zero between 0 and n).
    """
    (letter,) = [symbol for symbol in expression.free_symbols if symbol.name == size]
    plain = sympy.cancel(sympy.together(expression.subs(DOF.symbol, _PART * letter)))
    if plain.has(letter) or not plain.is_rational_function(_PART):
        raise BadArgument("transform", expression, f"a rational function of d/{size}", "declare a Layer with its own outer")
    return tuple(_compiled(sympy.factor(side)) for side in sympy.fraction(plain))  # type: ignore[return-value]


def _compiled(side: Expr) -> Callable[..., Any]:
    made: Expr = sympy.Integer(1)
    for base, power in side.as_powers_dict().items():
        made *= _in_pair(base) ** power
    function: Callable[..., Any] = sympy.lambdify([_PART, _REST], made, modules=[{}])
    return function


def _in_pair(factor: Expr) -> Expr:
    """Return a polynomial in u as Σ c_k u^k t^(m−k), c_k of one sign, of the least degree m that serves."""
    coefficients = sympy.Poly(factor, _PART).all_coeffs()[::-1]
    for m in range(len(coefficients) - 1, len(coefficients) + DEGREES):
        found = [
            sum(sympy.binomial(m - j, k - j) * c for j, c in enumerate(coefficients[: k + 1])) for k in range(m + 1)
        ]  # fmt: skip
        if all(c >= 0 for c in found) or all(c <= 0 for c in found):
            return sympy.Add(*(abs(c) * _PART**k * _REST ** (m - k) for k, c in enumerate(found)))
    raise BadArgument("transform", factor, "without a zero or pole at 0 < d < n", "no matrix has such an S-transform")
