"""The seam to executors: what is sent, how much of it at a time, and what is lost and found."""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import numerics as nm
import theory as th
from numerics.montecarlo import parcels, spread
from numerics.montecarlo.keeping import kept_folder
from numerics.montecarlo.parcels import Lacking, Parcel
from numerics.montecarlo.spread import mapped
from numerics.montecarlo.trials import run_trials


class Distant(ThreadPoolExecutor):
    """An executor whose tasks are pickled on their way; it counts their bytes, and may lose what waits in it."""

    def __init__(self, workers: int, losses: int = 0) -> None:
        super().__init__(workers)
        self.bytes: list[int] = []
        self.losses = losses

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **more: Any) -> Future[Any]:
        sent = pickle.dumps((function, arguments))
        self.bytes.append(len(sent))
        if self.losses and len(self.bytes) % 4 == 0:
            self.losses -= 1
            lost: Future[Any] = Future()
            lost.cancel()
            lost.set_running_or_notify_cancel()
            return lost
        return super().submit(_unpickled, sent)


def _unpickled(sent: bytes) -> Any:
    function, arguments = pickle.loads(sent)
    return function(*arguments)


class Table:
    """A trial with large arrays, one of them shared."""

    def __init__(self, size: int = 50_000) -> None:
        self.one = np.arange(float(size))
        self.other = {"same": self.one, "ints": np.arange(size), "few": np.ones(3)}

    def __call__(self, rng: np.random.Generator) -> np.ndarray:
        assert self.other["same"] is self.one
        place = rng.integers(len(self.one))
        return np.array([self.one[place], self.other["ints"][place], self.other["few"][0]])


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> parcels._Shelf:
    """Return an empty one."""
    empty = parcels._Shelf()
    monkeypatch.setattr(parcels, "SHELF", empty)
    return empty


def test_a_task_is_small_and_arrays_go_once(shelf: parcels._Shelf) -> None:
    with Distant(2) as executor:
        for runs in range(2):
            found = run_trials(Table(), 50, 7, executor=executor)
            np.testing.assert_array_equal(found, run_trials(Table(), 50, 7))
            large = [size for size in executor.bytes if size > 5_000]
            assert len(large) == 1, "once a process, in both runs together"
            assert 800_000 < large[0] < 810_000, "the shared array goes once"
            assert max(size for size in executor.bytes if size < 5_000) < 400, runs


def test_a_simulation_of_many_modes_sends_a_few_hundred_bytes_a_task(shelf: parcels._Shelf) -> None:
    task = th.PowerLaw(1.5, 0.4).truncate(2000)
    given: dict[str, Any] = {"trials": 4, "seed": 0, "ridge": 0.1, "n_samples": 8, "progress": False, "decompose": False}
    with Distant(1) as executor:
        there = nm.simulate(th.linear_ridge(), task, executor=executor, **given)
    np.testing.assert_array_equal(there.test.values, nm.simulate(th.linear_ridge(), task, **given).test.values)
    assert sorted(executor.bytes)[-1] > 32_000
    assert sorted(executor.bytes)[-2] < 400


def test_threads_share_what_there_is_and_pickle_nothing() -> None:
    lock = threading.Lock()  # does not pickle
    with ThreadPoolExecutor(2) as executor:
        found = run_trials(lambda rng: (lock.locked(), rng.random())[1], 20, 1, executor=executor)
    assert found == run_trials(lambda rng: rng.random(), 20, 1)


def test_what_a_process_holds_is_bounded(shelf: parcels._Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "HELD", 10_000)
    first, second = Parcel(np.arange(1000.0)), Parcel(np.arange(2000.0))
    for parcel in (first, second):
        arrived = pickle.loads(pickle.dumps(parcel))
        with pytest.raises(Lacking):
            arrived.open()
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(parcel.full())).open(), parcel.open())
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(second)).open(), second.open())  # larger than the bound: needed
    with pytest.raises(Lacking):
        pickle.loads(pickle.dumps(first)).open()


def test_arrays_of_equal_bytes_are_told_apart(shelf: parcels._Shelf) -> None:
    zeros = [np.zeros(400), np.zeros(400, dtype=np.int64), np.zeros((20, 20)), np.zeros((20, 20), order="F"),
             np.zeros(400, dtype="M8[s]"), np.zeros(400, dtype="U2"), np.zeros((40, 20))[::2]]  # fmt: skip
    for found, sent in zip(pickle.loads(pickle.dumps(Parcel(zeros).full())).open(), zeros, strict=True):
        assert (found.dtype, found.shape) == (sent.dtype, sent.shape)


