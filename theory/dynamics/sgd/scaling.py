r"""The scaling law of one-pass SGD on a sketch: the exponents of its leading terms, in log P_eff, log N, log γ and log σ².

Its κ is 1/(γP_eff), the ridge that training time amounts to, until all features are learnt: κ ~ max(1/(γP_eff), N^-α). No
exponent is typed: each is read off a leading term that `leading` derives.
"""

from __future__ import annotations

import functools
from dataclasses import replace

import sympy
from sympy import Expr, Symbol

from theory.arguments import ARGUMENTS
from theory.chain.terms import Terms
from theory.dynamics.sgd.leading import EARLY, PHI, POTENTIAL, leading_terms
from theory.exponents.algebra.forms import Cone, Form
from theory.exponents.algebra.traces import definition_exponent, read
from theory.exponents.balance import Cell
from theory.exponents.law import Law
from theory.exponents.system import Direction, System, size, strength
from theory.frozen import Frozen
from theory.notation import NOISE, SEEN, term_letter

HALF = sympy.Rational(1, 2)
MISSED, FLOW, LEAK, KICK, SHARE = (
    term_letter(name).symbol for name in ("approximation", "flow", "leak", "kick", "share")
)
BIAS, VARIANCE = FLOW + LEAK + KICK, (NOISE.symbol + MISSED) * SHARE
EXCESS = MISSED + BIAS + VARIANCE


class SGDSystem(System):
    """One-pass SGD with geometric decay, made ready for exponents: regimes are stages of training."""

    arguments = (
        size(replace(ARGUMENTS["n_samples"], letter=SEEN)),
        size(ARGUMENTS["n_features"]),
        Direction(ARGUMENTS["step"], -10.0**6, 0.0, "a power of Λ ≤ 0", 0.0, tunable=True),
        strength(ARGUMENTS["noise"]),
    )
    formulas = Terms({
        "test": NOISE.symbol + EXCESS, "excess": EXCESS, "approximation": MISSED, "bias": BIAS, "variance": VARIANCE,
    })  # fmt: skip
    symbols = (MISSED, FLOW, LEAK, KICK, SHARE, NOISE.symbol)
    definitions = Frozen({MISSED: POTENTIAL})  # T(κ₀) of the population, d(κ₀) = N

    @functools.cached_property
    def cells(self) -> list[Cell]:
        """Modes down to 1/(γP_eff) learnt; all features learnt; nothing learnt yet."""
        samples, width, step, _ = (self.form(symbol) for symbol in self.variables)
        time, full = self.read(leading_terms()["time"]), self.read(leading_terms()["capacity"])
        always = (samples, width, -step)
        stages = ((-time, (time, -time - full)), (full, (time + full, time)), (-time, (-time,)))
        return [
            Cell(kappa, {}, Cone((*always, *where)), place < 2, (), {}) for place, (kappa, where) in enumerate(stages)
        ]

    def exponents(self, cell: Cell) -> dict[Symbol, Form | None]:
        """Return the exponent of every leading term; None for what has decayed exponentially, or has not begun."""
        early, late, _ = self.cells
        terms = leading_terms(saturated=True)  # below 2r = 1 leak and kick have smaller exponents, and lead neither way
        found: dict[Symbol, Form | None] = {
            NOISE.symbol: self.form(NOISE.symbol),
            MISSED: self.ridge_of(MISSED, cell) * definition_exponent(POTENTIAL, True),
            FLOW: None, LEAK: None, KICK: None,
        }  # fmt: skip
        if cell is early:
            found |= {FLOW: self.read(terms["flow"]), LEAK: self.read(terms["leak"]), KICK: self.read(terms["kick"])}
            found[SHARE] = self.read(terms["early"])
        elif cell is late:
            found[SHARE] = self.read(terms["late"])
        else:
            found |= {FLOW: self.nothing, SHARE: self.read(terms["begun"])}
        return {symbol: found[symbol] for symbol in self.symbols}

    def ridge_of(self, symbol: Symbol, cell: Cell) -> Form:
        """Return κ₀ ~ N^-α for the approximation, else κ."""
        return self.read(leading_terms()["capacity"]) if symbol == MISSED else cell.kappa

    def read(self, term: Expr) -> Form:
        """Return a leading term's degrees in the arguments; those of a sum over phases are the first one's."""
        first = term.replace(sympy.Sum, lambda summand, limits: summand.subs(limits[0], limits[1]))
        bare = first.replace(PHI, lambda step: HALF).replace(EARLY, lambda step: HALF)  # of order one
        logarithm = sympy.expand(sympy.expand_log(sympy.log(bare), force=True))
        return Form(tuple(read(logarithm.coeff(sympy.log(symbol))) for symbol in self.variables))


@functools.cache
def scaling_law() -> Law:
    """Return the law of one-pass SGD with geometric decay."""
    return Law(SGDSystem())
