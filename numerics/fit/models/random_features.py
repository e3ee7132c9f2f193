"""Random features at their best ridge as a form of the loss: the chain's own risk, minimised over κ instead of the ridge.

    L = signal · min_κ E_test(κ; N s_N, P s_P, capacity, source, noise/signal),     λ(κ) ≥ 0

At given κ the risk of a chain is explicit; the least ridge, 0, is where d(κ) is the smaller size. So no fixed point is solved.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np

import theory as th
from numerics.fit.forms import Form
from numerics.fit.models.at_kappa import risk_at
from numerics.fit.models.starts import Differences, best_starts
from numerics.fit.table import Array, Runs

CHAIN = th.random_features()
PARAMETERS = ("capacity", "source", "noise", "size_scale", "data_scale")  # noise and scales by their logarithms
BOUNDS = ((1.02, 8.0), (0.01, 3.0), (-30.0, 12.0), (-30.0, 10.0), (-30.0, 10.0))
ORDERS = ((0, 2, 1), (1, 1, 1), (1, 0, 0), (1, 1, 0))  # B, T2, d, a d
ABOVE = np.concatenate([[0.0], np.geomspace(0.02, 20.0, 28)])  # of ln κ over that of ridge 0
CLOSER = np.linspace(-1.0, 1.0, 9)
ROUNDS, NEWTON = 2, 12
CAPACITIES, SOURCES, NOISES = (1.2, 1.6, 2.4), (0.15, 0.4, 0.9), (-9.0, -5.0, -2.0, 1.0)  # where searches may begin
WORDS = "the least risk of random features over ridges"


def least_risk(task: th.PowerLaw, noise: float, n_features: Array, n_samples: Array) -> Array:
    """Return the least risk over ridges λ ≥ 0, shape (n,), of sizes of that shape."""
    N, P = n_features[:, None], n_samples[:, None]
    lowest = _ridgeless(task, np.minimum(n_features, n_samples))[:, None]

    def risk(x: Array) -> Array:
        B, T2, d, moved = task.moments(np.exp(x), ORDERS)
        a = moved / d
        values = {"B": B, "T2": T2, "a": a, "abar": 1.0 - a, "sigma2": noise, "u_N": d / N, "u_P": d / P}
        values |= {"t_N": np.maximum(1.0 - d / N, 0.0), "t_P": np.maximum(1.0 - d / P, 0.0)}
        found = risk_at(CHAIN, values)
        return np.where(np.isfinite(found), found, np.inf)

    x, rows = lowest + ABOVE, np.arange(len(N))
    values = risk(x)
    for turn in range(ROUNDS + 1):
        place = values.argmin(axis=1)
        last = x.shape[1] - 1
        middle = x[rows, place]
        below, above = x[rows, np.maximum(place - 1, 0)], x[rows, np.minimum(place + 1, last)]
        if turn == ROUNDS:
            break
        reach = np.where(CLOSER < 0, (middle - below)[:, None], (above - middle)[:, None])
        x = middle[:, None] + CLOSER * reach
        values = risk(x)
    best = values[rows, place]
    inside = (place > 0) & (place < last)
    left, right = values[rows, np.maximum(place - 1, 0)], values[rows, np.minimum(place + 1, last)]
    bend = left + right - 2.0 * best
    sunk = np.where(inside & (bend > 0.0), (right - left) ** 2 / (8.0 * np.maximum(bend, 1e-300)), 0.0)
    found: Array = best - np.where(np.isfinite(sunk), sunk, 0.0)
    return found


def _ridgeless(task: th.PowerLaw, size: Array) -> Array:
    """Return ln κ at which d(κ) = size, by Newton's method in logarithms from the law at large sizes."""
    alpha = float(task.capacity)
    x = -alpha * np.log(size * alpha / np.pi * np.sin(np.pi / alpha))
    for _ in range(NEWTON):
        d, moved = task.moments(np.exp(x), ORDERS[2:])
        step = np.log(d / size) * d / moved
        x = x + np.clip(step, -5.0, 5.0)
        if np.abs(step).max() < 1e-13:
            break
    return x


@dataclass(frozen=True)
class _Values:
    """The least risk at parameters, as a column; ln N and ln P counted from the middle of a table."""

    middle: tuple[float, float]

    def __call__(self, theta: Array, n: Array, d: Array) -> Array:
        capacity, source, noise = (float(value) for value in theta[:3])
        scales = theta[3:] if len(theta) > 3 else np.zeros(2)
        task = th.PowerLaw(round(capacity, 12), round(source, 12))
        N, P = (np.exp(x + middle + scale) for x, middle, scale in zip((n, d), self.middle, scales, strict=True))
        return least_risk(task, float(np.exp(noise)), N, P)[:, None]


def random_features_form(runs: Runs, scales: bool) -> Form:
    """Return random features as a form on a table; with `scales`, sizes and data are known up to a factor each."""
    names = PARAMETERS if scales else PARAMETERS[:3]
    values = _Values((float(np.log(runs.sizes).mean()), float(np.log(runs.data).mean())))
    grid = [np.array([*place, *(0.0, 0.0)[: len(names) - 3]]) for place in itertools.product(CAPACITIES, SOURCES, NOISES)]
    form = Form("random-features", WORDS, names, 2, (), Differences(values), BOUNDS[: len(names)], values)
    return replace(form, starts=best_starts(form, runs, grid))
