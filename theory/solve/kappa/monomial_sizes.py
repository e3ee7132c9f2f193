"""The size side of the fixed point: how far the sizes are from being used up, given how much they shrink the ridge.

All sized layers of a block share one d, so with n_min the smallest size that matters and the slack x = n_min − d,

    ∏_j t_j^{m_j} = ∏_j ((n_j − n_min + x)/n_j)^{m_j} = λ/κ,

where m_j is the net exponent of size j. Every complement t_j then comes out of a sum of nonnegative numbers, however
small it is. One size, two sizes and a lone projection have closed forms; the rest is a monotone Newton iteration.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from theory.solve.kappa.arithmetic import SMALLEST, balance_start, balance_step, conditioning, lone, paired
from theory.spectra.base import Array

LIMIT = 100
NEAR = 0.9  # relative change of λ/κ over which x is extrapolated


class MonomialSizes:
    """The sizes of a block of layers with their net exponents, point by point.

    Parameters
    ----------
    sizes : ndarray, shape (levels, points)
        n_j of the medium (level 0) and of each layer; `inf` for no restriction.
    powers : sequence of int, length levels
        Exponent of each level's complement in κ_out/κ_in.

    Attributes
    ----------
    floor : ndarray, shape (points,)
        n_min, the smallest size that binds; `inf` where none does.
    signed : bool
        Whether some net exponent is negative, so that the balance may be ill-conditioned in x.
    """

    def __init__(self, sizes: Array, powers: list[int]) -> None:
        net = np.where(np.isinf(sizes), 0.0, np.array(powers, dtype=np.float64)[:, None])
        for i in range(len(sizes) if min(powers) < 0 else 0):
            for j in range(i + 1, len(sizes)):  # equal sizes with opposite exponents cancel identically
                opposite = (sizes[i] == sizes[j]) & (net[i] * net[j] < 0)
                net[j] += np.where(opposite, net[i], 0.0)
                net[i] = np.where(opposite, 0.0, net[i])
        self.floor = np.where(net > 0, sizes, np.inf).min(axis=0)
        rows = net.any(axis=1)
        self.powers = net[rows]
        active = self.powers != 0
        self.gaps = np.where(active, sizes[rows], self.floor) - np.where(np.isinf(self.floor), 0.0, self.floor)
        self.gaps = np.where(active, self.gaps, 1.0)
        self.sizes = np.where(active, sizes[rows], 1.0)
        self.signed = bool((self.powers < 0).any())
        self.plain = bool((self.powers * self.powers == self.powers).all())
        self._seen: Array | None = None  # x where the balance was last solved, λ/κ there, dln x/dln(λ/κ)
        self.ties = (active & (self.powers > 0) & (self.gaps == 0)).sum(axis=0)

    def upper(self, index: NDArray[np.intp], ridge: Array, total: Array) -> Array:
        """Return an upper bound of κ where κd ≤ total: 1 − λ/κ ≤ d Σ m_j/n_j over the positive exponents."""
        return ridge + total * (np.maximum(self.powers[:, index], 0.0) / self.sizes[:, index]).sum(axis=0)

    def next_gap(self) -> Array:
        """Return the gap from n_min to the next size that binds (`inf` where there is none)."""
        return np.where((self.powers > 0) & (self.gaps > 0), self.gaps, np.inf).min(axis=0, initial=np.inf)

    def least_input(self, index: NDArray[np.intp], slack: Array) -> Array:
        """Return the least complement of the inputs of projections (net exponents below zero) at a slack; 1 where none is."""
        inputs = self.powers[:, index] < 0
        return np.where(inputs, (self.gaps[:, index] + slack) / self.sizes[:, index], 1.0).min(axis=0, initial=1.0)

    def slack(self, index: NDArray[np.intp], ridge: Array, kappa: Array) -> tuple[Array, Array, Array]:
        """Return x at 0 ≤ ridge ≤ κ, its slope −dx/dlnκ = 1/Σ m_j/(gap_j + x), and dln(λ/κ)/dln x.

        Parameters
        ----------
        index : ndarray of int
            Which points, all with a finite floor.
        ridge, kappa : ndarray
            λ and κ of those points.
        """
        gaps, sizes, powers, floor = self.gaps[:, index], self.sizes[:, index], self.powers[:, index], self.floor[index]
        with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
            if len(gaps) == 1 and self.plain:
                x = lone(floor, ridge, kappa)
                return x, x, np.ones_like(x)
            if len(gaps) == 2 and self.plain:
                x = paired(powers, sizes, gaps, floor, ridge, kappa)
            elif len(gaps) == 2 and (powers.sum(axis=0) == 0).all() and (np.abs(powers) == 1).all():
                gap, ratio = gaps.max(axis=0), ridge / kappa
                x = floor * gap * ratio / (gap + floor * ((kappa - ridge) / kappa))
            else:
                x = self._many(index, powers, sizes, gaps, ridge, kappa)
            conditioned = conditioning(powers, gaps, x)
            return x, x / conditioned, conditioned

    def shrinkage(self, index: NDArray[np.intp], slack: Array) -> tuple[Array, Array]:
        """Return ∏ t_j^{m_j} at the given slack (of either sign) and its logarithmic slope Σ m_j/(gap_j + x)."""
        rest = self.gaps[:, index] + slack
        powers = self.powers[:, index]
        complements = rest / self.sizes[:, index]
        return (complements**powers).prod(axis=0), (powers / rest).sum(axis=0)

    def loosened(self, index: NDArray[np.intp], slack: Array) -> tuple[Array, Array]:
        """Return R = (n_min/x) ∏ t_j^{m_j} and dlnR/dx, which stay finite where the slack x goes through zero."""
        powers = self.powers[:, index].copy()
        tight = (self.gaps[:, index] == 0) & (powers > 0)
        powers[tight & (np.cumsum(tight, axis=0) == 1)] -= 1.0
        rest = np.where(powers == 0, 1.0, self.gaps[:, index] + slack)
        complements = rest / np.where(powers == 0, 1.0, self.sizes[:, index])
        return (complements**powers).prod(axis=0), (powers / rest).sum(axis=0)

    def _many(
        self, index: NDArray[np.intp], powers: Array, sizes: Array, gaps: Array, ridge: Array, kappa: Array
    ) -> Array:
        """Return x by Newton's method, from where the same points were last: x goes with λ/κ to the power 1/conditioning."""
        floor, ratio = self.floor[index], ridge / kappa
        if self._seen is None:
            self._seen = np.full((3, self.floor.size), np.nan)
        negative_gap = np.where(powers < 0, gaps, np.inf).min(axis=0)
        last, at, power = self._seen[:, index]
        change = ratio / at
        x = last * change**power
        known = (x > SMALLEST * floor) & (np.abs(change - 1.0) < NEAR)
        unknown = ~known | (powers < 0).any(axis=0)  # there a step up may leave the range
        if unknown.any():
            x[unknown] = balance_start(powers[:, unknown], floor[unknown], ridge[unknown], kappa[unknown])
        todo, columns = np.flatnonzero(x > 0), (powers, sizes, gaps, negative_gap, floor, ridge, kappa)
        for _ in range(LIMIT):
            if not todo.size:
                break
            part = columns if todo.size == x.size else [column[..., todo] for column in columns]
            x[todo], done = balance_step(x[todo], *part)
            todo = todo[~done]
        self._seen[:, index] = x, ratio, 1.0 / conditioning(powers, gaps, x)
        return x
