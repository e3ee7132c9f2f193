"""Jin, Balasubramanian, Paul, "Meta-learning with generalized ridge regression" (arXiv:2403.19720): its limits made again.

Of its experiments the prior is known (Ω tridiagonal, Σ = I, σ² = 1) and three limiting risks; its figures and its real data are
not at hand, and other real tasks are tried.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial

from numerics.check.verdict import Rule
from numerics.papers.jin2024.claims import claims
from numerics.papers.jin2024.experiment import PARTS, Bench, Plan
from numerics.papers.jin2024.report import report
from numerics.papers.parts import make
from numerics.papers.reproduction import Reproduction

FULL = Plan("full", 0, dims=(32, 64, 128), tasks=2000, n_tasks=(100, 200, 500, 1000, 2000, 5000), trials=6,
            patches=500, splits=2, rule=Rule(resolution=0.03, entry_resolution=0.1))  # fmt: skip
QUICK = Plan("quick", 0, dims=(16, 32, 64), tasks=1000, n_tasks=(100, 300, 1000), trials=3,
             patches=200, splits=1, rule=Rule(resolution=0.1, entry_resolution=0.3))  # fmt: skip


def reproduce(
    quick: bool, seed: int, executor: Executor | None = None, progress: Callable[[float, float], None] | None = None
) -> Reproduction:
    """Make the paper's experiments and the report on them; see `numerics.papers.reproduce`."""
    plan = replace(QUICK if quick else FULL, seed=seed)
    bench = Bench(plan)
    pieces = [*(getattr(bench, name) for name in PARTS), bench.real, partial(claims, bench)]
    *parts, real, found = make(pieces, executor, progress)
    return report(plan, parts, found, real)
