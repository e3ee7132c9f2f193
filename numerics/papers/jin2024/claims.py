"""What the paper claims of weights, ridges and estimates: a verdict for each, with its evidence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize_scalar

from numerics.meta.curve import new_task_risk
from numerics.meta.estimate import estimate_coefficients
from numerics.meta.tasks import draw_tasks
from numerics.papers.claims import Claim
from numerics.papers.jin2024.experiment import DIAGONAL, NOISE, PUBLISHED, RATIOS, STRUCTURES, Bench, limit, prior
from numerics.papers.jin2024.real import COMMON, ESTIMATES, HAND, PLAIN, Measured

DIGITS = 5e-7  # of the published limits
CLOSE = 1e-3   # in a ridge's logarithm
NEAR = 0.03    # of a risk, whose remainder is 1/p
FEW = 1000     # tasks with which losses are compared, beside the fewest
SURE = 2.5     # standard errors


def claims(bench: Bench) -> list[Claim]:
    """Return all of them."""
    return [*_limits(), _finite(), _best_ridge(), _best_weight(), *_estimates(bench), _new_tasks(bench), _bias(bench),
            *_likelihood(bench), _sparse(bench)]  # fmt: skip


def _limits() -> list[Claim]:
    found = []
    for ratio, published in zip(RATIOS, PUBLISHED, strict=True):
        value = limit(ratio)
        verdict = "confirmed" if abs(value - published) < DIGITS else "refuted"
        found.append(Claim("limits", f"risk at p/n = {ratio:g}", f"{published:.6f}", f"{value:.6f}", verdict,
                           "from the authors' code; p = 512 on the midpoint rule, A = Ω⁻¹, λ = pσ²/n"))
    return found


def _finite() -> Claim:
    p, n = 128, 25
    found = new_task_risk(np.eye(p), prior(p), prior(p), n_samples=n, noise=NOISE)
    gap = found / PUBLISHED[0] - 1.0
    return Claim("limits", "at p = 128 the limit is reached", "not published", f"{found:.4f}, {gap:.1e} above the limit",
                 "confirmed" if abs(gap) < CLOSE else "refuted", f"by theory, p/n = {p / n:g}")  # fmt: skip


def _least(ratio: float, power: float) -> tuple[float, float]:
    """Return the logarithm of the best ridge, over pσ²/n, and the risk there."""
    found = minimize_scalar(lambda x: limit(ratio, power, float(np.exp(x))), bracket=(-1.0, 1.0))
    return float(found.x), float(found.fun)


def _best_ridge() -> Claim:
    worst = max(abs(_least(ratio, 1.0)[0]) for ratio in RATIOS)
    return Claim("optimum", "with A = Ω⁻¹ the best ridge is λ = pσ²/n", "1", f"{np.exp(worst):.5f} · pσ²/n",
                 "confirmed" if worst < CLOSE else "refuted", "least risk along the ridge, by theory, at all three")


def _best_weight() -> Claim:
    powers = np.linspace(0.0, 2.0, 41)
    ratio = RATIOS[1]
    risks = [_least(ratio, float(power))[1] for power in powers]
    best = float(powers[int(np.argmin(risks))])
    return Claim("optimum", "of the weights Ω^-w, w = 1 is best", "1", f"w = {best:.2f}",
                 "confirmed" if best == 1.0 else "refuted",
                 f"p/n = {ratio:g}; each at its best ridge; plain ridge {risks[0]:.4f}, optimum {min(risks):.4f}")  # fmt: skip


def _estimates(bench: Bench) -> list[Claim]:
    """Return whether estimated weights beat plain ridge, raw and repaired."""
    curve, tasks = bench.curve, bench.plan.n_tasks
    plain, found = float(curve.plain[0]), []
    for name, words in (("none", "the raw estimate"), ("shrink", "a share of the identity"), ("threshold", "a soft threshold"),
                        ("band", "a band")):  # fmt: skip
        risks = curve.estimated[name][:, 0]
        better = [count for count, risk in zip(tasks, risks, strict=True) if risk < plain]
        verdict = "confirmed" if len(better) == len(tasks) else "refuted" if not better else "confirmed of many tasks"
        told = ", ".join(f"{risk:.3f}" for risk in risks)
        evidence = f"{', '.join(map(str, tasks))} tasks, p = {bench.estimated_dims}, n = 50; optimum {curve.optimal[0]:.3f}"
        found.append(Claim("estimation", f"{words} beats plain ridge", "not published", f"{told} against {plain:.3f}", verdict,
                           evidence))
    return found


def _new_tasks(bench: Bench) -> Claim:
    """Return whether new tasks cost what theory says of weights that were estimated."""
    curve = bench.curve
    gaps = np.array([curve.measured[name] / curve.estimated[name] - 1.0 for name in STRUCTURES])
    errors = np.array([curve.stderr[name] / curve.estimated[name] for name in STRUCTURES])
    worst = np.unravel_index(np.argmax(np.abs(gaps)), gaps.shape)
    apart = np.abs(gaps) > np.maximum(4.0 * errors, NEAR)
    return Claim("estimation", "new tasks cost what theory says of estimated weights", "not published",
                 f"worst {gaps[worst]:+.2%} ± {errors[worst]:.2%}", "refuted" if apart.any() else "confirmed",
                 f"{gaps.size} points, raw and repaired; refuted beyond 4 standard errors and {NEAR:.0%}")  # fmt: skip


def _bias(bench: Bench) -> Claim:
    p, L = 16, 2000
    tasks = draw_tasks(np.eye(p), prior(p), n_tasks=L, n_samples=20, noise=NOISE, seed=bench.plan.seed)
    parts = []
    for loss in ("unsquared", "squared"):
        found = estimate_coefficients(tasks.inputs, tasks.outputs, noise=NOISE, structure="none", loss=loss)
        parts.append(float(np.trace(found.coefficients)) / DIAGONAL)
    return Claim("estimation", "the minimum of the unsquared loss is the prior", "not published",
                 f"tr C is {parts[0]:.3f} of the truth ({parts[1]:.3f} with the squared loss)",
                 "refuted" if parts[0] < 0.97 * parts[1] else "confirmed", f"p = {p}, {L} tasks of 20 samples")  # fmt: skip


def _likelihood(bench: Bench) -> list[Claim]:
    """Return how maximum likelihood compares with the losses, all of them raw."""
    p, n = bench.estimated_dims, 50
    names, risks = ("likelihood", "squared", "unsquared"), []
    counts = bench.plan.n_tasks[:1] + tuple(count for count in bench.plan.n_tasks if count == FEW)[:1]
    for count in counts:
        tasks = draw_tasks(np.eye(p), prior(p), n_tasks=count, n_samples=n, noise=NOISE, seed=bench.plan.seed + 2)
        found = [estimate_coefficients(tasks.inputs, tasks.outputs, noise=NOISE, structure="none", loss=loss) for loss in names]
        risks.append([new_task_risk(np.eye(p), prior(p), each.coefficients, n_samples=n, noise=NOISE) for each in found])
    plain, evidence = float(bench.curve.plain[0]), f"{', '.join(map(str, counts))} tasks, p = {p}, n = {n}; by theory"
    told = ["; ".join(f"{risk:.3f}" for risk in column) for column in zip(*risks, strict=True)]
    claims = []
    for place, name in ((2, "the published, unsquared loss"), (1, "the squared loss")):
        better = [row[0] < row[place] for row in risks]
        verdict = "confirmed" if all(better) else "refuted" if not any(better) else "undecided"
        claims.append(Claim("estimation", f"maximum likelihood does better than {name}", "not published",
                            f"{told[0]} against {told[place]}", verdict, evidence))  # fmt: skip
    better = [row[0] < plain for row in risks]
    verdict = "confirmed" if all(better) else "refuted" if not any(better) else "confirmed of many tasks"
    return [*claims, Claim("estimation", "maximum likelihood, raw, beats plain ridge", "not published",
                           f"{told[0]} against {plain:.3f}", verdict, evidence)]  # fmt: skip


def _sparse(bench: Bench) -> Claim:
    p = bench.estimated_dims
    tasks = draw_tasks(np.eye(p), prior(p), n_tasks=bench.plan.n_tasks[-1], n_samples=50, noise=NOISE, seed=bench.plan.seed + 1)
    found = estimate_coefficients(tasks.inputs, tasks.outputs, noise=NOISE, structure="threshold").coefficients
    raw = estimate_coefficients(tasks.inputs, tasks.outputs, noise=NOISE, structure="none").coefficients
    far = np.abs(np.subtract.outer(np.arange(p), np.arange(p))) > 1
    errors = [float(np.sqrt(np.mean((matrix - prior(p))[far] ** 2)) * p) for matrix in (found, raw)]
    return Claim("estimation", "a sparse prior is better found by a threshold", "not published",
                 f"error of entries that are zero: {errors[0]:.2f} (raw {errors[1]:.2f})",
                 "confirmed" if errors[0] < 0.7 * errors[1] else "refuted",
                 f"root mean square in units of Ω, p = {p}, {len(tasks)} tasks")


def real_claims(found: Sequence[Measured]) -> list[Claim]:
    """Return whether estimated priors help on real tasks."""
    claims = []
    for each in found:
        if not each.errors:
            claims.append(Claim("real tasks", f"{each.name}: an estimated prior beats plain ridge", "not published", "not run",
                                "undecided", each.words))  # fmt: skip
        for other in (PLAIN, HAND, COMMON):
            claims += [_against(each, method, other) for method in ESTIMATES if other in next(iter(each.errors.values()), ())]
    return claims


def _against(each: Measured, method: str, other: str) -> Claim:
    told, scores, count = [], [], 0
    for n, errors in each.errors.items():
        mine, theirs = errors[method], errors[other]
        count = mine.size
        scores.append(float((mine - theirs).mean() / ((mine - theirs).std(ddof=1) / np.sqrt(count))))
        told.append(f"n = {n}: {mine.mean():.3g} against {theirs.mean():.3g} (z {scores[-1]:+.1f})")
    verdict = "confirmed" if max(scores) < -SURE else "refuted" if max(scores) > SURE else "undecided"
    return Claim("real tasks", f"{each.name}: the prior by the {method}, repaired, beats {other}", "not published",
                 "; ".join(told), verdict, f"{each.words}; {count} new tasks")  # fmt: skip
