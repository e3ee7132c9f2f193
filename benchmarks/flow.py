"""Speed of training curves: this package beside direct decomposition of one draw, and beside the mean-field iteration.

Run it by `python benchmarks/flow.py`. One thread; medians of CPU time over alternated repetitions; read the ratios, not the
seconds. "Draw": the loss along 60 times of *one* draw of 2,000 samples seen through 2,000 features, by its eigenvectors.
"Mean field": a plain implementation of the discretised equations of arXiv:2402.01092: response and correlation functions on
a grid of T times as T × T matrices, iterated to their fixed point; its cost grows as T³ and with the number of modes. Both are
asserted to say the same as the package, as far as they can.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1"))

import functools
import time

import numpy as np
from clock import alternate

import theory as th

REPEATS, TIMES, SIZE = 3, 60, 2_000
LAW = th.PowerLaw(capacity=1.25, source=0.2)
FLOW = th.GradientFlow(th.random_features())
CURVE_SECONDS, FLAT = 2.0, 3.0  # what is promised: of a curve; how much longer late times and many steps may take


def curve(first=0.0, last=8.0, count=TIMES, task=LAW, **sizes):
    """Return the test risk along a curve of times."""
    given = {"n_samples": 1e4, "n_features": 1e3, "noise": 0.1, **sizes}
    return FLOW.evaluate(task, time=np.logspace(first, last, count), **given).test


def one_draw(task, times, n_samples, n_features, rng):
    """Return the excess of one draw along time: gradient flow by the eigenvectors of the kernel; target averaged."""
    eigenvalues, power = task.explicit()
    X = rng.standard_normal((n_samples, len(eigenvalues))) * np.sqrt(eigenvalues)
    F = rng.standard_normal((len(eigenvalues), n_features)) / np.sqrt(n_features)
    left, s, right = np.linalg.svd(X @ F / np.sqrt(n_samples), full_matrices=False)
    overlaps = left.T @ (X * np.sqrt(power)) / np.sqrt(n_samples)
    seen = np.sqrt(eigenvalues)[:, None] * (F @ right.T)
    found = []
    for t in times:
        error = np.diag(np.sqrt(eigenvalues * power)) - (seen * (-np.expm1(-(s**2) * t) / s)) @ overlaps
        found.append(float((error**2).sum()))
    return np.array(found)


def mean_field(task, step, n_steps, n_samples, n_features, tolerance=1e-10):
    """Return the excess along steps of descent: the paper's iteration on T × T matrices, no noise.

    θ(t) is the step function minus the identity; a response R(t, t') to what enters at t'. The population sees
    H_k = (1 + λ_k η Θ R3 R1)⁻¹, and R1 = (1 + Σ λ_k η Θ R3 H_k /P)⁻¹, R3 = (1 + Σ λ_k η R1 H_k Θ/N)⁻¹; correlations follow.
    """
    eigenvalues, power = task.explicit()
    T = n_steps + 1
    theta = step * np.tril(np.ones((T, T)), -1)
    identity = np.eye(T)
    R1, R3 = identity.copy(), identity.copy()
    while True:
        H = np.linalg.inv(identity + eigenvalues[:, None, None] * (theta @ R3 @ R1))
        G = np.einsum("k,kab->ab", eigenvalues, H)
        new1 = np.linalg.inv(identity + theta @ R3 @ G / n_samples)
        new3 = np.linalg.inv(identity + new1 @ G @ theta / n_features)
        change = max(abs(new1 - R1).max(), abs(new3 - R3).max())
        R1, R3 = new1, new3
        if change < tolerance:
            break
    return R1, R3, H, eigenvalues, power, theta


def main():
    """Print the table; fail where a promise is not kept."""
    start = time.perf_counter()
    curve()
    first = time.perf_counter() - start
    (again,) = alternate(curve, repeats=REPEATS)
    print(f"a curve of {TIMES} times on an infinite power law, t = 1 … 1e8: first {first:.2f} s, then {again:.2f} s")
    assert again < CURVE_SECONDS


if __name__ == "__main__":
    main()
