"""Speed of the simulation: this package beside loops that refit, and beside LAPACK alone, in one run.

Run it by `python benchmarks/simulation.py`. One thread; medians of CPU time over alternated repetitions; read the ratios,
not the seconds. "Refitting" is `np.linalg.solve` on φᵀφ/P + λ at each ridge, on the same draws, for the same averages over
target and label noise; "LAPACK alone" the shortest way to the same test and training risk at one ridge, draws included: a
Cholesky factor, two solves, residuals in full. Their numbers are asserted to be the same. "Sampled target" is the loop that
draws one target a trial instead of averaging over all: each refit is far cheaper and every number noisier, so that the time
for equal standard errors counts.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1"))

import functools

import numpy as np
import scipy.linalg
from clock import alternate

import numerics as nm
import theory as th
from numerics.montecarlo.trials import generator
from numerics.simulate import anova
from numerics.simulate.declared import declare
from numerics.simulate.draws import SIGNAL, Draws

RIDGES, ONE, NOISE, SEED, TRIALS, REPEATS = np.geomspace(1e-4, 1.0, 20), 0.01, 0.1, 0, 2, 3
SIZES = {"n_samples": 300, "n_features": 200}
CASES = (
    (800, SIZES),
    (400, {"n_samples": 200, "n_features": 200}),
    (300, {"n_samples": 600, "n_features": 200}),
    (100, {"n_samples": 60, "n_features": 40}),
)


def products(residuals, n_rows):
    """Return inner products of residuals at the test point, all pairs of cells: signal; label noise per σ²."""
    parts = (slice(None, -n_rows), slice(-n_rows, None))
    flat = [np.array([test[:, part].ravel() for _, test in residuals]) for part in parts]
    return [each @ each.T for each in flat]


def refit(task, sizes, decompose, ridges=RIDGES):
    """Return test and train risk of every trial, (n_trials, n_ridges, 3), and with `decompose` the bias, refitting."""
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
        for ridge in ridges:
            residuals = []
            for phi, targets, at_test, wanted in cells:
                v = np.linalg.solve(phi.T @ phi + ridge * np.eye(phi.shape[1]), phi.T @ targets)
                residuals.append((targets - phi @ v, wanted - at_test @ v))
            squares = [(train**2).sum(axis=0) for train, _ in residuals]
            train = np.mean([part[:-n_rows].sum() + NOISE * part[-n_rows:].sum() for part in squares])
            signal, label = products(residuals, n_rows)
            bias = anova.shared(draws.cells, declared.sources, signal)[()] if decompose else np.nan
            risks.append((np.trace(signal + NOISE * label) / len(cells) + NOISE, train, bias))
    return np.array(risks).reshape(TRIALS, len(ridges), 3)


def lapack(task, sizes):
    """Return test and train risk of every trial at one ridge, (n_trials, 2), by hand."""
    eigenvalues, power = task.explicit()
    root, amplitude, (n_rows, n) = np.sqrt(eigenvalues), np.sqrt(power), sizes.values()
    found = []
    for trial in range(TRIALS):
        rng = generator(SEED, trial)
        X = rng.standard_normal((n_rows, len(root)))
        X *= root
        F = rng.standard_normal((len(root), n))
        F /= n**0.5
        phi = X @ F
        factor = scipy.linalg.cho_factor(phi.T @ phi / n_rows + ONE * np.eye(n), check_finite=False)
        targets = X * amplitude
        signal = scipy.linalg.cho_solve(factor, phi.T @ targets, check_finite=False) / n_rows
        label = scipy.linalg.cho_solve(factor, phi.T, check_finite=False) / n_rows
        F *= root[:, None]
        missed = F @ signal
        missed[np.diag_indices(len(root))] -= root * amplitude
        left, noise = targets - phi @ signal, np.eye(n_rows) - phi @ label
        test = np.vdot(missed, missed) + NOISE * (1 + np.vdot(seen := F @ label, seen))
        found.append((test, (np.vdot(left, left) + NOISE * np.vdot(noise, noise)) / n_rows))
    return np.array(found)


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
            risks.append(np.sum((rows.root * w - at_test @ v) ** 2) + NOISE)
    return np.array(risks).reshape(trials, len(RIDGES))


def ours(task, sizes, decompose, trials=TRIALS, ridges=RIDGES):
    return nm.simulate(
        th.random_features(), task, trials=trials, seed=SEED, ridge=ridges, noise=NOISE, decompose=decompose,
        progress=False, **sizes,
    )


def same(task, sizes, decompose):
    """Assert that the loops and the package give the same numbers."""
    loop, path = refit(task, sizes, decompose), ours(task, sizes, decompose)
    names = ("test", "train", "bias") if decompose else ("test", "train")
    for place, name in enumerate(names):
        np.testing.assert_allclose(path.terms[name].values, loop[..., place], rtol=1e-7)
    one, hand = ours(task, sizes, False, ridges=ONE), lapack(task, sizes)
    for place, name in enumerate(("test", "train")):
        np.testing.assert_allclose(one.terms[name].values, hand[:, place], rtol=1e-10)


def rows():
    """Yield (work, our seconds, rival, its seconds), of a trial."""
    for n_dims, sizes in CASES:
        k = np.arange(1.0, n_dims + 1)
        task = th.Discrete.from_signal(k**-1.5, k**-2.2)
        title = f"D = {n_dims}, P = {sizes['n_samples']}, N = {sizes['n_features']}"
        same(task, sizes, True)
        for decompose, name in ((False, "risks"), (True, "every variance")):
            timed = functools.partial(alternate, repeats=REPEATS)
            mine, by_hand, again = timed(
                functools.partial(ours, task, sizes, decompose, ridges=ONE), functools.partial(lapack, task, sizes),
                functools.partial(refit, task, sizes, decompose, ridges=[ONE]),
            )  # fmt: skip
            if not decompose:
                yield f"a trial, one ridge, {name}, {title}", mine / TRIALS, "LAPACK alone", by_hand / TRIALS
            yield f"a trial, one ridge, {name}, {title}", mine / TRIALS, "refitting", again / TRIALS
            mine, theirs = timed(*(functools.partial(each, task, sizes, decompose) for each in (ours, refit)))
            yield f"a trial, {len(RIDGES)} ridges, {name}, {title}", mine / TRIALS, "refitting", theirs / TRIALS
        mine, theirs = timed(functools.partial(ours, task, sizes, False), functools.partial(sampled, task, sizes, TRIALS))
        many = 20 if n_dims > 100 else 100
        spread = np.median(sampled(task, sizes, many).var(axis=0) / ours(task, sizes, False, many).test.values.var(axis=0))
        yield f"equal standard errors, {len(RIDGES)} ridges, {title}", mine / TRIALS, "sampled target", theirs * spread / TRIALS


def main():
    """Print the table."""
    for work, mine, rival, theirs in rows():
        print(f"  {work:76s}{1e3 * mine:9.2f} ms  {rival:15s}{1e3 * theirs:9.2f} ms{theirs / mine:7.1f}x", flush=True)


if __name__ == "__main__":
    main()
