"""Whether a table may come from a form at all: what smooth functions of the sizes still explain, and what repeated runs say.

    smooth      F of ln N, ln D, their squares and product in the residuals, beyond the form's own derivatives
    repeated    F of the residuals over the spread of runs of the same sizes (pure error), where a table has such runs

Both take errors of ln L to be independent and alike, outliers clipped by their robust weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import f as fisher

from numerics.fit.projection import FormFit
from numerics.fit.table import Array, Runs

SIGNIFICANT = 0.01
EXACT = 1e-4  # residuals below which a form is that of the table, to what it was computed to


@dataclass(frozen=True)
class Goodness:
    """Whether a form fits.

    Attributes
    ----------
    smooth, repeated : float or None
        p-values of the two tests; None where one cannot be made: residuals that are rounding, no two runs of the same sizes.
    rejected : bool
        Whether one of them is below 0.01, or a parameter sits on a bound.
    reasons : tuple of str
        Why.
    """

    smooth: float | None
    repeated: float | None
    rejected: bool
    reasons: tuple[str, ...]


def goodness_of_fit(fit: FormFit, runs: Runs, free: tuple[str, ...] = ()) -> Goodness:
    """Return the outcome of both tests.

    Parameters
    ----------
    fit : FormFit
        Of the table, E fixed at 0.
    runs : Runs
        The table.
    free : tuple of str
        Parameters that may sit on a bound: a noise of zero.
    """
    clipped = fit.weights * fit.residuals
    stuck = tuple(name for name in fit.at_bound if name not in free)
    reasons = [f"{', '.join(stuck)} on a bound"] if stuck else []
    smooth = repeated = None
    if np.sqrt(np.mean(clipped**2)) > EXACT:
        smooth = _smooth(fit, runs, clipped)
        repeated = _repeated(fit, runs, clipped)
    if smooth is not None and smooth < SIGNIFICANT:
        reasons.append(f"the residuals depend on the sizes (p = {smooth:.1g})")
    if repeated is not None and repeated < SIGNIFICANT:
        reasons.append(f"the residuals exceed the spread of repeated runs (p = {repeated:.1g})")
    return Goodness(smooth, repeated, bool(reasons), tuple(reasons))


def _smooth(fit: FormFit, runs: Runs, residuals: Array) -> float | None:
    n, d = (_standard(np.log(values)) for values in (runs.sizes, runs.data))
    columns, slopes = fit.form.columns(fit.theta, np.log(runs.sizes) - fit.middle[0], np.log(runs.data) - fit.middle[1])
    predicted = columns @ fit.linear[1:]  # the losses themselves have the errors in them
    own = np.column_stack([columns, np.einsum("ijk,j->ik", slopes, fit.linear[1:])]) / predicted[:, None]
    more = np.column_stack([np.ones_like(n), n, d, n * n, n * d, d * d])
    rank = int(np.linalg.matrix_rank(_unit(own)))
    both = np.column_stack([_unit(own), _unit(more)])
    full = int(np.linalg.matrix_rank(both, tol=1e-6))
    degrees = len(residuals) - full
    if full <= rank or degrees < 1:
        return None
    before, after = _left(own, residuals), _left(both, residuals)
    return float(fisher.sf((before - after) / (full - rank) / max(after / degrees, 1e-300), full - rank, degrees))


def _repeated(fit: FormFit, runs: Runs, residuals: Array) -> float | None:
    _, group = np.unique(np.stack([runs.sizes, runs.data]), axis=1, return_inverse=True)
    group = np.ravel(group)
    counts = np.bincount(group)
    own = int(len(residuals) - len(counts))
    rest = len(residuals) - own - fit.form.n_parameters + 1
    if own < 1 or rest < 1:
        return None
    means = np.bincount(group, residuals) / counts
    pure = float(np.sum((residuals - means[group]) ** 2))
    lack = max(float(np.sum(residuals**2)) - pure, 0.0)
    return float(fisher.sf(lack / rest / max(pure / own, 1e-300), rest, own))


def _standard(values: Array) -> Array:
    found: Array = (values - values.mean()) / values.std()
    return found


def _unit(columns: Array) -> Array:
    found: Array = columns / np.maximum(np.linalg.norm(columns, axis=0), 1e-300)
    return found


def _left(columns: Array, residuals: Array) -> float:
    found, *_ = np.linalg.lstsq(_unit(columns), residuals, rcond=1e-9)
    return float(np.sum((residuals - _unit(columns) @ found) ** 2))
