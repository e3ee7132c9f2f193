"""The first correction at finite sizes in double precision: the fixed point, its traces to the order needed, and jets on them.

Below a least ridge, far below everything else, it is evaluated at that: all is analytic there, and what is left out is beyond
the digits of a double.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.chain.finite_size import DOF_ORDERS, LAW_ORDERS, LOSS_ORDERS, Corrections, LawSums, Solved, corrections
from theory.chain.places import Slots
from theory.solve.arguments import Arguments
from theory.solve.evaluate import ridge_scale
from theory.solve.kappa.fixed_point import FixedPoint
from theory.solve.kappa.shaped import by_size
from theory.solve.kappa.state import Solution
from theory.spectra.base import Array, Spectrum

DEEP = 1e-30  # of the least ridge, over everything else


def first_corrections(
    slots: Slots, task: Spectrum, arguments: Arguments, kappa: Array, half: float, kurtosis: float
) -> Iterator[tuple[NDArray[np.intp], Corrections]]:
    """Yield points and their corrections.

    Parameters
    ----------
    slots : Slots
        The layers, innermost first.
    task : Spectrum
        The population.
    arguments : Arguments
        Flat, of doubles.
    kappa : ndarray, shape (n_points,)
        κ, which sets the scale of ridges.
    half, kurtosis : float
        As `theory.chain.finite_size.corrections` takes them.
    """
    ridge = np.maximum(arguments.ridge, DEEP * ridge_scale(slots, task, arguments.parameters, kappa))
    problem = FixedPoint(task, slots.layers, arguments.parameters, ridge)
    for chunk in problem.chunks():
        solution = problem.solve(chunk)
        for rows in _alike(slots, arguments.take(chunk).parameters):
            points = chunk[rows]
            at = _solved(slots, task, arguments.take(points).parameters, solution, rows)
            with np.errstate(all="ignore"):
                yield points, corrections(slots, at, arguments.noise[points], half, kurtosis)


def _alike(slots: Slots, parameters: Sequence[Array]) -> list[NDArray[np.intp]]:
    """Return the points at which the same laws are seen: infinitely many eigenvalues of an infinite sum are not."""
    kind = np.zeros(parameters[0].size, np.intp)
    for slot, sizes in zip(slots, parameters, strict=True):
        law = slot.layer.law
        kind = 2 * kind + (0 if law is None else np.isfinite(sizes) | law.summable)
    return [np.flatnonzero(kind == each) for each in np.unique(kind)]


def _solved(slots: Slots, task: Spectrum, parameters: Sequence[Array], solution: Solution, rows: NDArray[np.intp]) -> Solved:
    kappa = solution.kappa[rows]
    laws = {}
    for place, (slot, sizes, chi) in enumerate(zip(slots, parameters, solution.chi, strict=True)):
        if slot.layer.law is not None and chi is not None and np.isfinite(chi[rows]).all():
            laws[place] = _sums(slot.layer.law, sizes, chi[rows])
    return Solved(
        kappa, solution.vacancy[rows], float(task.size), task.moments(kappa, DOF_ORDERS), task.moments(kappa, LOSS_ORDERS),
        parameters, [(u[rows], t[rows]) for u, t in solution.pairs], laws,
    )  # fmt: skip


def _sums(law: Any, sizes: Array, chi: Array) -> LawSums:
    sums, total = np.empty((len(LAW_ORDERS), chi.size)), np.empty(chi.size)
    for where, _ in by_size(law, sizes):
        spectrum = law.positive(float(sizes[where[0]]))
        sums[:, where], total[where] = spectrum.moments(chi[where], LAW_ORDERS), spectrum.total_variance
    return LawSums(list(sums), chi, total)
