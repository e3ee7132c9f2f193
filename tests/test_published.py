"""Published values, from the chain alone."""

import numpy as np
import pytest

import theory as th
from numerics.validation.references import published


@pytest.mark.parametrize(("ratio", "value"), published.ISOTROPIC_RIDGE.items())
def test_isotropic_ridge(ratio, value):
    out = th.linear_ridge().evaluate(th.Isotropic(size=250), n_samples=250 / ratio, ridge=1e-3, noise=0.25)
    assert float(out.excess) == pytest.approx(value, rel=5e-6)


@pytest.mark.parametrize(("n_samples", "value"), published.RANDOM_FEATURES.items())
def test_random_features(n_samples, value):
    task = th.Isotropic(size=200)
    out = th.random_features().evaluate(task, n_samples=n_samples, n_features=100, ridge=1e-3 * 200 / 100, noise=0.0625)
    assert float(out.excess) == pytest.approx(value, rel=4e-5)


@pytest.mark.parametrize(("sizes", "value"), published.GRADIENT_FLOW_LIMITS.items())
def test_final_losses_of_gradient_flow(sizes, value):
    a, b, k = 1.5, 1.25, np.arange(1, 2001)
    task = th.Discrete(k**-b, k ** (b - a))
    out = th.random_features().evaluate(task, n_samples=sizes[0], n_features=sizes[1])
    assert float(out.test) == pytest.approx(value, rel=1e-10)


@pytest.mark.parametrize(("few", "many"), [(40, 90), (3, 1000), (200, 201)])
def test_duality_of_data_and_width(few, many):
    """arXiv:2102.06701 with a constant target: ridgeless loss c·m κ(m)/(1 − m/M), symmetric in samples and features."""
    task = th.Discrete(np.arange(1, 2001) ** -1.7, np.full(2000, 0.5))
    model = th.random_features()
    one = model.evaluate(task, n_samples=few, n_features=many)
    other = model.evaluate(task, n_samples=many, n_features=few)
    assert float(one.test) == pytest.approx(float(other.test), rel=1e-13)
    assert float(one.test) == pytest.approx(0.5 * few * float(one.kappa) / (1 - few / many), rel=1e-11)


@pytest.mark.parametrize(("ratio", "value"), published.META_LEARNING.items())
def test_meta_learning_is_ridge_on_a_transformed_population(ratio, value):
    """arXiv:2403.19720: Σ̃ = A^-½ΣA^-½ with A = Ω⁻¹, c = 1/p, λ* = pσ²/n; at the optimum E_test = σ²κ/λ."""
    p = 4000
    omega = 16 + 10 * np.cos((np.arange(p) + 0.5) * np.pi / p)
    ridge = ratio * 1.0
    out = th.linear_ridge().evaluate(th.Discrete(omega, np.full(p, 1 / p)), n_samples=p / ratio, ridge=ridge, noise=1.0)
    assert float(out.test) == pytest.approx(value, abs=6e-7)
    assert float(out.test) == pytest.approx(float(out.kappa) / ridge, rel=1e-12)


def test_a_wrong_value_is_caught():
    out = th.linear_ridge().evaluate(th.Isotropic(size=250), n_samples=125, ridge=1e-3, noise=0.25 * 1.001)
    assert float(out.excess) != pytest.approx(published.ISOTROPIC_RIDGE[2], rel=5e-6)
