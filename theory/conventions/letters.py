"""One paper's letters and ours, both ways: the exponents, and expressions rewritten from ours into theirs."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import sympy
from sympy import Dummy, Expr, Max, Min, Mul, Rational, Symbol

from theory.errors import BadArgument
from theory.exact import exact
from theory.frozen import Frozen
from theory.notation import CAPACITY, SOURCE, size_letter

_NUMBER = "a finite real number (int, float, Fraction, SymPy number) or a SymPy expression"
OUR_SIZES = Frozen({"n_samples": "P", "n_features": "N", "n_dims": "D"})
_ROUNDING = 1e-12  # a float source this close (relative) to the one a paper implies is that one, rounded


def symbol_of(letter: str) -> Symbol:
    """Return a paper's letter as a positive symbol."""
    return size_letter(letter, "").symbol


def _exact(argument: str, value: Any) -> Expr:
    """Return a number exactly, floats as their shortest decimal says (1.1 is 11/10), and an expression as it is."""
    if isinstance(value, Expr):
        written = value.xreplace({number: Rational(str(number)) for number in value.atoms(sympy.Float)})
        if written.is_real is not False and not written.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
            return written
    elif isinstance(number := exact(value), Fraction):
        return Rational(number.numerator, number.denominator)
    raise BadArgument(argument, value, _NUMBER, "pass for example 1.5, Fraction(3, 2) or sympy.Symbol('a', positive=True)")


def _above(argument: str, value: Expr, bound: int, remedy: str) -> Expr:
    """Return `value`, refusing one that is known to be at `bound` or below it."""
    if (value - bound).is_positive is False:
        raise BadArgument(argument, value, f"above {bound}", remedy)
    return value


def _tidy(expression: Expr) -> Expr:
    """Return `expression` simplified, with positive factors taken into Min and Max: a·Min(1, (b−1)/a) is Min(a, b−1)."""
    masks = {node: Dummy(real=True) for node in expression.atoms(Min, Max, sympy.log, sympy.Piecewise)}
    nodes = {mask: node for node, mask in masks.items()}

    def spread(product: Mul) -> Expr:
        number, factors = product.as_coeff_mul()
        chosen = [factor for factor in factors if isinstance(nodes.get(factor), (Min, Max))]
        if len(chosen) != 1:
            return product
        taken = [part for part in factors if part.is_positive and not part.has(Min, Max, *nodes)]
        rest = [part for part in factors if part not in (*taken, *chosen)]
        node = nodes[chosen[0]]
        return Mul(sympy.sign(number), *rest, node.func(*(_tidy(Mul(abs(number), *taken, part)) for part in node.args)))

    def renewed(part: Any) -> Any:
        return _tidy(part) if isinstance(part, Expr) else part.func(_tidy(part.args[0]), part.args[1])  # a Piecewise's branch

    plain = sympy.simplify(expression.xreplace(masks))
    plain = (sympy.factor(plain) if plain.is_rational_function() else plain).replace(lambda part: part.is_Mul, spread)
    left = plain.free_symbols & nodes.keys()
    return plain.xreplace({mask: nodes[mask].func(*map(renewed, nodes[mask].args)) for mask in left})


