"""Variance-limited in data: D rows drawn with replacement from a pool, whose own fit is the limit, exactly.

With gradients g of one row's loss at the limit, of mean zero, and the Hessian H of the mean loss,

    E L(θ_D) − L(θ_∞) = a/D + O(1/D²)        a = ½ tr H⁻¹ V        V = E g gᵀ
"""

from __future__ import annotations

import numpy as np

from numerics.check.agreement import Agreement
from numerics.data.arrays import Array
from numerics.papers.bahri2021.losses import LOSSES, SQUARED, Loss, fit
from numerics.papers.bahri2021.plan import Found, Plan, block, falling, generators, measured_mean, points, row, slopes
from numerics.papers.bahri2021.sources import digits, images
from numerics.pictures.panels import Curve, Panel

FEATURES = 20
SIZES = np.array([640, 1280, 2560, 5120, 10240])
ROWS = 5000
POWERS = (0.5, 1.0, 2.0)


def relu_features(X: Array, count: int, rng: np.random.Generator) -> Array:
    """Return √2 ReLU(w·x/√n), so that their kernel is the arc-cosine one; not divided by the root of their number."""
    return np.asarray(np.sqrt(2.0) * np.maximum(X @ rng.standard_normal((X.shape[1], count)) / np.sqrt(X.shape[1]), 0.0))


def counts(rng: np.random.Generator, rows: int, size: int) -> Array:
    """Return how often each row of a pool is drawn, with replacement."""
    return np.bincount(rng.integers(rows, size=size), minlength=rows).astype(np.float64)


def amplitude(loss: Loss, X: Array, y: Array, theta: Array) -> float:
    """Return ½ tr H⁻¹ V at the fit of a pool."""
    f = X @ theta
    H = (X * loss.curvature(f, y)[:, None]).T @ X / len(X)
    V = (X * loss.slope(f, y)[:, None] ** 2).T @ X / len(X)
    return float(np.trace(np.linalg.solve(H, V))) / 2.0


def extrapolated(sizes: Array, values: Array) -> Array:
    """Return a of x·ΔL = a (1 + b/x) by least squares, for each trial on its own draws, shape (n_trials,)."""
    design = np.stack([np.ones(len(sizes)), 1.0 / sizes], axis=1)
    return np.asarray(np.linalg.lstsq(design, values.T, rcond=None)[0][0])


def data(plan: Plan) -> Found:
    """Return slopes and amplitudes of three losses."""
    rng = generators(plan.seeds(10)[0], 1)[0]
    X, y = relu_features(images(4, ROWS), FEATURES, rng), np.where(digits(ROWS) < 5, 1.0, -1.0)
    sizes = SIZES[: 4 if plan.quick else 5]
    claims, lines, ratios, blocks = [], [], [], []
    for place, loss in enumerate(LOSSES):
        limit = fit(loss, X, y, np.ones(ROWS) / ROWS)
        floor, a = float(loss.value(X @ limit, y).mean()), amplitude(loss, X, y, limit)
        curves = [
            np.array(
                [
                    [_excess(loss, X, y, limit, floor, counts(rng, ROWS, int(size))) for size in sizes]
                    for rng in generators(seed, plan.many)
                ]
            )
            for seed in plan.seeds(11, place)
        ]
        one = slopes(sizes, curves)
        claims.append(
            row(
                "Theorem 1",
                f"variance-limited in data, {loss.name} loss: exponent",
                falling(one),
                1.0,
                0.06,
                claimed="1",
                evidence=f"{FEATURES} ReLU features of MNIST-5k pooled 4 × 4, D = {sizes[0]}-"
                f"{sizes[-1]}, {plan.many} trials a seed; 1 + O(N/D) is expected",
            )
        )
        amplitudes = [extrapolated(sizes, sizes * values) for values in curves]
        measured = [measured_mean(v) for v in amplitudes]
        claims.append(
            row(
                "Theorem 1",
                f"variance-limited in data, {loss.name} loss: D · ΔL",
                measured,
                a,
                0.1 * a,
                evidence="expected: ½ tr H⁻¹V; measured: a of a (1 + b/D)",
            )
        )
        blocks.append(block([{"loss": loss.name}], "D · ΔL", np.concatenate(amplitudes)[:, None], np.array([a])))
        lines.append(Curve(f"$D$, {loss.name}", sizes.astype(float), a / sizes, points(sizes, curves)))
        ratios.append(
            Curve(
                f"$D$, {loss.name}",
                sizes.astype(float),
                np.ones(len(sizes)),
                points(sizes, [sizes * values / a for values in curves]),
            )
        )
    panels = {
        "regimes": [Panel("variance-limited in data: $ΔL(D)$", tuple(lines))],
        "amplitudes": [Panel("$D·ΔL$ over theory", tuple(ratios))],
    }
    return Found(claims, panels, {"Variance-limited in data: ½ tr H⁻¹V": Agreement(tuple(blocks), plan.rule)})


def _excess(loss: Loss, X: Array, y: Array, limit: Array, floor: float, weights: Array) -> float:
    used = weights > 0
    theta = fit(loss, X[used], y[used], weights[used] / weights.sum(), start=limit)
    return float(loss.value(X @ theta, y).mean()) - floor


def kink(plan: Plan) -> Found:
    """Return the counter-example: E|f_D − F|^a, which is not smooth where its limit sits."""
    rng = generators(plan.seeds(12)[0], 1)[0]
    X = relu_features(images(4, ROWS), FEATURES, rng)
    truth = rng.standard_normal(FEATURES) / np.sqrt(FEATURES)
    sizes = np.array([1280, 2560, 5120, 10240, 20480])
    losses: list[Array] = []
    for seed in plan.seeds(13):
        trials = []
        for rng in generators(seed, plan.many):
            errors = []
            for size in sizes:
                rows = rng.integers(ROWS, size=int(size))
                noisy = X[rows] @ truth + rng.standard_normal(int(size))
                theta = fit(SQUARED, X[rows], noisy, np.ones(int(size)) / size)
                errors.append([float(np.mean(np.abs(X @ (theta - truth)) ** power)) for power in POWERS])
            trials.append(errors)
        losses.append(np.array(trials))
    claims = [
        row(
            "Theorem 1",
            f"counter-example, data: E|f − F|^{power:g} falls as D^-{power / 2:g}",
            falling(slopes(sizes, [values[:, :, place] for values in losses])),
            power / 2.0,
            claimed=f"1 where smooth, {power / 2:g} here" if power < 2 else "1: smooth",
            evidence=f"realizable labels with noise, D = {sizes[0]}-{sizes[-1]}: the limit sits on the kink",
        )
        for place, power in enumerate(POWERS)
    ]
    return Found(claims)


PIECES = (data, kink)
