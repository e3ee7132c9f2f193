"""Slopes of measured curves: d ln⟨y⟩/d ln x over a range, with jackknife errors, and theory's on the same range.

The slope of the *mean* is what a scaling law speaks of; the mean of slopes of single trials is another number where trials
scatter. Errors at different x may be correlated (nested samples): the jackknife leaves whole trials out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from numerics.check.extrapolation import Array
from numerics.data.arrays import real_numbers
from theory.errors import BadArgument


@dataclass(frozen=True, eq=False)
class CurveExponents:
    """Slopes of a measured curve.

    Attributes
    ----------
    slope, stderr : float
        d ln⟨y⟩/d ln x by least squares over all points, and its jackknife error.
    local, local_stderr : ndarray of shape (n_points − 1,)
        Between neighbouring points.
    theory : float or None
        The same least squares through the values of the theory; None where none were given.
    local_theory : ndarray of shape (n_points − 1,) or None
        Between neighbouring points.
    without : ndarray of shape (n_trials,)
        The slope with each trial left out.
    """

    slope: float
    stderr: float
    local: Array
    local_stderr: Array
    theory: float | None
    local_theory: Array | None
    without: Array

    @property
    def z(self) -> float | None:
        """(slope − theory)/stderr; None without a theory."""
        return None if self.theory is None else (self.slope - self.theory) / self.stderr

    @property
    def pseudo_values(self) -> Array:
        """N θ − (n − 1) θ_(i), shape (n_trials,): their standard error is the jackknife's."""
        n = len(self.without)
        return n * self.slope - (n - 1) * self.without

    def __str__(self) -> str:
        against = "" if self.theory is None else f" (theory {self.theory:.4f}, z = {self.z:+.2f})"
        return f"{self.slope:.4f} ± {self.stderr:.2g}{against}"


def local_exponents_of_curve(x: ArrayLike, values: ArrayLike, theory: ArrayLike | None = None) -> CurveExponents:
    """Return the slopes of a curve measured in independent trials.

    Parameters
    ----------
    x : array_like of shape (n_points,)
        At least two positive, increasing numbers.
    values : array_like of shape (n_trials, n_points)
        Measurements of at least two trials; the means over trials, and over all but one, must be positive.
    theory : array_like of shape (n_points,), optional
        Positive values at the same x.

    Returns
    -------
    CurveExponents
        Of y ~ x^slope: a loss that falls has a negative one.

    Raises
    ------
    ValueError
        If shapes or signs are not so.
    """
    at = real_numbers("x", x, "positive increasing numbers")
    if at.ndim != 1 or at.size < 2 or at.min() <= 0.0 or (np.diff(at) <= 0.0).any():
        raise BadArgument("x", x, "at least two positive, increasing numbers", "a slope needs two points")
    y = real_numbers("values", values, "finite numbers, shape (n_trials, n_points)")
    if y.ndim != 2 or len(y) < 2 or y.shape[1] != at.size:
        raise BadArgument("values", y.shape, f"(n_trials, {at.size}), with two trials or more", "put trials on the first axis")
    if not (len(y) * y.mean(axis=0) > y.max(axis=0)).all() or y.mean(axis=0).min() <= 0.0:
        raise BadArgument("values", float(y.min()), "of positive mean, whichever trial is left out", "measure more trials")
    log_x = np.log(at)
    rest = np.log((y.sum(axis=0) - y) / (len(y) - 1))
    whole = np.log(y.mean(axis=0))
    without = _fitted(log_x, rest)
    local_rest = np.diff(rest, axis=1) / np.diff(log_x)
    expected = None if theory is None else real_numbers("theory", theory, "positive numbers, one for each x")
    if expected is not None and (expected.shape != at.shape or expected.min() <= 0.0):
        raise BadArgument("theory", theory, f"{at.size} positive numbers", "give its value at each x")
    return CurveExponents(
        float(_fitted(log_x, whole)),
        float(_jackknife(without)),
        np.diff(whole) / np.diff(log_x),
        _jackknife(local_rest),
        None if expected is None else float(_fitted(log_x, np.log(expected))),
        None if expected is None else np.diff(np.log(expected)) / np.diff(log_x),
        without,
    )


def _fitted(log_x: Array, log_y: Array) -> Array:
    centred = log_x - log_x.mean()
    return np.asarray(log_y @ centred / np.sum(centred**2))


def _jackknife(without: Array) -> Array:
    """Return the standard error from values with one trial left out each, on the first axis."""
    return np.asarray(np.sqrt(np.mean((without - without.mean(axis=0)) ** 2, axis=0) * (len(without) - 1)))
