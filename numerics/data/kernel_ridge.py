"""Kernel ridge regression itself, on random splits of a pool: the experiment that the theory is held against.

    f = K_test,train (K_train + δ I)⁻¹ Y_train        δ = λ P

Nothing here knows a formula or a spectrum. Every trial has its own random stream, whatever runs before or beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike

from numerics.data.kernels import Array
from numerics.data.sets import kernel_and_targets
from theory.errors import BadArgument, real_array

FLOPS = 2e11


@dataclass(frozen=True)
class Measured:
    """Errors of kernel ridge over random splits, at each number of samples (arrays of shape (n_points,)).

    Attributes
    ----------
    n_samples, trials : ndarray of int
    test, test_stderr : ndarray
        Mean squared error on the points left out, summed over outputs; mean over trials and its standard error.
    train, train_stderr : ndarray
        The same on the training points.
    """

    n_samples: Array
    trials: Array
    test: Array
    test_stderr: Array
    train: Array
    train_stderr: Array


def sample_sizes(n_samples: ArrayLike, largest: int) -> Any:
    """Return `n_samples` as a one-dimensional array of int from 1 to `largest`, or raise `ValueError`."""
    admissible = f"whole numbers from 1 to {largest}"
    remedy = "training sets are drawn from the pool without replacement; take a larger pool"
    P = np.atleast_1d(real_array("n_samples", n_samples, admissible, remedy))
    if P.ndim != 1 or not (P.min() >= 1 and P.max() <= largest and (np.mod(P, 1) == 0).all()):
        raise BadArgument("n_samples", n_samples, admissible, remedy)
    return P.astype(np.int64)


def checked_ridge(ridge: float) -> float:
    """Return `ridge` as a float, or raise `ValueError` if it is negative or not finite."""
    admissible, remedy = "one non-negative finite number", "it is λ = δ/P beside the normalised kernel K/P"
    value = real_array("ridge", ridge, admissible, remedy)
    if value.ndim != 0 or not 0.0 <= value < np.inf:
        raise BadArgument("ridge", ridge, admissible, remedy)
    return float(value)


def default_trials(n_samples: ArrayLike) -> Any:
    """Return a number of splits for each P: 30, fewer where a solve is dear (2·10¹¹ flops a point), at least 4."""
    P = np.asarray(n_samples, dtype=np.float64)
    return np.clip(FLOPS / (P**3 / 3.0), 4, 30).astype(np.int64)


def permutation(seed: int, trial: int, size: int) -> Any:
    """Return the order in which a trial takes the points: its own stream, whatever runs before or beside it."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(trial,))).permutation(size)


def factor(K: Array, train: Any, shift: float) -> Any:
    """Return the lower Cholesky factor of K_train + shift·I."""
    A = K[np.ix_(train, train)]
    A[np.diag_indices_from(A)] += shift
    largest = float(A.diagonal().max())
    remedy = "use a positive ridge, and remove repeated points"
    try:
        L = scipy.linalg.cholesky(A.T, lower=True, overwrite_a=True, check_finite=False)
    except np.linalg.LinAlgError:
        raise BadArgument("ridge", shift, f"large enough for K + δI to be invertible at P = {len(train)}", remedy) from None
    if float(L.diagonal().min()) ** 2 <= len(train) * np.finfo(np.float64).eps * largest:
        raise BadArgument("ridge", shift, f"large enough for K + δI to be invertible at P = {len(train)}", remedy)
    return L


def measured_learning_curve(
    kernel: ArrayLike,
    targets: ArrayLike,
    n_samples: ArrayLike,
    ridge: float,
    trials: int | None = None,
    seed: int = 0,
    progress: Callable[[float, float], None] | None = None,
) -> Measured:
    """Measure held-out and training errors of kernel ridge over random splits without replacement.

    Parameters
    ----------
    kernel : array_like of shape (M, M)
    targets : array_like of shape (M,) or (M, n_outputs)
        Used as they are: no intercept is fitted, so centre them first.
    n_samples : array_like of int, shape (n_points,)
        1 ≤ P ≤ M − 1.
    ridge : float
        λ = δ/P ≥ 0, the same at every P.
    trials : int, optional
        Splits at each P, at least 2; by default `default_trials`.
    seed : int
        Trial i takes the points in a random order that depends on `seed` and i alone; its training set is the first P.
        So a point does not depend on which others are asked for, and the sets of one trial are nested: the curve is
        smooth, and the errors of neighbouring points are correlated.
    progress : callable, optional
        Called with (done, total) after each split, in units of work (P³/3 + M P for a split).

    Returns
    -------
    Measured

    Raises
    ------
    ValueError
        If an argument is out of range, or K_train + δI is singular to rounding.
    """
    K, Y = kernel_and_targets(kernel, targets)
    P, lam = sample_sizes(n_samples, len(K) - 1), checked_ridge(ridge)
    if trials is not None and not (isinstance(trials, int | np.integer) and trials >= 2):
        raise BadArgument("trials", trials, "an integer of at least 2", "a standard error needs two splits")
    counts = default_trials(P) if trials is None else np.full(len(P), trials)
    work = P**3 / 3.0 + P * float(len(K))
    done, total = 0.0, float(np.sum(counts * work))
    rows = []
    for size, count, cost in zip(P, counts, work, strict=True):
        errors = np.empty((count, 2))
        for trial in range(count):
            errors[trial] = _split(K, Y, permutation(seed, trial, len(K)), size, lam)
            done += cost
            if progress is not None:
                progress(done, total)
        rows.append(np.stack([errors.mean(axis=0), errors.std(axis=0, ddof=1) / np.sqrt(count)]))
    (test, train), (test_stderr, train_stderr) = np.moveaxis(np.array(rows), 0, -1)
    return Measured(P, counts, test, test_stderr, train, train_stderr)


def _split(K: Array, Y: Array, order: Any, size: int, ridge: float) -> tuple[float, float]:
    """Return (test, train) of one split. The training residual is δ times the dual weights, without subtraction."""
    train, test = order[:size], order[size:]
    delta = ridge * float(size)
    dual = scipy.linalg.cho_solve((factor(K, train, delta), True), Y[train], check_finite=False)
    residual = Y[test] - K[np.ix_(test, train)] @ dual
    return float(np.sum(residual**2)) / len(test), float(np.sum((delta * dual) ** 2)) / size


def loo_over_gcv(kernel: ArrayLike, targets: ArrayLike, ridge: float) -> float:
    """Return the leave-one-out error of the whole pool at δ = λM over its generalised cross-validation.

    With G = (K + δI)⁻¹ the residuals left out are (GY)_i/G_ii, and those of the latter (GY)_i/(tr G/M).

    Raises
    ------
    ValueError
        If an argument is out of range, or K + δI is singular to rounding.
    """
    K, Y = kernel_and_targets(kernel, targets)
    M = len(K)
    L = factor(K, np.arange(M), checked_ridge(ridge) * M)
    inverse_factor = scipy.linalg.solve_triangular(L, np.eye(M), lower=True, check_finite=False)
    diagonal = np.sum(inverse_factor**2, axis=0)
    residual = np.sum(scipy.linalg.cho_solve((L, True), Y, check_finite=False) ** 2, axis=1)
    return float(np.sum(residual / diagonal**2) * diagonal.mean() ** 2 / residual.sum())
