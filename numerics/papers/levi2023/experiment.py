"""The paper's figures on data that ship: ranks, densities, ratios, spacings, form factors and entropies.

Gaussian draws are held against theory (complex ones, whose remainders fall like 1/size²); data are held against both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import theory as th
from numerics.check.agreement import Agreement
from numerics.check.verdict import Block, Rule, Rung
from numerics.data.arrays import Array
from numerics.eigenvalues.statistics import RATIO, LevelStatistics, goe_form_factor, level_statistics
from numerics.montecarlo.trials import Estimate
from numerics.papers.levi2023.sources import WORDS, Data, Kind, drawn, entropy, predicted
from numerics.papers.parts import Part
from numerics.pictures.panels import Curve, Panel, Points

MNIST, PHOTOS, DIGITS = Data("mnist5k"), Data("photos"), Data("digits")
P = 200            # rows of a matrix, where no other number is said
CAPACITY = 1.5     # of the surrogate for verdicts, λ_k = k^-α
SIZES = (25, 50, 100, 200, 400)
RATIO_SIZES = (12, 25, 50, 100, 200, 400)
BINS, LINE = 10, 60
KINDS: tuple[Kind, ...] = ("full", "top", "power", "white")
NOTHING = np.empty(0)


@dataclass(frozen=True)
class Plan:
    """How large and how many.

    Attributes
    ----------
    name : str
        For titles.
    seed : int
        Of the whole experiment.
    draws : int
        Gaussian matrices a point.
    subsets : int
        Disjoint subsets of data a point, at most.
    dims : int
        D of the surrogate that is held against theory.
    capacities : int
        How many in the figure of critical numbers.
    rule : Rule
        What the verdicts promise.
    """

    name: str
    seed: int
    draws: int
    subsets: int
    dims: int
    capacities: int
    rule: Rule


class Bench:
    """Makes the parts of one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @property
    def law(self) -> th.Discrete:
        """The surrogate that is held against theory."""
        return th.Discrete(np.arange(1.0, self.plan.dims + 1.0) ** -CAPACITY, np.ones(self.plan.dims))

    def seed(self, *place: int) -> int:
        """Return a seed of its own for a part of the experiment."""
        return int(np.random.SeedSequence(self.plan.seed, spawn_key=place).generate_state(1)[0])

    def ranks(self) -> Part:
        """Return eigenvalues by rank: data, and what their surrogates predict."""
        panels = []
        for place, data in enumerate((MNIST, PHOTOS)):
            lists = data.subsets(P, self.plan.subsets, self.seed(0, place))
            n = min(len(values) for values in lists)
            marks = np.unique(np.round(np.geomspace(1, n, 16)).astype(int))
            measured = np.array([values[marks - 1] for values in lists]).T
            curves = [Curve(f"{data.name}, $P = {P}$", NOTHING, NOTHING, Points.of(marks, [Estimate(row) for row in measured]))]
            for kind in KINDS:
                values = predicted(data.populations[kind], P).quantiles()[:n]
                curves.append(Curve(WORDS[kind], np.arange(1.0, n + 1.0), values))
            panels.append(Panel(f"{data.name}: eigenvalues by rank", tuple(curves)))
        words = f"subsets of {P} rows of MNIST-5k ({MNIST.dims} live pixels) and of photo patches (16 × 16); surrogates"
        return Part("ranks", words, tuple(panels), None, "rank $k$", up="eigenvalue")

    def density(self) -> Part:
        """Return densities in ln x: Gaussian draws of a power law against theory, and data against their full covariance."""
        panels, blocks = [], []
        cases = [(f"$\\lambda_k = k^{{-{CAPACITY}}}$", self.law, None), ("MNIST-5k", MNIST.populations["full"], MNIST)]
        for place, (title, population, data) in enumerate(cases):
            theory = predicted(population, P)
            band = theory.bands[-1]
            ends = np.geomspace(band.lower * 1.5, theory.edges[0], BINS + 1)
            ends[-1] = np.inf
            exact = -np.diff(_above(theory, ends))
            lists = drawn(population, P, 4 * self.plan.draws, self.seed(1, place), complex=True)
            counts = np.array([-np.diff((values[:, None] > ends).sum(axis=0)) for values in lists]).astype(np.float64)
            kept = exact > 4.0
            settings = tuple({"n_samples": float(P), "x": float(x)} for x in ends[:-1][kept])
            rung = Rung(1.0, {}, {"eigenvalues": counts[:, kept]})
            blocks.append(Block(settings, (rung,), ({"eigenvalues": exact[kept]},), 2, exact[kept]))
            x = np.geomspace(band.lower, band.upper, 10 * LINE)[1:-1]
            width, centres = np.log(ends[1] / ends[0]), np.sqrt(ends[:-2] * ends[1:-1])
            curves = [Curve("Gaussian", x, theory.size * x * theory.density(x), _points(centres, counts[:, :-1] / width))]
            if data is not None:
                rows = data.subsets(P, self.plan.subsets, self.seed(1, 9))
                seen = np.array([-np.diff((values[:, None] > ends).sum(axis=0)) for values in rows])[:, :-1] / width
                curves.append(Curve("data", NOTHING, NOTHING, _points(centres, seen)))
            panels.append(Panel(title, tuple(curves)))
        words = f"sample covariances of {P} rows: a power law of {self.plan.dims} dimensions, and all of MNIST-5k's covariance"
        return Part("density", words, tuple(panels), Agreement(tuple(blocks), self.plan.rule), "eigenvalue $x$", up="dN/dlnx")

    def statistics(self, data: Data | None, n_samples: int, place: int, kind: Kind = "white") -> LevelStatistics:
        """Return the level statistics of subsets of data, or of draws of a surrogate of MNIST-5k in their place."""
        seed = self.seed(2, place, n_samples)
        if data is not None:
            return level_statistics(data.subsets(n_samples, 10**4, seed))
        return level_statistics(drawn(MNIST.populations[kind], n_samples, max(8, 1600 // n_samples), seed))

    def ratios(self) -> Part:
        """Return the mean ratio of neighbouring spacings against the number of rows."""
        curves = []
        for place, (label, data, kind) in enumerate(SOURCES):
            sizes = [n for n in RATIO_SIZES if data is None or 8 * n <= len(data.rows)]
            found = [self.statistics(data, n, place, kind) for n in sizes]
            mean, error = np.array([(one.ratio, one.stderr) for one in found]).T
            points = Points(np.array(sizes, dtype=np.float64), mean, error, error, np.zeros(len(sizes), bool))
            curves.append(Curve(label, NOTHING, NOTHING, points))
        ends = np.array(RATIO_SIZES, dtype=np.float64)[[0, -1]]
        curves += [Curve(f"guide, {name}", ends, np.full(2, value)) for name, value in RATIO.items()]
        words = "mean ratio of neighbouring spacings over all disjoint subsets, ranks 10-90 %; dashed: GOE .5307, Poisson .3863"
        return Part("ratios", words, (Panel("ratios of spacings", tuple(curves)),), None, "rows $P$", "x", up="⟨r⟩")

    def local(self) -> Part:
        """Return spacings and the connected form factor at one number of rows."""
        s, tau = np.linspace(0.05, 3.0, LINE), np.linspace(0.1, 1.5, LINE)
        spacings, form = [], []
        for place, (label, data, kind) in enumerate(SOURCES):
            found = self.statistics(data, 100, place, kind)
            ranked = found.spacings[:: max(1, found.spacings.size // 25)]
            cdf = (np.arange(ranked.size) + 0.5) / ranked.size
            none = np.zeros(ranked.size)
            spacings.append(Curve(label, NOTHING, NOTHING, Points(ranked, cdf, none, none, np.zeros(ranked.size, bool))))
            error = found.form_factor_stderr
            form.append(Curve(label, NOTHING, NOTHING, Points(found.times, found.form_factor, error, error,
                                                              np.zeros(found.times.size, bool))))  # fmt: skip
        spacings += [Curve("guide, GOE", s, -np.expm1(-np.pi / 4 * s**2)), Curve("guide, Poisson", s, -np.expm1(-s))]
        form += [Curve("guide, GOE", tau, goe_form_factor(tau)), Curve("guide, Poisson", tau, np.ones(LINE))]
        panels = (Panel("spacings: cumulative distribution", tuple(spacings)), Panel("connected form factor", tuple(form)))
        return Part("local", "at P = 100; dashed: GOE and Poisson", panels, None, "spacing $s$; time $τ$", "", "")

    def entropies(self) -> Part:
        """Return entropies against the number of rows: Gaussian draws against theory, and data against surrogates."""
        law, fine = self.law, np.geomspace(SIZES[0], SIZES[-1], LINE)
        values = np.array([
            [entropy(one) for one in drawn(law, n, self.plan.draws, self.seed(4, 0, n), complex=True)] for n in SIZES
        ]).T  # fmt: skip
        exact = th.sample_entropy(law, SIZES)
        block = Block(tuple({"n_samples": float(n)} for n in SIZES), (Rung(1.0, {}, {"entropy": values}),),
                      ({"entropy": exact},), 2, exact)  # fmt: skip
        line = Curve("Gaussian", fine, th.sample_entropy(law, fine), _points(SIZES, values))
        panels = [Panel(f"entropy: $\\lambda_k = k^{{-{CAPACITY}}}$", (line,))]
        for place, data in enumerate((MNIST, PHOTOS)):
            lists = [data.subsets(n, self.plan.subsets, self.seed(4, 1 + place, n)) for n in SIZES]
            seen = [Estimate(np.array([entropy(values) for values in part])) for part in lists]
            curves = [Curve(data.name, NOTHING, NOTHING, Points.of(SIZES, seen))]
            curves += [Curve(WORDS[kind], fine, th.sample_entropy(data.populations[kind], fine)) for kind in KINDS]
            panels.append(Panel(f"entropy: {data.name}", tuple(curves)))
        words = f"entropy of the normalised sample spectrum in nats; a power law of {self.plan.dims} dimensions, and data"
        return Part("entropies", words, tuple(panels), Agreement((block,), self.plan.rule), "rows $P$", "x", "nats")

    def critical(self) -> Part:
        """Return the critical number of samples against the capacity, by both definitions, over the dimension."""
        capacity, D = np.linspace(0.2, 3.0, self.plan.capacities), self.plan.dims
        rank = np.arange(1.0, D + 1.0)
        found = [th.critical_samples(th.Discrete(rank**-alpha, np.ones(D))) for alpha in capacity]
        curves = (Curve("by entropy (5 %)", capacity, np.array([one.entropy for one in found]) / D),
                  Curve("by ranks (10 %)", capacity, np.array([one.ranks for one in found]) / D))  # fmt: skip
        words = f"samples needed over D = {D}, of λ_k = k^-α"
        return Part("critical", words, (Panel("samples needed", curves),), None, "capacity $\\alpha$", "y", "$M_{crit}/D$")


SOURCES: tuple[tuple[str, Data | None, Kind], ...] = (
    ("MNIST-5k", MNIST, "full"), ("photos", PHOTOS, "full"), ("digits", DIGITS, "full"),
    ("Gaussian, full covariance of MNIST-5k", None, "full"), ("white", None, "white"),
)  # fmt: skip
PARTS = ("ranks", "density", "ratios", "local", "entropies", "critical")


def _above(theory: th.density.spectrum.EigenvalueDensity, x: Array) -> Array:
    """Return how many eigenvalues exceed x, none beyond infinity."""
    finite = np.isfinite(x)
    found = np.zeros(x.shape)
    found[finite] = theory.size * (1.0 - theory.cdf(x[finite]))
    return found


def _points(x: object, values: Array) -> Points:
    """Return the mean of each column with its error."""
    return Points.of(np.asarray(x, dtype=np.float64), [Estimate(column) for column in values.T])
