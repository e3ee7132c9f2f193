"""The simulation against exact identities and plain loops that sample what it averages, before it judges the theory."""

from __future__ import annotations

import ast
import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.special

import numerics
from numerics.montecarlo.trials import Estimate, generator, run_trials
from numerics.simulate import anova, simulate
from numerics.simulate.declared import declare
from numerics.simulate.draws import SIGNAL, Draws
from numerics.simulate.linear.path import path_products
from numerics.simulate.linear.predictor import Predictor
from numerics.simulate.means import gaussian_mean
from numerics.simulate.shrinkage import Ridges
from theory.chain.layers import FeatureNoise, GaussianFeatures, HaarProjection, PoolSamples, Samples
from theory.model import Chain
from theory.models import nonlinear_random_features
from theory.spectra.discrete import Discrete
from theory.terms import Terms

TASK = Discrete(np.array([2.0, 1.0, 0.5, 0.3, 0.1, 0.05]), np.array([1.0, 0.5, 2.0, 0.0, 1.0, 3.0]))
EIGENVALUES, POWER = TASK.explicit()
RIDGE, PLAIN = Chain(Samples()), Chain(Samples(), GaussianFeatures())
NOISY = Chain(Samples(), FeatureNoise(), GaussianFeatures())
NOISY_SIZES = {"n_samples": 9, "n_features": 4, "feature_noise": 0.2}
DECLARATIONS = {
    "theory.errors",
    "theory.chain.layers",
    "theory.chain.naming",
    "theory.chain.nonlinear",
    "theory.chain.places",
    "theory.terms",
    "theory.arguments",
    "theory.keywords",
    "theory.results.inputs",
    "theory.results.result",
    "theory.results.store",
    "theory.versions",
    "theory.dynamics.warnings",
    "theory.dynamics.sgd.schedules.phases",
    "theory.spectra.base",
}


# -- independence -----------------------------------------------------------------------------------------------------


