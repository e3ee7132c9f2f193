"""Speed of the pencil: one point and arrays of points of random features' risk, beside the chain, which knows the model.

Run it by `python benchmarks/pencil.py`. One thread; CPU seconds, medians of alternated repetitions. A point is compared with
the chain's; the digits of both agree to 1e-12.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1"))

import numpy as np
from clock import alternate
from sympy import Identity, Trace, symbols

import theory as th

P, D, N, RIDGE, NOISE = symbols("P D N ridge noise", positive=True)


def risk():
    """Return the test risk of random features as a matrix expression."""
    S, W = th.diagonal("S", D), th.diagonal("W", D)
    X, F = th.gaussian("Z", P, D) * S.sqrt, th.gaussian("F", D, N, variance=1 / N)
    learner = F * (F.T * X.T * X * F / P + RIDGE * Identity(N)).inv() * F.T * X.T / P
    left = Identity(D) - learner * X
    return th.equivalent(Trace(W * left.T * S * left) + NOISE * Trace(learner.T * S * learner) + NOISE)


def rows():
    """Yield (work, seconds of the pencil, rival, seconds of the rival)."""
    pencil, chain = risk(), th.random_features()
    for modes, points in ((40, 1), (40, 400), (400, 1), (400, 100), (4000, 1), (4000, 20)):
        eigenvalues = np.arange(1.0, modes + 1) ** -1.3
        task = th.Discrete(eigenvalues, eigenvalues**0.3)
        ridge = 0.01 if points == 1 else np.logspace(-3, 1, points)
        given = {"P": modes // 2, "N": modes // 3, "ridge": ridge, "noise": 0.1, "S": eigenvalues, "W": eigenvalues**0.3}

        def by_pencil(given=given):
            return pencil.evaluate(**given)

        def by_chain(task=task, modes=modes, ridge=ridge):
            return chain.evaluate(task, n_samples=modes // 2, n_features=modes // 3, ridge=ridge, noise=0.1).test

        np.testing.assert_allclose(by_pencil(), by_chain(), rtol=1e-12)
        ours, theirs = alternate(by_pencil, by_chain, repeats=5)
        yield f"pencil, {modes} modes, {points} points", ours, "chain", theirs


def main():
    """Print the table."""
    for work, ours, rival, theirs in rows():
        print(f"{work:32s} {1e3 * ours:9.2f} ms   {rival} {1e3 * theirs:7.2f} ms")


if __name__ == "__main__":
    main()
