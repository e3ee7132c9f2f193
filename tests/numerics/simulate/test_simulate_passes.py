"""Several passes simulated: runs on given rows against the exact recursion there, and means over draws against the theory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import numerics as nm
import theory as th
from numerics.simulate.declared import declare
from numerics.simulate.passes import _Trial
from numerics.validation.references.several_passes import Draw, exact, spread
from theory.dynamics.sgd.schedules.phases import Phase

TASK, LINEAR = th.PowerLaw(1.5, 0.4), th.linear_ridge()


@pytest.mark.parametrize(("batch", "replacement"), [(1, True), (3, True), (3, False), (12, False)])
def test_runs_have_the_exact_moments(batch: int, replacement: bool) -> None:
    """On given rows and labels the scatter about descent is exact, at any size."""
    rng, P, n, runs = np.random.default_rng(2), 12, 5, 3000
    rows, y = rng.standard_normal((P, n)) * np.sqrt(np.arange(1, n + 1.0) ** -1.5), rng.standard_normal(P)
    phases = (Phase(15, 1.0), Phase(10, 0.3))
    trial = _Trial(declare(LINEAR, TASK.truncate(n).explicit(), {"n_samples": P}), batch, replacement, phases, 0.2, 0.0, runs)
    labels = np.tile(y, (runs, 1))
    apart = trial._run(rows, labels, rng) - trial._descent(rows, labels)
    _, wanted = exact(Draw(rows, np.eye(n), np.outer(y, y)), 0.2, spread(batch, P, replacement), ((15, 1.0), (10, 0.3)))
    squares = (apart**2).sum(axis=1)
    if batch == P:
        assert squares.max() < 1e-28
        return
    assert abs(squares.mean() - wanted) < 4 * squares.std() / np.sqrt(runs)
    assert squares.std() / np.sqrt(runs) < 0.05 * wanted
    drift = apart.mean(axis=0) / (apart.std(axis=0) / np.sqrt(runs))
    assert (np.abs(drift) < 4.5).all()


@pytest.mark.parametrize(("share", "batch", "replacement", "schedule"), [
    (0, 2, True, "constant"), (0, 8, False, th.linear()), (1.5, 2, True, "constant"),
])  # fmt: skip
def test_simulation_agrees_with_theory(share: float, batch: int, replacement: bool, schedule: Any) -> None:
    """The remainder is of order 1/P: within 4 errors and 3/P at either size."""
    for P, trials in ((20, 30), (50, 16)):
        model, sizes = (th.random_features(), {"n_features": round(share * P)}) if share else (LINEAR, {})
        task, sgd = TASK.truncate(2 * P), th.MultiPassSGD(model, batch=batch, schedule=schedule, replacement=replacement)
        at = {"n_steps": 150, "step": 0.15, "noise": 0.3, "n_samples": P, **sizes}
        found, out = nm.simulate_passes(sgd, task, trials=trials, runs=16, seed=3, **at), sgd.evaluate(task, **at)
        assert found.nonfinite == 0
        for name, measured in found.terms.items():
            wanted = float(getattr(out, name))
            assert abs(measured.mean - wanted) < 4 * measured.stderr + 3 / P * wanted, name
            assert measured.stderr < 0.2 * wanted
        rest = found.test.values - found.descent.values - found.fluctuation.values  # twice a mean that is zero
        assert abs(rest.mean()) < 4 * rest.std(ddof=1) / np.sqrt(trials)


def test_numbers_do_not_depend_on_workers() -> None:
    at = {"n_steps": 20, "step": 0.1, "noise": 0.1, "trials": 3, "runs": 2, "seed": 1, "n_samples": 10}
    sgd = th.MultiPassSGD(LINEAR, batch=2)
    here = nm.simulate_passes(sgd, TASK.truncate(15), **at)
    with ThreadPoolExecutor(2) as pool:
        there = nm.simulate_passes(sgd, TASK.truncate(15), executor=pool, **at)
    np.testing.assert_array_equal(here.test.values, there.test.values)


def test_runs_that_overflow_are_told() -> None:
    sgd = th.MultiPassSGD(LINEAR)
    with pytest.warns(RuntimeWarning, match="overflow"):
        found = nm.simulate_passes(sgd, TASK.truncate(9), n_steps=3000, step=9.0, trials=2, runs=1, seed=0, n_samples=6)
    assert found.nonfinite == 2


GOOD = {"n_steps": 5, "step": 0.1, "trials": 2, "runs": 1, "seed": 0, "n_samples": 6}


@pytest.mark.parametrize(("name", "value"), [
    ("n_steps", 0), ("step", 0), ("noise", -1), ("trials", 1), ("runs", 0), ("seed", -1), ("n_samples", 2.5), ("n_features", 3),
])  # fmt: skip
def test_bad_input(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        nm.simulate_passes(th.MultiPassSGD(LINEAR), TASK.truncate(9), **{**GOOD, name: value})


def test_bad_declarations() -> None:
    with pytest.raises(ValueError, match="sgd"):
        nm.simulate_passes(th.OnePassSGD(), TASK.truncate(9), **GOOD)
    with pytest.raises(ValueError, match="truncate"):
        nm.simulate_passes(th.MultiPassSGD(LINEAR), TASK, **GOOD)
    with pytest.raises(ValueError, match="batch"):
        nm.simulate_passes(th.MultiPassSGD(LINEAR, batch=7, replacement=False), TASK.truncate(9), **GOOD)
