"""What became of a risk at each point."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.results.status import Code


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
    UNCERTIFIED = 9, "not certified: the working precision did not suffice", "ask for fewer digits, or use precision="


TRUSTED = int(Status.UNDERFLOW)  # the last code that is


def converged(code: NDArray[Any]) -> NDArray[np.bool_]:
    """Return where numbers are right to rounding; exact limits count."""
    return np.asarray(code <= TRUSTED)
