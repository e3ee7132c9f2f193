r"""The scaling law of one-pass SGD on a sketch: the exponents of its leading terms, in log P, log N, log γ, log σ² and log B.

Its κ is 1/t, the ridge that training time amounts to, until all features are learnt: κ ~ max(1/t, N^-α). No exponent is
typed: each is read off a leading term that `laws.geometric`, `laws.curve` or `laws.average` derives.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import replace

import sympy
from sympy import Expr, Symbol

from theory.arguments import ARGUMENTS, Argument, Domain
from theory.dynamics.sgd.laws import average, curve, geometric
from theory.dynamics.sgd.laws.common import ALPHA, EARLY, PHI, POTENTIAL
from theory.dynamics.sgd.laws.profile import Profile
from theory.dynamics.sgd.moments import STEP, coefficients
from theory.exponents.algebra.forms import Cone, Form
from theory.exponents.algebra.traces import Logarithm, definition_exponent, read
from theory.exponents.balance import Cell
from theory.exponents.law import Law
from theory.exponents.system import Direction, System, size, strength
from theory.frozen import Frozen
from theory.notation import BATCH, FALL, NOISE, SEEN, SPREAD, Letter, term_letter
from theory.terms import Terms

HALF = sympy.Rational(1, 2)
MISSED, FLOW, LEAK, KICK, START, SHARE, END = (
    term_letter(name).symbol for name in ("approximation", "flow", "leak", "kick", "start", "share", "end")
)
BIAS, VARIANCE = FLOW + LEAK + KICK + START, (NOISE.symbol + MISSED) * (SHARE + END)
EXCESS = MISSED + BIAS + VARIANCE
SAMPLES_OF_A_STEP = Argument(
    "batch", BATCH, "samples of a step", Domain(1, math.inf, "a number ≥ 1", infinite=True), "give a power ≥ 0", 1.0, (1.0, 9.0)
)


class SGDSystem(System):
    """One-pass SGD made ready for exponents: regimes are stages of training.

    Parameters
    ----------
    terms : mapping of str to sympy.Expr
        Its leading terms for 2r > 1: below, leak and kick have smaller exponents, and lead neither way.
    samples : Letter
        What is counted: all samples, or effective ones.
    batched : bool
        Whether the batch is an argument too.
    last : Expr, optional
        P, how the step ends as (1 − z)^p: where α = p + 1 the last steps' noise has a logarithm.
    """

    formulas = Terms({
        "test": NOISE.symbol + EXCESS, "excess": EXCESS, "approximation": MISSED, "bias": BIAS, "variance": VARIANCE,
    })  # fmt: skip
    symbols: tuple[Symbol, ...] = (MISSED, FLOW, LEAK, KICK, START, SHARE, END, NOISE.symbol)
    definitions = Frozen({MISSED: POTENTIAL})  # T(κ₀) of the population, d(κ₀) = N
    ties: Mapping[Symbol, Expr] = Frozen({})  # letters that are no arguments

    def __init__(self, terms: Mapping[str, Expr], samples: Letter, batched: bool, last: Expr | None = None) -> None:
        self.terms, self.last = terms, last
        batch = (Direction(SAMPLES_OF_A_STEP, 0.0, 10.0**6, "a power of Λ ≥ 0", 0.0, tunable=True),) if batched else ()
        self.arguments = (
            size(replace(ARGUMENTS["n_samples"], letter=samples)),
            size(ARGUMENTS["n_features"]),
            Direction(ARGUMENTS["step"], -10.0**6, 0.0, "a power of Λ ≤ 0", 0.0, tunable=True),
            strength(ARGUMENTS["noise"]),
            *batch,
        )

    @functools.cached_property
    def cells(self) -> list[Cell]:
        """Modes down to 1/t learnt; all features learnt; nothing learnt yet."""
        samples, width, step, _, *batch = (self.form(symbol) for symbol in self.variables)
        time, full = self.read(self.terms["time"]), self.read(self.terms["capacity"])
        always = (samples, width, -step, *(form for each in batch for form in (each, samples - each)))
        stages = ((-time, (time, -time - full)), (full, (time + full, time)), (-time, (-time,)))
        return [
            Cell(kappa, {}, Cone((*always, *where)), place < 2, (), {}) for place, (kappa, where) in enumerate(stages)
        ]

    def exponents(self, cell: Cell) -> dict[Symbol, Form | None]:
        """Return the exponent of every leading term; None for what has decayed exponentially, or has not begun."""
        found: dict[Symbol, Form | None] = dict.fromkeys(self.symbols)
        found |= {
            NOISE.symbol: self.form(NOISE.symbol),
            MISSED: self.ridge_of(MISSED, cell) * definition_exponent(POTENTIAL, True),
        }
        if cell is self.cells[-1]:
            found[FLOW] = self.nothing
        return found | {symbol: self.read(term) for symbol, term in self.leading(cell).items()}

    def leading(self, cell: Cell) -> dict[Symbol, Expr]:
        """Return the leading terms that are at work in a regime."""
        early, late, _ = self.cells
        if cell is early:
            names = {FLOW: "flow", LEAK: "leak", KICK: "kick", START: "start", SHARE: "early", END: "end"}
        elif cell is late:
            names = {FLOW: "remembered", START: "start", SHARE: "late", END: "end"}
        else:
            names = {SHARE: "begun"}
        return {symbol: self.terms[name] for symbol, name in names.items() if name in self.terms}

    def ridge_of(self, symbol: Symbol, cell: Cell) -> Form:
        """Return κ₀ ~ N^-α for the approximation, else κ."""
        return self.read(self.terms["capacity"]) if symbol == MISSED else cell.kappa

    def logarithms(self, symbol: Symbol, cell: Cell) -> tuple[Logarithm, ...]:
        """Return the powers of ln t in a term: how fast the step falls, and one where two poles of the variance meet."""
        found = [Logarithm(read(_degree(self.leading(cell).get(symbol, sympy.Integer(1)), FALL.symbol)))]
        met = meeting(self.last) if symbol == END else ()
        return (*(each for each in found if each.power), *met, *super().logarithms(symbol, cell))

    def read(self, term: Expr) -> Form:
        """Return a leading term's degrees in the arguments; those of a sum over phases are the first one's."""
        first = term.replace(sympy.Sum, lambda summand, limits: summand.subs(limits[0], limits[1]))
        faint = coefficients().faint  # Φ of small steps, over tr Σ
        bare = first.replace(PHI, lambda step: faint.subs(STEP, step)).replace(EARLY, lambda step: HALF)
        bare = bare.subs({SPREAD.symbol: HALF, FALL.symbol: HALF})  # of order one
        logarithm = _logarithm(bare.subs(self.ties))
        return Form(tuple(read(logarithm.coeff(sympy.log(symbol))) for symbol in self.variables))


def meeting(last: Expr | None) -> tuple[Logarithm, ...]:
    """Return the logarithm where the two poles of the noise of the last steps meet, α = p + 1, for a step (1 − z)^p."""
    if last is None or not last.is_Rational:
        return ()
    return (Logarithm(read(sympy.Integer(1)), read(ALPHA - last - 1)),)


def _logarithm(term: Expr) -> Expr:
    return sympy.expand(sympy.expand_log(sympy.log(term), force=True))


def _degree(term: Expr, symbol: Symbol) -> Expr:
    """Return the power of a letter in a monomial."""
    return _logarithm(term).coeff(sympy.log(symbol)) if term.has(symbol) else sympy.Integer(0)


@functools.cache
def geometric_law() -> Law:
    """Return the law of one-pass SGD whose step falls by a constant factor at a time, by powers of T in all."""
    return Law(SGDSystem(geometric.leading_terms(saturated=True), SEEN, False))


@functools.cache
def curve_law(profile: Profile, batched: bool) -> Law:
    """Return the law of one-pass SGD under a schedule that is the same for any number of steps."""
    terms = curve.leading_terms(profile, saturated=True)
    return Law(SGDSystem(terms, ARGUMENTS["n_samples"].letter, batched, profile.end.power))


@functools.cache
def average_law(tail: bool, batched: bool) -> Law:
    """Return the law of the mean of iterates at a constant step."""
    return Law(SGDSystem(average.leading_terms(tail, saturated=True), ARGUMENTS["n_samples"].letter, batched))
