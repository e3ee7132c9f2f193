"""Trials, seeds and standard errors: what every experiment here shares.

Trial i draws from the i-th child of the seed and from nothing else, so that no number depends on how many workers there
are, the order in which they finish, or where a run was taken up again. The error of a mean over n trials is

    stderr = [Σ (x_i − x̄)² / (n(n − 1))]^½.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from numerics.montecarlo.keeping import own_store
from numerics.montecarlo.progress import Progress, reporting
from numerics.montecarlo.store import TrialStore
from numerics.montecarlo.threads import single_thread
from theory.errors import BadArgument, seed_number, whole_number
from theory.results.store import Stored

Outcome = TypeVar("Outcome")
IN_FLIGHT = 256  # trials handed to an executor and not yet written
MOST_TRIALS = 10**6  # in a run: their outcomes are held in memory


@dataclass(frozen=True, eq=False)
class Estimate(Stored):
    """A quantity measured in independent trials.

    Attributes
    ----------
    values : ndarray of shape (n_trials, ...)
        One measurement a trial: trials on the first axis.
    """

    values: NDArray[np.float64]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the mean."""
        return self.values.shape[1:]

    def __getitem__(self, key: Any) -> Self:
        """Return the estimate at some points, of all trials."""
        return replace(self, values=self.values[(slice(None), *(key if isinstance(key, tuple) else (key,)))])

    @property
    def mean(self) -> Any:
        """Mean over trials, of shape (...)."""
        return self.values.mean(axis=0)

    @property
    def stderr(self) -> Any:
        """Standard error of the mean, of shape (...)."""
        return self.values.std(axis=0, ddof=1) / np.sqrt(len(self.values))

    @property
    def median(self) -> Any:
        """Median over trials, of shape (...)."""
        return np.median(self.values, axis=0)

    def __str__(self) -> str:
        if self.values.ndim == 1:
            return f"{self.mean:.6g} ± {self.stderr:.2g}"
        return f"Estimate of shape {self.values.shape[1:]} from {len(self.values)} trials"


def generator(seed: int, index: int) -> np.random.Generator:
    """Return the generator of trial `index`: child `index` of the seed, as `SeedSequence(seed).spawn` numbers them.

    Raises
    ------
    ValueError
        If seed or index is not an integer ≥ 0.
    """
    entropy, place = seed_number("seed", seed), whole_number("index", index, 0)
    return np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=(place,)))


def run_trials(
    trial: Callable[[np.random.Generator], Outcome],
    trials: int,
    seed: int,
    *,
    executor: Executor | None = None,
    first: int = 0,
    store: TrialStore | None = None,
    progress: Progress | bool | None = False,
) -> list[Outcome]:
    """Return the outcomes of trials `first`, …, `first + trials − 1`, in this order.

    Parameters
    ----------
    trial : callable
        Takes the generator of its trial, its only source of randomness. Must pickle if the executor is of processes.
    trials : int
        How many to run, ≥ 1.
    seed : int
        Of the whole run; see `generator`.
    executor : concurrent.futures.Executor, optional
        Where to run them; in this process when left out. It is not shut down. At most `IN_FLIGHT` trials wait in it.
    first : int
        Index of the first trial: a run is continued by starting where it stopped.
    store : TrialStore, optional
        Outcomes (arrays of float64, then) found there are not run again, and new ones are committed to it one by one,
        by this process: a run that is killed loses the trials in flight and no other. Left out: see
        `numerics.montecarlo.keeping`.
    progress : callable or bool, optional
        Called with (done, total) after each trial, stored ones counted as done; see `numerics.montecarlo.progress.reporting`.

    Returns
    -------
    list
        The same numbers, to the last bit, for every executor and every interruption: BLAS runs on one thread in a
        trial, see `numerics.montecarlo.threads`.

    Raises
    ------
    ValueError
        If `trials` is not an integer from 1 to a million, seed or first is not one ≥ 0, or the executor is none.
    RuntimeError
        If the executor's workers cannot even start, as in a script that spawns them without a main guard.

    Warns
    -----
    RuntimeWarning
        If the executor dies (a worker is killed, say). No trial is lost: those it left undone run in this process.
    """
    remedy = "give the number of independent trials; more can be run in parts, by first="
    trials, first = whole_number("trials", trials, 1, MOST_TRIALS, remedy), whole_number("first", first, 0)
    seed = seed_number("seed", seed)
    if executor is not None and not isinstance(executor, Executor):
        raise BadArgument("executor", executor, "a concurrent.futures.Executor", "leave it out to run in this process")
    if store is None:
        with own_store(trial, seed) as own:
            return _run(trial, trials, seed, executor, first, own, progress)
    return _run(trial, trials, seed, executor, first, store, progress)


