"""Chains: κ and every term of the risk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from numerics.check.crosscheck import crosscheck
from numerics.validation.ledger import fingerprints
from numerics.validation.ledger.entries import Witness
from numerics.validation.ledger.inquiry import RULE, Inquiry, gathered
from numerics.validation.ledger.subjects import closed_forms, degrees, identities, pencils
from theory import (
    Chain,
    FeatureNoise,
    GaussianFeatures,
    HaarProjection,
    Isotropic,
    PoolSamples,
    PowerLaw,
    Samples,
    Spectrum,
    deep_random_features,
    linear_ridge,
    nonlinear_random_features,
    random_features,
)
from theory.errors import BadArgument
from theory.terms import term_name

DIGITS, TOLERANCE = 50, 1e-11
SCALES = (1, 2, 4)  # of the sizes that are drawn
HARD = (0.0, 1e-300, 1e-12, 1e-4, 1.0)  # ridges
INFINITE = (0.0, 1e-12, 1e-4, 1.0)


@dataclass(frozen=True)
class ChainSubject:
    """A chain at a population of a few modes, where it is drawn, and at points that are hard for doubles.

    Attributes
    ----------
    key, title : str
        As in `Subject`.
    model : Chain
        The chain.
    sizes : mapping
        Of the layers, beside `n_samples` those at 24 modes.
    samples : tuple of int
        n_samples, below and above interpolation.
    task : Spectrum
        The population that is drawn.
    noise : float
        σ².
    options : mapping
        Of the cross-check.
    """

    key: str
    title: str
    model: Chain
    sizes: Mapping[str, float] = field(default_factory=dict)
    samples: tuple[int, ...] = (12, 40)
    task: Spectrum = field(default_factory=lambda: PowerLaw(1.2, 0.4).truncate(24))
    noise: float = 0.2
    options: Mapping[str, Any] = field(default_factory=dict)
    group = "chains"

    @property
    def setting(self) -> str:
        """Where it is drawn."""
        sizes = ", ".join(f"{name} {value:g}" for name, value in self.sizes.items())
        rows = " and ".join(map(str, self.samples))
        return f"{self.model}; {self.task}; n_samples {rows}{', ' if sizes else ''}{sizes}; noise {self.noise:g}"

    def fingerprints(self) -> dict[str, str]:
        """Return those of κ and of every term."""
        return fingerprints.of_chain(self.model)

    def at(self, n_samples: float, ridge: float, **more: Any) -> dict[str, Any]:
        """Return arguments of `evaluate`.

        Parameters
        ----------
        n_samples, ridge : float
            What varies.
        **more : Any
            Other arguments.
        """
        return {"n_samples": n_samples, **self.sizes, "noise": self.noise, "ridge": ridge, **more}

    def values(self, task: Spectrum, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return κ and every term at one point."""
        out = self.model.evaluate(task, **arguments)
        return {"kappa": out.kappa[()], **{term_name(key): value[()] for key, value in out.terms.items()}}

    def probe(self) -> dict[str, float]:
        """Return κ and every term in doubles."""
        return {name: float(value) for name, value in self.values(self.task, self.at(self.samples[0], 0.05)).items()}

    def witnesses(self, inquiry: Inquiry) -> dict[str, dict[str, Witness]]:
        """Return what every witness says."""
        kinds = {
            "identity": identities.of_chain(self.model, inquiry),
            "digits": self._digits(inquiry),
            "simulation": self._simulation(inquiry),
            "published": closed_forms.of_chain(self, inquiry),
            "route": self._routes(inquiry),
        }
        return gathered(kinds, self.fingerprints())

    def _hard_points(self) -> Iterator[tuple[Spectrum, dict[str, Any]]]:
        """Yield points that are hard: no ridge, sizes that tie, tiny ridges, infinitely many modes."""
        nested = any(slot.ratio for slot in self.model.slots)
        finite = self.task if self.model.nonlinear is not None else PowerLaw(1.3, 0.4, size=24)
        rows = [*self.samples, *(int(size) for name, size in self.sizes.items() if name.startswith("n_"))]
        laws = any(slot.layer.law is not None for slot in self.model.slots)
        for n_samples in dict.fromkeys(rows):
            for ridge in HARD:
                tie = n_samples in (*self.sizes.values(), 24)
                if not (ridge == 0 and tie) and not (laws and ridge == 1e-300):
                    yield finite, self.at(n_samples, ridge)
        if self.model.nonlinear is None and not nested and not self.model.slots.noisy_population:
            for ridge in INFINITE:
                yield PowerLaw(1.5, 0.4), self.at(self.samples[0], ridge)

    def _digits(self, inquiry: Inquiry) -> dict[str, Witness]:
        pairs: dict[str, list[tuple[Any, Any]]] = {}
        proved = all(slot.layer.law is None for slot in self.model.slots) and self._certifies()
        for task, arguments in self._hard_points():
            found = self.values(task, arguments)
            many = {"certified": True, "digits": DIGITS} if proved else {"precision": DIGITS}
            for name, value in self.values(task, {**arguments, **many}).items():
                pairs.setdefault(name, []).append((found[name], value.mid if proved else value))
        words = f"doubles against {'certified bounds' if proved else 'mpmath'}, {DIGITS} digits"
        return {name: inquiry.equal(each, TOLERANCE, words) for name, each in pairs.items()}

    def _certifies(self) -> bool:
        try:
            self.model.evaluate(self.task, **self.at(self.samples[0], 0.1), certified=True)
        except BadArgument:
            return False
        except ValueError as missing:
            if "python-flint" not in str(missing):
                raise
            return False
        return True

    def _simulation(self, inquiry: Inquiry) -> dict[str, Witness]:
        grid = [self.at(n_samples, ridge) for n_samples in self.samples for ridge in (0.02, 0.2)]
        agreement = crosscheck(
            self.model, self.task, grid, seed=inquiry.seed, rule=RULE, scales=SCALES, trials=100, max_trials=1000,
            n_test=400, executor=inquiry.executor, progress=False, **self.options,
        )  # fmt: skip
        return {**inquiry.judged(agreement), "kappa": degrees.of_chain(self, inquiry)}

    def _routes(self, inquiry: Inquiry) -> dict[str, Witness]:
        """Return the terms by products of divided differences at one ridge taken twice, and by matrix expressions."""
        found = {"kappa": closed_forms.bisected(self, inquiry)}
        pairs: dict[str, list[tuple[Any, Any]]] = {}
        matched = all(slot.layer.law is None or not slot.layer.trains for slot in self.model.slots)
        if matched:
            for n_samples in self.samples:
                for ridge in (1e-6, 0.05, 1.0):
                    arguments = self.at(n_samples, ridge)
                    terms = self.values(self.task, arguments)
                    twice = self.model.two_point_at(self.task, **{**arguments, "ridge": [ridge]})
                    for key, value in twice.terms.items():
                        name = term_name(key)
                        if name in terms:
                            pairs.setdefault(name, []).append((terms[name], value[0, 0].real))
            words = "two-point functions at equal ridges"
            found |= {name: inquiry.equal(each, TOLERANCE, words) for name, each in pairs.items()}
        return {**found, **pencils.of_chain(self, inquiry)}


