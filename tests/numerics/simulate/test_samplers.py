"""Each draw against its own definition: second moments with standard errors, exact Gram matrices, invariance."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.simulate import samplers
from theory.chain import layers

GAUSSIAN, HAAR = layers.GaussianFeatures.draw, layers.HaarProjection.draw
INDEPENDENT, POOL, NOISE = layers.Samples.draw, layers.PoolSamples.draw, layers.FeatureNoise.draw


def every_layer() -> list[type[layers.Layer]]:
    return [kind for kind in layers.Layer.__subclasses__() if hasattr(kind, "draw")]


@pytest.mark.parametrize("layer", every_layer(), ids=lambda kind: kind.__name__)
def test_every_declared_layer_can_be_drawn(layer: type[layers.Layer]) -> None:
    rng = np.random.default_rng(0)
    match layer.draw["kind"]:
        case "rows":
            assert samplers.draw_rows(layer.draw, rng, 3, np.ones(5)).train.shape == (3, 5)
        case "matrix":
            assert samplers.draw_matrix(layer.draw, rng, 5, 3).shape == (5, 3)
        case "noise":
            assert samplers.draw_noise(layer.draw, rng, 5, 3, 0.1).shape == (5, 3)
        case kind:
            pytest.fail(f"no sampler for {kind}")


@pytest.mark.parametrize("complex", [False, True])
def test_standard_normal_has_unit_variance_and_no_other_moment(complex: bool) -> None:
    z = samplers.standard_normal(np.random.default_rng(1), (200, 1000), complex=complex)
    error = 1 / np.sqrt(z.size)
    assert abs(np.mean(np.abs(z) ** 2) - 1) < 4 * np.sqrt(2) * error
    assert abs(z.mean()) < 4 * error
    assert abs(np.mean(z**2) - (0 if complex else 1)) < 4 * np.sqrt(2) * error
    assert np.iscomplexobj(z) == complex


@pytest.mark.parametrize("complex", [False, True])
def test_gaussian_features_have_variance_one_over_their_number(complex: bool) -> None:
    F = samplers.draw_matrix(GAUSSIAN, np.random.default_rng(2), 300, 40, complex=complex)
    assert abs(np.mean(np.abs(F) ** 2) * 40 - 1) < 4 * np.sqrt(2 / F.size)


@pytest.mark.parametrize("complex", [False, True])
@pytest.mark.parametrize(("n_rows", "n_columns"), [(7, 3), (5, 5), (4, 1)])
def test_haar_projection_is_orthogonal_at_the_declared_scale(n_rows: int, n_columns: int, complex: bool) -> None:
    F = samplers.draw_matrix(HAAR, np.random.default_rng(3), n_rows, n_columns, complex=complex)
    np.testing.assert_allclose(F.conj().T @ F, n_rows / n_columns * np.eye(n_columns), atol=1e-13)


@pytest.mark.parametrize("complex", [False, True])
def test_haar_is_uniform(complex: bool) -> None:
    """Moments of one entry that QR without the phases of R gets wrong: E q_11 = 0, E |q_11|⁴ = 3/n(n+2) or 2/n(n+1)."""
    rng, n = np.random.default_rng(4), 3
    q = np.array([samplers.haar(rng, n, n, complex=complex)[0, 0] for _ in range(8000)])
    fourth = 2 / (n * (n + 1)) if complex else 3 / (n * (n + 2))
    for sample, expected in ((q.real, 0.0), (np.abs(q) ** 2, 1 / n), (np.abs(q) ** 4, fourth)):
        assert abs(sample.mean() - expected) < 4 * sample.std() / np.sqrt(len(q))


def test_rows_have_the_declared_covariance_and_the_test_point_its_root() -> None:
    eigenvalues = np.array([4.0, 1.0, 0.25, 0.0])
    rows = samplers.draw_rows(INDEPENDENT, np.random.default_rng(5), 50_000, eigenvalues)
    np.testing.assert_allclose(rows.test.T @ rows.test, np.diag(eigenvalues), atol=1e-15)
    covariance = rows.train.T @ rows.train / len(rows.train)
    error = np.sqrt((1 + np.eye(4)) * np.outer(eigenvalues, eigenvalues) / len(rows.train))
    assert (np.abs(covariance - np.diag(eigenvalues)) <= 4 * error).all()


def test_a_pool_is_split_and_is_the_population() -> None:
    eigenvalues = 1 / np.arange(1.0, 13.0)
    train, test = samplers.draw_rows(POOL, np.random.default_rng(6), 5, eigenvalues)
    assert (len(train), len(test)) == (5, 7)
    whole = train.T @ train + 7 * test.T @ test
    np.testing.assert_allclose(whole / 12, np.diag(eigenvalues), atol=1e-14)


def test_noise_has_its_variance() -> None:
    noise = samplers.draw_noise(NOISE, np.random.default_rng(7), 400, 100, 0.3)
    assert abs(np.mean(noise**2) / 0.3 - 1) < 4 * np.sqrt(2 / noise.size)
    assert not samplers.draw_noise(NOISE, np.random.default_rng(7), 4, 3, 0.0).any()


def test_what_cannot_be_drawn_is_refused() -> None:
    rng = np.random.default_rng(8)
    with pytest.raises(ValueError, match="n_columns = 4"):
        samplers.haar(rng, 3, 4)
    with pytest.raises(ValueError, match="n_samples = 4"):
        samplers.draw_rows(POOL, rng, 4, np.ones(4))
    unknown = {"kind": "rows", "law": "heavy-tailed"}
    for attempt in (
        lambda: samplers.draw_rows(unknown, rng, 2, np.ones(2)),
        lambda: samplers.draw_matrix(unknown, rng, 2, 2),
        lambda: samplers.draw_matrix({**GAUSSIAN, "variance": "1/rows"}, rng, 2, 2),
        lambda: samplers.draw_noise(unknown, rng, 2, 2, 1.0),
    ):
        with pytest.raises(ValueError, match="draw = "):
            attempt()
