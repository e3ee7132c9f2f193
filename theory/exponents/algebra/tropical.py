"""Max-plus with symbols: in one regime every term of the risk is a maximum of a few linear forms in the logarithms.

A `Tropical` is a sum of monomials over a sum of monomials. Monomials that another is proved to dominate on the regime's
cone are dropped at once, so that what is left is what one would write.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theory.exponents.algebra.forms import Cone, Form


class Tropical:
    """max(above) − max(below), of forms compared on a cone.

    Parameters
    ----------
    cone : Cone
        Where the fraction is read: forms are compared on it.
    above : sequence of Form
        None at all: zero.
    below : sequence of Form
        Logarithms of the monomials of the denominator; a sum is its largest.
    """

    __slots__ = ("above", "below", "cone")

    def __init__(self, cone: Cone, above: Sequence[Form], below: Sequence[Form]) -> None:
        self.cone = cone
        above, below = cone.maximal(above), cone.maximal(below)
        if len(below) == 1:
            above, below = tuple(form - below[0] for form in above), (below[0] * 0,)
        self.above, self.below = above, below

    def _lift(self, other: Any) -> Tropical:
        return other if isinstance(other, Tropical) else Tropical(self.cone, [self.below[0] * 0], [self.below[0] * 0])

    def __add__(self, other: Any) -> Tropical:
        other = self._lift(other)
        if self.below == other.below:
            return Tropical(self.cone, self.above + other.above, self.below)
        above = _products(self.above, other.below) + _products(other.above, self.below)
        return Tropical(self.cone, above, _products(self.below, other.below))

    def __mul__(self, other: Any) -> Tropical:
        other = self._lift(other)
        return Tropical(self.cone, _products(self.above, other.above), _products(self.below, other.below))

    def __rtruediv__(self, other: Any) -> Tropical:
        if not self.above:
            raise ZeroDivisionError("division by a term that vanishes in this regime")
        return self._lift(other) * Tropical(self.cone, self.below, self.above)

    def __truediv__(self, other: Any) -> Tropical:
        return self * (1 / self._lift(other))

    def __pow__(self, power: Any) -> Tropical:
        base = self if power > 0 else 1 / self
        scale = abs(int(power))
        return Tropical(self.cone, [form * scale for form in base.above], [form * scale for form in base.below])

    __radd__ = __add__
    __rmul__ = __mul__


def _products(left: Sequence[Form], right: Sequence[Form]) -> tuple[Form, ...]:
    return tuple(a + b for a in left for b in right)
