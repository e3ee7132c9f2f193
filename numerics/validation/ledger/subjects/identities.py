"""Exact identities of a chain's formulas, modulo a prime (`residues`): each term in another form, a limit, or a sum."""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Symbol

from numerics.validation.ledger.entries import Witness
from numerics.validation.ledger.inquiry import Inquiry
from numerics.validation.ledger.residues import Residues
from theory import Chain
from theory.chain.places import Slot
from theory.errors import BadArgument
from theory.notation import BIAS, DOF, KAPPA, KAPPA_PRIMED, NOISE
from theory.spectra.psi import df1
from theory.terms import Key, term_name

POINTS = range(1, 5)


def of_chain(model: Chain, inquiry: Inquiry) -> dict[str, Witness]:
    """Return the identities of κ and of every term.

    Parameters
    ----------
    model : Chain
        The chain.
    inquiry : Inquiry
        How it is asked.
    """
    found: dict[str, list[tuple[str, list[tuple[int, int]]]]] = {}

    def say(key: Key, words: str, pairs: list[tuple[int, int]]) -> None:
        found.setdefault(key if key == "kappa" else term_name(key), []).append((words, pairs))

    _diagonal(model, say)
    _sums(model, say)
    for slot in model.slots:
        _without(model, slot, say)
    _s_transform(model, say)
    made = {}
    for name, each in found.items():
        words = "; ".join(dict.fromkeys(words for words, _ in each))
        made[name] = inquiry.identical([pair for _, pairs in each for pair in pairs], words)
    return made


def _definitions(model: Chain) -> dict[Symbol, Any]:
    return {symbol: meaning.definition for symbol, meaning in model.symbols.items() if meaning.definition is not None}


def _diagonal(model: Chain, say: Any) -> None:
    """Test and training risk are the two-point functions at κ′ = κ."""
    try:
        twice = model.two_point
    except BadArgument:  # label noise of another covariance than the rows'
        return
    if any(slot.layer.law is not None for slot in model.slots):  # their χ is no residue
        return
    pairs: dict[str, list[tuple[int, int]]] = {"train": [], "test": []}
    for seed in POINTS:
        at = Residues(seed, {**_definitions(model), KAPPA_PRIMED.symbol: KAPPA.symbol})
        for key in pairs:
            pairs[key].append((at.value(model.formulas[key]), at.value(twice[key])))
    for key, each in pairs.items():
        say(key, "diagonal of the two-point function", each)


def _sums(model: Chain, say: Any) -> None:
    """Bias and variances add up to the excess, which is the test risk without σ²."""
    parts = [key for key in model.formulas if key not in ("test", "train", "excess")]
    noise = 0 if model.slots.pooled else NOISE.symbol
    whole, total = [], []
    for seed in POINTS:
        at = Residues(seed, _definitions(model))
        terms = {key: at.value(formula) for key, formula in model.formulas.items()}
        whole.append((terms["excess"], terms["test"] - at.value(noise)))
        if parts:
            total.append((sum(terms[key] for key in parts), terms["excess"]))
    say("excess", "test less σ²" if noise else "the test risk", whole)
    for key in ("excess", *parts) if parts else ():
        say(key, "bias and variances add up to the excess", total)


def _without(model: Chain, slot: Slot, say: Any) -> None:
    """Where a layer is infinite (a noise is none), what it alone makes vanishes and the rest is the chain without it."""
    slots = tuple(model.slots)
    outside = slots[slots.index(slot) + 1 :]
    if slot.ratio or slot.stiffness or slot.layer.pooled or (outside and outside[0].ratio):
        return
    if slot.is_size and any(not other.is_size for other in outside):  # as many coordinates are noisy as it has
        return
    left = tuple(other for other in slots if other is not slot)
    symbol = slot.letter.symbol
    words = f"{symbol} → {'∞' if slot.is_size else '0'}"
    gone = {slot.pair.part.symbol: 0, slot.pair.complement.symbol: 1} if slot.is_size else {symbol: 0}
    points = [Residues(seed, _definitions(model), gone) for seed in POINTS]
    ends = [key for key in model.formulas if slot.name in _made_by(key)]
    vanishing = [key for key in ends if slot.layer.trains or _outermost(model, key) == slot.name]
    for key in vanishing:
        say(key, f"0 at {words}", [(at.value(model.formulas[key]), 0) for at in points])
    kept = [key for key in model.formulas if key not in vanishing]
    if not left:
        for key in kept:
            noise = NOISE.symbol if key in ("test", "train") else 0
            pairs = [(at.value(model.formulas[key]), at.value(BIAS.symbol + noise)) for at in points]
            say(key, f"the population's at {words}", pairs)
        return
    rest = Chain(*(other.layer for other in reversed(left)))
    names = {old.name: new.name for old, new in zip(left, rest.slots, strict=True)}
    letters = {new.letter.symbol: old.letter.symbol for old, new in zip(left, rest.slots, strict=True)}
    for key in kept:
        there = tuple(names.get(name, name) for name in _made_by(key) if name != slot.name)
        pairs = []
        for seed, at in zip(POINTS, points, strict=True):
            known = {new: at.value(old) for new, old in letters.items()}
            pairs.append((at.value(model.formulas[key]), Residues(seed, _definitions(rest), known).value(rest.formulas[there])))
        say(key, f"at {words} that of the chain without it", pairs)
    if not any(other.stiffness for other in left):
        here = model.fixed_point.rhs.subs(symbol, sympy.oo if slot.is_size else 0)
        back = rest.fixed_point.rhs.subs(letters, simultaneous=True)
        pairs = [(Residues(seed).value(here), Residues(seed).value(back)) for seed in POINTS]
        say("kappa", f"at {words} that of the chain without it", pairs)


def _made_by(key: Key) -> tuple[str, ...]:
    """Return the sources of a variance, or the name of a risk."""
    return (key,) if isinstance(key, str) else key


def _outermost(model: Chain, key: Key) -> str | None:
    """Return the last of the feature layers that a variance is made by."""
    found = [slot.name for slot in model.slots.features if slot.name in _made_by(key)]
    return found[-1] if found else None


def _s_transform(model: Chain, say: Any) -> None:
    """κ = λ S(d): the equation by the product of the layers' S-transforms."""
    if any(not slot.is_size or slot.stiffness for slot in model.slots):
        return
    product, kappa = model.s_transform.expression.subs(DOF.symbol, df1(KAPPA.symbol)), KAPPA.symbol
    pairs = [(at.value(model.fixed_point.rhs), at.value(kappa / product)) for at in map(Residues, POINTS)]
    say("kappa", "κ/S of the layers' S-transforms", pairs)

