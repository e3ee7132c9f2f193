"""The library's own theory fitted to runs: exact on its own tables, rejected on everything else."""

import pickle

import numpy as np
import pytest

import numerics as nm
import theory as th
from numerics.fit.forms import FORMS
from numerics.fit.models.goodness import goodness_of_fit
from numerics.fit.models.random_features import least_risk, random_features_form
from numerics.fit.models.sgd import sgd_form
from numerics.fit.projection import fit_form
from numerics.fit.table import checked_runs
from tests.numerics.fit.tables import made, own, public

NOISE = np.random.default_rng(1).normal(size=48)


@pytest.mark.parametrize(("capacity", "source", "noise"), [(1.5, 0.4, 0.1), (1.2, 0.9, 1e-2), (2.5, 0.15, 3.0)])
def test_the_least_risk_over_kappa_is_that_over_ridges(capacity, source, noise):
    N, P = (x.ravel() for x in np.meshgrid([3.0, 40.0, 3e3, 1e8], [5.0, 60.0, 1e4, 1e9]))
    task = th.PowerLaw(capacity, source)
    best = th.random_features().optimal_ridge(task, n_samples=P, n_features=N, noise=noise)
    inside = np.asarray(best) >= 0
    assert inside.sum() > 8
    np.testing.assert_allclose(least_risk(task, noise, N, P)[inside], np.asarray(best.risk)[inside], rtol=2e-5)
    ridgeless = th.random_features().evaluate(task, n_samples=P, n_features=N, noise=noise, ridge=0)
    assert (least_risk(task, noise, N, P) <= ridgeless.test * (1 + 1e-12)).all()


def test_without_noise_the_least_ridge_is_zero():
    task, N, P = th.PowerLaw(1.5, 0.4), np.array([1e6, 1e6]), np.array([50.0, 500.0])
    ridgeless = th.random_features().evaluate(task, n_samples=P, n_features=N)
    np.testing.assert_allclose(least_risk(task, 0.0, N, P), ridgeless.test, rtol=1e-3)


def test_random_features_recover_their_own_table():
    N, P, risk = own(1.5, 0.4, 0.02)
    found = nm.fit_runs(N, P, 3 * risk * np.exp(0.005 * NOISE), form="random-features")
    assert found.capacity.value == pytest.approx(1.5, abs=0.01)
    assert found.source.value == pytest.approx(0.4, abs=0.005)
    assert found.noise == pytest.approx(0.06, rel=0.03)
    assert found.signal == pytest.approx(3.0, rel=0.06)
    assert abs(found.capacity.value - 1.5) < np.ptp(found.capacity.interval)
    assert not found.goodness.rejected
    assert found.warnings == ()
    assert "if your system is this model" in str(found)
    np.testing.assert_allclose(
        found.predict([1e4], [1e5]), 3 * least_risk(th.PowerLaw(1.5, 0.4), 0.02, *np.array([[1e4], [1e5]])), rtol=0.01
    )
    assert str(pickle.loads(pickle.dumps(found.capacity))) == str(found.capacity)


@pytest.mark.slow
def test_simulated_students_are_recovered():
    """Ridge regression drawn literally at its best ridge, not the formula: finite sizes and all."""
    task, sizes = (
        th.PowerLaw(1.4, 0.5).truncate(400),
        [(8, 16), (8, 60), (24, 16), (24, 60), (60, 24), (60, 120), (120, 60), (120, 200)],
    )
    rows = []
    for place, (n, p) in enumerate(sizes):
        ridge = max(float(th.random_features().optimal_ridge(task, n_samples=p, n_features=n, noise=0.1)), 0.0)
        drawn = nm.simulate(
            th.random_features(), task, n_samples=p, n_features=n, ridge=ridge, noise=0.1, trials=16, seed=place
        )
        rows.append((n, p, float(drawn.test.mean)))
    N, P, loss = np.array(rows, dtype=float).T
    found = nm.fit_runs(N, P, loss, form="random-features")
    assert found.capacity.value == pytest.approx(1.4, abs=0.15)
    assert found.source.value == pytest.approx(0.5, abs=0.1)
    assert found.noise == pytest.approx(0.1, rel=0.15)


@pytest.mark.slow
def test_language_models_are_rejected():
    with pytest.warns(nm.FitWarning, match="random-features does not fit"):
        found = nm.fit_runs(**public(), form="random-features")
    assert found.goodness.rejected
    assert "capacity on a bound" in found.goodness.reasons
    with pytest.warns(nm.FitWarning, match="predictions mean nothing"):
        found.predict(1e10, 1e12)


