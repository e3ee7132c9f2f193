"""The laws of columns and rows: which eigenvalues the covariance of a layer's columns, or of rows of data, has at each size.

A layer takes them up to a factor (mean 1 by convention), so that a law is a shape: a power of the number of the eigenvalue, a
list, a spectrum to be cut off, or what an autocovariance makes of the size.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from theory.chain.s_transforms.laws.law import EigenvalueLaw, SpectralLaw
from theory.errors import BadArgument, real_array
from theory.exact import exact
from theory.memory.autocovariance import Autocovariance
from theory.results.declared import Declared
from theory.spectra.base import Spectrum
from theory.spectra.discrete import Discrete
from theory.spectra.power_law import MOST, PowerLaw

SYMMETRIC = 1e-12  # to which a covariance matrix is its transpose, relative to its largest entry
KINDS = "a power >= 0 (or a PowerRange), an array of eigenvalues >= 0, a covariance matrix, a Spectrum, or an autocovariance"
MATCHED, WHITE = "matched", "white"


@dataclass(frozen=True)
class PowerShape(EigenvalueLaw):
    """γ_k ∝ k^-exponent for k = 1 … n."""

    exponent: Fraction

    def positive(self, size: float) -> Spectrum:
        """Return the n eigenvalues; infinitely many where their sum is finite."""
        return PowerLaw(self.exponent, 1, size=size)

    @property
    def power(self) -> Fraction:
        """α."""
        return self.exponent

    @property
    def summable(self) -> bool:
        """Whether infinitely many have a finite sum."""
        return self.exponent > 1

    def __repr__(self) -> str:
        return str(float(self.exponent))


@dataclass(frozen=True)
class PowerRange(Declared):
    """A power α_F that stays a letter, between bounds: for exponents, whose rule is one below ½, between ½ and 1, and above 1.

    Parameters
    ----------
    low, high : number
        0 ≤ low < high, `inf` for no bound; ½ and 1 may be bounds, but do not lie between them.

    Raises
    ------
    ValueError
        For other numbers.
    """

    low: Any
    high: Any = math.inf

    def __post_init__(self) -> None:
        low, high = exact(self.low), math.inf if self.high == math.inf else exact(self.high)
        admissible = "two numbers from 0 on, ascending, with neither 1/2 nor 1 between them"
        if not isinstance(low, Fraction) or not (isinstance(high, Fraction) or high == math.inf) or not 0 <= low < high:
            raise BadArgument("low, high", (self.low, self.high), admissible, "give for example PowerRange(0.5, 1)")
        if any(low < border < high for border in (Fraction(1, 2), Fraction(1))):
            raise BadArgument("low, high", (self.low, self.high), admissible, "take the parts one by one")

    @property
    def like(self) -> Fraction:
        """A number between the bounds."""
        low, high = exact(self.low), exact(self.high)
        assert isinstance(low, Fraction)
        return (low + high) / 2 if isinstance(high, Fraction) else low + 1


@dataclass(frozen=True)
class RangeShape(EigenvalueLaw):
    """A power that is a letter."""

    power_range: PowerRange

    @property
    def power(self) -> PowerRange:
        """The range, in place of a number."""
        return self.power_range

    @property
    def summable(self) -> bool:
        """Whether infinitely many have a finite sum."""
        return bool(self.power_range.low >= 1)

    def positive(self, size: float) -> Spectrum:
        """Refuse: there are no eigenvalues without a number."""
        raise BadArgument("columns", self, "a number where the model is evaluated", "give the power in place of a range")

    def __repr__(self) -> str:
        return repr(self.power_range)


@dataclass(frozen=True, repr=False)
class SpectralShape(SpectralLaw):
    """The eigenvalues of a spectrum, all or the largest ones; see `SpectralLaw`."""

    def __repr__(self) -> str:
        return repr(self.spectrum.eigenvalues.tolist() if isinstance(self.spectrum, Discrete) else self.spectrum)


@dataclass(frozen=True)
class MemoryShape(EigenvalueLaw):
    """The eigenvalues that an autocovariance has at each size, of a Toeplitz matrix; bounded, and so not summable."""

    memory: Autocovariance

    @property
    def power(self) -> Any:
        """α of the memory's symbol at zero frequency: 0 of a short one."""
        return None if self.memory.power is None else exact(self.memory.power)

    @property
    def summable(self) -> bool:
        """Whether infinitely many have a finite sum: never."""
        return False

    def positive(self, size: float) -> Spectrum:
        """Return the eigenvalues of the covariance of so many."""
        if not (math.isfinite(size) and size == int(size)):
            raise BadArgument("size", size, "a whole number, with an autocovariance", "round it")
        return _remembered(self.memory, int(size))

    def __repr__(self) -> str:
        return repr(self.memory)


