"""Speed of the simulation of a path of 20 ridges: this package beside the loop that refits at each ridge, in one run.

Run it by `python benchmarks/simulation.py`. One thread; medians of CPU time over alternated repetitions; read the ratios,
not the seconds. The loop: `np.linalg.solve` on φᵀφ/P + λ at each ridge, on the same draws, for the same averages over target
and label noise; its numbers are asserted to be the same. "Sampled target" is the loop that draws one target a trial instead
of averaging over all: each refit is far cheaper and every number noisier, so that the time for equal standard errors counts.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1"))

import functools

import numpy as np
from clock import alternate

import numerics as nm
import theory as th
from numerics.montecarlo.trials import generator
from numerics.simulate import anova
from numerics.simulate.declared import declare
from numerics.simulate.draws import SIGNAL, Draws
from numerics.simulate.ridge import Residuals

RIDGES, NOISE, SEED, TRIALS, REPEATS = np.geomspace(1e-4, 1.0, 20), 0.1, 0, 2, 3
SIZES = {"n_samples": 300, "n_features": 200}
CASES = (
    (800, SIZES),
    (400, {"n_samples": 200, "n_features": 200}),
    (300, {"n_samples": 600, "n_features": 200}),
    (100, {"n_samples": 60, "n_features": 40}),
)


def refit(task, sizes, decompose):
    """Return test and train risk of every trial, (n_trials, 2, n_ridges), and with `decompose` the bias, refitting."""
    declared = declare(th.random_features(), task.explicit(), sizes)
    amplitude, n_rows = np.sqrt(declared.target_power), sizes["n_samples"]
    risks = []
    for trial in range(TRIALS):
        rng = generator(SEED, trial)
        draws = Draws(declared, rng, copies=2 if decompose else 1, ensemble=1, complex=False, n_test=1)
        cells = []
        for cell in draws.cells:
            rows, features = draws.rows(cell), draws.features(cell, 0)
            targets = np.hstack([rows.train * amplitude, np.eye(n_rows)]) / np.sqrt(n_rows)
            wanted = np.hstack([rows.test * amplitude, np.zeros((len(rows.test), n_rows))])
            cells.append((features.train / np.sqrt(n_rows), targets, features.test[SIGNAL], wanted))
        for ridge in RIDGES:
            residuals = []
            for phi, targets, at_test, wanted in cells:
                v = np.linalg.solve(phi.T @ phi + ridge * np.eye(phi.shape[1]), phi.T @ targets)
                residuals.append(Residuals(targets - phi @ v, {SIGNAL: wanted - at_test @ v}, n_rows))
            squares = [(residual.train**2).sum(axis=0) for residual in residuals]
            train = np.mean([part[:-n_rows].sum() + NOISE * part[-n_rows:].sum() for part in squares])
            signal, label = anova.products(residuals)
            bias = anova.shared(draws.cells, declared.sources, signal)[()] if decompose else np.nan
            risks.append((np.trace(signal + NOISE * label) / len(cells) + NOISE, train, bias))
    return np.array(risks).reshape(TRIALS, len(RIDGES), 3)


def sampled(task, sizes, trials):
    """Return the test risk (n_trials, n_ridges) for one target a trial."""
    declared = declare(th.random_features(), task.explicit(), sizes)
    amplitude, n_rows = np.sqrt(declared.target_power), sizes["n_samples"]
    risks = []
    for trial in range(trials):
        rng = generator(SEED, trial)
        draws = Draws(declared, rng, copies=1, ensemble=1, complex=False, n_test=1)
        rows, features = draws.rows(draws.cells[0]), draws.features(draws.cells[0], 0)
        w = amplitude * rng.standard_normal(len(amplitude))
        y = rows.train @ w + np.sqrt(NOISE) * rng.standard_normal(n_rows)
        phi, at_test = features.train, features.test[SIGNAL]
        for ridge in RIDGES:
            v = np.linalg.solve(phi.T @ phi / n_rows + ridge * np.eye(phi.shape[1]), phi.T @ y / n_rows)
            risks.append(np.sum((rows.test @ w - at_test @ v) ** 2) + NOISE)
    return np.array(risks).reshape(trials, len(RIDGES))


def ours(task, sizes, decompose, trials=TRIALS):
    return nm.simulate(
        th.random_features(), task, trials=trials, seed=SEED, ridge=RIDGES, noise=NOISE, decompose=decompose,
        progress=False, **sizes,
    )


def same(task, sizes, decompose):
    """Assert that the loop and the path give the same numbers."""
    loop, path = refit(task, sizes, decompose), ours(task, sizes, decompose)
    names = ("test", "train", "bias") if decompose else ("test", "train")
    for place, name in enumerate(names):
        np.testing.assert_allclose(path.terms[name].values, loop[..., place], rtol=1e-7)


def main():
    """Print the table."""
    print(f"a path of {len(RIDGES)} ridges, random features{'':6s}{'trials/s':>10s}{'refitting':>12s}{'ratio':>8s}")
    for n_dims, sizes in CASES:
        k = np.arange(1.0, n_dims + 1)
        task = th.Discrete.from_signal(k**-1.5, k**-2.2)
        title = f"D = {n_dims}, P = {sizes['n_samples']}, N = {sizes['n_features']}"
        for decompose, name in ((False, "test and train risk"), (True, "and every variance")):
            same(task, sizes, decompose)
            mine, theirs = alternate(
                functools.partial(ours, task, sizes, decompose), functools.partial(refit, task, sizes, decompose),
                repeats=REPEATS,
            )
            print(f"  {title:26s}{name:20s}{TRIALS / mine:10.2f}{TRIALS / theirs:12.3f}{theirs / mine:7.1f}x")
        mine, theirs = alternate(
            functools.partial(ours, task, sizes, False), functools.partial(sampled, task, sizes, TRIALS), repeats=REPEATS
            )
        many = 20 if n_dims > 100 else 100
        spread = np.median(sampled(task, sizes, many).var(axis=0) / ours(task, sizes, False, many).test.values.var(axis=0))
        print(
            f"  {'':26s}{'sampled target':20s}{TRIALS / mine:10.2f}{TRIALS / theirs:12.3f}{theirs / mine:7.1f}x, "
            f"at equal standard errors {theirs / mine * spread:.0f}x"
        )


if __name__ == "__main__":
    main()
