"""Held-out error of kernel ridge on P of M pool points drawn without replacement: the closed form, by bisection.

With p = P/M, t = (1/M) Σ λ/(λ+κ), t₂ = (1/M) Σ (λ/(λ+κ))², b = Σ s_k (κ/(λ_k+κ))² and the unnormalised ridge δ,

    δ = Mκ (p − t)/(1 − t)    E_heldout = b p/(p − 2pt + t² − (1−p) t₂)    E_train = b (p − t)²/(p · same denominator)

λ = eig(K)/M, s_k = |u_kᵀY|²/M. Provenance: design/mathematics.md, section 13.
Reference values only: the package derives these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np


def pool_formula(eigenvalues: Any, signal: Any, n_samples: float, ridge: float, dps: int | None = None) -> tuple[Any, Any, Any]:
    """Return (test, train, kappa).

    Parameters
    ----------
    eigenvalues, signal : array-like
        λ_k of K/M, and s_k.
    n_samples, ridge : float
        P, and the normalised λ = δ/P > 0.
    dps : int, optional
        Evaluate in mpmath with so many digits, else in NumPy.
    """
    if dps is None:
        values, power = np.asarray(eigenvalues, float), np.asarray(signal, float)
        return _solve(values, power, float(n_samples), float(ridge), np.sqrt, lambda x: float(x.sum()), 400, 1e-300)
    with mpmath.workdps(dps):
        values = np.array([mpmath.mpf(float(x)) for x in eigenvalues], object)
        power = np.array([mpmath.mpf(float(x)) for x in signal], object)
        return _solve(
            values,
            power,
            mpmath.mpf(float(n_samples)),
            mpmath.mpf(float(ridge)),
            mpmath.sqrt,
            mpmath.fsum,
            4 * dps + 1200,
            0,
        )


def _solve(
    values: Any, power: Any, n_samples: Any, ridge: Any, sqrt: Callable[[Any], Any], total: Callable[[Any], Any], steps: int,
    tiny: float,
) -> tuple[Any, Any, Any]:
    M = len(values)
    p = n_samples / M

    def fractions(kappa: Any) -> tuple[Any, Any, Any]:
        x = values / (values + kappa)
        return x, total(x) / M, total(x * x) / M

    def excess(kappa: Any) -> Any:
        _, t, _ = fractions(kappa)
        return kappa * (p - t) / (1 - t) - p * ridge

    low = high = ridge + tiny
    while excess(high) < 0:
        high = 2 * high
    while excess(low) > 0:
        low = low / 2
    for _ in range(steps):
        middle = sqrt(low * high)
        if middle in (low, high):
            break
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    kappa = sqrt(low * high)
    _, t, t2 = fractions(kappa)
    bias = total(power * (kappa / (values + kappa)) ** 2)
    denominator = p - 2 * p * t + t * t - (1 - p) * t2
    return bias * p / denominator, bias * (p - t) ** 2 / (p * denominator), kappa
