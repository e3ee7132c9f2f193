"""What is minimised over C: how far yyᵀ of each task is from K = XCXᵀ + σ²I, squared or not, or its likelihood; and how.

Squared, mean ‖yyᵀ − XCXᵀ − σ²I‖²: linear normal equations, mean GCG = mean (ggᵀ − σ²G) with G = XᵀX, g = Xᵀy, by conjugate
gradients. Preconditioned by the mean over Gaussian rows, E GCG = n(n+1) ΣCΣ + n tr(ΣC) Σ, they take four or five steps.
Unsquared, as published: L-BFGS on a factor of C; its minimum is below the truth. Maximum likelihood, the same way: ln det K +
yᵀK⁻¹y, of C and of σ² where that is not known.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.sparse.linalg import LinearOperator, cg

from numerics.meta.tasks import Array, Tasks
from theory.errors import BadArgument

ACCURATE = 1e-9   # of the normal equations
STEPS = 500
FAINTEST = 1e-8   # of σ², over the mean square of the outputs
LBFGS = {"maxiter": 500, "ftol": 1e-12, "gtol": 1e-8}


class Fitted(NamedTuple):
    """C, which may have negative eigenvalues, and σ²."""

    coefficients: Array
    noise: float


def squared(tasks: Tasks, noise: float | None) -> Fitted:
    """Return the minimum of the squared loss; of σ² too, if it is not given."""
    n, p = tasks.n_samples, tasks.n_dims
    gram, products, power = np.zeros((p, p)), np.zeros((p, p)), 0.0
    for part in tasks.parts():
        flat, g = part.inputs.reshape(-1, p), np.einsum("lni,ln->li", part.inputs, part.outputs)
        gram += flat.T @ flat
        products += g.T @ g
        power += float((part.outputs**2).sum())
    gram, products, power = gram / len(tasks), products / len(tasks), power / len(tasks)
    known = noise is not None
    right = products - (noise if noise is not None else power / n) * gram

    def applied(flat: Array) -> Array:
        C = flat.reshape(p, p)
        made = _sandwiched(tasks, 0.5 * (C + C.T))
        if not known:
            made = made - gram * (float((gram * C).sum()) / n)
        return made.ravel()

    try:
        inverse = np.linalg.inv(gram / n)
    except np.linalg.LinAlgError:
        raise BadArgument("X", (len(tasks), n, p), "inputs that vary along every direction", "leave out dead columns") from None

    def prepared(flat: Array) -> Array:
        S = inverse @ flat.reshape(p, p) @ inverse
        shared = float((gram / n * S).sum()) / ((n + 1.0) + p) if known else 0.0
        return ((S - shared * inverse) / (n * (n + 1.0))).ravel()

    shape = (p * p, p * p)
    found, failed = cg(LinearOperator(shape, applied), right.ravel(), rtol=ACCURATE, maxiter=STEPS,
                       M=LinearOperator(shape, prepared))  # fmt: skip
    if failed:
        remedy = f"there are too few tasks for {p * (p + 1) // 2} numbers: add tasks, or a structure"
        raise BadArgument("X", (len(tasks), n, p), "tasks that determine C", remedy)
    C = 0.5 * (found.reshape(p, p) + found.reshape(p, p).T)
    return Fitted(C, noise if noise is not None else max((power - float((gram * C).sum())) / n, 0.0))


def unsquared(tasks: Tasks, noise: float, start: Array) -> Fitted:
    """Return the minimum of the unsquared loss over positive semi-definite C, from a start."""
    p = tasks.n_dims
    identity = noise * np.eye(tasks.n_samples)

    def loss(flat: Array) -> tuple[float, Array]:
        factor = flat.reshape(p, p)
        C = factor @ factor.T
        value, slope = 0.0, np.zeros((p, p))
        for part in tasks.parts():
            X, y = part.inputs, part.outputs
            residual = y[:, :, None] * y[:, None, :] - (X @ C) @ X.transpose(0, 2, 1) - identity
            length = np.sqrt((residual**2).sum(axis=(1, 2)))
            value += float(length.sum())
            pulled = (residual / length[:, None, None]) @ X
            slope -= X.reshape(-1, p).T @ pulled.reshape(-1, p)
        return value / len(tasks), (2.0 / len(tasks) * slope @ factor).ravel()

    values, vectors = np.linalg.eigh(start)
    factor = vectors * np.sqrt(np.maximum(values, 1e-3 * values.max()))
    found: Any = minimize(loss, factor.ravel(), jac=True, method="L-BFGS-B", options=LBFGS)
    factor = found.x.reshape(p, p)
    return Fitted(factor @ factor.T, noise)


def likelihood(tasks: Tasks, noise: float | None) -> Fitted:
    """Return the maximum of the marginal likelihood over positive semi-definite C; over σ² too, if it is not given."""
    n, p = tasks.n_samples, tasks.n_dims
    power, size = float((tasks.outputs**2).mean()), float((tasks.inputs**2).mean()) * p
    if not power * size > 0.0:
        raise BadArgument("X", (len(tasks), n, p), "inputs and outputs that are not all zero", "there is nothing to learn from")

    def loss(point: Array) -> tuple[float, Array]:
        factor, sigma = point[: p * p].reshape(p, p), noise if noise is not None else power * float(np.exp(point[-1]))
        value, slope, left = 0.0, np.zeros((p, p)), 0.0
        for part in tasks.parts():
            X = part.inputs
            carried = X @ factor
            kernel = carried @ carried.transpose(0, 2, 1) + sigma * np.eye(n)
            inverse = np.linalg.inv(kernel)
            weights = np.einsum("lij,lj->li", inverse, part.outputs)
            value += float(np.linalg.slogdet(kernel)[1].sum() + (weights * part.outputs).sum())
            pulled = inverse @ X - weights[:, :, None] * np.einsum("ln,lni->li", weights, X)[:, None, :]
            slope += X.reshape(-1, p).T @ pulled.reshape(-1, p)
            left += sigma * float(np.trace(inverse, axis1=1, axis2=2).sum() - (weights**2).sum())
        along = (2.0 * slope @ factor).ravel()
        return value / len(tasks), np.append(along, left if noise is None else ()) / len(tasks)

    start = np.append((np.sqrt(0.5 * power / size) * np.eye(p)).ravel(), np.log(0.5) if noise is None else ())
    least = [(None, None)] * (p * p) + [(np.log(FAINTEST), 1.0)] * (noise is None)
    found: Any = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=least, options=LBFGS)
    factor = found.x[: p * p].reshape(p, p)
    return Fitted(factor @ factor.T, noise if noise is not None else power * float(np.exp(found.x[-1])))


def _sandwiched(tasks: Tasks, C: Array) -> Array:
    """Return the mean of GCG."""
    p, total = tasks.n_dims, np.zeros((tasks.n_dims, tasks.n_dims))
    for part in tasks.parts():
        X = part.inputs
        inner = (X @ C) @ X.transpose(0, 2, 1)
        total += X.reshape(-1, p).T @ (inner @ X).reshape(-1, p)
    return total / len(tasks)
