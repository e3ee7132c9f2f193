"""An S-transform on paper: an expression in d times the factors n/(d χ) of laws; products, letters, LaTeX.

Free matrices multiply their S-transforms, so that equal laws collect their powers. `STransform` adds numbers.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any, Self

import sympy
from sympy import Expr

from theory.chain.s_transforms.evaluation import needed
from theory.chain.s_transforms.expressions import size_of
from theory.chain.s_transforms.readings import Factor, Parts
from theory.errors import BadArgument
from theory.notation import DOF, VOICULESCU, law_ridge

d_ = DOF.symbol


class Written:
    """A product of a closed expression and of factors of laws; immutable, compared and hashed by value.

    Parameters
    ----------
    closed : sympy.Expr
        The part that is an expression in d and letters.
    factors : iterable of (Factor, int)
        The χ of laws, each with its power.
    """

    __slots__ = ("_closed", "_factors")
    _closed: Expr
    _factors: tuple[tuple[Factor, int], ...]

    def __init__(self, closed: Expr, factors: Iterable[tuple[Factor, int]] = ()) -> None:
        """Combine like factors; users make S-transforms by `theory.s_transform`."""
        powers: dict[Factor, int] = {}
        for factor, power in factors:
            powers[factor] = powers.get(factor, 0) + power
        kept = sorted(((factor, power) for factor, power in powers.items() if power), key=repr)
        object.__setattr__(self, "_closed", closed)
        object.__setattr__(self, "_factors", tuple(kept))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: cannot set {name}; make a new one")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._closed, self._factors)

    @property
    def _key(self) -> tuple[Any, ...]:
        return _canonical(self._closed), frozenset(self._factors)

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, Written) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        laws = [f"{chi.func} of {factor.law!r}" for (factor, _), chi in zip(self._factors, self._ridges, strict=True)]
        return f"{type(self).__name__}({', '.join([str(self.expression), *laws])})"

    # products

    def __mul__(self, other: Self) -> Self:
        if not isinstance(other, Written):
            return NotImplemented
        return type(self)(self._closed * other._closed, (*self._factors, *other._factors))

    def __truediv__(self, other: Self) -> Self:
        return self * other**-1 if isinstance(other, Written) else NotImplemented

    def __pow__(self, exponent: int) -> Self:
        if isinstance(exponent, bool) or not isinstance(exponent, int):
            raise BadArgument("exponent", exponent, "an integer", "it counts free copies of the matrix")
        return type(self)(self._closed**exponent, [(factor, power * exponent) for factor, power in self._factors])

    def of_multiple(self, scale: Any) -> Self:
        """Return the S-transform S/c of the matrix times c > 0.

        Parameters
        ----------
        scale : number or str
            c > 0, or its name.

        Raises
        ------
        BadArgument
            If it is neither.
        """
        return type(self)(self._closed / size_of("scale", scale), self._factors)

    def normalised(self) -> Self:
        """Return the S-transform of the matrix scaled to normalised trace 1: S(0) = 1.

        Raises
        ------
        BadArgument
            If S(0) is not positive and finite.
        """
        start = self._closed.subs(d_, 0)
        if start.is_zero or not start.is_finite:
            raise BadArgument("S", self, "positive and finite at d = 0", "it belongs to no matrix")
        return type(self)(self._closed / start, [(Factor(f.law, f.size, scaled=True), power) for f, power in self._factors])

    # on paper

    @property
    def is_closed(self) -> bool:
        """Whether it is an expression in d and letters."""
        return not self._factors

    @property
    def letters(self) -> tuple[str, ...]:
        """The names of the sizes and parameters whose values its numbers need."""
        return tuple(sorted(symbol.name for symbol in needed(self.parts)))

    @property
    def parts(self) -> Parts:
        """The closed expression and the factors n/(d χ) with their powers, for evaluators."""
        return self._closed, self._factors

    @property
    def _ridges(self) -> list[Expr]:
        several = len(self._factors) > 1
        return [law_ridge(index if several else None) for index in range(1, len(self._factors) + 1)]

    @property
    def expression(self) -> Expr:
        """S as SymPy in d and the letters; the χ(d) of a law is an undefined function."""
        expression = self._closed
        for (factor, power), chi in zip(self._factors, self._ridges, strict=True):
            expression *= ((1 if factor.size is sympy.oo else factor.size) / (d_ * chi)) ** power
        return expression

    def voiculescu(self, dimension: str | float = "D") -> Expr:
        """Return S as a function of Voiculescu's variable w = −d/D (`theory.notation.VOICULESCU`), as SymPy.

        Source: Voiculescu, J. Operator Theory 18 (1987) 223, where S(w) = (1+w)/w · ψ⁻¹(w), ψ(z) = Σ τ(A^k) z^k.

        Parameters
        ----------
        dimension : str or number
            D, of the matrix: a letter or its value.
        """
        return self.expression.subs(d_, -VOICULESCU.symbol * size_of("dimension", dimension))

    def latex(self) -> str:
        """Return S(d), and what defines the χ of its laws, as display mathematics."""
        lines = [f"S(d) = {sympy.latex(self.expression)}"]
        for place, ((factor, _), chi) in enumerate(zip(self._factors, self._ridges, strict=True), start=1):
            matrix = "C" if len(self._factors) == 1 else f"C_{{{place}}}"
            size = "1" if factor.size is sympy.oo else sympy.latex(factor.size)
            said = [factor.law.definition, *([factor.law.scaling] if factor.scaled else [])]
            lines += [line.format(chi=sympy.latex(chi), matrix=matrix, size=size) for line in said]
        return "$$" + r",\quad ".join(lines) + "$$"

    def _repr_latex_(self) -> str:
        return self.latex()


@functools.lru_cache(maxsize=256)
def _canonical(closed: Expr) -> Expr:
    """Return one form of all that are equal as rational functions."""
    return sympy.cancel(sympy.together(closed))
