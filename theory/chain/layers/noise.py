"""Noise on the coordinates of a level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from theory.chain.algebras.own import Own
from theory.chain.layers.base import Layer, Level


@dataclass(frozen=True)
class FeatureNoise(Layer):
    """Independent noise of variance μ² added to each of the n coordinates inside: κ_in = κ_out + μ².

    With η = μ²/κ_in: κ_out = κ_in η̄ and n − d_out = n η̄ (1 − d/n). The noise is glued to the layer inside it (to the
    population where there is none). Source: arXiv:2405.00592, section 4 (additive feature noise).
    """

    letter: ClassVar[str] = "mu2"
    default_name: ClassVar[str] = "feature_noise"
    words: ClassVar[str] = "feature noise"
    sized: ClassVar[bool] = False

    def outer(self, level: Level, own: Own, noise: Any) -> Level:
        """Return the noisy level: d_out = nη + η̄d, n − d_out = n η̄ (1 − d/n)."""
        share, rest = own.share(level.ridge), own.factor(level.ridge)
        return level.through(ridge=level.ridge * rest, dof=level.size * share + rest * level.dof, vacancy=rest * level.vacancy)

    def spread(self, level: Level, own: Own) -> Any:
        """Return 1: of noisy rows only the covariance counts, and that is not drawn."""
        return 1

    def draw(self, generator: Any, n_inputs: int, n: int) -> Any:
        """Return iid N(0, 1) entries."""
        return generator.standard_normal((n, n_inputs))
