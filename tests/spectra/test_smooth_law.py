"""Laws of one's own: sums against direct ones and against the built-in laws, in doubles, digits and models."""

import copy
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from mpmath import mp, mpc, mpf

import theory as th

ORDERS = ((1, 0, 0), (1, 1, 0), (2, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 1), (0, 2, 1))
PAIRS = ((2, 0, 0), (1, 1, 0), (2, 0, 1), (1, 1, 1), (0, 2, 1))


class Power(th.SmoothLaw):
    """The power law, without its closed forms."""

    def __init__(self, capacity=1.5, source=0.4, size=math.inf):
        self.capacity, self.source, self.size = capacity, source, size

    def log_eigenvalue(self, log_k):
        return -self.number(self.capacity, log_k) * log_k

    def log_signal(self, log_k):
        return -(1 + 2 * self.number(self.capacity, log_k) * self.number(self.source, log_k)) * log_k


class Stretched(th.SmoothLaw):
    """λ_k = exp(1 − k^β), which falls faster than any power."""

    def __init__(self, stretch=0.5, size=math.inf):
        self.stretch, self.size = stretch, size

    def log_eigenvalue(self, log_k):
        return 1 - self.exp(self.number(self.stretch, log_k) * log_k)

    def log_signal(self, log_k):
        return -2 * log_k


class Broken(th.SmoothLaw):
    """One power up to k = 100, another beyond: λ_k = k^-1 (1 + k/100)^-1, analytic in ln k for |Im| < π."""

    order = {"capacity": 2, "source": 0.25}  # noqa: RUF012

    def log_eigenvalue(self, log_k):
        return -log_k - self.log1p(self.exp(log_k) / 100)

    def log_signal(self, log_k):
        return -2 * log_k


@pytest.mark.parametrize(("capacity", "source"), [(1.5, 0.4), (1.25, 1.0), (4.0, 0.2)])
def test_a_power_law_by_quadrature_is_the_power_law(capacity, source):
    ours, built = Power(capacity, source), th.PowerLaw(capacity, source)
    kappa = np.array([1e-200, 1e-30, 1e-9, 1e-3, 0.5, 30.0, 1e6])
    for value, right in zip(ours.moments(kappa, ORDERS), built.moments(kappa, ORDERS), strict=True):
        np.testing.assert_allclose(value, right, rtol=2e-14)
    for value, right in zip(ours.excess(kappa, np.full(7, 5.0)), built.excess(kappa, np.full(7, 5.0)), strict=True):
        np.testing.assert_allclose(value, right, rtol=2e-14)
    assert ours.total_variance == pytest.approx(built.total_variance, rel=1e-14)
    assert ours.signal == pytest.approx(built.signal, rel=1e-14)
    edges = np.array([1.0, 3, 900, 2500, 1e5, 1e9, math.inf])
    for value, right in zip(ours.binned(edges), built.binned(edges), strict=True):
        np.testing.assert_allclose(value, right, rtol=1e-12)


def direct(law, count, order, kappa, other=None):
    """The first modes of a law, one by one."""
    i, j, q = order
    total = mp.zero
    for k in range(1, count + 1):
        log_k = mp.log(k)
        eigenvalue, weight = mp.exp(law.log_eigenvalue(log_k)), mp.exp(law.log_signal(log_k)) if q else 1
        if other is None:
            total += weight * eigenvalue**i * kappa**j / (eigenvalue + kappa) ** (i + j)
        else:
            above = {2: eigenvalue**2, 1: eigenvalue * other, 0: kappa * other}[i]
            total += weight * above / (eigenvalue + kappa) / (eigenvalue + other)
    return total


@pytest.mark.parametrize(("stretch", "count"), [(0.5, 9000), (1.0, 90), (0.75, 700)])
def test_laws_that_fall_faster_than_powers(stretch, count):
    """λ falls below 1e-37 before the last mode, whose share of Σ cλ is added by ∫ dk/k²."""
    law = Stretched(stretch)
    kappa, other = 1e-3 * np.exp(2.9j), 2e-3 - 1e-3j
    real = law.moments(np.array([0.01]), ORDERS)
    one, two = law.moments(np.array([kappa]), ORDERS), law.moments(np.array([kappa]), PAIRS, other)
    end = mpf(count) + mpf(0.5)
    rest = 1 / end - 1 / (12 * end**3) + 7 / (240 * end**5)
    with mp.workdps(25):
        for place, order in enumerate(ORDERS):
            beyond = rest if order[0] == 0 else 0
            assert abs(direct(law, count, order, mpf(0.01)) + beyond - real[place][0]) < 1e-13 * abs(real[place][0])
            right = direct(law, count, order, mpc(kappa)) + beyond
            assert abs(right - mpc(complex(one[place][0]))) < 1e-13 * abs(right)
        for order, found in zip(PAIRS, two, strict=True):
            right = direct(law, count, order, mpc(kappa), mpc(other)) + (rest if order[0] == 0 else 0)
            assert abs(right - mpc(complex(found[0]))) < 1e-13 * abs(right)
        precise = law.moments(mpc(kappa), ORDERS)
    for found, value in zip(one, precise, strict=True):
        assert complex(found[0]) == pytest.approx(complex(value), rel=1e-13)