@functools.lru_cache(maxsize=32)
def _remembered(memory: Autocovariance, size: int) -> Spectrum:
    return Discrete(memory.eigenvalues(size), np.zeros(size))


def shape_of(argument: str, given: Any) -> EigenvalueLaw:
    """Return the law of columns or rows from what a user declares it by.

    Parameters
    ----------
    argument : str
        What the layer calls it.
    given : number, array-like, Spectrum, Autocovariance or callable
        A power α, γ_k ∝ k^-α; the eigenvalues themselves, shape (n,), zeros included; their matrix, shape (n, n); a spectrum of
        at least n modes, the largest of which are taken; an autocovariance, or a function of lags that is one.

    Raises
    ------
    ValueError
        If it is none of these, an eigenvalue is negative (the message states the smallest), or all are zero.
    """
    if isinstance(given, EigenvalueLaw):
        return given
    if isinstance(given, PowerRange):
        return RangeShape(given)
    if isinstance(given, Spectrum):
        return SpectralShape(given, whole=isinstance(given, Discrete))
    if isinstance(given, Autocovariance) or callable(given):
        return MemoryShape(given if isinstance(given, Autocovariance) else Autocovariance(given))
    if given is None or isinstance(given, str):
        raise BadArgument(argument, given, KINDS, "leave it out for independent entries of equal variance")
    values: Any = real_array(argument, given, KINDS, "give for example 0.7, or exactly n numbers")
    if values.ndim == 0:
        power = exact(given.item() if isinstance(given, np.ndarray) else given)
        if not (isinstance(power, Fraction) and 0 <= power <= MOST):
            raise BadArgument(argument, given, f"a power from 0 to {MOST}", "eigenvalues fall as k^-power")
        return PowerShape(power)
    if values.ndim == 2 and values.shape[0] == values.shape[1]:
        if not np.allclose(values, values.T, rtol=0.0, atol=SYMMETRIC * np.abs(values).max()):
            raise BadArgument(argument, given, "symmetric, as a covariance is", "symmetrise it: (K + K.T)/2")
        values = np.linalg.eigvalsh(values)
        rounding = np.finfo(float).eps * values.size * np.abs(values).max()
        values = np.where(np.abs(values) <= rounding, 0.0, values)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise BadArgument(argument, given, KINDS, "give exactly n numbers, or an n × n matrix")
    if values.min() < 0 or values.max() == 0:
        found = f"eigenvalues from {values.min():.6g} to {values.max():.6g}"
        allowed = "those of a covariance: none negative, and not all zero"
        raise BadArgument(argument, found, allowed, "check the matrix or the list")
    return SpectralShape(Discrete(values, np.zeros(values.size)), whole=True)


def noise_of(given: Any) -> Any:
    """Return the covariance of label noise in the basis of the rows: "matched", "white", or a tuple of numbers.

    Raises
    ------
    ValueError
        If it is none of these, a number is negative or not finite, or all are zero.
    """
    if isinstance(given, str) and given in (MATCHED, WHITE):
        return given
    allowed = f'"{MATCHED}", "{WHITE}", or a list of numbers >= 0, one a row'
    named = isinstance(given, str) or given is None
    values = None if named else real_array("noise", given, allowed, "leave it out if it has K")
    if values is None or values.ndim != 1 or not np.isfinite(values).all() or values.min() < 0 or values.max() == 0:
        raise BadArgument("noise", given, allowed, "its variance is an argument of `evaluate`; this is its shape")
    return tuple(values.tolist())


def roots(law: EigenvalueLaw, size: int) -> Any:
    """Return the square roots of the eigenvalues at a size, scaled to mean 1, the largest first, shape (size,)."""
    spectrum = law.positive(size)
    eigenvalues = np.zeros(size)
    eigenvalues[: spectrum.rank] = np.sort(spectrum.explicit()[0])[::-1]
    return np.sqrt(eigenvalues / eigenvalues.mean())
