"""The layers of a chain, each declared once: how it renormalises the ridge, what it does to d and T, how to draw it.

A layer sees the `Level` inside it and makes the one outside. All layers share one shape: a pair u + t = 1 and a
ridge map that is a monomial in complements,

    κ_out = κ_in · t^own · vacancy_in^inner,

where vacancy_in = 1 − d/n is the complement that the level inside hands on. The symbolic derivation, the solver,
mpmath, max-plus and the samplers all read these few lines; nothing about a layer is written anywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

from theory.errors import BadArgument


@dataclass(frozen=True)
class Level:
    """What one layer hands to the next, in any algebra (SymPy, polarised triples, NumPy, mpmath, …).

    Attributes
    ----------
    ridge : Any
        κ at this level.
    dof : Any
        d = tr A(A+κ)⁻¹ at this level.
    vacancy : Any
        1 − d/size, the complement of the occupied fraction of the level's own coordinates.
    loss : Any
        The potential: the least objective min ‖y − f‖² + κ‖v‖² at this level (T for the population).
    size : Any
        The number n of coordinates at this level.
    """

    ridge: Any
    dof: Any
    vacancy: Any
    loss: Any
    size: Any


@dataclass(frozen=True)
class Layer:
    """A random-matrix layer; subclasses declare themselves by the class attributes and overrides below.

    Parameters
    ----------
    name : str, optional
        The source's name in the variance decomposition, and `n_<name>` the keyword of its size. Left out, the chain
        chooses: `samples`, `features` (numbered from the population when there are several), `feature_noise`.
    """

    name: str | None = None

    letter: ClassVar[str]  # of the parameter in formulas
    default_name: ClassVar[str]
    words: ClassVar[str]  # what its size counts
    draw: ClassVar[dict[str, str]]  # plain description for samplers
    ridge_powers: ClassVar[tuple[int, int]] = (1, 0)  # (own, inner) exponents of the ridge map
    nested: ClassVar[bool] = False  # size ≤ the input's, whose fraction is written through this layer's
    trains: ClassVar[bool] = False  # rows of data: adds label noise, separates training from test
    decomposes: ClassVar[bool] = True  # bias and variances are defined (not where test rows come from the same pool)
    sized: ClassVar[bool] = True  # the parameter is a size (else a variance)

    def fraction(self, inner: Level, parameter: Any) -> Any:
        """Return u, the fraction of this layer that is taken up."""
        return inner.dof / parameter

    def parameter_at(self, inner: Level, fraction: Any) -> Any:
        """Return the layer's parameter from its fraction u: the inverse of `fraction`."""
        return inner.dof / fraction

    def outer(self, inner: Level, parameter: Any, pair: tuple[Any, Any], noise: Any) -> Level:
        """Return the level outside this layer.

        Parameters
        ----------
        inner : Level
            The level inside.
        parameter : Any
            The layer's size n (or its variance).
        pair : (u, t)
            Its occupied fraction and complement.
        noise : Any
            σ², the variance of the label noise (used by layers of data).
        """
        own, inside = self.ridge_powers
        factor = pair[1] ** own * inner.vacancy**inside if inside else pair[1] ** own
        loss = (inner.loss + noise) * factor if self.trains else inner.loss
        return Level(inner.ridge * factor, inner.dof, pair[1], loss, parameter)

    def residual_gain(self, complement: Any) -> Any:
        """Return test residual / training residual of this layer: 1/t for rows of data, 1 otherwise."""
        return 1 / complement if self.trains else 1


@dataclass(frozen=True)
class Samples(Layer):
    """P independent rows of data with label noise σ²: λ = κ (1 − d/P), L = (T + σ²)(1 − d/P).

    Source: arXiv:2405.00592, section 3 (white Wishart, S = 1/(1 − d/P)).
    """

    letter: ClassVar[str] = "P"
    default_name: ClassVar[str] = "samples"
    words: ClassVar[str] = "samples"
    draw: ClassVar[dict[str, str]] = {"kind": "rows", "law": "independent"}
    trains: ClassVar[bool] = True


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
    draw: ClassVar[dict[str, str]] = {"kind": "rows", "law": "without replacement"}
    ridge_powers: ClassVar[tuple[int, int]] = (1, -1)
    nested: ClassVar[bool] = True
    trains: ClassVar[bool] = True
    decomposes: ClassVar[bool] = False

    def outer(self, inner: Level, parameter: Any, pair: tuple[Any, Any], noise: Any) -> Level:
        """Return the level of the rows drawn; label noise is in the pool's targets already."""
        return super().outer(inner, parameter, pair, noise * 0)