def subjects() -> list[ChainSubject]:
    """Return the ready-made models, and chains in which every layer occurs."""
    n = {"n_features": 16}
    relu = Isotropic(48)
    return [
        ChainSubject("linear_ridge", "linear ridge", linear_ridge()),
        ChainSubject("random_features", "random features", random_features(), n),
        ChainSubject("deep_random_features", "two layers of random features", deep_random_features(2),
                     {"n_features_1": 20, "n_features_2": 16}),
        ChainSubject("nonlinear_random_features", "ReLU features", nonlinear_random_features("relu"), {"n_features": 32},
                     (16, 64), relu),
        ChainSubject("haar", "projections", Chain(Samples(), HaarProjection()), n),
        ChainSubject("feature_noise", "noisy features", Chain(Samples(), FeatureNoise(), GaussianFeatures()),
                     {**n, "feature_noise": 0.05}),
        ChainSubject("noisy_inputs", "noisy inputs", Chain(Samples(), FeatureNoise()), {"feature_noise": 0.05}),
        ChainSubject("pool", "rows of a pool", Chain(PoolSamples()), samples=(8, 16), noise=0.0),
        ChainSubject("columns", "structured columns", random_features(columns=0.5), n),
        ChainSubject("rows", "correlated rows", linear_ridge(rows=0.5)),
        ChainSubject("rows_white_noise", "correlated rows, white label noise", linear_ridge(rows=0.5, noise="white")),
    ]  # fmt: skip
