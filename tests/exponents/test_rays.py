"""Exponents against the evaluator's own slopes at enormous sizes, on random rays; logarithms, limits, ties."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy

import theory as th
from theory.exponents.algebra.maxplus import maxplus
from theory.notation import BIAS

EXPONENTS = [(1.2, 0.3), (1.5, 0.4), (1.5, 0.8), (2.0, 0.25), (2.0, 1.4), (3.0, 0.35), (1.3, 0.75), (2.6, 0.15)]
CHAINS = {
    "linear ridge": th.linear_ridge(),
    "random features": th.random_features(),
    "two layers": th.deep_random_features(2),
    "Haar on features": th.Chain(th.Samples(), th.HaarProjection(), th.GaussianFeatures()),
    "noisy features": th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures()),
    "no samples": th.Chain(th.GaussianFeatures()),
}
RAYS = {"random features": 1000}
GAP, WORST = 0.15, 0.02


def random_rays(model, count, rng):
    """Powers of Λ for every argument, sizes from .3 to 2, the ridge around the sizes' own scales."""
    rays = {}
    for slot in model.slots[::-1]:
        rays[slot.keyword] = rng.uniform(0.3, 2.0, count) if slot.is_size else rng.uniform(-3.0, 0.5, count)
    for slot, inner in zip(model.slots[1:], model.slots, strict=False):
        if slot.ratio:
            rays[slot.keyword] = rays[inner.keyword] * rng.uniform(0.3, 0.8, count)
    rays["ridge"] = rng.uniform(-6.0, 0.3, count)
    if model.derivation.data is not None:
        rays["noise"] = rng.uniform(-4.0, 0.5, count)
    return rays


def settled(law, capacity, source, rays, values):
    """By term, where no max has a rival within `GAP`: moving any one argument by it, up and down, meets no kink."""
    steady = {key: np.ones(len(rays["ridge"]), dtype=bool) for key in values}
    for name, value in rays.items():
        for step in (GAP, GAP / 2):
            low = np.minimum(value, step) if name.startswith("n_") else step
            moved = [
                law.on_grid(capacity=capacity, source=source, **{**rays, name: value + by})[0] for by in (low, -low)
            ]  # fmt: skip
            for key in values:
                steady[key] &= np.abs(moved[0][key] + moved[1][key] - 2 * values[key]) < 1e-9
    return steady


@pytest.mark.parametrize("name", CHAINS)
def test_random_rays_against_local_slopes(name):
    model, rng, checked, worst = CHAINS[name], np.random.default_rng(7), 0, 0.0
    law = model.exponents()
    for capacity, source in EXPONENTS:
        rays = random_rays(model, RAYS.get(name, 200), rng)
        values, _ = law.on_grid(capacity=capacity, source=source, **rays)
        steady = settled(law, capacity, source, rays, values)
        smallest = np.min([value for key, value in rays.items() if key.startswith("n_")], axis=0)
        scale = np.minimum(150.0 / smallest, 330 / np.max([np.abs(value) for value in rays.values()], axis=0))  # ln Λ
        task = th.PowerLaw(capacity, source)
        local = model.local_exponents(task, **{key: np.exp(value * scale) for key, value in rays.items()})
        for key in values:
            clear = steady[key]
            assert clear.mean() > 0.2, key
            error = np.abs(local.along(key, **rays) - values[key])[clear]
            worst, checked = max(worst, error.max()), checked + error.size
    assert worst <= WORST, worst
    assert checked >= 1000


@pytest.mark.parametrize("name", CHAINS)
def test_one_ray_is_the_grid_at_a_point(name):
    model, law = CHAINS[name], CHAINS[name].exponents()
    rays = random_rays(model, 20, np.random.default_rng(3))
    values, _ = law.on_grid(capacity=1.5, source=0.4, **rays)
    for i in range(20):
        ray = law.along(capacity=1.5, source=0.4, **{key: float(value[i]) for key, value in rays.items()})
        for key in values:
            assert ray[key] == pytest.approx(values[key][i], abs=1e-9)


def test_contract():
    ray = th.random_features().exponents().along(
        capacity=1.5, source=0.4, n_samples=1, n_features=2, ridge=-1.5, noise=-np.inf
    )  # fmt: skip
    assert ray.terms["bias"] == pytest.approx(-1.2)
    assert ray["test"] == pytest.approx(-1.2)
    assert ray["features"] == pytest.approx(1 - 2 - 1.5 * 0.8)
    assert ray["samples", "noise"] == -np.inf
    assert ray.dominant == "bias"
    assert not ray.logarithms
    assert ray.walls == ("λ ~ P^(-α)",)


