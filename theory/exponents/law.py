"""A scaling law: the exponents of every term of a model's risk, for symbolic capacity, source, sizes, ridge, noise.

Derived, not listed: the subtraction-free formulas that give numbers are evaluated in the max-plus semiring, at the
dominant balances of its fixed point (arXiv:2405.00592, sections 3-5 and its appendix on scaling, for ridge and
random features; the rest follows from the layers).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Symbol

from theory.arguments import ARGUMENTS
from theory.conventions import Convention, as_convention
from theory.errors import BadArgument
from theory.exponents.algebra.rays import KAPPA_KEYS, Numbers, Ray
from theory.exponents.algebra.tropical import Tropical
from theory.exponents.balance import Cell
from theory.exponents.chain_system import ChainSystem
from theory.exponents.directions import check_exponents, check_known, check_number, check_numbers, check_power, check_ray
from theory.exponents.leading import Asymptote, asymptote
from theory.exponents.optima.allocation import Optima, Optimum, numeric_optimum, read_programme
from theory.exponents.optima.symbolic_allocation import symbolic_optima
from theory.exponents.page.write import law_data, page
from theory.exponents.regimes import Piece, Regime, Void, pieces, regimes, voids
from theory.exponents.summary import Summary
from theory.exponents.system import System
from theory.results import frames
from theory.results.inputs import Inputs
from theory.results.store import Remade
from theory.spectra.base import Spectrum
from theory.terms import Key, Terms


class Law(Remade):
    """The exponents of a model's risk over an infinite power law, symbolic in capacity α and source r.

    `law["bias"]` is ln(bias), up to a constant, as SymPy in the logarithms of sizes, ridge and noise, for κ < 1: a maximum
    of linear forms, or a `Piecewise` of them where no single one holds in all regimes. Whatever `print(law)` puts before a ~
    is a key: law["κ"], law["V[samples × features]"]; `law["samples", "features"]` is the same.

    Parameters
    ----------
    system : System
        What the model is: see `Chain.exponents` and `OnePassSGD.exponents`.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self.at = functools.lru_cache(maxsize=64)(self._numbers)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle the model only: the law is derived again."""
        return type(self), (self.system,), {"made_by": self.made_by}

    @functools.cached_property
    def by_cell(self) -> list[tuple[Cell, Terms[Tropical]]]:
        """Every regime of the fixed point, with every term in it."""
        system, found = self.system, []
        for cell in system.cells:
            nothing = [system.nothing]
            values = system.exponents(cell).values()
            terms = system.function(*(Tropical(cell.cone, [] if form is None else [form], nothing) for form in values))
            found.append((cell, Terms(dict(zip(system.keys, terms, strict=True)))))
        return found

    @functools.cached_property
    def summary(self) -> Summary:
        """The law in one expression a term, for κ < 1."""
        return Summary(self.system, [(cell, terms) for cell, terms in self.by_cell if cell.small])

    def __getitem__(self, key: Key) -> Expr:
        return self.kappa if isinstance(key, str) and key in KAPPA_KEYS else self.summary.terms[key]

    @property
    def terms(self) -> Terms[Expr]:
        """All terms, as `law[key]`."""
        return self.summary.terms

    @property
    def kappa(self) -> Expr:
        """Return ln κ, as `law[key]`."""
        return self.summary.kappa

    @property
    def inputs(self) -> dict[str, Symbol]:
        """The symbol of every argument by keyword; `law[key]` is in their logarithms."""
        return dict(zip(self.system.keywords, self.system.variables, strict=True))

    def to_frame(self) -> Any:
        """Return a `pandas.DataFrame`: a row for each term in each regime of the fixed point (κ < 1), and how it goes there.

        Raises
        ------
        ValueError
            If pandas is not installed.
        """
        return frames.frame(self._columns, {}, {})

    def to_dataset(self) -> Any:
        """Return the same as a `xarray.Dataset`, along "point".

        Raises
        ------
        ValueError
            If xarray is not installed.
        """
        columns = self._columns
        return frames.dataset(Inputs(columns["term"].shape, {}), columns, {}, {})

    @property
    def _columns(self) -> dict[str, NDArray[Any]]:
        return {name: np.array(column) for name, column in self.summary.rows().items()}

    def __repr__(self) -> str:
        of = "" if self.made_by is None else f" of {self.made_by[0]!r}"
        return f"{type(self).__name__}{of} in {', '.join(self.inputs)}"

    def __str__(self) -> str:
        return self.summary.text()

    def text(self, convention: str | Convention | None = None) -> str:
        """Return the law as lines of text, as `print(law)` does, or in the letters of a paper.

        Parameters
        ----------
        convention : str or Convention, optional
            The paper: a key of `theory.conventions.CONVENTIONS`, such as "lin2024".

        Raises
        ------
        ValueError
            For a paper that is not known, or has no letter for one of the sizes.
        """
        return self.summary.text(None if convention is None else as_convention(convention))

    def latex(self) -> str:
        """Return an `array` of LaTeX: every term in every regime of the fixed point."""
        return self.summary.latex()

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def _checked(self, capacity: Any, source: Any) -> tuple[Fraction, Fraction]:
        return check_numbers(capacity, source, self.system.capacity)

    def data(
        self, *, capacity: Any = None, source: Any = None, convention: str | Convention | None = None,
        title: str = "A scaling law", **powers: Any,
    ) -> dict[str, Any]:
        """Return the law as plain numbers and words, for any other language: the schema `scaletheory/law/1`.

        Parameters
        ----------
        capacity, source : number, optional
            α and r at which a page begins, and of the task whose sums a chain's numbers need; 3/2 and 2/5 if left out.
        convention : str or Convention, optional
            A paper in whose letters exponents, sizes and the law in symbols are written: a key of
            `theory.conventions.CONVENTIONS`.
        title : str
            What it is called.
        **powers : number
            Powers of Λ at which a page begins, as `along`.

        Returns
        -------
        dict
            Made for `json.dumps`; `theory.exponents.page.data` says what is in it. Every exponent follows exactly, logarithms
            included; of a chain every risk, to a millionth.

        Raises
        ------
        ValueError
            For a capacity or source out of its range, an unknown argument or a power out of its range, an unknown paper and one
            without letters for the law.
        """
        if not isinstance(title, str):
            raise BadArgument("title", title, "text", 'give for example "Random features"')
        alpha = None if capacity is None else check_number(self.system.capacity, capacity)
        r = None if source is None else check_number(ARGUMENTS["source"], source)
        paper = None if convention is None else as_convention(convention)
        check_known(self.system, powers)
        given = [each for each in self.system.arguments if each.keyword in powers]
        start = {each.keyword: check_power(self.system, each, powers) for each in given}
        return law_data(self.system, alpha, r, paper, start, title, self.summary.text(paper))

    def html(self, **options: Any) -> str:
        """Return one self-contained page: sliders for every argument, exact exponents, a phase diagram, numbers of a chain.

        It loads and sends nothing: `pathlib.Path("law.html").write_text(law.html(), encoding="utf-8")`.

        Parameters
        ----------
        **options
            As `data`.

        Raises
        ------
        ValueError
            As `data`.
        """
        return page(self.data(**options))

    def _numbers(self, capacity: Fraction, source: Fraction) -> Numbers:
        return Numbers(self.system, capacity, source)

    def along(self, *, capacity: Any, source: Any, ridge: Any = -math.inf, noise: Any = -math.inf, **sizes: Any) -> Ray:
        """Return the exponents of Λ on the ray where every argument is Λ to the power given.

        Parameters
        ----------
        capacity, source : number
            α > 1 (or as the model declares it: `conditions` of its text), r > 0. Floats are read as written: 1.1 is 11/10.
        ridge, noise : number
            Power of Λ; -inf (the default): zero.
        **sizes : number
            Power ≥ 0 of every size (inf: infinite); of a feature noise any power, zero (-inf) if left out.

        Returns
        -------
        Ray
            Exact fractions, or floats if a float was given.

        Raises
        ------
        ValueError
            For a missing or unknown argument, capacity ≤ 1, source ≤ 0, a power out of its range, and directions that
            contradict each other.
        """
        numbers = self.at(*self._checked(capacity, source))
        given = {"ridge": ridge, "noise": noise, **sizes}
        point = check_ray(self.system, given)
        self.system.admit(numbers.at, point)
        return numbers.along(point).as_given({"capacity": capacity, "source": source, **given})

    def on_grid(self, *, capacity: Any, source: Any, **directions: Any) -> tuple[Terms[Any], Any]:
        """Return the exponents of every term on a grid of finite powers of Λ, as arrays, and the index of the regime.

        Parameters
        ----------
        capacity, source : number
            α > 1 and r > 0.
        **directions : array-like
            One for each argument, finite; they broadcast.

        Returns
        -------
        tuple
            Terms of arrays; an array of int, the index in `by_cell`.

        Raises
        ------
        ValueError
            As `along`.
        """
        numbers = self.at(*self._checked(capacity, source))
        arrays = check_exponents(self.system, directions)
        self.system.admit(numbers.at, arrays)
        values, which = numbers.on_grid(arrays)
        return Terms(dict(zip(self.system.keys, values, strict=True))), which

    def pieces(self, key: Key) -> tuple[Piece, ...]:
        """Return the cones on which a term is one monomial, for symbolic capacity and source.

        Parameters
        ----------
        key : str or tuple of str
            A risk, bias, or the sources of a variance.
        """
        return tuple(piece for cell, terms in self.by_cell for piece in pieces(cell, terms[key]))

    def voids(self, key: Key) -> tuple[Void, ...]:
        """Return the cones on which a term falls faster than any power, for symbolic capacity and source.

        Parameters
        ----------
        key : str or tuple of str
            Which term.

        Returns
        -------
        tuple of Void
            With the forms that bound each cone.
        """
        return tuple(voids(key, [(cell, terms[key]) for cell, terms in self.by_cell]))

    def regimes(self, capacity: Any, source: Any, of: Key = "excess") -> tuple[Regime, ...]:
        """Return the regimes of a term, by default the excess risk: cones with one dominant monomial each.

        Where a term falls faster than any power (the bias of SGD once all features are learnt) it has none.

        Parameters
        ----------
        capacity, source : number
            α > 1 and r > 0.
        of : str or tuple of str
            Which term.

        Raises
        ------
        ValueError
            For capacity ≤ 1, source ≤ 0, an unknown term.
        """
        return regimes(self.system, self.at(*self._checked(capacity, source)), self.pieces(self._known(of)), of)

    def compute_optimal(
        self, cost: Mapping[str, Any], *, capacity: Any = None, source: Any = None, of: Key = "excess", **fixed: Any
    ) -> Optimum | Optima:
        """Return the exponents of the best sizes (and ridge) at a given cost C → ∞: each ~ C^value, the risk too.

        Parameters
        ----------
        cost : mapping
            A monomial, by argument the power: {"n_samples": 1, "n_features": 1} is C = P N. Training time acts as an inverse
            ridge: {"n_features": 1, "ridge": -1} is C = N t (as long as source < 1).
        capacity, source : number, optional
            Left out: symbolic, a list of optima with their conditions.
        of : str or tuple of str
            The term to minimise.
        **fixed : number
            Arguments that are not free, as powers of C: noise=0 is constant noise (default -inf: none), ridge=-inf the
            ridgeless limit, n_samples=inf infinite data.

        Returns
        -------
        Optimum
            Exponents, a `sympy.Interval` where the optimum is a face; and the power of ln C beside the risk.
        Optima
            If capacity and source are symbolic.

        Raises
        ------
        ValueError
            For costs that are not monomials in the arguments, sizes that cost nothing and are not fixed, cost exponents
            ≤ 0 for a size, and terms that the budget lets fall faster than any power, which have no best exponent.
        """
        if (capacity is None) != (source is None):
            name = "capacity" if capacity is None else "source"
            raise BadArgument(name, None, "given with the other, or both left out", f"add {name}=...")
        programme, shown = read_programme(self.system, of, self.pieces(self._known(of)), self.voids(of), self.at, cost, fixed)
        if capacity is None:
            return symbolic_optima(programme, shown)
        given = (capacity, source, *cost.values(), *fixed.values())
        as_float = any(isinstance(value, float) and math.isfinite(value) for value in given)
        return numeric_optimum(programme, shown, capacity, source, as_float)

    def _known(self, of: Key) -> Key:
        if of not in Terms(dict.fromkeys(self.system.keys)):
            raise BadArgument("of", of, f"one of {', '.join(map(repr, self.system.keys))}", "name a term")
        return of


class ChainLaw(Law):
    """The law of a chain, which has amplitudes too.

    Parameters
    ----------
    system : ChainSystem
        The chain's variables, terms and cells of the fixed point.
    """

    system: ChainSystem

    def asymptote(self, task: Spectrum, *, ridge: float = 0.0, noise: float = 0.0, **sizes: float) -> Asymptote:
        """Return the leading monomial of κ and of every term, with its amplitude in closed form, in the regime of the point.

        Parameters
        ----------
        task : PowerLaw
            Infinite.
        ridge, noise, **sizes : float
            As `Chain.evaluate`, scalars. They choose the regime, as if they were far apart.

        Raises
        ------
        ValueError
            For a task that is no infinite power law; for nonlinear features, whose constants depend on φ; on the border of two
            regimes (P = N, …), where both leading terms count.
        """
        if self.system.tied:
            raise BadArgument("tied", self.system.tied, "empty for amplitudes", "take the linear chain with its feature_noise")
        return asymptote(self.system, self.at, task, {"ridge": ridge, "noise": noise, **sizes})
