"""A level with feature noise as the inside of the next block: a whole block of layers, solved at the ridge plus the noise.

    κ_in = κ_out + μ²,   η = μ²/κ_in:     d_out = n η + η̄ d,     n − d_out = n η̄ t,
    −dd_out/dlnκ_out = n η̄ [η t + η̄ (−dd/dlnκ)/n · dlnκ/dlnκ_in],

so that noise nests to any depth.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from theory.solve.kappa.arithmetic import QUADRATIC
from theory.solve.kappa.block import Block
from theory.solve.kappa.bracket import Index
from theory.solve.kappa.state import State
from theory.spectra.base import Array


class NoisyLevel:
    """The outermost level of a block with noise of variance μ² > 0 on each of its n coordinates.

    Parameters
    ----------
    block : Block
        The layers inside.
    variance : ndarray, shape (points,)
        μ².
    """

    listed = True
    summed: tuple[Any, Any] | None = None
    slope_error = 4.0 * QUADRATIC  # it is that of the inner iteration's last step but one

    def __init__(self, block: Block, variance: Array) -> None:
        self.block = block
        self.patience = block.medium.patience
        self.variance = variance
        self.size = self.rank = block.outer_size
        self.smallest = variance
        self.total = block.medium.total + self.size * variance
        self._kappa, self._ridge, self._elasticity = np.full((3, variance.size), np.nan)

    def excess(self, which: Index, kappa: Array, n: Array) -> tuple[Array, Array]:
        """Return d_out − n and its slope; of three exact ways to write the difference, the one that rounds least.

        They are (n_level − n) − n_level η̄ t, (d − n) + n_level η t with d − n from the slack of the block inside, and
        the same with d − n summed by its medium (next to the rank, say).
        """
        level, mu2 = self.size[which], self.variance[which]
        inner_ridge = kappa + mu2
        share, rest = mu2 / inner_ridge, kappa / inner_ridge
        inside = self.solve_inside(which, inner_ridge)
        t = self.block.complement(which, inside, level)
        free, gained = level * rest * t, level * share * t
        above, below = (level - n) - free, (inside.base - n) + inside.offset + gained
        rounding_above = np.abs(level - n) + np.abs(free)
        rounding_below = np.abs(inside.base - n) + np.abs(inside.offset) + np.abs(gained)
        surplus = np.where(rounding_above < rounding_below, above, below)
        summed = np.flatnonzero(10.0 * (inside.fall + np.abs(gained)) < np.minimum(rounding_above, rounding_below))
        if summed.size:
            part, _ = self.block.medium.excess(which[summed], inside.kappa[summed], n[summed])
            surplus[summed] = part + gained[summed]
        return surplus, rest * (gained + rest * inside.fall * inside.elasticity)

    def solve_inside(self, which: Index, ridge: Array) -> State:
        """Return the state of the block inside at its ridge κ_in, starting from where it was last solved."""
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            guess = self._kappa[which] * (ridge / self._ridge[which]) ** self._elasticity[which]
        state = self.block.solve(which, ridge, guess)
        self._kappa[which], self._ridge[which], self._elasticity[which] = state.kappa, ridge, state.elasticity
        return state

    def recall(self, rough: NoisyLevel) -> None:
        """Start from where another solution of the same level ended."""
        self._kappa, self._ridge, self._elasticity = rough._kappa, rough._ridge, rough._elasticity
