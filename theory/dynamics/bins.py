"""A population in bins narrow enough for the spectrum of its sketches: explicit leading modes, then means over bins.

Bins of ln λ have width min(.05, k/M) at mode k: wider ones would open gaps in the sketched spectrum that are not there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy.special
from numpy.typing import NDArray

from theory.spectra.base import Spectrum
from theory.spectra.power_law import SINGLY, PowerLaw

Array = NDArray[np.float64]
WIDEST = 0.05
REACH = 1e10  # modes of an infinite law that are told apart, over M; the rest is a trace
SMALLEST = 1e-290


@dataclass(frozen=True)
class Bins:
    """Groups of modes in descending order.

    Attributes
    ----------
    eigenvalues, counts, signals : ndarray of shape (n_bins,)
        Mean λ, number of modes and Σ c λ of each.
    tail_trace : float
        Σ λ of the modes that are left out.
    """

    eigenvalues: Array
    counts: Array
    signals: Array
    tail_trace: float


def bins(task: Spectrum, width: float) -> Bins:
    """Return the bins of a population for sketches of M columns.

    Parameters
    ----------
    task : Spectrum
    width : float
        M.
    """
    if isinstance(task, PowerLaw) and task.size > SINGLY:
        return _of_law(task, width)
    nodes = task.nodes
    return _grouped(nodes.eigenvalues, nodes.counts, nodes.signals, width)


def _grouped(eigenvalues: Array, counts: Array, signals: Array, width: float) -> Bins:
    """Group a list of modes."""
    cumulative, logs = np.cumsum(counts), np.log(eigenvalues)
    first = int(np.searchsorted(cumulative, 12.0 * math.sqrt(width)))
    starts = list(range(min(first, len(counts))))
    place = first
    while place < len(counts):
        starts.append(place)
        stop = int(np.searchsorted(-logs, -(logs[place] - min(WIDEST, cumulative[place] / width)), side="right"))
        place = max(stop, place + 1)
    edges = np.array(starts, dtype=np.intp)
    n, w = np.add.reduceat(counts, edges), np.add.reduceat(signals, edges)
    return Bins(np.add.reduceat(counts * eigenvalues, edges) / n, n, w, 0.0)


def _of_law(task: PowerLaw, width: float) -> Bins:
    """Return exact sums of a power law over bins of k, by Hurwitz's zeta function."""
    alpha, decay = float(task.capacity), 1.0 + 2.0 * float(task.capacity) * float(task.source)
    first = math.ceil(max(3.0 * alpha * math.sqrt(width), 8.0))
    last = min(task.size, math.ceil(REACH * max(width, 100.0)), math.exp(-math.log(SMALLEST / task.scale) / alpha))
    edges = [float(k) for k in range(1, first + 1)]
    while edges[-1] < last + 1:
        step = min(WIDEST, edges[-1] / width) / alpha
        edges.append(min(max(math.floor(edges[-1] * math.exp(step)), edges[-1] + 1.0), math.floor(last) + 1.0))
    at = np.array(edges)
    n = np.diff(at)
    trace = task.scale * _sums(alpha, at)
    tail = task.scale * (_rest(alpha, at[-1]) - (0.0 if math.isinf(task.size) else _rest(alpha, task.size + 1.0)))
    return Bins(trace / n, n, _sums(decay, at), max(tail, 0.0))


def _sums(power: float, edges: Array) -> Array:
    """Return Σ k^-power over edges[i] ≤ k < edges[i+1], without cancellation: Euler-Maclaurin for large k."""
    low, high = edges[:-1], edges[1:]
    by_zeta = scipy.special.zeta(power, low) - scipy.special.zeta(power, high)
    ratio = np.log(high / low)
    integral = low ** (1.0 - power) * -np.expm1((1.0 - power) * ratio) / (power - 1.0)
    ends = 0.5 * (low**-power - high**-power) + power / 12.0 * (low ** (-power - 1.0) - high ** (-power - 1.0))
    found: Array = np.where(high - low == 1.0, low**-power, np.where(low < 1000.0, by_zeta, integral + ends))
    return found


def _rest(power: float, start: float) -> float:
    """Return Σ_{k ≥ start} k^-power."""
    return float(scipy.special.zeta(power, start))