@dataclass(frozen=True)
class GaussianFeatures(Layer):
    """N features Fᵀx with F of iid N(0, 1/N) entries: κ_out = κ_in (1 − d/N), S_F(d) = 1/(1 − d/N).

    Source: arXiv:2405.00592, section 4.
    """

    letter: ClassVar[str] = "N"
    default_name: ClassVar[str] = "features"
    words: ClassVar[str] = "features"
    draw: ClassVar[dict[str, str]] = {"kind": "matrix", "law": "gaussian", "variance": "1/columns"}


@dataclass(frozen=True)
class HaarProjection(Layer):
    """N features Fᵀx with FᵀF = (n/N) I, F uniform among such n × N matrices: S_F(d) = (1 − d/n)/(1 − d/N).

    Needs N ≤ n, the size of its input. Source: arXiv:2405.00592, section 4 (projections).
    """

    letter: ClassVar[str] = "N"
    default_name: ClassVar[str] = "features"
    words: ClassVar[str] = "features"
    draw: ClassVar[dict[str, str]] = {"kind": "matrix", "law": "haar", "gram": "rows/columns"}
    ridge_powers: ClassVar[tuple[int, int]] = (1, -1)
    nested: ClassVar[bool] = True


@dataclass(frozen=True)
class FeatureNoise(Layer):
    """Independent noise of variance μ² added to each of the n coordinates inside: κ_in = κ_out + μ².

    With η = μ²/κ_in: κ_out = κ_in η̄ and n − d_out = n η̄ (1 − d/n). The noise is glued to the layer inside it (to the
    population where there is none). Source: arXiv:2405.00592, section 4 (additive feature noise).
    """

    letter: ClassVar[str] = "mu2"
    default_name: ClassVar[str] = "feature_noise"
    words: ClassVar[str] = "feature noise"
    draw: ClassVar[dict[str, str]] = {"kind": "noise", "law": "gaussian", "variance": "parameter"}
    sized: ClassVar[bool] = False

    def fraction(self, inner: Level, parameter: Any) -> Any:
        """Return η = μ²/κ_in."""
        return parameter / inner.ridge

    def parameter_at(self, inner: Level, fraction: Any) -> Any:
        """Return μ² = η κ_in."""
        return fraction * inner.ridge

    def outer(self, inner: Level, parameter: Any, pair: tuple[Any, Any], noise: Any) -> Level:
        """Return the noisy level: d_out = nη + η̄d, n − d_out = n η̄ (1 − d/n)."""
        share, rest = pair
        dof = inner.size * share + rest * inner.dof
        return Level(inner.ridge * rest, dof, rest * inner.vacancy, inner.loss, inner.size)


def check_order(layers: tuple[Layer, ...]) -> None:
    """Refuse a stack of layers (data side first) that makes no sense.

    Raises
    ------
    ValueError
        With the reason: no layer, rows of data elsewhere than outermost, a pool that is not the population, a
        projection directly outside noise, noise twice on one level.
    """
    if not layers:
        raise BadArgument("layers", layers, "at least one layer", "give Samples(), GaussianFeatures(), …")
    for layer in layers:
        if not isinstance(layer, Layer):
            raise BadArgument("layers", layer, "Layer instances", "give Samples(), GaussianFeatures(), … (with parentheses)")
    for outer, inner in pairwise(layers):
        if inner.trains:
            raise BadArgument("layers", layers, "listed with the data first", "put Samples() first, and only once")
        if not outer.decomposes:
            raise BadArgument(
                "layers", layers, "samples of a pool directly on the population",
                "the pool's own spectrum already contains its features: use Samples() outside feature layers",
            )
        if outer.nested and not inner.sized:
            raise BadArgument(
                "layers", layers, "without a projection directly outside feature noise",
                "its variances have no subtraction-free form there: use GaussianFeatures() outside the noise",
            )
        if not outer.sized and not inner.sized:
            raise BadArgument("layers", layers, "one FeatureNoise on each level", "add the two variances into one layer")
