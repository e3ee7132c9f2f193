r"""Truncated power series, and what moments and S-transforms say about each other through them.

With ψ(z) = Σ m_k z^k Voiculescu's transform is S(w) = (1+w)/w · ψ⁻¹(w), so that moments and the coefficients of S follow
from each other by reversion of a series. A sequence of moments belongs to a positive law on [0, ∞) if and only if all
c_k ≥ 0 in Stieltjes' continued fraction,

    1 + Σ m_k z^k = 1/(1 − c₁z/(1 − c₂z/(1 − …))),

where c_2j and c_2j+1 have the signs of the Hankel determinants det(m_{i+l}) and det(m_{i+l+1}), 0 ≤ i, l ≤ j.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from theory.errors import BadArgument


@dataclass(frozen=True)
class Series:
    """a₀ + a₁x + … + a_n x^n + O(x^(n+1)) over any field; both operands of an operation have the same length.

    Parameters
    ----------
    terms : tuple
        a₀ … a_n.
    tidy : callable
        Applied to every new coefficient (`sympy.expand` for expressions).
    """

    terms: tuple[Any, ...]
    tidy: Callable[[Any], Any]

    def _new(self, terms: Sequence[Any]) -> Series:
        return Series(tuple(self.tidy(term) for term in terms), self.tidy)

    def constant(self, value: Any) -> Series:
        """Return a constant as a series of this length."""
        return Series((value, *(value * 0,) * (len(self.terms) - 1)), self.tidy)

    def __add__(self, other: Series) -> Series:
        return self._new([a + b for a, b in zip(self.terms, other.terms, strict=True)])

    def __mul__(self, other: Series) -> Series:
        a, b = self.terms, other.terms
        return self._new([sum((a[j] * b[k - j] for j in range(1, k + 1)), a[0] * b[k]) for k in range(len(a))])

    def __pow__(self, exponent: int) -> Series:
        return self.power(exponent)

    def power(self, exponent: Any) -> Series:
        """Return the series to a constant power; a series without constant term to a non-negative whole power only."""
        a = self.terms
        if a[0] == 0:
            result = self.constant(a[0] + 1)
            for _ in range(int(exponent)):
                result = result * self
            return result
        terms = [a[0] ** exponent]
        for k in range(1, len(a)):  # from b = a^p, a b′ = p a′ b
            rest = sum(((exponent * j - k + j) * a[j] * terms[k - j] for j in range(1, k + 1)), a[0] * 0)
            terms.append(self.tidy(rest / (k * a[0])))
        return Series(tuple(terms), self.tidy)

    def exp(self, exp: Callable[[Any], Any]) -> Series:
        """Return the exponential, given that of the field."""
        a = self.terms
        terms = [exp(a[0])]
        for k in range(1, len(a)):
            terms.append(self.tidy(sum((j * a[j] * terms[k - j] for j in range(1, k + 1)), a[0] * 0) / k))
        return Series(tuple(terms), self.tidy)

    def log(self, log: Callable[[Any], Any]) -> Series:
        """Return the logarithm, given that of the field."""
        a = self.terms
        terms = [log(a[0])]
        for k in range(1, len(a)):
            rest = sum((j * terms[j] * a[k - j] for j in range(1, k)), a[0] * 0)
            terms.append(self.tidy((a[k] - rest / k) / a[0]))
        return Series(tuple(terms), self.tidy)


def reversion(slope: Series) -> Series:
    """Return g(y)/y for the inverse function g of f(x) = x·`slope`(x): Lagrange's [y^n] g = [x^(n−1)] (x/f)^n / n."""
    length = len(slope.terms)
    terms = [slope.tidy(slope.power(-n).terms[n - 1] / n) for n in range(1, length + 1)]
    return Series(tuple(terms), slope.tidy)


def moments_of(transform: Series) -> tuple[Any, ...]:
    """Return the moments m₁ … m_n of the law whose S(w) = s₀ + s₁w + … + s_(n−1) w^(n−1)."""
    one = transform.terms[0] * 0 + 1
    geometric = Series(tuple(one if k % 2 == 0 else -one for k in range(len(transform.terms))), transform.tidy)  # 1/(1+w)
    return reversion(transform * geometric).terms


def stieltjes_fraction(moments: Sequence[Any], tolerance: Any = 0) -> tuple[Any, ...]:
    """Return c₁, c₂, … of Stieltjes' continued fraction of 1 + Σ m_k z^k, as many as there are moments.

    Fewer are returned, the last of them positive, where the moments are those of finitely many atoms: the fraction ends.

    Parameters
    ----------
    moments : sequence
        m₁, m₂, …, of a law of total mass 1, in an ordered field (fractions, mpf).
    tolerance : number
        What is not larger counts as zero; for moments that are rounded.

    Raises
    ------
    BadArgument
        If no positive law on [0, ∞) has these moments; the message names the Hankel determinant that is negative.
    """
    tail = Series((moments[0] * 0 + 1, *moments), lambda term: term)
    found: list[Any] = []
    for k in range(1, len(moments) + 1):
        head = tail.terms[1]
        if head < -tolerance or (head <= tolerance and any(abs(term) > tolerance for term in tail.terms[1:])):
            raise BadArgument("moments", tuple(moments), "those of a positive law on [0, ∞)", _negative(k))
        if head <= tolerance:
            break
        found.append(head)
        inverse = tail.power(-1)
        tail = Series(tuple(-term / head for term in inverse.terms[1:]), tail.tidy)
    return tuple(found)


def _negative(k: int) -> str:
    order, odd = divmod(k, 2)
    entry = "m_{i+l+1}" if odd else "m_{i+l}"
    return (f"the Hankel determinant det({entry}), 0 <= i, l <= {order}, is negative (or zero without the law being one of "
            "so few atoms): no matrix has them")
