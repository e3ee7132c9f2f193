"""A Dask cluster of two worker processes: everything that loops gives there the numbers that it gives here, bit by bit.

`test_cluster` runs this file in a process of its own, whose event loops, sockets and threads are then no other test's.
"""

from __future__ import annotations

import logging
import pickle
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import numerics as nm
import theory as th
from numerics.montecarlo import spread
from numerics.montecarlo.store import TrialStore
from numerics.montecarlo.trials import run_trials
from numerics.papers.parts import make

distributed = pytest.importorskip("distributed")

CHAIN, FLOW, SGD = th.random_features(), th.GradientFlow(th.linear_ridge()), th.OnePassSGD()
TASK = th.PowerLaw(1.5, 0.4).truncate(30)
ROWS = np.random.default_rng(0).standard_normal((40, 6))
QUIET: dict[str, Any] = {"progress": False}


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A client of a cluster that is there for all tests of this file."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None)
    with cluster, distributed.Client(cluster) as found:
        yield found


WORK: dict[str, Callable[[Executor | None], Any]] = {
    "ridge": lambda pool: nm.simulate(CHAIN, TASK, trials=5, seed=1, ridge=[0.01, 0.1], noise=0.1, n_samples=20,
                                      n_features=15, executor=pool, **QUIET).test.values,
    "flow": lambda pool: nm.simulate_flow(FLOW, TASK, trials=4, seed=1, time=[1.0, 9.0], n_samples=20, executor=pool,
                                          **QUIET).test.values,
    "one pass": lambda pool: nm.simulate_sgd(SGD, TASK, n_samples=40, n_features=8, step=0.05, sketches=4, trials=3, seed=1,
                                             executor=pool, **QUIET).runs,
    "passes": lambda pool: nm.simulate_passes(th.MultiPassSGD(th.linear_ridge(), batch=2), TASK, n_steps=9, step=0.05, trials=3,
                                              runs=2, seed=1, n_samples=12, executor=pool, **QUIET).test.values,
    "eigenvalues": lambda pool: nm.simulate_spectrum(CHAIN, TASK, trials=4, seed=1, n_samples=20, n_features=15, executor=pool),
    "capacity": lambda pool: nm.capacity_estimate(ROWS @ ROWS.T + np.eye(40), trials=3, executor=pool).kappa,
    "learning curve": lambda pool: nm.measured_learning_curve(ROWS @ ROWS.T, ROWS[:, 0], [10, 20], 0.1, 4, executor=pool).test,
    "meta-learning": lambda pool: nm.meta_learning_curve(np.eye(4), np.eye(4), n_tasks=[10, 12], n_samples=[6], noise=0.1,
                                                         seed=1, executor=pool).measured["auto"],
    "cross-check": lambda pool: nm.crosscheck(
        th.linear_ridge(), TASK.truncate(12), {"n_samples": [8], "ridge": [0.1]}, trials=6, max_trials=6, seed=1, executor=pool,
        **QUIET).to_records(),
    "formula": lambda pool: nm.crosscheck_formula(
        lambda n: 1.0, lambda rng, n: float(rng.chisquare(n)) / n, {"n": [5]}, trials=40, max_trials=40,
        executor=pool).to_records(),
    "report": lambda pool: make([partial(np.full, 3, value) for value in (1.0, 2.0, 3.0)], pool, None),
    "sweep": lambda pool: nm.sweep(th.linear_ridge(), th.PowerLaw, {"capacity": [1.2, 1.5], "ridge": [0.01, 0.1]}, source=0.4,
                                   n_samples=50, executor=pool, chunk=2).test.values,
}  # fmt: skip


def test_the_numbers_are_those_of_this_process(client: Any) -> None:
    for name, work in WORK.items():
        here, there = work(None), work(client.get_executor())
        if name == "learning curve":  # in this process BLAS has all threads
            np.testing.assert_allclose(there, here, rtol=1e-12)
        elif name in ("cross-check", "formula"):
            assert str(there) == str(here), name
        else:
            np.testing.assert_array_equal(there, here, err_msg=name)


class Heavy:
    """A trial with an array of two megabytes."""

    def __init__(self, seconds: float = 0.002) -> None:
        self.seconds, self.table = seconds, np.arange(250_000.0)

    def __call__(self, rng: np.random.Generator) -> np.ndarray:
        time.sleep(self.seconds)
        return self.table[rng.integers(0, len(self.table), 2)]


def test_arrays_are_sent_once_a_worker_and_trials_together(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    submit = spread._submit

    def weighed(executor: Executor, function: Any, *arguments: Any) -> Any:
        sizes.append(len(pickle.dumps((function, arguments))))
        return submit(executor, function, *arguments)

    monkeypatch.setattr(spread, "_submit", weighed)
    for _ in range(2):  # the second run finds them there
        found = run_trials(Heavy(), 400, 3, executor=client.get_executor())
        np.testing.assert_array_equal(found, run_trials(Heavy(), 400, 3))
    large = [size for size in sizes if size > 10_000]
    assert 2 <= len(large) <= 6  # more than once a worker where the other was quicker to take the task
    assert max(large) < 2.1e6
    assert np.median(sizes) < 400
    assert len(sizes) < 300  # 800 trials of 2 ms: some for measuring, and then 100 in a task


@pytest.mark.slow  # workers start again; what is done about it is tested without a cluster in test_spread
def test_a_cluster_that_restarts_goes_on(client: Any) -> None:
    executor, seen = client.get_executor(), []

    def restart(done: int, total: int) -> None:
        seen.append(done)
        if len(seen) == 30:
            client.restart()

    found = run_trials(Heavy(), 400, 3, executor=executor, progress=restart)
    np.testing.assert_array_equal(found, run_trials(Heavy(), 400, 3))
    assert seen == list(range(401))


def test_what_was_stored_before_the_end_is_not_run_again(client: Any, tmp_path: Path) -> None:
    whole = run_trials(Heavy(), 120, 5)
    executor = client.get_executor()

    def end(done: int, total: int) -> None:
        if done == 60:
            executor.shutdown(wait=False)
            raise KeyboardInterrupt

    with TrialStore(tmp_path / "a.db", {}) as store:
        with pytest.raises(KeyboardInterrupt):
            run_trials(Heavy(), 120, 5, executor=executor, store=store, progress=end)
        kept = store.read(0, 120)
        assert 60 <= len(kept) < 120
        counts: list[int] = []
        with ThreadPoolExecutor(2) as threads:
            again = run_trials(Heavy(), 120, 5, executor=threads, store=store, progress=lambda done, _: counts.append(done))
    assert counts == list(range(len(kept), 121))
    np.testing.assert_array_equal(again, whole)
    with pytest.warns(RuntimeWarning, match="died after 0 of 120 trials.*shutdown"):
        np.testing.assert_array_equal(run_trials(Heavy(), 120, 5, executor=executor), whole)


def test_a_cluster_that_is_closed_in_the_middle_loses_nothing(client: Any) -> None:
    own = distributed.Client(client.scheduler.address)
    trial = Heavy(0.01)  # twenty in a task, six tasks under way at most: more wait
    with own, pytest.warns(RuntimeWarning, match="the executor died after .* of 200 trials .*in this process"):
        found = run_trials(
            trial, 200, 5, executor=own.get_executor(), progress=lambda done, _: own.close() if done == 2 else None
        )
    np.testing.assert_array_equal(found, run_trials(Heavy(), 200, 5))
