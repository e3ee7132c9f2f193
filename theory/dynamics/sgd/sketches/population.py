"""Modes of a population for SGD without a sketch: the spectrum's own nodes; the far tail by its sums."""

from __future__ import annotations

from theory.dynamics.sgd.modes import Modes
from theory.spectra.base import Spectrum

ROUNDING = 1e-13  # of the signal: no less is told from nothing


def population_modes(task: Spectrum) -> Modes:
    """Return the modes of a population; what has zero eigenvalues, or is beyond the nodes, is never learnt."""
    nodes, (trace, unlearnt) = task.nodes, task.tail
    null = task.signal - float(nodes.signals.sum()) - unlearnt
    still = unlearnt + (null if null > ROUNDING * task.signal else 0.0)
    return Modes(nodes.eigenvalues, nodes.counts, nodes.signals, trace, still)
