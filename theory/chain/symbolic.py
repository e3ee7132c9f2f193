"""The chain in plain SymPy: its fixed point λ(κ), what every symbol of the formulas means, and its two-point functions.

The same layers, over SymPy expressions in κ, the sizes and the traces Ψ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import sympy
from sympy import Expr, Symbol
from sympy.polys.domains import ZZ
from sympy.polys.fields import field

from theory.chain.algebras.own import Own, Shaped
from theory.chain.algebras.polarise import Triple, training_correlation
from theory.chain.finite_size import ORDER, Solved, check_established, corrections
from theory.chain.layers import Level
from theory.chain.layers.shapes import WHITE
from theory.chain.places import POPULATION, Slot, Slots, check_matched, inputs, seen, walk
from theory.chain.s_transforms.transform import STransform
from theory.errors import BadArgument
from theory.notation import (
    BIAS,
    DIMS,
    ENTRIES,
    KAPPA,
    KAPPA_PRIMED,
    KURTOSIS,
    LEARNT,
    NOISE,
    RIDGE,
    STIFFNESS,
    Letter,
    Pair,
    law_ridge,
    law_trace,
)
from theory.spectra.psi import PolarPsi, Psi, df1, df2, tf1, tf2

UNIT = STransform(sympy.Integer(1))


@dataclass(frozen=True)
class Meaning:
    """What a symbol stands for, and how it is computed (None for what the user gives)."""

    letter: Letter
    definition: Expr | None

    def __str__(self) -> str:
        return self.letter.meaning + ("" if self.definition is None else f"; = {self.definition}")


def levels(slots: Slots) -> list[Level]:
    """Return the levels of a chain (population first) as SymPy expressions in κ, sizes and traces."""
    kappa, size = KAPPA.symbol, DIMS.symbol
    made = [Level(kappa, df1(kappa), 1 - df1(kappa) / size, kappa * tf1(kappa), size)]
    for slot in slots:
        opaque, ridge = sympy.Dummy(positive=True), made[-1].ridge
        inner = replace(seen(slot.layer, made[-1], made[0]), ridge=opaque)
        outer = slot.layer.outside(inner, _own(slot), NOISE.symbol)
        outside = outer.ridge if slot.is_size else sympy.expand_mul(outer.ridge)  # κ_in (1 − μ²/κ_in) = κ_in − μ²
        back = {opaque: ridge}
        made.append(
            Level(
                outside.xreplace(back), outer.dof.xreplace(back), outer.vacancy.xreplace(back),
                outer.loss.xreplace(back), outer.size,
            )
        )
    return made


def _own(slot: Slot) -> Own:
    """Return the parameter of a layer in SymPy; f = dχ(d)/n with χ a function that the law gives."""
    if slot.stiffness is None:
        return Own(slot.letter.symbol, slot.is_size)
    size = slot.letter.symbol

    def factor(dof: Expr) -> Expr:
        return dof * law_ridge(size.name, dof) / size

    def unexplained(dof: Expr) -> Expr:
        return 1 - dof / size if slot.layer.noise == WHITE else law_trace("rest", size.name, law_ridge(size.name, dof))

    return Shaped(size, factor, unexplained if len(slot.rows) > 1 else None)


def fixed_point(slots: Slots) -> sympy.Eq:
    """Return the equation λ = λ(κ) of the chain."""
    return sympy.Eq(RIDGE.symbol, levels(slots)[-1].ridge, evaluate=False)


def s_transform(slots: Slots) -> STransform:
    """Return the product of the layers' S-transforms, in the letters of the chain; see `Chain.s_transform`."""
    letters = [slot.letter.symbol for slot in slots]
    sizes = inputs(slots.layers, letters, DIMS.symbol)
    return math.prod((slot.layer.s_transform_in(*pair) for slot, *pair in zip(slots, letters, sizes, strict=True)), start=UNIT)


def first_corrections(slots: Slots, nonlinear: bool) -> dict[str, Expr]:
    """Return the first correction at finite sizes of "test", "train", "dof" and "objective"; see `theory.chain.finite_size`.

    Raises
    ------
    ValueError
        As `check_established`, and for layers with columns or rows of a law, whose sums have no letters here.
    """
    check_established(slots, nonlinear)
    for slot in slots:
        if slot.layer.law is not None:
            raise BadArgument("layers", type(slot.layer).__name__, "of independent entries, for a correction in letters",
                              "evaluate(..., finite_size=True) gives its numbers")  # fmt: skip
    kappa, stack = KAPPA.symbol, levels(slots)
    pairs = [(part, 1 - part) for part in (Own(slot.letter.symbol, slot.is_size).share(slot.layer.whole(level))
                                           for slot, level in zip(slots, stack, strict=False))]  # fmt: skip
    at = Solved(
        kappa, 1 - df1(kappa) / DIMS.symbol, DIMS.symbol, [kappa**n * Psi(1, 0, n + 1, kappa) for n in range(ORDER + 1)],
        [kappa * tf1(kappa), *(kappa**n * Psi(2, 1, n + 1, kappa) for n in range(1, ORDER + 1))],
        [slot.letter.symbol for slot in slots], pairs,
    )  # fmt: skip
    kurtosis = KURTOSIS.symbol if slots.data is not None and len(slots) == 1 else sympy.Integer(0)
    found = corrections(slots, at, NOISE.symbol, ENTRIES.symbol / 2, kurtosis)
    return {name: getattr(found, name) for name in ("test", "train", "dof", "objective")}


