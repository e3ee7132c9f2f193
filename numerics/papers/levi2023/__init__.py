"""Levi, Oz, "The underlying scaling laws and universal statistical structure of complex datasets" (arXiv:2306.14975).

Its observations on data that ship with packages; its own data sets (FMNIST, CIFAR, tiny-ImageNet) and values are not at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial

from numerics.check.verdict import Rule
from numerics.papers.levi2023.claims import OBSERVATIONS
from numerics.papers.levi2023.experiment import PARTS, Bench, Plan
from numerics.papers.levi2023.report import report
from numerics.papers.parts import make
from numerics.papers.reproduction import Reproduction

FULL = Plan("full", 0, draws=60, subsets=24, dims=400, capacities=15, rule=Rule(resolution=0.03, entry_resolution=0.1))
QUICK = Plan("quick", 0, draws=20, subsets=8, dims=300, capacities=4, rule=Rule(resolution=0.1, entry_resolution=0.3))


def reproduce(
    quick: bool, seed: int, executor: Executor | None = None, progress: Callable[[float, float], None] | None = None
) -> Reproduction:
    """Make the figures' experiments and the report on them; see `numerics.papers.reproduce`."""
    plan = replace(QUICK if quick else FULL, seed=seed)
    pieces = [*(getattr(Bench(plan), name) for name in PARTS), *(partial(observe, Bench(plan)) for observe in OBSERVATIONS)]
    found = make(pieces, executor, progress)
    parts, claims = found[: len(PARTS)], [claim for some in found[len(PARTS) :] for claim in some]
    return report(plan, parts, claims)
