"""`scaletheory optimum`: the best sizes and ridge at a given cost, as exponents, and on the real risk."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click
import numpy as np
import sympy
from numpy.typing import NDArray

import theory as th
from numerics.pictures import figures
from scaletheory.options.directions import (
    Number,
    cost_of,
    given_sizes,
    law_options,
    model_named,
    powers_as_text,
    size_options,
)
from scaletheory.options.letters import LetteredCommand, Letters, letter_options
from scaletheory.options.models import MODELS
from scaletheory.options.values import Held, HeldVariance, Numbers, Values
from scaletheory.output.formats import plain, short
from scaletheory.output.progress import progress_bar
from scaletheory.output.report import Column, Report
from scaletheory.output.reporting import reporting
from theory.errors import BadArgument
from theory.exponents.algebra.forms import Form
from theory.exponents.letters import relation_in_paper
from theory.exponents.optima.allocation import Optima, Optimum
from theory.exponents.words import power_range, spell
from theory.solve.optima.sizes import Allocation

EPILOG = """\b
The cost C is a monomial: samples*features, samples^2*features, features*time. Training
time acts as an inverse ridge: features*time is features/ridge (of flow, it is the time). What costs nothing must
be fixed, by its option; the ridge (of sgd: the step; of flow: the time) is free unless it is
fixed or costs. Of flow, sizes that cost nothing are infinite.

\b
The noise is σ² always: --noise 0 is none, --noise 0.1 label noise that stays as C grows
(of what size does not matter to exponents), --noise C^-0.5 noise that falls. Without
--budget all other fixed arguments are powers of C: --samples inf is infinite data,
--ridge -inf no ridge at all. With --budget they are values, the same at every budget.

\b
For symbolic capacity and source, and with numbers and constant label noise:
  scaletheory optimum random-features --cost samples*features
  scaletheory optimum random-features --cost samples*features --capacity 1.5 --source 0.4 --noise 0.1
In a paper's letters:
  scaletheory optimum random-features --cost N*M --convention lin2024 --latex
Beside the best allocation of the real risk, seven budgets, and its picture:
  scaletheory optimum random-features --cost samples*features --capacity 1.5 --source 0.4 \\
      --noise 0.1 --budget 1e4:1e10:7 --plot optimum.png
"""


@click.command("optimum", cls=LetteredCommand, epilog=EPILOG, short_help="The best sizes and ridge at a given cost.")
@click.argument("model", metavar="MODEL")
@click.option("--cost", required=True, metavar="MONOMIAL", help="For example samples*features or features/ridge.")
@law_options
@size_options("fixed at a power of C (with --budget: at a value)", HeldVariance(),
              ": 0 (none, the default), a value that stays as C grows, or C^POWER (without --budget)")  # fmt: skip
@click.option("--budget", type=Numbers(), help="Costs C at which to find the optimum of the real risk.")
@letter_options
@click.option("--latex", is_flag=True, help="Print the exponents as a LaTeX array.")
@reporting
def command(
    model: str, cost: str, capacity: Number | None, source: Number | None,
    n_samples: Number | None, n_features: tuple[tuple[Number, ...], ...], feature_noise: Number | None,
    ridge: Number | None, time: Number | None, step: Number | None, noise: Held | None, budget: Values | None,
    convention: str | None, assignments: tuple[str, ...], latex: bool, **layers: Any,
) -> Report:
    """Print how the best sizes and ridge of MODEL grow with the cost C, and how the excess risk falls.

    Every argument is C to a power as C → ∞; where a whole range is optimal, the range is printed.
    """
    widths = [width for widths in n_features for width in widths]
    chain = model_named(model, layers, widths)
    law = chain.exponents()
    letters = Letters.of(law.system, convention, assignments)
    powers = cost_of(cost, letters)
    alpha, r = letters.numbers(capacity, source)
    held_noise = None if noise is None else noise.power if budget is None else _value(noise)
    fixed: dict[str, Any] = given_sizes(
        model, law.system, n_samples, widths, feature_noise,
        {"ridge": ridge, "time": time, "step": step, "noise": held_noise},
    )
    facts: dict[str, Any] = {
        "command": "optimum", "model": model, "chain": str(chain), "convention": convention,
        "cost": {keyword: float(power) for keyword, power in powers.items()},
        "capacity": None if alpha is None else float(alpha), "source": None if r is None else float(r),
    }  # fmt: skip
    shown = letters.text(Form(tuple(powers.get(keyword, 0) for keyword in law.system.keywords)))
    title = f"The optimum of {model} at cost C = {shown}{letters.title}"
    if alpha is not None:
        title = f"{title} (capacity {alpha}, source {r})"
    if budget is None:
        optima = law.compute_optimal(powers, capacity=alpha, source=r, **fixed)
        chosen = {*powers, *(each.keyword for each in law.system.arguments if each.tunable and each.keyword not in fixed)}
        free = [keyword for keyword in law.system.keywords if keyword in chosen]
        page = _array(optima, free, letters) if latex else ""
        facts |= {"latex": page} if latex else {}
        columns = _numbers(optima, letters) if isinstance(optima, Optimum) else _symbolic(optima, free, letters)
        rest = [each for each in law.system.arguments if each.keyword not in free]
        absent = {each.keyword: math.inf if each.default is None else each.default for each in rest}
        held: dict[str, Any] = {keyword: fixed.get(keyword, value) for keyword, value in absent.items()}
        title = f"{title}, {powers_as_text(held, letters, 'C')}" if held else title
        return Report(title, facts, columns, letters.notes, _no_picture, page=page)
    if alpha is None or latex:
        raise BadArgument(
            "--budget", budget.text, "used with --capacity and --source, and without --latex", "add or remove them"
        )
    if model not in MODELS:
        raise BadArgument("--budget", budget.text, f"used with {', '.join(MODELS)}", "leave it out: it prints exponents")
    constants: dict[str, Any] = {name: _kept(value) for name, value in fixed.items()}
    optimum = law.compute_optimal(powers, capacity=alpha, source=r, **constants)
    kept = "".join(f", {letters.names.get(keyword, keyword)} = {short(value, 6)}" for keyword, value in fixed.items())
    task, found = th.PowerLaw(float(alpha), float(r)), []
    with progress_bar(model) as tick:
        for place, total in enumerate(budget.flat):
            found.append(chain.optimum(task, facts["cost"], float(total), of="excess", **fixed))
            tick(place + 1, len(budget.flat))
    return _beside(title + kept, optimum, budget.flat, found, letters, facts, shown)


def _value(noise: Held) -> Number:
    """Return the variance of the label noise, refusing a mere power of the cost."""
    if noise.value is None:
        raise BadArgument("--noise", f"C^{noise.power}", "a variance σ² ≥ 0 with --budget", "write for example --noise 0.1")
    return noise.value


def _kept(value: Number) -> Number:
    """Return the power of C that a constant is."""
    return -math.inf if value == 0 else math.inf if value == math.inf else 0


def _ends(value: Any) -> tuple[float, float]:
    """Return the least and the largest of an exponent's values."""
    return (float(value.start), float(value.end)) if isinstance(value, sympy.Interval) else (float(value), float(value))


