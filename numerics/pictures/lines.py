"""A result as curves: along one of its axes, one curve for each point of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.errors import BadArgument
from theory.results.table import cell
from theory.results.tabular import Tabular
from theory.terms import RISKS

Array = NDArray[np.float64]

MOST_CURVES = 12
STDERR = "_stderr"


@dataclass(frozen=True, eq=False)
class Curves:
    """Answers along an argument, sorted by it.

    Attributes
    ----------
    across : str
        The argument.
    x : ndarray of shape (n_curves, n_points)
        Its values; those that are infinite are left out.
    labels : tuple of str
        What tells the curves apart; empty words for a single one.
    columns : dict of str to ndarray of shape (n_curves, n_points)
        Answers by name.
    noise : ndarray of shape (n_curves, n_points)
        σ², 0 where it is no argument.
    """

    across: str
    x: Array
    labels: tuple[str, ...]
    columns: dict[str, Array]
    noise: Array

    def __len__(self) -> int:
        return len(self.labels)


def curves(result: Tabular, x: str | None = None, most: int = MOST_CURVES) -> Curves:
    """Return a result along one axis.

    Parameters
    ----------
    result : Risk, TrainingRisk, SGDRisk, Simulation or another with arguments
        With an axis at least.
    x : str, optional
        The argument to follow; by default the one with the longest axis.
    most : int
        Curves at most.

    Raises
    ------
    ValueError
        For a result of one point, an argument that varies along no axis of its own, and more curves than can be told apart.
    """
    inputs = result.inputs
    varying = {name: inputs.along(name)[0] for name in inputs if len(inputs.along(name)[0]) == 1 and inputs.own[name].size > 1}
    if not varying:
        raise BadArgument("result", inputs.shape, "of several points along an argument", "evaluate at a range of one of them")
    lengths = dict(zip(inputs.dims, inputs.shape, strict=True))
    across = max(varying, key=lambda name: lengths[varying[name][0]]) if x is None else x
    if across not in varying:
        raise BadArgument("x", across, f"one of {', '.join(varying)}", "name an argument that varies along one axis")
    axis = inputs.dims.index(varying[across][0])

    def rows(array: NDArray[Any]) -> NDArray[Any]:
        moved = np.moveaxis(np.asarray(array), axis, -1)
        return moved.reshape(-1, moved.shape[-1])

    at = rows(inputs[across]).astype(np.float64)
    if len(at) > most:
        raise BadArgument("result", f"{len(at)} curves", f"a picture of at most {most}", "take a part of it, as result[..., 0]")
    kept = np.flatnonzero(np.isfinite(at[0]))
    kept = kept[np.argsort(at[0, kept], kind="stable")]
    others = {name: rows(inputs[name])[:, 0] for name in inputs if name != across}
    told = {name: values for name, values in others.items() if any(value != values[0] for value in values)}
    labels = [", ".join(f"{words(name)} {cell(values[k])}" for name, values in told.items()) for k in range(len(at))]
    numbers = {name: column for name, column in result.answers.items() if column.dtype.kind in "fO"}
    found = {name: rows(column)[:, kept].astype(np.float64) for name, column in numbers.items()}
    noise = rows(inputs["noise"])[:, kept].astype(np.float64) if "noise" in inputs else np.zeros((len(at), kept.size))
    return Curves(across, at[:, kept], tuple(labels), found, noise)


def terms_of(found: Curves) -> list[str]:
    """Return the terms of a risk among the columns, in their order."""
    return [name for name in found.columns if name in RISKS or (name.startswith("variance[") and not name.endswith(STDERR))]


def words(name: str) -> str:
    """Return an argument's name as a label says it."""
    return name.removeprefix("n_").replace("_", " ")
