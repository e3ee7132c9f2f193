"""What became of each point: a code, what it means, and what to do about it."""

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


class Status(Code):
    """The outcome at one point; numbers are to be trusted from `CONVERGED` to `UNDERFLOW`."""

    CONVERGED = 0, "converged", ""
    RIDGELESS = 1, "ridgeless", ""
    THRESHOLD = 2, "interpolation threshold: the ridgeless test risk diverges", "give a ridge > 0, or other sizes"
    NEGATIVE = 3, "negative ridge", ""
    UNDERFLOW = 4, "ridgeless to doubles: a complement is below 1e-307", "evaluate with precision="
    FAILED = 5, "not converged: the bracket of kappa did not close", "evaluate with precision=, or report the point"
    UNRESOLVED = 6, "not converged: 0/0 beyond the range of doubles", "give a ridge > 0, or evaluate with precision="
    OVERFLOW = 7, "not converged: beyond the range of doubles", "give fewer steps, or a smaller one"
    SMALL = 8, "too small for a first correction: its parameter is above 1/4", "give larger sizes or ridges"


TRUSTED = Status.UNDERFLOW  # the last code that is


def converged(code: NDArray[Any]) -> NDArray[np.bool_]:
    """Return where numbers are right to rounding; exact limits count."""
    return np.asarray(code <= TRUSTED)


def reasons(code: NDArray[Any], outcomes: type[Code] = Status) -> NDArray[np.str_]:
    """Return the reasons in words, in the shape of the codes."""
    return np.asarray(np.array([outcome.reason for outcome in outcomes])[code])
