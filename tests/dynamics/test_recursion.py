"""The contour against the step-by-step loop in extended precision: bias and variance each, however far the bias decays."""

import numpy as np
import pytest
from mpmath import mp

import theory as th
from theory.dynamics.sgd import averaging
from theory.dynamics.sgd.modes import Modes, one_step
from theory.dynamics.sgd.recursion import after
from theory.dynamics.sgd.scaled import Scaled
from theory.dynamics.sgd.schedules.phases import Phase, phases

K = np.arange(1.0, 201.0)
CASES = {
    "power law": (K**-1.5, K**-1.4),
    "fast target": (K[:50] ** -1.0, np.exp(-K[:50])),
    "steep": (K[:60] ** -3.0, K[:60] ** -2.0),
    "single": (np.array([1.0]), np.array([1.0])),
    "few, no signal on one": (np.array([1.0, 0.5, 0.3]), np.array([1.0, 1e-3, 0.0])),
    "with a zero mode": (np.array([1.0, 0.2, 0.0]), np.array([1.0, 1.0, 0.0])),
}


def advance(modes, state, source, step, batch, steps):
    """The end of one phase, Σ y."""
    return after(modes, [(state, source)], step, batch, [Phase(steps, 1.0)])[0].total


def averaged(modes, state, source, step, batch, steps):
    return averaging.averaged(one_step(modes, step, batch), Scaled(state), source, steps).total


def loop(modes, state, source, step, batch, steps):
    """The recursion as it is derived, in 80-bit floats."""
    h, n, y, gamma = (np.asarray(x, dtype=np.longdouble) for x in (modes.eigenvalues, modes.counts, state, step))
    decay = 1 - gamma * h * (2 - (1 + np.longdouble(1) / batch) * gamma * h)
    for _ in range(steps):
        y = decay * y + gamma**2 / batch * n * h**2 * (y.sum() + np.longdouble(source))
    return y


@pytest.mark.parametrize(("step", "batch"), [(0.1, 1), (0.3, 4), (0.01, 1), (0.2, 2)])
@pytest.mark.parametrize("name", CASES)
def test_bias_and_variance_each(name, step, batch):
    h, signal = CASES[name]
    modes = Modes(h, np.ones_like(h), signal)
    for steps in (1, 31, 32, 33, 100, 1000, 3000):
        bias, exact = advance(modes, signal, 0.0, step, batch, steps), loop(modes, signal, 0.0, step, batch, steps)
        if exact.sum() > 1e-290:
            assert bias == pytest.approx(float(exact.sum()), rel=1e-11)
        variance = advance(modes, 0 * signal, 1.0, step, batch, steps)
        assert variance == pytest.approx(float(loop(modes, 0 * signal, 1.0, step, batch, steps).sum()), rel=1e-11)


def test_a_bias_that_has_decayed_by_hundreds_of_orders():
    """One eigenvalue, 1000 steps: the bias is (1 − δ + ρ h²)^1000 exactly."""
    modes = Modes(np.array([1.0]), np.ones(1), np.ones(1))
    found = advance(modes, modes.signal, 0.0, 0.2, 1, 1000)
    with mp.workdps(40):
        gamma = mp.mpf(0.2)
        exact = (1 - gamma * (2 - 2 * gamma) + gamma**2) ** 1000
        assert found == pytest.approx(float(exact), rel=1e-11)
    assert found < 1e-140


@pytest.mark.parametrize("log_base", [2, np.e, 10])
@pytest.mark.parametrize("batch", [1, 3])
def test_whole_schedules(log_base, batch):
    h, signal = CASES["power law"]
    modes = Modes(h, np.ones_like(h), signal)
    for steps in (50, 777, 4000):
        made = phases(steps, "geometric", log_base)
        exact_bias, exact_variance = signal, 0 * signal
        for phase in made:
            exact_bias = loop(modes, exact_bias, 0.0, 0.2 * phase.factor, batch, phase.steps)
            exact_variance = loop(modes, exact_variance, 0.7, 0.2 * phase.factor, batch, phase.steps)
        bias, variance = after(modes, [(signal, 0.0), (0 * signal, 0.7)], 0.2, batch, made)
        assert bias.total == pytest.approx(float(exact_bias.sum()), rel=1e-11)
        assert variance.total == pytest.approx(float(exact_variance.sum()), rel=1e-11)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("steps", [5, 31, 32, 200, 1500])
def test_averages_against_two_times(name, steps):
    """ȳ = T⁻² Σ_{s,t} E(v_s−v*)(v_t−v*), each pair by a^{|t−s|} C(s)."""
    h, signal = CASES[name]
    modes, step, batch = Modes(h, np.ones_like(h), signal), 0.15, 2
    for state, source in ((signal, 0.0), (0 * signal, 1.3)):
        y, total = np.asarray(state, dtype=np.longdouble), np.zeros(len(h), dtype=np.longdouble)
        shrink = 1 - np.longdouble(step) * h
        memory = np.zeros_like(total)  # Σ_{s<t} a^{t−s} C(s)
        for _ in range(steps):
            total += y + 2 * memory
            memory = shrink * (memory + y)
            y = loop(modes, y, source, step, batch, 1)
        found = averaged(modes, np.asarray(state, dtype=float), source, step, batch, steps)
        assert found == pytest.approx(float(total.sum() / steps**2), rel=3e-11)


def test_unstable_runs_grow_as_the_loop():
    h, signal = CASES["power law"]
    modes = Modes(h, np.ones_like(h), signal)
    for source, state in ((0.0, signal), (1.0, 0 * signal)):
        found = advance(modes, state, source, 0.62, 1, 1000)
        assert found == pytest.approx(float(loop(modes, state, source, 0.62, 1, 1000).sum()), rel=1e-10)


def test_one_eigenvalue_many_times_is_one_node():
    one = Modes(np.array([0.5]), np.array([40.0]), np.array([3.0]))
    many = Modes(np.full(40, 0.5), np.ones(40), np.full(40, 3.0 / 40))
    for state in ("signal", "zero"):
        results = []
        for modes in (one, many):
            start, source = (modes.signal, 0.0) if state == "signal" else (0 * modes.signal, 1.0)
            results.append(advance(modes, start, source, 0.02, 1, 5000))
        assert results[0] == pytest.approx(results[1], rel=1e-12)


def test_cost_does_not_grow_with_the_steps():
    task = th.Discrete.from_signal(np.arange(1.0, 101.0) ** -1.5, np.arange(1.0, 101.0) ** -2.2)
    constant = th.OnePassSGD(schedule="constant")
    late = constant.evaluate(task, n_samples=1e14, step=0.1, noise=1.0)
    later = constant.evaluate(task, n_samples=1e15, step=0.1, noise=1.0)
    assert float(late.variance) == pytest.approx(float(later.variance), rel=1e-12)  # stationary
    assert float(late.bias) == 0
