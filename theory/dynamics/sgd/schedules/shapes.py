"""Schedules by name, and what turns any schedule into one with a warm-up, or with a stable part before its decay."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from theory.dynamics.sgd.schedules.given import declared
from theory.dynamics.sgd.schedules.pieces import Piece, Z, squeezed
from theory.dynamics.sgd.schedules.schedule import Curve, Schedule
from theory.errors import BadArgument, one_real
from theory.exact import exact


def polynomial(power: float) -> Schedule:
    """Return g = (1 − z)^p.

    Parameters
    ----------
    power : float
        p ≥ 0.

    Raises
    ------
    ValueError
        For p that is no finite number ≥ 0.
    """
    p = _number("power", power, "a finite number ≥ 0", lambda p: p >= 0)
    return Curve((1 - Z) ** sympy.Rational(p), f"polynomial({float(p):g})")


def linear() -> Schedule:
    """Return g = 1 − z."""
    return Curve(1 - Z, "linear")


def cosine() -> Schedule:
    """Return g = (1 + cos πz)/2."""
    return Curve(sympy.cos(sympy.pi * Z / 2) ** 2, "cosine")


def inverse_time(rate: float) -> Schedule:
    """Return g = 1/(1 + cz).

    Parameters
    ----------
    rate : float
        c > 0.

    Raises
    ------
    ValueError
        For c that is no finite number > 0.
    """
    c = _number("rate", rate, "a finite number > 0", lambda c: c > 0)
    return Curve(1 / (1 + sympy.Rational(c) * Z), f"inverse_time({float(c):g})")


def exponential(ratio: float | None = None) -> Schedule:
    """Return g = ρ^z, the step at the end ρ times that of the start.

    Parameters
    ----------
    ratio : float, optional
        0 < ρ < 1; left out: 1/T, so that the last step is T times as small as the first (arXiv:2509.19189).

    Raises
    ------
    ValueError
        For a ratio outside.
    """
    if ratio is None:
        return Exponential()
    rho = _number("ratio", ratio, "a number > 0 and < 1", lambda rho: 0 < rho < 1)
    return Curve(_decay(rho), f"exponential({float(rho):g})")


def stable_decay(fraction: float, shape: Any = None) -> Schedule:
    """Return g = 1, and over the last part of the pass a decay.

    Parameters
    ----------
    fraction : float
        0 < f ≤ 1, the share of the pass that is the decay.
    shape : Schedule, callable or SymPy expression, optional
        Of the decay; left out: linear.

    Raises
    ------
    ValueError
        For a fraction outside, and what is no schedule.
    """
    part = _number("fraction", fraction, "a number > 0 and ≤ 1", lambda f: 0 < f <= 1)
    return StableDecay(part, linear() if shape is None else declared(shape, argument="shape"))


def warmup(fraction: float, schedule: Any = "constant") -> Schedule:
    """Return a linear rise from 0 to 1, and after it any schedule.

    Parameters
    ----------
    fraction : float
        0 < w < 1, the share of the pass that is the rise.
    schedule : Schedule, callable, SymPy expression, "constant" or "geometric"
        Of the rest of the pass, over which it is squeezed.

    Raises
    ------
    ValueError
        For a fraction outside, and what is no schedule.
    """
    part = _number("fraction", fraction, "a number > 0 and < 1", lambda w: 0 < w < 1)
    return WarmUp(part, declared(schedule))


@dataclass(frozen=True)
class Exponential(Schedule):
    """g = T^-z."""

    @property
    def fixed(self) -> bool:
        """No: the last step depends on their number."""
        return False

    @property
    def lasting(self) -> tuple[Piece, ...]:
        """Nothing: the step falls throughout."""
        return ()

    def pieces(self, steps: int) -> tuple[Piece, ...]:
        """Return one piece."""
        return (Piece(Fraction(1), _decay(Fraction(1, steps)) if steps > 1 else sympy.Integer(1)),)

    def __repr__(self) -> str:
        return "exponential"


@dataclass(frozen=True)
class StableDecay(Schedule):
    """g = 1, then a decay.

    Attributes
    ----------
    fraction : Fraction
        Share of the decay.
    shape : Schedule
        The decay.
    """

    fraction: Fraction
    shape: Schedule

    @property
    def fixed(self) -> bool:
        """Whether the decay is."""
        return self.shape.fixed

    @property
    def lasting(self) -> tuple[Piece, ...]:
        """The stable part, and what lasts of the decay."""
        return self._joined(self.shape.lasting)

    def pieces(self, steps: int) -> tuple[Piece, ...]:
        """Return the stable part, and the pieces of the decay."""
        return self._joined(self.shape.pieces(_part(steps, self.fraction)))

    def _joined(self, decay: tuple[Piece, ...]) -> tuple[Piece, ...]:
        stable = () if self.fraction == 1 else (Piece(1 - self.fraction, sympy.Integer(1)),)
        return (*stable, *squeezed(decay, self.fraction))

    def __repr__(self) -> str:
        return f"stable_decay({float(self.fraction):g}, {self.shape!r})"


@dataclass(frozen=True)
class WarmUp(Schedule):
    """g rises linearly from 0 to 1; then a schedule.

    Attributes
    ----------
    fraction : Fraction
        Share of the rise.
    schedule : Schedule
        What follows.
    """

    fraction: Fraction
    schedule: Schedule

    @property
    def fixed(self) -> bool:
        """Whether what follows is."""
        return self.schedule.fixed

    @property
    def lasting(self) -> tuple[Piece, ...]:
        """The rise, and what lasts of what follows."""
        return self._joined(self.schedule.lasting)

    def pieces(self, steps: int) -> tuple[Piece, ...]:
        """Return the rise, and the pieces of what follows."""
        return self._joined(self.schedule.pieces(_part(steps, 1 - self.fraction)))

    def _joined(self, pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
        return (Piece(self.fraction, Z), *squeezed(pieces, 1 - self.fraction))

    def __repr__(self) -> str:
        return f"warmup({float(self.fraction):g}, {self.schedule!r})"


def _part(steps: int, share: Fraction) -> int:
    """Return the whole number of steps of a share of the pass."""
    return max(1, round(steps * share))


def _decay(ratio: Fraction) -> Any:
    return sympy.exp(sympy.log(sympy.Rational(ratio)).evalf(30) * Z)


def _number(argument: str, value: Any, admissible: str, holds: Any) -> Fraction:
    """Return a number as it was written."""
    remedy = "give such a number"
    if not math.isfinite(one_real(argument, value, admissible, remedy)):
        raise BadArgument(argument, value, admissible, remedy)
    found = exact(value)
    if not isinstance(found, Fraction) or not holds(found):
        raise BadArgument(argument, value, admissible, remedy)
    return found
