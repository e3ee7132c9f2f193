"""Values that are no good anywhere or mean the same in many types, and how a call is judged: what all fuzz tests share."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import theory as th
from numerics.data.learning_curve import TheoryLimitWarning
from numerics.data.sets import DataWarning
from theory.errors import BadArgument

pandas = pytest.importorskip("pandas")

MEANT = DataWarning, TheoryLimitWarning, th.QuadratureWarning, th.RoundingWarning, th.UnstableStepWarning


def quietly(make: Callable[[], Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make()


HUGE = 10**400  # a seed may be so large
JUNK: list[Any] = [
    None, "text", b"bytes", "", [], [[]], {}, {1: 2}, {1.5}, (), object(), print, np.nan, np.inf, -1, 1j, Decimal("NaN"),
    np.array([]), np.array(None), np.zeros((2, 0)), np.zeros((0, 2)), iter([1.0]), range(0), Path("nowhere"), [None], [[None]],
    pandas.DataFrame(), pandas.Series(dtype=float), pandas.NA, pandas.NaT, np.ma.masked, np.datetime64("NaT"), [1, [2]],
    scipy.sparse.eye_array(3), quietly(lambda: np.matrix([[np.nan]])), np.array("x"), HUGE, -HUGE, [HUGE], 1e400,
    type, ..., NotImplemented, np.float16(np.inf), [[1.0], "x"], np.zeros(2, dtype="V4"),
]  # fmt: skip

COUNTS = [2, np.int64(2), np.uint8(2), 2.0, np.float64(2.0)]
NOT_COUNTS = [
    0, 2.5, Decimal("0.5"), "2", True, [2], np.array([2]), 10**9, 10**400, quietly(lambda: np.matrix([[2]])), np.float64(1.5),
]  # fmt: skip
SEEDS = [0, np.int64(0), np.uint8(0)]
NOT_FLAGS = ["no", "yes", 1, 0, 1.0, [True], np.array([True, False])]


def without(junk: list[Any], *fine: Any) -> list[Any]:
    """JUNK less what means something to an argument."""
    return [value for value in junk if not any(value is other for other in fine)]


def frozen(value: Any) -> Any:
    """A value as bytes, where it can be; without what masked arrays and frames remember of being looked at."""
    if isinstance(value, np.ma.MaskedArray):
        return pickle.dumps((value.data, np.ma.getmaskarray(value)))
    if isinstance(value, list | tuple):
        return [frozen(part) for part in value]
    if isinstance(value, pandas.DataFrame | pandas.Series):
        return repr(value.to_numpy().tolist()), str(value.dtypes)
    try:
        return pickle.dumps(value)
    except (TypeError, pickle.PicklingError, AttributeError):
        return None


def called(function: Callable[..., Any], arguments: dict[str, Any], story: str = "") -> Any:
    """Call without a warning other than those that are meant; return the result or the refusal."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for kind in MEANT:
            warnings.simplefilter("ignore", kind)
        try:
            return function(**arguments)
        except BadArgument as refusal:
            return refusal
        except Exception as error:
            raise AssertionError(f"{story}: {type(error).__name__}: {error}") from error
