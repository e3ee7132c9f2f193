"""Early stopping: the training time of least risk, at many points at once, in ln t between the two limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from theory.errors import BadArgument
from theory.results.result import PerPoint, Result
from theory.results.status import Code, reasons
from theory.solve.optima.minimise import Search, minimise
from theory.spectra.base import Array
from theory.terms import Key, Terms

ALIKE = 1e-11  # relative: a finite time is better than the end by more than contours leave
BEFORE, AFTER = 12.0, 25.0  # e-folds before anything is learnt, and after the tightest layer is used up


class TimeSearch(Code):
    """What became of the search for the best time at one point."""

    INSIDE = 0, "a finite time", ""
    END = 1, "the end of training: no finite time is better", ""
    START = 2, "time zero: whatever is learnt makes it worse", ""
    FAILED = 3, "not converged", "evaluate on a grid of times of your own"


@dataclass(frozen=True, repr=False)
class BestTime(Result):
    """The best stopping time, arrays of the broadcast shape of the arguments.

    Attributes
    ----------
    time : ndarray
        t, in the units of `evaluate`; inf for the end of training, 0 for the start, NaN where the search did not converge.
    risk : ndarray
        The term that was minimised, there.
    status : ndarray of int
        Codes of `TimeSearch`.
    inputs : Inputs
        The arguments.
    """

    outcomes: ClassVar[type[Code]] = TimeSearch

    time: PerPoint
    risk: PerPoint
    status: PerPoint

    @property
    def converged(self) -> NDArray[np.bool_]:
        """Whether the time is the best one, at each point."""
        return np.asarray(self.status < TimeSearch.FAILED)

    @property
    def reasons(self) -> NDArray[np.str_]:
        """The status of each point in words."""
        return reasons(self.status, TimeSearch)


def best_time(
    evaluate: Callable[..., Terms[Any]], given: Mapping[str, Any], top: Array, slowest: Array, of: Key
) -> BestTime:
    """Return the time of least risk at every point.

    Parameters
    ----------
    evaluate : callable
        The terms, by arguments.
    given : mapping
        Arrays, broadcast to one shape, without the time.
    top, slowest : ndarray, shape (points,)
        The scales of the largest and of the smallest ridge that matter.
    of : str or tuple of str
        The term.

    Raises
    ------
    ValueError
        For an unknown term.
    """
    shape = next(iter(given.values())).shape
    flat = {key: value.reshape(-1) for key, value in given.items()}

    def terms(time: Array, which: NDArray[np.intp]) -> Terms[Any]:
        return evaluate(time=time, **{key: value[which] for key, value in flat.items()})

    everything = np.arange(top.size)
    ends = {code: terms(np.full(top.size, time), everything) for code, time in
            ((TimeSearch.START, 0.0), (TimeSearch.END, np.inf))}  # fmt: skip
    known = ends[TimeSearch.END]
    if not isinstance(of, (str, tuple)) or of not in known:
        raise BadArgument("of", of, f"one of {', '.join(map(repr, known))}", "name a term of the risk")
    found = minimise(lambda x, which: terms(np.exp(x), which)[of], -np.log(top) - BEFORE, -np.log(slowest) + AFTER)
    time, risk = np.exp(found.place), found.value
    status = np.where(found.code == Search.FAILED, TimeSearch.FAILED, TimeSearch.INSIDE)
    for code, when in ((TimeSearch.START, 0.0), (TimeSearch.END, np.inf)):
        value = ends[code][of].reshape(-1)
        better = np.isfinite(value) & (value <= risk * (1.0 + ALIKE * (code == TimeSearch.END)))
        time, risk, status = np.where(better, when, time), np.where(better, value, risk), np.where(better, code, status)
    time = np.where(status == TimeSearch.FAILED, np.nan, time)
    return BestTime(time.reshape(shape), risk.reshape(shape), status.reshape(shape).astype(np.int8))
