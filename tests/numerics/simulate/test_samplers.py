"""Each draw against its own definition: second moments with standard errors, exact Gram matrices, invariance."""

from __future__ import annotations

import numpy as np
import pytest

import theory as th
from numerics.simulate.samplers import Normals, draw_matrix, draw_noise, draw_rows
from tests.zoo import LAYERS
from theory.chain.layers.features import isometry

GAUSSIAN, HAAR, NOISE = th.GaussianFeatures(), th.HaarProjection(), th.FeatureNoise()


def source(seed: int, complex: bool = False) -> Normals:
    return Normals(np.random.default_rng(seed), complex)


@pytest.mark.parametrize("kind", LAYERS, ids=lambda kind: kind.__name__)
def test_every_declared_layer_can_be_drawn(kind: type[th.Layer]) -> None:
    layer = kind()
    if layer.trains:
        assert draw_rows(layer, source(0), 3, np.ones(5)).train.shape == (3, 5)
    elif layer.sized:
        assert draw_matrix(layer, source(0), 5, 3).shape == (5, 3)
    else:
        assert draw_noise(layer, source(0), 3, 5, 0.1).shape == (5, 3)


@pytest.mark.parametrize("complex", [False, True])
def test_normal_numbers_have_unit_variance_and_no_other_moment(complex: bool) -> None:
    z = source(1, complex).standard_normal((200, 1000))
    error = 1 / np.sqrt(z.size)
    assert abs(np.mean(np.abs(z) ** 2) - 1) < 4 * np.sqrt(2) * error
    assert abs(z.mean()) < 4 * error
    assert abs(np.mean(z**2) - (0 if complex else 1)) < 4 * np.sqrt(2) * error
    assert np.iscomplexobj(z) == complex


@pytest.mark.parametrize("complex", [False, True])
def test_gaussian_features_have_variance_one_over_their_number(complex: bool) -> None:
    F = draw_matrix(GAUSSIAN, source(2, complex), 300, 40)
    assert abs(np.mean(np.abs(F) ** 2) * 40 - 1) < 4 * np.sqrt(2 / F.size)


@pytest.mark.parametrize("complex", [False, True])
@pytest.mark.parametrize(("n_rows", "n_columns"), [(7, 3), (5, 5), (4, 1)])
def test_haar_projection_is_orthogonal_at_the_declared_scale(n_rows: int, n_columns: int, complex: bool) -> None:
    F = draw_matrix(HAAR, source(3, complex), n_rows, n_columns)
    np.testing.assert_allclose(F.conj().T @ F, n_rows / n_columns * np.eye(n_columns), atol=1e-13)


@pytest.mark.parametrize("complex", [False, True])
def test_haar_is_uniform(complex: bool) -> None:
    """Moments of one entry that QR without the phases of R gets wrong: E q_11 = 0, E |q_11|⁴ = 3/n(n+2) or 2/n(n+1)."""
    normal, n = source(4, complex), 3
    q = np.array([isometry(normal, n, n)[0, 0] for _ in range(8000)])
    fourth = 2 / (n * (n + 1)) if complex else 3 / (n * (n + 2))
    for sample, expected in ((q.real, 0.0), (np.abs(q) ** 2, 1 / n), (np.abs(q) ** 4, fourth)):
        assert abs(sample.mean() - expected) < 4 * sample.std() / np.sqrt(len(q))


def test_rows_have_the_declared_covariance_and_the_test_point_its_root() -> None:
    eigenvalues = np.array([4.0, 1.0, 0.25, 0.0])
    rows = draw_rows(th.Samples(), source(5), 50_000, eigenvalues)
    np.testing.assert_allclose(rows.test.T @ rows.test, np.diag(eigenvalues), atol=1e-15)
    covariance = rows.train.T @ rows.train / len(rows.train)
    error = np.sqrt((1 + np.eye(4)) * np.outer(eigenvalues, eigenvalues) / len(rows.train))
    assert (np.abs(covariance - np.diag(eigenvalues)) <= 4 * error).all()


@pytest.mark.parametrize("complex", [False, True])
def test_a_pool_is_split_and_is_the_population(complex: bool) -> None:
    eigenvalues = 1 / np.arange(1.0, 13.0)
    rows = draw_rows(th.PoolSamples(), source(6, complex), 5, eigenvalues)
    train, test = rows.train, rows.test
    assert (len(train), len(test)) == (5, 7)
    whole = train.conj().T @ train + 7 * test.conj().T @ test
    np.testing.assert_allclose(whole / 12, np.diag(eigenvalues), atol=1e-14)


def test_noise_has_its_variance() -> None:
    noise = draw_noise(NOISE, source(7), 100, 400, 0.3)
    assert noise.shape == (400, 100)
    assert abs(np.mean(noise**2) / 0.3 - 1) < 4 * np.sqrt(2 / noise.size)
    assert not draw_noise(NOISE, source(7), 4, 3, 0.0).any()


def test_what_cannot_be_drawn_is_refused() -> None:
    class Silent(th.GaussianFeatures):
        draw = th.Layer.draw

    class Slanted(th.GaussianFeatures):
        def draw(self, generator, n_inputs, n):
            return np.ones((n, n_inputs))

    with pytest.raises(ValueError, match="n_samples = 4"):
        draw_rows(th.PoolSamples(), source(8), 4, np.ones(4))
    with pytest.raises(ValueError, match="draw = 'Silent' is not admissible: .*add a method draw"):
        draw_matrix(Silent(), source(8), 5, 3)
    with pytest.raises(ValueError, match=r"draw = .*Slanted: float64 of shape \(3, 5\).*shape \(5, 3\)"):
        draw_matrix(Slanted(), source(8), 5, 3)
