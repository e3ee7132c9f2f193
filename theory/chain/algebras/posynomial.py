"""Posynomials: sums of monomials with positive coefficients, the algebra in which a layer says which powers it is made of.

A layer's `outer` runs through them like through numbers. What comes out tells the exponents of its ridge map, and which terms
compete in a dominant balance. There is no subtraction, and division by single monomials only: a layer that needs more is no
posynomial and says so by `NotPosynomialError`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

Monomial = frozenset[tuple[Hashable, Any]]  # letters and their exponents, none of them zero


class NotPosynomialError(ArithmeticError):
    """An operation that leaves the posynomials."""


class Posynomial:
    """Σ coefficient · ∏ letter^power, immutable.

    Parameters
    ----------
    terms : mapping of Monomial to number
        Positive coefficients.
    """

    __slots__ = ("terms",)

    def __init__(self, terms: Mapping[Monomial, Any]) -> None:
        self.terms = dict(terms)

    @classmethod
    def letter(cls, name: Hashable, power: Any = 1) -> Posynomial:
        """Return a letter, or a power of it."""
        return cls({frozenset({(name, power)}): 1})

    @staticmethod
    def _lift(other: Any) -> Posynomial:
        if isinstance(other, Posynomial):
            return other
        if not other > 0:
            raise NotPosynomialError(f"the coefficient {other}")
        return Posynomial({frozenset(): other})

    @property
    def monomials(self) -> tuple[dict[Any, Any], ...]:
        """The exponents of each term."""
        return tuple(dict(term) for term in self.terms)

    def __add__(self, other: Any) -> Posynomial:
        total = dict(self.terms)
        for term, coefficient in self._lift(other).terms.items():
            total[term] = total.get(term, 0) + coefficient
        return Posynomial(total)

    def __mul__(self, other: Any) -> Posynomial:
        found: dict[Monomial, Any] = {}
        for one, first in self.terms.items():
            for two, second in self._lift(other).terms.items():
                powers = dict(one)
                for name, power in two:
                    powers[name] = powers.get(name, 0) + power
                term = frozenset((name, power) for name, power in powers.items() if power)
                found[term] = found.get(term, 0) + first * second
        return Posynomial(found)

    def __pow__(self, power: int) -> Posynomial:
        if power != int(power) or (power < 0 and len(self.terms) > 1):
            raise NotPosynomialError(f"a sum to the power {power}")
        if len(self.terms) == 1:
            ((term, coefficient),) = self.terms.items()
            raised = frozenset((name, exponent * int(power)) for name, exponent in term if power)
            return Posynomial({raised: coefficient ** int(power)})
        result = ONE
        for _ in range(int(power)):
            result = result * self
        return result

    def __truediv__(self, other: Any) -> Posynomial:
        return self * self._lift(other) ** -1

    def __rtruediv__(self, other: Any) -> Posynomial:
        return self._lift(other) / self

    def __sub__(self, other: Any) -> Posynomial:
        raise NotPosynomialError("a difference")

    __rsub__ = __sub__
    __radd__ = __add__
    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Posynomial) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def __repr__(self) -> str:
        return f"Posynomial({self.terms!r})"


ONE = Posynomial({frozenset(): 1})
