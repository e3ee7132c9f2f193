"""Schedules: what they declare, the phases they are cut into, the extrapolated risk against every step taken, bad input."""

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy

import theory as th
from theory.dynamics.sgd.recursion import after
from theory.dynamics.sgd.schedules.given import declared
from theory.dynamics.sgd.schedules.phases import cut, effective_steps, phases
from theory.dynamics.sgd.sketches.population import population_modes

TASK = th.PowerLaw(2, 0.375)
z = sympy.Symbol("z")
# By name: the schedule, and ∫g.
SHAPES = {
    "linear": (th.linear(), 1 / 2), "(1-z)^3": (th.polynomial(3), 1 / 4), "(1-z)^.3": (th.polynomial(0.3), 1 / 1.3),
    "cosine": (th.cosine(), 1 / 2), "exponential": (th.exponential(0.01), 0.99 / math.log(100)),
    "inverse time": (th.inverse_time(5), math.log(6) / 5), "stable": (th.stable_decay(0.2), 0.9),
    "stable, then a cube": (th.stable_decay(0.2, th.polynomial(3)), 0.85),
    "warm-up": (th.warmup(0.1, th.cosine()), 0.5), "all": (th.warmup(0.1, th.stable_decay(0.5, th.polynomial(2))), 0.05 + 0.6),
    "function": (declared(lambda z: 1 - z * z), 2 / 3), "expression": (declared(1 - z**2), 2 / 3),
}  # fmt: skip
shapes = pytest.mark.parametrize(("schedule", "total"), SHAPES.values(), ids=SHAPES)


def step_by_step(schedule, steps, step=0.1):
    modes = population_modes(TASK)
    parts = [(modes.signal, modes.tail_signal), (np.zeros_like(modes.signal), 1.0)]
    bias, variance = after(modes, parts, step, 1, phases(steps, schedule))
    return bias.total + modes.tail_signal, variance.total


@shapes
def test_every_step_taken(schedule, total):
    """Far within 1e-4, and within a few times the error that is stated."""
    out = th.OnePassSGD(schedule=schedule).evaluate(TASK, n_samples=1001, step=0.1, noise=1.0)
    bias, variance = step_by_step(schedule, 1001)
    assert 0 < out.error <= 1e-4
    assert float(out.bias) == pytest.approx(bias, rel=2 * float(out.error))
    assert float(out.variance) == pytest.approx(variance, rel=2 * float(out.error))


@shapes
@pytest.mark.parametrize("steps", [1, 7, 1000, 10**20])
def test_phases_add_up(schedule, total, steps):
    """All steps are there, and their factors add up to T ∫g, in cells and one by one."""
    for cells in (64, None) if steps <= 1000 else (64,):
        made = cut(schedule, steps, cells)
        assert sum(phase.steps for phase in made) == steps
        assert math.fsum(phase.steps * phase.factor for phase in made) == pytest.approx(total * steps, rel=1e-9)
    assert schedule.largest(steps) == pytest.approx(1.0, rel=1e-12)


def test_the_last_steps_of_a_long_pass():
    """Of 10^20 steps the last one is (1/4) 10^-60, and a warm-up's first half of one over its length."""
    last = cut(th.polynomial(3), 10**20, 256)[-1]
    assert last.steps == 1
    assert last.factor == pytest.approx(0.25e-60, rel=1e-12)
    first = cut(th.warmup(0.25, th.cosine()), 10**20, 256)[0]
    assert first.factor == pytest.approx(first.steps * 0.5 / 0.25e20, rel=1e-12)
    end = cut(th.cosine(), 10**20, 256)[-1]
    assert end.factor == pytest.approx(math.pi**2 / 12 * 1e-40, rel=1e-9)


def test_a_step_that_belongs_to_two_pieces():
    """Seven steps, three tenths of them at a half: 4.9 steps at 1, so the fifth has .9 + .05."""
    made = phases(7, th.stable_decay(Fraction(3, 10), sympy.Rational(1, 2)))
    assert [(phase.steps, phase.factor) for phase in made] == [(4, 1.0), (1, pytest.approx(0.95)), (2, 0.5)]
    out = th.OnePassSGD(schedule=th.stable_decay(0.3, sympy.Rational(1, 2))).evaluate(TASK, n_samples=7e5, step=0.1)
    same = th.OnePassSGD(schedule=[(490_000, 1.0), (210_000, 0.5)]).evaluate(TASK, n_samples=7e5, step=0.1)
    assert float(out.test) == pytest.approx(float(same.test), rel=1e-12)
    assert out.error == same.error == 0


