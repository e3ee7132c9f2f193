"""The paper's figures by simulation and by theory: each part is curves with points, and a verdict on the points.

Complex matrices are drawn, whose deterministic equivalents are the same and whose remainders fall like 1/size². Sizes are the
paper's where they are printed and can be drawn; the number of modes is ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.check.agreement import Agreement
from numerics.check.agreement import label as label_of
from numerics.check.extrapolation import Array
from numerics.check.verdict import Block, Rule, Rung
from numerics.montecarlo.trials import Estimate
from numerics.papers.bordelon2024.published import A, B, task
from numerics.papers.parts import Part
from numerics.pictures.panels import Curve, Panel, Points
from numerics.simulate.eigenvalues import simulate_spectrum
from numerics.simulate.flow import simulate_flow
from numerics.simulate.sgd import simulate_sgd
from theory import Chain, GaussianFeatures, GradientFlow, Isotropic, OnePassSGD, Spectrum, random_features
from theory.terms import Key

FEATURES, POPULATION = GradientFlow(random_features()), GradientFlow(Chain(GaussianFeatures()))
FINE = 40  # times of a curve
SGD = OnePassSGD(batch=32, schedule="constant")
KERNEL_B, BINS = 1.2, 9  # of Figure 8
SGD_STEPS, SGD_STEP = (16, 64, 349), 0.5


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
        Sizes of Figures 2 and 6 are the paper's over this.
    modes : int
        Of the power laws that are drawn.
    trials : int
        For each curve.
    budgets : int
        How many budgets C from 10² to 10¹², in Figure 4.
    lengths : tuple of float
        Numbers of modes tried for Figure 2, where the paper prints none.
    rule : Rule
        What the verdicts promise.
    """

    name: str
    seed: int
    shrink: int
    modes: int
    trials: int
    budgets: int
    lengths: tuple[float, ...]
    rule: Rule


