"""The order of a formula's arguments, and their values from those of the layers, in any algebra that divides.

A lowered formula takes the population's traces, σ², K, then (u, t) of each pair: those of the layers, the ratios of nested
layers to their input, the population's own, (b̄, b) of laws; then what rows of a law have beside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from theory.chain.places import POPULATION, Slots, inputs
from theory.notation import BIAS, ENSEMBLE, LEARNT, NOISE, STIFFNESS, Letter, Pair

if TYPE_CHECKING:
    from sympy import Symbol

LawValues: TypeAlias = tuple[tuple[Any, Any], Sequence[Any]]  # (b̄, b), and f, ω, τ of rows
TRACES = (BIAS, LEARNT, STIFFNESS.part, STIFFNESS.complement)


def formula_letters(slots: Slots) -> list[Letter]:
    """Return the arguments of a chain's lowered formulas, in order."""
    letters = [letter for pair in slots.pairs for letter in (pair.part, pair.complement)]
    return [*TRACES, NOISE, ENSEMBLE, *letters, *(letter for slot in slots for letter in slot.rows)]


def formula_symbols(slots: Slots) -> list[Symbol]:
    """Return the symbols of the same letters."""
    return [letter.symbol for letter in formula_letters(slots)]


def shares(part: Any, whole: Any) -> tuple[Any, Any]:
    """Return part/whole and 1 − part/whole for part ≤ whole ≤ inf, of arrays or of one mpf."""
    if not isinstance(part, np.ndarray):
        one = whole / whole if whole != math.inf else 1 / (1 / whole + 1)
        if part == whole:
            return one, one - one
        return (part / whole, (whole - part) / whole) if whole != math.inf else (one - one, one)
    finite = np.isfinite(whole)
    base = np.where(finite, whole, 1.0)
    same = part == whole
    share = np.where(finite, part / base, 0.0)
    rest = np.where(finite, (base - part) / base, 1.0)
    return np.where(same, 1.0, share), np.where(same, 0.0, rest)


def pair_values(
    slots: Slots, pairs: Sequence[Pair], parameters: Sequence[Any], own: Sequence[tuple[Any, Any]],
    population: tuple[Any, Any], size: Any, ratio: Callable[[Any, Any], tuple[Any, Any]] = shares,
    laws: Mapping[int, LawValues] = MappingProxyType({}),
) -> list[Any]:
    """Return u and t of every pair, flat and in order, from those of the layers; then f, ω, τ of rows with a law.

    Parameters
    ----------
    slots, parameters, own : sequences
        The layers, their parameters and their (u, t), innermost first.
    pairs : sequence of Pair
        Pairs of layers, ratios of nested layers to their input, the population's own.
    population : (u, t)
        d/D and 1 − d/D.
    size : Any
        D.
    ratio : callable
        n/n_in and 1 − n/n_in.
    laws : mapping of int to LawValues
        Of the layers that have one, by place.
    """
    values = {POPULATION: population}
    places = zip(slots, parameters, inputs(slots.layers, parameters, size), own, strict=True)
    rows: list[Any] = []
    for place, (slot, parameter, inner, pair) in enumerate(places):
        values[slot.pair] = pair
        if slot.ratio:
            values[slot.ratio] = ratio(parameter, inner)
        if slot.stiffness:
            stiffness, beside = laws[place]
            values[slot.stiffness] = stiffness
            rows += beside[: len(slot.rows)]
    return [value for pair in pairs for value in values[pair]] + rows
