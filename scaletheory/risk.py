"""`scaletheory risk`: test and training risk of a model, its bias and every variance, over a population."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

import theory as th
from numerics import figures
from scaletheory.models import MODELS, chain_named, parameters
from scaletheory.population import population, population_options
from scaletheory.progress import progress_bar
from scaletheory.report import Column, Report, reporting, short
from scaletheory.values import Numbers, Values
from theory._validate import bad
from theory.nonlinear import ACTIVATIONS

MOST_ROWS = 1_000_000
CHUNK = 20_000

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


@click.command("risk", epilog=EPILOG)
@click.argument("model", metavar="MODEL")
@population_options
@click.option("--samples", "n_samples", type=Numbers(), help="Number of samples P.")
@click.option("--features", "n_features", type=Numbers(), multiple=True,
              help="Number of features N. Deep models: repeat it, or one list with an entry for each layer, from the population out.")  # fmt: skip
@click.option("--feature-noise", "feature_noise", type=Numbers(), help="Variance of the noise on each feature (noisy-features).")
@click.option("--depth", type=click.IntRange(min=1), help="Layers of a deep model; by default as many as --features has.")
@click.option("--activation", type=click.Choice(list(ACTIVATIONS)), help="The nonlinearity (nonlinear-random-features).")
@click.option("--ridge", type=Numbers(), default="0", show_default=True, help="λ, beside the normalised XᵀX/P.")
@click.option("--noise", type=Numbers(), default="0", show_default=True, help="σ², the variance of the label noise.")
@click.option("--ensemble", type=Numbers(), default="1", show_default=True,
              help="Mean of K predictors, new features each, the same data.")  # fmt: skip
@click.option("--precision", type=int, metavar="DIGITS", help="Significant digits, beyond doubles; slow.")
@reporting
def command(
    model: str, n_samples: Values | None, n_features: tuple[Values, ...], feature_noise: Values | None,
    depth: int | None, activation: str | None, ridge: Values, noise: Values, ensemble: Values,
    precision: int | None, **choice: Any,
) -> Report:
    """Print κ, test and training risk, bias and every variance of MODEL on a population.

    The population is an infinite power law (--capacity, --source), unless --size cuts it off or --isotropic or
    --spectrum replaces it. test includes the label noise; excess (in JSON and CSV) does not. A variance names the
    sources that it needs together: var samples×noise is there only if both samples and labels are random.
    """
    widths = _layers(n_features)
    chain = chain_named(model, depth, activation, len(widths))
    given = _assign(model, parameters(model, chain), n_samples, widths, feature_noise)
    chosen = population(**choice)
    axes = given | {"ridge": ridge.flat, "noise": noise.flat, "ensemble": ensemble.flat}
    rows = grid(axes)
    with progress_bar(f"{model}") as tick:
        found = _evaluate(chain, chosen.task, rows, precision, tick)
    return _report(model, chain, chosen.words, chosen.facts, axes, rows, found, precision)


def _layers(given: tuple[Values, ...]) -> list[NDArray[np.float64]]:
    """Return the widths of each layer: one option a layer, or one option with an item for each."""
    return list(given[0].items) if len(given) == 1 else [values.flat for values in given]


def _assign(
    model: str, keywords: tuple[str, ...], n_samples: Values | None, widths: list[NDArray[np.float64]],
    feature_noise: Values | None,
) -> dict[str, NDArray[np.float64]]:
    """Return the values of each keyword of the chain, or say which option is missing or one too many."""
    layers = [keyword for keyword in keywords if keyword.startswith("n_features")]
    if len(layers) == 1 and widths:
        widths = [np.concatenate(widths)]
    offered: dict[str, list[NDArray[np.float64]]] = {
        "--samples": [n_samples.flat] if n_samples else [],
        "--features": widths,
        "--feature-noise": [feature_noise.flat] if feature_noise else [],
    }
    wanted = {"--samples": ["n_samples"], "--features": layers,
              "--feature-noise": [keyword for keyword in keywords if keyword == "feature_noise"]}  # fmt: skip
    takes = ", ".join(flag for flag, names in wanted.items() if names)
    for flag, values in offered.items():
        names = wanted[flag]
        if values and not names:
            raise bad(flag, _words(values), f"left out: {model} takes {takes}", "remove it, or choose another model")
        if names and not values:
            raise bad(flag, None, f"given: {model} takes {takes}", f"add {flag} VALUES")
        if len(values) != len(names):
            raise bad(flag, _words(values), f"given once for each of the {len(names)} layers",
                      f"{len(values)} given: write {flag} {','.join(['VALUES'] * len(names))}")  # fmt: skip
    return {name: value for flag, names in wanted.items() for name, value in zip(names, offered[flag], strict=True)}


def _words(values: list[NDArray[np.float64]]) -> str:
    return ",".join(short(value, 6) for value in np.concatenate(values))


def grid(axes: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Return all combinations of the axes as columns of one length, the first axis varying fastest."""
    n_rows = np.prod([float(len(values)) for values in axes.values()])
    if n_rows > MOST_ROWS:
        raise bad("rows", int(n_rows), f"at most {MOST_ROWS}", "shorten a list or a range")
    columns = np.meshgrid(*axes.values(), indexing="ij")
    return {name: column.ravel(order="F") for name, column in zip(axes, columns, strict=True)}


