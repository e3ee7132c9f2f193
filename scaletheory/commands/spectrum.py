"""`scaletheory spectrum`: the eigenvalues that a model predicts, or those of data."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np

import theory as th
from numerics.data.arrays import Array
from numerics.data.files import read_array
from numerics.data.images import UNLABELLED, features_of
from numerics.data.sets import BUILT_IN
from numerics.eigenvalues.fit import fit_capacity
from numerics.eigenvalues.measured import measured_spectrum
from numerics.eigenvalues.statistics import level_statistics
from numerics.pictures.spectrum import spectrum_figure
from scaletheory.options.chains import CHAIN_OPTIONS, LISTED, chain_options, chosen_chain
from scaletheory.options.models import MODELS
from scaletheory.options.population import population, population_options
from scaletheory.output.formats import short
from scaletheory.output.report import Column, Report
from scaletheory.output.reporting import reporting
from theory.density.asked import MATRICES
from theory.density.spectrum import EigenvalueDensity
from theory.errors import BadArgument

FILES = (".npy", ".npz", ".csv")
DATA = (*BUILT_IN, *UNLABELLED)
SOURCE = 1.0  # of a power law whose target does not matter

EPILOG = f"""\b
Models:
{LISTED}

\b
In place of a model: {', '.join(DATA)}, or a file of features, one row a point
(.npy, .npz with an array X, .csv): the eigenvalues of its sample covariance, what of
them is universal, and whether one power fits. Constant columns and repeated rows are
left out, and it is said.

\b
Predicted eigenvalues of 500 samples seen through 300 features, and a picture:
  scaletheory spectrum random-features --capacity 1.3 --size 400 \\
      --samples 500 --features 300 --plot spectrum.png
Of the features' covariance, as JSON:
  scaletheory spectrum random-features --capacity 1.3 --features 300 --of features --json
Of data:
  scaletheory spectrum digits
"""


@click.command("spectrum", epilog=EPILOG, short_help="Eigenvalues: predicted by a model, or those of data.")
@population_options
@chain_options
@click.option("--of", type=click.Choice(MATRICES), default="kernel", show_default=True, help="Which matrix of the model.")
@click.option("--uncentred", is_flag=True, help="Data: do not take the mean row away.")
@reporting
def command(of: str, uncentred: bool, **choice: Any) -> Report:
    """Print the eigenvalues that MODEL predicts over a population, or those of data.

    Bands are where eigenvalues fill an interval; an eigenvalue that is alone in its band fluctuates, and its standard
    deviation from draw to draw is given. The target of the population does not matter: --source may be left out.
    """
    layers = {name: choice.pop(name) for name in CHAIN_OPTIONS}
    name = layers["model"]
    if name in MODELS or not (name in DATA or Path(name).suffix.lower() in FILES):
        if uncentred:
            raise BadArgument("--uncentred", True, "left out for a model", "remove it")
        return _of_model(layers, choice, of)
    given = [key for key, value in {**layers, **choice}.items() if key != "model" and value not in (None, ())]
    if given:
        raise BadArgument(given[0], {**layers, **choice}[given[0]], "left out for data", "data have their own sizes")
    return _of_data(name, not uncentred)


def _of_model(layers: dict[str, Any], choice: dict[str, Any], of: str) -> Report:
    if choice["capacity"] is not None and choice["source"] is None:
        choice = {**choice, "source": SOURCE}
    people = population(**choice)
    if of == "features" and layers["n_samples"] is None:
        layers = {**layers, "n_samples": _Absent()}
    chosen = chosen_chain(**layers)
    axes = {key: values for key, values in chosen.axes.items() if not (of == "features" and key == "n_samples")}
    for key, values in axes.items():
        if len(values) != 1:
            raise BadArgument(key, values, "a single number", "one spectrum at a time")
    settings = {key: value for key, value in chosen.settings.items() if value is not None}
    density = chosen.chain.spectrum(people.task, of=of, **{key: float(values[0]) for key, values in axes.items()}, **settings)
    title = f"{chosen.model} on {people.words}: {of}, {', '.join(f'{key} {float(v[0]):g}' for key, v in axes.items())}"
    facts = {
        "command": "spectrum", "model": chosen.model, "of": of, "population": people.words, **people.facts,
        **{key: float(values[0]) for key, values in axes.items()}, "n": density.size, "mean": density.mean,
        "entropy": density.entropy, "effective_rank": density.effective_rank, "bands": [list(band) for band in density.bands],
        "atoms": [list(atom) for atom in density.atoms], "certificate": list(density.certificate.failures) or "passed",
    }  # fmt: skip
    whole = density.size == round(density.size)
    predicted = density.quantiles(round(density.size))
    spread = density.deviations() if whole else np.full(predicted.size, np.nan)
    notes = (*_bands(density), f"mean {short(density.mean, 6)}, entropy {short(density.entropy, 6)} nats, effective rank "
             f"{short(density.effective_rank, 5)}", *(f"certificate failed: {words}" for words in density.certificate.failures))
    columns = (
        Column("rank", np.arange(1, predicted.size + 1), "rank", key=True),
        Column("predicted", predicted, "predicted"),
        Column("deviation", spread, "standard\ndeviation", shown=[short(v, 3) if np.isfinite(v) else "" for v in spread]),
    )  # fmt: skip
    figure = partial(_picture, predicted, spread, None, density, None)
    return Report(title, facts, columns, notes, figure, not density.certificate.passed)


class _Absent:
    """Samples that the features' covariance does not have."""

    flat = np.ones(1)


