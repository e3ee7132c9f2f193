"""The public face of one-pass SGD: schedules, sketches, stability, bad input."""

import math
import warnings

import numpy as np
import pytest

import theory as th
from theory.dynamics.sgd.modes import Modes
from theory.dynamics.sgd.schedules.phases import effective_steps, phases
from theory.dynamics.sgd.sketches.approximation import approximation
from theory.dynamics.sgd.sketches.bins import bins
from theory.dynamics.sgd.sketches.population import population_modes
from theory.dynamics.sgd.sketches.sketch import sketched_modes
from theory.dynamics.sgd.stability import max_step, stability

TASK = th.PowerLaw(1.5, 0.4)


def test_contract():
    sgd = th.OnePassSGD(batch=1, schedule="geometric", log_base=2)
    out = sgd.evaluate(TASK, n_samples=1e6, n_features=512, step=0.1, noise=1.0)
    for name in ("test", "approximation", "bias", "variance", "effective_samples", "max_step", "stability"):
        assert getattr(out, name).shape == ()
    assert out.test == pytest.approx(1.0 + out.approximation + out.bias + out.variance, rel=1e-15)
    assert out.effective_samples == pytest.approx(1e6 / math.log2(1e6))
    many = sgd.evaluate(TASK, n_samples=[[1e4], [1e5]], n_features=[64, 128, 256], step=0.1)
    assert many.test.shape == (2, 3)
    assert many.test[1, 2] == pytest.approx(
        float(sgd.evaluate(TASK, n_samples=1e5, n_features=256, step=0.1).test), rel=1e-13
    )  # fmt: skip


def test_schedule_edges():
    """T = 1000, T_eff = 1000/log2(1000) = 100.34: edges at ⌈ℓ T_eff⌉, the last cut at T; halving whatever the base."""
    made = phases(1000, "geometric", 2)
    edges = np.cumsum([phase.steps for phase in made])
    assert list(edges[:4]) == [101, 201, 302, 402]
    assert edges[-1] == 1000
    assert [phase.factor for phase in made] == [0.5**level for level in range(10)]
    assert [phase.factor for phase in phases(1000, "geometric", math.e)] == [0.5**level for level in range(7)]
    assert sum(phase.steps for phase in phases(1, "geometric", 2)) == 1
    assert effective_steps(1024, "geometric", 2) == pytest.approx(102.4)
    assert [phase.steps for phase in phases(16, "geometric", 2)] == [4, 4, 4, 4]
    assert effective_steps(30, ((10, 1.0), (20, 0.5)), 2) == 20


def test_any_piecewise_constant_schedule():
    same = th.OnePassSGD(schedule=[(p.steps, p.factor) for p in phases(5000, "geometric", 2)])
    out = same.evaluate(TASK, n_samples=5000, step=0.1, noise=0.5)
    expected = th.OnePassSGD().evaluate(TASK, n_samples=5000, step=0.1, noise=0.5)
    assert float(out.test) == pytest.approx(float(expected.test), rel=1e-12)
    with pytest.raises(ValueError, match="phases of 4000 steps together"):
        same.evaluate(TASK, n_samples=4000, step=0.1)


def test_batches_count_steps():
    out = th.OnePassSGD(batch=8).evaluate(TASK, n_samples=8007, step=0.1)
    assert out.effective_samples == pytest.approx(8 * 1000 / math.log2(1000))


def test_infinite_population_is_the_limit_of_finite_ones():
    sgd = th.OnePassSGD()
    whole = sgd.evaluate(TASK, n_samples=1e4, step=0.2, noise=0.5)
    gaps = []
    for size in (1000, 10_000, 40_000):
        part = sgd.evaluate(TASK.truncate(size), n_samples=1e4, step=0.2, noise=0.5)
        left = TASK.signal - TASK.truncate(size).signal  # never learnt within N = 1e4
        gaps.append(abs(float(part.bias) + left - float(whole.bias)) / float(whole.bias))
    assert gaps[2] < gaps[0] / 10
    assert gaps[2] < 1e-3


def test_unlearnable_signal_stays():
    task = th.Discrete.from_signal([1.0, 0.5, 0.0], [1.0, 1.0, 0.3])
    out = th.OnePassSGD().evaluate(task, n_samples=1e6, step=0.1)
    assert out.bias >= 0.3
    assert out.bias == pytest.approx(0.3, abs=1e-3)


@pytest.mark.parametrize(("alpha", "r"), [(1.2, 0.3), (1.5, 0.4), (2.0, 0.25), (2.0, 0.9)])
def test_approximation_is_the_potential(alpha, r):
    """T(κ₀), d(κ₀) = M, to 1e-9, against 40 digits of the chain without samples."""
    task, chain = th.PowerLaw(alpha, r), th.Chain(th.GaussianFeatures())
    for width in (8, 64, 512, 10_000):
        exact = chain.evaluate(task, n_features=width, precision=30).test.item()
        assert approximation(task, width) == pytest.approx(float(exact), rel=1e-12)
    assert approximation(task.truncate(100), 100) == 0
    assert approximation(task.truncate(100), 200) == 0


def sketch(task, width, rng):
    """One sketch's modes, from its definition."""
    lam, c = task.explicit()
    S = rng.standard_normal((width, len(lam))) / math.sqrt(width)
    h, U = np.linalg.eigh((S * lam) @ S.T)
    b = U.T @ (S * lam)
    used = h > 1e-12 * h[-1]
    signal = (b[used] ** 2 @ c) / h[used]
    return Modes(h[used][::-1], np.ones(used.sum()), signal[::-1])


def sketched(task, width):
    missed = approximation(task, width)
    return sketched_modes(bins(task, width), width, task.rank, task.total_variance, task.signal - missed)


