"""One-pass SGD given its features: errors e = v − v* in the eigenbasis of their covariance h, Gaussian data, noise s².

E(…) is the mean over z1, z2 and ξ by Isserlis' theorem, pair by pair; Σ_k runs over modes with h_k and C_k = E e_k². What is
measured are runs of the update rule itself; slopes are those of `th.OnePassSGD` on infinite power laws.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import sympy
from mpmath import mp
from sympy import Expr, Function, Symbol

import theory as th
from derivations.language.grammar import canonical
from derivations.meaning.points import middle, number
from derivations.meaning.quantities import Case, Experiment, Observable, Point, Quantity
from derivations.meaning.setting import Setting
from derivations.settings.modes import Modes, drawn_modes
from numerics.montecarlo.trials import generator
from theory.dynamics.sgd.laws.common import FEATURES
from theory.dynamics.sgd.moments import BATCH, STEP, STEP_NOISE, second_moments
from theory.dynamics.sgd.sketches.approximation import approximation
from theory.errors import BadArgument
from theory.notation import CAPACITY, NOISE, SEEN, SOURCE

SMALL = 0.1  # step size where slopes are taken
EIGENVALUE, MOMENT = Symbol("h_k", positive=True), Symbol("C_k", positive=True)
PAIR = second_moments(2)


class ModeSum(Function):
    """Σ_k of an expression in h_k and C_k."""

    nargs = 1
    is_real = True


class SGD(Setting):
    """Steps of SGD on a batch of B samples, one after another.

    Parameters
    ----------
    **letters
        Further letters, as in `Setting`.
    """

    exponents = ("α", "r")

    def __init__(self, **letters: Any) -> None:
        super().__init__(**letters)
        (h1, h2), (C1, C2) = PAIR.eigenvalues, PAIR.moments
        for name, symbol in (("h1", h1), ("h2", h2)):
            self.letter(name, (0.1, 1), "eigenvalue of the features' covariance", symbol=symbol)
        for name, symbol in (("C1", C1), ("C2", C2)):
            self.letter(name, "positive", "mean square error of a mode", symbol=symbol)
        self.letter("γ", (0.05, 0.3), "step size", symbol=STEP, latex=r"\gamma")
        self.letter("B", (2, 8), "samples of a batch", symbol=BATCH)
        self.letter("s²", "positive", "variance of the noise that a step sees", symbol=STEP_NOISE, latex="s^2")
        self.letter("σ²", "positive", "variance of the label noise", symbol=NOISE.symbol, latex=r"\sigma^2")
        for name in ("e1", "e2"):
            self.letter(name, "real", "error of a mode")
        self._normal = {self.letter(f"z{place}", "real", "feature, of variance `h1` or `h2`"): h
                        for place, h in ((1, h1), (2, h2))} | {self.letter("ξ", "real", "noise", latex=r"\xi"): STEP_NOISE}
        self.letter("α", (1.2, 3), "capacity: `h_k` falls as `k^-α`", symbol=CAPACITY.symbol, latex=r"\alpha")
        self.letter("r", (0.1, 1.4), "source: the signal falls as `k^(-1-2 α r)`", symbol=SOURCE.symbol)
        self.letter("P", "positive", "effective samples", symbol=SEEN.symbol)
        self.letter("N", "positive", "columns of the sketch", symbol=FEATURES)
        self.quantities["E"] = Quantity(self.mean, "mean over z1, z2 and ξ", r"\mathrm{E}")

    @property
    def title(self) -> str:
        """What runs."""
        return "one-pass SGD given its features"

    def mean(self, expression: Expr) -> Expr:
        """Return the mean of a polynomial in Gaussian letters: each monomial is the sum over its pairings (Isserlis)."""
        variables = list(self._normal)
        total: Expr = sympy.Integer(0)
        for powers, coefficient in sympy.Poly(sympy.expand(expression), *variables).terms():
            letters = [letter for letter, power in zip(variables, powers, strict=True) for _ in range(power)]
            total += coefficient * self._pairings(letters)
        return sympy.expand(total)

    def _pairings(self, letters: list[Symbol]) -> Expr:
        """Return the sum over all ways to pair letters; different letters are independent."""
        if not letters:
            return sympy.Integer(1)
        first, *rest = letters
        return sympy.Add(*(self._normal[first] * self._pairings(rest[:place] + rest[place + 1 :])
                           for place, other in enumerate(rest) if other == first))

    def mode(self, name: str) -> Expr | None:
        """Return h_k or C_k inside a sum."""
        return {"h_k": EIGENVALUE, "C_k": MOMENT}.get(name)

    def total(self, index: str, body: Expr) -> Expr:
        """Return Σ_k."""
        return ModeSum(body)

    def point(self, index: int, case: Case | None = None, scope: Any = None, at: Iterator[str] | None = None) -> Point:
        """Return random letters, and modes."""
        place = at or middle()
        letters = super().point(index, case, scope, place)
        return Point(letters.values, drawn_modes(random.Random(f"modes {index}"), place, (0.1, 1)))

    def special(self, expression: Expr, point: Point) -> dict[Expr, Any]:
        """Return the sums over the point's modes."""
        return {atom: self._summed(atom.args[0], point) for atom in expression.atoms(ModeSum)}

    def _summed(self, body: Expr, point: Point) -> Any:
        inner = {atom: Symbol(f"inner_{place}") for place, atom in enumerate(body.atoms(ModeSum))}
        known = {symbol: value for symbol, value in point.values.items() if symbol in body.free_symbols}
        known |= {symbol: self._summed(atom.args[0], point) for atom, symbol in inner.items()}
        function = sympy.lambdify([EIGENVALUE, MOMENT, *known], body.xreplace(inner), "mpmath", cse=True)
        return point.population.sum(lambda h, C: function(h, C, *known.values()))

    # Simulation

    def experiment(self, size: int, case: Case, scope: Any) -> Experiment:
        """Return `size` modes; a case sets B, s², and γ in units of one over the size."""
        given = {"B": 1, "s²": 0.3, "γ": 0.6} | {canonical(name): value for name, value in case.items()}
        if set(given) != {"B", "s²", "γ"}:
            raise BadArgument("cases", case, "of B, s² and γ", "take the rest out")
        steps = (np.arange(size) + 0.5) / size
        eigenvalues, moments = 0.4 + 0.6 * (1 - steps) ** 2, (0.4 + steps) / size
        values = {BATCH: mp.mpf(given["B"]), STEP_NOISE: number(given["s²"]), STEP: number(given["γ"]) / size}
        population = Modes([mp.mpf(float(h)) for h in eigenvalues], [mp.mpf(float(C)) for C in moments])
        arguments = {"h": eigenvalues, "C": moments, "batch": given["B"], "noise": given["s²"], "step": given["γ"] / size}
        return Experiment(Point(values, population), arguments)

    @cached_property
    def observables(self) -> Mapping[str, Observable]:
        """Risks after one and two steps and in the long run, measured; and the parts of the risk, for slopes."""
        found = {
            "risk1": Observable(r"\langle \mathrm{risk} \rangle_1", "risk after one step", _after(1)),
            "risk2": Observable(r"\langle \mathrm{risk} \rangle_2", "risk after two steps", _after(2)),
            "stationary": Observable(r"\langle \mathrm{risk} \rangle_{\infty}", "risk in the long run", _stationary),
        }
        for name in ("approximation", "bias", "variance"):
            found[name] = Observable(rf"\mathrm{{{name}}}", "part of the risk, by the package", _unmeasured)
        return found

    def curve(self, name: str, case: Case, ray: Case, scale: float) -> float:
        """Return ln of a part of the risk after one pass, its effective samples P, its sketch's N and σ² by the ray."""
        given = {canonical(key): value for key, value in case.items()}
        samples = seen = scale ** ray["P"]
        for _ in range(100):  # seen = samples over their binary logarithm
            samples = seen * max(1.0, math.log2(samples))
        width = None if ray["N"] == math.inf else scale ** ray["N"]
        noise = scale ** ray["σ²"] if "σ²" in ray else 0.0
        task = th.PowerLaw(given["α"], given["r"])
        if name == "approximation":
            return math.log(approximation(task, width or math.inf))
        risk = th.OnePassSGD().evaluate(task, n_samples=samples, step=SMALL, n_features=width, noise=noise)
        return math.log(float(getattr(risk, name)))


