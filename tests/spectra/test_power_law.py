"""The power-law spectrum: its sums against direct ones, its solver hooks, its symbols, and what it refuses."""

from __future__ import annotations

import copy
import math
import pickle
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from theory.exact import exact as as_written
from theory.exact import to_mpf
from theory.spectra.power_law import PowerLaw

ORDERS = ((1, 0, 0), (1, 1, 0), (2, 0, 0), (1, 1, 1), (0, 2, 1))
ALPHA, R = sympy.symbols("alpha r", positive=True)


def direct(capacity, source, scale, size, kappa, orders):
    """The sums by their definition, mode by mode."""
    capacity, source = (to_mpf(as_written(value)) for value in (capacity, source))
    sums = [mpf(0)] * len(orders)
    for k in range(1, size + 1):
        eigenvalue = scale * mp.power(k, -capacity)
        weight = mp.power(k, -(1 + 2 * capacity * source))
        x, y = eigenvalue / (eigenvalue + kappa), kappa / (eigenvalue + kappa)
        sums = [total + x**i * y**j * (weight if q else 1) for total, (i, j, q) in zip(sums, orders, strict=True)]
    return sums


@pytest.mark.parametrize(("capacity", "source"), [(1.5, 0.4), (0.0, 0.3), (0.7, 1.0), (1.0, 0.5), (6.0, 0.2)])
@pytest.mark.parametrize("kappa", [0.0, 1e-9, 1e-3, 0.4, 50.0])
def test_finite_laws_against_direct_sums(capacity, source, kappa):
    law = PowerLaw(capacity, source, size=700, scale=2.5)
    with mp.workdps(30):
        reference = direct(capacity, source, mpf(2.5), 700, mpf(kappa), ORDERS)
        precise = law.moments(mpf(kappa), ORDERS)
        for value, exact, fast in zip(precise, reference, law.moments(np.array(kappa), ORDERS), strict=True):
            assert abs(value - exact) <= 1e-28 * abs(exact)
            assert abs(float(fast) - exact) <= 3e-15 * abs(exact)


def test_negative_kappa_is_for_finite_laws():
    law, kappa = PowerLaw(1.5, 0.4, size=50), -1e-3
    with mp.workdps(30):
        reference = direct(1.5, 0.4, mpf(1), 50, mpf(kappa), ORDERS)
    np.testing.assert_allclose([float(v) for v in law.moments(np.array(kappa), ORDERS)],
                               [float(v) for v in reference], rtol=1e-13)
    for refused in (law, PowerLaw(1.5, 0.4)):
        with pytest.raises(ValueError, match="kappa"):
            refused.moments(np.array(-0.1), ORDERS)


@pytest.mark.parametrize("capacity", [1.5, 4.0])
def test_a_very_long_law_meets_the_infinite_one(capacity):
    """What 10^12 modes leave out of d is Σ_{k>D} λ/(λ+κ) ≈ D^(1−α)/((α−1)κ)."""
    kappa, size = np.array([1e-6, 1e-3, 1.0]), 10**12
    finite, infinite = PowerLaw(capacity, 0.4, size=size), PowerLaw(capacity, 0.4)
    missing = float(size) ** (1 - capacity) / (capacity - 1) / kappa
    d_finite, d_infinite = (law.moments(kappa, ((1, 0, 0),))[0] for law in (finite, infinite))
    np.testing.assert_allclose(d_finite + missing, d_infinite, rtol=1e-9 if capacity < 2 else 5e-15)
    for order in ORDERS[1:]:
        np.testing.assert_allclose(finite.moments(kappa, (order,))[0], infinite.moments(kappa, (order,))[0],
                                   rtol=1e-2 if capacity < 2 else 5e-15)


@pytest.mark.parametrize(("size", "capacity"), [(math.inf, 1.01), (math.inf, 1.5), (math.inf, 10.0), (10**6, 1.5)])
def test_excess_is_d_minus_n(size, capacity):
    law = PowerLaw(capacity, 0.4, size=size, scale=0.3)
    kappa = np.geomspace(1e-12, 1e3, 40)
    d, q = law.moments(kappa, ((1, 0, 0), (1, 1, 0)))
    n = np.rint(d) + 1.0
    gap, slope = law.excess(kappa, n)
    np.testing.assert_allclose(gap, d - n, rtol=0, atol=2e-15 * (d + n).max())
    np.testing.assert_allclose(slope, q, rtol=3e-15)


