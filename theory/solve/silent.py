"""Noise of variance zero is no noise: points where a chain has some are those of the chain without that layer.

The formulas of a noisy chain hold there too, but count the coordinates that the noise would be on, infinitely many perhaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.chain.places import Slots
from theory.solve.arguments import Arguments
from theory.solve.evaluate import Risk
from theory.terms import Terms


def by_silence(slots: Slots, arguments: Arguments) -> list[tuple[tuple[int, ...], NDArray[np.intp]]]:
    """Return, for each set of silent noises that occurs, the places of the layers that are left, and the points."""
    if len(slots.sizes) == len(slots):
        return [(tuple(range(len(slots))), np.arange(arguments.ridge.size))]
    silent = np.zeros((len(slots), arguments.ridge.size), dtype=bool)
    if slots.sizes:
        for row, slot, parameter in zip(silent, slots, arguments.parameters, strict=True):
            row[:] = (parameter == 0) & (not slot.is_size)
    if (silent == silent[:, :1]).all():
        return [(tuple(np.flatnonzero(~silent[:, 0]).tolist()), np.arange(arguments.ridge.size))]
    patterns, which = np.unique(silent, axis=1, return_inverse=True)
    return [
        (tuple(np.flatnonzero(~pattern).tolist()), np.flatnonzero(np.ravel(which) == number))
        for number, pattern in enumerate(patterns.T)
    ]


def column(shape: tuple[int, ...], places: Sequence[NDArray[np.intp]], pieces: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return the values of all points from those of some."""
    made = np.empty(sum(piece.size for piece in pieces), dtype=pieces[0].dtype)
    for points, piece in zip(places, pieces, strict=True):
        made[points] = piece
    return made.reshape(shape)


def joined(shape: tuple[int, ...], parts: Sequence[tuple[NDArray[np.intp], Risk]]) -> Risk:
    """Return the risks of all points from those of some."""
    places, risks = [points for points, _ in parts], [risk for _, risk in parts]
    terms = {key: column(shape, places, [risk.terms[key] for risk in risks]) for key in risks[0].terms}
    status, kappa = (column(shape, places, [getattr(risk, name) for risk in risks]) for name in ("status", "kappa"))
    return Risk(Terms(terms), status, kappa)
