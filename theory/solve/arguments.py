"""The arguments of an evaluation, checked against the chain and the population and broadcast to one shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.arguments import ARGUMENTS, Argument, shared_shape
from theory.chain.places import Slots, check_sizes
from theory.errors import BadArgument
from theory.keywords import check_known
from theory.spectra.base import Spectrum

BESIDE_SIZES = tuple(ARGUMENTS[keyword] for keyword in ("ridge", "noise", "ensemble"))


@dataclass(frozen=True)
class Arguments:
    """One flat point list: every array has shape (n_points,), of doubles or of exact numbers.

    Arrays are to be read: what has one value at all points is one number, seen as often.

    Attributes
    ----------
    shape : tuple of int
        The broadcast shape that the results take again.
    parameters : tuple of ndarray
        Size or variance of each layer, innermost first.
    ridge, noise, ensemble : ndarray
        λ, σ², K.
    """

    shape: tuple[int, ...]
    parameters: tuple[NDArray[Any], ...]
    ridge: NDArray[Any]
    noise: NDArray[Any]
    ensemble: NDArray[Any]

    def of(self, places: Sequence[int]) -> Arguments:
        """Return the arguments at all points, with the parameters of some layers."""
        return replace(self, parameters=tuple(self.parameters[place] for place in places))

    def take(self, where: Any, places: Sequence[int] | None = None) -> Arguments:
        """Return the points selected by a slice, mask or index array, with the parameters of some layers or all."""
        chosen = self.parameters if places is None else [self.parameters[place] for place in places]
        ridge = self.ridge[where]
        parameters = tuple(parameter[where] for parameter in chosen)
        return Arguments(ridge.shape, parameters, ridge, self.noise[where], self.ensemble[where])


def declared(slots: Slots) -> tuple[Argument, ...]:
    """Return the arguments that the evaluation of a chain takes: its layers', then ridge, noise and ensemble."""
    return (*(slot.argument for slot in slots), *BESIDE_SIZES)


def check_arguments(slots: Slots, task: Spectrum, given: Mapping[str, Any], exactly: bool = False) -> Arguments:
    """Return the broadcast arguments of `Chain.evaluate`, as doubles or as they were written.

    Parameters
    ----------
    slots : Slots
        The chain, innermost first.
    task : Spectrum
        The population.
    given : mapping
        One array-like for each slot's keyword; ridge, noise, ensemble: λ (finite), σ² (finite, ≥ 0), K (≥ 1, may be infinite).
    exactly : bool
        Return object arrays of fractions, and inf.

    Raises
    ------
    ValueError
        For a missing or unknown keyword, a value out of its domain, arrays that do not broadcast, a size that the
        layer does not allow.
    """
    keywords = [slot.keyword for slot in slots]
    beside = [argument.keyword for argument in BESIDE_SIZES]
    check_known(given, keywords, beside)
    for keyword in keywords:
        if keyword not in given:
            raise BadArgument(keyword, None, f"given: this chain takes {', '.join(keywords)}", f"add {keyword}=...")
    read = Argument.read_exactly if exactly else Argument.read
    arguments = _flat(slots, {argument.keyword: read(argument, given[argument.keyword]) for argument in declared(slots)})
    check_sizes(slots.layers, keywords, arguments.parameters, np.broadcast_to(float(task.size), arguments.ridge.shape))
    if slots.pooled and (arguments.noise != 0).any():
        remedy = "noise in a pool's targets is part of them: add σ²/M to the signal of every mode"
        raise BadArgument("noise", given["noise"], "0 for samples of a finite pool", remedy)
    return arguments


def _flat(slots: Slots, arrays: Mapping[str, NDArray[Any]]) -> Arguments:
    shape = shared_shape(arrays)
    flat = [np.broadcast_to(array, shape).reshape(-1) for array in arrays.values()]
    return Arguments(shape, tuple(flat[: len(slots)]), *flat[len(slots) :])
