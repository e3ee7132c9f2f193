"""Ready-made chains: the models of the literature, each one line of layers."""

from __future__ import annotations

from typing import Any

from theory.chain.layers import GaussianFeatures, Samples
from theory.chain.layers.shapes import MATCHED
from theory.chain.nonlinear import NonlinearFeatures
from theory.errors import whole_number
from theory.hermite import Activation
from theory.model import Chain

DEEPEST = 100  # layers: the fixed point of so many is still an equation one can look at


def linear_ridge(rows: Any = None, noise: Any = MATCHED) -> Chain:
    """Return ridge regression on P samples: `n_samples`. On the command line `linear-ridge`; kernel ridge through a spectrum.

    Parameters
    ----------
    rows, noise : optional
        Of correlated samples, and the covariance of their label noise; see `Samples`.

    Raises
    ------
    ValueError
        As `Samples`.
    """
    return Chain(Samples(rows=rows, noise=noise))


def random_features(columns: Any = None) -> Chain:
    """Return ridge regression on N linear random features of P samples: `n_samples`, `n_features`.

    On the command line `random-features`. Its layers are `Samples(), GaussianFeatures()`; features φ(Fᵀx) of a nonlinearity
    are `nonlinear_random_features(φ)`, several layers `deep_random_features(depth)`.

    Parameters
    ----------
    columns : optional
        Eigenvalues of the covariance of the columns; see `GaussianFeatures`.

    Raises
    ------
    ValueError
        As `GaussianFeatures`.
    """
    return Chain(Samples(), GaussianFeatures(columns=columns))


def nonlinear_random_features(activation: str | Activation) -> Chain:
    """Return ridge regression on N nonlinear random features φ(F₀ᵀx)/√N, F₀ iid N(0, 1/D), through their Gaussian equivalent.

    On the command line `nonlinear-random-features`. As a layer of a chain: `NonlinearFeatures`. Linear: `random_features`.

    Parameters
    ----------
    activation : str or callable
        φ: "relu", "tanh", "erf", or a function of an array of any shape; see `NonlinearFeatures`.

    Raises
    ------
    ValueError
        If it is neither.
    """
    return Chain(Samples(), NonlinearFeatures(activation))


def deep_random_features(depth: int) -> Chain:
    """Return ridge regression on `depth` random linear layers: `n_features_1` (next to the population) and on outwards.

    On the command line `deep-random-features`.

    Parameters
    ----------
    depth : int
        How many feature layers, ≥ 1.

    Raises
    ------
    ValueError
        If `depth` is not an integer ≥ 1.
    """
    layers = whole_number("depth", depth, 1, DEEPEST, "give the number of feature layers")
    return Chain(Samples(), *(GaussianFeatures() for _ in range(layers)))
