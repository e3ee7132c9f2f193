"""Training, simulated: one draw against the iteration itself, every term against theory, limits, stability, bad input."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import numerics as nm
import theory as th
from numerics.simulate.declared import declare
from numerics.simulate.draws import SIGNAL, Draws
from theory.dynamics.warnings import UnstableStepWarning

S, G, H, N = th.Samples(), th.GaussianFeatures(), th.HaarProjection(), th.FeatureNoise()
TASK = th.PowerLaw(capacity=1.5, source=0.4).truncate(24)
FEATURES, NOISY = th.Chain(S, G), th.Chain(S, N, G)
SIZES = {"n_samples": 9, "n_features": 6}
FLOW, DESCENT, MOMENTUM = th.GradientFlow, th.GradientDescent, lambda chain: th.GradientDescent(chain, momentum=0.5)


def walk(features: Any, label: Any, n_steps: int, step: float, momentum: float, decay: float) -> Any:
    """Descend, step by step."""
    n_rows = len(features)
    before = v = np.zeros((features.shape[1], label.shape[1]), dtype=features.dtype)
    for _ in range(n_steps):
        gradient = features.conj().T @ (features @ v - label) / n_rows + decay * v
        before, v = v, v - step * gradient + momentum * (v - before)
    return v


@pytest.mark.parametrize("complex", [False, True])
@pytest.mark.parametrize(("momentum", "decay", "n_steps"), [(0.0, 0.0, 7), (0.6, 0.2, 12), (0.9, 0.0, 40)])
def test_one_draw_is_the_iteration_itself(momentum: float, decay: float, n_steps: int, complex: bool) -> None:
    """Steps taken one by one on the same draw leave the same squares, in training and at the test point."""
    step, noise = 0.4, 0.3
    training = th.GradientDescent(FEATURES, momentum=momentum)
    given: dict[str, Any] = {"n_steps": n_steps, "step": step, "weight_decay": decay, "noise": noise, "complex": complex}
    mc = nm.simulate_flow(training, TASK, trials=2, seed=3, decompose=False, progress=False, **given, **SIZES)
    declared = declare(FEATURES, TASK.explicit(), SIZES)
    for trial in range(2):
        rng = np.random.default_rng(np.random.SeedSequence(3, spawn_key=(trial,)))
        draws = Draws(declared, rng, copies=1, ensemble=1, complex=complex, n_test=1)
        (cell,) = draws.cells
        drawn, features = draws.rows(cell), draws.features(cell, 0)
        rows, root = drawn.train, drawn.test
        target = np.diag(np.sqrt(declared.target_power))
        labels = np.hstack([rows @ target, np.sqrt(noise) * np.eye(len(rows))])
        v = walk(features.train, labels, n_steps, step, momentum, decay)
        test = np.hstack([root @ target, np.zeros((len(root), len(rows)))]) - features.test[SIGNAL] @ v
        train = (labels - features.train @ v) / np.sqrt(len(rows))
        assert mc.excess.values[trial] == pytest.approx((np.abs(test) ** 2).sum(), rel=1e-10)
        assert mc.train.values[trial] == pytest.approx((np.abs(train) ** 2).sum(), rel=1e-10)
        top = np.linalg.norm(features.train, 2) ** 2 / len(rows)
        assert mc.top.values[trial] == pytest.approx(top, rel=1e-12)


def test_flow_is_the_limit_of_small_steps_and_its_end_that_of_no_ridge() -> None:
    run: dict[str, Any] = {"trials": 3, "seed": 1, "noise": 0.2, "progress": False, "ensemble": 2, "feature_noise": 0.1}
    run |= SIZES
    flow = nm.simulate_flow(th.GradientFlow(NOISY), TASK, time=[2.0, np.inf], **run)
    small = nm.simulate_flow(th.GradientDescent(NOISY), TASK, n_steps=[200_000, np.inf], step=1e-5, **run)
    end = nm.simulate(NOISY, TASK, ridge=0.0, **run)
    for key, value in flow.terms.items():
        np.testing.assert_allclose(value.values, small.terms[key].values, rtol=1e-3, atol=1e-9)
        if key != "gap":
            np.testing.assert_allclose(value.values[:, 1], end.terms[key].values, rtol=1e-8, atol=1e-12)
    decayed = nm.simulate_flow(th.GradientFlow(NOISY), TASK, time=np.inf, weight_decay=[0.05, 0.3], **run)
    ridged = nm.simulate(NOISY, TASK, ridge=[0.05, 0.3], **run)
    for key, value in ridged.terms.items():
        np.testing.assert_allclose(decayed.terms[key].values, value.values, rtol=1e-10, atol=1e-13)


def test_ridge_is_a_filter() -> None:
    run: dict[str, Any] = {"trials": 3, "seed": 1, "noise": [[0.0], [0.2]], "progress": False, **SIZES}
    ridge = nm.simulate(FEATURES, TASK, ridge=0.3, **run)
    found = nm.simulate_flow(th.SpectralFilter(FEATURES, lambda x: 0.3 / (0.3 + x)), TASK, **run)
    for key, value in ridge.terms.items():
        np.testing.assert_allclose(found.terms[key].values, value.values, rtol=1e-10, atol=1e-13)


def test_before_training_nothing_is_learnt() -> None:
    mc = nm.simulate_flow(FLOW(FEATURES), TASK, time=0.0, noise=0.1, trials=2, seed=0, progress=False, **SIZES)
    np.testing.assert_allclose(mc.test.values, TASK.signal + 0.1)
    np.testing.assert_allclose([value.values for value in mc.variance.values()], 0.0, atol=1e-15)


KINDS = {
    "flow": (FLOW, {"time": [0.7, 4.0, 30.0]}),
    "descent": (DESCENT, {"n_steps": [3, 20, 100], "step": 0.25}),
    "momentum": (MOMENTUM, {"n_steps": [3, 12, 60], "step": 0.25}),
}
PLATEAUS = th.Discrete([1.5, 0.5], [1 / 24, 1 / 24], multiplicity=[12, 12])  # flat: nonlinear features are Gaussian
CHAINS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "linear": (th.Chain(S), TASK, {"n_samples": 30}),
    "features": (FEATURES, TASK, {"n_samples": 30, "n_features": 20}),
    "deep": (th.Chain(S, G, G), TASK, {"n_samples": 30, "n_features_1": 24, "n_features_2": 20}),
    "Haar": (th.Chain(S, H), TASK, {"n_samples": 30, "n_features": 16}),
    "noisy": (NOISY, TASK, {"n_samples": 30, "n_features": 20, "feature_noise": 0.05}),
    "relu": (th.nonlinear_random_features("relu"), PLATEAUS, {"n_samples": 36, "n_features": 30}),
}


def settings(chain: str, kind: str, noises: Any = (0.1, 0.4)) -> list[dict[str, Any]]:
    """Return a grid: every time, at two noises; kernels of nonlinear features have eigenvalues of order 1/D."""
    *_, sizes = CHAINS[chain]
    clock = {name: np.array(value) for name, value in KINDS[kind][1].items()}
    if chain == "relu":
        clock = {name: value * (10.0 if name in ("time", "step") else 1.0) for name, value in clock.items()}
    given = {**sizes, **clock, "noise": np.array(noises)[:, None]}
    return [dict(zip(given, map(float, values), strict=True)) for values in zip(
        *(np.broadcast_to(value, (len(noises), 3)).ravel() for value in given.values()), strict=True)]  # fmt: skip


@pytest.mark.parametrize(("chain", "kind"), [("features", "flow"), ("linear", "momentum")])
def test_every_term_agrees(chain: str, kind: str) -> None:
    model, task, _ = CHAINS[chain]
    found = nm.crosscheck(KINDS[kind][0](model), task, settings(chain, kind), trials=100, seed=0)
    assert found.verdict == "agree", found.table()
    for row in found.terms:
        assert found.scaled(row.term, 1.03).verdict == "disagree", row.term
    late = th.SpectralFilter(model, lambda x: np.exp(-x))
    wrong = found.against(lambda block: [
        {key: late.evaluate(task, **sizes(block)).terms[key] + np.zeros(len(block.settings)) for key in block.terms}
        for _ in block.rungs])  # fmt: skip
    assert wrong.verdict == "disagree"


def sizes(block: Any) -> dict[str, Any]:
    """Return the sizes and noises of a block."""
    first = block.settings[0]
    return {name: first[name] for name in first if name.startswith("n_") and name != "n_steps"} | {
        "noise": [setting["noise"] for setting in block.settings]}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chain", CHAINS)
def test_every_term_of_every_chain_agrees(chain: str, kind: str) -> None:
    model, task, _ = CHAINS[chain]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnstableStepWarning)
        found = nm.crosscheck(KINDS[kind][0](model), task, settings(chain, kind), trials=100, seed=1)
    assert found.verdict == "agree", found.table()


def test_population_dynamics_and_filters_are_checked_too() -> None:
    grid = {"n_features": 16, "time": [1.0, 10.0], "noise": 0.1}
    found = nm.crosscheck(th.GradientFlow(th.Chain(G)), TASK, grid, trials=40, max_trials=40, seed=0)
    assert found.verdict != "disagree", found.table()
    relu = th.SpectralFilter(th.nonlinear_random_features("relu"), lambda x: 1 / (1 + 30 * x) ** 2)
    found = nm.crosscheck(relu, PLATEAUS, [{"n_samples": 36, "n_features": 30, "noise": 0.1}], trials=60, max_trials=60, seed=0)
    assert found.verdict != "disagree", found.table()


def test_draws_that_diverge_are_told() -> None:
    run: dict[str, Any] = {"trials": 20, "seed": 0, "progress": False, **SIZES}
    descent = th.GradientDescent(FEATURES)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tame = nm.simulate_flow(descent, TASK, n_steps=[0, 50], step=0.1, **run)
    assert tame.stable.all()
    edge = 2.0 / np.median(tame.top.values)
    with pytest.warns(UnstableStepWarning, match="diverges on 10 of 20 trials"):
        found = nm.simulate_flow(descent, TASK, n_steps=[0, 3000], step=edge, **run)
    assert found.stable[:, 0].all()
    assert (found.stable[:, 1] == (edge * found.top.values < 2.0)).all()
    assert found.stable[:, 1].sum() == 10
    assert np.isfinite(found.test.values[found.stable]).all()
    assert not np.isfinite(found.test.mean[1])
    assert (found.test.values[~found.stable] > 1e3).any()


def test_late_training_losses_exceed_their_limit_and_test_losses_do_not() -> None:
    """At the smallest eigenvalue x = 1 of the limit: draws scatter about it, by (size)^(-2/3), and the loss is e^{-2xt}."""
    excess = {}
    for size in (32, 96):
        flow, task = FLOW(th.Chain(S)), th.Isotropic(4 * size)
        given: dict[str, Any] = {"time": [0.5, 4.0, 16.0], "n_samples": size, "noise": 0.1}
        mc = nm.simulate_flow(flow, task, trials=60, seed=0, decompose=False, progress=False, **given)
        limit = flow.evaluate(task, **given)
        excess[size] = mc.train.mean / limit.train - 1
        assert abs(mc.test.mean / limit.test - 1).max() < 2e-3
    assert excess[32][0] < 0.02
    assert excess[32][1] > 0.2 > excess[96][1] > 0.05
    assert excess[32][2] > 2.0 > excess[96][2]


@pytest.mark.parametrize(
    ("training", "given", "words"),
    [
        (FLOW(FEATURES), {}, "time"),
        (FLOW(FEATURES), {"time": -1.0}, "time"),
        (FLOW(FEATURES), {"time": 1.0, "n_steps": 3}, "n_steps"),
        (FLOW(FEATURES), {"time": 1.0, "weight_decay": -1.0}, "weight_decay"),
        (DESCENT(FEATURES), {"n_steps": 2.5, "step": 0.1}, "n_steps"),
        (DESCENT(FEATURES), {"n_steps": 2, "step": 0.0}, "step"),
        (DESCENT(FEATURES), {"time": 2.0}, "time"),
        (FLOW(FEATURES), {"time": [1.0, 2.0], "noise": [0.1, 0.2, 0.3]}, "noise"),
        (FLOW(FEATURES), {"time": 1.0, "ridge": 0.1}, "ridge"),
        (th.SpectralFilter(FEATURES, lambda x: 1 / (1 + x)), {"time": 1.0}, "time"),
    ],
)
def test_bad_input_is_refused(training: Any, given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        nm.simulate_flow(training, TASK, trials=2, seed=0, progress=False, **SIZES, **given)


def test_a_setting_without_time_is_refused() -> None:
    with pytest.raises(ValueError, match="time"):
        nm.crosscheck(FLOW(FEATURES), TASK, [{**SIZES, "noise": 0.1}], trials=4)


def test_a_store_takes_up_training(tmp_path: Any) -> None:
    run: dict[str, Any] = {"seed": 0, "progress": False, "store": tmp_path / "flow.sqlite", **SIZES}
    nm.simulate_flow(FLOW(FEATURES), TASK, time=[1.0, 3.0], trials=2, **run)
    again = nm.simulate_flow(FLOW(FEATURES), TASK, time=[1.0, 3.0], trials=4, **run)
    fresh = nm.simulate_flow(FLOW(FEATURES), TASK, time=[1.0, 3.0], trials=4, **{**run, "store": None})
    assert (again.test.values == fresh.test.values).all()
    with pytest.raises(ValueError, match="store"):
        nm.simulate_flow(DESCENT(FEATURES), TASK, n_steps=[1, 3], step=0.1, trials=2, **run)
