"""A population in bins narrow enough for the spectrum of its sketches: explicit leading modes, then means over bins.

Bins of ln λ have width min(.05, k/M) at mode k: wider ones would open gaps in the sketched spectrum that are not there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.errors import BadArgument
from theory.spectra.base import Spectrum
from theory.spectra.power_law import SINGLY
from theory.spectra.smooth_law import SmoothLaw

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
        The population.
    width : float
        M.

    Raises
    ------
    ValueError
        For more columns than modes within the range of doubles, where there are more modes.
    """
    if isinstance(task, SmoothLaw) and task.size > SINGLY:
        found = _of_law(task, width)
    else:
        nodes = task.nodes
        found = _grouped(nodes.eigenvalues, nodes.counts, nodes.signals, width)
    told = float(found.counts.sum())
    if told <= width < task.rank:
        remedy = "the eigenvalues of the others are below 1e-290 and make no difference to fewer columns"
        raise BadArgument("n_features", width, f"below {told:g}, the modes that doubles tell apart", remedy)
    return found


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


def _of_law(task: SmoothLaw, width: float) -> Bins:
    """Return exact sums of a law in k over bins of k."""
    steepness = task.steepness
    first = math.ceil(max(3.0 * steepness * math.sqrt(width), 8.0))
    reach = math.exp(min(math.log(task.total_variance / SMALLEST) / steepness, math.log(np.finfo(float).max)))
    end = min(float(task.size), REACH * max(width, 100.0), max(math.floor(reach), 1.0)) + 1.0  # of the modes told apart
    edges = [float(k) for k in range(1, math.ceil(min(first + 1.0, end)))]
    while edges[-1] < end:  # whole numbers, as doubles: beyond 2^53 they are far apart
        step = min(WIDEST, edges[-1] / width) / steepness
        edges.append(min(max(math.floor(edges[-1] * math.exp(min(step, 1.0))), edges[-1] + 1.0), end))
    trace, signal = task.binned(np.array([*edges, task.size + 1.0]))
    n = np.diff(edges)
    return Bins(trace[:-1] / n, n, signal[:-1], float(trace[-1]))
