"""Nets that are trained: a small one, variance-limited in data, and wide ones against the kernel of infinite width."""

from __future__ import annotations

import numpy as np
from scipy.optimize import least_squares

from numerics.data.arrays import Array
from numerics.data.kernels import kernel_matrix
from numerics.papers.bahri2021.plan import Found, Plan, falling, generators, measured_mean, points, row, slopes
from numerics.papers.bahri2021.sources import digits, images
from numerics.papers.bahri2021.variance import counts, extrapolated
from numerics.pictures.panels import Curve, Panel

ROWS, INPUTS, HIDDEN = 2000, 4, 4  # 4 × 4 weights, 4 biases, 4 readouts, 1 constant: 25 parameters
SIZES = np.array([5120, 10240, 20480, 40960])
STARTS = 6
WIDTHS = np.array([256, 512, 1024, 2048])
SAMPLES, UNSEEN, STEPS, RATE = 60, 200, 60, 1.0  # rate: over the kernel's largest eigenvalue
STEP, DIFFERENCE = 1e-3, 1e-5


def net(theta: Array, X: Array) -> tuple[Array, Array]:
    """Return outputs and their Jacobian."""
    W, b, v = theta[:16].reshape(HIDDEN, INPUTS), theta[16:20], theta[20:24]
    h = np.tanh(X @ W.T + b)
    back = (1.0 - h**2) * v
    jacobian = np.concatenate([(back[:, :, None] * X[:, None]).reshape(len(X), -1), back, h, np.ones((len(X), 1))], axis=1)
    return h @ v + theta[24], jacobian


def trained(X: Array, y: Array, weights: Array, start: Array) -> Array:
    """Return the minimum of Σ weights (f − y)² that Levenberg and Marquardt reach from a start."""
    root = np.sqrt(weights)
    found = least_squares(
        lambda t: root * (net(t, X)[0] - y), start, lambda t: root[:, None] * net(t, X)[1], method="lm", xtol=1e-9, ftol=1e-11
    )
    return np.asarray(found.x)


def gradient(theta: Array, X: Array, y: Array, weights: Array) -> Array:
    """Return that of Σ weights (f − y)²."""
    f, J = net(theta, X)
    return np.asarray(2.0 * J.T @ (weights * (f - y)))


def hessian(theta: Array, X: Array, y: Array, weights: Array) -> Array:
    """Return that of Σ weights (f − y)², by differences."""
    steps = DIFFERENCE * np.eye(len(theta))
    found = np.array([gradient(theta + step, X, y, weights) - gradient(theta - step, X, y, weights) for step in steps])
    return (found + found.T) / (4.0 * DIFFERENCE)


