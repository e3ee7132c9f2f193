"""Data sets from names and files, what is refused, what is removed, and the spectrum of a pool."""

import numpy as np
import pytest

from numerics.data.kernels import kernel_matrix
from numerics.data.sets import DataWarning, centred_targets, clean, load, pool_spectrum

RNG = np.random.default_rng(5)
X = RNG.standard_normal((40, 3))
Y = X @ [1.0, -2.0, 0.5] + 0.1 * RNG.standard_normal(40)


def test_digits():
    data = load("digits")
    assert data.features.shape == (1797, 61)
    assert data.targets.shape == (1797, 10)
    np.testing.assert_allclose(data.targets.mean(axis=0), 0.0, atol=1e-15)
    assert data.notes == ("3 of 64 features are constant and were left out",)


def test_mnist5k():
    data = load("mnist5k")
    assert data.features.shape == (5000, 663)
    # 500 of each digit: |Y|²/M = 10 · 0.1 · 0.9
    assert np.sum(data.targets**2) / 5000 == pytest.approx(0.9, rel=1e-12)


@pytest.mark.parametrize("suffix", ["npy", "csv", "npz", "single npz"])
def test_files(tmp_path, suffix):
    features, targets = tmp_path / f"X.{suffix[-3:]}", tmp_path / f"y.{suffix[-3:]}"
    if suffix == "npy":
        np.save(features, X)
        np.save(targets, Y)
    elif suffix == "csv":
        np.savetxt(features, X, delimiter=",", fmt="%.17g")
        np.savetxt(targets, Y, delimiter=",", fmt="%.17g")
    elif suffix == "npz":
        np.savez(features, X)
        np.savez(targets, Y)
    else:
        np.savez(features, X=X, y=Y)
        targets = None
    data = load(str(features), targets)
    assert data.name == "X"
    np.testing.assert_array_equal(data.features, X)
    np.testing.assert_allclose(data.targets[:, 0], Y - Y.mean(), rtol=1e-15, atol=1e-15)


def written(path, text):
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("1,2\n3\n", "columns"),
        ("1,2\n3,x\n", "header"),
        ("", "no data"),
        ("1,2\n3,nan\n", "features"),
        ("1,2\n1,2\n", "constant"),
    ],
)
def test_bad_csv_is_a_value_error(tmp_path, content, reason):
    with pytest.raises(ValueError, match=reason):
        load(written(tmp_path / "X.csv", content), written(tmp_path / "y.csv", "0.5\n1.5\n"))


def test_bad_files_are_value_errors(tmp_path):
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "short.npy", Y[:-1])
    np.save(tmp_path / "object.npy", np.array([{}, None]), allow_pickle=True)
    np.savez(tmp_path / "two.npz", a=X, b=Y)
    good, y = tmp_path / "X.npy", tmp_path / "short.npy"
    for features, targets, reason in [
        (good, None, "targets"),
        (good, y, "rows"),
        (good, tmp_path / "absent.npy", "No such file"),
        (tmp_path / "object.npy", y, "pickle"),
        (tmp_path / "two.npz", y, "named 'X'"),
        (written(tmp_path / "broken.npy", "text"), y, "readable"),
        (written(tmp_path / "broken.npz", "text"), y, "readable"),
        (written(tmp_path / "X.txt", "1,2"), y, "csv"),
        ("digits", y, "built-in"),
        ("digit", None, "mnist5k"),
    ]:
        with pytest.raises(ValueError, match=reason):
            load(features, targets)


def test_labels_become_centred_outputs():
    expected = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0]]) - np.array([0.25, 0.5, 0.25])
    for labels in (["a", "b", "c", "b"], [0, 1, 2, 1], [[0.0], [1.0], [2.0], [1.0]], np.array([3, 7, 9, 7], np.uint8)):
        np.testing.assert_allclose(centred_targets(labels), expected)
    assert centred_targets([True, False, True]).shape == (3, 2)
    np.testing.assert_allclose(centred_targets([0, 1, 2, 1], classes=False)[:, 0], [-1, 0, 1, 0])
    assert centred_targets(np.arange(30)).shape == (30, 1)
    assert centred_targets(np.arange(30), classes=True).shape == (30, 30)
    assert centred_targets([0.5, 1.5, 0.5]).shape == (3, 1)