def test_schedules_inside_schedules():
    """A warm-up squeezes what follows; geometric decay over the rest has the phases of that rest."""
    made = phases(2000, th.warmup(0.5, "geometric"))
    assert [(p.steps, p.factor) for p in made[1000:]] == [(p.steps, p.factor) for p in phases(1000, "geometric")]
    assert [p.factor for p in made[:2]] == pytest.approx([0.0005, 0.0015])
    assert cut(th.stable_decay(1, th.cosine()), 100) == cut(th.cosine(), 100)
    assert effective_steps(1000, th.warmup(0.5)) == pytest.approx(750)


def test_powers_of_the_last_step():
    """`exponential()` falls to 1/T."""
    made = phases(1000, th.exponential())
    assert made[-1].factor == pytest.approx(1000**-0.9995, rel=1e-5)
    assert phases(1, th.exponential())[0].factor == 1


@pytest.mark.parametrize("schedule", [each for each, _ in SHAPES.values()][:-2], ids=[*SHAPES][:-2])
def test_they_travel(schedule):
    copy = pickle.loads(pickle.dumps(schedule))
    assert copy == schedule
    assert repr(copy) == repr(schedule)
    assert cut(copy, 100) == cut(schedule, 100)


def test_a_schedule_of_ones_own():
    """A class with `pieces`: a triangle of two lines."""
    from theory.dynamics.sgd.schedules.pieces import Piece, Z

    class Triangle(th.Schedule):
        def pieces(self, steps):
            return (Piece(Fraction(1, 2), Z), Piece(Fraction(1, 2), 1 - Z))

    assert cut(Triangle(), 1000, 64) == cut(th.warmup(0.5, th.linear()), 1000, 64)


def test_the_largest_factor_counts_for_stability():
    """A bump in the middle, of height 3."""
    rising = th.OnePassSGD(schedule=lambda z: 12 * z * (1 - z))
    flat = th.OnePassSGD(schedule=th.linear())
    edges = [float(sgd.evaluate(TASK, n_samples=1000, step=0.01).max_step) for sgd in (flat, rising)]
    assert edges[0] == pytest.approx(3 * edges[1], rel=1e-9)


def test_averages_with_one_schedule_only():
    with pytest.raises(ValueError, match="averaging = 'tail' is not admissible.*constant"):
        th.OnePassSGD(schedule=th.linear(), averaging="tail")


@pytest.mark.parametrize("make", [
    lambda: th.polynomial(-1), lambda: th.polynomial(math.inf), lambda: th.polynomial("3"), lambda: th.exponential(1),
    lambda: th.exponential(0), lambda: th.inverse_time(0), lambda: th.stable_decay(0), lambda: th.stable_decay(1.5),
    lambda: th.stable_decay(0.2, "bogus"), lambda: th.warmup(0), lambda: th.warmup(1), lambda: th.warmup(0.1, 3),
    lambda: th.OnePassSGD(schedule=lambda z: z - 0.5), lambda: th.OnePassSGD(schedule=lambda z: 0 * z),
    lambda: th.OnePassSGD(schedule=lambda z: np.log(z)), lambda: th.OnePassSGD(schedule=lambda z: "a"),
    lambda: th.OnePassSGD(schedule=1 / z), lambda: th.OnePassSGD(schedule=z * sympy.Symbol("q")),
    lambda: th.OnePassSGD(schedule=sympy.Integer(0)), lambda: th.OnePassSGD(schedule=sympy.I * z),
    lambda: th.OnePassSGD(schedule=lambda: 1), lambda: th.OnePassSGD(schedule=th.linear),
])  # fmt: skip
def test_bad_input(make):
    with pytest.raises(ValueError, match="is not admissible"):
        make()


def test_longer_than_the_pass():
    sgd = th.OnePassSGD(schedule=[(100, 1.0), (50, 0.5)])
    with pytest.raises(ValueError, match="phases of 120 steps together"):
        sgd.evaluate(TASK, n_samples=120, step=0.1)
    with pytest.raises(ValueError, match="phases of 60 steps together"):
        th.OnePassSGD(schedule=th.warmup(0.5, [(100, 1.0)])).evaluate(TASK, n_samples=120, step=0.1)
