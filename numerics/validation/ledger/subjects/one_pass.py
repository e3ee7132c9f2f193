"""One pass of SGD: what is missed, bias and variance, exactly at every size; and what a sketch misses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from numerics.check.crosscheck import crosscheck
from numerics.check.formula import crosscheck_formula
from numerics.check.ladder import population
from numerics.simulate.sgd import simulate_sgd
from numerics.validation.ledger import fingerprints
from numerics.validation.ledger.entries import Witness
from numerics.validation.ledger.inquiry import NOWHERE, RULE, Inquiry, gathered
from numerics.validation.ledger.residues import Residues
from numerics.validation.references.one_pass import Run
from theory import Chain, GaussianFeatures, OnePassSGD, PowerLaw
from theory import linear as linear_decay
from theory.dynamics.sgd import averaging, risk
from theory.dynamics.sgd.moments import BATCH, STEP, coefficients
from theory.dynamics.sgd.schedules.phases import phases

TASK = PowerLaw(1.2, 0.4).truncate(24)
N, GAMMA, NOISE, WIDTH = 400, 0.05, 0.3, 12
NAMES = ("test", "approximation", "bias", "variance")
TOLERANCE = 1e-10
MODES = 8  # of the population in many digits


@dataclass(frozen=True)
class OnePassSubject:
    """SGD on a population's own coordinates, or on a sketch of it.

    Attributes
    ----------
    key, title : str
        As in `Subject`.
    sgd : OnePassSGD
        The algorithm.
    width : int or None
        Of the sketch.
    """

    key: str
    title: str
    sgd: OnePassSGD
    width: int | None = None
    group = "one pass of SGD"

    @property
    def setting(self) -> str:
        """Where it runs."""
        sketch = "" if self.width is None else f", n_features {self.width}"
        return f"{self.sgd}; {TASK}; n_samples {N}{sketch}, step {GAMMA:g}, noise {NOISE:g}"

    def fingerprints(self) -> dict[str, str]:
        """Return those of one step, of averages, and of what a sketch misses."""
        one, at = coefficients(), Residues(fingerprints.SEED)
        step = [at.value(each) for each in (one.loss, one.kick, one.forget)]
        mean = fingerprints.of_source(averaging) if self.sgd.averaging else ""
        missed = fingerprints.of_chain(Chain(GaussianFeatures()))["bias"]
        return {name: fingerprints.joined(name, *step, mean, missed, fingerprints.of_source(risk.SGDRisk)) for name in NAMES}

    def values(self, task: Any = TASK, **changed: Any) -> dict[str, float]:
        """Return every term.

        Parameters
        ----------
        task : Spectrum
            The population.
        **changed : Any
            Arguments that are others.
        """
        given = {"n_samples": N, "step": GAMMA, "noise": NOISE, "n_features": self.width, **changed}
        out = self.sgd.evaluate(task, **given)
        return {name: float(getattr(out, name)) for name in NAMES}

    def probe(self) -> dict[str, float]:
        """Return every term."""
        return self.values()

    def witnesses(self, inquiry: Inquiry) -> dict[str, dict[str, Witness]]:
        """Return what every witness says."""
        own = self._sketched(inquiry) if self.width else self._exact(inquiry)
        kinds = {"identity": self._identities(inquiry), "published": dict.fromkeys(NAMES, NOWHERE), **own}
        return gathered(dict(sorted(kinds.items())), NAMES)

    def _identities(self, inquiry: Inquiry) -> dict[str, Witness]:
        """Return the sum, and what one step does by Gaussian moments."""
        terms = self.values()
        whole = NOISE + terms["approximation"] + terms["bias"] + terms["variance"]
        h, one = sympy.Symbol("h", positive=True), coefficients()
        known = {one.eigenvalue: h}
        printed = [(one.loss, 2 * STEP * h - STEP**2 * h**2 * (1 + 1 / BATCH)), (one.kick, STEP**2 * h**2 / BATCH),
                   (one.forget, STEP * h)]  # fmt: skip
        points = [Residues(seed) for seed in range(1, 5)]
        exact = inquiry.identical(
            [(at.value(found.xreplace(known)), at.value(expected)) for at in points for found, expected in printed],
            "one step by Isserlis' theorem: loss 2γh − (1+1/B)γ²h², kick γ²h²/B")  # fmt: skip
        missed = self.values(noise=0.0)["approximation"]
        return {
            "test": inquiry.equal([(terms["test"], whole)], 1e-14, "σ² and the three parts"),
            "approximation": inquiry.equal([(1.0 + terms["approximation"], 1.0 + missed)], 1e-15, "free of the noise"),
            "bias": exact, "variance": exact,
        }  # fmt: skip

    def _run(self) -> tuple[Any, Run]:
        """Return a population of few modes and its run, as plain recursion takes it."""
        task = TASK.truncate(MODES)
        eigenvalues, power = task.explicit()
        steps = N // self.sgd.batch
        listed = tuple((phase.steps, phase.factor) for phase in phases(steps, self.sgd.schedule, self.sgd.log_base))
        return task, Run(tuple(map(float, eigenvalues)), (1.0,) * MODES, tuple(map(float, power * eigenvalues)), GAMMA,
                         self.sgd.batch, listed)  # fmt: skip

    def _exact(self, inquiry: Inquiry) -> dict[str, dict[str, Witness]]:
        """Return digits, draws and the full second-moment matrix, where nothing is sketched."""
        task, run = self._run()
        steps = N // self.sgd.batch
        if self.sgd.averaging:
            burn = steps // 2 if self.sgd.averaging == "tail" else 0
            bias, variance = (run.mean(steps - burn, burn, noise) for noise in (None, NOISE))
        else:
            bias, variance = run.last(), run.last(NOISE)
        terms, words = self.values(task), "doubles against the recursion, step by step in 60 digits"
        digits = {"bias": inquiry.equal([(terms["bias"], bias)], TOLERANCE, words),
                  "variance": inquiry.equal([(terms["variance"], variance)], TOLERANCE, words),
                  "test": inquiry.equal([(terms["test"], bias + variance + NOISE)], TOLERANCE, words),
                  "approximation": inquiry.equal([(1.0 + terms["approximation"], 1.0)], 1e-15, "0: nothing is missed")}
        return {"digits": digits, "simulation": self._drawn(inquiry), "route": self._matrices(inquiry)}

    def _drawn(self, inquiry: Inquiry) -> dict[str, Witness]:
        """Return what runs say: the theory holds at every size."""
        names = ("test", "bias", "variance")

        def draw(rng: np.random.Generator) -> dict[str, float]:
            found = simulate_sgd(self.sgd, TASK, n_samples=N, step=GAMMA, noise=NOISE, sketches=2, trials=20,
                                 seed=int(rng.integers(2**62)), progress=False)  # fmt: skip
            return {name: float(getattr(found, name).mean) for name in names}

        terms = self.values()
        agreement = crosscheck_formula(lambda: {name: terms[name] for name in names}, draw, trials=60, max_trials=2000,
                                       seed=inquiry.seed, rule=RULE)  # fmt: skip
        return {**inquiry.judged(agreement, str), "approximation": Witness("none", "nothing is missed")}

    def _matrices(self, inquiry: Inquiry) -> dict[str, Witness]:
        """Return what the whole matrix E ee′ says in other coordinates, step by step: (E zzᵀ M zzᵀ) = 2ΣMΣ + Σ tr ΣM."""
        task, run = self._run()
        eigenvalues, power = task.explicit()
        turn, _ = np.linalg.qr(np.random.default_rng(5).standard_normal((MODES, MODES)))
        sigma = (turn * eigenvalues) @ turn.T
        found = {}
        for name, start, noise in (("bias", (turn * power) @ turn.T, 0.0), ("variance", np.zeros((MODES, MODES)), NOISE)):
            found[name] = float(_after(sigma, start, noise, run, self.sgd.averaging))
        terms, words = self.values(task), "the whole second-moment matrix in turned coordinates, step by step"
        found["test"] = found["bias"] + found["variance"] + NOISE
        return {name: inquiry.equal([(terms[name], value)], 1e-9, words) for name, value in found.items()} | {
            "approximation": inquiry.equal([(1.0 + terms["approximation"], 1.0)], 1e-15, "the rank of the coordinates")}

    def _sketched(self, inquiry: Inquiry) -> dict[str, dict[str, Witness]]:
        """Return what a chain of features alone says of what is missed, and runs on drawn sketches of the rest."""
        features, at = Chain(GaussianFeatures()), dict[str, Any](n_features=self.width, ridge=0.0, noise=0.0)
        terms = self.values()
        digits = inquiry.equal([(terms["approximation"], features.evaluate(TASK, **at, precision=40).test[()])], TOLERANCE,
                               "the chain of the features alone, without ridge, 40 digits")  # fmt: skip
        agreement = crosscheck(features, TASK, [at], terms=["test"], seed=inquiry.seed, rule=RULE, scales=(1, 2, 4), trials=100,
                               max_trials=1000, progress=False)  # fmt: skip
        missed = inquiry.judged(agreement)["test"]
        wide = self.sgd.evaluate(TASK, n_samples=N, step=GAMMA, noise=NOISE, n_features=1e9)
        plain = self.sgd.evaluate(TASK, n_samples=N, step=GAMMA, noise=NOISE)
        route = {name: inquiry.equal([(float(getattr(wide, name)), float(getattr(plain, name)))], 1e-6,
                                     "a sketch of 10⁹ columns is none") for name in ("test", "bias", "variance")}  # fmt: skip
        kappa = features.evaluate(TASK, n_features=self.width, ridge=0.0).kappa[()]
        eigenvalues, power = TASK.explicit()
        bias = float((power * eigenvalues) @ (kappa / (eigenvalues + kappa)))
        route["approximation"] = inquiry.equal([(terms["approximation"], bias)], TOLERANCE, "Σ cλ κ/(λ+κ) at d(κ) = M")
        return {"digits": {"approximation": digits}, "route": route,
                "simulation": {"approximation": missed, **self._drawn_sketches(inquiry)}}  # fmt: skip

    def _drawn_sketches(self, inquiry: Inquiry) -> dict[str, Witness]:
        """Return what runs on sketches of two sizes in proportion say."""
        names = ("test", "bias", "variance")

        def theory(n_features: int, copies: int) -> dict[str, float]:
            out = self.values(population(TASK, copies), n_features=n_features, n_samples=N * copies, step=GAMMA / copies)
            return {name: out[name] for name in names}

        def draw(rng: np.random.Generator, n_features: int, copies: int) -> dict[str, float]:
            found = simulate_sgd(self.sgd, population(TASK, copies), n_samples=N * copies, step=GAMMA / copies, noise=NOISE,
                                 n_features=n_features, sketches=2, trials=8, seed=int(rng.integers(2**62)),
                                 progress=False)  # fmt: skip
            return {name: float(np.mean(getattr(found, name).values)) for name in names}

        def scaled(_: Any, scale: float) -> dict[str, Any]:
            return {"n_features": round(WIDTH * scale), "copies": round(scale)}

        agreement = crosscheck_formula(theory, draw, [scaled(None, 1.0)], sizes=scaled, scales=(1, 2, 4), trials=60,
                                       max_trials=600, seed=inquiry.seed, rule=RULE)  # fmt: skip
        return inquiry.judged(agreement, str)


def _after(sigma: Any, start: Any, noise: float, run: Run, averaged: str | None) -> float:
    """Return tr Σ E ee′ after all steps, or that of an average of iterates, from E e_s e_t′ = E e_s e_s′ (1−γΣ)^{t−s}."""
    moment, one, iterates = start, np.eye(len(sigma)), []
    for steps, factor in run.phases:
        gamma = run.step * factor
        for _ in range(steps):
            iterates.append(moment)
            square = 2 * sigma @ moment @ sigma + sigma * np.trace(sigma @ moment)
            mean = sigma @ moment @ sigma
            moment = moment - gamma * (sigma @ moment + moment @ sigma) + gamma**2 * (
                square / run.batch + (1 - 1 / run.batch) * mean + noise * sigma / run.batch)
    if averaged is None:
        return float(np.trace(sigma @ moment))
    kept = iterates[len(iterates) // 2 :] if averaged == "tail" else iterates
    forgets, memory, total = one - run.step * sigma, np.zeros_like(sigma), np.zeros_like(sigma)
    for moment in kept:
        total = total + moment + memory + memory.T
        memory = forgets @ (memory + moment)
    return float(np.trace(sigma @ total)) / len(kept) ** 2


def subjects() -> list[OnePassSubject]:
    """Return every kind of schedule and average, and one sketch."""
    return [
        OnePassSubject("sgd_constant", "constant steps", OnePassSGD(schedule="constant", batch=2)),
        OnePassSubject("sgd_geometric", "steps that are halved", OnePassSGD()),
        OnePassSubject("sgd_linear", "steps that fall to zero", OnePassSGD(schedule=linear_decay(), batch=4)),
        OnePassSubject("sgd_iterates", "the mean of all iterates", OnePassSGD(schedule="constant", averaging="iterate")),
        OnePassSubject("sgd_tail", "the mean of late iterates", OnePassSGD(schedule="constant", averaging="tail")),
        OnePassSubject("sgd_sketch", "on a sketch", OnePassSGD(), WIDTH),
    ]
