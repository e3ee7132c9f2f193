"""Losses of one output by value and derivatives, and fits of linear models with them by Newton's method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.special

from numerics.data.arrays import Array

STEPS, CLOSE = 60, 1e-12


@dataclass(frozen=True)
class Loss:
    """ℓ(f, y), with its first two derivatives by f."""

    name: str
    value: Callable[[Array, Array], Array]
    slope: Callable[[Array, Array], Array]
    curvature: Callable[[Array, Array], Array]


def _softplus(x: Array) -> Array:
    return np.asarray(np.logaddexp(0.0, x))


SQUARED = Loss("squared", lambda f, y: (f - y) ** 2, lambda f, y: 2.0 * (f - y), lambda f, y: np.full_like(f, 2.0))
LOGISTIC = Loss(
    "logistic",
    lambda f, y: _softplus(-y * f),
    lambda f, y: -y * scipy.special.expit(-y * f),
    lambda f, y: scipy.special.expit(f) * scipy.special.expit(-f),
)
LOG_COSH = Loss(
    "log-cosh",
    lambda f, y: _softplus(2.0 * (f - y)) - (f - y) - np.log(2.0),
    lambda f, y: np.tanh(f - y),
    lambda f, y: 1.0 / np.cosh(f - y) ** 2,
)
LOSSES = (SQUARED, LOGISTIC, LOG_COSH)


def fit(loss: Loss, X: Array, y: Array, weights: Array, start: Array | None = None) -> Array:
    """Return θ that minimises Σ weights ℓ(Xθ, y), Newton's steps halved until they descend."""
    theta = np.zeros(X.shape[1]) if start is None else start
    now = float(weights @ loss.value(X @ theta, y))
    for _ in range(STEPS):
        f = X @ theta
        gradient = X.T @ (weights * loss.slope(f, y))
        step = np.linalg.solve((X * (weights * loss.curvature(f, y))[:, None]).T @ X, gradient)
        decrement, length = float(gradient @ step), 1.0
        if decrement <= CLOSE * (1.0 + abs(now)):
            return np.asarray(theta - step)
        while (then := float(weights @ loss.value(X @ (theta - length * step), y))) > now - 1e-4 * length * decrement:
            length /= 2.0
        theta, now = theta - length * step, then
    raise ValueError(f"a fit of the {loss.name} loss did not converge in {STEPS} steps: the data may be separable")


def fit_kernel(loss: Loss, K: Array, y: Array, ridge: float) -> Array:
    """Return α of f = Kα that minimises the mean of ℓ(f, y) and ridge αᵀKα: (K + ridge P)⁻¹ y for the squared loss."""
    P, alpha = len(K), np.zeros(len(K))
    for _ in range(STEPS):
        f = K @ alpha
        curvature = loss.curvature(f, y)
        target = curvature * f - loss.slope(f, y)  # (W K + 2 ridge P) α = W f − ℓ'
        new = np.linalg.solve(curvature[:, None] * K + 2.0 * ridge * P * np.eye(P), target)
        change = float(np.abs(K @ (new - alpha)).max())
        alpha = np.asarray(new)
        if change < 1e-10:
            return alpha
    raise ValueError(f"a kernel fit of the {loss.name} loss did not converge in {STEPS} steps: take a larger ridge")
