"""Dominant balance: the fixed point of any chain as a system of posynomials, solved in exponents.

Every layer gives u + t = 1 with u a posynomial in κ, d, the sizes and the pairs inside it, and the outermost one gives
λ = κ ∏ t…. Choosing which term of each sum dominates makes the system linear in the exponents: a *cell*, with the exponent of
every unknown as a linear form in ln λ, ln P, ln N, …, valid on the cone where the choice is consistent. Only the layers'
declarations are read.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sympy import Symbol
from sympy.polys.domains import QQ
from sympy.polys.matrices import DomainMatrix

from theory.chain.algebras.own import Known, Own, Shaped
from theory.chain.algebras.posynomial import ONE, NotPosynomialError, Posynomial
from theory.chain.layers import Level
from theory.chain.places import Slot, Slots, inputs
from theory.errors import BadArgument
from theory.exponents import shapes
from theory.exponents.algebra.forms import Cone, Form
from theory.exponents.algebra.traces import ALPHA, FIELD, packed, unpacked
from theory.notation import DIMS, DOF, KAPPA, LEARNT, NOISE, RIDGE, row_letters

Monomial = dict[Symbol, Any]  # powers are whole numbers, or fractions of those of laws


@dataclass(frozen=True, eq=False)
class Cell:
    """One consistent choice of dominant terms.

    Attributes
    ----------
    kappa : Form
        The exponent of κ.
    unknowns : dict of Form
        Of every u and t of the layers' pairs.
    cone : Cone
        Where it holds.
    small : bool
        κ ≪ 1 (else κ ≫ 1, beyond the largest eigenvalue).
    tight : tuple of Slot
        The layers that are full: u → 1, t → 0.
    scales : dict
        For κ and every u and t, the power of A in its leading amplitude, where d ~ A κ^(-1/α) (or A/κ).
    logarithms : dict
        Of the symbols of laws, powers of a logarithm where their power ties.
    beyond : tuple of Form
        What is ≥ 0 here, and below zero in the cell where a law of columns or rows goes another way.
    """

    kappa: Form
    unknowns: dict[Symbol, Form]
    cone: Cone
    small: bool
    tight: tuple[Slot, ...]
    scales: dict[Symbol, Any]
    logarithms: dict[Symbol, int] = field(default_factory=dict)
    beyond: tuple[Form, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle powers as plain numbers, as `Form` does: fields do not travel."""
        scales = {symbol: packed(power) for symbol, power in self.scales.items()}
        return _unpacked, (self.kappa, self.unknowns, self.cone, self.small, self.tight, scales, self.logarithms, self.beyond)


def _unpacked(
    kappa: Form, unknowns: dict[Symbol, Form], cone: Cone, small: bool, tight: tuple[Slot, ...], scales: Any, *laws: Any
) -> Cell:
    return Cell(kappa, unknowns, cone, small, tight, {symbol: unpacked(power) for symbol, power in scales.items()}, *laws)


