"""Risks written as matrix expressions, against the chain; and what the chain cannot express, against simulation."""

from __future__ import annotations

import copy
import functools
from dataclasses import replace

import mpmath
import numpy as np
import pytest
from sympy import Identity, Integer, Rational, Trace, symbols
from threadpoolctl import threadpool_limits

import theory as th
from theory.pencil import diagonal, equivalent, gaussian

P, D, N1, N2, ridge, noise = symbols("P D N1 N2 ridge noise", positive=True)
Z, S, W, SHIFTED = gaussian("Z", P, D), diagonal("S", D), diagonal("W", D), diagonal("T", D)
F1, F2 = gaussian("F1", D, N1, variance=1 / N1), gaussian("F2", N1, N2, variance=1 / N2)
DEPTHS = {0: (Identity(D), D), 1: (F1, N1), 2: (F1 * F2, N2)}
CHAINS = {0: th.linear_ridge(), 1: th.random_features(), 2: th.deep_random_features(2)}


@functools.cache
def risk(depth, tested=S):
    """‖w − ŵ‖² in the covariance `tested`, with label noise: ŵ = F (FᵀXᵀXF/P + λ)⁻¹ FᵀXᵀy/P, W = diag(w_k²)."""
    X, (F, n) = Z * S.sqrt, DEPTHS[depth]
    learner = F * (F.T * X.T * X * F / P + ridge * Identity(n)).inv() * F.T * X.T / P
    left = Identity(D) - learner * X
    return equivalent(Trace(W * left.T * tested * left) + noise * Trace(learner.T * tested * learner) + noise)


def sizes(depth, n1, n2):
    """Widths for the pencil and for the chain."""
    names = ["n_features"] if depth == 1 else ["n_features_1", "n_features_2"][:depth]
    return dict(zip(["N1", "N2"][:depth], [n1, n2], strict=False)), dict(zip(names, [n1, n2], strict=False))


def both(depth, p, n1, n2, lam, s2, eigenvalues, power, **precision):
    mine, theirs = sizes(depth, n1, n2)
    value = risk(depth).evaluate(P=p, ridge=lam, noise=s2, S=eigenvalues, W=power, **mine, **precision)
    task = th.Discrete(eigenvalues, power)
    out = CHAINS[depth].evaluate(task, n_samples=p, ridge=lam, noise=s2, **theirs, **precision)
    return value, out.test.item()


SPECTRUM = np.arange(1.0, 31.0) ** -1.3
POWER = np.random.default_rng(3).random(30)


@pytest.mark.parametrize("depth", [0, 1, 2])
@pytest.mark.parametrize(
    ("p", "n1", "n2", "lam"),
    [(20, 15, 18, 1e-2), (12, 25, 40, 1e-3), (50, 10, 8, 1e-3), (15, 15, 15, 0.1), (12, 60, 14, 1.0), (40, 35, 9, 1e3)],
)
def test_risk_equals_the_chain(depth, p, n1, n2, lam):
    value, expected = both(depth, p, n1, n2, lam, 0.2, SPECTRUM, POWER)
    assert value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("depth", [0, 1])
def test_risk_equals_the_chain_at_random_points(depth):
    rng = np.random.default_rng(7)
    for _ in range(15):
        d = int(rng.integers(2, 40))
        p, n1, n2 = (int(n) for n in rng.integers(1, 60, size=3))
        eigenvalues, power = rng.lognormal(sigma=1.5, size=d), rng.lognormal(size=d)
        value, expected = both(depth, p, n1, n2, 10 ** rng.uniform(-3, 2), rng.random(), eigenvalues, power)
        assert value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_forty_digits(depth):
    value, expected = both(depth, 5, 4, 3, 0.01, 0.25, SPECTRUM[:6], POWER[:6], precision=50)
    assert abs(value / expected - 1) < mpmath.mpf(10) ** -45


@pytest.mark.parametrize("depth", [0, 1])
@pytest.mark.parametrize(("p", "n1"), [(5, 8), (8, 5), (6, 6), (20, 5)])
@pytest.mark.parametrize("lam", [1e-8, 1e-12])
def test_tiny_ridges(depth, p, n1, lam):
    value, expected = both(depth, p, n1, 1, lam, 0.2, SPECTRUM[:10], POWER[:10])
    assert value == pytest.approx(expected, rel=1e-12)


def test_tiny_ridge_of_a_deep_network():
    value, expected = both(2, 5, 8, 7, 1e-8, 0.2, SPECTRUM[:10], POWER[:10])
    assert value == pytest.approx(expected, rel=1e-12)


def test_push_through_forms_agree():
    # I − A XᵀX/P = λA: the same risk from other blocks, without cancellation
    X = Z * S.sqrt
    A = (X.T * X / P + ridge * Identity(D)).inv()
    other = equivalent(ridge**2 * Trace(W * A * S * A) + noise / P * Trace(S * A * (X.T * X / P) * A) + noise)
    given = {"P": 20, "ridge": 1e-3, "noise": 0.2, "S": SPECTRUM, "W": POWER}
    assert other.evaluate(**given) == pytest.approx(risk(0).evaluate(**given), rel=1e-12)


