"""Stability of one-pass SGD: the noise that all modes make of a unit of noise, Φ = Σ g/δ, is below 1, and every δ above 0.

Beyond it the expected risk diverges, while typical runs may look fine for long: the mean is carried by rare ones. Loss δ and
kick g are the derived ones of `theory.dynamics.sgd.moments`.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from scipy.optimize import brentq

from theory.dynamics.sgd.modes import Modes
from theory.dynamics.sgd.moments import coefficients


@functools.cache
def _derived() -> tuple[Any, Any]:
    """Return functions of (h, γ, B): δ and g/δ of a mode; g/(δ h) of a faint one and the step at which δ = 0."""
    one = coefficients()
    return one.compiled(one.loss, one.stationary), one.compiled(one.faint, one.edge)


def stability(modes: Modes, step: float, batch: float) -> float:
    """Return Φ at a step, inf where a mode grows by itself."""
    of_modes, limits = _derived()
    with np.errstate(over="ignore", divide="ignore"):
        loss, stationary = of_modes(modes.eigenvalues, step, batch)
        if (loss <= 0).any():
            return float("inf")
        faint, _ = limits(1.0, step, batch)
        return float(modes.counts @ stationary + modes.tail_trace * faint)


def max_step(modes: Modes, batch: float) -> float:
    """Return γ_max, the largest step with Φ < 1 and every δ > 0."""
    _, top = _derived()[1](float(modes.eigenvalues.max()), 1.0, batch)
    low, high = top * 0.5, top * (1.0 - 1e-15)
    while stability(modes, low, batch) > 1.0:
        low /= 2.0
    if stability(modes, high, batch) < 1.0:
        return float(top)
    return float(brentq(lambda step: np.log(min(stability(modes, step, batch), 1e300)), low, high, xtol=1e-300, rtol=1e-14))
