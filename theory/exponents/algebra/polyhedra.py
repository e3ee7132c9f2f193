"""Vertices and rays of polyhedra over the rationals, exactly: the double description method in whole numbers.

{x : rows·x + bounds ≥ 0} is the slice t = 1 of the cone {(x, t) : rows·x + bounds t ≥ 0, t ≥ 0}. Its extreme rays are found
by adding one inequality at a time: those on the right side stay, and every pair of adjacent ones on two sides makes a new one
on the wall (Motzkin, Raiffa, Thompson & Thrall 1953). Two are adjacent if no third lies on all walls that they share.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

Row = Sequence[Fraction]
Point = tuple[Fraction, ...]
_Ray = tuple[int, ...]


def vertices_and_rays(
    rows: Sequence[Row], bounds: Row, equations: Sequence[Row], values: Row, n: int
) -> tuple[list[Point], list[_Ray]]:
    """Return the vertices and the extreme rays of {x : rows·x + bounds ≥ 0, equations·x = values}.

    Parameters
    ----------
    rows : sequence of sequences of Fraction, shape (m, n)
        Left sides of the inequalities.
    bounds : sequence of Fraction, shape (m,)
        Added to them.
    equations, values : the same
        Of equations.
    n : int
        Number of variables.

    Returns
    -------
    tuple
        Vertices in order of size; rays as whole numbers without a common factor. Of a polyhedron with lines in it: a point and
        rays both ways along each line. Nothing at all of an empty one.
    """
    walls = [_whole([*row, -value]) for row, value in zip(equations, values, strict=True)]
    walls += [tuple(-x for x in wall) for wall in walls]
    walls.append((*(0,) * n, 1))
    walls += [_whole([*row, bound]) for row, bound in zip(rows, bounds, strict=True)]
    found = extreme_rays(walls, n + 1)
    vertices = sorted(tuple(Fraction(x, ray[-1]) for x in ray[:-1]) for ray in found if ray[-1])
    return vertices, [ray[:-1] for ray in found if not ray[-1]] if vertices else []


def extreme_rays(walls: Iterable[_Ray], n: int) -> list[_Ray]:
    """Return rays whose non-negative combinations are {x : wall·x ≥ 0 for all walls}; lines as two rays.

    Parameters
    ----------
    walls : iterable of tuple of int, shape (m, n)
        What is ≥ 0.
    n : int
        Number of variables.
    """
    lines = [tuple(int(i == k) for i in range(n)) for k in range(n)]
    rays: list[tuple[_Ray, int]] = []  # and a bit for each wall that it lies on
    seen = 0
    for wall in dict.fromkeys(walls):
        bit, seen = 1 << seen, seen + 1
        heights = [_dot(wall, line) for line in lines]
        lead = next((i for i, height in enumerate(heights) if height), None)
        if lead is not None:  # a line leaves the wall: everything else is moved onto it along the line
            steep, height = lines[lead], heights[lead]
            if height < 0:
                steep, height = tuple(-x for x in steep), -height
            lines = [_combined(height, line, -own, steep)
                     for i, (line, own) in enumerate(zip(lines, heights, strict=True)) if i != lead]  # fmt: skip
            rays = [(_combined(height, ray, -_dot(wall, ray), steep), on | bit) for ray, on in rays]
            rays.append((steep, bit - 1))
            continue
        sides = [(_dot(wall, ray), ray, on) for ray, on in rays]
        above = [each for each in sides if each[0] > 0]
        below = [each for each in sides if each[0] < 0]
        kept = [(ray, on) for _, ray, on in above] + [(ray, on | bit) for height, ray, on in sides if not height]
        for high, one, on_one in above:
            for low, other, on_other in below:
                shared = on_one & on_other
                if sum(shared & ~on == 0 for _, on in rays) == 2:
                    kept.append((_combined(-low, one, high, other), shared | bit))
        rays = kept
    found = [ray for ray, _ in rays]
    return found + [tuple(sign * x for x in line) for line in lines for sign in (1, -1)]


def _whole(row: Row) -> _Ray:
    """Return a multiple of a row in whole numbers without a common factor."""
    common = math.lcm(*(x.denominator for x in row))
    return _lowest([int(x * common) for x in row])


def _combined(scale: int, one: _Ray, weight: int, other: _Ray) -> _Ray:
    return _lowest([scale * a + weight * b for a, b in zip(one, other, strict=True)])


def _lowest(row: Sequence[int]) -> _Ray:
    common = math.gcd(*row) or 1
    return tuple(x // common for x in row)


def _dot(one: _Ray, other: _Ray) -> int:
    return sum(a * b for a, b in zip(one, other, strict=True) if a)