@pytest.mark.slow
def test_language_models_are_rejected_whatever_the_units():
    with pytest.warns(nm.FitWarning, match="repeated runs"):
        found = nm.fit_runs(**public(), form="random-features", scales=True)
    assert found.goodness.repeated < 1e-3


def test_goodness_of_fit_tells_right_forms_from_wrong_ones():
    rejected = {"additive": [], "tied": []}
    for seed in range(10):
        runs = checked_runs(*made("additive", 0.01, seed, E=0.0))
        for name, outcomes in rejected.items():
            outcomes.append(goodness_of_fit(fit_form(FORMS[name], runs, 0.0), runs, ("E",)).rejected)
    assert sum(rejected["additive"]) <= 1
    assert all(rejected["tied"])
    N, D, loss = made("additive", 0.01, E=0.0)
    again = checked_runs(np.tile(N, 2), np.tile(D, 2), np.concatenate([loss, loss * np.exp(1e-4 * np.tile(NOISE, 2)[:49])]))
    assert goodness_of_fit(fit_form(FORMS["additive"], again, 0.0), again).repeated < 1e-6  # noise that runs share is no noise


@pytest.mark.slow
def test_power_laws_are_rejected():
    with pytest.warns(nm.FitWarning):
        assert nm.fit_runs(*(column[::4] for column in made("additive", 0.003)), form="random-features").goodness.rejected


@pytest.mark.slow
def test_the_model_is_rejected_rarely_on_its_own_tables():
    N, P, risk = own(1.5, 0.4, 0.02)
    rejected, inside = [], []
    for seed in range(5):
        noise = 0.005 * np.random.default_rng(seed).normal(size=len(N))
        runs = checked_runs(N, P, risk * np.exp(noise))
        fit = fit_form(random_features_form(runs, False), runs, 0.0, rounds=2)
        rejected.append(goodness_of_fit(fit, runs).rejected)
        inside.append(abs(fit.theta[0] - 1.5) < 2.0 * np.sqrt(fit.covariance[0, 0]))
    assert np.sum(rejected) <= 1  # nominal 1 %
    assert np.sum(inside) >= 3


@pytest.mark.slow
def test_sgd_recovers_its_own_table():
    sgd = th.OnePassSGD(schedule="constant")
    M, S = (x.ravel() for x in np.meshgrid([16, 32, 64, 128], 2 ** np.arange(8, 14)))
    out = sgd.evaluate(th.PowerLaw(1.6, 0.35), n_samples=S, n_features=M, step=0.2, noise=0.3)
    found = nm.fit_runs(M, S, 2 * out.test, form="sgd", model=sgd)
    assert found.capacity.value == pytest.approx(1.6, abs=2e-3)
    assert found.source.value == pytest.approx(0.35, abs=2e-3)
    assert found.scales["step"].value == pytest.approx(0.2, rel=0.01)
    assert (found.noise, found.signal) == pytest.approx((0.6, 2.0), rel=0.01)
    assert not found.goodness.rejected


def test_columns_of_sgd_are_its_risk_at_any_noise():
    sgd = th.OnePassSGD(schedule="constant")
    M, S = np.array([8, 16, 8, 16, 32, 32, 64]), np.array([100, 200, 400, 800, 100, 400, 300])
    out = sgd.evaluate(th.PowerLaw(1.6, 0.35), n_samples=S, n_features=M, step=0.2, noise=0.3)
    runs = checked_runs(M, S, out.test)
    form = sgd_form(runs, sgd, 0.2)
    n, d = np.log(M) - np.log(M).mean(), np.log(S) - np.log(S).mean()
    np.testing.assert_allclose(form.values(np.array([1.6, 0.35]), n, d) @ [1.0, 0.3], out.test, rtol=1e-10)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"form": "random-features", "step": 0.1}, 'left out but for form="sgd"'),
        ({"form": "random-features", "irreducible": 0.1}, "label noise is fitted"),
        ({"form": "sgd", "scales": True}, "scales = True"),
        ({"form": "sgd", "step": -1.0}, "step = -1.0"),
        ({"form": "sgd"}, "whole numbers"),
        ({"form": "additive", "scales": True}, "left out for a form of power laws"),
        ({"form": "auto", "step": 0.1}, "left out for a form of power laws"),
    ],
)
def test_settings_of_the_wrong_form_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        nm.fit_runs(*own(1.5, 0.4, 0.02, budgets=3), **settings)
