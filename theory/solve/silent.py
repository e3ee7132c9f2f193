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
from theory.solve.optima.ridge import OptimalRidge
from theory.solve.slopes import LocalExponents
from theory.terms import Terms


def by_silence(slots: Slots, arguments: Arguments) -> list[tuple[tuple[int, ...], NDArray[np.intp]]]:
    """Return, for each set of silent noises that occurs, the places of the layers that are left, and the points."""
    silent = np.zeros((len(slots), arguments.ridge.size), dtype=bool)
    if any(slot.is_size for slot in slots):
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


def joined_ridges(shape: tuple[int, ...], parts: Sequence[tuple[NDArray[np.intp], OptimalRidge]]) -> OptimalRidge:
    """Return the best ridges of all points from those of some."""
    places = [points for points, _ in parts]
    columns = zip(*((np.asarray(found), found.risk, found.status) for _, found in parts), strict=True)
    ridge, risk, status = (column(shape, places, pieces) for pieces in columns)
    return OptimalRidge(ridge, risk, status)


def joined_slopes(
    shape: tuple[int, ...], keywords: Sequence[str], parts: Sequence[tuple[NDArray[np.intp], LocalExponents]]
) -> LocalExponents:
    """Return the slopes of all points from those of some; NaN by the variance of a noise that is silent."""
    places = [points for points, _ in parts]

    def join(slopes: Sequence[dict[str, Any]]) -> dict[str, Any]:
        sizes = [points.size for points in places]
        return {keyword: column(shape, places, [slope.get(keyword, np.full(size, np.nan))
                                                for slope, size in zip(slopes, sizes, strict=True)])
                for keyword in keywords}  # fmt: skip

    found = [local for _, local in parts]
    terms = {key: join([local.terms[key] for local in found]) for key in found[0].terms}
    return LocalExponents(join([local.kappa for local in found]), Terms(terms))
