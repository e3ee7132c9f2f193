"""A block of layers of any falling ridge map: the unknown is d, so that every layer is explicit.

    E = d(κ) − d = 0 with κ = λ/F(d), F falling with d:

Newton's method in ln d where d is below half the smallest size n_min, in ln(n_min − d) above. Where a law of columns or rows
has a plateau (b ≪ 1: many eigenvalues far above χ, and all others far below) d does not resolve χ; there ln χ is the unknown,
with d = m + offset, m the nearest whole number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from theory.solve.kappa import shaped
from theory.solve.kappa.arithmetic import EPSILON, TINY
from theory.solve.kappa.block import Block
from theory.solve.kappa.bracket import CAUTIOUS, Index, newton
from theory.solve.kappa.mapped_sizes import Filled, MappedSizes
from theory.solve.kappa.state import State
from theory.solve.status import Status
from theory.spectra.base import Array

FLAT = 0.05  # b below which d resolves χ too little
CLOSE = 1e-3  # of n_min: a slack that resolves χ by itself
LEAST = 1e-305  # of n_min, the least slack
SMALLEST = 1e-299  # χ; a smaller one is not told apart


class MappedBlock(Block):
    """See `Block`; with at least one layer whose map is no monomial."""

    sizes_side: MappedSizes

    def _unbound(self, which: Index, ridge: Array) -> State:
        """No size binds: d is at most that of the medium at λ."""
        if not any(layer.law is not None and layer.law.summable for layer in self.layers):
            return super()._unbound(which, ridge)
        state = State.blank(which.size)
        positive = ridge > 0
        state.put(~positive, super()._unbound(which[~positive], ridge[~positive]))
        state.put(positive, self._positive(which[positive], ridge[positive]))
        state.code[~positive] = Status.UNRESOLVED
        return state

    def chi(self, which: Index, state: State) -> list[Array | None]:
        """Return χ of the law of each layer, innermost first; None where there is none."""
        return [
            None if layer.law is None else shaped.at_dof(layer.law, sizes[which], state.base, state.offset).chi
            for layer, sizes in zip(self.layers, self.sizes, strict=True)
        ]

    def _usual(self, which: Index, ridge: Array, guess: Array) -> State:
        """λ > 0, or λ = 0 with a size below the rank."""
        state, positive = State.blank(which.size), ridge > 0
        for mask, part in ((~positive, super()._usual), (positive, self._positive)):
            if mask.any():
                state.put(mask, part(which[mask], ridge[mask], guess[mask]))
        return state

    def _positive(self, which: Index, ridge: Array, guess: Array | None = None) -> State:
        """λ > 0."""
        floor = self.sizes_side.floor[which]
        zero = np.zeros(which.size)
        most, _ = self.medium.excess(which, ridge, zero)
        half = np.minimum(0.5 * floor, most)
        low = self._miss(which, ridge, Filled(zero, half, floor - half), zero)[0] < half
        d, slack = half.copy(), np.where(np.isfinite(floor), floor - half, np.inf)
        found = np.ones(which.size, bool)
        for side, mask in ((self._by_dof, low), (self._by_slack, ~low)):
            if mask.any():
                d[mask], slack[mask], found[mask] = side(which[mask], ridge[mask], half[mask])
        filled = Filled(np.where(low, zero, floor), np.where(low, d, -slack), slack)
        filled, found = self._resolved(which, ridge, filled, found)
        factor, slope = self.sizes_side.shrinkage(which, filled)
        kappa = ridge / factor
        _, fall = self.medium.excess(which, kappa, filled.base)
        with np.errstate(invalid="ignore", divide="ignore"):
            elasticity = 1.0 / (1.0 + slope * fall / filled.dof)
        code = np.where(self._lost(which, filled), Status.UNDERFLOW, Status.CONVERGED)
        code[~(found & np.isfinite(kappa))] = Status.FAILED
        slack = np.where(np.isfinite(floor), filled.slack, 0.0)
        return State(kappa, filled.base, filled.offset, slack, fall, elasticity, code)

    def _miss(self, which: Index, ridge: Array, filled: Filled, anchor: Array) -> tuple[Array, Array, Array]:
        """Return d(κ) − anchor, −dd/dlnκ and −dlnF/dlnd at κ = λ/F."""
        factor, slope = self.sizes_side.shrinkage(which, filled)
        with np.errstate(over="ignore", divide="ignore"):
            kappa = np.minimum(np.maximum(ridge / factor, TINY), 1e300)
        return *self.medium.excess(which, kappa, anchor), slope

    def _by_dof(self, which: Index, ridge: Array, top: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
        """Return d, n_min − d and whether it was found, d below `top`."""
        floor = self.sizes_side.floor[which]
        factor, _ = self.sizes_side.shrinkage(which, Filled(0.0 * top, top, floor - top))
        least, _ = self.medium.excess(which, np.minimum(ridge / factor, 1e300), np.zeros(which.size))

        def step(of: Index, d: Array) -> tuple[Array, Array, Array]:
            inner, fall, slope = self._miss(which[of], ridge[of], Filled(0.0 * d, d, floor[of] - d), np.zeros(of.size))
            return _bounded((inner - d) / (d + fall * slope), d)

        d, found = newton(step, np.fmax(least * (1.0 - 1e-10), TINY), top, top, CAUTIOUS)
        return d, floor - d, found

    def _by_slack(self, which: Index, ridge: Array, top: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
        """Return d, n_min − d and whether it was found, the latter below `top`."""
        floor = self.sizes_side.floor[which]

        def step(of: Index, x: Array) -> tuple[Array, Array, Array]:
            n = floor[of]
            surplus, fall, slope = self._miss(which[of], ridge[of], Filled(n, -x, x), n)
            with np.errstate(invalid="ignore", divide="ignore"):
                size = -(surplus + x) / (x + fall * slope * (x / (n - x)))
            return _bounded(np.where(np.isfinite(slope), size, 1.0), x)

        x, found = newton(step, floor * LEAST, floor - top, floor - top, CAUTIOUS)
        return floor - x, x, found

    def _resolved(
        self, which: Index, ridge: Array, filled: Filled, found: NDArray[np.bool_]
    ) -> tuple[Filled, NDArray[np.bool_]]:
        """Return d with the digits that a plateau of a law needs."""
        base, offset, slack = filled.base.copy(), filled.offset.copy(), filled.slack.copy()
        flattest, place = np.full(which.size, FLAT), np.full(which.size, -1)
        chi = np.ones(which.size)
        for at, layer in enumerate(self.layers):
            if layer.law is not None:
                shape = shaped.at_dof(layer.law, self.sizes[at][which], base, offset)
                flat = (shape.rest < flattest) & (shape.chi > SMALLEST)
                flattest, place, chi = (np.where(flat, new, old) for new, old in
                                        ((shape.rest, flattest), (at, place), (shape.chi, chi)))  # fmt: skip
        own = np.abs(offset) < CLOSE * base  # the slack has the digits
        for at in np.unique(place[(place >= 0) & ~own]):
            points = np.flatnonzero((place == at) & ~own)
            d = base[points] + offset[points]
            whole = np.rint(d)
            shift, done = self._by_law(int(at), which[points], ridge[points], whole, chi[points])
            good = done & (np.abs((whole - d) + shift) <= 1e-6 * d)
            base[points[good]], offset[points[good]] = whole[good], shift[good]
            slack[points[good]] = (self.sizes_side.floor[which[points]] - whole)[good] - shift[good]
            found[points] &= good
        return Filled(base, offset, slack), found

    def _by_law(
        self, place: int, which: Index, ridge: Array, base: Array, start: Array
    ) -> tuple[Array, NDArray[np.bool_]]:
        """Return d − base by way of χ of one layer, and whether it was found."""
        law, sizes = self.layers[place].law, self.sizes[place][which]
        assert law is not None
        floor = self.sizes_side.floor[which]

        def offset_at(of: Index, chi: Array) -> tuple[Array, Array]:
            offset, fall = np.empty((2, of.size))
            for where, measure in shaped.by_size(law, sizes[of]):
                assert measure is not None
                offset[where], fall[where] = measure.surplus(chi[where], base[of][where], np.zeros(where.size))
            return offset, fall

        def step(of: Index, chi: Array) -> tuple[Array, Array, Array]:
            offset, fall = offset_at(of, chi)
            slack = (floor[of] - base[of]) - offset
            size = np.ones(of.size)
            inside = np.flatnonzero(slack > 0)
            if inside.size:
                points = of[inside]
                filled = Filled(base[points], offset[inside], slack[inside])
                shape = shaped.at_chi(law, sizes[points], chi[inside])
                factor, slope = self.sizes_side.shrinkage(which[points], filled, {place: shape})
                surplus, pull = self.medium.excess(which[points], np.minimum(ridge[points] / factor, 1e300), base[points])
                total = fall[inside] * (1.0 + pull * slope / filled.dof)
                size[inside] = -(surplus - offset[inside]) / total
            return _bounded(size, chi)

        low, high = np.full(which.size, SMALLEST), np.maximum(start * 1e3, 1e300)
        chi, found = newton(step, low, high, start, CAUTIOUS)
        return offset_at(np.arange(which.size), chi)[0], found

    def _lost(self, which: Index, filled: Filled) -> NDArray[np.bool_]:
        """Return where χ of a law has left the range of doubles."""
        lost = np.zeros(which.size, bool)
        for layer, sizes in zip(self.layers, self.sizes, strict=True):
            if layer.law is not None:
                lost |= shaped.at_dof(layer.law, sizes[which], filled.base, filled.offset).chi < SMALLEST
        return lost


def _bounded(size: Array, at: Array) -> tuple[Array, Array, Array]:
    """Return a step, and the bounds that its sign sets; upwards from where F or its slope has left the range of doubles."""
    with np.errstate(invalid="ignore"):
        size = np.where(np.isfinite(size), size, 1.0)
        below = np.where(size > 0, at * (1.0 - 4.0 * EPSILON), 0.0)
        return size, below, np.where(size < 0, at * (1.0 + 4.0 * EPSILON), np.inf)
