"""`scaletheory risk`: test and training risk of a model, its bias and every variance, over a population."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import click
import numpy as np
from numpy.typing import NDArray

import theory as th
from numerics.pictures import figures
from scaletheory.options.arguments import argument_option
from scaletheory.options.grid import grid
from scaletheory.options.models import MODELS, assigned, chain_named, parameters
from scaletheory.options.population import Population, population, population_options
from scaletheory.options.values import Numbers, Values
from scaletheory.output.formats import short
from scaletheory.output.progress import progress_bar
from scaletheory.output.report import Column, Report
from scaletheory.output.reporting import reporting
from scaletheory.wording import term_name
from theory.chain.nonlinear import ACTIVATIONS
from theory.errors import BadArgument

Columns: TypeAlias = Mapping[str, NDArray[np.float64]]

CHUNK = 20_000
DIGITS = 5
MOST_CURVES = 12
RISKS = ("test", "train", "bias")
SETTINGS = ("ridge", "noise", "ensemble")

EPILOG = """\b
Models:
{models}

\b
Values: a number, a list A,B,C, or START:STOP:COUNT, log-spaced. The rows are all
combinations; the samples vary fastest. Sizes may be inf; ridge 0 is the limit of no
ridge. Rows without a solution say so under status, and the exit status is then 1.

\b
Double descent in the number of samples, and its picture:
  scaletheory risk random-features --capacity 1.5 --source 0.4 \\
      --samples 1e2:1e8:25 --features 1e5 --ridge 1e-8 --noise 0.1 --plot risk.png
Three widths, at 30 digits:
  scaletheory risk random-features --capacity 1.5 --source 0.4 \\
      --samples 1000 --features 100,300,inf --ridge 1e-4 --precision 30
A deep network, the layer next to the population first:
  scaletheory risk deep-random-features --isotropic 400 \\
      --samples 10:1e4:30 --features 300,200 --ridge 1e-6
A kernel's measured spectrum, as JSON:
  scaletheory risk linear-ridge --spectrum spectrum.csv --samples 1e2:1e4:9 --json
""".format(models="\n".join(f"  {name:26} {model.words}" for name, model in MODELS.items()))


@click.command("risk", epilog=EPILOG, short_help="Test risk, training risk, bias and variances of a model.")
@click.argument("model", metavar="MODEL")
@population_options
@argument_option("n_samples", Numbers())
@argument_option("n_features", Numbers(), ". Deep models: one option a layer, or one list, from the population outward",
                 multiple=True)
@argument_option("feature_noise", Numbers(), " (noisy-features)")
@click.option("--depth", type=click.IntRange(min=1), help="deep-random-features: layers; if left out, as --features.")
@click.option("--activation", type=click.Choice(list(ACTIVATIONS)), help="nonlinear-random-features: φ.")
@click.option("--preactivation", type=float, metavar="s",
              help="nonlinear-random-features: standard deviation of φ's argument; √(tr Σ/D) if left out.")
@argument_option("ridge", Numbers())
@argument_option("noise", Numbers())
@argument_option("ensemble", Numbers())
@click.option("--precision", type=int, metavar="DIGITS", help="Significant digits, beyond doubles; slow.")
@reporting
def command(
    model: str, n_samples: Values | None, n_features: tuple[Values, ...], feature_noise: Values | None,
    depth: int | None, activation: str | None, preactivation: float | None, ridge: Values, noise: Values,
    ensemble: Values, precision: int | None, **choice: Any,
) -> Report:
    """Print κ, test and training risk, bias and every variance of MODEL on a population.

    The population is an infinite power law (--capacity, --source), unless --size cuts it off or --isotropic or
    --spectrum replaces it. test includes the label noise; excess (in JSON and CSV) does not. A variance names the
    sources that it needs together: var samples×noise is there only if both samples and labels are random.
    """
    widths = _layers(n_features)
    options = {"depth": depth, "activation": activation, "preactivation": preactivation}
    chain = chain_named(model, options, len(widths))
    settings = {"precision": precision} | {name: options[name] for name in MODELS[model].settings}
    given = _assign(model, parameters(model, chain), n_samples, widths, feature_noise)
    chosen = population(**choice)
    axes = given | {"ridge": ridge.flat, "noise": noise.flat, "ensemble": ensemble.flat}
    rows = grid(axes)
    with progress_bar(model) as tick:
        found = _evaluate(chain, chosen.task, rows, settings, tick)
    return _report(model, chain, chosen, axes, rows, found, precision)


def _layers(given: tuple[Values, ...]) -> list[NDArray[np.float64]]:
    """Return the widths of each layer: one option a layer, or one option with an item for each."""
    return list(given[0].items) if len(given) == 1 else [values.flat for values in given]


def _assign(
    model: str, keywords: tuple[str, ...], n_samples: Values | None, widths: list[NDArray[np.float64]],
    feature_noise: Values | None,
) -> dict[str, NDArray[np.float64]]:
    """Return the values of each keyword of the chain, or say which option is missing or one too many."""
    if sum(keyword.startswith("n_features") for keyword in keywords) == 1 and widths:
        widths = [np.concatenate(widths)]
    offered = {
        "--samples": [n_samples.flat] if n_samples else [],
        "--features": widths,
        "--feature-noise": [feature_noise.flat] if feature_noise else [],
    }
    return assigned(model, keywords, offered, _words)


def _words(values: Sequence[NDArray[np.float64]]) -> str:
    return ",".join(short(value, 6) for value in np.concatenate(values))


def _evaluate(
    chain: th.Chain, task: th.Spectrum, rows: Columns, settings: Mapping[str, Any],
    tick: Callable[[float, float], None],
) -> dict[str, NDArray[Any]]:
    """Return the columns of the answer, computed in pieces so that progress can be told."""
    n_rows, step = len(rows["ridge"]), CHUNK if settings["precision"] is None else 1
    pieces = []
    for start in range(0, n_rows, step):
        arguments: dict[str, Any] = {name: column[start : start + step] for name, column in rows.items()}
        risk = chain.evaluate(task, **settings, **arguments)
        pieces.append({"kappa": risk.kappa, **{term_name(key): value for key, value in risk.terms.items()},
                       "converged": risk.converged, "status": risk.reasons})  # fmt: skip
        tick(min(start + step, n_rows), n_rows)
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def _heading(name: str) -> str:
    """Return a column's heading in the table, empty for what JSON and CSV alone hold."""
    if name in ("excess", "converged"):
        return ""
    return name.replace("variance[", "var ").replace("*", "\n×").removesuffix("]")


