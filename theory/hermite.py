"""The first Hermite coefficients of a function of a Gaussian number: its constant, its linear part, and what is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from theory.errors import BadArgument

Activation: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_REACH, _PANELS, _NODES = 12.0, 96, 24  # exp(-12²/2) is below rounding; an even number of panels breaks at 0


@dataclass(frozen=True)
class HermiteCoefficients:
    """φ(sg) = c₀ + c₁g + rest, g ~ N(0,1): the constant, the linear part and the norm c* of the rest.

    Attributes
    ----------
    constant, linear, rest : float
        c₀ = Eφ(sg), c₁ = E gφ(sg), c* = (Eφ² − c₀² − c₁²)^½.
    """

    constant: float
    linear: float
    rest: float


def hermite_coefficients(activation: Activation, scale: float) -> HermiteCoefficients:
    """Return the first Hermite coefficients of φ(s·) by composite Gauss-Legendre quadrature (panels break at 0).

    Parameters
    ----------
    activation : callable
        φ, elementwise on arrays of float64.
    scale : float
        s, the standard deviation of the pre-activations.

    Raises
    ------
    ValueError
        If φ does not return finite numbers of its argument's shape.
    """
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    edges = np.linspace(-_REACH, _REACH, _PANELS + 1)
    half = (edges[1:] - edges[:-1])[:, None] / 2
    g = (edges[:-1, None] + half * (1 + nodes)).ravel()
    mass = (half * weights).ravel() * np.exp(-(g**2) / 2) / np.sqrt(2 * np.pi)
    try:
        phi = np.asarray(activation(scale * g), dtype=np.float64)
    except (TypeError, ValueError):
        phi = np.empty(0)
    if phi.shape != g.shape or not np.isfinite(phi).all():
        raise BadArgument("activation", activation, "finite and elementwise on arrays", "write it with NumPy functions")
    constant, linear = float(mass @ phi), float(mass @ (g * phi))
    return HermiteCoefficients(constant, linear, float(np.sqrt(mass @ (phi - constant - linear * g) ** 2)))
