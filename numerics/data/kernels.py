"""Kernels between the rows of a feature matrix, so that a data set becomes a population for kernel ridge regression.

With r = ‖x − y‖, ρ = cos θ = x·y/(‖x‖‖y‖), n features and bandwidth ℓ,

    rbf  exp(−r²/2ℓ²)     laplace  exp(−r/ℓ)     linear  x·y/n     polynomial  (1 + x·y/n)^q
    arccos  ‖x‖‖y‖ J₁(θ)/n     ntk  ‖x‖‖y‖ [J₁(θ) + ρ J₀(θ)]/n     J₀ = (π − θ)/π     J₁ = [sin θ + (π − θ) cos θ]/π

A raw feature matrix is the kernel "linear". Distances and products come from scikit-learn; the last row is closed form.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.errors import BadArgument, real_array

Array = NDArray[np.float64]

STANDARDISATIONS = ("global", "each", "none")


def optional(module: str) -> ModuleType:
    """Import an optional module by name, or say in one line which extra brings it.

    Raises
    ------
    ValueError
        If the module is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as missing:
        package = module.partition(".")[0]
        raise ValueError(f"{package} is needed here and is not installed: pip install scaletheory[data]") from missing


def feature_matrix(features: ArrayLike, argument: str = "features") -> Array:
    """Return `features` as a finite float64 matrix of shape (n_rows, n_features); `argument` names it in errors.

    Raises
    ------
    ValueError
        If it is ragged, not numeric, not two-dimensional, has fewer than two rows, or holds NaN or infinity.
    """
    admissible = "a matrix of finite real numbers with at least two rows, shape (n_rows, n_features)"
    X = real_array(argument, features, admissible, "clean the data or fill in the missing values")
    if X.ndim != 2 or len(X) < 2:
        raise BadArgument(argument, X.shape, admissible, "pass one row per data point")
    if not np.isfinite(X).all():
        raise BadArgument(argument, X, admissible, "remove the rows that hold infinities")
    return X


def standardise(features: ArrayLike, how: str = "global") -> Array:
    """Return the features centred and scaled.

    Parameters
    ----------
    features : array_like of shape (n_rows, n_features)
    how : {"global", "each", "none"}
        "global" subtracts the mean of each feature and divides all of them by *one* number, √(tr Cov/n_features): right
        for pixels, whose relative variances are information. "each" divides every feature by its own standard
        deviation: right for columns with different units. "none" returns the features as they are.

    Returns
    -------
    ndarray of shape (n_rows, n_features)
        Mean square entry 1, unless `how` is "none".

    Raises
    ------
    ValueError
        If `how` is unknown, all features are constant, or, for "each", any one is.
    """
    X = feature_matrix(features)
    if how not in STANDARDISATIONS:
        raise BadArgument("standardise", how, f"one of {', '.join(STANDARDISATIONS)}", "choose how features are scaled")
    if how == "none":
        return X
    spread = _spread(X)
    if how == "global":
        scale = np.sqrt(np.mean(spread**2))
    elif (spread > 0.0).all():
        scale = spread
    else:
        raise BadArgument("features", X.shape, "without constant columns for standardise='each'", "drop the constant columns")
    return np.asarray((X - X.mean(axis=0)) / scale)


def _spread(X: Array) -> Array:
    """Return the standard deviation of each feature, exactly 0 for a constant one; refuse when all are constant."""
    spread = np.where(np.ptp(X, axis=0) > 0.0, X.std(axis=0), 0.0)
    if not spread.any():
        raise BadArgument("features", X[:1], "varying between rows", "constant features carry no information; pass others")
    return spread


def default_bandwidth(features: ArrayLike) -> float:
    """Return ℓ = √tr Cov, the root-mean-square distance of a row from the mean row (√n_features once standardised).

    The rms distance of two rows is then √2 ℓ, and typical entries are e⁻¹ (rbf) and e^−√2 (laplace).
    """
    return float(np.linalg.norm(_spread(feature_matrix(features))))