def _bands(density: EigenvalueDensity) -> tuple[str, ...]:
    shown = [f"band {short(b.lower, 5)} … {short(b.upper, 5)}: {short(b.mass, 6)} eigenvalues" for b in density.bands[:8]]
    more = [f"and {len(density.bands) - 8} more bands"] if len(density.bands) > 8 else []
    atoms = [f"atom at {short(x, 6)}: {short(weight * density.size, 6)} eigenvalues" for x, weight in density.atoms]
    return (*shown, *more, *atoms)


def _features(name: str) -> Array:
    if name in DATA:
        return features_of(name)
    table: Array = read_array(name, "model", ("X", "features"), labels=False)
    return table


def _of_data(name: str, centred: bool) -> Report:
    found = measured_spectrum(_features(name), centred)
    values = found.eigenvalues
    statistics = level_statistics([values])
    notes = [*(f"note: {note}" for note in found.notes), f"{statistics.verdict}: {statistics.reason}"]
    facts: dict[str, Any] = {
        "command": "spectrum", "data": name, "centred": centred, "n_samples": found.n_samples, "n_dims": found.n_dims,
        "entropy": found.entropy, "ratio": statistics.ratio, "ratio_stderr": statistics.stderr, "verdict": statistics.verdict,
    }  # fmt: skip
    predicted = np.full(values.size, np.nan)
    if np.count_nonzero(values) >= 40:
        fit = fit_capacity(values, found.n_samples, found.n_dims)
        notes.append(fit.verdict)
        facts |= {"capacity": fit.capacity, "rms": fit.rms, "single_power": fit.single_power}
        law = th.PowerLaw(fit.capacity, 1.0, size=found.n_dims, scale=fit.scale)
        predicted = th.linear_ridge().spectrum(law, of="covariance", n_samples=found.n_samples).quantiles()
    notes.append(f"entropy {short(found.entropy, 6)} nats")
    title = f"{name}: {found.n_samples} rows, {found.n_dims} columns"
    columns = (
        Column("rank", np.arange(1, values.size + 1), "rank", key=True),
        Column("measured", values, "measured"),
        Column("predicted", predicted, "one power,\nfitted"),
    )
    figure = partial(_picture, predicted, None, values, None, statistics)
    return Report(title, facts, columns, tuple(notes), figure)


def _picture(predicted: Any, spread: Any, measured: Any, density: Any, statistics: Any, heading: str) -> Any:
    return spectrum_figure(predicted, spread, measured, density, heading, statistics)
