"""Kernel ridge regression itself, on random splits of a pool: the experiment that the theory is held against.

    f = ȳ + [K_test,train − (means over the training rows)] (K_train + δ I)⁻¹ (Y_train − ȳ)        δ = λ P

with ȳ the mean of the training targets and K_train centred on the training rows in feature space, so that nothing of a test row
is in its prediction; without an intercept f = K_test,train (K_train + δ I)⁻¹ Y_train. Nothing here knows a formula or a
spectrum. Every trial has its own random stream, whatever runs before or beside it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike

from numerics.data.arrays import Array, real_numbers
from numerics.data.kernels import MOST_ROWS
from numerics.data.pool import kernel_and_targets, without_mean
from numerics.montecarlo.trials import MOST_TRIALS, generator, run_trials
from theory.errors import BadArgument, real_array, truth, whole_number
from theory.keywords import says_what_is_meant

FLOPS = 2e11
MOST_POINTS = 100_000


@dataclass(frozen=True)
class Measured:
    """Errors of kernel ridge over random splits, at each number of samples (arrays of shape (n_points,)).

    Attributes
    ----------
    n_samples, trials : ndarray of int
        P, and the splits at each.
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


def sample_sizes(n_samples: ArrayLike, least: int, most: int, remedy: str = "") -> Any:
    """Return `n_samples` as a one-dimensional array of int from `least` to `most`, or raise `ValueError`."""
    admissible = f"whole numbers from {least} to {most}"
    remedy = remedy or "training sets are drawn from the pool without replacement; take a larger pool"
    P = np.atleast_1d(real_numbers("n_samples", n_samples, admissible))
    if P.ndim != 1 or not 0 < P.size <= MOST_POINTS or not (P.min() >= least and P.max() <= most and (np.mod(P, 1) == 0).all()):
        raise BadArgument("n_samples", n_samples, admissible, remedy)
    return P.astype(np.int64)


def checked_ridge(ridge: float) -> float:
    """Return `ridge` as a float, or raise `ValueError` if it is negative or not finite."""
    admissible, remedy = "one non-negative finite number", "it is λ = δ/P beside the normalised kernel K/P"
    value = real_array("ridge", ridge, admissible, remedy)
    if value.ndim != 0 or not 0.0 <= value < np.inf:
        raise BadArgument("ridge", ridge, admissible, remedy)
    return float(value)


def number_of_trials(trials: int, why: str) -> int:
    """Return a number of trials for a standard error, or raise `ValueError`."""
    return whole_number("trials", trials, 2, MOST_TRIALS, why)


def default_trials(n_samples: ArrayLike) -> Any:
    """Return a number of splits for each P: 30, fewer where a solve is dear (2·10¹¹ flops a point), at least 4."""
    P = sample_sizes(n_samples, 1, MOST_ROWS)
    return np.clip(FLOPS / (P.astype(np.float64) ** 3 / 3.0), 4, 30).astype(np.int64)


def permutation(seed: int, trial: int, size: int) -> Any:
    """Return the order in which a trial takes the points: its own stream, whatever runs before or beside it."""
    return generator(seed, trial).permutation(size)


def factor(K: Array, shift: float, eps: float, intercept: bool = False) -> Any:
    """Return the lower Cholesky factor of K + shift·I on some points; with an intercept, of QᵀKQ + shift·I (`without_mean`).

    Raises
    ------
    ValueError
        If that is singular to rounding, ε of the entries of K, or its diagonal shows that K is no kernel.
    """
    A = without_mean(without_mean(K).T) if intercept else K.copy()
    if float(A.diagonal().min()) < -np.sqrt(eps) * np.abs(K).max():
        raise BadArgument("kernel", K, "positive semidefinite", "this is not a kernel; check how it was computed")
    A[np.diag_indices_from(A)] += shift
    least = len(K) * eps * max(float(np.abs(K).max()), float(A.diagonal().max()))
    try:
        L = scipy.linalg.cholesky(A.T, lower=True, overwrite_a=True, check_finite=False)
        if float(L.diagonal().min()) ** 2 > least:
            return L
    except np.linalg.LinAlgError:
        pass
    repeated = len(np.unique(K, axis=0)) < len(K)
    cause = "there are repeated points; remove them, or" if repeated else "the rank of the kernel is smaller;"
    admissible = f"large enough for K + δI to be invertible at P = {len(K)}"
    raise BadArgument("ridge", shift / len(K), admissible, f"{cause} use a positive ridge")


