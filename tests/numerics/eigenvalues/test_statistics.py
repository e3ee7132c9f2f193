"""Level statistics tell the classes, with errors that are calibrated; what is no list of eigenvalues is refused."""

import re

import numpy as np
import pytest

import numerics as nm
import theory as th
from numerics.eigenvalues.statistics import goe_form_factor

LINEAR = th.linear_ridge()
TASK = th.PowerLaw(1.5, 0.3, size=200)


@pytest.fixture(scope="module")
def drawn():
    return nm.simulate_spectrum(LINEAR, TASK, trials=40, seed=0, n_samples=200)


@pytest.fixture(scope="module")
def independent():
    rng = np.random.default_rng(0)
    return [np.exp(np.sort(rng.uniform(0.0, 5.0, 200))) for _ in range(40)]


@pytest.mark.parametrize("by_theory", [True, False])
def test_samples_are_of_the_orthogonal_class(drawn, by_theory):
    found = nm.level_statistics(drawn, LINEAR.spectrum(TASK, n_samples=200) if by_theory else "polynomial")
    assert found.verdict == "GOE"
    assert found.distances["GOE"] < 0.03 < 0.15 < found.distances["Poisson"]
    assert found.chi_squared["GOE"] < 2.0 < 40.0 < found.chi_squared["Poisson"]
    gamma = 0.5772156649
    expected = 2 / np.pi**2 * (np.log(2 * np.pi * found.lengths) + gamma + 1 - np.pi**2 / 8)
    np.testing.assert_allclose(found.number_variance[1:4], expected[1:4], rtol=0.1)
    assert found.spacings.mean() == pytest.approx(1.0)


def test_independent_levels_are_poisson(independent):
    found = nm.level_statistics(independent)
    assert found.verdict == "Poisson"
    assert found.distances["Poisson"] < 0.03 < 0.15 < found.distances["GOE"]
    assert found.chi_squared["Poisson"] < found.chi_squared["GOE"]
    np.testing.assert_allclose(found.number_variance[:3], found.lengths[:3], rtol=0.15)


def test_few_ratios_and_mixtures_are_undecided(drawn, independent):
    few = nm.level_statistics(drawn[0])
    assert few.verdict == "undecided"
    assert "too few" in few.reason
    assert np.isnan(few.form_factor).all()
    mixed = nm.level_statistics([*drawn[:20], *independent[:20]])
    assert mixed.verdict == "undecided"
    assert "standard errors from" in mixed.reason


def test_standard_errors_are_calibrated():
    z = []
    for seed in range(50):
        white = nm.simulate_spectrum(LINEAR, th.Isotropic(60), trials=10, seed=seed, n_samples=90, of="covariance")
        z.append(nm.level_statistics(white).z["GOE"])
    assert abs(np.mean(z)) < 0.6
    assert 0.7 < np.std(z) < 1.4


def test_form_factor_of_the_class_is_continuous():
    np.testing.assert_allclose(goe_form_factor(np.array([1.0, 1.0 + 1e-12])), 2.0 - np.log(3.0))
    assert goe_form_factor(np.array([30.0]))[0] == pytest.approx(1.0, abs=1e-3)


def test_order_and_zeros_do_not_matter(drawn):
    padded = [np.concatenate((np.zeros(5), values[::-1])) for values in drawn]
    assert nm.level_statistics(padded).ratio == nm.level_statistics(drawn).ratio


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("at least one list", []),
        ("pass larger matrices", [[1.0, 0.5, 0.0]]),
        ("sort them", [[1.0, 3.0, 2.0, 0.5]]),
        ("they are complex", [[1.0 + 1j, 2.0, 3.0]]),
        ("some are negative", [[3.0, 2.0, 1.0, -0.5]]),
        ("some are equal", [[3.0, 2.0, 2.0, 1.0]]),
        ("finite real numbers", [[3.0, 2.0, np.nan]]),
    ],
)
def test_what_is_refused(words, values):
    with pytest.raises(ValueError, match=re.escape(words)):
        nm.level_statistics(values)


def test_an_unfolding_must_be_known(drawn):
    with pytest.raises(ValueError, match="unfolding must be"):
        nm.level_statistics(drawn, "gaussian")
