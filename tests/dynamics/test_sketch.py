"""The spectrum of a sketch, bound to the layer that declares what a sketch does to a ridge."""

import itertools
import math

import numpy as np
import pytest
from scipy.optimize import brentq

import theory as th
from theory.chain.layers import Level
from theory.chain.own import Own
from theory.dynamics.sgd import one_pass, sketch
from theory.dynamics.sgd.bins import bins

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
