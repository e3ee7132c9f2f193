r"""One-pass SGD given the features: the exact recursion of second moments, any number of steps at O(modes).

With y_i = Σ h C over the modes of a node (eigenvalue h, n modes, C = E(v−v*)²), Gaussian data, batch B and step γ,

    y ← (1 − δ) y + ρ n h² (Σ y + s²),     δ = γh (2 − (1 + 1/B) γh),   ρ = γ²/B,     risk = s² + Σ y.

A phase of K steps is diagonal plus rank one: with f(z) = Σ y/(z−d), G(z) = Σ n h²/(z−d), d = 1 − δ,

    y(K) = d^K y + ρ n h² ∮ z^K R(z)/(z−d) dz/2πi,      R = (f + s²/(z−1))/(1 − ρG),

on a parabola z = z* e^u with 16 nodes and their conjugates. Nothing is subtracted: z − d = z* expm1(u) + (z* − d), and so on
(derived from the update rule in `theory.dynamics.moments`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

Array = NDArray[np.float64]
NODES = 16
ITERATED = 32  # fewer steps than this are taken one by one
GROWTH = 4  # the first phase is cut into lengths that grow by this factor
DECAYED = -2.0  # K ln z* below which the contour follows the decay

_THETA = (np.arange(NODES) + 0.5) * 3.0 / NODES
_U = np.pi * NODES / 12.0 * (1.0 + 1j * _THETA) ** 2  # K u
_DU = np.pi * NODES / 12.0 * 2j * (1.0 + 1j * _THETA) * 3.0 / NODES


@dataclass(frozen=True)
class Modes:
    """Weighted modes of the features' covariance.

    Attributes
    ----------
    eigenvalues : ndarray of shape (n_nodes,)
        h ≥ 0.
    counts : ndarray of shape (n_nodes,)
        n > 0 modes each.
    signal : ndarray of shape (n_nodes,)
        Σ h v*² of them: y at the start, from v = 0.
    tail_trace : float
        Σ h of modes too small to be learnt: they only make noise.
    tail_signal : float
        Their signal, which stays.
    """

    eigenvalues: Array
    counts: Array
    signal: Array
    tail_trace: float = 0.0
    tail_signal: float = 0.0


def step_factors(modes: Modes, step: float, batch: int) -> tuple[Array, float]:
    """Return δ of every node, and ρ."""
    x = step * modes.eigenvalues
    return x * (2.0 - (1.0 + 1.0 / batch) * x), step * step / batch


def advance(modes: Modes, state: Array, source: float, step: float, batch: int, steps: int, first: bool) -> Array:
    """Return y after `steps` steps at one step size.

    Parameters
    ----------
    modes : Modes
    state : ndarray of shape (n_nodes,)
        y ≥ 0 before.
    source : float
        s²: 0 for the bias, whose relative accuracy is kept however far it decays.
    step, batch, steps
        γ, B, K.
    first : bool
        Whether it is the first phase, where modes of all time scales still decay.
    """
    delta, rho = step_factors(modes, step, batch)
    gain = modes.counts * modes.eigenvalues**2
    left, length = steps, ITERATED
    while left > 0:
        now = min(length, left) if first else left
        if now < ITERATED or (first and now == ITERATED):
            for _ in range(now):
                state = (1.0 - delta) * state + rho * gain * (state.sum() + source)
        else:
            state = _contour(delta, gain, rho, state, source, now)
        left -= now
        length *= GROWTH
    return state


def _contour(delta: Array, gain: Array, rho: float, state: Array, source: float, steps: int) -> Array:
    """Return y after many steps, by quadrature of the resolvent."""
    rate, gaps = _slowest(delta, gain, rho)
    shifted = rate < 0 or (source == 0.0 and steps * math.log1p(-rate) < DECAYED)
    if not shifted:
        rate, gaps = 0.0, delta
    u = _U / steps
    turn = np.expm1(u)
    scale = 1.0 - rate  # z*
    apart = scale * turn[:, None] + gaps  # z − d
    beyond = scale * turn - rate  # z − 1
    resolvent = (state / apart).sum(axis=1) + (source / beyond if source else 0.0)
    resolvent = resolvent / (1.0 - rho * (gain / apart).sum(axis=1))
    weights = np.exp(_U) * scale * np.exp(u) * (_DU / steps) * resolvent  # z^K dz over z*^K
    integral = (weights[:, None] / apart).sum(axis=0).imag / np.pi
    growth = math.exp(steps * math.log1p(-rate))
    with np.errstate(divide="ignore"):
        own = np.exp(steps * np.log1p(-delta)) * state
    return own + rho * gain * integral * growth


def _slowest(delta: Array, gain: Array, rho: float) -> tuple[float, Array]:
    """Return ζ = 1 − z* of the slowest decay, ρG(z*) = 1, and z* − d of every node, by its distance from the slowest mode."""
    used = gain > 0
    least = float(delta[used].min())
    others = delta - least
    weight = gain[used]

    def excess(log_distance: float) -> float:
        return math.log(rho * float((weight / (others[used] + math.exp(log_distance))).sum()))

    low, high = math.log(rho * weight[others[used] == 0].sum()) - 1.0, math.log(rho * weight.sum()) + 1.0
    distance = math.exp(brentq(excess, low, high, xtol=1e-15, rtol=4 * np.finfo(float).eps))
    return least - distance, others + distance
