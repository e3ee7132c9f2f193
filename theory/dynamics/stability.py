"""Stability of one-pass SGD: Φ = (γ/B) Σ h/(2 − (1 + 1/B)γh) < 1 and (1 + 1/B) γ h_max < 2.

Beyond it the expected risk diverges, while typical runs may look fine for long: the mean is carried by rare ones.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from theory.dynamics.recursion import Modes


def stability(modes: Modes, step: float, batch: int) -> float:
    """Return Φ at a step, inf where (1 + 1/B) γ h_max ≥ 2."""
    rest = 2.0 - (1.0 + 1.0 / batch) * step * modes.eigenvalues
    if (rest <= 0).any():
        return float("inf")
    with np.errstate(over="ignore"):
        listed = (modes.counts * modes.eigenvalues / rest).sum()
    return float(step / batch * (listed + modes.tail_trace / 2.0))


def max_step(modes: Modes, batch: int) -> float:
    """Return γ_max, the largest step with Φ < 1 and (1 + 1/B) γ h_max < 2."""
    top = 2.0 / ((1.0 + 1.0 / batch) * float(modes.eigenvalues.max()))
    trace = float((modes.counts * modes.eigenvalues).sum()) + modes.tail_trace
    low, high = min(batch / trace, top * 0.5), top * (1.0 - 1e-15)
    while stability(modes, low, batch) > 1.0:
        low /= 2.0
    if stability(modes, high, batch) < 1.0:
        return top
    return float(brentq(lambda step: np.log(min(stability(modes, step, batch), 1e300)), low, high, xtol=1e-300, rtol=1e-14))
