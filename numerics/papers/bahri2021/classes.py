"""Labels of images: coarser classes, noise on the input, depth and width of kernels, by exponents of ridge regression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.linalg

import theory as th
from numerics.data.arrays import Array
from numerics.data.kernels import kernel_matrix
from numerics.data.pool import pool_spectrum
from numerics.data.targets import centred
from numerics.papers.bahri2021.plan import Found, Plan, falling, generators, points, pooled, row, slopes, told
from numerics.papers.bahri2021.sources import digits, images
from numerics.papers.bahri2021.variance import relu_features
from numerics.papers.claims import Claim
from numerics.pictures.panels import Curve, Panel

RIDGE, WIDE_RIDGE = 1e-4, 1e-3  # λ over the mean of K(x, x)
POOLING = 2
SUPER = {  # coarser classes, by the digits of each
    "even, odd": "0246813579",
    "below five": "0123456789",
    "with a loop": "0689123457",
    "pairs of neighbours": "01 23 45 67 89",
    "pairs at five": "05 16 27 38 49",
    "three": "012 345 6789",
    "four": "01 234 56 789",
}
NOISES = (0.5, 1.0, 2.0)
DEPTHS = (1, 2, 3, 5, 10)
WIDTHS = (50, 100, 200, 400, 800, 1600, 3200, 6400)
FLAT = 0.03  # up to which exponents are "the same"
POOL = th.Chain(th.PoolSamples())


def _groups(words: str) -> list[list[int]]:
    """Return the classes of a grouping: those between blanks, or two halves (four and six for loops)."""
    if " " in words:
        return [[int(digit) for digit in part] for part in words.split()]
    cut = 4 if words.startswith("06") else 5
    return [[int(digit) for digit in words[:cut]], [int(digit) for digit in words[cut:]]]


def _targets(labels: Array) -> Array:
    return centred((labels[:, None] == np.arange(10)).astype(np.float64))


def residual_curve(K: Array, Y: Array, sizes: Array, share: float, order: Any) -> list[Array]:
    """Return the residuals on all rows, for nested training sets, λ = `share` of the mean of K(x, x)."""
    ridge, found = share * float(K.diagonal().mean()), []
    for D in sizes:
        rows = order[:D]
        A = K[np.ix_(rows, rows)] + ridge * D * np.eye(D)
        dual = scipy.linalg.cho_solve(scipy.linalg.cho_factor(A, check_finite=False), Y[rows], check_finite=False)
        found.append(Y - K[:, rows] @ dual)
    return found


def by_spectrum(K: Array, Y: Array, sizes: Array, share: float) -> Array:
    """Return the loss over all rows that the pool's spectrum predicts."""
    pool = pool_spectrum(K, Y, intercept=False)
    out = POOL.evaluate(pool.population, n_samples=sizes, ridge=share * pool.mean_diagonal)
    seen = sizes / pool.size
    return np.asarray(seen * out.train + (1.0 - seen) * out.test)


def _curves(K: Array, Y: Array, sizes: Array, share: float, trials: int, seeds: Sequence[int]) -> list[Array]:
    """Return mean squares over all rows, summed over outputs, trials of each seed."""
    return [
        np.array(
            [
                [float(np.mean(np.sum(r**2, axis=1))) for r in residual_curve(K, Y, sizes, share, rng.permutation(len(K)))]
                for rng in generators(seed, trials)
            ]
        )
        for seed in seeds
    ]


