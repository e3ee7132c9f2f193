"""Vectors of any size: doubles beside a common power of two, for moments that grow or decay beyond what doubles hold."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LN2 = math.log(2.0)
LARGE = 512  # an exponent that leaves room to multiply
_BEYOND = 5000  # powers of two that no double reaches


@dataclass(frozen=True)
class Scaled:
    """The vector values · 2^exponent.

    Attributes
    ----------
    values : ndarray
        Doubles.
    exponent : int
        Of two.
    """

    values: Array
    exponent: int = 0

    @classmethod
    def from_logs(cls, values: Array, logs: Array | float) -> Scaled:
        """Return values · e^logs, a logarithm for each or for all."""
        if np.ndim(logs) == 0 and math.isfinite(logs):
            power = round(float(logs) / LN2)
            return cls(values * math.exp2(float(logs) / LN2 - power), power)
        exponents = np.where(np.isfinite(logs) & (values != 0), logs / LN2, -np.inf)
        powers = np.round(exponents)
        top = float(powers.max(initial=-np.inf))
        if not math.isfinite(top):
            return cls(np.zeros_like(values))
        held = powers > top - _BEYOND
        rest = np.exp2(np.where(held, exponents, 0.0) - np.where(held, powers, 0.0))
        return cls(np.ldexp(np.where(held, values * rest, 0.0), np.where(held, powers - top, 0.0).astype(np.int64)), int(top))

    @property
    def total(self) -> float:
        """The sum of the values, inf where it is beyond doubles."""
        found = float(self.values.sum())
        try:
            return math.ldexp(found, self.exponent)
        except OverflowError:
            return math.copysign(math.inf, found)

    @property
    def log_total(self) -> float:
        """The logarithm of the sum, -inf for nothing."""
        found = float(self.values.sum())
        return math.log(found) + self.exponent * LN2 if found > 0 else -math.inf

    def normalised(self) -> Scaled:
        """Return the same vector with its largest value between 1/2 and 1."""
        largest = float(np.abs(self.values).max(initial=0.0))
        if largest == 0.0:
            return Scaled(self.values)
        power = math.frexp(largest)[1]
        return Scaled(np.ldexp(self.values, -power), self.exponent + power)

    def times(self, factor: float) -> Scaled:
        """Return a multiple."""
        mantissa, power = math.frexp(factor)
        own = self.normalised()
        return Scaled(own.values * mantissa, own.exponent + power)

    def __add__(self, other: Scaled) -> Scaled:
        one, two = self.normalised(), other.normalised()
        if not one.values.any():
            return two
        if not two.values.any():
            return one
        exponent = max(one.exponent, two.exponent)
        shifted = (np.ldexp(each.values, max(each.exponent - exponent, -_BEYOND)) for each in (one, two))
        return Scaled(sum(shifted, np.zeros_like(one.values)), exponent)
