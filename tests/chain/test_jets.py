"""The first correction derived over jets, against its closed forms: rational identities."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from sympy import Rational, diff, log

import theory as th
from theory.chain.algebras.jets import SOURCE, TILT, Jet
from theory.chain.finite_size import ORDER, Solved, corrections

K = sympy.Symbol("K", positive=True)
AT = Rational(3, 2)  # κ of all identities
P, N, D = map(sympy.Integer, (17, 11, 23))
NOISE, HALF = Rational(2, 7), Rational(1, 2)

# any population: d and T as functions of κ, made up
DOF = 5 - 3 * (K - AT) / 7 + (K - AT) ** 2 / 5 - (K - AT) ** 3 / 9 + (K - AT) ** 4 / 13
LOSS = 2 + 4 * (K - AT) / 5 - (K - AT) ** 2 / 3 + (K - AT) ** 3 / 11 - (K - AT) ** 4 / 17


def solved(parameters, pairs):
    """The same population in jets."""
    series = [[diff(f, K, n).subs(K, AT) * AT**n / sympy.factorial(n) for n in range(ORDER + 1)] for f in (DOF, LOSS)]
    dof = [(-1) ** n * value for n, value in enumerate(series[0])]
    loss = [(1 if n == 0 else (-1) ** (n + 1)) * value for n, value in enumerate(series[1])]
    return Solved(AT, 1 - dof[0] / D, D, dof, loss, parameters, pairs)


def value(expression):
    return expression.subs(K, AT)


def published(dof, loss, ridge, samples=P):
    """The design's closed forms for rows of data, given d(K), T(K) and K(κ): δ df, δL, δE_test, all by d/dκ."""
    def by(f):
        return diff(f, K) / diff(ridge, K)

    lam = ridge * (1 - dof / samples)
    rho = 1 / by(lam)
    test = rho * (loss - ridge * by(loss) + NOISE)
    half = HALF / samples
    return {
        "dof": -HALF * lam * rho * by(log(1 / rho)),
        "objective": -half * lam * by(test),
        "test": half * (rho * by(ridge**2 * by(test)) + 2 * test * (by(ridge * rho) - 1)),
        "lam": lam, "rho": rho, "by": by,
    }  # fmt: skip


def test_samples_are_the_closed_forms():
    """(c/2P){ρ(K²E′)′ + 2E[(Kρ)′ − 1]}, −(c/2P)λE′ and −(c/2)λ dln(1−γ)/dλ, for any d and T whatever."""
    share = DOF.subs(K, AT) / P
    at = solved([P], [(share, 1 - share)])
    found = corrections(th.linear_ridge().slots, at, NOISE, HALF, sympy.Integer(0))
    expected = published(DOF, LOSS, K)
    for name in ("dof", "objective", "test"):
        assert getattr(found, name) == value(expected[name]), name
    lam, by = expected["lam"], expected["by"]
    train = expected["objective"] - lam * expected["rho"] * by(expected["objective"])
    assert found.train == value(train)


def test_a_wrong_coefficient_would_be_seen():
    share = DOF.subs(K, AT) / P
    found = corrections(th.linear_ridge().slots, solved([P], [(share, 1 - share)]), NOISE, HALF, sympy.Integer(0))
    expected = published(DOF, LOSS, K)
    rho, by = expected["rho"], expected["by"]
    test = rho * (LOSS - K * diff(LOSS, K) + NOISE)
    wrong = HALF / P * (rho * by(K**2 * by(test)) + 2 * test * (by(K * rho) - 2))
    assert found.test != value(wrong)


def test_kurtosis_is_the_closed_form():
    """δL gains the factor 1 + κ₄(1−γ), δE_test (κ₄/2ρ)[2δE_G − ((K²ρ)′ − 2K)E′/P]."""
    share, kappa4 = DOF.subs(K, AT) / P, Rational(5, 3)
    found = corrections(th.linear_ridge().slots, solved([P], [(share, 1 - share)]), NOISE, HALF, kappa4)
    expected = published(DOF, LOSS, K)
    rho, by = expected["rho"], expected["by"]
    test = rho * (LOSS - K * diff(LOSS, K) + NOISE)
    assert found.objective == value(expected["objective"] * (1 + kappa4 / rho))
    more = kappa4 / (2 * rho) * (2 * expected["test"] - (by(K**2 * rho) - 2 * K) * by(test) / P)
    assert found.test == value(expected["test"] + more)


