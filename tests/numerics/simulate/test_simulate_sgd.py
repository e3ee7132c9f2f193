"""One-pass SGD simulated: the fast law against the textbook's loop, and both against the exact theory given the sketch."""

from __future__ import annotations

import itertools
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import scipy.stats

import numerics as nm
import theory as th
from numerics.montecarlo.trials import generator
from numerics.simulate import sgd_runs
from numerics.simulate.samplers import Normals, draw_matrix
from numerics.simulate.sgd import naive_sgd
from numerics.simulate.sgd_runs import SKETCH, Features, Pass, Population, draw_features, one_pass, run, stability
from theory.dynamics.sgd.modes import Modes
from theory.dynamics.sgd.stability import max_step
from theory.dynamics.sgd.stability import stability as stability_in_theory

EIGENVALUES = np.array([1.0, 0.7, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005])
POWER = np.array([0.5, 1.0, 0.0, 2.0, 1.0, 3.0, 1.0, 2.0, 5.0, 4.0])
TASK = th.Discrete(EIGENVALUES, POWER)
POPULATION = Population(EIGENVALUES, EIGENVALUES * POWER)
SGD = th.OnePassSGD()


def literal(sketch: Any, target: Any) -> Features:
    """Return the features of one sketch (Sᵀ) for one target, by the normal equations."""
    A = sketch.T @ (EIGENVALUES[:, None] * sketch)
    h, vectors = np.linalg.eigh(A)
    overlap = vectors.T @ (sketch.T @ (EIGENVALUES * target))
    best = sketch @ (vectors @ (overlap / h))
    return Features(h, overlap**2 / h, float(EIGENVALUES @ (target - best) ** 2))


def expected(sgd: th.OnePassSGD, features: Features, *, n_samples: float, step: float, noise: float) -> Any:
    """Return the theory's risks given the features' own spectrum."""
    own = th.Discrete.from_signal(features.eigenvalues, features.signal)
    return sgd.evaluate(own, n_samples=n_samples, step=step, noise=noise + features.approximation)


# -- the law of a run -------------------------------------------------------------------------------------------------

LAWS = {
    "one sample a step": (th.OnePassSGD(), 4, 60, 0.3, 0.5),
    "batches, base e": (th.OnePassSGD(batch=4, log_base=np.e), 4, 160, 0.5, 0.2),
    "tail average": (th.OnePassSGD(schedule="constant", averaging="tail"), 4, 61, 0.2, 0.1),
    "mean of a batched run": (th.OnePassSGD(batch=3, schedule="constant", averaging="iterate"), 4, 100, 0.4, 0.0),
    "no sketch": (th.OnePassSGD(schedule=[(20, 1.0), (30, 0.3)]), None, 50, 0.2, 0.3),
}


@pytest.mark.parametrize("name", LAWS)
def test_the_textbook_loop_has_the_same_law(name: str) -> None:
    """Its runs against the fast ones (mean and distribution), and its mean against the theory, for one sketch and target."""
    sgd, width, n_samples, step, noise = LAWS[name]
    rng, target, n_runs = np.random.default_rng(0), np.sqrt(POWER) * (-1.0) ** np.arange(10), 1200
    sketch = None if width is None else draw_matrix(SKETCH, Normals(rng), 10, width)
    features = Features(EIGENVALUES, EIGENVALUES * POWER) if sketch is None else literal(sketch, target)
    naive = np.array([
        naive_sgd(sgd, EIGENVALUES, target, sketch, n_samples=n_samples, step=step, noise=noise, rng=rng)
        for _ in range(n_runs)
    ])  # fmt: skip
    risks = run(features, one_pass(sgd, n_samples), step, 4 * n_runs, rng)
    s2 = noise + features.approximation
    fast = s2 + risks.bias + 2 * np.sqrt(s2) * risks.mixed + s2 * risks.variance
    error = np.sqrt(naive.var() / len(naive) + fast.var() / len(fast))
    assert abs(naive.mean() - fast.mean()) < 4 * error
    assert scipy.stats.ks_2samp(naive, fast).pvalue > 1e-3
    exact = float(expected(sgd, features, n_samples=n_samples, step=step, noise=noise).test)
    assert abs(naive.mean() - exact) < 4 * naive.std() / np.sqrt(len(naive))
    assert abs(fast.mean() - exact) < 4 * fast.std() / np.sqrt(len(fast))


