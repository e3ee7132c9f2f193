"""One point alone, in Python's numbers: the steps of `arithmetic`, where arrays of one number cost ten times what they compute.

It knows one or two finite sizes of independent entries over a population, at a ridge above zero. Whatever else there is, and
whatever does not settle as it should, is left to `Nest`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from theory.chain.layers import Layer
from theory.chain.ridge_map import ridge_powers
from theory.compiled import in_numbers
from theory.solve.kappa import arithmetic
from theory.solve.kappa.state import Solution
from theory.solve.status import Status
from theory.spectra.base import Spectrum

STEPS = 40
FEW = 10  # terms of a sum that Python adds up faster than NumPy
STEP = in_numbers(arithmetic)


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
        self.floor, self.powers = min(self.finite), [1.0] * len(self.finite)
        self.gaps = [size - self.floor for size in self.finite]

    def solution(self) -> Solution | None:
        """Return the solution, or None where it takes more than this."""
        floor = self.floor
        upper = self.ridge + self.spectrum.total_variance * sum(1.0 / size for size in self.finite)
        low, high, kappa = STEP.ends(self.ridge, floor, upper, float(self.spectrum.rank), self.spectrum.smallest)
        last, width = math.inf, STEP.log_width(low, high)
        for _ in range(STEPS):
            x, dx, _ = self._slack(kappa)
            anchor = floor if 2.0 * x < floor else 0.0
            surplus, fall = self._excess(kappa, anchor)
            size, _, below, above = STEP.stepped(kappa, floor, x, dx, anchor, surplus, fall, 0.0)
            low, high, moved, found = STEP.narrowed(kappa, size, low, high, below, above, arithmetic.QUADRATIC)
            if found:
                return self._settled(moved, anchor, surplus - fall * ((moved - kappa) / kappa))
            kappa, last, width = STEP.continued(kappa, size, low, high, last, width)
        return None

    def _excess(self, kappa: float, n: float) -> tuple[float, float]:
        """Return d(κ) − n and −dd/dlnκ."""
        found = self._summed(kappa, n)
        if found is None:
            surplus, fall = self.spectrum.excess(np.array([kappa]), np.array([n]))  # a series that was missing is there then
            found = self._summed(kappa, n) or (surplus.item(), fall.item())
        return found

    def _summed(self, kappa: float, n: float) -> tuple[float, float] | None:
        """Return the same by a sum of few terms; None where there is none, or κ is out of its range."""
        summed = self.spectrum.summed if self.spectrum.terms <= FEW else None
        if summed is None:
            return None
        surplus, fall, _ = summed[0](summed[1], kappa, n)
        return (float(surplus), float(fall)) if fall > 0.0 else None

    def _slack(self, kappa: float) -> tuple[float, float, float]:
        """Return x = n_min − d, −dx/dlnκ and dln(λ/κ)/dln x; see `MonomialSizes.slack`."""
        if len(self.finite) == 1:
            x = STEP.lone(self.floor, self.ridge, kappa)
            return x, x, 1.0
        x = STEP.paired(self.powers, self.finite, self.gaps, self.floor, self.ridge, kappa)
        conditioned = STEP.conditioning(self.powers, self.gaps, x)
        return x, x / conditioned, conditioned

    def _settled(self, kappa: float, base: float, offset: float) -> Solution | None:
        """Return the solution at κ, from d − base there."""
        slack, _, conditioned = self._slack(kappa)
        offset, slack = STEP.settled(self.floor, base, offset, slack, conditioned)
        dof, size = base + offset, float(self.spectrum.size)
        if not (math.isfinite(kappa + slack) and slack >= arithmetic.SMALLEST * self.floor):
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
    except (ArithmeticError, ValueError):  # where arrays have inf or NaN
        return None
