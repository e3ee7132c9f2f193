"""The risk at two points, term by term, without a subtraction: κ, d and the population's traces carried through the layers.

With Δ the divided difference by the innermost κ, a stack of features leaves of the population's potential T the *resolved part*
T − Q = κΔT/Δκ, Q being the risk of the stack alone. So layers act on h = κ/Δκ only. Outside one, κ_out = κF and
d_out = d + e with e ≥ 0 what noise makes fresh; by the product rule of divided differences h falls by

    δ = κκ′ΔF/(Δκ Δκ_out),

and Q grows by δ ΔT. Rows of data divide by 1 − γ, γ = Δ(κd)/(PΔκ), which grows by [|Δd|δ + Δ(κ_out e)/Δκ_out]/P: sums of
terms of one sign. By the connectedness rule the differences of neighbouring Q and γ are the variance components. On the
diagonal they are the terms of `theory.chain.derivation`, proved in the tests.
Any algebra will do: doubles, complex arrays, object arrays of mpf.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from theory.chain.algebras.own import Known, Shaped
from theory.chain.algebras.polarise import Triple
from theory.chain.layers import Layer, Level
from theory.chain.naming import LABEL_NOISE
from theory.chain.places import Slots
from theory.chain.ridge_map import ridge_powers
from theory.terms import Key, Terms

Pairs: TypeAlias = tuple[tuple[Any, Any], tuple[Any, Any]]


@dataclass(frozen=True)
class Point:
    """A solved chain at one of the two points, in arrays of one shape.

    Attributes
    ----------
    ridge : Any
        s, outside everything.
    kappa, dof, vacancy : Any
        κ, d and 1 − d/D at the population.
    pairs : sequence of (u, t)
        For each layer, innermost first: d/n and 1 − d/n, or μ²/κ_in and κ_out/κ_in.
    chi : sequence
        For each layer with a law χ, in the law's own scale; None for others.
    """

    ridge: Any
    kappa: Any
    dof: Any
    vacancy: Any
    pairs: Sequence[tuple[Any, Any]]
    chi: Sequence[Any]


@dataclass(frozen=True)
class LawTraces:
    """The sums over a layer's law at two points, g = 1/(γ+χ), g′ = 1/(γ+χ′), in a scale where Σ γ = 1.

    Attributes
    ----------
    left : Any
        f at each point: χd, χ′d′.
    taken : Any
        1 − f at the first point.
    slope : Any
        Σ γgg′ = −Δd/Δχ.
    shared : Any
        Σ γ²gg′ = Δ(χd)/Δχ.
    chi, primed : Any
        χ, χ′.
    """

    left: tuple[Any, Any]
    taken: Any
    slope: Any
    shared: Any
    chi: Any
    primed: Any


@dataclass(frozen=True)
class Traces:
    """The population's sums over modes at two points, g = 1/(λ+κ), g′ = 1/(λ+κ′).

    Attributes
    ----------
    slope : Any
        Σ λgg′ = −Δd.
    shared : Any
        Σ λ²gg′ = Δ(κd).
    missed : Any
        κκ′ Σ cλgg′, the risk of the population itself.
    learnt : Any
        Σ cλ²gg′ = ΔT.
    """

    slope: Any
    shared: Any
    missed: Any
    learnt: Any


@dataclass(frozen=True)
class _Stage:
    """A level, and what the layer just inside it has added to Q, to Pγ and to d."""

    ridge: Triple
    dof: Triple
    vacancy: Triple
    size: Any
    missed: Any
    shared: Any
    fresh: Any = 0.0

    def outside(self, layer: Layer, parameter: Any, pairs: Pairs, learnt: Any, law: LawTraces | None) -> _Stage:
        """Return the stage outside a layer of a size, or outside noise."""
        if layer.sized:
            factor, vacancy = self.factor(layer, parameter, pairs, law)
            return self.through(factor, learnt, self.dof, vacancy, parameter)
        (u, t), (u_, t_) = pairs
        factor = Triple(t, t_, parameter * self.ridge.delta / (self.ridge.value * self.ridge.primed))
        n = np.where(np.isfinite(self.size), self.size, 0.0)
        free = Triple(n * self.vacancy.value, n * self.vacancy.primed, -self.dof.delta)
        left = factor * free  # n − d outside; κ_out times what is fresh is μ² times this
        dof = Triple(self.dof.value + u * free.value, self.dof.primed + u_ * free.primed, -left.delta)
        return self.through(factor, learnt, dof, factor * self.vacancy, self.size, u * free.value, parameter * left.delta)

    def through(
        self, factor: Triple, learnt: Any, dof: Triple, vacancy: Triple, size: Any, fresh: Any = 0.0, carried: Any = 0.0
    ) -> _Stage:
        """Return the stage where κ_out = κF and d_out = d + fresh, `carried` being Δ(κ_out fresh)."""
        ridge = self.ridge * factor
        lost = self.ridge.value * self.ridge.primed * factor.delta / (self.ridge.delta * ridge.delta)
        return _Stage(ridge, dof, vacancy, size, lost * learnt, carried / ridge.delta - self.dof.delta * lost, fresh)

    def factor(self, layer: Layer, size: Any, pairs: Pairs, law: LawTraces | None = None) -> tuple[Triple, Triple]:
        """Return F = κ_out/κ_in and 1 − d/n of a sized layer outside."""
        (u, t), (u_, t_) = pairs
        slope = self.dof.delta * (1.0 / size)
        share, own = Triple(u, u_, slope), Triple(t, t_, -slope)
        if law is not None:  # Δ(χd)/Δd = (Δ(χd)/Δχ)/(Δd/Δχ)
            left = Triple(*law.left, -(law.shared / law.slope) * self.dof.delta)
            one = Triple.constant(1.0)
            level = Level(one, self.dof, self.vacancy, one, Triple.constant(self.size))
            return layer.outside(level, Shaped(Triple.constant(size), lambda _: left), Triple.constant(0.0)).ridge, own
        powers = ridge_powers(layer)
        if powers is not None and powers[1] < 0:  # t/v changes as 1/n − 1/n_in does, which t and v do not show
            v, v_ = self.vacancy.value, self.vacancy.primed
            gap = self.dof.delta * (1.0 / self.size - 1.0 / size)
            return Triple(t / v, t_ / v_, gap / (v * v_)) ** -powers[1] * own ** (powers[0] + powers[1]), own
        one = Triple.constant(1.0)
        level = Level(one, self.dof, self.vacancy, one, Triple.constant(self.size))
        known = Known(Triple.constant(size), share, own, self.dof)
        return layer.outside(level, known, Triple.constant(0.0)).ridge, own


class TwoPoints:
    """Every term of a chain's risk at two points.

    Parameters
    ----------
    slots : Slots
        The layers, innermost first.
    parameters : sequence
        Their sizes and variances.
    first, second : Point
        The chain at s and s′, in shapes that broadcast.
    traces : Traces
        Of the population.
    size : Any
        D.
    noise : Any
        σ².
    laws : mapping of int to LawTraces
        Of the layers that have a law, by place.
    """

    def __init__(
        self, slots: Slots, parameters: Sequence[Any], first: Point, second: Point, traces: Traces, size: Any, noise: Any,
        laws: Mapping[int, LawTraces] = MappingProxyType({}),
    ) -> None:
        self.slots, self.traces, self.noise, self.laws = slots, traces, noise, laws
        vacancy = Triple(first.vacancy, second.vacancy, traces.slope * (1.0 / size))
        ridge, dof = Triple(first.kappa, second.kappa, 1.0), Triple(first.dof, second.dof, -traces.slope)
        stages = [_Stage(ridge, dof, vacancy, size, traces.missed, traces.shared)]
        stack = list(zip(slots, parameters, zip(first.pairs, second.pairs, strict=True), strict=True))
        self._rows = stack.pop() if slots.data is not None else None
        for place, (slot, parameter, pairs) in enumerate(stack):
            stages.append(stages[-1].outside(slot.layer, parameter, pairs, traces.learnt, laws.get(place)))
        self._blocks = [stages[low + 1 : high + 1] for low, high in pairwise((-1, *slots.prefixes))]

    @cached_property
    def _missed(self) -> list[Any]:
        """Q of each prefix of feature layers, and what each layer has added to it: sums of terms of one sign."""
        return [sum(stage.missed for stage in block) for block in self._blocks]

    def terms(self, ensemble: Any = 1) -> Terms[Any]:
        """Return every term for the mean of K predictors: C₀ ("test", σ² included), C₁ ("train"), their difference ("gap").

        Further "excess", "bias" and the variances; samples of a pool have no bias and variances, as nothing decomposes.
        """
        if self.slots.pooled:
            return self._of_pool()
        parts = self._population_parts(ensemble) if self._rows is None else self._parts(ensemble)
        excess = sum(parts.values())
        test = excess + self.noise
        return Terms({"test": test, "train": test * self.left, "gap": test * self.taken, "excess": excess, **parts})

    @property
    def _law(self) -> LawTraces | None:
        """The law of the rows, if they have one."""
        return self.laws.get(len(self.slots) - 1) if self._rows is not None else None

    @cached_property
    def _share(self) -> Any:
        """γ/Δ(κd)·Δκ of the rows: 1/P of independent ones, Σ γ²gg′/(dd′) of a law."""
        assert self._rows is not None
        if self._law is None:
            return 1.0 / self._rows[1]
        return self._law.shared * (self._law.chi * self._law.primed) / (self._law.left[0] * self._law.left[1])

    @property
    def left(self) -> Any:
        """C₁/C₀ of the rows: t t′ of independent ones, χχ′ Σ γgg′ of a law."""
        if self._rows is None:
            return 1.0
        if self._law is not None:
            return self._law.chi * self._law.primed * self._law.slope
        (_, t), (_, t_) = self._rows[2]
        return t * t_

    @property
    def taken(self) -> Any:
        """The rest, u + t u′; 1 − f + χ Σ γ²gg′ of a law."""
        if self._rows is None:
            return 0.0
        if self._law is not None:
            return self._law.taken + self._law.chi * self._law.shared
        (u, t), (u_, _) = self._rows[2]
        return u + t * u_

    def _of_pool(self) -> Terms[Any]:
        assert self._rows is not None
        slot, size, pairs = self._rows
        pool, inside = self._blocks[0][0], self._blocks[-1][-1]
        inside = replace(inside, vacancy=pool.vacancy, size=pool.size)
        factor, _ = inside.factor(slot.layer, size, pairs)
        unseen = inside.vacancy.value * inside.vacancy.primed  # F = t/v: C₁ has FF′, C₀ not the t t′ in it
        test = sum(self._missed) * inside.ridge.delta / ((inside.ridge * factor).delta * unseen)
        train = test * self.left
        return Terms({"test": test, "train": train, "gap": test * self.taken, "excess": test})

    def _population_parts(self, ensemble: Any) -> dict[Key, Any]:
        bias, *variances = self._missed
        names = self._names
        return {"bias": bias, **{names[:p]: value / ensemble for p, value in enumerate(variances, 1)}}

    def _parts(self, ensemble: Any) -> dict[Key, Any]:
        assert self._rows is not None
        slot, share = self._rows[0], self._share
        shared = [sum(stage.shared for stage in block) * share for block in self._blocks]  # what each adds to γ
        gamma, risk, boost = list(accumulate(shared)), list(accumulate(self._missed)), self._boosts
        made = self._population_parts(ensemble)
        for p, (own, variance) in enumerate(zip(shared, self._missed, strict=True)):
            learnt = gamma[p] * boost[p]  # γ/(1−γ)
            grown = own * boost[p] * (boost[p - 1] if p else 1.0)
            signal = variance * learnt + (risk[p - 1] * grown if p else 0.0)
            key, members = (slot.name, *self._names[:p]), ensemble if p else 1
            made[key], made[*key, LABEL_NOISE] = signal / members, self.noise * grown / members
        return made

    @property
    def _boosts(self) -> list[Any]:
        """1/(1−γ) of each prefix: 1 − γ = t + κ′|Δd|/(PΔκ), t without what noise outside the prefix adds to d.

        Of a law t is χ Σ γgg′/d′, and 1/P the share.
        """
        assert self._rows is not None
        left, share = self._rows[2][0][1], self._share
        if self._law is not None:
            left = self._law.chi * self._law.primed * self._law.slope / self._law.left[1]
        made: list[Any] = []
        for block in self._blocks[::-1]:
            end = block[-1]
            made.insert(0, 1.0 / (left - end.ridge.primed * end.dof.delta / end.ridge.delta * share))
            left = left + sum(stage.fresh for stage in block) * share
        return made

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(slot.name for slot in self.slots.features)
