"""Interpolation on tori: nearest neighbours and piecewise linear functions, for teachers that are rough and smooth.

All is averaged over teachers exactly. Rough: a Gaussian field with the Laplace kernel k of the torus, whose loss is
2 (1 − k(x, x')). Smooth: Σ √2 cos(2πx_i + φ_i)/√d with every phase.
"""

from __future__ import annotations

import math

import numpy as np
import scipy.special
from scipy.stats import qmc

from numerics.check.agreement import Agreement
from numerics.data.arrays import Array
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
from numerics.pictures.panels import Curve, Panel

SIZES = np.array([500, 1000, 2000, 4000, 8000])
TESTS = {1: 20_000, 2: 2000, 3: 1000, 4: 2000, 6: 2000}
DIMS, LINEAR_DIMS = (1, 2, 3, 4, 6), (1, 2, 3)
LINEAR_SIZES = {
    1: np.array([500, 1000, 2000, 4000, 8000]),
    2: np.array([500, 1000, 2000, 4000]),
    3: np.array([250, 500, 1000, 2000]),
}


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


PIECES = (nearest, linear)
