"""What became of each point: an integer code, what it means, and what to do about it."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Code(IntEnum):
    """An enumeration of outcomes: each a code with what it means.

    Attributes
    ----------
    reason : str
        What happened, in a few words.
    remedy : str
        What to do; empty where there is nothing to do.
    """

    reason: str
    remedy: str

    def __new__(cls, code: int, reason: str, remedy: str) -> Code:  # noqa: D102
        made = int.__new__(cls, code)
        made._value_ = code
        made.reason, made.remedy = reason, remedy
        return made


def reasons(code: NDArray[Any], outcomes: type[Code]) -> NDArray[np.str_]:
    """Return the reasons in words, in the shape of the codes."""
    return np.asarray(np.array([outcome.reason for outcome in outcomes])[code])
