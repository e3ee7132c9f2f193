r"""The test error of ridge regression from its training error, where rows are correlated and plain cross-validation fails.

    X = K^½ Z Σ^½      tr K(K+χ)⁻¹ = d      f = dχ/P      b = χ tr K(K+χ)⁻²/d      r_i = χ/(K_i+χ)

with P rows and d the trace of the hat matrix, measured. In the mean a row's squared residual is r_i² (K_i Q + ν_i σ²), Q the
excess risk at a point independent of the rows, ν the diagonal of the noise's covariance in the eigenvectors of K, and so

    E_train = f b Q + τ σ²,      τ = Σ ν_i r_i²/P      E_test = Q + σ²

For noise correlated as the rows are, ν = K, τ = f b and E_test = E_train/(f b); of white rows that is E_train/(1 − d/P)².
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from numerics.data.arrays import Array, feature_matrix, real_numbers
from numerics.data.targets import LARGEST, SMALLEST
from theory.chain.s_transforms.laws.measures import Measure, invert
from theory.errors import BadArgument, one_real, real_array
from theory.frozen import Frozen
from theory.keywords import says_what_is_meant
from theory.memory.autocovariance import Autocovariance
from theory.spectra.change import covariance_modes

NEAR = 1e-10  # of the smallest singular value: what √(λP) may be for its limit zero to be reached, to 1e-20
LEAST = 1e-290  # of d
KINDS = '"matched", "white", numbers ν, a covariance or an Autocovariance'


@dataclass(frozen=True, eq=False)
class CorrectedGCV:
    """Errors of ridge regression on correlated rows; arrays of the shape of the ridge.

    Attributes
    ----------
    ridge : ndarray
        λ, beside XᵀX/P.
    test : ndarray
        The test error (σ² included), at points independent of the rows.
    plain : ndarray
        What generalised cross-validation takes for it, E_train/(1 − d/P)².
    train : ndarray
        The mean squared residual.
    dof : ndarray
        d, the trace of the hat matrix.
    chi : ndarray
        χ, at which the rows have d degrees of freedom.
    factor, noise_factor : ndarray
        f b and τ, by which the training error sees excess risk and σ².
    inputs : mapping
        What was passed for `rows`, `noise` and `variance`, and how many rows and columns there are.
    """

    ridge: Array
    test: Array
    plain: Array
    train: Array
    dof: Array
    chi: Array
    factor: Array
    noise_factor: Array
    inputs: Mapping[str, Any]


@says_what_is_meant
def corrected_gcv(
    X: ArrayLike, y: ArrayLike, ridge: ArrayLike, *, rows: Any, noise: Any, variance: float | None = None
) -> CorrectedGCV:
    """Estimate the test error of ridge regression from its training error, for rows of a known correlation.

    The test point is independent of the training rows: the risk at one that follows them soon, which their memory helps to
    predict, is another.

    Parameters
    ----------
    X : array-like of shape (P, D)
        Inputs, in their order; neither centred nor scaled here (a mean that is fitted takes the slowest part of a long memory).
    y : array-like of shape (P,)
        Outputs.
    ridge : array-like
        λ ≥ 0 beside XᵀX/P, of any shape. Zero is the limit, also where the rows are interpolated.
    rows : Autocovariance, or array-like of shape (P,) or (P, P)
        Of the inputs: an autocovariance (`theory.exponential_memory`, …), the eigenvalues of K ≥ 0 in any order, or K itself.
        Scaled to mean 1.
    noise : {"matched", "white"}, Autocovariance, or array-like of shape (P,) or (P, P)
        Of the noise, scaled to mean 1 likewise: correlated as the rows are; white; an autocovariance or a covariance, of which
        the diagonal between the eigenvectors of K counts; or that diagonal ν ≥ 0, in the order of the eigenvalues given (for an
        autocovariance or a matrix the largest first). It must be known: one training error is explained by many.
    variance : float, optional
        σ² ≥ 0, needed for noise that is not matched, and for no other.

    Returns
    -------
    CorrectedGCV
        Beside plain GCV. Where noise is not matched the excess risk is a difference, and may come out negative for few rows.

    Raises
    ------
    ValueError
        For arrays of other shapes, unknown noise, a σ² that is missing, covariances that are none, or inputs that are zero or
        of more degrees of freedom than the rows have.

    Notes
    -----
    Source: arXiv:2408.04607, whose correction is that for matched noise; d is measured, K is not.
    """
    inputs, outputs = _data(X, y)
    lam = real_array("ridge", ridge, "numbers ≥ 0, finite", "λ stands beside XᵀX/P")
    if not ((lam >= 0.0) & np.isfinite(lam)).all():
        raise BadArgument("ridge", ridge, "numbers ≥ 0, finite", "λ stands beside XᵀX/P")
    n = len(inputs)
    K, nu = _correlations(rows, noise, n)
    matched = nu is None
    sigma = _variance(variance, matched)
    dof, rest, train = _fit(inputs, outputs, lam.ravel())
    if (dof < LEAST).any():
        raise BadArgument("ridge", ridge, f"such that the degrees of freedom are {LEAST:g} at least", "lower it, or rescale X")
    positive = K[K > 0.0]
    if positive.size < n and (dof >= positive.size * (1.0 - 1e-12)).any():
        admissible = f"of a rank above the degrees of freedom of the inputs, {float(dof.max()):.6g}, and not {positive.size}"
        raise BadArgument("rows", rows, admissible, "check the covariance, or raise the ridge")
    upper = rest < dof
    law = Measure.of_nodes(positive, np.ones(positive.size), positive.size)
    chi = invert(law, np.where(upper, float(n), 0.0), np.where(upper, -rest, dof))
    left = chi[:, None] / (K + chi[:, None])
    f, b = dof * (chi / n), (left * (K / (K + chi[:, None]))).sum(axis=1) / dof
    factor = f * b
    tau = factor if nu is None else (left**2 @ nu) / n
    test = train / factor if matched else (train - sigma * tau) / factor + sigma
    found = {"test": test, "plain": train / (rest / n) ** 2, "train": train, "dof": dof, "chi": chi, "factor": factor,
             "noise_factor": tau}  # fmt: skip
    told = {"rows": rows, "noise": noise, "variance": variance, "n_samples": n, "n_dims": inputs.shape[1]}
    return CorrectedGCV(lam, inputs=Frozen(told), **{name: value.reshape(lam.shape) for name, value in found.items()})


def _data(X: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    inputs = feature_matrix(X, "X")
    admissible = f"numbers of shape ({len(inputs)},), the largest between {SMALLEST:g} and {LARGEST:g} if not zero"
    outputs = real_numbers("y", y, admissible)
    if outputs.shape != (len(inputs),) or not (SMALLEST <= np.abs(outputs).max() <= LARGEST or not outputs.any()):
        raise BadArgument("y", y if outputs.shape == (len(inputs),) else outputs.shape, admissible, "one output a row")
    if not inputs.any():
        raise BadArgument("X", X, "not all zero", "there is nothing to learn from")
    return inputs, outputs


def _fit(inputs: Array, outputs: Array, ridge: Array) -> tuple[Array, Array, Array]:
    """Return d, P − d and the mean squared residual at each ridge, none of them by a subtraction."""
    n = len(inputs)
    left, values, _ = np.linalg.svd(inputs, full_matrices=False)
    kept = values > max(inputs.shape) * np.finfo(np.float64).eps * values[0]
    left, values = left[:, kept], values[kept]
    along = outputs @ left
    beyond = outputs - left @ along if values.size < n else np.zeros(n)
    penalty = np.sqrt(n) * np.sqrt(ridge)
    if values.size == n:
        penalty = np.maximum(penalty, NEAR * values[-1])
    with np.errstate(under="ignore"):
        both = np.hypot(values, penalty[:, None])
        learnt, missed = (values / both) ** 2, (penalty[:, None] / both) ** 2
        train = (missed**2 @ along**2 + beyond @ beyond) / n
    return learnt.sum(axis=1), missed.sum(axis=1) + (n - values.size), train


def _correlations(rows: Any, noise: Any, n: int) -> tuple[Array, Array | None]:
    """Return the eigenvalues of K, shape (n,), and ν in their order; None for matched noise."""
    if noise is None or (isinstance(noise, str) and noise not in ("matched", "white")):
        remedy = "what cannot be told cannot be taken from a training error; try both to see how much it matters"
        raise BadArgument("noise", noise, KINDS, remedy)
    listed = None if isinstance(rows, Autocovariance) else _array("rows", rows, n)
    if isinstance(noise, str) or (given := _array("noise", noise, n)).ndim == 1:
        K = rows.eigenvalues(n) if listed is None else listed if listed.ndim == 1 else _modes(listed)[0][::-1]
        if isinstance(noise, str):
            return _scaled("rows", K), None if noise == "matched" else np.ones(n)
        return _scaled("rows", K), _scaled("noise", given)
    if listed is not None and listed.ndim == 1:
        raise BadArgument("rows", rows, "an autocovariance or a matrix", "the noise's covariance needs its eigenvectors")
    K, vectors = _modes(rows.covariance(n) if listed is None else listed)
    covariance_modes("noise", given)
    return _scaled("rows", K), _scaled("noise", np.einsum("ij,ij->j", vectors, given @ vectors))


def _modes(matrix: Array) -> tuple[Array, Array]:
    """Return the eigenvalues of K, those that rounding leaves set to zero, and its eigenvectors."""
    values, vectors = covariance_modes("rows", matrix)
    return np.where(values > len(values) * np.finfo(np.float64).eps * values[-1], values, 0.0), vectors


def _array(name: str, value: Any, n: int) -> Array:
    """Return a vector or a matrix of n rows."""
    if isinstance(value, Autocovariance):
        return value.covariance(n)
    admissible = f"an Autocovariance, or finite numbers of shape ({n},) or ({n}, {n})"
    found = real_numbers(name, value, admissible if name == "rows" else KINDS)
    if found.shape not in ((n,), (n, n)):
        raise BadArgument(name, found.shape, admissible, "match it to the rows of X")
    return found


def _scaled(name: str, values: Array) -> Array:
    """Return eigenvalues or a diagonal of mean 1."""
    if not (values >= 0.0).all() or not 0.0 < values.sum() < np.inf:
        raise BadArgument(name, values, "numbers ≥ 0, not all zero", f"the smallest is {values.min():.6g}: pass a covariance")
    found: Array = values * (values.size / values.sum())
    return found


def _variance(variance: Any, matched: bool) -> float:
    """Return σ², zero where it is not needed."""
    if matched:
        if variance is not None:
            raise BadArgument("variance", variance, "left out for matched noise", "E_train/(f b) does not depend on it")
        return 0.0
    admissible = "a number ≥ 0"
    if variance is None:
        remedy = "give σ²: of noise that is not matched the training error cannot tell it"
        raise BadArgument("variance", None, admissible, remedy)
    sigma = one_real("variance", variance, admissible, "it is σ²")
    if not 0.0 <= sigma < np.inf:
        raise BadArgument("variance", variance, admissible, "it is σ²")
    return sigma