SETTINGS = {
    "batch 1, base 2": (th.OnePassSGD(), 400, 0.08, 0.5),
    "batch 4, base 2": (th.OnePassSGD(batch=4), 1200, 0.2, 0.5),
    "batch 1, base e": (th.OnePassSGD(log_base=np.e), 400, 0.06, 1.0),
    "batch 4, base e": (th.OnePassSGD(batch=4, log_base=np.e), 1000, 0.3, 0.1),
    "batch 16": (th.OnePassSGD(batch=16), 3200, 0.4, 2.0),
    "no label noise": (th.OnePassSGD(), 300, 0.1, 0.0),
    "small step": (th.OnePassSGD(), 300, 0.01, 0.3),
    "constant": (th.OnePassSGD(schedule="constant"), 250, 0.09, 0.2),
    "constant, batch 4": (th.OnePassSGD(batch=4, schedule="constant"), 1001, 0.2, 0.2),
    "tail": (th.OnePassSGD(schedule="constant", averaging="tail"), 301, 0.09, 0.5),
    "tail, batch 4": (th.OnePassSGD(batch=4, schedule="constant", averaging="tail"), 1000, 0.25, 0.5),
    "iterate": (th.OnePassSGD(schedule="constant", averaging="iterate"), 200, 0.07, 0.5),
    "warm-up, cosine": (th.OnePassSGD(batch=2, schedule=th.warmup(0.2, th.cosine())), 301, 0.15, 0.5),
    "any schedule": (th.OnePassSGD(schedule=[(50, 0.5), (100, 1.0), (50, 0.2)]), 200, 0.08, 0.5),
}


def scores(sgd: th.OnePassSGD, n_samples: int, step: float, noise: float) -> list[float]:
    """Return z-scores of test, bias and variance against the theory on each sketch's own spectrum."""
    n_sketches, seed = 50, 1
    mc = nm.simulate_sgd(
        sgd,
        TASK,
        n_samples=n_samples,
        n_features=6,
        step=step,
        noise=noise,
        sketches=n_sketches,
        trials=40,
        seed=seed,
    )
    sketches = [draw_features(POPULATION, 6, generator(seed, index)) for index in range(n_sketches)]
    np.testing.assert_array_equal(mc.approximation.values, [sketch.approximation for sketch in sketches])
    exact = [expected(sgd, sketch, n_samples=n_samples, step=step, noise=noise) for sketch in sketches]
    found = []
    for term in ("test", "bias", "variance"):
        gap = getattr(mc, term).values - np.array([getattr(out, term) for out in exact])
        found.append(float(gap.mean() / (gap.std(ddof=1) / np.sqrt(n_sketches))))
    return found


