"""The engine: killed, resumed, spread over workers that live or die, a run gives the numbers of one that never stopped."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import numerics
from numerics.montecarlo import spread, threads
from numerics.montecarlo.store import TrialStore
from numerics.montecarlo.trials import run_trials
from numerics.simulate import Simulation, simulate
from theory.chain.layers import FeatureNoise, GaussianFeatures, Samples
from theory.model import Chain
from theory.models import nonlinear_random_features
from theory.spectra.discrete import Discrete
from theory.spectra.power_law import PowerLaw

MODEL, TASK = Chain(Samples(), GaussianFeatures()), PowerLaw(1.5, 0.4).truncate(60)
SETTINGS: dict[str, Any] = {
    "seed": 5,
    "ridge": [1e-3, 0.1],
    "noise": 0.1,
    "n_samples": 40,
    "n_features": 30,
    "progress": False,
}
TRIALS = 12


def assert_identical(one: Simulation, other: Simulation) -> None:
    """Assert that all terms are the same to the last bit."""
    assert set(one.terms) == set(other.terms)
    for name, estimate in one.terms.items():
        assert estimate.values.tobytes() == other.terms[name].values.tobytes(), name


@pytest.fixture(scope="module")
def uninterrupted() -> Simulation:
    """The run that everything else must repeat."""
    return simulate(MODEL, TASK, trials=TRIALS, **SETTINGS)


def stored(path: Path) -> int:
    """Return the number of trials in a store, from outside; 0 where there is none yet."""
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
        return int(connection.execute("SELECT count(*) FROM trials").fetchone()[0]) if ("trials",) in tables else 0


# -- killed and resumed -----------------------------------------------------------------------------------------------

SCRIPT = """
import sys
from concurrent.futures import ProcessPoolExecutor
from tests.numerics.montecarlo.test_montecarlo import MODEL, SETTINGS, TASK
from numerics.simulate import simulate

if __name__ == "__main__":
    path, trials, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    executor = ProcessPoolExecutor(workers) if workers else None
    simulate(MODEL, TASK, trials=trials, store=path, executor=executor, **SETTINGS)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 here")
@pytest.mark.parametrize("workers", [0, 2])
def test_a_run_killed_in_the_middle_resumes_to_the_same_numbers(workers: int, tmp_path: Path) -> None:
    path, root = tmp_path / "results.db", Path(numerics.__file__).parents[1]
    command = [sys.executable, "-c", SCRIPT, str(path), "100000", str(workers)]
    environment = os.environ | {"PYTHONPATH": str(root)}
    process = subprocess.Popen(command, cwd=root, env=environment, start_new_session=True)
    try:
        deadline = time.monotonic() + 60
        while stored(path) < 4 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    kept = stored(path)
    assert kept >= 4
    with closing(sqlite3.connect(path, timeout=30)) as connection:  # rows finished out of order may lie beyond
        (found,) = connection.execute("SELECT count(*) FROM trials WHERE number < ?", (kept + 3,)).fetchone()
    run: list[tuple[int, int]] = []
    resumed = simulate(MODEL, TASK, trials=kept + 3, store=path, **SETTINGS | {"progress": lambda *counts: run.append(counts)})
    assert run[0] == (found, kept + 3)
    assert found > 0
    assert run[-1] == (kept + 3, kept + 3)
    assert_identical(resumed, simulate(MODEL, TASK, trials=kept + 3, **SETTINGS))


def test_a_run_that_failed_in_the_middle_keeps_its_trials(tmp_path: Path) -> None:
    calls = itertools.count()

    def fails_at_third(rng: np.random.Generator) -> np.ndarray:
        if next(calls) == 3:
            raise KeyboardInterrupt
        return rng.random(2)

    with TrialStore(tmp_path / "a.db", {}) as store:
        with pytest.raises(KeyboardInterrupt):
            run_trials(fails_at_third, 6, 0, store=store)
        assert len(store.read(0, 6)) == 3
        again = run_trials(fails_at_third, 6, 0, store=store)
    assert next(calls) == 7
    assert np.array_equal(again, run_trials(lambda rng: rng.random(2), 6, 0))


