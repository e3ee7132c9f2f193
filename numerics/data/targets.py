"""Targets: numbers as they are, or class labels as one output a class; which of the two is decided, or guessed and said."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from numerics.data.arrays import Array, plain_array, real_numbers
from theory.errors import BadArgument

Kind = Literal["classes", "numbers"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MOST_CLASSES = 20  # whole numbers that take more values are not labels
MOST_ENTRIES = 2 * 10**8  # of the table of outputs
SMALLEST, LARGEST = 1e-140, 1e150  # of the largest target: squares must be doubles, and accurate

ADMISSIBLE = "class labels, or finite real numbers, shape (n_rows,) or (n_rows, n_outputs)"


@dataclass(frozen=True, eq=False)
class Targets:
    """Targets as they were read.

    Attributes
    ----------
    outputs : ndarray of shape (n_rows, n_outputs)
        Not centred; 1 on the class and 0 elsewhere for labels.
    kind : {"classes", "numbers"}
        What they are: one output a class, or numbers.
    guessed : str
        In words, what whole numbers that may be either were taken for; empty where there was no doubt.
    """

    outputs: Array
    kind: Kind
    guessed: str = ""


def read_targets(targets: ArrayLike, kind: Kind | None = None) -> Targets:
    """Return targets with what they were taken for.

    Parameters
    ----------
    targets : array_like of shape (n_rows,) or (n_rows, n_outputs)
        Real numbers, or class labels of any kind (then in one column): text, booleans, integers, categories.
    kind : {"classes", "numbers"}, optional
        What they are. When left out, text, booleans and other objects are labels, and so are integers that take at most 20
        values; floats and several columns are numbers.

    Raises
    ------
    ValueError
        If the targets are empty, not finite, masked, missing, not of one or two dimensions, or not of the kind given.
    """
    if kind is not None and not (isinstance(kind, str) and kind in KINDS):
        raise BadArgument("kind", kind, f"one of {', '.join(KINDS)}", "leave it out to have it guessed and said")
    Y = plain_array("targets", targets, ADMISSIBLE)
    if Y.ndim not in (1, 2) or Y.size == 0:
        raise BadArgument("targets", targets, ADMISSIBLE, "pass one row per data point")
    if Y.dtype.kind in "iuf":
        real_numbers("targets", Y, ADMISSIBLE)
    column = Y.reshape(len(Y)) if Y.size == len(Y) else None
    kind, guessed = (kind, "") if kind is not None else _guess(Y.dtype.kind, column)
    if kind == "classes":
        return Targets(_indicators(targets, column), kind, guessed)
    if Y.dtype.kind not in "biuf":
        raise BadArgument("targets", targets, "finite real numbers for kind 'numbers'", "text and the like can only be labels")
    outputs = Y.reshape(len(Y), -1).astype(np.float64)
    if np.abs(outputs).max() > LARGEST:
        raise BadArgument("targets", targets, f"numbers up to {LARGEST:g}, whose squares are doubles", "rescale them")
    return Targets(outputs, kind, guessed)


def _guess(dtype: str, column: NDArray[Any] | None) -> tuple[Kind, str]:
    """Return what targets are taken for, and words about it where whole numbers may be either."""
    if dtype not in "iuf":
        return ("numbers" if column is None and dtype == "b" else "classes"), ""
    values = np.empty(0) if column is None else np.unique(column)
    if not 0 < len(values) <= MOST_CLASSES or np.mod(values, 1).any():
        return "numbers", ""
    if dtype == "f":
        return "numbers", f"targets of {len(values)} whole values are taken for numbers; kind 'classes' makes them labels"
    return "classes", f"targets of {len(values)} whole values are taken for class labels; kind 'numbers' leaves them numbers"


def _indicators(targets: Any, column: NDArray[Any] | None) -> Array:
    """Return one output a class, 1 on the class and 0 elsewhere; classes in order, or as they come where there is none."""
    if column is None:
        raise BadArgument("targets", targets, "one column of labels for kind 'classes'", "take kind 'numbers' for several")
    if column.dtype.kind != "O":
        labels, place = np.unique(column, return_inverse=True)
    else:
        items = column.tolist()
        if not all(isinstance(item, Hashable) for item in items):
            raise BadArgument("targets", targets, "labels that can be told apart (hashable)", "convert them to text")
        index = {label: position for position, label in enumerate(dict.fromkeys(items))}
        labels, place = np.arange(len(index)), np.array([index[item] for item in items])
    if len(labels) * len(column) > MOST_ENTRIES:
        remedy = "name fewer classes, or pass kind='numbers'"
        raise BadArgument("targets", f"{len(labels)} classes", f"at most {MOST_ENTRIES // len(column)} classes", remedy)
    return (place.reshape(-1, 1) == np.arange(len(labels))).astype(np.float64)


def centred_targets(targets: ArrayLike, *, kind: Kind | None = None) -> Array:
    """Return targets of shape (n_rows, n_outputs), each output with mean 0 over the rows.

    Parameters
    ----------
    targets, kind
        See `read_targets`.

    Raises
    ------
    ValueError
        As `read_targets`; also if all targets are equal.
    """
    return centred(read_targets(targets, kind).outputs)


def centred(outputs: Array) -> Array:
    """Return outputs less their means, or raise `ValueError` if none varies."""
    if not (outputs != outputs[0]).any():
        raise BadArgument("targets", outputs[0], "varying between rows", "there is nothing to learn from a constant target")
    return np.asarray(outputs - outputs.mean(axis=0))
