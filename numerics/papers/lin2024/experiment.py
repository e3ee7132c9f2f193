"""The experiment of Figure 1 of Lin et al. (arXiv:2406.08466): one-pass SGD on M Gaussian features of a power law.

λ_k = k^-a, E w*w*ᵀ = I, σ² = 1, step γ = 0.1 halved every N_eff = N/log₂ N samples. Its expected risk is measured, evaluated
(sharp theory: deterministic equivalents over the sketch, constants included), and fitted by

    R = σ² + c₁ M^-p + c₂ N_eff^-q            (asymptotically p = a − 1, q = (a − 1)/a).

The protocol of the fit is that of `numerics.papers.fits`, none of its numbers tuned to the outcome.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from numerics.check.agreement import Agreement
from numerics.check.verdict import Block, Rule, Rung
from numerics.papers.fits import STATED, Array, Fit, Protocol, bootstrap, fit_risk, slope
from numerics.simulate.sgd import simulate_sgd
from theory import OnePassSGD, PowerLaw
from theory.terms import Key

NOISE, STEP = 1.0, 0.1
SGD = OnePassSGD()
CAPACITIES = (1.5, 2.0)
AMBIENT = 50  # explicit modes over features
TERMS = ("reducible", "approximation", "bias", "variance")
FEW, MORE = 1000, 4  # below so many samples, up to so many times the runs
FAR = 1000.0  # how much wider the grid is that shows whether the fits come closer to the asymptotic exponents
ESTIMATES = ("p", "q", "slope in M", "slope in N_eff")


@dataclass(frozen=True)
class Plan:
    """How large and how many.

    Attributes
    ----------
    name : str
        For titles.
    seed : int
        Of the whole experiment.
    widths, n_samples : tuple of int
        M and N, of which all combinations are made.
    sketches, trials : int
        At each of them: new sketches, and runs on each; `MORE` of these for small N.
    resamples : int
        Of the bootstrap.
    rule : Rule
        What the verdicts promise.
    """

    name: str
    seed: int
    widths: tuple[int, ...]
    n_samples: tuple[int, ...]
    sketches: int
    trials: int
    resamples: int
    rule: Rule

    @property
    def runs(self) -> str:
        """Runs of SGD at each point, in words."""
        return f"{self.sketches} sketches × {self.trials} runs (up to {MORE} times as many for N < {FEW})"

    def trials_at(self, n_samples: int) -> int:
        """Return the runs on each sketch: more of the short ones, which scatter most and cost least."""
        return self.trials * min(MORE, max(1, round(FEW / n_samples)))


def task(capacity: float) -> PowerLaw:
    """Return the population λ_k = k^-a, c_k = 1: an isotropic prior."""
    return PowerLaw(capacity=capacity, source=(capacity - 1) / (2 * capacity))


def asymptotic(capacity: float) -> tuple[float, float]:
    """Return p and q of M^-p + N_eff^-q, by the scaling law at constant step and noise: for infinite N, and infinite M."""
    law, given = SGD.exponents(), {"capacity": capacity, "source": task(capacity).exponents[1]}
    wide, long = ({"n_features": m, "n_samples": n, "noise": 0} for m, n in ((math.inf, 1), (1, math.inf)))
    return -float(law.along(**given, **long)["excess"]), -float(law.along(**given, **wide)["excess"])


def evaluate(capacity: float, widths: Array, n_samples: Array) -> dict[str, Array]:
    """Return the sharp theory on a grid, arrays of shape (n_widths, n_samples): `TERMS` and "effective"."""
    risk = SGD.evaluate(task(capacity), n_samples=n_samples, n_features=np.asarray(widths)[:, None], step=STEP, noise=NOISE)
    terms = {name: getattr(risk, name) for name in TERMS[1:]}
    return {"reducible": sum(terms.values()), **terms, "effective": risk.effective_samples}


@dataclass(frozen=True, eq=False)
class Case:
    """One spectrum: theory and simulation on the grid, and what is fitted to both.

    Attributes
    ----------
    capacity : float
        a.
    plan : Plan
        How large and how many.
    seed : int
        Of the bootstrap.
    theory : mapping
        As `evaluate` returns it.
    simulated : mapping
        Of `TERMS`, for each M an array (n_sketches, n_samples): all N on the same sketches.
    excluded : int
        Sketches on which the step is not stable; they are left out.
    """

    capacity: float
    plan: Plan
    seed: int
    theory: Mapping[str, Array]
    simulated: Mapping[str, tuple[Array, ...]]
    excluded: int

    @property
    def title(self) -> str:
        """The spectrum, as a heading."""
        return f"a = {self.capacity:g}"

    @property
    def widths(self) -> Array:
        """M, of shape (n_widths,)."""
        return np.array(self.plan.widths, dtype=np.float64)

    @property
    def effective(self) -> Array:
        """N_eff, of shape (n_samples,)."""
        return self.theory["effective"][0]

    def mean(self, term: str) -> Array:
        """Return simulated means, of shape (n_widths, n_samples)."""
        return np.array([values.mean(axis=0) for values in self.simulated[term]])

    def stderr(self, term: str) -> Array:
        """Return their standard errors, by the scatter of the sketches."""
        return np.array([values.std(axis=0, ddof=1) / np.sqrt(len(values)) for values in self.simulated[term]])

    def fit(self, reducible: Array, protocol: Protocol = STATED, start: Fit | None = None) -> Fit:
        """Return the fit to R − σ² on the grid, of shape (n_widths, n_samples)."""
        # N_eff grows with N, so that a limit on N is one on N_eff.
        least = float(np.interp(protocol.least_samples, self.plan.n_samples, self.effective, left=0.0))
        limited = replace(protocol, least_samples=least)
        return fit_risk(self.widths[:, None], self.effective, NOISE + reducible, NOISE, limited, start)

    @cached_property
    def fits(self) -> tuple[Fit, Fit]:
        """The fits to simulation and to theory."""
        return self.fit(self.mean("reducible")), self.fit(self.theory["reducible"])

    def slopes(self, reducible: Array) -> tuple[float, float]:
        """Return −d ln(R − σ²)/d ln M at the largest N, and the same against N_eff at the largest M, of fitted lines."""
        return -slope(self.widths, reducible[:, -1]), -slope(self.effective, reducible[-1])

    @cached_property
    def estimates(self) -> dict[str, Array]:
        """The `ESTIMATES` of "simulation", its standard "error", "theory" and "asymptotic"."""
        start, exact = self.fits

        def all_of(reducible: Array) -> tuple[float, ...]:
            return *self.fit(reducible, start=start).exponents, *self.slopes(reducible)

        scatter = bootstrap(self.simulated["reducible"], all_of, self.plan.resamples, self.seed).std(axis=0, ddof=1)
        expected = self.theory["reducible"]
        return {
            "simulation": np.array([*start.exponents, *self.slopes(self.mean("reducible"))]), "error": scatter,
            "theory": np.array([*exact.exponents, *self.slopes(expected)]),
            "asymptotic": np.array(2 * asymptotic(self.capacity)),
        }  # fmt: skip

    @cached_property
    def protocols(self) -> dict[str, tuple[float, float]]:
        """Exponents p and q of the theory on the same grid by other protocols, in words."""
        M, N = self.plan.widths[1], self.plan.n_samples[1]
        others = (
            STATED, Protocol("log risk", None), Protocol("risk", None), Protocol("log reducible", None),
            Protocol(least_width=M), Protocol(least_samples=N), Protocol(least_width=M, least_samples=N),
        )  # fmt: skip
        return {protocol.words: self.fit(self.theory["reducible"], protocol).exponents for protocol in others}

    @cached_property
    def _far(self) -> dict[str, Array]:
        """The theory at M `FAR` times as large: first at the same N, then at N FAR^a times as large."""
        samples = np.array(self.plan.n_samples, dtype=np.float64)
        return evaluate(self.capacity, FAR * self.widths, np.append(samples, FAR**self.capacity * samples))

    @cached_property
    def far(self) -> tuple[float, float]:
        """Exponents p and q of the theory at M `FAR` times and N FAR^a times as large, where corrections are small."""
        there = np.s_[:, len(self.plan.n_samples) :]
        least_squares = Protocol("log reducible", None)  # R itself is σ² there
        effective, reducible = self._far["effective"][there], self._far["reducible"][there]
        return fit_risk(FAR * self.widths[:, None], effective, reducible, 0.0, least_squares).exponents

    @property
    def unmixed(self) -> tuple[float, float]:
        """The slopes of the theory without the other limit: in M for N → ∞, in N_eff at M `FAR` times as large."""
        many = self._far["reducible"][-1, : len(self.plan.n_samples)]
        return -slope(self.widths, self.theory["approximation"][:, 0]), -slope(self.effective, many)

    @cached_property
    def agreement(self) -> Agreement:
        """Theory against simulation, a term in units of the theory; what falls like 1/M is the sketch's, and taken out.

        Notes
        -----
        Deterministic equivalents over a sketch of width M hold up to relative errors of order 1/M: the widths are the ladder
        that carries each N to its limit. All N are on the same sketches, and compared together. A term below a negligible
        share of R − σ² is held to this share.
        """
        least, rungs = self.plan.rule.negligible * self.theory["reducible"], []
        expected: list[Mapping[Key, Array]] = []
        for i, M in enumerate(self.plan.widths):
            units = {name: np.maximum(self.theory[name][i], least[i]) for name in TERMS}
            rungs.append(Rung(float(M), {"n_features": M}, {name: self.simulated[name][i] / units[name] for name in TERMS}))
            expected.append({name: self.theory[name][i] / units[name] for name in TERMS})
        settings = tuple({"n_samples": N} for N in self.plan.n_samples)
        reference = np.full(len(settings), 1 / self.plan.rule.negligible)  # of which one unit is the negligible share
        return Agreement((Block(settings, tuple(rungs), tuple(expected), 1, reference),), self.plan.rule)


def measure(plan: Plan, place: int, executor: Executor | None, tick: Callable[[float], None]) -> Case:
    """Simulate and evaluate one of `CAPACITIES`, by its place there."""
    capacity = CAPACITIES[place]
    population, theory = task(capacity), evaluate(capacity, np.array(plan.widths), np.array(plan.n_samples))
    columns: dict[str, list[Array]] = {name: [] for name in TERMS}
    excluded = 0
    for M in plan.widths:
        arguments: dict[str, Any] = {"n_features": M, "step": STEP, "noise": NOISE, "ambient": AMBIENT * M}
        arguments |= {"sketches": plan.sketches, "seed": _seed(plan.seed, place, M)}
        found = []
        for N in plan.n_samples:  # sketch i is the same for all of them: it is drawn first
            arguments |= {"n_samples": N, "trials": plan.trials_at(N)}
            found.append(simulate_sgd(SGD, population, executor=executor, progress=False, **arguments))
            tick(N)
        stable = found[0].test.stable
        excluded += found[0].excluded
        for name in TERMS:
            parts = [mc.test.values - NOISE if name == "reducible" else mc.terms[name].values for mc in found]
            columns[name].append(np.stack(parts, axis=1)[stable])
    simulated = {name: tuple(values) for name, values in columns.items()}
    return Case(capacity, plan, _seed(plan.seed, place, 0), theory, simulated, excluded)


def _seed(*entries: int) -> int:
    first, *place = entries
    return int(np.random.SeedSequence(first, spawn_key=tuple(place)).generate_state(1)[0])
