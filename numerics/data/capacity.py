"""The capacity α of data, from how the renormalised ridge falls with the number of samples.

    κ̂(P) = 1/tr[(K_P + δI)⁻¹]        α̂ = −d ln κ̂/d ln P        δ = λ P

For λ_k ~ k^-α without ridge κ ~ P^-α at any P above a few, whereas the slope of a sample's ranked eigenvalues is biased
by those near the cut. A ridge λ ≫ P^-α hides the capacity: κ̂ then tends to λ.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike

from numerics.data.arrays import Array
from numerics.data.kernel_ridge import checked_ridge, factor, number_of_trials, sample_sizes
from numerics.data.pool import kernel_array
from numerics.montecarlo.trials import run_trials
from theory.errors import BadArgument


@dataclass(frozen=True)
class CapacityEstimate:
    """Capacity from κ̂.

    Attributes
    ----------
    capacity, stderr : float
        α̂ from a straight line through ln κ̂ against ln P in each trial: mean over trials and its standard error.
    n_samples : ndarray of int, shape (n_points,)
        P, increasing.
    kappa : ndarray of shape (n_points,)
        κ̂(P), geometric mean over trials.
    local_capacity, local_stderr : ndarray of shape (n_points − 1,)
        α̂ between neighbouring P; where it drifts with P the data have no single capacity.
    """

    capacity: float
    stderr: float
    n_samples: Array
    kappa: Array
    local_capacity: Array
    local_stderr: Array


def capacity_estimate(
    kernel: ArrayLike,
    n_samples: ArrayLike | None = None,
    ridge: float = 0.0,
    trials: int = 8,
    seed: int = 0,
    *,
    executor: Executor | None = None,
) -> CapacityEstimate:
    """Estimate the capacity of a kernel on a pool of points.

    Parameters
    ----------
    kernel : array_like of shape (M, M)
        Without repeated points, which make κ̂ vanish. Nearly repeated ones make it noisy: points on a line or a surface
        need many trials.
    n_samples : array_like of int, shape (n_points,), optional
        At least two sizes P ≤ M, increasing; by default M/32, M/16, …, M/2.
    ridge : float
        λ = δ/P ≥ 0.
    trials : int
        At least 2. Each takes nested subsets in its own random order; as P nears M the trials share their points, and
        the standard error leaves out the spread between pools.
    seed : int
        ≥ 0; trial i depends on it and on i alone.
    executor : concurrent.futures.Executor, optional
        Where to run the trials; the numbers do not depend on it. See `simulate`.

    Returns
    -------
    CapacityEstimate
        α̂ with its standard error, and κ̂ at each size.

    Raises
    ------
    ValueError
        If an argument is out of range, or K_P + δI is singular to rounding.
    """
    K, eps = kernel_array(kernel)
    P = sample_sizes(_default_sizes(len(K)) if n_samples is None else n_samples, 1, len(K))
    if len(P) < 2 or (np.diff(P) <= 0).any():
        raise BadArgument("n_samples", n_samples, "at least two increasing sizes", "a slope needs two points")
    trials = number_of_trials(trials, "a standard error needs two trials")
    delta = checked_ridge(ridge) * P
    log_kappa = np.array(run_trials(_Trial(K, tuple(P.tolist()), tuple(delta.tolist()), eps), trials, seed, executor=executor))
    log_P = np.log(P)
    local = -np.diff(log_kappa, axis=1) / np.diff(log_P)
    centred = log_P - log_P.mean()
    slopes = -log_kappa @ centred / np.sum(centred**2)
    root = np.sqrt(trials)
    return CapacityEstimate(
        capacity=float(slopes.mean()),
        stderr=float(slopes.std(ddof=1) / root),
        n_samples=P,
        kappa=np.exp(log_kappa.mean(axis=0)),
        local_capacity=local.mean(axis=0),
        local_stderr=local.std(axis=0, ddof=1) / root,
    )


def _default_sizes(size: int) -> Any:
    return np.unique(np.maximum(size // 2 ** np.arange(5, 0, -1), 1))


@dataclass(frozen=True, eq=False)
class _Trial:
    """ln κ̂ at all sizes, on nested subsets in a random order."""

    K: Array
    sizes: tuple[int, ...]
    deltas: tuple[float, ...]
    eps: float

    def __call__(self, stream: np.random.Generator) -> Array:
        order = stream.permutation(len(self.K))
        pairs = zip(self.sizes, self.deltas, strict=True)
        return np.array([_log_kappa(self.K, order[:size], delta, self.eps) for size, delta in pairs])


def _log_kappa(K: Array, rows: Any, delta: float, eps: float) -> float:
    """Return −ln tr (K_P + δI)⁻¹ = −ln ‖L⁻¹‖², a sum of positive terms."""
    inverse_factor = scipy.linalg.solve_triangular(
        factor(K[np.ix_(rows, rows)], delta, eps), np.eye(len(rows)), lower=True, check_finite=False
    )
    return -float(np.log(np.sum(inverse_factor**2)))
