"""The law of gradient flow: the table of its exponents, published optima, constants, and slopes of the evaluated risk."""

from __future__ import annotations

import copy
import functools
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from scipy.special import gamma, zeta

import theory as th

F = Fraction
FLOW = th.GradientFlow(th.random_features())
X, NOISE, W = "samples", "noise", "features"
NUMBERS = [(F(3, 2), F(1, 5)), (F(3, 2), F(4, 5)), (F(6, 5), F(7, 5)), (F(2), F(1, 3)), (F(3), F(3, 5)), (F(5, 2), F(6, 5))]


@functools.cache
def law():
    return FLOW.exponents()


@pytest.mark.parametrize(("alpha", "r"), NUMBERS)
def test_the_table(alpha, r):
    """Derived by hand for one feature layer: early, P ≪ N late, N ≪ P late."""
    p, low, half = 1 / alpha, min(r, F(1)), min(2 * r, F(1))
    given = {"capacity": alpha, "source": r, "noise": 0}
    t, n, m = F(1, 100), F(1), F(9, 10)  # exponents of time, samples, features
    early = law().along(time=t, n_samples=n, n_features=m, **given)
    leak = 2 * (p - low) * t - 2 * m
    assert early["bias"] == max(-2 * r * t, leak)
    assert early[W] == -m + (p - half) * t
    assert early[X] == -n + (p - 2 * low) * t
    assert early[X, W] == -n - m + (2 * p - half) * t
    assert early[X, NOISE] == p * t - n
    assert early[X, W, NOISE] == 2 * p * t - n - m
    assert early["train"] == 0
    late = law().along(time=100, n_samples=F(1, 2), n_features=1, **given)
    n, m = F(1, 2), F(1)
    assert late["bias"] == -2 * alpha * low * n
    assert late[W] == late[X, W] == (1 - alpha * half) * n - m
    assert late[X] == -2 * alpha * low * n
    assert late[X, NOISE] == 0
    assert late[X, W, NOISE] == n - m
    assert late["train"] == -math.inf
    late = law().along(time=100, n_samples=1, n_features=F(1, 2), **given)
    n, m = F(1), F(1, 2)
    assert late["bias"] == -2 * alpha * low * m
    assert late[W] == -alpha * half * m
    assert late[X] == (1 - 2 * alpha * low) * m - n
    assert late[X, W] == (1 - alpha * half) * m - n
    assert late[X, NOISE] == late[X, W, NOISE] == m - n
    assert late["train"] == 0


def test_logarithms():
    given = {"capacity": F(3, 2), "time": 1, "n_samples": 9, "n_features": 8}
    half, one = law().along(source=F(1, 2), **given), law().along(source=1, **given)
    assert {W, (X, W)} <= {key for key in half.logarithms if half.logarithms[key] == 1}
    assert X in one.logarithms
    assert "bias" not in one.logarithms
    assert "bias" not in half.logarithms


def test_equal_sizes_keep_half_powers():
    equal = FLOW.exponents(equal=("n_samples", "n_features"))
    ray = equal.along(capacity=F(3, 2), source=F(2, 5), noise=0, time=100, n_samples=1)
    assert ray["test"] - equal.along(capacity=F(3, 2), source=F(2, 5), noise=0, time=90, n_samples=1)["test"] == 5
    assert ray["train"] - equal.along(capacity=F(3, 2), source=F(2, 5), noise=0, time=90, n_samples=1)["train"] == -5


# (a, b) of arXiv:2402.01092 are 1 + 2αr and α; the first three exponents are published there (Figure 4), the others measured
@pytest.mark.parametrize(
    ("a", "b", "risk", "time"),
    [
        ("2", "1.5", F(-2, 5), F(3, 5)), ("2", "2", F(-1, 3), F(2, 3)), ("1.5", "1.25", F(-2, 9), F(5, 9)),
        ("3", "1.5", F(-2, 3), F(1, 2)), ("2.4", "1.2", F(-7, 12), F(1, 2)), ("3.4", "1.2", F(-12, 17), F(6, 17)),
        ("5", "1.5", F(-4, 5), F(3, 10)), ("4", "2", F(-3, 4), F(1, 2)),
    ],
)  # fmt: skip
def test_compute_optimal_at_n_t(a, b, risk, time):
    alpha, twice = F(b), F(a) - 1
    best = law().compute_optimal({"n_features": 1, "time": 1}, capacity=alpha, source=twice / (2 * alpha))
    assert (best.risk, best.time, best.n_samples) == (risk, time, math.inf)