@says_what_is_meant
def measured_learning_curve(
    kernel: ArrayLike,
    targets: ArrayLike,
    n_samples: ArrayLike,
    ridge: float,
    trials: int | None = None,
    seed: int = 0,
    progress: Callable[[float, float], None] | None = None,
    *,
    intercept: bool = True,
    executor: Executor | None = None,
) -> Measured:
    """Measure held-out and training errors of kernel ridge over random splits without replacement.

    Parameters
    ----------
    kernel : array_like of shape (M, M)
        Symmetric and positive semidefinite; with an intercept, on vectors of sum zero.
    targets : array_like of shape (M,) or (M, n_outputs)
        With an intercept their mean makes no difference.
    n_samples : array_like of int, shape (n_points,)
        2 ≤ P ≤ M − 1, from 1 without an intercept.
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
    intercept : bool
        Fit a mean without penalty, on the training rows: targets and kernel are centred on them alone. Without it the
        predictor is 0 far from all points, and targets centred beforehand have seen the held-out rows.
    executor : concurrent.futures.Executor, optional
        Where the splits run, one trial (all its sizes) a task; in this process when left out. Threads share the kernel,
        processes get a copy for each trial. It is not shut down.

    Returns
    -------
    Measured
        Errors and their standard errors, arrays of shape (n_points,).

    Raises
    ------
    ValueError
        If an argument is out of range, or K_train + δI is singular to rounding.
    """
    K, Y, eps = kernel_and_targets(kernel, targets)
    sizes = sample_sizes(n_samples, 1 + truth("intercept", intercept), len(K) - 1)
    split = functools.partial(_split, eps=eps, intercept=bool(intercept))
    return measured_by(split, K, Y, sizes, checked_ridge(ridge), trials, seed, progress, executor)


def measured_by(
    split: Callable[..., tuple[float, float]], K: Any, Y: Array, P: Any, ridge: float, trials: int | None, seed: int,
    progress: Callable[[float, float], None] | None, executor: Executor | None,
) -> Measured:  # fmt: skip
    """Return the measurement by a function (K, Y, order, size, ridge) that returns (test, train) of one split; it pickles."""
    if trials is not None:
        trials = number_of_trials(trials, "a standard error needs two splits")
    generator(seed, 0)
    if progress is not None and not callable(progress):
        raise BadArgument("progress", progress, "a callable of (done, total)", "leave it out")
    counts = default_trials(P) if trials is None else np.full(len(P), trials)
    unit = int(np.frexp(np.abs(Y).max())[1])  # squares of squares must be doubles
    Y = np.ldexp(Y, -unit)
    work = P**3 / 3.0 + P * float(len(K))
    if executor is not None:
        return _elsewhere(_Trial(split, K, Y, ridge), P, counts, unit, seed, executor, progress, work)
    done, total = 0.0, float(np.sum(counts * work))
    rows = []
    for size, count, cost in zip(P, counts, work, strict=True):
        errors = np.empty((count, 2))
        for trial in range(count):
            with np.errstate(over="ignore", invalid="ignore"):
                errors[trial] = split(K, Y, permutation(seed, trial, len(K)), size, ridge)
            done += cost
            if progress is not None:
                progress(done, total)
        if not np.isfinite(errors).all():
            raise BadArgument("kernel", K, "such that the inverse of K + δI is within doubles", "rescale it")
        rows.append(errors)
    return _averaged(P, counts, rows, unit)


def _averaged(P: Any, counts: Any, errors: Sequence[Array], unit: int) -> Measured:
    """Return means and standard errors of the splits at each size, each of shape (n_trials, 2): test and train."""
    rows = [np.stack([each.mean(axis=0), each.std(axis=0, ddof=1) / np.sqrt(len(each))]) for each in errors]
    (test, train), (test_stderr, train_stderr) = np.moveaxis(np.ldexp(rows, 2 * unit), 0, -1)
    return Measured(P, counts, test, test_stderr, train, train_stderr)


