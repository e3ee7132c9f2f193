r"""The mean of SGD's iterates at a constant step: second moments of v̄ = (v_0 + … + v_{T−1})/T, exactly.

Later iterates remember earlier ones by the factor a of the mean error: E(v_t−v*)(v_s−v*) = a^{t−s} C(s) for t ≥ s. So,
with R of `recursion` and d = a² + ρ,

    ȳ = y [(1−a^T)/(T(1−a))]² + T⁻² ∮ z^T (z+a)/((z−1)(z−a)) · [y ρ/(z−a²) + g R(z)]/(z−d) dz/2πi:

the mean error, what it scatters, and what all modes together kick. The poles z = a < 0 of large steps are residues apart.
"""

from __future__ import annotations

import math

import numpy as np

from theory.dynamics.sgd.contour import LEAST, Contour
from theory.dynamics.sgd.modes import Array, OneStep
from theory.dynamics.sgd.scaled import LARGE, Scaled

FAINT = -90.0  # logarithm of what is nothing beside the rest
CHUNK = 2_000_000


def averaged(one: OneStep, state: Scaled, drive: float, steps: int) -> Scaled:
    """Return ȳ = Σ h E(v̄−v*)² over T iterates, the first of them with second moments y.

    Parameters
    ----------
    one : OneStep
        What a step does to every node.
    state : Scaled
        y.
    drive : float
        s².
    steps : int
        T.
    """
    state = state.normalised()
    y, nothing = state.values, np.zeros_like(state.values)
    if steps < LEAST:
        parts = [_by_steps(one, y, 0.0, steps), _by_steps(one, nothing, 1.0, steps)]
    else:
        parts = [_scattered(one, y, steps) + _kicked(one, y, 0.0, steps), _kicked(one, nothing, 1.0, steps)]
    own = (parts[0] + _mean(one, y, steps)).times(1.0)
    own = Scaled(own.values, own.exponent + state.exponent)
    return own + parts[1].times(drive) if drive else own


def _log_memory(one: OneStep) -> Array:
    """Return ln |a|, next to |a| = 1 as well."""
    f = one.forget
    with np.errstate(divide="ignore", invalid="ignore"):
        near_plus, near_minus = np.log1p(-f), np.log1p(f - 2.0)
        found: Array = np.where(f < 0.5, near_plus, np.where(f > 1.5, near_minus, np.log(np.abs(1.0 - f))))
    return found


def _mean(one: OneStep, y: Array, steps: int) -> Scaled:
    """Return y [(1−a^T)/(T(1−a))]²."""
    grown = float(steps) * _log_memory(one)
    sign = np.where((one.forget > 1.0) & (steps % 2 == 1), -1.0, 1.0)
    beyond = np.maximum(grown, 0.0)  # 1 − a^T by the larger of the two
    with np.errstate(invalid="ignore"):
        ends = np.exp(-beyond) - sign * np.exp(grown - beyond)
        close = np.where(grown > 0, np.expm1(-beyond), -np.expm1(np.minimum(grown, 0.0)))
    missing = np.where(sign > 0, close, ends)
    idle = one.forget == 0
    fraction = np.where(idle, 1.0, missing / (float(steps) * np.where(idle, 1.0, one.forget)))
    return Scaled.from_logs(y * fraction**2, 2.0 * beyond)