def test_trials_may_be_raised_and_only_the_new_ones_run(tmp_path: Path, uninterrupted: Simulation) -> None:
    counts: list[int] = []
    arguments = SETTINGS | {"store": tmp_path / "a.db", "progress": lambda done, total: counts.append(done)}
    simulate(MODEL, TASK, trials=5, **arguments)
    assert counts == [0, 1, 2, 3, 4, 5]
    counts.clear()
    assert_identical(simulate(MODEL, TASK, trials=TRIALS, **arguments), uninterrupted)
    assert counts == list(range(5, TRIALS + 1))
    counts.clear()
    fewer = simulate(MODEL, TASK, trials=5, **arguments)
    assert counts == [5]
    np.testing.assert_array_equal(fewer.test.values, uninterrupted.test.values[:5])
    assert stored(tmp_path / "a.db") == TRIALS


def test_holes_are_filled(tmp_path: Path, uninterrupted: Simulation) -> None:
    path = tmp_path / "a.db"
    simulate(MODEL, TASK, trials=TRIALS, store=path, **SETTINGS)
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM trials WHERE number IN (0, 3, 7)")
    connection.commit()
    connection.close()
    assert_identical(simulate(MODEL, TASK, trials=TRIALS, store=path, **SETTINGS), uninterrupted)


