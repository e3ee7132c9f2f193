"""Infinite power-law sums: closed forms, a Mellin-Barnes integral that knows no regimes, and NumPy against mpmath."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from mpmath import mp, mpf

from theory.spectra.sums.power_sums import Counting, PowerSums, power_sum
from theory.spectra.sums.power_sums_precise import power_moments_precise, total, weight_at, zeta_ladder

ORDERS = ((1, 0, 0), (1, 1, 0), (2, 0, 0), (1, 1, 1), (0, 2, 1), (0, 1, 1), (1, 0, 1))
HARD_Z = (1e-300, 3.3e-30, 1e-14, 1e-7, 1e-5, 1e-3, 0.013, 0.05, 0.2, 0.77, 17.0, 1e3, 1e300)


def ratios(capacity: float, source: float) -> tuple[Fraction, Fraction]:
    return -1 / Fraction(capacity), 2 * Fraction(source)


def relative(value, reference) -> float:
    return float(abs(mpf(value) / reference - 1))


def mellin_barnes(capacity: float, source: float, order: tuple[int, int, int], z_values: list) -> list:
    """Σ k^-(1+αρ) x^i y^j = (2πi)⁻¹ ∫ Γ(s)Γ(m−s)/Γ(m) ζ(1+α(ρ−j+s)) z^(j−s) ds on a line right of the pole of ζ."""
    i, j, q = order
    alpha, m = mpf(capacity), i + j
    rho = 2 * mpf(source) if q else -1 / alpha
    left, right = max(mpf(0), j - rho), mpf(m)
    line, step = (left + right) / 2, (right - left) / 2 * 2 * mp.pi / 80
    heights = [n * step for n in range(int(26 / step))]
    integrand = [(line + 1j * t, mp.gamma(line + 1j * t) * mp.gamma(m - line - 1j * t)
                  * mp.zeta(1 + alpha * (rho - j + line + 1j * t))) for t in heights]
    results = []
    for z in z_values:
        values = [mp.re(weight * mp.power(z, j - s)) for s, weight in integrand]
        results.append(step / mp.pi / mp.gamma(m) * (mp.fsum(values) - values[0] / 2))
    return results


@pytest.mark.parametrize(("capacity", "source", "order"), [
    (1.01, 0.4, (0, 1, 1)), (1.5, 0.4, (0, 1, 1)), (1.5, 0.5, (0, 1, 1)), (1.5, 0.5 + 1e-9, (0, 2, 1)),
    (2.5, 1.0, (0, 2, 1)), (10.0, 0.7, (1, 1, 1)), (6.0, 0.4, (2, 1, 0)), (1.3, 1.5 - 1e-14, (1, 1, 1)),
    (20.0, 0.5, (1, 0, 1)), (3.0, 0.05, (1, 0, 1)),
])
def test_both_twins_against_a_contour_integral(capacity, source, order):
    z_values = [1e-6, 1e-4, 0.02, 0.3, 1.0, 8.0, 1e3]
    fast = PowerSums(Fraction(capacity), ratios(capacity, source), (order,))(np.array(z_values))[0]
    with mp.workdps(36):
        references = mellin_barnes(capacity, source, order, [mpf(z) for z in z_values])
        for z, value, reference in zip(z_values, fast, references, strict=True):
            (precise,) = power_moments_precise(Fraction(capacity), ratios(capacity, source), mpf(z), (order,))
            assert relative(precise, reference) < 1e-18
            assert relative(value, reference) < 2e-15


@pytest.mark.parametrize("digits", [15, 50, 160])
@pytest.mark.parametrize("z", ["1e-300", "1e-8", "1e-3", "0.1", "2", "1e30"])
def test_closed_forms_at_capacity_two(digits, z):
    """d = (π√(1/z) coth(π/√z) − 1)/2, and, exactly at the resonance r = 1/2, T = z (Re ψ(1 + i/√z) + γ)."""
    with mp.workdps(digits):
        z_value = mpf(z)
        learnt, missed = power_moments_precise(Fraction(2), ratios(2.0, 0.5), z_value, ((1, 0, 0), (0, 1, 1)))
    with mp.workdps(2 * digits + 40):
        root = 1 / mp.sqrt(z_value)
        assert relative(learnt, (mp.pi * root * mp.coth(mp.pi * root) - 1) / 2) < 10.0 ** (1 - digits)
        assert relative(missed, z_value * (mp.re(mp.psi(0, 1 + 1j * root)) + mp.euler)) < 10.0 ** (1 - digits)


@pytest.mark.parametrize("source", [0.5 - 1e-9, 0.5 + 1e-14, 0.999, 1.0, 1.5 + 1e-3])
def test_precision_asked_for_is_precision_given(source):
    for capacity in (1.01, 3.0, 10.0):
        for z in (mpf("1e-60"), mpf("1e-6"), mpf(1) / 64, mpf(3)):
            with mp.workdps(25):
                rough = power_moments_precise(Fraction(capacity), ratios(capacity, source), z, ORDERS)
            with mp.workdps(60):
                fine = power_moments_precise(Fraction(capacity), ratios(capacity, source), z, ORDERS)
                assert max(relative(a, b) for a, b in zip(rough, fine, strict=True)) < 1e-24


@pytest.mark.parametrize("capacity", [1.0001, 1.01, 1.1, 1.5, 2.0, 2.5, 4.0, 10.0, 20.0])
def test_double_precision_over_hard_points(capacity):
    for source in (0.05, 0.4, 0.5 - 1e-9, 0.5 + 1e-14, 1.0, 1.5 + 1e-3, 5.0):
        fast = PowerSums(Fraction(capacity), ratios(capacity, source), ORDERS)(np.array(HARD_Z))
        with mp.workdps(20):
            for column, z in enumerate(HARD_Z):
                precise = power_moments_precise(Fraction(capacity), ratios(capacity, source), mpf(z), ORDERS)
                for row, reference in enumerate(precise):
                    if reference > 1e-300:
                        assert relative(fast[row][column], reference) < 2e-15, (source, z, ORDERS[row])


@pytest.mark.parametrize("capacity", [1.01, 1.5, 2.0, 4.0, 10.0])
def test_both_regimes_meet_at_their_border(capacity):
    sums = PowerSums(Fraction(capacity), ratios(capacity, 0.6), ORDERS)
    border = np.array([sums.turn])
    np.testing.assert_allclose(sums._near(border), sums._explicit(border) + sums._tail(border), rtol=3e-15)


def test_a_wrong_coefficient_would_be_seen():
    sums = PowerSums(Fraction(1.5), ratios(1.5, 0.4), ((1, 0, 0),))
    border = np.array([sums.turn])
    expected = sums._explicit(border) + sums._tail(border)
    for coefficients in sums.near.table[:4, 0, 0], sums.poles[0]:
        for index, value in enumerate(coefficients):
            coefficients[index] = value * (1 + 1e-5)
            assert abs(sums._near(border) / expected - 1) > 1e-14
            coefficients[index] = value


def test_shapes_chunks_and_order_of_points_do_not_matter():
    rng = np.random.default_rng(1)
    z = 10.0 ** rng.uniform(-30, 10, (7, 1001))
    z[0, :5] = 0.0
    sums = PowerSums(Fraction(1.5), ratios(1.5, 0.4), ORDERS)
    together = sums(z)
    assert all(part.shape == z.shape for part in together)
    for row in (0, 3):
        for column in (0, 17, 1000):
            alone = [float(part) for part in sums(z[row, column])]
            np.testing.assert_allclose(alone, [part[row, column] for part in together], rtol=1e-15)


def test_at_zero_the_limits_are_returned():
    values = PowerSums(Fraction(1.5), ratios(1.5, 0.4), ORDERS)(np.zeros(1))
    assert [float(value[0]) for value in values[:6]] == [np.inf, np.inf, np.inf, 0.0, 0.0, 0.0]
    assert relative(values[6][0], mpmath.zeta(2.2)) < 1e-15
    with mp.workdps(30):
        assert power_moments_precise(Fraction(1.5), ratios(1.5, 0.4), mpf(0), ((1, 0, 0), (0, 1, 1))) == (mp.inf, 0)


def test_excess_keeps_its_digits_on_plateaus():
    """At α = 10 the degrees of freedom stay near integers: d − n must be right relative to itself."""
    for capacity in (4.0, 10.0, 20.0):
        steps = np.arange(1.0, 12.0)
        z = (steps * (steps + 1)) ** (-capacity / 2)
        gap, slope = Counting(Fraction(capacity)).excess(z, steps)
        with mp.workdps(60):
            for column, value in enumerate(z):
                d, q = power_moments_precise(Fraction(capacity), ratios(capacity, 0.5)[:1], mpf(float(value)),
                                             ((1, 0, 0), (1, 1, 0)))
                assert float(abs(gap[column] - (d - steps[column]))) < 1e-15 * float(q)
                assert relative(slope[column], q) < 2e-15


def test_power_sum_is_the_sum_it_says():
    z = np.array([1e-12, 1e-4, 0.3, 40.0])
    value = power_sum(1.5, -1.5, 2)(z)[0] * z
    reference = PowerSums(Fraction(1.5), ratios(1.5, 0.4), ((1, 1, 0),))(z)[0]
    np.testing.assert_allclose(value, reference, rtol=2e-15)


@pytest.mark.parametrize("start", [1, 7, 40, 10**6])
def test_zeta_ladder_against_mpmath(start):
    first, step = Fraction(-1, 2), Fraction(3, 4)
    with mp.workdps(30):
        ladder = zeta_ladder(first, step, 12, start)
        with mp.workdps(120):
            for level, value in enumerate(ladder):
                epsilon = first + level * step
                reference = mp.zeta(1 + mpf(epsilon.numerator) / epsilon.denominator, start)
                if abs(epsilon) < 1:
                    reference -= mpf(epsilon.denominator) / epsilon.numerator
                assert relative(value, reference) < 1e-29


def test_zeta_ladder_at_and_next_to_the_pole():
    with mp.workdps(40):
        assert relative(zeta_ladder(Fraction(0), Fraction(1), 1)[0], mp.euler) < 1e-39
        near = zeta_ladder(Fraction(1, 10**20), Fraction(1), 1)[0]
        assert relative(near, mp.euler - mp.stieltjes(1) / mpf(10) ** 20) < 1e-39


@pytest.mark.parametrize("size", [1, 2, 30, 1000])
def test_totals(size):
    with mp.workdps(30):
        for epsilon in (Fraction(-1), Fraction(-1, 2), Fraction(0), Fraction(1, 10**12), Fraction(1, 2), Fraction(9)):
            direct = mp.fsum(mp.power(k, -1 - mpf(epsilon.numerator) / epsilon.denominator) for k in range(1, size + 1))
            assert relative(total(epsilon, size), direct) < 1e-28
        assert relative(total(Fraction(1, 2), mp.inf), mp.zeta(1.5)) < 1e-29


@pytest.mark.parametrize("order", [(0, 1, 0), (5, 0, 0), (-1, 2, 1), (3, 2, 1)])
def test_orders_that_diverge_or_are_not_provided_are_refused(order):
    with pytest.raises(ValueError, match="orders"):
        PowerSums(Fraction(1.5), ratios(1.5, 0.4), (order,))
    with pytest.raises(ValueError, match="orders"):
        power_moments_precise(Fraction(1.5), ratios(1.5, 0.4), mpf(1), (order,))


def test_constants_are_made_once():
    assert weight_at(Fraction(3, 2), Fraction(4, 5), 20, 30) is weight_at(Fraction(3, 2), Fraction(4, 5), 20, 30)
