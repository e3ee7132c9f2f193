"""Contours: an algorithm as a sum of ridges, φ(x) = Σ_j w_j s_j/(s_j + x) on the eigenvalues x of the data kernel.

The residual that an algorithm leaves on an eigenvalue, φ(x) with φ(0) = 1, is by Cauchy's formula a sum over complex ridges s_j
of what ridge regression leaves, s/(s+x). So whatever is linear in the residual is the same sum of its values at the ridges, and
risks are double sums. Nodes come in conjugate pairs, of which the upper one is kept: f = 2 Re Σ w_j f(s_j).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

NODES = 20        # of the upper half of a parabola, if it is no finer
STEP = 0.19       # of θ along it: steps leave e^{−2π/STEP}
TAIL = 32.0       # e^{−TAIL} at its ends
CIRCLES = ((64, 3.0, 13), (np.inf, 5.0, 8))  # up to how many steps: ln |z|^n on a circle, and nodes a step
FEW = 50          # steps that are always taken on a circle
FORGOTTEN = 40.0  # n(1 − √β) from which the ringing of momentum is below the rounding


@dataclass(frozen=True)
class Contour:
    """Ridges and weights at several points, the upper half of each.

    Attributes
    ----------
    nodes, weights : ndarray of complex, shape (points, n)
        s_j and w_j.
    """

    nodes: Complex
    weights: Complex

    def shifted(self, ridge: Array) -> Contour:
        """Return the contour of the same algorithm on the objective with weight decay ω: every ridge is raised by ω."""
        return Contour(self.nodes + ridge[:, None], self.weights)

    def residual(self, x: Array) -> Array:
        """Return φ(x), shape (points, len(x))."""
        value: Array = 2.0 * (self.weights[..., None] * self.nodes[..., None] / (self.nodes[..., None] + x)).sum(axis=1).real
        return value


def single(ridge: Array) -> Contour:
    """Return ridge regression itself: one node."""
    return Contour(ridge[:, None].astype(np.complex128), np.full((ridge.size, 1), 0.5 + 0j))


def parabola(time: Array, count: int, start: Array) -> tuple[Complex, Complex]:
    """Return u = u₀ + μ(1+iθ)² and e^{ut} du/2πi, the upper halves, shape (points, count).

    Rounding grows by e^{μt} along a contour: the more nodes, the nearer it is led to its start. Source of the
    parabola: Weideman & Trefethen, Math. Comp. 76, 1341 (2007), who choose μ for the fewest nodes instead.
    """
    step = STEP * np.sqrt(NODES / count)
    theta = (np.arange(count) + 0.5) * step
    mu = TAIL / ((step * count) ** 2 - 1.0) / time[:, None]
    arc = np.asarray(1.0 + 1j * theta, dtype=np.complex128)
    u = np.asarray(start[:, None] + mu * arc**2, dtype=np.complex128)
    with np.errstate(over="ignore", invalid="ignore"):
        return u, np.exp(u * time[:, None]) * (mu * arc * (step / np.pi))


def flow(time: Array, count: int, start: Array) -> Contour:
    """Return the contour of gradient flow, φ = e^{−xt}, around the negative axis from `start` ≤ 0 on; 0 < t < ∞.

    From a start below zero it is that of what vanishes at s = 0.
    """
    s, weight = parabola(time, count, start)
    return Contour(s, weight / s)


def ridge_at(z_less_one: Complex, z: Complex, step: Array, momentum: float) -> Complex:
    """Return s with ηs = (z−1)(z−β)/z."""
    ridge: Complex = z_less_one * (z_less_one + (1.0 - momentum)) / (z * step[:, None])
    return ridge


def long_descent(
    n_steps: Array, step: Array, momentum: float, count: int, start: Array, mirrored: Array | None = None
) -> Contour:
    """Return the contour of many steps: z = e^u along a parabola from `start`, and z = −e^u along another from `mirrored`."""
    u, weight = parabola(n_steps, count, start)
    z: Complex = np.exp(u)
    less: Complex = np.expm1(u)
    nodes, weights = [ridge_at(less, z, step, momentum)], [weight * z / less]
    if mirrored is not None:
        u, weight = parabola(n_steps, count, mirrored)
        z = -np.exp(u)
        nodes.append(ridge_at(z - 1.0, z, step, momentum).conj())
        with np.errstate(over="ignore", invalid="ignore"):
            weights.append((np.where(n_steps % 2 == 0, 1.0, -1.0)[:, None] * weight * z / (z - 1.0)).conj())
    return Contour(np.concatenate(nodes, axis=1), np.concatenate(weights, axis=1))


def short_descent(n_steps: int, step: Array, momentum: float, count: int, reach: Array) -> Contour:
    """Return the contour of any number of steps: z on a circle outside ln |z| = `reach`; its cost grows with the number."""
    growth, nodes = next((growth, nodes) for most, growth, nodes in CIRCLES if n_steps <= most)
    half = max(4, math.ceil(nodes * n_steps * count / (2 * NODES)))
    logarithm = (reach + growth / n_steps)[:, None] + 1j * np.pi * (np.arange(half) + 0.5) / half
    z: Complex = np.exp(logarithm)
    with np.errstate(over="ignore", invalid="ignore"):
        weights: Complex = np.exp(logarithm * n_steps) * (z / (z - 1.0)) / (2 * half)
    return Contour(ridge_at(z - 1.0, z, step, momentum), weights)


def ellipse(phi: Callable[[Complex], Complex], largest: float, rho: float, count: int) -> Contour:
    """Return the contour of a residual φ along the Bernstein ellipse ρ around [−x, 0], x a bit above `largest`."""
    reach = 1.02 * largest
    w = rho * np.exp(1j * np.pi * (np.arange(count) + 0.5) / count)
    x = 0.5 * reach * (1.0 - 0.5 * (w + 1.0 / w))
    tangent = -0.25j * reach * (w - 1.0 / w)  # dx/dangle
    with np.errstate(all="ignore"):
        weights = phi(x) / x * tangent / (2j * count)
    nodes = -x
    upper = np.where(nodes.imag < 0, -1.0, 1.0)
    return Contour(np.where(upper > 0, nodes, nodes.conj())[None], np.where(upper > 0, weights, weights.conj())[None])
