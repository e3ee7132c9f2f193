"""The critical batch: as many samples a step as the best step bears.

At fixed data and γ/B no leading term of the risk depends on the batch, until the step that goes with it meets the border of
stability γ_max(B). So the best step at B = 1 decides how far steps may be merged; beyond, a larger batch teaches less.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from theory.dynamics.sgd.modes import Modes
from theory.dynamics.sgd.stability import max_step

LEAST, PLACES = 1e-6, 13  # steps that are tried first, over the largest
CLOSE = 1e-3  # of the best step's logarithm


@dataclass(frozen=True)
class CriticalBatch:
    """How far steps may be merged.

    Attributes
    ----------
    batch : float
        B_crit ≥ 1: 1 where the best step of single samples is at the border of stability already.
    step : float
        The best step at B = 1; that of a batch below B_crit is B times as large.
    test : float
        The test risk there, σ² included.
    """

    batch: float
    step: float
    test: float


def critical_batch(risk: Callable[[Any], Any], modes: Modes, largest: float) -> CriticalBatch:
    """Return the critical batch from the risk as a function of the step at B = 1.

    Parameters
    ----------
    risk : callable
        From an array of steps to the excess risk.
    modes : Modes
        Of the features.
    largest : float
        The largest factor of the schedule.
    """
    edge = max_step(modes, 1) / largest
    steps = edge * np.geomspace(LEAST, 1.0 - CLOSE, PLACES)
    place = int(np.argmin(risk(steps)))
    around = math.log(steps[max(place - 1, 0)]), math.log(steps[min(place + 1, PLACES - 1)])
    found = minimize_scalar(lambda x: float(risk(np.array([math.exp(x)]))[0]), bounds=around, method="bounded",
                            options={"xatol": CLOSE})  # fmt: skip
    best = math.exp(found.x)

    def room(log_batch: float) -> float:
        """Return the logarithm of the distance to the border of stability."""
        return math.log(max_step(modes, math.exp(log_batch)) / largest / best) - log_batch

    top = 1.0 + math.log(max_step(modes, 10**15) / largest / best)
    batch = math.exp(brentq(room, 0.0, max(top, 1.0), xtol=1e-12)) if room(0.0) > 2 * CLOSE else 1.0
    return CriticalBatch(batch, best, float(found.fun))
