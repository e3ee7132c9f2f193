"""A formula counts when a simulation that knows nothing of it agrees: every term of every chain, in standard errors.

Complex matrices have the same deterministic equivalents as real ones and a remainder of order 1/size², below the errors
here; real ones have one of order 1/size, which two sizes take out: (3 f(3s) − f(s))/2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2

from numerics.montecarlo.trials import Estimate
from numerics.simulate import Simulation, simulate
from theory.chain.layers import FeatureNoise, GaussianFeatures, HaarProjection, PoolSamples, Samples
from theory.model import Chain
from theory.models import nonlinear_random_features
from theory.spectra.discrete import Discrete

RIDGES, NOISE, UNIT = np.array([1e-2, 0.2]), 0.2, 24
S, G, H, N = Samples(), GaussianFeatures(), HaarProjection(), FeatureNoise()


@dataclass(frozen=True)
class Case:
    """A chain, its sizes per 24 modes and its variances, and what else the comparison needs."""

    name: str
    model: Any
    sizes: dict[str, int]
    variances: dict[str, float] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    noise: float = NOISE
    ridges: tuple[float, ...] = (1e-2, 0.2)

    def run(
        self, scale: int, trials: int, seed: int, task: Discrete | None = None, **more: Any
    ) -> tuple[Simulation, Any]:
        """Return simulation and theory at `scale` times the sizes."""
        task = power_law(scale) if task is None else task
        ridge = np.array(self.ridges) / (scale if self.model.nonlinear is not None else 1)  # kernel eigenvalues ~ 1/D
        sizes = {key: size * scale for key, size in self.sizes.items()} | self.variances
        arguments = {"ridge": ridge, "noise": self.noise, **sizes, **self.options}
        mc = simulate(self.model, task, trials=trials, seed=seed, **arguments, **more)
        return mc, self.model.evaluate(task, **arguments)


def power_law(scale: int) -> Discrete:
    """λ and c fall as powers of k = 1, …, 24, each mode `scale` times: in proportion, all sizes are the same problem."""
    k = np.repeat(np.arange(1.0, UNIT + 1), scale)
    return Discrete(k**-1.2, k**-0.4 / scale)


def plateaus(scale: int) -> Discrete:
    """Two equal plateaus: flat enough for nonlinear features to be Gaussian."""
    n_modes = UNIT * scale
    return Discrete(np.where(np.arange(n_modes) % 2 == 0, 1.5, 0.5), np.full(n_modes, 1 / n_modes))


CASES = [
    Case("ridge", Chain(S), {"n_samples": 36}),
    Case("ridge, P < D", Chain(S), {"n_samples": 16}),
    Case("features", Chain(S, G), {"n_samples": 36, "n_features": 28}),
    Case("features, P < N", Chain(S, G), {"n_samples": 18, "n_features": 30}),
    Case("ridgeless", Chain(S, G), {"n_samples": 36, "n_features": 18}, ridges=(0.0, 1e-3)),
    Case("Haar", Chain(S, H), {"n_samples": 30, "n_features": 16}),
    Case("two layers", Chain(S, G, G), {"n_samples": 36, "n_features_1": 30, "n_features_2": 20}),
    Case("Gaussian, then Haar inside", Chain(S, G, H), {"n_samples": 30, "n_features_1": 18, "n_features_2": 30}),
    Case("noisy features", Chain(S, N, G), {"n_samples": 36, "n_features": 28}, {"feature_noise": 0.05}),
    Case("noise on the input", Chain(S, N), {"n_samples": 36}, {"feature_noise": 0.05}),
    Case("features of a noisy input", Chain(S, G, N), {"n_samples": 36, "n_features": 20}, {"feature_noise": 0.05}),
    Case(
        "noise inside", Chain(S, G, N, G), {"n_samples": 36, "n_features_1": 20, "n_features_2": 30},
        {"feature_noise": 0.05},
    ),
    Case("ensemble", Chain(S, G), {"n_samples": 36, "n_features": 28}, options={"ensemble": 3}),
    Case("pool", Chain(PoolSamples()), {"n_samples": 16}, noise=0.0),
    Case("no data", Chain(G), {"n_features": 16}),
]
SLOW = [
    Case("Haar outside Gaussian", Chain(S, H, G), {"n_samples": 30, "n_features_1": 28, "n_features_2": 20}),
    Case(
        "three layers", Chain(S, G, G, G),
        {"n_samples": 30, "n_features_1": 28, "n_features_2": 20, "n_features_3": 36},
    ),
    Case(
        "two noisy layers", Chain(S, N, G, N, G), {"n_samples": 36, "n_features_1": 20, "n_features_2": 30},
        {"feature_noise_1": 0.05, "feature_noise_2": 0.1},
    ),
    Case(
        "ensemble of two layers", Chain(S, G, G), {"n_samples": 36, "n_features_1": 30, "n_features_2": 20},
        options={"ensemble": 3},
    ),
    Case(
        "ensemble of noisy features of a noisy input", Chain(S, N, G, N), {"n_samples": 36, "n_features": 20},
        {"feature_noise_1": 0.05, "feature_noise_2": 0.1}, {"ensemble": 3},
    ),
]


def assert_agrees(name: str, measured: dict[Any, tuple[Any, Any]], expected: Any, precision: float) -> None:
    """Assert |z| < 4.2 for every term and ridge, mean z² as it may be, and errors small enough for that to mean something.

    The ridges of one term share their draws, and the excess is the test risk again: as many numbers as there are terms beside
    it count as independent, and their mean z² may be what χ² exceeds once in a thousand times (2.5 from sixteen on).
    """
    assert set(measured) == set(measured) & set(expected), f"{name}: terms {set(measured) ^ set(expected)}"
    scores = {key: (mean - expected[key]) / stderr for key, (mean, stderr) in measured.items()}
    report = "\n".join(
        f"{name}: {key!s}: simulated {measured[key][0]} ± {measured[key][1]}, theory {expected[key]}, z {z}"
        for key, z in scores.items()
    )
    everything = np.concatenate([np.ravel(z) for key, z in scores.items() if key != "excess"])
    assert (np.abs(everything) < 4.2).all(), report
    independent = len(scores) - 1
    assert np.mean(everything**2) < max(2.5, chi2.isf(1e-3, independent) / independent), report
    assert (measured["test"][1] < precision * expected["test"]).all(), report


def estimates(mc: Simulation) -> dict[Any, tuple[Any, Any]]:
    """Means and standard errors; what is zero to rounding (a training risk that interpolates) has no z-score."""
    return {key: (value.mean, value.stderr) for key, value in mc.terms.items()}


def extrapolated(small: Simulation, large: Simulation) -> dict[Any, tuple[Any, Any]]:
    """Take out the remainder of order 1/size from two sizes, the large one three times the small."""
    return {
        key: (
            (3 * large.terms[key].mean - small.terms[key].mean) / 2,
            np.hypot(3 * large.terms[key].stderr, small.terms[key].stderr) / 2,
        )
        for key in small.terms
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_term_of_a_chain(case: Case) -> None:
    mc, theory = case.run(2, 40, 1, complex=True)
    assert theory.converged.all()
    assert set(mc.terms) == set(theory.terms)
    assert_agrees(case.name, estimates(mc), theory.terms, 0.02)


@pytest.mark.slow
@pytest.mark.parametrize("case", [*CASES, *SLOW], ids=lambda case: case.name)
def test_every_term_of_a_chain_closely(case: Case) -> None:
    mc, theory = case.run(3, 160, 2, complex=True)
    assert_agrees(case.name, estimates(mc), theory.terms, 0.006)


@pytest.mark.parametrize("case", [CASES[0], CASES[2]], ids=lambda case: case.name)
def test_real_matrices_agree_up_to_one_over_size(case: Case) -> None:
    """The remainder of the test risk is seen at both sizes, falls threefold, and is what the two sizes take out."""
    (small, theory), (large, _) = case.run(1, 600, 3), case.run(3, 90, 4)
    assert_agrees(case.name, extrapolated(small, large), theory.terms, 0.01)


@pytest.mark.slow
def test_the_remainder_falls_like_one_over_size() -> None:
    case = CASES[2]
    gaps = []
    for scale, trials in ((1, 3000), (2, 1500), (4, 700)):
        mc, theory = case.run(scale, trials, 5 + scale, decompose=False)
        gaps.append(((mc.test.mean / theory.test - 1)[0] * scale, (mc.test.stderr / theory.test)[0] * scale))
    assert gaps[0][0] > 5 * gaps[0][1]
    for gap, error in gaps[1:]:
        assert abs(gap - gaps[0][0]) < 4 * np.hypot(error, gaps[0][1]) + 0.15 * gaps[0][0]


def test_layers_detached_from_the_population_do_not_matter() -> None:
    """The rule of connectedness: keeping F₂ without F₁ leaves the bias; keeping X and F₂ leaves that of X alone."""
    case = next(case for case in CASES if case.name == "two layers")
    mc, theory = case.run(2, 40, 6, complex=True)
    z = np.concatenate([np.ravel(value.mean / value.stderr) for value in mc.absent.values()])
    assert (np.abs(z) < 4).all()
    assert np.mean(z**2) < 3
    assert (np.ravel(mc.absent["features_2"].stderr) < 0.02 * np.ravel(theory.variance["features_1", "features_2"])).all()


def test_training_and_test_risk_of_an_ensemble() -> None:
    """E_train = t_P² E_test for the mean of K predictors too: one ratio for every K, from simulation alone."""
    ratios = []
    for ensemble in (1, 4):
        mc = simulate(
            Chain(S, G), power_law(2), trials=40, seed=7, ridge=RIDGES, noise=NOISE, ensemble=ensemble,
            complex=True, decompose=False, n_samples=72, n_features=40,
        )
        ratios.append((mc.train.mean / mc.test.mean, mc.train.values / mc.train.mean - mc.test.values / mc.test.mean))
    errors = [ratio * spread.std(axis=0, ddof=1) / np.sqrt(len(spread)) for ratio, spread in ratios]
    assert (np.abs(ratios[0][0] - ratios[1][0]) < 4 * np.hypot(*errors)).all()


NONLINEAR = {"n_samples": 36, "n_features": 30}


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_nonlinear_features_are_gaussian_for_flat_spectra(activation: str) -> None:
    case = Case(activation, nonlinear_random_features(activation), NONLINEAR, noise=0.1, ridges=(0.02, 0.2))
    runs = [case.run(scale, trials, 8, plateaus(scale), n_test=400) for scale, trials in ((1, 200), (3, 40))]
    measured = extrapolated(runs[0][0], runs[1][0])
    assert_agrees(activation, measured, runs[0][1].terms, 0.01)


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["tanh", "relu", "erf"])
def test_nonlinear_features_closely(activation: str) -> None:
    case = Case(activation, nonlinear_random_features(activation), NONLINEAR, noise=0.1, ridges=(0.02, 0.2))
    runs = [case.run(scale, trials, 9, plateaus(scale), n_test=600) for scale, trials in ((3, 200), (9, 50))]
    assert_agrees(activation, extrapolated(runs[0][0], runs[1][0]), runs[0][1].terms, 0.005)


@pytest.mark.slow
def test_gaussian_equivalence_has_its_limits() -> None:
    """Relu with λ ∝ 1/k: risks agree, but the variances of the features stay 10-20 % above theory at any size."""
    case = Case("relu, 1/k", nonlinear_random_features("relu"), NONLINEAR, noise=0.1, ridges=(0.02, 0.2))
    for scale, trials in ((1, 400), (3, 100)):
        n_modes = UNIT * scale
        task = Discrete(1 / np.arange(1.0, n_modes + 1), np.full(n_modes, 1 / n_modes))
        mc, theory = case.run(scale, trials, 10, task, n_test=500)
        np.testing.assert_allclose(mc.test.mean, theory.test, rtol=0.02)
        for key in ("features", ("samples", "features")):
            excess = mc.variance[key].mean / theory.variance[key] - 1
            assert (excess > 3 * mc.variance[key].stderr / theory.variance[key]).all(), key
            assert ((excess > 0.04) & (excess < 0.4)).all(), key


def test_a_wrong_formula_would_be_seen() -> None:
    """The comparison has teeth: 8 % on one variance, or 5 % on the test risk, fails it."""
    mc, theory = CASES[2].run(2, 40, 1, complex=True)
    for key, factor in (("features", 1.08), (("samples", "noise"), 1.05), ("test", 1.05), ("bias", 0.92)):
        wrong = dict(theory.terms)
        wrong[key] = wrong[key] * factor
        with pytest.raises(AssertionError):
            assert_agrees("wrong", estimates(mc), wrong, 0.02)
    assert isinstance(mc.test, Estimate)