def _run(
    trial: Callable[[np.random.Generator], Outcome], trials: int, seed: int, executor: Executor | None, first: int,
    store: TrialStore | None, progress: Progress | bool | None,
) -> list[Outcome]:  # fmt: skip
    outcomes: dict[int, Any] = {} if store is None else dict(store.read(first, trials))
    missing = [index for index in range(first, first + trials) if index not in outcomes]
    # Held here as well as in each trial: threads of this process then never give it back while others still compute.
    with reporting(progress) as report, single_thread():
        report(len(outcomes), trials)
        finished = _here(trial, seed, missing) if executor is None else _elsewhere(trial, seed, missing, executor)
        with closing(finished):
            for index, outcome in finished:
                if store is not None and getattr(outcome, "dtype", None) == np.float64:
                    store.add(index, np.asarray(outcome))
                outcomes[index] = outcome
                report(len(outcomes), trials)
    return [outcomes[index] for index in range(first, first + trials)]


def _run_one(trial: Callable[[np.random.Generator], Outcome], seed: int, index: int) -> Outcome:
    with single_thread():
        return trial(generator(seed, index))


def _submit(executor: Executor, function: Callable[..., Outcome], *arguments: Any) -> Future[Outcome]:
    """Hand a call to an executor; one that was shut down is as good as dead. Other errors are errors of the script."""
    try:
        return executor.submit(function, *arguments)
    except RuntimeError as error:
        if "shutdown" not in str(error):
            raise
        raise BrokenExecutor(str(error)) from error


def _hello() -> None:
    """Do nothing: a worker that gets so far has started."""


def _greet(executor: Executor) -> None:
    """Wait until a worker has started.

    Raises
    ------
    RuntimeError
        If they die of starting: they would run the script again instead, each of them.
    """
    answer = _submit(executor, _hello)
    try:
        answer.result()
    except BrokenExecutor as error:
        raise RuntimeError(
            "the executor's workers died before they ran anything (their errors are above); a script that spawns processes "
            'must keep what makes the pool under `if __name__ == "__main__":`'
        ) from error


def _here(
    trial: Callable[[np.random.Generator], Outcome], seed: int, indices: Sequence[int]
) -> Generator[tuple[int, Outcome]]:
    """Yield (index, outcome) one after another."""
    for index in indices:
        yield index, _run_one(trial, seed, index)


def _elsewhere(
    trial: Callable[[np.random.Generator], Outcome], seed: int, indices: Sequence[int], executor: Executor
) -> Generator[tuple[int, Outcome]]:
    """Yield (index, outcome) as they come from an executor; what is left undone when it dies, from this process."""
    flying: dict[Future[Outcome], int] = {}
    waiting, undone = list(reversed(indices)), set(indices)
    try:
        if indices:
            _greet(executor)
        while waiting or flying:
            while waiting and len(flying) < IN_FLIGHT:
                flying[_submit(executor, _run_one, trial, seed, waiting[-1])] = waiting[-1]
                waiting.pop()
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                index, outcome = flying[future], future.result()
                del flying[future]
                undone.discard(index)
                yield index, outcome
        return
    except (BrokenExecutor, CancelledError) as error:
        cause = f"{type(error).__name__}: {error}".rstrip(": ")
    finally:
        for future in flying:
            future.cancel()
    done = len(indices) - len(undone)
    warnings.warn(
        f"the executor died after {done} of {len(indices)} trials ({cause}); the others run in this process",
        RuntimeWarning,
        stacklevel=_level_of_the_caller(),
    )
    yield from _here(trial, seed, sorted(undone))


def _level_of_the_caller() -> int:
    """Return the `stacklevel` of a warning, given by the function that asks, that points out of this package."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == "numerics":
        frame, level = frame.f_back, level + 1
    return level
