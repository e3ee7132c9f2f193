"""Eigenvalues of the matrices that a chain declares, by drawing them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from numerics.montecarlo.trials import MOST_TRIALS, generator
from numerics.simulate.declared import Array, Declared, Model, declare
from numerics.simulate.draws import Draws
from numerics.simulate.linear.place import Place, place
from theory.errors import BadArgument, one_of, whole_number
from theory.spectra.base import Spectrum

MATRICES = ("kernel", "covariance", "features")


def simulate_spectrum(
    model: Model, task: Spectrum, *, trials: int, seed: int, of: str = "kernel", complex: bool = False, xp: Any = None,
    device: Any = None, **sizes: Any,
) -> Array:  # fmt: skip
    """Return the eigenvalues of drawn matrices, the largest first, shape (trials, n); what vanishes by rank is exactly 0.

    Parameters
    ----------
    model : Model
        A chain; only its declaration is read.
    task : Spectrum
        The population, with explicit modes: `truncate` an infinite one.
    trials : int
        How many independent draws, ≥ 1.
    seed : int
        Trial i depends on the seed and i alone.
    of : {"kernel", "covariance", "features"}
        ZZᵀ/P, ZᵀZ/P, or FᵀΣF, as in `Chain.spectrum`.
    complex : bool
        Complex data and features.
    xp, device
        See `simulate`.
    **sizes : int or float
        One for each layer; finite, integers for sizes.

    Raises
    ------
    ValueError
        For missing or unknown sizes and values out of their domain; for matrices that the chain does not have; for the
        population covariance of nonlinear features, which is no finite product of draws.
    """
    trials = whole_number("trials", trials, 1, MOST_TRIALS)
    one_of("of", of, MATRICES)
    rows = model.slots.data
    if of != "features" and rows is None:
        raise BadArgument("of", of, '"features" for a chain without rows of data', "add Samples() to the chain")
    if of == "features" and model.nonlinear is not None:
        raise BadArgument("of", of, "a matrix of samples where features are nonlinear", 'use of="covariance" and many samples')
    if of == "features" and rows is not None:
        if rows.keyword in sizes:
            raise BadArgument(rows.keyword, sizes[rows.keyword], "left out: their covariance has no samples", "remove it")
        declared = replace(declare(model, task.explicit(), {**sizes, rows.keyword: 1}), rows=None)
    else:
        declared = declare(model, task.explicit(), sizes)
    where = place(xp, device)
    return np.array([_eigenvalues(declared, generator(seed, trial), of, complex, where) for trial in range(trials)])


def _eigenvalues(declared: Declared, rng: np.random.Generator, of: str, complex: bool, where: Place) -> Array:
    """Return the eigenvalues of one draw."""
    draws = Draws(declared, rng, copies=1, ensemble=1, complex=complex, n_test=1, place=where)
    matrix = draws.features(draws.cells[0], 0).train
    height, width = (int(size) for size in matrix.shape)
    n_rows, n = 1 if declared.rows is None else height, height if of == "kernel" else width
    values = where.get(where.xp.linalg.svdvals(matrix))
    positive = values > max(height, width) * np.finfo(np.float64).eps * values[0]
    found = np.zeros(n)
    found[: positive.sum()] = values[positive] ** 2 / n_rows
    return found
