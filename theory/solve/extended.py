"""Numbers of extended range: a double mantissa beside an integer exponent, m · 2^e, elementwise on arrays.

Complements of 1e-300 enter formulas in high powers; products of them leave the range of doubles though the result does not.
Sums, products, quotients and integer powers here keep the accuracy of doubles at any magnitude.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

_ZERO = -(2**40)  # the exponent of zero: below any other
_FAR = 2100  # a shift that leaves nothing of a double


class Extended:
    """An array of numbers m · 2^e with ½ ≤ |m| < 1 (or m = 0, inf, nan)."""

    __slots__ = ("exponent", "mantissa")
    __array_ufunc__ = None

    def __init__(self, mantissa: ArrayLike, exponent: Any = 0) -> None:
        self.mantissa, shift = np.frexp(np.asarray(mantissa, dtype=np.float64))
        self.exponent: NDArray[np.int64] = np.where(self.mantissa == 0, _ZERO, exponent + shift.astype(np.int64))

    @staticmethod
    def _lift(other: Any) -> Extended:
        return other if isinstance(other, Extended) else Extended(other)

    def __add__(self, other: Any) -> Extended:
        other = self._lift(other)
        top = np.maximum(self.exponent, other.exponent)
        with np.errstate(under="ignore", invalid="ignore"):
            total = sum(_shifted(part.mantissa, part.exponent - top) for part in (self, other))
        return Extended(total, top)

    def __mul__(self, other: Any) -> Extended:
        other = self._lift(other)
        with np.errstate(invalid="ignore"):
            return Extended(self.mantissa * other.mantissa, self.exponent + other.exponent)

    def __truediv__(self, other: Any) -> Extended:
        other = self._lift(other)
        with np.errstate(divide="ignore", invalid="ignore"):
            return Extended(self.mantissa / other.mantissa, self.exponent - other.exponent)

    def __pow__(self, power: float) -> Extended:
        result = Extended(np.ones_like(self.mantissa))
        for _ in range(abs(int(power))):
            result = result * self
        return result if power >= 0 else 1 / result

    def __rtruediv__(self, other: Any) -> Extended:
        return self._lift(other) / self

    __radd__ = __add__
    __rmul__ = __mul__

    def to_double(self) -> NDArray[np.float64]:
        """Return the nearest doubles (0 or inf beyond their range)."""
        with np.errstate(under="ignore", over="ignore"):
            return _shifted(self.mantissa, self.exponent)

    def log_ratio(self, other: Extended) -> NDArray[np.float64]:
        """Return ln(self/other)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(self.mantissa / other.mantissa) + (self.exponent - other.exponent) * np.log(2.0)


def _shifted(mantissa: NDArray[np.float64], exponent: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.ldexp(mantissa, np.clip(exponent, -_FAR, _FAR).astype(np.int32))
