"""From the layers to every term of the risk: one pass of polarised triples through the chain, on the diagonal.

The population hands out κ, d and T with dd/dlnκ = −a d and dT/dlnκ = T₂; each layer makes the level outside it; the
training risk is C₁ = L − λ dL/dλ and the test risk C₁ times the gain Δ(dS)/Δd of the rows of data. The part of the risk
that keeps some sources random (and averages the rest inside) is the risk *at the same κ* of the sub-chain that is
connected to the population; Möbius inversion over the sources gives the variance components (docs: connectedness).
"""

from __future__ import annotations

import itertools
from collections import Counter
from functools import cached_property
from typing import Any

from sympy import Expr

from theory.chain.algebras.own import Own, Shaped, parameter_at
from theory.chain.algebras.polarise import Triple, training_correlation
from theory.chain.layers import Level
from theory.chain.naming import LABEL_NOISE
from theory.chain.places import POPULATION, Slot, Slots, walk
from theory.errors import BadArgument
from theory.notation import BIAS, ENSEMBLE, LEARNT, NOISE, STIFFNESS
from theory.positive import NotSubtractionFreeError, OddsField
from theory.terms import Key, Terms

DEEPEST = 10  # feature layers: each multiplies the time that formulas take by two and a half, to a minute here


class Derivation:
    """Every term of a chain's risk, derived in the odds of its complement pairs.

    Parameters
    ----------
    slots : Slots
        The layers, innermost first.
    """

    def __init__(self, slots: Slots) -> None:
        self.slots, self.data = slots, slots.data
        free = [BIAS, LEARNT, NOISE, *(letter for slot in slots for letter in slot.rows)]
        self.odds = OddsField(free, [STIFFNESS, *slots.pairs])
        self._kept: dict[tuple[int, bool, bool], Any] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle the layers only: polynomial rings are made anew."""
        return type(self), (self.slots,)

    @cached_property
    def fractions(self) -> list[Any]:
        """The fraction of every layer; inside a nested layer it is written through that layer's own.

        Where a layer has a law and nothing reads its size, any will do.
        """
        fractions: list[Any] = []
        for i in reversed(range(len(self.slots))):
            slot, outer = self.slots[i], self.slots.outer[i]
            if outer is not None and outer.ratio is not None:
                fractions.insert(0, fractions[0] * self.odds.part(outer.ratio))
            else:
                own = slot.pair if slot.stiffness is None or slot.pair in self.odds.pairs else slot.stiffness
                fractions.insert(0, self.odds.part(own))
        return fractions

    @cached_property
    def population(self) -> Level:
        """κ, d and T in units of κ and d, with derivatives by ln κ."""
        one = self.odds.one
        a, bias, learnt = self.odds.part(STIFFNESS), self.odds.letter(BIAS), self.odds.letter(LEARNT)
        dof, loss = Triple(one, one, -a), Triple(bias + learnt, bias + learnt, learnt)
        place = -1 if self.slots.pooled else 0
        fraction, nested = None, self.slots[place]
        if nested.ratio is not None:
            fraction = self.fractions[place] * self.odds.part(nested.ratio)
        elif self.slots.noisy_population:
            fraction = self.odds.part(POPULATION)
        size = None if fraction is None else Triple.constant(one / fraction)
        vacancy = None if size is None else 1 - dof / size
        return Level(Triple(one, one, one), dof, vacancy, loss, size)

    @cached_property
    def _noise(self) -> Triple:
        return Triple.constant(self.odds.letter(NOISE))

    @cached_property
    def levels(self) -> list[Level]:
        """The levels of the chain, population first."""

        def own_at(place: int, level: Level) -> Own:
            """Return the parameter with which a layer takes the share that is its letter; a constant."""
            slot, layer = self.slots[place], self.slots[place].layer
            parameter = Triple.constant(parameter_at(self.fractions[place], layer.whole(level).value, layer.sized))
            return Own(parameter, layer.sized) if slot.stiffness is None else self._shaped(slot, parameter, level)

        return walk(self.slots.layers, own_at, self.population, self._noise)

    def _white(self, slot: Slot, level: Level) -> Own:
        """Return the parameter of the white layer that has b̄ and b of a law for its share and complement."""
        assert slot.stiffness is not None
        return Own(Triple.constant(parameter_at(self.odds.part(slot.stiffness), level.dof.value, sized=True)))

    def _shaped(self, slot: Slot, parameter: Triple, level: Level) -> Own:
        """Return the parameter of a layer with a law, dlnf/dlnd = −b̄/b; what f is matters for the training risk only.

        In the potential of rows, (1/P) Σ νr = τ + ω f b̄ and its slope by ln d is −ω f b̄/b.
        """
        alike = self._white(slot, level)
        if not slot.rows:
            return Shaped(parameter, alike.factor)
        assert slot.stiffness is not None
        left = self.odds.complement(slot.stiffness)
        f, *noise = (self.odds.letter(letter) for letter in slot.rows)

        def factor(dof: Triple) -> Triple:
            return alike.factor(dof) * (f / left)

        def unexplained(dof: Triple) -> Triple:
            weight, rest = noise
            return factor(dof) * weight + (rest - weight * f * left)

        return Shaped(parameter, factor, unexplained if noise else None)

    def kept(self, prefix: int, samples: bool, noise: bool) -> Any:
        """Return Q: the excess risk that keeps the first `prefix` feature layers, the samples, the label noise random.

        Everything else is averaged inside the square; it is the risk of the connected sub-chain at the same κ.
        """
        signature = prefix, samples, noise
        if signature not in self._kept:
            self._kept[signature] = self._connected_risk(*signature)
        return self._kept[signature]

    def _connected_risk(self, prefix: int, samples: bool, noise: bool) -> Any:
        level = self.levels[self.slots.prefixes[prefix]]
        if self.data is None or not samples:
            return training_correlation(level.loss, level.ridge)
        own, sigma2 = Own(self.levels[-1].size), self._noise if noise else self._noise * 0
        if self.data.stiffness is not None:  # rows as these: of the size that has their b̄, with noise that weighs as theirs
            own, sigma2 = self._white(self.data, self.levels[-2]), sigma2 * self._weight
        outside = self.data.layer.outside(level, own, sigma2)
        gain = self.data.layer.gain(level, outside, own)
        return training_correlation(outside.loss, outside.ridge) * gain - sigma2.value

    @cached_property
    def _weight(self) -> Any:
        """ω: how much label noise of another covariance than the rows' weighs."""
        assert self.data is not None
        return self.odds.letter(self.data.rows[1]) if len(self.data.rows) > 1 else self.odds.one

    @cached_property
    def features(self) -> tuple[str, ...]:
        """Names of the feature layers, innermost first."""
        return tuple(slot.name for slot in self.slots.features)

    @cached_property
    def gain(self) -> Any:
        """Test over training residuals of the signal, an element of the field; 1 without rows of data."""
        if self.data is None:
            return self.odds.one
        level, outside = self.levels[-2:]
        return self.data.layer.gain(level, outside, Own(outside.size))

    def component(self, prefix: int, samples: bool, noise: bool) -> Any:
        """Return the ANOVA component of the sources F_1 … F_prefix (and samples, and label noise): Möbius inversion."""
        sources = [*range(prefix), *(["samples"] if samples else []), *(["noise"] if noise else [])]
        weights: Counter[tuple[int, bool, bool]] = Counter()
        for size in range(len(sources) + 1):
            for subset in itertools.combinations(sources, size):
                reach = next((p for p in range(prefix) if p not in subset), prefix)
                rows = "samples" in subset
                weights[reach, rows, rows and "noise" in subset] += (-1) ** (len(sources) - size)
        total = self.odds.field.zero
        for (reach, rows, labels), weight in weights.items():
            if weight:
                total += weight * self.kept(reach, rows, labels)
        return total

    @cached_property
    def rational(self) -> Terms[Any]:
        """Every term as an element of the fraction field of the odds."""
        outside = self.levels[-1]
        train = training_correlation(outside.loss, outside.ridge)
        sigma2 = self.odds.letter(NOISE)
        train = train + sigma2 if self.data is None else train
        test = train * self.gain
        if self.data is not None and self.data.stiffness is not None:
            test = self.kept(len(self.features), True, True) + sigma2
        if self.slots.pooled:
            return Terms({"test": test, "train": train, "excess": test})
        terms: dict[Key, Any] = {"test": test, "train": train, "excess": test - sigma2}
        terms["bias"] = self.kept(0, False, False)
        rows = () if self.data is None else (self.data.name,)
        for p in range(len(self.features) + 1):
            reached = self.features[:p]
            if p:
                terms[reached] = self.component(p, False, False)
            if rows:
                terms[*rows, *reached] = self.component(p, True, False)
                terms[*rows, *reached, LABEL_NOISE] = self.component(p, True, True)
        return Terms(terms)

    @cached_property
    def ensemble(self) -> Terms[Expr]:
        """The formulas of the mean of K predictors: new features (and their noise) each, same data.

        What any feature layer contributes falls as 1/K, and the residuals of the signal keep their gain.

        Raises
        ------
        ValueError
            If the chain's risk has no variance decomposition.
        """
        if "bias" not in self.formulas:
            raise BadArgument(
                "ensemble", ENSEMBLE.symbol, "1 for this chain", "its risk is not decomposed into variances: leave ensemble out"
            )
        made: dict[Key, Expr] = {}
        for key, expression in self.formulas.items():
            if key not in ("test", "train", "excess"):
                sources = {key} if isinstance(key, str) else set(key)
                made[key] = expression / ENSEMBLE.symbol if sources & set(self.features) else expression
        excess = sum(made.values())
        left = self.odds.positive(1 / self.gain)
        unexplained = self.data.rows[2].symbol if self.data is not None and len(self.data.rows) > 1 else left
        train = excess * left + NOISE.symbol * unexplained
        return Terms({"test": excess + NOISE.symbol, "train": train, "excess": excess, **made})

    @cached_property
    def formulas(self) -> Terms[Expr]:
        """Every term as a subtraction-free SymPy expression in the pairs, B, T₂ and σ².

        Raises
        ------
        ValueError
            If a term of this chain has no subtraction-free form.
        """
        if len(self.features) > DEEPEST:
            remedy = "the fixed point and the S-transform know no such limit: fixed_point, s_transform"
            found, admissible = f"{len(self.features)} feature layers", f"at most {DEEPEST} where risks are derived"
            raise BadArgument("layers", found, admissible, remedy)
        made = {}
        for key, element in self.rational.items():
            try:
                made[key] = self.odds.positive(element)
            except NotSubtractionFreeError:
                raise BadArgument(
                    "layers", [slot.layer for slot in self.slots], "a chain whose terms have a subtraction-free form",
                    f"the term {key!r} has none in this order of layers",
                ) from None
        return Terms(made)
