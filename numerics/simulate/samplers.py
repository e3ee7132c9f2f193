"""Draw what a chain declares, literally, from the plain descriptions (`draw`) of its layers.

    x ~ N(0, Σ) in the eigenbasis of Σ        F iid N(0, 1/N), or uniform with FᵀF = (n/N) I        ξ ~ N(0, μ²)

Real, or complex with the same second moments: E|z|² = 1 and E z² = 0. All deterministic equivalents are the same, and
the corrections at finite size far smaller.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from theory.errors import BadArgument

Matrix = NDArray[Any]
Generator = np.random.Generator


class Rows(NamedTuple):
    """Rows of data to train on, and the test point that goes with them.

    Attributes
    ----------
    train : ndarray of shape (n_rows, n_dims)
    test : ndarray of shape (n_test, n_dims)
        Any root of the test point's second moment, testᵀtest = E xᵀx: test errors are sums of squares over its rows.
    """

    train: Matrix
    test: Matrix


def standard_normal(rng: Generator, shape: tuple[int, ...], *, complex: bool = False) -> Matrix:
    """Return iid N(0, 1) entries, or CN(0, 1): real and imaginary part of variance 1/2 each."""
    if not complex:
        return rng.standard_normal(shape)
    return rng.standard_normal((*shape, 2)).view(np.complex128)[..., 0] / np.sqrt(2)


def haar(rng: Generator, n_rows: int, n_columns: int, *, complex: bool = False) -> Matrix:
    """Return Q of shape (n_rows, n_columns), QᴴQ = 1, uniform: QR of a Gaussian matrix with the phases of R taken out.

    Raises
    ------
    ValueError
        If there are more columns than rows.
    """
    if n_columns > n_rows:
        raise BadArgument("n_columns", n_columns, f"≤ the number of rows, {n_rows}", "draw a smaller projection")
    Q, R = np.linalg.qr(standard_normal(rng, (n_rows, n_columns), complex=complex))
    diagonal = np.diagonal(R)
    return Q * (diagonal / np.abs(diagonal))


def draw_rows(
    draw: Mapping[str, str], rng: Generator, n_rows: int, eigenvalues: Matrix, *, complex: bool = False
) -> Rows:
    """Return rows of a population with Σ = diag(eigenvalues).

    Parameters
    ----------
    draw : mapping
        Law "independent": rows N(0, Σ), and the whole population to test on. Law "without replacement": the population
        is a finite pool of M = n_dims points, √M O Σ^½ with O Haar; train on `n_rows` of them and test on the others.
    rng : Generator
    n_rows : int
    eigenvalues : ndarray of shape (n_dims,)
    complex : bool
        Complex rows of the same second moment.

    Raises
    ------
    ValueError
        If the description is not one of these, or nothing of the pool is left to test on.
    """
    root, n_dims = np.sqrt(eigenvalues), len(eigenvalues)
    match draw:
        case {"kind": "rows", "law": "independent"}:
            return Rows(standard_normal(rng, (n_rows, n_dims), complex=complex) * root, np.diag(root))
        case {"kind": "rows", "law": "without replacement"}:
            if n_rows >= n_dims:
                raise BadArgument("n_samples", n_rows, f"less than the size of the pool, {n_dims}", "leave rows to test on")
            pool = np.sqrt(n_dims) * haar(rng, n_dims, n_dims, complex=complex) * root
            return Rows(pool[:n_rows], pool[n_rows:] / np.sqrt(n_dims - n_rows))
    raise _unknown(draw)


def draw_matrix(
    draw: Mapping[str, str], rng: Generator, n_rows: int, n_columns: int, *, complex: bool = False
) -> Matrix:
    """Return F of shape (n_rows, n_columns): features are x @ F.

    Parameters
    ----------
    draw : mapping
        Law "gaussian" with variance "1/columns": iid entries. Law "haar" with gram "rows/columns": uniform among the
        matrices with FᴴF = (n_rows/n_columns) 1.
    rng : Generator
    n_rows, n_columns : int
    complex : bool
        A complex matrix of the same second moments.

    Raises
    ------
    ValueError
        If the description is not one of these, or the projection is wider than its input.
    """
    match draw:
        case {"kind": "matrix", "law": "gaussian", "variance": "1/columns"}:
            return standard_normal(rng, (n_rows, n_columns), complex=complex) / np.sqrt(n_columns)
        case {"kind": "matrix", "law": "haar", "gram": "rows/columns"}:
            return haar(rng, n_rows, n_columns, complex=complex) * np.sqrt(n_rows / n_columns)
    raise _unknown(draw)


def draw_noise(
    draw: Mapping[str, str], rng: Generator, n_rows: int, n_columns: int, variance: float, *, complex: bool = False
) -> Matrix:
    """Return noise of shape (n_rows, n_columns) to be added to the coordinates of a level, independent for each row.

    Raises
    ------
    ValueError
        If the description is not that of Gaussian noise with the layer's parameter as its variance.
    """
    match draw:
        case {"kind": "noise", "law": "gaussian", "variance": "parameter"}:
            return standard_normal(rng, (n_rows, n_columns), complex=complex) * np.sqrt(variance)
    raise _unknown(draw)


def _unknown(draw: Mapping[str, str]) -> ValueError:
    return BadArgument("draw", dict(draw), "a description that numerics.simulate.samplers knows", "teach it to draw this layer")
