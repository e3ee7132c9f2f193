"""Training: every term of the risk along gradient flow and descent."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import mpmath
import numpy as np

from numerics.check.crosscheck import crosscheck
from numerics.validation.ledger import fingerprints
from numerics.validation.ledger.entries import Witness
from numerics.validation.ledger.inquiry import NOWHERE, RULE, Inquiry, gathered
from numerics.validation.ledger.residues import Residues
from numerics.validation.references import published
from numerics.validation.references.courses import precise_course
from theory import Discrete, GradientDescent, GradientFlow, PowerLaw, SpectralFilter, Spectrum, linear_ridge, random_features
from theory.notation import KAPPA, KAPPA_PRIMED, NOISE
from theory.spectra.psi import PolarPsi, df1, tf1
from theory.terms import term_name

SUM, CLOSE = 1e-12, 1e-9
NODES, DIGITS = 64, 25
LATE = 1e8  # times one over the largest eigenvalue: nothing moves any more
FAINT = 1e-9  # of the test risk: a term that decays to nothing has no limit to be held to


@dataclass(frozen=True)
class TrainingSubject:
    """A chain that is trained.

    Attributes
    ----------
    key, title : str
        As in `Subject`.
    training : GradientFlow or GradientDescent
        The algorithm on the chain.
    clocks : tuple of mapping
        Arguments that set how long it runs, early to late.
    residual : callable
        φ(x, **clock), of mpmath's numbers and of arrays.
    sizes : mapping
        Of the layers.
    """

    key: str
    title: str
    training: GradientFlow | GradientDescent
    clocks: tuple[Mapping[str, float], ...]
    residual: Callable[..., Any]
    sizes: Mapping[str, float]
    task: Spectrum = field(default_factory=lambda: PowerLaw(1.2, 0.4).truncate(24))
    noise: float = 0.2
    group = "training"

    @property
    def setting(self) -> str:
        """Where it is drawn."""
        sizes = ", ".join(f"{name} {value:g}" for name, value in self.sizes.items())
        times = ", ".join("/".join(f"{value:g}" for value in clock.values()) for clock in self.clocks)
        return f"{self.training}; {self.task}; {sizes}; {' and '.join(self.clocks[0])} {times}; noise {self.noise:g}"

    def at(self, clock: Mapping[str, float]) -> dict[str, Any]:
        """Return arguments of `evaluate`.

        Parameters
        ----------
        clock : mapping
            How long it runs.
        """
        return {**self.sizes, **clock, "noise": self.noise}

    def values(self, clock: Mapping[str, float]) -> dict[str, float]:
        """Return every term.

        Parameters
        ----------
        clock : mapping
            How long it runs.
        """
        out = self.training.evaluate(self.task, **self.at(clock))
        return {term_name(key): float(value) for key, value in out.terms.items()}

    def probe(self) -> dict[str, float]:
        """Return every term at the second clock."""
        return self.values(self.clocks[1])

    def fingerprints(self) -> dict[str, str]:
        """Return those of the two-point functions, the terms, and φ."""
        chain, algorithm = self.training.chain, type(self.training.algorithm)
        whole = fingerprints.of_two_points(chain), fingerprints.of_source(algorithm.residual)
        known = fingerprints.of_chain(chain)
        names = [*(term_name(key) for key in chain.formulas), "gap"]
        return {name: fingerprints.joined(name, known.get(name), *whole) for name in names}

    def witnesses(self, inquiry: Inquiry) -> dict[str, dict[str, Witness]]:
        """Return what every witness says."""
        names = list(self.fingerprints())
        kinds = {
            "identity": self._sums(inquiry),
            "digits": self._digits(inquiry),
            "simulation": self._simulation(inquiry),
            "published": {**dict.fromkeys(names, NOWHERE), **self._published(inquiry)},
            "route": self._filters(inquiry),
        }
        return gathered(kinds, names)

    def _sums(self, inquiry: Inquiry) -> dict[str, Witness]:
        """Return the sums that hold at any time, and the limit of late times."""
        pairs: dict[str, list[tuple[float, float]]] = {}
        for clock in self.clocks:
            terms = self.values(clock)
            parts = [name for name in terms if name not in ("test", "train", "gap", "excess")]
            whole = sum(terms[name] for name in parts)
            pairs.setdefault("test", []).append((terms["test"], whole + self.noise))
            pairs.setdefault("excess", []).append((terms["excess"], whole))
            pairs.setdefault("gap", []).append((terms["gap"] + terms["train"], terms["test"]))
            pairs.setdefault("train", []).append((terms["train"] + terms["gap"], terms["test"]))
        found = {name: inquiry.equal(each, SUM, "sums at any time") for name, each in pairs.items()}
        late = {name: LATE if name in ("time", "n_steps") else value for name, value in self.clocks[-1].items()}
        end = self.training.chain.evaluate(self.task, **dict[str, Any](self.sizes), ridge=0.0, noise=self.noise)
        terms = self.values(late)
        for key, value in end.terms.items():
            name = term_name(key)
            if name not in found and value > FAINT * end.test:
                found[name] = inquiry.equal([(terms[name], float(value))], CLOSE, "the chain without ridge, late")
        return found

    def _digits(self, inquiry: Inquiry) -> dict[str, Witness]:
        """Return what Cauchy's formula around the spectrum says, with plain two-point terms in many digits."""
        chain, clock = self.training.chain, self.clocks[1]
        parameters = [self.sizes[slot.keyword] for slot in chain.slots]

        def phi(x: Any) -> Any:
            return self.residual(x, **clock)

        exact = precise_course(chain, self.task, parameters, phi, self.noise, NODES, DIGITS)
        terms = self.values(clock)
        words = f"doubles against Cauchy's formula on an ellipse, {DIGITS} digits"
        return {term_name(key): inquiry.equal([(terms[term_name(key)], value)], CLOSE, words)
                for key, value in exact.items() if term_name(key) in terms}  # fmt: skip

    def _simulation(self, inquiry: Inquiry) -> dict[str, Witness]:
        training: Any = self.training
        agreement = crosscheck(
            training, self.task, [self.at(clock) for clock in self.clocks], seed=inquiry.seed, rule=RULE, trials=100,
            max_trials=1000, executor=inquiry.executor, progress=False,
        )  # fmt: skip
        return inquiry.judged(agreement)

    def _filters(self, inquiry: Inquiry) -> dict[str, Witness]:
        """Return what a filter φ(x) says that is told as a function, on contours of its own."""
        pairs: dict[str, list[tuple[float, float]]] = {}
        for clock in self.clocks[:2]:
            other = SpectralFilter(self.training.chain, functools.partial(self.residual, **clock))
            found = other.evaluate(self.task, **dict[str, Any](self.sizes), noise=self.noise).terms
            for name, value in self.values(clock).items():
                pairs.setdefault(name, []).append((value, float(found[name])))
        return {name: inquiry.equal(each, CLOSE, "as a filter, on the widest ellipse around the spectrum")
                for name, each in pairs.items()}  # fmt: skip

    def _published(self, inquiry: Inquiry) -> dict[str, Witness]:
        """Return what mean-field equations say of gradient flow on random features: C₀ exactly, and final losses."""
        if self.training != GradientFlow(random_features()):
            return {}
        exact = mean_field(inquiry)
        a, b, k, pairs = 1.5, 1.25, np.arange(1, 2001), []
        for (n_samples, n_features), value in published.GRADIENT_FLOW_LIMITS.items():
            task = Discrete(k**-b, k ** (b - a))
            out = self.training.evaluate(task, time=np.inf, n_samples=n_samples, n_features=n_features)
            pairs.append((out.test[()], value))
        numbers = inquiry.equal(pairs, CLOSE, "arXiv:2402.01092, final losses")
        verdict = "agree" if {exact.verdict, numbers.verdict} == {"agree"} else "disagree"
        return {"test": Witness(verdict, f"{exact.words}; {numbers.words}", numbers.figures)}


