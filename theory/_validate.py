"""Bad input, said once: every error names the argument, its value, what is admissible and what to do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def bad(argument: str, value: Any, admissible: str, remedy: str) -> ValueError:
    """Return the `ValueError` of this project: the argument, its value, the admissible range and a remedy."""
    shown = repr(value.item() if isinstance(value, np.generic) else value)
    if len(shown) > 120:
        shown = shown[:117] + "..."
    return ValueError(f"{argument} = {shown} is not admissible: {argument} must be {admissible}; {remedy}")


def real_array(argument: str, value: ArrayLike, admissible: str, remedy: str) -> NDArray[np.float64]:
    """Return `value` as an array of float64 (any shape), refusing what is not real, is empty or holds NaN.

    Raises
    ------
    ValueError
        If `value` is empty, ragged, not numeric, complex or contains NaN.
    """
    try:
        raw = np.asarray(value)
    except (ValueError, TypeError):
        raise bad(argument, value, admissible, remedy) from None
    if raw.dtype.kind not in "iuf" or raw.size == 0:
        raise bad(argument, value, admissible, remedy)
    array = raw.astype(np.float64)
    if np.isnan(array).any():
        raise bad(argument, value, admissible, remedy)
    return array
