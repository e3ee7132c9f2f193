"""What a schedule costs: data, over those of the best last iterate, at the best step and to leading order.

At the step with γT = x the excess is F x^-s + V x^{1/α}/T, s = 2r. Its least value depends on T/(V F^{1/(αs)}): that is the
price, in units of the same of (1 − z)^{2α−1}, which no other decay undercuts (`derivations/sgd_schedules.py`).
"""

from __future__ import annotations

import math

import sympy
from sympy import Expr

from theory.dynamics.sgd.laws.common import ALPHA, PHI, R
from theory.dynamics.sgd.laws.curve import SAMPLES
from theory.dynamics.sgd.laws.declared import leading_terms, profile
from theory.dynamics.sgd.moments import BATCH, STEP
from theory.dynamics.sgd.schedules.schedule import Schedule
from theory.dynamics.sgd.schedules.shapes import polynomial
from theory.errors import BadArgument
from theory.exponents.directions import check_numbers
from theory.notation import SPREAD


def price(schedule: Schedule, averaging: str | None, capacity: float, source: float) -> float:
    """Return the price; see `OnePassSGD.price`."""
    alpha, r = (float(number) for number in check_numbers(capacity, source))
    if 2.0 * r + 1.0 / alpha < 1.0:
        least = f"at least (1 − 1/α)/2 = {(1 - 1 / alpha) / 2:.4g}: an easy task, whose best step is small"
        raise BadArgument("source", source, least, "hard tasks take the largest step of any schedule, and feel its sum alone")
    best = _pull(polynomial(2.0 * alpha - 1.0), None, alpha, r)
    return _pull(schedule, averaging, alpha, r) / best


def _pull(schedule: Schedule, averaging: str | None, alpha: float, r: float) -> float:
    """Return V F^{1/(αs)} of terms at γ = P = B = 1, inf where others lead."""
    if not schedule.fixed:
        return math.inf  # a power of ln T
    terms, spread = leading_terms(schedule, averaging, False), 1.0
    if averaging is None:
        shape = profile(schedule)
        if float(shape.end.power) <= alpha - 1.0:
            return math.inf
        spread = shape.moment(2.0 - 1.0 / alpha)
    elif averaging == "iterate" and r >= 1.0:
        return math.inf
    numbers = {ALPHA: alpha, R: r, SAMPLES: 1.0, BATCH: 1.0, STEP: 1.0, SPREAD.symbol: spread}

    def number(term: Expr) -> float:
        return float(term.replace(PHI, lambda step: sympy.Integer(0)).subs(numbers))

    return number(terms["early"]) * number(terms["flow"]) ** (1.0 / (2.0 * alpha * r))
