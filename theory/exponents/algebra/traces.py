"""How traces scale on a power law: Ψ(p,q,m;κ) ~ κ^e, exactly, in the capacity α and the source r.

    κ ≪ 1:   Ψ(p,0,m) ~ κ^{p−m−1/α},      Ψ(p,1,m) ~ κ^{min(0, 2r−j)},  j = m − p + 1       (ln(1/κ) where 2r = j)
    κ ≫ 1:   Ψ(p,q,m) ~ κ^-m

Exponents live in the field ℚ(α, ρ₁, ρ₂, …, 2r) with ρ_j = min(j, 2r), so that one algebra serves all sources; an inequality
between exponents is proved on each interval between the breakpoints 2r = j, where everything is rational in positive
unknowns. The same rules give leading amplitudes by Beta and zeta functions.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import sympy
from sympy import Expr
from sympy.polys.domains import QQ
from sympy.polys.fields import field

from theory.errors import BadArgument
from theory.notation import CAPACITY, COLUMN, KAPPA, SOURCE
from theory.spectra.psi import Psi

_ALPHA, _R = CAPACITY.symbol, SOURCE.symbol
BREAKS = (1, 2)  # the j of the ρ_j that occur: T₂ has j = 1 and B has j = 2

RANGES = ((Fraction(0), Fraction(1, 2)), (Fraction(1, 2), Fraction(1)), (Fraction(1), None))  # of powers of columns and rows

FIELD, ALPHA, *_RHO, TWICE, _GENTLE, _MIDDLE, _STEEP = field(
    ["alpha", *(f"rho{j}" for j in BREAKS), "twice", "gentle", "middle", "steep"], QQ
)
RHO = dict(zip(BREAKS, _RHO, strict=True))
COLUMN_POWERS = dict(zip(RANGES, (_GENTLE, _MIDDLE, _STEEP), strict=True))  # α_F, by the range that it is in


@dataclass(frozen=True)
class Interval:
    """Sources between two breakpoints, low < 2r < high, with α, 2r and α_F rational in unknowns x, y, z > 0.

    Attributes
    ----------
    low, high : int or None
        `high` None: unbounded.
    images : tuple
        α, ρ₁, ρ₂, …, 2r, and α_F in each of its ranges, as elements of ℚ(x, y, z).
    capacities : tuple of (Fraction, Fraction or None)
        The range of α, likewise.
    """

    low: int
    high: int | None
    images: tuple[Any, ...]
    capacities: tuple[Fraction, Fraction | None]

    @property
    def sampled(self) -> tuple[Fraction, ...]:
        """Capacities in the range, off the borders that small numbers make; where it has no end, one is next to its start."""
        least, most = self.capacities
        if most is None:
            return tuple(least + Fraction(share, 97) for share in (2, 19, 58, 136, 453))
        return tuple(least + (most - least) * Fraction(share, 40) for share in (5, 16, 25, 35))


_POSITIVE, _X, _Y, _Z = field(["x", "y", "z"], QQ)


def _between(low: Any, high: Any, unknown: Any) -> Any:
    """Return what runs from `low` to `high` (None: unbounded) as an unknown does from 0 to ∞."""
    ends = [None if end is None else QQ(Fraction(end).numerator, Fraction(end).denominator) for end in (low, high)]
    return ends[0] + unknown if high is None else (ends[0] + ends[1] * unknown) / (1 + unknown)


def _interval(low: int, high: int | None, capacities: tuple[Fraction, Fraction | None]) -> Interval:
    twice = _between(low, high, _X)
    rho = [_POSITIVE(j) if j <= low else twice for j in BREAKS]
    columns = (_between(least, most, _Z) for least, most in RANGES)
    return Interval(low, high, (_between(*capacities, _Y), *rho, twice, *columns), capacities)


SUMMABLE, SHALLOW = "summable", "shallow"  # α > 1: Σ λ_k is finite; α < 1: it grows with the number of modes
_CAPACITIES: Mapping[str, tuple[tuple[Fraction, Fraction | None], ...]] = {
    SUMMABLE: ((Fraction(1), None),), SHALLOW: ((Fraction(0), Fraction(1, 2)), (Fraction(1, 2), Fraction(1))),
}  # fmt: skip
INTERVALS: Mapping[str, tuple[Interval, ...]] = {
    name: tuple(_interval(low, high, each) for each in ranges for low, high in zip((0, *BREAKS), (*BREAKS, None), strict=True))
    for name, ranges in _CAPACITIES.items()
}  # fmt: skip
SAMPLES = tuple((x, y, z) for z, x, y in (
    (Fraction(1, 2), Fraction(2, 5), Fraction(3, 7)), (Fraction(3), Fraction(2, 5), Fraction(5, 2)),
    (Fraction(5, 2), Fraction(3), Fraction(3, 7)), (Fraction(1, 3), Fraction(3), Fraction(5, 2)),
))  # fmt: skip


@functools.lru_cache(maxsize=16384)
def image(element: Any, interval: Interval) -> Any:
    """Return an exponent as an element of ℚ(x, y, z), x, y, z > 0, for sources in an interval."""
    return _compose(element.numer, interval.images) / _compose(element.denom, interval.images)


def _compose(poly: Any, images: tuple[Any, ...]) -> Any:
    total = _POSITIVE.zero
    for monomial, coefficient in poly.items():
        term = _POSITIVE(coefficient)
        for power, value in zip(monomial, images, strict=True):
            term *= value**power
        total += term
    return total


def packed(element: Any) -> Any:
    """Return an exponent as plain numbers, any other coefficient as it is; `unpacked` is the inverse."""
    if not isinstance(element, type(FIELD.one)):
        return element
    return _Packed(*(tuple((monomial, (int(c.numerator), int(c.denominator))) for monomial, c in poly.items())
                     for poly in (element.numer, element.denom)))  # fmt: skip


def unpacked(value: Any) -> Any:
    """Return what was `packed`."""
    if not isinstance(value, _Packed):
        return value
    above, below = (FIELD.ring.from_dict({monomial: QQ(*c) for monomial, c in poly}) for poly in value)
    return FIELD.new(above, below)


class _Packed(NamedTuple):
    """The terms of a numerator and a denominator."""

    above: tuple[Any, ...]
    below: tuple[Any, ...]


def is_nonnegative(positive: Any) -> bool:
    """Return whether an element of ℚ(x, y, z) is proved ≥ 0 for all x, y, z > 0 by the signs of its coefficients."""
    signs = [{coefficient > 0 for coefficient in poly.values()} for poly in (positive.numer, positive.denom)]
    return not signs[0] or (len(signs[0]) == 1 and signs[0] == signs[1])


def _at(element: Any, values: tuple[Fraction, ...]) -> Fraction:
    """Return the value of a rational function at exact numbers."""
    parts = []
    for poly in (element.numer, element.denom):
        total = Fraction(0)
        for monomial, coefficient in poly.items():
            powers = (value**power for power, value in zip(monomial, values, strict=True) if power)
            total += math.prod(powers, start=Fraction(int(coefficient.numerator), int(coefficient.denominator)))
        parts.append(total)
    return parts[0] / parts[1]


def at_sample(positive: Any, sample: tuple[Fraction, ...]) -> Fraction:
    """Return the value of an element of ℚ(x, y, z)."""
    return _at(positive, sample)


def specialise(element: Any, capacity: Fraction, source: Fraction) -> Fraction:
    """Return an exponent at numbers α, r, exactly.

    Raises
    ------
    ValueError
        If the power of columns or rows is in it, which is no number.
    """
    if any(any(monomial[-len(RANGES) :]) for poly in (element.numer, element.denom) for monomial in poly):
        raise BadArgument("columns", COLUMN.symbol, "a number where numbers are wanted", "give the power in place of a range")
    unused = (Fraction(0),) * len(RANGES)
    return _at(element, (capacity, *(min(Fraction(j), 2 * source) for j in BREAKS), 2 * source, *unused))


@functools.cache
def printed(element: Any) -> Expr:
    """Return an exponent as SymPy, in α and min(j, 2r) as one writes it: 2 min(1, r) for min(2, 2r)."""
    alpha, *rho, twice, gentle, middle, steep = FIELD.symbols
    column = dict.fromkeys((gentle, middle, steep), COLUMN.symbol)
    minima = {symbol: j * _minimum(j) for symbol, j in zip(rho, BREAKS, strict=True)}
    return sympy.factor_terms(sympy.cancel(element.as_expr())).subs({alpha: _ALPHA, **minima, twice: 2 * _R, **column})


def read(exponent: Expr) -> Any:
    """Return an exponent, rational in α and r, as an element of the field: the inverse of `printed`."""
    alpha, twice = ALPHA.as_expr(), TWICE.as_expr()
    plain = exponent.xreplace({_ALPHA: alpha, _R: twice / 2})
    return FIELD.from_expr(sympy.cancel(plain))


@functools.cache
def resolved(element: Any, low: Any, high: Any) -> Expr:
    """Return an exponent as SymPy for low ≤ 2r ≤ high (None: unbounded), with every min(j, 2r) that this settles resolved."""
    settled = {}
    for j in BREAKS:
        if high is not None and high <= j:
            settled[_minimum(j)] = sympy.Rational(2, j) * _R
        elif low >= j:
            settled[_minimum(j)] = sympy.Integer(1)
    return printed(element).xreplace(settled)


@functools.cache
def _minimum(j: int) -> Expr:
    """Return min(1, 2r/j)."""
    return sympy.Min(1, sympy.Rational(2, j) * _R)


def exponent(p: int, q: int, m: int, small: bool) -> Any:
    """Return the exponent of κ in Ψ(p,q,m;κ), for κ ≪ 1 (`small`) or κ ≫ 1."""
    if not small:
        return FIELD(-m)
    if q == 0:
        return p - m - 1 / ALPHA if p <= m else FIELD.zero
    j = m - p + 1
    return RHO[j] - j if j > 0 else FIELD.zero


def definition_exponent(definition: Expr, small: bool) -> Any:
    """Return the exponent of κ in a monomial of κ and traces Ψ(p,q,m;κ)."""
    total = FIELD.zero
    for base, power in definition.as_powers_dict().items():
        if base == KAPPA.symbol:
            total += FIELD(int(power))
        elif isinstance(base, Psi):
            p, q, m = (int(argument) for argument in base.args[:3])
            total += int(power) * exponent(p, q, m, small)
        elif not base.is_number:
            raise ValueError(f"{definition} is no monomial in κ and traces")
    return total


def unsaturated(element: Any) -> Any:
    """Return an exponent continued past its breakpoints, with 2r for every ρ_j: what is left without analytic monomials."""
    rho, twice = [letter.as_expr() for letter in _RHO], TWICE.as_expr()
    return FIELD.from_expr(element.as_expr().xreplace(dict.fromkeys(rho, twice)))


class Logarithm(NamedTuple):
    """A power of a logarithm beside a monomial: everywhere, or only where an exponent is zero.

    Attributes
    ----------
    power : element of the field
        Of the logarithm.
    tie : element of the field or None
        What must vanish for it to be there; None: it always is.
    """

    power: Any
    tie: Any = None

    def at(self, capacity: Fraction, source: Fraction) -> Fraction:
        """Return the power at numbers α, r."""
        there = self.tie is None or specialise(self.tie, capacity, source) == 0
        return specialise(self.power, capacity, source) if there else Fraction(0)


def logarithms(definition: Expr) -> tuple[Logarithm, ...]:
    """Return the powers of ln(1/κ) in a monomial of traces for κ ≪ 1: one for each trace, at its breakpoint 2r = j."""
    return tuple(
        Logarithm(FIELD(int(power)), TWICE - (int(base.args[2]) - int(base.args[0]) + 1))
        for base, power in definition.as_powers_dict().items()
        if isinstance(base, Psi) and base.args[1] == 1
    )


def logarithm(definition: Expr, source: Fraction) -> int:
    """Return their sum at a source, which is all that they depend on."""
    return int(sum(each.at(Fraction(2), source) for each in logarithms(definition)))


@functools.cache
def amplitude(p: int, q: int, m: int, above: bool, small: bool) -> Expr:
    """Return A in Ψ(p,q,m;κ) ~ A κ^e (A κ^e ln(1/κ) at a breakpoint): Beta or zeta functions of α and r.

    Parameters
    ----------
    p, q, m : int
        The orders of Ψ(p,q,m) = Σ λ^p c^q/(λ+κ)^m.
    above : bool
        Whether 2r is above the breakpoint j of a trace with q = 1, where its sum converges as κ → 0.
    small : bool
        κ ≪ 1; else κ ≫ 1.

    Notes
    -----
    With s = αp + q(1 + 2αr − α) and b = (s−1)/α: Γ(m−b)Γ(b)/(αΓ(m)) κ^{b−m} if the integral converges, else ζ(s−αm).
    Where b passes integers as r varies, the Gamma functions stay: sines would make it 0/0 there.
    """
    s = _ALPHA * p + q * (1 + 2 * _ALPHA * _R - _ALPHA)
    if not small:
        return sympy.zeta(sympy.expand(s))
    b = sympy.expand((s - 1) / _ALPHA)
    if (q and above) or (not q and p > m):
        return sympy.zeta(sympy.expand(s - _ALPHA * m))
    beta = sympy.gamma(m - b) * sympy.gamma(b) / (_ALPHA * sympy.gamma(m))
    return beta if q and m > 1 else sympy.gammasimp(beta)
