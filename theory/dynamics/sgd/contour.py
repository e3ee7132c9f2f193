r"""Contours for sums over many steps: ∮ z^K F(z) dz/2πi around all z from 0 to z₀, relative to z₀^K.

On z = z₀ e^u, K u a parabola around the negative axis, 24 nodes and their conjugates give 1e-13 for poles up to the fourth
order. Nothing is subtracted: z − x = z₀ expm1(u) + (z₀ − x), for which callers know z₀ − x.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.dynamics.sgd.scaled import Array, Scaled

NODES = 24
LEAST = 32  # steps for which the parabola fits

_THETA = (np.arange(NODES) + 0.5) * 3.0 / NODES
_U = np.pi * NODES / 12.0 * (1.0 + 1j * _THETA) ** 2  # K u
_DU = np.pi * NODES / 12.0 * 2j * (1.0 + 1j * _THETA) * 3.0 / NODES


@dataclass(frozen=True)
class Contour:
    """Nodes around 0 ≤ z ≤ z₀: one contour for all modes, or one for each.

    Attributes
    ----------
    rightmost, logarithm : float or ndarray of shape (n_nodes,)
        z₀ and ln z₀.
    steps : int
        K ≥ 32.
    """

    rightmost: Any
    logarithm: Any
    steps: int

    @property
    def turn(self) -> NDArray[np.complex128]:
        """Z − z₀, of shape (24, 1) or (24, n_nodes)."""
        found: NDArray[np.complex128] = self.rightmost * np.expm1(_U[:, None] / float(self.steps))
        return found

    @property
    def growth(self) -> Any:
        """Ln z₀^K."""
        return float(self.steps) * self.logarithm

    @property
    def weights(self) -> NDArray[np.complex128]:
        """z^K dz/π over z₀^K, of the shape of `turn`: the imaginary part of a sum of these is the integral."""
        steps = float(self.steps)
        found: NDArray[np.complex128] = (np.exp(_U + _U / steps) * (_DU / (np.pi * steps)))[:, None] * self.rightmost
        return found

    def scaled(self, values: Array) -> Scaled:
        """Return values · z₀^K."""
        return Scaled.from_logs(values, self.growth)
