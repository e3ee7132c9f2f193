"""Results as tables of pandas and labelled arrays of xarray, both optional."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.optional import optional
from theory.results.inputs import Inputs


def frame(
    columns: Mapping[str, NDArray[Any]], attributes: Mapping[str, Any], words: Mapping[str, Sequence[str]]
) -> Any:
    """Return a `pandas.DataFrame` of one row a point.

    Parameters
    ----------
    columns : mapping of str to ndarray
        All of one shape; the last axis varies fastest down the rows.
    attributes : mapping
        What holds for all rows, as the frame's `attrs`.
    words : mapping of str to sequence of str
        Of columns that hold codes, what each means: they become categories.
    """
    pandas = optional("pandas", "frame", "to_frame()")
    made = pandas.DataFrame({name: _numbers(column).reshape(-1) for name, column in columns.items()})
    for name, meanings in words.items():
        if name in made:
            made[name] = pandas.Categorical.from_codes(made[name], meanings)
    made.attrs.update(attributes)
    return made


def dataset(
    inputs: Inputs, columns: Mapping[str, NDArray[Any]], attributes: Mapping[str, Any], codes: Mapping[str, Mapping[str, int]]
) -> Any:
    """Return a `xarray.Dataset`: answers as variables, arguments as coordinates along the axes on which they vary.

    Parameters
    ----------
    inputs : Inputs
        The arguments.
    columns : mapping of str to ndarray
        The answers, of the shape of the arguments.
    attributes : mapping
        What holds for all points, as the dataset's `attrs`.
    codes : mapping of str to mapping
        Of variables that hold codes, what is meant by each, as the `attrs` of the variable.
    """
    xarray = optional("xarray", "dataset", "to_dataset()")
    coordinates = {}
    for name in inputs:
        dims, values = inputs.along(name)
        coordinates[name] = dims, _numbers(values)
    variables = {name: (inputs.dims, _numbers(column)) for name, column in columns.items()}
    made = xarray.Dataset(variables, coords=coordinates, attrs=dict(attributes))
    for name, meanings in codes.items():
        if name in made:
            made[name].attrs.update(meanings)
    return made


def _numbers(array: NDArray[Any]) -> NDArray[Any]:
    """Return fractions as doubles; numbers of multiple precision stay what they are."""
    if array.dtype.kind == "O" and any(isinstance(entry, Fraction) for entry in array.flat):
        return np.array([float(entry) for entry in array.flat]).reshape(array.shape)
    return np.array(array)