def _scattered(one: OneStep, y: Array, steps: int) -> Scaled:
    """Return the part of y ρ, every mode on a contour of its own."""
    active = (y != 0) & (one.spread != 0)
    found = np.zeros_like(y)
    if not active.any():
        return Scaled(found)
    loss, forget, spread, weight = one.loss[active], one.forget[active], one.spread[active], (y * one.spread)[active]
    grows = loss < 0
    base = np.minimum(loss, 0.0)
    contour = Contour(np.where(grows, one.keep[active], 1.0), np.where(grows, one.log_keep[active], 0.0), steps)
    turn = contour.turn
    square = np.where(grows, spread, forget * (2.0 - forget))  # z₀ − a²
    memory = (turn + (2.0 - forget - base)) / ((turn - base) * (turn + (forget - base)))
    terms = contour.weights * memory / ((turn + square) * (turn + (loss - base)))
    values = weight * terms.imag.sum(axis=0)
    a = 1.0 - forget
    shrunk = _shrunk(one, steps)[active] - contour.growth
    left = (a < 0) & (shrunk > FAINT)
    sign = -1.0 if steps % 2 else 1.0
    a, kept = a[left], one.keep[active][left]
    values[left] += sign * np.exp(shrunk[left]) * 2.0 * a / (a - 1.0) * weight[left] / ((a - a * a) * (a - kept))
    logs = np.full_like(y, -np.inf)
    found[active], logs[active] = values / float(steps) ** 2, contour.growth
    return Scaled.from_logs(found, logs)


def _shrunk(one: OneStep, steps: int) -> Array:
    return float(steps) * _log_memory(one)


def _kicked(one: OneStep, y: Array, drive: float, steps: int) -> Scaled:
    """Return the part of g R, all modes on one contour."""
    if not (y.any() or drive):
        return Scaled(np.zeros_like(y))
    around = one.rightmost(y, fixed=True)
    contour = Contour(around.at, around.logarithm, steps)
    turn = contour.turn
    inverse = 1.0 / (turn + around.gaps)
    resolvent = (inverse @ y + drive / (turn[:, 0] - around.rate)) / one.escaping(inverse, turn, around)
    remembered = (turn + (2.0 - one.forget - around.rate)) / (turn + (one.forget - around.rate))  # (z+a)/(z−a)
    weights = contour.weights[:, 0] * resolvent / (turn[:, 0] - around.rate)
    found = one.kick * (weights[:, None] * remembered * inverse).imag.sum(axis=0)
    found += _residues(one, y, drive, steps, contour.growth)
    return contour.scaled(found / float(steps) ** 2)


def _residues(one: OneStep, y: Array, drive: float, steps: int, growth: float) -> Array:
    """Return g R at the poles z = a < 0, left of all others, over e^growth."""
    found, shrunk = np.zeros_like(y), _shrunk(one, steps) - growth
    sign = -1.0 if steps % 2 else 1.0
    left = np.flatnonzero((one.forget > 1.0) & (shrunk > FAINT) & (one.kick != 0))
    for rows in np.array_split(left, max(1, len(left) * len(y) // CHUNK)):
        a = 1.0 - one.forget[rows]
        apart = a[:, None] - one.keep
        resolvent = ((y / apart).sum(axis=1) + drive / (a - 1.0)) / (1.0 - (one.kick / apart).sum(axis=1))
        found[rows] = sign * np.exp(shrunk[rows]) * 2.0 * a / (a - 1.0) * one.kick[rows] * resolvent / (a - one.keep[rows])
    return found


def _by_steps(one: OneStep, y: Array, drive: float, steps: int) -> Scaled:
    """Return all but the mean error's part one step at a time: T² ȳ = Σ_s V_s (1 + 2 Σ_{t>s} a^{t−s})."""
    a, mean, exponent = 1.0 - one.forget, y, 0
    spread = total = earlier = np.zeros_like(y)
    for _ in range(steps):
        total = total + spread + 2.0 * earlier
        earlier = a * (earlier + spread)
        spread = one.keep * spread + one.spread * mean + one.kick * (spread.sum() + mean.sum() + drive)
        mean = a * a * mean
        if max(spread.max(), mean.max()) > 2.0**LARGE:
            spread, total, earlier, mean = (np.ldexp(x, -LARGE) for x in (spread, total, earlier, mean))
            drive, exponent = math.ldexp(drive, -LARGE), exponent + LARGE
    return Scaled(total / float(steps) ** 2, exponent)