@dataclass(frozen=True)
class DominantBalance:
    """The system: u_j as lists of monomials, λ as a monomial."""

    slots: Slots
    variables: tuple[Symbol, ...]
    fractions: tuple[tuple[Monomial, ...], ...]
    ridge: Monomial
    twins: dict[int, int]

    @classmethod
    def of(cls, slots: Slots, variables: tuple[Symbol, ...], same: Mapping[Symbol, Monomial]) -> DominantBalance:
        """Read the declarations of a chain over an infinite population.

        Parameters
        ----------
        slots : Slots
            Innermost first.
        variables : tuple of Symbol
            Letters of the layers' parameters, λ, σ².
        same : mapping of Symbol to Monomial
            Sizes that are exactly equal to another, and that other: u and t of the two layers are the same unknowns; and
            variances that follow from sizes, and how.

        Raises
        ------
        ValueError
            If a layer needs a finite population: feature noise on it, or a pool of samples; if a ridge map is no monomial;
            if layers of equal size are not filled alike (noise between them).
        """
        if slots.noisy_population or slots.pooled:
            raise BadArgument(
                "layers", list(slots.layers), "defined on an infinite population",
                "exponents are those of infinite power laws: put noise outside a feature layer, use Samples()",
            )
        ranges = [slot.layer.law for slot in slots if shapes.condition(slot)]
        if len(ranges) > 1:
            raise BadArgument("layers", ranges, "with one power that is a letter", "give the others numbers")
        letter = Posynomial.letter
        level = Level(letter(KAPPA.symbol), letter(DOF.symbol), ONE, letter(LEARNT.symbol), letter(DIMS.symbol))
        fractions = []
        for slot in slots:
            powers = same.get(slot.letter.symbol, {slot.letter.symbol: 1})
            parameter = math.prod((letter(symbol, power) for symbol, power in powers.items()), start=ONE)
            whole = slot.layer.whole(level)
            fractions.append(Own(parameter, slot.is_size).share(whole).monomials)
            pair = letter(slot.pair.part.symbol), letter(slot.pair.complement.symbol)
            white = Known(parameter, *pair, whole, slot.is_size)
            own = white if slot.stiffness is None else Shaped(parameter, _constant(letter(_factor(slot))), free=pair[1])
            try:
                level = slot.layer.outside(level, own, letter(NOISE.symbol))
                (ridge,) = level.ridge.monomials
            except (NotPosynomialError, ValueError):
                remedy = "exponents of other maps are not derived: see local_exponents"
                raise BadArgument("layers", type(slot.layer).__name__, "of monomial ridge maps", remedy) from None
        letters = [slot.letter.symbol for slot in slots]
        twins = {letters.index(one): letters.index(other) for one, powers in same.items() for other in powers
                 if slots[letters.index(one)].is_size}  # fmt: skip
        for one, other in twins.items():
            if slots[one].stiffness or slots[other].stiffness:
                keywords = slots[one].keyword, slots[other].keyword
                remedy = "give different powers of Λ"
                raise BadArgument("equal", keywords, "sizes of layers without columns or rows", remedy)
            if fractions[one] != fractions[other]:
                raise BadArgument(
                    "equal", (slots[one].keyword, slots[other].keyword), "sizes of layers that are filled alike",
                    "layers with noise between them are not: leave equal out",
                )
        return cls(slots, variables, tuple(fractions), ridge, twins)

    def cells(self) -> list[Cell]:
        """Return every cell whose cone has an interior."""
        choices = [range(len(terms)) for terms in self.fractions]
        full = itertools.product((False, True), repeat=len(self.slots))
        options = [shapes.loose(slot) if slot.stiffness else (None,) for slot in self.slots]
        filled = [shapes.full(slot) if slot.stiffness else None for slot in self.slots]
        found = []
        for small, tight, dominant, loose in itertools.product(
            (True, False), list(full), list(itertools.product(*choices)), list(itertools.product(*options))
        ):
            if any(is_full and way != several[0] for is_full, way, several in zip(tight, loose, options, strict=True)):
                continue  # a full layer goes one way
            ways = [end if is_full else way for is_full, way, end in zip(tight, loose, filled, strict=True)]
            if any(tight[one] != tight[other] or dominant[one] != dominant[other] for one, other in self.twins.items()):
                continue
            cell = self._cell(small, tight, dominant, ways)
            if cell is not None and cell.cone.is_full:
                found.append(cell)
        return found

    def _cell(
        self, small: bool, tight: Sequence[bool], dominant: Sequence[int], ways: Sequence[shapes.Way | None]
    ) -> Cell | None:
        """Solve one choice: by layer, whether it is full, which monomial of its fraction dominates, and how its law goes."""
        pairs = [(slot.pair.part.symbol, slot.pair.complement.symbol) for slot in self.slots]
        factors = {_factor(slot): way.factor for slot, way in zip(self.slots, ways, strict=True) if way is not None}
        unknowns = [KAPPA.symbol, *(symbol for pair in pairs for symbol in pair), *factors]
        table = _Table(unknowns, self.variables, -1 / ALPHA if small else -FIELD.one)
        rows = [table.row(self.ridge, {RIDGE.symbol: 1}), *(table.row({f: 1}, value) for f, value in factors.items())]
        for place, (pair, terms, is_full, choice) in enumerate(zip(pairs, self.fractions, tight, dominant, strict=True)):
            if place in self.twins:
                twin = pairs[self.twins[place]]
                rows += [table.row({own: 1}, {others: 1}) for own, others in zip(pair, twin, strict=True)]
                continue
            rows += [table.row({pair[0]: 1}, terms[choice]), table.row({pair[0] if is_full else pair[1]: 1}, {})]
        solution = table.solve(rows)
        if solution is None:
            return None
        constraints = [-solution[KAPPA.symbol] if small else solution[KAPPA.symbol]]
        for pair, terms, choice in zip(pairs, self.fractions, dominant, strict=True):
            constraints += [-solution[symbol] for symbol in pair]
            constraints += [table.form(terms[choice], solution) - table.form(term, solution) for term in terms]
        constraints += self._sizes(table)
        logarithms: dict[Symbol, int] = {}
        beyond: list[Form] = []
        for slot, way in zip(self.slots, ways, strict=True):
            if way is not None:
                beyond += self._add_law(table, slot, way, solution, logarithms)
        whole = Cone(constraints)
        beyond = [form for form in beyond if not whole.implies(form)]
        full = tuple(slot for slot, is_full in zip(self.slots, tight, strict=True) if is_full)
        cone = Cone([*constraints, *beyond])
        return Cell(solution[KAPPA.symbol], solution, cone, small, full, table.scales, logarithms, tuple(beyond))

    @staticmethod
    def _add_law(
        table: _Table, slot: Slot, way: shapes.Way, solution: dict[Symbol, Form], logarithms: dict[Symbol, int]
    ) -> list[Form]:
        """Add b̄ and b of a law (and ω and τ of rows) to the unknowns; return what must be ≥ 0."""
        assert slot.stiffness is not None
        part, rest = slot.stiffness.part.symbol, slot.stiffness.complement.symbol
        found = {part: way.part, rest: way.rest}
        if len(slot.rows) > 1:
            shapes.check_noise(slot)
            weight, left = (letter.symbol for letter in slot.rows[1:])
            found |= {weight: way.weight, left: way.left}
        for symbol, monomial in found.items():
            solution[symbol] = table.form(monomial, solution)
            logarithms[symbol] = int(monomial.get(shapes.LOGARITHM, 0))
        if len(slot.rows) > 1:  # it is ω b̄ that is given
            solution[weight] = solution[weight] - solution[part]
            logarithms[weight] -= logarithms[part]
        return [table.form(where, solution) for where in way.where]

    def _sizes(self, table: _Table) -> list[Form]:
        """Sizes are ≥ 1, and those of nested layers at most that of their input."""
        forms: list[Form] = []
        free = [slot for place, slot in enumerate(self.slots) if slot.is_size and place not in self.twins]
        sizes = [table.form({slot.letter.symbol: 1}, {}) for slot in free]
        for slot, own, inner in zip(free, sizes, inputs([slot.layer for slot in free], sizes, None), strict=True):
            forms.append(own)
            if slot.ratio and inner is not None:
                forms.append(inner - own)
        return forms


