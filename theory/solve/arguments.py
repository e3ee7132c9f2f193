"""The arguments of an evaluation, checked against the chain and the population and broadcast to one shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.chain.places import Slot, Slots, check_sizes
from theory.errors import BadArgument, real_array
from theory.spectra.base import Spectrum

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Arguments:
    """One flat point list: every array has shape (n_points,).

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
    parameters: tuple[Array, ...]
    ridge: Array
    noise: Array
    ensemble: Array

    def take(self, where: Any) -> Arguments:
        """Return the points selected by a slice, mask or index array."""
        parameters = tuple(parameter[where] for parameter in self.parameters)
        return Arguments((), parameters, self.ridge[where], self.noise[where], self.ensemble[where])


def check_arguments(
    slots: Slots, task: Spectrum, sizes: Mapping[str, Any], ridge: Any, noise: Any, ensemble: Any
) -> Arguments:
    """Return the broadcast arguments of `Chain.evaluate`.

    Parameters
    ----------
    slots : Slots
        The chain, innermost first.
    task : Spectrum
        The population.
    sizes : mapping
        One array-like for each slot's keyword.
    ridge, noise, ensemble : array-like
        λ (finite), σ² (finite, ≥ 0), K (≥ 1, may be infinite).

    Raises
    ------
    ValueError
        For a missing or unknown keyword, a value out of its domain, arrays that do not broadcast, a size that the
        layer does not allow.
    """
    keywords = [slot.keyword for slot in slots]
    listed = ", ".join(keywords)
    for keyword in sizes:
        if keyword not in keywords:
            raise BadArgument(keyword, sizes[keyword], f"left out: this chain takes {listed}", f"use one of {listed}")
    for keyword in keywords:
        if keyword not in sizes:
            raise BadArgument(keyword, None, f"given: this chain takes {listed}", f"add {keyword}=...")
    given = [_parameter(slot, sizes[slot.keyword]) for slot in slots]
    given.append(_domain("ridge", ridge, -np.inf, "finite", "give a number"))
    given.append(_domain("noise", noise, 0.0, "a finite variance σ² ≥ 0", "give the variance, not the deviation"))
    copies = real_array("ensemble", ensemble, "≥ 1", "give the number of predictors K")
    if not (copies >= 1).all():
        raise BadArgument("ensemble", ensemble, "≥ 1", "give the number of predictors K")
    try:
        arrays = np.broadcast_arrays(*given, copies)
    except ValueError:
        shapes = {name: array.shape for name, array in zip([*keywords, "ridge", "noise"], given, strict=True)}
        raise BadArgument("shapes", shapes, "broadcastable to one shape", "reshape the arguments as NumPy arrays") from None
    flat = [np.ascontiguousarray(array.reshape(-1)) for array in arrays]
    arguments = Arguments(arrays[0].shape, tuple(flat[: len(slots)]), *flat[len(slots) :])
    check_sizes(slots.layers, keywords, arguments.parameters, np.full_like(arguments.ridge, task.size))
    if slots.pooled and arguments.noise.any():
        remedy = "noise in a pool's targets is part of them: add σ²/M to the signal of every mode"
        raise BadArgument("noise", noise, "0 for samples of a finite pool", remedy)
    return arguments


def check_task(task: Any) -> None:
    """Refuse what is no population."""
    if not isinstance(task, Spectrum):
        remedy = "give PowerLaw(...), Discrete(...), Isotropic(...) or another Spectrum"
        raise BadArgument("task", task, "a spectrum", remedy)


def _domain(name: str, value: Any, least: float, admissible: str, remedy: str) -> Array:
    array = real_array(name, value, admissible, remedy)
    if not np.isfinite(array).all() or (array < least).any():
        raise BadArgument(name, value, admissible, remedy)
    return array


def _parameter(slot: Slot, value: Any) -> Array:
    if not slot.is_size:
        return _domain(slot.keyword, value, 0.0, "a finite variance ≥ 0", "give the variance μ² of the feature noise")
    admissible, remedy = "a number > 0, or inf", f"give the number of {slot.layer.words}"
    array = real_array(slot.keyword, value, admissible, remedy)
    if not (array > 0).all():
        raise BadArgument(slot.keyword, value, admissible, remedy)
    return array

