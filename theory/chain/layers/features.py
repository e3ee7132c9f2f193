"""Feature layers: random matrices between the data and the population."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

import numpy as np

from theory.chain.algebras.own import Own
from theory.chain.layers.base import Layer, Level
from theory.chain.layers.shapes import shape_of
from theory.chain.s_transforms.laws.law import EigenvalueLaw


@dataclass(frozen=True)
class GaussianFeatures(Layer):
    """N features Fᵀx with F of iid N(0, 1/N) entries: κ_out = κ_in (1 − d/N), S_F(d) = 1/(1 − d/N).

    With columns of a law, F = Z C^½: κ_out = κ_in dχ/N with tr C(C+χ)⁻¹ = d.

    Parameters
    ----------
    name : str, optional
        As that of any layer.
    columns : optional
        The eigenvalues of C, N × N, scaled to mean 1: a power (γ_k ∝ k^-power), an array of exactly N, their matrix, a spectrum
        (its N largest), an autocovariance. Left out, C = 1.

    Raises
    ------
    ValueError
        For columns that are none of these, negative, or all zero.

    Notes
    -----
    Source: arXiv:2405.00592, section 4 (white and structured weights).
    """

    letter: ClassVar[str] = "N"
    default_name: ClassVar[str] = "features"
    words: ClassVar[str] = "features"

    columns: Any = field(kw_only=True, default=None)

    def __post_init__(self) -> None:
        if self.columns is not None:
            object.__setattr__(self, "columns", shape_of("columns", self.columns))

    @property
    def law(self) -> EigenvalueLaw | None:
        """The law of the columns."""
        return cast("EigenvalueLaw | None", self.columns)

    def outer(self, level: Level, own: Own, noise: Any) -> Level:
        """Return the level of the features."""
        return level.through(ridge=level.ridge * own.factor(level.dof), size=own.size)

    def spread(self, level: Level, own: Own) -> Any:
        """Return b/f: C has a ridge χ of its own."""
        return own.spread(level.dof)

    def draw(self, generator: Any, n_inputs: int, n: int) -> Any:
        """Return Z C^½, Z of iid N(0, 1/n) entries."""
        return generator.standard_normal((n_inputs, n)) / n**0.5 * self.roots(n)


@dataclass(frozen=True)
class HaarProjection(Layer):
    """N features Fᵀx with FᵀF = (n/N) I, F uniform among such n × N matrices: S_F(d) = (1 − d/n)/(1 − d/N).

    Needs N ≤ n, the size of its input. Source: arXiv:2405.00592, section 4 (projections).
    """

    letter: ClassVar[str] = "N"
    default_name: ClassVar[str] = "features"
    words: ClassVar[str] = "features"
    nested: ClassVar[bool] = True

    def outer(self, level: Level, own: Own, noise: Any) -> Level:
        """Return the level of the features."""
        return level.through(ridge=level.ridge * own.factor(level.dof) / level.vacancy, size=own.size)

    def spread(self, level: Level, own: Own) -> Any:
        """Return 1: F is uniform, whatever the population."""
        return 1

    def draw(self, generator: Any, n_inputs: int, n: int) -> Any:
        """Return F uniform among the matrices with FᴴF = (n_inputs/n) 1."""
        return isometry(generator, n_inputs, n) * (n_inputs / n) ** 0.5


def isometry(generator: Any, n_rows: int, n_columns: int) -> Any:
    """Return Q of shape (n_rows, n_columns), QᴴQ = 1, uniform: QR of a Gaussian matrix with the phases of R taken out."""
    Q, R = np.linalg.qr(generator.standard_normal((n_rows, n_columns)))
    diagonal = np.diagonal(R)
    return Q * (diagonal / np.abs(diagonal))