@pytest.mark.parametrize("law", [Power(0.5, 0.3, 10**12), Power(1.5, 0.4, 3000), Power(1.5, 0.4, 10**15), Stretched(0.5, 500)],
                         ids=["flat", "short", "long", "stretched"])  # fmt: skip
def test_long_laws(law):
    kappa = np.array([0.0, 1e-12, 1e-6, 1e-3, 2.0])
    power = isinstance(law, Power)
    built = th.PowerLaw(law.capacity, law.source, size=law.size) if power else th.Discrete(*law.explicit())
    orders = (*ORDERS, (0, 1, 0), (0, 2, 0))
    for value, right in zip(law.moments(kappa, orders), built.moments(kappa, orders), strict=True):
        np.testing.assert_allclose(value, right, rtol=5e-14)
    for n in (2.0, law.size, 3 * law.size):
        for value, right in zip(law.excess(kappa[1:], np.full(4, n)), built.excess(kappa[1:], np.full(4, n)), strict=True):
            np.testing.assert_allclose(value, right, rtol=1e-12)
    assert (law.rank, law.size) == (built.rank, built.size)
    assert law.smallest == pytest.approx(built.smallest, rel=1e-14)
    assert law.total_variance == pytest.approx(built.total_variance, rel=1e-13)


@pytest.mark.parametrize("law", [Power(), Stretched(), Broken()], ids=lambda law: type(law).__name__)
def test_everywhere_in_the_package(law):
    """Evaluate, digits, two ridges, SGD, simulation's modes."""
    model, given = th.random_features(), {"n_samples": 50, "n_features": 80, "ridge": 1e-3, "noise": 0.1}
    fast, precise = model.evaluate(law, **given), model.evaluate(law, **given, precision=20)
    for key, value in precise.terms.items():
        assert float(fast.terms[key]) == pytest.approx(float(value), rel=1e-12)
    listed = model.evaluate(law.truncate(20000), **given)
    assert float(fast.test) == pytest.approx(float(listed.test), rel=2e-2)
    np.testing.assert_allclose(law.trace(1, 0, 2, 1e-3j, 0.5), law.truncate(10**5).trace(1, 0, 2, 1e-3j, 0.5), rtol=4e-2)
    if isinstance(law, Stretched):  # its bins would be too many
        return
    found = th.OnePassSGD().evaluate(law, n_samples=1e3, n_features=16, step=0.05, noise=1.0)
    assert np.isfinite(found.test)


def test_exponents_are_those_of_the_order_that_a_law_states():
    """Slopes of the real risk, far beyond the break at k = 100."""
    model, law = th.random_features(), Broken()
    direction = {"n_samples": 1, "n_features": 2}
    ray = model.exponents().along(**law.order, **direction)
    slopes = model.local_exponents(law, n_samples=1e8, n_features=1e16)
    for key in ("test", "bias", "samples", "features", ("samples", "features")):
        measured = sum(power * float(slopes.terms[key][name]) for name, power in direction.items())
        assert float(ray.terms[key]) == pytest.approx(measured, abs=1e-3)
    assert th.PowerLaw(1.1, 0.3).order == {"capacity": Fraction(11, 10), "source": Fraction(3, 10)}
    with pytest.raises(ValueError, match="order"):
        Stretched().order  # noqa: B018


def test_simulation_draws_a_law():
    nm = pytest.importorskip("numerics")
    model, task, given = th.linear_ridge(), Broken().truncate(60), {"n_samples": 40, "ridge": 1e-2, "noise": 0.1}
    drawn = nm.simulate(model, task, **given, trials=200, seed=3).test
    assert abs(drawn.mean - float(model.evaluate(task, **given).test)) < 4 * drawn.stderr + 0.02 * drawn.mean


def test_a_law_is_a_value_that_travels():
    law = Power()
    law.moments(np.array([0.1]), ORDERS)
    for again in (pickle.loads(pickle.dumps(law)), copy.deepcopy(law)):
        np.testing.assert_array_equal(again.moments(np.array([0.1]), ORDERS), law.moments(np.array([0.1]), ORDERS))


def _law(log_eigenvalue, log_signal=lambda self, log_k: -2 * log_k, **more):
    return type("Bad", (th.SmoothLaw,), {"log_eigenvalue": log_eigenvalue, "log_signal": log_signal, **more})()


@pytest.mark.parametrize(("law", "match"), [
    (_law(lambda self, log_k: log_k), "decreasing|fall to zero"),
    (_law(lambda self, log_k: 0 * log_k - 1), "fall to zero"),
    (_law(lambda self, log_k: np.nan * log_k), "finite number"),
    (_law(lambda self, log_k: -2 * log_k, lambda self, log_k: 0.5 * log_k), "converge|finite sum"),
    (_law(lambda self, log_k: -0.5 * log_k), "converge|finite sum"),
    (_law(lambda self, log_k: -2.0), "finite number"),
])  # fmt: skip
def test_refusals(law, match):
    with pytest.raises(ValueError, match=match):
        law.total_variance  # noqa: B018
    with pytest.raises(TypeError):
        th.SmoothLaw()
