"""Nearest neighbours and piecewise linear interpolation: against scikit-learn, by hand, on tori, and as scikit-learn's own."""

import numpy as np
import pytest

import numerics as nm

RNG = np.random.default_rng(2)
X = RNG.random((200, 2))
Y = np.column_stack([np.sin(3 * X[:, 0]) + X[:, 1], X[:, 0] * X[:, 1]])
NEW = RNG.random((100, 2))


def test_nearest_neighbour_is_scikit_learns_in_flat_space():
    neighbors = pytest.importorskip("sklearn.neighbors")
    theirs = neighbors.KNeighborsRegressor(1).fit(X, Y)
    ours = nm.NearestNeighbour().fit(X, Y)
    assert np.array_equal(ours.predict(NEW), theirs.predict(NEW))
    assert ours.score(NEW, NEW) == pytest.approx(theirs.score(NEW, NEW), rel=1e-12)
    np.testing.assert_allclose(ours.distances(NEW), theirs.kneighbors(NEW)[0][:, 0], rtol=1e-12)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_nearest_neighbour_on_a_torus_by_all_images(d):
    points, rows = RNG.random((60, d)), 3 * RNG.random((40, d)) - 1
    gaps = (rows[:, None] - points + 0.5) % 1.0 - 0.5
    nearest = np.linalg.norm(gaps, axis=2)
    model = nm.NearestNeighbour(1.0).fit(points, np.arange(60.0))
    assert np.array_equal(model.predict(rows), np.argmin(nearest, axis=1))
    np.testing.assert_allclose(model.distances(rows), nearest.min(axis=1), rtol=1e-12)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_piecewise_linear_reproduces_planes_and_data(d):
    points, rows = RNG.random((50, d)), 0.4 + 0.2 * RNG.random((20, d))
    slope = np.arange(1.0, d + 1.0)
    model = nm.PiecewiseLinear(outside="nan").fit(points, points @ slope + 0.5)
    np.testing.assert_allclose(model.predict(rows), rows @ slope + 0.5, rtol=1e-12)
    np.testing.assert_allclose(model.predict(points), points @ slope + 0.5, rtol=1e-10)
    assert np.isnan(model.predict(np.full((1, d), 2.0))).all()
    nearest = nm.PiecewiseLinear().fit(points, points @ slope)
    far = np.full((1, d), 2.0)
    assert nearest.predict(far) == nm.NearestNeighbour().fit(points, points @ slope).predict(far)


def test_piecewise_linear_on_a_circle_by_hand():
    model = nm.PiecewiseLinear(1.0).fit([[0.1], [0.4], [0.8]], [1.0, 4.0, 2.0])
    np.testing.assert_allclose(model.predict([[0.25], [0.95], [1.05], [-0.05]]), [2.5, 1.5, 1 + 0.5 / 3, 1.5], rtol=1e-12)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_piecewise_linear_on_a_torus_does_not_see_the_border(d):
    """Shifting everything makes no difference, and there is no outside."""
    points, rows, shift = RNG.random((80, d)), RNG.random((40, d)), RNG.random(d)
    values = np.cos(2 * np.pi * points[:, 0])
    one = nm.PiecewiseLinear(1.0, outside="nan").fit(points, values).predict(rows)
    other = nm.PiecewiseLinear(1.0, outside="nan").fit(points + shift, values).predict(rows + shift)
    assert np.isfinite(one).all()
    np.testing.assert_allclose(one, other, atol=1e-9)


def test_they_are_estimators_of_scikit_learn():
    base, selection = pytest.importorskip("sklearn.base"), pytest.importorskip("sklearn.model_selection")
    for model in (nm.NearestNeighbour(1.0), nm.PiecewiseLinear(outside="nan")):
        twin = base.clone(model)
        assert repr(twin) == repr(model)
        assert base.is_regressor(model)
        assert model.set_params(period=None).get_params()["period"] is None
    for model in (nm.NearestNeighbour(), nm.PiecewiseLinear()):
        assert selection.cross_val_score(model, X, Y, cv=3).min() > 0.9
    with pytest.raises(ValueError, match="^params = 'width'"):
        nm.NearestNeighbour().set_params(width=1)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: nm.NearestNeighbour(-1.0).fit(X, Y), "period"),
        (lambda: nm.NearestNeighbour("1").fit(X, Y), "period"),
        (lambda: nm.NearestNeighbour().fit(X, Y[:3]), "y"),
        (lambda: nm.NearestNeighbour().fit(X[0], Y), "X"),
        (lambda: nm.NearestNeighbour().predict(X), "predict"),
        (lambda: nm.NearestNeighbour().fit(X, Y).predict(X[:, :1]), "X"),
        (lambda: nm.NearestNeighbour().fit(X, Y).predict(X * np.nan), "X"),
        (lambda: nm.PiecewiseLinear().fit(X[:2], Y[:2]), "X"),
        (lambda: nm.PiecewiseLinear().fit(RNG.random((30, 7)), np.ones(30)), "X"),
        (lambda: nm.PiecewiseLinear(outside="zero").fit(X, Y), "outside"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name} = "):
        call()