def _written(value: Any, letters: Letters, write: Callable[[Any], str]) -> str:
    """Return an exponent, or a range of them, as text: any power ≤ -α/2."""
    return power_range(value, lambda end: write(letters.power(end) if isinstance(end, sympy.Expr) else end))


def _parsable(exponent: str) -> str:
    """Return an exponent as JSON and CSV hold it: SymPy's own text, a range as <=b, >=a or [a, b]."""
    return exponent.removeprefix("any power ").removeprefix("in ").replace("≤ ", "<=").replace("≥ ", ">=")


def _numbers(optimum: Optimum, letters: Letters) -> tuple[Column, ...]:
    """Return a row for each argument, one for the risk, and one for the logarithm beside it, if any."""
    rows = {**optimum.exponents, "excess": optimum.risk}
    names = {**letters.names, "excess": "excess risk", "logarithm": "ln C beside it"}
    if optimum.logarithm:
        rows["logarithm"] = optimum.logarithm
    texts = [_written(value, letters, str) for value in rows.values()]
    ends = [_ends(value) for value in rows.values()]
    decimals = [short(low, 5) if low == high else "" for low, high in ends]
    return (
        Column("argument", list(rows), "", key=True, shown=list(rows)),
        Column("", list(rows), "~", key=True, words=True, shown=[names[key] for key in rows]),
        Column("exact", texts, "power of C", words=True),
        Column("", decimals, "in decimals", words=True, shown=decimals),
        Column("low", [low for low, _ in ends]),
        Column("high", [high for _, high in ends]),
    )


def _symbolic(optima: Optima, free: Sequence[str], letters: Letters) -> tuple[Column, ...]:
    """Return a row for each optimum, with its condition; values are SymPy's own text."""
    columns, cases = [], _cases(optima, letters)
    for keyword in [*letters.system.keywords, "excess"]:
        values = [optimum.risk if keyword == "excess" else optimum.exponents[keyword] for optimum, _ in cases]
        texts = [_parsable(_written(value, letters, str)) for value in values]
        heading = f"{letters.names.get(keyword, 'excess risk')} ~ C^" if keyword in [*free, "excess"] else ""
        columns.append(Column(keyword, texts, heading, words=True, shown=[_written(v, letters, spell) for v in values]))
    shown = [spell(" and ".join(map(str, parts))).replace(">=", "≥").replace("<=", "≤") for _, parts in cases]
    written = [" & ".join(f"({part})" for part in parts) for _, parts in cases]
    return (*columns, Column("condition", written, "if" if any(shown) else "", words=True, shown=shown))