class Bench:
    """Runs the experiments of one plan."""

    def __init__(self, plan: Plan, executor: Executor | None) -> None:
        self.plan, self.executor = plan, executor
        self._place = 0

    def curves(
        self, training: GradientFlow, population: Spectrum, cases: Sequence[Mapping[str, Any]], times: Array,
        terms: Sequence[Key] = ("test", "train"), more: int = 1,
    ) -> tuple[tuple[Panel, ...], Agreement]:  # fmt: skip
        """Return a panel a term, a curve a case, points at some times, and the verdict on them; trials × `more`."""
        blocks: list[Block] = []
        drawn: dict[Key, list[Curve]] = {term: [] for term in terms}
        fine = np.geomspace(times[0], times[-1], FINE)
        start = float(population.signal)
        for case in cases:
            given: dict[str, Any] = dict(case)
            exact, between = (training.evaluate(population, time=at, **given) for at in (times, fine))
            mc = simulate_flow(
                training, population, time=times, trials=more * self.plan.trials, seed=self._seed(), complex=True,
                progress=False, executor=self.executor, decompose=any(term not in ("test", "train") for term in terms), **given,
            )
            values = {term: mc.terms[term].values for term in terms}
            theory = {term: np.asarray(exact.terms[term]) for term in terms}
            sizes = {name: int(value) for name, value in case.items()}
            settings = tuple({**case, "time": float(time)} for time in times)
            blocks.append(Block(settings, (Rung(1.0, sizes, values),), (theory,), 2, np.asarray(exact.test)))
            label = ", ".join(f"${LETTERS[name]} = {value:g}$" for name, value in case.items())
            for term in terms:
                points = Points.of(times, [Estimate(column / start) for column in values[term].T])
                drawn[term].append(Curve(label, fine, np.asarray(between.terms[term]) / start, points))
        panels = tuple(Panel(label_of(term), tuple(found)) for term, found in drawn.items())
        return panels, Agreement(tuple(blocks), self.plan.rule)

    def bottlenecks(self) -> Part:
        """Return Figure 2: what the width, and what the data, limit."""
        shrink, modes = self.plan.shrink, self.plan.modes
        times, law = np.geomspace(1.0, 399.0, 5), task(A, B, modes)
        big = 1000 // shrink
        widths, samples = ([{one: big, other: n} for n in (32, 64, 128)] for one, other in (KEYS, KEYS[::-1]))
        wide, first = self.curves(FEATURES, law, widths, times, ("test",))
        many, second = self.curves(FEATURES, law, samples, times, ("test",))
        words = f"a = {A}, b = {B}; N = 32 … 128 at P = {big}, and P = 32 … 128 at N = {big}; {modes} modes"
        return Part("2", words, (*wide, *many), Agreement((*first.blocks, *second.blocks), self.plan.rule))

    def one_pass(self) -> Part:
        """Return Figure 3: one-pass SGD with batches of 32; the widths are the ladder that carries 1/N away."""
        widths, law = (32, 64, 128), task(A, B, self.plan.modes)
        samples = np.array([32.0 * n for n in SGD_STEPS])
        terms = ("test", "approximation", "bias")
        rungs: list[Rung] = []
        theory: list[dict[Key, Array]] = []
        curves: list[Curve] = []
        fine = np.unique(np.round(np.geomspace(SGD_STEPS[0], SGD_STEPS[-1], 20)))
        for width in widths:
            exact = SGD.evaluate(law, n_samples=samples, n_features=width, step=SGD_STEP)
            drawn = {"sketches": 4 * self.plan.trials, "trials": 4, "seed": self._seed(), "ambient": self.plan.modes}
            given: dict[str, Any] = {"n_features": width, "step": SGD_STEP, "executor": self.executor, **drawn}
            runs = [simulate_sgd(SGD, law, n_samples=n, progress=False, **given) for n in samples]
            units = {term: np.maximum(getattr(exact, term), 0.01 * exact.test) for term in terms}
            values = {term: np.stack([run.terms[term].values for run in runs], axis=1) for term in terms}
            rungs.append(Rung(float(width), {"n_features": width}, {term: values[term] / units[term] for term in terms}))
            theory.append({term: getattr(exact, term) / units[term] for term in terms})
            line = SGD.evaluate(law, n_samples=32.0 * fine, n_features=width, step=SGD_STEP).test / law.signal
            points = Points.of(np.array(SGD_STEPS), [Estimate(column / law.signal) for column in values["test"].T])
            curves.append(Curve(f"$N = {width}$", fine, line, points))
        settings = tuple({"n_samples": float(n)} for n in samples)
        block = Block(settings, tuple(rungs), tuple(theory), 1, np.full(len(samples), 100.0))
        words = f"batches of 32, step {SGD_STEP:g} (ours: none is printed), N = 32 … 128; {self.plan.modes} modes"
        return Part("3", words, (Panel("test", tuple(curves)),), Agreement((block,), self.plan.rule), "steps")

    def gaps(self) -> Part:
        """Return Figure 5: the gap between test and training risk."""
        law, times = task(A, B, self.plan.modes // 2), np.geomspace(1.0, 1000.0, 5)
        wide, first = self.curves(FEATURES, law, [{"n_samples": 128, "n_features": n} for n in (64, 256)], times)
        big = 512 // self.plan.shrink
        many, second = self.curves(FEATURES, law, [{"n_samples": p, "n_features": big} for p in (64, 192)], times)
        words = f"P = 128, N = 64, 256; N = {big}, P = 64, 192; a = {A}, b = {B}: ours"
        return Part("5", words, (*wide, *many), Agreement((*first.blocks, *second.blocks), self.plan.rule))

    def ensembles(self) -> Part:
        """Return Figure 6: ensembles of E predictors against width."""
        law, times = task(A, B, self.plan.modes // 2), np.geomspace(1.0, 1000.0, 5)
        cases = [{"n_samples": 128, "n_features": n, "ensemble": e} for n in (32, 64) for e in (1, 4)]
        panels, agreement = self.curves(FEATURES, law, cases, times, ("test", "bias", "features"), 2)
        return Part("6", f"P = 128, N = 32, 64, E = 1, 4; a = {A}, b = {B}: ours", panels[:1], agreement)

    def kernel(self) -> Part:
        """Return Figure 8: the density of the kernel's eigenvalues, in ln x; draws of the small one, in bins."""
        chain, trials = random_features(), 8 * self.plan.trials
        small: dict[str, Any] = {"n_features": 50, "n_samples": 100}
        many: dict[str, Any] = {"n_features": 1e4, "n_samples": 1e4}
        drawn_from = task(A, KERNEL_B, self.plan.modes // 2)
        drawn = simulate_spectrum(chain, drawn_from, trials=trials, seed=self._seed(), complex=True, **small)
        density = chain.spectrum(drawn_from, **small)
        ends = np.geomspace(density.edges[-1], density.edges[0], BINS + 1)[1:-1]
        counts = np.diff((drawn[:, :, None] > ends).sum(axis=1), axis=1) * -1.0
        exact = np.diff(density.size * density.cdf(ends))
        width, centres = float(np.log(ends[1] / ends[0])), np.sqrt(ends[1:] * ends[:-1])
        points = Points.of(centres, [Estimate(column / width) for column in counts.T])
        panels = []
        for words, law, sizes, marks in (("50, 100", density, small, points), ("10^4, 10^4", None, many, None)):
            found = law or chain.spectrum(task(A, KERNEL_B), **sizes)
            band = found.bands[-1]
            x = np.geomspace(max(band.lower, 1e-8 * band.upper), band.upper, 10 * FINE)[1:-1]
            title = f"dN/dlnx, $(N, P) = ({words})$"
            panels.append(Panel(title, (Curve("bulk", x, found.size * x * found.density(x), marks),)))
        settings = tuple({**small, "x": float(x)} for x in centres)
        block = Block(settings, (Rung(1.0, {}, {"eigenvalues": counts}),), ({"eigenvalues": exact},), 2, exact)
        words = f"b = {KERNEL_B}; {self.plan.modes // 2} modes where N = 50, no end where N = 10⁴; {trials} draws, in bins"
        return Part("8", words, tuple(panels), Agreement((block,), self.plan.rule), "eigenvalue $x$")

    def late(self) -> Part:
        """Return Figure 9: late dynamics and ensembles of the white model."""
        D, times = 48, np.geomspace(0.3, 100.0, 5)
        cases = [{"n_features": round(nu * D), "ensemble": e} for nu in (0.25, 0.75) for e in (1, 5)]
        panels, agreement = self.curves(POPULATION, Isotropic(D), cases, times, ("test",), 8)
        return Part("9", f"white model, D = {D}, N = D/4, 3D/4, E = 1, 5", panels, agreement)

    def white(self) -> Part:
        """Return Figure 10: the white model at α = P/D = 0.8 along time, above and below its threshold."""
        D, times = 60, np.array([0.5, 2.0, 10.0, 50.0, 500.0])
        cases = [{"n_samples": round(0.8 * D), "n_features": n} for n in (12, 36, 120)]
        panels, agreement = self.curves(FEATURES, Isotropic(D), cases, times, more=8)
        return Part("10", f"white model, D = {D}, P = 0.8 D, N/D = 0.2, 0.6, 2", panels, agreement)

    def perturbative(self) -> Part:
        """Return Figure 11: the white model of large width, against the guide e^{-2t} cosh²(t/√ν)."""
        D, times = 32, np.array([0.25, 0.5, 1.0, 2.0, 4.0])
        cases = [{"n_features": nu * D} for nu in (2, 8)]
        panels, agreement = self.curves(POPULATION, Isotropic(D), cases, times, ("test", "bias"), 8)
        with_guides = []
        for panel in panels:
            curves = []
            for curve, nu in zip(panel.curves, (2, 8), strict=True):
                guide = np.exp(-2 * curve.x) * np.cosh(curve.x / np.sqrt(nu)) ** 2
                curves += [curve, Curve(f"guide, $\\nu = {nu}$", curve.x, guide)]
            with_guides.append(Panel(panel.title, tuple(curves)))
        return Part("11", f"white model, D = {D}, N/D = ν = 2, 8, and e^(-2t) cosh²(t/√ν)", tuple(with_guides), agreement)

    def widths(self) -> Part:
        """Return the final loss against the width where a − 1 > b: the exponent of the width."""
        law, times = task(3.0, 1.5, 256), np.array([1.0, 1e6])
        cases = [{"n_features": n} for n in (8, 16, 32)]
        panels, agreement = self.curves(POPULATION, law, cases, times, ("test", "bias"), 8)
        words = "a = 3, b = 1.5 (a − 1 > b), N = 8, 16, 32, early and after training; 256 modes"
        return Part("width", words, panels, agreement)

    def _seed(self) -> int:
        self._place += 1
        return int(np.random.SeedSequence(self.plan.seed, spawn_key=(self._place,)).generate_state(1)[0])


KEYS = ("n_samples", "n_features")
LETTERS = {"n_samples": "P", "n_features": "N", "ensemble": "E"}
PARTS = ("bottlenecks", "one_pass", "gaps", "ensembles", "kernel", "late", "white", "perturbative", "widths")