def small(plan: Plan) -> Found:
    """Return slope and amplitude of a tanh net of 25 parameters, from the minimum of the pool."""
    pixels = images(4, ROWS)
    X = pixels @ np.linalg.svd(pixels, full_matrices=False)[2][:INPUTS].T
    X, y = X / X.std(axis=0), np.where(digits(ROWS) < 5, 1.0, -1.0)
    uniform = np.full(ROWS, 1.0 / ROWS)
    starts = [0.7 * rng.standard_normal(25) for rng in generators(plan.seeds(90)[0], STARTS)]
    minima = [trained(X, y, uniform, start) for start in starts]
    losses = [float(np.mean((net(theta, X)[0] - y) ** 2)) for theta in minima]
    theta, floor = minima[int(np.argmin(losses))], min(losses)
    metric = hessian(theta, X, y, uniform)
    a = _amplitude(theta, metric, X, y)
    curves = []
    for seed in plan.seeds(91):
        trials = []
        for rng in generators(seed, plan.many // 10):
            draws = [counts(rng, ROWS, int(size)) for size in SIZES]
            fits = [trained(X, y, w / w.sum(), theta) for w in draws]
            trials.append([float(np.mean((net(fit, X)[0] - y) ** 2)) - floor for fit in fits])
        curves.append(np.array(trials))
    amplitudes = [extrapolated(SIZES, SIZES * values) for values in curves]
    evidence = (
        f"{INPUTS} principal components of {ROWS} images, {HIDDEN} hidden units; D = {SIZES[0]}-{SIZES[-1]}, "
        f"{plan.many // 10} trials a seed"
    )
    claims = [
        row(
            "Theorem 1",
            "tanh net of 25 parameters, data: exponent",
            falling(slopes(SIZES, curves)),
            1.0,
            0.1,
            claimed="1",
            evidence=evidence,
        ),
        row(
            "Theorem 1",
            "tanh net of 25 parameters: D · ΔL",
            [measured_mean(v) for v in amplitudes],
            a,
            0.15 * a,
            evidence="expected: ½ tr H⁻¹V with the whole Hessian",
            digits=2,
        ),
    ]
    curve = Curve("$D$, tanh net", SIZES.astype(float), np.ones(len(SIZES)), points(SIZES, [SIZES * v / a for v in curves]))
    return Found(claims, {"amplitudes": [Panel("tanh net: $D·ΔL$ over theory", (curve,))]})


def _amplitude(theta: Array, metric: Array, X: Array, y: Array) -> float:
    """Return ½ tr H⁻¹V of the mean squared error."""
    f, J = net(theta, X)
    V = 4.0 * (J * (f - y)[:, None] ** 2).T @ J / len(X)
    return float(np.trace(np.linalg.solve(metric, V))) / 2.0


def wide(plan: Plan) -> Found:
    """Return the excess of ReLU nets of finite width over descent with the tangent kernel, the linear part subtracted."""
    X, y = images(4, plan.pool), np.where(digits(plan.pool) < 5, 1.0, -1.0)
    K = kernel_matrix(X, "ntk")
    curves = []
    for seed in plan.seeds(92):
        trials = []
        for rng in generators(seed, 3 * plan.trials):
            rows = rng.permutation(len(X))[: SAMPLES + UNSEEN]
            trials.append([_excess(X[rows], y[rows], K[np.ix_(rows, rows[:SAMPLES])], int(width), rng) for width in WIDTHS])
        curves.append(np.array(trials))
    mean = float((WIDTHS * np.concatenate(curves)).mean())
    claims = [
        row(
            "Theorem 1",
            "ReLU net of finite width, all layers trained: exponent",
            falling(slopes(WIDTHS, curves)),
            1.0,
            0.15,
            claimed="1",
            evidence=f"w = {WIDTHS[0]}-{WIDTHS[-1]}, {STEPS} steps of descent on {SAMPLES} rows, from f = 0",
        )
    ]
    curve = Curve(
        "$w$, ReLU net", WIDTHS.astype(float), np.ones(len(WIDTHS)), points(WIDTHS, [WIDTHS * v / mean for v in curves])
    )
    return Found(claims, {"amplitudes": [Panel("ReLU net: $w·ΔL$ over its mean", (curve,))]})


def _descent(B: Array, y: Array, rate: float) -> Array:
    """Return predictions on unseen rows after descent in function space with a kernel."""
    f = np.zeros(len(B))
    for _ in range(STEPS):
        f = f - rate * (B @ (f[:SAMPLES] - y[:SAMPLES]))
    return f[SAMPLES:]


def _excess(X: Array, y: Array, B: Array, width: int, rng: np.random.Generator) -> float:
    """Return L(net) − L(kernel) less what is linear in the net's own kernel at the start.

    Units come in pairs of opposite readouts, so that f = 0 at the start; f = Σ v ReLU(√2 u·x/√n)/√w.
    """
    n, half = X.shape[1], width // 2
    u = np.tile(rng.standard_normal((half, n)), (2, 1))
    v = rng.standard_normal(half)
    v = np.concatenate([v, -v])
    inputs = np.sqrt(2.0 / n) * X
    h = inputs @ u.T
    active, relu = h > 0, np.maximum(h, 0.0)
    own = (relu @ relu[:SAMPLES].T + ((active * v**2) @ active[:SAMPLES].T) * (inputs @ inputs[:SAMPLES].T)) / width
    rate = RATE / float(np.linalg.eigvalsh(B[:SAMPLES])[-1])
    limit = _descent(B, y, rate)
    up, down = (_descent(B + sign * STEP * (own - B), y, rate) for sign in (1.0, -1.0))
    train, target = inputs[:SAMPLES], y[:SAMPLES]
    for _ in range(STEPS):
        h = train @ u.T
        active, relu = h > 0, np.maximum(h, 0.0)
        missed = (relu @ v / np.sqrt(width) - target) * rate / np.sqrt(width)
        u, v = u - ((missed[:, None] * active) * v).T @ train, v - relu.T @ missed
    f = np.maximum(inputs[SAMPLES:] @ u.T, 0.0) @ v / np.sqrt(width)
    unseen = y[SAMPLES:]
    linear = 2.0 * (limit - unseen) * (up - down) / (2.0 * STEP)
    return float(np.mean((f - unseen) ** 2 - (limit - unseen) ** 2 - linear))


PIECES = (small, wide)
