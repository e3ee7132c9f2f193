r"""One-pass SGD given the features: the exact recursion of second moments, any number of steps at O(modes).

With y_i = Σ h C over the modes of a node (eigenvalue h, n modes, C = E(v−v*)²), Gaussian data, batch B and step γ,

    y ← (1 − δ) y + g (Σ y + s²),     risk = s² + Σ y,

where loss δ and kick g are those that `theory.dynamics.sgd.moments` derives from the update rule. A phase of K steps is
diagonal plus rank one: with f(z) = Σ y/(z−d), G(z) = Σ g/(z−d), d = 1 − δ,

    y(K) = d^K y + g ∮ z^K R(z)/(z−d) dz/2πi,      R = (f + s²/(z−1))/(1 − G),

on a parabola z = z* e^u with 16 nodes and their conjugates. Nothing is subtracted: z − d = z* expm1(u) + (z* − d), and so on.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from theory.dynamics.sgd.moments import coefficients

Array = NDArray[np.float64]
NODES = 16
ITERATED = 32  # fewer steps than this are taken one by one
GROWTH = 4  # the first phase is cut into lengths that grow by this factor
DECAYED = -2.0  # K ln z* below which the contour follows the decay

_THETA = (np.arange(NODES) + 0.5) * 3.0 / NODES
U = np.pi * NODES / 12.0 * (1.0 + 1j * _THETA) ** 2  # K u
DU = np.pi * NODES / 12.0 * 2j * (1.0 + 1j * _THETA) * 3.0 / NODES


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


@functools.cache
def _step() -> Any:
    derived = coefficients()
    return derived.compiled(derived.loss, derived.kick, derived.forget)


def one_step(modes: Modes, step: float, batch: int) -> tuple[Array, Array, Array]:
    """Return loss δ, kick g and what the mean error forgets, 1 − a, of every node in one step."""
    loss, kick, forget = _step()(modes.eigenvalues, step, batch)
    return loss, modes.counts * kick, forget


def advance(modes: Modes, state: Array, source: float, step: float, batch: int, steps: int, first: bool) -> Array:
    """Return y after `steps` steps at one step size.

    Parameters
    ----------
    modes : Modes
        Of the covariance, weighted.
    state : ndarray of shape (n_nodes,)
        y ≥ 0 before.
    source : float
        s²: 0 for the bias, whose relative accuracy is kept however far it decays.
    step, batch, steps
        γ, B, K.
    first : bool
        Whether it is the first phase, where modes of all time scales still decay.
    """
    loss, kick, _ = one_step(modes, step, batch)
    left, length = steps, ITERATED
    while left > 0:
        now = min(length, left) if first else left
        if now < ITERATED or (first and now == ITERATED):
            for _ in range(now):
                state = (1.0 - loss) * state + kick * (state.sum() + source)
        else:
            state = _contour(loss, kick, state, source, now)
        left -= now
        length *= GROWTH
    return state


def _contour(loss: Array, kick: Array, state: Array, source: float, steps: int) -> Array:
    """Return y after many steps, by quadrature of the resolvent."""
    rate, gaps = _slowest(loss, kick)
    shifted = rate < 0 or (source == 0.0 and steps * math.log1p(-rate) < DECAYED)
    if not shifted:
        rate, gaps = 0.0, loss
    u = U / steps
    turn = np.expm1(u)
    scale = 1.0 - rate  # z*
    apart = scale * turn[:, None] + gaps  # z − d
    beyond = scale * turn - rate  # z − 1
    resolvent = (state / apart).sum(axis=1) + (source / beyond if source else 0.0)
    resolvent = resolvent / (1.0 - (kick / apart).sum(axis=1))
    weights = np.exp(U) * scale * np.exp(u) * (DU / steps) * resolvent  # z^K dz over z*^K
    integral = (weights[:, None] / apart).sum(axis=0).imag / np.pi
    growth = math.exp(steps * math.log1p(-rate))
    with np.errstate(divide="ignore"):
        own = np.exp(steps * np.log1p(-loss)) * state
    return own + kick * integral * growth


def _slowest(loss: Array, kick: Array) -> tuple[float, Array]:
    """Return ζ = 1 − z* of the slowest decay, G(z*) = 1, and z* − d of every node, by its distance from the slowest mode.

    It only scales the contour: nodes of negative weight (end corrections of quadratures) may be left out of G.
    """
    used = kick > 0
    least = float(loss[used].min())
    others, weight = loss - least, kick[used]

    def excess(log_distance: float) -> float:
        return math.log(float((weight / (others[used] + math.exp(log_distance))).sum()))

    low, high = math.log(weight[others[used] == 0].sum()) - 1.0, math.log(weight.sum()) + 1.0
    distance = math.exp(brentq(excess, low, high, xtol=1e-15, rtol=4 * np.finfo(float).eps))
    return least - distance, others + distance
