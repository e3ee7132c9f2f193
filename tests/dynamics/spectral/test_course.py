"""The course of training: every term against Cauchy's formula by brute force, limits, and sum rules, for every algorithm."""

from __future__ import annotations

import numpy as np
import pytest

import theory as th
from numerics.validation.references.courses import course, descent
from tests.zoo import admissible_chains, label, sizes
from theory.dynamics.spectral import training
from theory.dynamics.spectral.algorithms import Descent
from theory.dynamics.spectral.contours import ellipse, flow, long_descent, short_descent, single

TASK = th.Discrete([1.0, 0.4, 0.2, 0.1, 0.05, 0.02], [1.0, 0.5, 1.0, 2.0, 1.0, 3.0])
LONG = th.Discrete(*th.PowerLaw(1.3, 0.4).truncate(60).explicit())
X = np.concatenate(([0.0], np.logspace(-14, 0, 30)))
FEATURES = {"n_samples": 4.0, "n_features": 7.0}
NOISY = th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures())
INPUT = th.Chain(th.Samples(), th.GaussianFeatures(), th.FeatureNoise())


def assert_terms(found, wanted, tolerance=1e-12):
    for key, value in wanted.items():
        assert abs(float(found.terms[key]) - value) < tolerance * abs(wanted["test"]), key


CASES = [
    (th.random_features(), [7.0, 4.0]), (th.deep_random_features(2), [9.0, 5.0, 6.0]), (NOISY, [5.0, 0.1, 8.0]),
    (INPUT, [0.1, 5.0, 8.0]), (th.Chain(th.Samples(), th.HaarProjection()), [5.0, 4.0]),
    (th.Chain(th.GaussianFeatures()), [4.0]), (th.Chain(th.PoolSamples()), [4.0]),
]  # fmt: skip


@pytest.mark.parametrize(("model", "parameters"), CASES, ids=lambda value: label(value) if isinstance(value, th.Chain) else "")
@pytest.mark.parametrize("kind", ["flow", "descent", "momentum", "decay", "filter"])
def test_every_term_is_that_of_brute_force(model, parameters, kind):
    given = {slot.keyword: p for slot, p in zip(model.slots, parameters, strict=True)}
    given |= {} if model.slots.pooled else {"noise": 0.3, "ensemble": 2}
    if kind == "flow":
        found, phi = th.GradientFlow(model).evaluate(TASK, time=1.5, **given), lambda x: np.exp(-1.5 * x)
    elif kind == "decay":
        found = th.GradientFlow(model).evaluate(TASK, time=1.5, weight_decay=3.0, **given)
        phi = lambda x: (3.0 + x * np.exp(-1.5 * (x + 3.0))) / (x + 3.0)  # noqa: E731
    elif kind == "filter":
        phi = lambda x: 1 / (1 + 0.3 * x) ** 3  # noqa: E731
        found = th.SpectralFilter(model, phi).evaluate(TASK, **given)
    else:
        beta = 0.6 if kind == "momentum" else 0.0
        found = th.GradientDescent(model, beta).evaluate(TASK, n_steps=5, step=0.3, **given)
        phi = descent(5, 0.3, beta)
    wanted = course(model, TASK, parameters, phi, given.get("noise", 0.0), given.get("ensemble", 1))
    assert found.converged
    assert found.certificate < 1e-11
    assert_terms(found, wanted, 3e-11)


def test_two_times():
    model, given = th.random_features(), {**FEATURES, "noise": 0.3}
    found = th.GradientFlow(model).correlation(TASK, time=(0.5, 3.0), **given)
    wanted = course(model, TASK, [7.0, 4.0], lambda x: np.exp(-0.5 * x), 0.3, other=lambda x: np.exp(-3.0 * x))
    assert_terms(found, wanted, 3e-11)
    same = th.GradientFlow(model).correlation(TASK, time=([2.0, 0.0, np.inf], [2.0, 0.0, np.inf]), **given)
    alone = th.GradientFlow(model).evaluate(TASK, time=[2.0, 0.0, np.inf], **given)
    for key in alone.terms:
        np.testing.assert_allclose(same.terms[key], alone.terms[key], rtol=1e-12)


