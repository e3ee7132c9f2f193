"""Learning curves of kernel ridge regression on real data: predicted from the spectrum, and measured by random splits.

Training sets of P points are drawn without replacement from a pool of M; the error is that on the M − P left out, and the mean
is fitted on the training set, without penalty (an intercept). That takes the constant out of everything: what is left is the
chain `Chain(PoolSamples())` of p = P − 1 rows drawn from the m = M − 1 modes of a pool whose mean is known,

    λ P/p = κ (1 − d/p)/(1 − d/m)        λ = δ/P, the ridge beside the normalised kernel K/P.

A held-out point is measured from the mean of the training set, e_j − 1/P in the space of the pool: orthogonal to all that was
trained on, and of squared length 1 + 1/P. So its error is 1 + 1/P times that of the chain; the training error, of P residuals
with p degrees of freedom, is p/P times it. The measurement is kernel ridge itself (`numerics.data.kernel_ridge`), which knows
nothing of the theory. Beyond the pool there is no measurement, and the prediction is carried over from it as far as it reaches
(`numerics.data.transport`).
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from numerics.data.given_kernel import Kernel, given_kernel
from numerics.data.kernel_ridge import (
    MOST_POINTS,
    Measured,
    checked_ridge,
    loo_over_gcv,
    measured_by,
    measured_learning_curve,
    sample_sizes,
)
from numerics.data.kernels import MOST_ROWS
from numerics.data.large.leading import check_leading, leading_pool, rest_error
from numerics.data.large.matrix import single_matrix
from numerics.data.large.splits import single_split
from numerics.data.pool import Pool, pool_spectrum
from numerics.data.sets import DataSet
from numerics.data.targets import Kind, centred
from numerics.data.transport import carried_over, decades_in_reach, within
from numerics.montecarlo.trials import generator
from theory import Chain, PoolSamples
from theory.errors import BadArgument, real_array, truth, whole_number
from theory.keywords import says_what_is_meant
from theory.results.inputs import Inputs
from theory.results.result import PerPoint, Result
from theory.results.status import Code, reasons
from theory.solve.status import Status, converged

SAFE_RIDGE = 0.01
LARGE, MODES = 10_000, 1000  # points of a pool whose modes are all computed by default, and how many are of a larger one
LARGEST_SHARE = 0.8
MOST_PREDICTED = 10**15
STEEP = 3.0
CHAIN = Chain(PoolSamples())


class TheoryLimitWarning(UserWarning):
    """The prediction is asked for where it is known to be inaccurate."""


@dataclass(frozen=True, eq=False, repr=False)
class Prediction(Result):
    """What the theory says of a pool, at each number of samples (arrays of shape (n_points,)).

    Attributes
    ----------
    n_samples : ndarray of int
        P.
    test, train : ndarray
        Held-out error (at P = M: on one more point) and training error, summed over outputs.
    kappa : ndarray
        κ, the ridge that the modes see.
    status : ndarray of int
        What became of κ at each point, a code of `theory.solve.status.Status`.
    inputs : Inputs
        P and λ.
    """

    outcomes: ClassVar[type[Code]] = Status

    n_samples: PerPoint
    test: PerPoint
    train: PerPoint
    kappa: PerPoint
    status: PerPoint

    @property
    def converged(self) -> NDArray[np.bool_]:
        """Whether κ was found, at each point; if not, `reasons` says why."""
        return converged(self.status)

    @property
    def reasons(self) -> NDArray[np.str_]:
        """The status of each point in words."""
        return reasons(self.status, Status)


@dataclass(frozen=True, repr=False)
class LearningCurve(Result):
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
    reach : ndarray
        Decades between the population's κ at each point and the least that the pool shows. Beyond the pool (P ≥ M), where
        nothing is measured (NaN, no trials) and `kappa` is the population's, predictions are refused below 0.3.
    ridge : float
        λ = δ/P.
    pool_size : int
        M.
    null_error : float
        The mean square of the targets about their mean over the pool, summed over outputs.
    warnings : tuple of str
        Every warning given on the way, and all notes on the data.
    kind : {"classes", "numbers"}
        What the targets were: one output a class, or numbers.
    intercept : bool
        Whether the mean was fitted on each training set; always, here.
    prediction_error : ndarray
        How far `predicted` may be off, relatively, by the modes of the pool that were not computed; 0 where all were.
    inputs : Inputs
        P, λ, the kernel and the seed.
    """

    n_samples: PerPoint
    predicted: PerPoint
    measured: PerPoint
    stderr: PerPoint
    relative_error: PerPoint
    predicted_train: PerPoint
    measured_train: PerPoint
    train_stderr: PerPoint
    kappa: PerPoint
    trials: PerPoint
    reach: PerPoint
    ridge: float
    pool_size: int
    null_error: float
    warnings: tuple[str, ...]
    kind: Kind = "numbers"
    intercept: bool = True
    prediction_error: PerPoint = None

    @property
    def median_relative_error(self) -> float:
        """The median of |relative_error| where there is a measurement; NaN if there is none."""
        known = np.abs(self.relative_error[~np.isnan(self.relative_error)])
        return float(np.median(known)) if known.size else np.nan


