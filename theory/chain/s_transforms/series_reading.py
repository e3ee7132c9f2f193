"""S-transforms read as power series in d: exact in letters and fractions, or mpf where a law is involved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy
from mpmath import mp
from sympy import Expr, Symbol

from theory.chain.s_transforms.expressions import Reading, precisely
from theory.chain.s_transforms.laws.series import Series, moments_of, reversion
from theory.chain.s_transforms.readings import Factor, Parts, read


class SeriesReading(Reading):
    """d as the series 0 + d + O(d^count).

    Parameters
    ----------
    letters : mapping
        The value of every letter; exact ones may stay letters.
    count : int
        The number of coefficients.
    exact : bool
        SymPy coefficients; otherwise mpf at the ambient precision.
    """

    def __init__(self, letters: Mapping[Symbol, Any], count: int, exact: bool) -> None:
        self._tidy = sympy.expand if exact else lambda term: term
        self._one = sympy.S.One if exact else mp.one
        self._exp, self._log = (sympy.exp, sympy.log) if exact else (mp.exp, mp.log)
        self._exact = exact
        zero = self._one * 0
        self.dof = Series((zero, self._one, *(zero,) * (count - 2))[:count], self._tidy)
        self.letters = {letter: self.constant(value) for letter, value in letters.items()}

    def constant(self, value: Any) -> Series:
        """Return a constant series."""
        return self.dof.constant(value)

    def number(self, value: Expr) -> Any:
        """Return a constant."""
        return self.constant(value if self._exact else precisely(value))

    def vacancy(self, size: Series) -> Series:
        """Return 1 − d/size."""
        return self.constant(self._one) + self.dof * self.constant(-1 / size.terms[0])

    def exp(self, value: Series) -> Series:
        """Return the exponential."""
        return value.exp(self._exp)

    def log(self, value: Series) -> Series:
        """Return the logarithm."""
        return value.log(self._log)

    def power(self, value: Series, exponent: Series) -> Series:
        """Return a constant power."""
        return value.power(exponent.terms[0])

    def factor(self, factor: Factor, own: bool) -> Series:
        """Return n/(d χ), or (n − d)/(d χ).

        With g = 1/χ the series d = Σ (−1)^(k+1) p_k g^k, p_k the power sums of the law, is reversed to g(d).
        """
        size = mp.inf if factor.size is sympy.oo else self.read(factor.size).terms[0]
        sums = factor.law.power_sums(size, len(self.dof.terms))
        forward = Series(tuple(-value if k % 2 else value for k, value in enumerate(sums)), self._tidy)
        value = reversion(forward) * self.constant(sums[0] if factor.scaled else size)
        return value * self.vacancy(self.constant(size)) if own else value


def moments(parts: Parts, count: int, size: Expr, letters: Mapping[Symbol, Any]) -> tuple[Any, ...]:
    """Return τ(A), …, τ(A^count) of a matrix of dimension `size`, in the field of the letters' values."""
    reading = SeriesReading(letters, count, exact=not parts[1])
    series = read(parts, reading)
    step = -reading.read(size).terms[0]  # S as a series in w = −d/D
    return moments_of(Series(tuple(term * step**k for k, term in enumerate(series.terms)), series.tidy))
