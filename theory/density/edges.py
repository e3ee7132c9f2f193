"""The ends of the spectrum of the data kernel: real ridges s = −x at which κ(s) stops being real, ds/dκ = 0.

Above the largest eigenvalue x of the kernel κ = κ(−x) is real, below −λ₁, and s(κ) has its maximum at the edge. Where the
smallest size is below the rank there is a gap at zero, along which κ falls from its ridgeless value
to the minimum of s(κ).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.chain.algebras.own import Own, Shaped
from theory.chain.algebras.polarise import Triple
from theory.chain.layers import Layer, Level
from theory.chain.places import Slots, walk
from theory.solve.kappa import shaped
from theory.solve.kappa.fixed_point import solve
from theory.spectra.base import Array, Spectrum

BISECTIONS = 120


def top_edge(task: Spectrum, slots: Slots, parameters: Sequence[Array]) -> Array:
    """Return the largest eigenvalue of the kernel (of its limit), shape (points,)."""
    largest = float(task.nodes.eigenvalues[0]) if len(task.nodes) else 0.0
    if largest == 0.0:
        return np.zeros(parameters[0].shape)

    def beyond(log_distance: Array) -> Array:
        return -largest * (1.0 + np.exp(log_distance))

    spread = sum(task.total_variance / value if slot.is_size else value for value, slot in zip(parameters, slots, strict=True))
    near = np.full(parameters[0].shape, -33.0)
    far = np.log(64.0 * (1.0 + spread / largest))
    for _ in range(BISECTIONS):
        middle = 0.5 * (near + far)
        _, slope = _ridge(task, slots.layers, parameters, beyond(middle))
        inside = slope > 0
        near, far = np.where(inside, near, middle), np.where(inside, middle, far)
    return -_ridge(task, slots.layers, parameters, beyond(far))[0]


def lower_edge(task: Spectrum, slots: Slots, parameters: Sequence[Array]) -> Array:
    """Return the smallest eigenvalue of the kernel of rows fewer than anything else; 0 where they are not, or a size ties.

    Zero also where a layer has a law of columns or rows.
    """
    edge = np.zeros(parameters[0].shape)
    if slots.data is None or any(slot.stiffness for slot in slots):
        return edge
    sizes = [value for value, slot in zip(parameters[:-1], slots, strict=False) if slot.is_size]
    rows = parameters[-1]
    gapped = np.flatnonzero((rows < task.rank) & np.all([rows < size for size in sizes], axis=0))
    if not gapped.size:
        return edge
    own = [value[gapped] for value in parameters]
    top = solve(task, slots.layers, own, np.zeros(gapped.size)).kappa
    low, high = np.log(top) - 60.0, np.log(top) - 1e-12
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        ridge, slope = _ridge(task, slots.layers, own, np.exp(middle))
        inside = (ridge < 0) & (slope * ridge > 0)
        low, high = np.where(inside, low, middle), np.where(inside, middle, high)
    edge[gapped] = -_ridge(task, slots.layers, own, np.exp(high))[0]
    return edge


def _ridge(task: Spectrum, layers: Sequence[Layer], parameters: Sequence[Array], kappa: Array) -> tuple[Array, Array]:
    """Return s(κ) and dln s/dlnκ at real κ off the spectrum."""
    modes = task.resolved(np.unique(np.abs(kappa)))
    d, fall = np.empty((2, kappa.size))
    for i, k in enumerate(kappa * modes.unit):
        g = 1.0 / (modes.eigenvalues + k)
        d[i], fall[i] = (modes.carried @ factor + modes.tail[0] / k for factor in (g, g * (k * g)))
    dof = Triple(d, d, -fall / kappa)
    size = Triple.constant(float(task.size))
    population = Level(Triple(kappa, kappa, 1.0), dof, 1.0 - dof / size, Triple.constant(0.0), size)

    def own_at(place: int, level: Level) -> Own:
        layer, value = layers[place], parameters[place]
        if layer.law is None:
            return Own(Triple.constant(value), layer.sized)
        left, slope = shaped.beyond(layer.law, value, level.dof.value)
        return Shaped(Triple.constant(value), lambda dof: Triple(left, left, slope * dof.delta))

    with np.errstate(divide="ignore", invalid="ignore"):
        outside = walk(layers, own_at, population, Triple.constant(0.0))[-1].ridge
        return outside.value, kappa * outside.delta / outside.value


def distinct(parameters: Sequence[Array]) -> tuple[list[Array], NDArray[Any]]:
    """Return the distinct points among the parameters, and where each point went."""
    found, places = np.unique(np.array(parameters), axis=1, return_inverse=True)
    return list(found), np.ravel(places)
