"""Slopes of the mean of curves, with errors that are what repetitions scatter."""

import numpy as np
import pytest

import numerics as nm

x = np.array([10.0, 20.0, 50.0, 100.0])


def curves(seed, trials=30, spread=0.3):
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((trials, 1)) + rng.standard_normal((trials, 4))
    return 3 * x**-0.7 * np.exp(spread * noise)


def test_a_power_is_its_slope_whatever_the_trials_have_in_common():
    values = x**-0.7 * np.array([1.0, 2.0, 5.0])[:, None]
    found = nm.local_exponents_of_curve(x, values, 2 * x**-0.7)
    assert found.slope == pytest.approx(-0.7, rel=1e-12)
    assert found.stderr < 1e-12
    np.testing.assert_allclose(found.local, -0.7)
    assert found.theory == pytest.approx(-0.7)
    np.testing.assert_allclose(found.local_theory, -0.7)
    assert nm.local_exponents_of_curve(x, values).z is None


def test_it_is_the_slope_of_the_mean():
    values = np.array([x**-1.0, 10 * x**-0.2])
    expected = np.polyfit(np.log(x), np.log(values.mean(axis=0)), 1)[0]
    assert nm.local_exponents_of_curve(x, values).slope == pytest.approx(expected)


def test_errors_are_what_repetitions_scatter():
    found = [nm.local_exponents_of_curve(x, curves(seed), x**-0.7) for seed in range(200)]
    for get in (lambda one: (one.slope, one.stderr), lambda one: (one.local[1], one.local_stderr[1])):
        slopes, errors = np.array([get(one) for one in found]).T
        assert slopes.std(ddof=1) == pytest.approx(errors.mean(), rel=0.15)
    z = np.array([one.z for one in found])
    assert abs(z.mean()) < 0.3
    assert 0.85 < z.std() < 1.25


def test_pseudo_values_carry_the_error_of_the_jackknife():
    one = nm.local_exponents_of_curve(x, curves(3))
    pseudo = one.pseudo_values
    assert pseudo.std(ddof=1) / np.sqrt(len(pseudo)) == pytest.approx(one.stderr, rel=1e-9)
    assert "±" in str(one)


@pytest.mark.parametrize(("given", "name"), [
    (([1.0], np.ones((3, 1))), "x"), (([2.0, 1.0], np.ones((3, 2))), "x"), (([0.0, 1.0], np.ones((3, 2))), "x"),
    (([1.0, 2.0], np.ones((1, 2))), "values"), (([1.0, 2.0], np.ones(2)), "values"),
    (([1.0, 2.0], [[1.0, 5.0], [1.0, -3.0], [1.0, -1.0]]), "values"), (([1.0, 2.0], np.ones((3, 2)), [1.0]), "theory"),
    (([1.0, 2.0], np.ones((3, 2)), [1.0, 0.0]), "theory"),
])  # fmt: skip
def test_bad_input_is_named(given, name):
    with pytest.raises(ValueError, match=f"^{name} = "):
        nm.local_exponents_of_curve(*given)
