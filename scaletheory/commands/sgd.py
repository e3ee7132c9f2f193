"""`scaletheory sgd`: the risk of one pass of stochastic gradient descent, with or without a sketch, constants included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

import theory as th
from numerics.pictures import figures
from scaletheory.options.arguments import argument_option
from scaletheory.options.drawn import Drawn, drawn_options
from scaletheory.options.grid import grid, on_grid
from scaletheory.options.population import Population, population, population_options
from scaletheory.options.schedules import ScheduleText
from scaletheory.options.values import Numbers, Values
from scaletheory.output.formats import short
from scaletheory.output.progress import progress_bar
from scaletheory.output.report import Column, Report
from scaletheory.output.reporting import reporting
from scaletheory.output.terms import longest
from theory.results.result import joined

HEADINGS = {
    "test": "test", "approximation": "approximation", "bias": "bias", "variance": "variance",
    "effective_samples": "effective\nsamples", "stability": "Φ", "max_step": "γ max",
}  # fmt: skip

EPILOG = """\b
Values: a number, a list A,B,C, or START:STOP:COUNT, log-spaced. The rows are all
combinations; the samples vary fastest.

\b
A sketch of 512 columns, and how its risk falls with the samples:
  scaletheory sgd --capacity 1.5 --source 0.2 --samples 1e3:1e9:13 \\
      --features 512 --step 0.1 --noise 1 --plot sgd.png
The spectrum k^-1 log^-2(k+1), with a sketch:
  scaletheory sgd --logarithmic 2 --samples 1e6 --features 128 --step 0.1 --noise 1
A warm-up over a tenth of the pass, and a decay over the last fifth:
  scaletheory sgd --capacity 2 --source 0.4 --samples 1e6 --step 0.1 --noise 1 \\
      --schedule 'warmup(0.1, stable_decay(0.2))'
Schedules compared at equal data:
  scaletheory sgd --capacity 2 --source 0.4 --samples 1e3:1e7:9 --step 0.05 \\
      --noise 1 --schedule linear --schedule cosine --schedule constant --plot sgd.png
No sketch, batches of 16, the mean of the last half of the iterates:
  scaletheory sgd --capacity 1.5 --source 0.2 --samples 1e6 --step 0.2 \\
      --batch 16 --schedule constant --averaging tail
