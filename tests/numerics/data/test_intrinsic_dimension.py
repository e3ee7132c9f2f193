"""The dimension of manifolds that have one, in few and in many coordinates."""

import numpy as np
import pytest

import numerics as nm
from numerics.data import intrinsic_dimension as module


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_of_uniform_points_on_a_torus(d):
    angles = 2 * np.pi * np.random.default_rng(d).random((3000, d))
    points = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    found = nm.intrinsic_dimension(points)
    assert abs(found.dimension - d) < 4.5 * found.stderr + 0.02 * d
    lifted = points @ np.linalg.qr(np.random.default_rng(0).standard_normal((40, 2 * d)))[0].T
    assert nm.intrinsic_dimension(lifted).dimension == pytest.approx(found.dimension, rel=1e-9)


def test_the_standard_error_is_what_trials_scatter():
    found = [nm.intrinsic_dimension(np.random.default_rng(seed).standard_normal((500, 2))) for seed in range(60)]
    spread = np.std([one.dimension for one in found], ddof=1)
    assert spread == pytest.approx(np.mean([one.stderr for one in found]), rel=0.35)


def test_a_tree_and_all_distances_agree(monkeypatch):
    points = np.random.default_rng(0).standard_normal((700, 8))
    one = nm.intrinsic_dimension(points, discard=0.0)
    monkeypatch.setattr(module, "TREE", 1)
    assert nm.intrinsic_dimension(points, discard=0.0).dimension == pytest.approx(one.dimension, rel=1e-12)
    assert nm.intrinsic_dimension(np.random.default_rng(0).standard_normal((4, 30))).n_points == 4
    assert nm.intrinsic_dimension(points[:100] * 1e-5 + 1e3).dimension == pytest.approx(
        nm.intrinsic_dimension(points[:100]).dimension, rel=1e-2)  # fmt: skip


@pytest.mark.parametrize(("points", "name"), [
    (np.zeros((5, 2)), "points"), (np.ones((2, 2)), "points"), ([[1.0, 2.0]], "points"), (np.arange(8.0)[:, None], "points"),
])  # fmt: skip
def test_bad_points_are_named(points, name):
    with pytest.raises(ValueError, match=f"^{name} = "):
        nm.intrinsic_dimension(points, discard=0.9)


@pytest.mark.parametrize("discard", [-0.1, 1.0, [0.1], "0.1", None])
def test_a_bad_share_is_named(discard):
    with pytest.raises(ValueError, match="^discard = "):
        nm.intrinsic_dimension(np.random.default_rng(0).random((20, 2)), discard=discard)
