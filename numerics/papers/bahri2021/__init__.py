"""Bahri, Dyer, Kaplan, Lee, Sharma, "Explaining neural scaling laws" (arXiv:2102.06701): its four regimes on data that ship.

Its appendix and data sets are not at hand, and no exponent of a data set is printed as published.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial

from numerics.check.verdict import Rule
from numerics.papers.bahri2021 import classes, duality, interpolation, manifolds, nets, resolution, variance, width
from numerics.papers.bahri2021.plan import Plan
from numerics.papers.bahri2021.report import report
from numerics.papers.parts import make
from numerics.papers.reproduction import Reproduction

FULL = Plan(
    "full", 0, trials=8, many=160, pool=2000, largest=1000, dims=(2, 3, 4, 5), rule=Rule(resolution=0.1, entry_resolution=0.3)
)
QUICK = Plan(
    "quick", 0, trials=4, many=64, pool=1000, largest=500, dims=(2, 4), rule=Rule(resolution=0.3, entry_resolution=0.6)
)
ROOMS = (variance, width, resolution, duality, interpolation, manifolds, classes, nets)
PIECES = tuple(piece for room in ROOMS for piece in room.PIECES)


def reproduce(
    quick: bool, seed: int, executor: Executor | None = None, progress: Callable[[float, float], None] | None = None
) -> Reproduction:
    """Make the paper's experiments and the report on them; see `numerics.papers.reproduce`."""
    plan = replace(QUICK if quick else FULL, seed=seed)
    return report(plan, make([partial(piece, plan) for piece in PIECES], executor, progress))
