"""Leading amplitudes: evaluated / leading → 1 at sizes 1e8 … 1e16, in every regime; closed forms; letters and units."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy

import theory as th
from theory.notation import CAPACITY, SOURCE

NOISY = th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures())
POINTS = {  # powers of the scale for each argument: well inside a regime each
    "data-limited": (th.random_features(), {"n_samples": 0.6, "n_features": 1.0, "ridge": -3.0, "noise": -1.0}),
    "feature-limited": (th.random_features(), {"n_samples": 1.0, "n_features": 0.6, "ridge": -3.0, "noise": -1.0}),
    "ridge-limited": (th.random_features(), {"n_samples": 1.0, "n_features": 1.0, "ridge": -0.5, "noise": -1.3}),
    "linear": (th.linear_ridge(), {"n_samples": 1.0, "ridge": -4.0, "noise": -0.5}),
    "ridge over everything": (th.linear_ridge(), {"n_samples": 1.0, "ridge": 0.7, "noise": -0.5}),
    "deep": (th.deep_random_features(2),
             {"n_samples": 1.0, "n_features_1": 0.55, "n_features_2": 1.5, "ridge": -3.0, "noise": -1.0}),
    "noise ridge": (NOISY, {"n_samples": 0.4, "n_features": 1.2, "feature_noise": -1.2, "ridge": -3.0, "noise": -1.6}),
    "feature noise": (NOISY, {"n_samples": 1.0, "n_features": 0.7, "feature_noise": -0.7, "ridge": -3.0, "noise": -1.0}),
}  # fmt: skip


@pytest.mark.parametrize(("capacity", "source"), [(1.6, 0.3), (2.2, 0.72), (2.5, 1.4)])
@pytest.mark.parametrize("name", POINTS)
def test_ratio_to_evaluation_tends_to_one(name, capacity, source):
    model, powers = POINTS[name]
    task, law = th.PowerLaw(capacity, source), model.exponents()
    gaps = []
    for size in (1e8, 1e12, 1e16, 1e24):
        point = {key: size**power for key, power in powers.items()}
        leading, out = law.asymptote(task, **point), model.evaluate(task, **point)
        found = {key: leading[key] / float(value) - 1 for key, value in out.terms.items()}
        gaps.append({**found, "kappa": leading.kappa_value / float(out.kappa) - 1})
    distances = {key: [abs(gap[key]) for gap in gaps] for key in gaps[0]}
    assert np.median([distance[2] for distance in distances.values()]) < 0.02
    for key, distance in distances.items():  # slowest where two monomials are close
        assert distance[3] < 0.2, (key, distance)
        assert distance[3] < 0.6 * distance[0] or distance[0] < 1e-6, (key, distance)


@pytest.mark.parametrize("name", POINTS)
def test_half_integer_sources(name):
    """Where sines of 2πr vanish, where logarithms enter, at the ends of ranges: no amplitude is 0/0, in any regime."""
    model, powers = POINTS[name]
    law, at = model.exponents(), {key: 1e60**power for key, power in powers.items() if 60 * abs(power) < 150}
    at |= {key: 1e40**power for key, power in powers.items() if key not in at}
    for capacity, source in ((1.5, 0.5), (2, 0.5), (3, 0.5), (1.5, 1), (2, 1.5), (2, 2)):
        task = th.PowerLaw(capacity, source)
        leading, out = law.asymptote(task, **at), model.evaluate(task, **at)
        assert leading.kappa_value == pytest.approx(float(out.kappa), rel=0.02, abs=0)
        for key, value in out.terms.items():
            assert leading[key] == pytest.approx(float(value), rel=0.06, abs=0), (capacity, source, key)  # logarithms


def test_half_is_the_limit_of_its_neighbours():
    """Γ(2 − 2r) Γ(2r)/α at r = ½ is 1/α, and no other number: continuous in r, for exact numbers and floats."""
    law, at = th.random_features().exponents(), {"n_samples": 1e10, "n_features": 1e30, "noise": 0.1}
    half = [law.asymptote(th.PowerLaw(1.5, r), **at)["bias"] for r in (0.5, Fraction(1, 2), sympy.Rational(1, 2))]
    assert half[0] == half[1] == half[2]
    for near in (0.5 - 1e-9, 0.5 + 1e-9):
        assert law.asymptote(th.PowerLaw(1.5, near), **at)["bias"] == pytest.approx(half[0], rel=1e-6, abs=0)


def test_equally_large_monomials_add_up():
    """At α = 2, r = ¾ two different monomials of this term are equally large on the whole ray: both are leading."""
    model, powers = POINTS["noise ridge"]
    task, at = th.PowerLaw(2, 0.75), {key: 1e30**power for key, power in powers.items()}
    found = model.exponents().asymptote(task, **at)["samples", "features"]
    assert found == pytest.approx(float(model.evaluate(task, **at).terms["samples", "features"]), rel=1e-6, abs=0)


def test_no_feature_noise_on_infinitely_many_features():
    """Without the noise the chain is linear ridge regression; with it, the variance would be infinite."""
    task, law = th.PowerLaw(1.5, 0.25), NOISY.exponents()
    found = law.asymptote(task, n_samples=1e20, n_features=np.inf, feature_noise=0.0, noise=1.0)
    alone = th.linear_ridge().exponents().asymptote(task, n_samples=1e20, noise=1.0)
    assert all(found[key] == alone[key] for key in alone.terms)
    with pytest.raises(ValueError, match="feature_noise"):
        law.asymptote(task, n_samples=1e20, n_features=np.inf, feature_noise=1e-3)


def test_closed_forms():
    """κ of P samples without ridge is ((π/α)/(P sin(π/α)))^α; the bias at ridge λ has a Beta function."""
    law = th.linear_ridge().exponents()
    leading = law.asymptote(th.PowerLaw(1.5, 0.4), n_samples=1e10)
    alpha, r = CAPACITY.symbol, SOURCE.symbol
    P, lam, _ = law.system.variables
    kappa = (sympy.pi / alpha / sympy.sin(sympy.pi / alpha) / P) ** alpha
    assert float((leading.kappa / kappa).subs({alpha: 1.5, P: 1e10})) == pytest.approx(1, rel=1e-12)
    ridge = law.asymptote(th.PowerLaw(1.5, 0.4), n_samples=1e10, ridge=1e-6)
    bias = lam ** (2 * r) * sympy.gamma(2 - 2 * r) * sympy.gamma(2 * r) / alpha
    assert float((ridge.terms["bias"] / bias).subs({alpha: 1.5, r: 0.4, lam: 1e-6})) == pytest.approx(1, rel=1e-12)
    saturated = law.asymptote(th.PowerLaw(1.5, 1.5), n_samples=1e10, ridge=1e-6)
    zeta = lam**2 * sympy.zeta(1 + 2 * alpha * r - 2 * alpha)
    assert float((saturated.terms["bias"] / zeta).subs({alpha: 1.5, r: 1.5, lam: 1e-6})) == pytest.approx(1, rel=1e-12)


def test_zero_terms_and_infinite_sizes():
    leading = th.random_features().exponents().asymptote(th.PowerLaw(1.5, 0.4), n_samples=1e8, n_features=np.inf)
    assert leading["features"] == 0
    assert leading["train"] == 0
    alone = th.linear_ridge().exponents().asymptote(th.PowerLaw(1.5, 0.4), n_samples=1e8)
    assert leading["excess"] == pytest.approx(alone["excess"], rel=1e-12, abs=0)


def test_scale_is_a_unit():
    plain, scaled = th.PowerLaw(1.5, 0.4), th.PowerLaw(1.5, 0.4, scale=8.0)
    law = th.random_features().exponents()
    one = law.asymptote(plain, n_samples=1e8, n_features=1e6, ridge=1e-5, noise=0.1)
    two = law.asymptote(scaled, n_samples=1e8, n_features=1e6, ridge=8e-5, noise=0.1)
    assert two.kappa_value == pytest.approx(8 * one.kappa_value, rel=1e-12, abs=0)
    for key in one.terms:
        assert two[key] == pytest.approx(one[key], rel=1e-12, abs=0)


def test_logarithm_at_a_breakpoint():
    """At r = 1 the bias is λ² (ln(1/λ) + O(1))/α."""
    law, task = th.linear_ridge().exponents(), th.PowerLaw(1.5, 1.0)
    logs = np.array([1e-20, 1e-40, 1e-80])
    out = th.linear_ridge().evaluate(task, n_samples=1e150, ridge=logs).bias
    lead = np.array([law.asymptote(task, n_samples=1e150, ridge=x)["bias"] for x in logs])
    assert np.all(np.diff(np.abs(out / lead - 1)) < 0)
    assert out[-1] / lead[-1] == pytest.approx(1, abs=0.02)


def test_refused():
    law = th.random_features().exponents()
    good = {"n_samples": 1e8, "n_features": 1e6}
    with pytest.raises(ValueError, match="border"):
        law.asymptote(th.PowerLaw(1.5, 0.4), n_samples=1e8, n_features=1e8)
    with pytest.raises(ValueError, match="infinite PowerLaw"):
        law.asymptote(th.PowerLaw(1.5, 0.4, size=100), **good)
    with pytest.raises(ValueError, match="infinite PowerLaw"):
        law.asymptote(th.Isotropic(10), **good)
    for change, words in (({"n_samples": 0.5}, "n_samples"), ({"ridge": -1}, "ridge"), ({"n_dims": 4}, "n_dims"),
                          ({"noise": math.inf}, "noise"), ({"n_samples": [1e8, 1e9]}, "n_samples")):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            law.asymptote(th.PowerLaw(1.5, 0.4), **{**good, **change})
    with pytest.raises(ValueError, match="n_features"):
        law.asymptote(th.PowerLaw(1.5, 0.4), n_samples=1e8)