@pytest.mark.parametrize("r", [F(1, 5), F(3, 10), F(7, 10), F(7, 5)])
@pytest.mark.parametrize("alpha", [F(3, 2), F(5, 2)])
def test_other_costs_and_early_stopping(alpha, r):
    given = {"capacity": alpha, "source": r}
    low, power = min(r, F(1)), 2 * alpha * r
    assert law().compute_optimal({"n_samples": 1, "time": 1}, **given).risk == -2 * alpha * low / (1 + alpha)
    noisy = law().compute_optimal({"n_samples": 1, "time": 1}, noise=0, **given)
    assert noisy.risk == -power / (power + alpha + 1)
    both = law().compute_optimal({"n_samples": 1, "n_features": 1, "time": 1}, **given)
    wanted = -power / (alpha + 2) if 2 * r < 1 else -alpha * r / (1 + alpha * r) if r < 1 else -alpha / (1 + alpha)
    assert both.risk == wanted
    stopped = law().compute_optimal({"n_samples": 1}, noise=0, **given)
    assert (stopped.risk, stopped.time) == (-power / (1 + power), alpha / (1 + power))


def test_symbolic_optima_specialise():
    optima = law().compute_optimal({"n_features": 1, "time": 1})
    for alpha, r in NUMBERS:
        best = law().compute_optimal({"n_features": 1, "time": 1}, capacity=alpha, source=r)
        values = {"alpha": alpha, "r": r}
        found = optima.risk.subs({symbol: values[symbol.name] for symbol in optima.risk.free_symbols})
        assert found == best.risk


@pytest.mark.parametrize(("capacity", "source"), [(1.5, 0.3), (1.5, 0.8), (1.7, 1.4)])
def test_constants_of_early_times(capacity, source):
    """Γ- and ζ-functions for the monomials that have closed constants."""
    p, point = 1 / capacity, {"time": 1e6, "n_features": 1e30, "n_samples": 1e31, "noise": 0.01}
    found = law().asymptote(th.PowerLaw(capacity, source), **point)
    t, n, rows, sigma2 = (point[key] for key in ("time", "n_features", "n_samples", "noise"))
    assert found["bias"] == pytest.approx(gamma(2 * source) * (2 * t) ** (-2 * source) / capacity, rel=1e-10, abs=0)
    assert found[X, NOISE] == pytest.approx(sigma2 * gamma(1 - p) * (2 - 2**p) * t**p / rows, rel=1e-10, abs=0)
    decay = 1 + 2 * capacity * source
    if 2 * source > 1:
        wanted = zeta(decay - capacity) * gamma(1 - p) * (2 * t) ** (p - 1) / (capacity * n)
        assert found[W] == pytest.approx(wanted, rel=1e-10, abs=0)
    if source > 1:
        wanted = zeta(decay - 2 * capacity) * gamma(2 - p) * (2 * t) ** (p - 2) / (capacity * rows)
        assert found[X] == pytest.approx(wanted, rel=1e-10, abs=0)
    assert found["excess"] == pytest.approx(found["bias"], rel=1e-12, abs=0)
    assert found["test"] == pytest.approx(sigma2)


def test_the_constant_of_the_leak():
    """Where u_N² beats the flow: ε²[Γ(1−p)/α]²ζ(1+2αr−2α)t^{−2(1−p)}, ε = 1/N + 1/P, d = (π/α)/sin(π/α) κ^{−1/α}."""
    capacity, source = 1.5, 2.5
    p, t, n = 1 / capacity, 1e20, 1e18
    found = law().asymptote(th.PowerLaw(capacity, source), time=t, n_features=n, n_samples=math.inf)
    leak = (gamma(1 - p) / (capacity * n)) ** 2 * zeta(1 + 2 * capacity * source - 2 * capacity) * t ** (-2 * (1 - p))
    assert found["bias"] == pytest.approx(leak, rel=1e-9, abs=0)


@pytest.mark.parametrize("source", [0.3, 0.8, 1.4, 2.5])
def test_the_constant_of_the_population(source):
    """No size at all: κκ′ along the ray is in doubles too."""
    found = law().asymptote(th.PowerLaw(1.5, source), time=1e6, n_features=math.inf, n_samples=math.inf)
    assert found["bias"] == pytest.approx(gamma(2 * source) * 2e6 ** (-2 * source) / 1.5, rel=1e-10, abs=0)


