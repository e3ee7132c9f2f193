"""Lin, Wu, Kakade, Bartlett, Lee, "Scaling laws in linear regression" (arXiv:2406.08466), Figure 1 made again.

The plans: how large and how many. The figure's own are M = 8 … 200 and N = 100 … 10 000, a thousand runs a point.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np

from numerics.check.verdict import Rule
from numerics.papers.lin2024.experiment import CAPACITIES, Plan, measure
from numerics.papers.lin2024.report import report
from numerics.papers.reproduction import Reproduction


def _log_spaced(first: float, last: float, points: int) -> tuple[int, ...]:
    return tuple(int(value) for value in np.round(np.geomspace(first, last, points)))


FULL = Plan("full", 0, (8, 16, 32, 64, 128, 200), _log_spaced(1e2, 1e4, 9), sketches=40, trials=25, resamples=400,
            rule=Rule(resolution=0.05, entry_resolution=0.2))  # fmt: skip
QUICK = Plan("quick", 0, (8, 16, 32, 64), _log_spaced(1e2, 1e3, 5), sketches=20, trials=25, resamples=100,
             rule=Rule(resolution=0.2, entry_resolution=0.5))  # fmt: skip


def reproduce(
    quick: bool, seed: int, executor: Executor | None = None, progress: Callable[[float, float], None] | None = None
) -> Reproduction:
    """Make the figure's experiment and the report of it; see `numerics.papers.reproduce`."""
    plan, done = replace(QUICK if quick else FULL, seed=seed), 0.0

    def tick(steps: float) -> None:
        nonlocal done
        done += steps
        if progress is not None:
            progress(done, float(len(CAPACITIES) * len(plan.widths) * sum(plan.n_samples)))

    return report(plan, tuple(measure(plan, place, executor, tick) for place in range(len(CAPACITIES))))
