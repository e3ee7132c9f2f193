"""Autocovariances as functions of the lag: exponential, power, of moving averages, listed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.errors import BadArgument
from theory.results.declared import Declared

Array = NDArray[np.float64]

STEPS = 200  # of Newton's method; a few dozen are needed at ξ = 1e15


@dataclass(frozen=True)
class Exponential(Declared):
    """c(τ) = e^(−τ/ξ), a first-order autoregression."""

    xi: float
    power = 0.0

    def __call__(self, lags: Array) -> Array:
        """Return c at lags ≥ 0."""
        return np.exp(-lags / self.xi)

    def eigenvalues(self, n: int) -> Array:
        """Return the eigenvalues of n rows, the largest first: (1−ρ²)/(1 − 2ρ cos θ + ρ²) with ρ = e^(−1/ξ), exactly.

        At the roots of (n+1)θ = (k−1)π + 2ψ, tan ψ = (1 − ρ cos θ)/(ρ sin θ) (Kac, Murdock, Szegő 1953): the difference of the
        two sides is rising and concave, so that Newton's method rises to each root from where ψ = 0.
        """
        rho, left = math.exp(-1.0 / self.xi), -math.expm1(-1.0 / self.xi)
        start = np.pi * np.arange(n)
        theta = start / (n + 1.0)
        for _ in range(STEPS):
            half = 2.0 * rho * np.sin(0.5 * theta) ** 2
            size = left**2 + 2.0 * half  # |1 − ρ e^(iθ)|²
            missing = start + 2.0 * np.arctan2(left + half, rho * np.sin(theta)) - (n + 1.0) * theta
            step = missing / (n + 1.0 + 2.0 * rho * (left - 2.0 * np.sin(0.5 * theta) ** 2) / size)
            theta = theta + step
            if (np.abs(step) <= 4.0 * np.finfo(np.float64).eps * theta).all():
                break
        return left * (1.0 + rho) / (left**2 + 4.0 * rho * np.sin(0.5 * theta) ** 2)


@dataclass(frozen=True)
class Power(Declared):
    """c(τ) = (1 + τ/scale)^(−exponent): convex and falling, hence a covariance (Pólya)."""

    exponent: float
    scale: float

    @property
    def power(self) -> float:
        """α: the symbol goes as θ^(exponent−1) at θ → 0."""
        return max(1.0 - self.exponent, 0.0)

    def __call__(self, lags: Array) -> Array:
        """Return c at lags ≥ 0."""
        return np.exp(-self.exponent * np.log1p(lags / self.scale))


@dataclass(frozen=True)
class MovingAverage(Declared):
    """c(τ) = Σ_j θ_j θ_(j+τ), θ_0 = 1: of e_t + Σ_j θ_j e_(t−j) with white e."""

    coefficients: tuple[float, ...]

    @property
    def power(self) -> float | None:
        """Zero, unless the symbol vanishes somewhere."""
        roots = np.roots((1.0, *self.coefficients))
        return None if (np.abs(np.abs(roots) - 1.0) < 1e-9).any() else 0.0

    def __call__(self, lags: Array) -> Array:
        """Return c at lags ≥ 0."""
        theta = np.array([1.0, *self.coefficients])
        found = np.correlate(theta, theta, "full")[theta.size - 1 :]
        return np.where(lags < found.size, found[np.minimum(lags, found.size - 1).astype(np.intp)], 0.0)


@dataclass(frozen=True)
class Listed(Declared):
    """c(0), c(1), … as given; nothing is known beyond."""

    values: tuple[float, ...]

    def __call__(self, lags: Array) -> Array:
        """Return c at lags ≥ 0."""
        most = len(self.values) - 1
        if lags.max(initial=0.0) > most:
            remedy = "give as many lags as there are rows; one that ends is a moving average"
            raise BadArgument("lags", float(lags.max()), f"at most {most}, the last that was given", remedy)
        return np.array(self.values)[lags.astype(np.intp)]

    def __repr__(self) -> str:
        shown = ", ".join(f"{value:.6g}" for value in self.values[:4])
        return f"Listed(({shown}{', …' if len(self.values) > 4 else ''}), {len(self.values)} lags)"
