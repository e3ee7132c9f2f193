"""A chain seen from inside: the ridges of all levels as functions of the innermost κ, real or complex, and eigenvalue counts.

Everything comes from the layers' declarations, run over triples for slopes; nothing is solved here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.chain.algebras.own import Known, Own
from theory.chain.algebras.polarise import Triple
from theory.chain.layers import Layer, Level
from theory.chain.places import inputs, walk
from theory.density.factors import Factors, factors
from theory.density.modes import Modes
from theory.solve.kappa.continuation import Path
from theory.spectra.base import Array, Spectrum

Complex = NDArray[np.complex128]
ROUNDING = 1e-5  # of a ridge inside a hard edge, where it is nearly real; on a wrong branch it is far off
LOOSE = 0.5  # of a size that is left, below which what is left is counted by itself


@dataclass(frozen=True)
class Counted:
    """What is known at points of the boundary curve.

    Attributes
    ----------
    above : ndarray
        N, how many eigenvalues exceed x.
    per_log : ndarray
        −dN/dlnx.
    inside : ndarray of bool
        Whether every κ of the levels is in the upper half plane.
    """

    above: Array
    per_log: Array
    inside: NDArray[np.bool_]


class Levels:
    """A chain over modes, at sizes that are numbers.

    Parameters
    ----------
    task : Spectrum
        The population.
    modes : Modes
        The same, resolved next to the real axis.
    layers : sequence of Layer
        Innermost first.
    parameters : sequence of float
        Sizes (which may be infinite) and variances; noise of variance zero left out.
    """

    def __init__(self, task: Spectrum, modes: Modes, layers: Sequence[Layer], parameters: Sequence[float]) -> None:
        self.task, self.modes, self.layers, self.parameters = task, modes, tuple(layers), tuple(parameters)
        self.sizes = inputs(layers, parameters, modes.size)
        self.factors = [factors(layer, own, inside) if layer.sized else ()
                        for layer, own, inside in zip(layers, parameters, self.sizes, strict=True)]  # fmt: skip

    @property
    def _outer(self) -> int:
        """The first place outside the last noise."""
        return max((place + 1 for place, layer in enumerate(self.layers) if not layer.sized), default=0)

    def rank_inside(self, place: int) -> float:
        """Return the number of positive eigenvalues inside a layer."""
        rank = self.modes.rank
        for layer, value, n in zip(self.layers[:place], self.parameters, self.sizes, strict=False):
            rank = min(rank, value) if layer.sized else n  # noise fills every coordinate of its level
        return rank

    @property
    def rank(self) -> float:
        """The number of positive eigenvalues."""
        return self.rank_inside(len(self.layers))

    @property
    def order(self) -> int:
        """The power of what is left of the rank by which s vanishes: above one eigenvalues reach down to zero.

        Each factor 1 − d/z with z equal to the rank counts by its power, and κ itself does where d goes to the rank inside.
        """
        factors = [pair for found in self.factors[self._outer :] for pair in found]
        return int(self.rank == self.rank_inside(self._outer)) + sum(e for z, e in factors if z == self.rank)

    @property
    def total(self) -> float:
        """The trace, Σ x: that of the population, and nμ² of each noise."""
        places = zip(self.layers, self.parameters, self.sizes, strict=True)
        noises = [n * value for layer, value, n in places if not layer.sized]
        return float(self.task.total_variance) + sum(noises)

    def walk(self, kappa: Any, noise: float | None = None) -> list[Level]:
        """Return the levels at κ, shape (n,), their attributes triples of slopes by κ.

        Parameters
        ----------
        kappa : ndarray, shape (n,)
            κ.
        noise : float, optional
            σ²; without it potentials are left at zero.
        """
        sums = self.modes.sums(kappa)
        d = Triple(sums.dof, sums.dof, -sums.fall / kappa)
        size = Triple.constant(self.modes.size)
        if sums.missed is None:
            vacancy, rest = Triple.constant(1.0), None
        else:
            rest = (self.modes.rank, Triple(sums.missed, sums.missed, -d.delta))
            vacancy = (rest[1] + (self.modes.size - self.modes.rank)) / self.modes.size
        loss = Triple.constant(0.0)
        if noise is not None:
            value, slope = self.modes.potential(kappa)
            loss = Triple(value, value, slope)
        population = Level(Triple(kappa, kappa, np.ones_like(kappa)), d, vacancy, loss, size)
        held = [rest]

        def own_at(place: int, level: Level) -> Own:
            parameter = self.parameters[place]
            if not self.layers[place].sized:
                held[0] = None  # what is left of the noisy level follows from its vacancy
                return Own(Triple.constant(parameter), False)
            if held[0] is None and not self._sized_before(place) and math.isfinite(self.sizes[place]):
                held[0] = (self.sizes[place], level.vacancy * self.sizes[place])
            return _sized(parameter, level.dof, held[0])

        return walk(self.layers, own_at, population, Triple.constant(noise or 0.0))

    def _sized_before(self, place: int) -> bool:
        return place > 0 and self.layers[place - 1].sized

    def rise(self, kappa: Array, place: int, before: Factors, after: Factors) -> tuple[Array, Array]:
        """Return the ridge at real κ inside one step of a layer, and by how much that outside of it rises with it.

        Parameters
        ----------
        kappa : ndarray
            κ.
        place : int
            Of the layer.
        before, after : tuple of (z, e)
            The factors of its ridge map that are not yet applied inside the step, and outside.
        """
        with np.errstate(all="ignore"):
            levels = self.walk(kappa)[: place + 2]
            outside, dof = levels[-1].ridge, levels[-2].dof
            inner = levels[-2].ridge if len(before) == len(self.factors[place]) else _without(outside, dof, before)
            outer = _without(outside, dof, after)
            return np.broadcast_to(inner.value, kappa.shape), np.broadcast_to(outer.delta / inner.delta, kappa.shape)

    def ridge(self, kappa: Any) -> tuple[Any, Any]:
        """Return s(κ) and ds/dκ."""
        with np.errstate(all="ignore"):
            outside = self.walk(kappa)[-1].ridge
        return outside.value, outside.delta

    def gap_counts(self, kappa: Array) -> Array:
        """Return N at real κ off the spectrum."""
        levels = self.walk(kappa)
        found = self.modes.windings(kappa)
        for place, (inside, outside) in enumerate(pairwise(levels)):
            if self.layers[place].sized:
                for z, e in self.factors[place]:
                    if z.imag == 0:
                        found = found + e * z.real * (1.0 - inside.dof.value / z.real < 0)
            else:
                found = found + self.sizes[place] * (outside.ridge.value / inside.ridge.value < 0)
        return found

    def count(self, kappa: Complex, ridge: Complex) -> Counted:
        """Return the counts at κ with s(κ) = `ridge`, above the axis; what nearly vanishes is settled by s."""
        n = kappa.size
        path = Path(self.task, self.layers, [np.full(n, value) for value in self.parameters])
        levels = self.walk(kappa)
        pairs: list[Any] = []
        for place, layer in enumerate(self.layers):
            inside, outside = levels[place], levels[place + 1]
            if layer.sized:
                pairs.append((np.divide(inside.dof.value, self.parameters[place]), outside.vacancy.value + 0j))
            else:
                pairs.append((self.parameters[place] / inside.ridge.value, outside.ridge.value / inside.ridge.value))
        path.settle(np.arange(n), pairs, ridge / levels[-1].ridge.value)
        above, inside_plane = self.modes.windings(kappa), kappa.imag > 0
        dof = levels[0].dof.value
        vacancy = np.broadcast_to(levels[0].vacancy.value, kappa.shape)
        for place, layer in enumerate(self.layers):
            t, size = pairs[place][1], self.sizes[place]
            if not layer.sized:
                above = above + size * np.angle(t) / np.pi
                vacancy = t * vacancy
                dof = size * (1.0 - vacancy)
                continue
            small = np.abs(t) < LOOSE
            dof = np.where(small, self.parameters[place] * (1.0 - t), dof) if math.isfinite(self.parameters[place]) else dof
            for z, e in self.factors[place]:
                left = t if z == self.parameters[place] else vacancy if z == size else 1.0 - dof / z
                log = np.log(left)
                above = above + e * (z * log + dof).imag / np.pi
            vacancy = t
        for level in levels[1:-1]:  # the outermost is s itself
            inside_plane &= level.ridge.value.imag > -ROUNDING * np.abs(level.ridge.value)
        return Counted(above, -dof.imag / np.pi, inside_plane)


def _sized(size: float, dof: Triple, rest: tuple[float, Triple] | None) -> Known:
    """Return the share and factor of a size, the latter from what is left of a level inside where d is next to it."""
    if math.isinf(size):
        one = Triple(np.ones_like(dof.value), np.ones_like(dof.value), np.zeros_like(dof.value))
        return Known(Triple.constant(size), dof * 0.0, one, dof)
    share = dof / size
    factor = 1.0 - share
    if rest is not None:
        from_rest = (rest[1] + (size - rest[0])) / size
        near = np.abs(rest[1].value) < np.abs(dof.value)
        value = np.where(near, from_rest.value, factor.value)
        factor = Triple(value, value, factor.delta)
    return Known(Triple.constant(size), share, factor, dof)


def _without(ridge: Triple, dof: Triple, left: Factors) -> Triple:
    """Return the ridge before the factors that are left."""
    for z, e in left:
        ridge = ridge / (1.0 - dof / z.real) ** e
    return ridge
