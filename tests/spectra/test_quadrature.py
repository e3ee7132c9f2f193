"""Smooth truncated spectra: rules against brute-force sums, Hurwitz zeta expansions and each other."""

import functools

import numpy as np
import pytest
from mpmath import mp

from theory.spectra.sums.quadrature import smooth_moments_precise, smooth_nodes

ORDERS = ((1, 0, 0), (1, 1, 0), (2, 0, 0), (0, 1, 0), (0, 1, 1), (0, 2, 1), (1, 2, 1), (1, 1, 1), (2, 1, 1))


def power(exponent):
    """Return k^-exponent for mpf k."""
    return lambda k: k ** -mp.mpf(exponent)


def log_power(exponent):
    """Return log k^-exponent for float k."""
    return lambda k: -exponent * np.log(k)


def direct(eigenvalue, signal, size, kappa, orders=ORDERS):
    """Return the moments term by term."""
    sums = [mp.zero] * len(orders)
    for mode in range(1, size + 1):
        k = mp.mpf(mode)
        level, terms = eigenvalue(k), (1, signal(k))
        x = level / (level + kappa)
        sums = [s + terms[q] * x**i * (1 - x) ** j for s, (i, j, q) in zip(sums, orders, strict=True)]
    return sums


@pytest.mark.parametrize(("alpha", "r", "size"), [(1.5, 0.4, 2501), (0.3, 1.0, 2400), (4.0, 0.5, 2500), (1.5, 0.4, 77)])
@pytest.mark.parametrize("kappa", ["1e-9", "0.02"])
def test_precise_sums_are_the_sums(alpha, r, size, kappa):
    eigenvalue, signal = power(alpha), power(1 + 2 * alpha * r)
    with mp.workdps(36):
        expected = direct(eigenvalue, signal, size, mp.mpf(kappa))
    with mp.workdps(28):
        found = smooth_moments_precise(eigenvalue, signal, size, mp.mpf(kappa), ORDERS)
        assert all(abs(a / b - 1) < mp.mpf("2e-28") for a, b in zip(found, expected, strict=True))


def powers(exponent, size):
    """Return Σ_{k≤size} k^-exponent, the tail beyond a very large size by its asymptotic series."""
    terms = (mp.bernoulli(n) / mp.factorial(n) * mp.rf(exponent, n - 1) * mp.mpf(size) ** (1 - n) for n in (2, 4, 6, 8))
    return mp.zeta(exponent) - mp.mpf(size) ** -exponent * (size / (exponent - 1) - mp.mpf(0.5) + mp.fsum(terms))


def binomial_series(alpha, beta, size, kappa, i, j):
    """Return Σ_{k≤size} k^-β x^i y^j, expanded in κk^α."""
    terms = (
        mp.binomial(-(i + j), n) * kappa ** (n + j) * powers(beta - alpha * (n + j), size) for n in range(mp.dps)
    )
    return mp.fsum(terms)


@pytest.mark.parametrize(("alpha", "beta"), [("1.5", "2.2"), ("0.31", "1.7"), ("3.3", "0")])
def test_precise_sums_of_1e15_modes_agree_with_zeta_functions(alpha, beta):
    with mp.workdps(40):
        size, alpha, beta = 10**15, mp.mpf(alpha), mp.mpf(beta)
        kappa = mp.mpf(size) ** -alpha * mp.mpf("0.02")
        found = smooth_moments_precise(power(alpha), power(beta), size, kappa, ((1, 1, 1), (0, 2, 1), (2, 1, 1)))
        for value, (i, j) in zip(found, ((1, 1), (0, 2), (2, 1)), strict=True):
            assert abs(value / binomial_series(alpha, beta, size, kappa, i, j) - 1) < mp.mpf("1e-38")


@pytest.mark.parametrize(("dps", "size"), [(60, 10**15), (120, 10**6)])
def test_precision_grows_on_demand(dps, size):
    eigenvalue, signal = power("1.5"), power("2.2")
    with mp.workdps(dps):
        low = smooth_moments_precise(eigenvalue, signal, size, mp.mpf("1e-8"), ORDERS)
    with mp.workdps(dps + 37):
        high = smooth_moments_precise(eigenvalue, signal, size, mp.mpf("1e-8"), ORDERS)
        assert all(abs(a / b - 1) < mp.mpf(10) ** (1 - dps) for a, b in zip(low, high, strict=True))
        moment = functools.partial(smooth_moments_precise, eigenvalue, signal, size, mp.mpf("1e-8"))
        learnt, both, squared = moment(((1, 0, 0), (1, 1, 0), (2, 0, 0)))
        assert abs((both + squared) / learnt - 1) < mp.mpf(10) ** (-dps - 30)