@says_what_is_meant
def predicted_learning_curve(pool: Pool, n_samples: ArrayLike, ridge: float) -> Prediction:
    """Return the errors that the theory predicts for training sets drawn from the pool.

    Parameters
    ----------
    pool : Pool
        With an intercept or without, as `pool_spectrum` was told.
    n_samples : array_like of int, shape (n_points,)
        2 ≤ P ≤ M, from 1 without an intercept. Beyond the pool there is no prediction: take a larger pool.
    ridge : float
        λ = δ/P ≥ 0.

    Returns
    -------
    Prediction
        At P = M without an intercept, the test error is generalised cross-validation.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    if not isinstance(pool, Pool):
        raise BadArgument("pool", pool, "a Pool", "make one by pool_spectrum(kernel, targets)")
    P, lam = sample_sizes(n_samples, 1 + pool.intercept, pool.size), checked_ridge(ridge)
    p = P - pool.intercept
    out = CHAIN.evaluate(pool.population, n_samples=p, ridge=lam * P / p)
    inputs = Inputs(P.shape, {"n_samples": P, "ridge": lam})
    return Prediction(P, out.test * (1.0 + pool.intercept / P), out.train * p / P, out.kappa, out.status, inputs=inputs)


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
    pool_size = whole_number("pool_size", pool_size, 3, MOST_ROWS, "give the number of points of a pool")
    n_points = whole_number("n_points", n_points, 1, MOST_POINTS, "give the number of points of a curve")
    largest = np.floor(LARGEST_SHARE * pool_size)
    sizes = np.geomspace(min(max(10.0, pool_size / 100), largest), largest, n_points)
    return np.unique(np.round(sizes).astype(np.int64))


@contextmanager
def _named_as_here() -> Iterator[None]:
    """Let errors name the arguments of `learning_curve`."""
    try:
        yield
    except BadArgument as bad:
        names = {"features": "X", "targets": "y", "how": "scaling"}
        raise BadArgument(names.get(bad.argument, bad.argument), bad.value, bad.admissible, bad.remedy) from bad


@says_what_is_meant
@_named_as_here()
def learning_curve(
    X: ArrayLike | DataSet,
    y: ArrayLike | None = None,
    kernel: Kernel = "rbf",
    *,
    ridge: ArrayLike | None = None,
    n_samples: ArrayLike | None = None,
    pool: int | None = None,
    modes: int | None = None,
    trials: int | None = None,
    seed: int = 0,
    kind: Kind | None = None,
    scaling: str = "global",
    bandwidth: float | None = None,
    degree: int = 3,
    smoothness: float = 1.5,
    order: int = 1,
    depth: int = 1,
    loo_correction: bool = False,
    executor: Executor | None = None,
    progress: Callable[[float, float], None] | None = None,
) -> Any:
    """Predict the learning curve of kernel ridge on a data set from its spectrum, and measure it.

    The mean of the targets is fitted on each training set, in the measurement and in the prediction. Of the features of the
    pool, held-out rows included, the kernel takes its scale, its bandwidth and, where it has one ("polynomial", "arccos",
    "ntk"), its origin; no target enters it.

    Parameters
    ----------
    X : array_like of shape (n_rows, n_features), or DataSet
        The whole set or a random part of it is the pool of M points, cleaned as by `clean`. With "precomputed" the kernel
        itself, of shape (n_rows, n_rows).
    y : array_like of shape (n_rows,) or (n_rows, n_outputs)
        Class labels or real targets (`centred_targets`); left out with a `DataSet`.
    kernel : str or callable
        A name of `kernel_matrix`; a function K(X, Y) of two matrices of rows, such as scikit-learn's pairwise kernels, which
        sees the features scaled; or "precomputed".
    bandwidth, degree, smoothness, order, depth
        See `kernel_matrix`; of kernels with a name.
    ridge : float or list of float, optional
        λ = δ/P, the same at every P; δ is scikit-learn's `alpha` (`theory.ridge_from`). By default 0.01 · mean K(x, x), the
        least at which the theory is reliable.
    n_samples : array_like of int, optional
        P ≥ 2; by default `default_sample_sizes`. From P = M on, predictions are carried over from the pool, at the same ridge,
        and refused where fewer than 0.3 decades of κ are in reach.
    pool : int, optional
        M, to draw that many rows at random; by default all.
    modes : int, optional
        How many leading modes of the pool the prediction takes one by one, M/2 at most, the kernel in single precision; the
        others count by their trace and their signal, and `prediction_error` says what that may change. By default all up to
        10,000 points, and 1,000 beyond. 20,000 points then take 4 GB, with training sets of 16,000.
    trials, seed
        See `measured_learning_curve`; the seed also draws the pool.
    kind : {"classes", "numbers"}, optional
        What the targets are; guessed and said when left out, see `centred_targets`.
    scaling : {"global", "each", "none"}
        See `standardise`; taken from the pool.
    loo_correction : bool
        Multiply the predicted held-out error by (LOO/GCV)^(P/M) of `loo_over_gcv`, below P = M. It helps small ridges on some
        data and hurts on others, so it is off.
    executor : concurrent.futures.Executor, optional
        Where the splits run, see `measured_learning_curve`; the numbers do not depend on it, but for the last digits.
    progress : callable, optional
        Called with (done, total) as the measurement advances; see `measured_learning_curve`.

    Returns
    -------
    LearningCurve, or a tuple of them
        Prediction and measurement at each P, arrays of shape (n_points,); of a list of ridges one curve each, on the same
        splits.

    Warns
    -----
    TheoryLimitWarning
        Where the ridge is too small for the theory, or the solver did not converge.
    DataWarning
        Where columns or rows were left out, or whole numbers taken for labels or for numbers.

    Raises
    ------
    ValueError
        If data or parameters are not admissible.
    """
    generator(seed, 0)
    correct = truth("loo_correction", loo_correction)
    shape = {"bandwidth": bandwidth, "degree": degree, "smoothness": smoothness, "order": order, "depth": depth}
    given = given_kernel(X, y, kernel, kind, scaling, shape)
    lost = "".join(f"; note that {note}" for note in given.data.notes)
    rows = _pool_rows(len(given.data.features), pool, seed, lost)
    targets = centred(given.data.targets[rows])
    modes = MODES if modes is None and len(rows) > LARGE else modes
    K: Any = given.matrix(rows) if modes is None else single_matrix(given, rows)
    spectrum = pool_spectrum(K, targets) if modes is None else leading_pool(K, targets, modes, seed)
    ridges, several = ([SAFE_RIDGE * spectrum.mean_diagonal], False) if ridge is None else _ridges(ridge)
    sizes = default_sample_sizes(len(K)) if n_samples is None else sample_sizes(n_samples, 2, MOST_PREDICTED, f"give P{lost}")
    inside = sizes < len(K)
    if several and len(ridges) == len(sizes) and not inside.all():
        why = "retuned at each size, what lies beyond the labels needs a κ below what they reach: a power law does as well"
        raise BadArgument("ridge", ridge, f"the same at every P, where P goes beyond the {len(K)} points of the pool", why)
    if modes is not None:
        check_leading(spectrum, ridges, sizes, correct)
    curves = []
    for lam in ridges:
        beyond = carried_over(spectrum, sizes[~inside], lam, lost)
        measure = functools.partial(_measured, K, targets, lam, trials, seed, progress, executor)
        error = np.zeros(len(sizes))
        if modes is not None:
            error = rest_error(spectrum, functools.partial(_predicted, sizes, lam)) + spectrum.rounding / lam
        theory = predicted_learning_curve(spectrum, sizes[inside], lam) if inside.any() else None
        messages = list(limits(spectrum, lam))
        if theory is not None and not theory.converged.all():
            messages.append(f"the prediction did not converge at P = {sizes[inside][~theory.converged].tolist()}")
        for message in messages:
            warnings.warn(message, TheoryLimitWarning, stacklevel=4)
        predicted, predicted_train, kappa = beyond.joined(inside, theory)
        if correct:
            predicted = predicted * np.where(inside, loo_over_gcv(K, targets, lam) ** (sizes / len(K)), 1.0)
        found = predicted, predicted_train, kappa, decades_in_reach(spectrum, sizes, lam)
        asked = {"n_samples": sizes, "ridge": lam, "kernel": given.words, "seed": seed}
        measured, inputs = within(sizes, inside, measure), Inputs(sizes.shape, asked)
        curves.append(_beside(found, measured, lam, given.data, targets, messages, inputs, error))
    return tuple(curves) if several else curves[0]


def _ridges(ridge: Any) -> tuple[list[float], bool]:
    """Return one ridge, or several, checked, and whether they were a list."""
    if not isinstance(ridge, list | tuple | np.ndarray) or (isinstance(ridge, np.ndarray) and not ridge.ndim):
        one: Any = ridge
        return [checked_ridge(one)], False
    array = real_array("ridge", ridge, "one non-negative finite number, or a list of them", "give for example [0.01, 0.1]")
    if array.ndim != 1:
        raise BadArgument("ridge", ridge, "one number, or a list of them", "give for example [0.01, 0.1]")
    return [checked_ridge(float(each)) for each in array], True


def _measured(
    K: NDArray[Any], targets: Any, lam: float, trials: Any, seed: int, progress: Any, executor: Any, sizes: Any
) -> Measured:
    """Return the measurement at some sizes."""
    if K.dtype == np.float32:
        return measured_by(single_split, K, targets.reshape(len(K), -1), sizes, lam, trials, seed, progress, executor)
    return measured_learning_curve(K, targets, sizes, lam, trials, seed, progress, executor=executor)


def _predicted(sizes: Any, lam: float, pool: Pool) -> Any:
    """Return the predicted held-out error."""
    return predicted_learning_curve(pool, sizes, lam).test


def _beside(
    found: tuple[Any, Any, Any, Any], measured: Measured, lam: float, data: DataSet, targets: Any, messages: list[str],
    inputs: Inputs, error: NDArray[np.float64],
) -> LearningCurve:
    """Return prediction (test, train, κ, reach) and measurement side by side."""
    predicted, predicted_train, kappa, reach = found
    with np.errstate(divide="ignore", invalid="ignore"):  # an error of exactly zero may be measured
        relative = (predicted - measured.test) / measured.test
    return LearningCurve(
        n_samples=inputs["n_samples"],
        predicted=predicted,
        measured=measured.test,
        stderr=measured.test_stderr,
        relative_error=relative,
        predicted_train=predicted_train,
        measured_train=measured.train,
        train_stderr=measured.train_stderr,
        kappa=kappa,
        trials=measured.trials,
        ridge=lam,
        pool_size=len(targets),
        null_error=float(np.sum(targets**2)) / len(targets),
        warnings=(*data.notes, *messages),
        kind=data.kind,
        reach=reach,
        prediction_error=error,
        inputs=inputs,
    )


def _pool_rows(n_rows: int, pool: int | None, seed: int, lost: str) -> Any:
    """Return the rows of the pool, drawn where a size is given; `lost` says what was left out of the data."""
    if pool is None:
        if not 3 <= n_rows <= MOST_ROWS:
            admissible = f"of 3 to {MOST_ROWS} different rows, or more with a pool drawn from them"
            raise BadArgument("features", f"{n_rows} rows", admissible, f"pass more rows, or give pool=M{lost}")
        return np.arange(n_rows)
    drawn = whole_number("pool", pool, 3, n_rows, f"it has {n_rows} rows at most; leave it out to take all{lost}")
    # A stream of its own, apart from those of the trials.
    return np.random.default_rng(np.random.SeedSequence(int(seed), spawn_key=(0, 0))).permutation(n_rows)[:drawn]
