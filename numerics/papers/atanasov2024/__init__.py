"""Atanasov, Zavatone-Veth, Pehlevan, "Scaling and renormalization in high-dimensional regression" (arXiv:2405.00592).

With its sequel on correlated samples (arXiv:2408.04607). Of both, settings, formulas and exponents are known from the
public code.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial

from numerics.check.verdict import Rule
from numerics.papers.atanasov2024.claims import gaps, gcv, slips, values
from numerics.papers.atanasov2024.experiment import PARTS, Bench, Plan
from numerics.papers.atanasov2024.exponents import phases, rays, structured
from numerics.papers.atanasov2024.report import report
from numerics.papers.parts import make
from numerics.papers.reproduction import Reproduction

FULL = Plan("full", 0, shrink=1, modes=200, trials=60, count=8, line=150, draws=1000, slopes=13,
            rule=Rule(resolution=0.03, entry_resolution=0.3))  # fmt: skip
QUICK = Plan("quick", 0, shrink=2, modes=64, trials=24, count=5, line=50, draws=200, slopes=5,
             rule=Rule(resolution=0.1, entry_resolution=0.4))  # fmt: skip


def reproduce(
    quick: bool, seed: int, executor: Executor | None = None, progress: Callable[[float, float], None] | None = None
) -> Reproduction:
    """Make the papers' experiments and the report on them; see `numerics.papers.reproduce`."""
    plan = replace(QUICK if quick else FULL, seed=seed)
    bench = Bench(plan)
    found = make(
        [*(getattr(bench, name) for name in PARTS), partial(rays, plan.slopes), values, partial(gaps, bench),
         partial(phases, seed), partial(structured, seed), partial(gcv, plan.draws, seed), slips],
        executor, progress,
    )  # fmt: skip
    drawn = len(PARTS) + 1
    return report(plan, found[:drawn], [claim for claims in found[drawn:] for claim in claims])
