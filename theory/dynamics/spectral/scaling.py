"""The scaling law of gradient flow: that of the chain at the ridge 1/t, with the two changes that contours make.

A term along time is a double sum over ridges s, s′ ~ 1/t of the chain's term there, and a monomial with a non-negative integer
power of s, or of s′, is analytic: its contour can be closed, and it leaves nothing.

1.  The bias κκ′Σcλgg′ is analytic where the sum converges by itself, but for what the layers make of s: κ = s/(1 − w), w the
    largest of the occupied fractions and noise shares. So it is κ^{2r}, whatever the source, and w² times the static bias.
2.  Where κ no longer depends on s, a complement ~ s (of the size that is full) leaves nothing: it is zero, as at ridge zero.
    Half a power, where two sizes are equal, stays.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from sympy import Symbol

from theory import notation
from theory.arguments import ARGUMENTS
from theory.chain.derivation import Derivation
from theory.dynamics.spectral.asymptote import asymptote
from theory.errors import BadArgument
from theory.exponents.algebra.forms import Cone, Form
from theory.exponents.algebra.traces import FIELD, definition_exponent, unsaturated
from theory.exponents.balance import Cell
from theory.exponents.chain_system import ChainSystem
from theory.exponents.law import Law
from theory.exponents.leading import Asymptote
from theory.exponents.optima.allocation import Optima, Optimum
from theory.exponents.system import TOTALS, Direction, System
from theory.notation import BIAS, NOISE, RIDGE
from theory.spectra.base import Spectrum
from theory.terms import Key, Terms

DECAYED = notation.DECAYED.symbol


class FlowSystem(System):
    """Gradient flow on a chain, made ready for exponents.

    Parameters
    ----------
    derivation : Derivation
        The chain's formulas.
    chain : ChainSystem
        The same chain at a ridge.
    """

    def __init__(self, derivation: Derivation, chain: ChainSystem) -> None:
        self._declared = derivation, chain
        self.chain, self.definitions = chain, chain.definitions
        self._place = chain.variables.index(RIDGE.symbol)
        arguments = list(chain.arguments)
        arguments[self._place] = Direction(ARGUMENTS["time"], -math.inf, math.inf, "a power of Λ, or inf", None, tunable=True)
        self.arguments = tuple(arguments)
        self.formulas = self._formulas(derivation)
        self.symbols = (*chain.symbols, DECAYED)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle the declaration only."""
        return type(self), self._declared

    @staticmethod
    def _formulas(derivation: Derivation) -> Terms[Any]:
        """Return the chain's components with the bias along time, and what they add up to."""
        parts = {key: value for key, value in derivation.formulas.items() if key not in TOTALS}
        taken = sum(derivation.odds.positive(fraction) for fraction in derivation.fractions)
        parts["bias"] = parts["bias"].xreplace({BIAS.symbol: DECAYED + taken**2 * BIAS.symbol})
        excess = sum(parts.values())
        test = excess + NOISE.symbol
        return Terms({"test": test, "train": test * derivation.odds.positive(1 / derivation.gain), "excess": excess, **parts})

    @cached_property
    def _pairs(self) -> list[tuple[Cell, Cell]]:
        return [(self._in_time(cell), cell) for cell in self.chain.cells]

    @cached_property
    def cells(self) -> list[Cell]:
        """Every regime of the fixed point, in time."""
        return [cell for cell, _ in self._pairs]

    def _flipped(self, form: Form) -> Form:
        """Return a form in ln t for one in ln λ."""
        return Form(tuple(-c if place == self._place else c for place, c in enumerate(form.coefficients)))

    def _in_time(self, cell: Cell) -> Cell:
        unknowns = {symbol: self._flipped(form) for symbol, form in cell.unknowns.items()}
        cone = Cone([self._flipped(form) for form in cell.cone.constraints])
        beyond = tuple(self._flipped(form) for form in cell.beyond)
        return Cell(self._flipped(cell.kappa), unknowns, cone, cell.small, cell.tight, cell.scales, cell.logarithms, beyond)

    def exponents(self, cell: Cell) -> dict[Symbol, Form | None]:
        """Return the exponent of every symbol in the formulas; None for what is zero, or leaves nothing."""
        static = next(other for own, other in self._pairs if own is cell)
        found: dict[Symbol, Form | None] = {}
        frozen = not static.kappa.coefficients[self._place]
        for symbol, form in self.chain.exponents(static).items():
            analytic = frozen and form is not None and form.coefficients[self._place] == FIELD.one
            found[symbol] = None if form is None or analytic else self._flipped(form)
        found[DECAYED] = cell.kappa * unsaturated(definition_exponent(self.definitions[BIAS.symbol], cell.small))
        return found

    def ordered(self, given: Mapping[str, Any], found: Mapping[str, Any]) -> list[Any]:
        """Return directions in order, refusing those that contradict each other."""
        self.chain.check(found, absent=-math.inf)
        return super().ordered(given, found)


class FlowLaw(Law):
    """The law of gradient flow on a chain, in log t and the logarithms of sizes and noise.

    Parameters
    ----------
    system : FlowSystem
        The chain along time.
    evaluate : callable
        The terms, and "kappa", by `GradientFlow.evaluate`'s arguments: amplitudes are evaluated.
    """

    system: FlowSystem

    def __init__(self, system: FlowSystem, evaluate: Callable[..., Mapping[Any, Any]]) -> None:
        super().__init__(system)
        self._evaluate = evaluate

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle the model only: the law is derived again."""
        return type(self), (self.system, self._evaluate), {"made_by": self.made_by}

    def asymptote(self, task: Spectrum, *, time: float, noise: float = 0.0, **sizes: float) -> Asymptote:
        """Return the leading monomial of κ(1/t) and of every term, with its amplitude, in the regime of the point.

        Parameters
        ----------
        task : PowerLaw
            Infinite, of scale 1.
        time, noise, **sizes : float
            As `GradientFlow.evaluate`, scalars, time positive and finite. They choose the regime, as if they were far apart.

        Raises
        ------
        ValueError
            For other tasks and arguments, nonlinear features, and on the border of two regimes (P = N, …).
        """
        if self.system.chain.tied:
            raise BadArgument("tied", self.system.chain.tied, "empty for amplitudes", "take the linear chain")
        if not isinstance(time, numbers.Real) or not 0 < time < math.inf:
            remedy = "the end of training is the chain's own law at ridge 0"
            raise BadArgument("time", time, "a positive finite number for amplitudes", remedy)
        return asymptote(self, self._evaluate, task, {"time": time, "noise": noise, **sizes})

    def compute_optimal(
        self, cost: Mapping[str, Any], *, capacity: Any = None, source: Any = None, of: Key = "excess", **fixed: Any
    ) -> Optimum | Optima:
        """Return the exponents of the best sizes and training time at a given cost; a size that costs nothing is infinite.

        Parameters
        ----------
        cost : mapping
            By argument the power: {"n_features": 1, "time": 1} is C = N t. Without "time" the best stopping time is found.
        capacity, source, of, **fixed
            As `Law.compute_optimal`; `time=inf` trains to the end.

        Raises
        ------
        ValueError
            As `Law.compute_optimal`.
        """
        free = {argument.keyword: math.inf for argument in self.system.arguments if argument.is_size}
        spent = cost if isinstance(cost, Mapping) else {}
        endless = {keyword: value for keyword, value in free.items() if keyword not in spent}
        return super().compute_optimal(cost, capacity=capacity, source=source, of=of, **{**endless, **fixed})
