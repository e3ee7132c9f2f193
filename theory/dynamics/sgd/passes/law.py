r"""The scaling law of several passes over P rows: that of gradient flow at the same sum of steps, and what sampling adds.

The mean is descent, and small steps are flow: bias and variances are those of the chain along time t. Until all rows are
fitted, t ≪ P^α, the kernel is the population and its residuals are label noise, so that sampling adds what it adds in one pass
of n steps of γ = t/n: the variance's leading terms of `theory.dynamics.sgd.laws.curve`, read in t and n. Beyond, the residuals
are gone.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import sympy
from sympy import Expr, Symbol

from theory.arguments import ARGUMENTS
from theory.dynamics.sgd.laws import curve
from theory.dynamics.sgd.laws.common import EARLY, PHI
from theory.dynamics.sgd.laws.profile import Profile
from theory.dynamics.sgd.laws.system import END, KICK, SHARE, meeting
from theory.dynamics.sgd.moments import BATCH, STEP, coefficients
from theory.dynamics.spectral.flow import GradientFlow
from theory.dynamics.spectral.scaling import FlowSystem
from theory.exponents.algebra.forms import Cone, Form
from theory.exponents.algebra.traces import FIELD, Logarithm, read
from theory.exponents.balance import Cell
from theory.exponents.law import Law
from theory.exponents.optima.allocation import Optima, Optimum
from theory.exponents.system import System, size
from theory.models import linear_ridge
from theory.notation import NOISE, SPREAD
from theory.terms import Key, Terms

HALF = sympy.Rational(1, 2)
TIME, STEPS = ARGUMENTS["time"].letter.symbol, ARGUMENTS["n_steps"].letter.symbol
SAMPLED = NOISE.symbol * (SHARE + END) + KICK


class PassesSystem(System):
    """Several passes made ready for exponents.

    Parameters
    ----------
    flow : FlowSystem
        Gradient flow of linear regression.
    profile : Profile
        Of the schedule.
    """

    def __init__(self, flow: FlowSystem, profile: Profile) -> None:
        self.flow, self.profile = flow, profile
        self.definitions = flow.definitions
        place = flow.keywords.index("time") + 1
        self.arguments = (*flow.arguments[:place], size(ARGUMENTS["n_steps"]), *flow.arguments[place:])
        self._place = place
        self.symbols = (*flow.symbols, SHARE, END, KICK)
        made = {key: value + SAMPLED if key in ("test", "train", "excess") else value for key, value in flow.formulas.items()}
        self.formulas = Terms({**made, "fluctuation": SAMPLED})

    def _extended(self, form: Form) -> Form:
        """Return a form in the arguments of flow as one in these."""
        return Form((*form.coefficients[: self._place], FIELD.zero, *form.coefficients[self._place :]))

    @cached_property
    def _pairs(self) -> list[tuple[Cell, Cell]]:
        return [(self._with_steps(cell), cell) for cell in self.flow.cells]

    def _with_steps(self, cell: Cell) -> Cell:
        unknowns = {symbol: self._extended(form) for symbol, form in cell.unknowns.items()}
        cone = Cone([*map(self._extended, cell.cone.constraints), self._small_steps])
        beyond = tuple(map(self._extended, cell.beyond))
        return Cell(self._extended(cell.kappa), unknowns, cone, cell.small, cell.tight, cell.scales, cell.logarithms, beyond)

    def domain(self) -> tuple[tuple[Form, str, str, str], ...]:
        """Return what must be ≥ 0 for any regime to hold: steps of t/n that are stable."""
        return ((self._small_steps, "time", "at most the power of n_steps", "lower it: a step is time/n_steps"),)

    @property
    def _small_steps(self) -> Form:
        return self.form(STEPS) - self.form(TIME)

    @cached_property
    def cells(self) -> list[Cell]:
        """Those of flow, for steps that are stable."""
        return [cell for cell, _ in self._pairs]

    def exponents(self, cell: Cell) -> dict[Symbol, Form | None]:
        """Return the exponent of every symbol in the formulas; None for what is zero, or leaves nothing."""
        flow = next(other for own, other in self._pairs if own is cell)
        found: dict[Symbol, Form | None] = dict.fromkeys(self.symbols)
        for symbol, form in self.flow.exponents(flow).items():
            found[symbol] = None if form is None else self._extended(form)
        return found | {symbol: self.read(term) for symbol, term in self._sampled(cell).items()}

    def _sampled(self, cell: Cell) -> Mapping[Symbol, Expr]:
        """Return the leading terms of what sampling adds in a regime."""
        terms = curve.leading_terms(self.profile, saturated=True)
        if cell.small and not cell.tight:
            names = {SHARE: "early", END: "end", KICK: "kick"}
        else:
            names = {} if cell.small else {SHARE: "begun"}
        return {symbol: terms[name] for symbol, name in names.items()}

    def read(self, term: Expr) -> Form:
        """Return a leading term's degrees in the arguments, at n steps of t/n."""
        faint = coefficients().faint
        bare = term.replace(PHI, lambda step: faint.subs(STEP, step)).replace(EARLY, lambda step: HALF)
        bare = bare.subs({SPREAD.symbol: HALF, curve.SAMPLES: STEPS, BATCH: sympy.Integer(1)}).subs(STEP, TIME / STEPS)
        logarithm = sympy.expand(sympy.expand_log(sympy.log(bare), force=True))
        return Form(tuple(read(logarithm.coeff(sympy.log(symbol))) for symbol in self.variables))

    def logarithms(self, symbol: Symbol, cell: Cell) -> tuple[Logarithm, ...]:
        """Return the powers of ln t: one where the two poles of the last steps' noise meet, α = p + 1."""
        return (*(meeting(self.profile.end.power) if symbol == END else ()), *super().logarithms(symbol, cell))


class PassesLaw(Law):
    """The law of several passes of SGD, in log P, log t, log n and log σ².

    Parameters
    ----------
    system : PassesSystem
        What runs.
    """

    def compute_optimal(
        self, cost: Mapping[str, Any], *, capacity: Any = None, source: Any = None, of: Key = "excess", **fixed: Any
    ) -> Optimum | Optima:
        """Return the exponents of the best rows, steps and training time at a given cost; what costs nothing is infinite.

        Parameters
        ----------
        cost : mapping
            By argument the power: {"n_samples": 1} is data alone, {"n_steps": 1} steps of fresh rows.
        capacity, source, of, **fixed
            As `Law.compute_optimal`.

        Raises
        ------
        ValueError
            As `Law.compute_optimal`.
        """
        spent = cost if isinstance(cost, Mapping) else {}
        endless = {each.keyword: math.inf for each in self.system.arguments if each.is_size and each.keyword not in spent}
        return super().compute_optimal(cost, capacity=capacity, source=source, of=of, **{**endless, **fixed})


@functools.lru_cache(maxsize=16)
def law(profile: Profile) -> PassesLaw:
    """Return the law of linear regression by several passes under a schedule that is the same for any number of steps."""
    flow = GradientFlow(linear_ridge()).exponents().system
    return PassesLaw(PassesSystem(flow, profile))
