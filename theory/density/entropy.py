"""The entropy −Σ p ln p of eigenvalues p = x/Σx, from d on the positive axis alone.

H = ∫₀^∞ [d(u Σx) − 1/(1+u)] du,    with u = s(κ)/Σx, κ = κ₀ + e^y and κ₀ = κ(0):  a trapezoid in y, nothing is solved.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from theory.density.levels import Levels
from theory.solve.kappa.fixed_point import solve
from theory.spectra.base import Array

STEP, BLOCK, BLOCKS = 0.25, 256, 12  # in y: the integrand is analytic up to |Im y| = π
HIGHEST = 38.0       # of y over ln Σx: what is beyond falls like e^-y
NEGLIGIBLE = 1e-19


def entropy(levels: Levels) -> float:
    """Return H, in nats.

    Parameters
    ----------
    levels : Levels
        The chain.
    """
    ridgeless = solve(levels.task, levels.layers, [np.array([value]) for value in levels.parameters], np.zeros(1))
    origin, total = float(ridgeless.kappa[0]), levels.total
    top = math.log(total) + HIGHEST
    found = 0.0
    for block in range(BLOCKS):
        part = _integrand(levels, origin, top - STEP * np.arange(block * BLOCK, (block + 1) * BLOCK), total)
        found += STEP * float(part.sum())
        if block and abs(part[-1]) < NEGLIGIBLE:
            break
    return found


def _integrand(levels: Levels, origin: float, y: Any, total: float) -> Array:
    rise = np.exp(y)
    outside = levels.walk(origin + rise)[-1]
    s, slope = outside.ridge.value, outside.ridge.delta
    found: Array = (outside.dof.value - total / (total + s)) * (slope / total) * rise
    return found
