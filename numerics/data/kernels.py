"""Kernels between the rows of a feature matrix, so that a data set becomes a population for kernel ridge regression.

With r = ‖x − y‖, ρ = cos θ = x·y/(‖x‖‖y‖), n features and bandwidth ℓ,

    rbf  exp(−r²/2ℓ²)     laplace  exp(−r/ℓ)     linear  x·y/n     polynomial  (1 + x·y/n)^q
    arccos  ‖x‖‖y‖ J₁(θ)/n     ntk  ‖x‖‖y‖ [J₁(θ) + ρ J₀(θ)]/n     J₀ = (π − θ)/π     J₁ = [sin θ + (π − θ) cos θ]/π

A raw feature matrix is the kernel "linear". Distances and angles are those of differences, coordinate by coordinate: nothing is
lost far from the origin or between points that almost coincide. Powers of two are taken out first, so that squares neither
overflow nor vanish.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist, pdist, squareform

from numerics.data.arrays import Array, feature_matrix
from theory.errors import BadArgument, real_array, whole_number

STANDARDISATIONS = ("global", "each", "none")
MOST_ROWS = 50_000  # a kernel matrix of 20 GB
MOST_DEGREE = 1000
SMALLEST = 1e-290  # of the largest entry: what is below it may consist of subnormal numbers, which are not accurate


def standardise(features: ArrayLike, how: str = "global") -> Array:
    """Return the features centred and scaled.

    Parameters
    ----------
    features : array_like of shape (n_rows, n_features)
        A row for each point; real and finite.
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
    if not (isinstance(how, str) and how in STANDARDISATIONS):
        raise BadArgument("how", how, f"one of {', '.join(STANDARDISATIONS)}", "choose how features are scaled")
    if how == "none":
        return X
    centred, spread, exponent = _centred(X)
    if how == "each":
        if not spread.all():
            raise BadArgument("features", X.shape, "without constant columns to scale each", "drop the constant columns")
        return centred / spread
    shift = exponent - exponent.max()
    return np.ldexp(centred, shift) / np.sqrt(np.mean(np.ldexp(spread, shift) ** 2))


def _centred(X: Array) -> tuple[Array, Array, NDArray[np.int32]]:
    """Return columns centred, their standard deviations (0 of a constant one), and the powers of two that multiply both.

    Raises
    ------
    ValueError
        If all columns are constant.
    """
    varies = (X[0] != X).any(axis=0)
    if not varies.any():
        raise BadArgument("features", X[:1], "varying between rows", "constant features carry no information; pass others")
    exponent = np.frexp(np.abs(X).max(axis=0))[1]
    Z = np.where(varies, np.ldexp(X, -exponent), 0.0)
    for _ in range(2):  # far from the origin the first mean is rounded
        Z = Z - Z.mean(axis=0)
    return Z, np.sqrt(np.mean(Z**2, axis=0)), np.where(varies, exponent, exponent[varies].min())


def default_bandwidth(features: ArrayLike) -> float:
    """Return ℓ = √tr Cov, the root-mean-square distance of a row from the mean row (√n_features once standardised).

    The rms distance of two rows is then √2 ℓ, and typical entries are e⁻¹ (rbf) and e^−√2 (laplace).

    Raises
    ------
    ValueError
        If the features are not a finite matrix, or all are constant.
    """
    _, spread, exponent = _centred(feature_matrix(features))
    return float(np.ldexp(np.linalg.norm(np.ldexp(spread, exponent - exponent.max())), exponent.max()))


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
        If the features are not a finite matrix, or one of more than 50 000 rows, the kernel is unknown, or a parameter is out
        of range.
    """
    X = feature_matrix(features)
    if len(X) > MOST_ROWS:
        raise BadArgument("features", X.shape, f"of at most {MOST_ROWS} rows", "draw a part of the rows as the pool")
    if not (isinstance(kernel, str) and kernel in KERNELS):
        raise BadArgument("kernel", kernel, f"one of {', '.join(KERNELS)}", "choose a kernel")
    if bandwidth is not None:
        admissible, remedy = "positive and finite", "leave it out to use √tr Cov"
        scale = real_array("bandwidth", bandwidth, admissible, remedy)
        if scale.ndim or not 0.0 < scale < np.inf:
            raise BadArgument("bandwidth", bandwidth, admissible, remedy)
        bandwidth = float(scale)
    degree = whole_number("degree", degree, 1, MOST_DEGREE, "choose the degree of the polynomial")
    with np.errstate(over="ignore", invalid="ignore"):
        K = KERNELS[kernel](X, bandwidth, degree)
        K = (K + K.T) / 2.0
    if not np.isfinite(K).all():
        raise BadArgument("features", X, "small enough for the kernel not to overflow", "standardise the features")
    if X.any() and np.abs(K).max() < SMALLEST:
        raise BadArgument("features", X, "large enough for the kernel not to vanish", "standardise the features")
    return np.asarray(K)


def _distances(X: Array, bandwidth: float | None) -> Array:
    """Return r/ℓ for all pairs, to a few units in the last place."""
    size = int(np.frexp(np.abs(X).max())[1])
    mantissa, exponent = np.frexp(default_bandwidth(X) if bandwidth is None else bandwidth)
    return np.ldexp(squareform(pdist(np.ldexp(X, -size))) / mantissa, size - int(exponent))


def _rbf(X: Array, bandwidth: float | None, degree: int) -> Array:
    return np.asarray(np.exp(-(_distances(X, bandwidth) ** 2) / 2.0))


def _laplace(X: Array, bandwidth: float | None, degree: int) -> Array:
    return np.asarray(np.exp(-_distances(X, bandwidth)))


def _linear(X: Array, bandwidth: float | None, degree: int) -> Array:
    return X @ X.T / X.shape[1]


def _polynomial(X: Array, bandwidth: float | None, degree: int) -> Array:
    return np.asarray((1.0 + _linear(X, None, 1)) ** degree)


def _angles(X: Array) -> tuple[Array, Array]:
    """Return ‖x‖‖y‖/n and θ for all pairs; θ = 0 on the diagonal, π/2 where a row is zero (its kernel vanishes).

    tan θ/2 = ‖u − v‖/‖u + v‖ for unit vectors, which keeps all digits of small angles and of those near π.
    """
    size = int(np.frexp(np.abs(X).max())[1])
    norm = np.linalg.norm(np.ldexp(X, -size), axis=1)
    unit = np.ldexp(X, -size) / np.where(norm > 0.0, norm, 1.0)[:, None]
    angle = 2.0 * np.arctan2(squareform(pdist(unit)), cdist(unit, -unit))
    angle[norm == 0.0], angle[:, norm == 0.0] = np.pi / 2.0, np.pi / 2.0
    return np.ldexp(np.outer(norm, norm), 2 * size) / X.shape[1], angle


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
