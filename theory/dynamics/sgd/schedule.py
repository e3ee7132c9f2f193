"""Step-size schedules of one pass over the data: phases of constant step.

T = ⌊N/B⌋ steps. Geometric decay halves the step at each edge ⌈ℓ T_eff⌉ with T_eff = T/max(1, log_base T), whatever the base
(arXiv:2406.08466; the base of its logarithm is a parameter, 2 by default).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from theory.errors import BadArgument, one_real, whole_number

GEOMETRIC, CONSTANT = "geometric", "constant"
LONGEST = 1e100  # steps, so that their squares are doubles


@dataclass(frozen=True)
class Phase:
    """Steps at one step size.

    Attributes
    ----------
    steps : int
        How many.
    factor : float
        The step size over that of the first phase.
    """

    steps: int
    factor: float


def n_steps(n_samples: float, batch: int) -> int:
    """Return T = ⌊N/B⌋.

    Raises
    ------
    ValueError
        If N is not a finite number ≥ B, or more than 10^100 steps.
    """
    admissible, remedy = f"a finite number ≥ the batch size {batch}", "one step takes a whole batch"
    number = one_real("n_samples", n_samples, admissible, remedy)
    if not batch <= number < math.inf:
        raise BadArgument("n_samples", n_samples, admissible, remedy)
    steps = math.floor(number / batch)
    if steps > LONGEST:
        raise BadArgument("n_samples", n_samples, f"at most {LONGEST:g} batches", "that pass would not end")
    return steps


def effective_steps(steps: int, schedule: Any, log_base: float) -> float:
    """Return T_eff: T/max(1, log_base T) for geometric decay, else the sum of the steps' factors."""
    if isinstance(schedule, str):
        return steps / max(1.0, math.log(steps, log_base)) if schedule == GEOMETRIC else float(steps)
    return sum(phase.steps * phase.factor for phase in phases(steps, schedule, log_base))


def phases(steps: int, schedule: Any, log_base: float) -> list[Phase]:
    """Return the phases of T steps.

    Parameters
    ----------
    steps : int
        T.
    schedule : "geometric", "constant" or sequence of (steps, factor)
        The steps of a sequence must add up to T.
    log_base : float
        Base of the logarithm in the length T/log T of the geometric phases.

    Raises
    ------
    ValueError
        If the steps of a given sequence do not add up to T.
    """
    if schedule == CONSTANT:
        return [Phase(steps, 1.0)]
    if schedule == GEOMETRIC:
        length = effective_steps(steps, schedule, log_base)
        count = math.ceil(steps / length - 1e-9)
        edges = [min(steps, math.ceil(level * length - 1e-9)) for level in range(count + 1)]
        edges[-1] = steps
        made = [Phase(last - first, 0.5**level) for level, (first, last) in enumerate(pairwise(edges))]
        return [phase for phase in made if phase.steps]
    made = [Phase(int(count), float(factor)) for count, factor in schedule]
    total = sum(phase.steps for phase in made)
    if total != steps:
        raise BadArgument(
            "schedule", schedule, f"phases of {steps} steps together (n_samples // batch), not {total}", "change a phase"
        )
    return made


def check_schedule(schedule: Any) -> Any:
    """Return a schedule if it is one: a name, or pairs (steps, factor) with steps ≥ 1 and factor > 0.

    Raises
    ------
    ValueError
        Otherwise.
    """
    if isinstance(schedule, str):
        if schedule not in (GEOMETRIC, CONSTANT):
            raise BadArgument("schedule", schedule, '"geometric", "constant" or pairs (steps, factor)', "choose one")
        return schedule
    remedy = "give for example [(1000, 1.0), (500, 0.1)]"
    if not isinstance(schedule, Sequence) or not schedule:
        raise BadArgument("schedule", schedule, '"geometric", "constant" or pairs (steps, factor)', remedy)
    for pair in schedule:
        if not isinstance(pair, Sequence) or isinstance(pair, str | bytes) or len(pair) != 2:
            raise BadArgument("schedule", schedule, "pairs (steps, factor)", remedy)
        if not 0 < one_real("schedule", pair[1], "pairs of steps and a factor > 0", remedy) < math.inf:
            raise BadArgument("schedule", schedule, "pairs of a whole number of steps ≥ 1 and a factor > 0", remedy)
    longest = int(LONGEST)
    return tuple((whole_number("schedule", count, 1, longest, remedy), float(factor)) for count, factor in schedule)
