"""Leading amplitudes: the same formulas in the algebra of leading terms, A·P^x·N^y…, where a sum is its largest part.

Amplitudes are closed forms: those of the traces (Beta and zeta functions of capacity and source), carried through the
fixed point and through the formulas by exact arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy
from sympy import Expr

from theory.errors import BadArgument, real_array
from theory.exponents.algebra.forms import Form
from theory.exponents.algebra.rays import Numbers
from theory.exponents.algebra.traces import amplitude, definition_exponent, logarithm, printed, resolved, specialise
from theory.exponents.balance import Cell
from theory.exponents.chain_system import ChainSystem
from theory.exponents.directions import check_known
from theory.exponents.system import Direction, System
from theory.exponents.words import compared
from theory.notation import CAPACITY, KAPPA, NOISE, SOURCE
from theory.spectra.base import Spectrum
from theory.spectra.power_law import PowerLaw
from theory.spectra.psi import Psi, df1
from theory.terms import Terms

FAR = Fraction(10**12)  # the logarithm of what is infinite
_TIE = Fraction(1, 10**12)  # logarithms this close (relative) are equal, up to rounding


@dataclass(frozen=True)
class Asymptote:
    """Leading monomials in one regime; sums of them where several are equally large at the point.

    Attributes
    ----------
    kappa : sympy.Expr
        A·P^x·…, in the chain's letters, α and r.
    terms : Terms of sympy.Expr
        Every term; 0 for what vanishes.
    values : dict
        Values of the letters at the point.
    """

    kappa: Expr
    terms: Terms[Expr]
    values: dict[Any, Any]

    def __getitem__(self, key: Any) -> float:
        """Return the value of a term's leading monomial at the point."""
        return self._number(self.terms[key])

    def _number(self, expression: Expr) -> float:
        return float(expression.subs(self.values).evalf(17))

    @property
    def kappa_value(self) -> float:
        """The value of κ's leading monomial at the point."""
        return self._number(self.kappa)


class _Leading:
    """A·exp(form), compared with others by its height, the form's value at the point; height -inf: zero.

    `numbers` is the form at the task's exponents: monomials that are equal there add up, whatever their letters; so do
    those that are different and equally high at the point. `power` writes a form.
    """

    __slots__ = ("amplitude", "form", "height", "numbers", "power")

    def __init__(self, height: Any, form: Form, numbers: Form, amplitude: Expr, power: Callable[[Form], Expr]) -> None:
        self.height, self.form, self.numbers, self.amplitude, self.power = height, form, numbers, amplitude, power

    def _lift(self, other: Any) -> _Leading:
        if isinstance(other, _Leading):
            return other
        return _Leading(Fraction(0), self.form * 0, self.numbers * 0, sympy.sympify(other), self.power)

    def _with(self, amplitude: Expr) -> _Leading:
        return _Leading(self.height, self.form, self.numbers, amplitude, self.power)

    def __add__(self, other: Any) -> _Leading:
        other = self._lift(other)
        if math.isinf(self.height) or math.isinf(other.height):
            return self if self.height > other.height else other
        if other.numbers == self.numbers:
            return self._with(_sum(self.amplitude, other.amplitude))
        if abs(self.height - other.height) <= _TIE * max(1, abs(self.height)) < _TIE * FAR / 2:
            return self._with(self.amplitude + other.amplitude * self.power(other.form - self.form))
        return self if self.height > other.height else other

    def __mul__(self, other: Any) -> _Leading:
        other = self._lift(other)
        height, form, numbers = self.height + other.height, self.form + other.form, self.numbers + other.numbers
        return _Leading(height, form, numbers, self.amplitude * other.amplitude, self.power)

    def __pow__(self, power: Any) -> _Leading:
        whole = int(power)
        return _Leading(self.height * whole, self.form * whole, self.numbers * whole, self.amplitude**whole, self.power)

    def __truediv__(self, other: Any) -> _Leading:
        return self * self._lift(other) ** -1

    def __rtruediv__(self, other: Any) -> _Leading:
        return self._lift(other) * self**-1

    __radd__ = __add__
    __rmul__ = __mul__


def _sum(one: Expr, other: Expr) -> Expr:
    """Return a sum of amplitudes; of rational functions of α and r in lowest terms."""
    total = one + other
    return sympy.factor(total) if total.is_rational_function(CAPACITY.symbol, SOURCE.symbol) else total


def asymptote(
    system: ChainSystem, numbers_at: Callable[[Fraction, Fraction], Numbers], task: Spectrum, given: Mapping[str, Any]
) -> Asymptote:
    """Return leading monomials with amplitudes at a point; see `Law.asymptote`."""
    if not isinstance(task, PowerLaw) or task.is_symbolic or not math.isinf(task.size):
        raise BadArgument("task", task, "an infinite PowerLaw with numbers for exponents", "leave its size out")
    if any(slot.stiffness for slot in system.slots):
        remedy = "amplitudes with laws of columns or rows are not derived: evaluate far out"
        raise BadArgument("layers", list(system.slots.layers), "without columns or rows where amplitudes are wanted", remedy)
    alpha, r = task.exponents
    values = values_at(system, given)
    system.check(dict(zip(system.keywords, values, strict=True)), absent=0.0)
    variances = [not argument.is_size for argument in system.arguments]
    in_scale = [v and symbol != NOISE.symbol for v, symbol in zip(variances, system.variables, strict=True)]
    logs = [log_at(argument, v / task.scale if ridge else v)
            for argument, v, ridge in zip(system.arguments, values, in_scale, strict=True)]  # fmt: skip
    made = _Amplitudes(system, cell_at(system, numbers_at(alpha, r), logs), alpha, r, logs)
    scale = sympy.nsimplify(task.scale, rational=True)
    units = {s: s / scale for s, ridge in zip(system.variables, in_scale, strict=True) if ridge}  # κ, λ and μ² are in its units
    terms = {
        key: made.monomial(value).subs(units) if value.height > -FAR / 2 else sympy.Integer(0)
        for key, value in zip(system.keys, system.function(*made.arguments), strict=True)
    }
    letters = dict(zip(system.variables, values, strict=True))
    letters |= {CAPACITY.symbol: _rational(alpha), SOURCE.symbol: _rational(r)}
    return Asymptote(scale * made.kappa.subs(units), Terms(terms), letters)