# -- stores of other runs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 6}, "seed is 5 in it and 6 here"),
        ({"ridge": [1e-3, np.nextafter(0.1, 1.0)]}, r"ridge\[1\] is 0\.1 in it and 0\.1000000000000000"),
        ({"ridge": 0.1}, r"ridge is \[0\.001, 0\.1\] in it and 0\.1 here"),
        ({"noise": 0.2}, "noise is 0.1 in it and 0.2 here"),
        ({"n_samples": 41}, r"layers\[0\]\.size is 40 in it and 41 here"),
        ({"ensemble": 2}, "ensemble is 1 in it and 2 here"),
        ({"complex": True}, "complex is false in it and true here"),
        ({"decompose": False}, "decompose is true in it and false here"),
        ({"task": PowerLaw(1.6, 0.4).truncate(60)}, "eigenvalues is "),
        ({"task": PowerLaw(1.5, 0.5).truncate(60)}, "target_power is "),
        ({"model": Chain(Samples(), GaussianFeatures("other")), "n_features": None, "n_other": 30}, "other"),
        ({"model": Chain(Samples(), FeatureNoise(), GaussianFeatures()), "feature_noise": 0.1}, r"layers\[2\] is null in it"),
        ({"model": nonlinear_random_features("tanh")}, "activation is null in it"),
    ],
)
def test_a_store_of_other_settings_is_refused(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    arguments = {"model": MODEL, "task": TASK, "trials": 2, "store": path, **SETTINGS}
    simulate(**arguments)
    changed = {name: value for name, value in (arguments | changes).items() if value is not None}
    with pytest.raises(ValueError, match=message) as caught:
        simulate(**changed)
    assert "made by these settings" in str(caught.value)
    assert stored(path) == 2


def test_activations_are_told_apart_by_what_they_do(tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"task": TASK, "trials": 2, **SETTINGS, "store": tmp_path / "a.db", "n_test": 50}
    simulate(nonlinear_random_features(lambda h: np.maximum(h, 0.0)), **arguments)
    simulate(nonlinear_random_features(lambda h: h * (h > 0)), **arguments)
    with pytest.raises(ValueError, match=r"activation\.values is"):
        simulate(nonlinear_random_features(lambda h: np.maximum(h, 0.1 * h)), **arguments)
    with pytest.raises(ValueError, match="n_test is 50 in it and 51 here"):
        simulate(nonlinear_random_features(lambda h: np.maximum(h, 0.0)), **arguments | {"n_test": 51})


def test_bad_input_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    bad: list[dict[str, Any]] = [{"trials": 0}, {"trials": 2.5}, {"trials": 10**9}, {"seed": -1}, {"n_samples": 0}]
    for changes in (*bad, {"task": PowerLaw(1.5, 0.4)}):
        with pytest.raises(ValueError):
            simulate(**{"model": MODEL, "task": TASK, "trials": 2, "store": path, **SETTINGS} | changes)
    with pytest.raises(ValueError, match=r"truncate"):
        simulate(MODEL, PowerLaw(1.5, 0.4), trials=2, **SETTINGS)
    assert not path.exists()


@pytest.mark.parametrize("trials", [0, -3, 1, 2.5, True, "many", np.nan, None, 10**9])
def test_numbers_of_trials(trials: Any) -> None:
    with pytest.raises(ValueError, match="trials = "):
        simulate(MODEL, TASK, trials=trials, **SETTINGS)


# -- workers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pool", [ProcessPoolExecutor, ThreadPoolExecutor])
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_number_of_workers_changes_nothing(
    workers: int, pool: Callable[[int], Executor], tmp_path: Path, uninterrupted: Simulation
) -> None:
    with pool(workers) as executor:
        simulate(MODEL, TASK, trials=4, executor=executor, store=tmp_path / "a.db", **SETTINGS)
        run = simulate(MODEL, TASK, trials=TRIALS, executor=executor, store=tmp_path / "a.db", **SETTINGS)
    assert_identical(run, uninterrupted)


def test_the_threads_of_blas_change_nothing(uninterrupted: Simulation) -> None:
    """Large enough for BLAS to share out products, which would change the last bits."""
    limits = pytest.importorskip("threadpoolctl").threadpool_limits
    large: dict[str, Any] = {"trials": 2, **SETTINGS, "n_samples": 300, "n_features": 200, "decompose": False}
    runs = []
    for count in (1, 2, 4):
        with limits(limits=count, user_api="blas"):
            runs.append(simulate(MODEL, Discrete(*PowerLaw(1.5, 0.4).truncate(400).explicit()), **large))
    assert_identical(runs[0], runs[1])
    assert_identical(runs[0], runs[2])


def test_without_threadpoolctl_all_runs_the_same(monkeypatch: pytest.MonkeyPatch, uninterrupted: Simulation) -> None:
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    threads._controller.cache_clear()
    try:
        assert threads._controller() is None
        mc = simulate(MODEL, TASK, trials=2, **SETTINGS)
    finally:
        threads._controller.cache_clear()
    np.testing.assert_allclose(mc.test.values, uninterrupted.test.values[:2], rtol=1e-12)


class Counting(ThreadPoolExecutor):
    """An executor that counts how many trials wait in it at most."""

    waiting = most = 0

    def submit(self, *arguments: Any, **more: Any) -> Future[Any]:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        future = super().submit(*arguments, **more)
        future.add_done_callback(self._one_less)
        return future

    def _one_less(self, future: Future[Any]) -> None:
        self.waiting -= 1


def test_few_trials_wait_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "IN_FLIGHT", 5)
    monkeypatch.setattr(spread, "TASK", 1e-9)
    with Counting(2) as executor:
        found = run_trials(lambda rng: float(rng.random()), 300, 1, executor=executor)
    assert executor.most <= 5
    assert found == run_trials(lambda rng: float(rng.random()), 300, 1)


# -- executors that die -----------------------------------------------------------------------------------------------

PARENT = os.getpid()


def dies_elsewhere(h: np.ndarray) -> np.ndarray:
    """Relu, and the end of any other process that computes it."""
    if os.getpid() != PARENT:
        os._exit(7)
    return np.maximum(h, 0.0)


def dies_at_last(rng: np.random.Generator) -> np.ndarray:
    """Take the process down at one of the draws, anywhere but here."""
    drawn = rng.random(3)
    if os.getpid() != PARENT and drawn[0] > 0.9:
        os._exit(7)
    return drawn


