"""Contours against loops in extended precision on both sides of the border of stability: schedules, batches, averages."""

import itertools
import math
import warnings

import numpy as np
import pytest
from mpmath import mp

import theory as th
from numerics.validation.references.one_pass import Run, mean_stepwise, stepwise, two_times
from theory.dynamics.sgd import averaging
from theory.dynamics.sgd.modes import Modes, one_step
from theory.dynamics.sgd.recursion import after
from theory.dynamics.sgd.scaled import Scaled
from theory.dynamics.sgd.schedules.phases import Phase, phases
from theory.dynamics.sgd.sketches.approximation import approximation
from theory.dynamics.sgd.sketches.bins import bins
from theory.dynamics.sgd.sketches.sketch import sketched_modes
from theory.dynamics.sgd.stability import max_step

TWO, EDGE = th.Discrete([1.0, 0.1], [1.0, 1.0]), 0.658644
MULTIPLES = (0.1, 0.5, 0.9, 0.99, 0.9999, 1.0, 1.0001, 1.02, 1.3, 2.7, 1e3, 1e9)
STEPS = (1, 2, 5, 31, 32, 33, 64, 100, 1001, 5000, 30_000)
BATCHES = (1, 2, 7, 1000, 10**5, 10**9)
SCHEDULES = {
    "geometric": lambda steps: phases(steps, "geometric", 2),
    "constant": lambda steps: [Phase(steps, 1.0)],
    "warm-up": lambda steps: [Phase(steps, 0.1), Phase(max(1, steps // 3), 1.0)],
    "decay": lambda steps: [Phase(steps, 1.0), Phase(steps, 0.1)],
    "up and down": lambda steps: [Phase(steps, 1.0), Phase(3 * steps, 1e-3), Phase(steps, 0.5)],
}


def evaluated(sgd, task, **given):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", th.UnstableStepWarning)
        return sgd.evaluate(task, allow_unstable=True, **given)


def populations(seed, count):
    """Few modes of all scales, some without signal."""
    rng = np.random.default_rng(seed)
    for place in range(count):
        n = 1 + place % 4
        h = np.sort(10.0 ** -rng.uniform(0, rng.choice([1, 3, 8]), n))[::-1]
        signal = 10.0 ** -rng.uniform(0, rng.choice([1, 12]), n) * (rng.random(n) < 0.9)
        modes = Modes(h, rng.choice([1.0, 3.0, 40.0], n), signal)
        batch, steps, name = (int(rng.choice(BATCHES)), int(rng.choice(STEPS)), str(rng.choice([*SCHEDULES])))
        step = max_step(modes, batch) * float(rng.choice(MULTIPLES))
        yield modes, batch, step, steps, name, float(rng.choice([0.0, 0.3]))


def declared(modes, batch, step, made=(), still=0.0):
    steps = tuple((phase.steps, phase.factor) for phase in made)
    return Run(tuple(modes.eigenvalues), tuple(modes.counts), tuple(modes.signal), step, batch, steps, still)


def agrees(found, exact):
    """1e-10 relative, of the number or of its logarithm where that is beyond a hundred."""
    if exact == 0:
        return found.total == 0
    logarithm = float(mp.log(exact))
    return found.log_total == pytest.approx(logarithm, abs=1e-10 * max(1.0, abs(logarithm) / 100))


# --- the reference is the definition ---


def test_reference_is_the_loop():
    run = Run((1.0, 0.1), (1.0, 3.0), (0.5, 1.0), 0.7, 2, ((5, 1.0), (8, 0.3)), 0.2)
    for noise in (None, 1.5):
        assert mp.almosteq(run.last(noise), stepwise(run, noise), rel_eps=1e-40)
        once = Run(run.eigenvalues, run.counts, run.signal, run.step, run.batch, ((9, 1.0),), run.still)
        assert mp.almosteq(run.mean(9, 0, noise), mean_stepwise(once, noise), rel_eps=1e-40)
        for steps, burn in ((1, 0), (6, 0), (7, 3)):
            assert mp.almosteq(run.mean(steps, burn, noise), two_times(run, steps, burn, noise), rel_eps=1e-40)


# --- everywhere ---


@pytest.mark.parametrize("seed", range(4))
def test_last_iterate(seed):
    for modes, batch, step, steps, name, still in populations(seed, 60):
        made = SCHEDULES[name](steps)
        run = declared(modes, batch, step, made, still)
        bias, variance = after(modes, [(modes.signal, still), (0 * modes.signal, 1.3)], step, batch, made)
        assert agrees(bias, run.last()), run
        assert agrees(variance, run.last(1.3)), run


@pytest.mark.parametrize("seed", range(4, 8))
def test_averages(seed):
    for modes, batch, step, steps, _, still in populations(seed, 40):
        run = declared(modes, batch, step, still=still)
        for burn, (start, source, noise) in itertools.product(
            (0, steps // 2), ((modes.signal, still, None), (0 * modes.signal, 1.3, 1.3))
        ):
            (state,) = after(modes, [(start, source)], step, batch, [Phase(burn, 1.0)])
            found = averaging.averaged(one_step(modes, step, batch), state, source, steps - burn)
            assert agrees(found, run.mean(steps - burn, burn, noise)), run


@pytest.mark.parametrize("multiple", [0.5, 0.999, 1.02, 1.5])
@pytest.mark.parametrize("batch", [1, 50])
def test_sketches(batch, multiple):
    task = th.PowerLaw(1.5, 0.4, size=200)
    modes = sketched_modes(bins(task, 6.0), 6.0, task.rank, task.total_variance, task.signal - approximation(task, 6.0))
    step, made = multiple * max_step(modes, batch), [Phase(400, 1.0), Phase(100, 0.3)]
    run = declared(modes, batch, step, made)
    found = after(modes, [(modes.signal, 0.0), (0 * modes.signal, 1.0)], step, batch, made)
    assert agrees(found[0], stepwise(run))
    assert agrees(found[1], stepwise(run, 1.0))
    mean = averaging.averaged(one_step(modes, step, batch), Scaled(modes.signal), 0.0, 300)
    assert agrees(mean, mean_stepwise(declared(modes, batch, step, [Phase(300, 1.0)])))


def test_a_start_along_the_axes():
    """States of one mode alone and sources alone, through a phase that grows and one in which only the others are left."""
    modes, batch = Modes(np.array([1.0, 0.3, 1e-6]), np.ones(3), np.zeros(3)), 10**6
    made, step = [Phase(40, 1.0), Phase(400, 0.2)], 1.2 * max_step(modes, batch)
    for unit in np.eye(3):
        (found,) = after(modes, [(unit, 0.0)], step, batch, made)
        steps = tuple((phase.steps, phase.factor) for phase in made)
        assert agrees(found, Run(tuple(modes.eigenvalues), (1.0,) * 3, tuple(unit), step, batch, steps).last())


# --- what went wrong once ---


@pytest.mark.parametrize(("schedule", "multiple", "steps", "about"), [
    ("geometric", 1.1, 10_000, 5.435e-4), ("geometric", 1.3, 10_000, 3.3e75), ([(3000, 1.0), (3000, 0.1)], 1.02, 6000, 5.4e13),
])  # fmt: skip
def test_quoted_variances(schedule, multiple, steps, about):
    out = evaluated(th.OnePassSGD(schedule=schedule), TWO, n_samples=steps, step=multiple * EDGE, noise=1.0)
    made = tuple((p.steps, p.factor) for p in phases(steps, schedule, 2))
    exact = Run((1.0, 0.1), (1.0, 1.0), (1.0, 0.1), multiple * EDGE, 1, made)
    assert float(out.variance) == pytest.approx(about, rel=0.02)
    assert float(out.variance) == pytest.approx(float(exact.last(1.0)), rel=1e-10)
    assert float(out.bias) == pytest.approx(float(exact.last()), rel=1e-10)


def test_beyond_doubles():
    """A risk of e^12068: inf, its logarithms told; and back to where doubles reach, through such a phase."""
    sgd = th.OnePassSGD(schedule=[(30_000, 1.0), (10, 0.1)])
    out = evaluated(sgd, TWO, n_samples=30_010, step=1.3 * EDGE, noise=1.0)
    run = Run((1.0, 0.1), (1.0, 1.0), (1.0, 0.1), 1.3 * EDGE, 1, ((30_000, 1.0), (10, 0.1)))
    assert out.test == out.bias == out.variance == math.inf
    assert float(out.log_bias) == pytest.approx(float(mp.log(run.last())), rel=1e-12)
    assert float(out.log_variance) == pytest.approx(float(mp.log(run.last(1.0))), rel=1e-12)
    back = th.OnePassSGD(schedule=[(30_000, 1.0), (70_000, 0.5)])
    out = evaluated(back, TWO, n_samples=100_000, step=1.3 * EDGE, noise=1.0)
    run = Run((1.0, 0.1), (1.0, 1.0), (1.0, 0.1), 1.3 * EDGE, 1, ((30_000, 1.0), (70_000, 0.5)))
    assert float(out.log_variance) == pytest.approx(float(mp.log(run.last(1.0))), abs=1e-9)
    assert float(out.variance) == pytest.approx(float(run.last(1.0)), rel=1e-9)


def test_a_decayed_bias_has_a_logarithm():
    out = th.OnePassSGD(schedule="constant").evaluate(th.Discrete([1.0], [1.0]), n_samples=10_000, step=0.2)
    assert out.bias == 0
    assert float(out.log_bias) == pytest.approx(10_000 * math.log(1 - 0.4 + 3 * 0.04), rel=1e-12)  # 1 − 2γ + γ²(1 + 2/B)
    assert out.log_variance == -math.inf


def test_average_of_a_large_batch():
    """Steps near 2/h swing: the pole z = 1 − γh of the mean error is negative, and was missed."""
    task, sgd = th.PowerLaw(2, 0.96), th.OnePassSGD(batch=10**5, schedule="constant", averaging="iterate")
    edge = float(sgd.evaluate(task, n_samples=1e5, step=0.1).max_step)
    out = evaluated(sgd, task, n_samples=41e5, step=0.99 * edge)
    nodes = task.nodes
    h, signal = nodes.eigenvalues.astype(np.longdouble), nodes.signals.astype(np.longdouble)
    counts, gamma = nodes.counts.astype(np.longdouble), np.longdouble(0.99 * edge)
    y, memory, total = signal, 0 * signal, 0 * signal
    for _ in range(41):
        total, memory = total + y + 2 * memory, (1 - gamma * h) * (memory + y)
        y = ((1 - gamma * h) ** 2 + gamma**2 * h**2 / 10**5) * y + counts * gamma**2 * h**2 / 10**5 * (y.sum() + task.tail[1])
    assert float(out.bias) == pytest.approx(6.39e-4, rel=2e-3)
    assert float(out.bias) == pytest.approx(float(total.sum() / 41**2) + task.tail[1], rel=1e-10)


def test_steps_beyond_doubles_are_refused():
    with pytest.raises(ValueError, match=r"step = 1e\+100 is not admissible.*in one step"):
        evaluated(th.OnePassSGD(), TWO, n_samples=10, step=1e100)


@pytest.mark.parametrize("averaging", [None, "iterate", "tail"])
def test_never_nan(averaging):
    sgd = th.OnePassSGD(batch=3, schedule="constant", averaging=averaging)
    for task in (TWO, th.Discrete([1.0, 1e-200, 0.0], [1.0, 1.0, 1.0]), th.PowerLaw(2.0, 0.5), th.PowerLaw(0.5, 0.5, size=300)):
        out = evaluated(
            sgd, task, n_samples=[[3.0], [100.0], [1e6], [1e100]], step=[1e-130, 1e-9, 0.3, 2.0, 1e3, 1e60], noise=0.1
        )
        for name in ("test", "bias", "variance", "log_bias", "log_variance"):
            assert not np.isnan(getattr(out, name)).any(), name
        assert (out.variance >= 0).all()
        assert (out.bias >= 0).all()
