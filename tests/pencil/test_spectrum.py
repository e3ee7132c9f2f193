"""Where a point lies: outside a spectrum, in the plane of a non-Hermitian one, in a real one; closed forms and simulation."""

import math

import mpmath
import numpy as np
import pytest
from sympy import Identity, symbols

from theory.pencil import diagonal, equivalent, gaussian
from theory.pencil.algebra import Doubles
from theory.pencil.arguments import checked
from theory.pencil.hermitised import Hermitised
from theory.pencil.instance import Instance

P, D, z = symbols("P D z")
H, K = gaussian("H", D, D, variance=1 / D), gaussian("K", D, D, variance=1 / D)
X = gaussian("X", P, D, variance=1 / P)
S = diagonal("S", D)
CIRCULAR = equivalent((H + z * Identity(D)).inv())
WISHART = equivalent((X.T * X + z * Identity(D)).inv())
EDGE = -((1 - math.sqrt(0.5)) ** 2)  # of P = 2D


def marchenko_pastur(ratio, ridge):
    """tr(XᵀX + z)⁻¹/D with ratio = D/P, for real z above the edge."""
    b = ridge + 1 - ratio
    return (-b + mpmath.sqrt(b * b + 4 * ratio * ridge)) / (2 * ratio * ridge)


# --- the plane ---


@pytest.mark.parametrize("point", [0.5, -0.5, 0.9, 0.3 + 0.2j, -0.1 - 0.7j, 0.999])
def test_circular_law_inside(point):
    """z̄: D z̄ = 50 at z = 1/2, where the branch from zero variance says 200."""
    assert CIRCULAR.evaluate(D=100, z=point) == pytest.approx(100 * np.conj(point), rel=1e-9)


@pytest.mark.parametrize("point", [2.0, -1.01, 0.8 + 0.7j, 1.0001])
def test_circular_law_outside(point):
    assert CIRCULAR.evaluate(D=100, z=point) == pytest.approx(100 / point, rel=1e-12)
    with mpmath.workdps(30):
        assert abs(CIRCULAR.evaluate(D=100, z=point, precision=30) * mpmath.mpmathify(point) - 100) < 1e-25


def test_types_follow_the_arguments():
    assert isinstance(CIRCULAR.evaluate(D=100, z=0.5), float)
    assert isinstance(CIRCULAR.evaluate(D=100, z=0.5 + 0j), complex)


@pytest.mark.parametrize("point", [0.5, 0.2 + 0.3j, -0.7j])
def test_product_of_two(point):
    """Eigenvalues of HK have density 1/(2π|z|) on the disc: the mean resolvent is z̄/|z|."""
    found = equivalent((H * K + z * Identity(D)).inv()).evaluate(D=10, z=point)
    assert found == pytest.approx(10 * np.conj(point) / abs(point), rel=1e-9)


def test_a_disc_elsewhere():
    """A disc of radius 1 around -3 holds the point -z = -2.5 but not its mirror image."""
    shifted = equivalent((H + (z + 3) * Identity(D)).inv())
    assert shifted.evaluate(D=10, z=-2.5) == pytest.approx(5.0, rel=1e-9)
    assert shifted.evaluate(D=10, z=2.5) == pytest.approx(10 / 5.5, rel=1e-12)


@pytest.mark.parametrize(("expression", "limit"), [(H.T, 0.07 + 0.24j), (H.T * H, 0.075 - 0.1j)])
def test_with_other_factors_against_draws(expression, limit):
    """tr Hᵀ(H+z)⁻¹ and tr HᵀH(H+z)⁻¹ at z = .3 + .4i, inside, as drawn matrices have it (of heavy tails)."""
    found = equivalent(expression * (H + z * Identity(D)).inv()).evaluate(D=1, z=0.3 + 0.4j)
    assert found == pytest.approx(limit, rel=1e-9)
    rng, size, draws = np.random.default_rng(0), 150, []
    for _ in range(40):
        h = rng.standard_normal((size, size)) / math.sqrt(size)
        left = h.T if expression == H.T else h.T @ h
        draws.append(np.trace(left @ np.linalg.inv(h + (0.3 + 0.4j) * np.eye(size))) / size)
    error = np.std(draws) / math.sqrt(len(draws))
    assert abs(np.mean(draws) - found) < 4 * error < 0.4


