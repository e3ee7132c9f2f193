r"""Eigenvalues of the covariance T_ij = c(|i − j|) of a stationary series: exactly where it is small, by its symbol beyond.

T is its own mirror image, so that its eigenvectors are even or odd and two matrices of half the size have its eigenvalues. The
symbol f(θ) = Σ_τ c(|τ|) e^{iτθ}, at the resolution 1/n that n rows have, are the quotients vᵀTv of the cosines or of the sines:

    θ = jπ/n       Σ_τ w_τ c(τ) [(n−τ) cos τθ − sin τθ/sin θ]/n                      j = 0 … n−1     (w = 1 at τ = 0, else 2)
    θ = jπ/(n+1)   Σ_τ w_τ c(τ) [(n+1−τ) cos τθ + cos θ sin τθ/sin θ]/(n+1)          j = 1 … n

These are within the range of the eigenvalues, have their sum, and cost n ln n; a symbol that diverges at θ = 0 is cut off where
the matrix cuts it off.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def toeplitz(row: Array) -> Array:
    """Return the symmetric Toeplitz matrix of a first row, shape (n, n)."""
    place = np.arange(row.size)
    return row[np.abs(place[:, None] - place)]


def exact_eigenvalues(row: Array) -> Array:
    """Return the eigenvalues of the symmetric Toeplitz matrix of a first row, shape (n,), the largest first."""
    n, half = row.size, row.size // 2
    apart = np.arange(half)
    upright = toeplitz(row[:half])
    turned = row[n - 1 - apart[:, None] - apart]
    even = upright + turned
    if n % 2:
        middle = np.sqrt(2.0) * row[half - apart]
        even = np.block([[even, middle[:, None]], [middle[None, :], row[:1, None]]])
    parts = [np.linalg.eigvalsh(part) for part in (even, upright - turned) if part.size]
    return np.sort(np.concatenate(parts))[::-1]


def symbol_eigenvalues(row: Array) -> Array:
    """Return what the symbol makes of the same, by whichever of the two kinds of quotient leaves less of the matrix out."""
    return np.sort(max(_of_cosines(row), _of_sines(row), key=lambda found: float(found @ found)))[::-1]


def _of_cosines(row: Array) -> Array:
    n = row.size
    far, weighted = np.arange(n), _weighted(row)
    along, _ = _sums((n - far) * weighted, n)
    _, across = _sums(weighted, n)
    found: Array = along[:n] / n
    found[1:] -= across[1:n] / _sine(n)[1:n] / n
    return found


def _of_sines(row: Array) -> Array:
    n, places = row.size + 1, slice(1, row.size + 1)
    far, weighted = np.arange(row.size), _weighted(row)
    along, _ = _sums((n - far) * weighted, n)
    _, across = _sums(weighted, n)
    angle = np.pi * np.arange(n + 1) / n
    found: Array = (along + np.cos(angle) * across / np.where(_sine(n) > 0.0, _sine(n), 1.0))[places] / n
    return found


def _weighted(row: Array) -> Array:
    """Return w_τ c(τ)."""
    return np.concatenate((row[:1], 2.0 * row[1:]))


def _sums(terms: Array, n: int) -> tuple[Array, Array]:
    """Return Σ_τ a_τ cos τθ and Σ_τ a_τ sin τθ at θ = jπ/n, j = 0 … n."""
    found = np.fft.rfft(terms, 2 * n)
    return found.real, -found.imag


def _sine(n: int) -> Array:
    """Return sin jπ/n, j = 0 … n, to its last digits at both ends."""
    j = np.arange(n + 1)
    found: Array = np.sin(np.pi * np.minimum(j, n - j) / n)
    return found