def _run(arguments: Mapping[str, Any], error: Any, steps: int, rng: np.random.Generator) -> Any:
    """Return errors after some steps of v ← v − γ mean over the batch of (⟨v, x⟩ − y) x, a row for each run."""
    root, batch = np.sqrt(arguments["h"]), arguments["batch"]
    for _ in range(steps):
        x = root * rng.standard_normal((len(error), batch, len(root)))
        noise = math.sqrt(arguments["noise"]) * rng.standard_normal((len(error), batch))
        residual = np.einsum("tbm,tm->tb", x, error) - noise
        error = error - arguments["step"] / batch * np.einsum("tb,tbm->tm", residual, x)
    return error


def _after(steps: int) -> Callable[..., Any]:
    """Return the risk after a few steps from errors √C."""

    def sample(arguments: Mapping[str, Any], trials: int, seed: int, first: int) -> Any:
        start = np.tile(np.sqrt(arguments["C"]), (trials, 1))
        return arguments["noise"] + _run(arguments, start, steps, generator(seed, first)) ** 2 @ arguments["h"]

    return sample


def _stationary(arguments: Mapping[str, Any], trials: int, seed: int, first: int) -> Any:
    """Return the risk after many steps, as many as all modes need, and the mean over as many more."""
    rng, size = generator(seed, first), len(arguments["h"])
    block, found = math.ceil(1 / arguments["step"]), np.zeros(trials)
    error = _run(arguments, np.zeros((trials, size)), 12 * block, rng)
    for _ in range(12):
        error = _run(arguments, error, block, rng)
        found += arguments["noise"] + error**2 @ arguments["h"]
    return found / 12


def _unmeasured(*_: Any) -> Any:
    raise BadArgument("simulate", "a part of the risk", "simulated in numerics", "take its slope, or the risk of a few steps")
