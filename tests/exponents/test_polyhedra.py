"""Vertices and rays of polyhedra, and where walls over the field meet: against every choice of walls, one by one."""

import itertools
from fractions import Fraction

import numpy as np
from sympy.polys.domains import QQ
from sympy.polys.matrices import DomainMatrix

from theory.exponents.algebra.polyhedra import extreme_rays, vertices_and_rays
from theory.exponents.algebra.programmes import least
from theory.exponents.algebra.traces import ALPHA, FIELD, RHO
from theory.exponents.optima.meetings import _bases, meetings


def solutions(rows, right, domain):
    """The unique solution of every square choice of equations that has one."""
    n = len(rows[0])
    for chosen in itertools.combinations(range(len(rows)), n):
        table = [[*(domain.convert(a) for a in rows[i]), domain.convert(right[i])] for i in chosen]
        reduced, pivots = DomainMatrix(table, (n, n + 1), domain).rref()
        if pivots == tuple(range(n)):
            yield tuple(reduced[i, n].element for i in range(n))


def test_vertices_are_all_that_walls_make():
    rng, seen = np.random.default_rng(3), set()
    for draw in range(60):
        n, m = int(rng.integers(1, 4)), int(rng.integers(3, 9))
        rows = rng.integers(-2, 3, (m, n))
        rows[:, 0] *= draw % 6 != 0
        rows = rows.tolist()
        bounds = rng.integers(-2, 4, m).tolist()
        exact = [[Fraction(a) for a in row] for row in rows], [Fraction(b) for b in bounds]
        vertices, rays = vertices_and_rays(*exact, [], [], n)
        inside = {
            tuple(Fraction(int(x.numerator), int(x.denominator)) for x in point)
            for point in solutions(rows, [-b for b in bounds], QQ)
        }
        expected = {p for p in inside if all(np.dot(row, p) + b >= 0 for row, b in zip(rows, bounds, strict=True))}
        feasible = least([Fraction(0)] * n, *exact).is_attained
        has_line = bool(np.linalg.matrix_rank(np.array(rows)) < n)
        seen.add((feasible, has_line, bool(rays)))
        assert bool(vertices) == feasible
        if not has_line:
            assert set(vertices) == expected
        for ray in rays:
            assert all(np.dot(row, ray) >= 0 for row in rows)
        for objective in itertools.product((-1, 0, 1), repeat=n) if feasible else ():
            unbounded = any(np.dot(objective, ray) < 0 for ray in rays)
            found = least([Fraction(c) for c in objective], *exact)
            assert found.is_attained != unbounded
            if not unbounded:
                assert found.value == min(np.dot(objective, point) for point in vertices)
    assert {(True, False, True), (True, False, False), (False, False, False), (True, True, True)} <= seen


def test_equations_and_rays():
    """The part of x + y + z = 1 with x ≥ 0, y ≥ 1/3: one vertex is missing, for z is free."""
    one = Fraction(1)
    rows = [[one, 0, 0], [0, one, 0]]
    rows = [[Fraction(a) for a in row] for row in rows]
    vertices, rays = vertices_and_rays(rows, [Fraction(0), Fraction(-1, 3)], [[one] * 3], [one], 3)
    assert vertices == [(0, Fraction(1, 3), Fraction(2, 3))]
    assert set(rays) == {(1, 0, -1), (0, 1, -1)}
    assert sorted(extreme_rays([(1, 0)], 2)) == [(0, -1), (0, 1), (1, 0)]  # a half plane: a ray and a line


def test_every_point_where_walls_meet_is_found_once():
    rng = np.random.default_rng(8)
    letters = [FIELD.one, FIELD.zero, FIELD.zero, ALPHA, RHO[1], ALPHA * RHO[2], 1 / ALPHA, -FIELD.one]
    for _ in range(12):
        n, m = int(rng.integers(2, 4)), int(rng.integers(3, 6))
        walls = [
            (tuple(letters[k] for k in rng.integers(0, len(letters), n)), letters[int(rng.integers(0, len(letters)))])
            for _ in range(m)
        ]
        walls += [(tuple(2 * a for a in walls[0][0]), 2 * walls[0][1])]  # one twice
        budget = tuple(FIELD.one for _ in range(n)), -FIELD.one
        expected = set()
        for chosen in itertools.combinations(walls, n - 1):
            rows = [row for row, _ in (budget, *chosen)]
            expected |= set(solutions(rows, [-bound for _, bound in (budget, *chosen)], FIELD.to_domain()))
        found = meetings(budget, walls)
        assert len(found) == len(set(found))
        assert {tuple(FIELD.to_domain().convert(x) for x in point) for point in found} == expected


def test_walls_are_solved_for_once_a_point():
    """Seven planes in three variables beside the budget, five through one line of it: each flat has one basis, the earliest."""
    first, through = [1, 1, 1, 0], [[1, 0, 0, 0], [0, 1, 0, 0], [1, 1, 0, 0], [1, -1, 0, 0], [2, 3, 0, 0]]
    others = [[0, 1, 2, 5], [3, 0, 1, 7]]
    assert list(_bases(through, first, 3)) == [(0, 1)]
    bases = list(_bases([*through, *others], first, 3))
    assert bases == [(0, 1), *((i, k) for i in range(5) for k in (5, 6)), (5, 6)]
