"""What was asked: every argument of an evaluation, broadcast to the shape of the answer, and the names of its axes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.exact import exact

POINT = "point"  # the one axis along which several arguments vary together


class Inputs(Mapping[str, NDArray[Any]]):
    """Arguments by keyword, each an array of the shape of the answer; read-only.

    Kept as they were given, so that a grid of a million points takes the room of its axes.

    Parameters
    ----------
    shape : tuple of int
        Of the answer.
    given : mapping
        Array-likes that broadcast to it; None is left out.
    about : mapping of str to str, optional
        What else was asked, in words: the model, the population.
    """

    __slots__ = ("_own", "about", "shape")

    def __init__(self, shape: tuple[int, ...], given: Mapping[str, Any], about: Mapping[str, str] | None = None) -> None:
        self.shape, self.about = tuple(shape), dict(about or {})
        self._own = {name: _read(value) for name, value in given.items() if value is not None}

    def __getitem__(self, name: str) -> NDArray[Any]:
        return np.broadcast_to(self._own[name], self.shape)

    def __iter__(self) -> Iterator[str]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.shape, self._own, self.about)

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{name!r}: {value!r}" for name, value in self.items()) + "}"

    @property
    def own(self) -> dict[str, NDArray[Any]]:
        """The arguments as they were given, which broadcast to the shape."""
        return dict(self._own)

    def at(self, key: Any) -> Inputs:
        """Return the arguments at some points.

        Parameters
        ----------
        key : index
            As of an array of the shape of the answer.
        """
        chosen = {name: compact(self[name][key]) for name in self}
        return Inputs(np.empty(self.shape, dtype=bool)[key].shape, chosen, self.about)

    @property
    def dims(self) -> tuple[str, ...]:
        """The name of each axis: the argument that varies along it, if one alone does and along no other."""
        named: list[str] = []
        for axis in range(-len(self.shape), 0):
            lengths = {name: own.shape[axis] for name, own in self._own.items() if own.ndim >= -axis}
            single = [name for name, length in lengths.items() if self._own[name].size == length and name not in named]
            along = [name for name, length in lengths.items() if length > 1] or single
            spare = POINT if len(self.shape) == 1 else f"{POINT}_{axis + len(self.shape)}"
            named.append(along[0] if len(along) == 1 and along[0] in single else spare)
        return tuple(named)

    def along(self, name: str) -> tuple[tuple[str, ...], NDArray[Any]]:
        """Return the axes along which an argument varies, and its values on them.

        Parameters
        ----------
        name : str
            The argument.
        """
        own = self._own[name]
        dims = self.dims
        axes = [axis for axis in range(own.ndim) if own.shape[axis] > 1 or dims[axis - own.ndim] == name]
        return tuple(dims[axis - own.ndim] for axis in axes), own.reshape([own.shape[axis] for axis in axes])

    @property
    def constant(self) -> dict[str, Any]:
        """The arguments that have one value at all points."""
        return {name: own.reshape(-1)[0] for name, own in self._own.items() if own.size == 1}


def compact(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array of length 1 along every axis on which it does not change.

    Parameters
    ----------
    array : ndarray
        Any.
    """
    for axis in range(array.ndim):
        first = array.take([0], axis) if array.shape[axis] > 1 else array
        if array.strides[axis] == 0 or bool(np.all(array == first)):
            array = first
    return array


def _read(value: Any) -> NDArray[Any]:
    """Return a copy of its own; numbers that NumPy does not know become fractions."""
    array = np.array(value)
    if array.dtype.kind == "O":
        for place, entry in enumerate(array.flat):
            number = exact(entry)
            array.flat[place] = entry if number is None else number
    array.setflags(write=False)
    return array
