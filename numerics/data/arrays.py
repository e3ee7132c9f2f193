"""What is passed as data, read strictly: arrays, lists, frames. What is masked, sparse or missing is named and refused."""

from __future__ import annotations

import numbers
import warnings
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray

from theory.errors import BadArgument

Array = NDArray[np.float64]

MISSING = ("NAType", "NaTType")  # pandas' own, told by name so that pandas need not be there
REMEDY = "leave those rows out, or fill them in"


def plain_array(argument: str, value: Any, admissible: str) -> NDArray[Any]:
    """Return data as an array of booleans, integers, floats or text, or of other objects (labels) when it is neither.

    Columns of objects that are all numbers, all text or all booleans, as frames with nullable or categorical columns give
    them, become arrays of that kind.

    Parameters
    ----------
    argument : str
        Its name in errors.
    value : array_like
        A frame or series, too.
    admissible : str
        What it may be, for errors.

    Raises
    ------
    ValueError
        If it is sparse, ragged, has masked or missing (None, NA, NaN among objects) entries, or holds complex numbers, dates or
        records.
    """
    if scipy.sparse.issparse(value):
        raise BadArgument(argument, value, admissible, "it is a sparse matrix: pass it with .toarray()")
    if _is_masked(value):
        raise BadArgument(argument, value, admissible, f"entries are masked: {REMEDY}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise BadArgument(argument, value, admissible, "make all rows equally long") from error
    if array.dtype.kind in "OT":
        array = _of_one_kind(argument, array, admissible)
    if array.dtype.kind not in "biufUSO":
        raise BadArgument(argument, value, admissible, f"entries of type {array.dtype} are not data here: convert them")
    return array


def _is_masked(value: Any) -> bool:
    """Whether entries are masked in an array or in a list of arrays."""
    if isinstance(value, list | tuple):
        return any(isinstance(part, np.ma.MaskedArray | list | tuple) and _is_masked(part) for part in value)
    return isinstance(value, np.ma.MaskedArray) and bool(np.ma.is_masked(value))


def _of_one_kind(argument: str, array: NDArray[Any], admissible: str) -> NDArray[Any]:
    """Return an array of objects as one of booleans, numbers or text if it is one, else as it is."""
    items = array.ravel().tolist()
    if any(item is None or type(item).__name__ in MISSING or (isinstance(item, float) and item != item) for item in items):
        raise BadArgument(argument, array, admissible, f"entries are missing (None, NA or NaN): {REMEDY}")
    if any(isinstance(item, np.ndarray | list | tuple | dict) for item in items):
        raise BadArgument(argument, array, admissible, "make all rows equally long")
    if strange := [item for item in items if isinstance(item, numbers.Number) and not isinstance(item, numbers.Real)]:
        raise BadArgument(argument, array, admissible, f"convert entries of type {type(strange[0]).__name__} to float")
    for kind in (bool | np.bool_, str, bytes):
        if all(isinstance(item, kind) for item in items):
            return np.array(items).reshape(array.shape)
    if all(isinstance(item, numbers.Real) and not isinstance(item, bool) for item in items):
        try:
            whole = all(isinstance(item, numbers.Integral) and -(2**63) <= int(item) < 2**63 for item in items)
            return np.array(items, dtype=np.int64 if whole else np.float64).reshape(array.shape)
        except (OverflowError, TypeError, ValueError) as error:
            raise BadArgument(argument, array, admissible, "some numbers are too large for double precision") from error
    return array


def real_numbers(argument: str, value: ArrayLike, admissible: str) -> Array:
    """Return data as finite float64 numbers, of any shape.

    Raises
    ------
    ValueError
        As `plain_array`; also if it holds text, booleans, NaN or infinity.
    """
    array = plain_array(argument, value, admissible)
    if array.dtype.kind not in "iuf":
        held = " and ".join(sorted({type(item).__name__ for item in array.ravel().tolist()})[:3])
        raise BadArgument(argument, value, admissible, f"convert entries of type {held} to numbers")
    with np.errstate(over="ignore"):
        numbers_ = array.astype(np.float64)
    if np.isnan(numbers_).any():
        raise BadArgument(argument, value, admissible, f"entries are missing (NaN): {REMEDY}")
    if not np.isfinite(numbers_).all():
        raise BadArgument(argument, value, admissible, "entries are infinite: leave those rows out")
    return numbers_


def feature_matrix(features: ArrayLike, argument: str = "features") -> Array:
    """Return `features` as a finite float64 matrix of shape (n_rows, n_features); `argument` names it in errors.

    Raises
    ------
    ValueError
        If it is sparse, masked, ragged, not numeric, not two-dimensional, has fewer than two rows or no column, or holds NaN or
        infinity; the message says which.
    """
    admissible = "a matrix of finite real numbers with at least two rows, shape (n_rows, n_features)"
    X = real_numbers(argument, features, admissible)
    if X.ndim != 2 or len(X) < 2 or X.shape[1] == 0:
        raise BadArgument(argument, X.shape, admissible, "pass one row per data point")
    return X
