"""The max-plus semiring: + is max, × is +, a power is a multiple. A sum of positive powers of Λ is its largest power.

On a subtraction-free expression this is exact: nothing can cancel. Elements hold the exponent of Λ as an integer (exact,
in some common unit) or as an array of doubles, so that the functions that evaluate risks evaluate exponents.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy

from theory.errors import BadArgument


class MaxPlus:
    """Λ^value, up to a constant.

    Parameters
    ----------
    value : int, Fraction, ndarray of float64 or sympy.Expr
        The exponent.
    """

    __array_ufunc__ = None
    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    @staticmethod
    def _exponent(other: Any) -> Any:
        """Return the exponent of an operand; a number is a constant, Λ^0."""
        if isinstance(other, MaxPlus):
            return other.value
        if not other > 0:
            raise BadArgument("expression", other, "subtraction-free (positive coefficients only)", "see theory/positive.py")
        return 0

    def __add__(self, other: Any) -> MaxPlus:
        value = self._exponent(other)
        if isinstance(self.value, np.ndarray) or isinstance(value, np.ndarray):
            return MaxPlus(np.maximum(self.value, value))
        if isinstance(self.value, sympy.Basic) or isinstance(value, sympy.Basic):
            return MaxPlus(sympy.Max(self.value, value))
        return MaxPlus(self.value if self.value >= value else value)

    def __mul__(self, other: Any) -> MaxPlus:
        return MaxPlus(self.value + self._exponent(other))

    def __truediv__(self, other: Any) -> MaxPlus:
        return MaxPlus(self.value - self._exponent(other))

    def __rtruediv__(self, other: Any) -> MaxPlus:
        return MaxPlus(self._exponent(other) - self.value)

    def __pow__(self, power: Any) -> MaxPlus:
        return MaxPlus(self.value * (int(power) if power == int(power) else power))

    __radd__ = __add__
    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"MaxPlus({self.value!r})"


def maxplus(expression: Any, exponents: dict[Any, Any]) -> Any:
    """Return the exponent of a subtraction-free SymPy expression, given those of its symbols.

    Parameters
    ----------
    expression : sympy.Expr
        Made of symbols, positive numbers, sums, products and powers by numbers.
    exponents : dict
        Of every free symbol: numbers (exact ones stay exact), arrays, or SymPy expressions.

    Returns
    -------
    Of the type of the exponents; 0 for a constant.

    Raises
    ------
    ValueError
        If the expression holds anything else: a negative coefficient, a function, a symbol without exponent.
    """
    if expression.is_Symbol:
        if expression not in exponents:
            raise BadArgument("exponents", exponents, f"given for {expression}", "add it")
        return exponents[expression]
    if expression.is_number and expression.is_positive:
        return 0
    if expression.is_Pow and expression.exp.is_Rational:
        power = int(expression.exp) if expression.exp.is_Integer else expression.exp
        return maxplus(expression.base, exponents) * power
    if expression.is_Add or expression.is_Mul:
        first, *rest = (maxplus(argument, exponents) for argument in expression.args)
        return sum(rest, first) if expression.is_Mul else sum((MaxPlus(part) for part in rest), MaxPlus(first)).value
    raise BadArgument(
        "expression", expression, "subtraction-free: sums, products and powers of positive quantities",
        "derive it through theory.positive",
    )