@pytest.mark.parametrize("model", [*admissible_chains(1), th.nonlinear_random_features("relu")], ids=label)
def test_the_end_is_ridgeless_and_the_start_has_learnt_nothing(model):
    given = {**sizes(model), **({} if model.slots.pooled else {"noise": 0.2, "ensemble": 3})}
    given = {"n_samples": 24, "n_features": 37, "noise": 0.2} if model.nonlinear else given
    train = th.GradientFlow(model)
    found = train.evaluate(LONG, time=[0.0, 1e-12, 1e13, np.inf], **given)
    assert found.converged.all()
    for key in found.terms:
        np.testing.assert_allclose(found.terms[key][0], found.terms[key][1], rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(found.terms[key][2], found.terms[key][3], rtol=1e-11, atol=1e-12)
    assert found.train[0] == pytest.approx(LONG.signal + given.get("noise", 0.0))
    ridged = model.evaluate(LONG, ridge=0.3, **given)
    decayed = train.evaluate(LONG, time=1e9, weight_decay=0.3, **given)
    for key in ridged.terms:
        np.testing.assert_allclose(decayed.terms[key], ridged.terms[key], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("ridge", [1e-2, 1.0])
def test_ridge_regression_is_one_of_the_filters(ridge):
    law, given = th.PowerLaw(1.5, 0.4), {"n_samples": 1e3, "n_features": 300, "noise": 0.1}
    found = th.SpectralFilter(th.random_features(), lambda x: ridge / (ridge + x)).evaluate(law, **given)
    wanted = th.random_features().evaluate(law, ridge=ridge, **given)
    for key in wanted.terms:
        np.testing.assert_allclose(found.terms[key], wanted.terms[key], rtol=1e-12)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.95])
def test_the_residual_of_descent_is_the_recursion(beta):
    """Its matrix to a power; the limit of many steps; beyond the border it grows."""
    algorithm = Descent(beta)
    for n in (1, 2, 7, 64, 1001):
        np.testing.assert_allclose(algorithm.residual(X, n, 0.9), descent(n, 0.9, beta)(X), rtol=1e-10, atol=1e-13)
    assert (algorithm.residual(X, 0, 0.9) == 1).all()
    ends = algorithm.residual(np.array([0.0, 1e-9, 0.999 * algorithm.border, 1.001 * algorithm.border]), np.inf, 1.0)
    assert (ends == [1.0, 0.0, 0.0, np.inf]).all()
    grown, shrunk = (abs(algorithm.residual(np.array([x * algorithm.border]), 2_000, 1.0))[0] for x in (1.01, 0.99))
    assert grown > 10.0 > 0.1 > shrunk


@pytest.mark.parametrize("time", [1e-6, 1.0, 1e3, 1e12, 1e300])
@pytest.mark.parametrize("count", [16, 20])
def test_the_contour_of_flow_reproduces_it(time, count):
    found = flow(np.array([time]), count, np.zeros(1))
    np.testing.assert_allclose(found.residual(X)[0], np.exp(-X * time), atol=1e-13)


@pytest.mark.parametrize("count", [16, 20])
@pytest.mark.parametrize(("step", "beta"), [(0.5, 0.0), (1.9, 0.0), (1.0, 0.3), (2.4, 0.3), (3.5, 0.9)])
def test_the_contours_of_descent_reproduce_it(step, beta, count):
    for n in (1, 2, 3, 49, 64, 200):
        short = short_descent(n, np.array([step]), beta, count, np.zeros(1))
        np.testing.assert_allclose(short.residual(X)[0], descent(n, step, beta)(X), atol=1e-11)
    for n in (1000, 1001):
        mirror = np.zeros(1) if step >= 0.98 * (1 + beta**0.5) ** 2 else None
        long = long_descent(np.array([float(n)]), np.array([step]), beta, count, np.zeros(1), mirror)
        np.testing.assert_allclose(long.residual(X)[0], descent(n, step, beta)(X), atol=1e-11)


def test_the_contours_of_filters_and_of_ridge_reproduce_them():
    for rho in (4.0, 1.5, 1.05):
        found = ellipse(lambda x: 1 / (1 + x / 90) ** 3, 1.0, rho, int(40 / np.log(rho)))
        np.testing.assert_allclose(found.residual(X)[0], 1 / (1 + X / 90) ** 3, atol=1e-13)
    np.testing.assert_allclose(single(np.array([0.3])).residual(X)[0], 0.3 / (0.3 + X), rtol=1e-15)
    shifted = flow(np.array([5.0]), 16, np.zeros(1)).shifted(np.array([0.2]))
    np.testing.assert_allclose(shifted.residual(X)[0], (0.2 + X * np.exp(-5 * (X + 0.2))) / (X + 0.2), atol=1e-13)


def test_many_small_steps_are_flow():
    model, law = th.random_features(), th.PowerLaw(1.5, 0.4)
    flowing = th.GradientFlow(model).evaluate(law, time=100.0, n_samples=300, n_features=200, noise=0.1)
    for beta in (0.0, 0.5):
        stepping = th.GradientDescent(model, beta).evaluate(
            law, n_steps=1e9, step=100.0 * (1 - beta) / 1e9, n_samples=300, n_features=200, noise=0.1
        )
        for key in flowing.terms:
            np.testing.assert_allclose(stepping.terms[key], flowing.terms[key], rtol=1e-7)


