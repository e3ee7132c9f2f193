"""The size side of the fixed point: how far the sizes are from being used up, given how much they shrink the ridge.

All sized layers of a block share one d, so with n_min the smallest size that matters and the slack x = n_min − d,

    ∏_j t_j^{m_j} = ∏_j ((n_j − n_min + x)/n_j)^{m_j} = λ/κ,

where m_j is the net exponent of size j. Every complement t_j then comes out of a sum of nonnegative numbers, however
small it is. One size, two sizes and a lone projection have closed forms; the rest is a monotone Newton iteration.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from theory.solve.kappa.bracket import EPSILON
from theory.spectra.base import Array

LIMIT = 100
SMALLEST = 1e-307  # complement; a smaller one has no double with full accuracy


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
        for i in range(len(sizes)):
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
        self.plain = bool(np.isin(self.powers, (0.0, 1.0)).all())
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
                x = floor * (ridge / kappa)
                return x, x, np.ones_like(x)
            if len(gaps) == 2 and self.plain:
                x = self._two(powers, sizes, gaps, floor, ridge, kappa)
            elif len(gaps) == 2 and (powers.sum(axis=0) == 0).all() and (np.abs(powers) == 1).all():
                gap, ratio = gaps.max(axis=0), ridge / kappa
                x = floor * gap * ratio / (gap + floor * ((kappa - ridge) / kappa))
            else:
                x = self._many(powers, sizes, gaps, floor, ridge, kappa)
            conditioning = np.where(x > 0, (powers * (x / np.where(x > 0, gaps + x, 1.0))).sum(axis=0), 1.0)
            return x, x / conditioning, conditioning

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

    @staticmethod
    def _two(powers: Array, sizes: Array, gaps: Array, floor: Array, ridge: Array, kappa: Array) -> Array:
        """Return the root of x(x + gap) = P N λ/κ, as 2g√ρ/(δ + √(δ²+4)), g = √(PN), δ = gap/(g√ρ)."""
        root = np.sqrt(ridge) / np.sqrt(kappa)
        scale = np.sqrt(sizes[0]) * np.sqrt(sizes[1]) * root
        delta = np.where(scale > 0, (gaps[0] + gaps[1]) / scale, np.inf)
        both = 2.0 * scale / (delta + np.hypot(delta, 2.0))
        alone = powers[0] * powers[1] == 0
        return np.where(alone, floor * (ridge / kappa), both)

    @staticmethod
    def _many(powers: Array, sizes: Array, gaps: Array, floor: Array, ridge: Array, kappa: Array) -> Array:
        """Return x by Newton in ln v, 1/v = 1/x + 1/gap₋, gap₋ that of the size with a negative exponent.

        ln ∏ t_j^{m_j} is convex and increasing in ln v, so the iteration falls monotonically from the upper bound
        t_min = (λ/κ)^{1/Σm}. The product is formed as λ/∏ t_j^{m_j}, which lies between λ and κ.
        """
        positive = np.maximum(powers, 0.0)
        negative_gap = np.where(powers < 0, gaps, np.inf).min(axis=0)
        log_ridge, log_kappa = np.log(ridge), np.log(kappa)
        x = floor * np.exp((log_ridge - log_kappa) / positive.sum(axis=0))
        todo = np.flatnonzero(x > 0)
        for _ in range(LIMIT):
            if not todo.size:
                break
            current = x[todo]
            rest = gaps[:, todo] + current
            m = powers[:, todo]
            quotient = _divided(ridge[todo], rest / sizes[:, todo], m)
            defect = (kappa[todo] - quotient) / quotient
            excess = np.where(defect < 0.5, np.log1p(np.maximum(defect, -0.9)), log_kappa[todo] - np.log(quotient))
            beyond = current / negative_gap[todo]
            stretch = 1.0 + beyond
            slope = (m * (current / rest)).sum(axis=0) * stretch
            step = excess / slope
            # v → v e^{−step} means 1/x → (1/x + 1/gap₋) e^{step} − 1/gap₋
            x[todo] = current / (np.exp(step) + np.where(beyond > 0, np.expm1(step) * beyond, 0.0))
            todo = todo[(np.abs(step) * stretch > 1e-9) & (np.abs(excess) > 8.0 * EPSILON)]
            x[todo] = np.where(x[todo] > SMALLEST * floor[todo], x[todo], 0.0)
            todo = todo[x[todo] > 0]
        return x


def _divided(ridge: Array, complements: Array, powers: Array) -> Array:
    """Return λ/∏ t^m, dividing one by one from the outside in: no partial result leaves the range of doubles."""
    for t, m in zip(complements[::-1], powers[::-1], strict=True):
        ridge = ridge / (t if (m == 1.0).all() else t**m)
    return ridge
