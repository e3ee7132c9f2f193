"""Exact linear programmes: against a floating-point solver on random ones, degenerate ones included; nothing is tolerated."""

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog

from theory.exponents.algebra.programmes import least


def random_programme(rng):
    """Small whole numbers, so that ties, parallel walls and missing variables are frequent."""
    n, m = int(rng.integers(1, 5)), int(rng.integers(1, 12))
    rows = rng.integers(-2, 3, (m, n)) * rng.integers(0, 2, (m, n))
    return rng.integers(-2, 3, n), rows, rng.integers(-3, 4, m)


def exact(values):
    return [Fraction(int(value)) for value in values]


def test_against_floating_point():
    rng, seen = np.random.default_rng(5), set()
    for _ in range(400):
        objective, rows, bounds = random_programme(rng)
        found = least(exact(objective), [exact(row) for row in rows], exact(bounds))
        other = linprog(objective, A_ub=-rows, b_ub=bounds, bounds=[(None, None)] * len(objective))
        feasible = linprog(0 * objective, A_ub=-rows, b_ub=bounds, bounds=[(None, None)] * len(objective)).status == 0
        seen.add(found.value if not found.is_attained else 0)
        if found.is_attained:
            assert other.status == 0
            assert float(found.value) == pytest.approx(other.fun, abs=1e-9)
            assert sum(c * x for c, x in zip(exact(objective), found.point, strict=True)) == found.value
            for row, bound in zip(rows, bounds, strict=True):
                assert sum(c * x for c, x in zip(exact(row), found.point, strict=True)) + bound >= 0
        else:
            assert found.value == (-math.inf if feasible else math.inf)
            assert other.status != 0
    assert seen == {0, math.inf, -math.inf}


def test_nothing_is_tolerated():
    """x ≥ 1 + tiny and x ≤ 1 leave nothing; x ≥ 1 − tiny leaves a minimum at that."""
    tiny = Fraction(1, 10**30)
    one, rows = [Fraction(1)], [[Fraction(1)], [Fraction(-1)]]
    assert least(one, rows, [-1 - tiny, Fraction(1)]).value == math.inf
    assert least(one, rows, [tiny - 1, Fraction(1)]).value == 1 - tiny


def test_nothing_to_choose():
    """Without variables a programme is feasible if its bounds are ≥ 0."""
    assert least([], [[], []], [Fraction(0), Fraction(1)]).value == 0
    assert least([], [[]], [Fraction(-1, 10**30)]).value == math.inf
