"""Fits by variable projection: the linear coefficients are solved for inside, by non-negative least squares.

With residuals of (L_fit − L)/L under weights w, and Φ the columns of a form at parameters θ, the amplitudes c ≥ 0 minimise
‖√w (Φ c − L)/L‖, and least squares run over θ alone (Golub & Pereyra 1973; derivatives of Kaufman 1975, whose gradient is
exact). Outliers are weighed down as Huber's loss has it, at a scale read off the residuals themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import least_squares, nnls

from numerics.fit.forms import Form
from numerics.fit.table import Array, Runs

HUBER = 1.345  # in standard deviations: 95 % as efficient as least squares on Gaussian errors
ROUNDS = 3
EXACT = 1e-9  # relative residuals below which there is nothing to weigh down
AGREE = 1e-4  # relative, of the sums of squares of starts that found the same minimum
DEAR = 1e-4  # tolerance of the search where values are dear
NEAR = 1e-3  # of the range of a parameter: closer to its bound it sits on it


@dataclass(frozen=True, eq=False)
class FormFit:
    """A form fitted to a table.

    Attributes
    ----------
    form : Form
        Which.
    theta, linear : ndarray
        Its parameters; E and the amplitudes at the middle of the table.
    middle : tuple of float
        Means of ln N and ln D.
    residuals, weights : ndarray, shape (n_runs,)
        ln(L/L_fit), and the robust weights.
    cost : float
        The weighted sum of squares of (L_fit − L)/L.
    agreement : float
        The share of starts that found this minimum.
    condition : float
        Of the Gauss-Newton matrix of θ, columns scaled to one.
    covariance : ndarray, shape (n_theta, n_theta)
        Of θ, by the Gauss-Newton matrix and the residuals.
    at_bound : tuple of str
        Parameters that sit on a bound; "E", "A", "B" where they are zero.
    """

    form: Form
    theta: Array
    linear: Array
    middle: tuple[float, float]
    residuals: Array
    weights: Array
    cost: float
    agreement: float
    condition: float
    covariance: Array
    at_bound: tuple[str, ...]

    @property
    def irreducible(self) -> float:
        """E."""
        return float(self.linear[0])

    @property
    def exponents(self) -> tuple[float, float]:
        """The exponents a and b."""
        return self.form.exponents(self.theta)

    @property
    def rms(self) -> float:
        """The standard deviation of the residuals as Huber's estimator feels it (`spread`)."""
        return spread(np.expm1(-self.residuals), self.weights, self.form.n_parameters)

    def predict(self, sizes: ArrayLike, data: ArrayLike) -> Array:
        """Return L_fit at sizes and data that broadcast."""
        n, d = np.broadcast_arrays(np.log(np.asarray(sizes, dtype=float)), np.log(np.asarray(data, dtype=float)))
        columns, _ = self.form.columns(self.theta, n.ravel() - self.middle[0], d.ravel() - self.middle[1])
        found: Array = (self.linear[0] + columns @ self.linear[1:]).reshape(n.shape)
        return found

    @property
    def amplitudes(self) -> tuple[float, float]:
        """A and B of the form as it is written, in the units of the table; inf where they leave the range of doubles."""
        a, b = self.exponents
        by = dict(zip(self.form.parameters, self.theta, strict=True))
        scales = self.linear[1:] if len(self.linear) == 3 else self.linear[1] * np.exp([0.0, by["s"]])
        with np.errstate(over="ignore"):
            first, second = scales * np.exp([a * self.middle[0], b * self.middle[1]])
        return float(first), float(second)


