"""What is given as a schedule: a name, pairs, a declared one, an expression in one symbol, or a function of z."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sympy import Expr

from theory.dynamics.sgd.schedules.pieces import REMEDY, WORDS, Z
from theory.dynamics.sgd.schedules.schedule import Constant, Curve, Geometric, Schedule, Steps
from theory.errors import BadArgument, one_real, whole_number

GEOMETRIC, CONSTANT = "geometric", "constant"
LONGEST = 1e100  # steps, so that their squares are doubles
ADMISSIBLE = '"geometric", "constant", a schedule such as warmup(0.1, cosine()), a function g(z), or pairs (steps, factor)'


def declared(schedule: Any, log_base: float = 2, argument: str = "schedule") -> Schedule:
    """Return a schedule as a declaration.

    Parameters
    ----------
    schedule : Schedule, "geometric", "constant", callable, sympy.Expr, or sequence of (steps, factor)
        A function or expression gives the factor of the step by the share z of the pass that is done.
    log_base : float
        Base of the logarithm of geometric decay.
    argument : str
        What it was passed as.

    Raises
    ------
    ValueError
        For anything else; for factors that are negative, not finite or zero everywhere; for steps that are no whole numbers.
    """
    if isinstance(schedule, Schedule):
        return schedule
    if isinstance(schedule, str):
        if schedule not in (GEOMETRIC, CONSTANT):
            raise BadArgument(argument, schedule, ADMISSIBLE, "choose one")
        return Constant() if schedule == CONSTANT else Geometric(log_base)
    if isinstance(schedule, Expr):
        if len(schedule.free_symbols) > 1:
            raise BadArgument(argument, schedule, "an expression in one symbol, the share that is done", "put in the others")
        return _tried(Curve(schedule.subs(dict.fromkeys(schedule.free_symbols, Z))), argument)
    if callable(schedule) and not isinstance(schedule, type):
        return _tried(Curve(schedule), argument)
    return Steps(_pairs(schedule, argument))


def _tried(curve: Curve, argument: str) -> Curve:
    """Return a curve once its factors are seen to be admissible."""
    try:
        largest = curve.largest(1)
    except BadArgument as error:
        raise BadArgument(argument, error.value, error.admissible, error.remedy) from None
    except (TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as error:
        raise BadArgument(argument, curve.factor, f"{WORDS}: z = 0 … 1 gives {type(error).__name__}: {error}", REMEDY) from None
    if largest == 0:
        raise BadArgument(argument, curve.factor, WORDS, REMEDY)
    return curve


def _pairs(schedule: Any, argument: str) -> tuple[tuple[int, float], ...]:
    """Return pairs of steps and factor."""
    remedy = "give for example [(1000, 1.0), (500, 0.1)]"
    if not isinstance(schedule, Sequence) or not schedule:
        raise BadArgument(argument, schedule, ADMISSIBLE, remedy)
    for pair in schedule:
        if not isinstance(pair, Sequence) or isinstance(pair, str | bytes) or len(pair) != 2:
            raise BadArgument(argument, schedule, "pairs (steps, factor)", remedy)
        if not 0 < one_real(argument, pair[1], "pairs of steps and a factor > 0", remedy) < math.inf:
            raise BadArgument(argument, schedule, "pairs of a whole number of steps ≥ 1 and a factor > 0", remedy)
    longest = int(LONGEST)
    return tuple((whole_number(argument, count, 1, longest, remedy), float(factor)) for count, factor in schedule)