def test_exact_numbers_in_exact_numbers_out():
    law = th.linear_ridge().exponents()
    ray = law.along(capacity=Fraction(11, 10), source=Fraction(1, 3), n_samples=1, ridge=Fraction(-1, 2))
    assert ray["bias"] == Fraction(-1, 3)
    assert isinstance(ray["bias"], Fraction)
    assert isinstance(law.along(capacity=1.1, source=Fraction(1, 3), n_samples=1)["bias"], float)
    assert law.along(capacity=1.1, source=0.3, n_samples=1)["bias"] == pytest.approx(-0.66, abs=1e-15)


def test_limits():
    law = th.random_features().exponents()
    infinite = law.along(capacity=1.5, source=0.4, n_samples=1, n_features=np.inf, noise=0)
    alone = th.linear_ridge().exponents().along(capacity=1.5, source=0.4, n_samples=1, noise=0)
    for key in alone.terms:
        assert infinite[key] == alone[key]
    assert infinite["features"] == infinite["samples", "features", "noise"] == -np.inf
    assert infinite["train"] == -np.inf
    model = th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures())
    quiet = model.exponents().along(capacity=1.5, source=0.8, n_samples=1, n_features=1.5, ridge=-1, noise=0)
    bare = law.along(capacity=1.5, source=0.8, n_samples=1, n_features=1.5, ridge=-1, noise=0)
    assert {key: quiet[key] for key in bare.terms} == dict(bare.terms)


def test_ridge_above_the_spectrum():
    ray = th.random_features().exponents().along(
        capacity=1.5, source=0.4, n_samples=1, n_features=2, ridge=Fraction(1, 2), noise=0
    )  # fmt: skip
    assert ray.kappa == ray["test"] + Fraction(1, 2)  # κ = λ; nothing is learnt
    assert ray["samples", "noise"] == -1 - 2 * Fraction(1, 2)


@pytest.mark.parametrize(("source", "key", "power"), [(0.5, "features", 1), (1.0, "bias", 1), (0.4, "bias", 0)])
def test_logarithms(source, key, power):
    """Where 2r meets an order of saturation, ln(1/κ) multiplies; the ratio to the power law really grows as ln Λ."""
    model = th.random_features()
    ray = model.exponents().along(capacity=1.5, source=source, n_samples=2, n_features=3, ridge=-1, noise=0)
    assert ray.logarithms.get(key, 0) == power
    logs = np.array([100.0, 200.0, 400.0])
    sizes = {"n_samples": np.exp(2 * logs / 3), "n_features": np.exp(logs), "ridge": np.exp(-logs / 3)}
    out = model.evaluate(th.PowerLaw(1.5, source), noise=1.0, **sizes).terms[key]
    left = np.log(out) - float(ray[key]) * logs / 3
    assert np.allclose(np.diff(left), power * math.log(2), atol=0.02)


def test_ties_agree_from_both_sides():
    law = th.random_features().exponents()
    at = law.along(capacity=1.5, source=0.8, n_samples=1, n_features=1, noise=0)
    assert "P ~ N" in at.walls
    for other in (Fraction(10**6 + 1, 10**6), Fraction(10**6 - 1, 10**6)):
        near = law.along(capacity=1.5, source=0.8, n_samples=1, n_features=other, noise=0)
        for key in near.terms:
            if key != "train":
                assert float(near[key]) == pytest.approx(float(at[key]), abs=1e-5)


def test_maxplus_of_any_expression():
    model = th.random_features()
    expression = model.formulas["features"]
    symbols = {symbol: Fraction(-place) for place, symbol in enumerate(sorted(expression.free_symbols, key=str))}
    value = maxplus(expression, symbols)
    assert isinstance(value, Fraction)
    scale = 40.0
    numeric = expression.subs({symbol: math.exp(scale * float(x)) for symbol, x in symbols.items()})
    assert math.log(float(numeric)) / scale == pytest.approx(float(value), abs=0.05)
    assert maxplus(2 * BIAS.symbol**3 + BIAS.symbol, {BIAS.symbol: -1}) == -1
    a, b = sympy.symbols("a b")
    x, y = sympy.symbols("x y", positive=True)
    assert maxplus((x**2 + 3 * x * y) / (1 + y), {x: a, y: b}) == sympy.Max(2 * a, a + b) - sympy.Max(0, b)
    with pytest.raises(ValueError, match="subtraction-free"):
        maxplus(BIAS.symbol - 2, {BIAS.symbol: 1})
    with pytest.raises(ValueError, match="given for"):
        maxplus(BIAS.symbol, {})


