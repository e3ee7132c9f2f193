"""Equivalents with closed forms: the Marchenko-Pastur law and its moments; how expressions are read."""

from __future__ import annotations

import ast
import cmath
import doctest
import importlib
import math
from pathlib import Path

import mpmath
import numpy as np
import pytest
import sympy
from sympy import Identity, Rational, Trace, symbols

import theory.pencil
from theory.pencil import diagonal, equivalent, gaussian

P, D, N, z, w = symbols("P D N z w", positive=True)
X = gaussian("X", P, D, variance=1 / P)
GRAM = X.T * X
RESOLVENT = (GRAM + z * Identity(D)).inv()
S = diagonal("S", D)


def marchenko_pastur(ratio, z, root=math.sqrt):
    """tr(XᵀX + z)⁻¹/D for XᵀX of P rows with ratio = D/P."""
    b = z + 1 - ratio
    return (-b + root(b * b + 4 * ratio * z)) / (2 * ratio * z)


@pytest.mark.parametrize(("p", "d", "ridge"), [(200, 100, 0.5), (100, 200, 0.01), (100, 100, 1e-3), (7, 5, 1e4)])
def test_resolvent_is_marchenko_pastur(p, d, ridge):
    value = equivalent(RESOLVENT).evaluate(P=p, D=d, z=ridge)
    assert value == pytest.approx(d * marchenko_pastur(d / p, ridge), rel=1e-13)


def test_fifty_digits():
    with mpmath.workdps(60):
        exact = 100 * marchenko_pastur(mpmath.mpf(1) / 2, mpmath.mpf("0.1"), mpmath.sqrt)
        value = equivalent(RESOLVENT).evaluate(P=200, D=100, z="0.1", precision=50)
        assert abs(value / exact - 1) < mpmath.mpf(10) ** -49


def test_complex_point_gives_the_spectral_density():
    x, ratio = 1.3, 0.5
    value = equivalent(RESOLVENT).evaluate(P=200, D=100, z=-x - 1e-6j)
    low, high = (1 - math.sqrt(ratio)) ** 2, (1 + math.sqrt(ratio)) ** 2
    density = math.sqrt((high - x) * (x - low)) / (2 * math.pi * ratio * x)
    assert value.imag / math.pi / 100 == pytest.approx(density, rel=1e-5)
    exact = 100 * marchenko_pastur(ratio, -x - 1e-6j, cmath.sqrt)
    assert value == pytest.approx(exact, rel=1e-13)


def test_moments_of_the_wishart_law():
    # Narayana polynomials: Σ_r N(m, r) D^r P^(1-r)…, with D/P = c: 1, 1 + c, 1 + 3c + c², 1 + 6c + 6c² + c³
    c = 0.7
    for power, moment in enumerate([1, 1 + c, 1 + 3 * c + c**2, 1 + 6 * c + 6 * c**2 + c**3], start=1):
        assert equivalent(GRAM**power).evaluate(P=100, D=70) == pytest.approx(70 * moment, rel=1e-13)


def test_square_of_the_resolvent_is_its_derivative():
    with mpmath.workdps(40):
        slope = mpmath.diff(lambda x: 30 * marchenko_pastur(mpmath.mpf(3) / 5, x, mpmath.sqrt), mpmath.mpf("0.25"))
    assert equivalent(RESOLVENT * RESOLVENT).evaluate(P=50, D=30, z=0.25) == pytest.approx(float(-slope), rel=1e-12)
    assert equivalent(RESOLVENT**2).evaluate(P=50, D=30, z=0.25) == pytest.approx(float(-slope), rel=1e-12)


def test_inverse_inside_an_inverse():
    # (XᵀX + z)⁻¹ + w inverted: 1/(1/(x + z) + w) = 1/w − 1/(w²(x + z + 1/w))
    value = equivalent((RESOLVENT + w * Identity(D)).inv()).evaluate(P=80, D=50, z=0.3, w=2.0)
    assert value == pytest.approx(50 / 2 - 50 / 4 * marchenko_pastur(5 / 8, 0.8), rel=1e-13)


def test_expressions_that_are_equal_have_equal_equivalents():
    one = equivalent(X * RESOLVENT * X.T).evaluate(P=40, D=60, z=0.2)
    other = equivalent((X * X.T + z * Identity(P)).inv()).evaluate(P=40, D=60, z=0.2)
    assert one == pytest.approx(40 - 0.2 * other, rel=1e-13)
    assert equivalent(Identity(D) - z * RESOLVENT).evaluate(P=40, D=60, z=0.2) == pytest.approx(one, rel=1e-13)


def test_products_of_traces_and_scalars():
    value = equivalent(z * Trace(RESOLVENT) * Trace(GRAM) / D + 3).evaluate(P=40, D=60, z=0.2)
    assert value == pytest.approx(0.2 * 60 * marchenko_pastur(1.5, 0.2) + 3, rel=1e-13)


