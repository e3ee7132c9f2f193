"""Optimal allocation: the sizes (and ridge) of least risk at a given cost, as exact linear programmes over the regimes.

With all arguments powers of the cost C, the risk's exponent is linear on every regime and so is the budget: the optimum is
at vertices of the regimes cut by the budget. For symbolic capacity and source the vertex found at samples is solved
for symbolically, and what tells it from its rivals is its condition.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy
from sympy.polys.domains import QQ

from theory.conventions import Convention, as_convention
from theory.errors import BadArgument
from theory.exponents.algebra.forms import Form
from theory.exponents.algebra.polyhedra import vertices_and_rays
from theory.exponents.algebra.programmes import Least, least
from theory.exponents.algebra.rays import Numbers
from theory.exponents.algebra.traces import FIELD
from theory.exponents.directions import check_known, check_numbers, check_power, exact_power
from theory.exponents.letters import in_paper, relation_in_paper
from theory.exponents.optima.logarithms import power_of_logarithm
from theory.exponents.regimes import Piece, Void
from theory.exponents.system import System
from theory.exponents.words import compared, power_range, spell
from theory.terms import Key

BEYOND = Fraction(10**9)  # stands for ∞ among exponents of C
Point = tuple[Fraction, ...]


@dataclass(frozen=True)
class Optimum:
    """The best allocation: every argument ~ C^value, and the risk.

    Attributes
    ----------
    exponents : dict
        By argument: a number (or expression), or a `sympy.Interval` where the optimum is a face; given ones as given.
    risk : number or Expr
        Exponent of the risk (negative where it falls).
    condition : sympy.Basic or None
        For symbolic capacity and source, where it holds.
    logarithm : number or None
        The power of ln C beside the risk, the sizes at their best to that order too; None for symbolic capacity and source.
    """

    exponents: dict[str, Any]
    risk: Any
    condition: Any = None
    logarithm: Any = None

    def text(self, convention: str | Convention | None = None) -> str:
        """Return the optimum in one line, as `print` does, or in the letters of a paper.

        Parameters
        ----------
        convention : str or Convention, optional
            The paper, such as "lin2024".

        Raises
        ------
        ValueError
            For a paper that is not known or has no letter for what occurs.
        """
        paper = None if convention is None else as_convention(convention)

        def write(value: Any) -> str:
            return spell(in_paper(sympy.sympify(value), paper) if paper and isinstance(value, sympy.Expr) else value)

        parts = [f"{_called(keyword, paper)} {_power_of_cost(value, write)}" for keyword, value in self.exponents.items()]
        beside = f"·ln(C)^({write(self.logarithm)})" if self.logarithm else ""
        where = "" if self.condition in (None, sympy.true) else f"  if {_relations(self.condition, paper)}"
        return f"{', '.join(parts)}: risk {_power_of_cost(self.risk, write)}{beside}{where}"

    def __getattr__(self, keyword: str) -> Any:
        try:
            return self.__dict__["exponents"][keyword]
        except KeyError:
            raise AttributeError(f"no argument {keyword}") from None

    def __str__(self) -> str:
        return self.text()


class Optima(tuple[Optimum, ...]):
    """The optima for symbolic capacity and source, each with its condition; one attribute a `Piecewise`."""

    def __getattr__(self, keyword: str) -> Any:
        if keyword.startswith("_"):
            raise AttributeError(keyword)
        values = [(optimum.risk if keyword == "risk" else getattr(optimum, keyword), optimum.condition) for optimum in self]
        if len({value for value, _ in values}) == 1:
            return values[0][0]
        return sympy.Piecewise(*values, evaluate=False)

    def text(self, convention: str | Convention | None = None) -> str:
        """Return a line for each optimum, as `print` does, or in the letters of a paper; see `Optimum.text`."""
        return "\n".join(optimum.text(convention) for optimum in self)

    def __str__(self) -> str:
        return self.text()


def _called(keyword: str, paper: Convention | None) -> str:
    """Return what an argument is called: our keyword, or the paper's letter where it has one."""
    if paper is None:
        return keyword
    kind = next((name for name in paper.sizes if keyword == name or keyword.startswith(f"{name}_")), None)
    return keyword if kind is None else paper.sizes[kind] + keyword[len(kind) :]


def _power_of_cost(value: Any, write: Callable[[Any], str]) -> str:
    """Return ~ C^(value), or = 0 and = inf where it is neither, or the range of powers that are equally good."""
    if isinstance(value, sympy.Interval):
        return f"~ C to {power_range(value, write)}"
    if value in (math.inf, -math.inf):
        return "= inf" if value > 0 else "= 0"
    return f"~ C^({write(value)})"


def _relations(condition: Any, paper: Convention | None) -> str:
    """Return conditions as text, in our letters or in a paper's."""
    signs = {sympy.Ge: "≥", sympy.Le: "≤"}
    parts = sorted(sympy.And.make_args(condition), key=str)
    told = parts if paper is None else [relation_in_paper(part, paper) for part in parts]
    return " and ".join(f"{spell(part.lhs)} {signs[part.func]} {spell(part.rhs)}" for part in told if part.func in signs)


