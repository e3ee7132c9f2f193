"""Eigenvalues of a user's rows, with what is left out said."""

import re

import numpy as np
import pytest

import numerics as nm


def test_covariance_with_and_without_the_mean():
    X = np.random.default_rng(0).standard_normal((40, 12)) + 3.0
    centred = np.linalg.eigvalsh(np.cov(X.T, bias=True))[::-1]
    np.testing.assert_allclose(nm.measured_spectrum(X).eigenvalues, centred)
    np.testing.assert_allclose(nm.measured_spectrum(X, centred=False).eigenvalues, np.linalg.eigvalsh(X.T @ X / 40)[::-1])
    wide = nm.measured_spectrum(X[:6])
    assert (wide.n_samples, wide.n_dims) == (6, 12)
    assert np.count_nonzero(wide.eigenvalues) == 5
    p = centred / centred.sum()
    assert nm.measured_spectrum(X).entropy == pytest.approx(-(p * np.log(p)).sum())


def test_dead_columns_and_repeated_rows_are_left_out_aloud():
    X = np.random.default_rng(0).standard_normal((10, 5))
    X[:, 2] = 1.0
    with pytest.warns(nm.DataWarning, match="constant|repeat") as told:
        found = nm.measured_spectrum(np.vstack((X, X[:3])))
    assert len(told) == 2
    assert (found.n_samples, found.n_dims) == (10, 4)
    assert len(found.notes) == 2


@pytest.mark.filterwarnings("ignore::numerics.DataWarning")
@pytest.mark.parametrize("features", [np.ones((5, 5)), np.eye(2), np.repeat(np.eye(3), 4, axis=1)[:2]])
def test_too_little_is_refused(features):
    with pytest.raises(ValueError, match=re.escape("at least 3 distinct rows")):
        nm.measured_spectrum(features)


@pytest.mark.parametrize("features", [[], [[1.0, np.nan], [2.0, 3.0]], [[1.0 + 1j, 2.0], [1.0, 3.0]], [1.0, 2.0]])
def test_no_table_is_refused(features):
    with pytest.raises(ValueError, match="features"):
        nm.measured_spectrum(features)
