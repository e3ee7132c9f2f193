"""Where walls over ℚ(α, ρ) meet: every point that those tight at a vertex of a sample have in common, each found once.

Many choices of n − 1 walls beside the budget meet in the same point. As vectors (row, bound) they form a matroid, whose flats
of rank n are the points: each has one basis that takes the earliest walls, and only those bases are solved for. Ranks are
those at a point of large residues modulo a prime, generic to all intents: the field itself is entered once a point.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any

from sympy.polys.matrices import DomainMatrix

from theory.exponents.algebra.traces import FIELD

Wall = tuple[tuple[Any, ...], Any]  # row·x + bound, over the field
_PRIME = 2**61 - 1
_RESIDUES = tuple(pow(3, 10**6 + k, _PRIME) for k in range(1, len(FIELD.gens) + 1))
_Echelon = list[tuple[int, list[int]]]


def meetings(budget: Wall, walls: Sequence[Wall]) -> list[tuple[Any, ...]]:
    """Return every point on the budget where walls meet that leave no freedom, over the field.

    Parameters
    ----------
    budget : Wall
        One that always holds.
    walls : sequence of Wall
        The others.

    Returns
    -------
    list of tuple
        Points, in the order of the walls that they are on.
    """
    n = len(budget[0])
    found: dict[tuple[Any, ...], None] = {}
    for basis in _bases([_residues(wall) for wall in walls], _residues(budget), n):
        rows = [[*row, -bound] for row, bound in (budget, *(walls[i] for i in basis))]
        reduced, pivots = DomainMatrix(rows, (n, n + 1), FIELD.to_domain()).rref()
        if pivots == tuple(range(n)):
            found[tuple(FIELD.one * reduced[i, n].element for i in range(n))] = None
    return list(found)


def _bases(vectors: Sequence[list[int]], first: list[int], rank: int) -> Iterator[tuple[int, ...]]:
    """Yield the earliest basis, beside `first`, of every flat of a rank."""
    whole = _extended([], first) or []
    for vector in vectors:
        whole = _extended(whole, vector) or whole
    if len(whole) <= rank:
        basis: list[int] = []
        echelon = _extended([], first) or []
        for place, vector in enumerate(vectors):
            longer = _extended(echelon, vector)
            if longer is not None:
                echelon, basis = longer, [*basis, place]
        if len(echelon) == rank:
            yield tuple(basis)
        return
    yield from _grown(vectors, _extended([], first) or [], (), [], rank)


def _grown(
    vectors: Sequence[list[int]], echelon: _Echelon, chosen: tuple[int, ...], passed: list[int], rank: int
) -> Iterator[tuple[int, ...]]:
    """Yield what a choice grows to; `passed` are independent of it, and must stay so: else they would be in the basis."""
    if len(echelon) == rank:
        yield chosen
        return
    for place in range(chosen[-1] + 1 if chosen else 0, len(vectors)):
        longer = _extended(echelon, vectors[place])
        if longer is None:
            continue
        if all(_extended(longer, vectors[other]) is not None for other in passed):
            yield from _grown(vectors, longer, (*chosen, place), list(passed), rank)
        passed = [*passed, place]


def _extended(echelon: _Echelon, vector: Sequence[int]) -> _Echelon | None:
    """Return an echelon form modulo the prime with one more vector, or None if it depends on the others."""
    rest = list(vector)
    for known, row in echelon:
        factor = rest[known]
        if factor:
            rest = [(x - factor * y) % _PRIME for x, y in zip(rest, row, strict=True)]
    lead = next((i for i, x in enumerate(rest) if x), None)
    if lead is None:
        return None
    inverse = pow(rest[lead], -1, _PRIME)
    return [*echelon, (lead, [x * inverse % _PRIME for x in rest])]


def _residues(wall: Wall) -> list[int]:
    return [_residue(element) for element in (*wall[0], wall[1])]


@functools.lru_cache(maxsize=4096)
def _residue(element: Any) -> int:
    """Return an element of the field at the residues, modulo the prime."""
    above, below = (
        sum(int(c.numerator) * pow(int(c.denominator), -1, _PRIME) * _monomial(powers) for powers, c in poly.items()) % _PRIME
        for poly in (element.numer, element.denom)
    )
    return above * pow(below, -1, _PRIME) % _PRIME


def _monomial(powers: Sequence[int]) -> int:
    total = 1
    for value, power in zip(_RESIDUES, powers, strict=True):
        total = total * pow(value, power, _PRIME) % _PRIME
    return total
