"""The self-consistent system of a pencil: G = (L0 − S[G])⁻¹ with S[G] = E R G R, closed on a few traces.

R is the random part of the pencil. At leading order a letter meets its own transpose only,

    E X A Xᵀ = v tr(A) I,      E Xᵀ A X = v tr(A) I,

(E X A X = v Aᵀ is one over the size smaller), so S[G] is made of multiples of the identity: the unknowns are the traces
τ = tr G_jk that occur in it, less those that vanish because L is block triangular. Operator-valued semicircular elements:
Voiculescu; Far, Oraby, Bryc & Speicher (2008).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching
from sympy import Expr

from theory.pencil.expressions.linearise import Pencil
from theory.pencil.plan import Pair, Space, Term, planned


@dataclass(frozen=True)
class System:
    """A pencil with its covariance map.

    Attributes
    ----------
    pencil : Pencil
        L0 and what is read out.
    unknowns : tuple of (int, int)
        Blocks (j, k) of each unknown τ = tr G_jk.
    terms : tuple of Term
        S[G].
    """

    pencil: Pencil
    unknowns: tuple[Pair, ...]
    terms: tuple[Term, ...]

    @cached_property
    def plan(self) -> list[Space]:
        """The pattern of each index space."""
        return planned(self.pencil, self.unknowns, self.terms)


def closed(pencil: Pencil) -> System:
    """Return the self-consistent system of a pencil."""
    met: list[tuple[Pair, Expr, Pair]] = []  # (row, column) of S[G], the variance, the blocks of the trace
    for plain in pencil.entries:
        for other in pencil.entries:
            if plain.matrix == other.matrix and other.transposed and not plain.transposed:
                variance = plain.matrix.variance
                met.append(((plain.row, other.column), variance, (plain.column, other.row)))
                met.append(((other.row, plain.column), variance, (other.column, plain.row)))
    occupied = _occupied(pencil, [(place, pair) for place, _, pair in met])
    unknowns = sorted({pair for _, _, pair in met if occupied[pair]})
    index = {pair: i for i, pair in enumerate(unknowns)}
    terms = tuple(Term(*place, variance, index[pair]) for place, variance, pair in met if pair in index)
    return System(pencil, tuple(unknowns), terms)


def _occupied(pencil: Pencil, met: list[tuple[Pair, Pair]]) -> NDArray[np.bool_]:
    """Return which blocks of G are not identically zero: grown from S = 0, as the analytic branch grows from zero variance."""
    n = len(pencil.spaces)
    fixed = np.zeros((n, n), dtype=bool)
    for place in pencil.fixed:
        fixed[place] = True
    # Rows are put in the order of the unknowns that they determine; then powers of the matrix fill the pattern of its inverse.
    order = maximum_bipartite_matching(csr_array(fixed), perm_type="row")
    found = np.zeros_like(fixed)
    while True:
        pattern = fixed.copy()
        for place, pair in met:
            pattern[place] |= found[pair]
        reach = pattern[order] | np.eye(n, dtype=bool)
        for _ in range(n.bit_length()):
            reach = reach @ reach
        grown = np.zeros_like(reach)
        grown[:, order] = reach
        if (grown == found).all():
            return found
        found = grown