def test_late_training_risk_keeps_its_digits():
    """P < N: it falls as e^{−2x₋t}; one contour for the square of the residual says the same as two."""
    model = th.linear_ridge()
    time = np.array([10.0, 40.0, 160.0, 640.0])
    found = th.GradientFlow(model).evaluate(LONG, time=time, n_samples=8, noise=0.3)
    slope = -np.diff(np.log(found.train)) / np.diff(time)
    assert found.train[-1] < 1e-6 * found.train[0]
    more = th.GradientFlow(model).evaluate(LONG, time=time * 1.001, n_samples=8, noise=0.3)
    local = -np.log(more.train / found.train) / (0.001 * time)
    edge = 0.5 * (local - 1.5 / time)
    assert edge[-1] == pytest.approx(edge[-2], rel=0.03)
    assert (np.diff(slope) < 0).all()


@pytest.mark.parametrize(("capacity", "source"), [(1.5, 0.4), (2.5, 0.7), (1.1, 0.3), (3.0, 2.2)])
@pytest.mark.parametrize(("n_features", "n_samples"), [(1e3, 1e4), (1e10, 1e9), (1e5, 1e5)])
def test_infinite_laws_at_all_times_and_sizes(capacity, source, n_features, n_samples):
    """A second contour agrees, from t = 1e-4 to 1e12."""
    law, time = th.PowerLaw(capacity, source), np.logspace(-4, 12, 9)
    train, given = th.GradientFlow(th.random_features()), {"n_samples": n_samples, "n_features": n_features, "noise": 0.1}
    found = train.evaluate(law, time=time, **given)
    assert found.converged.all()
    assert (found.certificate < 1e-12).all()
    shifted = train.evaluate(law, time=time, weight_decay=1e-40, **given)  # other contours for late losses, the same limit
    late = found.train > 1e-290
    np.testing.assert_allclose(shifted.train[late], found.train[late], rtol=1e-9, atol=1e-13)
    for key in found.terms:
        np.testing.assert_allclose(shifted.terms[key], found.terms[key], rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize(("capacity", "source"), [(1.5, 0.4), (3.0, 1.5), (4.0, 1.3), (1.5, 2.0), (1.2, 1.2)])
def test_every_component_keeps_its_digits(capacity, source, monkeypatch):
    """Sources above 1 too, whose small components are far below what the contour's nodes carry."""
    rng = np.random.default_rng(0)
    sizes, time = 10 ** rng.uniform(1, 10, (2, 25)), 10 ** rng.uniform(0, 12, 25)
    given = {"n_samples": sizes[0], "n_features": sizes[1], "time": time, "noise": 1e-3}
    first, second = [], []
    for fineness, found in ((training.FINE, first), (training.FINER, second)):
        monkeypatch.setattr(training, "FINE", fineness)
        found.append(th.GradientFlow(th.random_features()).evaluate(th.PowerLaw(capacity, source), **given))
    for key, value in first[0].terms.items():
        visible = value > 1e-280
        if key == "train":  # beyond the kernel's gap it vanishes exponentially
            visible &= value > 1e-12 * first[0].test
        np.testing.assert_allclose(value[visible], second[0].terms[key][visible], rtol=3e-12, err_msg=str(key))


def test_points_do_not_depend_on_the_batch():
    """Sizes and times over a hundred decades at once: where κ is frozen, s is hundreds of orders below it."""
    rng = np.random.default_rng(1)
    n = 12
    sizes, time = 10 ** rng.uniform(2, 30, (2, n)), 10 ** rng.uniform(2, 140, n)
    flow, law = th.GradientFlow(th.random_features()), th.PowerLaw(4.0, 0.2)
    together = flow.evaluate(law, time=time, n_samples=sizes[0], n_features=sizes[1], noise=1e-20)
    assert together.converged.all()
    assert (together.certificate < 1e-12).all()
    for i in range(n):
        alone = flow.evaluate(law, time=time[i], n_samples=sizes[0, i], n_features=sizes[1, i], noise=1e-20)
        for key, value in alone.terms.items():
            np.testing.assert_allclose(together.terms[key][i], value, rtol=2e-12, atol=1e-280, err_msg=str(key))


@pytest.mark.parametrize("kind", [th.GaussianFeatures, th.HaarProjection, th.FeatureNoise])
def test_signal_that_no_feature_carries(kind):
    """On an eigenvalue zero it is as on a tiny one; and training rows see of it what they do not learn by heart."""
    model = th.Chain(th.Samples(), kind())
    given = {slot.keyword: 0.2 if slot.keyword == "feature_noise" else 2.5 for slot in model.slots} | {"noise": 0.1}
    none, faint = (
        th.GradientFlow(model).evaluate(th.Discrete.from_signal([1.0, 0.3, last], [0.5, 0.3, 0.7]), time=[0.3, 20.0], **given)
        for last in (0.0, 1e-13)
    )
    for key, value in none.terms.items():
        np.testing.assert_allclose(value, faint.terms[key], rtol=1e-10, err_msg=str(key))
    np.testing.assert_allclose(none.train + none.terms["gap"], none.test, rtol=1e-13)
