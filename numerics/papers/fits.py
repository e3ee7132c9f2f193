"""Fits of a risk by two power laws, and of straight lines in logarithms; uncertainties by a bootstrap over sketches.

The model is R = σ² + c₁ M^-p + c₂ N^-q with σ² known. By default the loss is Σ h(ln R_fit − ln R), h Huber's with scale 1e-3:
quadratic below, linear above, so in effect the sum of absolute relative errors. It is minimised from a grid of starts, the
same for every data set: p and q from `STARTS`, c₁ and c₂ by non-negative least squares at these.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import least_squares, nnls

from numerics.montecarlo.trials import generator
from theory.errors import BadArgument, real_array, whole_number

Array: TypeAlias = NDArray[np.float64]
Scale: TypeAlias = Literal["log risk", "risk", "log reducible"]

STARTS = (0.25, 0.5, 1.0)
HUBER = 1e-3
LEAST = 1e-12  # c₁ and c₂ at a start, over the largest reducible risk: their logarithms are fitted


@dataclass(frozen=True)
class Protocol:
    """What a fit minimises, and over which points.

    Attributes
    ----------
    scale : "log risk", "risk" or "log reducible"
        The residuals are differences of ln R, of R, or of ln(R − σ²).
    huber : float or None
        Scale of Huber's loss; None: least squares.
    least_width, least_samples : float
        Points of smaller M or N are dropped.
    """

    scale: Scale = "log risk"
    huber: float | None = HUBER
    least_width: float = 0.0
    least_samples: float = 0.0

    @property
    def words(self) -> str:
        """The protocol in words."""
        of = {"log risk": "ln R", "risk": "R", "log reducible": "ln(R − σ²)"}[self.scale]
        loss = f"least squares on {of}" if self.huber is None else f"Huber ({self.huber:g}) on {of}"
        limits = (f"{letter} ≥ {least:g}" for letter, least in (("M", self.least_width), ("N", self.least_samples)) if least)
        return ", ".join((loss, *limits))


STATED = Protocol()


@dataclass(frozen=True)
class Fit:
    """The fitted law.

    Attributes
    ----------
    amplitudes : tuple of float
        c₁, c₂.
    exponents : tuple of float
        p, q.
    loss : float
        At the minimum.
    """

    amplitudes: tuple[float, float]
    exponents: tuple[float, float]
    loss: float

    def reducible(self, width: ArrayLike, samples: ArrayLike) -> tuple[Array, Array]:
        """Return c₁ M^-p and c₂ N^-q, of the shapes of M and N."""
        powers = zip(self.amplitudes, (width, samples), self.exponents, strict=True)
        first, second = (c * np.asarray(x, dtype=np.float64) ** -power for c, x, power in powers)
        return first, second


def fit_risk(
    width: ArrayLike, samples: ArrayLike, risk: ArrayLike, noise: float, protocol: Protocol = STATED, start: Fit | None = None
) -> Fit:
    """Fit R = σ² + c₁ M^-p + c₂ N^-q.

    Parameters
    ----------
    width, samples, risk : array_like
        M, N (or N_eff) and R, broadcastable to one shape of at least four points.
    noise : float
        σ², fixed.
    protocol : Protocol
        Its limits are applied to `width` and `samples` as they are given here.
    start : Fit, optional
        The only start, instead of the grid.

    Returns
    -------
    Fit
        Of least loss over the starts.

    Raises
    ------
    ValueError
        If sizes are not positive, a risk is not above σ² where its logarithm is fitted, or fewer than four points are left.
    """
    given = zip(("width", "samples", "risk"), (width, samples, risk), strict=True)
    arrays = np.broadcast_arrays(*(real_array(name, x, "positive numbers", "give the simulated grid") for name, x in given))
    M, N, R = (np.asarray(array, dtype=np.float64).ravel() for array in arrays)
    for name, x, least in (("width", M, 0.0), ("samples", N, 0.0), ("risk", R, noise if protocol.scale != "risk" else -np.inf)):
        if not (np.isfinite(x) & (x > least)).all():
            raise BadArgument(name, x[~(x > least)][:1], f"finite numbers above {least:g}", "leave such points out")
    used = (protocol.least_width <= M) & (protocol.least_samples <= N)
    if used.sum() < 4:
        raise BadArgument("protocol", protocol, "one that leaves at least four points", "lower its limits")
    problem = _Problem(np.log(M[used]), np.log(N[used]), R[used], noise, protocol)
    starts = problem.starts() if start is None else iter([_packed(start)])
    return min((problem.minimise(point) for point in starts), key=lambda fit: fit.loss)


@dataclass(frozen=True, eq=False)
class _Problem:
    """Residuals and their derivatives in θ = (ln c₁, p, ln c₂, q)."""

    log_width: Array
    log_samples: Array
    risk: Array
    noise: float
    protocol: Protocol

    def _parts(self, theta: Array) -> tuple[Array, Array]:
        first, p, second, q = theta
        return np.exp(first - p * self.log_width), np.exp(second - q * self.log_samples)

    def residuals(self, theta: Array) -> Array:
        reducible = np.add(*self._parts(theta))
        if self.protocol.scale == "risk":
            return reducible + (self.noise - self.risk)
        if self.protocol.scale == "log reducible":
            return np.log(reducible) - np.log(self.risk - self.noise)
        return np.log(self.noise + reducible) - np.log(self.risk)

    def jacobian(self, theta: Array) -> Array:
        first, second = self._parts(theta)
        rows = np.column_stack((first, -self.log_width * first, second, -self.log_samples * second))
        if self.protocol.scale == "risk":
            return rows
        return rows / (first + second + (self.noise if self.protocol.scale == "log risk" else 0.0))[:, None]

    def minimise(self, start: Array) -> Fit:
        """Return the minimum that is reached from one start."""
        huber = self.protocol.huber
        options: dict[str, Any] = {"xtol": 1e-11, "ftol": 1e-11, "gtol": 1e-11, "max_nfev": 1000, "x_scale": "jac"}
        options |= {} if huber is None else {"loss": "huber", "f_scale": huber}
        with np.errstate(over="ignore", invalid="ignore"):
            found = least_squares(self.residuals, start, self.jacobian, bounds=_BOUNDS, **options)
        first, p, second, q = found.x
        return Fit((float(np.exp(first)), float(np.exp(second))), (float(p), float(q)), float(found.cost))

    def starts(self) -> Iterator[Array]:
        """Yield the grid of starts."""
        target = self.risk - self.noise
        for p, q in itertools.product(STARTS, STARTS):
            powers = np.column_stack((np.exp(-p * self.log_width), np.exp(-q * self.log_samples)))
            amplitudes, _ = nnls(powers, target)
            first, second = np.log(np.maximum(amplitudes, LEAST * np.abs(target).max()))
            yield np.array([first, p, second, q])


_BOUNDS = ([-50.0, 0.0, -50.0, 0.0], [50.0, 10.0, 50.0, 10.0])


def _packed(fit: Fit) -> Array:
    (first, second), (p, q) = np.log(fit.amplitudes), fit.exponents
    return np.array([first, p, second, q])


def slope(x: ArrayLike, y: ArrayLike) -> float:
    """Return the slope of the least-squares line through (ln x, ln y), arrays of shape (n_points,)."""
    return float(np.polyfit(np.log(np.asarray(x, dtype=np.float64)), np.log(np.asarray(y, dtype=np.float64)), 1)[0])


def bootstrap(groups: Sequence[Array], statistic: Callable[[Array], ArrayLike], resamples: int, seed: int) -> Array:
    """Return a statistic of resampled means, of shape (resamples, ...): its scatter is that of the statistic.

    Parameters
    ----------
    groups : sequence of ndarray of shape (n_trials, ...)
        Independent of each other; trials of one group are drawn with replacement, each with all its numbers.
    statistic : callable
        Takes the means, of shape (n_groups, ...).
    resamples : int
        At least 2.
    seed : int
        ≥ 0, of the resampling.

    Raises
    ------
    ValueError
        If `resamples` is not an integer ≥ 2, or the seed not one ≥ 0.
    """
    found = []
    for index in range(whole_number("resamples", resamples, 2, 10**6, "give some hundreds")):
        rng = generator(seed, index)
        means = [group[rng.integers(len(group), size=len(group))].mean(axis=0) for group in groups]
        found.append(np.asarray(statistic(np.array(means)), dtype=np.float64))
    return np.array(found)
