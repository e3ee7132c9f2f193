"""Interpolation on tori: nearest neighbours, piecewise linear functions, and the bounds of Theorems 2 and 3.

All is averaged over teachers exactly. Rough: a Gaussian field with the Laplace kernel k of the torus, whose loss is
2 (1 − k(x, x')). Smooth: Σ √2 cos(2πx_i + φ_i)/√d with every phase. Bounds, of one function F and its fits f:
E|f − F| ≤ (K_f + K_F) E r, r the distance to the nearest datum, or landmark.
"""

from __future__ import annotations

import math

import numpy as np
import scipy.linalg
import scipy.special
from scipy.stats import qmc

from numerics.check.agreement import Agreement
from numerics.data.arrays import Array
from numerics.data.kernels import kernel_matrix
from numerics.data.predictors import NearestNeighbour, PiecewiseLinear
from numerics.papers.bahri2021.plan import (
    NOTHING,
    Found,
    Plan,
    block,
    falling,
    generators,
    points,
    pooled,
    row,
    scattered,
    slopes,
)
from numerics.papers.bahri2021.sources import torus
from numerics.papers.claims import Claim
from numerics.pictures.panels import Curve, Panel

SIZES = np.array([500, 1000, 2000, 4000, 8000])
TESTS = {1: 20_000, 2: 2000, 3: 1000, 4: 2000, 6: 2000}
DIMS, LINEAR_DIMS = (1, 2, 3, 4, 6), (1, 2, 3)
LINEAR_SIZES = {
    1: np.array([500, 1000, 2000, 4000, 8000]),
    2: np.array([500, 1000, 2000, 4000]),
    3: np.array([250, 500, 1000, 2000]),
}
BOUNDED_DIMS = (1, 2, 3, 4)
BOUND_TESTS, DATA = 300, 1000
SMOOTH = 2.5  # ν of the kernel
STEP = 1e-4  # of gradients, in turns
LIPSCHITZ = 2.0 * np.pi  # of F, in turns: |∇F|² = (4π²/d) Σ sin²


def rough(gaps: Array) -> Array:
    """Return the loss of the rough teacher for displacements in turns."""
    squares = np.sum(4.0 * np.sin(np.pi * gaps) ** 2, axis=-1) / gaps.shape[-1]
    return np.asarray(-2.0 * np.expm1(-np.sqrt(squares)))


def smooth(gaps: Array) -> Array:
    """Return the loss of the smooth teacher."""
    return np.asarray(2.0 * np.mean(2.0 * np.sin(np.pi * gaps) ** 2, axis=-1))


def predicted(of: str, d: int, sizes: Array) -> Array:
    """Return the mean loss of the nearest of D uniform points: over its distance, and over directions.

    P(r > x) = (1 − V_d x^d)^D while balls do not reach around the torus, of unit period.
    """
    volume = math.pi ** (d / 2) / math.gamma(d / 2 + 1)
    uniform = qmc.Sobol(d, rng=np.random.default_rng(0)).random(4096) if d > 1 else np.ones((1, 1))
    normal = scipy.special.ndtri(np.clip(uniform, 1e-12, 1 - 1e-12)) if d > 1 else uniform
    directions = normal / np.linalg.norm(normal, axis=1)[:, None]
    x, w = np.polynomial.legendre.leggauss(120)
    found = []
    for D in sizes:
        reach = min(0.5, (40.0 / (D * volume)) ** (1.0 / d))
        radius = reach * (1.0 + x) / 2.0
        weight = reach * w / 2.0 * D * volume * d * radius ** (d - 1) * (1.0 - volume * radius**d) ** (D - 1)
        per_radius = [float(np.mean((rough if of == "rough" else smooth)(r * directions))) for r in radius]
        found.append(float(weight @ np.array(per_radius)))
    return np.array(found)


