"""Draw what a chain declares, literally: each layer draws itself, from a generator of normal numbers that may be complex.

    x ~ N(0, Σ) in the eigenbasis of Σ        features x @ F        noise ξ ~ N(0, μ²)

Complex numbers have the same second moments: E|z|² = 1 and E z² = 0. All deterministic equivalents are the same, and
the corrections at finite size far smaller.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from theory.chain.layers import Layer
from theory.errors import BadArgument

Matrix = NDArray[Any]
Generator = np.random.Generator


class Rows(NamedTuple):
    """Rows of data to train on, and the test point that goes with them.

    Attributes
    ----------
    train : ndarray of shape (n_rows, n_dims)
        The data that are fitted.
    root : ndarray of shape (n_test, n_dims) or (n_dims,)
        Any root of the test point's second moment, rootᴴ root = E xᴴx: test errors are sums of squares over its rows. The
        diagonal of one that is diagonal.
    """

    train: Matrix
    root: Matrix

    @property
    def test(self) -> Matrix:
        """The root as a matrix."""
        return np.diag(self.root) if self.root.ndim == 1 else self.root


class Normals:
    """What layers draw from: a generator whose normal numbers are complex if that is asked for.

    Parameters
    ----------
    rng : numpy.random.Generator
        The trial's own.
    complex : bool
        Whether normal numbers are complex, with E|z|² = 1.
    """

    def __init__(self, rng: Generator, complex: bool = False) -> None:
        self._rng, self._complex = rng, complex

    def standard_normal(self, shape: tuple[int, ...]) -> Matrix:
        """Return iid N(0, 1) entries, or CN(0, 1): real and imaginary part of variance 1/2 each."""
        if not self._complex:
            return self._rng.standard_normal(shape)
        return self._rng.standard_normal((*shape, 2)).view(np.complex128)[..., 0] / np.sqrt(2)

    def __getattr__(self, name: str) -> Any:
        """Hand over what else a generator has; it draws real numbers."""
        return getattr(self._rng, name)


def draw_rows(layer: Layer, generator: Normals, n_rows: int, eigenvalues: Matrix) -> Rows:
    """Return rows of a population with Σ = diag(eigenvalues), and what to test on.

    Parameters
    ----------
    layer : Layer
        Rows of data. Of a pool (`pooled`) the population is the M = n_dims points √M O Σ^½ with O unitary, and the test is on
        those left out; else on the whole population.
    generator : Normals
        What is drawn from.
    n_rows : int
        P.
    eigenvalues : ndarray of shape (n_dims,)
        λ_k ≥ 0 of the population's covariance.

    Raises
    ------
    ValueError
        If nothing of the pool is left to test on; if the layer's own draw is not of shape (n_rows, n_dims).
    """
    root, n_dims = np.sqrt(eigenvalues), len(eigenvalues)
    if not layer.pooled:
        return Rows(_drawn(layer, generator, n_dims, n_rows, (n_rows, n_dims)) * root, root)
    if n_rows >= n_dims:
        raise BadArgument("n_samples", n_rows, f"less than the size of the pool, {n_dims}", "leave rows to test on")
    rows = _drawn(layer, generator, n_dims, n_rows, (n_rows, n_dims))
    left_out = np.linalg.qr(rows.conj().T, mode="complete").Q[:, n_rows:].conj().T  # any basis of what is left
    return Rows(rows * root, left_out * (np.sqrt(n_dims / (n_dims - n_rows)) * root))


def draw_matrix(layer: Layer, generator: Normals, n_inputs: int, n: int) -> Matrix:
    """Return F of shape (n_inputs, n): features are x @ F.

    Raises
    ------
    ValueError
        If the layer's own draw is not of that shape, or the layer has none.
    """
    return _drawn(layer, generator, n_inputs, n, (n_inputs, n))


def draw_noise(layer: Layer, generator: Normals, n_inputs: int, n_rows: int, variance: float) -> Matrix:
    """Return noise of shape (n_rows, n_inputs) to be added to the coordinates of a level, independent for each row."""
    return _drawn(layer, generator, n_inputs, n_rows, (n_rows, n_inputs)) * np.sqrt(variance)


def _drawn(layer: Layer, generator: Normals, n_inputs: int, n: int, shape: tuple[int, int]) -> Matrix:
    made = np.asarray(layer.draw(generator, n_inputs, n))
    if made.shape != shape or made.dtype.kind not in "fc":
        found = f"{type(layer).__name__}: {made.dtype} of shape {made.shape}"
        raise BadArgument("draw", found, f"an array of numbers of shape {shape}", "see Layer.draw")
    return made