def test_covariance_shift_reduces_to_a_formula():
    # trained on Σ, tested on Σ′: λ²tr W G Σ′ G → [κ² Σ c t/(s+κ)²] + γ′ …, κ and γ from Σ, tr ΣΣ′g² beside it
    shifted = SPECTRUM[::-1]
    value = risk(0, SHIFTED).evaluate(P=20, ridge=1e-2, noise=0.2, S=SPECTRUM, W=POWER, T=shifted)
    kappa = CHAINS[0].evaluate(th.Discrete(SPECTRUM, POWER), n_samples=20, ridge=1e-2).kappa.item()
    g = 1 / (SPECTRUM + kappa)
    bias = kappa**2 * np.sum(POWER * g**2 * shifted)
    own = kappa**2 * np.sum(POWER * g**2 * SPECTRUM)
    df2, crossed = np.sum(SPECTRUM**2 * g**2), np.sum(SPECTRUM * shifted * g**2)
    assert value == pytest.approx(bias + 0.2 + (own + 0.2) * crossed / (20 - df2), rel=1e-12)


def simulated_shift(scale, trials, seed):
    """Mean and standard error of the shifted risk of random features, by its definition."""
    rng = np.random.default_rng(seed)
    d, p, n = 30 * scale, 20 * scale, 25 * scale
    s, shifted, power = np.repeat(SPECTRUM, scale), np.repeat(SPECTRUM[::-1], scale), np.repeat(POWER, scale) / scale
    found = np.empty(trials)
    for trial in range(trials):
        X = rng.normal(size=(p, d)) * np.sqrt(s)
        F = rng.normal(size=(d, n)) / np.sqrt(n)
        learner = F @ np.linalg.solve(F.T @ X.T @ X @ F / p + 0.05 * np.eye(n), F.T @ X.T / p)
        left = np.eye(d) - learner @ X
        found[trial] = shifted @ (left**2 @ power + 0.2 * (learner**2).sum(axis=1)) + 0.2
    given = {"P": p, "N1": n, "ridge": 0.05, "noise": 0.2, "S": s, "W": power, "T": shifted}
    return found.mean(), found.std(ddof=1) / np.sqrt(trials), given


def test_covariance_shift_of_random_features_agrees_with_simulation():
    expression = risk(1, SHIFTED)
    deviations = []
    for scale, trials in ((1, 2000), (4, 300)):
        with threadpool_limits(1):
            mean, stderr, given = simulated_shift(scale, trials, seed=scale)
        deviations.append((mean / expression.evaluate(**given) - 1, stderr / mean))
    (small, small_error), (large, large_error) = deviations
    # Richardson: a remainder of order 1/size cancels from (4·large − small)/3
    rest, error = (4 * large - small) / 3, np.hypot(4 * large_error, small_error) / 3
    assert abs(rest) < 4 * error
    assert error < 5e-3
    assert abs(large) < 0.03


@pytest.mark.parametrize("depth", [0, 1])
def test_every_coefficient_of_the_system_matters(depth):
    expression = risk(depth)
    given = {"P": 5, "ridge": 0.01, "noise": 0.2, "S": SPECTRUM[:6], "W": POWER[:6], **sizes(depth, 4, 3)[0]}
    right = expression.evaluate(**given)
    system = expression.system
    for place, term in enumerate(system.terms):
        terms = list(system.terms)
        terms[place] = replace(term, variance=term.variance * Rational(1001, 1000))
        assert abs(mutated(expression, replace(system, terms=tuple(terms))).evaluate(**given) / right - 1) > 1e-9, term
    for place, value in list(system.pencil.fixed.items())[:: 1 + 3 * depth]:
        pencil = replace(system.pencil, fixed={**system.pencil.fixed, place: value * Rational(1001, 1000)})
        assert abs(mutated(expression, replace(system, pencil=pencil)).evaluate(**given) / right - 1) > 1e-9, place


def mutated(expression, system):
    found = copy.copy(expression)
    found.system = system
    return found


def test_large_spectra_are_fast_enough():
    eigenvalues = np.arange(1.0, 301.0) ** -1.5
    value, expected = both(1, 200, 150, 1, 1e-3, 0.1, eigenvalues, eigenvalues**0.2)
    assert value == pytest.approx(expected, rel=1e-12)


def test_letters_of_several_variances():
    # samples whose noise levels differ by group: two data letters of their own variances in one estimator
    A, B = gaussian("A", 2 * P, D, variance=1 / P), gaussian("B", P, D, variance=Integer(3) / P)
    joint = equivalent((A.T * A + B.T * B + ridge * Identity(D)).inv())
    value = joint.evaluate(P=200, D=150, ridge=0.3)
    rng = np.random.default_rng(5)
    found = []
    for _ in range(10):
        a, b = rng.normal(size=(400, 150)) / 200**0.5, rng.normal(size=(200, 150)) * (3 / 200) ** 0.5
        found.append(np.trace(np.linalg.inv(a.T @ a + b.T @ b + 0.3 * np.eye(150))))
    assert abs(np.mean(found) - value) < 4 * np.std(found, ddof=1) / np.sqrt(10) + 1e-3 * value
