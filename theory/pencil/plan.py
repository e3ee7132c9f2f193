"""What a system's pattern tells before any number: by index space, how G is found and which of its entries are needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sympy import Expr

from theory.pencil.algebra import Array
from theory.pencil.elimination import Elimination, Place
from theory.pencil.expressions.linearise import Pencil

Pair = tuple[int, int]


@dataclass(frozen=True)
class Term:
    """A term of the covariance map: S[G] at (row, column) holds variance · τ[unknown]."""

    row: int
    column: int
    variance: Expr
    unknown: int


@dataclass(frozen=True, eq=False)
class Space:
    """An index space.

    Attributes
    ----------
    size : Expr
        The number of its modes.
    local : dict of int to int
        Its blocks, by their number in the pencil; rows and columns are numbered so here.
    fixed : dict of (row, column) to Expr
        L0.
    terms : tuple of Term
        S[G], with blocks numbered so too.
    elimination : Elimination
        Of the matrix L0 − S.
    unknowns : sequence of (int, (block, source))
        The traces taken here: their numbers, and which entries of G they are of.
    """

    size: Expr
    local: dict[int, int]
    fixed: dict[Place, Expr]
    terms: tuple[Term, ...]
    elimination: Elimination
    unknowns: Sequence[tuple[int, Place]]

    @cached_property
    def own(self) -> Array:
        """The numbers of the traces taken here."""
        return np.array([number for number, _ in self.unknowns], dtype=int)

    @cached_property
    def traced(self) -> Array:
        """Where their entries of G are."""
        return np.array([self.elimination.places[pair] for _, pair in self.unknowns], dtype=int)

    @cached_property
    def slopes(self) -> Array:
        """Of all that is not zero in tr (G dS G)_jk: rows of (trace, term, place of G_j,row, place of G_column,k)."""
        places = self.elimination.places
        found = [
            (number, t, places[j, term.row], places[term.column, k])
            for number, (j, k) in self.unknowns
            for t, term in enumerate(self.terms)
            if (j, term.row) in places and (term.column, k) in places
        ]
        return np.array(found, dtype=int).reshape(-1, 4).T


def planned(pencil: Pencil, unknowns: Sequence[Pair], terms: Sequence[Term]) -> list[Space]:
    """Return the index spaces of a system, in the order of their first blocks."""
    found = []
    for size in dict.fromkeys(pencil.spaces):
        members = [block for block, own in enumerate(pencil.spaces) if own == size]
        local = {block: i for i, block in enumerate(members)}
        fixed = {(local[r], local[c]): value for (r, c), value in pencil.fixed.items() if r in local}
        own = tuple(Term(local[t.row], local[t.column], t.variance, t.unknown) for t in terms if t.row in local)
        traces = [(i, (local[j], local[k])) for i, (j, k) in enumerate(unknowns) if j in local]
        elimination = Elimination(len(local), list(fixed), [(t.row, t.column) for t in own], _ones(fixed, own))
        found.append(Space(size, local, fixed, own, elimination, traces))
    return found


def _ones(fixed: dict[Place, Expr], terms: Sequence[Term]) -> list[Place]:
    met = {(term.row, term.column) for term in terms}
    return [place for place, value in fixed.items() if value == 1 and place not in met]
