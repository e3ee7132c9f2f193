"""The spectrum of a sketch, bound to the layer that declares what a sketch does to a ridge."""

import itertools
import math

import numpy as np
import pytest
from scipy.optimize import brentq

import theory as th
from theory.chain.algebras.own import Own
from theory.chain.layers import Level
from theory.dynamics.sgd import one_pass
from theory.dynamics.sgd.sketches import sketch
from theory.dynamics.sgd.sketches.bins import _of_law as of_law
from theory.dynamics.sgd.sketches.bins import bins
from theory.dynamics.sgd.stability import max_step

STEP = 1e-5  # of ln r
TASKS = [(th.PowerLaw(1.5, 0.3), 40.0), (th.PowerLaw(3.0, 0.6), 25.0), (th.PowerLaw(1.2, 0.4, size=60), 90.0),
         (th.Discrete([4.0, 1.0, 0.2], [1.0, 1.0, 1.0], multiplicity=[3, 20, 40]), 16.0)]  # fmt: skip


@pytest.mark.parametrize(("task", "width"), TASKS)
def test_the_layer_declares_the_eigenvalues(task, width):
    """At κ = r e^{iφ}, where Σ λ²/|λ+κ|² = M, `GaussianFeatures` makes the outer ridge −h: the same h, and the density of d."""
    population, layer = bins(task, width), th.GaussianFeatures()
    eigenvalues, counts = population.eigenvalues, population.counts

    def level(kappa):
        inner = Level(kappa, (counts * eigenvalues / (eigenvalues + kappa)).sum(), 1.0, 0.0, math.inf)
        return inner.dof, layer.outside(inner, Own(width), 0.0).ridge

    for low, high in sketch._bands(population, width, task.rank):
        for share in (0.2, 0.5, 0.8):
            r = math.exp(low + share * (high - low))

            def full(phi, r=r):
                return (counts * eigenvalues**2 / np.abs(eigenvalues + r * np.exp(1j * phi)) ** 2).sum() - width

            phi = brentq(full, 1e-9, math.pi - 1e-9, xtol=1e-14)
            dof, ridge = level(r * np.exp(1j * phi))
            made, density, _ = sketch._at(population, width, r * np.exp([0.0, -STEP, STEP]))
            h, below, above = made - population.tail_trace / width  # the far tail shifts all eigenvalues
            assert ridge.real == pytest.approx(-h, rel=1e-9)
            assert abs(ridge.imag) < 1e-9 * abs(ridge)
            trace = -dof.imag / (math.pi * h)  # density at h: −Im tr(A − h − i0)⁻¹/π = −Im d/(π h)
            assert density[0] == pytest.approx(abs(trace) * (above - below) / (2 * STEP), rel=1e-6)


@pytest.mark.parametrize(("task", "width"), TASKS)
def test_no_gap_is_missed(task, width):
    """Gaps are looked for where two neighbours alone leave room for one: looking between all finds the same."""
    population = bins(task, width)
    eigenvalues, found = population.eigenvalues, []
    for above, below in itertools.pairwise(eigenvalues[:201]):
        gap = sketch._gap(population, width, float(below), float(above))
        found += [] if gap is None else [gap]
    bands = sketch._bands(population, width, task.rank)
    assert [(lower[1], upper[0]) for upper, lower in itertools.pairwise(bands)] == found


@pytest.mark.parametrize(("task", "width"), TASKS)
def test_sum_rules(task, width):
    """As many modes as the smaller of M and D, tr A = tr Σ on average, and all the signal within reach."""
    reach = task.signal - one_pass.approximation(task, width)
    made = sketch.sketched_modes(bins(task, width), width, task.rank, task.total_variance, reach)
    assert made.counts.sum() == pytest.approx(min(width, task.rank), rel=1e-12)
    assert made.counts @ made.eigenvalues == pytest.approx(task.total_variance, rel=1e-12)
    assert made.signal.sum() == pytest.approx(reach, rel=1e-12)


@pytest.mark.parametrize("capacity", [0.3, 0.8, 1.0, 1.4])
@pytest.mark.parametrize("width", [30.0, 400.0])
def test_binned_laws_are_listed_ones(capacity, width):
    """A law by sums over bins of k, of any capacity, has the sketches and the risk of its modes listed one by one."""
    task, learner = th.PowerLaw(capacity, 0.4, size=40_000), th.OnePassSGD()
    reach, risks = task.signal - one_pass.approximation(task, width), []
    for population in (of_law(task, width), bins(task, width)):
        assert population.counts.sum() == pytest.approx(40_000, rel=1e-14)
        assert population.counts @ population.eigenvalues == pytest.approx(task.total_variance, rel=1e-13)
        assert population.signals.sum() == pytest.approx(task.signal, rel=1e-13)
        modes = sketch.sketched_modes(population, width, task.rank, task.total_variance, reach)
        step = 0.2 * max_step(modes, 1)
        found = learner._run(modes, [(modes.signal, 0.0), (0 * modes.signal, 1.0)], step, 3000)
        risks.append([part.total for part in found.parts])
    assert risks[0] == pytest.approx(risks[1], rel=1e-4)


@pytest.mark.parametrize("capacity", [1e-5, 0.4, 1.0])
@pytest.mark.parametrize("size", [60_000, 10**9, 10**15])
def test_long_laws_of_any_capacity(capacity, size):
    task = th.PowerLaw(capacity, 0.7, size=size)
    step = 0.3 * float(th.OnePassSGD().evaluate(task, n_samples=1, n_features=[[8.0], [1000.5]], step=1e-20).max_step.min())
    widths = [8.0, 1000.5, 1e6]
    out = th.OnePassSGD().evaluate(task, n_samples=1e8, n_features=widths, step=step, noise=1.0, allow_unstable=True)
    for name in ("test", "approximation", "bias", "variance"):
        assert (np.isfinite(getattr(out, name)) & (getattr(out, name) >= 0)).all(), name
    assert np.all(np.diff(out.approximation) < 0)


def test_a_million_columns():
    task = th.PowerLaw(1.5, 0.4)
    out = th.OnePassSGD().evaluate(task, n_samples=1e6, n_features=[1e6, np.inf], step=0.1, noise=1.0)
    assert out.bias[0] == pytest.approx(out.bias[1], rel=0.02)  # so many columns are as good as the population
    assert out.variance[0] == pytest.approx(out.variance[1], rel=0.02)


def test_more_columns_than_doubles_tell_apart():
    with pytest.raises(ValueError, match=r"n_features = 1000.0 is not admissible.*modes that doubles tell"):
        th.OnePassSGD().evaluate(th.PowerLaw(100, 0.01), n_samples=1e4, n_features=1000, step=0.1)
