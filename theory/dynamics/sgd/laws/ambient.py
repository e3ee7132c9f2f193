r"""The scaling law of one-pass SGD for capacity α < 1: the population has D modes, and D is an argument of its own.

A sum over modes of a law that is a power above and below one mode K is the largest of what it has at three places,

    Σ_k w(k) ~ w(1) + K w(K) + D w(D).

For α > 1 the last place never counts. For α < 1 it does: Σ λ_k ~ D^{1−α}, so that d(κ) ~ D^{1−α}/κ, a sketch of N < D columns
has κ₀ ~ D^{1−α}/N, and all but a few of its eigenvalues are near κ₀; those above are the population's. Steps are stable up to
γ ~ B D^{α−1}. Sums over the sketch have the same places: the first mode, those that are being learnt (h ~ 1/t, the Mellin
transforms of `laws.curve`), and the N last. Where two places are equal, at α = 1/2 and α = 1, there is a logarithm.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy
from sympy import Expr, Symbol
from sympy.polys.domains import QQ

from theory.arguments import ARGUMENTS, SIZE, Argument, Domain
from theory.dynamics.sgd.laws import average, curve, geometric
from theory.dynamics.sgd.laws.common import ALPHA, DOF, FEATURES, LEARNT, POTENTIAL, R, Weight
from theory.dynamics.sgd.laws.profile import Profile
from theory.dynamics.sgd.laws.system import END, FLOW, KICK, LEAK, MISSED, SHARE, START, SGDSystem
from theory.dynamics.sgd.moments import BATCH, STEP, coefficients
from theory.exponents.algebra.forms import Cone, Form
from theory.exponents.algebra.traces import ALPHA as CAPACITY
from theory.exponents.algebra.traces import FIELD, SHALLOW, TWICE, Logarithm, definition_exponent, read
from theory.exponents.balance import Cell
from theory.exponents.law import Law
from theory.exponents.system import Direction
from theory.notation import DIMS, FALL, KAPPA, MODE, NOISE, SEEN, Letter, term_letter
from theory.spectra.psi import Psi, df2
from theory.terms import Terms

LEAK_LAST, KICK_LAST, SHARE_LAST = (term_letter(f"{name}_last").symbol for name in ("leak", "kick", "share"))
BIAS = FLOW + LEAK + LEAK_LAST + KICK + KICK_LAST + START
VARIANCE = (NOISE.symbol + MISSED) * (SHARE + SHARE_LAST + END)
EXCESS = MISSED + BIAS + VARIANCE
SPLIT = Fraction(1, 2)  # of capacities: where Σ λ_k² starts to grow with D
MODES = Direction(
    SIZE.called("n_dims", DIMS, "modes of the population"), 0.0, 10.0**6, "a finite power of Λ ≥ 0, with which Σ λ_k grows"
)
EIGENVALUE, SIGNAL = MODE.symbol**-ALPHA, MODE.symbol ** -(1 + 2 * ALPHA * R)  # λ and cλ by the number of a mode
TOTAL = DIMS.symbol * EIGENVALUE.subs(MODE.symbol, DIMS.symbol)  # Σ λ_k, up to a constant


def places(trace: Psi) -> tuple[Expr, Expr, Expr]:
    """Return what a trace Ψ(p,q,m;κ) over D modes has at the first mode, at those with λ ~ κ, and at the last, by κ and D."""
    p, q, m = map(int, trace.args[:3])
    kappa, middle = trace.args[3], trace.args[3] ** (-1 / ALPHA)
    power = EIGENVALUE**p * (SIGNAL / EIGENVALUE) ** q
    above, below = power * EIGENVALUE**-m, power * kappa**-m  # λ ≫ κ, λ ≪ κ
    numbered = ((above, sympy.Integer(1)), (above, middle), (below, DIMS.symbol))
    first, ridge, last = (number * weight.subs(MODE.symbol, number) for weight, number in numbered)
    return first, ridge, last


@functools.cache
def leading(trace: Psi) -> tuple[Form, ...]:
    """Return the places that no other one is proved to dominate for D^-α ≤ κ ≤ 1, as forms in ln κ and ln D."""
    variables = trace.args[3], DIMS.symbol
    logarithms = [sympy.expand(sympy.expand_log(sympy.log(place), force=True)) for place in places(trace)]
    forms = [Form(tuple(read(logarithm.coeff(sympy.log(v))) for v in variables)) for logarithm in logarithms]
    small, above = Form((-FIELD.one, FIELD.zero)), Form((FIELD.one, CAPACITY))
    return Cone([small, above], SHALLOW).maximal(forms)


@dataclass(frozen=True)
class Bottom:
    """The faintest modes that can be learnt: how faint, how many, and what of the target is missed or left to them."""

    eigenvalue: Form
    count: Form
    missed: Form | None
    leaks: tuple[Form, ...]
    where: Form

    def sum(self, weight: Form, power: Any) -> Form:
        """Return the exponent of weight · Σ h^power over them."""
        return weight + self.count + self.eigenvalue * power


class AmbientSystem(SGDSystem):
    """One-pass SGD over D modes with α < 1, made ready for exponents.

    Parameters
    ----------
    terms : mapping of str to sympy.Expr
        The leading terms of faint modes, for 2r > 1.
    weights : mapping of str to Weight
        What multiplies sums over the others.
    samples : Letter
        What is counted: all samples, or effective ones.
    batched : bool
        Whether the batch is an argument too.
    last : Expr, optional
        As for `SGDSystem`.
    tied : bool
        Whether D grows with N in proportion: no argument then.
    largest : bool
        Whether the step is a fixed share of the largest stable one: no argument then.
    """

    formulas = Terms({
        "test": NOISE.symbol + EXCESS, "excess": EXCESS, "approximation": MISSED, "bias": BIAS, "variance": VARIANCE,
    })  # fmt: skip
    symbols = (MISSED, FLOW, LEAK, LEAK_LAST, KICK, KICK_LAST, START, SHARE, SHARE_LAST, END, NOISE.symbol)
    capacities = SHALLOW

    def __init__(
        self, terms: Mapping[str, Expr], weights: Mapping[str, Weight], samples: Letter, batched: bool, last: Expr | None,
        tied: bool, largest: bool,
    ) -> None:
        even = {**terms, "early": terms["early"].subs(FALL.symbol, 1)}  # ∫ g² G^-e du: e < 1, so that no end of g leads it
        super().__init__(even, samples, batched, last)
        self.weights, self.tied, self.largest = weights, tied, largest
        width, batch = FEATURES if tied else DIMS.symbol, BATCH if batched else sympy.Integer(1)
        (edge,) = sympy.solve(coefficients().faint * TOTAL - 1, STEP)  # Φ = 1, up to a constant
        stable = edge.subs({BATCH: batch, DIMS.symbol: width})
        self.ties = ({DIMS.symbol: width} if tied else {}) | ({STEP: stable} if largest else {})
        whole = tied and not largest  # at α = 1 exactly κ₀ or γ_max have a logarithm of their own
        self.capacity = _capacity(whole)
        self.arguments = tuple(each for given in self.arguments for each in self._with_modes(given))

    def _with_modes(self, given: Direction) -> tuple[Direction, ...]:
        """Return an argument as it is, or without what is tied, or with the modes beside the features."""
        if given.keyword == "step":
            return () if self.largest else (given,)
        if given.keyword == "n_features" and not self.tied:
            return given, MODES
        if given.keyword == "n_features":
            return (replace(given, high=10.0**6, admissible="a finite power of Λ ≥ 0: the modes are as many"),)
        return (given,)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Of the capacity, and what is no argument."""
        return (
            "0 < α ≤ 1" if self.capacity.domain.high == 1 else "0 < α < 1", *(["D ~ N"] if self.tied else []),
            *(["γ ~ γ_max"] if self.largest else []),
        )  # fmt: skip

    def form(self, symbol: Symbol) -> Form:
        """Return the form of one variable, or of a letter that is tied to them."""
        return self.read(self.ties[symbol]) if symbol in self.ties else super().form(symbol)

    @functools.cached_property
    def _batch(self) -> Form:
        return self.form(BATCH) if BATCH in self.variables else self.nothing

    @functools.cached_property
    def _total(self) -> Form:
        """The exponent of Σ λ_k."""
        return self.read(TOTAL)

    def domain(self) -> tuple[tuple[Form, str, str, str], ...]:
        """Return what must be ≥ 0 for any regime to hold."""
        found = [(self.form(FEATURES) - self._total, "n_features", f"at least {'N' if self.tied else 'D'}^(1-α)",
                  "a narrower sketch hides every eigenvalue of the population: nothing is learnt")]  # fmt: skip
        if not self.largest:
            found.append((-self.read(coefficients().faint * TOTAL), "step", "at most the largest stable step, B D^(α-1)",
                          "lower it: the mean square error grows beyond"))  # fmt: skip
        return tuple(found)

    @functools.cached_property
    def bottoms(self) -> tuple[Bottom, ...]:
        """Of a sketch narrower than the population; and, unless D ~ N, of one that is wider, or none."""
        modes, width = self.form(DIMS.symbol), self.form(FEATURES)
        (counted,) = leading(DOF)
        by_kappa, by_modes = counted.coefficients
        kappa = (width - modes * by_modes) * (1 / by_kappa)  # d(κ₀) = N
        spread = [kappa * form.coefficients[0] + modes * form.coefficients[1] for form in leading(df2(KAPPA.symbol))]
        missed, learnt = (kappa * definition_exponent(potential, True) for potential in (POTENTIAL, LEARNT))
        narrow = Bottom(kappa, width, missed, tuple(learnt + form - width for form in spread), modes - width)
        return (narrow,) if self.tied else (narrow, Bottom(self._last, modes, None, (), width - modes))

    @functools.cached_property
    def _last(self) -> Form:
        """The exponent of the smallest eigenvalue of the population."""
        return self.read(EIGENVALUE.subs(MODE.symbol, DIMS.symbol))

    @functools.cached_property
    def cells(self) -> list[Cell]:
        """For each kind of bottom: modes down to 1/t learnt; all learnt; nothing learnt yet."""
        time, found = self.read(self.terms["time"]), []
        always = [*(form for form, *_ in self.domain()), -self.form(STEP)]
        always += [self.form(symbol) for symbol in self.variables if symbol not in (STEP, NOISE.symbol)]
        always += [self.form(self.variables[0]) - self._batch]
        for bottom in self.bottoms:
            full = bottom.eigenvalue
            stages = ((-time, (time, -time - full)), (full, (time + full, time)), (-time, (-time,)))
            for place, (kappa, where) in enumerate(stages):
                cone = Cone((*always, bottom.where, *where), self.capacities)
                found.append(Cell(kappa, {}, cone, place < 2, (), {}))
        return found

    def _stage(self, cell: Cell) -> tuple[Bottom, int]:
        place = self.cells.index(cell)
        return self.bottoms[place // 3], place % 3

    def exponents(self, cell: Cell) -> dict[Symbol, Form | None]:
        """Return the exponent of every place of every term; None for what has decayed exponentially, or has not begun."""
        bottom, stage = self._stage(cell)
        found: dict[Symbol, Form | None] = dict.fromkeys(self.symbols)
        found |= {NOISE.symbol: self.form(NOISE.symbol), MISSED: bottom.missed}
        found |= {symbol: self.read(term) for symbol, term in self.leading(cell).items()}
        found[SHARE_LAST] = self._of(bottom, "late" if stage == 1 else "begun")
        leaks = dict(zip((LEAK, LEAK_LAST), bottom.leaks, strict=False))
        if stage == 0:
            found |= leaks | {KICK_LAST: self._of(bottom, "kick")}
        elif stage == 1 and "start" in self.weights:
            factor, power = self.weights["start"]
            kept = self.read(factor) + bottom.eigenvalue * read(power)
            found |= {FLOW: kept + bottom.eigenvalue * TWICE} | {symbol: kept + form for symbol, form in leaks.items()}
        elif stage == 2:
            found[FLOW] = self.nothing
        return found

    def leading(self, cell: Cell) -> dict[Symbol, Expr]:
        """Return the leading terms of modes but the last, and what multiplies Σ h^power of these once they are learnt."""
        _, stage = self._stage(cell)
        learning = {FLOW: "flow", KICK: "kick", START: "start", SHARE: "early", END: "end"}
        names = (learning, {START: "start", END: "end"}, {SHARE: "begun"})[stage]
        found = {symbol: self.terms[name] for symbol, name in names.items() if name in self.terms}
        return found | ({SHARE_LAST: self.weights["late"].factor} if stage == 1 else {})

    def _of(self, bottom: Bottom, name: str) -> Form:
        factor, power = self.weights[name]
        return bottom.sum(self.read(factor), read(power))

    def ridge_of(self, symbol: Symbol, cell: Cell) -> Form:
        """Return κ, or what two places of a sum are apart by: a power < 0 where there may be a logarithm."""
        bottom, stage = self._stage(cell)
        if symbol == MISSED:
            return bottom.eigenvalue
        if symbol == LEAK:
            return self._last - bottom.eigenvalue
        return bottom.eigenvalue - cell.kappa if symbol in (SHARE, KICK) and stage == 0 else cell.kappa

    def logarithms(self, symbol: Symbol, cell: Cell) -> tuple[Logarithm, ...]:
        """Return powers of a logarithm in a place: one where another place is equal, of Σ h² at α = 1/2, of Σ h at α = 1."""
        equal = (Logarithm(FIELD.one, CAPACITY - FIELD(QQ(SPLIT.numerator, SPLIT.denominator))),)
        return (*(equal if cell.small and symbol in (SHARE, KICK, LEAK) else ()), *super().logarithms(symbol, cell))


def _capacity(whole: bool) -> Argument:
    """Return the capacity as this law takes it."""
    words, high = ("a number > 0, at most 1", 1.0) if whole else ("a number > 0 and < 1", math.nextafter(1.0, 0.0))
    remedy = "capacity > 1 has a law without n_dims; at 1 exactly logarithms enter κ₀ and the largest step"
    return replace(ARGUMENTS["capacity"], domain=Domain(0.0, high, words, open=True), remedy=remedy, typical=(0.3, 0.6, 0.9))


@functools.cache
def ambient_curve_law(profile: Profile, batched: bool, tied: bool, largest: bool) -> Law:
    """Return the law under a schedule that is the same for any number of steps."""
    terms, samples = curve.leading_terms(profile, saturated=True), ARGUMENTS["n_samples"].letter
    return Law(AmbientSystem(terms, curve.weights(profile), samples, batched, profile.end.power, tied, largest))


@functools.cache
def ambient_average_law(tail: bool, batched: bool, tied: bool, largest: bool) -> Law:
    """Return the law of the mean of iterates at a constant step."""
    terms, samples = average.leading_terms(tail, saturated=True), ARGUMENTS["n_samples"].letter
    return Law(AmbientSystem(terms, average.weights(tail), samples, batched, None, tied, largest))


@functools.cache
def ambient_geometric_law(tied: bool, largest: bool) -> Law:
    """Return the law of a step that falls by a constant factor at a time."""
    return Law(AmbientSystem(geometric.leading_terms(saturated=True), geometric.weights(), SEEN, False, None, tied, largest))