@dataclass(frozen=True, eq=False)
class _Trial:
    """All sizes of one trial, from its generator; pickles."""

    split: Callable[..., tuple[float, float]]
    K: Any
    Y: Array
    ridge: float
    sizes: tuple[int, ...] = ()

    def __call__(self, stream: np.random.Generator) -> Array:
        """Return (test, train) at each size, of shape (n_sizes, 2)."""
        order = stream.permutation(len(self.K))
        with np.errstate(over="ignore", invalid="ignore"):
            return np.array([self.split(self.K, self.Y, order, size, self.ridge) for size in self.sizes])


def _elsewhere(
    trial: _Trial, P: Any, counts: Any, unit: int, seed: int, executor: Executor, progress: Any, work: Array
) -> Measured:
    """Return the same from an executor: trials that have the same sizes run together."""
    found: list[list[Array]] = [[] for _ in P]
    done, total, first = 0.0, float(np.sum(counts * work)), 0
    for last in np.unique(counts):
        here = np.flatnonzero(counts >= last)
        cost = float(work[here].sum())

        def told(finished: float, _: float, before: float = done, each: float = cost) -> None:
            if progress is not None and finished:
                progress(before + finished * each, total)

        part = replace(trial, sizes=tuple(int(size) for size in P[here]))
        for errors in run_trials(part, int(last) - first, seed, executor=executor, first=first, progress=told):
            for place, pair in zip(here, errors, strict=True):
                found[place].append(pair)
        done, first = done + cost * (int(last) - first), int(last)
    rows = [np.array(errors) for errors in found]
    if not all(np.isfinite(errors).all() for errors in rows):
        raise BadArgument("kernel", trial.K, "such that the inverse of K + δI is within doubles", "rescale it")
    return _averaged(P, counts, rows, unit)


def _split(
    K: Array, Y: Array, order: Any, size: int, ridge: float, eps: float, intercept: bool
) -> tuple[float, float]:
    """Return (test, train) of one split. The training residual is δ times the dual weights, without subtraction."""
    train, test = order[:size], order[size:]
    K_train, K_test, Y_train, Y_test = K[np.ix_(train, train)], K[np.ix_(test, train)], Y[train], Y[test]
    delta = ridge * float(size)
    L = factor(K_train, delta, eps, intercept)
    if intercept:
        K_test, Y_test = without_mean((K_test - K_train.mean(axis=0)).T).T, Y_test - Y_train.mean(axis=0)
        Y_train = without_mean(Y_train)
    dual = scipy.linalg.cho_solve((L, True), Y_train, check_finite=False)
    residual = Y_test - K_test @ dual
    return float(np.sum(residual**2)) / len(test), float(np.sum((delta * dual) ** 2)) / size


def loo_over_gcv(kernel: ArrayLike, targets: ArrayLike, ridge: float, *, intercept: bool = True) -> float:
    """Return the leave-one-out error of the whole pool at δ = λM over its generalised cross-validation.

    With G = (K + δI)⁻¹, or G = Q (QᵀKQ + δI)⁻¹ Qᵀ with an intercept, the residuals left out are (GY)_i/G_ii, and those of the
    latter (GY)_i/(tr G/M).

    Raises
    ------
    ValueError
        If an argument is out of range, or K + δI is singular to rounding.
    """
    K, Y, eps = kernel_and_targets(kernel, targets)
    M, basis = len(K), np.eye(len(K))
    if not (Y - Y[0] * truth("intercept", intercept)).any():
        raise BadArgument("targets", Y, "varying between rows", "there is nothing to learn from a constant target")
    L = factor(K, checked_ridge(ridge) * M, eps, bool(intercept))
    if intercept:
        basis, Y = without_mean(basis), without_mean(Y)
    inverse_factor = scipy.linalg.solve_triangular(L, basis, lower=True, check_finite=False)
    diagonal = np.sum(inverse_factor**2, axis=0)
    residual = basis.T @ scipy.linalg.cho_solve((L, True), Y / np.abs(Y).max(), check_finite=False) / diagonal.mean()
    return float(np.sum((residual * (diagonal.mean() / diagonal)[:, None]) ** 2) / np.sum(residual**2))
