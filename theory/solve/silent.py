"""Noise of variance zero is no noise: points where a chain has some are those of the chain without that layer.

The formulas of a noisy chain hold there too, but count the coordinates that the noise would be on, infinitely many perhaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.chain.places import Slots
from theory.chain.terms import Terms
from theory.solve.arguments import Arguments
from theory.solve.evaluate import Risk


def by_silence(slots: Slots, arguments: Arguments) -> list[tuple[tuple[int, ...], NDArray[np.intp]]]:
    """Return, for each set of silent noises that occurs, the places of the layers that are left, and the points."""
    silent = np.zeros((len(slots), arguments.ridge.size), dtype=bool)
    if any(slot.is_size for slot in slots):
        for row, slot, parameter in zip(silent, slots, arguments.parameters, strict=True):
            row[:] = (parameter == 0) & (not slot.is_size)
    patterns, which = np.unique(silent, axis=1, return_inverse=True)
    return [
        (tuple(np.flatnonzero(~pattern).tolist()), np.flatnonzero(np.ravel(which) == number))
        for number, pattern in enumerate(patterns.T)
    ]


def joined(shape: tuple[int, ...], parts: Sequence[tuple[NDArray[np.intp], Risk]]) -> Risk:
    """Return the results of all points from those of some."""

    def column(pieces: Sequence[NDArray[Any]]) -> NDArray[Any]:
        made = np.empty(sum(piece.size for piece in pieces), dtype=pieces[0].dtype)
        for (points, _), piece in zip(parts, pieces, strict=True):
            made[points] = piece
        return made.reshape(shape)

    terms = {key: column([risk.terms[key] for _, risk in parts]) for key in parts[0][1].terms}
    return Risk(Terms(terms), column([risk.status for _, risk in parts]), column([risk.kappa for _, risk in parts]))
