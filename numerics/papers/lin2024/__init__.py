"""Lin, Wu, Kakade, Bartlett, Lee, "Scaling laws in linear regression" (arXiv:2406.08466), its figures and theorems made again.

The plans: how large and how many. Figure 1 is simulated, with λ_k = k^-a, at M = 8 … 200 and N = 100 … 10 000; Figures 1 to 4
as printed, with tr H = 1, are evaluated on the same sizes in either plan.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np

from numerics.check.verdict import Rule
from numerics.papers.claims import Claim
from numerics.papers.lin2024.experiment import CAPACITIES, Plan, measure
from numerics.papers.lin2024.phases import phases
from numerics.papers.lin2024.printed import FIGURES, Remade, claims, remake
from numerics.papers.lin2024.report import report
from numerics.papers.lin2024.theorems import theorems
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

    cases = tuple(measure(plan, place, executor, tick) for place in range(len(CAPACITIES)))
    return report(plan, cases, *published())


def published() -> tuple[tuple[Remade, ...], tuple[Claim, ...]]:
    """Return the figures as printed, evaluated on the sizes of the full plan, and what became of all claims."""
    remade = tuple(remake(printed, FULL.widths, FULL.n_samples) for printed in FIGURES)
    return remade, (*claims(remade), *theorems(), *phases())
