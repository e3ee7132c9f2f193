"""The first correction in numbers: exact laws of Gaussian matrices, mpmath, hard ridges, and what is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import theory as th
from theory.errors import BadArgument
from theory.notation import ENTRIES, KAPPA, NOISE
from theory.solve.finite.corrected import FiniteSizeWarning
from theory.solve.status import Status

MODES = np.arange(1, 25.0)
TASK = th.Discrete(10 * MODES**-1.7, MODES**-0.3)
CHAINS = {
    "no rows": (th.Chain(th.GaussianFeatures()), {"n_features": 18}),
    "linear": (th.linear_ridge(), {"n_samples": 48}),
    "features": (th.random_features(), {"n_samples": 48, "n_features": 20}),
    "deep": (th.deep_random_features(2), {"n_samples": 48, "n_features_1": 36, "n_features_2": 20}),
    "projection": (th.Chain(th.Samples(), th.HaarProjection()), {"n_samples": 48, "n_features": 12}),
    "columns": (th.Chain(th.Samples(), th.GaussianFeatures(columns=0.7)), {"n_samples": 48, "n_features": 20}),
    "rows": (th.Chain(th.Samples(rows=0.6)), {"n_samples": 48}),
    "noise": (th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures()),
              {"n_samples": 48, "n_features": 20, "feature_noise": 0.1}),
}  # fmt: skip


def test_isotropic_regression_with_more_rows_than_columns():
    """E_test = σ²(P−1)/(P−D−1) exactly: its first term is D/(P−D)²."""
    P, D = 400, 90
    out = th.linear_ridge().evaluate(th.Isotropic(D), n_samples=P, ridge=0, noise=0.7, finite_size=True)
    assert out.correction["test"] == pytest.approx(0.7 * D / (P - D) ** 2, rel=1e-12)
    assert out.correction["train"] == pytest.approx(0.0, abs=1e-15)  # σ²(1 − D/P) exactly
    exact = 0.7 * (P - 1) / (P - D - 1)
    assert abs(out.test - exact) < 1.1 * 0.7 * (P - 1) / P * (P - D) ** -2 < abs(out.leading.test - exact)


@pytest.mark.filterwarnings("ignore::theory.solve.finite.corrected.FiniteSizeWarning")
def test_isotropic_regression_with_fewer_rows_than_columns():
    """Without ridge E_test = Σc(1 − P/D) + σ²(D−1)/(D−P−1) exactly."""
    P, D = 90, 400
    task = th.Discrete(np.ones(D), np.full(D, 1.5 / D))
    signal, both = (th.linear_ridge().evaluate(task, n_samples=P, ridge=0, noise=s, finite_size=True) for s in (0.0, 0.7))
    assert signal.correction["test"] == pytest.approx(0.0, abs=1e-15)
    assert both.correction["test"] == pytest.approx(0.7 * P / (D - P) ** 2, rel=1e-12)
    assert both.correction["train"] == both.train == 0


def test_the_mean_of_an_inverse_wishart():
    """E tr Ŝ⁻¹ = tr Σ⁻¹ P/(P−D−1): df = D − λ E tr Ŝ⁻¹ at small λ."""
    P, ridge = 300, 1e-9
    out = th.linear_ridge().evaluate(TASK, n_samples=P, ridge=ridge, finite_size=True)
    first = (1 / (10 * MODES**-1.7)).sum() * P / (P - 24) ** 2
    assert -out.correction["dof"] / ridge == pytest.approx(first, rel=1e-6)


@pytest.mark.parametrize("name", CHAINS)
def test_leading_values_come_out_of_the_same_potential(name):
    """E_test as d²/dτdh and E_train as −λ² d²/dλdh of the potential are what the chain's formulas give."""
    from theory.solve.arguments import check_arguments
    from theory.solve.finite.doubles import first_corrections

    model, sizes = CHAINS[name]
    arguments = check_arguments(model.slots, TASK, {"ridge": [0.03, 1e-4], "noise": 0.2, "ensemble": 1, **sizes})
    risk = model.evaluate(TASK, ridge=[0.03, 1e-4], noise=0.2, **sizes)
    for points, found in first_corrections(model.slots, TASK, arguments, risk.kappa, 0.5, 0.0):
        assert found.leading["test"] == pytest.approx(risk.test[points], rel=1e-12)
        assert found.leading["train"] == pytest.approx(risk.train[points], rel=1e-11)


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.filterwarnings("ignore::theory.solve.finite.corrected.FiniteSizeWarning")
def test_doubles_agree_with_mpmath(name):
    """At ridges from 1e-300 to 10, zero included."""
    model, sizes = CHAINS[name]
    ridges = [0, 1e-300, 1e-12, 0.03, 10]
    rough = model.evaluate(TASK, ridge=ridges, noise=0.2, finite_size=True, **sizes)
    fine = model.evaluate(TASK, ridge=ridges, noise=0.2, finite_size=True, precision=30, **sizes)
    np.testing.assert_array_equal(rough.converged, fine.converged)
    for key, scale in (("test", 1e-12), ("train", 1e-12), ("objective", 1e-12), ("dof", 1e-10)):
        exact = fine.correction[key].astype(float)
        np.testing.assert_allclose(rough.correction[key], exact, rtol=scale, atol=1e-13 * np.abs(exact).max())
    for name, values in rough.correction_parameter.items():
        np.testing.assert_allclose(values, fine.correction_parameter[name].astype(float), rtol=1e-11)


