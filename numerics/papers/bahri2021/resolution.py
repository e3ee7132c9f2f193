"""Resolution-limited: α_D = α_P = α_K on data and on spheres, the teacher averaged over exactly.

Data: D points are interpolated by the kernel itself. Width: P Gaussian features of the kernel see the whole population.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg

import theory as th
from numerics.check.agreement import Agreement
from numerics.data.arrays import Array
from numerics.data.kernels import kernel_matrix, sphere_spectrum
from numerics.data.pool import pool_spectrum
from numerics.papers.bahri2021.plan import (
    NOTHING,
    Found,
    Plan,
    block,
    falling,
    generators,
    measured_mean,
    points,
    pooled,
    row,
    scattered,
    slopes,
)
from numerics.papers.bahri2021.sources import images, isotropic_curve, missed_everywhere, sphere
from numerics.pictures.panels import Curve, Panel

POOLINGS = (1, 2, 4, 7)
TESTED = 500  # points on which a loss is taken
FEATURES, POOL = th.random_features(), th.Chain(th.PoolSamples())
KERNELS: tuple[tuple[str, str, dict[str, Any], int], ...] = (  # name, kernel, its parameters, t
    ("Matérn 1/2", "matern", {"smoothness": 0.5}, 1),
    ("Matérn 1", "matern", {"smoothness": 1.0}, 2),
    ("Matérn 3/2", "matern", {"smoothness": 1.5}, 3),
    ("Matérn 5/2", "matern", {"smoothness": 2.5}, 5),
    ("ntk", "ntk", {}, 1),
    ("arccos", "arccos", {}, 3),
)


def wide(population: th.Discrete, sizes: Array) -> Array:
    """Return what an isotropic teacher leaves to so many Gaussian features of a population that is known, by the library."""
    return np.asarray(FEATURES.evaluate(population, n_samples=np.inf, n_features=sizes, ridge=0.0).test)


def drawn(population: th.Discrete, sizes: Array) -> Array:
    """Return the mean over all rows of a pool, of which so many were learnt."""
    heldout = POOL.evaluate(population, n_samples=sizes, ridge=0.0).test
    return np.asarray((1.0 - sizes / population.size) * heldout)


def features_miss(eigenvalues: Array, sizes: Array, rng: np.random.Generator, complex: bool = False) -> Array:
    """Return tr[Λ − ΛG(G*ΛG)⁻¹G*Λ] for nested widths."""
    G = rng.standard_normal((len(eigenvalues), int(sizes[-1])))
    drawn_ = G + 1j * rng.standard_normal(G.shape) if complex else G
    basis = scipy.linalg.qr(np.sqrt(eigenvalues)[:, None] * drawn_, mode="economic", check_finite=False)[0]
    learnt = np.cumsum(eigenvalues @ np.abs(basis) ** 2)
    return np.asarray(eigenvalues.sum() - learnt[sizes - 1])


def pools(plan: Plan) -> Found:
    """Return exponents of pooled images in data and in width, the curves, and their place on one plane."""
    sizes = np.array([32, 64, 128, 256, 512]) if not plan.quick else np.array([32, 64, 128, 256])
    claims, curves = [], []
    found: dict[str, list[tuple[float, ...]]] = {"D": [], "P": []}
    for place, pooling in enumerate(POOLINGS[1::2] if plan.quick else POOLINGS):
        X = images(pooling, plan.pool)
        K = kernel_matrix(X, "arccos")
        population = th.Discrete(pool_spectrum(K, np.zeros(len(K)), intercept=False).eigenvalues, np.ones(len(K)))
        theory = {"D": drawn(population, sizes), "P": wide(population, sizes)}
        data, width = [], []
        for seed in plan.seeds(0, place):
            rngs = generators(seed, plan.trials)
            orders = [rng.permutation(len(K))[: int(sizes[-1])] for rng in rngs]
            data.append(np.array([_subset(K, order, sizes) for order in orders]))
            width.append(np.array([features_miss(population.eigenvalues, sizes, rng) for rng in rngs]))
        for letter, measured in (("D", data), ("P", width)):
            one = slopes(sizes, measured, theory[letter])
            expected = -float(one[0].theory or 0.0)
            found[letter].append((expected, *pooled(falling(one))))
            claims.append(
                row(
                    "§ 2.2, data",
                    f"α_{letter} = α_K, MNIST-5k pooled {pooling} × {pooling}",
                    falling(one),
                    expected,
                    claimed="α_D = α_P = α_K",
                    evidence=f"arccos on {len(K)} rows, sizes {sizes[0]}-{sizes[-1]}, "
                    f"{plan.trials} trials a seed; expected: theory of the spectrum, same range",
                )
            )
            curves.append(Curve(f"${letter}$, pooled {pooling}", sizes.astype(float), theory[letter], points(sizes, measured)))
    both = [Curve("guide", np.array([0.2, 1.6]), np.array([0.2, 1.6]))]
    for letter in ("D", "P"):
        x, y, error = np.array(sorted(found[letter])).T
        both.append(Curve(f"$α_{letter}$", NOTHING, NOTHING, scattered(x, y, error)))
    panels = {
        "regimes": [Panel("resolution-limited: $L(D)$, $L(P)$", tuple(curves))],
        "plane": [Panel("exponents: measured against theory", tuple(both))],
    }
    return Found(claims, panels)


def _subset(K: Array, order: Any, sizes: Array) -> Array:
    rest = np.setdiff1d(np.arange(len(K)), order)
    placed = np.concatenate([order, rest])
    return missed_everywhere(K[np.ix_(placed, placed)], len(order), sizes)


def gaussian_features(plan: Plan) -> Found:
    """Return the amplitude of width on pools of four kernels against m κ(m), complex draws."""
    sizes, blocks = np.array([32, 64, 128]), []
    for place, kernel in enumerate(("ntk", "laplace", "arccos", "rbf")):
        K = kernel_matrix(images(4, plan.pool // 2), kernel)
        population = th.Discrete(pool_spectrum(K, np.zeros(len(K)), intercept=False).eigenvalues, np.ones(len(K)))
        values = np.array(
            [
                features_miss(population.eigenvalues, sizes, rng, complex=True)
                for seed in plan.seeds(1, place)
                for rng in generators(seed, plan.trials)
            ]
        )
        settings = [{"kernel": kernel, "width": int(size)} for size in sizes]
        blocks.append(block(settings, "m κ(m)", values, wide(population, sizes)))
    return Found([], {}, {"Gaussian features of kernels on images: m κ(m)": Agreement(tuple(blocks), plan.rule)})


def spheres(plan: Plan) -> Found:
    """Return exponents t/d of zonal kernels on spheres, and theory over measurement of the amplitude."""
    sizes, claims, exponents, amplitudes = plan.sizes, [], [], []
    for place, (name, kernel, given, t) in enumerate(KERNELS):
        ratio, measured_exponents, share = [], [], []
        for d in plan.dims:
            theory = np.asarray(
                th.linear_ridge().evaluate(sphere_spectrum(kernel, d, **given).population, n_samples=sizes, ridge=0.0).test
            )
            curves = [
                np.array(
                    [
                        isotropic_curve(sphere(rng, plan.largest + TESTED, d), plan.largest, sizes, kernel, **given)
                        for rng in generators(seed, plan.trials)
                    ]
                )
                for seed in plan.seeds(2, place, d)
            ]
            one = slopes(sizes, curves, theory)
            claims.append(
                row(
                    "§ 2.2, t/d",
                    f"{name} on S^{d}: α_D",
                    falling(one),
                    -float(one[0].theory or 0.0),
                    claimed=f"t/d = {t / d:.3g}",
                    evidence=f"D = {sizes[0]}-{sizes[-1]}, {plan.trials} trials a "
                    "seed; expected: theory of the spectrum, same range",
                )
            )
            ratio.append(t / d)
            measured_exponents.append((*pooled(falling(one)),))
            share.append(float(theory[-1] / np.concatenate(curves)[:, -1].mean()))
        y, error = np.array(measured_exponents).T
        exponents.append(Curve(name, NOTHING, NOTHING, scattered(ratio, y, error)))
        amplitudes.append(Curve(name, NOTHING, NOTHING, scattered(ratio, share)))
    line = np.array([0.15, 3.0])
    panels = {
        "spheres": [
            Panel("$α_D$ against $t/d$", (Curve("guide", line, line), *exponents)),
            Panel("theory / measured, largest $D$", (Curve("guide", line, np.ones(2)), *amplitudes)),
        ]
    }
    return Found(claims, panels)


def circle(plan: Plan) -> Found:
    """Return the constants of the Laplace kernel on the circle: in width the theory's, in data another."""
    D = 400
    spectrum = sphere_spectrum("laplace", 1, n_degrees=8000)
    modes = np.repeat(spectrum.eigenvalues, spectrum.multiplicity.astype(int))
    data, width = [], []
    for seed in plan.seeds(3):
        curves = [
            isotropic_curve(sphere(rng, 5 * D, 1), D, np.array([D]), "laplace", bandwidth=1.0)[0] * D
            for rng in generators(seed, plan.trials)
        ]
        data.append(measured_mean(np.array(curves)))
        lost = spectrum.trace - float(modes.sum())  # beyond the modes drawn: nothing of it is learnt
        width.append(
            measured_mean(D * (lost + np.array([features_miss(modes, np.array([D]), rng)[0] for rng in generators(seed, 3)])))
        )
    by_theory = D * float(wide(spectrum.population, np.array([D]))[0])
    claims = [
        row(
            "duality",
            "Laplace on S¹, D · L(D) of random data",
            data,
            4.0 * np.pi / 3.0,
            0.1,
            claimed="dual to P · L(P)",
            evidence=f"4π/3: gaps between {D} points are exponential; {plan.trials} trials a seed",
        ),
        row(
            "duality",
            "Laplace on S¹, P · L(P) of Gaussian features",
            width,
            np.pi,
            0.1,
            claimed="dual to D · L(D)",
            evidence=f"π: the theory of the spectrum ({by_theory:.3f} at {D})",
        ),
        row(
            "duality",
            "Laplace on S¹: data have the constant of features",
            data,
            by_theory,
            0.1,
            claimed="the same",
            evidence="in one dimension data points are not Gaussian features: the exponent is dual, not the constant",
        ),
    ]
    return Found(claims)


PIECES = (pools, gaussian_features, spheres, circle)
