r"""Long lists of modes as a few nodes, with a bound, for a pass of given total step τ = Σ γ_t.

However modes are coupled, the risk after a pass is made of sums Σ_i w_i f(h_i) and Σ_i g_i f(h_i) alone, w the signal, g ~ n h²
the kicks, and f a product of factors keep_t(h) (for averages also of a_t(h)) over some of the steps: what a mode keeps of
what it had. f is a polynomial, positive where γh is small. On |γz| ≤ 1/4, and keep = (1+1/B) γ² (z−r)(z−r̄),

    |d ln f/dz| ≤ s,    s = 2τ/(γ|r| − 1/4),

so that on a bin [a, b] of centre c an m-point Gauss rule of the bin's own measure misses, relative to its sum,

    4 ρ^{1−2m}/(ρ−1) · e^{q (1 + (ρ + 1/ρ)/2)},    q = s (b−a)/2,    for any ρ > 1

(best approximation on a Bernstein ellipse, which a disc of radius (b−a)(ρ+1/ρ)/4 around c holds). m = 16, q = 6, ρ = 10 make
it 3e-16 in every bin, and all is positive: no digits are lost however unequal the bins. Signal and kicks have nodes of
their own.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import sympy
from scipy.linalg import eigh_tridiagonal

from theory.dynamics.sgd.modes import Array, Modes
from theory.dynamics.sgd.moments import STEP, coefficients

NODES = 16  # m
REACH = 6.0  # q
ELLIPSE = 10.0  # ρ
WITHIN = 0.25  # of |γz| on all ellipses


@functools.cache
def _derived() -> Any:
    """Return functions of (h, γ, B): the kick of a mode, a multiple of (γh)²; and γ|r|, where it keeps nothing."""
    one = coefficients()
    keep = sympy.Poly(1 - one.loss, one.eigenvalue)
    return one.compiled(one.kick), one.compiled(STEP * sympy.sqrt(keep.nth(0) / keep.nth(2)))


def condensed(modes: Modes, batch: float, moved: float, largest: float) -> Modes:
    """Return modes that leave the same risk after a pass, to 1e-15: fewer of them where many are close to each other.

    Parameters
    ----------
    modes : Modes
        As they are where weights are negative: those of a quadrature already.
    batch : float
        B.
    moved : float
        τ, the sum of all steps.
    largest : float
        γ, the largest step. Modes with γh > 0.08 are kept as they are.
    """
    if not len(modes.eigenvalues) > 4 * NODES or (modes.counts < 0).any() or (modes.signal < 0).any():
        return modes
    order = np.argsort(modes.eigenvalues, kind="stable")
    h, counts, signal = (each[order] for each in (modes.eigenvalues, modes.counts, modes.signal))
    kick, distance = _derived()
    cap = WITHIN / largest / (0.5 + (ELLIPSE + 1.0 / ELLIPSE) / 4.0)  # of b: the ellipse of [0, b] ends at WITHIN
    slope = 2.0 * moved / (float(distance(1.0, largest, batch)[0]) - WITHIN)
    ends = np.searchsorted(h, np.minimum(h + 2.0 * REACH / slope, cap), side="right")
    dense = np.flatnonzero(ends - np.arange(len(h)) > 4 * NODES)
    parts, place = [], 0
    while (later := np.searchsorted(dense, place)) < len(dense):
        start, stop = int(dense[later]), int(ends[dense[later]])
        parts.append((h[place:start], counts[place:start], signal[place:start]))
        learnt, weight = _gauss(h[start:stop], signal[start:stop])
        top = h[stop - 1]
        kicked, force = _gauss(h[start:stop], counts[start:stop] * kick(h[start:stop] / top, 1.0, 1.0)[0])
        parts.append((learnt, np.zeros_like(learnt), weight))
        parts.append((kicked, force / kick(kicked / top, 1.0, 1.0)[0], np.zeros_like(kicked)))
        place = stop
    if not parts:
        return modes
    parts.append((h[place:], counts[place:], signal[place:]))
    nodes, numbers, carried = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Modes(nodes, numbers, carried, modes.tail_trace, modes.tail_signal)


def steady(modes: Modes) -> Modes:
    """Return modes with the same Φ at any step up to the largest stable one, to 1e-15: for `max_step` alone.

    Φ = Σ n g/δ, and g/(δ h) is 1/(a − b h), its pole beyond the largest eigenvalue: on bins that end half-way to that from
    where they begin, the pole is three half-widths from the centre, and a Gauss rule of n h misses 5.8^{1−2m}.
    """
    if not len(modes.eigenvalues) > 4 * NODES or (modes.counts < 0).any():
        return modes
    order = np.argsort(modes.eigenvalues, kind="stable")
    h, counts = modes.eigenvalues[order], modes.counts[order]
    parts, start = [], 0
    while len(h) - start > 4 * NODES:
        stop = int(np.searchsorted(h, (h[start] + h[-1]) / 2.0, side="right"))
        if stop - start > 2 * NODES:
            nodes, weights = _gauss(h[start:stop], counts[start:stop] * h[start:stop])
            parts.append((nodes, weights / nodes))
        else:
            parts.append((h[start:stop], counts[start:stop]))
        start = stop
    parts.append((h[start:], counts[start:]))
    nodes, numbers = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Modes(nodes, numbers, np.zeros_like(nodes), modes.tail_trace, modes.tail_signal)


def _gauss(points: Array, weights: Array) -> tuple[Array, Array]:
    """Return nodes and positive weights with Σ weights p(points) for all polynomials p below the order 2m; none for no weight.

    By Lanczos' recursion on the points themselves, every vector made orthogonal to all before it, twice.
    """
    total = float(weights.sum())
    if total == 0.0:
        return np.empty(0), np.empty(0)
    centre, half = (points[0] + points[-1]) / 2.0, (points[-1] - points[0]) / 2.0
    t = (points - centre) / half
    basis = np.empty((NODES, len(points)))
    basis[0] = np.sqrt(weights / total)
    diagonal, beside = np.zeros(NODES), np.zeros(NODES)
    count = NODES
    for j in range(NODES):
        vector = t * basis[j]
        diagonal[j] = vector @ basis[j]
        for _ in range(2):
            vector -= basis[: j + 1].T @ (basis[: j + 1] @ vector)
        beside[j] = math.sqrt(vector @ vector)
        if j + 1 == NODES or beside[j] < 1e-14:
            count = j + 1
            break
        basis[j + 1] = vector / beside[j]
    nodes, vectors = eigh_tridiagonal(diagonal[:count], beside[: count - 1])
    return np.clip(centre + half * nodes, points[0], points[-1]), total * vectors[0] ** 2