def nearest(plan: Plan) -> Found:
    """Return the nearest neighbour's exponents 1/d and 2/d, and its amplitudes."""
    claims, blocks = [], []
    exponents: dict[str, list[tuple[float, ...]]] = {"rough": [], "smooth": []}
    for d in DIMS:
        measured: dict[str, list[Array]] = {"rough": [], "smooth": []}
        for seed in plan.seeds(50, d):
            trials = [_nearest(d, rng) for rng in generators(seed, 2 * plan.trials)]
            for place, name in enumerate(measured):
                measured[name].append(np.array(trials)[:, :, place])
        for of, claimed in (("rough", 1.0 / d), ("smooth", 2.0 / d)):
            theory = predicted(of, d, SIZES)
            one = slopes(SIZES, measured[of], theory)
            expected = -float(one[0].theory or 0.0)
            exponents[of].append((1.0 / d, *pooled(falling(one))))
            claims.append(
                row(
                    "Theorem 2",
                    f"nearest neighbour on T^{d}, {of} teacher: exponent",
                    falling(one),
                    expected,
                    claimed=f"{claimed:.3g}",
                    evidence=f"D = {SIZES[0]}-{SIZES[-1]}, {2 * plan.trials} trials a seed; "
                    "expected: closed form of the distance, same range",
                )
            )
            settings = [{"d": d, "teacher": of, "D": int(D)} for D in SIZES]
            blocks.append(block(settings, "loss", np.concatenate(measured[of]), theory))
    x = np.array([1.0 / DIMS[-1], 1.0])
    curves = [Curve("guide, 1/d", x, x), Curve("guide, 2/d", x, 2.0 * x)]
    for of, found in exponents.items():
        curves.append(Curve(f"nearest, {of}", NOTHING, NOTHING, scattered(*np.array(found).T)))
    panels = {"spheres": [Panel("interpolation on tori: exponent against $1/d$", tuple(curves))]}
    return Found(claims, panels, {"Nearest neighbours on tori": Agreement(tuple(blocks), plan.rule)})


def _nearest(d: int, rng: np.random.Generator) -> list[list[float]]:
    data, rows = rng.random((int(SIZES[-1]), d)), rng.random((TESTS[d], d))
    found = []
    for D in SIZES:
        gaps = NearestNeighbour(1.0).fit(data[:D], data[:D]).predict(rows) - rows
        found.append([float(np.mean(rough(gaps))), float(np.mean(smooth(gaps)))])
    return found


def linear(plan: Plan) -> Found:
    """Return piecewise linear interpolation of the smooth teacher: 4/d."""
    claims, curves = [], []
    for d in LINEAR_DIMS:
        sizes, measured, count = LINEAR_SIZES[d], [], {1: plan.many // 4, 2: 2 * plan.trials, 3: plan.trials // 2 + 1}[d]
        for seed in plan.seeds(51, d):
            measured.append(np.array([_linear(d, sizes, rng) for rng in generators(seed, count)]))
        one, theory = slopes(sizes, measured), 4.0 / d
        claims.append(
            row(
                "§ 2.2",
                f"piecewise linear on T^{d}, smooth teacher: exponent",
                falling(one),
                theory,
                0.05,
                claimed=f"4/d = {theory:.3g}",
                evidence=f"D = {sizes[0]}-{sizes[-1]}; Delaunay; gaps between points make heavy tails",
            )
        )
        mean = np.concatenate(measured).mean(axis=0)
        guide = mean[0] * (sizes / sizes[0]) ** -theory
        curves.append(Curve(f"$T^{d}$", sizes.astype(float), guide, points(sizes, measured)))
    return Found(claims, {"bounds": [Panel("piecewise linear: loss, and slope $-4/d$", tuple(curves))]})


def _linear(d: int, sizes: Array, rng: np.random.Generator) -> list[float]:
    data, rows = rng.random((int(sizes[-1]), d)), rng.random((TESTS[d], d))
    values, truth = torus(data), torus(rows)
    missed = [PiecewiseLinear(1.0).fit(data[:D], values[:D]).predict(rows) - truth for D in sizes]
    return [float(np.mean(np.sum(one**2, axis=1))) / d for one in missed]


def teacher(x: Array) -> Array:
    """Return F = Σ cos(2πx_i)/√d."""
    return np.asarray(np.cos(2.0 * np.pi * x).sum(axis=1) / np.sqrt(x.shape[1]))


def bounds(plan: Plan) -> Found:
    """Return E|f − F| over its bound for nearest neighbours, a kernel, and a kernel with landmarks."""
    sizes = np.array([100, 200, 400, 800])
    claims, curves = [], []
    for d in BOUNDED_DIMS[: 2 if plan.quick else 4]:
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
    data, rows = rng.random((size, d)), rng.random((BOUND_TESTS, d))
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


PIECES = (nearest, linear, bounds)
