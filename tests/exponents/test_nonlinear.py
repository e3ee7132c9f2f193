"""Nonlinear features: the noise of their equivalent chain falls as 1/N, in the law, in slopes and in the optimum."""

import numpy as np
import pytest

import theory as th

MODEL, TASK = th.nonlinear_random_features("tanh"), th.PowerLaw(1.5, 0.4, size=2000)


def test_the_law_ties_the_noise_to_the_width():
    law = MODEL.exponents()
    assert law.system.keywords == ("n_samples", "n_features", "ridge", "noise")
    chain = th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures()).exponents()
    rng = np.random.default_rng(0)
    for _ in range(30):
        powers = dict(zip(("n_samples", "n_features"), rng.uniform(0.2, 2, 2), strict=True))
        powers |= {"ridge": rng.uniform(-4, 0), "noise": -0.5}
        ray = law.along(capacity=1.5, source=0.4, **powers)
        linear = chain.along(capacity=1.5, source=0.4, feature_noise=-powers["n_features"], **powers)
        for key in ray.terms:
            assert ray[key] == pytest.approx(linear[key], abs=1e-9)
    with pytest.raises(ValueError, match="feature_noise"):
        law.along(capacity=1.5, source=0.4, n_samples=1, n_features=1, feature_noise=-1)
    with pytest.raises(ValueError, match="tied"):
        law.asymptote(th.PowerLaw(1.5, 0.4), n_samples=1e8, n_features=1e6)


def test_slopes_are_total():
    point = {"n_samples": 300.0, "n_features": 200.0, "ridge": 1e-3, "noise": 0.1}
    local = MODEL.local_exponents(TASK, **point)
    assert "feature_noise" not in local["test"]
    for name in point:
        moved = {sign: MODEL.evaluate(TASK, **{**point, name: point[name] * np.exp(sign * 1e-5)}) for sign in (1, -1)}
        for key in local.terms:
            slope = (np.log(moved[1].terms[key]) - np.log(moved[-1].terms[key])) / 2e-5
            assert float(local[key][name]) == pytest.approx(float(slope), abs=1e-6)


def test_optimum():
    best = MODEL.optimum(TASK, {"n_samples": 1, "n_features": 1}, 1e5, noise=0.1)
    assert "feature_noise" not in best.arguments
    assert best.risk == pytest.approx(float(MODEL.evaluate(TASK, **best.arguments).test), rel=1e-9)
    worse = MODEL.evaluate(TASK, **{**best.arguments, "ridge": best.ridge * 1.3})
    assert float(worse.test) > best.risk
