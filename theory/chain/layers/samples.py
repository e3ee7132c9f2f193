"""Rows of data: independent ones, and those drawn from a finite pool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from theory.chain.algebras.own import Own
from theory.chain.layers.base import Layer, Level
from theory.chain.layers.features import isometry


@dataclass(frozen=True)
class Samples(Layer):
    """P independent rows of data with label noise σ²: λ = κ (1 − d/P), L = (T + σ²)(1 − d/P).

    Source: arXiv:2405.00592, section 3 (white Wishart, S = 1/(1 − d/P)).
    """

    letter: ClassVar[str] = "P"
    default_name: ClassVar[str] = "samples"
    words: ClassVar[str] = "samples"
    trains: ClassVar[bool] = True

    def outer(self, level: Level, own: Own, noise: Any) -> Level:
        """Return the level of the rows."""
        factor = own.factor(level.dof)
        return level.through(ridge=level.ridge * factor, loss=(level.loss + noise) * factor, size=own.size)

    def draw(self, generator: Any, n_inputs: int, n: int) -> Any:
        """Return iid N(0, 1) entries."""
        return generator.standard_normal((n, n_inputs))


@dataclass(frozen=True)
class PoolSamples(Layer):
    """P rows drawn without replacement from a finite pool that *is* the population (n_dims = pool size).

    A Haar projection of the pool: λ = κ (1 − d/P)/(1 − d/M), L = T (1 − d/P)/(1 − d/M). The pool's targets are what they are,
    noise included (independent noise of variance σ² adds σ²/M to the signal of every mode): there is no other. The test
    risk is that on the rows left out.
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