@pytest.mark.parametrize(("task", "width"), [
    (th.PowerLaw(1.5, 0.4, size=1500), 128), (th.PowerLaw(2.0, 0.25, size=1000), 128), (th.PowerLaw(1.5, 0.4, size=128), 128),
    (th.PowerLaw(1.5, 0.4, size=90), 180), (th.PowerLaw(1.3, 0.9, size=2000), 200),
], ids=str)  # fmt: skip
def test_average_over_sketches(task, width):
    """Bias and variance each within 1 % (and errors of the average) of random sketches."""
    rng, sgd, average = np.random.default_rng(1), th.OnePassSGD(), sketched(task, width)
    drawn = [sketch(task, width, rng) for _ in range(30)]
    assert average.counts.sum() == pytest.approx(min(width, task.rank), rel=1e-12)
    assert average.counts @ average.eigenvalues == pytest.approx(task.total_variance, rel=1e-12)
    for steps in (300, 10_000):
        for start, source in ((True, 0.0), (False, 1.0)):
            runs = np.array([sgd._run(m, [(m.signal * start, source)], 0.1, steps)[0][0].total for m in drawn])
            found = sgd._run(average, [(average.signal * start, source)], 0.1, steps)[0][0].total
            error = runs.std(ddof=1) / math.sqrt(len(runs))
            assert abs(found - runs.mean()) < 0.01 * runs.mean() + 3 * error, (steps, source)


@pytest.mark.slow
def test_ladder_of_widths():
    """At small widths the difference falls like 1/M."""
    rng, sgd, gaps = np.random.default_rng(3), th.OnePassSGD(), []
    for width, count in ((8, 1500), (16, 1000), (32, 500)):
        task = th.PowerLaw(1.5, 0.4, size=400)
        average = sketched(task, width)
        drawn = (sketch(task, width, rng) for _ in range(count))
        runs = np.array([sgd._run(m, [(m.signal, 0.0)], 0.1, 300)[0][0].total for m in drawn])
        gaps.append((sgd._run(average, [(average.signal, 0.0)], 0.1, 300)[0][0].total / runs.mean() - 1) * width)
        assert runs.std() / runs.mean() / math.sqrt(count) * width < 0.6
    assert np.all(np.abs(gaps) < 2.0)


def test_stability():
    modes = population_modes(th.Discrete([1.0, 0.5], [1.0, 1.0]))
    for batch in (1, 4):
        edge = max_step(modes, batch)
        assert stability(modes, edge * (1 - 1e-9), batch) < 1 <= stability(modes, edge * (1 + 1e-9), batch)
    single = population_modes(th.Discrete([1.0], [1.0]))
    assert max_step(single, 1) == pytest.approx(2 / 3)  # γ/(2 − 2γ) = 1
    sgd = th.OnePassSGD()
    edge = float(sgd.evaluate(TASK, n_samples=1e3, step=0.01).max_step)
    with pytest.warns(th.UnstableStepWarning, match="half of γ_max"):
        sgd.evaluate(TASK, n_samples=1e3, step=0.6 * edge)
    with pytest.raises(ValueError, match=r"γ_max = 0\.\d+ \(here Φ"):
        sgd.evaluate(TASK, n_samples=1e3, step=1.1 * edge)
    with pytest.warns(th.UnstableStepWarning):
        out = sgd.evaluate(TASK, n_samples=1e3, step=1.1 * edge, allow_unstable=True)
    assert out.stability > 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sgd.evaluate(TASK, n_samples=1e3, step=0.49 * edge)
    rising = th.OnePassSGD(schedule=[(20, 1.0), (980, 10.0)])  # the largest step counts
    with pytest.raises(ValueError, match="γ_max = 0.0522"):
        rising.evaluate(TASK, n_samples=1e3, step=0.06)
    assert rising.evaluate(TASK, n_samples=1e3, step=0.02).max_step == pytest.approx(edge / 10)


@pytest.mark.parametrize(("settings", "words"), [
    ({"batch": 0}, "batch"), ({"batch": 1.5}, "batch"), ({"batch": True}, "batch"), ({"schedule": "cosine"}, "schedule"),
    ({"schedule": []}, "schedule"), ({"schedule": [(10, -1.0)]}, "schedule"), ({"schedule": [(0.5, 1.0)]}, "schedule"),
    ({"schedule": [10, 20]}, "schedule"), ({"log_base": 1}, "log_base"), ({"averaging": "mean"}, "averaging"),
    ({"averaging": "tail"}, "averaging"),
])  # fmt: skip
def test_bad_settings(settings, words):
    with pytest.raises(ValueError, match=words):
        th.OnePassSGD(**settings)


@pytest.mark.parametrize(("change", "words"), [
    ({"n_samples": 7}, "n_samples"), ({"n_samples": math.inf}, "n_samples"), ({"n_samples": math.nan}, "n_samples"),
    ({"step": 0.0}, "step"), ({"step": -0.1}, "step"), ({"step": math.inf}, "step"), ({"noise": -1.0}, "noise"),
    ({"n_features": 0.5}, "n_features"), ({"n_features": "8"}, "n_features"), ({"n_samples": []}, "n_samples"),
    ({"n_samples": [10.0, 20.0], "step": [0.1, 0.1, 0.1]}, "shapes"), ({"task": 3}, "task"),
])  # fmt: skip
def test_bad_arguments(change, words):
    arguments = {"task": TASK, "n_samples": 1e3, "step": 0.1, **change}
    with pytest.raises(ValueError, match=words):
        th.OnePassSGD(batch=8).evaluate(arguments.pop("task"), **arguments)
