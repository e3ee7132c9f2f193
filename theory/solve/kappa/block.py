"""A block: sized layers over one medium, which share its d and so one unknown κ.

    E(κ) = (d(κ) − n_min) + x(κ) = 0,    −dE/dlnκ = −dd/dlnκ + 1/Σ m_j/(n_j − n_min + x),

with x from the balance of the sizes. E falls; for net exponents m_j ≥ 0 it is convex in κ and concave in 1/κ. A
projection brings a negative exponent; where that makes x ill-conditioned the same root is sought from the other side,
as ln[λ/(κ ∏ t_j^{m_j})] at x = n_min − d(κ).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from theory.chain.layers import Layer
from theory.chain.ridge_map import ridge_powers
from theory.solve.kappa.arithmetic import EPSILON, QUADRATIC, SMALLEST, ends, settled, stepped
from theory.solve.kappa.bracket import CAUTIOUS, Index, newton
from theory.solve.kappa.compiled import settle
from theory.solve.kappa.mapped_sizes import MappedSizes
from theory.solve.kappa.media import Medium
from theory.solve.kappa.monomial_sizes import MonomialSizes
from theory.solve.kappa.state import State
from theory.solve.status import Status
from theory.spectra.base import Array


class Block:
    """Sized layers, innermost first, over a medium.

    Parameters
    ----------
    medium : Medium
        What lies inside.
    layers : sequence of Layer
        Their ridge maps; possibly none.
    sizes : sequence of ndarray, shape (points,)
        Their sizes.
    """

    def __init__(self, medium: Medium, layers: Sequence[Layer], sizes: Sequence[Array]) -> None:
        self.medium = medium
        self.layers = tuple(layers)
        self.sizes = tuple(sizes)
        self.sizes_side = _sizes_side(self.layers, np.stack([medium.size, *sizes]), medium.rank)
        self.outer_size = self.sizes[-1] if self.sizes else medium.size

    def solve(self, which: Index, ridge: Array, guess: Array | None = None) -> State:
        """Return the state at a ridge λ ≥ 0 outside the block; `negative` has the branch below.

        Parameters
        ----------
        which : ndarray of int
            The numbers of the points.
        ridge : ndarray
            λ of those points.
        guess : ndarray, optional
            First guesses of κ; NaN where there is none.
        """
        floor, rank = self.sizes_side.floor[which], self.medium.rank[which]
        state = State.blank(which.size)
        empty = (ridge == 0) & (floor >= rank)
        unbound = ~empty & np.isinf(floor)
        usual = ~(empty | unbound)
        guess = np.full(which.size, np.nan) if guess is None else guess
        for mask, part in (
            (empty, lambda m: self._vanished(which[m])),
            (unbound, lambda m: self._unbound(which[m], ridge[m])),
            (usual, lambda m: self._usual(which[m], ridge[m], guess[m])),
        ):
            if mask.all():
                return part(slice(None))
            if mask.any():
                state.put(mask, part(mask))
        return state

    def complement(self, which: Index, state: State, size: Array) -> Array:
        """Return 1 − d/size at a solved state, without cancellation, for sizes that need not be in the block."""
        floor, finite = self.sizes_side.floor[which], np.isfinite(size)
        result = np.ones_like(size)
        if not finite.any():
            return result
        if finite.all() and (size >= floor).all():
            return np.asarray(((size - floor) + state.slack) / size)
        d, outside, inside = state.base + state.offset, finite & (size >= floor), finite & (size < floor)
        result[outside] = (size[outside] - floor[outside]) + state.slack[outside]
        result[inside] = size[inside] - d[inside]
        delicate = np.flatnonzero(inside & (2.0 * d > size) & (state.kappa != 0))
        if delicate.size:
            surplus, _ = self.medium.excess(which[delicate], state.kappa[delicate], size[delicate])
            result[delicate] = -surplus
        return np.where(finite, result / np.where(finite, size, 1.0), 1.0)

    def pairs(self, which: Index, state: State) -> list[tuple[Array, Array]]:
        """Return (u, t) of each layer, innermost first."""
        d = state.base + state.offset
        occupied = [np.where(np.isinf(size), 0.0, d / np.where(np.isinf(size), 1.0, size)) for size in self.sizes]
        return [(u, self.complement(which, state, size)) for u, size in zip(occupied, self.sizes, strict=True)]

    def chi(self, which: Index, state: State) -> list[Array | None]:
        """Return χ of the law of each layer; monomial maps have none."""
        return [None] * len(self.layers)

    def _vanished(self, which: Index) -> State:
        """λ = 0 and no size below the rank: κ = 0 and d = rank."""
        floor, rank = self.sizes_side.floor[which], self.medium.rank[which]
        bound, zero, slack = np.isfinite(floor), np.zeros(which.size), np.zeros(which.size)
        slack[bound] = floor[bound] - rank[bound]
        tight = bound & (floor == rank)
        code = np.where(self._at_threshold(which, tight), Status.THRESHOLD, Status.RIDGELESS)
        return State(zero, rank.copy(), zero.copy(), slack, zero.copy(), np.where(tight, 0.5, 1.0), code)

    def _unbound(self, which: Index, ridge: Array) -> State:
        """No size binds: κ = λ."""
        zero = np.zeros(which.size)
        d, fall = self.medium.excess(which, ridge, zero)
        return State(ridge.copy(), zero, d, zero.copy(), fall, np.ones(which.size), np.zeros(which.size, np.intp))

    def _usual(self, which: Index, ridge: Array, guess: Array) -> State:
        """λ > 0, or λ = 0 with a size below the rank."""
        if self.medium.summed is None or self.sizes_side.signed or not isinstance(self.sizes_side, MonomialSizes):
            return self._by_steps(which, ridge, guess)
        state, found = self._by_loop(which, ridge, guess)
        if not found.all():
            state.put(~found, self._by_steps(which[~found], ridge[~found], guess[~found]))
        return state

    def _by_loop(self, which: Index, ridge: Array, guess: Array) -> tuple[State, NDArray[np.bool_]]:
        """Return the state, and where it was found, by a loop over points."""
        assert isinstance(self.sizes_side, MonomialSizes)
        floor, medium = self.sizes_side.floor[which], self.medium
        assert medium.summed is not None
        with np.errstate(invalid="ignore", over="ignore", under="ignore"):
            upper = self.sizes_side.upper(which, ridge, medium.total[which])
        given = np.stack((ridge, floor, upper, medium.rank[which], medium.smallest[which]))
        kappa, base, offset, slack, fall, slope, found = settle(medium.summed, self.sizes_side, which, given, guess)
        return self._state(which, ridge, kappa, base, offset, slack, fall, slope), found == 1.0

    def _by_steps(self, which: Index, ridge: Array, guess: Array) -> State:
        """Return the state by steps of all points at once."""
        floor, rank, smallest = self.sizes_side.floor[which], self.medium.rank[which], self.medium.smallest[which]
        with np.errstate(invalid="ignore", over="ignore", under="ignore"):
            upper = self.sizes_side.upper(which, ridge, self.medium.total[which])
            low, high, middle = ends(ridge, floor, upper, rank, smallest)
        start = np.where(np.isnan(guess), middle, guess)
        base, offset, fall, slope, seen = np.zeros((5, which.size))

        def step(of: Index, kappa: Array) -> tuple[Array, Array, Array]:
            points, n = which[of], floor[of]
            x, dx, conditioned = self.sizes_side.slack(points, ridge[of], kappa)
            anchor = np.where(2.0 * x < n, n, 0.0)
            surplus, q = self.medium.excess(points, kappa, anchor)
            with np.errstate(all="ignore"):
                size, rounding, below, above = stepped(kappa, n, x, dx, anchor, surplus, q, self.medium.slope_error)
                if self.sizes_side.signed:  # only the sign bounds the root
                    other = self._other_side(points, ridge[of], kappa, (n - anchor) - surplus, q)
                    chosen = (conditioned < 0.5) & np.isfinite(other)
                    size, rounding = np.where(chosen, other, size), np.where(chosen, 8.0 * EPSILON, rounding)
                    widened = np.where(np.abs(size) > rounding, 0.0, rounding)
                    below = np.where(size > 0, kappa * (1.0 - widened), 0.0)
                    above = np.where(size < 0, kappa * (1.0 + widened), np.inf)
            base[of], offset[of], fall[of], slope[of], seen[of] = anchor, surplus, q, dx, kappa
            return size, below, above

        tolerance = CAUTIOUS if self.sizes_side.signed else QUADRATIC
        kappa, found = newton(step, low, high, start, tolerance, self.medium.patience)
        slack, _, conditioned = self.sizes_side.slack(which, ridge, kappa)
        seen = np.where(found, seen, kappa)
        with np.errstate(invalid="ignore"):
            offset -= fall * ((kappa - seen) / seen)
            offset, slack = settled(floor, base, offset, slack, conditioned)
        state = self._state(which, ridge, kappa, base, offset, slack, fall, slope)
        state.code[~(found & np.isfinite(kappa) & np.isfinite(slack))] = Status.FAILED
        return state

    def _state(
        self, which: Index, ridge: Array, kappa: Array, base: Array, offset: Array, slack: Array, fall: Array, slope: Array
    ) -> State:
        """Return a solution with its codes, `slope` being −dx/dlnκ."""
        floor = self.sizes_side.floor[which]
        code = np.where(slack < SMALLEST * floor, Status.UNDERFLOW, Status.CONVERGED)
        zero = ridge == 0
        if zero.any():
            code[zero] = Status.RIDGELESS
            code[self._at_threshold(which, zero)] = Status.THRESHOLD
        total = fall + slope
        return State(kappa, base, offset, slack, fall, slope / np.where(total == 0, 1.0, total), code)

    def _other_side(self, which: Index, ridge: Array, kappa: Array, slack: Array, fall: Array) -> Array:
        """Return the step of ln[λ/(κ ∏ t^m)] at x = n_min − d(κ), for x > 0 (else NaN)."""
        assert isinstance(self.sizes_side, MonomialSizes)
        shrinkage, slope = self.sizes_side.shrinkage(which, slack)
        outside = kappa * shrinkage
        step = np.log1p((ridge - outside) / outside) / (1.0 + fall * slope)
        return np.where((slack > 0) & (outside > 0), step, np.nan)

    def _at_threshold(self, which: Index, tight: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return where, at ridge zero, rows of data are used up together with another size or with the rank."""
        if not self.layers or not self.layers[-1].trains:
            return np.zeros(which.size, bool)
        floor, rank = self.sizes_side.floor[which], self.medium.rank[which]
        shared = (self.sizes_side.ties[which] > 1) | (floor == rank)
        return tight & shared & (self.outer_size[which] == floor)


def _sizes_side(layers: Sequence[Layer], sizes: Array, rank: Array) -> MonomialSizes | MappedSizes:
    """Return the size side: from the exponents of ridge maps that are monomials, else from the maps themselves."""
    powers = [ridge_powers(layer) for layer in layers]
    known = [pair for pair in powers if pair is not None]
    if len(known) < len(powers):
        mapped = MappedSizes(layers, sizes)
        mapped.check(rank)
        return mapped
    own, inner = [0, *(m for m, _ in known)], [0 for _ in range(len(known) + 1)]
    for place, (layer, (_, k)) in enumerate(zip(layers, known, strict=True)):
        inner[0 if layer.pooled else place] += k  # rows of a pool are nested in the population
    return MonomialSizes(sizes, [m + k for m, k in zip(own, inner, strict=True)])
