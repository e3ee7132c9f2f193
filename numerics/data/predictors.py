"""Predictors that interpolate their data: the value at the nearest point, and piecewise linear between points.

They follow scikit-learn's conventions (`fit`, `predict`, `score`, parameters; clones and pipelines work) on scipy's trees and
triangulations. On a torus (`period`) a point has images; scikit-learn's `KNeighborsRegressor` knows none.
"""

from __future__ import annotations

import abc
import inspect
import itertools
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import LinearNDInterpolator
from scipy.spatial import cKDTree

from numerics.data.arrays import Array, feature_matrix, real_numbers
from theory.errors import BadArgument, real_array

MOST_DIMENSIONS = 6  # of a triangulation
MARGIN = 6.0         # images of points, in mean distances of points, around a cell of the torus; all of them on a circle
OUTSIDE = ("nearest", "nan")


class Interpolant(abc.ABC):
    """What both predictors share: parameters, data and the score.

    Parameters
    ----------
    period : float, optional
        Of every coordinate, of points on a torus; they are taken from 0 to below it.

    Attributes
    ----------
    n_features_in_ : int
        Set by `fit`.
    """

    def __init__(self, period: float | None = None) -> None:
        self.period = period

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name.

        Parameters
        ----------
        deep : bool
            Makes no difference: there is nothing inside.
        """
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self, **params: Any) -> Self:
        """Return the estimator with parameters set by name.

        Parameters
        ----------
        **params
            Of those that `get_params` names.

        Raises
        ------
        ValueError
            If there is no such parameter.
        """
        for name, value in params.items():
            if name not in self.get_params():
                raise BadArgument("params", name, f"one of {', '.join(self.get_params())}", "check the name")
            setattr(self, name, value)
        return self

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Return the estimator with data.

        Parameters
        ----------
        X : array_like of shape (n_rows, n_dims)
            Points.
        y : array_like of shape (n_rows,) or (n_rows, n_outputs)
            Finite values.

        Raises
        ------
        ValueError
            If a parameter, the points or the values are not admissible, or too few.
        """
        points = self._placed(feature_matrix(X, "X"))
        values = real_numbers("y", y, "finite real numbers, one row a point")
        if values.ndim not in (1, 2) or len(values) != len(points) or values.size == 0:
            raise BadArgument("y", values.shape, f"({len(points)},) or ({len(points)}, n_outputs)", "match values to points")
        self.n_features_in_ = points.shape[1]
        self._take(points, values)
        return self

    def predict(self, X: ArrayLike) -> Array:
        """Return predicted values, of shape (n_rows,) or (n_rows, n_outputs).

        Parameters
        ----------
        X : array_like of shape (n_rows, n_dims)
            As many columns as in `fit`.

        Raises
        ------
        ValueError
            If it was not fitted, or the points do not match.
        """
        if not hasattr(self, "n_features_in_"):
            raise BadArgument("predict", type(self).__name__, "fitted first", "call fit(X, y)")
        rows = real_numbers("X", X, "a matrix of finite real numbers")
        if rows.ndim != 2 or rows.shape[1] != self.n_features_in_:
            raise BadArgument("X", rows.shape, f"(n_rows, {self.n_features_in_})", "pass one row a point")
        return self._at(self._placed(rows))

    def score(self, X: ArrayLike, y: ArrayLike) -> float:
        """Return the coefficient of determination R², averaged over outputs as scikit-learn's regressors do.

        Parameters
        ----------
        X, y : array_like
            As in `fit`.

        Raises
        ------
        ValueError
            As `predict`, and if the values do not match.
        """
        values = real_numbers("y", y, "finite real numbers, one row a point").reshape(len(np.asarray(y)), -1)
        missed = np.sum((values - self.predict(X).reshape(len(values), -1)) ** 2, axis=0)
        return float(np.mean(1.0 - missed / np.sum((values - values.mean(axis=0)) ** 2, axis=0)))

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self.get_params().items())
        return f"{type(self).__name__}({given})"

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags of a regressor of one output or many."""
        from sklearn.utils import RegressorTags, Tags, TargetTags

        target = TargetTags(required=True, multi_output=True)
        return Tags(estimator_type="regressor", target_tags=target, regressor_tags=RegressorTags())

    def _period(self) -> float | None:
        if self.period is None:
            return None
        admissible, remedy = "positive and finite", "leave it out for points in flat space"
        period = real_array("period", self.period, admissible, remedy)
        if period.ndim or not 0.0 < period < np.inf:
            raise BadArgument("period", self.period, admissible, remedy)
        return float(period)

    def _placed(self, X: Array) -> Array:
        """Return points from 0 to below the period."""
        period = self._period()
        if period is None:
            return X
        inside = np.mod(X, period)
        return np.where(inside < period, inside, 0.0)

    @abc.abstractmethod
    def _take(self, points: Array, values: Array) -> None:
        """Keep the data."""

    @abc.abstractmethod
    def _at(self, X: Array) -> Array:
        """Return the values at points."""


class NearestNeighbour(Interpolant):
    """The value at the nearest data point.

    Parameters
    ----------
    period : float, optional
        Of every coordinate, of points on a torus.

    Notes
    -----
    In flat space it predicts what scikit-learn's `KNeighborsRegressor(1)` predicts.

    Examples
    --------
    >>> NearestNeighbour(period=1.0).fit([[0.1], [0.6]], [1.0, 2.0]).predict([[0.95], [0.7]])
    array([1., 2.])
    """

    def _take(self, points: Array, values: Array) -> None:
        self._tree, self._values = cKDTree(points, boxsize=self._period()), values

    def _at(self, X: Array) -> Array:
        return np.asarray(self._values[self._tree.query(X)[1]])

    def distances(self, X: ArrayLike) -> Array:
        """Return the distance to the nearest data point, shape (n_rows,).

        Parameters
        ----------
        X : array_like of shape (n_rows, n_dims)
            As in `predict`.
        """
        self.predict(X)
        return np.asarray(self._tree.query(self._placed(real_numbers("X", X, "a matrix")))[0])


class PiecewiseLinear(Interpolant):
    """Linear on each simplex of the Delaunay triangulation of the data, in up to six dimensions.

    Parameters
    ----------
    period : float, optional
        Of every coordinate, of points on a torus; images of points near the border of a cell close it.
    outside : {"nearest", "nan"}
        What is predicted outside the convex hull of points in flat space: the value at the nearest point, or NaN.

    Examples
    --------
    >>> PiecewiseLinear().fit([[0.0], [1.0], [3.0]], [0.0, 1.0, 5.0]).predict([[0.25], [2.0]])
    array([0.25, 3.  ])
    """

    def __init__(self, period: float | None = None, outside: str = "nearest") -> None:
        super().__init__(period)
        self.outside = outside

    def _take(self, points: Array, values: Array) -> None:
        if not (isinstance(self.outside, str) and self.outside in OUTSIDE):
            raise BadArgument("outside", self.outside, f"one of {', '.join(OUTSIDE)}", "choose what is predicted there")
        d, period = points.shape[1], self._period()
        if d > MOST_DIMENSIONS:
            raise BadArgument("X", points.shape, f"of at most {MOST_DIMENSIONS} columns", "triangulations grow too fast")
        if period is not None:
            points, values = _with_images(points, values, period)
        self._nearest = NearestNeighbour().fit(points, values)
        if len(points) <= d:
            raise BadArgument("X", points.shape, f"at least {d + 1} rows", "a simplex needs them")
        self._line = self._simplices = None
        if d == 1:
            order = np.argsort(points[:, 0], kind="stable")
            self._line = points[order, 0], values[order]
        else:
            self._simplices = LinearNDInterpolator(points, values)

    def _at(self, X: Array) -> Array:
        found = self._simplices(X) if self._simplices is not None else self._along(X[:, 0])
        if self.outside == "nearest":
            empty = np.isnan(found.reshape(len(X), -1)).any(axis=1)
            if empty.any():
                found[empty] = self._nearest.predict(X[empty])
        return np.asarray(found)

    def _along(self, x: Array) -> Array:
        """Return values between points of a line, NaN beyond them."""
        assert self._line is not None
        points, values = self._line
        right = np.clip(np.searchsorted(points, x), 1, len(points) - 1)
        gap = points[right] - points[right - 1]
        share = np.divide(x - points[right - 1], gap, out=np.zeros_like(x), where=gap > 0.0)
        share = np.where((x < points[0]) | (x > points[-1]), np.nan, share)
        share = share.reshape(-1, *[1] * (values.ndim - 1))
        return np.asarray(values[right - 1] * (1.0 - share) + values[right] * share)


def _with_images(points: Array, values: Array, period: float) -> tuple[Array, Array]:
    """Return points and their images within a margin of the cell."""
    d = points.shape[1]
    margin = min(1.0, MARGIN * len(points) ** (-1.0 / d)) * period if d > 1 else period
    placed, kept = [], []
    for shift in itertools.product((-period, 0.0, period), repeat=d):
        images = points + np.array(shift)
        near = ((images >= -margin) & (images <= period + margin)).all(axis=1)
        placed.append(images[near])
        kept.append(values[near])
    return np.concatenate(placed), np.concatenate(kept)
