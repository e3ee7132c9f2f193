"""What training takes and refuses: names, domains, stability, shapes."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest

import theory as th

TASK = th.PowerLaw(1.5, 0.4).truncate(40)
FLOW, DESCENT = th.GradientFlow(th.random_features()), th.GradientDescent(th.random_features(), momentum=0.5)
SIZES = {"n_samples": 20, "n_features": 30}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"time": -1.0}, "time = -1.0 is not admissible: time must be ≥ 0, or inf"),
        ({"time": np.nan}, "time = nan"),
        ({"time": "1"}, "time = '1'"),
        ({"time": []}, "time = []"),
        ({"time": 1.0, "ridge": 0.1}, "ridge = 0.1 is not admissible: ridge must be left out: training has no ridge"),
        ({"time": 1.0, "weight_decay": -1}, "weight_decay = -1"),
        ({"time": 1.0, "noise": -1}, "noise = -1"),
        ({"time": 1.0, "step": 0.1}, "step = 0.1 is not admissible: step must be left out: this chain takes"),
        ({"time": [1.0, 2.0], "noise": [0.1, 0.2, 0.3]}, "broadcastable"),
    ],
)
def test_bad_times(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        FLOW.evaluate(TASK, **{**SIZES, **arguments})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_steps": 1.5, "step": 0.1}, "n_steps = 1.5"),
        ({"n_steps": -1, "step": 0.1}, "n_steps = -1"),
        ({"n_steps": 10, "step": 0.0}, "step = 0.0"),
        ({"n_steps": 10, "step": np.inf}, "step = inf"),
        ({"n_steps": 10, "step": 50.0}, "the largest stable step; lower it, or pass allow_unstable=True"),
        ({"n_steps": np.inf, "step": 50.0, "allow_unstable": True}, "n_steps = inf is not admissible"),
        ({"n_steps": 10, "step": 0.1, "allow_unstable": "no"}, "allow_unstable = 'no'"),
    ],
)
def test_bad_steps(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        DESCENT.evaluate(TASK, **{**SIZES, **arguments})


@pytest.mark.parametrize("momentum", [1.0, -0.1, "0.9", [0.9], np.nan, None, 1j])
def test_bad_momentum(momentum):
    with pytest.raises(ValueError, match="momentum = "):
        th.GradientDescent(th.random_features(), momentum=momentum)


@pytest.mark.parametrize(
    ("phi", "message"),
    [
        (lambda x: 2 / (1 + x), "1 at x = 0"),
        ("exp", "a function of arrays"),
        (lambda x: 1 / (1 - x / 0.3), "analytic"),
        (lambda x: np.where(np.real(x) < 0.2, 1.0, 0.0), "analytic"),
        (lambda x: np.exp(-1e6 * x), "analytic"),
        (lambda x: np.sqrt(np.abs(1 - 3 * x)), "analytic"),
        (lambda x: np.ones(3), "elementwise"),
    ],
)
def test_bad_filters(phi, message):
    with pytest.raises(ValueError, match=message):
        th.SpectralFilter(th.random_features(), phi).evaluate(TASK, **SIZES)


@pytest.mark.parametrize("train", [th.GradientFlow, th.GradientDescent, lambda model: th.SpectralFilter(model, np.cos)])
def test_a_chain_is_wanted(train):
    with pytest.raises(ValueError, match="chain = "):
        train(th.Samples())


def test_two_times_are_a_pair():
    for time in (1.0, (1.0,), [1.0, 2.0], (1.0, 2.0, 3.0)):
        with pytest.raises(ValueError, match="pair"):
            FLOW.correlation(TASK, time=time, **SIZES)
    with pytest.raises(ValueError, match="finite and positive"):
        FLOW.correlation(TASK, time=(0.0, 1.0), **SIZES)


def test_steps_near_the_border_warn_unless_they_are_allowed():
    limit = float(DESCENT.evaluate(TASK, n_steps=10, step=0.01, **SIZES).max_step)
    with pytest.warns(th.UnstableStepWarning, match="largest stable one"):
        DESCENT.evaluate(TASK, n_steps=10, step=0.8 * limit, **SIZES)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        beyond = DESCENT.evaluate(TASK, n_steps=[10, 200, 10**6], step=1.1 * limit, allow_unstable=True, **SIZES)
        DESCENT.evaluate(TASK, n_steps=10, step=0.7 * limit, **SIZES)
    assert beyond.test[1] > 1e10 * beyond.test[0]
    assert beyond.converged.tolist() == [True, True, False]
    assert np.isnan(beyond.test[2])
    assert "beyond the range of doubles" in str(beyond.reasons[2])


def test_the_largest_stable_step_is_that_of_the_bulk():
    """White data: x_max = (1 + √(D/P))²."""
    task = th.Isotropic(100)
    found = th.GradientDescent(th.linear_ridge()).evaluate(task, n_steps=1, step=0.1, n_samples=400)
    assert float(found.max_step) == pytest.approx(2 / 1.5**2, rel=1e-10)
    steeper = th.GradientDescent(th.linear_ridge(), momentum=0.9).evaluate(task, n_steps=1, step=0.1, n_samples=400)
    assert float(steeper.max_step) == pytest.approx(2 * 1.9 / 1.5**2, rel=1e-10)
    decayed = th.GradientDescent(th.linear_ridge()).evaluate(task, n_steps=1, step=0.1, n_samples=400, weight_decay=0.75)
    assert float(decayed.max_step) == pytest.approx(2 / (1.5**2 + 0.75), rel=1e-10)


def test_arguments_broadcast():
    found = FLOW.evaluate(TASK, time=np.ones((3, 1)), noise=[0.1, 0.2], n_samples=20, n_features=30)
    assert found.test.shape == found.status.shape == found.certificate.shape == (3, 2)
    alone = FLOW.evaluate(TASK, time=1.0, noise=0.2, **SIZES)
    assert alone.test.shape == ()
    np.testing.assert_allclose(found.test[:, 1], alone.test, rtol=1e-14)


def test_nonlinear_features_keep_their_own_clock():
    """φ(h) = 3h: a linear chain whose eigenvalues are nine times as large, tr Σ/D times those of the package's features."""
    task = th.Isotropic(30)
    fast = th.GradientFlow(th.Chain(th.Samples(), th.NonlinearFeatures(lambda h: 3 * h + 1e-9 * h**3)))
    plain = th.GradientFlow(th.random_features())
    found = fast.evaluate(task, time=2.0, n_samples=20, n_features=25, noise=0.1)
    wanted = plain.evaluate(task, time=2.0 * 9.0 / 30.0, n_samples=20, n_features=25, noise=0.1)
    np.testing.assert_allclose(found.test, wanted.test, rtol=1e-6)
