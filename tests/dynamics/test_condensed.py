"""Long lists of modes as Gauss nodes: the bound on paper, moments, and whole passes beside the lists themselves."""

import functools
import math
import warnings

import numpy as np
import pytest
import sympy

import theory as th
from theory.dynamics.sgd import condensed, one_pass
from theory.dynamics.sgd.condensed import ELLIPSE, NODES, REACH, WITHIN
from theory.dynamics.sgd.modes import Modes
from theory.dynamics.sgd.moments import BATCH, STEP, coefficients
from theory.dynamics.sgd.sketches.population import population_modes
from theory.dynamics.sgd.stability import max_step, stability

K = np.arange(1.0, 2001.0)
RNG = np.random.default_rng(0)
TASKS = {
    "power law": th.Discrete(K**-1.5, K**-0.3),
    "flat": th.Discrete(RNG.uniform(0.2, 2.0, 1500) / 1500, RNG.random(1500) ** 8),
    "faint signal below a gap": th.Discrete(
        np.append(K[:20] ** -1.0, 1e-3 * RNG.uniform(1.0, 1.1, 900)), np.append(np.ones(20), [0.0] * 899 + [1e-20])
    ),
}
SCHEDULES = {
    "geometric": th.OnePassSGD(),
    "constant": th.OnePassSGD(batch=3, schedule="constant"),
    "cosine": th.OnePassSGD(schedule=th.cosine()),
    "tail": th.OnePassSGD(schedule="constant", averaging="tail"),
}


def test_what_the_bound_stands_on():
    """The kick is a multiple of (γh)², keep a quadratic with complex roots beyond the ellipses, and the bound is rounding."""
    one = coefficients()
    assert sympy.simplify(one.kick / (STEP * one.eigenvalue) ** 2).free_symbols == {BATCH}
    keep = sympy.Poly(1 - one.loss, one.eigenvalue)
    assert keep.degree() == 2
    assert sympy.simplify(keep.discriminant() / STEP**2) == -4 / BATCH
    for batch in (1.0, 7.0, 1e12):
        (edge,) = condensed._derived()[1](1.0, 0.3, batch)
        roots = np.roots([float(c.subs({STEP: 0.3, BATCH: batch})) for c in keep.all_coeffs()])
        np.testing.assert_allclose(edge, 0.3 * np.abs(roots), rtol=1e-5)
        assert edge > 2 * WITHIN
    missed = 4 * ELLIPSE ** (1 - 2 * NODES) / (ELLIPSE - 1) * math.exp(REACH * (1 + (ELLIPSE + 1 / ELLIPSE) / 2))
    assert missed < 5e-16


def test_gauss_nodes_have_the_moments_of_what_they_stand_for():
    points, weights = np.sort(RNG.uniform(1e-3, 2e-3, 500)), RNG.random(500) ** 6
    nodes, made = condensed._gauss(points, weights)
    assert len(nodes) == NODES
    assert (made > 0).all()
    assert points[0] <= nodes.min() <= nodes.max() <= points[-1]
    for order in range(2 * NODES):
        of = functools.partial(np.polynomial.chebyshev.chebval, c=np.eye(2 * NODES)[order])
        scaled = [(x - 1.5e-3) / 0.5e-3 for x in (points, nodes)]
        assert abs(weights @ of(scaled[0]) - made @ of(scaled[1])) < 1e-13 * weights.sum()
    few, its = condensed._gauss(points, np.where(np.arange(500) % 250 == 3, 1.0, 0.0))
    assert len(few) == 2
    np.testing.assert_allclose(few, points[[3, 253]], rtol=1e-14)
    np.testing.assert_allclose(its, 1.0, rtol=1e-13)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("name", TASKS)
def test_whole_passes_are_those_of_the_list(name, schedule, monkeypatch):
    task, sgd, sizes = TASKS[name], SCHEDULES[schedule], [50.0, 3e3, 1e6][: 2 if schedule == "cosine" else 3]
    step = 0.3 * sgd.evaluate(task, n_samples=100, step=1e-9).max_step
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = sgd.evaluate(task, n_samples=sizes, step=step, noise=0.3)
        monkeypatch.setattr(one_pass, "condensed", lambda modes, *_: modes)
        listed = sgd.evaluate(task, n_samples=sizes, step=step, noise=0.3)
    for term in ("variance", "test", "log_variance"):
        np.testing.assert_allclose(getattr(found, term), getattr(listed, term), rtol=1e-12)
    np.testing.assert_allclose(found.log_bias, listed.log_bias, rtol=1e-12, atol=1e-12)


def test_there_are_far_fewer_and_as_many_as_ever_where_they_cannot_be():
    modes = population_modes(TASKS["power law"])
    short = condensed.condensed(modes, 1, 1e3, 0.1)
    assert len(short.eigenvalues) < 150
    assert short.eigenvalues.max() == modes.eigenvalues.max()
    signed = Modes(modes.eigenvalues, np.where(K == 5, -1.0, 1.0), modes.signal)
    assert condensed.condensed(signed, 1, 1e3, 0.1) is signed
    assert condensed.condensed(modes, 1, 1e15, 0.1) is modes


@pytest.mark.parametrize("batch", [1, 30, 10**9])
@pytest.mark.parametrize("name", TASKS)
def test_the_largest_stable_step_is_that_of_the_list(name, batch):
    modes = population_modes(TASKS[name])
    short = condensed.steady(modes)
    assert len(short.eigenvalues) < 400
    assert max_step(short, batch) == pytest.approx(max_step(modes, batch), rel=1e-13)
    for share in (1e-6, 0.3, 0.9):
        step = share * max_step(modes, batch)
        assert stability(short, step, batch) == pytest.approx(stability(modes, step, batch), rel=1e-13)