def test_infinite_sizes_and_spectra():
    """A width that is infinite brings nothing, and an infinite law is summed as such."""
    law = th.PowerLaw(1.5, 0.4)
    wide = th.random_features().evaluate(law, n_samples=200, n_features=np.inf, ridge=1e-3, noise=0.1, finite_size=True)
    plain = th.linear_ridge().evaluate(law, n_samples=200, ridge=1e-3, noise=0.1, finite_size=True)
    far = th.linear_ridge().evaluate(law.truncate(10**13), n_samples=200, ridge=1e-3, noise=0.1, finite_size=True)
    for key in plain.correction:
        assert wide.correction[key] == pytest.approx(plain.correction[key], rel=1e-12)
        assert far.correction[key] == pytest.approx(plain.correction[key], rel=1e-3)
    assert wide.correction_parameter["features"] == 0


@pytest.mark.parametrize("name", CHAINS)
def test_complex_matrices_have_no_correction(name):
    model, sizes = CHAINS[name]
    out = model.evaluate(TASK, ridge=0.1, noise=0.2, finite_size=True, entries="complex", **sizes)
    assert all(value == 0 for value in out.correction.values())
    assert out.test == out.leading.test


def test_kurtosis_matters_for_complex_entries_too():
    given = {"n_samples": 72, "ridge": 0.1, "finite_size": True}
    real, cubic, both = (th.linear_ridge().evaluate(TASK, **given, **kind).correction["test"] for kind in (
        {}, {"entries": "complex", "kurtosis": 2.5}, {"kurtosis": 2.5}))  # fmt: skip
    assert real + cubic == pytest.approx(both, rel=1e-12)
    assert cubic > 0


def test_the_correction_falls_as_one_over_the_size():
    """On copies of the population, where the limit stays as it is."""
    model, sizes = CHAINS["noise"]

    def at(scale):
        task = th.Discrete(np.repeat(10 * MODES**-1.7, scale), np.repeat(MODES**-0.3, scale) / scale)
        scaled = {key: value * (scale if key.startswith("n_") else 1) for key, value in sizes.items()}
        return model.evaluate(task, ridge=0.1, noise=0.2, finite_size=True, **scaled)

    small, large = at(1), at(3)
    assert large.leading.test == pytest.approx(small.leading.test, rel=1e-12)
    for key in ("test", "train", "objective"):
        assert large.correction[key] == pytest.approx(small.correction[key] / 3, rel=1e-12)
    assert large.correction["dof"] == pytest.approx(small.correction["dof"], rel=1e-12)


def test_where_it_is_doubtful_it_says_so():
    model = th.linear_ridge()
    with pytest.warns(FiniteSizeWarning, match=r"up to 0\.2"):
        out = model.evaluate(th.Isotropic(24), n_samples=[10, 12, 18, 24, 100], ridge=1e-3, noise=0.1, finite_size=True)
    size = np.asarray(out.correction_parameter["samples"])
    np.testing.assert_array_equal(out.converged, size <= 0.25)
    assert out.converged.any()
    assert (~out.converged).any()
    assert np.isnan(out.test[~out.converged]).all()
    assert np.isfinite(out.leading.test).all()
    assert np.isfinite(out.correction["test"]).all()
    assert set(out.status[~out.converged]) == {Status.SMALL}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.evaluate(th.Isotropic(24), n_samples=100, ridge=1e-3, noise=0.1, finite_size=True)


