"""What an experiment of this paper is made of: how large, its three seeds, and the row that says what became of a claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from numerics.check.agreement import Agreement
from numerics.check.curve_slopes import CurveExponents, local_exponents_of_curve
from numerics.check.verdict import Block, Rule, Rung
from numerics.data.arrays import Array
from numerics.montecarlo.trials import Estimate
from numerics.papers.claims import Claim
from numerics.pictures.panels import Panel, Points

SEEDS = 3  # of every row, all printed
SLOPE = 0.02  # up to which a measured exponent is the one expected
CERTAIN, SURE = 2.0, 3.0  # standard errors by which a row must be inside, or outside, of what it is held to
NOTHING: Array = np.empty(0)


@dataclass(frozen=True)
class Plan:
    """How large and how many.

    Attributes
    ----------
    name : str
        For titles.
    seed : int
        Of the whole experiment.
    trials : int
        Of each seed, where a trial is one fit.
    many : int
        Of each seed, where it is a cheap one.
    pool : int
        Rows of images.
    largest : int
        Samples of a kernel's fit.
    dims : tuple of int
        Of spheres.
    rule : Rule
        What the verdicts promise.
    """

    name: str
    seed: int
    trials: int
    many: int
    pool: int
    largest: int
    dims: tuple[int, ...]
    rule: Rule

    @property
    def quick(self) -> bool:
        """Whether fewer cases are taken."""
        return self.name == "quick"

    @property
    def sizes(self) -> Array:
        """Samples of kernels' fits, from an eighth of the largest."""
        return np.array([self.largest // 8, self.largest // 4, self.largest // 2, self.largest])

    def seeds(self, *place: int) -> list[int]:
        """Return three seeds of a row's own."""
        return [int(word) for word in np.random.SeedSequence(self.seed, spawn_key=place).generate_state(SEEDS)]


@dataclass(frozen=True, eq=False)
class Found:
    """What one piece of the experiment found.

    Attributes
    ----------
    claims : list of Claim
        Rows of the table.
    panels : mapping of str to list of Panel
        By the name of the figure they belong to.
    agreements : mapping of str to Agreement
        Verdicts on theory, by title.
    """

    claims: list[Claim]
    panels: Mapping[str, list[Panel]] = field(default_factory=dict)
    agreements: Mapping[str, Agreement] = field(default_factory=dict)


def generators(seed: int, count: int) -> list[np.random.Generator]:
    """Return one generator a trial."""
    return [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(count)]


def slopes(x: Array, curves: Sequence[Array], theory: Array | None = None) -> list[CurveExponents]:
    """Return the slopes of one curve of trials a seed."""
    return [local_exponents_of_curve(x, values, theory) for values in curves]


def falling(found: Sequence[CurveExponents]) -> list[tuple[float, float]]:
    """Return exponents of losses that fall, L ~ x^-α, with their errors."""
    return [(-one.slope, one.stderr) for one in found]


def pooled(measured: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the mean over seeds and its standard error."""
    values, errors = np.array(measured).T
    return float(values.mean()), float(np.sqrt(np.sum(errors**2)) / len(values))


def told(measured: Sequence[tuple[float, float]], digits: int = 3) -> str:
    """Return every seed's value, and the standard error of each."""
    values = ", ".join(f"{value:.{digits}f}" for value, _ in measured)
    return f"{values} (± {np.sqrt(np.mean([error**2 for _, error in measured])):.{digits}f} each)"


def row(
    where: str,
    words: str,
    measured: Sequence[tuple[float, float]],
    expected: float,
    within: float = SLOPE,
    *,
    claimed: str = "not published",
    evidence: str = "",
    digits: int = 3,
) -> Claim:
    """Return a row: confirmed if the mean is within so much of what is expected for certain, refuted if it surely is not."""
    mean, error = pooled(measured)
    gap = abs(mean - expected)
    verdict = "confirmed" if gap + CERTAIN * error <= within else "refuted" if gap - SURE * error > within else "undecided"
    found = f"{told(measured, digits)}; expected {expected:.{digits}f} ± {within:g}"
    return Claim(where, words, claimed, found, verdict, evidence)


def block(settings: Sequence[Mapping[str, object]], term: str, values: Array, theory: Array) -> Block:
    """Return measurements, shape (n_trials, n_settings), beside what the theory says of each setting, without a remainder."""
    rung = Rung(1.0, {}, {term: values})
    return Block(tuple(dict(setting) for setting in settings), (rung,), ({term: theory},), 1, np.abs(theory))


def measured_mean(values: Array) -> tuple[float, float]:
    """Return the mean over trials and its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


def scattered(x: Sequence[float], y: Sequence[float], error: Sequence[float] | None = None) -> Points:
    """Return points with bars of one standard error, without any where none are given."""
    bars = np.zeros(len(x)) if error is None else np.asarray(error)
    return Points(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64), bars, bars, np.zeros(len(x), bool))


def points(x: Array, curves: Sequence[Array]) -> Points:
    """Return the means of curves of trials, all seeds together, with their errors."""
    return Points.of(x, [Estimate(column) for column in np.concatenate(curves).T])
