"""The power of a logarithm beside an optimal risk: where terms carry powers of ln C, the balance between them carries one.

To first order in ln ln C/ln C the least exponent moves by a linear programme at the optimum's own point: over all directions
on the budget that stay in a regime, the least of the largest (slope + power of the logarithm) of the terms that tie there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from theory.exponents.algebra.forms import Form
from theory.exponents.algebra.programmes import least
from theory.exponents.algebra.rays import Numbers
from theory.exponents.balance import Cell
from theory.terms import Key

Point = tuple[Fraction, ...]
Slope = tuple[Fraction, ...]  # by variable, and last the power of the logarithm


@dataclass(frozen=True)
class Tied:
    """What a term is next to a point: its exponent there, and the slopes of what ties for it.

    Attributes
    ----------
    value : Fraction
        The exponent.
    above, below : frozenset of tuple
        Slopes of the monomials of numerator and denominator that are largest at the point; no `above`: zero.
    """

    value: Fraction
    above: frozenset[Slope]
    below: frozenset[Slope]

    def _lift(self, other: Any) -> Tied:
        if isinstance(other, Tied):
            return other
        flat = frozenset([(Fraction(0),) * len(next(iter(self.below)))])
        return Tied(Fraction(0), flat, flat)

    def __add__(self, other: Any) -> Tied:
        other = self._lift(other)
        if not other.above or (self.above and self.value > other.value):
            return self
        if not self.above or other.value > self.value:
            return other
        return Tied(self.value, _sums(self.above, other.below) | _sums(other.above, self.below), _sums(self.below, other.below))

    def __mul__(self, other: Any) -> Tied:
        other = self._lift(other)
        return Tied(self.value + other.value, _sums(self.above, other.above), _sums(self.below, other.below))

    def __rtruediv__(self, other: Any) -> Tied:
        return self._lift(other) * Tied(-self.value, self.below, self.above)

    def __truediv__(self, other: Any) -> Tied:
        return self * (1 / self._lift(other))

    def __pow__(self, power: Any) -> Tied:
        base, times = (self if power > 0 else 1 / self), abs(int(power))
        return Tied(base.value * times, *(frozenset(_times(s, times) for s in side) for side in (base.above, base.below)))

    __radd__ = __add__
    __rmul__ = __mul__


def _sums(left: Iterable[Slope], right: Iterable[Slope]) -> frozenset[Slope]:
    right = tuple(right)
    return frozenset(tuple(a + b for a, b in zip(one, two, strict=True)) for one in left for two in right)


def _times(slope: Slope, factor: Fraction | int) -> Slope:
    return tuple(factor * x for x in slope)


def power_of_logarithm(
    numbers: Numbers, of: Key, points: Sequence[Point], free: Sequence[int], cost: Point, value: Fraction
) -> Fraction:
    """Return the power of ln C beside the least risk C^value.

    Parameters
    ----------
    numbers : Numbers
        Exponents at the capacity and source.
    of : str or tuple of str
        The term.
    points : sequence of tuple of Fraction
        Where it is least: every variable.
    free : sequence of int
        The variables that are free.
    cost : tuple of Fraction
        Their powers in C.
    value : Fraction
        The exponent.
    """
    found: list[Fraction | float] = []
    for cell in numbers.system.cells:
        borders = [Form(numbers.at(form)) for form in cell.cone.constraints]
        for point in points:
            if any(form.at(point) < 0 for form in borders):
                continue
            term = _next_to(numbers, cell, of, point)
            if term.above and term.value == value:
                held = [form.coefficients for form in borders if form.at(point) == 0]
                found += [_moved(term.above, below, term.below, held, free, cost) for below in term.below]
    return Fraction(min(found))


def _next_to(numbers: Numbers, cell: Cell, of: Key, point: Point) -> Tied:
    """Return a term next to a point of a regime."""
    system, flat = numbers.system, frozenset([(Fraction(0),) * (len(point) + 1)])
    arguments = []
    for symbol, form in system.exponents(cell).items():
        if form is None:
            arguments.append(Tied(Fraction(0), frozenset(), flat))
            continue
        slope = numbers.at(form)
        small = Form(numbers.at(system.ridge_of(symbol, cell))).at(point) < 0  # as along rays
        power = system.logarithm(symbol, cell, numbers.capacity, numbers.source) if small else Fraction(0)
        arguments.append(Tied(Form(slope).at(point), frozenset([(*slope, power)]), flat))
    found: Tied = system.function(*arguments)[system.keys.index(of)]
    return found


def _moved(
    above: Iterable[Slope], below: Slope, rivals: Iterable[Slope], held: Iterable[Slope], free: Sequence[int], cost: Point
) -> Fraction | float:
    """Return the least of max(slope·direction + power) over directions; inf where `below` is not the largest of its rivals."""
    slack = [(1, _less(below, one)) for one in above]  # t + (below − one) ≥ 0
    slack += [(0, _less(below, one)) for one in rivals] + [(0, (*border, Fraction(0))) for border in held]
    rows = [[Fraction(height), *(slope[i] for i in free)] for height, slope in slack]
    rows += [[Fraction(0), *(sign * power for power in cost)] for sign in (1, -1)]
    bounds = [*(slope[-1] for _, slope in slack), Fraction(0), Fraction(0)]
    return least([Fraction(1), *(Fraction(0) for _ in free)], rows, bounds).value


def _less(one: Slope, other: Slope) -> Slope:
    return tuple(a - b for a, b in zip(one, other, strict=True))
