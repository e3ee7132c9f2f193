"""The population at any complex κ next to the real axis: d, its slope, what is missing from the rank, and ln det(1 + Σ/κ).

Between eigenvalues κ is real and every mode counts by itself. A law that is too long to be listed keeps as many first modes as
have gaps between them, or a κ nearly real; what is beyond stands on quadrature nodes that are right at larger angles.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from theory.chunks import chunks
from theory.errors import BadArgument
from theory.spectra.base import Spectrum
from theory.spectra.smooth_law import SmoothLaw
from theory.spectra.sums.graded import graded_modes
from theory.spectra.sums.orders import Array

LISTED = 20_000    # modes of a law that are listed one by one
ANGLE = 0.1        # of κ off the negative axis, among modes that are not listed
ROUNDING = 1e-13   # of the signal: no less is told from nothing
ROWS = 2_000_000   # entries of one (κ × modes) temporary


class Sums(NamedTuple):
    """Traces at κ: d, −dd/dlnκ, and rank − d, summed by itself (`None` for an infinite rank)."""

    dof: Any
    fall: Any
    missed: Any


@dataclass(frozen=True)
class Modes:
    """A population as weighted modes.

    Attributes
    ----------
    eigenvalues, counts : ndarray
        λ > 0, descending, and how many modes each stands for.
    listed : int
        How many of them are distinct eigenvalues: between these κ may be real.
    rank, size : float
        The number of positive eigenvalues, and of all.
    signals : ndarray
        Σ cλ of the modes that each stands for.
    tail : float
        Σ λ of modes with λ ≪ κ everywhere.
    still : float
        Σ cλ of those, and of modes with λ = 0.
    """

    eigenvalues: Array
    counts: Array
    listed: int
    rank: float
    size: float
    signals: Array
    tail: float = 0.0
    still: float = 0.0

    def potential(self, kappa: Any) -> tuple[Any, Any]:
        """Return T and dT/dκ at real or complex κ, shape (n,), off the poles."""
        value, slope = (np.empty(kappa.shape, kappa.dtype) for _ in range(2))
        for rows in chunks(kappa.size, ROWS // self.eigenvalues.size):
            inverse = 1.0 / (self.eigenvalues + kappa[rows, None])
            value[rows] = kappa[rows] * (inverse @ self.signals)
            slope[rows] = (inverse * inverse) @ (self.signals * self.eigenvalues)
        return value + self.still, slope

    def sums(self, kappa: Any) -> Sums:
        """Return the traces at real or complex κ, shape (n,), off the poles."""
        finite = math.isfinite(self.rank)
        dof, square, missed = (np.empty(kappa.shape, kappa.dtype) for _ in range(3))
        weights = np.stack((self.counts * self.eigenvalues, self.counts), axis=1)
        for rows in chunks(kappa.size, ROWS // self.eigenvalues.size):
            k = kappa[rows]
            if kappa.dtype.kind == "c":
                real, imag = self.eigenvalues + k.real[:, None], k.imag[:, None]
                norm = 1.0 / (real * real + imag * imag)
                real, imag = real * norm, -imag * norm
                first = real @ weights + 1j * (imag @ weights)
                square[rows] = (real * real - imag * imag) @ weights[:, 0] + 2j * ((real * imag) @ weights[:, 0])
            else:
                inverse = 1.0 / (self.eigenvalues + k[:, None])
                first = inverse @ weights
                square[rows] = (inverse * inverse) @ weights[:, 0]
            dof[rows], missed[rows] = first[:, 0], first[:, 1]
        far = self.tail / kappa if self.tail else 0.0
        return Sums(dof + far, kappa * square + far, kappa * missed if finite else None)

    def windings(self, kappa: Any) -> Array:
        """Return −Im ln det(1 + Σ/κ)/π above the axis, or at real κ next to it: how many λ exceed x where κ = −x."""
        found = np.empty(kappa.shape)
        for rows in chunks(kappa.size, ROWS // self.eigenvalues.size):
            k = kappa[rows, None]
            if kappa.dtype.kind == "c":
                part = np.arctan2(self.eigenvalues * k.imag, self.eigenvalues * k.real + (k.real**2 + k.imag**2)) / np.pi
                found[rows] = part @ self.counts
            else:
                found[rows] = (self.eigenvalues > -k) @ self.counts * (kappa[rows] < 0)
        if self.tail and kappa.dtype.kind == "c":
            found -= (self.tail / kappa).imag / np.pi
        return found


def modes_of(task: Spectrum, smallest: float) -> Modes:
    """Return the modes of a population for a chain whose smallest size is `smallest`.

    Raises
    ------
    ValueError
        If no size is finite over a law that is too long to be listed, which has a gap at each of its eigenvalues.
    """
    size, rank = float(task.size), float(task.rank)
    if not isinstance(task, SmoothLaw) or task.rank <= LISTED:
        return _listed(task)
    if math.isinf(smallest):
        raise BadArgument("task", task, f"of at most {LISTED} modes where no size spreads them", "truncate(n) the population")
    steepness = task.steepness
    head = math.ceil(max(256.0, 2.0 * ANGLE * steepness * smallest, 4.0 * steepness * math.sqrt(smallest)))
    if head >= task.rank or smallest >= ANGLE * task.rank:
        return _listed(task)
    first, power = task.truncate(head).explicit()
    beyond = _Beyond(task, head)
    top = first[-1]
    least = _least(task, smallest)
    ladder = np.exp(np.arange(math.log(least), math.log(top) + ANGLE, ANGLE / 2.0))
    tail = graded_modes(beyond, ladder * -np.exp(-1j * ANGLE))
    eigenvalues = np.concatenate((first, tail.eigenvalues / tail.unit))
    counts = np.concatenate((np.ones(head), tail.counts))
    signals = np.concatenate((first * power, tail.signals))
    return Modes(eigenvalues, counts, head, rank, size, signals, float(tail.tail[0]) / tail.unit, float(tail.tail[1]))


def _listed(task: Spectrum) -> Modes:
    """Return the distinct positive eigenvalues and how often each occurs."""
    if isinstance(task, SmoothLaw):
        values, power = task.explicit()
        return Modes(values, np.ones(values.size), values.size, float(task.rank), float(task.size), values * power)
    nodes = task.nodes
    if not nodes.listed:
        raise BadArgument("task", task, "with listed eigenvalues", "give Discrete(...) or a law")
    null = task.signal - float(nodes.signals.sum())
    still = null if null > ROUNDING * task.signal else 0.0
    return Modes(nodes.eigenvalues, nodes.counts, len(nodes), float(task.rank), float(task.size), nodes.signals, still=still)


def _least(task: Spectrum, size: float) -> float:
    """Return a κ below the last edge of any chain with that smallest size, Σ λ²/(λ+κ)² = 2 size."""
    low, high = math.log(1e-280), math.log(float(task.total_variance))
    for _ in range(80):
        middle = 0.5 * (low + high)
        (inside,) = task.moments(np.array([math.exp(middle)]), ((2, 0, 0),))
        low, high = (middle, high) if inside[0] > 2.0 * size else (low, middle)
    return math.exp(low)


@dataclass(frozen=True)
class _Beyond:
    """A law beyond its first modes, itself smooth in ln k."""

    law: SmoothLaw
    head: int

    @property
    def size(self) -> float:
        """D less the first modes."""
        return self.law.size - self.head

    def _at(self, log_k: NDArray[Any]) -> NDArray[Any]:
        return log_k + np.log1p(self.head * np.exp(-log_k))

    def log_eigenvalue(self, log_k: Any) -> Any:
        """Ln λ of the k-th of them."""
        return self.law.log_eigenvalue(self._at(log_k))

    def log_signal(self, log_k: Any) -> Any:
        """Ln cλ of the k-th of them."""
        return self.law.log_signal(self._at(log_k))

    def remainder(self, log_k: Any) -> tuple[Any, Any]:
        """Return ∫ λ dk and ∫ cλ dk from there on."""
        return self.law.remainder(self._at(log_k))
