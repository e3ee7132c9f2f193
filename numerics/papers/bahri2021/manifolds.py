"""Manifolds in more dimensions, noise that leaves them, and 1/α_D against the dimension that nearest neighbours see."""

from __future__ import annotations

import numpy as np

import theory as th
from numerics.data.arrays import Array
from numerics.data.images import features_of
from numerics.data.images import images as patches
from numerics.data.intrinsic_dimension import intrinsic_dimension
from numerics.data.kernels import standardise, torus_spectrum
from numerics.papers.bahri2021.plan import NOTHING, SURE, Found, Plan, falling, generators, pooled, row, scattered, slopes, told
from numerics.papers.bahri2021.sources import images, isotropic_curve, sphere, torus
from numerics.papers.claims import Claim
from numerics.pictures.panels import Curve, Panel

AMBIENT = 24
NOISES = (0.003, 0.01, 0.03, 0.1)


def _embedded(d: int, rows: int, noise: float, rng: np.random.Generator) -> Array:
    """Return points of the torus, turned into more dimensions, with noise in all of them."""
    turn = np.linalg.qr(rng.standard_normal((AMBIENT, 2 * d)))[0]
    return np.asarray(torus(rng.random((rows, d))) @ turn.T + noise * rng.standard_normal((rows, AMBIENT)))


def manifolds(plan: Plan) -> Found:
    """Return exponents of the Laplace kernel on tori in 24 dimensions, without noise and with it."""
    sizes, claims = plan.sizes, []
    cases = [(d, 0.0) for d in (1, 2, 3)] + [(3, noise) for noise in NOISES]
    clean = 0.0, 0.0
    for place, (d, noise) in enumerate(cases):
        curves = [
            np.array(
                [
                    isotropic_curve(
                        _embedded(d, 2 * plan.largest, noise, rng), plan.largest, sizes, "laplace", bandwidth=float(np.sqrt(d))
                    )
                    for rng in generators(seed, plan.trials)
                ]
            )
            for seed in plan.seeds(70, place)
        ]
        theory = np.asarray(
            th.linear_ridge().evaluate(torus_spectrum("laplace", d).population, n_samples=sizes, ridge=0.0).test
        )
        one = slopes(sizes, curves, theory)
        measured, expected = falling(one), -float(one[0].theory or 0.0)
        if not noise:
            clean = pooled(measured)
            claims.append(
                row(
                    "§ 2.2",
                    f"T^{d} turned into {AMBIENT} dimensions, Laplace: α_D",
                    measured,
                    expected,
                    claimed=f"1/d = {1 / d:.3g}",
                    evidence=f"D = {sizes[0]}-{sizes[-1]}; expected: the torus' own spectrum, same range",
                )
            )
        else:
            noisy = pooled(measured)
            lower = clean[0] - noisy[0] > SURE * float(np.hypot(clean[1], noisy[1]))
            claims.append(
                Claim(
                    "§ 2.2",
                    f"T^3 with ambient noise {noise:g}: α_D",
                    "not published",
                    f"{told(measured)}; {clean[0]:.3f} without noise",
                    "noise raises the dimension" if lower else "no effect seen",
                    "the same teacher kernel; noise in all dimensions",
                )
            )
    return Found(claims)


def _sources(plan: Plan) -> list[tuple[str, object]]:
    """Return data by name: points, or a dimension of a sphere."""
    rows = 2 * plan.largest
    found: list[tuple[str, object]] = [(f"S^{d}", d) for d in (2, 4, 8)]
    found += [(f"MNIST-5k pooled {p} × {p}", images(p, rows)) for p in ((4, 7) if plan.quick else (1, 2, 4, 7))]
    found.append(("digits", standardise(features_of("digits"))))
    sizes = (2, 3) if plan.quick else (2, 3, 5, 8)
    found += [(f"photo patches {size} × {size}", _distinct(patches("photos", size))) for size in sizes]
    return found


def _distinct(X: Array) -> Array:
    """Return different rows, centred patch by patch no further than by the mean of all, in a fixed order."""
    rows = np.unique(np.round(X, 6), axis=0)
    order = np.random.default_rng(0).permutation(len(rows))
    return standardise(rows[order[:4000]])


def dimensions(plan: Plan) -> Found:
    """Return 1/α_D of the Laplace kernel with an isotropic teacher beside TwoNN, on data and on spheres."""
    sizes, claims, found = plan.sizes, [], []
    rows = 2 * plan.largest
    for place, (name, source) in enumerate(_sources(plan)):
        curves, seen = [], []
        for seed in plan.seeds(71, place):
            trials, estimate = [], None
            for rng in generators(seed, max(4, plan.trials // 2)):
                X = sphere(rng, rows, source) if isinstance(source, int) else np.asarray(source)
                X = X[rng.permutation(len(X))[:rows]]
                n_train = min(plan.largest, len(X) // 2)
                kept = sizes[sizes <= n_train]
                trials.append(isotropic_curve(X, n_train, kept, "laplace"))
                estimate = estimate or intrinsic_dimension(X)
            curves.append(np.array(trials))
            assert estimate is not None
            seen.append((estimate.dimension, estimate.stderr))
        one = falling(slopes(kept, curves))
        inverse = [(1.0 / value, error / value**2) for value, error in one]
        x, y = pooled(seen), pooled(inverse)
        found.append((x[0], y[0], y[1]))
        claims.append(
            Claim(
                "§ 3, dimension",
                f"{name}: 1/α_D tracks the dimension",
                "not published",
                f"1/α_D {told(inverse, 1)}; TwoNN {told(seen, 1)}",
                "no verdict",
                "Laplace, isotropic teacher; both depend on the scale that the samples resolve",
            )
        )
    line = np.array([1.5, 20.0])
    curve = Curve("data and spheres", NOTHING, NOTHING, scattered(*np.array(found).T))
    return Found(claims, {"dimensions": [Panel("$1/α_D$ against TwoNN", (Curve("guide", line, line), curve))]})


PIECES = (manifolds, dimensions)
