"""`scaletheory spectrum`: predicted eigenvalues of models, and those of data, in every format."""

import numpy as np
import pytest

import theory as th
from tests.scaletheory.invoke import parsed, run


def test_the_contracts_line():
    found = parsed("spectrum", "random-features", "--capacity", "1.3", "--size", "400", "--samples", "500", "--features", "300")
    direct = th.random_features().spectrum(th.PowerLaw(1.3, 1.0, size=400), n_samples=500, n_features=300)
    np.testing.assert_allclose(found["predicted"], direct.quantiles())
    assert found["entropy"] == direct.entropy
    assert found["certificate"] == "passed"
    assert found["bands"] == [list(band) for band in direct.bands]
    assert found["atoms"] == [[0.0, 0.4]]


def test_a_table_says_bands_and_atoms(tmp_path):
    picture = tmp_path / "s.png"
    result = run("spectrum", "linear-ridge", "--isotropic", "20", "--samples", "30", "--plot", picture)
    assert result.exit_code == 0, result.stderr
    assert "atom at 0: 10 eigenvalues" in result.stdout
    assert "band 0.033" in result.stdout
    assert picture.stat().st_size > 1000


def test_features_have_no_samples():
    found = parsed("spectrum", "random-features", "--capacity", "1.3", "--features", "12", "--of", "features")
    assert len(found["predicted"]) == 12
    assert "n_samples" not in found


def test_rows_of_a_file(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((90, 60)) * np.arange(1.0, 61.0) ** -0.6
    np.save(tmp_path / "X.npy", np.column_stack((np.vstack((X, X[:1])), np.ones(91))))
    result = run("spectrum", tmp_path / "X.npy", "--json")
    assert result.exit_code == 0
    assert "1 of 61 columns are constant" in result.stderr
    assert "1 of 91 rows repeat" in result.stderr
    found = parsed("spectrum", tmp_path / "X.npy", "--uncentred")
    assert (found["n_samples"], found["n_dims"]) == (90, 60)
    np.testing.assert_allclose(found["measured"], np.linalg.eigvalsh(X.T @ X / 90)[::-1])
    assert found["capacity"] == pytest.approx(1.2, abs=0.15)
    assert found["verdict"] == "undecided"


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ("--samples is missing", ["random-features", "--capacity", "1.3", "--features", "10"]),
        ("single number", ["linear-ridge", "--isotropic", "9", "--samples", "10,20"]),
        ("finite size", ["linear-ridge", "--capacity", "1.5", "--samples", "10", "--of", "covariance"]),
        ("left out for a model", ["linear-ridge", "--isotropic", "9", "--samples", "10", "--uncentred"]),
        ("left out for data", ["digits", "--samples", "10"]),
        ("no-such-model", ["no-such-model", "--isotropic", "9", "--samples", "10"]),
        ("readable table", ["missing.npy"]),
    ],
)
def test_bad_input_is_one_line(words, arguments):
    result = run("spectrum", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
