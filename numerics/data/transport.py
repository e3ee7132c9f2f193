"""Learning curves beyond the labels: what n points with a small ridge show of more points with a larger one.

The risk of ridge regression depends on the data through κ alone: on d(κ), T(κ) + σ² and their slopes. On n labelled points
these are measured at every κ above that of ridge 0, with eigenvalues λ_k of K/n and power s_k = |u_kᵀY|²/n, by a ridge μ:

    κ = n/Σ g_k     d = n − μ Σ g_k     T + σ² = κ Σ s_k g_k     B + σ² = n Σ s_k g_k²/Σ g_k²        g_k = 1/(λ_k + μ)

P > n points at ridge λ see the κ where λ = κ (1 − d/P), which n points see at some μ < λ. So the curve is carried over, with no
law assumed for the spectrum or the target, as far as κ is in reach.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import brentq

from numerics.data.arrays import Array
from numerics.data.kernel_ridge import Measured
from numerics.data.pool import Pool
from numerics.fit.models.at_kappa import risk_at
from theory import linear_ridge
from theory.errors import BadArgument

REACH = 0.3  # decades of κ: with fewer in reach, errors are those of any extrapolation
LOWEST, HIGHEST = -27.6, 200.0  # of ln μ, in units of the largest eigenvalue: rounding, and where nothing is learnt to 1e-80
FAR = 1e3  # stands for ln 0
CHAIN = linear_ridge()


class Carried(NamedTuple):
    """What is carried over, arrays of shape (n_points,).

    Attributes
    ----------
    test, train : ndarray
        Predicted errors at P, as `learning_curve` counts them.
    kappa : ndarray
        κ there.
    reach : ndarray
        Decades between κ and the least that the labelled points see.
    """

    test: Array
    train: Array
    kappa: Array
    reach: Array

    def joined(self, inside: Any, theory: Any) -> tuple[Array, Array, Array]:
        """Return test, train and κ at all points: what the pool's theory says inside, what is carried over beyond."""
        found = []
        for name, beyond in (("test", self.test), ("train", self.train), ("kappa", self.kappa)):
            row = np.empty(len(inside))
            row[~inside] = beyond
            if theory is not None:
                row[inside] = getattr(theory, name)
            found.append(row)
        return found[0], found[1], found[2]


class Traces(NamedTuple):
    """Traces of the population at the κ that a ridge on the labelled points gives, κ in units of the largest eigenvalue."""

    kappa: float
    dof: float
    moved: float
    bias: float


def within(sizes: Any, inside: Any, measure: Callable[[Any], Measured]) -> Measured:
    """Return measurements at all sizes, NaN with no trials where a size is not inside the pool."""
    rows = {name: np.full(len(sizes), np.nan) for name in ("test", "test_stderr", "train", "train_stderr")}
    trials: Any = np.zeros(len(sizes), dtype=np.int64)
    if inside.any():
        found = measure(sizes[inside])
        trials[inside] = found.trials
        for name, row in rows.items():
            row[inside] = getattr(found, name)
    return Measured(sizes, trials, **rows)


def decades_in_reach(pool: Pool, n_samples: Any, ridge: float) -> Array:
    """Return the decades between the population's κ at each P and the least that the pool's points see; −inf below it."""
    least, found = least_kappa(pool), []
    for P in np.asarray(n_samples, dtype=np.float64):
        at = seen_at(pool, P, ridge)
        found.append(-np.inf if at is None else np.log10(at.kappa / least))
    return np.array(found, dtype=np.float64)


def measured_at(pool: Pool, log_mu: float) -> Traces:
    """Return κ and B + σ², d, and the share a of it that moves with κ, measured at a ridge on all points of a pool.

    Parameters
    ----------
    pool : Pool
        The labelled points.
    log_mu : float
        ln μ; it and κ are in units of the largest eigenvalue.
    """
    x, mu = pool.eigenvalues / pool.eigenvalues[0], float(np.exp(log_mu))
    g = 1.0 / (x + mu)
    weight = g * g
    first, second = float(g.sum()), float(weight.sum())
    dof, spread = float(x @ g), float(x @ weight)  # spread: Σ g − μ Σ g², without subtraction
    return Traces(len(g) / first, dof, spread * first / second / dof, len(g) * float(pool.signal @ (weight / second)))


def least_kappa(pool: Pool) -> float:
    """Return the least κ that a pool's points see, in units of the largest eigenvalue: that of ridge 0, to rounding."""
    return measured_at(pool, LOWEST).kappa


def seen_at(pool: Pool, P: float, ridge: float) -> Traces | None:
    """Return the traces at the κ that P samples see at a ridge, λ P/p = κ (1 − d/p); None if that is out of reach."""
    p = P - pool.intercept
    with np.errstate(divide="ignore"):
        wanted = np.log(ridge) + np.log(P / p) - np.log(pool.eigenvalues[0])
    wanted = float(np.clip(wanted, LOWEST, HIGHEST))

    def excess(log_mu: float) -> float:
        at = measured_at(pool, log_mu)
        return float(np.log(at.kappa) + np.log1p(-at.dof / p)) - wanted if at.dof < p else -FAR

    low, high = LOWEST, float(np.logaddexp(wanted, np.log(len(pool.eigenvalues))))
    if excess(low) >= 0.0:
        return None
    while excess(high) <= 0.0:
        high += 1.0
    return measured_at(pool, float(brentq(excess, low, high, xtol=1e-12)))


def carried_over(pool: Pool, n_samples: Any, ridge: float, note: str = "") -> Carried:
    """Return the learning curve at more samples than a pool has, at the same ridge.

    Parameters
    ----------
    pool : Pool
        All labelled points.
    n_samples : ndarray of int, shape (n_points,)
        P, at least the number of points.
    ridge : float
        λ = δ/P > 0.
    note : str
        What an error adds.

    Returns
    -------
    Carried
        Errors, κ, and how far it is in reach.

    Raises
    ------
    ValueError
        If fewer than 0.3 decades of κ are in reach at some P.
    """
    rows = []
    for P, reach in zip(np.asarray(n_samples, dtype=np.float64), decades_in_reach(pool, n_samples, ridge), strict=True):
        at = seen_at(pool, P, ridge) if reach >= REACH else None
        if at is None:
            raise BadArgument(
                "n_samples", int(P),
                f"within reach of the pool: at λ = {ridge:.3g} {max(reach, 0.0):.2g} decades of κ are, of {REACH} needed",
                f"ask for fewer samples or a larger ridge, or label more points{note}",
            )  # fmt: skip
        p = P - pool.intercept
        t = 1.0 - at.dof / p
        values = {"B": at.bias, "sigma2": 0.0, "a": at.moved, "abar": 1.0 - at.moved, "t_P": t, "u_P": at.dof / p}
        test = float(risk_at(CHAIN, values))
        kappa = at.kappa * float(pool.eigenvalues[0])
        rows.append((test * (1.0 + pool.intercept / P), test * t * t * p / P, kappa, reach))
    return Carried(*np.array(rows, dtype=np.float64).reshape(-1, 4).T)
