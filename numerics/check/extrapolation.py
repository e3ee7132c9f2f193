"""Gaps between simulation and formula at several sizes, carried to infinite size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from theory.errors import BadArgument

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Limit:
    """A gap at infinite size.

    Attributes
    ----------
    gap : float
        Simulation less formula.
    variance : float
        Of the gap, by the scatter of the trials.
    dof : float
        Degrees of freedom of that variance (Welch and Satterthwaite).
    remainder : float
        c s^-p at the largest size; 0 from one size, where nothing is taken out.
    curvature : float
        What a term (c s^-p)² would add to the gap.
    """

    gap: float
    variance: float
    dof: float
    remainder: float
    curvature: float


def extrapolation_weights(scales: Sequence[float], order: int) -> Array:
    """Return a_s with Σ a_s g_s = g for g_s = g + c s^-p, of shape (n_scales,); one size is left as it is.

    With more than two sizes these are least squares for variances that fall like s^-2 (fluctuations of linear statistics).

    Raises
    ------
    ValueError
        If sizes repeat or are not positive.
    """
    s = np.asarray(scales, dtype=np.float64)
    if s.ndim != 1 or not s.size or not (np.isfinite(s) & (s > 0)).all() or len(np.unique(s)) < len(s):
        raise BadArgument("scales", scales, "different positive numbers", "give for example (1, 2)")
    if len(s) == 1:
        return np.ones(1)
    design = np.column_stack([np.ones_like(s), s**-order]) * s[:, None]
    return np.linalg.pinv(design)[0] * s


def extrapolate(
    scales: Sequence[float], gaps: Sequence[float], variances: Sequence[float], dofs: Sequence[float], order: int
) -> Limit:
    """Return the limit of independent gaps at several sizes.

    Parameters
    ----------
    scales, gaps, variances, dofs : sequences of float
        Proportions of the sizes; simulation less formula; variances of these means, and their degrees of freedom.
    order : int
        p, the order of the remainder.
    """
    a, s = extrapolation_weights(scales, order), np.asarray(scales) / max(scales)
    parts = a**2 * np.asarray(variances)
    gap = float(a @ np.asarray(gaps))
    remainder = float(gaps[int(np.argmax(s))]) - gap
    curvature = float(abs(a @ s ** (-2.0 * order))) * remainder**2
    return Limit(gap, float(parts.sum()), welch(parts, dofs), remainder, curvature)


def welch(parts: Any, dofs: Any) -> float:
    """Return the degrees of freedom of a sum of independent variances: (Σ v)²/Σ v²/ν."""
    v, nu = np.asarray(parts, dtype=np.float64), np.asarray(dofs, dtype=np.float64)
    largest = v.max()
    if not largest > 0:
        return float(nu.sum())
    v = v / largest
    return float(v.sum() ** 2 / (v**2 / nu).sum())
