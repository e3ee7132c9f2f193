"""One point alone, in Python's numbers: the steps of `block`, where arrays of one number cost ten times what they compute.

It knows one or two finite sizes of independent entries over a population, at a ridge above zero. Whatever else there is, and
whatever does not settle as it should, is left to `Nest`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from theory.chain.layers import Layer
from theory.chain.ridge_map import ridge_powers
from theory.solve.kappa.arithmetic import EPSILON, QUADRATIC, SMALLEST, TINY
from theory.solve.kappa.state import Solution
from theory.solve.status import Status
from theory.spectra.base import Spectrum

STEPS = 40


class Alone:
    """The fixed point of a chain at one point.

    Parameters
    ----------
    spectrum : Spectrum
        The population.
    sizes : sequence of float
        Of the layers, innermost first; one or two of them finite.
    ridge : float
        λ > 0.
    """

    def __init__(self, spectrum: Spectrum, sizes: Sequence[float], ridge: float) -> None:
        self.spectrum, self.sizes, self.ridge = spectrum, sizes, ridge
        self.finite = [size for size in sizes if size < math.inf]
        self.floor = min(self.finite)
        self.gap = max(self.finite) - self.floor

    def solution(self) -> Solution | None:
        """Return the solution, or None where it takes more than this."""
        low, high, kappa = self._ends()
        last, width = math.inf, math.log(high) - math.log(low)
        for _ in range(STEPS):
            x, dx, _ = self._slack(kappa)
            anchor = self.floor if 2.0 * x < self.floor else 0.0
            surplus, fall = self._excess(kappa, anchor)
            total = fall + dx
            size = (surplus + (anchor - self.floor + x)) / total
            rounding = 4.0 * EPSILON * (1.0 + (abs(surplus) + x) / total)
            room = 1.0 - size - rounding
            low = max(low, min(kappa * (1.0 + size - rounding), high))
            high = min(high, max(kappa / room if room > 0 else math.inf, low))
            moved = min(max(kappa * (1.0 + size), low), high)
            narrow = high - low <= 2.0 * EPSILON * high + TINY
            if abs(size) <= QUADRATIC or (narrow and abs(moved - kappa) <= QUADRATIC * moved + TINY):
                return self._settled(moved, anchor, surplus - fall * ((moved - kappa) / kappa))
            now = math.log(high) - math.log(low)
            halved = abs(size) <= 0.5 * abs(last) or now <= 0.5 * width
            if abs(size) < 0.5:
                target = kappa * math.sqrt((1.0 + size) / (1.0 - size))
            else:
                target = kappa * (1.0 + size) if size > 0 else kappa / (1.0 - size)
            kappa = target if halved and low <= target <= high else math.sqrt(low) * math.sqrt(high)
            last, width = abs(size) if halved else math.inf, now
        return None

    def _excess(self, kappa: float, n: float) -> tuple[float, float]:
        """Return d(κ) − n and −dd/dlnκ."""
        surplus, fall = self.spectrum.excess(np.array([kappa]), np.array([n]))
        return surplus.item(), fall.item()

    def _ends(self) -> tuple[float, float, float]:
        """Return a bracket of κ, and where to start."""
        floor, rank = self.floor, float(self.spectrum.rank)
        reach = self.spectrum.smallest * ((rank - floor) / floor) * (1.0 - 1e-10) if floor < rank < math.inf else 0.0
        low = max(self.ridge, reach, TINY)
        upper = self.ridge + self.spectrum.total_variance * sum(1.0 / size for size in self.finite)
        high = max(upper * (1.0 + 1e-10), low)
        middle = math.sqrt(low) * math.sqrt(high)
        return low, high, max(middle, high / (1.0 + floor)) if rank == math.inf else middle

    def _slack(self, kappa: float) -> tuple[float, float, float]:
        """Return x = n_min − d, −dx/dlnκ and dln(λ/κ)/dln x; see `MonomialSizes.slack`."""
        if len(self.finite) == 1:
            x = self.floor * (self.ridge / kappa)
            return x, x, 1.0
        one, two = self.finite
        scale = math.sqrt(one) * math.sqrt(two) * (math.sqrt(self.ridge) / math.sqrt(kappa))
        delta = self.gap / scale
        x = 2.0 * scale / (delta + math.hypot(delta, 2.0))
        conditioning = x / (self.gap + x) + 1.0
        return x, x / conditioning, conditioning

    def _settled(self, kappa: float, base: float, offset: float) -> Solution | None:
        """Return the solution at κ, from d − base there."""
        slack, _, _ = self._slack(kappa)  # of sizes that all bind, conditioned by 1 at least
        offset = -slack if base > 0 else offset
        dof, size = base + offset, float(self.spectrum.size)
        if not (math.isfinite(kappa + slack) and slack >= SMALLEST * self.floor):
            return None
        pairs = tuple((np.array([dof / n]), np.array([((n - self.floor) + slack) / n if n < math.inf else 1.0]))
                      for n in self.sizes)  # fmt: skip
        if size == math.inf:
            vacancy = 1.0
        elif size >= self.floor:
            vacancy = ((size - self.floor) + slack) / size
        else:
            vacancy = (-self._excess(kappa, size)[0] if 2.0 * dof > size else size - dof) / size
        code = np.array([Status.CONVERGED], np.intp)
        return Solution(np.array([kappa]), pairs, np.array([vacancy]), np.array([dof]), code, (None,) * len(pairs))


def alone(spectrum: Spectrum, layers: Sequence[Layer], sizes: Sequence[float], ridge: float) -> Solution | None:
    """Return the solution at one point, or None where it takes more than this.

    Parameters
    ----------
    spectrum : Spectrum
        The population.
    layers : sequence of Layer
        Innermost first.
    sizes : sequence of float
        Their parameters.
    ridge : float
        λ.
    """
    known = ridge > 0 and all(layer.sized and ridge_powers(layer) == (1, 0) for layer in layers)
    if not known or not 1 <= sum(size < math.inf for size in sizes) <= 2:
        return None
    try:
        return Alone(spectrum, sizes, ridge).solution()
    except (ZeroDivisionError, OverflowError):  # where arrays have inf or NaN
        return None
