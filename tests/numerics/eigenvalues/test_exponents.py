"""Capacity and source of data: bias and coverage on synthetic power laws, and where none fits."""

import numpy as np
import pytest

import numerics as nm
from numerics.eigenvalues.exponents import FEWEST_ROWS


def drawn(capacity, source, columns, rows, noise, seed):
    rng, k = np.random.default_rng(seed), np.arange(1.0, columns + 1)
    X = rng.normal(size=(rows, columns)) * k ** (-capacity / 2)
    coefficients = k ** (-(1 + 2 * capacity * source) / 2) / k ** (-capacity / 2) * rng.choice([-1.0, 1.0], size=columns)
    return X, X @ coefficients + np.sqrt(noise) * rng.normal(size=rows)


def test_a_power_law_is_found():
    found = nm.estimate_exponents(*drawn(1.5, 0.4, 60, 150, 0.01, 0))
    assert found.power_law
    assert found.capacity.value == pytest.approx(1.5, abs=0.1)
    assert found.source.value == pytest.approx(0.4, abs=0.12)
    assert found.noise == pytest.approx(0.01, rel=0.5)
    assert found.capacity.interval.low < 1.5 < found.capacity.interval.high
    assert "power laws fit" in repr(found)
    assert (np.diff(found.kappa) < 0).all()
    assert (np.diff(found.power) < 0).all()


@pytest.mark.slow
def test_bias_and_coverage():
    capacity, source, values, inside = 1.5, 0.4, [], []
    for seed in range(12):
        found = nm.estimate_exponents(*drawn(capacity, source, 60, 150, 0.01, seed))
        both = (found.capacity, capacity), (found.source, source)
        values.append([number.value - truth for number, truth in both])
        inside.append([number.interval.low < truth < number.interval.high for number, truth in both])
    stderr = np.std(values, axis=0, ddof=1) / np.sqrt(12)
    assert (np.abs(np.mean(values, axis=0)) < 3 * stderr + 0.01).all()
    assert (np.mean(inside, axis=0) >= 0.7).all()  # nominal .9, 12 draws


def test_where_no_power_law_fits_that_is_said():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 60)) * np.exp(-0.12 * np.arange(60))
    found = nm.estimate_exponents(X, X[:, 3])
    assert not found.power_law
    assert "no power law fits the eigenvalues" in found.verdict


@pytest.mark.slow
def test_a_target_of_noise_has_no_source():
    X, _ = drawn(1.5, 0.4, 60, 120, 0.0, 3)
    found = nm.estimate_exponents(X, np.random.default_rng(4).normal(size=120))
    assert not found.power_law
    assert "determine" in found.verdict or "no power law fits the target" in found.verdict


def test_bad_input():
    X, y = drawn(1.5, 0.4, 60, 80, 0.0, 0)
    with pytest.raises(ValueError, match=f"of {FEWEST_ROWS} to"):
        nm.estimate_exponents(X[:50], y[:50])
    with pytest.raises(ValueError, match="level = 2"):
        nm.estimate_exponents(X, y, level=2)
    with pytest.raises(ValueError, match="40 positive ones"):
        nm.estimate_exponents(X[:, :20], y)
