"""Bordelon, Atanasov, Pehlevan, "A dynamical model of neural scaling laws" (arXiv:2402.01092), its figures made again.

The plans: how large and how many. Figure 2's own sizes are P = 1000, N = 32 … 2048.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial

from numerics.check.verdict import Rule
from numerics.montecarlo.spread import mapped
from numerics.papers.bordelon2024.claims import allocations, bottlenecks, compute_optimal, guides
from numerics.papers.bordelon2024.experiment import PARTS, Bench, Plan
from numerics.papers.bordelon2024.figures import optimum
from numerics.papers.bordelon2024.report import report
from numerics.papers.bordelon2024.shapes import shape
from numerics.papers.reproduction import Reproduction

FULL = Plan("full", 0, shrink=1, modes=800, trials=30, budgets=11, lengths=(600.0, 800.0, 1000.0, 1500.0, math.inf),
            rule=Rule(resolution=0.1, entry_resolution=0.3))  # fmt: skip
QUICK = Plan("quick", 0, shrink=4, modes=400, trials=20, budgets=6, lengths=(800.0, 1000.0),
             rule=Rule(resolution=0.2, entry_resolution=0.5))  # fmt: skip


def reproduce(
    quick: bool, seed: int, executor: Executor | None = None, progress: Callable[[float, float], None] | None = None
) -> Reproduction:
    """Make the figures' experiments and the report on them; see `numerics.papers.reproduce`."""
    plan = replace(QUICK if quick else FULL, seed=seed)
    bench, parts, total = Bench(plan, executor), [], float(len(PARTS) + 2)

    def tick(done: int) -> None:
        if progress is not None:
            progress(float(done), total)

    for done, name in enumerate(PARTS, 1):
        parts.append(getattr(bench, name)())
        tick(done)
    run = partial(mapped, executor=executor)
    found = allocations(plan.budgets, run)
    tick(len(PARTS) + 1)
    shapes, rows = shape(plan.lengths, run)
    claims = [*bottlenecks(), *compute_optimal(found), *shapes, *guides()]
    parts.insert(2, optimum(found))
    tick(len(PARTS) + 2)
    return report(plan, parts, claims, rows, found)
