"""Optimal allocation: exact exponents against brute force, faces, symbolic optima with conditions, the real optimum."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy

import theory as th
from theory.notation import CAPACITY, SOURCE

A, R = CAPACITY.symbol, SOURCE.symbol
BOTH = {"n_samples": 1, "n_features": 1}


@pytest.fixture(scope="module")
def law():
    return th.random_features().exponents()


def brute(law, cost, capacity, source, noise):
    """The least exponent over a fine grid of the budget and of the ridge."""
    share = np.linspace(0, 1, 401)[:, None]
    ridge = np.linspace(-capacity * 1.2, 0, 481)
    values, _ = law.on_grid(
        capacity=capacity, source=source, n_samples=share / cost["n_samples"], n_features=(1 - share) / cost["n_features"],
        ridge=ridge, noise=noise,
    )  # fmt: skip
    return values["excess"].min()


@pytest.mark.parametrize("cost", [BOTH, {"n_samples": 1, "n_features": 2}, {"n_samples": 3, "n_features": 1}], ids=str)
@pytest.mark.parametrize("noise", [-1e6, 0.0, -0.5])
@pytest.mark.parametrize(("capacity", "source"), [(1.5, 0.4), (1.5, 0.8), (2.5, 0.3), (2.5, 1.3)])
def test_numbers_against_brute_force(law, cost, noise, capacity, source):
    optimum = law.compute_optimal(cost, capacity=capacity, source=source, noise=noise)
    least = brute(law, cost, capacity, source, noise)
    assert optimum.risk <= least + 1e-12
    assert optimum.risk >= least - 0.02
    point = {}
    for keyword in ("n_samples", "n_features", "ridge"):
        value = getattr(optimum, keyword)
        ends = (value.start, value.end) if isinstance(value, sympy.Interval) else (value, value)
        point[keyword] = float(ends[1])
    if not isinstance(optimum.n_samples, sympy.Interval):
        assert sum(power * point[key] for key, power in cost.items()) == pytest.approx(1)
        ray = law.along(capacity=capacity, source=source, noise=noise, **point)
        assert ray["excess"] == pytest.approx(optimum.risk, abs=1e-12)


def test_contract(law):
    optimum = law.compute_optimal(cost=BOTH, capacity=1.5, source=0.4, noise=-np.inf)
    assert (optimum.n_samples, optimum.n_features, optimum.risk) == pytest.approx((0.5, 0.5, -0.6))
    assert optimum.ridge == sympy.Interval(-sympy.oo, sympy.Rational(-3, 4))
    exact = law.compute_optimal(cost=BOTH, capacity=Fraction(3, 2), source=Fraction(2, 5))
    assert exact.risk == sympy.Rational(-3, 5)


def near_borders():
    """Floats at random, and one rounding beside the borders α (1 − 2r) = 1, r = ½, r = 1, and others that thirds make."""
    rng = np.random.default_rng(120)
    yield from zip(rng.uniform(1.01, 4, 40).tolist(), rng.uniform(0.02, 2.2, 40).tolist(), strict=True)
    for capacity, source in ((3.0, 1 / 3), (1.5, 1 / 6), (2.0, 0.25), (1.7, 0.5), (2.3, 1.0), (4 / 3, 0.125), (1.1, 5 / 11)):
        for side in (-math.inf, math.inf):
            yield capacity, math.nextafter(source, side)
            yield math.nextafter(capacity, side), source
        yield capacity, source


@pytest.mark.parametrize("noise", [-np.inf, 0])
def test_floats_beside_borders(law, noise):
    """Every float is a number like any other: its optimum is the one of the fraction that it is, and its ray has that risk."""
    for capacity, source in near_borders():
        optimum = law.compute_optimal(BOTH, capacity=capacity, source=source, noise=noise)
        alpha, r = Fraction(str(capacity)), Fraction(str(source))
        exact = law.compute_optimal(BOTH, capacity=alpha, source=r, noise=noise)
        assert optimum.risk == float(exact.risk)
        point = {}
        for keyword in ("n_samples", "n_features", "ridge"):
            value = exact.exponents[keyword]
            end = value.end if isinstance(value, sympy.Interval) else value
            point[keyword] = Fraction(int(end.p), int(end.q))
        if not isinstance(exact.n_samples, sympy.Interval):
            assert law.along(capacity=alpha, source=r, noise=noise, **point)["excess"] == exact.risk


def test_a_float_next_to_a_border_has_its_neighbours_optimum(law):
    """Capacity 3, source 1/3: as a float it lies 3e-17 off the border, and was "a regime without a vertex"."""
    border = law.compute_optimal(BOTH, capacity=3, source=Fraction(1, 3))
    beside = law.compute_optimal(BOTH, capacity=3, source=1 / 3)
    assert beside.risk == pytest.approx(float(border.risk), rel=1e-15)
    assert beside.n_samples == pytest.approx(float(border.n_samples), rel=1e-15)


def test_nothing_to_choose():
    """All but one argument fixed: the budget fixes that."""
    best = th.linear_ridge().exponents().compute_optimal({"n_samples": 1}, capacity=2, source=0.3, ridge=-math.inf)
    assert (best.n_samples, best.risk) == (1.0, -1.2)


def test_no_feature_noise_is_a_chain_without_it():
    """Zero feature noise on infinitely many features is none: noise that is zero comes before features that are infinite."""
    noisy = th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures()).exponents()
    plain = th.linear_ridge().exponents()
    for noise in (-math.inf, 0):
        at = {"capacity": 1.5, "source": 0.25, "noise": noise}
        ray = noisy.along(n_samples=1, n_features=math.inf, **at)
        alone = plain.along(n_samples=1, **at)
        assert ray.kappa == alone.kappa == -1.5
        assert all(ray[key] == alone[key] for key in alone.terms)
        best = noisy.compute_optimal({"n_samples": 1}, n_features=math.inf, **at)
        assert best.risk == plain.compute_optimal({"n_samples": 1}, **at).risk


def test_optimal_ridge_is_caponnetto_de_vito():
    """λ* ~ P^(-α/(1+2αr̂)), excess ~ P^(-2αr̂/(1+2αr̂)) with noise and N = ∞, symbolically and for all sources at once."""
    (optimum,) = th.linear_ridge().exponents().compute_optimal({"n_samples": 1}, noise=0)
    hat = sympy.Min(1, R)
    assert sympy.simplify(optimum.ridge + A / (1 + 2 * A * hat)) == 0
    assert sympy.simplify(optimum.risk + 2 * A * hat / (1 + 2 * A * hat)) == 0
    assert optimum.condition == sympy.true


@pytest.mark.parametrize(("cost", "fixed"), [
    (BOTH, {}), ({"n_features": 1, "ridge": -1}, {"n_samples": math.inf}),
    pytest.param(BOTH, {"noise": 0}, marks=pytest.mark.slow),
    pytest.param({"n_samples": 1, "n_features": 2}, {}, marks=pytest.mark.slow),
], ids=str)  # fmt: skip
def test_symbolic_optima_are_the_numbers(law, cost, fixed):
    """At random capacities and sources exactly one condition holds (away from borders), and gives the numeric optimum."""
    optima, rng = law.compute_optimal(cost, **fixed), np.random.default_rng(11)
    for _ in range(25):
        alpha, r = Fraction(int(rng.integers(105, 400)), 100), Fraction(int(rng.integers(5, 190)), 100)
        numbers = {A: sympy.Rational(alpha.numerator, alpha.denominator), R: sympy.Rational(r.numerator, r.denominator)}
        true = [optimum for optimum in optima if optimum.condition.subs(numbers) == sympy.true]
        assert len(true) == 1, (alpha, r)
        expected = law.compute_optimal(cost, capacity=alpha, source=r, **fixed)
        assert true[0].risk.subs(numbers) == expected.risk
        for keyword in ("n_samples", "n_features", "ridge"):
            if keyword not in fixed:
                assert sympy.sympify(true[0].exponents[keyword]).subs(numbers) == expected.exponents[keyword]


@pytest.mark.parametrize("layers", [3, pytest.param(5, marks=pytest.mark.slow)])
def test_deep_networks(layers):
    """Cost ∏ of all sizes: all alike below r = ½ and above α = 1 + 1/L, else widths P^(1 + 2αr̂ − α); the same in numbers."""
    sizes = ["n_samples", *(f"n_features_{k}" for k in range(1, layers + 1))]
    law, cost = th.deep_random_features(layers).exponents(), dict.fromkeys(sizes, 1)
    easy, steep, gentle = law.compute_optimal(cost)
    hat = sympy.Min(1, R)
    widths = 2 * A * hat - A + 1
    total = 1 + layers * widths
    for optimum, risk, data in ((easy, 2 * A * R / (layers + 1), 1 / sympy.Integer(layers + 1)),
                                (steep, A / (layers + 1), 1 / sympy.Integer(layers + 1)),
                                (gentle, 2 * A * hat / total, 1 / total)):  # fmt: skip
        assert sympy.simplify(optimum.risk + risk) == 0
        assert sympy.simplify(optimum.n_samples - data) == 0
        assert sympy.simplify(optimum.ridge.end + A * data) == 0
    assert sympy.simplify(gentle.n_features_1 - widths / total) == 0
    assert all(other == gentle.exponents[sizes[1]] for other in (gentle.exponents[size] for size in sizes[1:]))
    assert easy.condition == sympy.Le(R, sympy.Rational(1, 2))
    assert set(steep.condition.args) == {sympy.Ge(R, sympy.Rational(1, 2)), sympy.Ge(layers * A - layers - 1, 0)}
    rng = np.random.default_rng(layers)
    for _ in range(3):
        alpha, r = Fraction(int(rng.integers(101, 300)), 100), Fraction(int(rng.integers(5, 190)), 100)
        numbers = {A: sympy.Rational(alpha.numerator, alpha.denominator), R: sympy.Rational(r.numerator, r.denominator)}
        (true,) = (optimum for optimum in (easy, steep, gentle) if optimum.condition.subs(numbers) == sympy.true)
        expected = law.compute_optimal(cost, capacity=alpha, source=r)
        assert true.risk.subs(numbers) == expected.risk
        for key in (*sizes, "ridge"):
            assert sympy.sympify(true.exponents[key]).subs(numbers) == expected.exponents[key]


def test_one_attribute_is_a_piecewise(law):
    optima = law.compute_optimal(BOTH)
    value = optima.n_samples.subs({A: sympy.Rational(3, 2), R: sympy.Rational(4, 5)})
    assert value == law.compute_optimal(BOTH, capacity=Fraction(3, 2), source=Fraction(4, 5)).n_samples
    assert "if" in str(optima)


@pytest.mark.parametrize("source", [0.3, 0.8])
@pytest.mark.parametrize("noise", [0.0, 0.3])
@pytest.mark.slow
def test_the_real_optimum_follows_the_exponents(law, source, noise):
    model, task = th.random_features(), th.PowerLaw(1.5, source)
    expected = law.compute_optimal(BOTH, capacity=1.5, source=source, noise=0 if noise else -np.inf)
    budgets = (1e24, 1e28)
    found = [model.optimum(task, BOTH, budget, of="excess", noise=noise) for budget in budgets]
    ratio = math.log(budgets[1] / budgets[0])
    for keyword in ("n_samples", "n_features"):
        slope = math.log(found[1].arguments[keyword] / found[0].arguments[keyword]) / ratio
        assert slope == pytest.approx(float(getattr(expected, keyword)), abs=0.02)
    assert math.log(found[1].risk / found[0].risk) / ratio == pytest.approx(float(expected.risk), abs=0.02)
    for optimum, budget in zip(found, budgets, strict=True):
        assert optimum.n_samples * optimum.n_features == pytest.approx(budget, rel=1e-9)
        again = model.evaluate(task, **optimum.arguments)
        assert float(again.excess) == pytest.approx(optimum.risk, rel=1e-9)


def test_the_real_optimum_is_least(law):
    model, task = th.random_features(), th.PowerLaw(1.5, 0.4)
    best = model.optimum(task, BOTH, 1e8, noise=0.1)
    rng = np.random.default_rng(0)
    log_p, log_ridge = rng.uniform(0, math.log(1e8), 4000), rng.uniform(-25, 2, 4000)
    near = math.log(best.n_samples) + rng.normal(0, 0.05, 4000), math.log(best.ridge) + rng.normal(0, 0.2, 4000)
    for p, ridge in ((log_p, log_ridge), near):
        p = np.clip(p, 0, math.log(1e8))
        others = model.evaluate(task, n_samples=np.exp(p), n_features=1e8 / np.exp(p), ridge=np.exp(ridge), noise=0.1)
        assert np.nanmin(others.test) >= best.risk * (1 - 1e-9)


BAD = [
    ({}, {}, "cost"), ({"n_samples": -1, "n_features": 1}, {}, "cost"), ({"n_samples": 1}, {}, "n_features"),
    ({"n_samples": "x", "n_features": 1}, {}, "cost"), ({"noise": 1, **BOTH}, {}, "cost"),
    ({"n_dims": 1, **BOTH}, {}, "n_dims"),
    (BOTH, {"n_samples": 1}, "cost"), (BOTH, {"capacity": 1.5}, "source"), (BOTH, {"capacity": 1, "source": 1}, "capacity"),
    ({"n_samples": math.inf, "n_features": 1}, {}, "cost"), (BOTH, {"noise": math.inf}, "noise"),
    (["n_samples"], {}, "cost"),
]  # fmt: skip


@pytest.mark.parametrize(("cost", "fixed", "words"), BAD)
def test_bad_costs(law, cost, fixed, words):
    with pytest.raises(ValueError, match=words):
        law.compute_optimal(cost, **fixed)


@pytest.mark.parametrize(("cost", "budget", "fixed", "words"), [
    ({}, 1e6, {}, "cost"), ({"n_samples": 1}, 1e6, {}, "n_features"), (BOTH, 0.0, {}, "budget"), (BOTH, np.nan, {}, "budget"),
    (BOTH, 1e6, {"n_dims": 1}, "n_dims"), ({"n_samples": -1, "n_features": 1}, 1e6, {}, "cost"), (BOTH, 0.5, {}, "budget"),
    (BOTH, 1e6, {"n_samples": 10}, "cost"),
])  # fmt: skip
def test_bad_budgets(cost, budget, fixed, words):
    with pytest.raises(ValueError, match=words):
        th.random_features().optimum(th.PowerLaw(1.5, 0.4), cost, budget, **fixed)
