"""How laws of columns and rows scale, derived: γ_k ∝ k^-α_F on n entries, its sums as monomials in χ and n, χ from d.

A sum Σ γ^-w x^i y^j, x = γ/(γ+χ) = 1 − y, is one of powers of k on either side of the knee, where γ = χ: each is as large as
its larger end. The knee is before the first eigenvalue (χ > 1), inside, or behind the last one (the layer is full). In each
place d, or n − d, gives χ; b̄, b, f and what label noise weighs are quotients of such sums.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from math import inf
from typing import Any

from sympy import Dummy, Symbol

from theory.chain.layers.shapes import MATCHED, WHITE, PowerRange
from theory.chain.places import Slot
from theory.errors import BadArgument
from theory.exponents.algebra.traces import COLUMN_POWERS

Powers = dict[Symbol, Any]  # fractions, or elements of the exponents' field where α_F is a letter
_CHI, LOGARITHM = Dummy("chi"), Dummy("ln")


class Knee(Enum):
    """Where the eigenvalue is that equals χ: before the first one, among them, behind the last one (d is next to n)."""

    BEFORE, INSIDE, BEHIND = range(3)


@dataclass(frozen=True)
class Way:
    """How a law goes in one place of the knee, monomials in u = d/n, t = 1 − u, n and a logarithm.

    Attributes
    ----------
    factor, part, rest : Powers
        f, b̄ and b.
    weight, left : Powers
        ω b̄ and τ of rows with white label noise.
    where : tuple of Powers
        What is large there.
    """

    factor: Powers
    part: Powers
    rest: Powers
    weight: Powers
    left: Powers
    where: tuple[Powers, ...] = ()


@dataclass(frozen=True)
class Steepness:
    """α_F: its value, a fraction or a letter, and a number in its range that stands for it in comparisons."""

    value: Any
    like: Fraction


def power(slot: Slot) -> Steepness:
    """Return α_F of a layer's law.

    Raises
    ------
    ValueError
        If the law tends to no power.
    """
    law = slot.layer.law
    assert law is not None
    if law.power is None:
        raise BadArgument("layers", law, "a law that tends to a power where exponents are wanted",
                          "give the power, or a spectrum or autocovariance that has one")  # fmt: skip
    if not isinstance(law.power, PowerRange):
        return Steepness(law.power, law.power)
    like = law.power.like
    letter = next(letter for (low, high), letter in COLUMN_POWERS.items() if low < like and (high is None or like < high))
    return Steepness(letter, like)


def condition(slot: Slot) -> str | None:
    """Return the range of a layer's α_F in words, where it is a letter."""
    law = slot.layer.law
    if law is None or not isinstance(law.power, PowerRange):
        return None
    low, high = law.power.low, law.power.high
    return f"{low} < α_F" if high == inf else f"{low} < α_F < {high}"


def loose(slot: Slot) -> tuple[Way, ...]:
    """Return the ways where the layer is not full; one where they agree."""
    before, inside = (_way(slot, knee) for knee in (Knee.BEFORE, Knee.INSIDE))
    alike = replace(before, where=()), replace(inside, where=())
    return alike[:1] if alike[0] == alike[1] else (inside, before)


def full(slot: Slot) -> Way:
    """Return the way where the layer is full."""
    return _way(slot, Knee.BEHIND)


def check_noise(slot: Slot) -> None:
    """Refuse label noise that is a list of numbers.

    Raises
    ------
    ValueError
        With the list.
    """
    if slot.layer.noise not in (MATCHED, WHITE):
        raise BadArgument("noise", slot.layer.noise, '"matched" or "white" where exponents are wanted', "a list has none")


def _way(slot: Slot, knee: Knee) -> Way:
    alpha, n, u, t = power(slot), slot.letter.symbol, slot.pair.part.symbol, slot.pair.complement.symbol
    total = {} if alpha.like > 1 else {n: 1 - alpha.value, LOGARITHM: int(alpha.like == 1)}  # tr C

    def traced(learnt: int, missed: int, weight: int = 0) -> Powers:
        """Return Σ γ^-w x^i y^j; behind the knee terms go as k^-α(i−w), before it they rise."""
        falls = learnt - weight
        if knee is Knee.BEHIND:
            return {_CHI: missed, n: 1 + alpha.value * (weight + missed)}
        if alpha.like * falls > 1:
            return {_CHI: -learnt if knee is Knee.BEFORE else -weight - 1 / alpha.value}
        return {_CHI: -learnt, n: 1 - alpha.value * falls, LOGARITHM: int(alpha.like * falls == 1)}

    dof = {n: 1} if knee is Knee.BEHIND else {u: 1, n: 1}
    known, summed = ({n: 1, t: 1}, traced(0, 1)) if knee is Knee.BEHIND else (dof, traced(1, 0))
    rise = summed.pop(_CHI)
    chi = _product((known, 1 / Fraction(1) / rise), (summed, -1 / Fraction(1) / rise))

    def solved(*factors: tuple[Powers, Any]) -> Powers:
        found = _product(*factors)
        return _product((found, 1), (chi, found.pop(_CHI, 0)))

    return Way(
        factor=solved((dof, 1), ({_CHI: 1}, 1), (total, -1)),
        part=solved((traced(2, 0), 1), (dof, -1)),
        rest=solved((traced(1, 1), 1), (dof, -1)),
        weight=solved((traced(2, 0, 1), 1), (total, 1), (dof, -1), ({n: 1}, -1)),
        left=solved((traced(0, 2), 1), ({n: 1}, -1)),
        where=() if knee is Knee.BEHIND else (_product((chi, 1 if knee is Knee.BEFORE else -1)),),
    )


def _product(*factors: tuple[Powers, Any]) -> Powers:
    """Return the product of powers of monomials."""
    found: Powers = {}
    for monomial, exponent in factors:
        for symbol, own in monomial.items():
            found[symbol] = found.get(symbol, 0) + own * exponent
    return {symbol: own for symbol, own in found.items() if own}
