"""Reading numbers exactly: what was written is what is meant, 1.1 is 11/10."""

from __future__ import annotations

import decimal
import math
import numbers
import sys
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from mpmath import mp, mpf

if TYPE_CHECKING:
    from sympy import Expr


def exact(value: Any) -> Fraction | float | None:
    """Return a real number as it was written: a fraction, or ±inf; None for what is no real number.

    Integers, fractions, decimals, `mpf` and SymPy's rationals are taken as they are, floats (and SymPy's) as their shortest
    decimal says: 1.1 is 11/10, and np.float32(0.1) is 1/10.
    """
    if isinstance(value, (bool, np.bool_)):
        return None
    if isinstance(value, np.ndarray):
        return exact(value[()]) if value.ndim == 0 and value.dtype.kind in "iufO" and not is_masked(value) else None
    if is_expression(value):
        return _of_sympy(value)
    if isinstance(value, mpf):
        return _of_mpf(value)
    if isinstance(value, decimal.Decimal):
        return float(value) if value.is_infinite() else None if value.is_nan() else Fraction(value)
    if isinstance(value, numbers.Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, numbers.Real):
        if math.isnan(value):
            return None
        return float(value) if math.isinf(value) else Fraction(str(value))
    return None


def is_masked(value: Any) -> bool:
    """Return whether a value is masked, or is an array some entries of which are; `numpy.ma` is not loaded to answer."""
    masked = sys.modules.get("numpy.ma")
    return masked is not None and isinstance(value, masked.MaskedArray) and bool(masked.is_masked(value))


def is_expression(value: Any) -> bool:
    """Return whether a value is an expression of SymPy, which is not loaded to answer: there is none before it is."""
    return isinstance(value, getattr(sys.modules.get("sympy"), "Expr", ()))


def _of_sympy(value: Expr) -> Fraction | float | None:
    from sympy import Float

    if value.is_Rational:
        return Fraction(int(value.p), int(value.q))
    if not (value.is_number and value.is_extended_real):
        return None
    if value.is_infinite:
        return math.inf if value.is_positive else -math.inf
    return Fraction(str(value)) if isinstance(value, Float) else Fraction(str(float(value)))


def _of_mpf(value: Any) -> Fraction | float | None:
    if mp.isnan(value):
        return None
    if mp.isinf(value):
        return math.inf if value > 0 else -math.inf
    sign, mantissa, exponent, _ = value._mpf_
    return (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def to_mpf(value: Fraction | float) -> Any:
    """Return an exact number, or ±inf, as an `mpf`, rounded once at the ambient precision."""
    return mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else mpf(value)
