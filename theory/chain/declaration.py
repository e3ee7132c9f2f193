"""A model as it is declared: a stack of layers, and what follows from it by algebra alone."""

from __future__ import annotations

import itertools
from dataclasses import fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

from theory.chain.layers import Layer
from theory.chain.naming import slots
from theory.chain.nonlinear import NonlinearFeatures
from theory.errors import BadArgument
from theory.notation import DOF, KAPPA, RIDGE
from theory.results.declared import Declared
from theory.spectra.base import Spectrum, check_spectrum
from theory.terms import Terms

if TYPE_CHECKING:
    from sympy import Eq, Expr, Symbol

    from theory.chain.derivation import Derivation
    from theory.chain.s_transforms.transform import STransform
    from theory.chain.symbolic import Meaning

SHOWN = 60  # characters of a list in a layer's text


class Declaration(Declared):
    """A stack of random-matrix layers, listed from the data side inwards; `theory.Chain` is one with numbers.

    Parameters
    ----------
    *layers : Layer or NonlinearFeatures
        As `theory.Chain` takes them.
    """

    def __init__(self, *layers: Layer | NonlinearFeatures) -> None:
        self.layers = layers
        self.nonlinear = _nonlinear(layers)
        self.slots = slots(tuple(itertools.chain.from_iterable(map(_equivalents, layers))))

    @cached_property
    def fixed_point(self) -> Eq:
        """The equation λ = λ(κ), as SymPy, in κ, the sizes and the traces."""
        from theory.chain import symbolic

        return symbolic.fixed_point(self.slots)

    @cached_property
    def s_transform(self) -> STransform:
        """The S-transform of all layers together, the product of theirs: κ = λ S(d).

        Raises
        ------
        ValueError
            If there is noise between the layers, which adds to the ridge.
        """
        from theory.chain import symbolic

        return symbolic.s_transform(self.slots)

    @cached_property
    def fixed_point_s(self) -> Eq:
        """The same equation by the S-transform, κ = λ S(df₁(κ))."""
        from sympy import Eq

        from theory.spectra.psi import df1

        kappa = KAPPA.symbol
        return Eq(kappa, RIDGE.symbol * self.s_transform.expression.subs(DOF.symbol, df1(kappa)), evaluate=False)

    @cached_property
    def derivation(self) -> Derivation:
        """The derivation of all terms, as elements of a fraction field."""
        from theory.chain.derivation import Derivation

        return Derivation(self.slots)

    @property
    def formulas(self) -> Terms[Expr]:
        """Every term as SymPy, subtraction-free: "test", "train", "excess", "bias", and the variance components by source."""
        return self.derivation.formulas

    @cached_property
    def two_point(self) -> dict[str, Expr]:
        """C₁ ("train") and C₀ ("test"), the residuals' cross-correlations at two ridges; their diagonal is the risk."""
        from theory.chain import symbolic

        return symbolic.two_point(self.slots)

    @cached_property
    def first_corrections(self) -> dict[str, Expr]:
        """The first correction at finite sizes of "test", "train", "dof" and "objective", as SymPy in κ, sizes and traces.

        In c, 1 for real matrices and 0 for complex ones, and for rows of data alone in κ₄ of their entries.

        Raises
        ------
        ValueError
            Where it is not established, and for layers with columns or rows of a law.
        """
        from theory.chain import symbolic

        return symbolic.first_corrections(self.slots, self.nonlinear is not None)

    @cached_property
    def symbols(self) -> dict[Symbol, Meaning]:
        """What each symbol in the formulas means, and its definition in κ, the sizes and traces."""
        from theory.chain import symbolic

        used = set().union(*(formula.free_symbols for formula in self.formulas.values()))
        meanings = symbolic.meanings(self.slots)
        definitions = [meaning.definition for symbol, meaning in meanings.items() if symbol in used]
        used |= set().union(*(definition.free_symbols for definition in definitions if definition is not None))
        used |= self.fixed_point.free_symbols
        return {symbol: meaning for symbol, meaning in meanings.items() if symbol in used}

    def latex(self) -> str:
        """Return a page of LaTeX (an `align*` environment's worth of lines): fixed point, every term, the symbols."""
        from theory.chain.page import latex_page

        return latex_page(self.fixed_point, self.formulas, self.symbols)

    def _repr_latex_(self) -> str:
        return self.latex()

    @property
    def tied(self) -> dict[str, str]:
        """Variances that are no arguments because they follow from a size as 1/size, and that size."""
        return {} if self.nonlinear is None else {self.slots[1].keyword: self.slots[0].keyword}

    def bound(self, task: Spectrum, given: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments of the layers from those of `evaluate`; nonlinear features bind theirs to the population.

        Parameters
        ----------
        task : Spectrum
            The population.
        given : dict
            Keyword arguments as `evaluate` takes them.

        Raises
        ------
        ValueError
            If the task is no spectrum, or lacks what nonlinear features need.
        """
        check_spectrum(task)
        if self.nonlinear is None:
            return given
        width, variance, *_ = (slot.keyword for slot in self.slots)
        return self.nonlinear.bind(task, width, variance, given)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle the declaration: what is derived from it is derived again."""
        return type(self), self.layers

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Declaration) and self.layers == other.layers

    def __hash__(self) -> int:
        return hash(self.layers)

    def __repr__(self) -> str:
        return self._text

    @cached_property
    def _text(self) -> str:
        return f"{type(self).__name__}({', '.join(_show(layer) for layer in self.layers)})"


def _nonlinear(layers: tuple[Any, ...]) -> NonlinearFeatures | None:
    """Return the nonlinear features among the layers; they stand directly on the population, with rows of data outside."""
    found = [layer for layer in layers if isinstance(layer, NonlinearFeatures)]
    if not found:
        return None
    rows = [layer for layer in layers[:-1] if isinstance(layer, Layer) and layer.trains]
    if layers[-1] is not found[0] or len(rows) < len(layers) - 1:
        raise BadArgument("layers", layers, "nonlinear features directly on the population, outside them rows of data only",
                          "Gaussian equivalence is not established for other stacks: use linear layers there")  # fmt: skip
    return found[0]


def _equivalents(layer: Layer | NonlinearFeatures) -> tuple[Layer, ...]:
    return layer.layers if isinstance(layer, NonlinearFeatures) else (layer,)


def _show(layer: Layer | NonlinearFeatures) -> str:
    if isinstance(layer, NonlinearFeatures):
        name = [] if layer.name is None else [f"name={layer.name!r}"]
        return f"NonlinearFeatures({', '.join([repr(layer.activation), *name])})"
    given = {field.name: getattr(layer, field.name) for field in fields(layer) if getattr(layer, field.name) != field.default}
    name = given.pop("name", None)
    shown = [] if name is None else [repr(name)]
    return f"{type(layer).__name__}({', '.join([*shown, *(f'{key}={_short(value)}' for key, value in given.items())])})"


def _short(value: Any) -> str:
    """Return a value as text, a long one by its ends."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN // 2]}…{text[-SHOWN // 4 :]}"
