"""Rows of data: independent ones, and those drawn from a finite pool."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

import numpy as np

from theory.chain.algebras.own import Own
from theory.chain.layers.base import Layer, Level
from theory.chain.layers.features import isometry
from theory.chain.layers.shapes import MATCHED, noise_of, shape_of
from theory.chain.s_transforms.laws.law import EigenvalueLaw


@dataclass(frozen=True)
class Samples(Layer):
    """P independent rows of data with label noise σ²: λ = κ (1 − d/P), L = (T + σ²)(1 − d/P).

    Correlated rows, X = K^½ Z Σ^½, with noise of covariance σ² ν in the basis of K: λ = κ f with f = dχ/P, tr K(K+χ)⁻¹ = d, and
    L = Tf + σ² (1/P) Σ ν r with r = χ/(K+χ). The test point is independent of the rows.

    Parameters
    ----------
    name : str, optional
        As that of any layer.
    rows : optional
        The eigenvalues of K, P × P, scaled to mean 1: a power (K_i ∝ i^-power), an array of exactly P, their matrix, a spectrum
        (its P largest), an autocovariance such as `exponential_memory(20)`. Left out, K = 1.
    noise : {"matched", "white"} or array-like
        ν: that of K, 1, or P numbers ≥ 0 in the order of the eigenvalues of K, the largest first; not scaled.

    Raises
    ------
    ValueError
        For rows or noise that are none of these, negative, or all zero.

    Notes
    -----
    Source: arXiv:2405.00592, section 3 (white Wishart, S = 1/(1 − d/P)); arXiv:2408.04607 (correlated rows).
    """

    letter: ClassVar[str] = "P"
    default_name: ClassVar[str] = "samples"
    words: ClassVar[str] = "samples"
    trains: ClassVar[bool] = True

    rows: Any = field(kw_only=True, default=None)
    noise: Any = field(kw_only=True, default=MATCHED)

    def __post_init__(self) -> None:
        noise = noise_of(self.noise)
        rows = 0 if self.rows is None and isinstance(noise, tuple) else self.rows
        if rows is not None:
            object.__setattr__(self, "rows", shape_of("rows", rows))
        object.__setattr__(self, "noise", noise if rows is not None else MATCHED)

    @property
    def law(self) -> EigenvalueLaw | None:
        """The law of the rows."""
        return cast("EigenvalueLaw | None", self.rows)

    def outer(self, level: Level, own: Own, noise: Any) -> Level:
        """Return the level of the rows."""
        factor = own.factor(level.dof)
        loss = level.loss * factor + noise * own.unexplained(level.dof)
        return level.through(ridge=level.ridge * factor, loss=loss, size=own.size)

    def spread(self, level: Level, own: Own) -> Any:
        """Return b/f: K has a ridge χ of its own."""
        return own.spread(level.dof)

    def draw(self, generator: Any, n_inputs: int, n: int) -> Any:
        """Return K^½ Z, Z of iid N(0, 1) entries."""
        return np.reshape(self.roots(n), (-1, 1)) * generator.standard_normal((n, n_inputs))


@dataclass(frozen=True)
class PoolSamples(Layer):
    """P rows drawn without replacement from a finite pool that *is* the population (n_dims = pool size).

    A Haar projection of the pool: λ = κ (1 − d/P)/(1 − d/M), L = T (1 − d/P)/(1 − d/M), κ and T those outside the features that
    may lie between. The pool's targets are what they are, noise included (independent noise of variance σ² adds σ²/M to the
    signal of every mode): there is no other. The test risk is that on the rows left out.
    """

    letter: ClassVar[str] = "P"
    default_name: ClassVar[str] = "samples"
    words: ClassVar[str] = "samples"
    nested: ClassVar[bool] = True
    trains: ClassVar[bool] = True
    pooled: ClassVar[bool] = True

    def outer(self, level: Level, own: Own, noise: Any) -> Level:
        """Return the level of the rows drawn; label noise is in the pool's targets already."""
        factor = own.factor(level.dof) / level.vacancy
        return level.through(ridge=level.ridge * factor, loss=level.loss * factor, size=own.size)

    def gain(self, level: Level, outside: Level, own: Own) -> Any:
        """Return C₀/C₁ on the rows left out."""
        return own.gain(level.dof)

    def draw(self, generator: Any, n_inputs: int, n: int) -> Any:
        """Return n of the M = n_inputs rows of √M O, O uniform among unitary matrices."""
        return isometry(generator, n_inputs, n).T * n_inputs**0.5
