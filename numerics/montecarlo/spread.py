"""The one place that hands work to an executor: processes, threads, or a cluster's, such as Dask's `Client.get_executor()`.

Work is a function of an integer. What the function holds is sent to each worker once (`parcels`); a task is a batch of
integers that takes about `TASK` seconds, as measured on those before; and few tasks wait at once until it is seen how many
workers there are. Nothing that is computed depends on any of this.
"""

from __future__ import annotations

import math
import os
import platform
import sys
import threading
import time
import uuid
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from numerics.montecarlo.keeping import kept_folder, kept_in
from numerics.montecarlo.parcels import Lacking, Parcel
from numerics.montecarlo.threads import single_thread
from theory.errors import BadArgument

Outcome = TypeVar("Outcome")
TASK = 0.2  # seconds that a task should last, far above what an executor takes for handing it on
LONGEST = 1.0  # after which a task hands back what it has; without a word for so long, calls are long and all workers get some
IN_FLIGHT = 1024  # tasks handed to an executor and not yet back
FEWEST = 2  # of them before anything is known of the workers
RECENT = 4  # tasks by which the time of a call is judged
MOST_CALLS = 10_000  # in a task
LOSSES = 3  # times in a row that tasks come back cancelled, as when a cluster restarts, before it is given up


class Reply(NamedTuple):
    """What comes back from a task.

    Attributes
    ----------
    worker : tuple
        Machine, process and thread.
    outcomes : list or None
        Of the first integers of the batch; None if the worker lacks what the function holds.
    seconds : float
        What they took.
    """

    worker: tuple[str, int, int]
    outcomes: list[Any] | None
    seconds: float


def check_executor(executor: Any) -> None:
    """Refuse what is no executor.

    Raises
    ------
    ValueError
        If it is neither None nor one of `concurrent.futures`.
    """
    if executor is not None and not isinstance(executor, Executor):
        remedy = "leave it out to run in this process; of a Dask client give client.get_executor()"
        raise BadArgument("executor", executor, "a concurrent.futures.Executor", remedy)


def spread(
    function: Callable[[int], Outcome], indices: Sequence[int], executor: Executor | None, words: str = "trials"
) -> Generator[tuple[int, Outcome]]:
    """Yield (index, function(index)) for all indices, in the order in which they are done.

    Parameters
    ----------
    function : callable
        Of an integer; must pickle if the executor is not of threads. Its arrays are shared by all calls in a process.
    indices : sequence of int
        What it is called with.
    executor : concurrent.futures.Executor or None
        Where; None: one after another in this process. It is not shut down.
    words : str
        What the calls are, for a warning.

    Raises
    ------
    RuntimeError
        If the executor's workers cannot even start, as in a script that spawns them without a main guard.

    Warns
    -----
    RuntimeWarning
        If the executor dies. Nothing is lost: what it left undone runs in this process.
    """
    undone = set(indices)
    if executor is not None and undone:
        try:
            folder = kept_folder()
            called = function if folder is None else _Keeping(function, folder.absolute())
            with closing(_Run(called, indices, executor)) as run:
                for index, outcome in run.outcomes():
                    undone.discard(index)
                    yield index, outcome
            return
        except (BrokenExecutor, CancelledError) as error:
            cause = f"{type(error).__name__}: {error}".rstrip(": ")
        warnings.warn(
            f"the executor died after {len(indices) - len(undone)} of {len(indices)} {words} ({cause}); the others run in "
            "this process",
            RuntimeWarning,
            stacklevel=_level_of_the_caller(),
        )
    for index in indices:
        if index in undone:
            with single_thread():
                outcome = function(index)
            yield index, outcome


def mapped(
    function: Callable[..., Outcome], *columns: Iterable[Any], executor: Executor | None = None, words: str = "pieces"
) -> Generator[Outcome]:
    """Yield what `map(function, *columns)` yields, in this order, each as soon as it and those before it are there.

    Parameters
    ----------
    function : callable
        Must pickle, with its arguments, if the executor is not of threads.
    *columns : iterable
        Its arguments.
    executor : concurrent.futures.Executor, optional
        As of `spread`.
    words : str
        As of `spread`.
    """
    check_executor(executor)
    rows = list(zip(*columns, strict=True))
    found: dict[int, Outcome] = {}
    due = 0
    with closing(spread(_Row(function, rows), range(len(rows)), executor, words)) as finished:
        for index, outcome in finished:
            found[index] = outcome
            while due in found:
                yield found.pop(due)
                due += 1


@dataclass(frozen=True, eq=False)
class _Row(Generic[Outcome]):
    """A call by its number."""

    function: Callable[..., Outcome]
    rows: Sequence[tuple[Any, ...]]

    def __call__(self, index: int) -> Outcome:
        return self.function(*self.rows[index])


@dataclass(frozen=True, eq=False)
class _Keeping(Generic[Outcome]):
    """A call whose trials are kept where this process keeps its own, a folder that all workers see."""

    function: Callable[[int], Outcome]
    folder: Path

    def __call__(self, index: int) -> Outcome:
        with kept_in(self.folder):
            return self.function(index)