def kernel_matrix(
    features: ArrayLike,
    kernel: str = "rbf",
    *,
    bandwidth: float | None = None,
    degree: int = 3,
) -> Array:
    """Return K(x_i, x_j) between all rows.

    Parameters
    ----------
    features : array_like of shape (n_rows, n_features)
        Used as they are: see `standardise`.
    kernel : {"rbf", "laplace", "linear", "polynomial", "arccos", "ntk"}
        The formulas stand at the head of this module. "laplace" takes the Euclidean distance (scikit-learn's
        `laplacian_kernel` takes the ℓ₁ one). "arccos" is the arc-cosine kernel of order 1 of Cho and Saul (2009), that
        of a two-layer ReLU net whose readout alone is trained; "ntk" the tangent kernel of the same net with both
        layers trained, Jacot, Gabriel and Hongler (2018). Both are bias-free, normalised by E ReLU² = 1/2, and
        homogeneous of degree 1 in each input: inputs are not normalised to the sphere.
    bandwidth : float, optional
        ℓ > 0, for "rbf" and "laplace"; by default `default_bandwidth`.
    degree : int
        q ≥ 1, for "polynomial".

    Returns
    -------
    ndarray of shape (n_rows, n_rows)
        Exactly symmetric.

    Raises
    ------
    ValueError
        If the features are not a finite matrix, the kernel is unknown, a parameter is out of range or scikit-learn is
        missing.
    """
    X = feature_matrix(features)
    if kernel not in KERNELS:
        raise BadArgument("kernel", kernel, f"one of {', '.join(KERNELS)}", "choose a kernel")
    if bandwidth is not None and not (np.isfinite(bandwidth) and bandwidth > 0.0):
        raise BadArgument("bandwidth", bandwidth, "positive and finite", "leave it out to use √tr Cov")
    if not (isinstance(degree, int | np.integer) and degree >= 1):
        raise BadArgument("degree", degree, "an integer of at least 1", "choose the degree of the polynomial")
    with np.errstate(over="ignore", invalid="ignore"):
        K = KERNELS[kernel](X, bandwidth, int(degree))
    if not np.isfinite(K).all():
        raise BadArgument("features", X, "small enough for the kernel not to overflow", "standardise the features")
    return np.asarray((K + K.T) / 2.0)


def _pairwise() -> ModuleType:
    return optional("sklearn.metrics.pairwise")


def _rbf(X: Array, bandwidth: float | None, degree: int) -> Array:
    scale = default_bandwidth(X) if bandwidth is None else bandwidth
    return np.asarray(_pairwise().rbf_kernel(X / scale, gamma=0.5))


def _laplace(X: Array, bandwidth: float | None, degree: int) -> Array:
    scale = default_bandwidth(X) if bandwidth is None else bandwidth
    return np.asarray(np.exp(-_pairwise().euclidean_distances(X / scale)))


def _linear(X: Array, bandwidth: float | None, degree: int) -> Array:
    return np.asarray(_pairwise().linear_kernel(X)) / X.shape[1]


def _polynomial(X: Array, bandwidth: float | None, degree: int) -> Array:
    return np.asarray(_pairwise().polynomial_kernel(X, degree=degree, gamma=1.0 / X.shape[1], coef0=1.0))


def _angles(X: Array) -> tuple[Array, Array]:
    """Return ‖x‖‖y‖/n and θ for all pairs; θ = 0 on the diagonal, π/2 where a row is zero (its kernel vanishes).

    Rounding may carry the cosine beyond ±1 by a few units in the last place: that, and only that, is cut off.
    """
    norm = np.linalg.norm(X, axis=1)
    unit = X / np.where(norm > 0.0, norm, 1.0)[:, None]
    angle = np.arccos(np.clip(unit @ unit.T, -1.0, 1.0))
    np.fill_diagonal(angle, np.where(norm > 0.0, 0.0, np.pi / 2.0))
    return np.outer(norm, norm) / X.shape[1], angle


def _arccos(X: Array, bandwidth: float | None, degree: int) -> Array:
    norms, angle = _angles(X)
    return np.asarray(norms * (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / np.pi)


def _ntk(X: Array, bandwidth: float | None, degree: int) -> Array:
    norms, angle = _angles(X)
    return np.asarray(norms * (np.sin(angle) + 2.0 * (np.pi - angle) * np.cos(angle)) / np.pi)


KERNELS: dict[str, Callable[[Array, float | None, int], Array]] = {
    "rbf": _rbf,
    "laplace": _laplace,
    "linear": _linear,
    "polynomial": _polynomial,
    "arccos": _arccos,
    "ntk": _ntk,
}