BAD = [
    ({"capacity": 1.0}, "capacity = 1.0"), ({"capacity": 0.5}, "capacity"), ({"capacity": math.nan}, "capacity"),
    ({"capacity": "a"}, "capacity"), ({"source": 0}, "source = 0"), ({"source": -1.0}, "source"),
    ({"n_samples": -1}, "n_samples"), ({"n_features": math.nan}, "n_features"), ({"ridge": math.inf}, "ridge"),
    ({"noise": math.inf}, "noise"), ({"n_dims": 3}, "n_dims"), ({"n_samples": None}, "n_samples"), ({"ridge": 1e9}, "ridge"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words"), BAD)
def test_bad_directions(change, words):
    good = {"capacity": 1.5, "source": 0.4, "n_samples": 1, "n_features": 2, "ridge": -1}
    with pytest.raises(ValueError, match=words):
        th.random_features().exponents().along(**{**good, **change})


def test_contradicting_directions():
    law = CHAINS["Haar on features"].exponents()
    with pytest.raises(ValueError, match="at most 1, n_features_1"):
        law.along(capacity=1.5, source=0.4, n_samples=1, n_features_1=1, n_features_2=2)
    noisy = CHAINS["noisy features"].exponents()
    with pytest.raises(ValueError, match="-inf where n_features is infinite"):
        noisy.along(capacity=1.5, source=0.4, n_samples=1, n_features=np.inf, feature_noise=-1)
    with pytest.raises(ValueError, match="missing|given"):
        noisy.along(capacity=1.5, source=0.4, n_samples=1)
    with pytest.raises(ValueError, match="infinite population"):
        th.Chain(th.Samples(), th.FeatureNoise()).exponents()
    with pytest.raises(ValueError, match="infinite population"):
        th.Chain(th.PoolSamples()).exponents()
    with pytest.raises(ValueError, match="broadcastable"):
        law.on_grid(capacity=1.5, source=0.4, n_samples=np.ones(2), n_features_1=np.ones(3), n_features_2=1.0, ridge=-1.0,
                    noise=0.0)  # fmt: skip


def test_exactly_equal_sizes():
    """At P = N the complements go as √(λ/κ) and the risk as λ^(-1/2); slopes of the evaluator agree."""
    model = th.random_features()
    law = model.exponents(equal=("n_samples", "n_features"))
    assert law.system.keywords == ("n_samples", "ridge", "noise")
    task = th.PowerLaw(1.5, 0.4)
    for ridge, noise in ((-4, 0), (-2.5, -0.3), (-0.8, -0.5)):
        ray = law.along(capacity=1.5, source=0.4, n_samples=1, ridge=ridge, noise=noise)
        size = np.array([1e50, 1e60])  # its own slopes by P and by N alone are ±1/t, and cancel
        out = model.evaluate(task, n_samples=size, n_features=size, ridge=size**ridge, noise=size**noise)
        for key in ray.terms:
            slope = np.diff(np.log10(out.terms[key])) / 10
            assert slope == pytest.approx(float(ray[key]), abs=0.01), (key, ridge)
    steep = law.along(capacity=1.5, source=0.4, n_samples=1, ridge=-4, noise=0)["test"]
    assert steep - law.along(capacity=1.5, source=0.4, n_samples=1, ridge=-5, noise=0)["test"] == pytest.approx(-0.5)
    for equal in (("n_samples",), "n_samples", ("n_samples", "n_dims"), ("n_samples", "n_samples")):
        with pytest.raises(ValueError, match="equal"):
            model.exponents(equal=equal)
    with pytest.raises(ValueError, match="filled alike"):
        CHAINS["noisy features"].exponents(equal=("n_samples", "n_features"))


def test_logarithms_beside_long_fractions():
    """A capacity with a long denominator leaves exponents exact where there are logarithms too."""
    law = th.random_features().exponents()
    alpha = Fraction("1.6999999999999997")
    ray = law.along(capacity=alpha, source=Fraction(1, 2), n_samples=Fraction(1, 2), n_features=Fraction(1, 2), ridge=-2)
    assert ray["excess"] == -alpha / 2
    assert ray.logarithms["features"] == 1
