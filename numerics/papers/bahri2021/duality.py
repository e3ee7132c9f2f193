"""Data and parameters exchanged: exactly on every draw, in the library's formulas, and on a pool; equation (5) and its slip."""

from __future__ import annotations

import numpy as np
import scipy.special

import theory as th
from numerics.check.agreement import Agreement
from numerics.check.crosscheck import crosscheck
from numerics.data.arrays import Array
from numerics.papers.bahri2021.plan import Found, Plan, generators, points
from numerics.papers.claims import Claim
from numerics.pictures.panels import Curve, Panel
from theory.conventions import convention

EXACT = 1e-10  # relative: rounding of draws that are far from square
MODES, PAIRS = 96, ((24, 48), (48, 24))
LARGE = 1e4
PAPER = convention("bahri2021")
FEATURES, POOL = th.random_features(), th.Chain(th.PoolSamples())


def task(alpha_k: float, size: float = np.inf) -> th.PowerLaw:
    """Return λ_k = k^-(1+α_K) with an isotropic teacher, by the translation of the paper's letters."""
    ours = PAPER.ours(alpha_K=alpha_k)
    return th.PowerLaw(ours["capacity"], ours["source"], size=size)


def loss(roots: Array, Z: Array, F: Array) -> float:
    """Return ‖C^½ (1 − F (ZC^½F)⁺ ZC^½)‖², the loss of an isotropic teacher on features x·F of rows ZC^½."""
    X = Z * roots
    return float(np.sum((np.diag(roots) - (roots[:, None] * F) @ np.linalg.pinv(X @ F) @ X) ** 2))


def duality(plan: Plan) -> Found:
    """Return how exactly data and width may be exchanged, and the cross-check of the formulas."""
    roots, worst = np.arange(1.0, 201.0) ** -1.0, []
    for seed in plan.seeds(40):
        apart = 0.0
        for rng in generators(seed, plan.trials):
            for D, P in ((30, 70), (70, 30)):
                Z, F = rng.standard_normal((D, 200)), rng.standard_normal((200, P))
                one = loss(roots, Z, F)
                apart = max(apart, abs(loss(roots, F.T, Z.T) / one - 1.0))
        worst.append(apart)
    claims = [_exact("L(D, P; F) = L(P, D; Fᵀ) on every draw", worst, "200 modes, (30, 70) and (70, 30), no ridge")]
    sizes = np.array([3.0, 40.0, 1e3, 1e6])
    gaps = []
    for alpha_k in (0.25, 0.5, 1.0):
        one, other = (
            FEATURES.evaluate(task(alpha_k), n_samples=a, n_features=b, ridge=0.0).test
            for a, b in ((sizes, 2.5 * sizes), (2.5 * sizes, sizes))
        )
        gaps.append(float(np.abs(one / other - 1.0).max()))
    claims.append(_exact("the library's test risk with P and N exchanged", gaps, "infinite spectra, α_K = 1/4, 1/2, 1"))
    gaps = []
    for alpha_k in (0.25, 0.5, 1.0):
        out, m = POOL.evaluate(task(alpha_k, 1000), n_samples=(m := np.array([1.0, 30.0, 500.0, 990.0])), ridge=0.0), m
        gaps.append(float(np.abs(out.test * (1.0 - m / 1000) / (m * out.kappa) - 1.0).max()))
    claims.append(_exact("a pool: held-out rows lose m κ(m)/(1 − m/M), all rows m κ(m)", gaps, "M = 1000, m = 1 … 990"))
    checks = [
        crosscheck(
            FEATURES,
            task(alpha_k, MODES),
            [{"n_samples": D, "n_features": P, "ridge": 0.0} for D, P in PAIRS],
            trials=20 if plan.quick else 60,
            seed=seed,
            terms=("test",),
            rule=plan.rule,
        )
        for place, alpha_k in enumerate((0.5, 1.0))
        for seed in plan.seeds(41, place)
    ]
    blocks = tuple(one for each in checks for one in each.blocks)
    return Found(claims, {"plane": [_plane(plan)]}, {"Draws of data and features, no ridge": Agreement(blocks, plan.rule)})


