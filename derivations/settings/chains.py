"""A `th.Chain` as a setting: its sizes, the traces over the population, random populations, and its simulation.

κ is innermost; L, λ and whatever else a derivation defines are functions of it, so that dL/dλ is (dL/dκ)/(dλ/dκ). A prime
takes a quantity at a second point κ′. Sums over modes may be written out: Σ_k c_k λ_k/(λ_k + κ).
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from mpmath import mp
from scipy.optimize import brentq
from sympy import Expr, Symbol

import theory as th
from derivations.language.grammar import Name, canonical
from derivations.meaning.points import draw, middle, number
from derivations.meaning.quantities import Case, Experiment, Observable, Point, Quantity
from derivations.meaning.setting import Setting, as_setting
from derivations.settings import matrices, traces
from derivations.settings.modes import Modes, drawn_modes
from numerics.check.sampling import derived_seed
from numerics.simulate.experiment import Simulation, simulate
from theory.chain.algebras.own import Own, parameter_at
from theory.chain.layers import Level
from theory.chain.naming import LABEL_NOISE
from theory.chain.symbolic import meanings
from theory.errors import BadArgument
from theory.notation import DIMS, KAPPA, KAPPA_PRIMED, NOISE
from theory.spectra.psi import Psi, df1, df2, tf1, tf2
from theory.terms import Key

RIDGE, NOISE_LEVEL, FEATURE_NOISE = 0.05, 0.25, 0.2  # of a simulation, unless a case says otherwise
_PROPORTIONS = (1.25, 1.5, 1.75)  # of its feature layers, innermost first
_ROWS = 0.75
_WHOLE = ("test", "train", "excess", "bias")


class ChainSetting(Setting):
    """A chain of random-matrix layers over any population.

    Parameters
    ----------
    model : th.Chain
        Whose letters and formulas they are.
    **letters
        Further letters, as in `Setting`.
    """

    variable = KAPPA.symbol
    primed = KAPPA_PRIMED.symbol
    complex = True  # matrices of simulations, whose remainder falls as 1/size²

    def __init__(self, model: th.Chain, **letters: Any) -> None:
        super().__init__(**letters)
        self.model = model
        kappa, own = KAPPA.symbol, dict(self.quantities)
        at = self.quantities
        at["κ"] = Quantity(kappa, "renormalised ridge: what the population sees", r"\kappa")
        at["σ²"] = Quantity(NOISE.symbol, "variance of the label noise", r"\sigma^2")
        for slot in model.slots:
            name = {"mu2": "μ²"}.get(slot.letter.symbol.name, slot.letter.symbol.name.replace("mu2", "μ²"))
            at[canonical(name)] = Quantity(slot.letter.symbol, slot.letter.meaning, slot.letter.latex)
        at["D"] = Quantity(DIMS.symbol, "number of modes of the population")
        at["d"] = Quantity(df1(kappa), "`Σ_k λ_k/(λ_k + κ)`, the degrees of freedom")
        at["d2"] = Quantity(df2(kappa), "`Σ_k λ_k^2/(λ_k + κ)^2`")
        at["T"] = Quantity(kappa * tf1(kappa), "`κ Σ_k c_k λ_k/(λ_k + κ)`, the potential of the population")
        at["T2"] = Quantity(kappa * tf2(kappa), "`κ Σ_k c_k λ_k^2/(λ_k + κ)^2`, the slope of T by ln κ")
        at["B"] = Quantity(kappa**2 * Psi(1, 1, 2, kappa), "`κ^2 Σ_k c_k λ_k/(λ_k + κ)^2`, the bias of the population problem")
        at["a"] = Quantity(kappa * Psi(1, 0, 2, kappa) / df1(kappa), "`1 - d2/d`")
        at["Ψ"] = Quantity(_psi, "`Ψ(p, q, m) = Σ_k λ_k^p c_k^q/(λ_k + κ)^m`", r"\Psi")
        at |= own  # a letter of the derivation's takes the place of one of these: Bordelon's a, say
        self._meanings = {symbol: meaning.definition for symbol, meaning in meanings(model.slots).items()
                          if meaning.definition is not None}
        self._batches: dict[Any, Simulation] = {}
        self._modes = {"λ_k": Symbol("lambda_k", positive=True), "c_k": Symbol("c_k", positive=True)}

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is measured, too."""
        return super().__getstate__() | {"_batches": {}}

    @property
    def title(self) -> str:
        """The chain's layers."""
        return f"the chain {self.model!r}".replace("Chain", "", 1)

    def unfold(self, value: Any) -> Any:
        """Return a formula of the package with its own letters (t_P, a, B, …) written in κ, sizes and traces."""
        while isinstance(value, Expr) and any(symbol in self._meanings for symbol in value.free_symbols):
            value = value.xreplace(self._meanings)
        return value

    def normal(self, expression: Expr) -> Expr:
        """Return the traces in normal form."""
        return traces.normal(expression)

    def mode(self, name: str) -> Expr | None:
        """Return λ_k or c_k inside a sum."""
        return self._modes.get(name)

    def total(self, index: str, body: Expr) -> Expr:
        """Return Σ_k of a rational function of λ_k and c_k as traces."""
        return traces.total(body, self._modes["λ_k"], self._modes["c_k"])

    def point(self, index: int, case: Case | None = None, scope: Any = None, at: Iterator[str] | None = None) -> Point:
        """Return a random population and random sizes on the admissible branch: all fractions below one."""
        rng, place = random.Random(f"chain {index}"), at or middle()
        free = {name: value for name, value in (case or {}).items() if self._free(name)}
        kappa, primed = self.draw_ridge(rng, next(place)), self.draw_ridge(rng, next(place))
        noise = draw(rng, "positive", next(place))
        fractions = [draw(rng, (0.05, 0.95) if where == "middle" else (0, 1), where)
                     for where in itertools.islice(place, len(self.model.slots))]
        modes = drawn_modes(rng, place)
        values = {**super().point(index, free, scope, place).values, KAPPA.symbol: kappa, KAPPA_PRIMED.symbol: primed,
                  NOISE.symbol: noise, DIMS.symbol: modes.size}
        least = min(kappa, primed)  # both points on the admissible branch
        level = Level(least, modes.dof(least), modes.vacancy(least), mp.zero, modes.size)
        for slot, fraction in zip(self.model.slots, fractions, strict=True):
            parameter = parameter_at(fraction, slot.layer.whole(level), slot.is_size)
            if slot.ratio and parameter > level.size:
                parameter = (level.dof + level.size) / 2
            values[slot.letter.symbol] = parameter
            level = slot.layer.outside(level, Own(parameter, slot.is_size), mp.zero)
        for name, value in (case or {}).items():
            if not self._free(name):
                values[self.symbol(name)] = number(value)
        return Point(values, modes)

    def draw_ridge(self, rng: random.Random, place: str) -> Any:
        """Return a random κ.

        Parameters
        ----------
        rng : random.Random
            What draws.
        place : str
            Where in its domain: see `derivations.meaning.points`.
        """
        return draw(rng, "positive", place)

    def _free(self, name: str) -> bool:
        quantity = self.quantities.get(canonical(name))
        return quantity is not None and quantity.value in self.domains

    def symbol(self, name: str) -> Symbol:
        """Return the symbol of a letter such as κ, P or σ².

        Parameters
        ----------
        name : str
            As it is written in claims.

        Raises
        ------
        ValueError
            If the chain has no such letter; it lists those that it has.
        """
        quantity = self.quantities.get(canonical(name))
        if quantity is None or not isinstance(quantity.value, Symbol):
            known = [name for name, entry in self.quantities.items() if isinstance(entry.value, Symbol)]
            raise BadArgument("letter", name, f"one of {', '.join(known)}", "name a letter of the chain")
        return quantity.value

    def special(self, expression: Expr, point: Point) -> dict[Expr, Any]:
        """Return the traces as sums over the point's population."""
        return traces.sums(point.population, expression, lambda inner: self.evaluate(inner, point))

    # Simulation

    @cached_property
    def observables(self) -> Mapping[str, Observable]:
        """The risk and its parts by name, V[samples, features], …, Q[…]; and traces of the random matrices."""
        found: dict[str, Observable] = {}
        for key in self.model.formulas:
            name = key if isinstance(key, str) and key in _WHOLE else f"V[{_listed(key)}]"
            found[name] = Observable(_angled(name), "measured by definition", self._risk(key))
        if "bias" in self.model.formulas:
            for kept in self._subsets:
                name = f"Q[{_listed(kept)}]"
                found[name] = Observable(_angled(name), "excess risk with all else averaged inside", self._kept(kept))
        for name, (meaning, estimator) in matrices.OBSERVABLES.items():
            found[name] = Observable(_angled(name), meaning, matrices.sampler(self.model, estimator, self.complex))
        return found

    @cached_property
    def _subsets(self) -> list[tuple[str, ...]]:
        """Every set of sources, label noise with the data only."""
        rows = [self.model.slots.data.name] if self.model.slots.data else []
        sources = [*rows, *(slot.name for slot in self.model.slots.features)]
        sets = [part for size in range(1, len(sources) + 1) for part in itertools.combinations(sources, size)]
        return sets + [(*part, LABEL_NOISE) for part in sets if rows and rows[0] in part]

    def _measured(self, arguments: Mapping[str, Any], trials: int, seed: int, first: int, decompose: bool) -> Simulation:
        """Return a batch of trials; all observables of the risk share it."""
        key = tuple(sorted(arguments.items(), key=lambda pair: pair[0])), trials, seed, first, decompose
        if key not in self._batches:
            self._batches[key] = simulate(
                self.model, **arguments, trials=max(trials, 2), seed=derived_seed(seed, first), complex=self.complex,
                decompose=decompose, progress=False,
            )
        return self._batches[key]

    def _risk(self, key: Key) -> Callable[..., Any]:
        def sample(arguments: Mapping[str, Any], trials: int, seed: int, first: int) -> Any:
            run = self._measured(arguments, trials, seed, first, key not in ("test", "train", "excess"))
            return run.terms[key].values[:trials]

        return sample

    def _kept(self, kept: tuple[str, ...]) -> Callable[..., Any]:
        """Return the `sample` of Q_A: the bias and all components within A, those that should vanish included."""
        parts = [part for size in range(1, len(kept) + 1) for part in itertools.combinations(kept, size)]

        def sample(arguments: Mapping[str, Any], trials: int, seed: int, first: int) -> Any:
            run = self._measured(arguments, trials, seed, first, True)
            found = run.bias.values.copy()
            for part in parts:
                found += (run.variance if part in run.variance else run.absent)[part].values
            return found[:trials]

        return sample

    def experiment(self, size: int, case: Case, scope: Any) -> Experiment:
        """Return a population of `size` modes and sizes in proportion; a case sets P, N, … over the size, λ, σ², μ²."""
        steps = (np.arange(size) + 0.5) / size
        return self.drawn(0.1 + 1.9 * (1 - steps) ** 2, (0.4 + steps) / size, case, scope)

    @property
    def _usual(self) -> dict[str, float]:
        """Sizes over that of the population, unless a case says otherwise."""
        layers, sized = iter(_PROPORTIONS), [slot for slot in self.model.slots if slot.is_size]
        return {self._name(slot.letter.symbol): _ROWS if not slot.is_features else 0.9 if slot.ratio else next(layers, 2.0)
                for slot in sized}

    def turned_over(self, case: Case) -> Case | None:
        """Return the case with every size that may exceed its input's in the other proportion to the population.

        None where nothing would be scarce and there is no ridge: κ is zero then, and no claim speaks of it.
        """
        given = {canonical(name): value for name, value in case.items()}
        free = [self._name(slot.letter.symbol) for slot in self.model.slots if slot.is_size and not slot.ratio]
        made = {**given, **{name: 1 / given.get(name, self._usual[name]) for name in free}}
        return made if given.get("λ", RIDGE) or any(made[name] < 1 for name in free) else None

    def drawn(self, eigenvalues: Any, power: Any, case: Case, scope: Any) -> Experiment:
        """Return the experiment on a population of explicit modes; sizes of a case are in units of its size.

        Parameters
        ----------
        eigenvalues, power : array-like of shape (n_modes,)
            λ_k and c_k of the population.
        case : mapping
            Sizes in units of n_modes, λ, σ² and μ² by name; the others are the setting's own.
        scope : Scope
            What names mean in the derivation.

        Raises
        ------
        ValueError
            If the case names anything else.
        """
        given, size = {canonical(name): value for name, value in case.items()}, len(eigenvalues)
        chosen: dict[str, Any] = {"λ": given.pop("λ", RIDGE), "σ²": given.pop("σ²", NOISE_LEVEL)}
        for slot in self.model.slots:
            name = self._name(slot.letter.symbol)
            if slot.is_size:
                chosen[name] = max(1, round(given.pop(name, self._usual[name]) * size))
            else:
                chosen[name] = given.pop(name, FEATURE_NOISE)
        if given:
            raise BadArgument(
                "cases", case, "of sizes (over that of the population), λ, σ² and μ²", f"take out {', '.join(given)}"
            )
        return self._placed(th.Discrete(eigenvalues, power), chosen, scope)

    def located(self, at: Case, scope: Any) -> Point:
        """Return the point of a published value: `task` (a spectrum with explicit modes), sizes, λ, σ² and μ²."""
        given = {canonical(name): value for name, value in at.items()}
        task = given.pop("task", None)
        if not isinstance(task, th.Spectrum):
            raise BadArgument("task", task, "a spectrum", "add task=th.Isotropic(250), say")
        wanted = ["λ", "σ²", *(self._name(slot.letter.symbol) for slot in self.model.slots)]
        if set(given) != set(wanted):
            raise BadArgument("at", dict(at), f"with task and {', '.join(wanted)}", "give each of them, and no other")
        return self._placed(task, given, scope).point

    def _name(self, symbol: Symbol) -> str:
        return next(name for name, quantity in self.quantities.items() if quantity.value == symbol)

    def _placed(self, task: th.Spectrum, chosen: Mapping[str, Any], scope: Any) -> Experiment:
        """Return the experiment of a population, sizes, ridge and noise."""
        eigenvalues, power = task.explicit()
        sizes = {slot.keyword: chosen[self._name(slot.letter.symbol)] for slot in self.model.slots}
        arguments = {"task": task, "ridge": chosen["λ"], "noise": chosen["σ²"], **sizes}
        values: dict[Symbol, Any] = {DIMS.symbol: mp.mpf(len(eigenvalues)), NOISE.symbol: number(chosen["σ²"])}
        values |= {slot.letter.symbol: number(sizes[slot.keyword]) for slot in self.model.slots}
        population = self.modes(eigenvalues, power, values)
        kappa = self._solved(scope, Point(values, population), arguments)
        return Experiment(Point({**values, KAPPA.symbol: kappa}, population), arguments)

    def modes(self, eigenvalues: Any, power: Any, sizes: Mapping[Symbol, Any]) -> Modes:
        """Return what traces are summed over in an experiment.

        Parameters
        ----------
        eigenvalues, power : array-like of shape (n_modes,)
            λ_k and c_k of the population.
        sizes : mapping
            Values of the sizes by letter.
        """
        return Modes([mp.mpf(float(e)) for e in eigenvalues], [mp.mpf(float(c)) for c in power])

    def _solved(self, scope: Any, point: Point, arguments: Mapping[str, Any]) -> Any:
        """Return κ: the package's, or that of the derivation's own λ(κ) = ridge, on the branch that comes from large κ."""
        if scope is None or not scope.knows("λ"):
            return mp.mpf(float(self.model.evaluate(**arguments).kappa))
        expression, ridge = scope.value(Name("λ")), arguments["ridge"]

        def excess(log: float) -> float:
            at = Point({**point.values, KAPPA.symbol: mp.exp(log)}, point.population)
            try:
                return float(self.evaluate(expression, at)) - ridge
            except ZeroDivisionError:
                return -ridge  # beyond the end of the branch, where nothing of the ridge is left

        high = low = math.log(1e3 * (1 + ridge))
        while excess(low) > 0:
            low -= 0.3
            if low < -80:
                raise BadArgument("λ", ridge, "reached by the derivation's own λ(κ)", "check the definition of λ")
        return mp.exp(brentq(excess, low, min(high, low + 0.3), xtol=1e-14))


@as_setting.register
def _(about: th.Chain) -> Setting:
    return ChainSetting(about)


def _psi(p: Expr, q: Expr, m: Expr) -> Expr:
    return Psi(p, q, m, KAPPA.symbol)


def _listed(key: Key) -> str:
    return key if isinstance(key, str) else ", ".join(key)


def _angled(name: str) -> str:
    """Return the LaTeX of a mean over draws."""
    head, _, sources = name.partition("[")
    index = ", ".join(rf"\mathrm{{{source.replace('_', ' ')}}}" for source in sources.rstrip("]").split(", ") if source)
    inside = f"{head}_{{{index}}}" if index else rf"\mathrm{{{head}}}"
    return rf"\langle {inside} \rangle"
