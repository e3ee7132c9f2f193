"""Several passes of SGD: against exact matrix recursions, direct steps of its own modes, limits, and bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import theory as th
from numerics.validation.references.several_passes import chain, draw, exact, shown, spread
from theory.dynamics.sgd.passes import multi_pass
from theory.dynamics.sgd.passes.kernel import KernelModes, kernel_modes
from theory.dynamics.sgd.schedules.phases import phases

TASK, LINEAR = th.PowerLaw(1.5, 0.4), th.linear_ridge()
NOISE = 0.3


# -- given the rows: what is neglected is of order 1/P ------------------------------------------------------------------


def own_modes(given: Any) -> KernelModes:
    """The modes of one draw, labels of the whole variance in the place of the signal."""
    P = len(given.rows)
    h, V = np.linalg.eigh(given.rows @ given.rows.T / P)
    keep = h > 1e-10
    labels, weights = (np.einsum("ij,ik,kj->j", V, matrix, V) for matrix in (given.labels, shown(given)))
    return KernelModes(h[keep], np.ones(keep.sum()), labels[keep] / P, 0.0 * h[keep], weights[keep] * P / h[keep] ** 2,
                       float(labels[~keep].sum()) / P, 0.0, 0.0)  # fmt: skip


@pytest.mark.parametrize(("n_features", "replacement"), [(0, True), (0, False), (60, True)])
def test_modes_do_what_matrices_do(n_features: int, replacement: bool) -> None:
    P, batch, step, pieces = 100, 1 if replacement else 4, 0.25, ((60, 1.0), (60, 0.4))
    given = draw(np.random.default_rng(5), P, TASK.truncate(150), NOISE, n_features)
    train, wanted = exact(given, step, spread(batch, P, replacement), pieces)
    sgd = th.MultiPassSGD(chain(n_features)[0], batch=batch, schedule=pieces, replacement=replacement)
    run = multi_pass._Run(sgd, own_modes(given), {"n_samples": P, "n_steps": 120, "step": step, "noise": NOISE})
    (test, fluctuation), _ = run._fluctuations()
    np.testing.assert_allclose(1.0 / sgd.sampled(P), spread(batch, P, replacement), rtol=1e-14)
    shown_in_training = train - run._descent_train()
    assert abs(test - wanted) < 0.003 * (train + wanted)
    np.testing.assert_allclose([test, fluctuation], [wanted, shown_in_training], rtol=0.025)


def iterated(modes: KernelModes, noise: float, steps: int, step: float, batch: float) -> tuple[float, float]:
    """The recursion of the modes, step by step: f_i ← (1−γh)² f_i + (γ²/B)[hL + h²(p_i + f_i)], n modes a node."""
    h, n = modes.eigenvalues, modes.counts
    p, f = modes.labels(noise) / h, np.zeros_like(h)
    for _ in range(steps):
        L = modes.unexplained(noise) + h @ (p + f)
        f = (1 - step * h) ** 2 * f + step**2 / batch * (n * h * L + h**2 * (p + f))
        p = (1 - step * h) ** 2 * p
    return float((h * f) @ modes.gain), float(h @ f)


@pytest.mark.parametrize("sizes", [{"n_samples": 40}, {"n_samples": 40, "n_features": 25}, {"n_samples": 25, "n_features": 40}])
def test_the_contour_is_the_recursion(sizes: Any) -> None:
    model = chain(sizes.get("n_features", 0))[0]
    modes = kernel_modes(model, TASK, sizes)
    for steps in (1, 20, 400):
        out = th.MultiPassSGD(model, batch=3).evaluate(TASK, n_steps=steps, step=0.4, noise=NOISE, **sizes)
        test, train = iterated(modes, NOISE, steps, 0.4, 3)
        np.testing.assert_allclose([out.fluctuation, out.train_fluctuation], [test, train], rtol=1e-10)
        np.testing.assert_allclose([out.test, out.train], [out.descent + test, out.descent_train + train], rtol=1e-12)
        assert out.certificate < 1e-6


# -- averaged over the rows ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("share", "feature_noise"), [
    (0.0, 0.0), (1.5, 0.0), pytest.param(0.75, 0.01, marks=pytest.mark.slow),
])  # fmt: skip
def test_exact_recursions_average_to_it(share: float, feature_noise: float) -> None:
    """The remainder falls with the size: below 1.5/P of the risk and 3/P of the fluctuation, or within the errors."""
    rng = np.random.default_rng(11)
    for P, draws in ((25, 40), (60, 12)):
        task, N = TASK.truncate(2 * P), round(share * P)
        model, sizes = chain(N, feature_noise)
        found = np.array([exact(draw(rng, P, task, NOISE, N, feature_noise), 0.2, 0.5, ((100, 1.0),)) for _ in range(draws)])
        out = th.MultiPassSGD(model, batch=2).evaluate(task, n_steps=100, step=0.2, noise=NOISE, n_samples=P, **sizes)
        off = found.mean(axis=0) - [float(out.train), float(out.fluctuation)]
        error = found.std(axis=0, ddof=1) / np.sqrt(draws)
        assert abs(off[0]) < 1.5 / P * float(out.train) + 3 * error[0]
        assert abs(off[1]) < 3.0 / P * float(out.fluctuation) + 3 * error[1]
        assert error[1] < 0.06 * float(out.fluctuation)


def test_kernels_are_one_point_functions() -> None:
    """Sums over the nodes at real ridges against the chain there: trΣ̂ − s d, trΣ − κd, and the labels' L/s."""
    model, sizes = th.random_features(), {"n_samples": 60, "n_features": 90}
    modes = kernel_modes(model, TASK, sizes)
    x, n = modes.eigenvalues, modes.counts
    total = float(TASK.total_variance)
    for s in (1e-4, 0.01, 1.0):
        risk = model.evaluate(TASK, ridge=s, noise=NOISE, **sizes)
        kappa, N = float(risk.kappa), 90
        (d,) = (float(value[0]) for value in TASK.moments(np.array([kappa]), ((1, 0, 0),)))
        inner = kappa * (1 - d / N)
        np.testing.assert_allclose(n @ (x / (x + s)), d, rtol=1e-5)
        np.testing.assert_allclose(n @ (x**2 / (x + s)), total - s * d, rtol=1e-5)
        np.testing.assert_allclose((n * modes.gain) @ (x**2 / (x + s)), total - inner * d, rtol=1e-5)
        train = modes.unexplained(NOISE) + modes.labels(NOISE) @ (s / (x + s)) ** 2
        np.testing.assert_allclose(train, risk.train, rtol=1e-5)


