"""The law of several passes: slopes and sizes of the evaluated fluctuation, one pass where rows are plenty, optima."""

from __future__ import annotations

import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import theory as th

LINEAR, TASK = th.linear_ridge(), th.PowerLaw(2, 0.3)
SCHEDULES = {"constant": "constant", "linear": th.linear(), "cubic": th.polynomial(3)}


@pytest.mark.parametrize(("name", "tolerance"), [("constant", 0.05), pytest.param("cubic", 0.025, marks=pytest.mark.slow)])
def test_fluctuations_follow_it(name: str, tolerance: float) -> None:
    """In t and n, with label noise; and its size is what one pass of as many steps makes of it, as long as t ≪ P^α."""
    sgd, n, t = th.MultiPassSGD(LINEAR, schedule=SCHEDULES[name]), np.array([1e9, 1e9, 1e10]), np.array([3e2, 3e3, 3e3])
    law = sgd.exponents()
    out = sgd.evaluate(TASK, n_steps=n, step=t / n, noise=1.0, n_samples=1000)
    found = np.diff(np.log10(out.fluctuation))
    rays = [law.along(capacity=2, source=Fraction(3, 10), n_samples=2, time=at, n_steps=steps, noise=0)["fluctuation"]
            for at, steps in ((1, 4), (2, 4), (2, 5))]  # fmt: skip
    np.testing.assert_allclose(found, np.diff(np.array(rays, dtype=float)), atol=tolerance)
    once = th.OnePassSGD(schedule=SCHEDULES[name]).evaluate(TASK, n_samples=1e9, step=3e-7, noise=1.0)
    np.testing.assert_allclose(out.fluctuation[0], once.variance, rtol=0.05)


@pytest.mark.parametrize(("name", "source"), [
    ("constant", Fraction(3, 20)), *(pytest.param(*each, marks=pytest.mark.slow) for each in (
        ("linear", Fraction(3, 5)), ("cubic", Fraction(3, 20)), ("cubic", Fraction(5, 4)))),
])  # fmt: skip
def test_fresh_rows_are_one_pass(name: str, source: Fraction) -> None:
    """With infinitely many rows the best excess at a number of steps is that of one pass, logarithms included."""
    several = th.MultiPassSGD(LINEAR, schedule=SCHEDULES[name]).exponents()
    found = several.compute_optimal({"n_steps": 1}, capacity=2, source=source, noise=0)
    once = th.OnePassSGD(schedule=SCHEDULES[name]).exponents()
    wanted = once.compute_optimal({"n_samples": 1}, capacity=2, source=source, noise=0, n_features=np.inf)
    assert (found.risk, found.logarithm) == (wanted.risk, wanted.logarithm)


@pytest.mark.slow
def test_several_passes_learn_all_that_data_teach() -> None:
    """Excess P^(-2αr/(1+2αr)) at every source; one pass reaches it at easy tasks alone, of enough steps any."""
    law = th.MultiPassSGD(LINEAR, schedule=th.polynomial(3)).exponents()
    for source in (Fraction(1, 10), Fraction(2, 5)):
        best = -4 * source / (1 + 4 * source)
        for power in (1, 2):
            found = law.compute_optimal({"n_samples": 1}, capacity=2, source=source, noise=0, n_steps=power).risk
            reached = power > 1 or source >= Fraction(1, 4)
            assert found == (best if reached else -2 * source)
    (whole,) = law.compute_optimal({"n_samples": 1}, noise=0)
    assert str(whole.time) == "alpha/(2*alpha*r + 1)"


def test_it_pickles() -> None:
    law = th.MultiPassSGD(LINEAR).exponents()
    at = {"capacity": 2, "source": Fraction(1, 4), "n_samples": 1, "time": 1, "n_steps": 2, "noise": 0}
    assert pickle.loads(pickle.dumps(law)).along(**at).terms == law.along(**at).terms


@pytest.mark.parametrize("sgd", [
    th.MultiPassSGD(th.random_features()), th.MultiPassSGD(LINEAR, schedule="geometric"),
    th.MultiPassSGD(LINEAR, schedule=[(3, 1.0)]), th.MultiPassSGD(LINEAR, schedule=lambda z: 1 - z),
    th.MultiPassSGD(LINEAR, schedule=th.exponential()),
])  # fmt: skip
def test_what_has_none(sgd: Any) -> None:
    with pytest.raises(ValueError, match="is not admissible"):
        sgd.exponents()


def test_more_time_than_steps_is_refused():
    """A step of t/n > 1 is not stable."""
    law = th.MultiPassSGD(th.linear_ridge(), schedule="constant").exponents()
    with pytest.raises(ValueError, match="time = 3 is not admissible: time must be at most the power of n_steps"):
        law.along(capacity=2, source=0.3, n_samples=1, time=3, n_steps=2)
