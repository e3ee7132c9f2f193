"""Surrogates of data: one power fails on the entropy of a spectrum that bends, the measured top and one power do not."""

import re

import numpy as np
import pytest

import numerics as nm
import theory as th


@pytest.fixture(scope="module")
def bent():
    """Rows whose spectrum has two slopes: 0.5 up to k = 20, 2.5 beyond."""
    k = np.arange(1.0, 101.0)
    values = np.where(k < 20, k**-0.5, 20.0**2 * k**-2.5)
    return nm.measured_spectrum(np.random.default_rng(0).standard_normal((4000, 100)) * np.sqrt(values), centred=False)


def test_dimension_and_variance_are_kept(bent):
    for kind in ("power", "top", "full", "white"):
        found = nm.surrogate(bent, kind)
        assert found.size == 100
        assert found.total_variance == pytest.approx(bent.eigenvalues.sum())
    np.testing.assert_allclose(nm.surrogate(bent, "full").eigenvalues, bent.eigenvalues)
    np.testing.assert_allclose(nm.surrogate(bent, "top").eigenvalues[:30], bent.eigenvalues[:30])


def test_one_power_fails_on_entropy(bent):
    rows = 60
    truth = float(th.sample_entropy(nm.surrogate(bent, "full"), rows))
    found = {kind: float(th.sample_entropy(nm.surrogate(bent, kind), rows)) for kind in ("power", "top", "white")}
    missed = {kind: abs(value / truth - 1.0) for kind, value in found.items()}
    assert missed["top"] < 0.01
    assert missed["power"] > 0.1
    assert missed["white"] > 0.1


def test_toeplitz_slopes_depend_on_the_size():
    slopes = []
    for d in (400, 1600):
        k = np.arange(10, d // 10)
        values = nm.toeplitz_population(d, 1.0, 0.25).eigenvalues[k - 1]
        slopes.append(-np.polyfit(np.log(k), np.log(values), 1)[0])
    np.testing.assert_allclose(slopes, [1.38, 1.33], atol=0.01)


@pytest.mark.parametrize(
    ("words", "call"),
    [
        ("kind must be one of", lambda data: nm.surrogate(data, "pink")),
        ("top must be a whole number", lambda data: nm.surrogate(data, "top", top=95)),
        ("a MeasuredSpectrum", lambda data: nm.surrogate(data.eigenvalues, "full")),
        ("two rows a column", lambda data: nm.surrogate(nm.measured_spectrum(np.eye(5)), "full")),
        ("n_dims must be a whole number", lambda data: nm.toeplitz_population(2, 1.0, 0.25)),
        ("strength must be", lambda data: nm.toeplitz_population(9, 0.0, 0.25)),
        ("capacity must be", lambda data: nm.toeplitz_population(9, 1.0, -1.0)),
    ],
)
def test_what_is_refused(bent, words, call):
    with pytest.raises(ValueError, match=re.escape(words)):
        call(bent)
