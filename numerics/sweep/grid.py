"""What a grid is, and what is computed in one chunk of it.

    model.evaluate(task, **arguments)     or     model(task, **arguments)

Which arguments may be arrays is read off the signature: those annotated as array-like, and the sizes of a chain. Their axes
are passed whole, within a chunk; along all others there is a call at each value. What a call returns names its own answers.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.errors import BadArgument, whole_number
from theory.results.result import named_columns
from theory.results.tabular import Tabular
from theory.spectra.base import Spectrum

POINTS = 2**14  # in a chunk where arguments are arrays
MOST_POINTS = 10**9  # in a chunk
KINDS = "biufU"  # of what varies along an axis
ALONE = "value"  # the name of an answer that has none


class Answer(NamedTuple):
    """What came of a chunk.

    Attributes
    ----------
    columns : dict of str to ndarray
        Each of the shape of the chunk.
    about : dict of str to str
        What was asked, in words.
    codes : dict of str to int
        What a column "status" means.
    """

    columns: dict[str, NDArray[Any]]
    about: dict[str, str]
    codes: dict[str, int]


@dataclass(frozen=True, eq=False)
class Grid:
    """A product of axes, in chunks.

    Attributes
    ----------
    model : Any
        With a method `evaluate`, or callable.
    task : Any
        A population, a callable that makes one from some of the arguments, or None for a callable model without one.
    axes : dict of str to ndarray
        Values along each.
    fixed : dict
        The other arguments.
    chunk : tuple of int
        Points along each axis in a chunk.
    """

    model: Any
    task: Any
    axes: dict[str, NDArray[Any]]
    fixed: dict[str, Any]
    chunk: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Points along each axis."""
        return tuple(map(len, self.axes.values()))

    @property
    def counts(self) -> tuple[int, ...]:
        """Chunks along each axis."""
        return tuple(-(-length // step) for length, step in zip(self.shape, self.chunk, strict=True))

    @property
    def n_chunks(self) -> int:
        """Chunks in all."""
        return math.prod(self.counts)

    def slices(self, index: int) -> tuple[slice, ...]:
        """Return where a chunk lies."""
        places = np.unravel_index(index, self.counts)
        return tuple(
            slice(int(place) * step, min((int(place) + 1) * step, length))
            for place, step, length in zip(places, self.chunk, self.shape, strict=True)
        )

    @cached_property
    def whole(self) -> tuple[str, ...]:
        """The axes that are passed as arrays."""
        taken = array_arguments(self.model)
        return tuple(
            name for name in self.axes if taken(name) and name not in self.of_task and self.axes[name].dtype.kind != "U"
        )

    @cached_property
    def of_task(self) -> tuple[str, ...]:
        """The arguments that make the population."""
        if self.task is None or isinstance(self.task, Spectrum):
            return ()
        known = parameters(self.task)
        return tuple(name for name in (*self.axes, *self.fixed) if name in known)

    def __call__(self, index: int) -> Answer:
        """Return what a chunk gives."""
        values = {name: axis[part] for (name, axis), part in zip(self.axes.items(), self.slices(index), strict=True)}
        single = [name for name in values if name not in self.whole]
        shape = tuple(map(len, values.values()))
        inside = tuple(len(values[name]) for name in self.whole)
        columns: dict[str, NDArray[Any]] = {}
        for place in np.ndindex(*(len(values[name]) for name in single)):
            here = {name: values[name][at].item() for name, at in zip(single, place, strict=True)}
            for number, name in enumerate(self.whole):
                here[name] = values[name].reshape(-1, *(1,) * (len(self.whole) - 1 - number))
            found, about, codes = self._answers({**self.fixed, **here}, inside)
            at_place = dict(zip(single, place, strict=True))
            key = tuple(at_place.get(name, slice(None)) for name in values)
            if columns.keys() != found.keys() and any(place):
                raise BadArgument(
                    "model", list(found), f"with the same answers everywhere, {list(columns)}", "leave others out"
                )
            for name, column in found.items():
                if name not in columns:
                    columns[name] = np.empty(shape, column.dtype)
                columns[name][key] = column
        return Answer(columns, about, codes)

    def _answers(self, arguments: dict[str, Any], shape: tuple[int, ...]) -> Answer:
        """Return what one call gives, each answer of the shape of the axes that are passed whole."""
        own = {name: arguments.pop(name) for name in self.of_task}
        call = getattr(self.model, "evaluate", self.model)
        task = self.task(**own) if self.of_task else self.task
        result = call(**arguments) if task is None else call(task, **arguments)
        about: dict[str, str] = {}
        codes: dict[str, int] = {}
        if isinstance(result, Tabular):
            varying = {"task"} if any(name in self.axes for name in self.of_task) else set()
            found, about = dict(result.answers), {key: word for key, word in result.inputs.about.items() if key not in varying}
            found |= {name: value for name, value in result.attributes.items() if not isinstance(value, str)}
            codes = {} if result.outcomes is None else {outcome.reason: outcome.value for outcome in result.outcomes}
        else:
            found = named_columns(result if isinstance(result, Mapping) else {ALONE: result})
        return Answer({name: _column(name, value, shape, self.fixed) for name, value in found.items()}, about, codes)


def _column(name: str, value: Any, shape: tuple[int, ...], fixed: Mapping[str, Any]) -> NDArray[Any]:
    array = np.asarray(value)
    if array.dtype.kind not in "biufc":
        raise BadArgument("model", name, "with numbers for answers", "call it where it returns doubles, without certified=True")
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        pass
    arrays = [key for key, entry in fixed.items() if np.ndim(entry)]
    if arrays:
        raise BadArgument(arrays[0], fixed[arrays[0]], "one number where it is not an axis", "put it among the axes")
    raise BadArgument("model", f"{name} of shape {array.shape}", f"with answers of shape {shape}", "return one number a point")


def parameters(function: Any) -> dict[str, inspect.Parameter]:
    """Return the arguments that a callable has by name; none where it does not say."""
    try:
        return dict(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return {}


def array_arguments(model: Any) -> Callable[[str], bool]:
    """Return which arguments of a model may be arrays."""
    known = parameters(getattr(model, "evaluate", model))

    def taken(name: str) -> bool:
        if name in known and known[name].kind is not inspect.Parameter.VAR_KEYWORD:
            return _array_like(known[name])
        rest = [each for each in known.values() if each.kind is inspect.Parameter.VAR_KEYWORD]
        return any(hasattr(model, "evaluate") or _array_like(each) for each in rest)

    return taken


def _array_like(parameter: inspect.Parameter) -> bool:
    return parameter.annotation is ArrayLike or "ArrayLike" in str(parameter.annotation)


def checked_axes(axes: Any, fixed: Mapping[str, Any], model: Any, task: Any) -> dict[str, NDArray[Any]]:
    """Return the axes as arrays, or raise `ValueError`."""
    if not isinstance(axes, Mapping) or not axes:
        raise BadArgument("axes", axes, "a dict of at least one argument to its values", "write {'ridge': [0.01, 0.1]}")
    made: dict[str, NDArray[Any]] = {}
    for name, values in axes.items():
        if name in fixed:
            raise BadArgument(name, fixed[name], "an axis or a fixed argument, not both", "remove one of the two")
        array = np.asarray(values)
        if array.ndim != 1 or not array.size or array.dtype.kind not in KINDS:
            raise BadArgument(name, values, "a list of numbers, words or truth values", "give the values along its axis")
        made[name] = array
    call = getattr(model, "evaluate", model)
    if not callable(call):
        raise BadArgument(
            "model", model, "with a method evaluate, or callable", "give a Chain, or a function of (task, **arguments)"
        )
    if task is not None and not isinstance(task, Spectrum) and not callable(task):
        raise BadArgument("task", task, "a spectrum, or a function that makes one", "give for example PowerLaw(1.5, 0.4)")
    known = parameters(call)
    if known and not any(each.kind is inspect.Parameter.VAR_KEYWORD for each in known.values()):
        of_task = {} if task is None or isinstance(task, Spectrum) else parameters(task)
        taken = [name for name in (*known, *of_task) if name != "task"]
        for name in (*made, *fixed):
            if name not in taken:
                raise BadArgument(
                    name, axes.get(name, fixed.get(name)), f"among {', '.join(taken)}", "name an argument of the model"
                )
    return made


def chunk_shape(shape: Sequence[int], whole: Sequence[bool], most: int | None) -> tuple[int, ...]:
    """Return how many points a chunk has along each axis: as many of those passed whole as it may, the last axes first.

    Parameters
    ----------
    shape : sequence of int
        Of the grid.
    whole : sequence of bool
        Which axes are passed as arrays.
    most : int or None
        Points in a chunk; `POINTS`, and one call, when left out.
    """
    room = POINTS if most is None else whole_number("chunk", most, 1, MOST_POINTS, "give the most points that a chunk may have")
    steps = [1] * len(shape)
    order = sorted(range(len(shape)), key=lambda axis: (not whole[axis], -axis))
    for axis in order if most is not None else [axis for axis in order if whole[axis]]:
        steps[axis] = min(shape[axis], room)
        room //= steps[axis]
    return tuple(steps)
