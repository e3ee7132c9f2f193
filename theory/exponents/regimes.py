"""Regimes: the cones of sizes, ridge and noise on which one monomial is the risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from theory.exponents.algebra.forms import Form, rational_inside
from theory.exponents.algebra.programmes import least
from theory.exponents.algebra.rays import Numbers
from theory.exponents.algebra.tropical import Tropical
from theory.exponents.balance import Cell
from theory.exponents.system import System
from theory.exponents.words import compared, text
from theory.terms import Key


@dataclass(frozen=True, eq=False)
class Piece:
    """One cone on which a term is one monomial, for symbolic capacity and source.

    Attributes
    ----------
    cell : Cell
        The regime of the fixed point that it belongs to.
    form : Form
        The monomial.
    constraints : tuple of Form
        The cone (which may be empty at some capacities and sources).
    """

    cell: Cell
    form: Form
    constraints: tuple[Form, ...]


def pieces(cell: Cell, term: Tropical) -> list[Piece]:
    """Return the cones on which a term is one monomial, within one cell."""
    found = []
    for above in term.above:
        for below in term.below:
            wins = [above - other for other in term.above] + [below - other for other in term.below]
            constraints = tuple(dict.fromkeys(form for form in (*cell.cone.constraints, *wins) if form))
            found.append(Piece(cell, above - below, constraints))
    return found


@dataclass(frozen=True, eq=False)
class Void:
    """One cone on which a term has no monomial: it falls faster than any power.

    Attributes
    ----------
    term : str or tuple of str
        Which.
    borders : tuple of Form
        What tells the cone from others.
    domain : tuple of Form
        What holds everywhere.
    """

    term: Key
    borders: tuple[Form, ...]
    domain: tuple[Form, ...]


def voids(key: Key, terms: Sequence[tuple[Cell, Tropical]]) -> list[Void]:
    """Return the cones on which a term, given in every cell, has no monomial."""
    shared = set.intersection(*(set(cell.cone.constraints) for cell, _ in terms))
    found = []
    for cell, term in terms:
        if not term.above:
            borders = tuple(form for form in cell.cone.constraints if form not in shared)
            found.append(Void(key, borders, tuple(form for form in cell.cone.constraints if form in shared)))
    return found


@dataclass(frozen=True, eq=False)
class Regime:
    """A regime at one capacity and source.

    Attributes
    ----------
    dominant : str or tuple of str
        The largest among bias and variances; `tied` lists all that are equally large throughout.
    tied : tuple
        All terms that are equally large throughout, `dominant` among them.
    exponents : dict
        By argument, the power of it in the risk.
    logarithms : int or Fraction
        The power of ln(1/κ) beside it: 2r meets an order of saturation, or a step falls by powers of its number.
    kappa : dict
        The same for κ.
    risk : str
        The monomial, such as N^(-4/5), with its logarithms.
    borders : tuple of str
        What bounds the regime, as inequalities between powers; none of them follows from the others.
    point : dict
        By argument, the exponents of a ray well inside.
    """

    dominant: Key
    tied: tuple[Key, ...]
    exponents: dict[str, Fraction]
    logarithms: Any
    kappa: dict[str, Fraction]
    risk: str
    borders: tuple[str, ...]
    point: dict[str, Fraction]
    constraints: tuple[Form, ...] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.risk}  ({_named(self.dominant)})  where {', '.join(self.borders)}"

    def contains(self, point: Mapping[str, Any]) -> bool:
        """Return whether a ray (exponents by argument) lies in the regime, border included."""
        values = [point[keyword] for keyword in self.exponents]
        return all(form.at(values) >= 0 for form in self.constraints)


def _named(key: Key) -> str:
    return key if isinstance(key, str) else " × ".join(key)


def _with_logarithm(monomial: str, power: Any) -> str:
    if not power:
        return monomial
    is_ratio = "/" in monomial.partition("^(")[0] and not monomial.startswith("(")
    head = f"({monomial})" if is_ratio else monomial
    raised = "" if power == 1 else f"^{power}" if isinstance(power, int) else f"^({power})"
    return f"{head}·ln(1/κ){raised}"


def regimes(system: System, numbers: Numbers, found: Sequence[Piece], of: Key) -> tuple[Regime, ...]:
    """Return the pieces of a term that have an interior at given numbers, each with its borders and a ray inside."""
    made = []
    for piece in found:
        constraints = irredundant([Form(numbers.at(form)) for form in piece.constraints])
        point = rational_inside(constraints)
        if point is None:
            continue
        ray = numbers.along(point)
        sizes = {key: (ray.terms[key], ray.logarithms.get(key, 0)) for key in system.components}
        tied = tuple(key for key, size in sizes.items() if size == max(sizes.values()))
        logs = ray.logarithms.get(of, 0)
        form = Form(numbers.at(piece.form))
        by_name = dict(zip(system.keywords, form.coefficients, strict=True))
        kappa = dict(zip(system.keywords, numbers.at(piece.cell.kappa), strict=True))
        made.append(Regime(
            ray.dominant, tied, by_name, logs, kappa, _with_logarithm(text(form, system.variables), logs),
            tuple(compared(each, system.variables, "≥") for each in constraints),
            dict(zip(system.keywords, point, strict=True)), tuple(constraints),
        ))  # fmt: skip
    return tuple(made)


def irredundant(constraints: Sequence[Form]) -> list[Form]:
    """Return the constraints of a rational cone that do not follow from the others; all of them where it has no interior."""
    scaled: dict[Form, Form] = {}
    for form in constraints:
        size = sum(abs(c) for c in form.coefficients)
        if size:
            scaled.setdefault(form * (1 / size), form)
    kept = list(scaled)
    for form in list(kept):
        rest = [other for other in kept if other != form]
        if rest and _follows(form, rest):
            kept = rest
    return [scaled[form] for form in kept]


def _follows(form: Form, others: Sequence[Form]) -> bool:
    """Return whether a form is ≥ 0 wherever the others are."""
    rows = [other.coefficients for other in others]
    return least(form.coefficients, rows, [Fraction(0)] * len(rows)).is_attained