@pytest.mark.parametrize("layer", [th.GaussianFeatures(), th.HaarProjection()])
def test_features_shift_d_and_T_at_a_fixed_ridge(layer):
    """δd = −(c/2) dln(dK/dκ)/dlnK and δT = (c/2) dΘ/dκ, Θ = κV_F/(a d), put into the formulas of the rows, linearised."""
    u = DOF.subs(K, AT) / N
    model = th.Chain(th.Samples(), layer)
    at = solved([N, P], [(u, 1 - u), (DOF.subs(K, AT) / P, 1 - DOF.subs(K, AT) / P)])
    found = corrections(model.slots, at, NOISE, HALF, sympy.Integer(0))
    ridge = K * (1 - DOF / N) / (1 if layer == th.GaussianFeatures() else 1 - DOF / D)
    slope = diff(ridge, K)
    dof = -HALF * ridge * diff(log(slope), K) / slope
    e = ridge / (K * slope)
    loss = HALF * diff(K * (1 - e) * K * diff(LOSS, K) / (-K * diff(DOF, K)), K)
    expected = published(DOF, LOSS, ridge)
    by = expected["by"]
    small = sympy.Symbol("epsilon")
    shifted_dof, shifted_loss = DOF + small * dof, LOSS + small * loss
    test = (shifted_loss - ridge * by(shifted_loss) + NOISE) / by(ridge * (1 - shifted_dof / P))
    # at fixed λ: K moves by what keeps K(1 − d/P)
    lam = ridge * (1 - shifted_dof / P)

    def linear(f):
        return (diff(f, small) - by(f) * diff(lam, small) / by(lam)).subs(small, 0)

    potential = (shifted_loss + NOISE) * (1 - shifted_dof / P)
    if not layer.nested:  # the same lines, and slow to differentiate
        assert found.test == value(expected["test"] + linear(test))
    assert found.objective == value(expected["objective"] + linear(potential))
    assert found.dof == value(expected["dof"] + linear(shifted_dof))


def test_jets_are_truncated_power_series():
    """Products, quotients and logarithms against SymPy's own series, in all three letters."""
    x, t, h = sympy.symbols("x tau h")
    f = 2 + x - 3 * x**2 + t * (1 + 5 * x) - h * (2 - x) + 4 * t * h * x
    g = 3 - x + x**3 + h * x - 2 * t + t * h

    def jet(expression):
        def part(place):
            found = expression
            for bit, letter in ((TILT, t), (SOURCE, h)):
                found = diff(found, letter) if place & bit else found
                found = found.subs(letter, 0)
            return sympy.expand(found)

        parts = [part(place) for place in range(4)]
        return Jet([[diff(p, x, n).subs(x, 0) / sympy.factorial(n) for p in parts] for n in range(3)])

    for made, expected in ((jet(f) * jet(g), f * g), (jet(f) / jet(g), f / g), (jet(f) ** -2, f**-2),
                           (jet(f).log_change, log(f) - log(2)), (jet(f).slope, diff(f, x))):  # fmt: skip
        wanted = jet(expected)
        for row, other in zip(made.parts, wanted.parts, strict=False):
            assert list(row) == other


def test_derivatives_are_taken_at_a_fixed_function():
    """(∂f/∂h at fixed g) = f_h − f_x g_h/g_x."""
    f = Jet([[Fraction(v) for v in row] for row in ((1, 0, 3, 0), (2, 0, 5, 0), (1, 0, 0, 0))])
    g = Jet([[Fraction(v) for v in row] for row in ((4, 0, 7, 0), (2, 0, 1, 0), (3, 0, 0, 0))])
    assert f.along(SOURCE, g).value == 3 - Fraction(2) * 7 / 2
