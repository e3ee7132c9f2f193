"""Long work that is stopped goes on where it was, and gives the same numbers."""

import numpy as np
import pytest

import numerics as nm
import theory as th
from numerics.montecarlo.keeping import kept_in
from numerics.montecarlo.trials import run_trials

TASK = th.PowerLaw(1.5, 0.4, size=20)
DONE = []


class Trial:
    """A trial that counts, and fails at one number if it is told to."""

    def __init__(self, fails=None):
        self.fails = fails

    def __getstate__(self):
        return {}

    def __call__(self, rng):
        DONE.append(1)
        if len(DONE) == self.fails:
            raise KeyboardInterrupt
        return rng.standard_normal(2)


def test_a_run_that_was_stopped_goes_on(tmp_path):
    DONE.clear()
    whole = run_trials(Trial(), 6, 0)
    DONE.clear()
    with kept_in(tmp_path / "new"), pytest.raises(KeyboardInterrupt):
        run_trials(Trial(fails=4), 6, 0)
    with kept_in(tmp_path / "new"):
        again = run_trials(Trial(), 6, 0)
    assert len(DONE) == 4 + 3
    np.testing.assert_array_equal(again, whole)
    assert len(list((tmp_path / "new").iterdir())) == 1


def test_every_experiment_has_a_file_of_its_own(tmp_path):
    with kept_in(tmp_path):
        first = nm.simulate(th.linear_ridge(), TASK, n_samples=10, ridge=0.1, trials=3, seed=0)
        nm.simulate(th.linear_ridge(), TASK, n_samples=12, ridge=0.1, trials=3, seed=0)
        sgd = nm.simulate_sgd(th.OnePassSGD(), TASK, n_samples=20, step=0.05, sketches=3, trials=2, seed=0)
    assert len(list(tmp_path.iterdir())) == 3
    times = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    with kept_in(tmp_path):
        same = nm.simulate(th.linear_ridge(), TASK, n_samples=10, ridge=0.1, trials=3, seed=0)
        again = nm.simulate_sgd(th.OnePassSGD(), TASK, n_samples=20, step=0.05, sketches=3, trials=2, seed=0)
    np.testing.assert_array_equal(same.test.values, first.test.values)
    np.testing.assert_array_equal(again.runs, sgd.runs)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == times
    with pytest.raises(ValueError, match="store = "), kept_in(next(iter(times)) / "inside"):
        pass


def test_nothing_is_kept_without_a_folder(tmp_path):
    with kept_in(None):
        run_trials(Trial(), 2, 0)
    assert not list(tmp_path.iterdir())