@dataclass(eq=False)
class Problem:
    """A form on a table, with E free or fixed and parameters that may be held."""

    form: Form
    runs: Runs
    irreducible: float | None = None
    weights: Array = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        n, d = np.log(self.runs.sizes), np.log(self.runs.data)
        self.middle = float(n.mean()), float(d.mean())
        self._n, self._d = n - self.middle[0], d - self.middle[1]
        if not self.weights.size:
            self.weights = np.ones(len(self.runs))

    def project(self, theta: Array, slopes: bool = True) -> tuple[Array, Array, Array]:
        """Return residuals √w (L_fit − L)/L, their derivatives by θ (none if not wanted), and linear coefficients, E first."""
        moving = np.empty((len(self.runs), self.form.n_linear - 1, 0))
        if slopes or self.form.values is None:
            columns, moving = self.form.columns(theta, self._n, self._d)
        else:
            columns = self.form.values(theta, self._n, self._d)
        scale = np.sqrt(self.weights) / self.runs.loss
        target = (self.runs.loss - (self.irreducible or 0.0)) * scale
        free = self.irreducible is None
        matrix = np.column_stack([np.ones(len(scale)), columns]) if free else columns
        matrix = matrix * scale[:, None]
        norms = np.linalg.norm(matrix, axis=0)
        orthogonal, triangle = np.linalg.qr(matrix / norms)
        along = orthogonal.T @ target
        degenerate = np.abs(np.diagonal(triangle)).min() < 1e-12
        found = np.zeros(len(norms)) if degenerate else np.linalg.solve(triangle, along)
        if degenerate or (found < 0.0).any():
            found, _ = nnls(matrix / norms, target)
            active = found > 0.0
            orthogonal, _ = np.linalg.qr((matrix / norms)[:, active])
            along = orthogonal.T @ target
        residuals = orthogonal @ along - target
        linear = found / norms
        amplitudes = linear[1:] if free else linear
        moved = np.einsum("ijk,j->ik", moving, amplitudes) * scale[:, None]
        jacobian = moved - orthogonal @ (orthogonal.T @ moved)
        return residuals, jacobian, linear if free else np.concatenate([[self.irreducible], linear])

    def minimise(self, start: Array, held: Mapping[int, float] | None = None) -> tuple[Array, float]:
        """Return θ and the sum of squares of the minimum that is reached from a start; some parameters may be held."""
        held = held or {}
        free = np.array([place not in held for place in range(len(start))])
        lower, upper = self.form.bounds
        theta = np.clip(start, lower + 1e-9, upper - 1e-9)
        theta[~free] = [held[int(place)] for place in np.flatnonzero(~free)]
        if not free.any():
            return theta, float(np.sum(self.project(theta, False)[0] ** 2))
        seen: dict[tuple[bytes, bool], tuple[Array, Array]] = {}

        def at(x: Array, slopes: bool) -> tuple[Array, Array]:
            key = x.tobytes(), slopes or self.form.values is None
            if key not in seen:
                seen.clear()
                full = theta.copy()
                full[free] = x
                residuals, jacobian, _ = self.project(full, slopes)
                seen[key] = residuals, jacobian[:, free] if key[1] else jacobian
            return seen[key]

        close = 1e-9 if self.form.values is None else DEAR
        options: dict[str, Any] = {"xtol": close, "ftol": close, "gtol": 1e-14, "max_nfev": 80, "x_scale": "jac"}
        bounds = lower[free], upper[free]
        found = least_squares(lambda x: at(x, False)[0], theta[free], lambda x: at(x, True)[1], bounds=bounds, **options)
        theta[free] = found.x
        return theta, 2.0 * float(found.cost)

    def reweighted(self, theta: Array) -> bool:
        """Set Huber's weights by the residuals at θ; return whether there was anything to weigh down."""
        raw = self.project(theta, False)[0] / np.sqrt(self.weights)
        scale = 1.4826 * float(np.median(np.abs(raw)))
        if scale < EXACT:
            return False
        self.weights = np.minimum(1.0, HUBER * scale / np.maximum(np.abs(raw), 1e-300))
        return True


def fit_form(
    form: Form, runs: Runs, irreducible: float | None = None, start: Array | None = None, rounds: int = ROUNDS
) -> FormFit:
    """Fit a form to a table.

    Parameters
    ----------
    form : Form
        Of at least as many runs as parameters.
    runs : Runs
        The table.
    irreducible : float, optional
        E where it is known; by default it is fitted, at least 0.
    start : ndarray, optional
        Parameters of a fit to a similar table, tried beside one of the form's own starts; by default all of these are.
    rounds : int
        How often the robust weights are renewed.
    """
    problem = Problem(form, runs, irreducible)
    starts = [np.array(s) for s in form.starts] if start is None else [start, np.array(form.starts[0])]
    found = [problem.minimise(start) for start in starts]
    theta, least = min(found, key=lambda pair: pair[1])
    floor = EXACT**2 * len(runs)
    agreement = float(np.mean([cost <= least * (1.0 + AGREE) + floor for _, cost in found]))
    for _ in range(rounds):
        if not problem.reweighted(theta):
            break
        theta, least = problem.minimise(theta)
    return finished(problem, theta, agreement)


def spread(residuals: Array, weights: Array, n_parameters: int) -> float:
    """Return √(Σ(w r)²/ν) over the share of weights that are 1: the spread that a Huber fit has (Huber 1981, section 7.6)."""
    degrees = max(len(residuals) - n_parameters, 1)
    return float(np.sqrt(np.sum((weights * residuals) ** 2) / degrees) / np.mean(weights >= 1.0))


def finished(problem: Problem, theta: Array, agreement: float = 1.0) -> FormFit:
    """Return the fit at a minimum."""
    residuals, jacobian, linear = problem.project(theta)
    cost = float(residuals @ residuals)
    form, runs = problem.form, problem.runs
    norms = np.linalg.norm(jacobian, axis=0)
    condition, covariance = np.inf, np.full((len(theta),) * 2, np.inf)
    if (norms > 1e-12 * max(norms.max(), 1e-300)).all():
        values = np.linalg.svd(jacobian / norms, compute_uv=False)
        if values[-1] > 0.0:
            condition = float((values[0] / values[-1]) ** 2)
            noise = spread(residuals / np.sqrt(problem.weights), problem.weights, form.n_parameters)
            curvature = (jacobian.T @ jacobian) / np.outer(norms, norms) / problem.weights.mean()
            covariance = np.linalg.pinv(curvature) / np.outer(norms, norms) * noise**2
    lower, upper = form.bounds
    room = NEAR * (upper - lower)
    inside = (theta > lower + room) & (theta < upper - room)
    stuck = [name for name, free in zip(form.parameters, inside, strict=True) if not free]
    zeros = [letter for letter, value in zip("EAB", linear, strict=False) if value <= 0.0]
    if problem.irreducible is not None:
        zeros = [letter for letter in zeros if letter != "E"]
    fitted = FormFit(
        form=form, theta=theta, linear=linear, middle=problem.middle, residuals=np.empty(0), weights=problem.weights, cost=cost,
        agreement=agreement, condition=condition, covariance=covariance, at_bound=(*stuck, *zeros),
    )  # fmt: skip
    return replace(fitted, residuals=np.log(runs.loss / fitted.predict(runs.sizes, runs.data)))
