"""Modes of a population for SGD without a sketch: the spectrum's own nodes; the far tail by its sums."""

from __future__ import annotations

import math

from theory.dynamics.recursion import Modes
from theory.spectra.base import Spectrum
from theory.spectra.power_law import LONGEST, PowerLaw


def population_modes(task: Spectrum) -> Modes:
    """Return the modes of a population; of an infinite power law those up to k = 10^15, and the rest as a tail."""
    if not (isinstance(task, PowerLaw) and math.isinf(task.size)):
        nodes = task.nodes  # what is left has zero eigenvalues: it is never learnt
        return Modes(nodes.eigenvalues, nodes.counts, nodes.signals, 0.0, _positive(task.signal, float(nodes.signals.sum())))
    cut = _longest(task)
    nodes = cut.nodes
    power = 2.0 * float(task.capacity) * float(task.source)
    tail = (cut.size + 0.5) ** -power / power  # ∫ k^-(1+2αr) dk, right to rounding at such k
    trace = _positive(task.total_variance, float(nodes.counts @ nodes.eigenvalues))
    return Modes(nodes.eigenvalues, nodes.counts, nodes.signals, trace, tail)


def _positive(whole: float, part: float) -> float:
    """Return whole − part, 0 where that is rounding."""
    rest = float(whole - part)
    return rest if rest > 1e-13 * whole else 0.0


def _longest(task: PowerLaw) -> PowerLaw:
    """Return the law cut off where its modes are too small for doubles, or too many."""
    reach = math.exp(min(math.log(LONGEST), (math.log(task.scale) + 650.0) / float(task.capacity)))
    return task.truncate(min(LONGEST, math.floor(reach)))