HARD = [(0.3, 1.0), (1.0, 0.2), (1.5, 0.4), (1.5, 3.0), (3.0, 0.5), (10.0, 0.1), (10.0, 1.0)]


@pytest.mark.parametrize(("alpha", "r"), HARD)
@pytest.mark.parametrize("size", [37, 4097, 10**5, 10**15])
def test_nodes_agree_with_precise_sums(alpha, r, size):
    beta = 1 + 2 * alpha * r
    nodes = smooth_nodes(log_power(alpha), log_power(beta), size)
    eigenvalue, signal = power(alpha), power(beta)
    kappas = 3.0 * float(size) ** (-alpha * np.array([-0.1, 0.4, 0.85, 1.1]))
    found = nodes.moments(kappas, ORDERS)
    with mp.workdps(25):
        for point, kappa in enumerate(kappas):
            expected = smooth_moments_precise(eigenvalue, signal, size, mp.mpf(float(kappa)), ORDERS)
            for value, right in zip(found, expected, strict=True):
                assert abs(value[point] - right) < 2e-15 * right + 1e-305
    assert nodes.cumulative[-1] == size
    assert (np.diff(nodes.eigenvalues) <= 0).all()


def test_nodes_are_few():
    assert len(smooth_nodes(log_power(1.5), log_power(2.2), 10**15)) < 400
    assert len(smooth_nodes(log_power(0.3), log_power(1.2), 10**15)) < 300


def test_counted_form_near_the_size():
    size, alpha = 10**15, 1.5
    nodes = smooth_nodes(log_power(alpha), log_power(2.0), size)
    kappa = size**-alpha * np.array([1e-20, 1e-6, 1e-2])
    difference, slope = nodes.excess(kappa, np.full(3, float(size)))
    with mp.workdps(30):
        for point in range(3):
            missed, q = smooth_moments_precise(
                power(alpha), power(2.0), size, mp.mpf(float(kappa[point])), ((0, 1, 0), (1, 1, 0))
            )
            assert abs(difference[point] / -missed - 1) < 5e-15
            assert abs(slope[point] / q - 1) < 5e-15


def test_spectra_with_a_logarithm():
    # λ = k^-1 log^-2(k+1): smooth in log k, and no power
    size = 20_000
    nodes = smooth_nodes(lambda k: -np.log(k) - 2 * np.log(np.log1p(k)), lambda k: -1.5 * np.log(k), size)
    k = np.arange(1, size + 1, dtype=np.longdouble)
    eigenvalues = 1 / (k * np.log1p(k) ** 2)
    assert len(nodes) < 300
    for kappa in (1e-9, 1e-6, 1e-3, 1.0):
        x = eigenvalues / (eigenvalues + kappa)
        for (i, j, q), value in zip(ORDERS, nodes.moments(np.array([kappa]), ORDERS), strict=True):
            assert value[0] == pytest.approx(float(np.sum((k**-1.5 if q else 1) * x**i * (1 - x) ** j)), rel=5e-15)


def test_what_is_refused():
    with pytest.raises(ValueError, match="size"):
        smooth_nodes(log_power(25.0), log_power(2.0), 10**15)
    nodes = smooth_nodes(log_power(1.5), log_power(2.0), 10**9)
    with pytest.raises(ValueError, match="kappa"):
        nodes.moments(np.array([-1e-20]), ORDERS)
    for size, kappa in ((10**9, "-1e-20"), (100, "-0.0011"), (100, "inf"), (100, "nan")):
        with pytest.raises(ValueError, match="kappa"):
            smooth_moments_precise(power(1.5), power(2.0), size, mp.mpf(kappa), ORDERS)
    with mp.workdps(30):
        found = smooth_moments_precise(power(1.5), power(2.0), 100, mp.mpf("-0.0009"), ORDERS)
        expected = direct(power(1.5), power(2.0), 100, mp.mpf("-0.0009"))
        assert all(abs(a / b - 1) < 1e-27 for a, b in zip(found, expected, strict=True))
