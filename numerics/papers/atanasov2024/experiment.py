"""The papers' models by simulation and by theory: learning curves with points, and a verdict on the points.

Complex matrices are drawn, whose deterministic equivalents are the same and whose remainders fall like 1/size². Sizes are the
paper's where they are known (over `shrink`), and ours elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from numerics.check.agreement import Agreement, label
from numerics.check.extrapolation import Array
from numerics.check.verdict import Block, Rule, Rung
from numerics.montecarlo.trials import Estimate
from numerics.papers.atanasov2024.published import (
    DIMS,
    FEATURE_DIMS,
    FEATURE_NOISE,
    FEATURES,
    ISOTROPIC,
    RIDGE,
    RIDGE_DIMS,
    RIDGE_NOISE,
    WIDTH,
    correlated_population,
    features_ridge,
    unit,
)
from numerics.papers.parts import Part
from numerics.pictures.panels import Curve, Panel, Points
from numerics.simulate.experiment import simulate
from theory import (
    Chain,
    FeatureNoise,
    GaussianFeatures,
    HaarProjection,
    Isotropic,
    PowerLaw,
    Samples,
    Spectrum,
    deep_random_features,
    exponential_memory,
    linear_ridge,
    power_memory,
    random_features,
)
from theory.terms import Key

LEAST, MANY = 6, 240      # trials; samples beyond which a point takes fewer: its fluctuations are small
CAPACITY, SOURCE, NOISE = 1.3, 0.4, 0.1  # of the populations that are ours
COLUMNS = (0.3, 0.7, 1.5)  # α_F: one of each range
NOTHING = np.empty(0)
BOTH = ("samples $P$", "features $N$")


@dataclass(frozen=True)
class Plan:
    """How large and how many.

    Attributes
    ----------
    name : str
        For titles.
    seed : int
        Of the whole experiment.
    shrink : int
        Published sizes are divided by it.
    modes : int
        Of the power laws that are ours.
    trials : int
        A point.
    count, line : int
        Points of a curve, drawn and evaluated.
    draws : int
        Of data, for cross-validation.
    slopes : int
        Measured on a ray.
    rule : Rule
        What the verdicts promise.
    """

    name: str
    seed: int
    shrink: int
    modes: int
    trials: int
    count: int
    line: int
    draws: int
    slopes: int
    rule: Rule


@dataclass(frozen=True, eq=False)
class Case:
    """A model at a setting: a curve.

    Attributes
    ----------
    label : str
        Of the curve.
    chain : Chain
        The model.
    population : Spectrum
        With explicit modes.
    arguments : mapping
        Of `evaluate`, all but the one that varies.
    """

    label: str
    chain: Chain
    population: Spectrum
    arguments: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Measured:
    """A case along one argument: theory on a fine grid, and trials at some points.

    Attributes
    ----------
    label : str
        Of the case.
    fine : ndarray
        Where the lines are.
    lines : mapping
        By term.
    points : mapping
        By term.
    blocks : tuple of Block
        For the verdict, one a point.
    """

    label: str
    fine: Array
    lines: Mapping[Key, Array]
    points: Mapping[Key, Points]
    blocks: tuple[Block, ...]

    def curve(self, term: Key, name: str = "") -> Curve:
        """Return one term."""
        return Curve(name or self.label, self.fine, self.lines[term], self.points[term])


Drawn: TypeAlias = tuple[str, Sequence[Measured], Key]  # a panel: its title, its curves, and of which term


class Bench:
    """Makes the parts of one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def law(self) -> Spectrum:
        """Return the structured population that is ours."""
        return PowerLaw(capacity=CAPACITY, source=SOURCE).truncate(self.plan.modes)

    def sizes(self, low: float, high: float) -> Array:
        """Return sizes, spaced by a factor, in units of the number of modes."""
        return np.unique(np.round(np.geomspace(low, high, self.plan.count) * self.plan.modes))

    def measure(self, case: Case, across: str, at: Array, *place: int, decompose: bool = False) -> Measured:
        """Return a case along one argument; `place` tells its seeds from all others."""
        fine = np.unique(np.round(np.geomspace(at[0], at[-1], self.plan.line))).astype(np.float64)
        lines, exact = (case.chain.evaluate(case.population, **{**case.arguments, across: x}).terms for x in (fine, at))
        shown: list[Key] = list(exact) if decompose else ["test", "train"]
        blocks, found = [], []
        for i, size in enumerate(at):
            given = {**case.arguments, across: int(size)}
            most = self.plan.trials * (2 if decompose else 1)
            trials = max(LEAST, round(most * min(1.0, MANY / given["n_samples"]) ** 2))
            seed = int(np.random.SeedSequence(self.plan.seed, spawn_key=(*place, i)).generate_state(1)[0])
            drawn = simulate(case.chain, case.population, trials=trials, seed=seed, complex=True, decompose=decompose,
                             progress=False, **given)  # fmt: skip
            values = {term: drawn.terms[term].values for term in shown}
            sizes = {name: int(value) for name, value in given.items() if name.startswith("n_")}
            theory = {term: np.atleast_1d(exact[term][i]) for term in shown}
            rung = Rung(1.0, sizes, {term: column.reshape(-1, 1) for term, column in values.items()})
            blocks.append(Block(({**given, "case": case.label},), (rung,), (theory,), 2, theory["test"]))
            found.append({term: Estimate(column) for term, column in values.items()})
        points = {term: Points.of(at, [one[term] for one in found]) for term in shown}
        return Measured(case.label, fine, {term: np.asarray(lines[term]) for term in shown}, points, tuple(blocks))

    def part(self, name: str, words: str, panels: Sequence[Drawn], across: str | tuple[str, ...]) -> Part:
        """Return a figure of curves of one term a panel; the verdict is on test and training risk of all that was measured."""
        drawn = tuple(Panel(title, tuple(one.curve(term) for one in found)) for title, found, term in panels)
        measured = dict.fromkeys(one for _, found, _ in panels for one in found)
        blocks = tuple(block for one in measured for block in one.blocks)
        return Part(name, words, drawn, Agreement(blocks, self.plan.rule), across, up="risk")

    def ridge(self) -> Part:
        """Return ridge regression: isotropic at the published setting and more, and structured; the descent after the peak."""
        D = RIDGE_DIMS // self.plan.shrink
        at = np.sort(np.round(D / np.array([*ISOTROPIC, 1.4, 0.7])))
        white = [
            self.measure(Case(f"$\\lambda = {ridge:g}$", linear_ridge(), Isotropic(D), {"ridge": ridge, "noise": RIDGE_NOISE}),
                         "n_samples", at, 0, i)
            for i, ridge in enumerate((RIDGE, 0.1))
        ]  # fmt: skip
        steep = [
            self.measure(Case(f"$\\lambda = {ridge:g}$", linear_ridge(), self.law(), {"ridge": ridge, "noise": NOISE}),
                         "n_samples", self.sizes(0.1, 5.0), 1, i)
            for i, ridge in enumerate((1e-4, 1e-2))
        ]  # fmt: skip
        words = (
            f"isotropic, D = {D}, σ = .5 (λ = {RIDGE:g}: the authors' setting); λ_k = k^-{CAPACITY}, r = {SOURCE}, "
            f"{self.plan.modes} modes, σ² = {NOISE}"
        )
        panels: list[Drawn] = [
            ("isotropic: test", white, "test"), ("isotropic: training", white, "train"), ("structured: test", steep, "test"),
        ]  # fmt: skip
        made = self.part("ridge", words, panels, BOTH[0])
        exact = {D / ratio: float(digits) + RIDGE_NOISE for ratio, digits in ISOTROPIC.items()}
        return _with_values(made, exact)

    def features(self) -> Part:
        """Return linear random features against P and against N."""
        D, N = FEATURE_DIMS // self.plan.shrink, WIDTH // self.plan.shrink
        at = np.array([*FEATURES, *(60, 140, 500)]) / self.plan.shrink
        many = [
            self.measure(Case(f"$N = {n}$", random_features(), unit(D), {
                "n_features": n, "ridge": features_ridge(D, n), "noise": FEATURE_NOISE}), "n_samples", np.sort(at), 2, i)
            for i, n in enumerate((N, 3 * N // 2))
        ]  # fmt: skip
        P = self.plan.modes // 2
        wide = [
            self.measure(Case(f"$\\lambda = {ridge:g}$", random_features(), self.law(), {
                "n_samples": P, "ridge": ridge, "noise": NOISE}), "n_features", self.sizes(0.1, 5.0), 3, i)
            for i, ridge in enumerate((1e-3, 1e-2))
        ]  # fmt: skip
        words = (
            f"isotropic, D = {D}, σ = .25, their λ = {RIDGE:g} (N = {N}: the authors' setting); structured, P = {P} against N, "
            f"σ² = {NOISE}"
        )
        panels: list[Drawn] = [("isotropic", many, "test"), ("structured", wide, "test")]
        made = self.part("features", words, panels, BOTH)
        return _with_values(made, {P / self.plan.shrink: float(digits) + FEATURE_NOISE for P, digits in FEATURES.items()})

    def deep(self) -> Part:
        """Return deep random features of one to three layers."""
        N = 3 * self.plan.modes // 4
        found = []
        for depth in (1, 2, 3):
            widths = {"n_features": N} if depth == 1 else {f"n_features_{layer + 1}": N for layer in range(depth)}
            chain = random_features() if depth == 1 else deep_random_features(depth)
            case = Case(f"{depth} layer{'s' * (depth > 1)}", chain, self.law(), {**widths, "ridge": 1e-3, "noise": NOISE})
            found.append(self.measure(case, "n_samples", self.sizes(0.15, 4.0), 4, depth))
        words = f"structured population, N = {N} in every layer, λ = 0.001, σ² = {NOISE}"
        panels: list[Drawn] = [("test", found, "test"), ("training", found, "train")]
        return self.part("deep", words, panels, BOTH[0])

    def noise(self) -> Part:
        """Return random features with additive noise."""
        N, chain = self.plan.modes // 2, Chain(Samples(), FeatureNoise(), GaussianFeatures())
        found = [
            self.measure(Case(f"$\\mu^2 = {mu:g}$", chain, self.law(), {
                "n_features": N, "feature_noise": mu, "ridge": 1e-3, "noise": NOISE}), "n_samples", self.sizes(0.15, 4.0), 5, i)
            for i, mu in enumerate((0.003, 0.03, 0.3))
        ]  # fmt: skip
        words = f"noise of variance μ² on each of N = {N} features, structured population, λ = 0.001, σ² = {NOISE}"
        panels: list[Drawn] = [("test", found, "test"), ("training", found, "train")]
        return self.part("noise", words, panels, BOTH[0])

    def columns(self) -> Part:
        """Return structured weights, F = Z C^½ with eigenvalues k^-α_F of C, against N and against P."""
        law, half, ridge = self.law(), self.plan.modes // 2, 1e-3
        found: dict[str, list[Measured]] = {"n_features": [], "n_samples": []}
        for place, (across, other) in enumerate((("n_features", "n_samples"), ("n_samples", "n_features"))):
            for i, power in enumerate((0.0, *COLUMNS)):
                chain = Chain(Samples(), GaussianFeatures(columns=power)) if power else random_features()
                size = half if other == "n_samples" else 2 * half
                case = Case(f"$\\alpha_F = {power:g}$", chain, law, {other: size, "ridge": ridge, "noise": NOISE})
                found[across].append(self.measure(case, across, self.sizes(0.1, 5.0), 6 + place, i))
        words = f"columns of F with spectrum k^-α_F, of mean 1; P = {half} against N, N = {2 * half} against P; λ = {ridge:g}"
        panels: list[Drawn] = [("against $N$", found["n_features"], "test"), ("against $P$", found["n_samples"], "test")]
        return self.part("columns", words, panels, BOTH[::-1])

    def projections(self) -> Part:
        """Return projections onto a uniform subspace beside Gaussian features."""
        law, half = self.law(), self.plan.modes // 2
        found: dict[str, list[Measured]] = {"n_features": [], "n_samples": []}
        for place, (across, other, high) in enumerate((("n_features", "n_samples", 1.0), ("n_samples", "n_features", 4.0))):
            for i, (name, layer) in enumerate((("Haar", HaarProjection()), ("Gaussian", GaussianFeatures()))):
                case = Case(name, Chain(Samples(), layer), law, {other: half, "ridge": 1e-3, "noise": NOISE})
                found[across].append(self.measure(case, across, self.sizes(0.15, high), 8 + place, i))
        words = f"structured population; P = {half} against N, N = {half} against P; at N = D the projection is none"
        panels: list[Drawn] = [("against $N$", found["n_features"], "test"), ("against $P$", found["n_samples"], "test")]
        return self.part("projections", words, panels, BOTH[::-1])

    def correlated(self) -> Part:
        """Return correlated samples at the settings of the sequel: two noises, exponential memories, a power memory."""
        law, white = correlated_population(), unit(DIMS)
        at = np.array([20.0, 40.0, 100.0, 200.0, 400.0])
        long, steep = exponential_memory(100.0), power_memory(1.5)
        noises = [
            self.measure(Case(f"{noise} noise", Chain(Samples(rows=long, noise=noise)), law, {"ridge": 1e-4, "noise": 0.05**2}),
                         "n_samples", at, 10, i)
            for i, noise in enumerate(("matched", "white"))
        ]  # fmt: skip
        memories = [
            self.measure(Case(f"$\\xi = {xi:g}$", Chain(Samples(rows=exponential_memory(xi))), white, {
                "ridge": 1e-4, "noise": 0.25}), "n_samples", np.array([20.0, 60.0, 150.0, 300.0]), 11, i)
            for i, xi in enumerate((1.0, 100.0))
        ]  # fmt: skip
        powers = [self.measure(Case("$(1 + \\tau)^{-1.5}$", Chain(Samples(rows=steep)), white, {"ridge": 1e-3}),
                               "n_samples", at[:-1], 12)]  # fmt: skip
        words = (
            "100 dimensions, exact Toeplitz eigenvalues; α = 1.1, r = .8, ξ = 100, λ = 1e-4, σ = .05; isotropic, λ = 1e-4, "
            "σ = .5; isotropic, λ = 1e-3, σ = 0"
        )
        return self.part("correlated", words, [
            ("matched and white noise", noises, "test"), ("exponential memory", memories, "test"),
            ("power memory", powers, "test")], "samples $T$")  # fmt: skip

    def anova(self) -> Part:
        """Return bias and every variance of four models; a panel a model, a curve a component."""
        law, half = self.law(), self.plan.modes // 2
        common = {"ridge": 1e-3, "noise": NOISE}
        wide = {"n_features": half, **common}
        cases = (
            Case("ridge", linear_ridge(), law, common),
            Case("random features", random_features(), law, wide),
            Case("structured weights, $\\alpha_F = 1.5$", Chain(Samples(), GaussianFeatures(columns=1.5)), law, wide),
            Case("correlated samples, $\\xi = 20$, white noise",
                 Chain(Samples(rows=exponential_memory(20.0), noise="white")), law, common),
        )  # fmt: skip
        found = [
            self.measure(case, "n_samples", self.sizes(0.15, 4.0), 13, i, decompose=True) for i, case in enumerate(cases)
        ]
        panels = []
        for one in found:
            terms = [term for term in one.lines if term not in ("train", "excess")]
            panels.append(Panel(one.label, tuple(one.curve(term, label(term)) for term in terms)))
        words = f"structured population of {self.plan.modes} modes, N = {half}, λ = 0.001, σ² = {NOISE}"
        blocks = tuple(block for one in found for block in one.blocks)
        return Part("anova", words, tuple(panels), Agreement(blocks, self.plan.rule), BOTH[0], up="risk")


def _with_values(part: Part, values: Mapping[float, float]) -> Part:
    """Return the part with published values as points of the first panel."""
    x, y = np.array([*values], dtype=np.float64), np.array([*values.values()])
    marks = Curve("authors' values", NOTHING, NOTHING, Points(x, y, 0 * y, 0 * y, np.zeros(x.size, bool)))
    first = part.panels[0]
    panels = (Panel(first.title, (*first.curves, marks)), *part.panels[1:])
    return Part(part.figure, part.words, panels, part.agreement, part.across, up=part.up)


PARTS = ("ridge", "features", "deep", "noise", "columns", "projections", "correlated", "anova")
