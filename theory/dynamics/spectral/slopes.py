"""Local exponents along training time: ∂ln(term)/∂ln(argument) by central differences of sixth order.

Terms are smooth in every logarithm and right to some 1e-13, so that differences over a few per cent are right to 1e-10.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from theory.solve.slopes import LocalExponents
from theory.terms import Key, Terms

WIDTH = 0.04
WEIGHTS = {1: 45.0 / 60.0, 2: -9.0 / 60.0, 3: 1.0 / 60.0}  # of f(x + kh) − f(x − kh), over h


def local_exponents(evaluate: Callable[..., Any], arguments: Mapping[str, Any]) -> LocalExponents:
    """Return the slopes of every term by every argument that is positive and finite; NaN by others.

    Parameters
    ----------
    evaluate : callable
        A mapping from terms and "kappa" to arrays, at arguments by keyword.
    arguments : mapping
        Arrays, broadcast to one shape.
    """
    slopes: dict[Key, dict[str, Any]] = {}
    for keyword, value in arguments.items():
        usable = np.isfinite(value) & (value > 0)
        total: dict[Key, Any] = {}
        for distance, weight in WEIGHTS.items():
            for sign in (1.0, -1.0):
                moved = np.where(usable, value * np.exp(sign * distance * WIDTH), value)
                with np.errstate(divide="ignore", invalid="ignore"):
                    for key, term in evaluate(**{**arguments, keyword: moved}).items():
                        total[key] = total.get(key, 0.0) + sign * weight / WIDTH * np.log(term)
        for key, slope in total.items():
            slopes.setdefault(key, {})[keyword] = np.where(usable & np.isfinite(slope), slope, np.nan)
    kappa = slopes.pop("kappa")
    return LocalExponents(kappa, Terms(slopes))
