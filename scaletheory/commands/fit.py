"""`scaletheory fit`: exponents, forecasts and allocations from a table of runs, with how far they may be believed."""

from __future__ import annotations

from functools import partial
from typing import Any

import click
import numpy as np

from numerics.fit.forms import FORMS
from numerics.fit.models.model import MODELS, ModelFit
from numerics.fit.result import Fitted, RunsFit
from numerics.fit.runs import HOLDOUT, fit_runs
from numerics.fit.table import read_runs
from numerics.pictures.fitted_runs import fit_figure, model_figure
from scaletheory.options.values import Numbers, Values
from scaletheory.output.formats import short
from scaletheory.output.report import Column, Report
from scaletheory.output.reporting import reporting

EPILOG = """\b
RUNS.csv has a line of names and one line a run. --columns names size, data and loss,
and compute if there is such a column; else compute is 6 times size times data.

\b
Intervals from residuals say what noise does, and nothing of a form that is wrong. So
every exponent is printed with its spread over forms, and bands come from refits that
leave the largest budgets out. No band is given beyond the factor that was tried.

\b
Four forms, on all runs and on the half of most compute, the best backtested, and a picture:
  scaletheory fit runs.csv --columns params,tokens,loss --plot fit.png
What ten times the compute would give, and how to split it:
  scaletheory fit runs.csv --columns params,tokens,loss --holdout 10 --budget 1e22
Simulated random features at their best ridge: capacity, source and noise.
  scaletheory fit runs.csv --columns N,P,risk --form random-features
"""


@click.command("fit", epilog=EPILOG, short_help="Exponents and forecasts from a table of runs.")
@click.argument("path", metavar="RUNS.csv")
@click.option("--columns", default="params,tokens,loss", show_default=True, metavar="NAMES",
              help="Size, data, loss[, compute], as the file names them.")  # fmt: skip
@click.option("--form", type=click.Choice(["auto", *FORMS, *MODELS]), default="auto", show_default=True,
              help="Of the loss; the last two are for runs of that very model.")  # fmt: skip
@click.option("--holdout", type=float, default=HOLDOUT, show_default=True, metavar="FACTOR",
              help="Of compute, over which forms are backtested.")  # fmt: skip
@click.option("--level", type=float, default=0.9, show_default=True, help="Nominal coverage of intervals and bands.")
@click.option("--irreducible", type=float, metavar="E", help="The irreducible loss, if known.  [default: fitted]")
@click.option("--budget", type=Numbers(), help="Compute to be split best.  [default: 3 and 10 times the largest]")
@click.option("--scales", is_flag=True, help="random-features: sizes and data up to a factor each.")
@click.option("--step", type=float, metavar="γ", help="sgd: the step in units of 1/λ_1.  [default: fitted]")
@reporting
def command(
    path: str,
    columns: str,
    form: str,
    holdout: float,
    level: float,
    irreducible: float | None,
    budget: Values | None,
    scales: bool,
    step: float | None,
) -> Report:
    """Fit the losses of runs by power laws in size and data.

    One row a form: exponents, irreducible loss, residuals, and the error of refits without the largest budgets.
    """
    given: dict[str, Any] = {**read_runs(path, [name.strip() for name in columns.split(",")]), "scales": scales, "step": step}
    fit = fit_runs(**given, form=form, holdout=holdout, level=level, irreducible=irreducible)
    return _of_model(path, fit) if isinstance(fit, ModelFit) else _of_forms(path, fit, budget)


def _of_model(path: str, fit: ModelFit) -> Report:
    numbers = {"capacity": fit.capacity, "source": fit.source, **fit.scales}
    good = fit.goodness
    facts: dict[str, Any] = {
        "command": "fit", "runs": len(fit.runs), "form": fit.form, "noise": fit.noise, "signal": fit.signal, "level": fit.level,
        "residual": fit.fit.rms, "rejected": good.rejected, "smooth": good.smooth, "repeated": good.repeated,
    }  # fmt: skip
    columns = (
        Column("parameter", list(numbers), "parameter", key=True, words=True),
        Column("value", [number.value for number in numbers.values()], "value"),
        Column("low", [number.interval.low for number in numbers.values()], "from"),
        Column("high", [number.interval.high for number in numbers.values()], "to"),
    )
    notes = (
        f"noise {short(fit.noise, 4)}, signal {short(fit.signal, 4)}; residuals {fit.fit.rms:.2%}",
        f"the table rejects this model: {'; '.join(good.reasons)}" if good.rejected else "the table does not reject this model",
    )
    title = f"{path}: {len(fit.runs)} runs, {fit.form}, if your system is this model"
    return Report(title, facts, columns, notes, partial(model_figure, fit))


