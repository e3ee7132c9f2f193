"""Small regressions that share a prior: y = Xβ + ε, β ~ N(0, C), rows of X ~ N(0, Σ), ε ~ N(0, σ²)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from numerics.montecarlo.trials import generator
from theory.errors import BadArgument, real_array, whole_number
from theory.spectra.change import covariance_root

Array = NDArray[np.float64]

TOGETHER = 2**22  # numbers of one table over tasks
MOST = 10**7


@dataclass(frozen=True, eq=False)
class Tasks:
    """Regressions of one size.

    Attributes
    ----------
    inputs : ndarray of shape (n_tasks, n_samples, n_dims)
        X.
    outputs : ndarray of shape (n_tasks, n_samples)
        y.
    truth : ndarray of shape (n_tasks, n_dims)
        β; empty where it is not known.
    """

    inputs: Array
    outputs: Array
    truth: Array

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def n_samples(self) -> int:
        """Of each task, n."""
        return self.inputs.shape[1]

    @property
    def n_dims(self) -> int:
        """Of the coefficients, p."""
        return self.inputs.shape[2]

    def take(self, of: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Tasks:
        """Return some of them."""
        return Tasks(self.inputs[of], self.outputs[of], self.truth[of] if self.truth.size else self.truth)

    def parts(self) -> Iterator[Tasks]:
        """Yield them in parts whose tables fit into the cache."""
        step = max(1, TOGETHER // (self.n_samples * max(self.n_samples, self.n_dims)))
        for start in range(0, len(self), step):
            yield self.take(slice(start, start + step))


def read_tasks(X: ArrayLike, y: ArrayLike) -> Tasks:
    """Return tasks from arrays.

    Parameters
    ----------
    X : array-like of shape (n_tasks, n_samples, n_dims)
        Inputs.
    y : array-like of shape (n_tasks, n_samples)
        Outputs.

    Raises
    ------
    ValueError
        For other shapes, NaN or infinity, and tasks with fewer than two samples.
    """
    shape = "an array of shape (n_tasks, n_samples, n_dims) of finite numbers, with at least two samples in a task"
    inputs = real_array("X", X, shape, "stack the tasks along the first axis")
    if inputs.ndim != 3 or inputs.shape[1] < 2 or not inputs.size or not np.isfinite(inputs).all():
        raise BadArgument("X", inputs.shape, shape, "stack the tasks along the first axis")
    outputs = real_array("y", y, f"an array of shape {inputs.shape[:2]} of finite numbers", "one row a task")
    if outputs.shape != inputs.shape[:2] or not np.isfinite(outputs).all():
        raise BadArgument("y", outputs.shape, f"of shape {inputs.shape[:2]}, of finite numbers", "one row a task")
    return Tasks(inputs, outputs, np.empty((0, inputs.shape[2])))


def draw_tasks(
    covariance: ArrayLike, coefficients: ArrayLike, *, n_tasks: int, n_samples: int, noise: float, seed: int
) -> Tasks:
    """Return Gaussian tasks.

    Parameters
    ----------
    covariance : array-like of shape (p, p)
        Σ.
    coefficients : array-like of shape (p, p)
        C = E ββᵀ.
    n_tasks, n_samples : int
        How many, and how many rows each, from 2.
    noise : float
        σ² ≥ 0.
    seed : int
        Task i depends on the seed and i alone.

    Raises
    ------
    ValueError
        For matrices that are not positive semi-definite, and numbers out of range.
    """
    inward = covariance_root("covariance", covariance)
    outward = covariance_root("coefficients", coefficients, len(inward))
    count = whole_number("n_tasks", n_tasks, 1, MOST)
    rows = whole_number("n_samples", n_samples, 2, MOST)
    p = len(inward)
    inputs, outputs, truth = np.empty((count, rows, p)), np.empty((count, rows)), np.empty((count, p))
    for task in range(count):
        rng = generator(seed, task)
        inputs[task] = rng.standard_normal((rows, p)) @ inward
        truth[task] = rng.standard_normal(p) @ outward
        outputs[task] = inputs[task] @ truth[task] + np.sqrt(noise) * rng.standard_normal(rows)
    return Tasks(inputs, outputs, truth)
