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
from table import show

import theory as th
from numerics.papers.bordelon2024.mean_field import mean_field

REPEATS, TIMES, SIZE = 3, 60, 2_000
LAW = th.PowerLaw(capacity=1.25, source=0.2)
FLOW = th.GradientFlow(th.random_features())
CURVE_SECONDS, FLAT = 2.0, 2.0  # what is promised: of a curve; how much longer late times and many steps may take
DECADES, STEPS = (0, 4, 8, 12), (100, 10_000, 10**6, 10**9)


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
    """Yield what curves cost; assert that neither late times nor many steps cost more."""
    first, _ = seconds(curve)
    yield f"{TIMES} times, t = 1 … 1e8, the first curve of a process", first, None, None
    (again,) = alternate(curve, repeats=REPEATS)
    assert again < CURVE_SECONDS
    yield f"{TIMES} times, t = 1 … 1e8, infinite power law", again, None, None
    windows = alternate(*(functools.partial(curve, d, d + 1) for d in DECADES), repeats=REPEATS)
    assert max(windows) < FLAT * min(windows)
    for decade, spent in zip(DECADES[1:], windows[1:], strict=True):
        yield f"the decade from t = 1e{decade}", spent, f"from t = 1e{DECADES[0]}", windows[0]
    for momentum in (0.0, 0.9):
        descent = th.GradientDescent(th.random_features(), momentum=momentum)
        runs = [
            functools.partial(descent.evaluate, LAW, n_steps=np.full(TIMES, n), step=0.3, n_samples=1e4, n_features=1e3)
            for n in STEPS
        ]
        spent = alternate(*runs, repeats=1 if momentum else REPEATS)  # a hundred steps still ring: their cost goes as n²
        assert max(spent[1:]) < FLAT * min(spent[1:])
        for n, cost in zip(STEPS[1:], spent[1:], strict=True):
            yield f"{TIMES} points of descent, momentum {momentum:g}, {n:.0e} steps", cost, f"{STEPS[0]} steps", spent[0]


def against_a_draw():
    """Yield the cost of decomposing one draw beside ours."""
    times, task = np.logspace(0, 5, TIMES), LAW.truncate(SIZE)
    run = functools.partial(curve, 0, 5, task=task, n_samples=SIZE, n_features=SIZE, noise=0.0)
    (mine,) = alternate(run, repeats=REPEATS)
    theirs, found = seconds(functools.partial(one_draw, task, times, SIZE, SIZE, np.random.default_rng(0)))
    early = times < SIZE
    assert abs(found / run() - 1)[early].max() < 0.1
    yield f"{TIMES} times, {SIZE} × {SIZE} on {SIZE} modes", mine, "one draw's eigenvectors", theirs


def against_the_mean_field():
    """Yield the cost of iterating the mean-field equations, on grids of times that they can hold."""
    descent, given = th.GradientDescent(th.random_features()), {"n_samples": 60, "n_features": 40, "noise": 0.1}
    task = th.PowerLaw(1.25, 0.2).truncate(60)
    for n_steps in (50, 100, 200, 400):
        theirs, found = seconds(functools.partial(mean_field, task, 0.3, n_steps, **given))
        steps = np.unique(np.round(np.geomspace(1, n_steps, 20)).astype(int))
        run = functools.partial(descent.evaluate, task, n_steps=steps, step=0.3, **given)
        (mine,) = alternate(run, repeats=1)
        assert abs(found[steps] / run().excess - 1).max() < 1e-8
        yield f"{len(steps)} of {n_steps} steps of descent, 60 modes", mine, "mean-field iteration", theirs


def rows():
    """Yield the rows of the table; fail where a promise is not kept."""
    yield from curves()
    yield from against_a_draw()
    yield from against_the_mean_field()


if __name__ == "__main__":
    show(rows())