def meanings(slots: Slots) -> dict[Symbol, Meaning]:
    """Return what every symbol in a chain's formulas means, with its definition in κ, sizes and traces Ψ."""
    kappa = KAPPA.symbol
    made = [Meaning(letter, None) for letter in (KAPPA, RIDGE, NOISE)]
    made += [Meaning(slot.letter, None) for slot in slots]
    made += trace_meanings()
    if slots[0].ratio or slots.noisy_population or slots.pooled:
        made += [Meaning(DIMS, None), *_pair(POPULATION, df1(kappa) / DIMS.symbol)]
    letters = [slot.letter.symbol for slot in slots]
    sizes = inputs(slots.layers, letters, DIMS.symbol)
    for slot, letter, inner, size in zip(slots, letters, levels(slots)[:-1], sizes, strict=True):
        made += _pair(slot.pair, Own(letter, slot.is_size).share(slot.layer.whole(inner)))
        if slot.ratio:
            made += _pair(slot.ratio, letter / size)
        if slot.stiffness:
            made += _law_meanings(slot, inner.dof)
    return {meaning.letter.symbol: meaning for meaning in made}


def trace_meanings() -> list[Meaning]:
    """Return what the population's traces mean, in the order of `theory.chain.arguments.TRACES`."""
    kappa = KAPPA.symbol
    return [
        Meaning(BIAS, kappa**2 * Psi(1, 1, 2, kappa)),
        Meaning(LEARNT, kappa * tf2(kappa)),
        Meaning(STIFFNESS.part, kappa * Psi(1, 0, 2, kappa) / df1(kappa)),
        Meaning(STIFFNESS.complement, df2(kappa) / df1(kappa)),
    ]


def _pair(pair: Pair, part: Expr) -> list[Meaning]:
    return [Meaning(pair.part, part), Meaning(pair.complement, 1 - part)]


def _law_meanings(slot: Slot, dof: Expr) -> list[Meaning]:
    """Return what b̄, b and the letters of rows mean, in χ of the law."""
    assert slot.stiffness is not None
    name, chi = slot.letter.symbol.name, law_ridge(slot.letter.symbol.name, dof)
    part, rest = slot.stiffness.part.symbol, slot.stiffness.complement.symbol
    made = _pair(slot.stiffness, law_trace("df2", name, chi) / dof)
    weight = rest / (chi * part) if slot.layer.noise == WHITE else None
    return made + [
        Meaning(letter, definition)
        for letter, definition in zip(slot.rows, (dof * chi / slot.letter.symbol, weight, None), strict=False)
    ]


def two_point(slots: Slots) -> dict[str, Expr]:
    """Return C₁ ("train") and C₀ ("test") at two points κ, κ′: the cross-correlations of residuals.

    Both are rational in κ, κ′, the sizes, df₁ and tf₁ at the two points and the two-point traces
    Σ λ^p c^q/((λ+κ)(λ+κ′)); at κ′ = κ they are the training and test risk (σ² included). Laws of columns and rows come in by
    χ and Σ γ/((γ+χ)(γ+χ′)).

    Raises
    ------
    ValueError
        For rows with label noise of another covariance than theirs.
    """
    check_matched(slots, "two points")
    first, second = KAPPA.symbol, KAPPA_PRIMED.symbol
    values: dict[str, Any] = {
        "k": first, "k_": second, "d": df1(first), "d_": df1(second), "q": PolarPsi(1, 0, first, second),
        "T": tf1(first), "T_": tf1(second), "s": PolarPsi(2, 1, first, second),
        "n": DIMS.symbol, "e": NOISE.symbol,
    }
    shaped = [i for i, slot in enumerate(slots) if slot.stiffness]
    names = [*values, *(f"x{i}" for i in range(len(slots))), *(f"{kind}{i}" for i in shaped for kind in ("c", "c_", "m"))]
    ring, *generators = field(names, ZZ)
    g = dict(zip(names, generators, strict=True))
    size = Triple.constant(g["n"])
    dof = Triple(g["d"], g["d_"], -g["q"])
    kappa = Triple(g["k"], g["k_"], ring.one)
    population = Level(kappa, dof, 1 - dof / size, Triple(g["k"] * g["T"], g["k_"] * g["T_"], g["s"]), size)
    noise = Triple.constant(g["e"])
    parameters = [Triple.constant(g[f"x{i}"]) for i in range(len(slots))]

    def own_at(place: int, level: Level) -> Own:
        size = parameters[place]
        if place not in shaped:
            return Own(size, slots[place].is_size)
        turned = -level.dof.delta / g[f"m{place}"]  # Δχ = −Δd/Σ γ/((γ+χ)(γ+χ′))
        return Shaped(size, lambda dof: dof * Triple(g[f"c{place}"], g[f"c_{place}"], turned) / size)

    *_, inner, outside = walk(slots.layers, own_at, population, noise)
    train = training_correlation(outside.loss, outside.ridge)
    if slots.data is None:
        train = train + g["e"]
        test = train
    else:
        test = train * slots.data.layer.gain(inner, outside, Own(parameters[-1]))
    letters: list[Expr] = [*values.values(), *(slot.letter.symbol for slot in slots)]
    for i in shaped:
        chis = [law_ridge(slots[i].letter.symbol.name, dof) for dof in _dofs(slots, i)]
        letters += [*chis, law_trace("df", slots[i].letter.symbol.name, *chis)]
    return {
        "train": _express(train, letters),
        "test": _express(test, letters),
    }


def _dofs(slots: Slots, place: int) -> tuple[Expr, Expr]:
    """Return d inside a layer at the two points, in SymPy."""
    dof = levels(slots)[place].dof
    primed = {KAPPA.symbol: KAPPA_PRIMED.symbol}
    return dof, dof.xreplace(primed)


def _express(element: Any, letters: list[Expr]) -> Expr:
    numerator, denominator = element.numer.as_expr(), element.denom.as_expr()
    seen = dict(zip(element.field.symbols, letters, strict=True))
    return (numerator / denominator).xreplace(seen)