def _cases(optima: Optimum | Optima, letters: Letters) -> list[tuple[Optimum, list[Any]]]:
    """Return the optima that can hold, each with its inequalities, in the paper's letters."""
    cases = []
    for optimum in (optima,) if isinstance(optima, Optimum) else optima:
        parts = sympy.And.make_args(sympy.true if optimum.condition is None else optimum.condition)
        if letters.convention is not None:
            parts = tuple(relation_in_paper(part, letters.convention) for part in parts if part != sympy.true)
        if sympy.false not in parts:
            cases.append((optimum, sorted((part for part in parts if part != sympy.true), key=str)))
    return cases


def _array(optima: Optimum | Optima, free: Sequence[str], letters: Letters) -> str:
    """Return the exponents as a LaTeX array, a row for each optimum."""
    system, columns = letters.system, "l" * (len(free) + 1)
    symbols = [system.variables[system.keywords.index(keyword)] for keyword in free]
    rows = [[*(letters.latex(system.form(symbol)) for symbol in symbols), r"\text{excess risk}", ""]]
    for optimum, conditions in _cases(optima, letters):
        row = [_power(value, letters) for value in (*(optimum.exponents[keyword] for keyword in free), optimum.risk)]
        parts = r",\ ".join(letters.typeset(part) for part in conditions)
        rows.append([*row, rf"\text{{if }}{parts}" if parts else ""])
    head, *lines = (" & ".join(row) for row in rows)
    return rf"\begin{{array}}{{{columns}|l}}" + head + r" \\ \hline " + r" \\ ".join(lines) + r"\end{array}"


def _power(value: Any, letters: Letters) -> str:
    """Return C to a power in LaTeX."""
    if not isinstance(value, sympy.Interval):
        return f"C^{{{letters.typeset(letters.power(sympy.sympify(value)))}}}"
    low, high = (_power(end, letters) if end.is_finite is not False else "" for end in (value.start, value.end))
    if low and high:
        return rf"{low}\ldots {high}"
    return rf"\lesssim {high}" if high else rf"\gtrsim {low}" if low else r"\text{any}"


def _beside(
    title: str, optimum: Optimum | Optima, budgets: NDArray[np.float64], found: Sequence[Allocation], letters: Letters,
    facts: Mapping[str, Any], axis: str,
) -> Report:
    """Return the best allocations of the real risk, a row for each budget, and the exponents that they follow."""
    rows: dict[str, Any] = {**optimum.exponents, "excess": optimum.risk}
    predicted = {keyword: _ends(value) for keyword, value in rows.items()}
    values = {keyword: np.array([allocation.arguments[keyword] for allocation in found]) for keyword in optimum.exponents}
    values["excess"] = np.array([allocation.risk for allocation in found])
    names = {**letters.names, "excess": "excess risk"}
    varying = [keyword for keyword, ends in predicted.items() if len(np.unique(values[keyword])) > 1 or ends != (0.0, 0.0)]
    columns = [Column("budget", budgets, "C", key=True)]
    columns += [Column(keyword, column, names[keyword] if keyword in varying else "") for keyword, column in values.items()]
    notes = ["as C → ∞: " + ", ".join(f"{names[k]} ~ C^({_written(rows[k], letters, str)})" for k in varying)]
    if len(budgets) > 1:
        step = math.log(budgets[-1] / budgets[-2])
        last = {k: values[k][-1] / values[k][-2] for k in varying if values[k][-2] and np.isfinite(values[k][-2:]).all()}
        slopes = {k: math.log(ratio) / step for k, ratio in last.items() if ratio > 0}  # none through a ridge of zero
        notes.append("between the last two: " + ", ".join(f"{names[k]} ~ C^({short(slope, 3)})" for k, slope in slopes.items()))
    notes += [f"C = {short(budget, 6)}: {one.reason}" for budget, one in zip(budgets, found, strict=True) if not one.converged]
    ranges = {keyword: [plain(end, 17) for end in ends] for keyword, ends in predicted.items()}

    def draw(heading: str) -> Any:
        lines = {**predicted, "risk": predicted["excess"]}
        shown = {keyword: values[keyword] for keyword in varying if keyword != "excess" and (values[keyword] > 0).all()}
        return figures.allocation_figure(budgets, shown, values["excess"], lines, axis, heading)

    return Report(title, {**facts, "exponents": ranges}, tuple(columns), (*notes, *letters.notes), draw)


def _no_picture(heading: str) -> Any:
    raise ValueError("--plot draws the best allocations of the real risk: add a range of costs, such as --budget 1e4:1e10:7")
