"""Below ridge zero: the branch continued from the ridgeless root, down to its edge.

With n_min below the rank, κ falls from κ₀ (d(κ₀) = n_min) and the tight complement turns negative; with every size
above the rank, κ itself turns negative, down to minus the smallest eigenvalue at most. On either side ln|λ(κ)|,
λ = κ ∏ t_j^{m_j}, is concave, so that the branch ends at its one maximum,

    dλ/dκ = 0:     1 + (−dd/dlnκ) Σ m_j/(n_j − d) = 0,

found by bisection; in between λ(κ) is monotone. Under a projection λ(κ) may fall all the way to a limit at κ = 0, where the
projection's input is used up; the branch is then followed until a millionth of that is left. Next to zero the tiny slack
follows from the sizes, not from n_min − d.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from theory.errors import BadArgument
from theory.solve.kappa.arithmetic import EPSILON
from theory.solve.kappa.block import Block
from theory.solve.kappa.bracket import CAUTIOUS, Index, newton
from theory.solve.kappa.mapped_sizes import MappedSizes
from theory.solve.kappa.monomial_sizes import MonomialSizes
from theory.solve.kappa.state import State
from theory.solve.status import Status
from theory.spectra.base import Array

BISECTIONS = 64
SHORTEST = 1e-9  # a branch, beside κ at ridge zero: a shorter one is rounding
LEFT = 1e-6  # of a projection's input, where the branch is left: its complement is a difference there
_REMEDY = "raise the ridge, or change the sizes"


def solve(block: Block, which: Index, ridge: Array) -> State:
    """Return the state of a block at negative ridges.

    Parameters
    ----------
    block : Block
        The layers.
    which : ndarray of int
        The numbers of the points.
    ridge : ndarray
        λ < 0 of those points.

    Raises
    ------
    ValueError
        If a ridge lies below the edge of its branch, or two equal sizes (or a size equal to the rank) leave no branch.
    """
    side = block.sizes_side
    if isinstance(side, MappedSizes):
        names = ", ".join(type(layer).__name__ for layer in block.layers)
        raise BadArgument("ridge", float(ridge[0]), f">= 0 for layers whose ridge map is no monomial ({names})", _REMEDY)
    below_rank, shut, endless = _branches(block, side, which)
    if shut.any():
        allowed = ">= 0 where the two smallest sizes, or a size and the rank, are equal"
        raise BadArgument("ridge", float(ridge[shut][0]), allowed, _REMEDY)
    if endless.any():
        raise BadArgument("ridge", float(ridge[endless][0]), ">= 0 where no size is below the infinite rank", _REMEDY)
    branch = _Branch(block, side, which, below_rank)
    edge, limit = branch.edge()
    if (ridge < limit).any():
        first = np.flatnonzero(ridge < limit)[0]
        allowed = f"at least {limit[first]:.15g} (the edge of the branch at these sizes)"
        raise BadArgument("ridge", float(ridge[first]), allowed, _REMEDY)
    return branch.state(ridge, edge)


def edges(block: Block) -> Array:
    """Return the edge of the branch at every point of a block, the lowest admissible ridge; 0 where none is well below zero."""
    side, found = block.sizes_side, np.zeros(block.outer_size.shape)
    if isinstance(side, MappedSizes):
        return found
    below_rank, shut, endless = _branches(block, side, np.arange(found.size))
    which = np.flatnonzero(~(shut | endless) & (below_rank | block.medium.listed))
    if which.size:
        branch = _Branch(block, side, which, below_rank[which])
        limit = branch.edge()[1]
        found[which] = np.where(limit < -SHORTEST * branch.top, limit, 0.0)
    return found


def _branches(block: Block, side: MonomialSizes, which: Index) -> tuple[NDArray[np.bool_], ...]:
    """Return where a size is below the rank, where equal sizes leave no branch, and where an infinite rank leaves none."""
    floor, rank = side.floor[which], block.medium.rank[which]
    below_rank = floor < rank
    shut = (np.isfinite(floor) & (floor == rank)) | (below_rank & (side.ties[which] > 1))
    return below_rank, shut, ~below_rank & ~(block.medium.smallest[which] > 0)


class _Branch:
    """The branch in k = |κ|, at points that share no size pattern: κ = k below the rank, κ = −k above it."""

    def __init__(self, block: Block, side: MonomialSizes, which: Index, below_rank: NDArray[np.bool_]) -> None:
        self.block, self.sizes_side, self.which, self.below_rank = block, side, which, below_rank
        self.sign = np.where(below_rank, 1.0, -1.0)
        self.floor = side.floor[which]
        self.top = block.medium.smallest[which] * (1.0 - 8.0 * EPSILON)
        if below_rank.any():
            self.top[below_rank] = block.solve(which[below_rank], np.zeros(int(below_rank.sum()))).kappa

    def ridge(self, of: Index, k: Array) -> tuple[Array, Array, Array, Array]:
        """Return λ, dλ/dlnκ, the slack n_min − d and −dd/dlnκ."""
        kappa, n = self.sign[of] * k, self.floor[of]
        bound = np.isfinite(n)
        surplus, fall = self.block.medium.excess(self.which[of], kappa, np.where(bound, n, 0.0))
        slack = np.where(bound, -surplus, 0.0)
        rest, slope = self.sizes_side.loosened(self.which[of], slack)
        with np.errstate(invalid="ignore"):
            value = kappa * (rest * (slack / n))
            derivative = kappa * (rest * ((slack + fall * (1.0 + slack * slope)) / n))
        return np.where(bound, value, kappa), np.where(bound, derivative, kappa), slack, fall

    def edge(self) -> tuple[Array, Array]:
        """Return k and λ at the edge."""
        everything = np.arange(self.which.size)
        gap = self.sizes_side.next_gap()[self.which]

        def before(k: Array) -> NDArray[np.bool_]:
            """Whether k lies between the edge and ridge zero."""
            with np.errstate(all="ignore"):
                _, slope, slack, _ = self.ridge(everything, k)
                left = self.sizes_side.least_input(self.which, slack) > LEFT
                return np.where(self.below_rank, (slack > -gap) & (slope > 0) & left, (slack >= 0) & (slope < 0))

        near = np.where(self.below_rank, self.top, self.top * 1e-30)
        far, factor = np.where(self.below_rank, 0.5 * self.top, self.top), 0.5
        while True:
            inside = before(far) & self.below_rank
            if not inside.any():
                break
            near, factor = np.where(inside, far, near), factor * factor
            far = np.where(inside, np.maximum(far * factor, 1e-320), far)
        for _ in range(BISECTIONS):
            middle = np.sqrt(near) * np.sqrt(far)
            inside = before(middle)
            near, far = np.where(inside, middle, near), np.where(inside, far, middle)
        return near, self.ridge(everything, near)[0]

    def state(self, ridge: Array, edge: Array) -> State:
        """Return the state at admissible ridges."""
        low = np.where(self.below_rank, edge, np.minimum(-ridge, edge))
        high = np.where(self.below_rank, self.top, edge)

        def step(of: Index, k: Array) -> tuple[Array, Array, Array]:
            with np.errstate(all="ignore"):
                value, slope, _, _ = self.ridge(of, k)
                outwards = (ridge[of] > value) == self.below_rank[of]
                size = np.where(outwards, 1.0, -1.0) * np.abs((ridge[of] - value) / slope)
                size = np.where(ridge[of] == value, 0.0, size)
            below = np.where(outwards, k * (1.0 - 4.0 * EPSILON), 0.0)
            return size, below, np.where(outwards, np.inf, k * (1.0 + 4.0 * EPSILON))

        start = np.where(self.below_rank, high, low)
        k, found = newton(step, low, high, start, CAUTIOUS)
        _, slope, slack, fall = self.ridge(np.arange(k.size), k)
        kappa = self.sign * k
        slack = self._settled(ridge, kappa, slack)
        base = np.where(np.isfinite(self.floor) & (2.0 * slack < self.floor), self.floor, 0.0)
        offset = -slack
        loose = np.flatnonzero(base == 0)
        if loose.size:
            offset[loose] = self.block.medium.excess(self.which[loose], kappa[loose], base[loose])[0]
        code = np.where(found, Status.NEGATIVE, Status.FAILED)
        return State(kappa, base, offset, slack, fall, ridge / np.where(slope == 0, np.inf, slope), code)

    def _settled(self, ridge: Array, kappa: Array, slack: Array) -> Array:
        """Return the slack from x·R(x) = n_min λ/κ, R the other factors, wherever that is well-conditioned."""
        bound = np.isfinite(self.floor)
        target = np.where(bound, self.floor, 0.0) * (ridge / kappa)
        rest, slope = self.sizes_side.loosened(self.which, slack)
        settled = bound & (slack * slope > -0.5)
        x = np.where(settled, slack, 0.0)
        for _ in range(8):
            rest, slope = self.sizes_side.loosened(self.which, x)
            x = np.where(settled, x - (x - target / rest) / (1.0 + x * slope), 0.0)
        return np.where(settled, x, slack)
