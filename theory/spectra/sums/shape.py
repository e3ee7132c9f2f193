"""The shape of a law in k: how steep it is where, which is all that its quadrature needs to know.

λ/(λ+κ) has poles where ln λ = ln|κ| ± i(π − |arg κ|): at a height (π − |arg κ|)/s over ln k, s = −dlnλ/dlnk. Sums over modes
turn into integrals where s ≪ k; panels in ln k are as wide as 1/s allows.
"""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple, Protocol

import numpy as np
from mpmath import mp
from numpy.typing import NDArray

from theory.errors import BadArgument
from theory.spectra.sums.orders import Array

GRID = 1200  # points at which a law is looked at
LISTABLE = 10**7  # modes that are listed where there is no other way
SHORTEST = 40.0  # of the ln k that an infinite law is looked at to
LOWEST = 1e8  # of −ln λ that matters
STEP = 8  # of the floors in use: few of them, so that what is made for one serves again
LEAST_HEAD = 64  # modes that are always listed


class Law(Protocol):
    """What a law in k tells of itself; `log_k` is an array of extended precision or an `mpf`."""

    @property
    def size(self) -> float:
        """D, which may be infinite."""

    def __hash__(self) -> int:
        """Laws are remembered by."""

    def log_eigenvalue(self, log_k: Any) -> Any:
        """Ln λ_k."""

    def log_signal(self, log_k: Any) -> Any:
        """Ln c_kλ_k."""

    def remainder(self, log_k: Any) -> tuple[Any, Any]:
        """∫ λ dk and ∫ cλ dk from there to infinity."""


class Shape(NamedTuple):
    """A law on a grid of ln k, from the first mode to where λ is below a floor, or to the last mode.

    Attributes
    ----------
    log_k, log_eigenvalue, slope : ndarray of float64, shape (n,)
        `slope` is −dlnλ/dlnk from each point on, as far as the floor, or a third of the signal's if that is more: a factor
        k^-β has no singularities, and matters only where it is steep.
    """

    log_k: Array
    log_eigenvalue: Array
    slope: Array

    def head(self, digits: int, sharpness: int) -> int | None:
        """Return how many modes are to be listed for the rest to be an integral, None if all of them."""
        enough = np.exp(np.minimum(self.log_k, 700.0)) >= 1.5 * digits * sharpness * self.slope
        late = np.flatnonzero(~enough)
        if late.size and late[-1] + 1 == enough.size:
            return None
        first = math.exp(self.log_k[late[-1] + 1]) if late.size else 1.0
        return max(LEAST_HEAD, math.ceil(first))

    def steepness(self, low: float, high: float) -> float:
        """Return the largest slope between two ln k, never below 1."""
        first, last = np.searchsorted(self.log_k, [low, high])
        return max(1.0, float(self.slope[max(first - 1, 0) : last + 1].max()))

    def place(self, log_kappa: Any) -> tuple[Array, Array]:
        """Return ln k and the slope where λ = κ."""
        at = np.interp(-np.asarray(log_kappa), -self.log_eigenvalue, self.log_k)
        return at, np.interp(at, self.log_k, self.slope)

    def reach(self, log_least: float) -> float:
        """Return a ln k from which on λ is below e^log_least, if the grid goes there."""
        below = self.log_eigenvalue < log_least
        return float(self.log_k[np.argmax(below)] if below.any() else self.log_k[-1])


@functools.lru_cache(maxsize=64)
def shape_of(law: Law, floor: float) -> Shape:
    """Return the shape of a law down to λ = e^floor.

    Raises
    ------
    ValueError
        If the law is not finite and decreasing in k.
    """
    end = math.log(law.size) if not math.isinf(law.size) else max(_reach(law, floor), SHORTEST)
    log_k = np.longdouble(end) * np.linspace(0.0, 1.0, GRID, dtype=np.longdouble) ** 2
    eigenvalue, signal = (_checked(law, name, log_k) for name in ("log_eigenvalue", "log_signal"))
    with np.errstate(invalid="ignore"):
        falls, fades = (np.nan_to_num(-np.diff(values) / np.diff(log_k), nan=0.0) for values in (eigenvalue, signal))
    if (falls < 0).any():
        raise BadArgument("log_eigenvalue", law, "decreasing in k", "sort the modes by their eigenvalues")
    slope = np.maximum(np.where(eigenvalue[:-1] >= floor, falls, 0.0), np.minimum(fades / 3, 1e6)).astype(np.float64)
    return Shape(log_k.astype(np.float64), np.maximum(eigenvalue, -LOWEST).astype(np.float64), np.append(slope, slope[-1]))


def _checked(law: Law, name: str, log_k: Any) -> Any:
    """Return what a law says of its modes, refusing what is no logarithm of finite numbers."""
    values = np.asarray(getattr(law, name)(log_k))
    if values.shape != log_k.shape or np.isnan(values).any() or (values == np.inf).any():
        raise BadArgument(name, law, "a function of ln k with a finite number for each", "try numpy.linspace(0, 700)")
    return values


def _reach(law: Law, floor: float) -> float:
    """Return a ln k from which on an infinite law is below e^floor."""
    octaves = np.exp2(np.arange(-6, 40, dtype=np.longdouble))
    below = _checked(law, "log_eigenvalue", octaves) < floor
    if not below.any():
        remedy = "make the law finite: give its size"
        raise BadArgument("log_eigenvalue", law, "such that eigenvalues fall to zero", remedy)
    first = int(np.argmax(below))
    steps = np.linspace(octaves[first - 1] if first else np.longdouble(0.0), octaves[first], 65)
    return float(steps[np.argmax(np.asarray(law.log_eigenvalue(steps)) < floor)])


def floor_at(least: Any, digits: int) -> float:
    """Return the logarithm of an eigenvalue that is far below |κ| = `least` to so many digits."""
    return float(STEP * math.floor((mp.log(least) - digits * math.log(10) - 3) / STEP))


def log_modes(count: int) -> NDArray[Any]:
    """Return ln 1 … ln count in extended precision."""
    return np.log(np.arange(1, count + 1, dtype=np.longdouble))
