"""Measured curves by definition, predicted ones against the published closed form, and both on real data."""

import warnings

import numpy as np
import pytest
import scipy.sparse

from numerics.data.capacity import capacity_estimate
from numerics.data.kernel_ridge import default_trials, loo_over_gcv, measured_learning_curve
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
from tests.references.pool_formula import pool_formula

RNG = np.random.default_rng(11)
X = RNG.standard_normal((120, 6))
Y = np.column_stack([np.sin(X[:, 0]) + X[:, 1] * X[:, 2], X[:, 3]])
Y = Y - Y.mean(axis=0)
K = kernel_matrix(X, "laplace")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    MATRIX = np.matrix([[1]])


@pytest.mark.parametrize("intercept", [False, True])
def test_a_split_is_kernel_ridge_written_out(intercept):
    """With an intercept b: K α + b 1 + δ α = y and 1ᵀα = 0."""
    measured = measured_learning_curve(K, Y, [30, 90], 0.02, trials=3, seed=4, intercept=intercept)
    for i, P in enumerate((30, 90)):
        errors = []
        for trial in range(3):
            stream = np.random.default_rng(np.random.SeedSequence(4, spawn_key=(trial,)))
            order = stream.permutation(120)
            train, test = order[:P], order[P:]
            bordered = np.ones((P + 1, P + 1))
            bordered[:P, :P] = K[train][:, train] + 0.02 * P * np.eye(P)
            bordered[P, P] = 0.0 if intercept else 1e300
            solution = np.linalg.solve(bordered, np.vstack([Y[train], np.zeros((1, 2))]))
            residuals = [Y[part] - K[part][:, train] @ solution[:P] - solution[P] for part in (test, train)]
            errors.append([np.mean(np.sum(r**2, axis=1)) for r in residuals])
        mean, stderr = np.mean(errors, axis=0), np.std(errors, axis=0, ddof=1) / np.sqrt(3)
        np.testing.assert_allclose([measured.test[i], measured.train[i]], mean, rtol=1e-10)
        np.testing.assert_allclose([measured.test_stderr[i], measured.train_stderr[i]], stderr, rtol=1e-8)


def test_the_mean_is_that_of_the_training_rows():
    """Linear ridge with features and targets centred on the training rows by hand."""
    raw, y = X + 3.0, Y + 5.0
    measured = measured_learning_curve(kernel_matrix(raw, "linear"), y, [10, 119], 0.03, trials=2, seed=6)
    for i, P in enumerate((10, 119)):
        errors = []
        for trial in range(2):
            order = np.random.default_rng(np.random.SeedSequence(6, spawn_key=(trial,))).permutation(120)
            train, test = order[:P], order[P:]
            A, b = raw[train] - raw[train].mean(axis=0), y[train] - y[train].mean(axis=0)
            w = np.linalg.solve(A.T @ A / 6 + 0.03 * P * np.eye(6), A.T @ b / 6)
            residual = y[test] - y[train].mean(axis=0) - (raw[test] - raw[train].mean(axis=0)) @ w
            errors.append(np.mean(np.sum(residual**2, axis=1)))
        assert measured.test[i] == pytest.approx(np.mean(errors), rel=1e-10)


@pytest.mark.parametrize("kernel", ["linear", "ntk", "rbf"])
def test_a_prediction_knows_nothing_of_the_held_out_target(kernel):
    """Moving one target by s moves its residual from r to r + s, also when all targets are centred together before."""
    rng = np.random.default_rng(3)
    table, y = kernel_matrix(standardise(rng.standard_normal((20, 50))), kernel), rng.standard_normal(20)

    def last(seed, trial):
        return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(trial,))).permutation(20)[-1]

    seed = next(seed for seed in range(1000) if last(seed, 0) == last(seed, 1))  # both splits leave out the same row
    squares = []
    for shift in (0.0, 2.0, -2.0):
        moved = y + shift * (np.arange(20) == last(seed, 0))
        measured = measured_learning_curve(table, moved - moved.mean(), 19, 1e-10, trials=2, seed=seed)
        assert measured.test_stderr[0] == pytest.approx(0.0, abs=1e-9)
        squares.append(measured.test[0])
    residual = (squares[1] - squares[2]) / 8.0
    assert squares == pytest.approx([residual**2, (residual + 2.0) ** 2, (residual - 2.0) ** 2], rel=1e-6)
    assert squares[0] > 1e-3