def test_theory_given_the_sketch() -> None:
    """Bias, variance and test risk in every setting, each by its z-score, and all of them together by χ²."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", th.UnstableStepWarning)
        table = np.array([scores(*setting) for setting in SETTINGS.values()])
    assert abs(table).max() < 4, dict(zip(SETTINGS, table, strict=True))
    independent = table[:, 1:].ravel()
    assert scipy.stats.chi2.sf(independent @ independent, independent.size) > 1e-3, table


def test_without_a_sketch() -> None:
    """A finite population and an infinite one, whose far modes are never learnt."""
    for task, ambient in ((TASK, None), (th.PowerLaw(1.5, 0.4), 300)):
        mc = nm.simulate_sgd(SGD, task, n_samples=250, step=0.1, noise=0.3, sketches=20, trials=40, seed=2, ambient=ambient)
        out = SGD.evaluate(task, n_samples=250, step=0.1, noise=0.3)
        assert not mc.approximation.values.any()
        np.testing.assert_allclose(mc.stability, out.stability, rtol=1e-6)
        for term in ("test", "bias", "variance"):
            estimate = getattr(mc, term)
            assert abs(estimate.mean - getattr(out, term)) < 4 * estimate.stderr, term


def test_signal_that_is_never_learnt_is_noise_to_the_others() -> None:
    """A tail of great signal, against the recursion of second moments, step by step."""
    step, stays = 0.1, 2.0
    features = Features(EIGENVALUES, EIGENVALUES * POWER, tail_signal=stays)
    left = features.signal
    for _ in range(30):
        gain = step**2 * EIGENVALUES**2 * (left.sum() + stays)
        left = left * (1 - 2 * step * EIGENVALUES + 2 * step**2 * EIGENVALUES**2) + gain
    bias = run(features, one_pass(th.OnePassSGD(schedule="constant"), 30), step, 40_000, generator(18, 0)).bias
    assert abs(bias.mean() - left.sum() - stays) < 4 * bias.std() / np.sqrt(40_000)
    assert bias.min() > stays


# -- the features -----------------------------------------------------------------------------------------------------


def test_the_target_is_averaged_exactly() -> None:
    """Over all 2^10 signs of w*, for the same sketch."""
    features = draw_features(POPULATION, 4, generator(3, 0))
    sketch = draw_matrix(SKETCH, Normals(generator(3, 0)), 10, 4)
    all_signs = itertools.product((-1.0, 1.0), repeat=10)
    each = [literal(sketch, np.sqrt(POWER) * signs) for signs in all_signs]
    np.testing.assert_allclose(features.eigenvalues, each[0].eigenvalues, rtol=1e-12)
    np.testing.assert_allclose(features.signal, np.mean([one.signal for one in each], axis=0), rtol=1e-11)
    assert features.approximation == pytest.approx(np.mean([one.approximation for one in each]), rel=1e-11)


def test_without_a_sketch_features_are_the_population() -> None:
    features = draw_features(Population(EIGENVALUES, POWER, 0.3, 0.2), None, generator(3, 0))
    assert (features.approximation, features.tail_trace, features.tail_signal) == (0.0, 0.3, 0.2)
    np.testing.assert_array_equal(features.signal, POWER)


def test_both_decompositions_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    by_gram = draw_features(POPULATION, 6, generator(4, 0))
    monkeypatch.setattr(sgd_runs, "ILL_CONDITIONED", np.inf)
    by_svd = draw_features(POPULATION, 6, generator(4, 0))
    np.testing.assert_allclose(by_gram.eigenvalues, by_svd.eigenvalues[::-1], rtol=1e-12)
    np.testing.assert_allclose(by_gram.signal, by_svd.signal[::-1], rtol=1e-11)
    assert by_gram.approximation == pytest.approx(by_svd.approximation, rel=1e-11)


@pytest.mark.parametrize("width", [10, 25])
def test_wide_sketches_miss_nothing(width: int) -> None:
    features = draw_features(POPULATION, width, generator(5, 0))
    assert features.approximation == 0.0
    assert features.eigenvalues.shape == (10,)
    assert features.signal.sum() == pytest.approx(EIGENVALUES @ POWER, rel=1e-13)


def test_steep_spectra_keep_their_signal() -> None:
    """Eigenvalues over forty decades: no direction is lost to rounding, and none gains."""
    k = np.arange(1.0, 101)
    features = draw_features(Population(k**-20.0, k**-1.2), 30, generator(6, 0))
    assert (features.signal >= 0).all()
    assert features.signal.sum() + features.approximation == pytest.approx((k**-1.2).sum(), rel=1e-12)
    assert features.approximation > (k[30:] ** -1.2).sum()


def test_modes_left_out_are_right_in_the_mean() -> None:
    """4000 modes, all drawn or only 400 of them: the same error and trace; the bare truncation misses by far."""
    whole = th.PowerLaw(1.1, 0.2, size=4000)
    common: dict[str, Any] = {"n_samples": 2, "n_features": 16, "step": 0.01, "sketches": 60, "trials": 1}
    everything = nm.simulate_sgd(SGD, whole, seed=7, **common).approximation
    replaced = nm.simulate_sgd(SGD, whole, seed=8, ambient=400, **common).approximation
    cut = nm.simulate_sgd(SGD, whole.truncate(400), seed=8, **common).approximation
    error = np.hypot(everything.stderr, replaced.stderr)
    assert abs(everything.mean - replaced.mean) < 4 * error
    assert everything.mean - cut.mean > 8 * error
    eigenvalues, power = whole.truncate(400).explicit()
    tail = whole.total_variance - eigenvalues.sum()
    rng = np.random.default_rng(9)
    trace = np.mean([
        draw_features(Population(eigenvalues, power * eigenvalues, tail, 0.1), 16, rng).eigenvalues.sum()
        for _ in range(200)
    ])  # fmt: skip
    assert trace == pytest.approx(whole.total_variance, rel=0.05)


def test_stability_is_that_of_the_theory() -> None:
    features = draw_features(Population(EIGENVALUES, EIGENVALUES), 6, generator(10, 0))
    modes = Modes(features.eigenvalues, np.ones(6), features.signal)
    for batch in (1, 5):
        edge = max_step(modes, batch)
        assert stability(features, edge, batch) == pytest.approx(min(1.0, stability_in_theory(modes, edge, batch)), rel=1e-9)
        for step in (0.3 * edge, 0.99 * edge, 1.01 * edge, 100 * edge):
            assert stability(features, step, batch) == pytest.approx(stability_in_theory(modes, step, batch), rel=1e-12)


# -- unstable steps ---------------------------------------------------------------------------------------------------


def test_unstable_sketches_are_counted_and_left_out_of_the_means() -> None:
    with pytest.warns(RuntimeWarning, match="of 40 sketches"):
        mc = nm.simulate_sgd(SGD, TASK, n_samples=60, n_features=6, step=0.45, noise=[0.1, 1.0], sketches=40, trials=5, seed=11)
    stable = mc.stability < 1
    assert 5 < mc.excluded < 35
    assert mc.excluded == (~stable).sum()
    assert mc.nonfinite == 0
    for estimate in mc.terms.values():
        np.testing.assert_array_equal(estimate.mean, estimate.values[stable].mean(axis=0))
        np.testing.assert_array_equal(estimate.median, np.median(estimate.values, axis=0))
        spread = estimate.values[stable].std(axis=0, ddof=1)
        np.testing.assert_allclose(estimate.stderr, spread / np.sqrt(stable.sum()))


def test_nothing_stable_has_no_mean() -> None:
    with pytest.warns(RuntimeWarning, match="4 of 4 sketches"):
        mc = nm.simulate_sgd(SGD, TASK, n_samples=100, step=1.0, noise=0.1, sketches=4, trials=5, seed=12)
    assert mc.excluded == 4
    assert np.isnan(mc.test.mean)
    assert np.isnan(mc.test.stderr)
    assert np.isfinite(mc.test.median)


def test_overflowing_runs_are_counted() -> None:
    with pytest.warns(RuntimeWarning, match="15 of 15 runs overflow"):
        mc = nm.simulate_sgd(
            th.OnePassSGD(schedule="constant"), TASK, n_samples=500, n_features=3, step=1e4, sketches=3, trials=5, seed=13
        )
    assert (mc.excluded, mc.nonfinite) == (3, 15)
    assert np.isposinf(mc.runs).all()
    assert np.isposinf(mc.test.median)


def test_the_largest_step_of_a_schedule_decides() -> None:
    rising = th.OnePassSGD(schedule=[(20, 1.0), (20, 10.0)])
    with pytest.warns(RuntimeWarning, match="2 of 2 sketches"):
        mc = nm.simulate_sgd(rising, TASK, n_samples=40, step=0.1, sketches=2, trials=2, seed=0)
    assert (mc.stability == stability(Features(EIGENVALUES, POWER), 1.0, 1)).all()


# -- the result -------------------------------------------------------------------------------------------------------


def test_numbers_depend_on_the_seed_alone() -> None:
    arguments: dict[str, Any] = {"n_samples": 100, "n_features": 5, "step": 0.1, "noise": 0.2, "trials": 3, "seed": 14}
    done: list[tuple[int, int]] = []
    whole = nm.simulate_sgd(SGD, TASK, sketches=6, progress=lambda *at: done.append(at), **arguments)
    assert done[-1] == (6, 6)
    short = nm.simulate_sgd(SGD, TASK, sketches=4, **arguments)
    np.testing.assert_array_equal(whole.runs[:4], short.runs)
    with ThreadPoolExecutor(2) as threads, ProcessPoolExecutor(1) as processes:
        for executor in (threads, processes):
            same = nm.simulate_sgd(SGD, TASK, sketches=6, executor=executor, **arguments)
            np.testing.assert_array_equal(whole.runs, same.runs)
    assert len(set(whole.runs.ravel())) == 18
    other = nm.simulate_sgd(SGD, TASK, sketches=4, **(arguments | {"seed": 15}))
    assert not (other.runs == short.runs).any()


def test_noise_broadcasts_and_terms_add_up() -> None:
    arguments: dict[str, Any] = {"n_samples": 80, "n_features": 5, "step": 0.2, "sketches": 4, "trials": 6, "seed": 16}
    noise = np.array([[0.0], [0.5], [2.0]])
    mc = nm.simulate_sgd(SGD, TASK, noise=noise, **arguments)
    assert mc.runs.shape == (4, 6, 3, 1)
    assert {estimate.values.shape for estimate in mc.terms.values()} == {(4, 3, 1)}
    for place, value in enumerate(noise.ravel()):
        one = nm.simulate_sgd(SGD, TASK, noise=float(value), **arguments)
        for key, estimate in one.terms.items():
            np.testing.assert_allclose(mc.terms[key].values[:, place, 0], estimate.values, rtol=1e-13)
        cross = one.test.values - value - one.approximation.values - one.bias.values - one.variance.values
        assert (abs(cross) < 3 * np.sqrt(one.bias.values * one.variance.values)).all()
    np.testing.assert_array_equal(mc.test.values, mc.runs.mean(axis=1))
    assert mc.test.stderr.shape == (3, 1)


def test_without_noise_and_target_nothing_happens() -> None:
    silent = th.Discrete(EIGENVALUES, np.zeros(10))
    mc = nm.simulate_sgd(SGD, silent, n_samples=20, n_features=5, step=0.05, sketches=2, trials=2, seed=0)
    assert not mc.runs.any()


def test_zero_eigenvalues_are_never_seen() -> None:
    padded = th.Discrete(np.append(EIGENVALUES, [0.0, 0.0]), np.append(POWER, [0.0, 0.0]))
    arguments: dict[str, Any] = {"n_samples": 20, "n_features": 5, "step": 0.05, "sketches": 2, "trials": 2, "seed": 0}
    np.testing.assert_array_equal(nm.simulate_sgd(SGD, padded, **arguments).runs, nm.simulate_sgd(SGD, TASK, **arguments).runs)


def test_passes() -> None:
    for averaging, first in ((None, None), ("iterate", 0), ("tail", 12)):
        schedule: Pass = one_pass(th.OnePassSGD(batch=4, schedule="constant", averaging=averaging), 103)
        assert (schedule.batch, schedule.first_averaged, schedule.largest) == (4, first, 1.0)
        assert [phase.steps for phase in schedule.phases] == [25]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sgd": "SGD"}, "sgd = 'SGD'.*OnePassSGD"),
        ({"sgd": th.OnePassSGD(schedule=[(3, 1.0)])}, "schedule = .*10 steps together"),
        ({"task": "power"}, "task = 'power'"),
        ({"n_samples": 0}, "n_samples = 0"),
        ({"n_samples": np.inf}, "n_samples = inf"),
        ({"n_samples": "many"}, "n_samples = 'many'"),
        ({"n_features": 0}, "n_features = 0"),
        ({"n_features": 3.5}, "n_features = 3.5"),
        ({"n_features": True}, "n_features = True"),
        ({"step": 0.0}, "step = 0.0"),
        ({"step": -0.1}, "step = -0.1"),
        ({"step": np.nan}, "step = nan"),
        ({"step": np.inf}, "step = inf"),
        ({"step": [0.1, 0.2]}, r"step = \[0.1, 0.2\]"),
        ({"noise": -0.1}, "noise = -0.1"),
        ({"noise": np.inf}, "noise = inf"),
        ({"noise": "much"}, "noise = 'much'"),
        ({"sketches": 1}, "sketches = 1"),
        ({"sketches": 2.5}, "sketches = 2.5"),
        ({"trials": 0}, "trials = 0"),
        ({"seed": -1}, "seed = -1"),
        ({"seed": None}, "seed = None"),
        ({"ambient": 0}, "ambient = 0"),
        ({"ambient": 1e4 + 0.5}, "ambient = 10000.5"),
        ({"task": th.PowerLaw(1.5, 0.4), "ambient": 49}, "ambient = 49.*at least 10 n_features = 50"),
        ({"task": th.PowerLaw(1.5, 0.4), "n_features": 2001}, "ambient = 20000.*20010"),
        ({"task": th.Isotropic(10**8)}, "size = 100000000"),
        ({"executor": "pool"}, "executor = 'pool'"),
        ({"progress": "bar"}, "progress = 'bar'"),
    ],
)
def test_bad_input(changes: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {
        "sgd": SGD, "task": TASK, "n_samples": 10, "n_features": 5, "step": 0.1, "sketches": 2, "trials": 1, "seed": 0,
    }  # fmt: skip
    with pytest.raises(ValueError, match=message):
        nm.simulate_sgd(**(arguments | changes))


# -- the average over sketches ----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("width", "tolerance"), [(32, 0.02), (128, 0.01)])
@pytest.mark.parametrize("batch", [1, 4])
def test_theory_averaged_over_sketches(width: int, tolerance: float, batch: int) -> None:
    """Deterministic equivalents of an infinite law, whose finite-size remainder the tolerance allows for."""
    sgd, task = th.OnePassSGD(batch=batch), th.PowerLaw(1.5, 0.4)
    noise = np.array([0.0, 1.0])
    mc = nm.simulate_sgd(
        sgd,
        task,
        n_samples=1000 * batch,
        n_features=width,
        step=0.1,
        noise=noise,
        sketches=100,
        trials=10,
        seed=17,
        ambient=5000,
    )
    out = sgd.evaluate(task, n_samples=1000 * batch, n_features=width, step=0.1, noise=noise)
    for key, estimate in mc.terms.items():
        value = getattr(out, str(key))
        assert (abs(estimate.mean - value) < 4 * estimate.stderr + tolerance * value).all(), key