def _rational(value: Fraction) -> Expr:
    return sympy.Rational(value.numerator, value.denominator)


def log_at(argument: Direction, value: float) -> Fraction:
    """Return ln(value) as doubles have it, and what stands for that of zero and infinity: heights are exact."""
    return argument.beyond(1 if value else -1, FAR) if value in (0.0, math.inf) else Fraction(math.log(value))


def values_at(system: System, given: Mapping[str, Any]) -> list[float]:
    """Return the chain's arguments, scalars, in order."""
    check_known(system, {key: value for key, value in given.items() if not (key == "noise" and value == 0)})
    found = []
    for argument in system.arguments:
        keyword, is_size = argument.keyword, argument.is_size
        admissible = "a number ≥ 1, or inf" if is_size else "a finite number ≥ 0"
        if is_size and keyword not in given:
            raise BadArgument(keyword, None, admissible, f"add {keyword}=...")
        value = real_array(keyword, given.get(keyword, 0.0), admissible, "give a scalar")
        if value.ndim or not value >= is_size or not (is_size or value < math.inf):
            raise BadArgument(keyword, given[keyword], admissible, "give an admissible scalar")
        found.append(float(value))
    return found


def cell_at(system: System, numbers: Numbers, logs: list[Fraction]) -> Cell:
    """Return the regime of the fixed point that a point is in, refusing its border."""
    for cell in system.cells:
        heights = [(Form(numbers.at(form)).at(logs), form) for form in cell.cone.constraints]
        if all(height >= -1e-9 for height, _ in heights):
            height, form = min(heights, key=lambda pair: pair[0])
            if height <= 1e-9:
                relation = compared(form, system.variables, "~")
                raise BadArgument(
                    "sizes", relation, "inside a regime, not on the border of two", "move off the border, or evaluate"
                )
            return cell
    raise ArithmeticError(f"no regime holds at {logs}")


class _Amplitudes:
    """Leading monomials of the symbols of a chain's formulas in one cell."""

    def __init__(self, system: System, cell: Cell, alpha: Fraction, r: Fraction, logs: list[Fraction]) -> None:
        self.system, self.cell, self.alpha, self.r, self.logs = system, cell, alpha, r, logs
        self._dof = self._trace(df1(KAPPA.symbol))
        self.kappa = self._scaled(KAPPA.symbol) * self._power(cell.kappa)

    def _trace(self, definition: Expr) -> Expr:
        """Return the amplitude of a monomial of κ and traces beside its power of κ (and of ln(1/κ))."""
        found: Expr = sympy.Integer(1)
        for base, power in definition.as_powers_dict().items():
            if isinstance(base, Psi):
                p, q, m = (int(argument) for argument in base.args[:3])
                j = m - p + 1
                on_break = q and self.cell.small and 2 * self.r == j
                factor = 1 / CAPACITY.symbol if on_break else amplitude(p, q, m, 2 * self.r > j, self.cell.small)
                found *= factor**power
        return found

    def _scaled(self, symbol: sympy.Symbol, power: Any = 1) -> Expr:
        """Return the amplitude of κ, u or t to a power."""
        return self._dof ** printed(self.cell.scales[symbol] * power)

    @property
    def arguments(self) -> list[_Leading]:
        """Leading monomials of the formulas' symbols, in order."""
        made = []
        for symbol, form in self.system.exponents(self.cell).items():
            factor: Expr = sympy.Integer(1)
            if symbol in self.system.definitions:
                definition = self.system.definitions[symbol]
                factor = self._trace(definition) * self._scaled(KAPPA.symbol, definition_exponent(definition, self.cell.small))
                if self.cell.small and logarithm(definition, self.r):
                    factor *= sympy.log(1 / self.kappa) ** logarithm(definition, self.r)
            elif symbol in self.cell.scales:
                factor = self._scaled(symbol)
            shown = self.system.nothing if form is None else form
            numbers = shown.map(lambda c: specialise(c, self.alpha, self.r))
            height = -math.inf if form is None else numbers.at(self.logs)
            made.append(_Leading(height, shown, numbers, factor, self._power))
        return made

    def _power(self, form: Form) -> Expr:
        """Return a monomial with min(j, 2r) resolved."""
        twice = 2 * self.r
        powers = (
            v ** resolved(c, twice, twice) for c, v in zip(form.coefficients, self.system.variables, strict=True) if c
        )
        return sympy.Mul(*powers)

    def monomial(self, value: _Leading) -> Expr:
        """Return a leading monomial as SymPy."""
        return value.amplitude * self._power(value.form)
