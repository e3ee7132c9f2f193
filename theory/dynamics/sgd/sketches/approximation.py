"""What no readout of a Gaussian sketch can learn: a chain of one layer, without ridge and without rows of data."""

from __future__ import annotations

import functools

from theory.chain.declaration import Declaration
from theory.chain.layers import GaussianFeatures
from theory.solve.arguments import check_arguments
from theory.solve.evaluate import Evaluator
from theory.spectra.base import Spectrum


@functools.cache
def _sketch() -> Evaluator:
    """Return the chain of one Gaussian layer without samples: without ridge its risk is the approximation error."""
    return Evaluator(Declaration(GaussianFeatures()))


def approximation(task: Spectrum, width: float) -> float:
    """Return T(κ₀), d(κ₀) = M: the risk of the best readout of a Gaussian sketch; 0 for M ≥ D."""
    arguments = check_arguments(_sketch().slots, task, {"n_features": width, "ridge": 0.0, "noise": 0.0, "ensemble": 1})
    return float(_sketch().evaluate(task, arguments).test)