class _Run(Generic[Outcome]):
    """Work under way."""

    def __init__(self, function: Callable[[int], Outcome], indices: Sequence[int], executor: Executor) -> None:
        self._executor, self._parcel, self._waiting = executor, Parcel(function), deque(indices)
        self._flying: dict[Future[Reply], Sequence[int]] = {}
        self._limit, self._lately = FEWEST, deque[tuple[int, float]](maxlen=RECENT)  # calls of a task, and their seconds
        self._workers: set[tuple[str, int, int]] = set()
        self._served: dict[tuple[str, int], Future[Reply]] = {}  # by process, the task that brings what it lacked
        self._name, self._tasks, self._losses = uuid.uuid4().hex, 0, 0

    def close(self) -> None:
        """Cancel what is under way."""
        for future in self._flying:
            future.cancel()

    def outcomes(self) -> Generator[tuple[int, Outcome]]:
        """Yield (index, outcome) as they come."""
        _greet(self._executor)
        while self._waiting or self._flying:
            while self._waiting and len(self._flying) < self._limit:
                self._send([self._waiting.popleft() for _ in range(min(self._size, len(self._waiting)))], self._parcel)
            done = wait(self._flying, timeout=LONGEST, return_when=FIRST_COMPLETED).done
            if not done:  # long calls, then: do not wait for any before all workers have one
                self._limit = min(2 * self._limit, IN_FLIGHT)
            for future in done:
                yield from self._received(future, self._flying.pop(future))

    @property
    def _size(self) -> int:
        """Calls in the next task."""
        if not self._lately:
            return 1
        calls, seconds = map(sum, zip(*self._lately, strict=True))
        return min(max(1, math.ceil(TASK * calls / max(seconds, 1e-9))), MOST_CALLS)

    def _received(self, future: Future[Reply], batch: Sequence[int]) -> Generator[tuple[int, Outcome]]:
        try:
            worker, outcomes, seconds = future.result()
        except CancelledError:
            self._lost(batch)
            return
        except Exception as error:
            if _is_end(error):
                raise BrokenExecutor(str(error)) from error
            raise
        self._workers.add(worker)
        self._limit = min(max(self._limit, 2 * len(self._workers) + FEWEST), IN_FLIGHT)
        if outcomes is None:
            self._serve(worker[:2], batch)
            return
        self._losses = 0
        self._lately.append((len(outcomes), seconds))
        self._waiting.extendleft(reversed(batch[len(outcomes) :]))
        yield from zip(batch, outcomes, strict=False)

    def _serve(self, process: tuple[str, int], batch: Sequence[int]) -> None:
        """Send a batch again, with all that it needs unless that is under way already; any worker may take it up."""
        if self._served.get(process) in self._flying:
            self._send(batch, self._parcel)
        else:
            self._served[process] = self._send(batch, self._parcel.full())

    def _lost(self, batch: Sequence[int]) -> None:
        self._waiting.extendleft(reversed(batch))
        if not self._flying:
            self._losses += 1
            if self._losses >= LOSSES:
                raise BrokenExecutor("tasks come back cancelled")

    def _send(self, batch: Sequence[int], parcel: Parcel) -> Future[Reply]:
        self._tasks += 1
        ends = batch[0], batch[-1] + 1
        listed = range(*ends) if list(batch) == list(range(*ends)) else tuple(batch)
        # The number tells equal tasks apart: Dask takes calls of equal arguments for one and the same.
        future = _submit(self._executor, _work, parcel, listed, (self._name, self._tasks))
        self._flying[future] = listed
        return future


def _work(parcel: Any, indices: Sequence[int], _: Any) -> Reply:
    """Run a batch, in a worker."""
    me = platform.node(), os.getpid(), threading.get_ident()
    try:
        function = parcel.open()
    except Lacking:
        return Reply(me, None, 0.0)
    outcomes: list[Any] = []
    start = time.perf_counter()
    for index in indices:
        try:
            with single_thread():
                outcomes.append(function(index))
        except Exception:
            if not outcomes:
                raise
            break  # those before it are safe; it is met again at the head of the next batch
        if time.perf_counter() - start > LONGEST:
            break
    return Reply(me, outcomes, time.perf_counter() - start)


def _submit(executor: Executor, function: Callable[..., Outcome], *arguments: Any) -> Future[Outcome]:
    """Hand a call to an executor; one that was shut down is as good as dead. Other errors are errors of the script."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph", UserWarning)  # what a worker lacks goes once
            return executor.submit(function, *arguments)
    except Exception as error:
        if _is_end(error):
            raise BrokenExecutor(str(error)) from error
        raise


def _is_end(error: Exception) -> bool:
    """Return whether an error is of the executor, not of what it runs."""
    of_cluster = type(error).__module__.partition(".")[0] == "distributed"  # closed, lost, or its workers killed
    return of_cluster or (type(error) is RuntimeError and "shutdown" in str(error))


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


def _level_of_the_caller() -> int:
    """Return the `stacklevel` of a warning, given by the function that asks, that points out of this package."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == "numerics":
        frame, level = frame.f_back, level + 1
    return level
