"""A chain made ready for exponents: regimes by dominant balance of its layers, terms from its formulas."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

from sympy import Symbol

from theory.arguments import ARGUMENTS
from theory.chain.arguments import formula_symbols
from theory.chain.derivation import Derivation
from theory.chain.places import check_sizes, inputs
from theory.chain.symbolic import trace_meanings
from theory.errors import BadArgument
from theory.exponents import shapes
from theory.exponents.algebra.forms import Form
from theory.exponents.algebra.traces import definition_exponent
from theory.exponents.balance import Cell, DominantBalance
from theory.exponents.system import System, size, strength
from theory.frozen import Frozen
from theory.notation import ENSEMBLE, NOISE


class ChainSystem(System):
    """The exponents' side of a chain.

    Parameters
    ----------
    derivation : Derivation
        The chain's formulas.
    equal : sequence of str
        Sizes that are exactly equal; see `Chain.exponents`.
    tied : mapping of str to str
        Variances that are inversely proportional to a size, such as {"feature_noise": "n_features"}: no arguments.

    Raises
    ------
    ValueError
        If the chain needs a finite population; see `Chain.exponents`.
    """

    def __init__(
        self, derivation: Derivation, equal: Sequence[str] = (), tied: Mapping[str, str] = Frozen({})
    ) -> None:
        self._declared = derivation, equal, dict(tied)
        self.slots = derivation.slots
        letters = {slot.keyword: slot.letter.symbol for slot in self.slots}
        self.tied = {letters[variance]: {letters[width]: -1} for variance, width in tied.items()}
        self._twins = self._equal(equal)
        self._same = {**{one: {other: 1} for one, other in self._twins.items()}, **self.tied}
        outward = [slot for slot in self.slots[::-1] if slot.letter.symbol not in self._same]
        self.arguments = (
            *(size(slot.argument) if slot.is_size else strength(slot.argument, removes=True) for slot in outward),
            strength(ARGUMENTS["ridge"], tunable=True),
            *((strength(ARGUMENTS["noise"]),) if derivation.data is not None else ()),
        )
        self.balance = DominantBalance.of(self.slots, self.variables, self._same)
        self.formulas, self.symbols = derivation.formulas, tuple(formula_symbols(self.slots))
        self.definitions = {meaning.letter.symbol: meaning.definition for meaning in trace_meanings()}

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle the declaration only."""
        return type(self), self._declared

    def _equal(self, equal: Sequence[str]) -> dict[Symbol, Symbol]:
        """Return, for every size named but the outermost, that one's letter."""
        sizes = {slot.keyword: slot for slot in self.slots.sizes[::-1]}
        if isinstance(equal, str) or len(set(equal)) != len(equal) or len(equal) == 1 or not set(equal) <= set(sizes):
            raise BadArgument(
                "equal", equal, f"two or more different sizes among {', '.join(sizes)}", "name the sizes that are equal"
            )
        if any(sizes[keyword].ratio for keyword in equal):
            raise BadArgument(
                "equal", equal, "sizes of layers that are not projections", "give the projection a size of its own"
            )
        first, *others = [slot.letter.symbol for keyword, slot in sizes.items() if keyword in equal] or [None]
        return dict.fromkeys(others, first)

    @property
    def conditions(self) -> tuple[str, ...]:
        """The ranges of the powers of columns and rows that are letters."""
        return tuple(filter(None, map(shapes.condition, self.slots)))

    @cached_property
    def cells(self) -> list[Cell]:
        """Every regime of the fixed point."""
        return self.balance.cells()

    def form(self, symbol: Symbol) -> Form:
        """Return the form of one variable, or of a size that equals it."""
        return super().form(self._twins.get(symbol, symbol))

    def exponents(self, cell: Cell) -> dict[Symbol, Form | None]:
        """Return the exponent of every symbol in the formulas; None for what is zero."""
        found: dict[Symbol, Form | None] = {ENSEMBLE.symbol: self.nothing, NOISE.symbol: None}
        for symbol, definition in self.definitions.items():
            found[symbol] = cell.kappa * definition_exponent(definition, cell.small)
        if NOISE.symbol in self.variables:
            found[NOISE.symbol] = self.form(NOISE.symbol)
        letters = [slot.letter.symbol for slot in self.slots]
        for slot, own, inner in zip(self.slots, letters, inputs(self.slots.layers, letters, None), strict=True):
            beside = () if slot.stiffness is None else (slot.stiffness.part, slot.stiffness.complement, *slot.rows)
            for letter in (slot.pair.part, slot.pair.complement, *beside):
                found[letter.symbol] = cell.unknowns[letter.symbol]
            if slot.ratio is not None:
                share = None if inner is None else self.form(own) - self.form(inner)
                found |= {slot.ratio.part.symbol: share, slot.ratio.complement.symbol: self.nothing}
        return {symbol: found[symbol] for symbol in self.symbols}

    def ordered(self, given: Mapping[str, Any], found: Mapping[str, Fraction | float]) -> list[Fraction | float]:
        """Return directions in order, refusing noise on infinitely many coordinates, and projections wider than their input."""
        self.check(found, absent=-math.inf)
        return super().ordered(given, found)

    def check(self, found: Mapping[str, Any], absent: float) -> None:
        """Refuse sizes and variances that contradict each other; `absent` is what stands for no variance."""
        kept = [slot for slot in self.slots if slot.keyword in found]  # without sizes that equal another
        values = [found[slot.keyword] for slot in kept]
        check_sizes([slot.layer for slot in kept], [slot.keyword for slot in kept], values, math.inf, absent=absent)