@pytest.mark.parametrize("size", [math.inf, 10**5])
def test_sums_over_all_modes(size):
    law = PowerLaw(1.5, 0.4, size=size, scale=3.0)
    with mp.workdps(60):
        variance, signal = (mpmath.zeta(s) - (0 if size == math.inf else mpmath.zeta(s, size + 1))
                            for s in (mpf(1.5), 1 + 2 * mpf(1.5) * mpf(0.4)))
        assert abs(law.total_variance / (3 * variance) - 1) < 4e-16
        assert abs(law.signal / signal - 1) < 4e-16
    assert law.size == law.rank == size
    assert law.smallest == (0.0 if size == math.inf else pytest.approx(3 * 1e5**-1.5, rel=1e-15))


@settings(max_examples=25, deadline=None)
@given(capacity=st.floats(1.001, 25.0), source=st.floats(0.01, 4.0), log_kappa=st.floats(-300.0, 150.0))
def test_infinite_sums_are_positive_bounded_and_consistent(capacity, source, log_kappa):
    law, kappa = PowerLaw(capacity, source), np.array([10.0**log_kappa])
    d, q, d2 = (float(v[0]) for v in law.moments(kappa, ORDERS[:3]))
    weighed = ((0, 1, 1), (1, 0, 1), (1, 1, 1), (0, 2, 1))
    missed, learnt, both, both_2 = (float(v[0]) for v in law.moments(kappa, weighed))
    assert 0 < d2 <= d < math.inf
    assert 0 < q <= d
    assert d == pytest.approx(d2 + q, rel=3e-15)
    assert missed == pytest.approx(both + both_2, rel=3e-15, abs=1e-300)
    assert law.signal == pytest.approx(missed + learnt, rel=3e-15)


def test_numbers_are_taken_exactly():
    """4/3 is not the double next to it: at 40 digits the difference shows, and a law of each is another law."""
    exact, rounded = PowerLaw(Fraction(4, 3), sympy.Rational(1, 2)), PowerLaw(4 / 3, 0.5)
    assert exact != rounded
    assert exact.capacity == rounded.capacity
    with mp.workdps(40):
        d_exact, d_rounded = (law.moments(mpf("1e-6"), ((1, 0, 0),))[0] for law in (exact, rounded))
        assert 1e-17 < abs(d_exact / d_rounded - 1) < 1e-14
        assert exact.moments(mpf("1e-6"), ((1, 0, 0),))[0] == PowerLaw(sympy.Rational(4, 3), 0.5).moments(
            mpf("1e-6"), ((1, 0, 0),))[0]


def test_floats_are_what_was_written():
    """1.1 is 11/10, not the double next to it, which shows beyond 17 digits."""
    assert PowerLaw(1.1, 0.3) == PowerLaw(Fraction(11, 10), Fraction(3, 10))
    assert PowerLaw(1.1, 0.3).exponents == (Fraction(11, 10), Fraction(3, 10))
    assert repr(PowerLaw(Fraction(11, 10), 0.3)) == "PowerLaw(capacity=1.1, source=0.3)"
    with mp.workdps(40):
        law, exact = PowerLaw(1.1, 0.3, size=50), direct(Fraction(11, 10), Fraction(3, 10), mpf(1), 50, mpf(1), ORDERS)
        for value, right in zip(law.moments(mpf(1), ORDERS), exact, strict=True):
            assert abs(value - right) < 1e-37 * right


def test_truncated_laws_list_their_modes():
    law = PowerLaw(capacity=1.5, source=0.4, scale=2.0).truncate(5)
    k = np.arange(1.0, 6.0)
    np.testing.assert_allclose(law.eigenvalues, 2.0 * k**-1.5, rtol=1e-15)
    np.testing.assert_allclose(law.target_power * law.eigenvalues, k**-2.2, rtol=1e-15)
    assert law == PowerLaw(1.5, 0.4, 5, 2.0)
    for refused in (PowerLaw(1.5, 0.4), PowerLaw(1.5, 0.4, size=10**8)):
        with pytest.raises(ValueError, match="truncate"):
            refused.explicit()
    for n_modes in (6, 0, 2.5, "3"):
        with pytest.raises(ValueError):
            law.truncate(n_modes)


