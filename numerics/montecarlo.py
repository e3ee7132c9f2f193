"""Trials, seeds and standard errors: what every experiment here shares.

Trial i draws from the i-th child of the seed and from nothing else, so that no number depends on how many workers there
are, the order in which they finish, or where a run was taken up again. The error of a mean over n trials is

    stderr = [Σ (x_i − x̄)² / (n(n − 1))]^½.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from theory._validate import bad

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, eq=False)
class Estimate:
    """A quantity measured in independent trials.

    Attributes
    ----------
    values : ndarray of shape (n_trials, ...)
        One measurement a trial: trials on the first axis.
    """

    values: NDArray[np.float64]

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
    for name, value in (("seed", seed), ("index", index)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
            raise bad(name, value, "an integer ≥ 0", "give a number, so that the run can be repeated")
    return np.random.default_rng(np.random.SeedSequence(int(seed), spawn_key=(int(index),)))


def run_trials(
    trial: Callable[[np.random.Generator], Outcome],
    trials: int,
    seed: int,
    *,
    executor: Executor | None = None,
    first: int = 0,
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
        Where to run them; in this process when left out. It is not shut down.
    first : int
        Index of the first trial: a run is continued by starting where it stopped.

    Raises
    ------
    ValueError
        If `trials` is not an integer ≥ 1, or seed or first is not one ≥ 0.
    """
    if isinstance(trials, bool) or not isinstance(trials, int | np.integer) or trials < 1:
        raise bad("trials", trials, "an integer ≥ 1", "give the number of independent trials")
    generator(seed, first)
    one = partial(_run_one, trial, seed)
    indices = range(int(first), int(first) + int(trials))
    return list(map(one, indices) if executor is None else executor.map(one, indices))


def _run_one(trial: Callable[[np.random.Generator], Outcome], seed: int, index: int) -> Outcome:
    return trial(generator(seed, index))
