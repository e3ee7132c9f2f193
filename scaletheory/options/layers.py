"""Options that make a model's layers: depth, activation, columns, rows."""

from __future__ import annotations

import click

from scaletheory.options.values import Power
from theory.chain.layers.shapes import MATCHED, WHITE
from theory.chain.nonlinear import ACTIVATIONS

LAYER_OPTIONS = (
    click.option("--depth", type=click.IntRange(min=1), help="deep-random-features: layers; if left out, as --features."),
    click.option("--activation", type=click.Choice(list(ACTIVATIONS)), help="nonlinear-random-features: φ."),
    click.option("--columns", type=Power(), metavar="α_F",
                 help="random-features: eigenvalues k^-α_F of the covariance of the columns."),
    click.option("--rows", type=Power(), metavar="α_K",
                 help="linear-ridge: eigenvalues i^-α_K of the covariance of the samples."),
    click.option("--row-noise", type=click.Choice([MATCHED, WHITE]),
                 help="linear-ridge with --rows: whether label noise has their covariance.  [default: matched]"),
)  # fmt: skip
LAYER_NAMES = ("depth", "activation", "columns", "rows", "row_noise")  # as the options hand their values over
