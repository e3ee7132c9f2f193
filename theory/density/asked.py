"""Which matrix of a chain is meant, and its density: the kernel, the covariance of what the readout sees, the features' own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from theory.chain.places import Slots, check_sizes, inputs
from theory.density.levels import Levels
from theory.density.modes import modes_of
from theory.density.spectrum import EigenvalueDensity
from theory.errors import BadArgument, one_of
from theory.keywords import check_known
from theory.spectra.base import Spectrum, check_spectrum

MATRICES = ("kernel", "covariance", "features")


def eigenvalue_density(slots: Slots, task: Spectrum, given: Mapping[str, Any], of: str, unit: float) -> EigenvalueDensity:
    """Return the density of a matrix; see `Chain.spectrum`.

    Parameters
    ----------
    slots : Slots
        The chain, innermost first.
    task : Spectrum
        The population.
    given : mapping
        A number for each layer's keyword.
    of : {"kernel", "covariance", "features"}
        Which matrix.
    unit : float
        What the eigenvalues of the layers' matrix are multiplied by.
    """
    levels, n = matrix_levels(slots, task, given, of)
    return EigenvalueDensity(levels, n, unit)


def matrix_levels(slots: Slots, task: Spectrum, given: Mapping[str, Any], of: str) -> tuple[Levels, float]:
    """Return the levels of a chain up to a matrix, and the number of its rows.

    Parameters
    ----------
    slots, task, given, of
        As in `eigenvalue_density`.
    """
    check_spectrum(task)
    check_matrix(slots, of)
    places = slots[:-1] if of == "features" and slots.data is not None else tuple(slots)
    keywords = [slot.keyword for slot in places]
    check_known(given, keywords, model=f"chain's {of}")
    missing = [keyword for keyword in keywords if keyword not in given]
    if missing:
        raise BadArgument(missing[0], None, f"given: the {of} takes {', '.join(keywords)}", f"add {missing[0]}=...")
    values = [slot.argument.read(given[slot.keyword]) for slot in places]
    for slot, value in zip(places, values, strict=True):
        if value.ndim:
            raise BadArgument(slot.keyword, given[slot.keyword], "a single number", "call spectrum for each of them")
    parameters = [float(value) for value in values]
    layers = [slot.layer for slot in places]
    check_sizes(layers, keywords, parameters, float(task.size))
    n = _size(places, parameters, float(task.size), of)
    kept = [(layer, value) for layer, value in zip(layers, parameters, strict=True) if layer.sized or value > 0]
    sizes = [value for layer, value in kept if layer.sized]
    modes = modes_of(task, min(sizes, default=math.inf))
    return Levels(task, modes, *map(list, zip(*kept, strict=True)) if kept else ([], [])), n


def check_matrix(slots: Slots, of: str) -> None:
    """Refuse a matrix that a chain does not have.

    Raises
    ------
    ValueError
        For another word, or the matrices of data of a chain without data.
    """
    one_of("of", of, MATRICES)
    if slots.pool_outside and of != "features":
        raise BadArgument("of", of, '"features" for rows of a pool outside feature layers', "their kernel is not counted yet")
    if of != "features" and slots.data is None:
        remedy = "add Samples() to the chain, or ask for its features"
        raise BadArgument("of", of, '"features" for a chain without rows of data', remedy)


def _size(places: Any, parameters: list[float], population: float, of: str) -> float:
    """Return n of the n × n matrix."""
    layers = [slot.layer for slot in places]
    inside = inputs(layers, parameters, population)
    if of == "features":
        n = next((p for layer, p in zip(layers[::-1], parameters[::-1], strict=True) if layer.sized), population)
    else:
        n = parameters[-1] if of == "kernel" else inside[-1]
    if not np.isfinite(n):
        raise BadArgument("of", of, "a matrix of finite size", "infinitely many eigenvalues are zero, or nearly: "
                          'give finite sizes, truncate(n) the population, or ask for the kernel')  # fmt: skip
    return n
