"""The first correction against simulation by definition: real matrices of two dozen dimensions, every layer that has one."""

from __future__ import annotations

import numpy as np
import pytest

import theory as th
from numerics.simulate.experiment import simulate

MODES = np.arange(1, 25.0)
TASK = th.Discrete(10 * MODES**-1.7, MODES**-0.3)
S, G, H, F = th.Samples, th.GaussianFeatures, th.HaarProjection, th.FeatureNoise
CHAINS = {
    "linear": (th.linear_ridge(), {"n_samples": 36}),
    "features": (th.random_features(), {"n_samples": 48, "n_features": 16}),
    "no rows": (th.Chain(G()), {"n_features": 18}),
    "deep": (th.deep_random_features(2), {"n_samples": 48, "n_features_1": 36, "n_features_2": 24}),
    "projection": (th.Chain(S(), H()), {"n_samples": 48, "n_features": 12}),
    "projection inside": (th.Chain(S(), G(), H()), {"n_samples": 48, "n_features_1": 12, "n_features_2": 18}),
    "columns": (th.Chain(S(), G(columns=0.7)), {"n_samples": 48, "n_features": 24}),
    "rows": (th.Chain(S(rows=0.6), G()), {"n_samples": 48, "n_features": 20}),
    "noise": (th.Chain(S(), F(), G()), {"n_samples": 48, "n_features": 20, "feature_noise": 0.1}),
    "noise between": (th.Chain(S(), G(), F(), G()),
                      {"n_samples": 48, "n_features_1": 20, "n_features_2": 18, "feature_noise": 0.1}),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", CHAINS)
def test_real_matrices_are_where_the_correction_says(name):
    """The mean is missed by the limit by ten standard errors at least, and met by the correction."""
    model, sizes = CHAINS[name]
    given = {"ridge": 0.05, "noise": np.array([0.0, 0.3]), **sizes}
    out = model.evaluate(TASK, finite_size=True, **given)
    run = simulate(model, TASK, trials=2000, seed=5, decompose=False, progress=False, **given)
    missed = {}
    for key in ("test", "train"):
        error = getattr(run, key).stderr
        z = (getattr(run, key).mean - getattr(out, key)) / error
        assert (np.abs(z) < 4).all(), key
        missed[key] = ((getattr(run, key).mean - getattr(out.leading, key)) / error).max()
    assert max(missed.values()) > 10


@pytest.mark.slow
def test_complex_matrices_are_where_the_limit_is():
    model, sizes = CHAINS["features"]
    run = simulate(model, TASK, trials=2000, seed=5, decompose=False, complex=True, progress=False, ridge=0.05, **sizes)
    out = model.evaluate(TASK, ridge=0.05, finite_size=True, entries="complex", **sizes)
    assert abs(run.test.mean - out.test) < 4 * run.test.stderr


@pytest.mark.slow
def test_entries_with_heavy_tails():
    """Laplace entries, κ₄ = 3: the correction is three times that of normal ones."""
    P, D, ridge, rng = 108, 72, 0.03, np.random.default_rng(11)
    eigenvalues, power = 10 * np.repeat(MODES, 3) ** -1.7, np.repeat(MODES**-0.3, 3) / 3
    task = th.Discrete(eigenvalues, power)
    found = []
    for _ in range(3000):
        X = rng.laplace(size=(P, D)) / 2**0.5 * np.sqrt(eigenvalues)
        left = ridge * np.linalg.inv(X.T @ X / P + ridge * np.eye(D))  # what is left of w*, averaged over it
        found.append((np.square(left) * np.outer(eigenvalues, power)).sum())
    out, normal = (th.linear_ridge().evaluate(task, n_samples=P, ridge=ridge, finite_size=True, kurtosis=k) for k in (3, 0))
    error = np.std(found) / len(found) ** 0.5
    assert abs(np.mean(found) - out.test) < 4 * error
    assert np.mean(found) - normal.test > 10 * error