@pytest.mark.parametrize(("n_features", "ridge"), [(200, 1e-10), (200, 0.01), (20, 0.01)])
def test_noise_is_not_learnt_and_theory_says_how_badly(n_features, ridge):
    """Pure noise, unit variance: no held-out error below 1, and the prediction that of many pools of 60."""
    P, measured, predicted = [20, 40, 58], [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        table = kernel_matrix(standardise(rng.standard_normal((60, n_features))), "linear")
        noise = rng.standard_normal(60)
        measured.append(measured_learning_curve(table, noise - noise.mean(), P, ridge, trials=2, seed=seed).test)
        predicted.append(predicted_learning_curve(pool_spectrum(table, noise), P, ridge).test)
    difference = np.array(measured) - np.array(predicted)
    z = difference.mean(axis=0) / (difference.std(axis=0, ddof=1) / np.sqrt(60))
    assert (np.abs(z) < 3.0).all()
    assert (np.mean(measured, axis=0) > 1.0).all()
    assert (np.mean(predicted, axis=0) > 1.0).all()


def test_without_features_the_error_is_that_of_a_mean():
    """A huge ridge: the mean of P of M values, without replacement, misses another by s²(1 + 1/P) on average, exactly."""
    P, variance = np.array([2, 7, 60, 119, 120]), np.var(Y, axis=0, ddof=1).sum()
    predicted = predicted_learning_curve(pool_spectrum(K, Y), P, 1e14)
    np.testing.assert_allclose(predicted.test, variance * (1.0 + 1.0 / P), rtol=1e-11)
    np.testing.assert_allclose(predicted.train, variance * (1.0 - 1.0 / P), rtol=1e-11)
    measured = measured_learning_curve(K, Y, P[:4], 1e14, trials=400)
    assert (np.abs(measured.test - predicted.test[:4]) < 4.0 * measured.test_stderr).all()
    assert (np.abs(measured.train - predicted.train[:4]) < 4.0 * measured.train_stderr + 1e-12).all()


def test_an_intercept_is_a_mode_of_infinite_variance():
    """K + c for large c, but for the held-out error of the mean itself, P/(P − 1) there and 1 + 1/P when it is exact."""
    P = np.array([2, 5, 30, 60, 100, 119])
    own = predicted_learning_curve(pool_spectrum(K, Y), P, 0.01)
    mode = predicted_learning_curve(pool_spectrum(K + 1e7, Y, intercept=False), P, 0.01)
    np.testing.assert_allclose(own.train, mode.train, rtol=1e-5)
    np.testing.assert_allclose(own.test / (1.0 + 1.0 / P), mode.test / (P / (P - 1.0)), rtol=1e-5)


def test_points_do_not_depend_on_their_company():
    alone = measured_learning_curve(K, Y, 40, 0.01, trials=4, seed=9)
    together = measured_learning_curve(K, Y, [80, 20, 40], 0.01, trials=4, seed=9)
    assert alone.test[0] == together.test[2]
    assert alone.test[0] != measured_learning_curve(K, Y, 40, 0.01, trials=4, seed=10).test[0]


def test_without_ridge_the_training_error_vanishes():
    measured = measured_learning_curve(K, Y, [20, 60], 0.0, trials=3)
    assert (measured.train == 0.0).all()
    assert (measured.test > 0.0).all()


def test_default_trials_are_many_where_they_are_cheap():
    assert default_trials([100, 3000, 4000, 20_000]).tolist() == [30, 22, 9, 4]


@pytest.mark.parametrize(
    "change",
    [
        {"n_samples": [10, 120]},
        {"n_samples": 0},
        {"n_samples": 10.5},
        {"n_samples": []},
        {"n_samples": np.nan},
        {"ridge": -1.0},
        {"ridge": np.inf},
        {"ridge": "small"},
        {"ridge": [0.1, 0.2]},
        {"ridge": None},
        {"ridge": np.ma.masked},
        {"n_samples": [1, 20]},
        {"n_samples": np.zeros((1,) * 40)},
        {"n_samples": np.ma.masked_equal([10, 20], 10)},
        {"n_samples": True},
        {"trials": 10**9},
        {"trials": True},
        {"seed": MATRIX},
        {"seed": -1},
        {"seed": None},
        {"intercept": "no"},
        {"progress": 3},
        {"intercept": 1},
        {"targets": None},
        {"targets": 1e151 * Y},
        {"trials": 1},
        {"trials": 2.5},
        {"targets": np.ones(7)},
        {"kernel": X},
        {"kernel": X @ X.T, "ridge": 0.0},
    ],
)
def test_bad_measurements_are_value_errors(change):
    arguments = {"kernel": K, "targets": Y, "n_samples": [10, 20], "ridge": 0.1, "trials": 2} | change
    with pytest.raises(ValueError):
        measured_learning_curve(**arguments)


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


@pytest.mark.parametrize("intercept", [False, True])
def test_loo_over_gcv_by_leaving_each_point_out(intercept):
    ridge, M = 0.003, len(K)
    delta = ridge * M
    left_out = 0.0
    for i in range(M):
        rest = np.delete(np.arange(M), i)
        bordered = np.ones((M, M))
        bordered[:-1, :-1] = K[rest][:, rest] + delta * np.eye(M - 1)
        bordered[-1, -1] = 0.0 if intercept else 1e300
        solution = np.linalg.solve(bordered, np.vstack([Y[rest], np.zeros((1, 2))]))
        left_out += np.sum((Y[i] - K[i, rest] @ solution[:-1] - solution[-1]) ** 2) / M
    gcv = float(predicted_learning_curve(pool_spectrum(K, Y, intercept=intercept), M, ridge).test[0])
    gcv = gcv / (1.0 - intercept / M**2)
    assert loo_over_gcv(K, Y, ridge, intercept=intercept) == pytest.approx(left_out / gcv, rel=1e-9)


def test_limits_speak_up_only_where_the_theory_fails():
    pool = pool_spectrum(K, Y)
    assert limits(pool, 0.01 * pool.mean_diagonal) == ()
    (message,) = limits(pool, 0.005 * pool.mean_diagonal)
    assert "10-30 %" in message
    smooth = pool_spectrum(kernel_matrix(X[:, :1], "rbf"), Y)
    assert decay(smooth) > 5.0
    (message,) = limits(smooth, 0.0)
    assert "20-50 %" in message


def test_decay_of_a_power_law_is_its_capacity():
    pool = pool_spectrum(np.diag(np.arange(1.0, 401.0) ** -1.7), np.ones(400), intercept=False)
    assert decay(pool) == pytest.approx(1.7, rel=1e-6)
    assert decay(pool_spectrum(np.diag([1.0, 0.0, 0.0, 0.0]), np.ones(4), intercept=False)) == 0.0


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
        ("pool", {"pool": 50.0}),
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
        ("degree", {"degree": 2.0}),
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
    with pytest.warns(DataWarning), pytest.raises(ValueError, match=r"n_samples = .*to 119; .*30 of 150 rows repeat"):
        learning_curve(np.vstack([X, X[:30]]), np.vstack([Y, Y[:30]]), n_samples=[130])
    with pytest.warns(DataWarning), pytest.raises(ValueError, match=r"pool = 130 .*30 of 150 rows repeat"):
        learning_curve(np.vstack([X, X[:30]]), np.vstack([Y, Y[:30]]), pool=130)


def test_what_was_guessed_of_the_targets_is_warned_of_and_kept():
    counts = np.arange(120) % 5
    with pytest.warns(DataWarning, match="5 whole numbers as class labels"):
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


def test_an_error_of_zero_has_no_finite_relative_error():
    """A linear target without noise in two dimensions, without ridge, is learnt to rounding; nothing is divided in silence."""
    target = X[:, :2] @ [1.0, 2.0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TheoryLimitWarning)
        curve = learning_curve(X[:, :2], target, "linear", ridge=1e-12, n_samples=[20], trials=2)
    assert curve.measured[0] < 1e-15


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
@pytest.mark.parametrize("kernel", ["rbf", "laplace", "ntk"])
def test_mnist_is_predicted_within_three_percent(kernel):
    data = load("mnist5k")
    curve = learning_curve(data.features, data.targets, kernel, trials=3, seed=1)
    assert curve.n_samples[-1] == 4000
    assert curve.median_relative_error <= 0.01
    assert np.abs(curve.relative_error).max() <= 0.05


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_capacity_of_the_laplace_kernel_on_a_sphere(dimension):
    """1 + 1/d, where slopes of ranked eigenvalues say 1.37, 1.12, .97."""
    points = np.random.default_rng(dimension).standard_normal((1500, dimension + 1))
    points /= np.linalg.norm(points, axis=1)[:, None]
    estimate = capacity_estimate(kernel_matrix(points, "laplace", bandwidth=1.0), [50, 100, 200, 400, 800], trials=12)
    assert abs(estimate.capacity - (1.0 + 1.0 / dimension)) < 3.0 * estimate.stderr + 0.01
    assert estimate.stderr < 0.03


def test_capacity_counts_what_it_says():
    estimate = capacity_estimate(K, [20, 80], ridge=0.05, trials=2, seed=7)
    for i, P in enumerate((20, 80)):
        logs = []
        for trial in range(2):
            rows = np.random.default_rng(np.random.SeedSequence(7, spawn_key=(trial,))).permutation(120)[:P]
            logs.append(-np.log(np.trace(np.linalg.inv(K[rows][:, rows] + 0.05 * P * np.eye(P)))))
        assert estimate.kappa[i] == pytest.approx(np.exp(np.mean(logs)), rel=1e-10)
    slope = -np.log(estimate.kappa[1] / estimate.kappa[0]) / np.log(4.0)
    assert estimate.capacity == pytest.approx(slope, rel=1e-10)
    assert estimate.local_capacity[0] == pytest.approx(slope, rel=1e-10)
    assert capacity_estimate(K, trials=2).n_samples.tolist() == [3, 7, 15, 30, 60]


@pytest.mark.parametrize(
    "change",
    [
        {"n_samples": [20]},
        {"n_samples": [40, 20]},
        {"n_samples": [20, 121]},
        {"trials": 1},
        {"trials": True},
        {"trials": 10**9},
        {"seed": MATRIX},
        {"kernel": X},
        {"kernel": None},
        {"ridge": -1},
    ],
)
def test_bad_capacity_estimates_are_value_errors(change):
    with pytest.raises(ValueError):
        capacity_estimate(**({"kernel": K} | change))


def test_a_repeated_point_has_no_ridgeless_capacity():
    with pytest.raises(ValueError, match="repeated points"):
        capacity_estimate(np.ones((8, 8)), [4, 8])


def test_a_kernel_of_small_rank_is_not_blamed_on_repeated_points():
    low = kernel_matrix(X, "linear")
    for call in (
        lambda: capacity_estimate(low, [4, 8]),
        lambda: measured_learning_curve(low, Y, [40], 0.0, trials=2),
        lambda: measured_learning_curve(low, Y, [40], 0.0, trials=2, intercept=False),
        lambda: loo_over_gcv(low, Y, 0.0),
    ):
        with pytest.raises(ValueError, match=r"^ridge = 0\.0 .*the rank of the kernel is smaller") as caught:
            call()
        assert "repeated" not in str(caught.value)
    twice = np.vstack([X[:30], X[:30]])
    with pytest.raises(ValueError, match="repeated points"):
        measured_learning_curve(kernel_matrix(twice, "laplace"), np.arange(60), [50], 0.0, trials=2)
