"""Nonlinear random features φ(F₀ᵀx)/√N through their Gaussian equivalent: a noisy linear chain.

With F₀ iid N(0, 1/D), pre-activations have variance s² = tr Σ/D, and φ(sg) = c₀ + c₁g + c* × (the rest) for g ~ N(0,1). After
centring, the features are a₁ Fᵀx plus independent noise, a₁ = c₁/(s√D), F iid N(0, 1/N): the chain
[Samples, FeatureNoise(μ²), GaussianFeatures(N)] with μ² = c*²/(N a₁²) at ridge λ/a₁².
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special
from numpy.typing import ArrayLike, NDArray

from theory.chain.layers import FeatureNoise, GaussianFeatures, Samples
from theory.chain.terms import Terms
from theory.errors import BadArgument, real_array
from theory.exponents.slopes import LocalExponents
from theory.hermite import Activation, hermite_coefficients
from theory.model import Chain
from theory.solve.evaluate import Risk
from theory.spectra.base import Spectrum


def relu(h: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return max(h, 0), elementwise."""
    return np.maximum(h, 0.0)


ACTIVATIONS: dict[str, Activation] = {
    "relu": relu,
    "tanh": np.tanh,
    "erf": scipy.special.erf,
}


class NonlinearFeatures(Chain):
    """Ridge regression on N nonlinear random features φ(F₀ᵀx)/√N, centred, as its equivalent linear chain.

    Parameters
    ----------
    activation : {"relu", "tanh", "erf"} or callable
        φ, elementwise.
    """

    def __init__(self, activation: str | Activation) -> None:
        if isinstance(activation, str) and activation not in ACTIVATIONS:
            raise BadArgument("activation", activation, f"one of {', '.join(ACTIVATIONS)}, or a callable", "choose one")
        if not isinstance(activation, str) and not callable(activation):
            raise BadArgument("activation", activation, f"one of {', '.join(ACTIVATIONS)}, or a callable", "choose one")
        super().__init__(Samples(), FeatureNoise(), GaussianFeatures())
        self.activation: Activation = ACTIVATIONS[activation] if isinstance(activation, str) else activation
        self._label = activation

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
        coefficients = hermite_coefficients(self.activation, float(scale), argument="activation")
        if coefficients.linear**2 <= 1e-24 * (coefficients.constant**2 + coefficients.rest**2):
            raise BadArgument("activation", self._label, "with a linear part, E gφ(sg) ≠ 0", "add an odd part to it")
        return coefficients.linear**2 / task.total_variance, coefficients.rest**2

    def evaluate(
        self,
        task: Spectrum,
        *,
        ridge: ArrayLike = 0.0,
        noise: ArrayLike = 0.0,
        ensemble: ArrayLike = 1,
        precision: int | None = None,
        preactivation: float | None = None,
        **sizes: Any,
    ) -> Risk:
        """Return every term of the risk; as `Chain.evaluate`, with `n_samples` and `n_features` (and the ridge of φ/√N).

        Parameters
        ----------
        task, ridge, noise, ensemble, precision, **sizes
            As in `Chain.evaluate`; the feature noise follows from φ.
        preactivation : float, optional
            s, the standard deviation of the pre-activations; √(tr Σ/D) when left out.

        Raises
        ------
        ValueError
            As `Chain.evaluate` and `equivalent`.
        """
        if "feature_noise" in sizes:
            raise BadArgument("feature_noise", sizes["feature_noise"], "left out: it follows from the activation", "remove it")
        if not isinstance(task, Spectrum):
            raise BadArgument(
                "task", task, "a spectrum", "give PowerLaw(...), Discrete(...), Isotropic(...) or another Spectrum"
            )
        weight, rest = self.equivalent(task, preactivation)
        widths = real_array("n_features", sizes.get("n_features", np.nan), "given, a number > 0", "add n_features=...")
        if not (widths > 0).all():
            raise BadArgument("n_features", sizes["n_features"], "a number > 0, or inf", "give the number of features")
        penalty = real_array("ridge", ridge, "finite", "give a number")
        return super().evaluate(
            task, ridge=penalty / weight, noise=noise, ensemble=ensemble, precision=precision,
            feature_noise=rest / (widths * weight), **sizes,
        )

    @property
    def tied(self) -> dict[str, str]:
        """The noise of the equivalent chain is μ² = c*²/(N a₁²), as 1/N."""
        return {"feature_noise": "n_features"}

    def local_exponents(
        self, task: Spectrum, *, ridge: ArrayLike = 0.0, noise: ArrayLike = 0.0, preactivation: float | None = None,
        **sizes: Any,
    ) -> LocalExponents:
        """Return slopes as `Chain.local_exponents`; that by `n_features` includes the noise that falls as 1/N.

        Parameters
        ----------
        task, ridge, noise, preactivation, **sizes
            As in `evaluate`.

        Raises
        ------
        ValueError
            As `evaluate`.
        """
        weight, rest = self.equivalent(task, preactivation)
        widths = real_array("n_features", sizes.get("n_features", np.nan), "given, a number > 0", "add n_features=...")
        penalty = real_array("ridge", ridge, "finite", "give a number")
        equivalent = {"ridge": penalty / weight, "noise": noise, "feature_noise": rest / (widths * weight)}
        found = super().local_exponents(task, **equivalent, **sizes)
        return LocalExponents(_joined(found.kappa), Terms({key: _joined(slopes) for key, slopes in found.terms.items()}))

    def __repr__(self) -> str:
        return f"NonlinearFeatures({self._label!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NonlinearFeatures) and self._label == other._label

    def __hash__(self) -> int:
        return hash(self._label)


def _joined(slopes: dict[str, Any]) -> dict[str, Any]:
    """Return slopes with that by the feature noise taken into that by the width."""
    rest = {name: slope for name, slope in slopes.items() if name != "feature_noise"}
    return {**rest, "n_features": slopes["n_features"] - slopes["feature_noise"]}


def nonlinear_random_features(activation: str | Activation) -> NonlinearFeatures:
    """Return ridge regression on nonlinear random features: "relu", "tanh", "erf" or a callable."""
    return NonlinearFeatures(activation)
