"""A law in one expression a term: the regimes of the fixed point folded into κ = max(λ, P^-α, N^-α, …) where possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import sympy
from sympy import Expr

from theory.conventions import Convention
from theory.exponents.algebra.forms import Form
from theory.exponents.algebra.tropical import Tropical
from theory.exponents.balance import Cell
from theory.exponents.letters import Writing
from theory.exponents.system import TOTALS, System
from theory.exponents.words import compared, in_logarithms, monomial
from theory.notation import CAPACITY, RIDGE, SOURCE, typeset
from theory.terms import Key, Terms, term_name

PLAIN = (*TOTALS, "bias", "approximation", "variance", "fluctuation")  # what is not the variance of some sources
Cells = Sequence[tuple[Cell, Terms[Tropical]]]


def name(key: Key) -> str:
    """Return a term as it is written: test, bias, V[samples × features]."""
    if key in PLAIN:
        return str(key)
    return f"V[{' × '.join((key,) if isinstance(key, str) else key)}]"


class Summary:
    """The terms of a law for κ < 1, as SymPy, as text and as LaTeX.

    Parameters
    ----------
    system : System
        Variables, terms and cells of the fixed point.
    cells : sequence of (Cell, Terms of Tropical)
        The regimes of the fixed point with κ < 1, with all terms in each.
    """

    def __init__(self, system: System, cells: Cells) -> None:
        self.system, self.cells = system, cells
        self._ridge = system.variables.index(RIDGE.symbol) if RIDGE.symbol in system.variables else -1

    @cached_property
    def kappa(self) -> Expr:
        """Return ln κ: the maximum over the regimes where it is that, else by regime."""
        if all(cell.cone.implies(cell.kappa - other.kappa) for cell, _ in self.cells for other, _ in self.cells):
            forms = dict.fromkeys(cell.kappa for cell, _ in self.cells)
            return sympy.Max(*(in_logarithms(form, self.system.variables) for form in forms))
        return self._by_regime([in_logarithms(cell.kappa, self.system.variables) for cell, _ in self.cells])

    @cached_property
    def terms(self) -> Terms[Expr]:
        """Every term."""
        return Terms({key: self._term(key) for key in self.system.keys})

    def in_kappa(self, key: Key) -> tuple[Form, ...] | None:
        """Return the monomials of a term in κ (in the place of λ) and the sizes, if one sum of them holds in all regimes.

        It is read off where κ = λ and proved in every other regime.
        """
        for cell, terms in self.cells if self._ridge >= 0 else ():
            if cell.kappa == self.system.form(RIDGE.symbol) and len(terms[key].below) == 1:
                found = terms[key].above
                if found and all(self._same(found, other, where[key]) for other, where in self.cells):
                    return found
        return None

    def _same(self, forms: Sequence[Form], cell: Cell, term: Tropical) -> bool:
        seen = []
        for form in forms:
            power = form.coefficients[self._ridge]
            bare = Form(tuple(c * 0 if i == self._ridge else c for i, c in enumerate(form.coefficients)))
            seen.append(bare + cell.kappa * power)
        return len(term.below) == 1 and set(cell.cone.maximal(seen)) == set(term.above)

    def _term(self, key: Key) -> Expr:
        variables = self.system.variables
        forms = self.in_kappa(key)
        if forms is not None:
            seen = [in_logarithms(form, variables).subs(sympy.log(RIDGE.symbol), self.kappa) for form in forms]
            return sympy.Max(*seen, evaluate=False) if len(seen) > 1 else seen[0]
        return self._by_regime([_in_cell(terms[key], variables) for _, terms in self.cells])

    def _by_regime(self, expressions: Sequence[Expr]) -> Expr:
        variables, found = self.system.variables, []
        for (cell, _), expression in zip(self.cells, expressions, strict=True):
            conditions = [sympy.Ge(in_logarithms(form, variables), 0, evaluate=False) for form in cell.cone.constraints]
            found.append((expression, sympy.And(*conditions, evaluate=False)))
        return sympy.Piecewise(*found, evaluate=False)

    def text(self, convention: Convention | None = None) -> str:
        """Return the law as lines of text, in our letters or in a paper's.

        Parameters
        ----------
        convention : Convention, optional
            The paper.
        """
        writing = Writing(self.system, convention)
        kappas = list(dict.fromkeys(writing.text(cell.kappa) for cell, _ in self.cells))
        lines = [f"for {', '.join(self.system.conditions)}"] if self.system.conditions else []
        lines.append(f"κ ~ max({', '.join(kappas)})" if len(kappas) > 1 else f"κ ~ {kappas[0]}")
        for key in self.system.keys:
            forms = self.in_kappa(key)
            if forms is not None:
                lines.append(f"{name(key)} ~ {' + '.join(writing.text(form, in_kappa=True) for form in forms)}")
                continue
            lines.append(f"{name(key)} ~")
            for cell, terms in self.cells:
                shown = _shown(terms[key], writing)
                lines.append(f"    {shown}    where κ ~ {writing.text(cell.kappa)}{self._where(cell, writing)}")
        return "\n".join(lines)

    def rows(self) -> dict[str, list[str]]:
        """Return the law as columns: the term, the regime by what κ is in it, and how the term goes there."""
        writing = Writing(self.system, None)
        each = [(key, cell, terms[key]) for key in self.system.keys for cell, terms in self.cells]
        return {
            "term": [term_name(key) for key, _, _ in each],
            "kappa": [writing.text(cell.kappa) for _, cell, _ in each],
            "goes as": [_shown(term, writing) for _, _, term in each],
        }

    def _where(self, cell: Cell, writing: Writing) -> str:
        words = conditions(cell, lambda form: compared(form, writing.variables(), "≥"))
        return f" ({', '.join(words)})" if words else ""

    def latex(self) -> str:
        """Return an `array`: a row a term, a column a regime of the fixed point."""
        variables = self.system.variables
        by_symbol = self.system.letters | {letter.symbol: letter for letter in (CAPACITY, SOURCE)}

        def shown(form: Form) -> str:
            return typeset(monomial(form, variables), by_symbol)

        rows = [["", *(rf"\kappa\sim {shown(cell.kappa)}" for cell, _ in self.cells)]]
        for key in self.system.keys:
            words = name(key).replace("×", r"$\times$").replace("_", r"\_")
            row = [rf"\text{{{words}}}"]
            for _, terms in self.cells:
                tops = " + ".join(map(shown, terms[key].above)) or "0"
                bottoms = " + ".join(map(shown, terms[key].below))
                row.append(tops if bottoms == "1" else rf"\frac{{{tops}}}{{{bottoms}}}")
            rows.append(row)
        head, *lines = (" & ".join(row) for row in rows)
        columns = f"l|{'l' * len(self.cells)}"
        return rf"\begin{{array}}{{{columns}}}" + head + r" \\ \hline " + r" \\ ".join(lines) + r"\end{array}"


def conditions(cell: Cell, write: Callable[[Form], str]) -> list[str]:
    """Return what tells a cell from others of its κ: the layers that are full, and what must be large for their laws."""
    full = [f"{', '.join(slot.name for slot in cell.tight)} full"] if cell.tight else []
    return full + [write(form) for form in cell.beyond]


def _in_cell(term: Tropical, variables: Sequence[sympy.Symbol]) -> Expr:
    if not term.above:
        return -sympy.oo
    above, below = (
        sympy.Max(*(in_logarithms(form, variables) for form in forms), evaluate=len(forms) == 1)
        for forms in (term.above, term.below)
    )
    return above - below


def _shown(term: Tropical, writing: Writing) -> str:
    above = " + ".join(map(writing.text, term.above)) or "0"
    below = " + ".join(map(writing.text, term.below))
    return above if below == "1" else f"({above})/({below})"


