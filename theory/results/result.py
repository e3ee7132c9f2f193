"""What every result can do, read off the declaration of its fields.

A field is declared by what its axes are: `PerPoint` for an array (or an estimate, or a mapping of them, as deep as one likes)
of the shape of the arguments, `PerDraw` for one with more axes in front. What is neither belongs to the result as a whole.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Annotated, Any, Self, TypeVar, get_type_hints

import numpy as np
from numpy.typing import NDArray

from theory.results.inputs import Inputs, compact
from theory.results.store import Stored
from theory.results.tabular import Tabular
from theory.terms import term_name


@dataclass(frozen=True)
class Axes:
    """The axes of a field: those of the arguments, and how many stand before them."""

    before: int = 0


PerPoint = Annotated[Any, Axes()]
PerDraw = Annotated[Any, Axes(1)]
PerRun = Annotated[Any, Axes(2)]


Kind = TypeVar("Kind", bound="Result")
KNOWN: dict[type, dict[str, int]] = {}


def pointwise(owner: type[Any]) -> dict[str, int]:
    """Return the fields of a class that have the axes of the arguments, and how many axes are before them.

    Parameters
    ----------
    owner : type
        The class.
    """
    if owner not in KNOWN:
        hints = get_type_hints(owner, include_extras=True)
        marks = {each.name: getattr(hints[each.name], "__metadata__", (None,))[0] for each in fields(owner)}
        KNOWN[owner] = {name: mark.before for name, mark in marks.items() if isinstance(mark, Axes)}
    return KNOWN[owner]


@dataclass(frozen=True, repr=False)
class Result(Tabular, Stored):
    """An answer that carries its question.

    Attributes
    ----------
    inputs : Inputs
        Every argument by keyword, broadcast to the shape of the answer; `inputs.about` says the rest in words.
    """

    inputs: Inputs = field(default_factory=functools.partial(Inputs, (), {}), kw_only=True)

    @property
    def shape(self) -> tuple[int, ...]:
        """The broadcast shape of the arguments."""
        if self.inputs:
            return self.inputs.shape
        for name, before in pointwise(type(self)).items():
            for leaf in leaves(getattr(self, name)):
                return tuple(leaf.shape[before:])
        return ()

    def __getitem__(self, key: Any) -> Self:
        """Return the result at some points, by an index, slices, or a mask of the shape of the answer."""
        shape, chosen = self.shape, key if isinstance(key, tuple) else (key,)
        taken = {name: _taken(getattr(self, name), shape, before, chosen) for name, before in pointwise(type(self)).items()}
        return replace(self, **taken, inputs=self.inputs.at(key) if self.inputs else self.inputs)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError(f"a {type(self).__name__} of one point has no length")
        return self.shape[0]

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Self]:
        return (self[place] for place in range(len(self)))

    @property
    def entries(self) -> dict[str, Any]:
        """What `answers` lists: the fields of the shape of the arguments."""
        own = pointwise(type(self))
        return {name: getattr(self, name) for name, before in own.items() if not before and name not in self.inputs}

    @property
    def answers(self) -> dict[str, NDArray[Any]]:
        """What was computed by name, arrays of the shape of the arguments; of estimates the mean, and the standard error."""
        found = named_columns(self.entries)
        last = {name: found.pop(name) for name in ("converged", "status") if name in found}
        return {name: np.broadcast_to(np.asarray(column), self.shape) for name, column in (found | last).items()}

    @property
    def attributes(self) -> dict[str, Any]:
        """What belongs to the result as a whole: numbers and words."""
        whole = [each.name for each in fields(self) if each.name not in pointwise(type(self)) and each.name != "inputs"]
        held = {name: getattr(self, name) for name in whole if not name.startswith("_")}
        return {**self.inputs.about, **{name: value for name, value in held.items() if isinstance(value, int | float | str)}}


def joined(parts: Sequence[Kind]) -> Kind:
    """Return results of the same kind one after another, along their first axis.

    Parameters
    ----------
    parts : sequence of Result
        Of one axis or more each; what belongs to a result as a whole is that of the first.
    """
    first = parts[0]
    marks = pointwise(type(first))
    fields_ = {name: _after([getattr(part, name) for part in parts], before) for name, before in marks.items()}
    shape = (sum(part.shape[0] for part in parts), *first.shape[1:])
    given = {name: compact(np.concatenate([part.inputs[name] for part in parts])) for name in first.inputs}
    return replace(first, **fields_, inputs=Inputs(shape, given, first.inputs.about))


def _after(values: Sequence[Any], before: int) -> Any:
    if values[0] is None:
        return None
    if isinstance(values[0], Mapping):
        made = {key: _after([value[key] for value in values], before) for key in values[0]}
        return type(values[0])(made)  # type: ignore[call-arg]
    return np.concatenate(values, axis=before)


def leaves(value: Any) -> Iterator[Any]:
    """Yield the arrays and estimates of a field.

    Parameters
    ----------
    value : Any
        One, None, or a mapping.
    """
    if isinstance(value, Mapping):
        for entry in value.values():
            yield from leaves(entry)
    elif value is not None:
        yield value


def named_columns(entries: Mapping[str, Any]) -> dict[str, Any]:
    """Return arrays by one name each, of estimates mean and standard error, from fields as deep as one likes.

    Parameters
    ----------
    entries : mapping of str to Any
        Fields by name; entries of a mapping are named after their field and their key.
    """
    found: dict[str, Any] = {}
    for name, value in entries.items():
        for path, leaf in _named(name, value):
            found |= _columns(path, leaf)
    return found


def _named(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the entries of a field by name; those of "terms" by their own."""
    if not isinstance(value, Mapping):
        if value is not None:
            yield path, value
        return
    for key, entry in value.items():
        inside = term_name(key)
        yield from _named(inside if path == "terms" else f"{path}[{key}]", entry)


def _columns(name: str, leaf: Any) -> dict[str, Any]:
    """Return an array by its name; of an estimate mean and standard error."""
    return {name: leaf.mean, f"{name}_stderr": leaf.stderr} if hasattr(leaf, "stderr") else {name: leaf}


def _taken(value: Any, shape: tuple[int, ...], before: int, key: tuple[Any, ...]) -> Any:
    """Return a field at some points; entries that have fewer axes are those of all of them."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        return type(value)({name: _taken(entry, shape, before, key) for name, entry in value.items()})  # type: ignore[call-arg]
    if not isinstance(value, np.ndarray):
        return value[key]
    whole = np.broadcast_to(value, value.shape[:before] + shape)
    rest = () if any(part is Ellipsis for part in key) else (Ellipsis,)
    return whole[(slice(None),) * before + key + rest]
