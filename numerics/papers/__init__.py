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
    "bordelon2024": "numerics.papers.bordelon2024",
    "levi2023": "numerics.papers.levi2023",
    "jin2024": "numerics.papers.jin2024",
    "atanasov2024": "numerics.papers.atanasov2024",
    "bahri2021": "numerics.papers.bahri2021",
}


def reproduce(
    paper: str, *, quick: bool = False, seed: int = 0, executor: Executor | None = None,
    progress: Callable[[float, float], None] | None = None, control: float = 1.0,
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
    control : float
        What every value of the theory is multiplied by before it is held against simulation: a report that cannot fail proves
        nothing, so that with 1.05, say, it must end in "disagree".

    Raises
    ------
    ValueError
        If there is no such paper, the seed is not an integer ≥ 0, or the control is not a number above 0.
    """
    if isinstance(control, bool) or not isinstance(control, int | float) or not 0 < control < float("inf"):
        raise BadArgument("control", control, "a number above 0", "write for example 1.05")
    if paper not in PAPERS:
        raise BadArgument("paper", paper, f"one of {', '.join(PAPERS)}", "name a paper whose experiment is there")
    made: Reproduction = importlib.import_module(PAPERS[paper]).reproduce(quick, seed, executor, progress)
    return made if control == 1 else made.controlled(control)