def test_nothing_is_imported_from_theory_but_the_declarations() -> None:
    """Formulas and solvers stay out of reach of the simulation, directly and through other rooms of numerics."""
    root = Path(numerics.__file__).parent
    files = [file for wing in ("montecarlo", "simulate") for file in sorted((root / wing).rglob("*.py"))]
    assert len(files) > 5
    own = {f"numerics.{file.relative_to(root).with_suffix('').as_posix().replace('/', '.')}" for file in files}
    own = {name.removesuffix(".__init__") for name in own}
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file.name}: relative import"
                names = {node.module or ""}
                if node.module == "numerics.simulate":
                    names = {f"numerics.simulate.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Import):
                names = {alias.name for alias in node.names}
            else:
                continue
            for name in names:
                if name.split(".")[0] in ("theory", "numerics", "derivations", "scaletheory"):
                    assert name in DECLARATIONS | own, f"{file.name} imports {name}"


# -- one predictor against a plain loop -------------------------------------------------------------------------------


def loop_fit(rows: Any, features: Any, w: Any, label: Any, ridge: float) -> Any:
    """Fit v by the normal equations, with a sampled target."""
    n_rows = len(features)
    y = rows @ w + label
    normal = features.conj().T @ features / n_rows + ridge * np.eye(features.shape[1])
    return np.linalg.solve(normal, features.conj().T @ y / n_rows), y


@pytest.mark.parametrize("complex", [False, True])
@pytest.mark.parametrize("ensemble", [1, 3])
def test_averages_over_target_and_noise_are_those_of_sampling_them(ensemble: int, complex: bool) -> None:
    declared = declare(NOISY, (EIGENVALUES, POWER), NOISY_SIZES)
    draws = Draws(declared, np.random.default_rng(0), copies=1, ensemble=ensemble, complex=complex, n_test=1)
    cell, ridge, variance, rng = draws.cells[0], 0.05, 0.4, np.random.default_rng(1)
    predictor = Predictor(draws, cell, Ridges(np.array(ridge)))
    rows, members = draws.rows(cell).train, [draws.features(cell, member) for member in range(ensemble)]
    train, test = [], []
    for _ in range(3000):
        w, label = np.sqrt(POWER) * rng.choice([-1, 1], 6), np.sqrt(variance) * rng.standard_normal(9)
        fits = [loop_fit(rows, member.train, w, label, ridge) for member in members]
        y = fits[0][1]
        predicted = np.mean([member.train @ v for member, (v, _) in zip(members, fits, strict=True)], axis=0)
        train.append(np.mean(np.abs(y - predicted) ** 2))
        maps = [member.test for member in members]
        error = np.sqrt(EIGENVALUES) * w - np.mean(
            [blocks[SIGNAL] @ v for blocks, (v, _) in zip(maps, fits, strict=True)], axis=0
        )
        spread = sum(
            float(np.sum(np.abs(blocks[tag] @ v) ** 2))
            for blocks, (v, _) in zip(maps, fits, strict=True)
            for tag in blocks
            if tag != SIGNAL
        )
        test.append(np.sum(np.abs(error) ** 2) + spread / ensemble**2)
    squares, (signal, label) = predictor.train_squares()[0], path_products([predictor])
    exact_train = squares[0] + variance * squares[1]
    exact_test = (signal + variance * label).item()
    for sampled, exact in ((train, exact_train), (test, exact_test)):
        assert abs(np.mean(sampled) - exact) < 4 * np.std(sampled) / np.sqrt(len(sampled))


def test_the_test_point_is_averaged_exactly() -> None:
    """The blocks of `Features.test` against drawn test points, feature noise included."""
    declared = declare(NOISY, (EIGENVALUES, POWER), NOISY_SIZES)
    draws = Draws(declared, np.random.default_rng(2), copies=1, ensemble=1, complex=False, n_test=1)
    blocks = draws.features(draws.cells[0], 0).test
    second = sum(block.T @ block for block in blocks.values())
    rng = np.random.default_rng(3)
    F = blocks[SIGNAL] / np.sqrt(EIGENVALUES)[:, None]
    points = rng.standard_normal((200_000, 6)) * np.sqrt(EIGENVALUES) @ F
    points += np.sqrt(0.2) * rng.standard_normal(points.shape)
    np.testing.assert_allclose(points.T @ points / len(points), second, atol=0.03 * np.trace(second))
    np.testing.assert_allclose(np.diag(points.T @ points) / len(points), np.diag(second), rtol=0.02)


def test_one_decomposition_serves_a_path_of_ridges() -> None:
    ridges = np.array([[0.0, 1e-3], [0.1, 10.0]])
    together = simulate(PLAIN, TASK, trials=3, seed=5, ridge=ridges, noise=0.1, n_samples=9, n_features=4)
    assert together.test.mean.shape == (2, 2)
    for place in np.ndindex(2, 2):
        alone = simulate(PLAIN, TASK, trials=3, seed=5, ridge=ridges[place], noise=0.1, n_samples=9, n_features=4)
        for key, estimate in alone.terms.items():
            assert estimate.values.shape == (3,)
            np.testing.assert_allclose(together.terms[key].values[:, *place], estimate.values, rtol=1e-11)


def test_ridge_and_noise_broadcast() -> None:
    sizes = {"n_samples": 8, "n_features": 5}
    mc = simulate(PLAIN, TASK, trials=2, seed=6, ridge=[0.1, 1.0], noise=np.array([[0.0], [0.5], [2.0]]), **sizes)
    assert {estimate.values.shape for estimate in mc.terms.values()} == {(2, 3, 2)}
    one = simulate(PLAIN, TASK, trials=2, seed=6, ridge=1.0, noise=0.5, **sizes)
    for key, estimate in one.terms.items():
        np.testing.assert_allclose(mc.terms[key].values[:, 1, 1], estimate.values, rtol=1e-12)


# -- limits that need no theory ---------------------------------------------------------------------------------------


def test_a_great_ridge_predicts_zero() -> None:
    mc = simulate(NOISY, TASK, trials=2, seed=7, ridge=1e12, noise=0.3, **NOISY_SIZES)
    signal = float(POWER @ EIGENVALUES)
    np.testing.assert_allclose(mc.test.values, signal + 0.3, rtol=1e-9)
    np.testing.assert_allclose(mc.bias.values, signal, rtol=1e-9)
    assert all(abs(estimate.values).max() < 1e-9 for estimate in mc.variance.values())


def test_ridgeless_fits_more_rows_than_dimensions_without_bias() -> None:
    """Unlabelled noise only: test risk σ² (1 + E tr (ZᵀZ)⁻¹) = σ² (1 + D/(P − D − 1)), exactly at any size."""
    mc = simulate(RIDGE, TASK, trials=600, seed=8, noise=1.0, n_samples=20)
    assert abs(mc.excess.mean - 6 / 13) < 4 * mc.excess.stderr
    assert abs(mc.train.mean - (1 - 6 / 20)) < 1e-12
    assert abs(mc.bias.values).max() < 1e-24


def test_ridgeless_interpolates_fewer_rows_than_features() -> None:
    mc = simulate(PLAIN, TASK, trials=2, seed=9, noise=0.7, n_samples=4, n_features=9)
    assert mc.train.values.max() < 1e-24


def test_many_samples_leave_the_population_ridge() -> None:
    """P → ∞: the excess is Σ c λ κ²/(λ+κ)² at κ = λ, to O(1/P), whose size the two numbers of samples bracket."""
    ridge = 0.2
    limit = float(np.sum(POWER * EIGENVALUES * ridge**2 / (EIGENVALUES + ridge) ** 2))
    gaps = [
        abs(simulate(RIDGE, TASK, trials=60, seed=10, ridge=ridge, n_samples=n).excess.mean / limit - 1) for n in (250, 1000)
    ]
    assert gaps[1] < 0.02
    assert gaps[0] > 2 * gaps[1]


def test_without_data_the_population_is_fitted() -> None:
    """Chain(GaussianFeatures): min over v of ‖Σ^½(w* − Fv)‖² + λ‖v‖², by the normal equations, for the same F."""
    chain = Chain(GaussianFeatures())
    declared = declare(chain, (EIGENVALUES, POWER), {"n_features": 4})
    draws = Draws(declared, np.random.default_rng(11), copies=1, ensemble=1, complex=False, n_test=1)
    F = draws.features(draws.cells[0], 0).train / np.sqrt(EIGENVALUES)[:, None]
    kernel = np.linalg.solve((F.T * EIGENVALUES) @ F + 0.1 * np.eye(4), F.T * EIGENVALUES)
    rest = np.sqrt(EIGENVALUES)[:, None] * (np.eye(6) - F @ kernel) * np.sqrt(POWER)
    signal, _ = path_products([Predictor(draws, draws.cells[0], Ridges(np.array(0.1)))])
    assert signal.item() == pytest.approx(float(np.sum(rest**2)), rel=1e-12)
    mc = simulate(chain, TASK, trials=2, seed=0, ridge=0.1, noise=0.5, n_features=4)
    np.testing.assert_allclose(mc.train.values, mc.test.values, rtol=1e-12)
    assert list(mc.variance) == ["features"]


# -- the decomposition ------------------------------------------------------------------------------------------------


def test_components_sum_to_the_excess() -> None:
    chain = Chain(Samples(), FeatureNoise(), GaussianFeatures(), FeatureNoise(), HaarProjection())
    sizes = {"n_samples": 7, "n_features_1": 5, "n_features_2": 4, "feature_noise_1": 0.2, "feature_noise_2": 0.1}
    mc = simulate(chain, TASK, trials=4, seed=12, ridge=0.1, noise=0.3, ensemble=2, **sizes)
    parts = [mc.bias, *mc.variance.values(), *mc.absent.values()]
    total = np.sum([part.mean for part in parts])
    assert total == pytest.approx(float(mc.excess.mean), rel=1e-10)


def test_keys_are_the_connected_ones() -> None:
    deep = Chain(Samples(), GaussianFeatures(), GaussianFeatures())
    mc = simulate(deep, TASK, trials=2, seed=0, ridge=0.1, noise=0.1, n_samples=4, n_features_1=3, n_features_2=3)
    one, two, data, label = "features_1", "features_2", "samples", "noise"
    assert {frozenset((key,) if isinstance(key, str) else key) for key in mc.variance} == {
        frozenset(key)
        for key in (
            (data,),
            (data, label),
            (one,),
            (data, one),
            (data, one, label),
            (one, two),
            (data, one, two),
            (data, one, two, label),
        )
    }
    assert len(mc.variance) + len(mc.absent) + 1 == 2**4
    assert mc.variance[label, one, data] is mc.variance[data, one, label]
    plain = simulate(RIDGE, TASK, trials=2, seed=0, ridge=0.1, n_samples=4)
    assert set(plain.variance) == {"samples", ("samples", "noise")}
    assert set(plain.absent) == {"noise"}


def test_u_statistics_are_unbiased_where_plug_in_means_are_not() -> None:
    """A linear model f = m + x + z + ε-like products with known components; two copies of each source."""
    rng = np.random.default_rng(13)
    cells, sources, dims = list(itertools.product(range(2), range(2))), ("a", "b"), 40
    found: dict[tuple[str, ...], list[float]] = {}
    plug_in = []
    for _ in range(400):
        a, b, ab = rng.standard_normal((2, dims)), rng.standard_normal((2, dims)), rng.standard_normal((2, 2, dims))
        f = np.array([0.5 + 1.0 * a[i] + 2.0 * b[j] + 0.7 * ab[i, j] for i, j in cells]) / np.sqrt(dims)
        averages = {key: np.array(value) for key, value in anova.shared(cells, sources, f @ f.T).items()}
        for key, value in anova.moebius(averages, sources).items():
            found.setdefault(key, []).append(float(value))
        plug_in.append(float(np.sum(f.mean(axis=0) ** 2)))
    for key, expected in (((), 0.25), (("a",), 1.0), (("b",), 4.0), (("a", "b"), 0.49)):
        assert abs(np.mean(found[key]) - expected) < 4 * np.std(found[key]) / np.sqrt(400)
    assert np.mean(plug_in) > 2.0


def test_feature_noise_is_shared_as_it_is_glued() -> None:
    """In training to the data and the layers inside, at the test point to the layers inside."""
    chain = Chain(Samples(), GaussianFeatures(), FeatureNoise(), GaussianFeatures(), FeatureNoise())
    sizes = {
        "n_samples": 5,
        "n_features_1": 4,
        "n_features_2": 3,
        "feature_noise_1": 0.5,
        "feature_noise_2": 0.5,
    }
    declared = declare(chain, (EIGENVALUES, POWER), sizes)
    draws = Draws(declared, np.random.default_rng(14), copies=2, ensemble=2, complex=False, n_test=1)
    tags = {(cell, member): set(draws.features(cell, member).test) for cell in draws.cells for member in range(2)}
    inner = [tag for tag in tags[(0, 0, 0), 0] if tag != SIGNAL]
    assert len(inner) == 2
    assert tags[(0, 0, 0), 0] == tags[(1, 0, 1), 0]
    assert len(tags[(0, 0, 0), 0] & tags[(0, 1, 0), 0]) == 2
    assert len(tags[(0, 0, 0), 0] & tags[(0, 0, 0), 1]) == 2
    assert len(draws._noise) == 2 + 2 * 2 * 2


# -- nonlinear features -----------------------------------------------------------------------------------------------


def test_gaussian_means() -> None:
    scales = np.array([0.1, 1.0, 3.0])
    relu = gaussian_mean(lambda h: np.maximum(h, 0), scales)
    np.testing.assert_allclose(relu, scales / np.sqrt(2 * np.pi), rtol=1e-12)
    np.testing.assert_allclose(gaussian_mean(np.tanh, scales), 0, atol=1e-14)
    np.testing.assert_allclose(gaussian_mean(lambda h: np.exp(h / 4), scales), np.exp(scales**2 / 32), rtol=1e-12)


@pytest.mark.parametrize("place", [0.3, 0.5, -1.0, 1e-3, 0.0])
def test_gaussian_means_of_functions_that_jump_or_bend(place: float) -> None:
    scales = np.array([1e-3, 0.1, 1.0, 1.7, 2.0, 30.0])
    above = scipy.special.ndtr(-place / scales)
    np.testing.assert_allclose(gaussian_mean(lambda h: 1.0 * (h > place), scales), above, rtol=0, atol=1e-13)
    density = np.exp(-((place / scales) ** 2) / 2.0) / np.sqrt(2.0 * np.pi)
    bent = gaussian_mean(lambda h: np.maximum(h - place, 0.0), scales)
    np.testing.assert_allclose(bent, scales * density - place * above, rtol=0, atol=1e-12 * scales.max())
    waves = gaussian_mean(lambda h: np.cos(20.0 * h) + place, scales)
    np.testing.assert_allclose(waves, np.exp(-200.0 * scales**2) + place, rtol=0, atol=1e-13)


@pytest.mark.parametrize("rough", [lambda h: np.random.default_rng(0).standard_normal(h.shape), lambda h: np.exp(9.0 * h)])
def test_gaussian_means_that_are_not_known_say_so(rough: Any) -> None:
    with pytest.warns(RuntimeWarning, match="known to .* of their size only"):
        gaussian_mean(rough, np.array([0.9, 1.0]))


def test_a_linear_activation_is_the_linear_chain() -> None:
    """Features F₀ᵀx/√N are Fᵀx at the ridge D·λ: same draws, but for the sampled test point."""
    sizes: dict[str, Any] = {"n_samples": 12, "n_features": 5}
    linear = simulate(PLAIN, TASK, trials=20, seed=15, ridge=0.6, noise=0.1, **sizes)
    also = simulate(
        nonlinear_random_features(lambda h: h), TASK, trials=20, seed=15, ridge=0.1, noise=0.1, n_test=4000, **sizes
    )
    np.testing.assert_allclose(also.train.values, linear.train.values, rtol=1e-10)
    for key in ("test", "bias", "features"):
        np.testing.assert_allclose(also.terms[key].mean, linear.terms[key].mean, rtol=0.03)


# -- seeds, executors, bad input --------------------------------------------------------------------------------------


def test_numbers_depend_on_seed_and_index_alone() -> None:
    arguments: dict[str, Any] = {"ridge": 0.1, "noise": 0.1, "n_samples": 6, "n_features": 4, "seed": 16}
    long, short = simulate(PLAIN, TASK, trials=5, **arguments), simulate(PLAIN, TASK, trials=3, **arguments)
    with ThreadPoolExecutor(2) as executor:
        elsewhere = simulate(PLAIN, TASK, trials=5, executor=executor, **arguments)
    np.testing.assert_array_equal(long.test.values[:3], short.test.values)
    np.testing.assert_array_equal(long.test.values, elsewhere.test.values)
    children = np.random.SeedSequence(16).spawn(3)
    assert generator(16, 2).random() == np.random.default_rng(children[2]).random()
    assert len(set(long.test.values)) == 5


def test_runs_continue_where_they_stopped() -> None:
    whole = run_trials(lambda rng: float(rng.random()), 5, 17)
    assert whole == run_trials(lambda rng: float(rng.random()), 2, 17) + run_trials(
        lambda rng: float(rng.random()), 3, 17, first=2
    )


def test_estimates() -> None:
    estimate = Estimate(np.array([1.0, 2.0, 6.0]))
    assert (estimate.mean, estimate.median) == (3.0, 2.0)
    assert estimate.stderr == pytest.approx(np.sqrt(14 / 6))
    assert str(estimate) == "3 ± 1.5"
    assert "shape (2,)" in str(Estimate(np.zeros((3, 2))))


def test_chains_that_are_not_decomposed() -> None:
    pool = simulate(Chain(PoolSamples()), TASK, trials=2, seed=0, ridge=0.1, n_samples=3)
    quick = simulate(PLAIN, TASK, trials=2, seed=0, ridge=0.1, decompose=False, n_samples=3, n_features=2)
    for mc in (pool, quick):
        assert list(mc.terms) == ["test", "train", "excess"]
        for name in ("bias", "variance", "absent"):
            with pytest.raises(AttributeError, match="not decomposed"):
                getattr(mc, name)
    assert isinstance(simulate(RIDGE, TASK, trials=2, seed=0, n_samples=3).terms, Terms)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trials": 1}, "trials = 1"),
        ({"seed": -1}, "seed = -1"),
        ({"seed": 0.5}, "seed = 0.5"),
        ({"ridge": np.inf}, "ridge = inf"),
        ({"ridge": -10.0}, "ridge = -10.0"),
        ({"ridge": "much"}, "ridge = 'much'"),
        ({"noise": -0.1}, "noise = -0.1"),
        ({"noise": [0.1, 0.2, 0.3], "ridge": [1.0, 2.0]}, "noise = .*broadcast"),
        ({"ensemble": 0}, "ensemble = 0"),
        ({"ensemble": np.inf}, "ensemble = inf"),
        ({"n_samples": np.inf}, "n_samples = inf"),
        ({"n_samples": 3.5}, "n_samples = 3.5"),
        ({"n_features": True}, "n_features = True"),
        ({"n_feature": 3}, "n_feature = 3"),
        ({"task": "power"}, "task = 'power'"),
    ],
)
def test_bad_input(changes: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"task": TASK, "trials": 2, "seed": 0, "ridge": 0.1, "n_samples": 4, "n_features": 3}
    with pytest.raises(ValueError, match=message):
        simulate(PLAIN, **(arguments | changes))


def test_bad_sizes() -> None:
    common: dict[str, Any] = {"trials": 2, "seed": 0, "ridge": 0.1}
    with pytest.raises(ValueError, match=r"n_features = None.*given"):
        simulate(PLAIN, TASK, n_samples=3, **common)
    with pytest.raises(ValueError, match="n_features = 9"):
        simulate(Chain(Samples(), HaarProjection()), TASK, n_samples=3, n_features=9, **common)
    with pytest.raises(ValueError, match=r"feature_noise = -0\.1"):
        simulate(NOISY, TASK, n_samples=3, n_features=2, feature_noise=-0.1, **common)
    relu = nonlinear_random_features("relu")
    with pytest.raises(ValueError, match=r"feature_noise = 0\.1"):
        simulate(relu, TASK, n_samples=3, n_features=2, feature_noise=0.1, **common)
    with pytest.raises(ValueError, match="complex = True"):
        simulate(relu, TASK, n_samples=3, n_features=2, complex=True, **common)
    with pytest.raises(ValueError, match="index = -1"):
        generator(0, -1)
    with pytest.raises(ValueError, match="trials = 0"):
        run_trials(lambda rng: rng.random(), 0, 0)
