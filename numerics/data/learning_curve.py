"""Learning curves of kernel ridge regression on real data: predicted from the spectrum, and measured by random splits.

Training sets of P points are drawn without replacement from a pool of M; the error is that on the M − P left out.
The prediction is the chain `Chain(PoolSamples())` on the spectrum of the pool (design/mathematics.md, section 13),

    λ = κ (1 − d/P)/(1 − d/M)        λ = δ/P, the ridge beside the normalised kernel K/P,

and the measurement is kernel ridge itself (`numerics.data.kernel_ridge`), which knows nothing of the theory.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from numerics.data.kernel_ridge import checked_ridge, loo_over_gcv, measured_learning_curve, sample_sizes
from numerics.data.kernels import Array, kernel_matrix, standardise
from numerics.data.sets import Pool, centred_targets, clean, pool_spectrum
from theory import Chain, PoolSamples
from theory.errors import BadArgument

SAFE_RIDGE = 0.01
LARGEST_SHARE = 0.8
STEEP = 3.0


class TheoryLimitWarning(UserWarning):
    """The prediction is asked for where it is known to be inaccurate."""


@dataclass(frozen=True)
class LearningCurve:
    """Prediction beside measurement, at each number of samples (arrays of shape (n_points,)).

    Attributes
    ----------
    n_samples : ndarray of int
        P.
    predicted, measured, stderr : ndarray
        Held-out error, summed over outputs: theory, mean over splits, standard error of that mean.
    relative_error : ndarray
        (predicted − measured)/measured.
    predicted_train, measured_train, train_stderr : ndarray
        The same for the training error.
    kappa : ndarray
        The renormalised ridge of the theory.
    trials : ndarray of int
        The number of splits.
    ridge : float
        λ = δ/P.
    pool_size : int
        M.
    null_error : float
        |Y|²/M, the error of the predictor 0.
    warnings : tuple of str
        Every warning given on the way.
    """

    n_samples: Array
    predicted: Array
    measured: Array
    stderr: Array
    relative_error: Array
    predicted_train: Array
    measured_train: Array
    train_stderr: Array
    kappa: Array
    trials: Array
    ridge: float
    pool_size: int
    null_error: float
    warnings: tuple[str, ...]

    @property
    def median_relative_error(self) -> float:
        """The median of |relative_error|."""
        return float(np.median(np.abs(self.relative_error)))


def predicted_learning_curve(pool: Pool, n_samples: ArrayLike, ridge: float) -> Any:
    """Return the theory's `evaluate` result for training sets drawn from the pool, arrays of shape (n_points,).

    Parameters
    ----------
    pool : Pool
    n_samples : array_like of int, shape (n_points,)
        1 ≤ P ≤ M. Beyond the pool there is no prediction: take a larger pool.
    ridge : float
        λ = δ/P ≥ 0.

    Returns
    -------
    Evaluation
        `.test` is the error on the rest of the pool (at P = M: on one more point, generalised cross-validation),
        `.train`, `.kappa`, `.converged`, `.status`.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    P = sample_sizes(n_samples, pool.size)
    return Chain(PoolSamples()).evaluate(pool.population, n_samples=P, ridge=checked_ridge(ridge))


def limits(pool: Pool, ridge: float) -> tuple[str, ...]:
    """Return, in words, where the theory is known to fail at this pool and ridge (nothing where it holds)."""
    small = ridge < SAFE_RIDGE * pool.mean_diagonal * (1.0 - 1e-9)
    if not small:
        return ()
    floor = f"λ = {ridge:.3g} is below {SAFE_RIDGE} of the mean K(x,x), {SAFE_RIDGE * pool.mean_diagonal:.3g}"
    if decay(pool) > STEEP:
        return (f"{floor}, and the spectrum falls faster than a power law: expect errors of 20-50 % or worse",)
    return (f"{floor}: expect errors of 10-30 % where P comes near the pool's size, more in one or two dimensions",)


def decay(pool: Pool) -> float:
    """Return −d ln λ/d ln k between a quarter and a half of the rank, the steepness of the tail; 0 below rank 4."""
    half, quarter = pool.rank // 2, pool.rank // 4
    if quarter == 0:
        return 0.0
    return float(np.log(pool.eigenvalues[quarter - 1] / pool.eigenvalues[half - 1]) / np.log(half / quarter))


