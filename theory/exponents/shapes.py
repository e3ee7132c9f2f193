"""How laws of columns and rows scale: γ_k ∝ k^-α_F on n entries of mean 1, as monomials in d, n and the complement t = 1 − d/n.

    f ~ t d^-(α_F − 1)₊,    b ~ t,    b̄ ~ 1 where the layer is full, and where it is not

    d/n  (α_F < ½)        (d/n)^c, c = (1−α_F)/α_F, if d > n^{1−α_F}, else d n^{2α_F−2}  (½ < α_F < 1)        1  (α_F > 1)

with one logarithm at ½ and one over it at 1. White label noise on rows: ω b̄ ~ d/P, or d^α/P for α > 1, and 1 or P^{α−1} on full
rows; τ ~ t².
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import Any

from sympy import Symbol

from theory.chain.layers.shapes import MATCHED, WHITE, PowerRange
from theory.chain.places import Slot
from theory.errors import BadArgument
from theory.exponents.algebra.traces import COLUMN_POWERS
from theory.notation import DOF

Powers = dict[Symbol, Any]  # fractions, or elements of the exponents' field where α_F is a letter
HALF, ONE = Fraction(1, 2), Fraction(1)


@dataclass(frozen=True)
class Loose:
    """What b̄ is where the layer is not full: a monomial, the monomials that must be large there, and its logarithms."""

    part: Powers
    where: tuple[Powers, ...]
    logarithms: int = 0


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


def left(slot: Slot) -> Powers:
    """Return f/t as a monomial in d."""
    alpha = power(slot)
    return {DOF.symbol: 1 - alpha.value} if alpha.like > ONE else {}


def loose(slot: Slot) -> tuple[Loose, ...]:
    """Return the ways b̄ goes where the layer is not full."""
    alpha, like, n = power(slot).value, power(slot).like, slot.letter.symbol
    if like <= HALF:
        return (Loose({DOF.symbol: ONE, n: -ONE}, (), int(like == HALF)),)
    if like >= ONE:
        return (Loose({}, (), -int(like == ONE)),)
    c = (1 - alpha) / alpha
    border = {DOF.symbol: ONE, n: alpha - 1}
    return (
        Loose({DOF.symbol: c, n: -c}, (border,)),
        Loose({DOF.symbol: ONE, n: 2 * alpha - 2}, ({symbol: -value for symbol, value in border.items()},)),
    )


def label_weight(slot: Slot, full: bool) -> Powers:
    """Return ω b̄ of rows with white label noise.

    Raises
    ------
    ValueError
        If the noise is a list of numbers.
    """
    alpha, n = power(slot), slot.letter.symbol
    if slot.layer.noise not in (MATCHED, WHITE):
        raise BadArgument("noise", slot.layer.noise, '"matched" or "white" where exponents are wanted', "a list has none")
    steep = alpha.value if alpha.like > ONE else ONE
    return {n: steep - 1} if full else {DOF.symbol: steep, n: -ONE}
