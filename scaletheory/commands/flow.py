"""`scaletheory flow`: every term of a model's risk along training, by gradient flow, or by descent with momentum."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import click

import theory as th
from numerics.pictures import figures
from scaletheory.options.arguments import argument_option
from scaletheory.options.chains import CHAIN_OPTIONS, LISTED, chain_options, chosen_chain
from scaletheory.options.drawn import Drawn, drawn_options
from scaletheory.options.grid import grid, on_grid
from scaletheory.options.population import population, population_options
from scaletheory.options.values import Numbers, Values
from scaletheory.output.progress import progress_bar
from scaletheory.output.report import Report
from scaletheory.output.reporting import reporting
from scaletheory.output.terms import in_pieces, longest, settings_words, terms_report
from scaletheory.wording import missing
from theory.errors import BadArgument

CHUNK = 60
SETTINGS = ("step", "weight_decay", "noise", "ensemble")
SILENT = {"ensemble": 1, "weight_decay": 0}

EPILOG = f"""\b
Models:
{LISTED}

\b
Values: a number, a list A,B,C, or START:STOP:COUNT, log-spaced. The rows are all
combinations; the time varies fastest. Time 0 is the start, inf the limit of no ridge.
Instead of --time: --steps and --step, gradient descent. Steps beyond max step, where
the limit of large sizes diverges, are refused; draws scatter, so stay well below.

\b
Three widths along time, and their picture, with where to stop:
  scaletheory flow random-features --capacity 1.25 --source 0.2 \\
      --time 1:1e8:60 --samples 1e4 --features 32,128,512 --noise 0.1 --plot flow.png
One curve, its components stacked:
  scaletheory flow random-features --capacity 1.5 --source 0.4 \\
      --time 1:1e6:60 --samples 1000 --features 300 --noise 0.2 --plot terms.png
Momentum:
  scaletheory flow linear-ridge --capacity 1.5 --source 0.4 --samples 1000 \\
      --steps 10:1e5:9 --step 0.3 --momentum 0.9
"""


@click.command("flow", epilog=EPILOG, short_help="Every term of the risk along training: flow, descent, momentum.")
@population_options
@chain_options
@argument_option("time", Numbers())
@argument_option("n_steps", Numbers(whole=True))
@argument_option("step", Numbers())
@click.option("--momentum", type=float, metavar="β", help="Of descent, 0 ≤ β < 1; 0 when left out.")
@argument_option("weight_decay", Numbers())
@argument_option("noise", Numbers())
@argument_option("ensemble", Numbers())
@drawn_options
@click.option("--allow-unstable", is_flag=True, help="Evaluate steps beyond max step.")
@reporting
def command(
    time: Values | None, n_steps: Values | None, step: Values | None, momentum: float | None, weight_decay: Values,
    noise: Values, ensemble: Values, allow_unstable: bool, **choice: Any,
) -> Report:
    """Print test and training risk, their gap, bias and every variance of MODEL along training from zero.

    Time counts in units of one over an eigenvalue of the normalised kernel; n small steps of size η are t = ηn.
    gap is test less train. Momentum β speeds late training up by 1/(1 - β).
    """
    drawn = Drawn.of(choice)
    chosen = chosen_chain(**{name: choice.pop(name) for name in CHAIN_OPTIONS})
    people = population(**choice)
    clock = _clock(time, n_steps, step, momentum, allow_unstable)
    others = {"weight_decay": weight_decay, "noise": noise, "ensemble": ensemble}
    axes = {name: values.flat for name, values in clock.items()} | chosen.axes
    axes |= {name: values.flat for name, values in others.items()}
    rows, descent = grid(axes), "step" in clock
    training: Any = th.GradientDescent(chosen.chain, momentum or 0.0) if descent else th.GradientFlow(chosen.chain)
    evaluate = partial(training.evaluate, people.task, **chosen.settings)
    if descent:
        evaluate = partial(evaluate, allow_unstable=allow_unstable)
    with progress_bar(chosen.model) as tick:
        found, answer = in_pieces(evaluate, rows, CHUNK, ("max_step", "certificate") if descent else ("certificate",), tick)
    kind = f"descent, momentum {momentum or 0:g}" if descent else "gradient flow"
    words = [f"{chosen.model} on {people.words}", kind, *settings_words(axes, tuple(n for n in SETTINGS if n in axes), SILENT)]
    title = ", ".join(words)
    facts = {"command": "flow", "model": chosen.model, "training": repr(training), "population": people.words, **people.facts}
    if descent:
        facts["momentum"] = momentum or 0.0
    fixed = tuple(name for name in SETTINGS if name in axes)
    curves = partial(_figure, answer, axes, drawn)
    report = terms_report(title, facts, axes, rows, found, fixed, curves)
    return replace(report, heading=", ".join([title, *settings_words(axes, tuple(chosen.axes), {})]))


def _clock(
    time: Values | None, n_steps: Values | None, step: Values | None, momentum: float | None, allow_unstable: bool
) -> dict[str, Values]:
    """Return what sets how long training runs, or say which option is missing or one too many."""
    of_descent = {"--steps": n_steps, "--step": step, "--momentum": momentum, "--allow-unstable": allow_unstable or None}
    given = [flag for flag, value in of_descent.items() if value is not None]
    if time is not None:
        if given:
            raise BadArgument(given[0], "given", "left out beside --time, which is of gradient flow", "choose one of them")
        return {"time": time}
    if not given:
        raise missing("--time", "training runs for a time", "write for example --time 1:1e6:30, or --steps and --step")
    if n_steps is None:
        raise missing("--steps", "descent takes a number of steps", "write for example --steps 10:1e4:9")
    if step is None:
        raise missing("--step", "descent needs the size of its steps", "write for example --step 0.1")
    return {"n_steps": n_steps, "step": step}


def _figure(answer: th.TrainingRisk, axes: dict[str, Any], drawn: Drawn, heading: str) -> Any:
    """Return the picture: along time, one curve for each combination of the others."""
    across, curves = longest(axes, ("time", "n_steps")), on_grid(answer, axes)
    if drawn:
        return figures.risk_figure(curves, across, heading, drawn.terms, drawn.excess, drawn.linear)
    return figures.training_figure(curves, across, heading)
