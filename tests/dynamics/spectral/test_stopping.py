"""Early stopping: the best time is that of a fine grid; limits are found; exponents are approached."""

from __future__ import annotations

import numpy as np
import pytest

import theory as th

LAW = th.PowerLaw(1.5, 0.4)
FLOW = th.GradientFlow(th.random_features())


def test_no_time_of_a_fine_grid_is_better():
    samples = np.array([1e2, 1e4])
    found = FLOW.optimum(LAW, n_samples=samples, n_features=300.0, noise=0.1)
    assert found.converged.all()
    times = found.time[:, None] * np.exp(np.linspace(-6, 6, 121))
    grid = FLOW.evaluate(LAW, time=times, n_samples=samples[:, None], n_features=300.0, noise=0.1).test
    assert (grid >= found.risk[:, None] * (1 - 1e-11)).all()
    np.testing.assert_allclose(grid[:, 60], found.risk, rtol=1e-12)


def test_without_noise_training_goes_on_to_the_end_and_noise_alone_is_not_learnt():
    task = LAW.truncate(30)
    found = th.GradientFlow(th.linear_ridge()).optimum(task, n_samples=np.inf, noise=0.3)
    assert (found.time, str(found.reasons)) == (np.inf, "the end of training: no finite time is better")
    pure = th.Discrete([1.0, 0.5], [0.0, 0.0])
    assert th.GradientFlow(th.linear_ridge()).optimum(pure, n_samples=5.0, noise=1.0).time == 0.0


def test_exponents_of_early_stopping_are_approached():
    samples = np.array([1e14, 1e15])
    found = FLOW.optimum(LAW, n_samples=samples, n_features=np.inf, noise=1.0, of="excess")
    law = FLOW.exponents().compute_optimal({"n_samples": 1}, capacity=1.5, source=0.4, noise=0)
    assert np.diff(np.log10(found.risk))[0] == pytest.approx(float(law.risk), abs=0.01)
    assert np.diff(np.log10(found.time))[0] == pytest.approx(float(law.time), abs=0.01)


def test_an_unknown_term_is_refused():
    with pytest.raises(ValueError, match="of = 'loss'"):
        FLOW.optimum(LAW, n_samples=10, n_features=10, of="loss")
