"""What is refused, and how: the argument, its value, what is admissible, what to do."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Identity, MatrixSymbol, OneMatrix, Rational, Trace, symbols

from theory.pencil import diagonal, equivalent, gaussian

P, D, N, z = symbols("P D N z", positive=True)
X, S, F = gaussian("X", P, D), diagonal("S", D), gaussian("F", D, N)
RIDGE = z * Identity(D)
RESOLVENT = equivalent((S.sqrt * X.T * X * S.sqrt / P + RIDGE).inv() * S)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: equivalent((X.T * X).inv()), "deterministic part: add a ridge"),
        (lambda: equivalent(S * ((X.T * X).inv() + RIDGE).inv()), "deterministic part: add a ridge"),
        (lambda: equivalent((X.T * X - RIDGE + RIDGE).inv()), "deterministic part: add a ridge"),
        (lambda: equivalent((F.T * S * F) ** -2), "deterministic part: add a ridge"),
        (lambda: equivalent((S - S + X.T * X).inv()), "deterministic part"),
        (lambda: equivalent(X), "square"),
        (lambda: equivalent(X * X), "square|matching shapes"),
        (lambda: equivalent(Trace(X * S * X)), "matching shapes"),
        (lambda: equivalent(X.T * X + F.T * F), "matching shapes"),
        (lambda: equivalent(X.T * X + z * Identity(P)), "matching shapes"),
        (lambda: equivalent(MatrixSymbol("M", D, D) * S), "gaussian and diagonal letters"),
        (lambda: equivalent(S * OneMatrix(D, D)), "gaussian and diagonal letters"),
        (lambda: equivalent((X.T * X + RIDGE) ** Rational(1, 2)), "fractional powers"),
        (lambda: equivalent(z + 1), "MatrixExpr|matrix expression"),
        (lambda: equivalent("X.T*X"), "matrix expression"),
        (lambda: equivalent(np.eye(3)), "matrix expression"),
        (lambda: equivalent(Trace(S) * S[0, 0]), "outside its traces"),
        (lambda: equivalent(S * diagonal("D", D)), "different names"),
        (lambda: equivalent(gaussian("S", D, D) * S), "different names"),
        (lambda: equivalent(S * symbols("D")), "different names"),
        (lambda: gaussian("X", -3, D), "positive size"),
        (lambda: gaussian("X", P, 0), "positive size"),
        (lambda: gaussian("X", "P D", D), "positive size"),
        (lambda: gaussian("X", P, S), "positive size"),
        (lambda: gaussian("X", P, D, variance=-1), "non-negative scalar"),
        (lambda: gaussian("X", P, D, variance=S), "non-negative scalar"),
        (lambda: gaussian("", P, D), "identifier"),
        (lambda: gaussian(3, P, D), "identifier"),
        (lambda: diagonal("S", float("inf")), "positive size"),
        (lambda: diagonal("a b", D), "identifier"),
    ],
)
def test_expressions_that_are_refused(build, message):
    with pytest.raises(ValueError, match=r" is not admissible: ") as caught:
        build()
    assert caught.match(message)


GIVEN = {"P": 10, "S": [1.0, 0.5], "z": 0.1}


@pytest.mark.parametrize(
    ("change", "start"),
    [
        ({"P": None}, "P = None is not admissible"),
        ({"P": 0}, "P = 0 is not admissible"),
        ({"P": -2.0}, "P = -2.0 is not admissible"),
        ({"P": float("inf")}, "P = inf is not admissible"),
        ({"P": [10, -20]}, "P = -20"),
        ({"P": [10, 20], "z": [0.1, 0.2, 0.3]}, "P and z = "),
        ({"P": "many"}, "P = 'many'"),
        ({"P": 1j}, "P = 1j"),
        ({"z": float("nan")}, "z = nan"),
        ({"z": True}, "z = True"),
        ({"S": [1.0, -0.5]}, "S = .*non-negative eigenvalues"),
        ({"S": []}, "S = "),
        ({"S": [[1.0, 2.0]]}, "S = "),
        ({"S": [1.0, float("nan")]}, "S = "),
        ({"S": ["a", "b"]}, "S = "),
        ({"D": 3}, "S = '2 eigenvalues' .*length D = 3"),
        ({"Q": 3}, "name = 'Q' .* one of D, P, z, S"),
        ({"X": 3}, "name = 'X'"),
        ({"precision": 0}, "precision = 0"),
        ({"precision": 2.5}, "precision = 2.5"),
        ({"multiplicity": {"P": [1, 2]}}, "multiplicity = 'P'"),
        ({"multiplicity": {"D": [1, 2, 3]}}, "S = '2 eigenvalues'"),
        ({"multiplicity": {"D": [1, -2]}}, "multiplicity = "),
        ({"multiplicity": {"D": [1, 2]}, "D": 4}, "multiplicity = "),
    ],
)
def test_values_that_are_refused(change, start):
    with pytest.raises(ValueError, match=f"^{start}"):
        RESOLVENT.evaluate(**{**GIVEN, **change})


@pytest.mark.parametrize("name", ["P", "S", "z"])
def test_values_that_are_missing(name):
    given = {key: value for key, value in GIVEN.items() if key != name}
    with pytest.raises(ValueError, match=f"^{name} = None is not admissible: {name} must be given"):
        RESOLVENT.evaluate(**given)


def test_a_value_given_twice():
    with pytest.raises(ValueError, match="^P = 10 .*given once"):
        RESOLVENT.evaluate({P: 10}, P=10, S=[1.0, 0.5], z=0.1)


def test_a_negative_variance_is_refused_at_evaluation():
    letter = gaussian("Y", P, D, variance=z - 1)
    with pytest.raises(ValueError, match="^variance = "):
        equivalent(letter.T * letter).evaluate(P=3, D=4, z=0.5)


@pytest.mark.parametrize(("lam", "words"), [(0, "singular"), (-1.7, "the edge of a real spectrum")])
def test_points_without_a_branch_say_so(lam, words):
    with pytest.raises((ArithmeticError, ValueError), match=words):
        RESOLVENT.evaluate(P=1, S=[1.0, 0.5, 0.2], z=lam)
