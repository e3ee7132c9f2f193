"""New-task risks by drawing tasks: with the prior known, at any weight and ridge, and with the prior estimated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

import theory as th
from numerics.check.agreement import Agreement
from numerics.check.verdict import Block, Rule, Rung
from numerics.meta.curve import RIDGE, MetaLearningCurve, meta_learning_curve
from numerics.meta.tasks import Array, Tasks, draw_tasks
from numerics.montecarlo.trials import Estimate
from numerics.papers.jin2024.real import Measured, measure
from numerics.papers.parts import Part
from numerics.pictures.panels import Curve, Panel, Points
from theory.terms import Key

DIAGONAL, BESIDE, NOISE = 16.0, 5.0, 1.0  # of Ω, and σ²
RATIOS = (5.12, 2.56, 1.28)               # p/n
PUBLISHED = (13.625218, 10.580325, 5.849476)
MODES = 512                               # of the limit, on the midpoint rule
POWERS = (0.0, 0.5, 1.0)                  # w of the weight Ω^-w
SHARES = np.geomspace(0.05, 20.0, 9)      # of the ridge, over pσ²/n
STRUCTURES = ("none", "shrink", "threshold", "band")
NAMES = {"none": "raw", "shrink": "shrunk", "threshold": "soft threshold", "band": "band"}


@dataclass(frozen=True)
class Plan:
    """How large and how many.

    Attributes
    ----------
    name : str
        For titles.
    seed : int
        Of the whole experiment.
    dims : tuple of int
        p of the ladder; the last is that of the other parts, halved where the prior is estimated.
    tasks : int
        New tasks a point.
    n_tasks : tuple of int
        From which the prior is estimated.
    trials : int
        Sets of tasks.
    patches : int
        Of photographs.
    splits : int
        Of real tasks into known and new ones.
    rule : Rule
        What the verdicts promise.
    """

    name: str
    seed: int
    dims: tuple[int, ...]
    tasks: int
    n_tasks: tuple[int, ...]
    trials: int
    patches: int
    splits: int
    rule: Rule


def prior(p: int) -> Array:
    """Return C = Ω/p."""
    return (DIAGONAL * np.eye(p) + BESIDE * (np.eye(p, k=1) + np.eye(p, k=-1))) / p


def limit(ratio: float, power: float = 1.0, share: float = 1.0) -> float:
    """Return the risk of many dimensions with the weight Ω^-w and the ridge `share` · pσ²/n."""
    angles = np.pi * (np.arange(MODES) + 0.5) / MODES
    eigenvalues = DIAGONAL + 2.0 * BESIDE * np.cos(angles)
    population = th.Discrete(eigenvalues**power, eigenvalues ** (1.0 - power) / MODES)
    n = MODES / ratio
    return float(RIDGE.evaluate(population, n_samples=n, ridge=share * ratio * NOISE, noise=NOISE).test)


def weighted(p: int, power: float) -> Array:
    """Return A = Ω^-w."""
    values, vectors = np.linalg.eigh(p * prior(p))
    found: Array = (vectors * values**-power) @ vectors.T
    return found


class Bench:
    """Makes the parts of one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def limits(self) -> Part:
        """Return the risk at the best weight and ridge against p/n, its remainder carried away over a ladder of p."""
        def settings(p: int) -> list[tuple[int, float, float]]:
            return [(round(p / ratio), 1.0, p / round(p / ratio) * NOISE) for ratio in RATIOS]

        block = self.ladder(settings, [{"p/n": ratio} for ratio in RATIOS], 0)
        fine = np.geomspace(0.8, 8.0, 30)
        points = Points.of(RATIOS, [Estimate(column) for column in block.rungs[-1].values["risk"].T])
        curve = Curve(f"drawn, $p = {self.plan.dims[-1]}$", fine, np.array([limit(ratio) for ratio in fine]), points)
        told = ", ".join(map(str, self.plan.dims))
        words = f"Ω tridiagonal ({DIAGONAL:g} | {BESIDE:g}), Σ = I, σ² = 1, A = Ω⁻¹, λ = pσ²/n; p = {told}"
        agreement = Agreement((block,), self.plan.rule)
        return Part("limits", words, (Panel("new-task risk", (curve,)),), agreement, "$p/n$", up="risk")

    def sweep(self) -> Part:
        """Return the risk along the ridge for three weights, its remainder carried away likewise."""

        def unit(p: int, power: float) -> tuple[int, float]:  # of a ridge: the best one where all of Ω were its diagonal
            n = round(p / RATIOS[1])
            return n, DIAGONAL ** (power - 1.0) * p / n * NOISE

        def settings(p: int) -> list[tuple[int, float, float]]:
            sizes = [(*unit(p, power), power) for power in POWERS]
            return [(n, power, share * ridge) for n, ridge, power in sizes for share in SHARES]

        names = [{"w": power, "ridge": float(share)} for power in POWERS for share in SHARES]
        block = self.ladder(settings, names, 10)
        p, curves = self.plan.dims[-1], []
        fine = np.geomspace(SHARES[0], SHARES[-1], 40)
        columns = block.rungs[-1].values["risk"].T.reshape(len(POWERS), len(SHARES), -1)
        for power, found in zip(POWERS, columns, strict=True):
            n, ridge = unit(p, power)
            line = np.array([_theory(p, n, power, share * ridge) for share in fine])
            points = Points.of(SHARES, [Estimate(column) for column in found])
            curves.append(Curve(f"$A = \\Omega^{{-{power:g}}}$", fine, line, points))
        told = ", ".join(map(str, self.plan.dims))
        words = f"p/n = {RATIOS[1]:g}, p = {told}: risk against the ridge, over (16)^(w-1) pσ²/n; weights Ω^-w"
        panel = Panel(f"weights and ridges, $p = {p}$", tuple(curves))
        return Part("sweep", words, (panel,), Agreement((block,), self.plan.rule), "ridge, relative", up="risk")

    def learning(self) -> Part:
        """Return the risk against the number of tasks that the prior is estimated from."""
        curve, tasks = self.curve, np.array(self.plan.n_tasks, dtype=np.float64)
        curves = []
        for name in STRUCTURES:
            points = None
            if np.isfinite(curve.stderr[name]).all():
                error = curve.stderr[name][:, 0]
                points = Points(tasks, curve.measured[name][:, 0], error, error, np.zeros(tasks.size, bool))
            curves.append(Curve(NAMES[name], tasks, curve.estimated[name][:, 0], points))
        ends = tasks[[0, -1]]
        curves += [Curve("guide, plain ridge", ends, np.full(2, curve.plain[0])),
                   Curve("guide, optimum", ends, np.full(2, curve.optimal[0]))]  # fmt: skip
        words = f"p = {self.estimated_dims}, n = 50; dashed: plain ridge at its best, and the prior known"
        return Part("learning", words, (Panel("the prior estimated", tuple(curves)),), None, "tasks", "xy", "risk")

    def real(self) -> list[Measured]:
        """Return errors on real tasks."""
        return measure(self.plan.seed, self.plan.patches, self.plan.splits)

    @property
    def estimated_dims(self) -> int:
        """The p at which the prior is estimated."""
        return self.plan.dims[-1] // 2

    @cached_property
    def curve(self) -> MetaLearningCurve:
        """Risks with the prior estimated."""
        p = self.estimated_dims
        return meta_learning_curve(
            np.eye(p), prior(p), n_tasks=self.plan.n_tasks, n_samples=[50], noise=NOISE, seed=self.plan.seed,
            structures=STRUCTURES, trials=self.plan.trials,
        )  # fmt: skip

    def ladder(
        self, settings: Callable[[int], list[tuple[int, float, float]]], names: Sequence[dict[str, float]], place: int
    ) -> Block:
        """Return measured risks and theory on a ladder of p, at settings (n, w, ridge) of each."""
        rungs: list[Rung] = []
        theory: list[dict[Key, Array]] = []
        for p in self.plan.dims:
            at = settings(p)
            columns = [self.risks(p, *setting, place + i) for i, setting in enumerate(at)]
            rungs.append(Rung(p / self.plan.dims[0], {"p": p}, {"risk": np.array(columns).T}))
            theory.append({"risk": np.array([_theory(p, *setting) for setting in at])})
        return Block(tuple(names), tuple(rungs), tuple(theory), 1, theory[-1]["risk"])

    def risks(self, p: int, n: int, power: float, ridge: float, place: int) -> Array:
        """Return measured risks of new tasks, shape (tasks,): (XᵀX + nλA)⁻¹Xᵀy as it is written."""
        seed = int(np.random.SeedSequence(self.plan.seed, spawn_key=(place, p, n)).generate_state(1)[0])
        tasks = draw_tasks(np.eye(p), prior(p), n_tasks=self.plan.tasks, n_samples=n, noise=NOISE, seed=seed)
        penalty = n * ridge * weighted(p, power)
        return np.concatenate([_missed(part, penalty) for part in tasks.parts()]) + NOISE


def _missed(tasks: Tasks, penalty: Array) -> Array:
    """Return |β − β̂|² of each task."""
    transposed = tasks.inputs.transpose(0, 2, 1)
    found = np.linalg.solve(transposed @ tasks.inputs + penalty, transposed @ tasks.outputs[..., None])[..., 0]
    missed: Array = ((tasks.truth - found) ** 2).sum(axis=1)
    return missed


def _theory(p: int, n: int, power: float, ridge: float) -> float:
    population = th.Discrete.from_matrices(np.eye(p), prior(p), weights=weighted(p, power))
    return float(RIDGE.evaluate(population, n_samples=n, ridge=ridge, noise=NOISE).test)


PARTS = ("limits", "sweep", "learning")