def rays(rng, count):
    """Return rays inside regimes: no two exponents of a total within .15."""
    made = []
    while len(made) < count:
        alpha, r = NUMBERS[rng.integers(len(NUMBERS))]
        given = {"time": F(int(rng.integers(2, 40)), 10), "n_samples": F(int(rng.integers(4, 30)), 10),
                 "n_features": F(int(rng.integers(4, 30)), 10), "noise": -F(int(rng.integers(0, 20)), 10)}  # fmt: skip
        ray = law().along(capacity=alpha, source=r, **given)
        gaps = [abs(given["time"] - alpha * given[size]) for size in ("n_samples", "n_features")]
        if min(gaps) > 0.5 and abs(given["n_samples"] - given["n_features"]) > F(3, 10) and not ray.logarithms:
            made.append((alpha, r, given, ray))
    return made


def check_slopes(rng, count, scale, tolerance):
    worst = 0.0
    for alpha, r, given, ray in rays(rng, count):
        task = th.PowerLaw(alpha, r)
        point = {key: 10.0 ** float(scale * value) for key, value in given.items()}
        local = FLOW.local_exponents(task, **point)
        values = FLOW.evaluate(task, **point).terms
        for key in law().system.components:
            # a vanishing bias sits below what one contour resolves, and terms beyond doubles have no slope
            if ray[key] == -math.inf or not float(values[key]) > 1e-250:
                continue
            slope = local.along(key, **{name: float(value) for name, value in given.items() if value})
            worst = max(worst, abs(float(slope) - float(ray[key])))
            assert slope == pytest.approx(float(ray[key]), abs=tolerance), (key, alpha, r, given)
    return worst


def test_slopes_of_the_evaluated_risk_are_the_exponents():
    check_slopes(np.random.default_rng(0), 4, 24, 0.02)


@pytest.mark.slow
def test_slopes_of_the_evaluated_risk_on_many_rays():
    check_slopes(np.random.default_rng(1), 60, 30, 0.02)


def test_local_exponents_have_the_shape_of_the_arguments():
    found = FLOW.local_exponents(th.PowerLaw(1.5, 0.4), time=[1e2, 1e4], n_samples=np.inf, n_features=1e3, noise=0.0)
    assert found["test"]["time"].shape == (2,)
    assert np.isnan(found["test"]["n_samples"]).all()
    assert np.isnan(found["test"]["noise"]).all()


def test_laws_pickle_before_and_after_use():
    made = FLOW.exponents()
    for _ in range(2):
        for copied in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made)):
            assert copied.along(capacity=1.5, source=0.4, time=1, n_samples=2, n_features=2).terms == made.along(
                capacity=1.5, source=0.4, time=1, n_samples=2, n_features=2).terms  # fmt: skip
        made.along(capacity=1.5, source=0.4, time=1, n_samples=2, n_features=2)


@pytest.mark.parametrize("model", [th.linear_ridge(), th.Chain(th.GaussianFeatures()), th.deep_random_features(2),
                                   th.Chain(th.Samples(), th.HaarProjection(), th.GaussianFeatures()),
                                   th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures())])  # fmt: skip
def test_every_chain_has_a_law(model):
    found = th.GradientFlow(model).exponents()
    sizes = {argument.keyword: 2 + place for place, argument in enumerate(found.system.arguments) if argument.is_size}
    ray = found.along(capacity=F(3, 2), source=F(2, 5), time=1, **sizes)
    assert ray["bias"] == -F(4, 5)
    assert str(found)
    assert found.latex()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: law().along(capacity=1.5, source=0.4, n_samples=1, n_features=1), "time = None"),
        (lambda: law().along(capacity=1.5, source=0.4, time=1, n_samples=1, n_features=1, ridge=-1), "ridge = -1"),
        (lambda: law().asymptote(th.PowerLaw(1.5, 0.4), time=math.inf, n_samples=1e9, n_features=1e9), "time = inf"),
        (lambda: law().asymptote(th.PowerLaw(1.5, 0.4, size=100), time=1e3, n_samples=1e9, n_features=1e9), "task = "),
        (lambda: law().asymptote(th.PowerLaw(1.5, 0.4), time=1e6, n_samples=1e4, n_features=1e9), "border"),
        (lambda: law().compute_optimal({"n_features": -1, "time": 1}, capacity=1.5, source=0.4), "cost"),
        (lambda: th.GradientFlow(th.Chain(th.PoolSamples())).exponents(), "layers"),
        (lambda: FLOW.local_exponents(th.PowerLaw(1.5, 0.4), time=-1, n_samples=10, n_features=10), "time = -1"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
