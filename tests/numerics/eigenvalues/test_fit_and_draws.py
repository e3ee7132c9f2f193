"""Drawn spectra are those of the declaration; the fitted capacity is unbiased, and says where no power fits."""

import re

import numpy as np
import pytest

import numerics as nm
import theory as th

LINEAR = th.linear_ridge()


@pytest.mark.parametrize("of", ["kernel", "covariance", "features"])
def test_draws_are_what_the_density_predicts(of):
    task, model = th.PowerLaw(1.4, 0.3, size=150), th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures())
    sizes = {"n_features": 120, "feature_noise": 0.01} | ({} if of == "features" else {"n_samples": 90})
    drawn = nm.simulate_spectrum(model, task, trials=12, seed=0, of=of, **sizes)
    found = model.spectrum(task, of=of, **sizes)
    assert drawn.shape == (12, found.size)
    assert (np.diff(drawn, axis=1) <= 0).all()
    assert np.count_nonzero(drawn[0]) == (120 if of == "features" else 90)
    predicted, measured = found.quantiles(), drawn.mean(axis=0)
    np.testing.assert_allclose(measured[5:80], predicted[5:80], rtol=0.06)
    np.testing.assert_allclose(nm.simulate_spectrum(model, task, trials=2, seed=0, of=of, **sizes), drawn[:2])


def test_nonlinear_features_are_drawn_as_they_are():
    model, task = th.nonlinear_random_features("tanh"), th.Isotropic(100)
    drawn = nm.simulate_spectrum(model, task, trials=6, seed=0, n_samples=150, n_features=80)
    predicted = model.spectrum(task, n_samples=150, n_features=80).quantiles()
    np.testing.assert_allclose(drawn.mean(axis=0)[:80], predicted[:80], rtol=0.1, atol=1e-3)


@pytest.mark.parametrize("capacity", [1.25, 2.0])
def test_fitted_capacity_is_unbiased(capacity):
    task = th.PowerLaw(capacity, 0.3, size=160)
    drawn = nm.simulate_spectrum(LINEAR, task, trials=5, seed=0, of="covariance", n_samples=100)
    found = [nm.fit_capacity(values, 100) for values in drawn]
    assert np.mean([fit.capacity for fit in found]) == pytest.approx(capacity, abs=0.02)
    assert all(fit.single_power and "one power fits" in fit.verdict for fit in found)
    assert found[0].scale == pytest.approx(1.0, rel=0.15)


def test_two_powers_are_no_single_one():
    k = np.arange(1.0, 201.0)
    task = th.Discrete(np.where(k < 40, k**-0.7, 40.0**2.3 * k**-3.0), np.ones(200))
    values = nm.simulate_spectrum(LINEAR, task, trials=1, seed=0, of="covariance", n_samples=400)[0]
    found = nm.fit_capacity(values, 400)
    assert not found.single_power
    assert "no single power fits" in repr(found)


@pytest.mark.parametrize(
    ("words", "call"),
    [
        ("n_samples must be a finite number > 0", lambda: nm.fit_capacity(np.arange(100.0, 0.0, -1.0), 0)),
        ("n_dims must be given", lambda: nm.fit_capacity(np.arange(100.0, 0.0, -1.0), 100)),
        ("n_dims must be a whole number", lambda: nm.fit_capacity(np.arange(100.0, 0.0, -1.0), 100, n_dims=50)),
        ("at least 40", lambda: nm.fit_capacity(np.arange(30.0, 0.0, -1.0), 100)),
        ("sort them", lambda: nm.fit_capacity([1.0, 3.0, 2.0, 0.5], 100)),
        ("of must be one of", lambda: nm.simulate_spectrum(LINEAR, th.Isotropic(5), trials=1, seed=0, of="gram", n_samples=3)),
        ("n_samples must be left out",
         lambda: nm.simulate_spectrum(LINEAR, th.Isotropic(5), trials=1, seed=0, of="features", n_samples=3)),
        ("trials must be a whole number", lambda: nm.simulate_spectrum(LINEAR, th.Isotropic(5), trials=0, seed=0, n_samples=3)),
        ("without rows of data",
         lambda: nm.simulate_spectrum(th.Chain(th.GaussianFeatures()), th.Isotropic(5), trials=1, seed=0, n_features=3)),
        ("features are nonlinear",
         lambda: nm.simulate_spectrum(th.nonlinear_random_features("relu"), th.Isotropic(5), trials=1, seed=0, of="features",
                                      n_features=3)),
    ],
)  # fmt: skip
def test_what_is_refused(words, call):
    with pytest.raises(ValueError, match=re.escape(words)):
        call()
