"""What is known of the two papers' numbers and rules, in their own letters (α, r; P, N, D, and T for P in the sequel).

Values of the authors' formulas come from their public code; of the sequel's notebooks only the settings do: the values were
recomputed once, independently of this library. The rules are what the phase diagrams and structured weights are drawn by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.check.extrapolation import Array
from theory import (
    Chain,
    Discrete,
    Isotropic,
    Samples,
    Spectrum,
    exponential_memory,
    linear_ridge,
    power_memory,
    random_features,
)

# Isotropic ridge: D = 250, λ = 1e-3, σ = .5; D/P -> excess risk.
RIDGE_DIMS, RIDGE, RIDGE_NOISE = 250, 1e-3, 0.25
ISOTROPIC = {10.0: "0.927771", 2.0: "0.749005", 1.0: "3.84514", 0.5: "0.248026", 0.1: "0.0277107"}
# Linear random features: D = 200, N = 100, λ = 1e-3, σ = .25, target of power one; P -> excess risk.
FEATURE_DIMS, WIDTH, FEATURE_NOISE = 200, 100, 0.0625
FEATURES = {20: "1.1474", 50: "1.5789", 100: "6.7927", 200: "1.0537", 2000: "0.52948"}

DIMS = 100          # of the sequel
ALPHA, R = 1.1, 0.8


def unit(dims: int) -> Discrete:
    """Return the isotropic population with a target of power one."""
    return Discrete(np.ones(dims), np.full(dims, 1.0 / dims))


def features_ridge(dims: int, width: int) -> float:
    """Return our ridge of their λ: features there have entries of variance 1/D."""
    return RIDGE * dims / width


def correlated_population() -> Discrete:
    """Return λ_k = k^-α and Σ c_k = 1, c_k λ_k ∝ k^-(1 + 2αr)."""
    k = np.arange(1.0, DIMS + 1.0)
    signal = k ** (ALPHA - 1.0 - 2.0 * ALPHA * R)
    return Discrete(k**-ALPHA, signal / signal.sum())


@dataclass(frozen=True)
class Value:
    """One number: how it is computed here, and its digits.

    Attributes
    ----------
    where, words : str
        Its source, and the setting.
    chain : Chain
        The model.
    population : Spectrum
        Of the setting.
    arguments : dict
        Of `evaluate`.
    term : str
        A term of the risk, or "kappa".
    digits : str
        The number as printed.
    """

    where: str
    words: str
    chain: Chain
    population: Spectrum
    arguments: dict[str, Any]
    term: str
    digits: str

    def found(self) -> str:
        """Return the number evaluated, to as many digits as are printed."""
        risk = self.chain.evaluate(self.population, **self.arguments)
        value = float(risk.kappa if self.term == "kappa" else risk.terms[self.term])
        figures = len(self.digits.split("e")[0].replace(".", "").lstrip("0"))
        return f"{value:.{figures}g}"


def printed() -> list[Value]:
    """Return the values of the authors' formulas."""
    found = []
    for ratio, digits in ISOTROPIC.items():
        given = {"n_samples": RIDGE_DIMS / ratio, "ridge": RIDGE, "noise": RIDGE_NOISE}
        words = f"isotropic ridge, D = {RIDGE_DIMS}, λ = {RIDGE:g}, σ = .5: excess at D/P = {ratio:g}"
        found.append(Value("ridge", words, linear_ridge(), Isotropic(RIDGE_DIMS), given, "excess", digits))
    for n_samples, digits in FEATURES.items():
        given = {"n_samples": n_samples, "n_features": WIDTH, "ridge": features_ridge(FEATURE_DIMS, WIDTH),
                 "noise": FEATURE_NOISE}  # fmt: skip
        words = f"random features, D = {FEATURE_DIMS}, N = {WIDTH}, λ = {RIDGE:g}, σ = .25: excess at P = {n_samples}"
        found.append(Value("random features", words, random_features(), unit(FEATURE_DIMS), given, "excess", digits))
    return found


def recomputed() -> list[Value]:
    """Return the values at the settings of the sequel's notebooks, 100 dimensions, exact Toeplitz eigenvalues."""
    long, steep = exponential_memory(100.0), power_memory(1.5)
    law, white = correlated_population(), unit(DIMS)
    power = f"α = {ALPHA}, r = {R}, ξ = 100, λ = 1e-4, σ = .05, T = 100"
    first = {"n_samples": 100, "ridge": 1e-4, "noise": 0.05**2}
    second = {"n_samples": 1000, "ridge": 1e-4, "noise": 0.25}
    third = {"n_samples": 300, "ridge": 1e-3}
    flat = "isotropic, ξ = 100, λ = 1e-4, σ = .5, T = 1000, matched noise"
    memory = "isotropic, memory (1+τ)^-1.5, λ = 1e-3, σ = 0, T = 300"
    rows: list[tuple[str, Chain, Spectrum, dict[str, Any], str, str]] = [
        (f"{power}, matched noise", Chain(Samples(rows=long)), law, first, ".01456292633", ".005333526371"),
        (f"{power}, white noise", Chain(Samples(rows=long, noise="white")), law, first, ".01456292633", ".07114076671"),
        (flat, Chain(Samples(rows=long)), white, second, ".00200296362", ".5047741183"),
        (memory, Chain(Samples(rows=steep)), white, third, ".001672944189", "4.429271635e-06"),
    ]
    return [
        Value("correlated samples", f"{words}: {name}", chain, population, given, term, digits)
        for words, chain, population, given, kappa, test in rows
        for term, name, digits in (("kappa", "κ", kappa), ("test", "test risk", test))
    ]


def column_power(columns: float) -> float:
    """Return c of structured weights of column spectrum k^-α_F: 1, (1−α_F)/α_F or 0."""
    return 1.0 if columns <= 0.5 else max(1.0 / columns - 1.0, 0.0)


def feature_variance(alpha: float, r: float, columns: float, ell: Any, q: Any) -> Array:
    """Return the published exponent of the variance of features where samples or the ridge limit, at λ ~ P^-l, N ~ P^q."""
    c = column_power(columns)
    found: Array = (alpha * min(2.0 * r, 1.0) - c) * np.minimum(1.0, np.asarray(ell) / alpha) + c * np.asarray(q)
    return found


def signal(alpha: float, r: float, columns: float, ell: Any, q: Any) -> Array:
    """Return the published exponent of the excess risk without label noise."""
    ell, q, c = np.asarray(ell), np.asarray(q), column_power(columns)
    bias = 2.0 * alpha * np.minimum(min(1.0, r), ell / alpha * min(1.0, r))
    width = 2.0 * alpha * q * min(0.5, r)
    variance = (alpha - c) * np.minimum(1.0, ell / alpha) + c * q
    found: Array = np.minimum(np.minimum(bias, width), variance)
    return found


def label_noise(alpha: float, ell: Any, q: Any) -> Array:
    """Return the published exponent of what label noise adds."""
    found: Array = 1.0 - np.minimum(np.minimum(1.0, np.asarray(ell) / alpha), q)
    return found
