"""What an evaluation with the first correction returns, and when that is to be trusted.

The expansion is in 1/(n (1 − γ)) of each layer of size n, 1/(P dλ/dK) for rows of data. Up to .17 (P dλ/dK ≥ 6) what is left is
a few per cent to a quarter of the correction; above .25 it may be as large as the correction itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.results.result import PerPoint
from theory.solve.evaluate import Risk
from theory.terms import Terms

DOUBTFUL, TOO_LARGE = 0.17, 0.25


class FiniteSizeWarning(UserWarning):
    """Sizes so small that the correction after the first may matter."""


@dataclass(frozen=True, repr=False)
class CorrectedRisk(Risk):
    """What `Chain.evaluate(..., finite_size=True)` returns: means over draws at finite sizes, arrays of the broadcast shape.

    Attributes
    ----------
    terms : Terms
        "test", "train" and "excess", the first correction included: `test`, `train` and `excess` are these. NaN where the
        parameter of a correction is above 1/4, with a status that says so.
    limits : Terms
        Every term at the limit of large sizes, bias and variances included; with `limit_status`, what became of it, this is
        `leading`.
    limit_status : ndarray of int
        As `status`, of the limit.
    correction : Terms
        What has been added: to "test", "train", "excess", to "dof" and to "objective".
    correction_parameter : Terms
        By the name of each layer with a size n, 1/(n (1 − γ)), with 1 − γ = dκ_out/dκ_in for independent entries: 1/(P dλ/dK)
        for rows of data.
    dof : ndarray
        The mean of tr Ŝ(Ŝ+λ)⁻¹, Ŝ the covariance of the features in the training rows; corrected.
    objective : ndarray
        L, the mean of the least training objective min (1/P)‖y − f‖² + λ‖v‖²; corrected.
    """

    limits: PerPoint = field(kw_only=True)
    limit_status: PerPoint = field(kw_only=True)
    correction: PerPoint = field(kw_only=True)
    correction_parameter: PerPoint = field(kw_only=True)
    dof: PerPoint = field(kw_only=True)
    objective: PerPoint = field(kw_only=True)

    @property
    def leading(self) -> Risk:
        """The evaluation at the limit of large sizes."""
        return Risk(self.limits, self.limit_status, self.kappa, inputs=self.inputs)

    @property
    def bias(self) -> Any:
        """Refuse: the first correction of the bias is not known."""
        raise AttributeError("the first correction of the bias is not known: leading.bias is its limit")

    @property
    def variance(self) -> Any:
        """Refuse: the first corrections of the variances are not known."""
        raise AttributeError("the first corrections of the variances are not known: leading.variance has their limits")


def largest(parameters: Terms[Any]) -> NDArray[np.float64]:
    """Return the largest parameter at each point."""
    return np.asarray(np.max([np.asarray(values, dtype=np.float64) for values in parameters.values()], axis=0))
