"""A model and its sizes read as a list of plain steps: what is drawn, of which size, outward from the population."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from theory.chain.layers import Layer
from theory.chain.nonlinear import NonlinearFeatures
from theory.chain.places import Slots, check_sizes, inputs
from theory.errors import BadArgument, real_array, whole_number
from theory.keywords import unknown

Array = NDArray[np.float64]
Activation = Callable[[Array], Array]

LARGEST_SIZE = 10**6  # of one draw


class Model(Protocol):
    """What is read of a model."""

    @property
    def slots(self) -> Slots:
        """The layers in their places, innermost first."""

    @property
    def nonlinear(self) -> NonlinearFeatures | None:
        """The nonlinear features that the layers inside the data stand for, if there are any."""


@dataclass(frozen=True)
class Step:
    """One layer to draw.

    Attributes
    ----------
    name : str
        The source.
    layer : Layer
        It draws itself.
    n_in : int
        The number of coordinates inside it.
    size : int
        The number of coordinates (or rows) outside it.
    variance : float
        Of noise; 0 for other layers.
    """

    name: str
    layer: Layer
    n_in: int
    size: int
    variance: float = 0.0

    @property
    def is_matrix(self) -> bool:
        """Whether this is a source of its own: a feature layer."""
        return self.layer.sized and not self.layer.trains


@dataclass(frozen=True, eq=False)
class Declared:
    """Everything that a trial needs to know; no formula among it.

    Attributes
    ----------
    eigenvalues, target_power : ndarray of shape (n_dims,)
        λ_k and c_k of the population, mode by mode.
    rows : Step or None
        The data; None for the population itself.
    steps : tuple of Step
        Feature layers and their noise, innermost first.
    activation : callable or None
        φ of a nonlinear layer; its features are φ(F₀ᵀx)/√N, F₀ iid N(0, 1/D), in place of F and the noise beside it.
    decomposes : bool
        Whether bias and variances are defined.
    """

    eigenvalues: Array
    target_power: Array
    rows: Step | None
    steps: tuple[Step, ...]
    activation: Activation | None
    decomposes: bool

    @property
    def features(self) -> tuple[str, ...]:
        """The feature layers' names, innermost first."""
        return tuple(step.name for step in self.steps if step.is_matrix)

    @property
    def sources(self) -> tuple[str, ...]:
        """What a grid of draws crosses: the data, where there are any, and the feature layers."""
        return self.features if self.rows is None else (self.rows.name, *self.features)

    def settings(self) -> dict[str, Any]:
        """Return all of it as JSON can say it: arrays by a digest of their bytes, an activation by its name and values."""
        probe = np.linspace(-6.0, 6.0, 241)
        activation = self.activation and {
            "name": getattr(self.activation, "__name__", type(self.activation).__name__),
            "values": digest(np.asarray(np.round(self.activation(probe), 9) + 0.0, dtype=np.float64)),  # no −0
        }
        layers = (self.rows, *self.steps) if self.rows is not None else self.steps
        return {
            "layers": [
                {"name": step.name, "layer": repr(step.layer), "size": step.size, "variance": step.variance}
                for step in layers
            ],
            "activation": activation,
            "n_dims": len(self.eigenvalues),
            "eigenvalues": digest(self.eigenvalues),
            "target_power": digest(self.target_power),
        }


def digest(array: Array) -> str:
    """Return the SHA-256 of an array's numbers."""
    return hashlib.sha256(np.ascontiguousarray(array, dtype="<f8").tobytes()).hexdigest()


def declare(model: Model, spectrum: tuple[Array, Array], sizes: Mapping[str, Any]) -> Declared:
    """Return the steps of a model at given sizes.

    Parameters
    ----------
    model : Model
        A chain, or anything else with `slots`.
    spectrum : (eigenvalues, target_power)
        As `Spectrum.explicit` gives them.
    sizes : mapping
        One value for each slot's keyword; not the noise of a nonlinear layer, which its activation makes.

    Raises
    ------
    ValueError
        For missing or unknown sizes, sizes that are not integers ≥ 1, negative variances, and projections wider than
        their input.
    """
    activation = None if model.nonlinear is None else model.nonlinear.phi
    slots = [slot for slot in model.slots if slot.is_size or activation is None]
    keywords = [slot.keyword for slot in slots]
    for keyword in sizes:
        if keyword not in keywords:
            raise unknown(keyword, sizes[keyword], [*keywords, "ridge", "noise", "ensemble"], "this model", sorted(keywords))
    for keyword in keywords:
        if keyword not in sizes:
            raise BadArgument(keyword, None, "given", f"add {keyword}=...")
    layers, n_dims = [slot.layer for slot in slots], len(spectrum[0])
    values = [(_size if slot.is_size else _variance)(slot.keyword, sizes[slot.keyword]) for slot in slots]
    check_sizes(layers, keywords, values, n_dims)
    steps = [
        Step(slot.name, slot.layer, n_in, int(value)) if slot.is_size else Step(slot.name, slot.layer, n_in, n_in, value)
        for slot, value, n_in in zip(slots, values, inputs(layers, values, n_dims), strict=True)
    ]
    rows = steps.pop() if model.slots.data is not None else None
    return Declared(*spectrum, rows, tuple(steps), activation, not model.slots.pooled)


def _size(name: str, value: Any) -> int:
    return whole_number(name, value, 1, LARGEST_SIZE, "a simulation draws one finite size at a time")


def _variance(name: str, value: Any) -> float:
    remedy = "a simulation draws noise of one variance at a time"
    variance = real_array(name, value, "a finite number ≥ 0", remedy)
    if variance.ndim or not 0 <= variance < np.inf:
        raise BadArgument(name, value, "a finite number ≥ 0", remedy)
    return float(variance)
