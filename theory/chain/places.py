"""The places of layers in a stack: what stands where, what is inside what, and the walk from the population outwards."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from theory.arguments import Argument
from theory.chain.algebras.own import Own
from theory.chain.layers.base import Layer, Level
from theory.chain.layers.shapes import MATCHED
from theory.chain.ridge_map import ridge_powers
from theory.errors import BadArgument
from theory.notation import Letter, Pair, occupancy_letters

POPULATION = occupancy_letters("D", "population dimensions")


@dataclass(frozen=True)
class Slot:
    """A layer in its place in a chain, with its name, keyword and letters.

    Attributes
    ----------
    layer : Layer
        The declaration.
    name : str
        The source's name in the variance decomposition.
    argument : Argument
        Its parameter: the keyword of `evaluate`, the letter in formulas, the domain.
    pair : Pair
        Its fraction u and complement t.
    ratio : Pair or None
        For a nested layer, size/input size and its complement.
    stiffness : Pair or None
        For a layer with a law, b̄ and b.
    rows : tuple of Letter
        Of rows of data with a law: f, and where their label noise has another covariance than they, ω and τ.
    """

    layer: Layer
    name: str
    argument: Argument
    pair: Pair
    ratio: Pair | None
    stiffness: Pair | None = None
    rows: tuple[Letter, ...] = ()

    @property
    def keyword(self) -> str:
        """The argument of `evaluate` that carries its parameter."""
        return self.argument.keyword

    @property
    def letter(self) -> Letter:
        """The parameter in formulas."""
        return self.argument.letter

    @property
    def is_size(self) -> bool:
        """Whether its parameter is a size, not a variance."""
        return self.layer.sized

    @property
    def reads_input(self) -> bool:
        """Whether the layer depends on the size of its input, or may."""
        powers = ridge_powers(self.layer)
        return not self.is_size or self.layer.nested or (self.stiffness is None and (powers is None or powers[1] != 0))

    @property
    def is_features(self) -> bool:
        """Whether it is a feature layer: a source of its own."""
        return self.layer.sized and not self.layer.trains


class Slots(tuple[Slot, ...]):
    """The places of a chain, innermost first."""

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, innermost first."""
        return tuple(slot.layer for slot in self)

    @cached_property
    def data(self) -> Slot | None:
        """The rows of data, if there are any."""
        return self[-1] if self[-1].layer.trains else None

    @cached_property
    def sizes(self) -> tuple[Slot, ...]:
        """Those whose parameter is a size."""
        return tuple(slot for slot in self if slot.is_size)

    @cached_property
    def features(self) -> tuple[Slot, ...]:
        """The feature layers."""
        return tuple(slot for slot in self if slot.is_features)

    @cached_property
    def outer(self) -> tuple[Slot | None, ...]:
        """What is outside each layer; rows of a pool are nested in the population, not in what they lie outside of."""
        found: list[Slot | None] = [*self[1:], None]
        return tuple([*found[:-2], None, None] if self.pool_outside else found)

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The pairs that the chain's formulas are written in, without the population's stiffness, which is a trace."""
        found = [slot.ratio for slot in self if slot.ratio]
        for slot, out in zip(self, self.outer, strict=True):
            found += [slot.stiffness] if slot.stiffness else []
            if not (out and out.ratio) and (not slot.stiffness or (out and out.reads_input)):
                found.append(slot.pair)
        return (*found, POPULATION) if self.noisy_population else tuple(found)

    @property
    def pooled(self) -> bool:
        """Whether the rows come from a finite pool, so that nothing decomposes."""
        return self[-1].layer.pooled

    @property
    def pool_outside(self) -> bool:
        """Whether there are feature layers between the pool and its rows."""
        return self.pooled and len(self) > 1

    @property
    def noisy_population(self) -> bool:
        """Whether there is noise on the population itself."""
        return not self[0].is_size

    @cached_property
    def prefixes(self) -> tuple[int, ...]:
        """How many places belong to the first p feature layers, p = 0, 1, …: each has the noise glued to it."""
        ends = [int(self.noisy_population)]
        for end, slot in enumerate(self, 1):
            if slot.is_features:
                ends.append(end)
            elif not slot.is_size:
                ends[-1] = end
        return tuple(ends)


def walk(layers: Iterable[Layer], own_at: Callable[[int, Level], Own], population: Level, noise: Any) -> list[Level]:
    """Return the levels of a stack, population first, in the algebra of what is handed in.

    Parameters
    ----------
    layers : iterable of Layer
        Innermost first.
    own_at : callable
        The parameter of a layer, from its place and the level inside it.
    population : Level
        κ, d, 1 − d/D, T, D.
    noise : Any
        σ².
    """
    levels = [population]
    for place, layer in enumerate(layers):
        inside = seen(layer, levels[-1], population)
        levels.append(layer.outside(inside, own_at(place, inside), noise))
    return levels


def seen(layer: Layer, level: Level, population: Level) -> Level:
    """Return the level inside as a layer sees it: rows are drawn from the coordinates of a pool, which is the population."""
    return replace(level, vacancy=population.vacancy, size=population.size) if layer.pooled else level


def inputs(layers: Sequence[Layer], parameters: Sequence[Any], population: Any) -> list[Any]:
    """Return the number of coordinates inside each layer, innermost first, from that of the population; a pool is that."""
    found, size = [], population
    for layer, parameter in zip(layers, parameters, strict=True):
        found.append(population if layer.pooled else size)
        size = parameter if layer.sized else size
    return found


def check_sizes(
    layers: Sequence[Layer], keywords: Sequence[str], parameters: Sequence[Any], population: Any, absent: float = 0.0
) -> None:
    """Refuse nested layers larger than their input, and noise or a pool on infinitely many coordinates.

    Parameters
    ----------
    layers, keywords, parameters : sequences
        Innermost first; parameters are numbers, or arrays of one shape.
    population : number or array
        Its number of modes.
    absent : float
        The variance that is no noise (-inf where parameters are exponents).

    Raises
    ------
    ValueError
        With the keyword and the first value that does not fit.
    """
    inside = "the population's number of modes"
    for layer, keyword, own, inner in zip(layers, keywords, parameters, inputs(layers, parameters, population), strict=True):
        if layer.nested and np.any(own > inner):
            worst, where = _first(own > inner), "the size of the pool" if layer.pooled else inside
            raise BadArgument(keyword, _at(own, worst), f"at most {float(_at(inner, worst)):g}, {where}",
                              f"lower {keyword}, or use GaussianFeatures, whose width is free")  # fmt: skip
        if layer.law is not None and absent == 0.0:
            _check_law(layer, keyword, own)
        endless = inner == math.inf
        if layer.pooled and np.any(endless):
            raise BadArgument("task", _at(inner, _first(endless)), "finite: it is the pool that samples are drawn from",
                              "truncate(n) it, or use Samples")  # fmt: skip
        if not layer.sized and np.any(endless & (own > absent)):
            worst = _first(endless & (own > absent))
            raise BadArgument(keyword, _at(own, worst), f"{absent:g} where {inside} is infinite",
                              "noise on infinitely many coordinates has infinite variance: give a finite size")  # fmt: skip
        inside = keyword if layer.sized else inside


def _check_law(layer: Layer, keyword: str, sizes: Any) -> None:
    """Refuse sizes at which a law of columns or rows has no eigenvalues, or the label noise of rows another number."""
    assert layer.law is not None
    for size in np.unique(np.atleast_1d(np.asarray(sizes, dtype=np.float64))):
        if math.isinf(size) and not layer.law.summable:
            continue  # the layer is as one of infinitely many independent entries
        try:
            layer.law.positive(size)
        except BadArgument as error:
            found = (keyword, size) if error.argument in ("size", "n") else (error.argument, error.value)
            raise BadArgument(*found, error.admissible, error.remedy) from None
        if isinstance(layer.noise, tuple) and len(layer.noise) != size:
            raise BadArgument(keyword, size, f"{len(layer.noise)}, as many as `noise` of the rows has numbers",
                              "give the noise of each row")  # fmt: skip


def _first(wrong: Any) -> int:
    return int(np.argmax(np.atleast_1d(wrong)))


def _at(value: Any, place: int) -> Any:
    return value[place] if isinstance(value, np.ndarray) and value.ndim else value


def check_matched(slots: Slots, what: str) -> None:
    """Refuse rows whose label noise has another covariance than theirs, for what is not established there.

    Raises
    ------
    ValueError
        With what it is that is not.
    """
    if slots.data is not None and len(slots.data.rows) > 1:
        raise BadArgument("noise", slots.data.layer.noise, f'"{MATCHED}", the covariance of the rows, for {what}',
                          "the theory of the others is that of ridge regression at one ridge: use evaluate")  # fmt: skip


def check_lawless(slots: Slots, what: str, remedy: str) -> None:
    """Refuse layers with a law of columns or rows, for what is not derived there.

    Raises
    ------
    ValueError
        With what it is, and what to use instead.
    """
    shaped = [slot.layer for slot in slots if slot.stiffness]
    if shaped:
        raise BadArgument("layers", shaped, f"without columns or rows for {what}", remedy)


def check_order(layers: tuple[Layer, ...]) -> None:
    """Refuse a stack of layers (data side first) that makes no sense.

    Raises
    ------
    ValueError
        With the reason: no layer, rows of data elsewhere than outermost, a pool that is not the population, a
        projection directly outside noise, noise twice on one level; a layer that is not declared completely.
    """
    if not layers:
        raise BadArgument("layers", layers, "at least one layer", "give Samples(), GaussianFeatures(), …")
    for layer in layers:
        if not isinstance(layer, Layer):
            raise BadArgument("layers", layer, "Layer instances", "give Samples(), GaussianFeatures(), … (with parentheses)")
        for attribute in ("letter", "default_name", "words"):
            if not isinstance(getattr(layer, attribute, None), str):
                raise BadArgument("layers", type(layer).__name__, f"declared with a text for `{attribute}`",
                                  f"add {attribute} = … to the class")  # fmt: skip
        if layer.name is not None and not isinstance(layer.name, str):
            raise BadArgument("name", layer.name, "an identifier", "choose another layer name, or none")
        ridge_powers(layer)
    if layers[0].pooled and any(layer.nested or not layer.sized or layer.law is not None for layer in layers[1:]):
        raise BadArgument("layers", layers, "samples of a pool outside features of independent entries, or on the population",
                          "for projections, noise and columns use Samples(), for samples far fewer than the pool")  # fmt: skip
    for outer, inner in pairwise(layers):
        if inner.trains:
            raise BadArgument("layers", layers, "listed with the data first", "put Samples() first, and only once")
        if outer.nested and not inner.sized:
            raise BadArgument(
                "layers", layers, "without a projection directly outside feature noise",
                "its variances have no subtraction-free form there: use GaussianFeatures() outside the noise",
            )
        if not outer.sized and not inner.sized:
            raise BadArgument("layers", layers, "one FeatureNoise on each level", "add the two variances into one layer")
