"""What every evaluation returns: the terms of the risk at each point, and what became of each point."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from theory.results.result import PerPoint, Result
from theory.results.status import Code, reasons
from theory.solve.status import Status, converged
from theory.terms import Terms

TOTALS = ("test", "train", "gap", "excess", "bias")


@dataclass(frozen=True, repr=False)
class Outcome(Result):
    """Terms of the risk, arrays of one shape.

    Attributes
    ----------
    terms : Terms
        All terms by name: "test" (σ² included), "train", "excess", "bias" and the variance components.
    status : ndarray of int
        The outcome at each point, a code of `theory.solve.status.Status`, in a byte; where it is not converged every number is
        NaN.
    inputs : Inputs
        Every argument by keyword, broadcast to the shape of the terms.
    """

    outcomes: ClassVar[type[Code]] = Status

    terms: PerPoint
    status: PerPoint

    @property
    def converged(self) -> NDArray[np.bool_]:
        """Whether the numbers are right, at each point."""
        return converged(self.status)

    @property
    def reasons(self) -> NDArray[np.str_]:
        """The status of each point in words."""
        return reasons(self.status, Status)

    @property
    def test(self) -> Any:
        """Test risk, σ² included."""
        return self.terms["test"]

    @property
    def train(self) -> Any:
        """Training risk (without the penalty)."""
        return self.terms["train"]

    @property
    def gap(self) -> Any:
        """Test less training risk, summed without subtraction."""
        if "gap" not in self.terms:
            raise AttributeError("the gap is not among the terms of this evaluation: subtract train from test")
        return self.terms["gap"]

    @property
    def excess(self) -> Any:
        """Test risk less σ²."""
        return self.terms["excess"]

    @property
    def bias(self) -> Any:
        """Squared bias of the mean predictor."""
        if "bias" not in self.terms:
            raise AttributeError("this chain's risk is not decomposed into bias and variances (see its layers)")
        return self.terms["bias"]

    @cached_property
    def variance(self) -> Terms[Any]:
        """Variance components by source, as `variance["samples"]` or `variance["samples", "features"]`."""
        return Terms({key: value for key, value in self.terms.items() if key not in TOTALS})