def test_functions_without_a_name_leave_the_process() -> None:
    pytest.importorskip("cloudpickle")
    with ProcessPoolExecutor(1) as executor:
        assert run_trials(lambda rng: rng.random(), 5, 1, executor=executor) == run_trials(lambda rng: rng.random(), 5, 1)


class Slow:
    """A trial of a given time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self, rng: np.random.Generator) -> float:
        time.sleep(self.seconds)
        return float(rng.random())


@pytest.mark.parametrize(("seconds", "least", "most"), [(0.0005, 3, 20), (0.06, 8, 26)])
def test_short_trials_go_together(seconds: float, least: int, most: int) -> None:
    """As many as take `TASK`, 0.2 s: one for each that takes longer."""
    with Distant(2) as executor:
        run_trials(Slow(seconds), 25, 1, executor=executor)
    assert least <= len(executor.bytes) <= most


def test_a_batch_is_cut_where_trials_turn_out_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "LONGEST", 0.01)
    reply = spread._work(Parcel(Slow(0.02).__call__), [np.random.default_rng(0)] * 5, ())  # type: ignore[list-item]
    assert reply.outcomes is not None
    assert len(reply.outcomes) == 1
    with Distant(2) as executor:
        assert run_trials(Slow(0.004), 40, 1, executor=executor) == run_trials(Slow(0.0), 40, 1)


class Wrong:
    """A trial that fails at one of its numbers."""

    def __call__(self, rng: np.random.Generator) -> np.ndarray:
        drawn = rng.random(1)
        if drawn[0] > 0.99:
            raise ZeroDivisionError("of a trial")
        return drawn


def test_an_error_in_a_batch_loses_none_before_it(tmp_path: Path) -> None:
    seen: list[int] = []
    with nm.kept_in(tmp_path), Distant(1) as executor, pytest.raises(ZeroDivisionError, match="of a trial"):
        run_trials(Wrong(), 400, 0, executor=executor, progress=lambda done, _: seen.append(done))
    wrong = next(
        index for index in range(400) if np.random.default_rng(np.random.SeedSequence(0, spawn_key=(index,))).random() > 0.99
    )
    assert seen[-1] >= wrong > 1


def test_tasks_that_come_back_cancelled_are_given_out_again() -> None:
    with Distant(2, losses=3) as executor:
        assert run_trials(Slow(0.0), 60, 1, executor=executor) == run_trials(Slow(0.0), 60, 1)
    assert executor.losses < 3


class Gone(Executor):
    """An executor that starts, and then cancels whatever it is given."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **more: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if function is spread._hello:
            future.set_result(None)
        else:
            future.cancel()
            future.set_running_or_notify_cancel()
        return future


def test_an_executor_that_cancels_everything_is_given_up() -> None:
    with pytest.warns(RuntimeWarning, match="died after 0 of 6 trials .*cancelled"):
        found = run_trials(Slow(0.0), 6, 1, executor=Gone())
    assert found == run_trials(Slow(0.0), 6, 1)


class Lost(Exception):
    """As a cluster's own."""

    __module__ = "distributed.scheduler"


def test_errors_of_a_cluster_are_its_end() -> None:
    class Cluster(Gone):
        def submit(self, function: Callable[..., Any], /, *arguments: Any, **more: Any) -> Future[Any]:
            future = super().submit(spread._hello)
            if function is not spread._hello:
                future = Future()
                future.set_exception(Lost("workers were killed"))
            return future

    with pytest.warns(RuntimeWarning, match="died after 0 of 6 trials .*workers were killed"):
        run_trials(Slow(0.0), 6, 1, executor=Cluster())


def where(value: float, word: str) -> tuple[float, str, Path | None]:
    """Return the arguments, and the folder that is open here."""
    return value, word, kept_folder()


def test_mapped_is_map_in_order_and_keeps_where_this_process_keeps(tmp_path: Path) -> None:
    columns = [3.0, 1.0, 2.0], ["a", "b", "c"]
    assert list(mapped(where, *columns)) == list(map(where, *columns))
    with nm.kept_in(tmp_path), Distant(2) as executor:
        assert list(mapped(where, *columns, executor=executor)) == [(*row, tmp_path) for row in zip(*columns, strict=True)]
    with pytest.raises(ValueError, match="executor = 3"):
        next(mapped(where, [1.0], ["a"], executor=3))  # type: ignore[arg-type]
