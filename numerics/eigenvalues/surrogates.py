"""Gaussian populations that stand for data: one power, the measured top and one power, all eigenvalues, white; and Toeplitz.

After arXiv:2306.14975, which compares data with correlated Gaussian surrogates.
"""

from __future__ import annotations

import numpy as np

import theory as th
from numerics.data.arrays import Array
from numerics.eigenvalues.fit import fit_capacity
from numerics.eigenvalues.measured import MeasuredSpectrum
from theory.errors import BadArgument, one_of, real_array, whole_number

KINDS = ("power", "top", "full", "white")
LARGEST = 20_000  # dimensions of a matrix that is diagonalised


def surrogate(data: MeasuredSpectrum, kind: str, top: int = 30) -> th.Discrete:
    """Return a population in place of data, of the same dimension and total variance.

    Parameters
    ----------
    data : MeasuredSpectrum
        Eigenvalues of many more rows than columns, which stand for those of the population.
    kind : {"power", "top", "full", "white"}
        One power (`fit_capacity`); the measured top and one power beyond, fitted by least squares to ln λ, evenly in the
        logarithm of ranks up to half of them; all measured eigenvalues; equal ones.
    top : int
        How many are kept as measured ("top").

    Returns
    -------
    theory.Discrete
        With a target of no meaning, for spectra, entropies and draws.

    Raises
    ------
    ValueError
        For another kind; for data of fewer than two rows a column where eigenvalues are taken from them, or too few
        eigenvalues.
    """
    if not isinstance(data, MeasuredSpectrum):
        raise BadArgument("data", data, "a MeasuredSpectrum", "use nm.measured_spectrum(features)")
    one_of("kind", kind, KINDS)
    if kind in ("top", "full") and data.n_samples < 2 * data.n_dims:
        few = "pass more rows, or use the power: eigenvalues of few rows are not those of the population"
        raise BadArgument("data", (data.n_samples, data.n_dims), "of two rows a column at least", few)
    rank = np.arange(1.0, data.n_dims + 1.0)
    if kind == "white":
        values = np.ones(data.n_dims)
    elif kind == "full":
        values = data.eigenvalues
    elif kind == "power":
        values = rank ** -fit_capacity(data.eigenvalues, data.n_samples, data.n_dims).capacity
    else:
        values = _continued(data.eigenvalues, rank, whole_number("top", top, 1, data.n_dims - 10, "keep fewer"))
    values = values * (data.eigenvalues.sum() / values.sum())
    return th.Discrete(values, np.ones(values.size))


def _continued(values: Array, rank: Array, top: int) -> Array:
    """Return the largest eigenvalues, and a power of the rank for the others, with their sum."""
    rest = slice(top, max(top + 2, np.count_nonzero(values) // 2))
    slope, _ = np.polyfit(np.log(rank[rest]), np.log(values[rest]), 1, w=rank[rest] ** -0.5)
    power = rank**slope
    power[:top] = 0.0
    found: Array = power * (values[top:].sum() / power.sum())
    found[:top] = values[:top]
    return np.sort(found)[::-1]


def toeplitz_population(n_dims: int, strength: float, capacity: float) -> th.Discrete:
    """Return the population whose covariance has the eigenvalues |λ| of T = δ_ij + c |i − j|^a, a = `capacity`.

    The eigenvalues of T have both signs (for a > 0 the matrix is no covariance), of which the absolute values are taken, as its
    spectrum is what is meant: they fall nearly like k^(−1−a), with a slope that depends on the size (1.38 at 400 dimensions,
    1.33 at 1600, for a = 0.25 and c = 1).

    Parameters
    ----------
    n_dims : int
        d, from 3.
    strength : float
        c ≠ 0.
    capacity : float
        a > 0.

    Raises
    ------
    ValueError
        For arguments out of range.
    """
    d = whole_number("n_dims", n_dims, 3, LARGEST, "give the dimension")
    numbers = {"strength": strength, "capacity": capacity}
    for name, value in numbers.items():
        array = real_array(name, value, "one finite number, not zero", "give a number")
        if array.ndim or not np.isfinite(array) or array == 0 or (name == "capacity" and array < 0):
            raise BadArgument(name, value, "a finite number > 0" if name == "capacity" else "one finite number, not zero",
                              "give a number")  # fmt: skip
    apart = np.abs(np.subtract.outer(np.arange(d), np.arange(d))).astype(np.float64)
    values = np.sort(np.abs(np.linalg.eigvalsh(np.eye(d) + strength * apart**capacity)))[::-1]
    return th.Discrete(values, np.ones(d))
