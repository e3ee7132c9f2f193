"""What a certified evaluation returns for each number: a midpoint and a radius."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
from mpmath import mp, mpf


@dataclass(frozen=True)
class Enclosure:
    """A number that lies between `mid` − `radius` and `mid` + `radius`, with certainty.

    Attributes
    ----------
    mid : mpmath.mpf
        The midpoint, exact; infinite where the number is, and NaN where nothing is known.
    radius : mpmath.mpf
        The radius ≥ 0, exact; 0 for what is known exactly, infinite where nothing is known.
    """

    mid: Any
    radius: Any

    def contains(self, number: Any) -> bool:
        """Return whether a number may be the true one.

        Parameters
        ----------
        number : int, float, Fraction or mpmath.mpf
            Taken exactly as it is held: 0.1 is the double next to 1/10.
        """
        if mp.isnan(self.mid):
            return True
        if mp.isinf(self.mid) or mp.isinf(number):
            return bool(self.mid == number)
        above, below = (number, 1) if isinstance(number, mpf) else Fraction(number).as_integer_ratio()
        parts = [(number if isinstance(number, mpf) else _whole(above))._mpf_, _whole(below)._mpf_]
        numerator, denominator = (mp.make_mpf(part) for part in parts)
        away = mp.fsub(numerator, mp.fmul(self.mid, denominator, exact=True), exact=True)
        return bool(abs_exact(away) <= mp.fmul(self.radius, denominator, exact=True))

    @property
    def relative(self) -> Any:
        """The radius beside the midpoint, rounded up: 0 for exact numbers, `inf` where nothing is known."""
        if self.radius == 0:
            return mpf(0)
        return mp.inf if self.mid == 0 or mp.isnan(self.mid) else mp.fdiv(self.radius, abs_exact(self.mid), rounding="u")

    def __str__(self) -> str:
        return f"{mpmath.nstr(self.mid, 30)} ± {mpmath.nstr(self.radius, 2)}"


def _whole(number: int) -> Any:
    """Return an integer as an `mpf`, unrounded."""
    return mp.make_mpf(mpmath.libmp.from_int(number))


def abs_exact(number: Any) -> Any:
    """Return |x| of an `mpf`, unrounded."""
    return mp.fneg(number, exact=True) if number < 0 else number


NOTHING = Enclosure(mp.nan, mp.inf)
