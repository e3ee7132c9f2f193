"""Theorems 2 and 3 as bounds that hold: E|f − F| ≤ (K_f + K_F) E r, r the distance to the nearest datum, or landmark."""

from __future__ import annotations

import numpy as np
import scipy.linalg

from numerics.data.arrays import Array
from numerics.data.kernels import kernel_matrix
from numerics.data.predictors import NearestNeighbour
from numerics.papers.bahri2021.plan import Found, Plan, generators
from numerics.papers.bahri2021.sources import torus
from numerics.papers.claims import Claim
from numerics.pictures.panels import Curve, Panel

DIMS = (1, 2, 3, 4)
TESTS, DATA = 300, 1000
SMOOTH = 2.5  # ν of the kernel
STEP = 1e-4  # of gradients, in turns
LIPSCHITZ = 2.0 * np.pi  # of F, in turns: |∇F|² = (4π²/d) Σ sin²


def teacher(x: Array) -> Array:
    """Return F = Σ cos(2πx_i)/√d."""
    return np.asarray(np.cos(2.0 * np.pi * x).sum(axis=1) / np.sqrt(x.shape[1]))


def bounds(plan: Plan) -> Found:
    """Return E|f − F| over its bound for nearest neighbours, a kernel, and a kernel with landmarks."""
    sizes = np.array([100, 200, 400, 800])
    claims, curves = [], []
    for d in DIMS[: 2 if plan.quick else 4]:
        ratios: dict[str, list[list[float]]] = {"nearest": [], "kernel": [], "landmarks": []}
        losses, limits = np.zeros(len(sizes)), np.zeros(len(sizes))
        seeds = plan.seeds(60, d)
        for seed in seeds:
            (rng,) = generators(seed, 1)
            found = [_fits(d, int(size), rng) for size in sizes]
            for name, each in ratios.items():
                each.append([one[name] for one in found])
            losses += np.array([one["loss"] for one in found]) / len(seeds)
            limits += np.array([one["bound"] for one in found]) / len(seeds)
        for name, where, words in (
            ("nearest", "Theorem 2", "nearest neighbour, K_f = 0 within a cell"),
            ("kernel", "Theorem 2", "Matérn 5/2 interpolation"),
            ("landmarks", "Theorem 3", f"Matérn 5/2 on P landmarks, fitted to {DATA} data"),
        ):
            worst = [max(each) for each in ratios[name]]
            claims.append(
                Claim(
                    where,
                    f"T^{d}: {words}: E|f − F| ≤ (K_f + K_F) E r",
                    "≤ 1",
                    ", ".join(f"{v:.2g}" for v in worst),
                    "confirmed" if max(worst) <= 1.0 else "refuted",
                    f"loss over bound, the largest of D (or P) = {', '.join(map(str, sizes))}",
                )
            )
        x = sizes.astype(float)
        curves += [Curve(f"bound, $T^{d}$", x, limits), Curve(f"guide {d}", x, losses)]
    return Found(claims, {"bounds": [Panel("nearest neighbour: loss (dashed) and bound", tuple(curves))]})


def _fits(d: int, size: int, rng: np.random.Generator) -> dict[str, float]:
    data, rows = rng.random((size, d)), rng.random((TESTS, d))
    near = NearestNeighbour(1.0).fit(data, teacher(data))
    radius, truth = float(near.distances(rows).mean()), teacher(rows)
    loss = float(np.mean(np.abs(near.predict(rows) - truth)))
    found = {"loss": loss, "bound": LIPSCHITZ * radius, "nearest": loss / (LIPSCHITZ * radius)}
    many = np.concatenate([data, rng.random((DATA - size, d))])
    for name, inside in (("kernel", data), ("landmarks", many)):
        f, steepest = _kernel_fit(data, inside, rows)
        found[name] = float(np.mean(np.abs(f - truth))) / ((steepest + LIPSCHITZ) * radius)
    return found


def _kernel_fit(centres: Array, data: Array, rows: Array) -> tuple[Array, float]:
    """Return f on the rows, of least squares on functions of the kernel at the centres, and its largest gradient there."""
    d, P = centres.shape[1], len(centres)
    moved = [rows, *(rows + STEP * unit for unit in np.eye(d))]
    K = kernel_matrix(torus(np.concatenate([centres, data, *moved])), "matern", bandwidth=np.sqrt(d), smoothness=SMOOTH)
    weights = scipy.linalg.lstsq(K[P : P + len(data), :P], teacher(data), cond=1e-11, check_finite=False)[0]
    values = (K[P + len(data) :, :P] @ weights).reshape(d + 1, len(rows))
    return values[0], float(np.sqrt(np.sum(((values[1:] - values[0]) / STEP) ** 2, axis=0)).max())


PIECES = (bounds,)