def _of_forms(path: str, fit: RunsFit, budget: Values | None) -> Report:
    budgets = fit.runs.compute.max() * np.array([3.0, 10.0]) if budget is None else budget.flat
    names, rows = list(fit.fits), [(fit.fits[name], fit.backtests[name]) for name in fit.fits]
    taken = fit.form
    if len(fit.chosen.runs) < len(fit.runs):
        taken = f"{fit.form}, larger half"
        names, rows = [*names, taken], [*rows, (fit.fit, fit.backtest)]
    facts: dict[str, Any] = {
        "command": "fit", "runs": len(fit.runs), "budgets": len(fit.runs.budgets), "chosen": fit.form,
        "fitted_runs": len(fit.chosen.runs), "level": fit.level,
        "size_exponent": fit.size_exponent.value, "size_interval": list(fit.size_exponent.interval),
        "size_spread": list(fit.size_exponent.spread), "data_exponent": fit.data_exponent.value,
        "data_interval": list(fit.data_exponent.interval), "data_spread": list(fit.data_exponent.spread),
        "irreducible_loss": fit.irreducible.value, "irreducible_interval": list(fit.irreducible.interval),
        "irreducible_spread": list(fit.irreducible.spread), "tested_factor": fit.tested_factor,
        "agreement": fit.fit.agreement, "leave_largest_out": [dict(row) for row in fit.leave_largest_out],
    }  # fmt: skip
    notes = [*_fitted(fit), *_left_out(fit)]
    if fit.runs.is_product:
        facts["allocations"] = [_split(fit, float(value), notes) for value in budgets]
    else:
        notes.append("no allocation: compute is no multiple of size times data")
    allowed = {*fit.plausible, taken}
    shown = (
        Column("form", names, "form", key=True, words=True, shown=[name + " *" * (name == taken) for name in names]),
        Column("a", [f.exponents[0] for f, _ in rows], "a (size)"),
        Column("b", [f.exponents[1] for f, _ in rows], "b (data)"),
        Column("E", [f.irreducible for f, _ in rows], "E"),
        Column("residual", [t.residual for _, t in rows], "residual", shown=[f"{t.residual:.2%}" for _, t in rows]),
        Column("backtest", [t.error for _, t in rows], "backtest", shown=[f"{t.error:.2%}" if t.cuts else "" for _, t in rows]),
        Column("plausible", [name in allowed for name in names], "ruled out",
               shown=["" if name in allowed else "yes" for name in names], words=True),
    )  # fmt: skip
    title = f"{path}: {len(fit.runs)} runs, {len(fit.runs.budgets)} budgets; * {taken}, L = {fit.fit.form.words}"
    return Report(title, facts, shown, tuple(notes), partial(fit_figure, fit))


def _fitted(fit: RunsFit) -> list[str]:
    def line(words: str, number: Fitted) -> str:
        (low, high), (least, most) = number.interval, number.spread
        return (f"{words} {short(number.value, 4)}, profile interval {short(low, 4)} … {short(high, 4)} if the form is right; "
                f"over forms {short(least, 4)} … {short(most, 4)}")  # fmt: skip

    return [
        line("exponent in size", fit.size_exponent),
        line("exponent in data", fit.data_exponent),
        line("irreducible loss", fit.irreducible),
        f"{fit.fit.agreement:.0%} of the starts found this minimum",
    ]


def _left_out(fit: RunsFit) -> list[str]:
    return [
        f"without compute above {short(row['compute'], 3)} (a factor {short(row['factor'], 3)}): {row['n_runs']:.0f} runs, "
        f"a {short(row['size_exponent'], 3)}, b {short(row['data_exponent'], 3)}, E {short(row['irreducible'], 3)}, "
        f"misses what was left out by {row['error']:.2%}, at most {row['worst']:.2%}"
        for row in fit.leave_largest_out
    ]


def _split(fit: RunsFit, budget: float, notes: list[str]) -> dict[str, Any]:
    split = fit.allocation(budget)
    forecast = fit.forecast(split.sizes, split.data)
    band = "no band: beyond what was backtested"
    if np.isfinite(forecast.low):
        band = f"{fit.level:.0%} band {short(float(forecast.low), 4)} … {short(float(forecast.high), 4)}"
    (small, large), (few, many) = split.size_interval, split.data_interval
    notes.append(
        f"budget {short(budget, 3)}: size {short(split.sizes, 3)} ({short(small, 3)} … {short(large, 3)}), data "
        f"{short(split.data, 3)} ({short(few, 3)} … {short(many, 3)}), loss {short(split.loss, 4)} ({band}); "
        f"if wrong it costs {short(split.regret, 2)} at most"
    )
    return {
        "compute": budget, "sizes": split.sizes, "size_interval": list(split.size_interval), "data": split.data,
        "data_interval": list(split.data_interval), "loss": split.loss, "low": float(forecast.low),
        "high": float(forecast.high), "regret": split.regret, "relative_regret": split.relative_regret, "inside": split.inside,
    }  # fmt: skip
