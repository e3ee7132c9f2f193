"""All combinations of the values of several arguments, as columns."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from theory.errors import BadArgument

MOST_ROWS = 1_000_000


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