def test_values_are_compared_hashed_printed_copied_and_frozen():
    law = PowerLaw(1.5, 0.4, size=800)
    assert law == PowerLaw(np.float64(1.5), 0.4, size=np.int64(800))
    assert len({law, PowerLaw(Fraction(3, 2), 0.4, 800.0), PowerLaw(1.5, 0.4), PowerLaw(1.5, 0.4, 800, 2.0)}) == 3
    assert repr(law) == "PowerLaw(capacity=1.5, source=0.4, size=800)"
    assert repr(PowerLaw(ALPHA, Fraction(1, 3), scale=2)) == "PowerLaw(capacity=alpha, source=1/3, scale=2.0)"
    law.moments(np.array(0.1), ORDERS)
    law.moments(mpf("0.1"), ORDERS)
    assert pickle.loads(pickle.dumps(law)) == law == copy.deepcopy(law)
    with pytest.raises(AttributeError, match="immutable"):
        law.capacity = 2.0
    assert law != "PowerLaw"


def test_symbols_stay_symbols_and_refuse_to_become_numbers():
    law = PowerLaw(ALPHA, R)
    assert law.is_symbolic
    assert not PowerLaw(2, 0.5).is_symbolic
    assert law.capacity == ALPHA
    assert PowerLaw(1 + ALPHA, 0.5).capacity == 1 + ALPHA
    assert PowerLaw(sympy.sqrt(3), 0.5).capacity == math.sqrt(3)
    uses = (lambda: law.moments(np.array(0.1), ORDERS), lambda: law.moments(mpf(1), ORDERS), lambda: law.signal,
            lambda: law.excess(np.array([0.1]), np.array([1.0])), lambda: law.total_variance,
            lambda: law.truncate(10).explicit(), lambda: law.truncate(10).moments(np.array(0.1), ORDERS))
    for use in uses:
        with pytest.raises(ValueError, match="substitute numbers"):
            use()


@pytest.mark.parametrize(("argument", "arguments"), [
    ("capacity", {"capacity": 1.0}), ("capacity", {"capacity": -0.1, "size": 10}), ("capacity", {"capacity": math.nan}),
    ("capacity", {"capacity": "1.5"}), ("capacity", {"capacity": None}), ("capacity", {"capacity": True}),
    ("capacity", {"capacity": 1.5 + 0j}), ("capacity", {"capacity": math.inf}), ("capacity", {"capacity": sympy.I}),
    ("capacity", {"capacity": np.array([1.5])}), ("capacity", {"capacity": 1e9}), ("source", {"source": 0}),
    ("source", {"source": -0.4}), ("source", {"source": math.nan}), ("source", {"source": sympy.oo}),
    ("size", {"size": 0}), ("size", {"size": 10.5}), ("size", {"size": -5}), ("size", {"size": math.nan}),
    ("size", {"size": 10**15 + 1}), ("size", {"size": "10"}), ("size", {"size": True}),
    ("size", {"size": 10**15, "capacity": 25.0}), ("scale", {"scale": 0.0}), ("scale", {"scale": math.inf}),
    ("scale", {"scale": math.nan}), ("scale", {"scale": -1}), ("scale", {"scale": "1"}),
])
def test_bad_input_is_a_clear_error(argument, arguments):
    with pytest.raises(ValueError, match=f"^{argument} = "):
        PowerLaw(**{"capacity": 1.5, "source": 0.4, **arguments})


@pytest.mark.parametrize("kappa", [math.nan, math.inf, -1e-300])
def test_bad_kappa_is_a_clear_error(kappa):
    law = PowerLaw(1.5, 0.4)
    with pytest.raises(ValueError, match="kappa"):
        law.moments(np.array([1.0, kappa]), ORDERS)
    with pytest.raises(ValueError, match="kappa"):
        law.excess(np.array([kappa]), np.array([1.0]))
    with pytest.raises(ValueError, match="kappa"):
        law.moments(mpf(kappa), ORDERS)