@dataclass(frozen=True)
class Programme:
    """A risk to minimise on a budget.

    Attributes
    ----------
    system : System
        Variables, terms and cells of the fixed point.
    of : str or tuple of str
        What is called the risk.
    pieces : tuple of Piece
        The risk, a monomial on each.
    voids : tuple of Void
        Where the risk falls faster than any power.
    numbers_at : callable
        (α, r) to the exponents there.
    cost : tuple of Fraction
        Powers of the free variables in C.
    free : tuple of int
        Which variables are free.
    fixed : tuple of Fraction
        Values of the others (0 at free ones).
    """

    system: System
    of: Key
    pieces: tuple[Piece, ...]
    voids: tuple[Void, ...]
    numbers_at: Callable[[Fraction, Fraction], Numbers]
    cost: Point
    free: tuple[int, ...]
    fixed: Point

    def affine(self, form: Form) -> tuple[Point, Fraction]:
        """Return a rational form as (coefficients of the free variables, constant)."""
        constant = sum((c * x for c, x in zip(form.coefficients, self.fixed, strict=True) if c and x), Fraction(0))
        return tuple(Fraction(form.coefficients[i]) for i in self.free), constant

    def point(self, values: Point) -> Point:
        """Return all variables, from the free ones."""
        free = dict(zip(self.free, values, strict=True))
        return tuple(free.get(place, value) for place, value in enumerate(self.fixed))

    def named(self, values: Sequence[Any], shown: Mapping[str, Any]) -> dict[str, Any]:
        """Return all arguments by name: values of the free ones, and the fixed ones as given."""
        free = dict(zip((self.system.keywords[i] for i in self.free), values, strict=True))
        return {keyword: free.get(keyword, shown.get(keyword)) for keyword in self.system.keywords}

    def affine_over(self, form: Form) -> tuple[tuple[Any, ...], Any]:
        """Return the same of a form over ℚ(α, ρ)."""
        constant = FIELD.zero
        for c, x in zip(form.coefficients, self.fixed, strict=True):
            constant += c * FIELD(QQ(x.numerator, x.denominator))
        return tuple(form.coefficients[i] for i in self.free), constant


def numeric_optimum(programme: Programme, shown: Mapping[str, Any], capacity: Any, source: Any, as_float: bool) -> Optimum:
    """Return the optimum at one capacity and source, in floats or in SymPy's rationals; see `Law.compute_optimal`."""
    alpha, r = check_numbers(capacity, source, programme.system.capacity)
    best, face = optimum(programme, alpha, r)
    number = float if as_float else _rational
    values = [v if isinstance(v, sympy.Interval) else number(v) for v in face_intervals(face, len(programme.free))]
    points = [programme.point(vertex) for vertices, _ in face for vertex in vertices]
    logarithm = power_of_logarithm(
        programme.numbers_at(alpha, r), programme.of, points, programme.free, programme.cost, best
    )  # fmt: skip
    return Optimum(programme.named(values, shown), number(best), logarithm=number(logarithm))


def _rational(value: Fraction) -> sympy.Rational:
    return sympy.Rational(value.numerator, value.denominator)


def read_programme(
    system: System, of: Key, pieces: tuple[Piece, ...], voids: tuple[Void, ...],
    numbers_at: Callable[[Fraction, Fraction], Numbers], cost: Mapping[str, Any], fixed: Mapping[str, Any],
) -> tuple[Programme, dict[str, Any]]:
    """Return the programme of a cost, and the fixed arguments as given.

    Raises
    ------
    ValueError
        See `Law.compute_optimal`.
    """
    if not isinstance(cost, Mapping) or not cost or not all(isinstance(keyword, str) for keyword in cost):
        raise BadArgument("cost", cost, "a monomial: powers by argument", 'give for example {"n_samples": 1, "n_features": 1}')
    check_known(system, cost)
    check_known(system, fixed)
    powers: dict[str, Fraction] = {}
    sizes = {argument.keyword for argument in system.arguments if argument.is_size}
    for keyword, value in cost.items():
        power = exact_power("cost", value, "a monomial: powers by argument")
        if isinstance(power, float):
            raise BadArgument("cost", cost, "a monomial with finite powers", f"give a number for {keyword}")
        if keyword in sizes and power < 0:
            raise BadArgument("cost", cost, "growing with every size", f"give {keyword} a positive power")
        if keyword in fixed or keyword == "noise":
            raise BadArgument("cost", cost, "in free arguments", f"{keyword} is fixed: leave it out of the cost")
        powers[keyword] = power
    shown: dict[str, Any] = {}
    values, free = [], []
    for place, argument in enumerate(system.arguments):
        keyword = argument.keyword
        if keyword in powers or (argument.tunable and keyword not in fixed):
            free.append(place)
            values.append(Fraction(0))
            continue
        if argument.is_size and keyword not in fixed:
            raise BadArgument(
                "cost", cost, f"with a power of {keyword}, or {keyword} fixed",
                f"a size that costs nothing is infinite: give {keyword}=inf, or its cost",
            )
        value = check_power(system, argument, fixed)
        shown[keyword] = fixed.get(keyword, argument.default)
        values.append(value if isinstance(value, Fraction) else argument.beyond(1 if value > 0 else -1, BEYOND))
    if not any(powers.values()):
        raise BadArgument("cost", cost, "a monomial that depends on something", "give a power other than 0")
    spent = tuple(powers.get(system.keywords[i], Fraction(0)) for i in free)
    return Programme(system, of, pieces, voids, numbers_at, spent, tuple(free), tuple(values)), shown


