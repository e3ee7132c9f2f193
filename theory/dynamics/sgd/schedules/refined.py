"""Risks under a schedule that changes all the time: cut into n, 2n, 4n, … phases, and extrapolated (Richardson).

The logarithm of a risk at n phases is off by c/n² + …: (4 L(2n) − L(n))/3 is not, and its change from n to 2n bounds the rest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from theory.dynamics.sgd.scaled import Scaled
from theory.dynamics.sgd.schedules.phases import Phase, cut
from theory.dynamics.sgd.schedules.schedule import Schedule

FEWEST, MOST = 64, 4096  # phases
TOLERANCE = 1e-4  # of the change, relative to the risk
LEAST = 1e-5  # no less is claimed: edges at whole steps do not refine evenly


class Refined(NamedTuple):
    """Parts of the risk, and how much the last refinement changed them: 0 where the phases are the schedule itself."""

    parts: list[Scaled]
    error: float


def refined(schedule: Schedule, steps: int, run: Callable[[Sequence[Phase]], list[Scaled]]) -> Refined:
    """Return parts of the risk at the end of a pass.

    Parameters
    ----------
    schedule : Schedule
        Of the step size.
    steps : int
        T.
    run : callable
        From phases to the parts.
    """
    if steps <= 4 * FEWEST or all(piece.constant for piece in schedule.pieces(steps)):
        return Refined(run(cut(schedule, steps)), 0.0)
    cells, coarse, before = FEWEST, run(cut(schedule, steps, FEWEST)), None
    while True:
        cells *= 2
        fine = run(cut(schedule, steps, cells))
        if cells >= steps:
            return Refined(fine, 0.0)
        found = [part.times(math.exp(_change(part, other) / 3.0)) for part, other in zip(fine, coarse, strict=True)]
        if before is not None:
            error = max(abs(math.expm1(_change(part, other))) for part, other in zip(found, before, strict=True))
            if error <= TOLERANCE or cells >= MOST:
                return Refined(found, max(error, LEAST))
        coarse, before = fine, found


def _change(part: Scaled, other: Scaled) -> float:
    """Return the logarithm of a quotient, 0 for nothing."""
    logarithm = part.log_total
    return logarithm - other.log_total if math.isfinite(logarithm) else 0.0
