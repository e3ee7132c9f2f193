"""Bad input, said once: every error names the argument, its value, what is admissible and what to do."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

SHOWN = 120  # characters of a value


class BadArgument(ValueError):
    """An argument that is not admissible: which, what it was, what it may be, and what to do.

    Parameters
    ----------
    argument : str
        The name by which it was passed.
    value : Any
        What was passed; it is shown, cut to 120 characters.
    admissible : str
        What it may be, to be read after "must be".
    remedy : str
        What to do.

    Attributes
    ----------
    argument, value, admissible, remedy
        As passed.
    """

    def __init__(self, argument: str, value: Any, admissible: str, remedy: str) -> None:
        super().__init__(argument, value, admissible, remedy)
        self.argument, self.value, self.admissible, self.remedy = argument, value, admissible, remedy

    @property
    def shown(self) -> str:
        """The value as text."""
        value = self.value.item() if isinstance(self.value, np.generic) else self.value
        text = str(value) if isinstance(value, Fraction) else repr(value)
        return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."

    def __str__(self) -> str:
        return f"{self.argument} = {self.shown} is not admissible: {self.argument} must be {self.admissible}; {self.remedy}"


def real_array(argument: str, value: ArrayLike, admissible: str, remedy: str) -> NDArray[np.float64]:
    """Return `value` as an array of float64 (any shape), refusing what is not real, is empty or holds NaN.

    Raises
    ------
    BadArgument
        If `value` is empty, ragged, not numeric, complex or contains NaN.
    """
    try:
        raw = np.asarray(value)
    except (ValueError, TypeError):
        raise BadArgument(argument, value, admissible, remedy) from None
    if raw.dtype.kind not in "iuf" or raw.size == 0:
        raise BadArgument(argument, value, admissible, remedy)
    array = raw.astype(np.float64)
    if np.isnan(array).any():
        raise BadArgument(argument, value, admissible, remedy)
    return array
