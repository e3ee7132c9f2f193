"""Jets: truncated power series in a relative change x of κ and to first order in two further letters, τ and h.

A function of the innermost ridge κ(1 + x) is carried by its Taylor coefficients, which are traces of the population, and a
perturbation by a letter whose square is zero. The product, the quotient and the composition with a series are exact to the
order that is kept, so that derivatives of any order come out of the layers' own lines without a difference being taken. The
coefficients live in any algebra: NumPy, mpmath, SymPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

TILT, SOURCE = 1, 2  # τ and h, bits of a coefficient's place
PLACES = range(4)  # 1, τ, h, τh


class Jet:
    """Σ f_(n, place) x^n times 1, τ, h or τh.

    Parameters
    ----------
    parts : sequence of sequences
        For each power of x the four coefficients; 0, the integer, where there is none.
    """

    __array_ufunc__ = None  # an array times a jet is a jet
    __slots__ = ("parts",)

    def __init__(self, parts: Sequence[Sequence[Any]]) -> None:
        self.parts = parts

    @classmethod
    def series(cls, coefficients: Sequence[Any]) -> Jet:
        """Return a jet in x alone."""
        return cls([[value, 0, 0, 0] for value in coefficients])

    @classmethod
    def letter(cls, place: int, order: int) -> Jet:
        """Return τ or h, to an order in x."""
        return cls([[int(n == 0 and place == each) for each in PLACES] for n in range(order + 1)])

    @property
    def value(self) -> Any:
        """The coefficient of 1."""
        return self.parts[0][0]

    def starting(self, value: Any) -> Jet:
        """Return the jet with another coefficient of 1: what is known of it without cancellation."""
        first, *rest = self.parts
        return Jet([[value, *first[1:]], *rest])

    def _lift(self, other: Any) -> Jet:
        return other if isinstance(other, Jet) else Jet([[other, 0, 0, 0], *([[0] * 4] * (len(self.parts) - 1))])

    def __add__(self, other: Any) -> Jet:
        pairs = zip(self.parts, self._lift(other).parts, strict=False)
        return Jet([[_sum(a, b) for a, b in zip(one, two, strict=True)] for one, two in pairs])

    def __mul__(self, other: Any) -> Jet:
        if not isinstance(other, Jet):
            return Jet([[_times(value, other) for value in part] for part in self.parts])
        order = min(len(self.parts), len(other.parts))
        made: list[list[Any]] = [[0] * 4 for _ in range(order)]
        for n, m in product(range(order), repeat=2):
            if n + m < order:
                for one, two in product(PLACES, repeat=2):
                    if not one & two:
                        term = _times(self.parts[n][one], other.parts[m][two])
                        made[n + m][one | two] = _sum(made[n + m][one | two], term)
        return Jet(made)

    def __neg__(self) -> Jet:
        return self * -1

    def __sub__(self, other: Any) -> Jet:
        return self + -self._lift(other)

    def __rsub__(self, other: Any) -> Jet:
        return -self + other

    def __truediv__(self, other: Any) -> Jet:
        return self * other.inverse if isinstance(other, Jet) else self * _inverse(other)

    def __rtruediv__(self, other: Any) -> Jet:
        return self.inverse * other

    def __pow__(self, exponent: int) -> Jet:
        base = self if exponent >= 0 else self.inverse
        made = self._lift(1)
        for _ in range(abs(exponent)):
            made = made * base
        return made

    __radd__ = __add__
    __rmul__ = __mul__

    @property
    def _change(self) -> Jet:
        """The jet over its coefficient of 1, less 1."""
        return (self * _inverse(self.value)).starting(0)

    @property
    def _degree(self) -> int:
        """The highest power of a jet without coefficient of 1 that is not zero."""
        return len(self.parts) + 1

    @property
    def inverse(self) -> Jet:
        """1/f."""
        return self._change.into([(-1) ** n for n in range(self._degree + 1)]) * _inverse(self.value)

    @property
    def log_change(self) -> Jet:
        """The logarithm of the jet over its coefficient of 1."""
        change = self._change
        power = made = change
        for n in range(2, self._degree + 1):
            power = power * -change
            made = made + Jet([[0 if _nothing(value) else value / n for value in part] for part in power.parts])
        return made

    def into(self, coefficients: Sequence[Any]) -> Jet:
        """Return Σ coefficients_n fⁿ for a jet without coefficient of 1, by Horner's scheme."""
        made = self._lift(coefficients[-1])
        for coefficient in coefficients[-2::-1]:
            made = made * self + coefficient
        return made

    @property
    def slope(self) -> Jet:
        """The derivative by x, of an order less."""
        return Jet([[_times(value, n) for value in part] for n, part in enumerate(self.parts)][1:])

    @property
    def raised(self) -> Jet:
        """The jet to an order more, of which nothing is known: for the part of a letter, which is read to an order less."""
        return Jet([*self.parts, [0] * 4])

    def by(self, letter: int) -> Jet:
        """Return the derivative by τ or h."""
        return Jet([[0 if place & letter else part[place | letter] for place in PLACES] for part in self.parts])

    def without(self, letter: int) -> Jet:
        """Return the jet at τ = 0, or h = 0."""
        return Jet([[0 if place & letter else part[place] for place in PLACES] for part in self.parts])

    def along(self, letter: int, fixed: Jet) -> Jet:
        """Return the derivative by τ or h where another jet is held fixed, at τ = 0, or h = 0, of an order less."""
        turned = fixed.by(letter) / fixed.without(letter).slope
        return self.by(letter) - self.without(letter).slope * turned


def _nothing(value: Any) -> bool:
    return type(value) is int and value == 0


def _sum(one: Any, two: Any) -> Any:
    return two if _nothing(one) else one if _nothing(two) else one + two


def _times(one: Any, two: Any) -> Any:
    return 0 if _nothing(one) or _nothing(two) else one * two


def _inverse(value: Any) -> Any:
    return 1 if type(value) is int and value == 1 else 1 / value  # 1/1 would be a double
