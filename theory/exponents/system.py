"""A chain made ready for exponents: its variables, its cells, and the exponent of every symbol of its formulas in a cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any

from sympy import Expr, Symbol

from theory._validate import bad
from theory.chain.derivation import Derivation
from theory.chain.symbolic import meanings
from theory.chain.terms import Key
from theory.exponents.balance import Balance, Cell
from theory.exponents.forms import Form
from theory.exponents.traces import FIELD, definition_exponent
from theory.notation import ENSEMBLE, NOISE, RIDGE
from theory.solve.evaluate import TRACES, formula_symbols
from theory.solve.lower import lower_terms


class System:
    """The exponents' side of a chain.

    Attributes
    ----------
    keywords : tuple of str
        The arguments: the layers' sizes and variances from the data inwards, `ridge`, `noise`.
    variables : tuple of Symbol
        Their letters, in the same order.
    keys : tuple
        The terms of the risk.
    """

    def __init__(
        self, derivation: Derivation, equal: Sequence[str] = (), tied: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.derivation = derivation
        self.slots = derivation.slots
        letters = {slot.keyword: slot.letter.symbol for slot in self.slots}
        self.tied = {letters[variance]: 1 / letters[size] for variance, size in tied.items()}
        self._twins = self._equal(equal)
        self._same: dict[Symbol, Expr] = {**self._twins, **self.tied}
        outward = [slot for slot in self.slots[::-1] if slot.letter.symbol not in self._same]
        noisy = derivation.data is not None
        self.keywords = (*(slot.keyword for slot in outward), "ridge", *(("noise",) if noisy else ()))
        self.variables = (*(slot.letter.symbol for slot in outward), RIDGE.symbol, *((NOISE.symbol,) if noisy else ()))
        self.balance = Balance.of(self.slots, self.variables, self._same)
        self.symbols = formula_symbols(derivation)
        self.definitions = {symbol: meanings(self.slots)[symbol].definition for symbol in TRACES}

    def _equal(self, equal: Sequence[str]) -> dict[Symbol, Symbol]:
        """Return, for every size named but the outermost, that one's letter."""
        sizes = {slot.keyword: slot for slot in self.slots[::-1] if slot.layer.sized}
        if isinstance(equal, str) or len(set(equal)) != len(equal) or len(equal) == 1 or not set(equal) <= set(sizes):
            raise bad("equal", equal, f"two or more different sizes among {', '.join(sizes)}", "name the sizes that are equal")
        if any(sizes[keyword].layer.nested for keyword in equal):
            raise bad("equal", equal, "sizes of layers that are not projections", "give the projection a size of its own")
        first, *others = [slot.letter.symbol for keyword, slot in sizes.items() if keyword in equal] or [None]
        return dict.fromkeys(others, first)

    @cached_property
    def cells(self) -> list[Cell]:
        """Every regime of the fixed point."""
        return self.balance.cells()

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """The terms of the risk."""
        return tuple(self.derivation.formulas)

    @cached_property
    def function(self) -> Any:
        """All terms as one function of `symbols`, in any algebra with +, × and powers."""
        return lower_terms(self.derivation.formulas, self.symbols, "numpy")

    @property
    def components(self) -> tuple[Key, ...]:
        """The terms that add up to the excess risk: bias and every variance."""
        return tuple(key for key in self.keys if key not in ("test", "train", "excess"))

    def form(self, symbol: Symbol) -> Form:
        """Return the form of one variable."""
        symbol = self._twins.get(symbol, symbol)
        return Form(tuple(FIELD.one if symbol == other else FIELD.zero for other in self.variables))

    @cached_property
    def nothing(self) -> Form:
        """The form of a constant."""
        return Form(tuple(FIELD.zero for _ in self.variables))

    def exponents(self, cell: Cell) -> dict[Symbol, Form | None]:
        """Return the exponent of every symbol in the formulas; None for what is zero."""
        found: dict[Symbol, Form | None] = {ENSEMBLE.symbol: self.nothing, NOISE.symbol: None}
        for symbol, definition in self.definitions.items():
            found[symbol] = cell.kappa * definition_exponent(definition, cell.small)
        if NOISE.symbol in self.variables:
            found[NOISE.symbol] = self.form(NOISE.symbol)
        inner = None
        for slot in self.slots:
            for letter in (slot.pair.part, slot.pair.complement):
                found[letter.symbol] = cell.unknowns[letter.symbol]
            if slot.ratio is not None:
                share = None if inner is None else self.form(slot.letter.symbol) - self.form(inner)
                found |= {slot.ratio.part.symbol: share, slot.ratio.complement.symbol: self.nothing}
            inner = slot.letter.symbol if slot.layer.sized else inner
        return {symbol: found[symbol] for symbol in self.symbols}