def superclasses(plan: Plan) -> Found:
    """Return what coarser classes do to the exponent, paired with ten classes on the same draws."""
    sizes, labels = plan.sizes, digits(plan.pool)
    K, Y = kernel_matrix(images(POOLING, plan.pool), "ntk"), _targets(labels)
    merged = {"ten classes": np.eye(10)} | {
        name: np.array([[float(digit in group) for group in _groups(words)] for digit in range(10)])
        for name, words in SUPER.items()
    }
    curves: dict[str, list[Array]] = {name: [] for name in merged}
    for seed in plan.seeds(81):
        trials = [
            [
                {name: float(np.mean(np.sum((r @ merge) ** 2, axis=1))) for name, merge in merged.items()}
                for r in residual_curve(K, Y, sizes, RIDGE, rng.permutation(len(K)))
            ]
            for rng in generators(seed, plan.many // 4)
        ]
        for name, each in curves.items():
            each.append(np.array([[at[name] for at in trial] for trial in trials]))
    theory = by_spectrum(K, Y, sizes, RIDGE)
    ten = slopes(sizes, curves["ten classes"], theory)
    expected = -float(ten[0].theory or 0.0)
    evidence = f"ntk, λ = {RIDGE:g} K̄, MNIST-5k pooled {POOLING} × {POOLING}, M = {plan.pool}, D = {sizes[0]}-{sizes[-1]}"
    claims = [
        row("§ 3.1", "ten classes: α_D as the spectrum of the pool says", falling(ten), expected, 0.03, evidence=evidence)
    ]
    lines = []
    for name, each in curves.items():
        one = slopes(sizes, each)
        lines.append(
            Curve(
                name, sizes.astype(float), theory if name == "ten classes" else np.full(len(sizes), np.nan), points(sizes, each)
            )
        )
        if name != "ten classes":
            apart = [
                (-(a.slope - b.slope), float(np.std(a.pseudo_values - b.pseudo_values, ddof=1) / np.sqrt(plan.many // 4)))
                for a, b in zip(one, ten, strict=True)
            ]
            claims.append(
                row(
                    "§ 3.1",
                    f"superclasses, {name}: Δα_D against ten classes",
                    apart,
                    0.0,
                    FLAT,
                    claimed="≈ 0",
                    evidence="the same draws; " + evidence,
                )
            )
    return Found(claims, {"classes": [Panel("superclasses: $L(D)$", tuple(lines))]})


def noise(plan: Plan) -> Found:
    """Return what noise on the input does to the exponent, and what the spectrum says of it."""
    X, Y, sizes = images(POOLING, plan.pool), _targets(digits(plan.pool)), plan.sizes
    claims, lines = [], []
    for place, scale in enumerate(NOISES):
        rng = generators(plan.seeds(82, place)[0], 1)[0]
        K = kernel_matrix(X + scale * rng.standard_normal(X.shape), "ntk")
        theory, measured = by_spectrum(K, Y, sizes, RIDGE), _curves(K, Y, sizes, RIDGE, plan.many // 4, plan.seeds(80, place))
        one = slopes(sizes, measured, theory)
        claims.append(
            row(
                "§ 3.2",
                f"noise {scale:g} on the input: α_D as the spectrum says",
                falling(one),
                -float(one[0].theory or 0.0),
                claimed="falls with noise",
                evidence="pixels have mean square 1",
            )
        )
        lines.append(Curve(f"noise {scale:g}", sizes.astype(float), theory, points(sizes, measured)))
    return Found(claims, {"classes": [Panel("noise on the input: $L(D)$", tuple(lines))]})


def architecture(plan: Plan) -> Found:
    """Return what the depth of the tangent kernel, and the width of random features, do to the exponent."""
    X, Y, sizes = images(POOLING, plan.pool), _targets(digits(plan.pool)), plan.sizes
    deep, wide, claims = [], [], []
    for place, depth in enumerate(DEPTHS):
        K = kernel_matrix(X, "ntk", depth=depth)
        deep.append(pooled(falling(slopes(sizes, _curves(K, Y, sizes, RIDGE, plan.trials, plan.seeds(84, place))))))
    spread = max(value for value, _ in deep) - min(value for value, _ in deep)
    claims.append(
        Claim(
            "§ 3, depth",
            "depth of the tangent kernel has a mild effect on α_D",
            "not published",
            ", ".join(f"{value:.3f}" for value, _ in deep) + f" (± {deep[0][1]:.3f})",
            "confirmed" if spread < 2 * FLAT else "refuted",
            f"depths {', '.join(map(str, DEPTHS))}; 'mild': a spread below {2 * FLAT:g}",
        )
    )
    for place, width in enumerate(WIDTHS):
        measured = []
        for seed in plan.seeds(83, place):
            phi = relu_features(X, width, generators(seed, 1)[0])
            curves = _curves(phi @ phi.T / width, Y, sizes, WIDE_RIDGE, plan.trials, [seed])
            measured += falling(slopes(sizes, curves))
        wide.append(measured)
    limit = pooled(
        falling(slopes(sizes, _curves(kernel_matrix(X, "arccos"), Y, sizes, WIDE_RIDGE, plan.trials, plan.seeds(85))))
    )
    gap = pooled(wide[-1])[0] - limit[0]
    by_width = "; ".join(f"{width}: {told(each)}" for width, each in zip(WIDTHS, wide, strict=True))
    claims.append(
        Claim(
            "§ 3, width",
            "α_D of ReLU features saturates with their number",
            "not published",
            f"{by_width}; their kernel {limit[0]:.3f} ± {limit[1]:.3f}",
            "confirmed" if abs(gap) < FLAT else "refuted",
            f"λ = {WIDE_RIDGE:g} K̄; 'saturates': the widest is within {FLAT:g} of the kernel ({gap:+.3f})",
        )
    )
    return Found(claims)


PIECES = (superclasses, noise, architecture)
