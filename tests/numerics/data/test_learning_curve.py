"""Predicted curves against the published closed form, curves of arrays and data sets, and both on real data."""

import warnings

import numpy as np
import pytest
import scipy.sparse

from numerics.data.kernel_ridge import Measured, loo_over_gcv
from numerics.data.kernels import kernel_matrix, standardise
from numerics.data.learning_curve import (
    Prediction,
    TheoryLimitWarning,
    decay,
    default_sample_sizes,
    learning_curve,
    limits,
    predicted_learning_curve,
)
from numerics.data.pool import pool_spectrum
from numerics.data.sets import DataWarning, load
from numerics.validation.references.pool_formula import pool_formula

RNG = np.random.default_rng(11)
X = RNG.standard_normal((120, 6))
Y = np.column_stack([np.sin(X[:, 0]) + X[:, 1] * X[:, 2], X[:, 3]])
Y = Y - Y.mean(axis=0)
K = kernel_matrix(X, "laplace")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    MATRIX = np.matrix([[1]])


@pytest.mark.parametrize("kernel", ["laplace", "rbf", "linear"])
def test_prediction_is_the_published_pool_formula(kernel):
    pool = pool_spectrum(kernel_matrix(X, kernel), Y, intercept=False)
    P = np.array([1, 5, 30, 60, 100, 119, 120])
    for ridge in (1e-1, 1e-3, 1e-7):
        predicted = predicted_learning_curve(pool, P, ridge)
        assert np.all(predicted.converged)
        for i, size in enumerate(P):
            test, train, kappa = (float(v) for v in pool_formula(pool.eigenvalues, pool.signal, size, ridge, dps=30))
            assert predicted.kappa[i] == pytest.approx(kappa, rel=1e-10)
            assert predicted.test[i] == pytest.approx(test, rel=1e-9)
            assert predicted.train[i] == pytest.approx(train, rel=1e-9)


def test_the_whole_pool_gives_generalised_cross_validation():
    ridge, M = 0.01, len(K)
    predicted = predicted_learning_curve(pool_spectrum(K, Y, intercept=False), M, ridge)
    G = np.linalg.inv(K + ridge * M * np.eye(M))
    gcv = np.sum((G @ Y) ** 2) / M / (np.trace(G) / M) ** 2
    assert predicted.test[0] == pytest.approx(gcv, rel=1e-10)
    H = np.eye(M) - 1.0 / M
    G = H @ np.linalg.inv(H @ K @ H + ridge * M * np.eye(M)) @ H
    gcv = np.sum((G @ Y) ** 2) / M / (np.trace(G) / M) ** 2
    predicted = predicted_learning_curve(pool_spectrum(K, Y), M, ridge)
    assert predicted.test[0] == pytest.approx(gcv * (1.0 - 1.0 / M**2), rel=1e-10)


def test_beyond_the_pool_is_refused():
    with pytest.raises(ValueError, match="larger pool"):
        predicted_learning_curve(pool_spectrum(K, Y), [100, 121], 0.01)


def test_a_prediction_is_of_a_pool():
    assert isinstance(predicted_learning_curve(pool_spectrum(K, Y), 100, 0.01), Prediction)
    for wrong in (None, K, "pool"):
        with pytest.raises(ValueError, match="^pool = "):
            predicted_learning_curve(wrong, [100], 0.01)
    with pytest.raises(ValueError, match="^n_samples = .*from 2 to 120"):
        predicted_learning_curve(pool_spectrum(K, Y), 1, 0.01)


def test_limits_speak_up_only_where_the_theory_fails():
    pool = pool_spectrum(K, Y)
    assert limits(pool, 0.01 * pool.mean_diagonal) == ()
    (message,) = limits(pool, 0.005 * pool.mean_diagonal)
    assert "10-30 %" in message
    smooth = pool_spectrum(kernel_matrix(X[:, :1], "rbf"), Y)
    assert decay(smooth) > 5.0
    (message,) = limits(smooth, 0.0)
    assert "20-50 %" in message


def test_default_sample_sizes():
    sizes = default_sample_sizes(5000)
    assert (sizes[0], sizes[-1], len(sizes)) == (50, 4000, 12)
    assert default_sample_sizes(3).tolist() == [2]


def test_warnings_are_given_and_recorded():
    doubled, targets = np.vstack([X, X[:5]]), np.vstack([Y, Y[:5]])
    with pytest.warns(TheoryLimitWarning), pytest.warns(DataWarning):
        curve = learning_curve(doubled, targets, "laplace", ridge=1e-5, n_samples=[20, 90], trials=3)
    assert len(curve.warnings) == 2
    assert curve.pool_size == 120


def test_loo_correction_multiplies_the_prediction():
    plain, corrected = (
        learning_curve(X, Y, "laplace", n_samples=[30, 90], trials=2, loo_correction=on) for on in (False, True)
    )
    ratio = loo_over_gcv(kernel_matrix(standardise(X), "laplace"), Y, plain.ridge)
    np.testing.assert_allclose(corrected.predicted, plain.predicted * ratio ** (np.array([30, 90]) / 120), rtol=1e-10)
    np.testing.assert_array_equal(corrected.measured, plain.measured)


