"""Positive numbers known to within a ball, and how fast they vanish with the ridge: c τ^p, c a ball of Arb.

At a positive ridge all orders p are zero. At ridge zero τ is the ridge: sums keep the lowest order, products add orders, and a
formula without subtractions gives its exact limit, 0/0 included. Python's floats are refused: they would be
numbers without a bound.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq
from mpmath import libmp, mp

from theory.solve.certified.enclosure import Enclosure

FIRST = Fraction(-(10**9))  # the order of what is infinite before the ridge is zero


class Uncertified(ArithmeticError):
    """A number that cannot be certified at the working precision."""


class Unbounded(TypeError):
    """A number without a bound, such as Python's floats."""


class Ball:
    """The leading term c τ^p of a number for τ → 0; the constant c is a ball, zero only if it is exactly zero.

    Parameters
    ----------
    value : arb
        The constant c.
    order : int or Fraction
        The power p.
    """

    __slots__ = ("order", "value")

    def __init__(self, value: Any, order: int | Fraction = 0) -> None:
        if not isinstance(value, arb):
            raise TypeError(f"a ball is made of a ball, not of {type(value).__name__}")
        self.value, self.order = value, order

    def __add__(self, other: Any) -> Ball:
        other = _ball(other)
        if other.vanishes:
            return self
        if self.vanishes:
            return other
        if other.order == self.order:
            return Ball(self.value + other.value, self.order)
        larger = other if other.order < self.order else self
        if larger.value.contains(0):
            raise Uncertified("a leading term that is not told from zero")
        return larger

    def __mul__(self, other: Any) -> Ball:
        other = _ball(other)
        return Ball(self.value * other.value, self.order + other.order)

    def __truediv__(self, other: Any) -> Ball:
        other = _ball(other)
        if other.value.contains(0):
            raise Uncertified("a denominator that is not told from zero")
        return Ball(self.value / other.value, self.order - other.order)

    def __rtruediv__(self, other: Any) -> Ball:
        return _ball(other) / self

    def __pow__(self, power: int) -> Ball:
        if not isinstance(power, int):
            raise TypeError(f"a whole power, not {power!r}")
        if power < 0 and self.value.contains(0):
            raise Uncertified("a denominator that is not told from zero")
        return Ball(self.value**power, self.order * power)

    __radd__, __rmul__ = __add__, __mul__

    def root(self, power: Fraction) -> Ball:
        """Return x^power for x > 0.

        Parameters
        ----------
        power : Fraction
            Positive.
        """
        return Ball(self.value ** to_arb(power), self.order * power)

    @property
    def vanishes(self) -> bool:
        """Whether it is exactly zero."""
        return bool(self.value.is_zero())

    @property
    def enclosure(self) -> Enclosure:
        """The limit, τ → 0."""
        if self.vanishes or self.order > 0:
            return Enclosure(mp.zero, mp.zero)
        if self.order < 0:
            return Enclosure(mp.inf, mp.zero)
        if not self.value.is_finite():
            raise Uncertified("a number that is not finite")
        return Enclosure(_mpf(self.value.mid()), _mpf(self.value.rad()))

    def is_known(self, digits: int) -> bool:
        """Whether the limit is known to so many significant digits, or exactly.

        Parameters
        ----------
        digits : int
            Significant digits.
        """
        if self.vanishes or self.order != 0:
            return True
        with ctx.workprec(64):
            return bool(self.value.rad() * arb(10) ** digits <= abs(self.value.mid()) - self.value.rad())


def to_arb(number: Fraction | int) -> arb:
    """Return a fraction or whole number as a ball at the ambient precision."""
    if not isinstance(number, Fraction | int):
        raise TypeError(f"an exact number, not {number!r}")
    return arb(fmpq(number.numerator, number.denominator))


def exactly(number: Fraction | int) -> Ball:
    """Return a fraction or whole number."""
    return Ball(to_arb(number))


def _ball(value: Any) -> Ball:
    if isinstance(value, Ball):
        return value
    if type(value) is int:
        return Ball(arb(value))
    raise Unbounded(f"{value!r}, a {type(value).__name__}, in a certified evaluation: only whole numbers have no rounding")


def _mpf(point: arb) -> Any:
    mantissa, exponent = point.man_exp()
    return mp.make_mpf(libmp.from_man_exp(int(mantissa), int(exponent)))


ZERO, ONE = Ball(arb(0)), Ball(arb(1))