def mean_field(inquiry: Inquiry) -> Witness:
    """Return what the mean-field equations of arXiv:2402.01092 say of C₀ of random features, in our letters.

    Parameters
    ----------
    inquiry : Inquiry
        How it is asked.
    """
    chain = random_features()
    size = {slot.name: slot.letter.symbol for slot in chain.slots}
    n, p, kappa, primed, s2 = size["features"], size["samples"], KAPPA.symbol, KAPPA_PRIMED.symbol, NOISE.symbol
    d, d_, q, a2, a1 = df1(kappa), df1(primed), PolarPsi(1, 0, kappa, primed), PolarPsi(1, 1, kappa, primed), tf1(kappa)
    r1, r3, r3_ = 1 - d / p, 1 - d / n, 1 - d_ / n
    above = kappa * primed * (r3 * a2 + q * a1 / n) + s2 * (r3 + primed * q / n)
    printed = above / (r1 * r3_ + q * (kappa * r1 / n + primed * r3_ / p))
    points = map(Residues, range(1, 5))
    return inquiry.identical([(at.value(chain.two_point["test"]), at.value(printed)) for at in points],
                             "arXiv:2402.01092, the mean-field form of the two-point function")  # fmt: skip


def flow_residual(x: Any, time: float) -> Any:
    """Return e^{−xt}.

    Parameters
    ----------
    x : array or mpmath number
        An eigenvalue of the kernel.
    time : float
        How long it runs.
    """
    return np.exp(-x * time) if isinstance(x, np.ndarray) else mpmath.exp(-x * time)


def descent_residual(momentum: float) -> Callable[..., Any]:
    """Return φ_n of descent with momentum, step by step.

    Parameters
    ----------
    momentum : float
        β.
    """

    def residual(x: Any, n_steps: int, step: float) -> Any:
        before, now = 1 + 0 * x, 1 - step * x
        for _ in range(int(n_steps) - 1):
            before, now = now, (1 + momentum - step * x) * now - momentum * before
        return now

    return residual


def subjects() -> list[TrainingSubject]:
    """Return flow and descent on linear regression and on random features."""
    one, two = {"n_samples": 30}, {"n_samples": 30, "n_features": 18}
    times = tuple({"time": time} for time in (0.7, 4.0, 30.0))
    steps = tuple({"n_steps": n, "step": 0.25} for n in (3, 20, 100))
    features, momentum = random_features(), GradientDescent(linear_ridge(), momentum=0.6)
    return [
        TrainingSubject("flow_linear", "gradient flow, linear", GradientFlow(linear_ridge()), times, flow_residual, one),
        TrainingSubject("flow_features", "gradient flow, random features", GradientFlow(features), times, flow_residual, two),
        TrainingSubject("descent_features", "gradient descent, random features", GradientDescent(features), steps,
                        descent_residual(0.0), two),
        TrainingSubject("momentum_linear", "gradient descent with momentum, linear", momentum, steps, descent_residual(0.6),
                        one),
    ]  # fmt: skip