def test_digits_are_not_offered_inside():
    with pytest.raises(ValueError, match="precision = 30 is not admissible.*inside the spectrum"):
        CIRCULAR.evaluate(D=100, z=0.5, precision=30)


# --- the line ---


@pytest.mark.parametrize("ridge", [-1e-3, -0.01, -0.05, -0.08, -0.0857, -0.085786])
def test_negative_ridges_down_to_the_edge(ridge):
    assert WISHART.evaluate(P=200, D=100, z=ridge) == pytest.approx(float(100 * marchenko_pastur(0.5, ridge)), rel=1e-11)


def test_negative_ridges_have_digits():
    with mpmath.workdps(50):
        exact = 100 * marchenko_pastur(mpmath.mpf("0.5"), mpmath.mpf("-0.08"))
        assert abs(WISHART.evaluate(P=200, D=100, z="-0.08", precision=40) / exact - 1) < mpmath.mpf(10) ** -39


@pytest.mark.parametrize("ridge", [-0.0859, -0.2, -1.0, -2.8])
def test_beyond_the_edge_it_is_told(ridge):
    with pytest.raises(ValueError, match=r"^z = -.*above -0\.0857864\d*, the edge of a real spectrum"):
        WISHART.evaluate(P=200, D=100, z=ridge)
    assert pytest.approx(-0.0857864, rel=1e-6) == EDGE


def test_beyond_the_whole_spectrum():
    exact = (-(-5 + 0.5) - math.sqrt(4.5**2 + 4 * 0.5 * -5)) / (2 * 0.5 * -5)
    assert WISHART.evaluate(P=200, D=100, z=-5.0) == pytest.approx(100 * exact, rel=1e-12)


def test_between_zero_and_the_others():
    """Half of the eigenvalues are zero: tr = tr of the other Gram matrix, and D − P times 1/z."""
    other = equivalent((X * X.T + z * Identity(P)).inv())
    exact = other.evaluate(P=100, D=200, z=-0.01) - 100 / 0.01
    assert WISHART.evaluate(P=100, D=200, z=-0.01) == pytest.approx(exact, rel=1e-11)
    with pytest.raises(ValueError, match=r"^z = -0.5 .*above -0\.17157\d*, the edge"):
        WISHART.evaluate(P=100, D=200, z=-0.5)


def test_spectra_that_are_real_without_symmetry():
    """S XᵀX has the eigenvalues of a symmetric matrix: no limit inside, the same values outside."""
    plain = equivalent((S * X.T * X + z * Identity(D)).inv())
    symmetric = equivalent((S.sqrt * X.T * X * S.sqrt + z * Identity(D)).inv())
    given = {"P": 12, "S": [1.0, 0.5, 0.4]}
    for ridge in (-0.05, 0.1):
        assert plain.evaluate(given, z=ridge) == pytest.approx(symmetric.evaluate(given, z=ridge), rel=1e-11)
    for each in (plain, symmetric):
        with pytest.raises(ValueError, match="the edge of a real spectrum"):
            each.evaluate(given, z=-0.3)


def test_inside_a_real_spectrum_without_a_ridge_to_name():
    wigner = equivalent((H + H.T + z * Identity(D)).inv())
    for point in (0.5, -0.5):
        with pytest.raises((ValueError, ArithmeticError), match="real spectrum|branch"):
            wigner.evaluate(D=10, z=point)
    value = wigner.evaluate(D=10, z=0.5 + 1e-6j)
    assert value.imag < 0  # near the axis there is a density


# --- the check ---


def test_growth_is_one_at_the_edge():
    """1/|z|² for the circular law: the spectral radius of the doubled system at the branch from zero variance."""
    hermitised = Hermitised(CIRCULAR.system)
    points = np.array([0.5, 1.0, 1.7])
    instance = Instance(CIRCULAR.system, checked(CIRCULAR._names, {"D": 3, "z": points}, None), Doubles())
    resolvents = instance.balance.resolvents(np.empty((3, 0)))
    np.testing.assert_allclose(hermitised.growth(instance, resolvents), points**-2, rtol=1e-12)