HARD = {
    "one row": (LINEAR, TASK, {"n_samples": 1}),
    "many rows": (LINEAR, TASK, {"n_samples": 1000}),
    "as many rows as modes": (LINEAR, th.Isotropic(50), {"n_samples": 50}),
    "as many rows as features": (th.random_features(), TASK, {"n_samples": 60, "n_features": 60}),
    "equal eigenvalues": (LINEAR, th.Discrete([1.0, 0.1, 0.0], [1.0, 2.0, 1.0], multiplicity=[5, 20, 5]), {"n_samples": 12}),
    "more rows than modes": (LINEAR, TASK.truncate(20), {"n_samples": 1000}),
    "deep": (th.deep_random_features(2), TASK, {"n_samples": 60, "n_features_1": 50, "n_features_2": 80}),
    "Haar": (th.Chain(th.Samples(), th.HaarProjection()), TASK.truncate(90), {"n_samples": 60, "n_features": 40}),
}


@pytest.mark.parametrize("name", HARD)
def test_hard_points(name: str) -> None:
    """The kernel's sum rules, descent on its nodes against the contours, at any time."""
    model, task, sizes = HARD[name]
    out = th.MultiPassSGD(model, batch=4).evaluate(task, n_steps=[1, 1e3, 1e8], step=0.05, noise=NOISE, **sizes)
    assert (out.certificate < 3e-5).all()
    for value in (out.test, out.train, out.fluctuation, out.train_fluctuation):
        assert (value >= 0).all()
        assert np.isfinite(value).all()


# -- limits -------------------------------------------------------------------------------------------------------------


