"""Columns and rows of a law, drawn literally, against every term: complex matrices, two ridges, all components."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

import numerics as nm
import theory as th

S, G, H, N = th.Samples, th.GaussianFeatures, th.HaarProjection, th.FeatureNoise
TASK, RIDGES = th.PowerLaw(1.3, 0.5).truncate(96), [0.003, 0.1]
NU = np.random.default_rng(1).exponential(size=60)
LEVELS = np.where(np.arange(70) < 18, 3.0, 0.2)
CASES = [
    (th.Chain(S(), G(columns=0.7)), {"n_samples": 60, "n_features": 80}),
    (th.Chain(S(rows=0.6, noise="white")), {"n_samples": 60}),
    (th.Chain(S(rows=th.exponential_memory(6.0))), {"n_samples": 60}),
    (th.Chain(S(rows=0.6, noise=NU), G(columns=0.4)), {"n_samples": 60, "n_features": 50}),
    (th.Chain(S(rows=0.5), N(), G(columns=0.8)), {"n_samples": 60, "n_features": 70, "feature_noise": 0.05}),
    (th.Chain(S(rows=0.5, noise="white"), N(), G()), {"n_samples": 60, "n_features": 70, "feature_noise": 0.05}),
    (th.Chain(S(rows=0.5, noise=NU), N(), G(columns=LEVELS)), {"n_samples": 60, "n_features": 70, "feature_noise": 0.05}),
    (th.Chain(S(rows=0.5), H(), G(columns=0.8)), {"n_samples": 60, "n_features_1": 70, "n_features_2": 40}),
    (th.Chain(S(), G(columns=0.8), H()), {"n_samples": 60, "n_features_1": 70, "n_features_2": 50}),
    (th.Chain(S(rows=1.2), G(columns=0.8), G(columns=1.3)), {"n_samples": 60, "n_features_1": 70, "n_features_2": 50}),
    (th.Chain(G(columns=0.8)), {"n_features": 50}),
]  # fmt: skip


def deviations(chain, sizes, trials, seed, **options):
    """Return the deviations of every term in standard errors."""
    out = chain.evaluate(TASK, ridge=RIDGES, noise=0.3, **options, **sizes)
    drawn = nm.simulate(chain, TASK, ridge=RIDGES, noise=0.3, trials=trials, seed=seed, complex=True, **options, **sizes)
    return np.array([(estimate.mean - out.terms[key]) / estimate.stderr for key, estimate in drawn.terms.items()
                     if key in out.terms and np.all(estimate.stderr > 0)])  # fmt: skip


def test_a_few_draws_agree():
    z = deviations(*CASES[0], trials=8, seed=7)
    assert np.abs(z).max() < 6  # of Student's distribution with 7 degrees of freedom


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case[0]))
def test_every_term_agrees_with_draws(case):
    z = deviations(*case, trials=24, seed=3)
    assert np.abs(z).max() < 5
    assert (z**2).mean() < chi2.ppf(1 - 1e-6, 6) / 6  # terms of the same draws are far from independent


@pytest.mark.slow
def test_ensembles_agree_with_draws():
    z = deviations(th.Chain(S(rows=0.5, noise="white"), G(columns=0.8)), {"n_samples": 60, "n_features": 50}, 24, 5, ensemble=3)
    assert np.abs(z).max() < 5


def test_another_law_is_told_apart():
    """Power: the theory of columns .5 fails on columns .8."""
    (_, sizes), wrong = CASES[0], th.Chain(S(), G(columns=1.0))
    out = wrong.evaluate(TASK, ridge=RIDGES, noise=0.3, **sizes)
    drawn = nm.simulate(CASES[0][0], TASK, ridge=RIDGES, noise=0.3, trials=8, seed=7, complex=True, **sizes)
    key = "features"
    assert np.abs((drawn.terms[key].mean - out.terms[key]) / drawn.terms[key].stderr).min() > 6
