"""Several passes on given rows: second moments over the batches, matrix by matrix, with nothing neglected.

With K = ZZᵀ/P and rows drawn with replacement, or B different ones, a step of residuals r ← r − (γ/B) Σ_b P K e_b e_bᵀ r makes

    Q ← (1−γK) Q (1−γK) + γ²ρ K (P diag Q − Q) K,     Q = E r rᵀ,     ρ = 1/B, or (P−B)/(B(P−1)),

and weights fluctuate about descent by ZᵀAZ/P², A ← (1−γK) A (1−γK) + γ²ρ (P diag Q − Q).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import theory as th


class Draw(NamedTuple):
    """Rows Z, the covariance of a test point as the readout sees it, and E yyᵀ over the target's signs and the label noise."""

    rows: Any
    covariance: Any
    labels: Any


def draw(
    rng: np.random.Generator, n_samples: int, task: Any, noise: float, n_features: int = 0, feature_noise: float = 0.0
) -> Draw:
    """Return a draw of linear regression, or of random features with noise on them."""
    eigenvalues, power = task.explicit()
    rows = rng.standard_normal((n_samples, len(eigenvalues))) * np.sqrt(eigenvalues)
    labels, covariance = (rows * power) @ rows.T + noise * np.eye(n_samples), np.diag(eigenvalues)
    if n_features:
        F = rng.standard_normal((len(eigenvalues), n_features)) / np.sqrt(n_features)
        rows, covariance = rows @ F, F.T @ covariance @ F + feature_noise * np.eye(n_features)
        rows = rows + np.sqrt(feature_noise) * rng.standard_normal(rows.shape)
    return Draw(rows, covariance, labels)


def spread(batch: int, n_samples: int, replacement: bool) -> float:
    """Return ρ."""
    return 1.0 / batch if replacement else (n_samples - batch) / (batch * (n_samples - 1.0))


def exact(draw: Draw, step: float, rho: float, phases: Any) -> tuple[float, float]:
    """Return the training risk and what sampling adds to the test risk, after phases (steps, factor)."""
    P = len(draw.rows)
    K, one = draw.rows @ draw.rows.T / P, np.eye(P)
    Q, A = draw.labels.copy(), np.zeros((P, P))
    for steps, factor in phases:
        gamma = step * factor
        for _ in range(steps):
            scattered = gamma**2 * rho * (P * np.diag(np.diag(Q)) - Q)
            A = (one - gamma * K) @ A @ (one - gamma * K) + scattered
            Q = (one - gamma * K) @ Q @ (one - gamma * K) + K @ scattered @ K
    return float(np.trace(Q)) / P, float(np.sum(A * shown(draw)))


def shown(draw: Draw) -> Any:
    """Return ZΣZᵀ/P²: A weighs by it in the test risk."""
    return draw.rows @ draw.covariance @ draw.rows.T / len(draw.rows) ** 2


def chain(n_features: int = 0, feature_noise: float = 0.0) -> tuple[th.Chain, dict[str, float]]:
    """Return the same model as a chain, and its sizes without the rows."""
    if not n_features:
        return th.linear_ridge(), {}
    if not feature_noise:
        return th.random_features(), {"n_features": n_features}
    noisy = th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures())
    return noisy, {"n_features": n_features, "feature_noise": feature_noise}
