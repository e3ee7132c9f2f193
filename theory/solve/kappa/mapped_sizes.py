"""The size side of the fixed point for layers of any falling ridge map, κ_out = κ_in F(d), as the layers' `outer` declares it.

With n_min the smallest size and the slack x = n_min − d every complement (n_j − n_min + x)/n_j is a sum of nonnegative numbers,
and so F is known at x without cancellation, however near a size is to being used up. What the block outside needs is x at a
given κ: the root of F(x) = λ/κ, F rising with x from 0 to 1. `monomial_sizes` is the same for monomials, faster.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from theory.chain.algebras.own import Known, Own
from theory.chain.algebras.polarise import Triple
from theory.chain.layers import Layer, Level
from theory.chain.places import walk
from theory.errors import BadArgument
from theory.solve.kappa.bracket import CAUTIOUS, EPSILON, TINY, Index, newton
from theory.spectra.base import Array


class MappedSizes:
    """The sizes of a block of layers, point by point; the same face as `theory.solve.kappa.monomial_sizes.MonomialSizes`.

    Parameters
    ----------
    layers : sequence of Layer
        Innermost first.
    sizes : ndarray, shape (levels, points)
        n_j of the medium (level 0) and of each layer; `inf` for no restriction.

    Attributes
    ----------
    floor : ndarray, shape (points,)
        n_min, the smallest size of a layer; `inf` where there is none.
    signed : bool
        A step bounds the root by its sign only: nothing is known of the curvature.
    """

    signed = True

    def __init__(self, layers: Sequence[Layer], sizes: Array) -> None:
        self.layers, self.sizes = tuple(layers), sizes
        self.floor = sizes[1:].min(axis=0)
        self.ties = (sizes[1:] == self.floor).sum(axis=0)
        finite = np.where(np.isinf(self.floor), 0.0, self.floor)
        self.gaps = sizes - finite

    def upper(self, index: NDArray[np.intp], ridge: Array, total: Array) -> Array:
        """Return an upper bound of κ: where d ≤ n_min/2, as for κ ≥ 2 total/n_min, it is at most λ/F(n_min/2)."""
        half = 0.5 * self.floor[index]
        return np.fmax(total / half, ridge / self._factor(index, half).value)

    def slack(self, index: NDArray[np.intp], ridge: Array, kappa: Array) -> tuple[Array, Array, Array]:
        """Return x at 0 ≤ ridge ≤ κ, its slope −dx/dlnκ and dln(λ/κ)/dln x; see `MonomialSizes.slack`."""
        floor, target = self.floor[index], ridge / kappa
        x, conditioning = np.zeros(index.size), np.ones(index.size)
        inside = np.flatnonzero(target > 0)
        if inside.size:
            x[inside], conditioning[inside] = self._root(index[inside], target[inside], floor[inside])
        return x, x / conditioning, conditioning

    def _root(self, index: NDArray[np.intp], target: Array, floor: Array) -> tuple[Array, Array]:
        """Return the x with F(x) = target, and dlnF/dln x there."""

        def step(of: Index, x: Array) -> tuple[Array, Array, Array]:
            factor = self._factor(index[of], x)
            with np.errstate(all="ignore"):
                miss = np.log(target[of]) - np.log(factor.value)
                size = np.clip(miss * factor.value / (x * factor.delta), -0.99, 1e6)
            low, high = x * (1.0 - 4.0 * EPSILON), x * (1.0 + 4.0 * EPSILON)
            return size, np.where(miss > 0, low, 0.0), np.where(miss < 0, high, np.inf)

        x, _ = newton(step, np.full_like(floor, TINY), floor, np.fmax(floor * target, TINY), CAUTIOUS)
        factor = self._factor(index, x)
        return x, x * factor.delta / factor.value

    def shrinkage(self, index: NDArray[np.intp], slack: Array) -> tuple[Array, Array]:
        """Return F at the given slack and its logarithmic slope dlnF/dx."""
        factor = self._factor(index, slack)
        return factor.value, factor.delta / factor.value

    def _factor(self, index: NDArray[np.intp], slack: Array) -> Triple:
        """Return F at a slack, with its derivative by x."""
        dof = self.floor[index] - slack
        one = np.ones_like(slack)
        count = Triple(dof, dof, -one)
        with np.errstate(invalid="ignore", over="ignore", under="ignore"):
            complements = [Triple(t, t, d) for t, d in map(self._complement, self.gaps[:, index] + slack, self.sizes[:, index])]

            def own_at(place: int, level: Level) -> Own:
                size, left = self.sizes[place + 1, index], complements[place + 1]
                return Known(size, count / size, left, level.dof)

            population = Level(Triple.constant(one), count, complements[0], Triple.constant(one), self.sizes[0, index])
            ridge: Triple = walk(self.layers, own_at, population, Triple.constant(0.0 * one))[-1].ridge
        return ridge

    @staticmethod
    def _complement(rest: Array, size: Array) -> tuple[Array, Array]:
        """Return 1 − d/n and its derivative by x, of sizes that may be infinite."""
        finite = np.isfinite(size)
        return np.where(finite, rest / np.where(finite, size, 1.0), 1.0), np.where(finite, 1.0 / size, 0.0)

    def check(self, rank: Array) -> None:
        """Refuse maps that let a layer fill up at a finite ridge: F must vanish at d = n where the rank is larger.

        Raises
        ------
        ValueError
            If F stays finite there: no matrix of that size has such a law.
        """
        bound = np.flatnonzero(np.isfinite(self.floor) & (rank > self.floor))
        if bound.size:
            near, nearer = (self._factor(bound, self.floor[bound] * left).value for left in (1e-30, 1e-33))
            if not (nearer < 0.999 * near).all():
                names = ", ".join(type(layer).__name__ for layer in self.layers)
                raise BadArgument("layers", names, "of ridge maps that vanish where a size is used up (d = n)",
                                  "no matrix of rank n has this law: change outer")  # fmt: skip