@dataclass(frozen=True)
class Convention:
    """One paper's letters. Symbols are positive; expressions are in the paper's letters.

    Letters may be given as text with spaces between them and expressions as text in them: `Convention("doe2025", "Doe,
    arXiv:2501.00001", "a b", "a", "(b - 1)/(2*a)", {"n_samples": "N", "n_features": "M"})`; `register` makes it known.

    Attributes
    ----------
    key, reference, note : str
        Its name here; its authors and arXiv number; what to beware of.
    letters : tuple of str
        Its exponents; none if the paper has no power law.
    capacity, source : sympy.Expr or None
        Our α and r; `source` is None if the paper has no target, and both are if it has no exponents.
    sizes : Mapping of str to str
        What it calls each size, by our keyword. A size that it has not, or takes to be infinite, is absent.
    defaults : Mapping of str to sympy.Expr
        Letters that may be left out, and what they then are.
    """

    key: str
    reference: str
    letters: tuple[str, ...]
    capacity: Expr | None
    source: Expr | None
    sizes: Mapping[str, str] = field(hash=False)
    note: str = ""
    defaults: Mapping[str, Expr] = field(default_factory=lambda: Frozen({}), hash=False)

    def __post_init__(self) -> None:
        letters = self.letters.split() if isinstance(self.letters, str) else self.letters
        known = {letter: symbol_of(letter) for letter in letters}

        def read(value: Any) -> Any:
            return (sympy.sympify(value, locals=known) if value else None) if isinstance(value, str) else value

        made = {"letters": tuple(letters), "capacity": read(self.capacity), "source": read(self.source),
                "sizes": Frozen(self.sizes), "defaults": Frozen({name: read(each) for name, each in self.defaults.items()})}
        for name, value in made.items():
            object.__setattr__(self, name, value)

    def ours(self, **letters: Any) -> dict[str, Expr]:
        """Return our "capacity" and, if the paper has a target, "source" from the paper's letters.

        Numbers are taken exactly and come back exact, decimal floats as they are written (1.1 is 11/10); symbols give
        expressions. A paper without exponents gives an empty dictionary.

        Parameters
        ----------
        **letters : number or sympy.Expr
            The paper's exponents, by its own names.

        Raises
        ------
        ValueError
            For an unknown or missing letter, a value that is not real, capacity ≤ 1 or source ≤ 0.
        """
        for name in sorted(letters.keys() - set(self.letters)):
            raise BadArgument(
                name, letters[name], f"a letter of {self.key}: {', '.join(self.letters) or 'none'}", f"leave {name} out"
            )
        given = {symbol_of(letter): _exact(letter, value) for letter, value in letters.items()}
        for letter in sorted(set(self.letters) - letters.keys()):
            if letter not in self.defaults:
                raise BadArgument(letter, None, _NUMBER, f"add {letter}=, an exponent of {self.key}")
            given[symbol_of(letter)] = self.defaults[letter].xreplace(given)
        values, made = ", ".join(f"{letter} = {value}" for letter, value in given.items()), {}
        for name, expression, bound in (("capacity", self.capacity, 1), ("source", self.source, 0)):
            if expression is not None:
                remedy = f"it is {expression} in the letters of {self.key}: change {values}"
                made[name] = _above(name, _tidy(expression.xreplace(given)), bound, remedy)
        return made

    def theirs(self, capacity: Any, source: Any = None) -> dict[str, Expr]:
        """Return the paper's letters from our exponents: the exact inverse of `ours`.

        `source` may be left out where the paper has none, where its capacity implies it, or where a letter has a default
        (the isotropic prior of lin2024). A float that is an implied source but for rounding (1e-12) is accepted.

        Parameters
        ----------
        capacity : number or sympy.Expr
            α > 1.
        source : number or sympy.Expr, optional
            r > 0.

        Raises
        ------
        ValueError
            For a value that is not real, capacity ≤ 1, source ≤ 0, a missing source, and what the paper cannot express.
        """
        if self.capacity is None:
            raise BadArgument("capacity", capacity, f"left out for {self.key}", "the paper has no exponents, only sizes")
        alpha = _above("capacity", _exact("capacity", capacity), 1, "only a summable spectrum has a translation")
        inverse, tied = self.inverse
        implied = None if tied is None else tied.xreplace({CAPACITY.symbol: alpha})
        if source is None and implied is None and self.source is not None:
            raise BadArgument("source", source, _NUMBER, f"add source=: in {self.key} the capacity does not imply it")
        if source is not None and self.source is None:
            raise BadArgument("source", source, f"None for {self.key}", "the paper has no target: leave source out")
        r = implied if source is None else _above("source", _exact("source", source), 0, "a target's variance is finite")
        gap = sympy.Integer(0) if implied is None or self.defaults else sympy.simplify(r / implied - 1)
        rounded = isinstance(source, (float, sympy.Float)) and gap.is_number and abs(gap) < _ROUNDING
        if tied is not None and gap != 0 and not rounded:
            relation = tied.xreplace({CAPACITY.symbol: symbol_of("capacity")})
            raise BadArgument(
                "source", source, f"{relation} = {implied}, the only source that {self.key} can express",
                "leave source out, or choose a paper with two exponents",
            )
        values = {CAPACITY.symbol: alpha, SOURCE.symbol: r}
        return {letter: _tidy(expression.xreplace(values)) for letter, expression in inverse.items()}

    def keyword(self, letter: str) -> str:
        """Return our keyword for a size of the paper.

        Parameters
        ----------
        letter : str
            The size as the paper writes it, such as N or M.

        Raises
        ------
        ValueError
            If the paper has no such size; it lists those that it has.
        """
        for keyword, name in self.sizes.items():
            if name == letter:
                return keyword
        raise BadArgument(
            "letter", letter, f"a size of {self.key}: {', '.join(self.sizes.values())}", "check the paper's sizes"
        )

    def rewrite(self, expression: Any) -> Expr:
        """Return an expression in our α, r, P, N, D (and N_1, N_2, …) in the paper's letters, simplified.

        Other symbols (κ, λ, σ², …) stay as they are.

        Parameters
        ----------
        expression : sympy.Expr or number
            Such as the terms of a `Law`.

        Raises
        ------
        ValueError
            If `expression` is no SymPy expression or number, holds a letter for which the paper has none, or holds another
            symbol that could be mistaken for a letter which the rewriting brings in or takes away.
        """
        if isinstance(expression, bool) or not isinstance(expression, (Expr, numbers.Real)):
            raise BadArgument("expression", expression, "a SymPy expression", "use the symbols of theory.notation")
        whole = sympy.sympify(expression)
        table = {CAPACITY.symbol: self.capacity, SOURCE.symbol: self.source}
        for keyword, letter in OUR_SIZES.items():
            words = self.sizes[keyword].split("*") if keyword in self.sizes else []
            for name in {letter} | {symbol.name for symbol in whole.free_symbols if symbol.name.startswith(f"{letter}_")}:
                table[symbol_of(name)] = Mul(*(symbol_of(word + name[len(letter):]) for word in words)) if words else None
        moved = {old: new for old, new in table.items() if old != new}
        names = {symbol.name for symbol in moved.keys() | sympy.Tuple(*filter(None, moved.values())).free_symbols}
        for symbol in sorted(whole.free_symbols, key=str):
            if symbol in table and table[symbol] is None:
                raise BadArgument(
                    "expression", expression, f"free of {symbol}, for which {self.key} has no letter",
                    f"substitute a value for {symbol} first",
                )
            if symbol not in table and names & set(symbol.name.split("_")):
                raise BadArgument(
                    "expression", expression, f"free of symbols to be mistaken for those of {self.key}, as {symbol} is",
                    f"substitute another symbol for {symbol} first (α, r, P, N, D are those of theory.notation)",
                )
        return _tidy(whole.xreplace({old: new for old, new in moved.items() if new is not None}))

    @cached_property
    def inverse(self) -> tuple[dict[str, Expr], Expr | None]:
        """The letters in our α and r, and r in α where it has no letter of its own, or one that may be left out."""
        mine = {Dummy(): CAPACITY.symbol, Dummy(): SOURCE.symbol}

        def solved(letters: list[str]) -> dict[str, Expr]:
            plain = {symbol_of(letter): Dummy() for letter in letters}
            rows = zip(filter(None, (self.capacity, self.source)), mine, letters, strict=False)
            (solution,) = sympy.solve([row.xreplace(plain) - our for row, our, _ in rows], list(plain.values()), dict=True)
            return {letter: _tidy(solution[plain[symbol_of(letter)]].xreplace(mine)) for letter in letters}

        free = [letter for letter in self.letters if letter not in self.defaults]
        if self.source is None or len(free) > 1:
            return solved(list(self.letters)), None
        tied = self.source.xreplace({symbol_of(letter): value for letter, value in self.defaults.items()})
        found = {symbol_of(name): value for name, value in solved(free).items()}
        return solved(list(self.letters)), _tidy(tied.xreplace(found))
