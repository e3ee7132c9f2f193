"""Tables of runs that the tests share: made by a form, made by the library's own theory, and a public one."""

from pathlib import Path

import numpy as np

import theory as th
from numerics.fit.models.random_features import least_risk
from numerics.fit.table import read_runs

REFERENCES = Path(__file__).parents[2] / "references"
PUBLIC = REFERENCES / "data_constrained_c4.csv"
LADDER = REFERENCES / "model_ladder_c4.csv"


def made(kind="additive", noise=0.0, seed=0, a=0.34, b=0.28, E=1.7, A=400.0, B=410.0, q=0.5):
    """Sizes, data and losses of 7 × 7 runs; noise is multiplicative."""
    N, D = (x.ravel() for x in np.meshgrid(np.geomspace(1e7, 1e10, 7), np.geomspace(1e9, 1e12, 7)))
    power = {"additive": 1.0, "tied": 1.0, "coupled": q, "kaplan": b}[kind]
    first, second = A * N**-a, B * D ** -(a if kind == "tied" else b)
    loss = E + (first ** (1 / power) + second ** (1 / power)) ** power
    return N, D, loss * np.exp(noise * np.random.default_rng(seed).normal(size=N.size))


def public(path=PUBLIC):
    """The columns of a public table."""
    return read_runs(path, ("params", "tokens", "loss"))


def own(capacity, source, noise, budgets=8, widest=2.0, per_budget=6):
    """Features, samples and risk at the best ridge of random features, budgets half a decade apart around N = P."""
    budget = np.repeat(1e4 * 10 ** (0.5 * np.arange(budgets)), per_budget)
    ratio = np.tile(np.exp(np.linspace(-widest, widest, per_budget)), budgets)
    N, P = np.sqrt(budget * ratio), np.sqrt(budget / ratio)
    best = th.random_features().optimal_ridge(th.PowerLaw(capacity, source), n_samples=P, n_features=N, noise=noise)
    return N, P, np.asarray(best.risk)


def drawn(seed):
    """A task, its label noise, N, P and losses: 42 to 49 runs over three to four decades of N P, with .1 to 1 % of noise.

    Capacity 1.2 to 2.2, source .15 to .8, label noise 1e-4 to .1, uniform or log-uniform. Three designs in turn: seven budgets
    half a decade apart with N/P within e^±2; a grid of N and P over two decades each; budgets with N/P within e^±1.
    """
    rng = np.random.default_rng(seed)
    capacity, source, noise = rng.uniform(1.2, 2.2), rng.uniform(0.15, 0.8), 10 ** rng.uniform(-4, -1)
    relative = 10 ** rng.uniform(-3, -2)
    if seed % 3 == 1:
        N, P = (x.ravel() for x in np.meshgrid(np.geomspace(20, 2e3, 7), np.geomspace(30, 3e3, 7)))
    else:
        budget = np.repeat(1e4 * 10 ** (0.5 * np.arange(7)), 6)
        ratio = np.tile(np.exp(np.linspace(-1, 1, 6) * (2.0 if seed % 3 == 0 else 1.0)), 7)
        N, P = np.sqrt(budget * ratio), np.sqrt(budget / ratio)
    task = th.PowerLaw(capacity, source)
    return task, noise, N, P, least_risk(task, noise, N, P) * np.exp(relative * rng.normal(size=N.size))