"""


@click.command("sgd", epilog=EPILOG, short_help="One pass of SGD: approximation, bias and variance.")
@population_options
@argument_option("n_samples", Numbers(), ", each seen once", letter="N", required=True)
@argument_option("n_features", Numbers(), ", columns of a Gaussian sketch; none if left out", letter="M")
@argument_option("step", Numbers(), required=True)
@argument_option("noise", Numbers())
@drawn_options
@click.option("--batch", type=int, default=1, show_default=True, help="B, samples a step.")
@click.option("--schedule", "schedules", type=ScheduleText(), default=["geometric"], multiple=True,
              help="Several, by the option again, are compared.  [default: geometric]  geometric (the step halves every "
                   "T/log T steps), constant, linear, polynomial(P), cosine, "
                   "exponential(RATIO), inverse_time(RATE), stable_decay(FRACTION, SCHEDULE), warmup(FRACTION, SCHEDULE).")
@click.option("--log-base", type=float, default=2, show_default=True, help="Of that logarithm.")
@click.option("--averaging", type=click.Choice(["iterate", "tail"]),
              help="The mean of all iterates, or of the last half; needs --schedule constant. Else the last iterate.")
@click.option("--allow-unstable", is_flag=True, help="Evaluate steps beyond γ max, where the expected risk diverges.")
@reporting
def command(
    n_samples: Values, n_features: Values | None, step: Values, noise: Values, batch: int, schedules: Sequence[Any],
    log_base: float, averaging: str | None, allow_unstable: bool, **choice: Any,
) -> Report:
    """Print the expected risk after one pass of SGD: approximation, bias, variance and the limits of stability.

    test includes the label noise. Φ is below 1 where the expected risk is finite in the long run; γ max is the step where
    it reaches 1, and larger steps are refused.
    """
    drawn = Drawn.of(choice)
    passes = [th.OnePassSGD(batch, schedule, log_base, averaging) for schedule in schedules]
    chosen = population(**choice)
    widths = np.array([np.inf]) if n_features is None else n_features.flat
    axes = {"n_samples": n_samples.flat, "n_features": widths, "step": step.flat, "noise": noise.flat}
    rows = grid(axes)
    with progress_bar("sgd") as tick:
        parts = [_evaluate(sgd, chosen.task, rows, allow_unstable, tick) for sgd in passes]
    columns = {name: np.tile(column, len(passes)) for name, column in rows.items()}
    return _report(passes, chosen, axes, columns, parts, drawn)


def _evaluate(
    sgd: th.OnePassSGD, task: th.Spectrum, rows: Mapping[str, NDArray[np.float64]], allow_unstable: bool, tick: Any
) -> th.SGDRisk:
    """Return the answer to all rows, computed one width at a time."""
    widths, order, parts = np.unique(rows["n_features"]), [], []
    for done, width in enumerate(widths, start=1):
        here = np.flatnonzero(rows["n_features"] == width)
        arguments: dict[str, Any] = {name: column[here] for name, column in rows.items()}
        order.append(here)
        parts.append(sgd.evaluate(task, **arguments, allow_unstable=allow_unstable))
        tick(done, len(widths))
    return joined(parts)[np.argsort(np.concatenate(order))]


def _report(
    passes: Sequence[th.OnePassSGD], chosen: Population, axes: Mapping[str, NDArray[np.float64]],
    rows: Mapping[str, NDArray[np.float64]], answers: Sequence[th.SGDRisk], drawn: Drawn,
) -> Report:
    """Return the report: what varies as keys, the rest in the title."""
    found = {name: np.concatenate([getattr(answer, name) for answer in answers]) for name in HEADINGS}
    fixed = [name for name in axes if len(axes[name]) == 1 and not (name == "n_features" and np.isinf(axes[name][0]))]
    settings = [f"{name.removeprefix('n_')} {short(axes[name][0], 6)}" for name in fixed]
    title = ", ".join([f"one-pass SGD on {chosen.words}", *settings])
    unsketched = len(axes["n_features"]) == 1 and np.isinf(axes["n_features"][0])
    keys = [
        Column(name, values, "" if len(axes[name]) == 1 else name.removeprefix("n_"), key=True)
        for name, values in rows.items() if not (name == "n_features" and unsketched)
    ]  # fmt: skip
    several, count = len(passes) > 1, len(found["test"]) // len(passes)
    names = [str(sgd.schedule) for sgd in passes for _ in range(count)]
    keys += [Column("schedule", names, "schedule", key=True, words=True)] if several else []
    columns = [Column(name, values, HEADINGS[name]) for name, values in found.items()]
    told = [repr(sgd) for sgd in passes] if several else repr(passes[0])
    facts = {"command": "sgd", "sgd": told, "population": chosen.words, **chosen.facts}

    def figure(heading: str) -> Any:
        across = longest(axes)
        curves = [on_grid(answer, axes) for answer in answers]
        if not several:
            return figures.risk_figure(curves[0], across, heading, drawn.terms, drawn.excess, drawn.linear)
        if sum(len(values) > 1 for values in axes.values()) > 1:
            raise ValueError("--plot compares schedules along exactly one thing that varies: give one range, as 1e3:1e9:25")
        excess = (found["test"] - rows["noise"]).reshape(len(passes), count)
        lines = {str(sgd.schedule): curve for sgd, curve in zip(passes, excess, strict=True)}
        label = figures.axis_label(answers[0], across)
        return figures.comparison_figure(rows[across][:count], lines, label, "excess risk", heading)

    return Report(title, facts, (*keys, *columns), (), figure)