def _evaluate(
    chain: th.Chain, task: th.Spectrum, rows: Mapping[str, NDArray[np.float64]], precision: int | None,
    tick: Callable[[float, float], None],
) -> dict[str, NDArray[Any]]:
    """Return the columns of the answer, computed in pieces so that progress can be told."""
    n_rows, step = len(rows["ridge"]), CHUNK if precision is None else 1
    pieces = []
    for start in range(0, n_rows, step):
        arguments: dict[str, Any] = {name: column[start : start + step] for name, column in rows.items()}
        risk = chain.evaluate(task, precision=precision, **arguments)
        pieces.append({"kappa": risk.kappa, **{_name(key): value for key, value in risk.terms.items()},
                       "converged": risk.converged, "status": risk.status})  # fmt: skip
        tick(min(start + step, n_rows), n_rows)
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def _name(key: str | tuple[str, ...]) -> str:
    """Return a term's name in JSON and CSV: risks as they are, a variance as variance[samples*noise]."""
    if key in ("test", "train", "excess", "bias"):
        return str(key)
    return f"variance[{'*'.join([key] if isinstance(key, str) else key)}]"


def _heading(name: str) -> str:
    inside = name.removeprefix("variance[").removesuffix("]")
    return name if inside == name else "var " + inside.replace("*", "\n×")


def _report(
    model: str, chain: th.Chain, words: str, population_facts: Mapping[str, Any],
    axes: Mapping[str, NDArray[np.float64]], rows: Mapping[str, NDArray[np.float64]],
    found: Mapping[str, NDArray[Any]], precision: int | None,
) -> Report:
    """Return the report: sizes and whatever varies as keys, the rest in the title."""
    fixed = {name: values[0] for name, values in axes.items() if len(values) == 1}
    settings = ("ridge", "noise", "ensemble")
    title = f"{model} on a population: {words}; " + ", ".join(
        f"{name} {short(fixed[name], 6)}" for name in settings if name in fixed
    )
    keys = [
        Column(name, values, name.removeprefix("n_") if name not in settings or name not in fixed else "", key=True)
        for name, values in rows.items()
    ]
    status = [str(word) for word in found["status"]]
    shown = {"excess": "", "converged": ""}
    values = [
        Column(name, column, shown.get(name, _heading(name))) for name, column in found.items() if name != "status"
    ]
    converged = found["converged"].astype(bool)
    notes = [f"status {word!r}" for word in dict.fromkeys(status) if ":" in word]
    if not converged.all():
        notes.append(f"{np.count_nonzero(~converged)} of {len(status)} rows have no solution")
    return Report(
        title,
        {"command": "risk", "model": model, "chain": str(chain), "population": words, **population_facts},
        (*keys, *values, Column("status", status, "status", shown=[word.partition(":")[0] for word in status])),
        tuple(notes),
        lambda: _figure(title, axes, rows, found),
        failed=not converged.all(),
        digits=5 if precision is None else precision,
    )


def _figure(
    title: str, axes: Mapping[str, NDArray[np.float64]], rows: Mapping[str, NDArray[np.float64]],
    found: Mapping[str, NDArray[Any]],
) -> Any:
    """Return the picture: over the longest axis, one set of curves for each combination of the others."""
    across = max(axes, key=lambda name: len(axes[name]))
    if len(axes[across]) < 2:
        raise bad("--plot", "one point", "drawn over a range", "give one option as a range, such as --samples 1e2:1e6:50")
    others = [name for name, values in axes.items() if len(values) > 1 and name != across]
    labels = [", ".join(f"{name.removeprefix('n_')} {short(rows[name][i], 4)}" for name in others)
              for i in range(len(rows[across]))]  # fmt: skip
    terms = {name: np.asarray(values, dtype=np.float64) for name, values in found.items()
             if name in ("test", "train", "bias") or name.startswith("variance[")}  # fmt: skip
    return figures.risk_figure(rows[across], terms, across, labels, title)
