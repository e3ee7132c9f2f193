"""Local exponents against 30-digit differences, at limits, and along the directions of the law."""

import mpmath
import numpy as np
import pytest
from mpmath import mp

import theory as th

CHAINS = {
    "linear ridge": (th.linear_ridge(), {"n_samples": 300.0}),
    "features": (th.random_features(), {"n_samples": 300.0, "n_features": 200.0}),
    "P = N": (th.random_features(), {"n_samples": 200.0, "n_features": 200.0}),
    "two layers": (th.deep_random_features(2), {"n_samples": 300.0, "n_features_1": 150.0, "n_features_2": 400.0}),
    "Haar on features": (th.Chain(th.Samples(), th.HaarProjection(), th.GaussianFeatures()),
                         {"n_samples": 300.0, "n_features_1": 400.0, "n_features_2": 150.0}),
    "noisy": (th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures()),
              {"n_samples": 300.0, "feature_noise": 1e-3, "n_features": 200.0}),
    "no samples": (th.Chain(th.GaussianFeatures()), {"n_features": 200.0}),
}  # fmt: skip
TASKS = {"infinite": th.PowerLaw(1.5, 0.4), "steep": th.PowerLaw(3.0, 0.8), "finite": th.PowerLaw(1.3, 0.6, size=1000)}


def difference(model, task, point, name):
    """Return d ln f/d ln x of every term and of κ by central differences at 30 digits."""
    with mp.workdps(40):
        values = []
        for sign in (1, -1):
            moved = dict(point)
            moved[name] = float(np.float64(point[name]) * (1 + sign * 2.0**-20))
            values.append((moved[name], model.evaluate(task, **moved, precision=30)))
        (x, up), (y, down) = values
        width = mp.log(mp.mpf(x)) - mp.log(mp.mpf(y))
        slopes = {key: float((mp.log(up.terms[key].item()) - mp.log(down.terms[key].item())) / width) for key in up.terms}
        return slopes | {"kappa": float((mp.log(up.kappa.item()) - mp.log(down.kappa.item())) / width)}


EVERY = [(name, task) for name in CHAINS for task in TASKS]
QUICK = [(name, "infinite") for name in CHAINS] + [("features", "finite"), ("noisy", "steep")]


@pytest.mark.parametrize(
    ("name", "task"), [pytest.param(*case, marks=() if case in QUICK else pytest.mark.slow) for case in EVERY]
)
def test_against_differences(name, task):
    model, sizes = CHAINS[name]
    noise = {"noise": 0.2} if model.derivation.data is not None else {}
    for ridge in (1e-3, 1e-7):
        point = {**sizes, "ridge": ridge, **noise}
        local = model.local_exponents(TASKS[task], **point)
        for argument in point:
            expected = difference(model, TASKS[task], point, argument)
            assert float(local.kappa[argument]) == pytest.approx(expected.pop("kappa"), abs=2e-8)
            for key, value in expected.items():
                assert float(local[key][argument]) == pytest.approx(value, abs=2e-8, rel=1e-7), (key, argument)


def test_tight_complements():
    """At a ridge of 1e-300 the training risk goes as λ², to rounding."""
    local = th.random_features().local_exponents(TASKS["infinite"], n_samples=100, n_features=300, ridge=1e-300, noise=0.1)
    assert local["train"]["ridge"] == pytest.approx(2, abs=1e-12)
    assert local["test"]["ridge"] == pytest.approx(0, abs=1e-12)
    equal = th.random_features().local_exponents(TASKS["infinite"], n_samples=100, n_features=100, ridge=1e-300, noise=0.1)
    assert equal["test"]["ridge"] == pytest.approx(-0.5, abs=1e-9)


def test_ridgeless_and_infinite():
    local = th.random_features().local_exponents(TASKS["infinite"], n_samples=[100, 200], n_features=np.inf, noise=0.1)
    alone = th.linear_ridge().local_exponents(TASKS["infinite"], n_samples=[100, 200], noise=0.1)
    assert local["test"]["n_samples"] == pytest.approx(alone["test"]["n_samples"], abs=1e-12)
    assert np.isnan(local["test"]["n_features"]).all()
    assert np.isnan(local["test"]["ridge"]).all()
    assert np.isnan(local["train"]["n_samples"]).all()
    assert local.along("test", n_samples=1).shape == (2,)


def test_slopes_settle_on_the_law():
    """Where the asymptotic regime begins: the slope's distance from the exponent falls with size."""
    model, task = th.linear_ridge(), TASKS["infinite"]
    exponent = model.exponents().along(capacity=1.5, source=0.4, n_samples=1)["test"]
    local = model.local_exponents(task, n_samples=np.logspace(1, 10, 10))
    gap = np.abs(local["test"]["n_samples"] - float(exponent))
    assert np.all(np.diff(gap) < 0)
    assert gap[-1] < 1e-6


def test_refused():
    with pytest.raises(ValueError, match="ridge"):
        th.linear_ridge().local_exponents(th.Isotropic(400), n_samples=100, ridge=-1e-9)
    with pytest.raises(ValueError, match="n_samples"):
        th.linear_ridge().local_exponents(TASKS["infinite"], ridge=0.1)
    sizes = {"n_samples": 100}
    for layers in ((th.Samples(rows=0.4),), (th.Samples(), th.GaussianFeatures(columns=0.7))):
        with pytest.raises(ValueError, match="without columns or rows"):
            th.Chain(*layers).local_exponents(TASKS["infinite"], ridge=0.1, **sizes)
        sizes["n_features"] = 50
    assert mpmath.mp.dps == 15
