"""The covariance of coefficients from many small tasks: fitted, repaired by a structure, judged on tasks held out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from numerics.meta.losses import likelihood, squared, unsquared
from numerics.meta.tasks import Array, Tasks, read_tasks
from theory.errors import BadArgument, one_of, one_real

STRUCTURES = ("none", "shrink", "threshold", "band")
LOSSES = ("squared", "unsquared", "likelihood")
HELD_OUT = 5       # every fifth task
SHARES = np.concatenate(([0.0], np.geomspace(0.01, 1.0, 17)))
FAINTEST = 1e-6    # of the mean eigenvalue: what C keeps in every direction


@dataclass(frozen=True, eq=False)
class CoefficientsEstimate:
    """An estimate of C = E ββᵀ.

    Attributes
    ----------
    coefficients : ndarray of shape (p, p)
        C, positive definite: `theory.Discrete.from_matrices` takes it; Jin's Ω is p C.
    noise : float
        σ², given or estimated.
    structure : str
        "none", "shrink", "threshold" or "band".
    parameter : float
        Of the structure: the share of the identity, the threshold over the largest entry off the diagonal, or the bandwidth.
    likelihood : float
        Marginal log-likelihood of a held-out task, with what was fitted to the others.
    likelihoods : mapping
        The same for each structure tried, its parameter at its best.
    """

    coefficients: Array
    noise: float
    structure: str
    parameter: float
    likelihood: float
    likelihoods: Mapping[str, float]

    def predict(self, X: ArrayLike, y: ArrayLike) -> Array:
        """Return coefficients of tasks, shape (n_tasks, p): the posterior mean CXᵀ(XCXᵀ + σ²)⁻¹y, ridge with the weight C⁻¹.

        Parameters
        ----------
        X, y : array-like
            As for `estimate_coefficients`.

        Raises
        ------
        ValueError
            For arrays of other shapes.
        """
        return posterior_mean(read_tasks(X, y), self.coefficients, self.noise)

    def __repr__(self) -> str:
        told = "" if self.structure == "none" else f" {self.parameter:.3g}"
        return f"CoefficientsEstimate(p={len(self.coefficients)}, {self.structure}{told}, held-out {self.likelihood:.4f})"


def estimate_coefficients(
    X: ArrayLike, y: ArrayLike, *, noise: float | None = None, structure: str = "auto", loss: str = "squared"
) -> CoefficientsEstimate:
    """Estimate the covariance of the coefficients of many tasks, y = Xβ + ε with β ~ N(0, C).

    Parameters
    ----------
    X : array-like of shape (n_tasks, n_samples, p)
        Inputs; no more than a few samples a task are needed.
    y : array-like of shape (n_tasks, n_samples)
        Outputs.
    noise : float, optional
        σ² > 0; estimated with C when left out: with the squared loss without bias but with a large scatter, by maximum
        likelihood with a small one.
    structure : {"auto", "none", "shrink", "threshold", "band"}
        What repairs the raw estimate, by a parameter that the marginal likelihood of every fifth task, held out, decides: a
        share of the identity, a soft threshold for entries off the diagonal, or a bandwidth (coordinates in an order that
        means something). "auto" takes the one of them that is most likely.
    loss : {"squared", "unsquared", "likelihood"}
        ‖yyᵀ − XCXᵀ − σ²I‖² or, as published, ‖·‖; or maximum likelihood, which is the best and the slowest.

    Returns
    -------
    CoefficientsEstimate
        Of all tasks, with the parameter that was chosen.

    Raises
    ------
    ValueError
        For arrays of other shapes, tasks with fewer than two samples, fewer than ten tasks, σ² ≤ 0, a σ² left out with the
        unsquared loss, or tasks that do not determine C.

    Notes
    -----
    The raw estimate loses to plain ridge unless tasks are many, and the unsquared loss shrinks C besides; the repairs help.
    Source: arXiv:2403.19720, whose loss is the unsquared one.
    """
    tasks = read_tasks(X, y)
    one_of("structure", structure, ("auto", *STRUCTURES))
    one_of("loss", loss, LOSSES)
    sigma = None if noise is None else one_real("noise", noise, "a number > 0", "leave it out to have it estimated")
    if sigma is not None and not 0 < sigma < np.inf:
        raise BadArgument("noise", noise, "a number > 0", "leave it out to have it estimated")
    if sigma is None and loss == "unsquared":
        raise BadArgument("noise", None, "given with the unsquared loss", 'give it, or take loss="squared"')
    if len(tasks) < 2 * HELD_OUT:
        raise BadArgument("X", tasks.inputs.shape, f"of at least {2 * HELD_OUT} tasks", "add tasks")
    held = np.arange(len(tasks)) % HELD_OUT == HELD_OUT - 1
    raw, sigma_there = _fit(tasks.take(~held), sigma, loss)
    judge = tasks.take(held)
    tried = {}
    for name in STRUCTURES[1:] if structure == "auto" else (structure,):
        scores = [(_likelihood(judge, REPAIRS[name](raw, parameter), sigma_there), -parameter)
                  for parameter in _parameters(name, tasks.n_dims)]  # fmt: skip
        tried[name] = max(scores)
    best = max(tried, key=lambda name: tried[name][0])
    whole, variance = _fit(tasks, sigma, loss)
    likelihood, parameter = tried[best][0], -tried[best][1]
    return CoefficientsEstimate(REPAIRS[best](whole, parameter), variance, best, parameter, likelihood,
                                {name: score for name, (score, _) in tried.items()})  # fmt: skip


def posterior_mean(tasks: Tasks, coefficients: Array, noise: float) -> Array:
    """Return CXᵀ(XCXᵀ + σ²)⁻¹y of each task, shape (n_tasks, p)."""
    found = np.empty((len(tasks), tasks.n_dims))
    done = 0
    for part in tasks.parts():
        carried = part.inputs @ coefficients
        kernel = carried @ part.inputs.transpose(0, 2, 1) + noise * np.eye(tasks.n_samples)
        weights = np.linalg.solve(kernel, part.outputs[..., None])[..., 0]
        found[done : done + len(part)] = np.einsum("lni,ln->li", carried, weights)
        done += len(part)
    return found


def _fit(tasks: Tasks, noise: float | None, loss: str) -> tuple[Array, float]:
    if loss == "likelihood":
        return likelihood(tasks, noise)
    found = squared(tasks, noise)
    if loss == "unsquared" and noise is not None:
        found = unsquared(tasks, noise, found.coefficients)
    if not found.noise > 0:
        raise BadArgument("noise", None, "given where the estimate of it is not positive",
                          'give σ², or take loss="likelihood"')  # fmt: skip
    return found


def _likelihood(tasks: Tasks, coefficients: Array, noise: float) -> float:
    """Return the mean marginal log-likelihood of a task."""
    total = 0.0
    for part in tasks.parts():
        kernel = (part.inputs @ coefficients) @ part.inputs.transpose(0, 2, 1) + noise * np.eye(tasks.n_samples)
        factor = np.linalg.cholesky(kernel)
        white = np.linalg.solve(factor, part.outputs[..., None])[..., 0]
        diagonal = np.diagonal(factor, axis1=1, axis2=2)
        total -= float(np.log(diagonal).sum() + 0.5 * (white**2).sum())
    return total / len(tasks) - 0.5 * tasks.n_samples * float(np.log(2.0 * np.pi))


def _parameters(structure: str, p: int) -> Array:
    if structure == "none":
        return np.zeros(1)
    if structure == "band":
        return np.unique(np.round(np.concatenate((np.arange(min(p, 9)), np.geomspace(1, p - 1, 10))))) if p > 1 else np.zeros(1)
    return SHARES


def _positive(matrix: Array) -> Array:
    """Return the nearest matrix whose eigenvalues are at least a millionth of their mean."""
    values, vectors = np.linalg.eigh(matrix)
    floor = FAINTEST * max(float(np.abs(values).mean()), 1e-300)
    made: Array = (vectors * np.maximum(values, floor)) @ vectors.T
    return made


def _shrunk(matrix: Array, share: float) -> Array:
    mean = float(np.trace(matrix)) / len(matrix)
    return _positive((1.0 - share) * matrix + share * mean * np.eye(len(matrix)))


def _thresholded(matrix: Array, share: float) -> Array:
    off = matrix - np.diag(np.diag(matrix))
    cut = share * float(np.abs(off).max(initial=0.0))
    return _positive(np.diag(np.diag(matrix)) + np.sign(off) * np.maximum(np.abs(off) - cut, 0.0))


def _banded(matrix: Array, width: float) -> Array:
    place = np.arange(len(matrix))
    return _positive(np.where(np.abs(np.subtract.outer(place, place)) <= width, matrix, 0.0))


REPAIRS: dict[str, Callable[[Array, float], Array]] = {
    "none": lambda matrix, _: _positive(matrix), "shrink": _shrunk, "threshold": _thresholded, "band": _banded,
}  # fmt: skip
