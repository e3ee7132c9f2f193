"""Speed of training curves: this package beside direct decomposition of one draw, and beside the mean-field iteration.

Run it by `python benchmarks/flow.py`. One thread; medians of CPU time over alternated repetitions; read the ratios, not the
seconds. "Draw": the loss along 60 times of *one* draw of 2,000 samples seen through 2,000 features, by its eigenvectors.
"Mean field": the discretised equations of arXiv:2402.01092 on a grid of T times as T × T matrices, iterated to their fixed
point (`numerics.papers.bordelon2024.mean_field`); the cost grows as T³ and with the number of modes, so that it wins on a few
dozen steps and loses beyond a few hundred. Both are asserted to say the same as the package.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1"))

import functools
import time

import numpy as np
from clock import alternate

import theory as th
from numerics.papers.bordelon2024.mean_field import mean_field

REPEATS, TIMES, SIZE = 3, 60, 2_000
LAW = th.PowerLaw(capacity=1.25, source=0.2)
FLOW = th.GradientFlow(th.random_features())
CURVE_SECONDS, FLAT = 2.0, 2.0  # what is promised: of a curve; how much longer late times and many steps may take
DECADES = (0, 4, 8, 12)


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


def seconds(function):
    """Return the CPU seconds of one run: of what is too slow to repeat."""
    start = time.process_time()
    found = function()
    return time.process_time() - start, found


def curves():
    """Print what curves cost, and that neither late times nor many steps cost more."""
    first, _ = seconds(curve)
    windows = alternate(*(functools.partial(curve, d, d + 1) for d in DECADES), repeats=REPEATS)
    (again,) = alternate(curve, repeats=REPEATS)
    print(f"a curve of {TIMES} times on an infinite power law, t = 1 ... 1e8: {again:.2f} s (the first one {first:.2f} s)")
    assert again < CURVE_SECONDS
    print("  of one decade, from t =", ", ".join(f"1e{d}: {s:.2f} s" for d, s in zip(DECADES, windows, strict=True)))
    last, dearest = windows[-1] / windows[0], max(windows) / windows[0]
    print(f"  flat in t: the decade from t = 1e12 costs {last:.2f} of that from t = 1, the dearest one {dearest:.2f}")
    assert max(windows) < FLAT * min(windows)
    counts = (100, 10_000, 10**6, 10**9)
    for momentum in (0.0, 0.9):
        descent = th.GradientDescent(th.random_features(), momentum=momentum)
        runs = [
            functools.partial(descent.evaluate, LAW, n_steps=np.full(TIMES, n), step=0.3, n_samples=1e4, n_features=1e3)
            for n in counts
        ]
        spent = alternate(*runs, repeats=REPEATS)
        listed = ", ".join(f"n = {n:.0e}: {s:.2f} s" for n, s in zip(counts, spent, strict=True))
        print(f"  {TIMES} points of descent, momentum {momentum:g}, {listed}")
        assert max(spent[1:]) < FLAT * min(spent[1:])


def against_a_draw():
    """Print the ratio to the decomposition of one draw."""
    times, task = np.logspace(0, 5, TIMES), LAW.truncate(SIZE)
    run = functools.partial(curve, 0, 5, task=task, n_samples=SIZE, n_features=SIZE, noise=0.0)
    (mine,) = alternate(run, repeats=REPEATS)
    theirs, found = seconds(functools.partial(one_draw, task, times, SIZE, SIZE, np.random.default_rng(0)))
    early = times < SIZE
    deviation = abs(found / run() - 1)[early].max()
    print(f"one draw of {SIZE} x {SIZE} on {SIZE} modes, {TIMES} times: {theirs:.1f} s, ours {mine:.2f} s, "
          f"{theirs / mine:.0f}x; it scatters about the limit by {deviation:.1%} at t < {SIZE}")  # fmt: skip
    assert deviation < 0.1


def against_the_mean_field():
    """Print the ratio to the iteration of the mean-field equations, on grids of times that it can hold."""
    descent, given = th.GradientDescent(th.random_features()), {"n_samples": 60, "n_features": 40, "noise": 0.1}
    task = th.PowerLaw(1.25, 0.2).truncate(60)
    for n_steps in (50, 100, 200, 400):
        theirs, found = seconds(functools.partial(mean_field, task, 0.3, n_steps, **given))
        steps = np.unique(np.round(np.geomspace(1, n_steps, 20)).astype(int))
        run = functools.partial(descent.evaluate, task, n_steps=steps, step=0.3, **given)
        (mine,) = alternate(run, repeats=1)
        deviation = abs(found[steps] / run().excess - 1).max()
        print(f"mean-field iteration, 60 modes, {n_steps} steps: {theirs:.2f} s, ours at {len(steps)} of them {mine:.2f} s, "
              f"{theirs / mine:.1f}x; they differ by {deviation:.0e}", flush=True)  # fmt: skip
        assert deviation < 1e-8


def main():
    """Print the table; fail where a promise is not kept."""
    curves()
    against_a_draw()
    against_the_mean_field()


if __name__ == "__main__":
    main()
