"""Capacity and source of data, with intervals: the exponents of theory, from a table of features and a target.

The capacity is that power law whose predicted sample eigenvalues are those of the table (`fit_capacity`: quantiles of the
counting function). The source is read off the cumulative power: what of the target lies beyond the modes that are learnt at κ,

    B(κ) + σ² = Σ_k c_k λ_k (κ/(λ_k + κ))² + σ²,      c_k λ_k ∝ k^-(1+2αr)

measured on the sample by sweeping a ridge (`numerics.data.transport`), so that neither the mixing of modes by sampling nor the
noise biases it. Intervals are by the jackknife over ten groups of rows, both fits repeated without each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar, nnls
from scipy.stats import t as student

from numerics.data.arrays import Array
from numerics.data.kernels import MOST_ROWS
from numerics.data.pool import Pool, pool_spectrum
from numerics.data.sets import clean
from numerics.data.targets import Kind, centred
from numerics.data.transport import measured_at
from numerics.eigenvalues.fit import FIRST, SINGLE, CapacityFit, fit_capacity, predicted_eigenvalues
from numerics.fit.models.model import Parameter
from numerics.fit.profiles import Interval
from theory.errors import BadArgument, one_real

GROUPS = 10
NUDGE = 0.02  # of the capacity, for the slope of the predicted eigenvalues
POINTS = 30  # of κ
LADDER = np.linspace(-20.0, 2.5, 200)  # ln μ, in units of the largest eigenvalue
FEWEST_MODES = 3.0  # degrees of freedom at the largest κ
SHARE = 0.5  # of the smaller of rows and columns, at the smallest κ
LEAST, STEEPEST = 0.02, 2.0  # of the source
EDGE = 1.05  # this near to them it is not determined
FEWEST_ROWS = 60


@dataclass(frozen=True, eq=False)
class ExponentsEstimate:
    """Capacity and source of data.

    Attributes
    ----------
    capacity, source : Parameter
        α and r, with intervals.
    noise : float
        σ², target power that no mode accounts for, summed over outputs.
    level : float
        Nominal coverage of the intervals.
    capacity_rms, source_rms : float
        Of ln eigenvalues, and of ln(B + σ²), about the power laws fitted.
    resolved : float
        The share of B + σ² at the largest κ that the sample resolves: where it is small the source is that of noise.
    n_samples, n_dims : int
        Rows and columns kept.
    kappa, power : ndarray, shape (n_points,)
        κ, and B + σ² measured there.
    notes : tuple of str
        What was left out of the data, and guessed.
    """

    capacity: Parameter
    source: Parameter
    noise: float
    level: float
    capacity_rms: float
    source_rms: float
    resolved: float
    n_samples: int
    n_dims: int
    kappa: Array
    power: Array
    notes: tuple[str, ...]

    @property
    def power_law(self) -> bool:
        """Whether one power fits the spectrum, and one the target, of a source that is not 0 within its interval."""
        return self.capacity_rms <= SINGLE and self.source_rms <= SINGLE and self._determined

    @property
    def _determined(self) -> bool:
        return self.source.interval.low > 0.0 and EDGE * LEAST < self.source.value < STEEPEST / EDGE

    @property
    def verdict(self) -> str:
        """The outcome in words: where no power law fits, that."""
        said = []
        if self.capacity_rms > SINGLE:
            said.append(f"no power law fits the eigenvalues (rms {self.capacity_rms:.2g} of ln λ, at most {SINGLE})")
        if self.source_rms > SINGLE:
            said.append(f"no power law fits the target (rms {self.source_rms:.2g} of ln B, at most {SINGLE})")
        if not said and not self._determined:
            return f"one power fits the eigenvalues: capacity {self.capacity}; the target does not determine a source"
        if said:
            return f"{'; '.join(said)}: the exponents mean nothing"
        return f"power laws fit: capacity {self.capacity}, source {self.source}"

    def __repr__(self) -> str:
        return f"ExponentsEstimate({self.verdict})"


def estimate_exponents(X: ArrayLike, y: ArrayLike, *, level: float = 0.9, kind: Kind | None = None) -> ExponentsEstimate:
    """Estimate capacity and source of data, the mean of features and target taken away.

    Parameters
    ----------
    X : array_like of shape (n_rows, n_features)
        Rows independent of each other; at least 60 of them, and 40 columns.
    y : array_like of shape (n_rows,) or (n_rows, n_outputs)
        Numbers or class labels.
    level : float
        Nominal coverage of the intervals.
    kind : {"classes", "numbers"}, optional
        What the targets are; guessed and said when left out.

    Returns
    -------
    ExponentsEstimate
        Its `verdict` says where no power law fits.

    Raises
    ------
    ValueError
        For too few rows or columns, or what is no data.

    Notes
    -----
    Bias on synthetic power laws (capacity 1.3 to 1.9, source .3 to .6, 120 columns, 100 to 300 rows): at most .01 in both.
    """
    nominal = one_real("level", level, "a number between 0.5 and 1", "give for example 0.9")
    if not 0.5 <= nominal < 1.0:
        raise BadArgument("level", level, "a number between 0.5 and 1", "give for example 0.9")
    data = clean(X, y, kind=kind)
    features, targets = np.asarray(data.features, dtype=np.float64), centred(data.targets)
    rows, columns = features.shape
    if not FEWEST_ROWS <= rows <= MOST_ROWS:
        admissible = f"of {FEWEST_ROWS} to {MOST_ROWS} different rows"
        raise BadArgument("X", f"{rows} rows", admissible, "pass more, or a part of them")
    features = features - features.mean(axis=0)
    pool = pool_spectrum(features @ features.T, targets)
    fit = fit_capacity(_eigenvalues(pool, columns), len(pool.eigenvalues), columns)
    curve = _Curve.of(pool, columns, fit.capacity, fit.scale)
    source, noise, rms = curve.source()
    order = np.random.default_rng(0).permutation(rows)  # neighbours in a file may be alike
    replicates = []
    slope = _Slope.at(fit, rows - 1 - rows // GROUPS, columns)
    for group in np.array_split(order, GROUPS):
        kept = np.setdiff1d(order, group)
        part = pool_spectrum(features[kept] @ features[kept].T, targets[kept])
        capacity, scale = slope.capacity(_eigenvalues(part, columns))
        replicates.append((capacity, _Curve.of(part, columns, capacity, scale).source()[0]))
    spread = np.sqrt((GROUPS - 1) * np.var(replicates, axis=0))
    reach = float(student.ppf(0.5 + nominal / 2.0, GROUPS - 1)) * spread
    values = (fit.capacity, source)
    found = [Parameter(value, Interval(value - r, value + r)) for value, r in zip(values, map(float, reach), strict=True)]
    return ExponentsEstimate(
        capacity=found[0], source=found[1], noise=noise, level=nominal, capacity_rms=fit.rms, source_rms=rms,
        resolved=1.0 - float(curve.power.min() / curve.power.max()), n_samples=rows, n_dims=columns, kappa=curve.kappa,
        power=curve.power, notes=tuple(data.notes),
    )  # fmt: skip


def _eigenvalues(pool: Pool, columns: int) -> Array:
    """Return the eigenvalues of the sample covariance, one for each column."""
    found = np.zeros(columns)
    found[: min(columns, len(pool.eigenvalues))] = pool.eigenvalues[:columns]
    return found


@dataclass(frozen=True, eq=False)
class _Slope:
    """Predicted ln eigenvalues of a sample and their slope by the capacity: the fit, linearised, for samples of one size."""

    fit: CapacityFit
    ranks: Any
    level: Array
    slope: Array

    @classmethod
    def at(cls, fit: CapacityFit, rows: int, columns: int) -> _Slope:
        last = min(columns // 2, rows - FIRST)
        ranks = fit.ranks[fit.ranks <= last]
        ends = [np.log(predicted_eigenvalues(fit.capacity + step, columns, rows, ranks)) for step in (-NUDGE, NUDGE)]
        return cls(fit, ranks, (ends[0] + ends[1]) / 2.0, (ends[1] - ends[0]) / (2.0 * NUDGE))

    def capacity(self, eigenvalues: Array) -> tuple[float, float]:
        """Return the capacity and scale of another sample of this size."""
        missed = np.log(eigenvalues[self.ranks - 1]) - self.level
        centred = self.slope - self.slope.mean()
        moved = float(centred @ missed / (centred @ centred))
        return self.fit.capacity + moved, float(np.exp(np.mean(missed - moved * self.slope)))


@dataclass(frozen=True, eq=False)
class _Curve:
    """B + σ² measured at several κ, and the modes that a power law of the spectrum has."""

    kappa: Array
    power: Array
    missed: Array
    capacity: float

    @classmethod
    def of(cls, pool: Pool, columns: int, capacity: float, scale: float) -> _Curve:
        eigenvalues = scale * np.arange(1.0, columns + 1.0) ** -capacity
        dofs = np.geomspace(FEWEST_MODES, SHARE * min(columns, len(pool.eigenvalues)), POINTS)
        found = np.array([(at.kappa, at.dof, at.bias) for at in (measured_at(pool, log_mu) for log_mu in LADDER)])
        found[:, 0] *= pool.eigenvalues[0]
        kappa = np.exp(np.interp(-np.log(dofs), -np.log(found[:, 1]), np.log(found[:, 0])))
        power = np.exp(np.interp(np.log(kappa), np.log(found[:, 0]), np.log(found[:, 2])))
        missed = kappa[:, None] / (eigenvalues + kappa[:, None])
        return cls(kappa, power, missed * missed, capacity)

    def source(self) -> tuple[float, float, float]:
        """Return r, σ², and the rms of ln(B + σ²) about the fit."""
        log_k = np.log(np.arange(1.0, self.missed.shape[1] + 1.0))

        def fitted(source: float) -> tuple[float, Array]:
            shape = self.missed @ np.exp(-(1.0 + 2.0 * self.capacity * source) * log_k)
            matrix = np.stack([shape, np.ones_like(shape)], axis=1) / self.power[:, None]
            amplitudes, missed = nnls(matrix, np.ones(len(shape)))
            return float(missed), amplitudes

        grid = np.linspace(LEAST, STEEPEST, 34)
        place = int(np.argmin([fitted(source)[0] for source in grid]))
        bounds = (grid[max(place - 1, 0)], grid[min(place + 1, len(grid) - 1)])
        best = float(minimize_scalar(lambda source: fitted(source)[0], bounds=bounds, method="bounded").x)
        missed, amplitudes = fitted(best)
        return best, float(amplitudes[1]), missed / np.sqrt(len(self.power))
