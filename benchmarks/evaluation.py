"""Speed of κ and of the full risk: this package beside the loop that people write, in one run.

Run it by `python benchmarks/evaluation.py`. One thread; medians of alternated repetitions; read the ratios, not the seconds.
The loop: for each point SciPy's `brentq` on κ(1 − df₁(κ)/P) = λ over all eigenvalues, then the closed-form risk.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1"))

import functools

import numpy as np
from clock import alternate
from compiled import loops
from scipy.optimize import brentq

import theory as th
from theory.compiled import VARIABLE
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


def ways(run):
    """Return a piece of work by NumPy alone and, where Numba is installed, by compiled loops."""

    def by(points):
        def work():
            os.environ[VARIABLE] = points
            return run()

        return work

    return [by("0"), by("1")] if loops() else [by("0")]


def listed(size, points, few):
    """Yield the rows of a spectrum of so many listed modes, seconds a point."""
    model = th.linear_ridge()
    layer = [slot.layer for slot in model.slots]
    k = np.arange(1.0, size + 1)
    eigenvalues, signal = k**-CAPACITY, k ** -(1 + 2 * CAPACITY * SOURCE)
    task, ridges = th.Discrete.from_signal(eigenvalues, signal), np.full(points.size, RIDGE)
    kappas = ways(lambda: solve(task, layer, [points], ridges).kappa)
    risks = ways(lambda: model.evaluate(task, n_samples=points, ridge=RIDGE, noise=NOISE).test)
    for name, mine, risk in (("κ", kappas, False), ("full risk", risks, True)):
        loop = functools.partial(brentq_loop, eigenvalues, signal, few, risk)
        np.testing.assert_allclose(np.interp(few, points, mine[-1]()), loop(), rtol=1e-5)
        *ours, theirs = alternate(*mine, loop, repeats=REPEATS)
        for way, seconds in zip(("NumPy", "compiled"), ours, strict=False):
            yield f"{name}, {size} eigenvalues, {way}", seconds / points.size, "brentq loop", theirs / few.size
    if loops():
        one_sum, newton = loops()
        nodes, found = task._compressed, np.empty(points.size)
        kappa, kept = kappas[0](), np.empty(points.size)
        bound = functools.partial(one_sum, nodes.eigenvalues, nodes.counts, kappa, found)
        loop = functools.partial(newton, nodes.eigenvalues, nodes.counts, points, RIDGE, kept)
        loop()
        np.testing.assert_allclose(kept, kappa, rtol=1e-12)
        ours, *theirs = alternate(kappas[1], bound, loop, repeats=REPEATS)
        for rival, seconds in zip(("one compiled sum", "compiled Newton loop"), theirs, strict=True):
            yield f"κ, {size} eigenvalues ({len(nodes)} nodes)", ours / points.size, rival, seconds / points.size


def infinite(many):
    """Yield the rows of the infinite power law, seconds a point: compiled loops beside NumPy."""
    model, features, deep = th.linear_ridge(), th.random_features(), th.Chain(th.Samples(), *[th.GaussianFeatures()] * 3)
    task, ridges, wide = th.PowerLaw(CAPACITY, SOURCE), np.full(many.size, RIDGE), np.full(many.size, 1e5)
    given = {"ridge": RIDGE, "noise": NOISE, "n_samples": many}

    def kappa(chain):
        layers = [slot.layer for slot in chain.slots]
        return lambda: solve(task, layers, [*[wide] * (len(layers) - 1), many], ridges).kappa

    for name, run in (
        ("κ, ridge", kappa(model)),
        ("κ, random features", kappa(features)),
        ("κ, three layers of features", kappa(deep)),
        ("full risk, ridge", lambda: model.evaluate(task, **given)),
        ("full ANOVA, random features", lambda: features.evaluate(task, n_features=1e5, **given)),
    ):
        plain, *fast = alternate(*ways(run), repeats=REPEATS)
        for seconds in fast or [plain]:
            yield f"{name}, infinite power law", seconds / many.size, "NumPy alone", plain / many.size


def rows():
    """Yield (work, our seconds, rival, its seconds), all for one point."""
    points = np.geomspace(10, 5000, 2000)
    for size in (1_000, 10_000, 100_000):
        yield from listed(size, points, points[::100])
    yield from infinite(np.geomspace(10, 1e8, 50_000))


def main():
    """Print the table."""
    for work, ours, rival, theirs in rows():
        print(f"{work:52s}{ours * 1e6:9.3f} µs{rival:>22s}{theirs * 1e6:10.3f} µs{theirs / ours:9.2f}x", flush=True)


if __name__ == "__main__":
    main()
