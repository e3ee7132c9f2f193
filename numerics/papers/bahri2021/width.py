"""Variance-limited in width: N random features of a kernel, whose own fit is the limit; the amplitude; ensembles.

What is linear in K_N − K, of mean zero, is subtracted draw by draw: that changes no mean, and leaves a tenth of the error.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

import theory as th
from numerics.check.agreement import Agreement
from numerics.data.arrays import Array
from numerics.data.kernels import kernel_matrix
from numerics.data.pool import pool_spectrum
from numerics.papers.bahri2021.losses import LOSSES, SQUARED, Loss, fit_kernel
from numerics.papers.bahri2021.plan import Found, Plan, block, falling, generators, measured_mean, points, row, slopes
from numerics.papers.bahri2021.sources import digits, images
from numerics.papers.bahri2021.variance import relu_features
from numerics.pictures.panels import Curve, Panel

SAMPLES, TESTED = 100, 400  # P, and the rows on which a loss is taken
RIDGE = 0.003  # λ over the mean of K(x, x)
TINY = 1e-9  # likewise, where there is none but for rounding
WIDTHS = np.array([400, 800, 1600, 3200, 6400])
STEP = 1e-3  # of the directional derivative, over the kernel's own change
POWERS = (0.5, 1.0)
MEMBERS = 8
GAUSSIAN = (400, 1600)


class Task:
    """Images of two classes, their kernel and what theory makes of it.

    Parameters
    ----------
    rows : int
        Of the pool.
    """

    def __init__(self, rows: int) -> None:
        self.X, y = images(4, rows), np.where(digits(rows) < 5, 1.0, -1.0)
        self.labels, self.y = y, y - y.mean()
        self.K = kernel_matrix(self.X, "arccos")
        self.mean = float(self.K.diagonal().mean())
        self.population = pool_spectrum(self.K, self.y, intercept=False).population
        values, vectors = np.linalg.eigh(self.K)
        self.root = vectors * np.sqrt(np.maximum(values, 0.0))

    def drawn(self, rng: np.random.Generator) -> Any:
        """Return different rows of training, and after them rows of all the pool, on which a loss is taken."""
        return np.concatenate([rng.permutation(len(self.K))[:SAMPLES], rng.integers(len(self.K), size=TESTED)])

    def exact(self, rows: Any) -> Array:
        """Return the kernel of all these rows with those of training."""
        return self.K[np.ix_(rows, rows[:SAMPLES])]

    def of(self, kind: str, rows: Any, width: int, rng: np.random.Generator) -> Array:
        """Return the same of random features."""
        if kind == "ReLU":
            phi = relu_features(self.X[rows], width, rng)
        else:
            phi = self.root[rows] @ rng.standard_normal((len(self.K), width))
        return phi @ phi[:SAMPLES].T / width

    def amplitude(self, width: int, share: float, ensemble: float = 1.0) -> float:
        """Return N (L(N) − L(∞)) of the library."""
        at: dict[str, Any] = {"n_samples": SAMPLES, "ridge": share * self.mean, "ensemble": ensemble}
        test = [float(th.random_features().evaluate(self.population, n_features=size, **at).test) for size in (width, np.inf)]
        return width * (test[0] - test[1])


@lru_cache(maxsize=1)
def task(rows: int) -> Task:
    """Return the task, made once a process."""
    return Task(rows)


def predictions(loss: Loss, B: Array, y: Array, ridge: float) -> Array:
    """Return f on the tested rows."""
    return np.asarray(B[SAMPLES:] @ fit_kernel(loss, B[:SAMPLES], y[:SAMPLES], ridge))


def response(loss: Loss, B: Array, change: Array, y: Array, ridge: float) -> Array:
    """Return the derivative of f along a change of the kernel."""
    up, down = (predictions(loss, B + sign * STEP * change, y, ridge) for sign in (1.0, -1.0))
    return np.asarray((up - down) / (2.0 * STEP))


def excess(loss: Loss, B: Array, drawn: Array, y: Array, ridge: float) -> tuple[float, Array]:
    """Return L(f_N) − L(f_∞) less its linear part, and f_N − f_∞."""
    limit, f = predictions(loss, B, y, ridge), predictions(loss, drawn, y, ridge)
    unseen = y[SAMPLES:]
    linear = loss.slope(limit, unseen) * response(loss, B, drawn - B, y, ridge)
    return float(np.mean(loss.value(f, unseen) - loss.value(limit, unseen) - linear)), f - limit


def width(plan: Plan) -> Found:
    """Return slopes of three losses for ReLU features, and of the counter-example."""
    of, widths = task(plan.pool), WIDTHS[: 4 if plan.quick else 5]
    ridge = RIDGE * of.mean
    losses, kinks = [], []
    for seed in plan.seeds(20):
        values, apart = [], []
        for rng in generators(seed, plan.many // 4):
            rows = of.drawn(rng)
            B, y = of.exact(rows), of.labels[rows]
            drawn = [of.of("ReLU", rows, int(N), rng) for N in widths]
            found = [[excess(loss, B, one, y, ridge) for loss in LOSSES] for one in drawn]
            values.append([[value for value, _ in each] for each in found])
            apart.append([[float(np.mean(np.abs(each[0][1]) ** power)) for power in POWERS] for each in found])
        losses.append(np.array(values))
        kinks.append(np.array(apart))
    evidence = (
        f"N = {widths[0]}-{widths[-1]} ReLU features, P = {SAMPLES} rows of MNIST-5k pooled 4 × 4, λ = {RIDGE:g} K̄, "
        f"{plan.many // 4} trials a seed"
    )
    claims, lines, ratios = [], [], []
    for place, loss in enumerate(LOSSES):
        curves = [values[:, :, place] for values in losses]
        claims.append(
            row(
                "Theorem 1",
                f"variance-limited in width, {loss.name} loss: exponent",
                falling(slopes(widths, curves)),
                1.0,
                0.06,
                claimed="1",
                evidence=evidence,
            )
        )
        mean = float((widths * np.concatenate(curves)).mean())
        lines.append(Curve(f"$N$, {loss.name}", widths.astype(float), mean / widths, points(widths, curves)))
        ratios.append(
            Curve(
                f"$N$, {loss.name}",
                widths.astype(float),
                np.ones(len(widths)),
                points(widths, [widths * values / mean for values in curves]),
            )
        )
    claims += [
        row(
            "Theorem 1",
            f"counter-example, width: E|f − F|^{power:g} falls as N^-{power / 2:g}",
            falling(slopes(widths, [values[:, :, place] for values in kinks])),
            power / 2.0,
            claimed="1 where smooth",
            evidence=evidence,
        )
        for place, power in enumerate(POWERS)
    ]
    panels = {
        "regimes": [Panel("variance-limited in width: $ΔL(N)$", tuple(lines))],
        "amplitudes": [Panel("$N·ΔL$ over its mean", tuple(ratios))],
    }
    return Found(claims, panels)


def gaussian(plan: Plan) -> Found:
    """Return N·ΔL of Gaussian features of the kernel against the library, and that of ReLU features beside it."""
    of, claims, blocks = task(plan.pool), [], []
    for place, share in enumerate((RIDGE, 0.0)):
        ridge = max(share, TINY) * of.mean
        for N in GAUSSIAN[: 1 if plan.quick else 2]:
            expected = of.amplitude(N, share)
            words = f"N · ΔL at N = {N}, λ = {share:g} K̄" if share else f"N · ΔL at N = {N}, no ridge"
            for kind in ("Gaussian", "ReLU"):
                values = []
                for seed in plan.seeds(21, place, N, kind == "ReLU"):
                    values.append(np.array([_amplitude(of, kind, N, ridge, rng) for rng in generators(seed, plan.many // 4)]))
                limits = "; Gaussian equivalence has its limits here" if kind == "ReLU" else ""
                claims.append(
                    row(
                        "Theorem 1",
                        f"{kind} features: {words}",
                        [measured_mean(v) for v in values],
                        expected,
                        0.1 * expected,
                        digits=2,
                        evidence="expected: the library on the pool's spectrum; "
                        f"P = {SAMPLES} of {len(of.K)} rows, {plan.many // 4} trials a seed{limits}",
                    )
                )
                if share and kind == "Gaussian":
                    setting = [{"width": N, "ridge": share}]
                    blocks.append(block(setting, "N · ΔL", np.concatenate(values)[:, None], np.array([expected])))
    return Found(claims, {}, {"Variance-limited in width: Gaussian features": Agreement(tuple(blocks), plan.rule)})


def _amplitude(of: Task, kind: str, N: int, ridge: float, rng: np.random.Generator) -> float:
    rows = of.drawn(rng)
    return N * excess(SQUARED, of.exact(rows), of.of(kind, rows, N, rng), of.y[rows], ridge)[0]


def ensembles(plan: Plan) -> Found:
    """Return N·ΔL of the mean of K predictors, and of infinitely many, from pairs of one training set."""
    of, N, claims, curves = task(plan.pool), GAUSSIAN[0], [], []
    shares = np.array([1.0, 0.5, 0.25, 0.125, 0.0])  # 1/K
    for place, share in enumerate((0.0, RIDGE)):
        ridge = max(share, TINY) * of.mean
        values = [
            np.array([_averaged(of, N, ridge, shares, rng) for rng in generators(seed, 2 * plan.trials)])
            for seed in plan.seeds(22, place)
        ]
        endless = [measured_mean(each[:, -1]) for each in values]
        theory = np.array([of.amplitude(N, share, 1.0 / one if one else np.inf) for one in shares])
        words = "no ridge" if not share else f"λ = {share:g} K̄"
        claims.append(
            row(
                "§ 2.1, ensembles",
                f"an infinite ensemble has no 1/N left: {words}",
                endless,
                0.0,
                0.1 * theory[0],
                claimed="0",
                digits=2,
                evidence=f"N = {N}; the library says {theory[-1]:.2f}, and {theory[0]:.2f} of "
                "one predictor: with a ridge what is left is the shift of the ridge",
            )
        )
        claims.append(
            row(
                "§ 2.1, ensembles",
                f"an infinite ensemble, as the library says: {words}",
                endless,
                theory[-1],
                0.1 * theory[0],
                digits=2,
                evidence=f"N = {N}, {MEMBERS} draws on one training set, {2 * plan.trials} trials a seed",
            )
        )
        curves.append(Curve(words, shares, theory, points(shares, values)))
    return Found(claims, {"ensembles": [Panel(f"$N·ΔL$ of $K$ predictors, $N = {N}$", tuple(curves))]})


def _averaged(of: Task, N: int, ridge: float, shares: Array, rng: np.random.Generator) -> list[float]:
    """Return N·ΔL for means of K predictors, 1/K = `shares`, from all pairs, linear parts subtracted."""
    rows = of.drawn(rng)
    B, y = of.exact(rows), of.y[rows]
    limit, apart, linear = predictions(SQUARED, B, y, ridge), [], []
    for _ in range(MEMBERS):
        drawn = of.of("Gaussian", rows, N, rng)
        apart.append(predictions(SQUARED, drawn, y, ridge) - limit)
        linear.append(response(SQUARED, B, drawn - B, y, ridge))
    moved = np.array(apart)
    drift = 2.0 * float(np.mean((limit - y[SAMPLES:]) * (moved - np.array(linear)).mean(axis=0)))
    gram = moved @ moved.T / TESTED
    own, pairs = float(np.trace(gram)) / MEMBERS, float(gram.sum() - np.trace(gram)) / (MEMBERS * (MEMBERS - 1))
    return [N * (drift + pairs + (own - pairs) * share) for share in shares]


PIECES = (width, gaussian, ensembles)