Face = list[tuple[list[Point], list[tuple[int, ...]]]]


def optimum(programme: Programme, alpha: Fraction, r: Fraction) -> tuple[Fraction, Face]:
    """Return the least exponent, and the optimal faces as (vertices, rays) in the free variables."""
    numbers = programme.numbers_at(alpha, r)
    candidates = []
    for void in programme.voids:
        _check_unreached(void, programme, numbers)
    for piece in programme.pieces:
        constraints = [programme.affine(Form(numbers.at(form))) for form in piece.constraints]
        objective = programme.affine(Form(numbers.at(piece.form)))
        found = _on_budget(programme.cost, constraints, objective)
        if found.value == -math.inf:
            raise BadArgument(
                "cost", programme.cost, "such that the risk is bounded below at every budget", "let every size cost"
            )
        if isinstance(found.value, Fraction):
            candidates.append((found.value, constraints, objective))
    if not candidates:
        raise BadArgument("fixed", programme.fixed, "such that some allocation meets the budget", "lower the fixed sizes")
    best = min(value for value, _, _ in candidates)
    if best < -BEYOND / 1000:
        raise BadArgument(
            "fixed", programme.fixed, "such that the risk does not vanish altogether", "fix fewer sizes at infinity"
        )
    return best, [_face(constraints, aim, best, programme) for value, constraints, aim in candidates if value == best]


def _check_unreached(void: Void, programme: Programme, numbers: Numbers) -> None:
    """Refuse a budget that reaches into a cone where the risk falls faster than any power."""
    borders, domain = ([Form(numbers.at(form)) for form in forms] for forms in (void.borders, void.domain))
    constraints = [programme.affine(form) for form in (*borders, *domain)]
    for row, bound in constraints[: len(borders)]:  # each can be > 0 on the budget: then all can
        lowest = _on_budget(programme.cost, constraints, (tuple(-x for x in row), -bound)).value
        if lowest >= 0:  # inf: nothing is feasible
            return
    where = " and ".join(compared(form, programme.system.variables, "≥") for form in void.borders)
    raise BadArgument(
        "of", void.term, "a term that falls as a power of the cost wherever the budget leads",
        f"it falls faster than any power where {where}, so that no exponent is best: take the excess, or fix sizes",
    )


def _on_budget(cost: Point, constraints: Sequence[tuple[Point, Fraction]], objective: tuple[Point, Fraction]) -> Least:
    """Return the minimum over one piece, with cost·x = 1 solved for one variable."""
    lead = next(i for i, c in enumerate(cost) if c)

    def reduced(row: Point, bound: Fraction) -> tuple[Point, Fraction]:
        share = row[lead] / cost[lead]
        return tuple(x - share * c for i, (x, c) in enumerate(zip(row, cost, strict=True)) if i != lead), bound + share

    rows = [reduced(*each) for each in dict.fromkeys(constraints)]
    aim, constant = reduced(*objective)
    found = least(aim, [row for row, _ in rows], [bound for _, bound in rows])
    return replace(found, value=found.value + constant)


def _face(
    constraints: Sequence[tuple[Point, Fraction]], objective: tuple[Point, Fraction], least: Fraction, programme: Programme
) -> tuple[list[Point], list[tuple[int, ...]]]:
    """Return the vertices and the rays of the face of least value of a polyhedron."""
    aim, constant = objective
    rows, bounds = zip(*dict.fromkeys(constraints), strict=True)
    return vertices_and_rays(rows, bounds, [programme.cost, aim], [Fraction(1), least - constant], len(programme.free))


def face_intervals(face: Face, n_free: int) -> list[Any]:
    """Return the range of every free variable over the optimal faces: a number, or an interval."""
    found: list[Any] = []
    for i in range(n_free):
        values = [point[i] for vertices, _ in face for point in vertices]
        low: Any = min(values)
        high: Any = max(values)
        steps = [ray[i] for _, rays in face for ray in rays]
        low = -sympy.oo if any(step < 0 for step in steps) or low < -BEYOND / 1000 else low
        high = sympy.oo if any(step > 0 for step in steps) or high > BEYOND / 1000 else high
        if low == high:
            found.append(low)
        else:
            found.append(sympy.Interval(*(e if isinstance(e, sympy.Basic) else _rational(e) for e in (low, high))))
    return found
