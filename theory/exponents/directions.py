"""Directions, checked: powers of Λ for every argument of a model, capacity and source as exact numbers."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr

from theory.errors import BadArgument, real_array
from theory.exponents.system import Argument, System

_NUMBER = "give a number, such as 1.5 or Fraction(3, 2)"
HUGE = 10**6  # powers beyond it are no scaling; ±inf stand for them


def exact(argument: str, value: Any, admissible: str) -> Fraction | float:
    """Return a number as written (1.1 is 11/10), or ±inf.

    Raises
    ------
    ValueError
        If it is not a real number, or NaN.
    """
    if isinstance(value, Expr) and value.is_Rational:
        return Fraction(int(value.p), int(value.q))
    if isinstance(value, Expr) and value.is_extended_real and value.is_number:
        value = float(value)
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real) or math.isnan(value):
        raise BadArgument(argument, value, admissible, _NUMBER)
    if isinstance(value, numbers.Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    return float(value) if math.isinf(value) else Fraction(repr(float(value)))


def check_numbers(capacity: Any, source: Any) -> tuple[Fraction, Fraction]:
    """Return α and r.

    Raises
    ------
    ValueError
        If they are not numbers with 1 < α < ∞, 0 < r < ∞.
    """
    alpha, r = exact("capacity", capacity, "a number > 1"), exact("source", source, "a number > 0")
    if isinstance(alpha, float) or not 1 < alpha <= HUGE:
        raise BadArgument("capacity", capacity, "a number > 1", "the eigenvalues k^-α of an infinite spectrum must be summable")
    if isinstance(r, float) or not 0 < r <= HUGE:
        raise BadArgument("source", source, "a number > 0", "a target of finite variance has source > 0")
    return alpha, r


def check_known(system: System, given: Mapping[str, Any]) -> None:
    """Refuse arguments that the model does not take."""
    listed = ", ".join(system.keywords)
    for keyword, value in given.items():
        if keyword not in system.keywords and not (keyword in ("ridge", "noise") and value == -math.inf):
            raise BadArgument(keyword, value, f"left out: this model takes {listed}", f"use some of {listed}")


def check_ray(system: System, given: Mapping[str, Any]) -> list[Fraction | float]:
    """Return one exponent for each variable of a system, in order.

    Raises
    ------
    ValueError
        See `Law.along`.
    """
    check_known(system, given)
    return system.ordered(given, {argument.keyword: check_power(system, argument, given) for argument in system.arguments})


def check_power(system: System, argument: Argument, given: Mapping[str, Any]) -> Fraction | float:
    """Return the exponent of one argument, given or its default.

    Raises
    ------
    ValueError
        If it is missing or out of its range.
    """
    keyword = argument.keyword
    if keyword not in given and argument.default is None:
        raise BadArgument(keyword, None, f"given: this model takes {', '.join(system.keywords)}", f"add {keyword}=...")
    value = exact(keyword, given.get(keyword, argument.default), argument.admissible)
    if not argument.low <= value <= argument.high:
        raise BadArgument(keyword, given[keyword], argument.admissible, "give an admissible power")
    if not (math.isinf(value) or -HUGE <= value <= HUGE):
        raise BadArgument(
            keyword, given[keyword], f"at most {HUGE} in size, or infinite", "use inf for what is beyond all powers"
        )
    return value


def check_exponents(system: System, given: Mapping[str, Any]) -> list[NDArray[np.float64]]:
    """Return one array of finite exponents for each variable of a system, broadcast to one shape.

    Raises
    ------
    ValueError
        For missing or unknown arguments, what is not finite, sizes < 0, shapes that do not broadcast.
    """
    check_known(system, given)
    arrays: list[Any] = []
    for argument in system.arguments:
        keyword = argument.keyword
        if keyword not in given:
            raise BadArgument(keyword, None, "given on a grid", f"add {keyword}=...")
        array = real_array(keyword, given[keyword], "finite powers of Λ", "give arrays of numbers")
        if not np.isfinite(array).all() or not ((argument.low <= array) & (array <= argument.high)).all():
            raise BadArgument(keyword, given[keyword], "finite powers of Λ, ≥ 0 for sizes", "take `along` for infinite ones")
        arrays.append(array)
    try:
        return [np.array(array) for array in np.broadcast_arrays(*arrays)]
    except ValueError:
        shapes = {keyword: array.shape for keyword, array in zip(system.keywords, arrays, strict=True)}
        raise BadArgument("shapes", shapes, "broadcastable to one shape", "reshape the directions as NumPy arrays") from None
