"""The power that a spectrum follows, from the eigenvalues of one sample: those that a power law predicts, fitted to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.optimize
from numpy.typing import ArrayLike, NDArray

import theory as th
from numerics.data.arrays import Array
from numerics.eigenvalues.lists import read_lists
from theory.errors import BadArgument, real_array, whole_number

FIRST = 10           # rank from which on the fit goes, to half the dimensions, or as many before the last of a small sample
RANKS = 40           # at which it is compared, evenly in ln k
STEEPEST = 6.0
SINGLE = 0.1         # rms of ln x above which no single power fits
ACCURACY = 1e-4


@dataclass(frozen=True)
class CapacityFit:
    """A power law fitted to a sample's eigenvalues.

    Attributes
    ----------
    capacity : float
        α of λ_k = scale · k^-α.
    scale : float
        The largest population eigenvalue of the law.
    rms : float
        Of ln(x/predicted) over the ranks of the fit.
    ranks : ndarray of int, shape (n_ranks,)
        Those compared.
    measured, predicted : ndarray, shape (n_ranks,)
        Eigenvalues at these ranks.
    """

    capacity: float
    scale: float
    rms: float
    ranks: NDArray[np.intp]
    measured: Array
    predicted: Array

    @property
    def single_power(self) -> bool:
        """Whether one power fits, to an rms of 0.1."""
        return self.rms <= SINGLE

    @property
    def verdict(self) -> str:
        """The outcome in words."""
        fits = "one power fits" if self.single_power else "no single power fits"
        return f"{fits}: capacity {self.capacity:.3f}, rms {self.rms:.3f} of ln x (at most {SINGLE} for a single power)"

    def __repr__(self) -> str:
        return f"CapacityFit({self.verdict})"


def fit_capacity(eigenvalues: ArrayLike, n_samples: float, n_dims: int | None = None) -> CapacityFit:
    """Fit a power law's predicted sample eigenvalues to those of a sample covariance or Gram matrix.

    Parameters
    ----------
    eigenvalues : array-like of shape (n,)
        Of XᵀX/P or XXᵀ/P, sorted; zeros are left out.
    n_samples : float
        P, the number of rows.
    n_dims : int, optional
        D, the number of dimensions; the number of eigenvalues given (zeros included) when left out, if that is not P.

    Returns
    -------
    CapacityFit
        Says whether a single power fits at all.

    Raises
    ------
    ValueError
        For eigenvalues that are complex, negative, unsorted, equal, or of fewer than 40 positive ones; sizes out of range.

    Notes
    -----
    Bias on synthetic power laws of capacity 1.25 to 2 (256 and 784 dimensions, P = D/2 and 4D), of this and of the others:

    ======================================================  ==================================
    slope of ranked sample eigenvalues                      −.08 … +.11
    slope of κ̂(P) (`capacity_estimate`)                     0 … +.23
    κ̂(P) fitted with its D                                  ≤ .04
    this: quantiles of the counting function                ≤ .005 (a draw: ±.02; at 4D ±.007)
    ======================================================  ==================================

    The last line is of 256 dimensions, the mean of five draws.
    """
    admissible = "a finite number > 0"
    rows = real_array("n_samples", n_samples, admissible, "give the number of rows")
    if rows.ndim or not 0 < rows < np.inf:
        raise BadArgument("n_samples", n_samples, admissible, "give the number of rows")
    given = np.shape(eigenvalues)
    (values,) = read_lists([eigenvalues])
    if n_dims is None and given[0] == float(rows):
        raise BadArgument("n_dims", None, "given where there are as many eigenvalues as samples", "add n_dims=, of the data")
    dims = whole_number("n_dims", given[0] if n_dims is None else n_dims, values.size, remedy="give the dimension of the data")
    last = min(dims // 2, int(rows) - FIRST, values.size - FIRST)
    if values.size < 4 * FIRST:
        raise BadArgument("eigenvalues", given, f"at least {4 * FIRST} positive ones", "pass a larger matrix")
    ranks = np.unique(np.round(np.geomspace(FIRST, last, RANKS)).astype(np.intp))
    measured = np.log(values[ranks - 1])

    def missed(capacity: float) -> Array:
        found: Array = measured - np.log(predicted_eigenvalues(capacity, dims, float(rows), ranks))
        return found

    best = scipy.optimize.minimize_scalar(
        lambda capacity: float(np.var(missed(capacity))), bounds=(0.02, STEEPEST), method="bounded", options={"xatol": ACCURACY}
    )
    capacity = float(best.x)
    rest = missed(capacity)
    scale = float(np.exp(rest.mean()))
    predicted = scale * predicted_eigenvalues(capacity, dims, float(rows), ranks)
    return CapacityFit(capacity, scale, float(rest.std()), ranks, np.exp(measured), predicted)


def predicted_eigenvalues(capacity: float, dims: int, rows: float, ranks: NDArray[np.intp]) -> Array:
    """Return predicted sample eigenvalues of λ_k = k^-α at some ranks."""
    population = th.Discrete.from_signal(np.arange(1.0, dims + 1.0) ** -capacity, np.ones(dims))
    found = th.linear_ridge().spectrum(population, of="covariance", n_samples=rows)
    return found.quantiles()[ranks - 1]
