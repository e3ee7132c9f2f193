"""What kernels depend on besides the points, each parameter checked once, with its range and the kernels that have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from theory.errors import BadArgument, real_array, whole_number

KERNELS_OF = {  # parameters, and the kernels that have them
    "bandwidth": ("rbf", "laplace", "matern"), "smoothness": ("matern",), "degree": ("polynomial",), "order": ("arccos",),
    "depth": ("ntk",),
}  # fmt: skip
MOST_DEGREE = 1000
SMOOTHEST = 20.0  # ν of a Matérn kernel: beyond it is "rbf" to plotting accuracy, and Bessel functions leave the range
MOST_ORDER = 60
MOST_DEPTH = 1000


@dataclass(frozen=True)
class Parameters:
    """Parameters of a kernel, checked.

    Attributes
    ----------
    bandwidth : float or None
        ℓ; None is the default of the points.
    smoothness : float
        ν of "matern".
    degree, order, depth : int
        Of "polynomial", "arccos" and "ntk".
    """

    bandwidth: float | None
    smoothness: float
    degree: int
    order: int
    depth: int

    @classmethod
    def checked(cls, bandwidth: Any, smoothness: Any, degree: Any, order: Any, depth: Any) -> Parameters:
        """Return the parameters, or raise `ValueError` if one is out of range."""
        if bandwidth is not None:
            bandwidth = _positive("bandwidth", bandwidth, np.inf, "positive and finite", "leave it out to use √tr Cov")
        admissible = f"positive, at most {SMOOTHEST:g}"
        smoothness = _positive("smoothness", smoothness, SMOOTHEST, admissible, "take the kernel 'rbf' for smoother functions")
        return cls(
            bandwidth,
            smoothness,
            whole_number("degree", degree, 1, MOST_DEGREE, "choose the degree of the polynomial"),
            whole_number("order", order, 0, MOST_ORDER, "choose the power of the rectifier"),
            whole_number("depth", depth, 1, MOST_DEPTH, "give the number of hidden layers"),
        )


def _positive(argument: str, value: Any, most: float, admissible: str, remedy: str) -> float:
    number = real_array(argument, value, admissible, remedy)
    if number.ndim or not 0.0 < number <= most or not number < np.inf:
        raise BadArgument(argument, value, admissible, remedy)
    return float(number)
