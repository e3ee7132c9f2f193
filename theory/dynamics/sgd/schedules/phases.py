"""Phases of constant step: what a schedule is over T = ⌊N/B⌋ steps, step by step or over cells that grow from both ends.

The edges of n cells are z = 1/(1 + e^-x), x evenly spaced between ±ln T, and all edges of the pieces. A cell has the mean
factor of its steps: that leaves an error of second order in 1/n (`theory.dynamics.sgd.schedules.refined`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from theory.dynamics.sgd.schedules.given import LONGEST, declared
from theory.dynamics.sgd.schedules.pieces import Array, Piece
from theory.dynamics.sgd.schedules.schedule import Geometric, Schedule
from theory.errors import BadArgument, one_real

EXACT = 2**53  # whole numbers that are doubles


@dataclass(frozen=True)
class Phase:
    """Steps at one step size.

    Attributes
    ----------
    steps : int
        How many.
    factor : float
        The step size over γ.
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


def effective_steps(steps: int, schedule: Any, log_base: float = 2) -> float:
    """Return T_eff: T/max(1, log_base T) for geometric decay, else the sum of the steps' factors."""
    found = declared(schedule, log_base)
    if isinstance(found, Geometric):
        return found.effective(steps)
    return math.fsum(phase.steps * phase.factor for phase in cut(found, steps, 256))


def phases(steps: int, schedule: Any, log_base: float = 2) -> list[Phase]:
    """Return the phases of T steps, exactly: a step each where the factor changes all the time.

    Parameters
    ----------
    steps : int
        T.
    schedule : Schedule, "geometric", "constant", callable, sympy.Expr, or sequence of (steps, factor)
        The steps of a sequence must add up to T.
    log_base : float
        Base of the logarithm in the length T/log T of the geometric phases.

    Raises
    ------
    ValueError
        For no schedule, or if the steps of a given sequence do not add up to T.
    """
    return cut(declared(schedule, log_base), steps)


def cut(schedule: Schedule, steps: int, cells: int | None = None) -> list[Phase]:
    """Return phases, each with the mean factor of its steps.

    Parameters
    ----------
    schedule : Schedule
        What is cut.
    steps : int
        T.
    cells : int, optional
        About how many, where the factor is not constant; left out, or beyond T: a step each.
    """
    pieces = schedule.pieces(steps)
    ends = [Fraction(0), *accumulate(piece.share for piece in pieces)]
    found: list[tuple[int, float]] = []
    for piece, (start, end) in zip(pieces, pairwise(ends), strict=True):
        first, last = math.ceil(start * steps), math.floor(end * steps)
        if first > start * steps and (not found or found[-1][0] < first):
            found.append((first, _straddling(pieces, ends, first - 1, steps)))
        if first < last:
            edges = [first, last] if piece.constant else [first, *_inner(first, last, steps, cells), last]
            done, left = _places(edges, start, piece.share, steps), _places(edges, end, -piece.share, steps)
            found += list(zip(edges[1:], piece.means(done, left), strict=True))
    edges = [0, *(edge for edge, _ in found)]
    return [Phase(last - first, float(mean)) for (first, last), (_, mean) in zip(pairwise(edges), found, strict=True)]


def _inner(first: int, last: int, steps: int, cells: int | None) -> list[int]:
    """Return the edges between two."""
    if cells is None or steps <= cells:
        return list(range(first + 1, last))
    place = math.log(steps) * (2.0 * np.arange(1, cells) / cells - 1.0)
    share = 1.0 / (1.0 + np.exp(np.abs(place)))
    near = [round(steps * Fraction(float(s))) for s in share]
    edges = {steps - t if x > 0 else t for t, x in zip(near, place, strict=True)}
    return sorted(edge for edge in edges if first < edge < last)


def _places(edges: list[int], origin: Fraction, share: Fraction, steps: int) -> Array:
    """Return (t/T − origin)/share."""
    zero, length = origin * steps, share * steps
    if steps < EXACT:
        return (np.array(edges, dtype=np.float64) - float(zero)) / float(length)
    return np.array([float((edge - zero) / length) for edge in edges])


def _straddling(pieces: tuple[Piece, ...], ends: list[Fraction], step: int, steps: int) -> float:
    """Return the mean over one step that belongs to several pieces."""
    low, high, total = Fraction(step, steps), Fraction(step + 1, steps), 0.0
    for piece, (start, end) in zip(pieces, pairwise(ends), strict=True):
        a, b = max(low, start), min(high, end)
        if a < b:
            done = np.array([float((x - start) / piece.share) for x in (a, b)])
            left = np.array([float((end - x) / piece.share) for x in (a, b)])
            total += float((b - a) * steps) * float(piece.means(done, left)[0])
    return total
