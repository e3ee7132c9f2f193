"""Training on columns and rows of a law: limits, white columns, late times, and draws."""

from __future__ import annotations

import numpy as np
import pytest

import numerics as nm
import theory as th

S, G, N = th.Samples, th.GaussianFeatures, th.FeatureNoise
TASK = th.PowerLaw(1.3, 0.5)
TIMES = np.array([1.0, 1e3, 1e6, 1e9, 1e15, np.inf])


@pytest.mark.parametrize(("chain", "sizes"), [
    (th.Chain(S(), G(columns=0.7)), {"n_samples": 1e5, "n_features": 80}), (th.Chain(S(rows=0.6)), {"n_samples": 60}),
    (th.Chain(S(rows=th.exponential_memory(3.0)), G(columns=0.8)), {"n_samples": 60, "n_features": 40}),
], ids=str)  # fmt: skip
def test_late_training_is_the_ridgeless_chain(chain, sizes):
    flow = th.GradientFlow(chain).evaluate(TASK, time=TIMES, noise=0.2, **sizes)
    limit = chain.evaluate(TASK, noise=0.2, **sizes)
    assert flow.converged.all()
    assert flow.certificate.max() < 1e-12
    for key in ("test", "bias", "samples", ("samples", "noise")):
        assert flow.terms[key][-2:] == pytest.approx([float(limit.terms[key])] * 2, rel=1e-9), key


def test_equal_columns_and_rows_train_as_white_ones():
    sizes = {"n_samples": 60, "n_features": 40, "noise": 0.2}
    flows = (th.GradientFlow(th.Chain(S(rows=law), G(columns=law))) for law in (0, None))
    one, two = (flow.evaluate(TASK, time=TIMES[:4], **sizes) for flow in flows)
    for key, value in one.terms.items():  # the training risk of rows with a law is no single sum
        scale = np.abs(two.test) if key in ("train", "gap") else np.abs(two.terms[key])
        assert np.max(np.abs(value - two.terms[key]) / scale) < 1e-11, key


def test_summable_laws_of_infinitely_many():
    flow = th.GradientFlow(th.Chain(S(rows=1.6), G(columns=1.8)))
    out = flow.evaluate(TASK, time=TIMES[:-1], noise=0.2, n_samples=np.inf, n_features=np.inf)
    assert out.converged.all()
    assert (np.diff(out.test) < 0).all()


def test_the_largest_step_of_descent_is_that_of_the_kernel():
    """Laws of two levels, of many eigenvalues each: an eigenvalue by itself has a band in the limit, and none in a draw."""
    n, task, rng = 300, th.Isotropic(300), np.random.default_rng(5)
    levels = [3.0] * (n // 3) + [0.2] * (2 * n // 3)
    chain = th.Chain(S(rows=levels), G(columns=levels))
    descent = th.GradientDescent(chain).evaluate(task, n_steps=1, step=0.01, n_samples=n, n_features=n)
    rows, columns = chain.layers
    drawn = [np.linalg.norm(rows.draw(rng, n, n) @ columns.draw(rng, n, n), 2) ** 2 / n for _ in range(6)]
    assert 2 / float(descent.max_step) == pytest.approx(np.mean(drawn), rel=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(("chain", "sizes"), [
    (th.Chain(S(rows=0.6), N(), G(columns=0.8)), {"n_samples": 60, "n_features": 40, "feature_noise": 0.05}),
    (th.Chain(S(), G(columns=1.2), G(columns=0.5)), {"n_samples": 60, "n_features_1": 70, "n_features_2": 50}),
], ids=str)  # fmt: skip
def test_draws_train_as_evaluated(chain, sizes):
    task, times = TASK.truncate(90), [0.5, 5.0, 50.0]
    flow = th.GradientFlow(chain)
    out = flow.evaluate(task, time=times, noise=0.2, **sizes)
    drawn = nm.simulate_flow(flow, task, time=times, noise=0.2, trials=24, seed=3, complex=True, **sizes)
    for key, estimate in drawn.terms.items():
        if key in out.terms:
            assert np.abs(estimate.mean - out.terms[key]) == pytest.approx(0.0, abs=float(np.max(4.5 * estimate.stderr))), key
