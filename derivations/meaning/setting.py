"""A setting: what a derivation is about. Its quantities, how points are drawn, how sums become numbers, what can be simulated.

A derivation holds equations and words; everything else that it needs belongs here. `Setting` alone serves derivations in
free letters: `Setting(a=(1, 4), b="positive")`. Others subclass it: see `derivations.settings`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache, singledispatch
from typing import Any

import numpy as np
import sympy
from sympy import Expr, Symbol

from derivations.language.grammar import FUNCTIONS, canonical
from derivations.meaning.points import DOMAINS, Domain, draw, middle, number
from derivations.meaning.quantities import Case, Experiment, Observable, Point, Quantity
from theory.errors import BadArgument


class Setting:
    """Free letters, each with a domain.

    Parameters
    ----------
    **letters
        By name the domain: "positive", "real", "nonnegative", "integer", or an interval (low, high); or a pair
        (SymPy symbol, domain), to speak of symbols of the package.

    Raises
    ------
    ValueError
        For a domain that is none of these.
    """

    order = 2  # the remainder of a simulation falls like size^-order
    variable: Symbol | None = None  # what derivatives are taken along
    primed: Symbol | None = None  # the same at a second point
    exponents: tuple[str, ...] = ()  # letters whose numbers a population is made of

    def __init__(self, **letters: Any) -> None:
        self.quantities: dict[str, Quantity] = {
            "π": Quantity(sympy.pi, "", r"\pi"), "∞": Quantity(sympy.oo, "", r"\infty"),
        }  # fmt: skip
        self.domains: dict[Symbol, Domain] = {}
        self._samples: dict[Any, Any] = {}
        for name, domain in letters.items():
            symbol, bounds = domain if isinstance(domain, tuple) and isinstance(domain[0], Symbol) else (None, domain)
            self.letter(name, bounds, symbol=symbol)

    def letter(self, name: str, domain: Domain, meaning: str = "", symbol: Symbol | None = None, latex: str = "") -> Symbol:
        """Return the symbol of a new letter.

        Parameters
        ----------
        name : str
            As it is written in claims.
        domain : str or (low, high)
            "positive", "real", "nonnegative", "integer", or an interval.
        meaning : str
            One line of words.
        symbol : sympy.Symbol, optional
            A symbol of the package to stand for; a new one is made if left out.
        latex : str
            How it is typeset; by default as its name.

        Raises
        ------
        ValueError
            For another domain.
        """
        if isinstance(domain, str) and domain not in DOMAINS:
            raise BadArgument(name, domain, f"one of {', '.join(DOMAINS)} or an interval (low, high)", "give its domain")
        if isinstance(domain, tuple) and not (len(domain) == 2 and -np.inf < domain[0] < domain[1] < np.inf):
            raise BadArgument(name, domain, "an interval (low, high) with low < high", "give two finite ends, or a word")
        assumptions = DOMAINS[domain] if isinstance(domain, str) else {"positive": True} if domain[0] >= 0 else {"real": True}
        made = Symbol(canonical(name), **assumptions) if symbol is None else symbol
        self.domains[made] = domain
        self.quantities[canonical(name)] = Quantity(made, meaning, latex)
        return made

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is measured and made anew: it holds functions that cannot be pickled."""
        made = {name for kind in type(self).__mro__ for name, value in vars(kind).items() if isinstance(value, cached_property)}
        return {name: value for name, value in vars(self).items() if name not in made} | {"_samples": {}}

    @property
    def functions(self) -> frozenset[str]:
        """Names that are applied to arguments."""
        return FUNCTIONS | {name for name, quantity in self.quantities.items() if callable(quantity.value)}

    @property
    def letters(self) -> dict[str, str]:
        """LaTeX by name, where it is not what the name suggests."""
        return {name: quantity.latex for name, quantity in self.quantities.items() if quantity.latex}

    @property
    def observables(self) -> Mapping[str, Observable]:
        """What can be simulated, by name."""
        return {}

    @property
    def title(self) -> str:
        """One line that says what this is."""
        return ""

    def unfold(self, value: Any) -> Any:
        """Return a value of the package in this setting's own symbols.

        Parameters
        ----------
        value : Any
            A formula of the package.
        """
        return value

    def normal(self, expression: Expr) -> Expr:
        """Return an expression in independent functions, so that it vanishes iff it is zero as a rational function of them.

        Parameters
        ----------
        expression : sympy.Expr
            In the setting's symbols.
        """
        return expression

    def at_primed(self, expression: Expr) -> Expr:
        """Return an expression at the second point.

        Parameters
        ----------
        expression : sympy.Expr
            In the setting's symbols.

        Raises
        ------
        ValueError
            In a setting with one point.
        """
        if self.variable is None or self.primed is None:
            raise BadArgument("prime", expression, "in a setting with two points", "take another setting, or another name")
        return expression.xreplace({self.variable: self.primed})

    def total(self, index: str, body: Expr) -> Expr:
        """Return the sum over modes of an expression in mode letters.

        Parameters
        ----------
        index : str
            The name of the mode's index.
        body : sympy.Expr
            What is summed, in mode letters.

        Raises
        ------
        ValueError
            In a setting without modes.
        """
        raise BadArgument("Σ", body, "in a setting with modes", "take another setting, such as a th.Chain")

    def mode(self, name: str) -> Expr | None:
        """Return the symbol of a mode letter inside a sum, if `name` is one.

        Parameters
        ----------
        name : str
            As it is written in claims.
        """
        return None

    def point(self, index: int, case: Case | None = None, scope: Any = None, at: Iterator[str] | None = None) -> Point:
        """Return the `index`-th random point, always the same.

        Parameters
        ----------
        index : int
            Which point: it seeds the draw.
        case : mapping
            Values of letters by name; the others are drawn from their domains.
        scope : Scope
            What names mean in the derivation.
        at : iterator of str
            The place of letter after letter, `points.places(index)`; all in the middle when left out.

        Raises
        ------
        ValueError
            If the case names a letter that the setting does not have.
        """
        rng, values, place = random.Random(f"point {index}"), {}, at or middle()
        given = {canonical(name): value for name, value in (case or {}).items()}
        for name, quantity in self.quantities.items():
            if isinstance(quantity.value, Symbol) and quantity.value in self.domains:
                drawn = draw(rng, self.domains[quantity.value], next(place))
                values[quantity.value] = number(given.pop(name)) if name in given else drawn
        if given:
            raise BadArgument("case", case, f"of letters {', '.join(self.quantities)}", f"take out {', '.join(given)}")
        return Point(values)

    def special(self, expression: Expr, point: Point) -> dict[Expr, Any]:
        """Return numbers for the functions in an expression that mpmath does not know.

        Parameters
        ----------
        expression : sympy.Expr
            In the setting's symbols.
        point : Point
            Values of letters.
        """
        return {}

    def evaluate(self, expression: Expr, point: Point) -> Any:
        """Return the number that an expression is at a point, to the ambient mpmath precision.

        Parameters
        ----------
        expression : sympy.Expr
            In the setting's symbols.
        point : Point
            Values of letters.

        Raises
        ------
        ValueError
            If a letter of it has no value there.
        ZeroDivisionError
            If the expression has none.
        """
        if expression.has(sympy.zoo, sympy.nan):
            raise ZeroDivisionError(f"{expression} has no value")
        special = self.special(expression, point)
        symbols = sorted(expression.free_symbols, key=str)
        missing = [symbol for symbol in symbols if symbol not in point.values]
        inside = set().union(*(atom.free_symbols for atom in special)) if special else set()
        if any(symbol not in inside for symbol in missing):
            raise BadArgument("letter", missing[0], "one that has a value at this point", "declare its domain: D.letter(...)")
        known = [symbol for symbol in symbols if symbol in point.values]
        function = _compiled(expression, tuple(known), tuple(special))
        try:
            return function(*(point.values[symbol] for symbol in known), *special.values())
        except TypeError as error:
            if "ordering" not in str(error):
                raise
            raise ZeroDivisionError(f"{expression} has no value: complex numbers have no order") from None

    def experiment(self, size: int, case: Case, scope: Any) -> Experiment:
        """Return a random system of a size.

        Parameters
        ----------
        size : int
            Of the system, the others in proportion.
        case : mapping
            Values of letters by name; the others are drawn from their domains.
        scope : Scope
            What names mean in the derivation.

        Raises
        ------
        ValueError
            In a setting that cannot be simulated.
        """
        raise BadArgument("simulate", size, "in a setting that can be simulated", "take another setting")

    def turned_over(self, case: Case) -> Case | None:
        """Return the case with its proportions turned over, P/D for D/P; None where there are none.

        Parameters
        ----------
        case : mapping
            As `experiment` takes it.
        """
        return None

    def located(self, at: Case, scope: Any) -> Point:
        """Return the point at which a published value was taken: in free letters, their values.

        Parameters
        ----------
        at : mapping
            Values by name.
        scope : Scope
            What names mean in the derivation.

        Raises
        ------
        ValueError
            As `point`.
        """
        return self.point(0, at, scope)

    def samples(self, name: str, size: int, case: Case, experiment: Experiment, seed: int, count: int) -> Any:
        """Return `count` measurements of an observable; what was drawn before is kept.

        Parameters
        ----------
        name : str
            Of the observable.
        size : int
            Of the system.
        case : mapping
            Values of letters by name; the others are drawn from their domains.
        experiment : Experiment
            The system.
        seed : int
            Of all draws.
        count : int
            How many.

        Returns
        -------
        ndarray of shape (count,)
            The first of a sequence that depends on name, size, case and seed alone.
        """
        key = name, size, tuple(sorted(case.items())), seed
        found = self._samples.get(key, np.empty(0))
        if len(found) < count:
            more = self.observables[name].sample(experiment.arguments, count - len(found), seed, len(found))
            found = self._samples[key] = np.concatenate([found, np.asarray(more, dtype=np.float64)])
        return found[:count]

    def curve(self, name: str, case: Case, ray: Case, scale: float) -> float:
        """Return ln of a quantity of the package at sizes scale^power, power by the ray: what slopes are taken of.

        Parameters
        ----------
        name : str
            Of the quantity in the package.
        case : mapping
            Capacity and source, or a paper's letters.
        ray : mapping
            By letter, the power of `scale` that it is.
        scale : float
            What grows.

        Raises
        ------
        ValueError
            In a setting without scaling laws.
        """
        raise BadArgument("slope", name, "in a setting with scaling laws", "take derivations.settings.PowerLaws")


@singledispatch
def as_setting(about: Any) -> Setting:
    """Return what a derivation is about as a setting; a kind of setting registers what it is made of, as chains do."""
    raise BadArgument("setting", about, "a th.Chain or a Setting", "see derivations.settings")


@as_setting.register
def _(about: Setting) -> Setting:
    return about


@lru_cache(maxsize=4096)
def _compiled(expression: Expr, known: Sequence[Symbol], special: Sequence[Expr]) -> Callable[..., Any]:
    """Return an expression as a function of its letters and of the special functions in it; nan where no case of it holds."""
    expression = expression.replace(sympy.Piecewise, lambda *cases: sympy.Piecewise(*cases, (sympy.nan, True)))
    masks = {atom: sympy.Dummy() for atom in special}
    letters = {letter: sympy.Dummy() for letter in known}  # one may bear a function's name: gamma
    plain = expression.xreplace(masks).xreplace(letters)
    return sympy.lambdify([*letters.values(), *masks.values()], plain, "mpmath", cse=True)
