"""Kernels between the rows of a feature matrix, so that a data set becomes a population for kernel ridge regression.

With distance r, angle θ, n features and bandwidth ℓ (the functions themselves: `numerics.data.kernels.profiles`),

    rbf, laplace, matern  k(r/ℓ)     linear  x·y/n     polynomial  (1 + x·y/n)^p
    arccos  (‖x‖‖y‖/n)^q k_q(θ)     ntk  ‖x‖‖y‖ Θ_L(θ)/n

A raw feature matrix is the kernel "linear". Distances and angles are those of differences, coordinate by coordinate: nothing is
lost far from the origin or between points that almost coincide. Powers of two are taken out first, so that squares neither
overflow nor vanish.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist, pdist, squareform

from numerics.data.arrays import Array, feature_matrix
from numerics.data.kernels.parameters import Parameters
from numerics.data.kernels.profiles import ANGULAR, RADIAL, homogeneity
from numerics.data.kernels.scale import default_bandwidth
from theory.errors import BadArgument

MOST_ROWS = 50_000  # a kernel matrix of 20 GB
SMALLEST = 1e-290  # of the largest entry: what is below it may consist of subnormal numbers, which are not accurate


def kernel_matrix(
    features: ArrayLike,
    kernel: str = "rbf",
    *,
    bandwidth: float | None = None,
    degree: int = 3,
    smoothness: float = 1.5,
    order: int = 1,
    depth: int = 1,
) -> Array:
    """Return K(x_i, x_j) between all rows.

    Parameters
    ----------
    features : array_like of shape (n_rows, n_features)
        Used as they are: see `standardise`.
    kernel : {"rbf", "laplace", "matern", "linear", "polynomial", "arccos", "ntk"}
        The formulas stand at the head of this module. "laplace" takes the Euclidean distance (scikit-learn's
        `laplacian_kernel` takes the ℓ₁ one) and is "matern" with ν = ½. "arccos" is the arc-cosine kernel of Cho and Saul
        (2009), that of a two-layer net of rectifiers to the power q whose readout alone is trained; "ntk" the tangent kernel
        of a ReLU net with all layers trained, Jacot, Gabriel and Hongler (2018). Both are bias-free, normalised so that a
        layer keeps the mean square of its inputs, and homogeneous in each input, "ntk" of degree 1: inputs are not normalised
        to the sphere.
    bandwidth : float, optional
        ℓ > 0, for "rbf", "laplace" and "matern"; by default `default_bandwidth`.
    degree : int
        p ≥ 1, for "polynomial".
    smoothness : float
        0 < ν ≤ 20, for "matern": functions have almost ν derivatives.
    order : int
        0 ≤ q ≤ 60, for "arccos": 0 of steps, 1 of ReLU.
    depth : int
        The number of hidden layers ≥ 1, for "ntk".

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
    of = Parameters.checked(bandwidth, smoothness, degree, order, depth)
    with np.errstate(over="ignore", invalid="ignore"):
        K = KERNELS[kernel](X, of)
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


def _of_distance(kernel: str, X: Array, of: Parameters) -> Array:
    return RADIAL[kernel](_distances(X, of.bandwidth), of)


def _of_angle(kernel: str, X: Array, of: Parameters) -> Array:
    norms, angle = _angles(X)
    return np.asarray(norms ** homogeneity(kernel, of) * ANGULAR[kernel](angle, of))


def _linear(X: Array, of: Parameters) -> Array:
    return X @ X.T / X.shape[1]


def _polynomial(X: Array, of: Parameters) -> Array:
    return np.asarray((1.0 + _linear(X, of)) ** of.degree)


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


KERNELS: dict[str, Callable[[Array, Parameters], Array]] = {
    **{kernel: partial(_of_distance, kernel) for kernel in RADIAL},
    "linear": _linear,
    "polynomial": _polynomial,
    **{kernel: partial(_of_angle, kernel) for kernel in ANGULAR},
}
