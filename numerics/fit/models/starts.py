"""Searches over forms whose values are dear: derivatives by differences, and where to begin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from numerics.fit.forms import Columns, Form
from numerics.fit.projection import Problem
from numerics.fit.table import Array, Runs

STEP = 1e-4  # of parameters of order one
FEW = 12  # runs that decide where a search begins


@dataclass(frozen=True, eq=False)
class Differences:
    """Values, shape (n_runs, n_columns), and their derivatives by each parameter, by forward differences."""

    values: Callable[[Array, Array, Array], Array]

    def __call__(self, theta: Array, n: Array, d: Array) -> Columns:
        """Return both at parameters θ."""
        here = self.values(theta, n, d)
        moved = [self.values(theta + STEP * unit, n, d) for unit in np.eye(len(theta))]
        return here, np.stack([(one - here) / STEP for one in moved], axis=-1)


def best_starts(form: Form, runs: Runs, grid: Sequence[Array]) -> tuple[tuple[float, ...], ...]:
    """Return the place of several where the form misses some runs of a table least."""
    problem = Problem(form, _few(runs), 0.0)
    missed = [float(np.sum(problem.project(theta, slopes=False)[0] ** 2)) for theta in grid]
    return (tuple(map(float, grid[int(np.argmin(missed))])),)


def _few(runs: Runs) -> Runs:
    """Return a dozen runs spread over sizes and data: largest, smallest, and between."""
    if len(runs) <= FEW:
        return runs
    order = np.lexsort((runs.data, runs.sizes))
    which = np.zeros(len(runs), dtype=bool)
    which[order[np.round(np.linspace(0, len(runs) - 1, FEW)).astype(int)]] = True
    return runs.take(which)
