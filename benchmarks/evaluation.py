"""Speed of κ and of the full risk: this package beside the loop that people write, in one run.

Run it by `python benchmarks/evaluation.py`. One thread; medians of alternated repetitions; read the ratios, not the seconds.
The loop: for each point SciPy's `brentq` on κ(1 − df₁(κ)/P) = λ over all eigenvalues, then the closed-form risk.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1"))

import functools
import time

import numpy as np
from clock import alternate
from scipy.optimize import brentq

import theory as th
from theory.solve.kappa.fixed_point import solve

RIDGE, NOISE, CAPACITY, SOURCE, REPEATS = 1e-6, 0.1, 1.5, 0.4, 5


def brentq_loop(eigenvalues, signal, n_samples, risk):
    """Return κ (and the test risk if `risk`) point by point, as a paper script does."""
    out = []
    for p in n_samples:
        upper = RIDGE + eigenvalues.sum() / p
        kappa = brentq(lambda k, p=p: k * (1 - np.sum(eigenvalues / (eigenvalues + k)) / p) - RIDGE, 1e-15, upper, xtol=1e-16)
        if risk:
            gamma = np.sum((eigenvalues / (eigenvalues + kappa)) ** 2) / p
            out.append((np.sum(signal * kappa**2 / (eigenvalues + kappa) ** 2) + NOISE) / (1 - gamma))
        else:
            out.append(kappa)
    return np.array(out)


def main():
    """Print the table."""
    model, features = th.linear_ridge(), th.random_features()
    layer = [slot.layer for slot in model.slots]
    points = np.geomspace(10, 5000, 2000)
    few = points[::100]
    ridges = np.full(points.size, RIDGE)
    print(f"{'finite spectrum, per point':44s}{'ours':>12s}{'brentq loop':>14s}{'ratio':>10s}")
    ours = {}
    for size in (1_000, 10_000, 100_000):
        k = np.arange(1.0, size + 1)
        eigenvalues, signal = k**-CAPACITY, k ** -(1 + 2 * CAPACITY * SOURCE)
        task = th.Discrete.from_signal(eigenvalues, signal)
        for name, risk in (("kappa", False), ("full risk", True)):
            run = (
                (lambda task=task: model.evaluate(task, n_samples=points, ridge=RIDGE, noise=NOISE).test)
                if risk
                else (lambda task=task: solve(task, layer, [points], ridges).kappa)
            )
            loop = functools.partial(brentq_loop, eigenvalues, signal, few, risk)
            np.testing.assert_allclose(run()[::100], loop(), rtol=1e-6)
            mine, theirs = alternate(run, loop, repeats=REPEATS, timer=time.perf_counter)
            mine, theirs = mine / points.size, theirs / few.size
            ours[name, size] = mine
            print(f"  D = {size:<7d} {name:32s}{mine * 1e6:9.2f} µs{theirs * 1e6:11.1f} µs{theirs / mine:9.0f}x")
    for name in ("kappa", "full risk"):
        print(f"  slowing from D = 10^3 to 10^5, {name:20s}{ours[name, 100_000] / ours[name, 1_000]:9.2f}x")

    task, many = th.PowerLaw(CAPACITY, SOURCE), np.geomspace(10, 1e8, 50_000)
    ridges, wide = np.full(many.size, RIDGE), np.full(many.size, 1e5)
    print(f"\n{'infinite power law, points per second':44s}")
    cases = {
        "kappa, ridge": lambda: solve(task, layer, [many], ridges),
        "full risk, ridge": lambda: model.evaluate(task, n_samples=many, ridge=RIDGE, noise=NOISE),
        "kappa, random features": lambda: solve(task, [s.layer for s in features.slots], [wide, many], ridges),
        "full ANOVA, random features": lambda: features.evaluate(
            task, n_samples=many, n_features=1e5, ridge=RIDGE, noise=NOISE
        ),
    }
    for name, seconds in zip(cases, alternate(*cases.values(), repeats=REPEATS, timer=time.perf_counter), strict=True):
        print(f"  {name:42s}{many.size / seconds:12.3g}")


if __name__ == "__main__":
    main()
