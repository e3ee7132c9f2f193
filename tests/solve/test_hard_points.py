"""κ, d and every complement pair against hundreds of digits, on every hard point."""

import mpmath
import numpy as np
import pytest

from tests.solve.hard_points import families
from tests.solve.reference import Precise
from theory.solve.kappa.arithmetic import SMALLEST
from theory.solve.kappa.fixed_point import solve

EVERY = 10  # of the points in an ordinary run; all of them are `slow`
WORST = 1e-14
NOTHING = 1e-130  # what the reference, with a tiny ridge in place of zero, leaves of an exact zero
NORMAL = float(np.finfo(float).tiny)

FAMILIES = families()


def error(got, exact, ridge):
    """Return the relative error; of subnormal numbers the error in last places, of what is flushed to zero none."""
    if got == 0 and abs(exact) < 1.01 * SMALLEST:
        return 0.0
    if ridge == 0 and abs(exact) < NOTHING:
        return abs(float(got))
    if abs(exact) < NORMAL:
        return abs(float(mpmath.mpf(float(got)) - exact)) / 5e-324 * 1e-15
    return float(abs(mpmath.mpf(float(got)) / exact - 1))


def check(family, points):
    solution = solve(family.spectrum, family.layers, family.parameters, family.ridge)
    assert solution.converged.all()
    for i in points:
        ridge, parameters = family.ridge[i], [values[i] for values in family.parameters]
        exact = Precise(family.spectrum, family.kinds, parameters).solve(ridge, solution.kappa[i])
        compared = [(solution.kappa, exact.kappa), (solution.dof, exact.dof), (solution.vacancy, exact.vacancy)]
        for ours, theirs in zip(solution.pairs, exact.pairs, strict=True):
            compared += zip(ours, theirs, strict=True)
        worst = max(error(ours[i], theirs, ridge) for ours, theirs in compared)
        assert worst < WORST, (parameters, ridge, solution.reasons[i])


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_some_points(family):
    check(family, range(0, family.ridge.size, EVERY))


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_all_points(family):
    check(family, range(family.ridge.size))


def test_there_are_enough_points():
    assert sum(family.ridge.size for family in FAMILIES) > 6000
