"""The fixed point of a block point by point, in loops that Numba compiles: the steps of `arithmetic`, each beside its sum.

Where NumPy takes one step for all points, these loops finish a point and start the next one from it, and a last step is of
third order. They know what a population's `summed` offers, and positive exponents; every other block is NumPy's, and so is
every point that they do not settle.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from theory.compiled import Loop, elementwise
from theory.solve.kappa.arithmetic import (
    QUADRATIC,
    SMALLEST,
    balance_start,
    balance_step,
    bent,
    continued,
    ends,
    log_width,
    lone,
    narrowed,
    paired,
    settled,
    sharpened,
    stepped,
)
from theory.solve.kappa.monomial_sizes import NEAR, MonomialSizes
from theory.spectra.base import Array
from theory.spectra.sums.nodes import node_sums
from theory.spectra.sums.octaves import octave_sums
from theory.spectra.sums.power_sums import law_sums

LIMIT = 100
CUBIC = 2e-6  # a step of third order this small leaves an error of its cube
LONE, PAIRED, MANY = 0, 1, 2


@elementwise
def _balanced(kind: int, powers: Any, sizes: Any, gaps: Any, floor: float, ridge: float, kappa: float, start: float) -> float:
    """Return x at one point, `start` being a first guess or 0."""
    if kind == LONE:
        return lone(floor, ridge, kappa)
    if kind == PAIRED:
        return paired(powers, sizes, gaps, floor, ridge, kappa)
    x = start if start > SMALLEST * floor else balance_start(powers, floor, ridge, kappa)
    for _ in range(LIMIT):
        if not x > 0.0:
            return x
        x, last = balance_step(x, powers, sizes, gaps, np.inf, floor, ridge, kappa)
        if last:
            return x
    return np.nan


@elementwise
def _extrapolated(x: float, power: float, change: float) -> float:
    """Return a first guess of x where λ/κ has changed by a factor, not by much; else 0."""
    return x * change**power if np.abs(change - 1.0) < NEAR and x > 0.0 else 0.0


@elementwise
def _sizes_at(
    kind: int, powers: Any, sizes: Any, gaps: Any, floor: float, ridge: float, kappa: float, start: float
) -> tuple[float, float, float]:
    """Return x, −dx/dlnκ and d²x/dlnκ² with its sign changed."""
    x = _balanced(kind, powers, sizes, gaps, floor, ridge, kappa, start)
    if kind == LONE:
        return x, x, -x
    if not x > 0.0:
        return x, x, 0.0
    conditioned, slope = bent(powers, gaps, x)
    dx = x / conditioned
    return x, dx, -dx / conditioned * (1.0 - slope / conditioned)


@elementwise
def _points(
    sums: Any, of: Any, kind: int, powers: Any, sizes: Any, gaps: Any, given: Any, guess: Any, row: Any, state: Any
) -> None:
    """Fill `state`: rows κ, base, offset, slack, fall, −dx/dlnκ and whether it was found, from rows λ, n_min, and `ends`."""
    m, n, g = row
    seen = dof = fall = curvature = x = dx = floor = last_ridge = 0.0
    for p in range(guess.size):
        ridge, before, floor, upper, rank, smallest = given[0, p], floor, given[1, p], given[2, p], given[3, p], given[4, p]
        for j in range(len(powers)):
            m[j], n[j], g[j] = powers[j, p], sizes[j, p], gaps[j, p]
        low, high, middle = ends(ridge, floor, upper, rank, smallest)
        kappa = middle if np.isnan(guess[p]) else guess[p]
        x = _extrapolated(floor * (x / before), dx / x, ridge / last_ridge) if kind == MANY and p > 0 else 0.0
        if p and np.isnan(guess[p]) and low <= seen <= high:  # from the point before: what is known there costs no sum
            x, dx, curved = _sizes_at(kind, m, n, g, floor, ridge, seen, x)
            size, _, _, _ = stepped(seen, floor, x, dx, dof, 0.0, fall, 0.0)
            size = sharpened(size, fall + dx, curvature + curved)
            if np.abs(size) < 0.5:
                kappa = seen * np.sqrt((1.0 + size) / (1.0 - size))
        kappa = min(max(kappa, low), high)
        x = _extrapolated(x, dx / x, seen / kappa) if kind == MANY and p > 0 else 0.0
        last, width, found, moved = np.inf, log_width(low, high), False, kappa
        base = surplus = step = 0.0
        for _ in range(LIMIT):
            x, dx, curved = _sizes_at(kind, m, n, g, floor, ridge, kappa, x)
            base = floor if 2.0 * x < floor else 0.0
            surplus, fall, curvature = sums(of, kappa, base)
            size, _, below, above = stepped(kappa, floor, x, dx, base, surplus, fall, 0.0)
            if np.isnan(size):
                break
            seen = kappa
            low, high, moved, found = narrowed(kappa, size, low, high, below, above, QUADRATIC)
            if found:
                break
            if np.abs(size) < CUBIC:
                step = sharpened(size, fall + dx, curvature + curved)
                moved, found = min(max(kappa * (1.0 + step + 0.5 * step * step), low), high), True
                break
            kappa, last, width = continued(kappa, size, low, high, last, width)
            if kind == MANY:
                x = _extrapolated(x, dx / x, seen / kappa)
        step = (moved - seen) / seen
        step = step - 0.5 * step * step
        offset = surplus - (fall + 0.5 * curvature * step) * step
        fall = fall + curvature * step
        seen, dof = moved, base + offset
        x, dx, _ = _sizes_at(kind, m, n, g, floor, ridge, moved, x - dx * step)
        offset, slack = settled(floor, base, offset, x, x / dx if x > 0.0 else 1.0)
        last_ridge = ridge
        state[0, p], state[1, p], state[2, p], state[3, p] = moved, base, offset, slack
        state[4, p], state[5, p], state[6, p] = fall, dx, 1.0 if found and np.isfinite(moved + slack) else 0.0


@Loop
def _over_nodes(of: Any, kind: int, powers: Any, sizes: Any, gaps: Any, given: Any, guess: Any, row: Any, state: Any) -> None:
    _points(node_sums, of, kind, powers, sizes, gaps, given, guess, row, state)


@Loop
def _over_law(of: Any, kind: int, powers: Any, sizes: Any, gaps: Any, given: Any, guess: Any, row: Any, state: Any) -> None:
    _points(law_sums, of, kind, powers, sizes, gaps, given, guess, row, state)


@Loop
def _over_octaves(of: Any, kind: int, powers: Any, sizes: Any, gaps: Any, given: Any, guess: Any, row: Any, state: Any) -> None:
    _points(octave_sums, of, kind, powers, sizes, gaps, given, guess, row, state)


@elementwise
def _excess(sums: Any, of: Any, kappa: Any, n: Any, found: Any) -> None:
    for p in range(kappa.size):
        found[0, p], found[1, p], _ = sums(of, kappa[p], n[p])


@Loop
def _excess_of_nodes(of: Any, kappa: Any, n: Any, found: Any) -> None:
    _excess(node_sums, of, kappa, n, found)


@Loop
def _excess_of_law(of: Any, kappa: Any, n: Any, found: Any) -> None:
    _excess(law_sums, of, kappa, n, found)


LOOPS = {node_sums: _over_nodes, law_sums: _over_law, octave_sums: _over_octaves}
SUMS = {node_sums: _excess_of_nodes, law_sums: _excess_of_law}


def excess(summed: tuple[Any, Any], kappa: Array, n: Array) -> tuple[Array, Array]:
    """Return d(κ) − n and −dd/dlnκ, as `Spectrum.excess`, of what `Spectrum.summed` offers and `SUMS` has."""
    found = np.empty((2, kappa.size))
    SUMS[summed[0]](summed[1], kappa, n, found)
    return found[0], found[1]


def settle(summed: tuple[Any, Any], sizes: MonomialSizes, which: Any, given: Array, guess: Array) -> Array:
    """Return κ, base, offset, slack, −dd/dlnκ, −dx/dlnκ and 1 where they were found (else 0), shape (7, n).

    Parameters
    ----------
    summed : (callable, columns)
        `Spectrum.summed`.
    sizes : MonomialSizes
        Of positive exponents.
    which : ndarray of int
        Which of their points.
    given : ndarray, shape (5, n)
        λ, n_min, an upper bound of κ, the rank and the smallest eigenvalue.
    guess : ndarray, shape (n,)
        First guesses of κ; NaN where there is none.
    """
    lonely = len(sizes.powers) == 1 and sizes.plain
    kind = LONE if lonely else PAIRED if len(sizes.powers) == 2 and sizes.plain else MANY
    columns = (np.ascontiguousarray(column[:, which]) for column in (sizes.powers, sizes.sizes, sizes.gaps))
    state, row = np.empty((7, guess.size)), tuple(np.empty((3, len(sizes.powers))))
    LOOPS[summed[0]](summed[1], kind, *columns, given, guess, row, state)
    return state
