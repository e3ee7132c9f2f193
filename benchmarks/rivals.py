"""Speed of κ beside what a careful user writes in NumPy: all points at once, over all eigenvalues.

Run it by `python benchmarks/rivals.py`. One thread; medians of CPU time over alternated repetitions. The rivals solve
κ(1 − df₁(κ)/P) = λ for a batch of P: "bisection" halves ln κ sixty times, "Newton" takes safeguarded steps in ln κ until the
batch has converged to 1e-12, in blocks that fit the cache. Both hold df₁ as a points × eigenvalues array, and 1 − df₁/P as a
difference: they lose digits where it is small, ours does not. All agree to 1e-8 here.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1"))

import numpy as np
from clock import alternate
from table import show

import theory as th
from theory.solve.kappa.fixed_point import solve

RIDGE, CAPACITY, SOURCE, REPEATS = 1e-6, 1.5, 0.4, 3
POINTS, BLOCK = 240, 2**17
HALVINGS, TOLERANCE = 60, 1e-12


def blocks(eigenvalues, n_samples):
    """Yield batches of P whose array over the eigenvalues fits the cache."""
    width = max(1, BLOCK // eigenvalues.size)
    for first in range(0, n_samples.size, width):
        yield n_samples[first : first + width]


def bisection(eigenvalues, n_samples):
    """Return κ by halving brackets of ln κ."""
    out = []
    for p in blocks(eigenvalues, n_samples):
        low, high = np.full(p.size, np.log(RIDGE)), np.log(RIDGE + eigenvalues.sum() / p)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            kappa = np.exp(middle)[:, None]
            above = kappa[:, 0] * (1 - (eigenvalues / (eigenvalues + kappa)).sum(axis=1) / p) > RIDGE
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        out.append(np.exp((low + high) / 2))
    return np.concatenate(out)


def newton(eigenvalues, n_samples):
    """Return κ by Newton's steps on the concave side, which are monotone from above, all points of a block at once."""
    out = []
    for p in blocks(eigenvalues, n_samples):
        kappa = RIDGE + eigenvalues.sum() / p
        while True:
            share = eigenvalues / (eigenvalues + kappa[:, None])
            df1, df2 = share.sum(axis=1), (share * share).sum(axis=1)
            step = (kappa * (1 - df1 / p) - RIDGE) / (1 - df2 / p)
            kappa = kappa - step
            if np.all(abs(step) <= TOLERANCE * kappa):
                break
        out.append(kappa)
    return np.concatenate(out)


def rows():
    """Yield the rows of the table."""
    layer = [slot.layer for slot in th.linear_ridge().slots]
    for size in (1_000, 10_000, 100_000):
        eigenvalues = np.arange(1.0, size + 1) ** -CAPACITY
        task = th.Discrete.from_signal(eigenvalues, np.arange(1.0, size + 1) ** -(1 + 2 * CAPACITY * SOURCE))
        points = np.geomspace(10, size / 2, POINTS if size < 100_000 else POINTS // 10)

        def ours(task=task, points=points):
            return solve(task, layer, [points], np.full(points.size, RIDGE)).kappa

        for name, rival in (("bisection over all points", bisection), ("Newton over all points", newton)):

            def theirs(rival=rival, eigenvalues=eigenvalues, points=points):
                return rival(eigenvalues, points)

            np.testing.assert_allclose(ours(), theirs(), rtol=1e-8)
            mine, slow = alternate(ours, theirs, repeats=REPEATS)
            yield f"κ at {points.size} points, D = {size}", mine, name, slow


if __name__ == "__main__":
    show(rows())
