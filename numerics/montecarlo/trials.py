"""Trials, seeds and standard errors: what every experiment here shares.

Trial i draws from the i-th child of the seed and from nothing else, so that no number depends on how many workers there
are, the order in which they finish, or where a run was taken up again. The error of a mean over n trials is

    stderr = [Σ (x_i − x̄)² / (n(n − 1))]^½.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from numerics.montecarlo.keeping import own_store
from numerics.montecarlo.progress import Progress, reporting
from numerics.montecarlo.spread import check_executor, spread
from numerics.montecarlo.store import TrialStore
from numerics.montecarlo.threads import single_thread
from theory.errors import seed_number, whole_number
from theory.results.store import Stored

Outcome = TypeVar("Outcome")
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
        Where to run them: processes, threads, a cluster's; in this process when left out. It is not shut down.
        Short trials go to it together, and what they share once a worker: see `numerics.montecarlo.spread`.
    first : int
        Index of the first trial: a run is continued by starting where it stopped.
    store : TrialStore, optional
        Outcomes (arrays of float64, then) found there are not run again, and new ones are committed to it as they
        come back, by this process: a run that is killed loses the trials in flight and no other. Left out: see
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
        If the executor dies (a worker is killed, the cluster is closed). No trial is lost: those it left
        undone run in this process.
    """
    remedy = "give the number of independent trials; more can be run in parts, by first="
    trials, first = whole_number("trials", trials, 1, MOST_TRIALS, remedy), whole_number("first", first, 0)
    seed = seed_number("seed", seed)
    check_executor(executor)
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
        with closing(spread(_Seeded(trial, seed), missing, executor)) as finished:
            for index, outcome in finished:
                if store is not None and getattr(outcome, "dtype", None) == np.float64:
                    store.add(index, np.asarray(outcome))
                outcomes[index] = outcome
                report(len(outcomes), trials)
    return [outcomes[index] for index in range(first, first + trials)]


@dataclass(frozen=True, eq=False)
class _Seeded(Generic[Outcome]):
    """A trial by its number."""

    trial: Callable[[np.random.Generator], Outcome]
    seed: int

    def __call__(self, index: int) -> Outcome:
        return self.trial(generator(self.seed, index))
