"""All combinations of the values of several arguments, as columns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.errors import BadArgument
from theory.results.result import Result

MOST_ROWS = 1_000_000
FINE = 400  # points of a curve that is drawn
NEAR = np.exp(np.geomspace(1e-4, 0.3, 25))  # factors off a point where a curve may have a peak


def grid(axes: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Return all combinations of the axes as columns of shape (n_rows,), the first axis varying fastest.

    Raises
    ------
    ValueError
        If there are more than a million rows.
    """
    n_rows = math.prod(len(values) for values in axes.values())
    if n_rows > MOST_ROWS:
        raise BadArgument("rows", n_rows, f"at most {MOST_ROWS}, all combinations counted", "shorten a list or a range")
    columns = np.meshgrid(*axes.values(), indexing="ij")
    return {name: column.ravel(order="F") for name, column in zip(axes, columns, strict=True)}


def on_grid(result: Result, axes: Mapping[str, NDArray[np.float64]]) -> Any:
    """Return a result of the rows of a grid with an axis for every argument that has more than one value.

    Parameters
    ----------
    result : Result
        Of shape (n_rows,), in the order of `grid`.
    axes : mapping
        As `grid` took them.
    """
    lengths = [len(values) for values in axes.values()]
    return result[np.arange(math.prod(lengths)).reshape(lengths, order="F").squeeze()]


def finer(axes: Mapping[str, NDArray[np.float64]], across: str) -> dict[str, Any]:
    """Return arguments that broadcast to a grid, one of them in steps fine enough to draw, finest where it equals another size.

    Parameters
    ----------
    axes : mapping
        Values of each argument.
    across : str
        The one that is drawn along.
    """
    values = np.asarray(axes[across], dtype=np.float64)
    inside = values[np.isfinite(values) & (values > 0)]
    sizes = [float(size) for name, own in axes.items() if name != across and name.startswith("n_") for size in own]
    peaks = [size for size in sizes if across.startswith("n_") and inside.size and inside.min() < size < inside.max()]
    dense = np.geomspace(inside.min(), inside.max(), FINE) if inside.size > 1 else inside
    near = np.concatenate([np.zeros(0), *(size * factors for size in peaks for factors in (1.0 / NEAR, np.ones(1), NEAR))])
    near = near[(near >= inside.min(initial=np.inf)) & (near <= inside.max(initial=0.0))]
    made: dict[str, Any] = {across: np.unique(np.concatenate([values, dense, near]))}
    several = [name for name, own in axes.items() if name != across and len(own) > 1]
    for place, name in enumerate(several):
        made[name] = np.reshape(axes[name], (-1, *(1,) * (len(several) - place)))
    return {name: made.get(name, own[0]) for name, own in axes.items()}