def test_an_executor_that_dies_loses_no_trial(tmp_path: Path) -> None:
    with TrialStore(tmp_path / "a.db", {}) as store:
        with ProcessPoolExecutor(2) as executor, pytest.warns(RuntimeWarning, match="died after .* of 40 trials"):
            found = run_trials(dies_at_last, 40, 3, executor=executor, store=store)
        assert len(store.read(0, 40)) == 40
    expected = run_trials(dies_at_last, 40, 3)
    assert max(outcome[0] for outcome in expected) > 0.9
    assert np.array_equal(found, expected)


def test_a_simulation_whose_workers_die_goes_on_here(tmp_path: Path) -> None:
    model = nonlinear_random_features(dies_elsewhere)
    arguments: dict[str, Any] = {"trials": 3, **SETTINGS, "n_test": 50}
    with ProcessPoolExecutor(1) as executor, pytest.warns(RuntimeWarning, match="BrokenProcessPool.*in this process") as seen:
        run = simulate(model, TASK, executor=executor, store=tmp_path / "a.db", **arguments)
    assert_identical(run, simulate(model, TASK, **arguments))
    assert seen[0].filename == __file__


def test_an_executor_that_was_shut_down() -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.warns(RuntimeWarning, match="died after 0 of 3 trials.*shutdown"):
        found = run_trials(lambda rng: float(rng.random()), 3, 1, executor=executor)
    assert found == run_trials(lambda rng: float(rng.random()), 3, 1)


UNGUARDED = """
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from numerics.montecarlo.trials import run_trials

print("the script runs", flush=True)

def trial(rng):
    return float(rng.random())

executor = ProcessPoolExecutor(1, mp_context=get_context(sys.argv[1]))
print(len(run_trials(trial, 4, 0, executor=executor)), "trials", flush=True)
"""


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_script_that_spawns_without_a_guard_fails(method: str, tmp_path: Path) -> None:
    """Its worker runs the script again, and there the same error is raised: nothing is computed, in neither."""
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    (tmp_path / "script.py").write_text(UNGUARDED)
    environment = os.environ | {"PYTHONPATH": str(Path(numerics.__file__).parents[1])}
    command = [sys.executable, str(tmp_path / "script.py"), method]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert run.returncode == 1
    assert "trials\n" not in run.stdout
    assert "bootstrapping phase" in run.stderr
    assert "RuntimeError: the executor's workers died before they ran anything" in run.stderr
    assert 'under `if __name__ == "__main__":`' in run.stderr


def test_a_spawned_pool_under_a_guard_works(tmp_path: Path) -> None:
    before, after = UNGUARDED.split("executor =", 1)
    after = after.replace("\nprint", "\n    print")
    (tmp_path / "script.py").write_text(f'{before}if __name__ == "__main__":\n    executor ={after}')
    environment = os.environ | {"PYTHONPATH": str(Path(numerics.__file__).parents[1])}
    command = [sys.executable, str(tmp_path / "script.py"), "spawn"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert (run.returncode, run.stdout.splitlines()[-1], run.stderr) == (0, "4 trials", "")


def test_errors_of_an_executor_are_not_taken_for_its_end() -> None:
    class Odd(ThreadPoolExecutor):
        def submit(self, *arguments: Any, **more: Any) -> Future[Any]:
            raise RuntimeError("can't start new thread")

    with Odd(1) as executor, pytest.raises(RuntimeError, match="can't start new thread"):
        run_trials(lambda rng: float(rng.random()), 3, 1, executor=executor)


def test_an_error_in_a_trial_is_an_error() -> None:
    def wrong(rng: np.random.Generator) -> float:
        raise ZeroDivisionError("of a trial")

    with ThreadPoolExecutor(2) as executor, pytest.raises(ZeroDivisionError, match="of a trial"):
        run_trials(wrong, 50, 0, executor=executor)
    with pytest.raises(ValueError, match="above"):
        simulate(MODEL, TASK, trials=2, **SETTINGS | {"ridge": -5.0})


def test_what_is_no_executor() -> None:
    with pytest.raises(ValueError, match="executor = 4"):
        simulate(MODEL, TASK, trials=2, **SETTINGS | {"executor": 4})
