"""Directions, checked: powers of Λ for every argument of a model, capacity and source as exact numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.arguments import ARGUMENTS, Argument
from theory.errors import BadArgument, real_array
from theory.exact import exact
from theory.exponents.system import Direction, System
from theory.keywords import check_known as known_arguments

HUGE = 10**6  # powers beyond it are no scaling; ±inf stand for them


def exact_power(argument: str, value: Any, admissible: str) -> Fraction | float:
    """Return a number as written (1.1 is 11/10), or ±inf.

    Raises
    ------
    ValueError
        If it is not a real number, or NaN.
    """
    number = exact(value)
    if number is None:
        raise BadArgument(argument, value, admissible, "give a number, such as 1.5 or Fraction(3, 2)")
    return number


def check_numbers(capacity: Any, source: Any, own: Argument = ARGUMENTS["capacity"]) -> tuple[Fraction, Fraction]:
    """Return α and r.

    Parameters
    ----------
    capacity, source : number
        As given.
    own : Argument
        What a model declares its capacity to be.

    Raises
    ------
    ValueError
        If they are not numbers with α as declared (1 < α < ∞), 0 < r < ∞.
    """
    return check_number(own, capacity), check_number(ARGUMENTS["source"], source)


def check_number(argument: Argument, value: Any) -> Fraction:
    """Return one of them.

    Parameters
    ----------
    argument : Argument
        Its declaration.
    value : number
        As given.

    Raises
    ------
    ValueError
        As `check_numbers`.
    """
    array = argument.read_exactly(value)
    if array.ndim:
        raise BadArgument(argument.keyword, array, "one number", "call once for each")
    number: Fraction = array.item()
    return number


def check_known(system: System, given: Mapping[str, Any]) -> None:
    """Refuse arguments that the model does not take."""
    absent = [keyword for keyword in ("ridge", "noise") if np.array_equal(given.get(keyword, 0.0), -math.inf)]
    known_arguments(given, system.keywords, absent, "model")


def check_ray(system: System, given: Mapping[str, Any]) -> list[Fraction | float]:
    """Return one exponent for each variable of a system, in order.

    Raises
    ------
    ValueError
        See `Law.along`.
    """
    check_known(system, given)
    return system.ordered(given, {argument.keyword: check_power(system, argument, given) for argument in system.arguments})


def check_power(system: System, argument: Direction, given: Mapping[str, Any]) -> Fraction | float:
    """Return the exponent of one argument, given or its default.

    Raises
    ------
    ValueError
        If it is missing or out of its range.
    """
    keyword = argument.keyword
    if keyword not in given and argument.default is None:
        raise BadArgument(keyword, None, f"given: this model takes {', '.join(system.keywords)}", f"add {keyword}=...")
    value = exact_power(keyword, given.get(keyword, argument.default), argument.admissible)
    if not argument.low <= value <= argument.high:
        raise BadArgument(keyword, given[keyword], argument.admissible, "give an admissible power")
    if not (value in (math.inf, -math.inf) or -HUGE <= value <= HUGE):
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
