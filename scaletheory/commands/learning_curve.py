"""`scaletheory learning-curve`: kernel ridge on real data, predicted from its spectrum, measured on random splits."""

from __future__ import annotations

from functools import partial
from typing import Any

import click
import numpy as np

from numerics.data.kernels import KERNELS, KERNELS_OF, STANDARDISATIONS
from numerics.data.learning_curve import learning_curve
from numerics.data.sets import load
from numerics.data.targets import Kind
from numerics.pictures import figures
from scaletheory.options.values import Numbers, Values
from scaletheory.output.formats import short
from scaletheory.output.progress import progress_bar
from scaletheory.output.report import Column, Report
from scaletheory.output.reporting import reporting
from theory.errors import BadArgument

EPILOG = """\b
DATA is digits or mnist5k (which need the extra data), or a file of features, one row
a point: .npy, .npz with arrays X and y, or .csv with decimal points. TARGETS is a
file with as many rows: real numbers (several columns allowed), or class labels, text
too. Whole numbers are guessed to be one or the other, and the guess is said.

\b
Where the prediction is known to be inaccurate (small ridges), a warning says so.
The exit status is 1 if a prediction could not be computed. Sizes beyond the data are
predicted from it as far as it reaches, and not measured.

\b
The ridge λ stands beside the normalised kernel K/P and is the same at every P:
scikit-learn's alpha, or δ in (K + δI), is λ·P.

\b
The built-in digits, with a picture:
  scaletheory learning-curve digits --kernel rbf --plot digits.png
Own data, three sizes of training sets, as JSON:
  scaletheory learning-curve X.npy y.npy --kernel ntk --samples 100,300,1000 --json
Large data: draw a pool of 2000 points first.
  scaletheory learning-curve X.npy y.npy --pool 2000 --ridge 0.01
"""


@click.command("learning-curve", epilog=EPILOG, short_help="Kernel ridge on real data, predicted and measured.")
@click.argument("source", metavar="DATA")
@click.argument("targets", metavar="[TARGETS]", required=False)
@click.option("--kernel", type=click.Choice(list(KERNELS)), default="rbf", show_default=True, help="K(x, x').")
@click.option("--ridge", type=float, metavar="λ", help="Beside the normalised kernel K/P.  [default: 0.01 of K(x,x)]")
@click.option("--samples", "n_samples", type=Numbers(whole=True), help="Sizes P.  [default: 12 sizes, up to 0.8 M]")
@click.option("--pool", type=int, metavar="M", help="Draw M rows as the population.  [default: all]")
@click.option("--trials", type=int, metavar="n", help="Splits at each P.  [default: 30, fewer at large P]")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all random draws.")
@click.option("--bandwidth", type=float, metavar="ℓ", help="Of rbf, laplace and matern.  [default: the spread of the data]")
@click.option("--degree", type=int, metavar="q", help="Of polynomial.  [default: 3]")
@click.option("--smoothness", type=float, metavar="ν", help="Of matern.  [default: 1.5]")
@click.option("--order", type=int, metavar="q", help="Of arccos, the power of its rectifier.  [default: 1]")
@click.option("--depth", type=int, metavar="L", help="Of ntk, its hidden layers.  [default: 1]")
@click.option("--scaling", type=click.Choice(STANDARDISATIONS), default="global", show_default=True,
              help="Divide the features by one number, each by its own, or leave them.")  # fmt: skip
@click.option("--classes/--numbers", default=None, help="Targets are labels, or numbers.  [default: guessed]")
@click.option("--header/--no-header", default=None, help=".csv files begin with a line of names.  [default: guessed]")
@click.option("--loo-correction", is_flag=True, help="Correct the prediction by leave-one-out errors of the pool.")
@reporting
def command(
    source: str, targets: str | None, kernel: str, ridge: float | None, n_samples: Values | None, pool: int | None,
    trials: int | None, seed: int, bandwidth: float | None, degree: int | None, smoothness: float | None,
    order: int | None, depth: int | None, scaling: str, classes: bool | None, header: bool | None, loo_correction: bool,
) -> Report:
    """Predict the learning curve of kernel ridge regression on DATA, and measure it.

    Training sets of P points are drawn from the data, and the mean is fitted on them; the error is that on the points
    left out, squared and summed over outputs. The prediction uses the spectrum of the kernel and knows nothing of the
    measurement.
    """
    shape = {"bandwidth": bandwidth, "degree": degree, "smoothness": smoothness, "order": order, "depth": depth}
    given: dict[str, Any] = {name: value for name, value in shape.items() if value is not None}
    for name, value in given.items():
        if kernel not in KERNELS_OF[name]:
            owners = " and ".join(KERNELS_OF[name])
            raise BadArgument(f"--{name}", value, f"left out: the kernel {kernel} has none", f"it belongs to {owners}")
    kinds: dict[bool | None, Kind | None] = {None: None, True: "classes", False: "numbers"}
    data = load(source, targets, kind=kinds[classes], header=header)
    with progress_bar(f"{data.name}, {kernel}") as tick:
        curve = learning_curve(
            data, kernel=kernel, ridge=ridge, n_samples=None if n_samples is None else n_samples.flat, pool=pool,
            trials=trials, seed=seed, scaling=scaling, **given,
            loo_correction=loo_correction, progress=tick,
        )  # fmt: skip
    title = f"{data.name}: {kernel} kernel, ridge {short(curve.ridge, 4)}, pool of {curve.pool_size}"
    null, median = curve.null_error, curve.median_relative_error
    facts = {
        "command": "learning-curve", "data": source, "targets": targets, "kernel": kernel, "ridge": curve.ridge,
        "pool_size": curve.pool_size, "null_error": null, "seed": seed, "loo_correction": loo_correction,
        "kind": curve.kind, "intercept": curve.intercept, "median_relative_error": median,
    }  # fmt: skip
    pairs = zip(curve.measured, curve.stderr, strict=True)
    measured = [f"{short(mean, 5)} ± {short(error, 2)}" if np.isfinite(mean) else "" for mean, error in pairs]
    columns = (
        Column("n_samples", curve.n_samples, "samples", key=True),
        Column("predicted", curve.predicted, "predicted"),
        Column("measured", curve.measured, "measured ± s.e.", words=True, shown=measured),
        Column("stderr", curve.stderr),
        Column("relative_error", curve.relative_error, "relative\nerror",
               shown=[f"{100 * error:+.2f} %" if np.isfinite(error) else "" for error in curve.relative_error]),
        Column("predicted_train", curve.predicted_train, "training,\npredicted"),
        Column("measured_train", curve.measured_train, "training,\nmeasured"),
        Column("train_stderr", curve.train_stderr),
        Column("kappa", curve.kappa, "kappa"),
        Column("reach", curve.reach),
        Column("trials", curve.trials, "splits"),
    )  # fmt: skip
    outputs = f"one output for each of {data.targets.shape[1]} classes" if data.kind == "classes" else "numbers"
    notes = (
        *(f"note: {note}" for note in data.notes),
        f"targets: {outputs}, their mean fitted on each training set",
        f"error of predicting the mean {short(null, 5)}; median relative error {100 * median:.2f} %",
    )
    beyond = curve.n_samples >= curve.pool_size
    if beyond.any():
        reach = short(float(curve.reach[beyond].min()), 2)
        notes = (*notes, f"beyond the data: carried over from it, at least {reach} decades of κ in reach; nothing is measured")
    failed = not np.isfinite(curve.predicted).all()
    return Report(title, facts, columns, notes, partial(figures.learning_curve_figure, curve), failed)
