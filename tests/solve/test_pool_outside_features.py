"""Rows of a finite pool seen through random features: limits, mpmath, two points, training, slopes, draws."""

from __future__ import annotations

import numpy as np
import pytest

import numerics as nm
import theory as th

P, G, S = th.PoolSamples, th.GaussianFeatures, th.Samples
CHAIN = th.Chain(P(), G())
TASK = th.PowerLaw(1.3, 0.5).truncate(60)
SIZES = {"n_samples": 30, "n_features": 40}


def test_the_ridge_map_has_the_vacancy_of_the_pool():
    assert str(CHAIN.fixed_point) == "Eq(lambda, kappa*(1 - df1(kappa)/N)*(1 - df1(kappa)/P)/(1 - df1(kappa)/D))"
    assert set(CHAIN.formulas) == {"test", "train", "excess"}


@pytest.mark.parametrize("ridge", [0.0, 1e-300, 1e-3, 10.0])
def test_limits(ridge):
    """Features without limit: rows of the pool alone. A pool without limit: independent rows."""
    wide = CHAIN.evaluate(TASK, ridge=ridge, n_samples=30, n_features=np.inf)
    alone = th.Chain(P()).evaluate(TASK, ridge=ridge, n_samples=30)
    assert float(wide.test) == pytest.approx(float(alone.test), rel=1e-13)
    assert float(wide.train) == pytest.approx(float(alone.train), rel=1e-13, abs=0)
    large = th.PowerLaw(1.5, 0.4, size=10**13)
    pool, rows = (th.Chain(kind(), G()).evaluate(large, ridge=ridge, **SIZES) for kind in (P, S))
    assert float(pool.test) == pytest.approx(float(rows.test), rel=1e-10)


def test_all_rows_of_the_pool_are_the_population_seen_through_the_features():
    whole = CHAIN.evaluate(TASK, ridge=0.01, n_samples=60, n_features=40)
    population = th.Chain(G()).evaluate(TASK, ridge=0.01, n_features=40)
    assert float(whole.train) == pytest.approx(float(population.test), rel=1e-13)


@pytest.mark.parametrize("chain", [CHAIN, th.Chain(P(), G(), G())], ids=str)
@pytest.mark.parametrize("ridge", [0.0, 1e-300, 1e-3])
def test_doubles_have_all_digits(chain, ridge):
    sizes = {"n_samples": 30, **{slot.keyword: n for slot, n in zip(chain.slots, (40, 35), strict=False) if slot.is_features}}
    rough, fine = chain.evaluate(TASK, ridge=ridge, **sizes), chain.evaluate(TASK, ridge=ridge, precision=20, **sizes)
    for key, value in rough.terms.items():
        assert float(value) == pytest.approx(float(fine.terms[key].item()), rel=1e-13), key


def test_two_points_training_and_slopes():
    ridge = np.array([1e-6, 0.01, 0.3])
    risk, pair = CHAIN.evaluate(TASK, ridge=ridge, **SIZES), CHAIN.two_point_at(TASK, ridge=ridge, **SIZES)
    near = CHAIN.two_point_at(TASK, ridge=ridge * (1 + 1e-12j), **SIZES)
    for key in ("test", "train"):
        assert np.diag(pair.terms[key]) == pytest.approx(risk.terms[key], rel=1e-12), key
        assert np.diag(near.terms[key]).real == pytest.approx(risk.terms[key], rel=1e-8), key
    late = th.GradientFlow(CHAIN).evaluate(TASK, time=[1e9, np.inf], **SIZES)
    assert late.test[0] == pytest.approx(late.test[1], rel=1e-10)
    slope = CHAIN.local_exponents(TASK, ridge=0.01, **SIZES).terms["test"]["n_samples"]
    step = 1e-5
    values = [float(CHAIN.evaluate(TASK, ridge=0.01, n_samples=30 * (1 + e), n_features=40).test) for e in (step, -step)]
    assert float(slope) == pytest.approx(np.log(values[0] / values[1]) / (2 * step), rel=1e-7)


def test_what_is_not_counted_is_refused():
    with pytest.raises(ValueError, match="features"):
        CHAIN.spectrum(TASK, **SIZES)
    with pytest.raises(ValueError, match="at most 60"):
        CHAIN.evaluate(TASK, ridge=0.1, n_samples=61, n_features=40)


@pytest.mark.slow
def test_draws_agree():
    ridge = [0.01, 0.3]
    out = CHAIN.evaluate(TASK, ridge=ridge, **SIZES)
    drawn = nm.simulate(CHAIN, TASK, ridge=ridge, trials=200, seed=1, complex=True, **SIZES)
    for key in ("test", "train"):
        z = (drawn.terms[key].mean - out.terms[key]) / drawn.terms[key].stderr
        assert np.abs(z).max() < 4.5, (key, z)
