"""Learning curves of at most 50 rows of real data with and without the first correction: `python benchmarks/small_samples.py`.

The population is the pool itself: its covariance, the best linear predictor, what that leaves as noise. Training rows are drawn
with replacement, the test risk is over the whole pool, and nothing is fitted. Rows of data are not Gaussian, and what the best
predictor leaves depends on them: the theory assumes neither. Beside it, the same with Gaussian rows and independent noise.
"""

import warnings

import numpy as np
from sklearn import datasets

import numerics as nm
import theory as th

DRAWS, SIZES, RIDGES = 2000, (20, 30, 50), (0.1, 0.3, 1.0)


def pools():
    """Yield a name, standardised features and one centred target, for the data that come with scikit-learn and mlxtend."""
    for name in ("diabetes", "wine", "breast_cancer"):
        found = getattr(datasets, f"load_{name}")()
        yield name, found.data, found.target
    for name in ("digits", "mnist5k"):
        found = nm.load(name)
        values = np.linalg.svd(found.features - found.features.mean(axis=0), full_matrices=False)
        yield f"{name}, 30 components", values[0][:, :30] * values[1][:30] ** 0.5, found.targets[:, 0]


def main():
    """Print a line for each pool, size and ridge."""
    rng = np.random.default_rng(0)
    print("pool | rows | ridge | parameter | measured | errors in %: limit | corrected | with kurtosis | both of Gaussian rows")
    errors = []
    for name, features, target in pools():
        X = features - features.mean(axis=0)
        X = X / X.std(axis=0) if "components" not in name else X / np.sqrt((X**2).sum(axis=1).mean() / X.shape[1])
        y = (target - target.mean()) / target.std()
        eigenvalues, basis = np.linalg.eigh(X.T @ X / len(X))
        Z = X @ basis / np.sqrt(eigenvalues)
        weights = Z.T @ y / len(y) / np.sqrt(eigenvalues)
        noise = float(np.mean((y - Z @ (weights * np.sqrt(eigenvalues))) ** 2))
        task, kappa4 = th.Discrete(eigenvalues, weights**2), (Z**4).mean(axis=0) - 3
        for rows in SIZES:
            for ridge in RIDGES:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    out = th.linear_ridge().evaluate(task, n_samples=rows, ridge=ridge, noise=noise, finite_size=True)
                    x = (eigenvalues / (eigenvalues + float(out.kappa))) ** 2
                    mean = float(x @ kappa4 / x.sum())
                    heavy = th.linear_ridge().evaluate(task, n_samples=rows, ridge=ridge, noise=noise, finite_size=True,
                                                       kurtosis=max(mean, -2.0))  # fmt: skip
                if not out.converged:
                    continue
                found, control = [], []
                for _ in range(DRAWS):
                    G = rng.normal(size=(rows, X.shape[1])) * np.sqrt(eigenvalues)
                    error = rng.normal(size=rows) * np.sqrt(noise) + G @ weights
                    fitted = np.linalg.solve(G.T @ G / rows + ridge * np.eye(X.shape[1]), G.T @ error / rows)
                    control.append(noise + eigenvalues @ (fitted - weights) ** 2)
                    chosen = rng.integers(len(X), size=rows)
                    A = X[chosen].T @ X[chosen] / rows + ridge * np.eye(X.shape[1])
                    found.append(np.mean((y - X @ np.linalg.solve(A, X[chosen].T @ y[chosen] / rows)) ** 2))
                measured, error = np.mean(found), np.std(found) / DRAWS**0.5
                gaps = [100 * (value / measured - 1) for value in (out.leading.test, out.test, heavy.test)]
                gaps += [100 * (value / np.mean(control) - 1) for value in (out.leading.test, out.test)]
                errors.append(np.abs(gaps))
                print(f"{name} | {rows} | {ridge} | {out.correction_parameter['samples']:.3f} | {measured:.4f}({error:.4f}) | "
                      + " | ".join(f"{gap:+.2f}" for gap in gaps) + f" | κ₄ {mean:.2f}", flush=True)  # fmt: skip
    print(f"median |error| of {len(errors)}, per cent:", np.median(errors, axis=0).round(2))


if __name__ == "__main__":
    main()
