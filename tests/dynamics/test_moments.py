"""The recursion derived from the update rule is the one that is evaluated."""

import numpy as np
import pytest
import sympy

from theory.dynamics.sgd.modes import Modes
from theory.dynamics.sgd.moments import BATCH, STEP, STEP_NOISE, gaussian_mean, second_moments
from theory.dynamics.sgd.recursion import after
from theory.dynamics.sgd.schedules.phases import Phase


@pytest.mark.parametrize("n_modes", [1, 2, 3])
def test_published_form(n_modes):
    """C_i [1 − 2γh + γ²(1+1/B)h²] + (γ²/B) h_i (Σ h_j C_j + s²)."""
    found = second_moments(n_modes)
    noise = sum(h * c for h, c in zip(found.eigenvalues, found.moments, strict=True)) + STEP_NOISE
    for h, c, update in zip(found.eigenvalues, found.moments, found.updates, strict=True):
        expected = c * (1 - 2 * STEP * h + STEP**2 * (1 + 1 / BATCH) * h**2) + STEP**2 / BATCH * h * noise
        assert sympy.expand(update - expected) == 0


def test_bias_and_variance_are_its_linear_parts():
    found = second_moments(3)
    for whole, bias, variance in zip(found.updates, found.bias, found.variance, strict=True):
        assert sympy.expand(whole - bias - variance) == 0
        assert STEP_NOISE not in bias.free_symbols
        assert not set(found.moments) & variance.free_symbols


def test_evaluation_is_the_derived_step():
    found = second_moments(3)
    h, c = np.array([1.0, 0.4, 0.1]), np.array([0.3, 0.7, 2.0])
    step = sympy.lambdify([found.eigenvalues, found.moments, BATCH, STEP, STEP_NOISE], found.updates)
    for batch, gamma, source in ((1, 0.3, 0.2), (5, 0.8, 0.0)):
        modes = Modes(h, np.ones(3), h * c)
        (one,) = after(modes, [(h * c, source)], gamma, batch, [Phase(1, 1.0)])
        assert one.values * 2.0**one.exponent == pytest.approx(h * np.array(step(h, c, batch, gamma, source)), rel=1e-14)


def test_gaussian_means():
    x, y = sympy.symbols("x y")
    a, b = sympy.symbols("a b", positive=True)
    assert gaussian_mean(x**4 * y**2 + x * y + 3, {x: a, y: b}) == 3 * a**2 * b + 3
    assert gaussian_mean(x**6, {x: a}) == 15 * a**3
