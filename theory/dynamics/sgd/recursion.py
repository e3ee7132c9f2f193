r"""One-pass SGD given the features: the exact recursion of second moments, any number of steps at O(modes).

A phase of K steps of `modes.OneStep` is diagonal plus rank one: with f(z) = Σ y/(z−d), G(z) = Σ g/(z−d), d = 1 − δ,

    y(K) = d^K y + g ∮ z^K R(z)/(z−d) dz/2πi,      R = (f + s²/(z−1))/(1 − G).

A contour is accurate relative to what its start can grow to, z₀^K with z₀ the rightmost pole: for a state z*, G(z*) = 1, for
what a drive adds to nothing max(1, z*). So the two are followed apart, and K is cut where a node would end far below what
adds up to it: all is positive, and no digits are lost, however far the risk decays or grows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from theory.dynamics.sgd.contour import LEAST, Contour
from theory.dynamics.sgd.modes import Array, Modes, OneStep, one_step
from theory.dynamics.sgd.scaled import LARGE, Scaled
from theory.dynamics.sgd.schedules.phases import Phase

CANCELLED = 3e4  # of the digits of a node: what may add up to it, over what it is
MOST = 4000  # pieces of a phase
CUT = 8  # lengths shrink and grow by this factor
IDLE = 1e-25  # a phase whose steps add up to less, times the largest eigenvalue, does nothing beside the others


def after(
    modes: Modes, parts: Sequence[tuple[Array, float]], step: float, batch: float, phases: Iterable[Phase]
) -> list[Scaled]:
    """Return y after all phases, of parts of the risk that add up.

    Parameters
    ----------
    modes : Modes
        Of the features.
    parts : sequence of (ndarray of shape (n_nodes,), float)
        y ≥ 0 before, and s²: 0 for the bias.
    step, batch : float
        γ of a phase of factor 1, B.
    phases : iterable of Phase
        One after the other.
    """
    found, drives = [Scaled(state) for state, _ in parts], [drive for _, drive in parts]
    moved, phases = step * float(modes.eigenvalues.max()), tuple(phases)
    least = min(IDLE, IDLE * moved * max((phase.factor * phase.steps for phase in phases), default=0.0))
    for phase in phases:
        if moved * phase.factor * phase.steps < least:  # no mode is told from itself
            continue
        one = one_step(modes, step * phase.factor, batch)
        found = [advanced(one, state, drive, phase.steps) for state, drive in zip(found, drives, strict=True)]
    return found


def advanced(one: OneStep, state: Scaled, drive: float, steps: int) -> Scaled:
    """Return y after K steps at one step size.

    Parameters
    ----------
    one : OneStep
        What a step does to every node.
    state : Scaled
        y ≥ 0 before.
    drive : float
        s².
    steps : int
        K.
    """
    left = length = steps
    nothing, pieces = Scaled(np.zeros_like(one.kick)), 0
    while left > 0:
        length, pieces = min(length, left), pieces + 1
        if pieces == MOST:  # at least half of the state is lost in each: what is left is nothing to any double
            state, length = nothing, left
        if length <= LEAST:
            state = _iterated(one, state, 0.0, length)
            state = state + _iterated(one, nothing, 1.0, length).times(drive) if drive else state
        else:
            found = _propagated(one, state, length)
            found = found + _driven(one, length).times(drive) if drive else found
            y, size = found.values
            if (size > CANCELLED * np.abs(y))[one.kick > 0].any():
                length = max(length // CUT, LEAST)
                continue
            state = Scaled(y, found.exponent)
        left -= length
        length *= CUT
    return state


def _iterated(one: OneStep, state: Scaled, drive: float, steps: int) -> Scaled:
    """Return y after few steps, one by one; a drive only from nothing."""
    values, exponent = (state := state.normalised()).values, state.exponent
    for _ in range(steps):
        values = one.keep * values + one.kick * (values.sum() + drive)
        if values.max() > 2.0**LARGE:
            values, exponent, drive = np.ldexp(values, -LARGE), exponent + LARGE, math.ldexp(drive, -LARGE)
    return Scaled(values, exponent)


def _propagated(one: OneStep, state: Scaled, steps: int) -> Scaled:
    """Return what a state becomes after many steps without a drive, and the size of what adds up to it: shape (2, n_nodes)."""
    state = state.normalised()
    y = state.values
    if not y.any():
        return Scaled(np.zeros((2, len(y))))
    around = one.rightmost(y, fixed=False)
    contour = Contour(around.at, around.logarithm, steps)
    turn = contour.turn
    inverse = 1.0 / (turn + around.gaps)
    resolvent = inverse @ y / one.escaping(inverse, turn, around)
    own = np.exp(np.where(y != 0, float(steps) * one.log_keep - contour.growth, -np.inf)) * y
    grown = contour.scaled(own + one.kick * _integral(contour, resolvent, inverse))
    return Scaled(grown.values, grown.exponent + state.exponent)


def _driven(one: OneStep, steps: int) -> Scaled:
    """Return the same of what a unit drive makes of nothing."""
    around = one.rightmost(one.kick, fixed=True)
    contour = Contour(around.at, around.logarithm, steps)
    turn = contour.turn
    inverse = 1.0 / (turn + around.gaps)
    resolvent = 1.0 / ((turn[:, 0] - around.rate) * one.escaping(inverse, turn, around))
    return contour.scaled(one.kick * _integral(contour, resolvent, inverse))


def _integral(contour: Contour, resolvent: NDArray[np.complex128], inverse: NDArray[np.complex128]) -> Array:
    """Return ∮ z^K R/(z−d) dz/2πi over z₀^K, and the size of what adds up to it."""
    terms = contour.weights[:, 0] * resolvent
    return np.stack([(terms @ inverse).imag, np.abs(terms) @ np.abs(inverse)])
