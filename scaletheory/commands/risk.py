"""`scaletheory risk`: test and training risk of a model, its bias and every variance, over a population."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import click

from numerics.pictures import figures
from scaletheory.options.arguments import argument_option
from scaletheory.options.chains import CHAIN_OPTIONS, LISTED, chain_options, chosen_chain
from scaletheory.options.drawn import Drawn, drawn_options
from scaletheory.options.grid import finer, grid
from scaletheory.options.population import population, population_options
from scaletheory.options.values import Numbers, Values, written
from scaletheory.output.progress import progress_bar
from scaletheory.output.report import Report
from scaletheory.output.reporting import reporting
from scaletheory.output.terms import DIGITS, in_pieces, longest, settings_words, terms_report

CHUNK = 20_000
SETTINGS = ("ridge", "noise", "ensemble")

EPILOG = f"""\b
Models:
{LISTED}

\b
Values: a number, a list A,B,C, or START:STOP:COUNT, log-spaced. The rows are all
combinations; the samples vary fastest. Sizes may be inf; ridge 0 is the limit of no
ridge. Rows without a solution say so under status, and the exit status is then 1.

\b
The ridge λ stands beside the normalised XᵀX/P, the features have entries of variance 1/N.
Scikit-learn's alpha, or the number beside an unnormalised kernel K, is λ·P; with features
of variance 1/D it is λ·P·N/D.

\b
Double descent in the number of samples, and its picture:
  scaletheory risk random-features --capacity 1.5 --source 0.4 \\
      --samples 1e2:1e8:25 --features 1e5 --ridge 1e-10 --noise 0.1 --plot risk.png
Three widths, at 30 digits:
  scaletheory risk random-features --capacity 1.5 --source 0.4 \\
      --samples 1000 --features 100,300,inf --ridge 1e-4 --precision 30
A deep network, the layer next to the population first:
  scaletheory risk deep-random-features --isotropic 400 \\
      --samples 10:1e4:30 --features 300,200 --ridge 1e-6
A kernel's measured spectrum, as JSON:
  scaletheory risk linear-ridge --spectrum spectrum.csv --samples 1e2:1e4:9 --json
"""


@click.command("risk", epilog=EPILOG, short_help="Test risk, training risk, bias and variances of a model.")
@population_options
@chain_options
@argument_option("ridge", Numbers())
@argument_option("noise", Numbers())
@argument_option("ensemble", Numbers())
@drawn_options
@click.option("--precision", type=int, metavar="DIGITS", help="Significant digits, beyond doubles; slow.")
@reporting
def command(ridge: Values, noise: Values, ensemble: Values, precision: int | None, **choice: Any) -> Report:
    """Print κ, test and training risk, bias and every variance of MODEL on a population.

    The population is an infinite power law (--capacity, --source), unless --size cuts it off or --isotropic or
    --spectrum replaces it. test includes the label noise; excess (in JSON and CSV) does not. A variance names the
    sources that it needs together: var samples×noise is there only if both samples and labels are random.
    """
    drawn, layers = Drawn.of(choice), {name: choice.pop(name) for name in CHAIN_OPTIONS}
    people = population(**choice)
    others = {"ridge": ridge, "noise": noise, "ensemble": ensemble}
    chosen = chosen_chain(**layers)
    axes = chosen.axes | {name: values.flat for name, values in others.items()}
    rows = given = grid(axes)
    if precision is not None:
        exact = chosen_chain(**written(layers)).axes | {name: values.written.flat for name, values in others.items()}
        given = grid(exact)
    evaluate = partial(chosen.chain.evaluate, people.task, **chosen.settings, precision=precision)
    with progress_bar(chosen.model) as tick:
        found, _ = in_pieces(evaluate, given, CHUNK if precision is None else 1, ("kappa",), tick)
    title = ", ".join([f"{chosen.model} on {people.words}", *settings_words(axes, SETTINGS, {"ensemble": 1})])
    facts = {"command": "risk", "model": chosen.model, "chain": str(chosen.chain), "population": people.words, **people.facts}

    def figure(heading: str) -> Any:
        across = longest(axes)
        curves = chosen.chain.evaluate(people.task, **chosen.settings, **finer(axes, across))
        return figures.risk_figure(curves, across, heading, drawn.terms, drawn.excess, drawn.linear)

    report = terms_report(title, facts, axes, rows, found, SETTINGS, figure, DIGITS if precision is None else precision)
    return replace(report, heading=", ".join([title, *settings_words(axes, tuple(chosen.axes), {})]))