@pytest.mark.parametrize(
    ("argument", "change"),
    [
        ("pool", {"pool": 121}),
        ("pool", {"pool": 2}),
        ("pool", {"pool": 50.5}),
        ("pool", {"pool": True}),
        ("kernel", {"kernel": "no"}),
        ("kernel", {"kernel": None}),
        ("scaling", {"scaling": "no"}),
        ("scaling", {"scaling": ["each"]}),
        ("seed", {"seed": MATRIX}),
        ("seed", {"seed": 0.5}),
        ("trials", {"trials": 10**9}),
        ("loo_correction", {"loo_correction": "no"}),
        ("bandwidth", {"bandwidth": "1"}),
        ("degree", {"degree": 2.5}),
        ("kind", {"kind": "no"}),
        ("ridge", {"ridge": "small"}),
        ("n_samples", {"n_samples": [1, 20]}),
        ("X", {"X": np.ma.masked_greater(X, 1.0)}),
        ("X", {"X": scipy.sparse.csr_matrix(X)}),
        ("X", {"X": np.ones((120, 2))}),
        ("X", {"X": X[:2], "y": Y[:2]}),
        ("X", {"X": None}),
        ("y", {"y": np.ma.masked_greater(Y[:, 0], 1.0)}),
        ("y", {"y": None}),
        ("y", {"y": Y[:-1]}),
        ("y", {"X": load("digits")}),
    ],
)
def test_bad_curves_name_the_argument(argument, change):
    with pytest.raises(ValueError, match=f"^{argument} = "):
        learning_curve(**({"X": X, "y": Y, "trials": 2} | change))


def test_a_data_set_brings_its_targets_and_notes():
    data = load("digits")
    one = learning_curve(data, kernel="laplace", pool=60, n_samples=[20], trials=2)
    other = learning_curve(data.features, data.targets, "laplace", pool=60, n_samples=[20], trials=2)
    assert (one.kind, other.kind) == ("classes", "numbers")
    assert one.warnings == data.notes
    assert one.intercept
    np.testing.assert_allclose(one.measured, other.measured, rtol=1e-12)


def test_an_error_about_sizes_says_what_was_left_out():
    with pytest.warns(DataWarning), pytest.raises(ValueError, match=r"n_samples = 130 .*in?.* reach .*30 of 150 rows repeat"):
        learning_curve(np.vstack([X, X[:30]]), np.vstack([Y, Y[:30]]), n_samples=[130], ridge=1e-9)
    with pytest.warns(DataWarning), pytest.raises(ValueError, match=r"pool = 130 .*30 of 150 rows repeat"):
        learning_curve(np.vstack([X, X[:30]]), np.vstack([Y, Y[:30]]), pool=130)


def test_what_was_guessed_of_the_targets_is_warned_of_and_kept():
    counts = np.arange(120) % 5
    with pytest.warns(DataWarning, match="5 whole values are taken for class labels"):
        guessed = learning_curve(X, counts, n_samples=[20], trials=2)
    assert guessed.kind == "classes"
    assert "class labels" in guessed.warnings[0]
    told = learning_curve(X, counts.astype(float), n_samples=[20], trials=2, kind="classes")
    np.testing.assert_array_equal(told.measured, guessed.measured)
    numbers = learning_curve(X, counts, n_samples=[20], trials=2, kind="numbers")
    assert numbers.null_error == pytest.approx(counts.var(), rel=1e-12)
    assert numbers.warnings == ()


def test_offset_features_have_the_curve_of_centred_ones():
    for kernel in ("rbf", "linear", "laplace"):
        one, other = (learning_curve(table, Y, kernel, n_samples=[20, 60], trials=2) for table in (X, X + 2.0**20))
        np.testing.assert_allclose(other.measured, one.measured, rtol=1e-7)
        np.testing.assert_allclose(other.predicted, one.predicted, rtol=1e-7)
    large = learning_curve(1e160 * X, Y, n_samples=[20], trials=2)
    assert large.measured[0] == pytest.approx(learning_curve(X, Y, n_samples=[20], trials=2).measured[0], rel=1e-10)


@pytest.mark.parametrize("kernel", ["rbf", "laplace", "ntk"])
def test_digits_are_predicted_within_three_percent(kernel):
    data = load("digits")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        curve = learning_curve(data.features, data.targets, kernel, trials=8, seed=1)
    assert curve.n_samples[-1] == int(0.8 * 1797)
    assert curve.median_relative_error <= 0.015
    # Where the measurement is sharp the prediction must be too, held-out and training error alike.
    sharp = curve.n_samples > 300
    assert (np.abs(curve.relative_error[sharp]) < 0.02 + 3.0 * (curve.stderr / curve.measured)[sharp]).all()
    assert (np.abs(curve.predicted_train / curve.measured_train - 1.0)[sharp] < 0.03).all()


@pytest.mark.slow
@pytest.mark.parametrize(("kernel", "pool"), [("rbf", 5000), ("laplace", 2500), ("ntk", 2500)])
def test_mnist_is_predicted_within_three_percent(kernel, pool):
    """All of it with one kernel, half of it with the others: a cost like pool³, and the same thresholds."""
    data = load("mnist5k")
    curve = learning_curve(data.features, data.targets, kernel, pool=pool, trials=3, seed=1)
    assert curve.n_samples[-1] == 0.8 * pool
    assert curve.median_relative_error <= 0.01
    assert np.abs(curve.relative_error).max() <= 0.05


def test_a_measured_error_of_zero_is_divided_by_without_noise(monkeypatch):
    nothing = Measured(np.array([20]), np.array([2]), *np.zeros((4, 1)))
    monkeypatch.setattr("numerics.data.learning_curve.measured_learning_curve", lambda *arguments, **others: nothing)
    curve = learning_curve(X, Y, n_samples=[20], trials=2)
    assert np.isinf(curve.relative_error[0])