def test_at_the_interpolation_threshold_there_is_none():
    out = th.linear_ridge().evaluate(th.Isotropic(24), n_samples=24, ridge=0, noise=0.1, finite_size=True)
    assert out.status == Status.SMALL
    assert out.leading.test == np.inf


class Own(th.Layer):
    letter, default_name, words = "N", "features", "features"

    def outer(self, level, own, noise):
        return level.through(ridge=level.ridge * own.factor(level.dof), size=own.size)


@pytest.mark.parametrize(("model", "given", "argument"), [
    (th.linear_ridge(), {"n_samples": 48, "ensemble": 2}, "ensemble"),
    (th.linear_ridge(), {"n_samples": 12, "ridge": -1e-6}, "ridge"),
    (th.linear_ridge(), {"n_samples": 48, "entries": "quaternionic"}, "entries"),
    (th.linear_ridge(), {"n_samples": 48, "kurtosis": -2.5}, "kurtosis"),
    (th.linear_ridge(), {"n_samples": 48, "finite_size": False, "kurtosis": 1.0}, "kurtosis"),
    (th.linear_ridge(), {"n_samples": 48, "finite_size": False, "entries": "complex"}, "entries"),
    (th.linear_ridge(), {"n_samples": 48, "finite_size": 1}, "finite_size"),
    (th.random_features(), {"n_samples": 48, "n_features": 20, "kurtosis": 1.0}, "kurtosis"),
    (th.Chain(th.Samples(rows=0.5)), {"n_samples": 48, "kurtosis": 1.0}, "kurtosis"),
    (th.Chain(th.PoolSamples()), {"n_samples": 12}, "finite_size"),
    (th.Chain(th.GaussianFeatures()), {"n_features": 12, "kurtosis": 1.0}, "kurtosis"),
    (th.nonlinear_random_features(np.tanh), {"n_samples": 48, "n_features": 12}, "finite_size"),
    (th.Chain(th.Samples(), Own()), {"n_samples": 48, "n_features": 12}, "finite_size"),
    (th.Chain(th.Samples(rows=0.5, noise="white")), {"n_samples": 48}, "finite_size"),
    (th.Chain(th.Samples(), th.HaarProjection()), {"n_samples": 48, "n_features": 24}, "n_features"),
])  # fmt: skip
def test_what_is_not_established_is_refused(model, given, argument):
    with pytest.raises(BadArgument) as error:
        model.evaluate(TASK, **{"ridge": 0.1, "finite_size": True, **given})
    assert error.value.argument == argument


def test_variances_are_refused_and_where_they_are_is_said():
    out = th.linear_ridge().evaluate(TASK, n_samples=96, ridge=0.1, finite_size=True)
    for name in ("bias", "variance"):
        with pytest.raises(AttributeError, match=f"leading.{name}"):
            getattr(out, name)
    assert out.leading.bias > 0


def test_in_letters_it_is_the_same():
    """The SymPy expressions, with the population's traces put in."""
    model, sizes = CHAINS["features"]
    out = model.evaluate(TASK, ridge=0.1, noise=0.2, finite_size=True, **sizes)
    kappa = float(out.kappa)
    for name, expression in model.first_corrections.items():
        letters = KAPPA.symbol, NOISE.symbol, ENTRIES.symbol, *(slot.letter.symbol for slot in model.slots)
        values = dict(zip(letters, (kappa, 0.2, 1, sizes["n_features"], sizes["n_samples"]), strict=True))
        traces = {psi: float(TASK.trace(*map(int, psi.args[:3]), kappa)) for psi in expression.atoms(th.Psi)}
        assert float(expression.xreplace(traces).xreplace(values)) == pytest.approx(float(out.correction[name]), rel=1e-10)
    with pytest.raises(BadArgument):
        _ = CHAINS["columns"][0].first_corrections
