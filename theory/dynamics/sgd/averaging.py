r"""The mean of SGD's iterates at a constant step: second moments of v̄ = (v_0 + … + v_{T−1})/T, exactly.

Later iterates remember earlier ones by the factor a of the mean error: E(v_t−v*)(v_s−v*) = a^{t−s} C(s) for t ≥ s. So,
with R of `recursion`,

    ȳ = T⁻² ∮ z^T (z+a)/((z−1)(z−a)) · (y + g R(z))/(z−d) dz/2πi.
"""

from __future__ import annotations

import numpy as np

from theory.dynamics.sgd.recursion import DU, ITERATED, Array, Modes, U, one_step


def averaged(modes: Modes, state: Array, source: float, step: float, batch: int, steps: int) -> Array:
    """Return ȳ = Σ h E(v̄−v*)² over `steps` iterates, the first of them with second moments y.

    Parameters
    ----------
    modes, state, source, step, batch, steps
        As in `recursion.advance`.
    """
    loss, kick, forget = one_step(modes, step, batch)
    if steps < ITERATED:
        return _by_steps(loss, kick, forget, state, source, steps)
    u = U / steps
    turn = np.expm1(u)[:, None]
    apart = turn + loss  # z − d
    resolvent = (state / apart).sum(axis=1) + source / turn[:, 0]
    resolvent = resolvent / (1.0 - (kick / apart).sum(axis=1))
    memory = (turn + (2.0 - forget)) / (turn * (turn + forget))
    weights = np.exp(U + u) * (DU / steps)
    kernel = memory * (state + kick * resolvent[:, None]) / apart
    integral: Array = (weights[:, None] * kernel).sum(axis=0).imag / np.pi
    return integral / steps**2


def _by_steps(loss: Array, kick: Array, forget: Array, state: Array, source: float, steps: int) -> Array:
    """Return the same one step at a time: T² ȳ = Σ_s y_s (1 + 2 Σ_{t>s} a^{t−s})."""
    total = np.zeros_like(state)
    for place in range(steps):
        later = np.power.outer(1.0 - forget, np.arange(1, steps - place)).sum(axis=-1)
        total += state * (1.0 + 2.0 * later)
        state = (1.0 - loss) * state + kick * (state.sum() + source)
    return total / steps**2
