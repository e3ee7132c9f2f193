"""What a page needs to compute a chain's risk: the fixed point as monomials, the traces as a table over ln κ.

    u_j = Σ monomials in κ, d, sizes and what is inside,    t_j = 1 − u_j,    λ = κ ∏ t_j …

are the sums that `theory.exponents.balance` reads off the layers. λ grows with κ, so bisection solves it; the smallest
complement is then taken from the last equation, not from a difference. The formulas are the law's own programme.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Symbol

from theory.chain.arguments import TRACES
from theory.exponents.balance import Monomial
from theory.exponents.chain_system import ChainSystem
from theory.exponents.system import System
from theory.notation import DOF, ENSEMBLE, KAPPA, NOISE, RIDGE
from theory.solve.lower import lower_traces
from theory.spectra.power_law import PowerLaw

LARGEST_SIZE, LARGEST_STRENGTH, SMALLEST_STRENGTH = 1e6, 1e3, 1e-12  # the range of the table
STEP = 1 / 12  # of ln κ: splines are then right to 1e-7
UNIT = 1e-10  # of the logarithms in the table
STEEPEST = 6  # the capacity up to which the table is short


def numbers(system: System, capacity: Fraction, source: Fraction) -> dict[str, Any] | str:
    """Return the object, or why a law has none."""
    if not isinstance(system, ChainSystem):
        return (
            "a page carries the numbers of chains; those along training time or of SGD are given by `scaletheory flow` and "
            "`scaletheory sgd`, and by `evaluate` in Python"
        )
    if system.tied:
        return "the constants of nonlinear features depend on φ: see Chain.evaluate"
    if any(slot.stiffness for slot in system.slots):
        return "columns and rows with a law of their own have a spectrum beside the population's: see Chain.evaluate"
    if capacity > STEEPEST:
        return f"the table of sums is for capacities up to {STEEPEST}: see Chain.evaluate"
    return _Numbers(system, PowerLaw(capacity, source)).data(capacity, source)


class _Numbers:
    def __init__(self, system: ChainSystem, task: PowerLaw) -> None:
        self.system, self.task = system, task
        pairs = [letter.symbol for slot in system.slots for letter in (slot.pair.part, slot.pair.complement)]
        self.letters: list[Symbol] = [KAPPA.symbol, DOF.symbol, *system.variables, *pairs]

    def data(self, capacity: Fraction, source: Fraction) -> dict[str, Any]:
        balance, first = self.system.balance, 2 + len(self.system.variables)
        return {
            "capacity": str(capacity), "source": str(source),
            "ranges": [self._range(symbol) for symbol in self.system.variables],
            "layers": [
                {"part": [self._monomial(term) for term in terms], "u": first + 2 * j, "t": first + 2 * j + 1}
                for j, terms in enumerate(balance.fractions)
            ],
            "ridge": self._monomial(balance.ridge),
            "symbols": [self._symbol(symbol) for symbol in self.system.symbols],
            "table": self._table(),
        }  # fmt: skip

    def _monomial(self, monomial: Monomial) -> list[list[int]]:
        return [[self.letters.index(symbol), int(power)] for symbol, power in monomial.items()]

    def _range(self, symbol: Symbol) -> dict[str, float]:
        if next(each for each in self.system.arguments if each.letter.symbol == symbol).is_size:
            return {"low": 1.0, "high": LARGEST_SIZE}
        return {"low": SMALLEST_STRENGTH if symbol == RIDGE.symbol else 0.0, "high": LARGEST_STRENGTH}

    def _symbol(self, symbol: Symbol) -> Any:
        """Return where the value of a formula's symbol is: a trace, a letter, a constant, or a share n/n_in or 1 − n/n_in."""
        traces = [trace.symbol for trace in TRACES]
        if symbol in traces:
            return {"trace": 1 + traces.index(symbol)}
        if symbol == ENSEMBLE.symbol:
            return {"value": 1}
        if symbol == NOISE.symbol and symbol not in self.letters:
            return {"value": 0}
        if symbol in self.letters:
            return {"letter": self.letters.index(symbol)}
        sizes = [slot for slot in self.system.slots if slot.is_size]
        for inner, slot in zip([None, *sizes], sizes, strict=False):
            if slot.ratio is None or symbol not in (slot.ratio.part.symbol, slot.ratio.complement.symbol):
                continue
            within = None if inner is None else self.letters.index(inner.letter.symbol)
            return {"share": self.letters.index(slot.letter.symbol), "of": within,
                    "rest": symbol == slot.ratio.complement.symbol}  # fmt: skip
        raise ArithmeticError(f"no value for {symbol}")

    def _table(self) -> dict[str, Any]:
        """Return ln d and the logarithms of the traces at equal steps of ln κ, as second differences of whole numbers."""
        orders, traces = lower_traces("numpy")
        alpha = float(self.task.capacity)
        full = math.pi / alpha / math.sin(math.pi / alpha)  # d ~ full κ^(-1/α)
        low = alpha * math.log(full / (4 * LARGEST_SIZE))
        high = math.log(1e3 * LARGEST_STRENGTH * (1 + float(self.task.total_variance)))
        places = low + STEP * np.arange(math.ceil((high - low) / STEP) + 1)
        kappa = np.exp(places)
        moments = self.task.moments(kappa, (*orders, (1, 0, 0)))
        columns = [moments[-1], *traces(*moments[:-1])]
        return {"from": float(low), "step": STEP, "unit": UNIT, "columns": [_differences(np.log(c)) for c in columns]}


def _differences(values: NDArray[np.float64]) -> list[int]:
    whole = np.rint(values / UNIT).astype(np.int64)
    return [int(x) for x in np.diff(whole, 2, prepend=[0, 0])]
