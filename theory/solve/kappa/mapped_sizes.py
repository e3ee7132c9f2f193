"""The size side of the fixed point for layers of any falling ridge map, κ_out = κ_in F(d), as the layers' `outer` declares it.

With n_min the smallest size (or rank, of a law of columns or rows) and the slack x = n_min − d every complement
(n_j − n_min + x)/n_j is a sum of nonnegative numbers, and so F is known at x without cancellation, however near a size is to
being used up; laws are asked at d = base + offset, with the digits of the offset. `monomial_sizes` is the same for monomials,
faster.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.chain.algebras.own import Known, Own, Shaped
from theory.chain.algebras.polarise import Triple
from theory.chain.layers import Layer, Level
from theory.chain.places import seen
from theory.errors import BadArgument
from theory.solve.kappa import shaped
from theory.spectra.base import Array

Index = NDArray[np.intp]


@dataclass(frozen=True)
class Filled:
    """How far sizes are filled, in arrays of shape (points,): d = base + offset, n_min − d = slack."""

    base: Array
    offset: Array
    slack: Array

    @property
    def dof(self) -> Array:
        """D."""
        return self.base + self.offset


class MappedSizes:
    """The sizes of a block of layers, point by point; at ridge zero the same face as `MonomialSizes`.

    Parameters
    ----------
    layers : sequence of Layer
        Innermost first.
    sizes : ndarray, shape (levels, points)
        n_j of the medium (level 0) and of each layer; `inf` for no restriction.

    Attributes
    ----------
    floor : ndarray, shape (points,)
        n_min, the smallest size of a layer, or rank; `inf` where there is none.
    signed : bool
        Whether a step at ridge zero bounds the root by its sign only: there d(κ) = n_min is convex in κ, and it does not.
    """

    signed = False

    def __init__(self, layers: Sequence[Layer], sizes: Array) -> None:
        self.layers, self.sizes = tuple(layers), sizes
        self.ranks = np.array([shaped.ranks(layer.law, own) for layer, own in zip(layers, sizes[1:], strict=True)])
        self.floor = self.ranks.min(axis=0)
        self.ties = (self.ranks == self.floor).sum(axis=0)
        self.gaps = sizes - np.where(np.isinf(self.floor), 0.0, self.floor)

    def upper(self, index: Index, ridge: Array, total: Array) -> Array:
        """Return an upper bound of κ at ridge zero: d = n_min and κd ≤ total."""
        return total / self.floor[index]

    def slack(self, index: Index, ridge: Array, kappa: Array) -> tuple[Array, Array, Array]:
        """Return x at ridge zero, where the smallest size is full, −dx/dlnκ and conditioning, as `MonomialSizes.slack`."""
        return np.zeros(index.size), np.zeros(index.size), np.ones(index.size)

    def shrinkage(self, index: Index, filled: Filled, known: Mapping[int, shaped.Shape] | None = None) -> tuple[Array, Array]:
        """Return F, and −dlnF/dlnd.

        Parameters
        ----------
        index : ndarray of int
            Which points.
        filled : Filled
            d there.
        known : mapping of int to Shape, optional
            The laws of some layers at this d, where it was found from them.
        """
        sizes, dof = self.sizes[:, index], filled.dof
        one = np.ones_like(dof)
        count = Triple(dof, dof, one)
        shapes = dict(known or {})
        for place, layer in enumerate(self.layers):
            if layer.law is not None and place not in shapes:
                shapes[place] = shaped.at_dof(layer.law, sizes[place + 1], filled.base, filled.offset)

        def own_at(place: int, level: Level) -> Own:
            size = sizes[place + 1]
            if place not in shapes:
                return Known(size, count / size, complements[place + 1], level.dof)
            factor, part, rest = shapes[place][1:]
            left = Triple(factor, factor, -factor * (part / rest / dof))
            return Shaped(size, lambda _: left, free=complements[place + 1])

        with np.errstate(invalid="ignore", over="ignore", under="ignore", divide="ignore"):
            complements = [self._complement(*both) for both in zip(self.gaps[:, index] + filled.slack, sizes, strict=True)]
            unit, zero = Triple.constant(one), Triple.constant(0.0 * one)
            level = population = Level(unit, count, complements[0], unit, sizes[0])
            factor = unit
            for place, layer in enumerate(self.layers):  # each from a ridge of one: products of tiny complements underflow
                inside = seen(layer, level, population)
                level = layer.outside(inside, own_at(place, inside), zero)
                factor, level = factor * level.ridge, level.through(ridge=unit)
            return factor.value, -factor.delta * dof / factor.value

    @staticmethod
    def _complement(rest: Array, size: Array) -> Triple:
        """Return 1 − d/n with its derivative by d, of sizes that may be infinite."""
        finite = np.isfinite(size)
        value = np.where(finite, rest / np.where(finite, size, 1.0), 1.0)
        return Triple(value, value, np.where(finite, -1.0 / size, 0.0))

    def check(self, rank: Array) -> None:
        """Refuse maps that let a layer fill up at a finite ridge: F must vanish at d = n where the rank is larger.

        Raises
        ------
        ValueError
            If F stays finite there: no matrix of that size has such a law.
        """
        bound = np.flatnonzero(np.isfinite(self.floor) & (rank > self.floor))
        if bound.size:
            floor = self.floor[bound]
            near, nearer = (self.shrinkage(bound, Filled(floor, -floor * left, floor * left))[0] for left in (1e-30, 1e-33))
            if not (nearer < 0.999 * near).all():
                names = ", ".join(type(layer).__name__ for layer in self.layers)
                raise BadArgument("layers", names, "of ridge maps that vanish where a size is used up (d = n)",
                                  "no matrix of rank n has this law: change outer")  # fmt: skip
