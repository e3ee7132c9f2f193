"""The public face: the deterministic equivalent of traces of rational expressions in Gaussian matrices."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import mpmath
import numpy as np
import sympy
from numpy.typing import NDArray
from sympy import Expr, MatrixExpr, MatrixSymbol, Trace

from theory.chunks import chunks
from theory.errors import BadArgument, whole_number
from theory.pencil import page
from theory.pencil.algebra import Digits, Doubles
from theory.pencil.arguments import Values, checked, names
from theory.pencil.core import Core, cores, solved
from theory.pencil.expressions.forms import read
from theory.pencil.expressions.letters import Diagonal, Gaussian
from theory.pencil.expressions.linearise import Pencil, linearise
from theory.pencil.hermitised import ROUNDING, Hermitised
from theory.pencil.instance import Instance
from theory.pencil.place import located
from theory.pencil.solve import polished
from theory.pencil.system import System, closed

_GUARD = 12
_TABLE = 40_000  # points times modes that are evaluated at once
_NOISE = 3e-14  # relative rounding beyond which a double-precision result is finished by mpmath; told to a factor of some


class Equivalent:
    """The deterministic equivalent of an expression in traces; made by `equivalent`.

    Parameters
    ----------
    expression : sympy.Expr
        What it is the equivalent of.
    system : System
        The self-consistent equations of its pencil.
    stand_ins : mapping of Trace to sympy.Dummy
        What each trace is called in their solution.

    Attributes
    ----------
    expression : sympy.Expr
        What it is the equivalent of.
    pencil : Pencil
        The linear pencil L of all its traces.
    system : System
        Its self-consistent equations.
    """

    def __init__(self, expression: Expr, system: System, stand_ins: Mapping[Trace, sympy.Dummy]) -> None:
        self.expression = expression
        self.system = system
        self._combination = expression.xreplace(dict(stand_ins))
        self._stand_ins = tuple(stand_ins.values())
        letters = expression.atoms(Gaussian, Diagonal)
        symbols = {symbol for symbol in expression.free_symbols if isinstance(symbol, sympy.Symbol)}
        self._names = names(letters, symbols.union(*(letter.variance.free_symbols for letter in expression.atoms(Gaussian))))

    @property
    def pencil(self) -> Pencil:
        """The linear pencil L of all traces."""
        return self.system.pencil

    @cached_property
    def matrices(self) -> dict[sympy.IndexedBase, sympy.ImmutableMatrix]:
        """L0 − S[G] of each index space at mode k; its inverse is named by the key."""
        return page.matrices(self.system)

    @cached_property
    def equations(self) -> tuple[sympy.Eq, ...]:
        """What determines each unknown τ: a sum over modes of an entry of G."""
        return page.equations(self.system)

    @cached_property
    def trace(self) -> Expr:
        """The expression with every trace replaced by its equivalent, a sum over modes of entries of G."""
        values = page.readouts(self.system)
        return self._combination.xreplace(dict(zip(self._stand_ins, values, strict=True)))

    def latex(self) -> str:
        """Return the expression, its equivalent and the self-consistent system as one LaTeX `gather*` environment.

        It needs amsmath, and nothing else.
        """
        return page.latex(self.expression, self.trace, self.matrices, self.equations)

    def __repr__(self) -> str:
        return f"equivalent({self.expression})"

    def _repr_latex_(self) -> str:
        return self.latex()

    def evaluate(
        self,
        values: Mapping[Any, Any] | None = None,
        /,
        *,
        precision: int | None = None,
        multiplicity: Mapping[Any, Any] | None = None,
        **named: Any,
    ) -> Any:
        """Return the value of the deterministic equivalent, at one point or at many.

        Parameters
        ----------
        values : mapping, optional
            Values by symbol, letter or name; needed for a name that Python reserves, `{"lambda": 1e-3}`.
        precision : int, optional
            Significant digits of an evaluation by mpmath; floats are exact, decimal strings are read at that
            precision. Double precision if left out.
        multiplicity : mapping, optional
            Multiplicities of the eigenvalues by size, `{"D": [10, 90]}`; one each if left out.
        **named
            Values by name: sizes and scalars as numbers or as arrays that broadcast (scalars may be complex), diagonal letters
            as arrays (n_modes,) of eigenvalues, the same at all points. A size may be left out if the eigenvalues imply it.

        Returns
        -------
        float, complex or mpmath number, or an array of them of the shape that sizes and scalars broadcast to
            Of the expression as written: traces are not normalised.

        Raises
        ------
        ValueError
            If a value is missing, unknown or not admissible, an inverse does not exist when all Gaussian letters are zero, or
            the point is in a real spectrum, where traces have no limit (a negative ridge beyond the edge, which is then told).
        ArithmeticError
            At the edge of a spectrum, or so near (a ridge below 1e-14 of the largest eigenvalue) that doubles cannot tell.

        Notes
        -----
        Inside the spectrum of a non-Hermitian resolvent the value is that of the hermitised pencil, to about 1e-10: z̄ for the
        circular law. Elsewhere the solution is checked to be the one that hermitisation has, negative ridges down to the edge
        of the spectrum included.

        Where rounding would be above 1e-13 (ridges below about 1e-5 of the eigenvalues, where an expression such as
        I − (XᵀX + λ)⁻¹XᵀX cancels), a result in double precision is finished by mpmath: right, but a second per hundred modes
        and point.
        """
        if precision is not None:
            precision = whole_number("precision", precision, 1, 10_000, "give the number of significant digits")
        given = {getattr(key, "name", key): value for key, value in (values or {}).items()}
        for name, value in named.items():
            if name in given:
                raise BadArgument(name, value, "given once", "it is in the mapping as well")
            given[name] = value
        arguments = checked(self._names, given, multiplicity)
        found = np.empty(arguments.n_points, dtype=object)
        modes = sum(len(row) for row in arguments.eigenvalues.values())
        for part in chunks(arguments.n_points, _TABLE // (modes + 1)):
            points = np.arange(arguments.n_points)[part]
            several = arguments if len(points) == arguments.n_points else arguments.at(points)
            found[part] = self._several(several, precision)
        if not arguments.shape:
            return found[0]
        if precision is not None:
            return found.reshape(arguments.shape)
        is_complex = any(isinstance(value, complex) for value in found)
        return found.astype(complex if is_complex else float).reshape(arguments.shape)

    @cached_property
    def _hermitised(self) -> Hermitised:
        return Hermitised(self.system)

    @cached_property
    def _cores(self) -> list[Core]:
        return cores(self.system)

    def _several(self, arguments: Values, precision: int | None) -> NDArray[Any]:
        """Return the values at several points, each a number of its own type."""
        rough = Instance(self.system, arguments, Doubles())
        traces = solved(self.system, self._cores, rough)
        fine = np.flatnonzero(np.isfinite(traces).all(axis=1))
        found = np.empty(rough.n_points, dtype=object)
        left = np.ones(rough.n_points, dtype=bool)
        if len(fine):
            own = rough if len(fine) == rough.n_points else Instance(self.system, arguments.at(fine), Doubles())
            resolvents = own.balance.resolvents(traces[fine])
            outside = self._hermitised.growth(own, resolvents) < 1.0 + ROUNDING
            values, noise = self._rounded(own, traces[fine], resolvents)
            for place, value, rounding in zip(fine[outside], values[outside], noise[outside], strict=True):
                at = arguments.each(place)
                found[place] = self._number(own, value) if precision is None and rounding <= _NOISE else (
                    self._finished(at, traces[place : place + 1], precision, rounding, abs(value))
                )
            left[fine[outside]] = False
        for place in np.flatnonzero(left):
            found[place] = self._alone(arguments.each(int(place)), precision)
        return found

    def _alone(self, arguments: Values, precision: int | None) -> Any:
        """Return the value at a point that is not reached in a few steps."""
        rough = Instance(self.system, arguments, Doubles())
        place = located(self._hermitised, rough)
        if place.traces is None:
            if precision is not None:
                raise BadArgument(
                    "precision", precision, "left out inside the spectrum of a non-Hermitian resolvent",
                    "its mean is known there to about 1e-10",
                )
            return self._number(rough, self._combined(rough, [np.array([value]) for value in place.values])[0])
        values, noise = self._rounded(rough, place.traces, rough.balance.resolvents(place.traces))
        if precision is None and noise[0] <= _NOISE:
            return self._number(rough, values[0])
        return self._finished(arguments, place.traces, precision, noise[0], abs(values[0]))

    def _rounded(self, rough: Instance, traces: Any, resolvents: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return values in double precision, and their relative rounding as told by rounding otherwise."""
        values = self._combined(rough, rough.read(self.pencil.readouts, resolvents))
        other = rough.shaken()
        with np.errstate(all="ignore"):
            traces = traces + other.balance.newton(traces)[0]
            again = self._combined(other, other.read(self.pencil.readouts, other.balance.resolvents(traces)))
            noise = np.where(values == again, 0.0, abs(values - again) / np.maximum(abs(values), abs(again)))
        return values, np.where(np.isfinite(noise), noise, 1.0)

    def _finished(self, arguments: Values, traces: Any, precision: int | None, noise: float, size: float) -> Any:
        """Return a value finished by mpmath, as a double if no precision was asked for."""
        found = self._precise(arguments, traces, precision or 16, noise, noise * size)
        if precision is None:
            return complex(found) if isinstance(found, mpmath.mpc) else float(found)
        return found

    def _precise(self, arguments: Values, traces: Any, precision: int, noise: float, floor: float) -> Any:
        """Return the value to a number of digits: evaluated with more and more of them until it no longer changes."""
        rough = Instance(self.system, arguments, Doubles())
        _, slopes = rough.balance.linearised(traces)
        digits = precision + _GUARD + 2 * max(0, round(16 + math.log10(noise or 1e-16)))
        last = None
        while digits < 20 * precision + 2000:
            with mpmath.workdps(digits):
                exact = Instance(self.system, arguments, Digits())
                traces, resolvents = polished(exact.balance, exact.algebra.array(traces), slopes)
                value = mpmath.mpmathify(self._combined(exact, exact.read(self.pencil.readouts, resolvents))[0])
                small = mpmath.mpf(10) ** -(precision + 1)
                if last is not None and (abs(value - last) <= small * abs(value) or abs(value) <= small * floor):
                    with mpmath.workdps(precision):
                        return +value
                digits, last = digits + (10 if last is None else digits // 2), value
        raise ArithmeticError(f"{precision} digits could not be reached: the expression cancels to nothing")

    def _combined(self, instance: Instance, values: Sequence[Any]) -> NDArray[Any]:
        """Return the expression, from its traces."""
        found = instance.scalar(self._combination, dict(zip(self._stand_ins, values, strict=True)))
        return np.broadcast_to(found, instance.n_points)

    @staticmethod
    def _number(instance: Instance, value: Any) -> Any:
        """Return a float for real arguments, else what it is."""
        if np.iscomplexobj(value) and instance.real:
            return float(np.real(value))
        return complex(value) if np.iscomplexobj(value) else float(value)


def equivalent(expression: MatrixExpr | Expr) -> Equivalent:
    """Return the deterministic equivalent of a trace of a matrix expression, for large Gaussian matrices.

    Nothing is known about the expression but its letters: it is linearised to a pencil, whose inverse obeys
    G = (L0 − S[G])⁻¹ with S the covariance of the Gaussian entries. The equivalent is exact as all sizes grow in proportion,
    with a remainder of relative order 1/size.

    Parameters
    ----------
    expression : sympy.MatrixExpr or sympy.Expr
        A square matrix expression, whose trace is meant, or a scalar expression of `sympy.Trace(...)`s: made of `gaussian` and
        `diagonal` letters, `Identity`, scalar symbols, sums, products, transposes, inverses and integer powers. A product of
        traces has the product as its equivalent.

    Returns
    -------
    Equivalent
        With `.evaluate(...)`, `.trace`, `.equations`, `.matrices` and `.latex()`.

    Raises
    ------
    ValueError
        If the expression is not made of these, shapes do not match, an inverse has no deterministic part, or two letters share
        a name.

    Notes
    -----
    Linear pencils for random features: Adlam and Pennington, arXiv:2008.06786; the mechanisation in SymPy: auto-fpt.

    Examples
    --------
    >>> from sympy import Identity, symbols
    >>> P, D, z = symbols("P D z", positive=True)
    >>> X = gaussian("X", P, D, variance=1 / P)
    >>> resolvent = equivalent((X.T * X + z * Identity(D)).inv())
    >>> round(resolvent.evaluate(P=200, D=100, z=0.5), 6)
    82.842712
    """
    scalar = expression
    if isinstance(expression, MatrixExpr):
        if sympy.sympify(expression.rows) != expression.cols:
            raise BadArgument("expression", expression, "square", "a trace needs as many rows as columns")
        scalar = Trace(expression)
    if not isinstance(scalar, Expr) or not scalar.atoms(Trace):
        raise BadArgument(
            "expression", expression, "a square SymPy matrix expression or a scalar with Trace(...) in it",
            "multiply letters made by gaussian(...) and diagonal(...)",
        )
    stand_ins = {trace: sympy.Dummy() for trace in sorted(scalar.atoms(Trace), key=str)}
    if scalar.xreplace(stand_ins).atoms(MatrixSymbol):
        raise BadArgument("expression", expression, "scalar outside its traces", "put matrices inside Trace(...)")
    pencil = linearise([(read(trace.arg), trace.arg.rows) for trace in stand_ins])
    return Equivalent(scalar, closed(pencil), stand_ins)
