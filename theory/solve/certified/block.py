"""A block of sized layers over one medium, which share its d: one unknown, proved.

With n₀ the least of the sizes and the medium's rank, and z = n₀ − d, every complement 1 − d/n_j = (n_j − n₀ + z)/n_j is a sum
of what is not negative, the layers make κ = λ/F(z), and

    E(z) = (d(κ(z)) − n₀) + z = 0

rises with z and falls with λ (F rises, as every layer's 1/S does): two signs enclose the root for every λ of a ball. At λ → 0
all this is done with leading terms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from flint import arb, ctx

from theory.chain.algebras.own import Known, Own
from theory.chain.layers import Layer, Level
from theory.chain.places import walk
from theory.solve.certified.ball import ONE, ZERO, Ball, Uncertified, exactly, to_arb
from theory.solve.certified.roots import enclose, find

Size = Fraction | float  # inf


class Medium(Protocol):
    """What lies inside a block: a population, or a level with noise."""

    @property
    def size(self) -> Size:
        """How many coordinates it has."""

    @property
    def rank(self) -> Size:
        """How large d may be."""

    @property
    def scale(self) -> arb:
        """A rough trace."""

    def excess(self, kappa: arb, n: Fraction, proved: bool = True) -> tuple[arb, arb]:
        """Return d(κ) − n and roughly −dd/dlnκ at κ > 0; with `proved` False the first roughly too."""

    def missed(self, kappa: Ball) -> Ball:
        """Return rank − d for a κ that vanishes."""


@dataclass(frozen=True)
class State:
    """A block solved at one ridge.

    Attributes
    ----------
    kappa : Ball
        κ, what the medium sees.
    least : Fraction or inf
        The least of the sizes and the rank, n₀.
    left : Ball
        What d leaves of it, z = n₀ − d; where n₀ is infinite it is not used.
    elasticity : arb
        Roughly dlnκ/dlnλ; not proved.
    """

    kappa: Ball
    least: Size
    left: Ball
    elasticity: arb

    def complement(self, size: Size) -> Ball:
        """Return 1 − d/size of a size that is at least n₀."""
        if not (isinstance(size, Fraction) and isinstance(self.least, Fraction)):
            return ONE
        return (exactly(size - self.least) + self.left) / exactly(size)


class Block:
    """Sized layers, innermost first, over a medium.

    Parameters
    ----------
    medium : Medium
        What lies inside.
    layers : sequence of Layer
        Their ridge maps; possibly none.
    sizes : sequence of Fraction or inf
        Their sizes.
    """

    def __init__(self, medium: Medium, layers: Sequence[Layer], sizes: Sequence[Size]) -> None:
        self.medium, self.layers, self.sizes = medium, tuple(layers), tuple(sizes)
        self.outer_size = self.sizes[-1] if self.sizes else medium.size
        self._least = min(medium.rank, *self.sizes) if self.sizes else medium.rank
        self._bound = any(size != math.inf for size in self.sizes)
        self._last: arb | None = None

    def solve(self, ridge: Ball, proved: bool = True) -> State:
        """Return the state at a ridge λ > 0, or at one that vanishes.

        Parameters
        ----------
        ridge : Ball
            λ outside the block.
        proved : bool
            Whether the state encloses the true one; else it lies next to it.
        """
        if not self._bound:
            return self._unbound(ridge)
        assert isinstance(self._least, Fraction)
        if ridge.order == 0:
            return self._usual(ridge.value, self._least, proved)
        limit = self._vanished if self._least == self.medium.rank else self._ridgeless
        return limit(ridge, self._least)

    def _unbound(self, ridge: Ball) -> State:
        """No size binds: κ = λ."""
        left, rank = ZERO, self.medium.rank
        if isinstance(rank, Fraction):
            left = self.medium.missed(ridge) if ridge.order != 0 else Ball(-self.medium.excess(ridge.value, rank)[0])
        return State(ridge, rank, left, arb(1))

    def _usual(self, ridge: arb, least: Fraction, proved: bool) -> State:
        size, middle, slope = to_arb(least), ridge.mid(), [arb(1)]

        def measure(odds: arb) -> tuple[arb, Any, Any]:
            left, dof = size * odds / (1 + odds), size / (1 + odds)
            shrunk, steepness = self._shrinkage(left, dof)
            surplus, fall = self.medium.excess(given / shrunk, least, sure)
            slope[0] = (left / (fall * steepness + left)).mid()
            return surplus + left, *self._step(surplus, fall, steepness, left, dof)

        given, sure = middle, False
        start = self._last if self._last is not None else (middle * size / self.medium.scale).mid()
        odds = self._last = find(measure, start)
        if proved:
            given, sure = ridge, True
            odds = enclose(measure, odds)
        left, dof = size * odds / (1 + odds), size / (1 + odds)
        kappa = given / self._shrunk(Ball(left), Ball(dof)).value
        return State(Ball(kappa), least, Ball(left), slope[0])

    def _step(self, surplus: arb, fall: arb, steepness: arb, left: arb, dof: arb) -> tuple[arb, arb]:
        """Return dE/dln o and Newton's step of ln o, o = z/d, on the logarithm of d or of what is left of the rank."""
        size, rank = left + dof, self.medium.rank
        part = dof / size
        slope = (fall * steepness + left) * part
        step = -(surplus + left).mid() / slope.mid()
        if isinstance(rank, Fraction) and left < dof and 2 * dof > to_arb(rank):
            beyond = to_arb(rank) - size
            missed, target = beyond - surplus, beyond + left
            if missed > 0:
                step = (missed / target).log() / ((fall * steepness / missed + left / target) * part)
        elif size + surplus > 0:
            found = size + surplus
            step = -(found / dof).log() / ((fall * steepness / found + left / dof) * part)
        return slope.mid(), step.mid()

    def _shrinkage(self, left: arb, dof: arb) -> tuple[arb, arb]:
        """Return F and roughly dlnF/dlnz."""
        shrunk = self._shrunk(Ball(left), Ball(dof)).value
        step = left.mid() * arb(2) ** (-ctx.prec // 3)
        moved = self._shrunk(Ball((left + step).mid()), Ball((dof - step).mid())).value
        return shrunk, ((moved / shrunk.mid()).log() * left.mid() / step).mid()

    def _shrunk(self, left: Ball, dof: Ball) -> Ball:
        """Return F: the ridge outside the layers over that inside."""
        state = State(ONE, self._least, left, arb(1))
        inside = Level(ONE, dof, state.complement(self.medium.size), ZERO, _size(self.medium.size))

        def own_at(place: int, level: Level) -> Own:
            size = self.sizes[place]
            share = dof / exactly(size) if isinstance(size, Fraction) else ZERO
            return Known(_size(size), share, state.complement(size), level.dof)

        return walk(self.layers, own_at, inside, ZERO)[-1].ridge

    def _vanished(self, ridge: Ball, least: Fraction) -> State:
        """λ → 0 and no size below the rank: κ → 0, z = rank − d ∝ κ."""
        near = self.medium.missed(Ball(arb(1), 1))
        shrunk = self._shrunk(Ball(arb(1), 1), exactly(least))
        whole = Ball(shrunk.value * near.value ** to_arb(Fraction(shrunk.order)), shrunk.order)
        if shrunk.order <= -1:
            raise Uncertified("layers that leave more of the ridge than there is")
        kappa = (ridge / Ball(whole.value)).root(1 / (1 + Fraction(shrunk.order)))
        return State(kappa, least, self.medium.missed(kappa), arb(1) / (1 + to_arb(Fraction(shrunk.order))))

    def _ridgeless(self, ridge: Ball, least: Fraction) -> State:
        """λ → 0 and a size below the rank: d(κ) = n₀, and z vanishes as a power of λ."""
        rank = self.medium.rank

        def measure(kappa: arb) -> tuple[arb, Any, Any]:
            surplus, fall = self.medium.excess(kappa, least)
            beyond = to_arb(rank - least) if isinstance(rank, Fraction) and 2 * least > rank else arb(0)
            step = surplus / fall
            if beyond > 0:
                if beyond > surplus:
                    step = -((beyond - surplus) / beyond).log() * (beyond - surplus) / fall
            elif to_arb(least) + surplus > 0:
                found = to_arb(least) + surplus
                step = (found / to_arb(least)).log() * found / fall
            return -surplus, fall.mid(), step.mid()

        kappa = enclose(measure, find(measure, (self.medium.scale / to_arb(least)).mid()))
        shrunk = self._shrunk(Ball(arb(1), 1), exactly(least))
        if shrunk.order <= 0:
            raise Uncertified("layers whose ridge map does not vanish where a size is used up")
        left = (ridge / Ball(kappa * shrunk.value)).root(1 / Fraction(shrunk.order))
        return State(Ball(kappa), least, left, arb(0))


class NoisyLevel:
    """The outermost level of a block with noise of variance μ² > 0 on each of its n coordinates.

    With κ_in = κ_out + μ², η = μ²/κ_in: n − d_out = n η̄ t, and d_out − n′ = (d − n′) + n η t.

    Parameters
    ----------
    block : Block
        The layers inside; of a finite size.
    variance : Fraction
        μ².
    """

    def __init__(self, block: Block, variance: Fraction) -> None:
        assert isinstance(block.outer_size, Fraction)
        self.block, self.variance = block, variance
        self.size = self.rank = block.outer_size

    @property
    def scale(self) -> arb:
        """A rough trace."""
        return self.block.medium.scale + to_arb(self.size * self.variance)

    def excess(self, kappa: arb, n: Fraction, proved: bool = True) -> tuple[arb, arb]:
        """Return d_out − n and roughly its slope; the tightest of three ways to write the difference."""
        noise, size = to_arb(self.variance), to_arb(self.size)
        whole = kappa + noise
        inside = self.block.solve(Ball(whole), proved)
        left = size * inside.complement(self.size).value
        free, gained, rest = left * kappa / whole, left * noise / whole, kappa / whole
        ways = [to_arb(self.size - n) - free]
        if isinstance(inside.least, Fraction):
            ways.append(to_arb(inside.least - n) - inside.left.value + gained)
        part, fall = self.block.medium.excess(inside.kappa.value, n, proved)
        best = min(ways, key=lambda value: value.rad())
        if part.rad() + gained.rad() < best.rad() or not proved:
            best = min([*ways, part + gained], key=lambda value: value.rad())
        return best, (rest * (gained + rest * fall * inside.elasticity)).mid()

    def missed(self, kappa: Ball) -> Ball:
        """Return n − d_out for a κ_out that vanishes."""
        inside = self.block.solve(exactly(self.variance))
        return exactly(self.size) * inside.complement(self.size) * kappa / exactly(self.variance)


def _size(size: Size) -> Ball:
    return exactly(size) if isinstance(size, Fraction) else Ball(arb.pos_inf())