def _plane(plan: Plan) -> Panel:
    """Return the plane of data and width, folded: loss over m κ(m) against m/M, either way."""
    population, roots, m = task(1.0, MODES), np.arange(1.0, MODES + 1.0) ** -1.0, 24
    sizes = np.array([32, 40, 56, 80, 160])
    unit = m * float(FEATURES.evaluate(population, n_samples=m, n_features=np.inf, ridge=0.0).kappa)
    fine = np.linspace(0.01, 0.8, 60)
    line = np.asarray(FEATURES.evaluate(population, n_samples=m, n_features=m / fine, ridge=0.0).test) / unit
    curves = []
    for place, name in enumerate(("$D < P$", "$P < D$")):
        values = [
            np.array(
                [
                    [_drawn_loss(rng, roots, *((m, M) if place == 0 else (M, m))) / unit for M in sizes]
                    for rng in generators(seed, plan.many // 4)
                ]
            )
            for seed in plan.seeds(42, place)
        ]
        curves.append(Curve(name, fine, line, points(m / sizes, values)))
    return Panel(f"the plane folded: $L/mκ(m)$ against $m/M$, $m = {m}$", tuple(curves))


def _drawn_loss(rng: np.random.Generator, roots: Array, D: int, P: int) -> float:
    return loss(roots, rng.standard_normal((D, len(roots))), rng.standard_normal((len(roots), P)))


def _exact(words: str, gaps: list[float], evidence: str) -> Claim:
    verdict = "confirmed" if max(gaps) < EXACT else "refuted"
    return Claim("duality", words, "0", ", ".join(f"{gap:.1g}" for gap in gaps), verdict, f"largest relative gap; {evidence}")


def equation_five(plan: Plan) -> Found:
    """Return the tail of the spectrum against the printed prefactor, the loss over that tail, and the translated exponents."""
    claims = []
    for alpha_k in (0.25, 0.5, 1.0, 2.0, 3.0):
        value = float(scipy.special.zeta(1.0 + alpha_k, LARGE + 1.0)) * LARGE**alpha_k
        claims.append(
            Claim(
                "(5)",
                f"Σ over i > D of i^-(1+α_K), times D^α_K, α_K = {alpha_k:g}",
                f"{alpha_k:g}",
                f"{value:.3f}",
                "refuted" if abs(value / alpha_k - 1.0) > 0.01 else "no verdict",
                f"D = {LARGE:g}; it is 1/α_K = {1 / alpha_k:.3f}" + (": at α_K = 1 both agree" if alpha_k == 1 else ""),
            )
        )
    for alpha_k in (0.5, 1.0, 3.0):
        alpha = 1.0 + alpha_k
        whole = float(th.linear_ridge().evaluate(task(alpha_k), n_samples=LARGE, ridge=0.0).test)
        ratio = whole / float(scipy.special.zeta(alpha, LARGE + 1.0))
        sharp = alpha_k * ((np.pi / alpha) / np.sin(np.pi / alpha)) ** alpha
        claims.append(
            Claim(
                "§ 2.2",
                f"the loss over the tail of the spectrum, a constant, α_K = {alpha_k:g}",
                "not published",
                f"{ratio:.3f}",
                "confirmed" if abs(ratio / sharp - 1.0) < 0.01 else "refuted",
                f"the library at D = {LARGE:g}; expected α_K [(π/α)/sin(π/α)]^α = {sharp:.3f}: the exponent is that of the "
                "tail, the amplitude is not",
            )
        )
    law = FEATURES.exponents()
    for alpha_k in (0.5, 1.0):
        ours = PAPER.ours(alpha_K=alpha_k)
        rays = [
            law.along(**ours, n_samples=D, n_features=P, noise=-np.inf, ridge=-np.inf)["test"]
            for D, P in ((1, np.inf), (np.inf, 1))
        ]
        right = all(abs(float(value) + alpha_k) < 1e-12 for value in rays)
        slopes = [
            -float(FEATURES.local_exponents(task(alpha_k), n_samples=D, n_features=P, ridge=0.0)["test"][name])
            for D, P, name in ((1e3, np.inf, "n_samples"), (np.inf, 1e3, "n_features"))
        ]
        claims.append(
            Claim(
                "(4)",
                f"α_D = α_P = α_K, α_K = {alpha_k:g}",
                f"{alpha_k:g}",
                ", ".join(str(-value) for value in rays),
                "confirmed" if right else "refuted",
                "`exponents random-features --convention bahri2021`; the library's slopes at 1000: "
                + ", ".join(f"{slope:.4f}" for slope in slopes),
            )
        )
    return Found(claims)


PIECES = (duality, equation_five)