@pytest.mark.parametrize(
    ("targets", "classes"),
    [
        ([1, 1, 1], None),
        ([2.5, 2.5], None),
        ([], None),
        (3.0, None),
        ([1.0, np.nan], None),
        ([1.0, np.inf], True),
        ([1j, 2.0], None),
        ([[1.0], [1.0, 2.0]], None),
        (["a", "b"], False),
        ([[0, 1], [1, 0]], True),
        (np.zeros((2, 2, 2)), None),
        ([None, 1], None),
    ],
)
def test_bad_targets_are_value_errors(targets, classes):
    with pytest.raises(ValueError, match="targets"):
        centred_targets(targets, classes=classes)


def test_clean_warns_of_what_it_removes():
    table = np.column_stack([X, np.full(40, 0.3)])
    repeated = np.vstack([table, table[:4]])
    with pytest.warns(DataWarning) as given:
        data = clean(repeated, np.append(Y, Y[:4] + 9.0), name="mine")
    assert [str(w.message) for w in given] == [f"mine: {note}" for note in data.notes]
    assert data.notes == (
        "1 of 4 features are constant and were left out",
        "4 of 44 rows repeat an earlier one and were left out",
    )
    np.testing.assert_array_equal(data.features, X)
    np.testing.assert_allclose(data.targets[:, 0], Y - Y.mean(), atol=1e-15)


def test_pool_spectrum_keeps_all_the_power():
    K = kernel_matrix(X, "laplace")
    pool = pool_spectrum(K, Y - Y.mean())
    assert pool.size == pool.rank == 40
    assert pool.population.unlearnable == 0.0
    assert pool.mean_diagonal == pytest.approx(np.trace(K) / 40, rel=1e-13)
    assert pool.signal.sum() == pytest.approx(np.var(Y), rel=1e-13)
    assert (np.diff(pool.eigenvalues) <= 0.0).all()
    # Yᵀ K Y/M² and Yᵀ K⁻¹ Y, without an eigenvector.
    centred = Y - Y.mean()
    assert np.sum(pool.eigenvalues * pool.signal) == pytest.approx(centred @ K @ centred / 40**2, rel=1e-12)
    assert np.sum(pool.signal / pool.eigenvalues) == pytest.approx(centred @ np.linalg.solve(K, centred), rel=1e-10)
    spectrum = pool.population
    assert spectrum.size == 40
    assert spectrum.signal == pytest.approx(np.var(Y), rel=1e-13)


def test_zero_modes_count_in_the_size_and_carry_noise():
    centred = Y - Y.mean()
    pool = pool_spectrum(kernel_matrix(X - X.mean(axis=0), "linear"), centred)
    assert (pool.size, pool.rank) == (40, 3)
    residual = centred - X @ np.linalg.lstsq(X - X.mean(axis=0), centred, rcond=None)[0]
    assert pool.population.unlearnable == pytest.approx(np.var(residual), rel=1e-10)
    assert pool.population.size == 40
    assert pool.population.rank == 3
    assert pool.population.signal == pytest.approx(np.var(Y), rel=1e-12)


def test_several_outputs_add():
    K, outputs = kernel_matrix(X), np.column_stack([Y, Y**2])
    both = pool_spectrum(K, outputs).signal
    np.testing.assert_allclose(both, pool_spectrum(K, Y).signal + pool_spectrum(K, Y**2).signal, rtol=1e-12)


@pytest.mark.parametrize(
    ("kernel", "targets", "reason"),
    [
        (np.diag([1.0, 1.0, -0.1]), np.ones(3), "not a kernel"),
        (np.zeros((3, 3)), np.ones(3), "not a kernel"),
        (np.ones((3, 2)), np.ones(3), "symmetric"),
        (np.triu(np.ones((3, 3))), np.ones(3), "symmetric"),
        (np.diag([1.0, 1.0, np.inf]), np.ones(3), "kernel"),
        (np.eye(3), np.ones(4), "targets"),
        (np.eye(3), [1.0, np.nan, 1.0], "targets"),
        (np.eye(3), ["a", "b", "c"], "targets"),
    ],
)
def test_bad_kernels_are_value_errors(kernel, targets, reason):
    with pytest.raises(ValueError, match=reason):
        pool_spectrum(kernel, targets)


def test_negative_rounding_is_a_zero_mode():
    Q = np.linalg.qr(RNG.standard_normal((4, 4)))[0]
    K = Q @ np.diag([1.0, 0.5, 1e-12, -1e-11]) @ Q.T
    assert pool_spectrum((K + K.T) / 2, np.ones(4)).rank == 2