def default_sample_sizes(pool_size: int, n_points: int = 12) -> Any:
    """Return log-spaced P from a hundredth of the pool (at least 10) to 0.8 of it."""
    largest = np.floor(LARGEST_SHARE * pool_size)
    sizes = np.geomspace(min(max(10.0, pool_size / 100), largest), largest, n_points)
    return np.unique(np.round(sizes).astype(np.int64))


def learning_curve(
    X: ArrayLike,
    y: ArrayLike,
    kernel: str = "rbf",
    *,
    ridge: float | None = None,
    n_samples: ArrayLike | None = None,
    pool: int | None = None,
    trials: int | None = None,
    seed: int = 0,
    classes: bool | None = None,
    scaling: str = "global",
    bandwidth: float | None = None,
    degree: int = 3,
    loo_correction: bool = False,
    progress: Callable[[float, float], None] | None = None,
) -> LearningCurve:
    """Predict the learning curve of kernel ridge on a data set from its spectrum, and measure it.

    Parameters
    ----------
    X : array_like of shape (n_rows, n_features)
        The whole set or a random part of it is the pool of M points, cleaned as by `clean`.
    y : array_like of shape (n_rows,) or (n_rows, n_outputs)
        Class labels or real targets (`centred_targets`).
    kernel, bandwidth, degree
        See `kernel_matrix`.
    ridge : float, optional
        λ = δ/P, the same at every P; by default 0.01 · mean K(x, x), the least at which the theory is reliable.
    n_samples : array_like of int, optional
        1 ≤ P ≤ M − 1; by default `default_sample_sizes`.
    pool : int, optional
        M, to draw that many rows at random; by default all.
    trials, seed
        See `measured_learning_curve`; the seed also draws the pool.
    classes : bool, optional
        See `centred_targets`.
    scaling : {"global", "each", "none"}
        See `standardise`; taken from the pool.
    loo_correction : bool
        Multiply the predicted held-out error by (LOO/GCV)^(P/M) of `loo_over_gcv`. It helps small ridges on some data
        and hurts on others, so it is off.
    progress : callable, optional
        Called with (done, total) as the measurement advances; see `measured_learning_curve`.

    Returns
    -------
    LearningCurve

    Warns
    -----
    TheoryLimitWarning
        Where the ridge is too small for the theory, or the solver did not converge.
    DataWarning
        Where columns or rows were left out.

    Raises
    ------
    ValueError
        If data or parameters are not admissible.
    """
    data = clean(X, y, classes=classes)
    rows = _pool_rows(len(data.features), pool, seed)
    targets = centred_targets(data.targets[rows], classes=False)
    K = kernel_matrix(standardise(data.features[rows], scaling), kernel, bandwidth=bandwidth, degree=degree)
    spectrum = pool_spectrum(K, targets)
    lam = SAFE_RIDGE * spectrum.mean_diagonal if ridge is None else checked_ridge(ridge)
    sizes = default_sample_sizes(len(K)) if n_samples is None else sample_sizes(n_samples, len(K) - 1)
    measured = measured_learning_curve(K, targets, sizes, lam, trials, seed, progress)
    theory = predicted_learning_curve(spectrum, sizes, lam)
    messages = list(limits(spectrum, lam))
    converged = np.broadcast_to(theory.converged, sizes.shape)
    if not converged.all():
        messages.append(f"the prediction did not converge at P = {sizes[~converged].tolist()}")
    for message in messages:
        warnings.warn(message, TheoryLimitWarning, stacklevel=2)
    factor = loo_over_gcv(K, targets, lam) ** (sizes / len(K)) if loo_correction else np.ones(len(sizes))
    predicted = theory.test * factor
    return LearningCurve(
        n_samples=sizes,
        predicted=predicted,
        measured=measured.test,
        stderr=measured.test_stderr,
        relative_error=(predicted - measured.test) / measured.test,
        predicted_train=theory.train,
        measured_train=measured.train,
        train_stderr=measured.train_stderr,
        kappa=theory.kappa,
        trials=measured.trials,
        ridge=lam,
        pool_size=len(K),
        null_error=float(spectrum.signal.sum()),
        warnings=(*data.notes, *messages),
    )


def _pool_rows(n_rows: int, pool: int | None, seed: int) -> Any:
    if pool is None:
        return np.arange(n_rows)
    if not (isinstance(pool, int | np.integer) and 3 <= pool <= n_rows):
        raise BadArgument("pool", pool, f"an integer from 3 to the number of rows, {n_rows}", "leave it out to take all rows")
    # A stream of its own, apart from those of the trials.
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0, 0))).permutation(n_rows)[:pool]