def test_independent_letters_are_free():
    # E tr S A S A with A Wishart: Σ s_k² + (Σ s_k)²/P
    s = np.array([1.0, -2.0, 3.0])
    assert equivalent(S * GRAM * S * GRAM).evaluate(P=10, S=s) == pytest.approx((s**2).sum() + s.sum() ** 2 / 10, rel=1e-14)
    Y = gaussian("Y", P, D, variance=1 / P)
    assert equivalent(GRAM * Y.T * Y).evaluate(P=10, D=3) == pytest.approx(3, rel=1e-14)
    assert equivalent(X.T * Y).evaluate(P=10, D=3) == 0


def test_traces_that_vanish_by_symmetry_do_not_stop_newton():
    M = (X * S * X.T + Identity(P)).inv() * X * S * X.T * (X * S * X.T + 2 * Identity(P)).inv()
    Y = gaussian("Y", P, D, variance=1 / P)
    difference = (X * X.T + Y * Y.T + z * Identity(P)).inv() * (X * X.T - Y * Y.T)
    assert equivalent(difference).evaluate(P=20, D=30, z=0.3) == pytest.approx(0, abs=1e-13)
    assert math.isfinite(equivalent(M).evaluate(P=20, S=[0.1, 0.2, 0.3]))


def test_shared_subexpressions_are_counted_once():
    once, twice = equivalent(RESOLVENT), equivalent(Trace(RESOLVENT) + 5 * Trace(RESOLVENT * S))
    assert len(once.pencil.spaces) == 4
    # the resolvent of Sx is a second step; S alone is a copy
    assert len(twice.pencil.spaces) == 7
    assert len(equivalent(RESOLVENT + S * RESOLVENT).pencil.spaces) == 4
    assert len(equivalent(RESOLVENT.T).pencil.spaces) == len(equivalent(RESOLVENT + RESOLVENT.T).pencil.spaces) == 4


def test_multiplicities_stand_for_repeated_eigenvalues():
    expression = equivalent((S.sqrt * GRAM * S.sqrt + z * Identity(D)).inv())
    plain = expression.evaluate(P=6, S=[1.0] * 4 + [0.3] * 5, z=0.1)
    assert expression.evaluate(P=6, S=[1.0, 0.3], z=0.1, multiplicity={"D": [4, 5]}) == pytest.approx(plain, rel=1e-14)
    assert expression.evaluate({P: 6, "S": [1.0, 0.3], z: 0.1}, multiplicity={D: [4, 5]}) == pytest.approx(plain, rel=1e-14)


def test_deterministic_expressions_are_exact():
    s = np.array([1.0, 2.0, 5.0])
    value = equivalent(S * (S**2 + z * Identity(D)).inv() * S ** Rational(1, 2)).evaluate(S=s, z=0.5)
    assert value == pytest.approx((s**1.5 / (s**2 + 0.5)).sum(), rel=1e-15)


def test_sizes_may_be_numbers_that_coincide():
    square = gaussian("A", 30, 30, variance=Rational(1, 30))
    value = equivalent((square.T * square + z * Identity(30)).inv()).evaluate(z=0.1)
    assert value == pytest.approx(30 * marchenko_pastur(1.0, 0.1), rel=1e-13)


def test_the_system_in_symbols_is_the_system():
    expression = equivalent(RESOLVENT)
    (resolvent, matrix), (other, inner) = expression.matrices.items()
    t = symbols("tau_1 tau_2")
    assert matrix == sympy.Matrix([[1, 0, 0], [-1, z, 1], [0, -t[1] / P, 1]])
    assert inner == sympy.Matrix([[1 - t[0] / P]])
    k = symbols("k", integer=True, positive=True)
    assert expression.equations == (
        sympy.Eq(t[0], sympy.Sum(resolvent[k, 2, 3], (k, 1, D))),
        sympy.Eq(t[1], sympy.Sum(other[k, 1, 1], (k, 1, P))),
    )
    assert expression.trace == sympy.Sum(resolvent[k, 2, 1], (k, 1, D))


def test_latex_is_balanced():
    F = gaussian("F", D, N, variance=1 / N)
    text = equivalent((F.T * S.sqrt * GRAM * S.sqrt * F + z * Identity(N)).inv()).latex()
    assert text.startswith("\\begin{gather*}")
    assert text.endswith("\\end{gather*}")
    assert text.count("\\left(") == text.count("\\right)")
    assert text.count("{") == text.count("}")
    assert text.count("\\begin{array}") == text.count("\\end{array}") == 3
    assert text.count("\\tau_{1} = ") == 1


def test_the_example_in_the_docstring_runs():
    module = importlib.import_module("theory.pencil.equivalent")
    assert doctest.testmod(module, extraglobs={"gaussian": gaussian}).failed == 0


def test_it_knows_nothing_of_chains():
    allowed = {"theory.chunks", "theory.errors", "theory.notation"}
    for path in Path(theory.pencil.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or "relative"] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                own = name in allowed or name.startswith("theory.pencil")
                assert own or name.split(".")[0] not in {"theory", "numerics", "derivations", "relative"}, (path, name)
