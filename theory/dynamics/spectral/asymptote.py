"""Leading monomials along time with their amplitudes: what every term is made of, far along its own ray.

A regime is a cone in the logarithms: the ray through a point, (t, N, …) → (t^K, N^K, …), stays in it, and a term over its
monomial goes to a constant there: the double contour sum of the leading monomial of its two-point function at t = 1. At
hundreds of decades hardly anything else is left, and what is left falls as a power; the constant is evaluated, by the contours
that evaluate everything, at three places of the ray. Totals have the constants of their leading parts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import sympy
from sympy import Expr

from theory.errors import BadArgument
from theory.exponents.algebra.forms import Form
from theory.exponents.algebra.rays import Numbers
from theory.exponents.algebra.tropical import Tropical
from theory.exponents.law import Law
from theory.exponents.leading import Asymptote, cell_at, log_at, values_at
from theory.exponents.system import TOTALS
from theory.notation import CAPACITY, SOURCE
from theory.spectra.base import Spectrum
from theory.spectra.power_law import PowerLaw
from theory.terms import Terms

DECADES = 250.0  # that arguments and terms may span in doubles
PLACES = (0.5, 0.75, 1.0)  # of the ray's end
AGREE = 1e-2     # of amplitudes there


def asymptote(law: Law, evaluate: Callable[..., Any], task: Spectrum, given: Mapping[str, Any]) -> Asymptote:
    """Return the leading monomials of every term at a point.

    Parameters
    ----------
    law : Law
        The exponents.
    evaluate : callable
        The terms of the same model, and "kappa", at arguments by keyword.
    task : Spectrum
        An infinite power law of largest eigenvalue 1.
    given : mapping
        The arguments at the point, scalars.

    Raises
    ------
    ValueError
        For another task, arguments that are no scalars, a point on the border of two regimes, or one so near to a border that
        no ray in doubles leads far enough from it.
    """
    if not isinstance(task, PowerLaw) or task.is_symbolic or not math.isinf(task.size) or task.scale != 1.0:
        raise BadArgument("task", task, "an infinite PowerLaw of scale 1, of numbers", "leave size and scale out")
    system, (alpha, r) = law.system, task.exponents
    values = values_at(system, given)
    logs = [log_at(argument, value) for argument, value in zip(system.arguments, values, strict=True)]
    numbers = law.at(alpha, r)
    cell = cell_at(system, numbers, logs)
    terms = next(found for other, found in law.by_cell if other is cell)
    forms = {key: _leading(term, numbers, logs) for key, term in terms.items()}
    forms["kappa"] = cell.kappa
    finite = [log for value, log in zip(values, logs, strict=True) if 0 < value < math.inf]
    heights = [Form(numbers.at(form)).at(logs) for form in forms.values() if form is not None]
    heights.append(2 * Form(numbers.at(cell.kappa)).at(logs))  # κκ′
    heights = [height for height in heights if abs(height) < 10**6]
    reach = DECADES * math.log(10.0) / max(map(abs, [*finite, *heights]))
    parts = {key: form for key, form in forms.items() if key not in TOTALS}
    found = [_amplitudes(evaluate, task, values, numbers, parts, system.keywords, place * float(reach)) for place in PLACES]
    amplitudes = {key: _limit(key, [each[key] for each in found], given) for key in found[-1]}
    for key in TOTALS:
        same = [amplitudes[part] for part in system.components if forms[part] == forms[key] and part in amplitudes]
        amplitudes[key] = math.fsum(same) if same else 1.0  # the label noise itself
    letters = dict(zip(system.variables, values, strict=True)) | {CAPACITY.symbol: alpha, SOURCE.symbol: r}
    made = {key: _monomial(system.variables, form, numbers, amplitudes.get(key)) for key, form in forms.items()}
    kappa = made.pop("kappa")
    return Asymptote(kappa, Terms(made), letters)


def _leading(term: Tropical, numbers: Numbers, logs: list[Fraction]) -> Form | None:
    """Return the largest monomial of a term at a point; None for zero."""
    if not term.above:
        return None

    def height(form: Form) -> Any:
        return Form(numbers.at(form)).at(logs)

    return max(term.above, key=height) - max(term.below, key=height)


def _limit(key: Any, amplitudes: list[float], given: Mapping[str, Any]) -> float:
    """Return where a sequence goes whose error falls as a power."""
    first, second, third = amplitudes
    if not abs(third / second - 1.0) <= AGREE:
        raise BadArgument("sizes", dict(given), "well inside a regime", f"{key} is not asymptotic at any size: evaluate")
    bend = (third - second) - (second - first)
    return third if abs(bend) < 1e-13 * third else third - (third - second) ** 2 / bend


def _amplitudes(
    evaluate: Callable[..., Any], task: Spectrum, values: list[float], numbers: Numbers, forms: Mapping[Any, Form | None],
    keywords: tuple[str, ...], power: float,
) -> dict[Any, float]:  # fmt: skip
    """Return terms over their monomials at the point that is `power` times as far in logarithms."""
    moved = [value**power if 0 < value < math.inf else value for value in values]
    found = evaluate(task, **dict(zip(keywords, moved, strict=True)))
    made = {}
    for key, form in forms.items():
        if form is not None and not float(found[key]) <= 0.0:
            logs = [float(c) * math.log(value) for c, value in zip(numbers.at(form), moved, strict=True) if c]
            made[key] = math.exp(math.log(float(found[key])) - math.fsum(logs))
    return made


def _monomial(variables: Any, form: Form | None, numbers: Numbers, amplitude: float | None) -> Expr:
    if form is None or amplitude is None:
        return sympy.Integer(0)
    powers = [v ** sympy.Rational(c.numerator, c.denominator) for c, v in zip(numbers.at(form), variables, strict=True) if c]
    return sympy.Mul(sympy.Float(amplitude, 17), *powers)
