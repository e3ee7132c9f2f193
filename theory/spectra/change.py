"""A change of population: what ridge regression on matrices, with a fixed first stage and any penalty, sees of a target.

With x of covariance Σ, features Tᵀx and the penalty wᵀAw, ridge regression is that on the population TᵀΣT, T in place of
TA^{-1/2}. By the singular values s and vectors U, V of Σ^½T its modes have λ = s² and the signal c λ = uᵀΣ^½CΣ^½u, C = w*w*ᵀ
or the second moment of targets. What Σ^½w* has outside the span of U no predictor can reach. Nothing needs to commute.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.errors import BadArgument, real_array

Array = NDArray[np.float64]

MATRIX = "a square matrix of finite real numbers"


def seen_modes(
    covariance: ArrayLike, coefficients: ArrayLike, weights: ArrayLike | None, transform: ArrayLike | None
) -> tuple[Array, Array]:
    """Return λ and c λ of the modes that a predictor sees; what it cannot reach is the signal of a mode of λ = 0.

    Arguments as for `theory.Discrete.from_matrices`.
    """
    root = covariance_root("covariance", covariance)
    dims = len(root)
    moment = _moment(coefficients, dims)
    first = np.eye(dims) if transform is None else _transform(transform, dims)
    if weights is not None:
        first = np.linalg.solve(_cholesky(weights, first.shape[1]), first.T).T
    left, values, _ = np.linalg.svd(root @ first)
    values = np.concatenate((values, np.zeros(max(first.shape[1] - dims, 0))))
    if not values.any():
        raise BadArgument("transform", transform, "one that lets some of the variance pass", "give another first stage")
    rank = np.count_nonzero(values > max(first.shape) * np.finfo(np.float64).eps * values[0])
    carried = left.T @ (root @ moment)
    signals = np.einsum("ij,ij->i", carried, carried)
    missed = float(signals[rank:].sum())
    if missed <= (dims * np.finfo(np.float64).eps) ** 2 * signals.sum():
        missed = 0.0  # the rounding of U
    if rank == values.size and missed:
        values = np.append(values, 0.0)
    eigenvalues, carried_by = np.zeros(values.size), np.zeros(values.size)
    eigenvalues[:rank], carried_by[:rank] = values[:rank] ** 2, signals[:rank]
    if missed:
        carried_by[rank] = missed
    return eigenvalues, carried_by


def _square(name: str, value: ArrayLike, dims: int | None = None) -> Array:
    matrix = real_array(name, value, MATRIX, "pass a NumPy array")
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size or not np.isfinite(matrix).all():
        raise BadArgument(name, matrix.shape, MATRIX, "check its shape and look for NaN")
    if dims is not None and len(matrix) != dims:
        raise BadArgument(name, matrix.shape, f"of shape ({dims}, {dims})", "match it to the other matrices")
    if not np.allclose(matrix, matrix.T, rtol=1e-10, atol=1e-12 * np.abs(matrix).max()):
        raise BadArgument(name, value, "symmetric", "take the mean of it and its transpose, if that is what is meant")
    return 0.5 * (matrix + matrix.T)


def covariance_modes(name: str, value: ArrayLike, dims: int | None = None) -> tuple[Array, Array]:
    """Return the eigenvalues ≥ 0 of a covariance, ascending, and its eigenvectors, columns.

    Parameters
    ----------
    name : str
        Of the argument.
    value : array-like of shape (n, n)
        Positive semi-definite; what rounding leaves below zero is set to zero.
    dims : int, optional
        n.

    Raises
    ------
    ValueError
        If it is none; the error states its smallest eigenvalue.
    """
    matrix = _square(name, value, dims)
    values, vectors = np.linalg.eigh(matrix)
    least = -max(len(matrix), 32) * np.finfo(np.float64).eps * np.abs(values).max()
    if values[0] < least:
        admissible = f"positive semi-definite; its smallest eigenvalue is {values[0]:.6g}"
        raise BadArgument(name, value, admissible, "a covariance has no negative eigenvalue")
    return np.maximum(values, 0.0), vectors


def covariance_root(name: str, value: ArrayLike, dims: int | None = None) -> Array:
    """Return the symmetric root of a covariance, shape (n, n); arguments and errors as those of `covariance_modes`."""
    values, vectors = covariance_modes(name, value, dims)
    root: Array = (vectors * np.sqrt(values)) @ vectors.T
    return root


def _moment(coefficients: ArrayLike, dims: int) -> Array:
    """Return M with C = MMᵀ, shape (dims, ·)."""
    shapes = f"a vector of {dims} finite numbers, or a matrix of shape ({dims}, {dims})"
    given = real_array("coefficients", coefficients, shapes, "match it to the covariance")
    if given.ndim == 2:
        return covariance_root("coefficients", given, dims)
    if given.shape != (dims,) or not np.isfinite(given).all():
        raise BadArgument("coefficients", given.shape, shapes, "match it to the covariance")
    return given[:, None]


def _transform(transform: ArrayLike, dims: int) -> Array:
    admissible = f"a matrix of finite numbers with {dims} rows"
    matrix = real_array("transform", transform, admissible, "features are x @ transform")
    if matrix.ndim != 2 or len(matrix) != dims or not matrix.size or not np.isfinite(matrix).all():
        raise BadArgument("transform", matrix.shape, admissible, "features are x @ transform")
    return matrix


def _cholesky(weights: ArrayLike, dims: int) -> Any:
    matrix = _square("weights", weights, dims)
    try:
        return np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        least = float(np.linalg.eigvalsh(matrix)[0])
        admissible = f"positive definite; its smallest eigenvalue is {least:.6g}"
        raise BadArgument("weights", weights, admissible, "a direction without a penalty has no ridge: add a little") from None
