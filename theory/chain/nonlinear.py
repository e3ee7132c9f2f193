"""Nonlinear random features φ(F₀ᵀx)/√N, declared by their Gaussian equivalent: noisy linear features.

With F₀ iid N(0, 1/D), pre-activations have variance s² = tr Σ/D, and φ(sg) = c₀ + c₁g + c* × (the rest) for g ~ N(0,1). After
centring, the features are a₁ Fᵀx plus independent noise, a₁ = c₁/(s√D), F iid N(0, 1/N): the layers
FeatureNoise(μ²), GaussianFeatures(N) with μ² = c*²/(N a₁²) at ridge λ/a₁².
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.chain.layers import FeatureNoise, GaussianFeatures, Layer
from theory.errors import BadArgument, real_array
from theory.hermite import Activation, hermite_coefficients
from theory.results.declared import Declared
from theory.spectra.base import Spectrum


def relu(h: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return max(h, 0), elementwise."""
    return np.maximum(h, 0.0)


def erf(h: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the error function, elementwise."""
    import scipy.special

    found: NDArray[np.float64] = scipy.special.erf(h)
    return found


ACTIVATIONS: dict[str, Activation] = {
    "relu": relu,
    "tanh": np.tanh,
    "erf": erf,
}


@dataclass(frozen=True, init=False)
class NonlinearFeatures(Declared):
    """N centred nonlinear random features φ(F₀ᵀx)/√N of the population, as in `Chain(Samples(), NonlinearFeatures("relu"))`.

    The chain is that of the equivalent layers; the variance of their noise and the ridge that they see follow from φ and the
    population at every evaluation, so that `n_features` is the only parameter (and `preactivation`, if it is given).
    `nonlinear_random_features(φ)` is the whole chain, on the command line `nonlinear-random-features`; linear features are
    `GaussianFeatures` and `random_features`.

    Parameters
    ----------
    activation : {"relu", "tanh", "erf"} or callable
        φ, elementwise.
    name : str, optional
        As that of a layer: `features` unless it is given.

    Raises
    ------
    ValueError
        If the activation is neither known nor callable.
    """

    activation: str | Activation
    name: str | None

    def __init__(self, activation: str | Activation, name: str | None = None) -> None:
        if not (callable(activation) or (isinstance(activation, str) and activation in ACTIVATIONS)):
            raise BadArgument("activation", activation, f"one of {', '.join(ACTIVATIONS)}, or a callable", "choose one")
        object.__setattr__(self, "activation", activation)
        object.__setattr__(self, "name", name)

    @property
    def phi(self) -> Activation:
        """φ as a function."""
        return ACTIVATIONS[self.activation] if isinstance(self.activation, str) else self.activation

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The equivalent layers, the data side first."""
        return FeatureNoise(), GaussianFeatures(self.name)

    def equivalent(self, task: Spectrum, preactivation: float | None = None) -> tuple[float, float]:
        """Return (a₁², c*²): squared weight of Fᵀx in the features, and N times the variance of the noise beside it.

        Parameters
        ----------
        task : Spectrum
            The population; its tr Σ sets the pre-activations.
        preactivation : float, optional
            s, their standard deviation; √(tr Σ/D) when left out, which needs a finite D.

        Raises
        ------
        ValueError
            If D is infinite and s is not given, or φ has no linear part at s.
        """
        if preactivation is None:
            if not isinstance(task, Spectrum) or np.isinf(task.size):
                raise BadArgument("task", task, "a spectrum of finite size", "truncate(n) it, or give preactivation=s")
            preactivation = float(np.sqrt(task.total_variance / task.size))
        scale = real_array("preactivation", preactivation, "a number > 0", "give the standard deviation s")
        if scale.ndim or not 0 < scale < np.inf:
            raise BadArgument("preactivation", preactivation, "a number > 0", "give the standard deviation s")
        coefficients = hermite_coefficients(self.phi, float(scale), argument="activation")
        if coefficients.linear**2 <= 1e-24 * (coefficients.constant**2 + coefficients.rest**2):
            raise BadArgument("activation", self.activation, "with a linear part, E gφ(sg) ≠ 0", "add an odd part to it")
        return coefficients.linear**2 / task.total_variance, coefficients.rest**2

    def bind(self, task: Spectrum, width: str, variance: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of the equivalent chain.

        Parameters
        ----------
        task : Spectrum
            The population.
        width, variance : str
            What the chain calls the number of features and the variance of their noise.
        given : mapping
            Arguments by keyword: `ridge` beside φφᵀ/N, the width, `preactivation` perhaps.

        Raises
        ------
        ValueError
            If the variance is given, the width is not; as `equivalent`.
        """
        if variance in given:
            raise BadArgument(variance, given[variance], "left out: it follows from the activation", "remove it")
        rest = {key: value for key, value in given.items() if key != "preactivation"}
        weight, square = self.equivalent(task, given.get("preactivation"))
        widths = real_array(width, given.get(width, np.nan), "given, a number > 0", f"add {width}=...")
        if not (widths > 0).all():
            raise BadArgument(width, given[width], "a number > 0, or inf", "give the number of features")
        ridge = real_array("ridge", given["ridge"], "finite", "give a number")
        return {**rest, "ridge": ridge / weight, variance: square / (widths * weight)}