def test_large_batches_descend() -> None:
    sizes = {"n_samples": 50, "n_features": 30}
    at = {"n_steps": [3, 1000], "step": 0.4, "noise": NOISE, **sizes}
    wanted = th.GradientDescent(th.random_features()).evaluate(TASK, **at)
    for sgd in (th.MultiPassSGD(th.random_features(), batch=10**15),
                th.MultiPassSGD(th.random_features(), batch=50, replacement=False)):  # fmt: skip
        out = sgd.evaluate(TASK, **at)
        np.testing.assert_allclose(out.test, wanted.test, rtol=1e-12)
        np.testing.assert_allclose(out.train, wanted.train, rtol=1e-12)
    some, half = (th.MultiPassSGD(LINEAR, batch=B).evaluate(TASK, n_steps=99, step=0.01, n_samples=50) for B in (100, 200))
    np.testing.assert_allclose(some.fluctuation, 2 * half.fluctuation, rtol=1e-2)


@pytest.mark.parametrize("schedule", ["constant", th.linear()])
def test_rows_that_hardly_come_back_are_one_pass(schedule: Any) -> None:
    off = []
    for P in (300, 1000):
        out = th.MultiPassSGD(LINEAR, schedule=schedule).evaluate(TASK, n_steps=20, step=0.2, noise=NOISE, n_samples=P)
        one = th.OnePassSGD(schedule=schedule).evaluate(TASK, n_samples=20, step=0.2, noise=NOISE)
        off.append(abs(float(out.test / one.test) - 1))
    assert off[1] < 2e-3
    np.testing.assert_allclose(off[0] / off[1], 1000 / 300, rtol=0.2)


def test_in_the_long_run_noise_is_stationary() -> None:
    """More rows than modes: L(1 − Φ) = L_⊥, and the fluctuation is that of independent noise L in every mode."""
    task, sizes, step = TASK.truncate(10), {"n_samples": 40}, 0.1
    out = th.MultiPassSGD(LINEAR, batch=2).evaluate(task, n_steps=1e12, step=step, noise=NOISE, **sizes)
    modes = kernel_modes(LINEAR, task, sizes)
    h, n = modes.eigenvalues, modes.counts
    share = n * step * h / 2 / (2 - 1.5 * step * h)
    np.testing.assert_allclose(out.stability, share.sum(), rtol=1e-12)
    np.testing.assert_allclose(out.train, modes.unexplained(NOISE) / (1 - share.sum()), rtol=1e-9)
    np.testing.assert_allclose(out.fluctuation, float(out.train) * share @ modes.gain, rtol=1e-9)
    np.testing.assert_allclose(out.descent_train, NOISE * 0.75, rtol=1e-9)


