"""Published experiments made again: simulation, sharp theory and asymptotic exponents beside each other.

A paper is one module with a function `reproduce(quick, seed, executor, progress)` that returns a `Reproduction`, and one line
in `PAPERS`, under its key in `theory.conventions`. What is common, fits and the writing of the report, stands beside it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from concurrent.futures import Executor

from numerics.papers.reproduction import Reproduction
from theory.errors import BadArgument

__all__ = ["PAPERS", "Reproduction", "reproduce"]

PAPERS: dict[str, str] = {
    "lin2024": "numerics.papers.lin2024",
}


def reproduce(
    paper: str, *, quick: bool = False, seed: int = 0, executor: Executor | None = None,
    progress: Callable[[float, float], None] | None = None,
) -> Reproduction:  # fmt: skip
    """Make the experiment of a paper again.

    Parameters
    ----------
    paper : str
        One of `PAPERS`.
    quick : bool
        Smaller and coarser.
    seed : int
        Of all random draws.
    executor : concurrent.futures.Executor, optional
        No number depends on it.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    ValueError
        If there is no such paper, or the seed is not an integer ≥ 0.
    """
    if paper not in PAPERS:
        raise BadArgument("paper", paper, f"one of {', '.join(PAPERS)}", "name a paper whose experiment is there")
    made: Reproduction = importlib.import_module(PAPERS[paper]).reproduce(quick, seed, executor, progress)
    return made