def _factor(slot: Slot) -> Symbol:
    """Return the letter of f, what a layer with a law leaves of the ridge."""
    return row_letters(slot.letter.symbol.name)[0].symbol


def _constant(value: Posynomial) -> Callable[[Any], Posynomial]:
    return lambda _: value


class _Table:
    """Linear equations between the exponents of unknowns and variables, the last one the amplitude A of d = A κ^dof."""

    def __init__(self, unknowns: Sequence[Symbol], variables: Sequence[Symbol], dof: Any) -> None:
        self.unknowns, self.variables, self.dof = list(unknowns), list(variables), dof
        self.scales: dict[Symbol, Any] = {}

    def _vector(self, monomial: Monomial) -> list[Any]:
        """Return a monomial's exponents over unknowns, variables and A; d is A κ^dof."""
        columns = [*self.unknowns, *self.variables]
        vector = [FIELD.zero for _ in columns] + [FIELD.zero]
        for symbol, power in monomial.items():
            if symbol == shapes.LOGARITHM:
                continue  # no power
            if symbol == DOF.symbol:
                vector[0] += FIELD(_rational(power)) * self.dof
                vector[-1] += FIELD(_rational(power))
            else:
                vector[columns.index(symbol)] += FIELD(_rational(power))  # FIELD.zero + 1 would be an int
        return vector

    def row(self, left: Monomial, right: Monomial) -> list[Any]:
        """Return the equation left = right: coefficients of the unknowns, then of the variables on the other side."""
        vector = [a - b for a, b in zip(self._vector(left), self._vector(right), strict=True)]
        n = len(self.unknowns)
        return vector[:n] + [-value for value in vector[n:]]

    def solve(self, rows: list[list[Any]]) -> dict[Symbol, Form] | None:
        """Return every unknown as a form in the variables, or None if the choice is degenerate."""
        n = len(self.unknowns)
        reduced, pivots = DomainMatrix(rows, (n, len(rows[0])), FIELD.to_domain()).rref()
        if pivots != tuple(range(n)):
            return None
        width = len(self.variables)
        self.scales = {symbol: reduced[i, n + width].element for i, symbol in enumerate(self.unknowns)}
        return {
            symbol: Form(tuple(reduced[i, n + k].element for k in range(width))) for i, symbol in enumerate(self.unknowns)
        }

    def form(self, monomial: Monomial, solution: dict[Symbol, Form]) -> Form:
        """Return a monomial's exponent as a form in the variables."""
        vector = self._vector(monomial)
        total = Form(tuple(vector[len(self.unknowns) : -1]))
        for symbol, power in zip(self.unknowns, vector, strict=False):
            if power:
                total = total + solution[symbol] * power
        return total



def _rational(power: Any) -> Any:
    """Return a power as the field's rational numbers are; an element of the field as it is."""
    return power if isinstance(power, type(FIELD.one)) else QQ(power.numerator, power.denominator)