def test_schedules_that_say_the_same() -> None:
    at = {"step": 0.2, "noise": NOISE, "n_samples": 40}
    for steps in (7, 10**6):
        plain = th.MultiPassSGD(LINEAR).evaluate(TASK, n_steps=steps, **at)
        for schedule in ([(steps, 1.0)], [(steps // 3, 1.0), (steps - steps // 3, 1.0)]):
            other = th.MultiPassSGD(LINEAR, schedule=schedule).evaluate(TASK, n_steps=steps, **at)
            for name in ("test", "train", "descent", "descent_train", "fluctuation"):
                np.testing.assert_allclose(getattr(other, name), getattr(plain, name), rtol=1e-9, atol=1e-14)


def test_descent_under_a_schedule_is_its_filter() -> None:
    rates = 0.2 * (1 - (np.arange(9) + 0.5) / 9)
    filtered = th.SpectralFilter(LINEAR, lambda x: np.prod([1 - rate * x for rate in rates], axis=0))
    out = th.MultiPassSGD(LINEAR, schedule=th.linear()).evaluate(TASK, n_steps=9, step=0.2, noise=NOISE, n_samples=40)
    wanted = filtered.evaluate(TASK, noise=NOISE, n_samples=40)
    np.testing.assert_allclose([out.descent, out.descent_train], [wanted.test, wanted.train], rtol=1e-11)


@pytest.mark.parametrize("schedule", [th.linear(), "geometric", th.warmup(0.1, th.cosine())])
def test_long_schedules_are_exact_where_they_are_short(schedule: Any) -> None:
    """Refined phases against a phase for every step, by the stated error."""
    out = th.MultiPassSGD(LINEAR, schedule=schedule).evaluate(TASK, n_steps=2000, step=0.2, noise=NOISE, n_samples=30)
    modes = kernel_modes(LINEAR, TASK, {"n_samples": 30})
    h, n = modes.eigenvalues, modes.counts
    p, f = modes.labels(NOISE) / h, np.zeros_like(h)
    for phase in phases(2000, schedule):
        for _ in range(phase.steps):
            gamma, L = 0.2 * phase.factor, h @ (p + f)
            f = (1 - gamma * h) ** 2 * f + gamma**2 * (n * h * L + h**2 * (p + f))
            p = (1 - gamma * h) ** 2 * p
    np.testing.assert_allclose(out.fluctuation, (h * f) @ modes.gain, rtol=max(2 * float(out.error), 1e-10))
    assert out.error < 1e-4


def test_beyond_stability() -> None:
    at = {"noise": NOISE, "n_samples": 40}
    edge = float(th.MultiPassSGD(LINEAR).evaluate(TASK, n_steps=1, step=0.01, **at).max_step)
    with pytest.raises(ValueError, match="γ_max"):
        th.MultiPassSGD(LINEAR).evaluate(TASK, n_steps=10, step=1.01 * edge, **at)
    with pytest.warns(th.UnstableStepWarning):
        beyond = th.MultiPassSGD(LINEAR).evaluate(TASK, n_steps=[10, 10**7], step=1.05 * edge, allow_unstable=True, **at)
    assert beyond.stability[0] > 1
    assert np.isfinite(beyond.test[0])
    assert beyond.test[1] == np.inf
    with pytest.warns(th.UnstableStepWarning):
        below = th.MultiPassSGD(LINEAR).evaluate(TASK, n_steps=10**9, step=0.98 * edge, **at)
    assert below.train < 1e-20


# -- bad input ----------------------------------------------------------------------------------------------------------

GOOD = {"n_steps": 10, "step": 0.1, "n_samples": 50}


@pytest.mark.parametrize(("name", "value"), [
    ("n_steps", 0), ("n_steps", 1.5), ("n_steps", np.inf), ("n_steps", -1), ("n_steps", "a"), ("step", 0), ("step", np.nan),
    ("step", 5.0), ("n_samples", np.inf), ("n_samples", 0.5), ("noise", -1), ("ridge", 1), ("allow_unstable", 3),
    ("n_samples", 1e6), ("noise", np.zeros(3)[:, None] * np.ones((1, 0))),
])  # fmt: skip
def test_bad_values(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        th.MultiPassSGD(LINEAR).evaluate(TASK, **{**GOOD, name: value})


@pytest.mark.parametrize("make", [
    lambda: th.MultiPassSGD(3), lambda: th.MultiPassSGD(LINEAR, batch=0), lambda: th.MultiPassSGD(LINEAR, schedule="cubic"),
    lambda: th.MultiPassSGD(LINEAR, replacement=2), lambda: th.MultiPassSGD(th.Chain(th.GaussianFeatures())),
    lambda: th.MultiPassSGD(th.Chain(th.PoolSamples())), lambda: th.MultiPassSGD(th.Chain(th.Samples(rows=0.5))),
    lambda: th.MultiPassSGD(th.Chain(th.Samples(), th.GaussianFeatures(columns=0.5))),
    lambda: th.MultiPassSGD(th.nonlinear_random_features(np.tanh)),
    lambda: th.MultiPassSGD(LINEAR).evaluate(TASK, n_steps=10, step=0.1),
    lambda: th.MultiPassSGD(LINEAR).evaluate(3, **GOOD),
    lambda: th.MultiPassSGD(LINEAR, batch=51, replacement=False).evaluate(TASK, **GOOD),
    lambda: th.MultiPassSGD(LINEAR, schedule=[(9, 1.0)]).evaluate(TASK, **GOOD),
    lambda: th.MultiPassSGD(LINEAR).evaluate(TASK, **{**GOOD, "step": [0.1, 0.1], "n_steps": [1, 2, 3]}),
])  # fmt: skip
def test_bad_declarations(make: Any) -> None:
    with pytest.raises(ValueError, match="is not admissible"):
        make()
