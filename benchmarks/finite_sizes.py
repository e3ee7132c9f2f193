"""What is left of the risk at finite sizes after the first correction: `python benchmarks/finite_sizes.py all real 20000`.

Every setting is measured by definition at a ladder of sizes (populations of copies), real and complex; the table has leading,
corrected and measured values, and the pooled slope of the remainder by the size.
"""

import sys
import time

import numpy as np

import theory as th
from numerics.check.ladder import population, sizes_at
from numerics.simulate.declared import declare
from numerics.simulate.draws import SIGNAL, Draws

MODES = np.arange(1, 25.0)
STEEP = th.Discrete(10 * MODES**-1.7, MODES**-0.3)
GENTLE = th.Discrete(2 * MODES**-0.6, MODES**-0.9)
RIDGES, NOISES = np.array([0.03, 0.3]), np.array([0.0, 0.25])
S, G, H, F = th.Samples, th.GaussianFeatures, th.HaarProjection, th.FeatureNoise
SETTINGS = {
    "linear 20": (th.linear_ridge(), STEEP, {"n_samples": 20}),
    "linear 36": (th.linear_ridge(), GENTLE, {"n_samples": 36}),
    "features 36/16": (th.random_features(), STEEP, {"n_samples": 36, "n_features": 16}),
    "features 16/32": (th.random_features(), GENTLE, {"n_samples": 16, "n_features": 32}),
    "deep 40/30/18": (th.deep_random_features(2), STEEP, {"n_samples": 40, "n_features_1": 30, "n_features_2": 18}),
    "projection 36/14": (th.Chain(S(), H()), STEEP, {"n_samples": 36, "n_features": 14}),
    "columns 36/20": (th.Chain(S(), G(columns=0.7)), STEEP, {"n_samples": 36, "n_features": 20}),
    "rows 36": (th.Chain(S(rows=0.6)), STEEP, {"n_samples": 36}),
    "rows 40/20": (th.Chain(S(rows=0.4), G()), GENTLE, {"n_samples": 40, "n_features": 20}),
    "noise 36/18": (th.Chain(S(), F(), G()), STEEP, {"n_samples": 36, "n_features": 18, "feature_noise": 0.1}),
    "noise between 40/30/18": (th.Chain(S(), G(), F(), G()), GENTLE,
                               {"n_samples": 40, "n_features_1": 30, "n_features_2": 18, "feature_noise": 0.1}),
    "projection outside 40/18/12": (th.Chain(S(), H(), G()), STEEP, {"n_samples": 40, "n_features_1": 18, "n_features_2": 12}),
    "projection inside 40/16/18": (th.Chain(S(), G(), H()), GENTLE, {"n_samples": 40, "n_features_1": 16, "n_features_2": 18}),
}  # fmt: skip
QUANTITIES = ("test", "train", "dof", "objective")


def one_draw(draws, noises=NOISES, ridges=RIDGES):
    """Return every quantity of one draw, by definition, of shape (4, noises, ridges); target and label noise are averaged."""
    cell, amplitude = draws.cells[0], np.sqrt(draws.declared.target_power)
    rows, features = draws.rows(cell), draws.features(cell, 0)
    n_rows, n_dims = features.train.shape[0], len(amplitude)
    left_of, roots, right = np.linalg.svd(features.train / np.sqrt(n_rows), full_matrices=False)
    labels = np.eye(n_rows) * draws.declared.rows.layer.noise_roots(n_rows)
    targets = np.hstack([rows.train * amplitude, labels]) / np.sqrt(n_rows)
    wanted = {tag: np.zeros((len(block), n_dims + n_rows)) for tag, block in features.test.items()}
    wanted[SIGNAL][:, :n_dims] = rows.test * amplitude
    seen = left_of.conj().T @ targets
    values, unfitted, overlaps = roots**2, targets - left_of @ seen, np.abs(seen) ** 2
    made = np.empty((len(QUANTITIES), len(noises), len(ridges)))
    for place, ridge in enumerate(ridges):
        left = ridge / (values + ridge)
        weights = right.conj().T @ ((roots / (values + ridge))[:, None] * seen)
        test = {tag: wanted[tag] - block @ weights for tag, block in features.test.items()}
        for row, columns in ((0, slice(0, n_dims)), (1, slice(n_dims, None))):
            out = (np.abs(unfitted[:, columns]) ** 2).sum()
            risk = sum((np.abs(block[:, columns]) ** 2).sum() for block in test.values())
            sums = overlaps[:, columns].sum(axis=1)
            for q, value in enumerate((risk, out + left**2 @ sums, 0.0, out + left @ sums)):
                made[q, row, place] = value
        made[2, :, place] = (1 - left).sum()
    signal, label = made[:, 0], made[:, 1]
    found = signal[:, None] + label[:, None] * noises[:, None]
    found[0] += noises[:, None]
    found[2] = signal[2]
    return found


def measure(model, task, sizes, trials, seed, complex):
    """Return means and standard errors over draws, each of shape (4, noises, ridges)."""
    declared, rng = declare(model, task.explicit(), sizes), np.random.default_rng(seed)
    values = np.array([one_draw(Draws(declared, rng, copies=1, ensemble=1, complex=complex, n_test=1)) for _ in range(trials)])
    return values.mean(axis=0), values.std(axis=0, ddof=1) / trials**0.5


def predict(model, task, sizes, entries):
    """Return leading and corrected values, each of shape (4, noises, ridges), and the largest parameter of each ridge."""
    out = model.evaluate(task, ridge=RIDGES, noise=NOISES[:, None], finite_size=True, entries=entries, **sizes)
    added = np.array([out.correction[name] for name in QUANTITIES])
    limits = np.array([out.leading.test, out.leading.train, out.dof - out.correction["dof"],
                       out.objective - out.correction["objective"]])  # fmt: skip
    return limits, limits + added, np.max([np.asarray(v) for v in out.correction_parameter.values()], axis=0)[0]


def main(names, entries, trials, scales=(1, 2, 4)):
    """Print one line a quantity and setting."""
    for name in names:
        model, base, given = SETTINGS[name]
        for scale in scales:
            start = time.time()
            task = population(base, scale)
            sizes = {**given, **sizes_at(model, given, scale)}
            limits, corrected, size = predict(model, task, sizes, entries)
            n = max(2, round(trials / scale))
            mean, error = measure(model, task, sizes, n, [scale, len(name), *map(ord, name)], entries == "complex")
            for q, quantity in enumerate(QUANTITIES):
                for i, noise in enumerate(NOISES if quantity != "dof" else NOISES[:1]):
                    for j, ridge in enumerate(RIDGES):
                        row = limits[q, i, j], corrected[q, i, j], mean[q, i, j], error[q, i, j], size[j]
                        print(entries, name, quantity, noise, ridge, scale, *(f"{value:.8g}" for value in row), sep="\t")
            print(f"# {name} {entries} x{scale}: {n} draws, {time.time() - start:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    chosen = list(SETTINGS) if sys.argv[1] == "all" else sys.argv[1].split(",")
    main(chosen, sys.argv[2], int(sys.argv[3]))