def _report(
    model: str, chain: th.Chain, chosen: Population, axes: Columns, rows: Columns,
    found: Mapping[str, NDArray[Any]], precision: int | None,
) -> Report:
    """Return the report: sizes and whatever varies as keys, the rest in the title."""
    fixed = [name for name in SETTINGS if len(axes[name]) == 1]
    settings = [f"{name} {short(axes[name][0], 6)}" for name in fixed if (name, axes[name][0]) != ("ensemble", 1)]
    title = ", ".join([f"{model} on {chosen.words}", *settings])
    keys = [Column(name, values, "" if name in fixed else _short_name(name), key=True) for name, values in rows.items()]
    values = [Column(name, column, _heading(name)) for name, column in found.items() if name != "status"]
    words = [str(status) for status in found["status"]]
    status = Column("status", words, "status", words=True, shown=[word.partition(":")[0] for word in words])
    numbers = np.stack([np.asarray(found[name], dtype=np.float64) for name in found if name != "status"])
    unsolved = int(np.isnan(numbers).any(axis=0).sum())
    return Report(
        title,
        {"command": "risk", "model": model, "chain": str(chain), "population": chosen.words, **chosen.facts},
        (*keys, *values, status),
        (
            *(f"status: {word}" for word in dict.fromkeys(words) if ":" in word),
            *([f"{unsolved} of {len(words)} rows are not solved (nan)"] if unsolved else []),
        ),
        lambda: _figure(title, axes, rows, found),
        failed=unsolved > 0,
        digits=DIGITS if precision is None else precision,
    )


def _figure(title: str, axes: Columns, rows: Columns, found: Mapping[str, NDArray[Any]]) -> Any:
    """Return the picture: over the longest axis, one set of curves for each combination of the others."""
    across = max(axes, key=lambda name: len(axes[name]))
    if len(axes[across]) < 2:
        raise ValueError("--plot needs something that varies: give one option as a range, such as --samples 1e2:1e6:50")
    others = [name for name, values in axes.items() if len(values) > 1 and name != across]
    n_curves = math.prod(len(axes[name]) for name in others)
    if n_curves > MOST_CURVES:
        raise BadArgument("--plot", f"{n_curves} curves", f"a picture of at most {MOST_CURVES}", "shorten all lists but one")
    labels = [
        ", ".join(f"{_short_name(name)} {short(value, 6)}" for name, value in zip(others, point, strict=True))
        for point in zip(*(rows[name] for name in others), strict=True)
    ]
    terms = {
        name: np.asarray(values, dtype=np.float64)
        for name, values in found.items() if name in RISKS or name.startswith("variance[")
    }  # fmt: skip
    return figures.risk_figure(rows[across], terms, across, labels or None, title)


def _short_name(name: str) -> str:
    return name.removeprefix("n_")
