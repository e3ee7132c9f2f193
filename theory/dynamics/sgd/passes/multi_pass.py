"""SGD over the same rows again and again: descent, exactly, and the fluctuation of what is sampled."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy
from numpy.typing import ArrayLike

from theory.arguments import ARGUMENTS, broadcast
from theory.chain.layers import FeatureNoise, GaussianFeatures, HaarProjection, Samples
from theory.dynamics.sgd.laws.profile import Profile
from theory.dynamics.sgd.modes import Array, Modes, one_step
from theory.dynamics.sgd.passes.descent import ScheduledDescent
from theory.dynamics.sgd.passes.kernel import KernelModes, kernel_modes
from theory.dynamics.sgd.passes.law import law
from theory.dynamics.sgd.recursion import after
from theory.dynamics.sgd.scaled import Scaled
from theory.dynamics.sgd.schedules.given import LONGEST, declared
from theory.dynamics.sgd.schedules.phases import Phase, cut
from theory.dynamics.sgd.schedules.refined import refined
from theory.dynamics.sgd.schedules.schedule import Constant, Steps
from theory.dynamics.sgd.stability import max_step, stability
from theory.dynamics.spectral.flow import GradientDescent
from theory.dynamics.spectral.training import Training, TrainingRisk
from theory.dynamics.warnings import UnstableStepWarning
from theory.errors import BadArgument, truth, whole_number
from theory.exponents.law import Law
from theory.keywords import check_known
from theory.model import Chain
from theory.results.declared import Declared
from theory.results.inputs import Inputs
from theory.results.result import PerPoint, Result
from theory.spectra.base import Spectrum, check_spectrum

LARGEST_BATCH = 10**15  # rows of one step
MOST_PHASES = 4096  # of a schedule that changes all the time, for its mean
VERIFIED = (Samples, GaussianFeatures, HaarProjection, FeatureNoise)
Point = Mapping[str, float]


@dataclass(frozen=True, repr=False)
class MultiPassRisk(Result):
    """What `MultiPassSGD.evaluate` returns: arrays of the broadcast shape of its arguments.

    Attributes
    ----------
    test : ndarray
        Expected test risk, σ² included: that of descent and the fluctuation.
    train : ndarray
        Expected training risk.
    descent, descent_train : ndarray
        Test and training risk of the mean over what is sampled: of gradient descent by the same steps.
    fluctuation, train_fluctuation : ndarray
        What sampling adds to them.
    passes : ndarray
        B T/P, how often a row is seen on average.
    stability : ndarray
        Φ on the kernel at the largest step of the schedule; the expected risk is finite in the long run for Φ < 1.
    max_step : ndarray
        γ_max, the largest stable step.
    error : ndarray
        What the fluctuation may be off by, relatively, for a schedule that changes all the time, as in `SGDRisk`.
    certificate : ndarray
        The largest of: the difference of descent's risks on a second contour; by how much the kernel's nodes miss its sum
        rules; the difference of descent's training risk on the nodes to that by the contour, relative to the start's. Inf where
        the nodes were not found, and the fluctuation is NaN.
    inputs : Inputs
        Every argument by keyword, broadcast.
    """

    test: PerPoint
    train: PerPoint
    descent: PerPoint
    descent_train: PerPoint
    fluctuation: PerPoint
    train_fluctuation: PerPoint
    passes: PerPoint
    stability: PerPoint
    max_step: PerPoint
    error: PerPoint
    certificate: PerPoint


class MultiPassSGD(Declared):
    """SGD from zero on P rows that are sampled anew for every batch: v ← v + γ_t mean over the batch of z (y − ⟨v, z⟩).

    Parameters
    ----------
    chain : Chain
        Independent rows, and features of any law, feature noise included.
    batch : int
        B, rows a step.
    schedule : Schedule, "constant", "geometric", callable, SymPy expression, or sequence of (steps, factor)
        As of `OnePassSGD`, over all steps; geometric decay by the binary logarithm.
    replacement : bool
        Whether the rows of a batch are drawn with replacement; else they are B different ones, and B ≤ P. Batches are
        independent of each other either way: a reshuffled pass, in which every row is seen once, is not this.

    Raises
    ------
    ValueError
        For a batch that is no whole number ≥ 1 and unknown schedules; for chains without independent rows of data (correlated
        rows, pools), and with nonlinear features or layers of one's own, on which it is not verified.

    Notes
    -----
    The mean over samples is descent. Of Gaussian data the kernel's eigenvectors are uniform, independent of its eigenvalues and
    of the labels along them, so that in a large system a step does to the kernel's modes what one-pass SGD does to a
    population's: the training risk is that of one pass over fresh samples of a population of covariance K, whose labels have
    the kernel's share of y in every mode, and L_⊥ as noise. What exceeds descent there shows on new data by the factor |κ/s|²
    of its eigenvalue (`theory.dynamics.sgd.passes.kernel`). Relative corrections are of order 1/P.

    Examples
    --------
    >>> import theory as th
    >>> sgd = th.MultiPassSGD(th.linear_ridge(), batch=2)
    >>> task = th.PowerLaw(1.5, 0.4)
    >>> out = sgd.evaluate(task, n_steps=[1e3, 1e8], step=0.2, n_samples=100, noise=0.1)
    >>> out.test.round(4)
    array([0.1473, 0.1614])
    >>> out.descent.round(4)
    array([0.1438, 0.1614])
    """

    chain: Chain
    batch: int
    schedule: Any
    replacement: bool

    def __init__(self, chain: Chain, batch: int = 1, schedule: Any = "constant", replacement: bool = True) -> None:
        if not isinstance(chain, Chain):
            raise BadArgument("chain", chain, "a Chain", "declare the model: th.random_features(), th.Chain(…)")
        _check_chain(chain)
        self.chain, self.replacement = chain, truth("replacement", replacement)
        self.batch = whole_number("batch", batch, 1, LARGEST_BATCH, "give the rows of one step")
        self.declared = declared(schedule)
        self.schedule = self.declared.pairs if isinstance(self.declared, Steps) else schedule

    def __repr__(self) -> str:
        drawn = f"batch={self.batch}, schedule={self.schedule!r}, replacement={self.replacement}"
        return f"MultiPassSGD({self.chain!r}, {drawn})"

    def evaluate(
        self, task: Spectrum, *, n_steps: ArrayLike, step: ArrayLike, noise: ArrayLike = 0.0, allow_unstable: bool = False,
        **sizes: ArrayLike,
    ) -> MultiPassRisk:  # fmt: skip
        """Return the expected risks after a number of steps; all arguments broadcast as NumPy arrays.

        Parameters
        ----------
        task : Spectrum
            The population.
        n_steps : array-like
            T ≥ 1, whole and finite; the cost does not depend on it. That of a new kernel does on P: a second at 10⁴.
        step : array-like
            γ > 0, of a factor of 1 in the schedule.
        noise : array-like
            σ².
        allow_unstable : bool
            Evaluate steps beyond γ_max, where the expected risk grows without bound: inf beyond the range of doubles.
        **sizes : array-like
            As in `Chain.evaluate`; `n_samples` finite.

        Raises
        ------
        ValueError
            For missing or unknown arguments and values out of their domain; for batches of different rows beyond P; for steps
            beyond γ_max (the message states it and Φ); for kernels of more than 200 000 eigenvalues over a law in k.

        Warns
        -----
        UnstableStepWarning
            Above γ_max/2.
        """
        check_spectrum(task)
        allowed = truth("allow_unstable", allow_unstable)
        keywords = [slot.keyword for slot in self.chain.slots]
        check_known(sizes, keywords, ("n_steps", "step", "noise"))
        missing = [keyword for keyword in keywords if keyword not in sizes]
        if missing:
            raise BadArgument(missing[0], None, "given", f"add {missing[0]}=...")
        given = {slot.keyword: slot.argument.read(sizes[slot.keyword]) for slot in self.chain.slots}
        given |= {"n_steps": _steps(n_steps), "step": ARGUMENTS["step"].read(step), "noise": ARGUMENTS["noise"].read(noise)}
        self._check_rows(given[keywords[-1]])
        self._check_phases(given["n_steps"])
        arrays = broadcast(given)
        points = [dict(zip(given, map(float, point), strict=True)) for point in zip(*(a.ravel() for a in arrays), strict=True)]
        kernels = {key: kernel_modes(self.chain, task, dict(zip(keywords, key, strict=True)))
                   for key in dict.fromkeys(tuple(point[keyword] for keyword in keywords) for point in points)}  # fmt: skip
        runs = [_Run(self, kernels[tuple(point[keyword] for keyword in keywords)], point) for point in points]
        _check_steps(runs, allowed)
        means = self._descents(task, points)
        rows = [run.row(*mean) for run, mean in zip(runs, means, strict=True)]
        columns = np.array(rows).T.reshape(-1, *arrays[0].shape)
        inputs = Inputs(arrays[0].shape, given, {"model": repr(self), "task": repr(task)})
        return MultiPassRisk(*(np.asarray(column) for column in columns), inputs=inputs)

    def exponents(self) -> Law:
        """Return the scaling law of linear regression over an infinite power law, symbolic in capacity and source.

        Arguments are powers of one Λ: `n_samples` P, `time` t (the sum of the steps, at most n), `n_steps` n, and `noise`.
        Terms are those of gradient flow, and "fluctuation", at a batch of one; a batch of B divides it by B.

        Raises
        ------
        ValueError
            For chains other than rows alone, and schedules that are not the same expressions for any number of steps.

        Notes
        -----
        With label noise the best time is t ~ P^{α/(1+2αr)}, the excess P^{−2αr/(1+2αr)} at every source, as long as steps are
        not scarce: at hard tasks, 2r < 1 − 1/α, one pass has too few of them.

        Examples
        --------
        >>> import theory as th
        >>> law = th.MultiPassSGD(th.linear_ridge(), schedule=th.polynomial(3)).exponents()
        >>> law.compute_optimal({"n_samples": 1}, capacity=2, source=0.15, noise=0, n_steps=2).risk
        -0.375
        """
        if self.chain.slots.features or len(self.chain.slots) > 1:
            raise BadArgument("chain", self.chain, "rows alone (linear_ridge()) for a law", "sketches have none yet: evaluate")
        if not self.declared.fixed:
            remedy = 'use for example "constant" or linear()'
            raise BadArgument("schedule", self.schedule, "the same for any number of steps, for a scaling law", remedy)
        profile = Profile(self.declared.pieces(1))
        if profile.end.power == sympy.oo:
            raise BadArgument("schedule", self.schedule, "a power of the distance to its end", "use for example linear()")
        found = law(profile)
        found.made_by = self, "exponents", {}
        return found

    def sampled(self, n_samples: float) -> float:
        """Return the batch that would scatter as much in one pass: B, or B (P−1)/(P−B) of B different rows.

        Parameters
        ----------
        n_samples : float
            P.
        """
        if self.replacement:
            return float(self.batch)
        return self.batch * (n_samples - 1.0) / (n_samples - self.batch) if n_samples > self.batch else math.inf

    def _check_rows(self, rows: Array) -> None:
        if not np.isfinite(rows).all():
            raise BadArgument(self.chain.slots[-1].keyword, np.inf, "finite", "rows that never come back are `OnePassSGD`")
        if (rows < 1).any():
            raise BadArgument(self.chain.slots[-1].keyword, float(rows.min()), "a number ≥ 1", "give the number of rows")
        if not self.replacement and (rows < self.batch).any():
            least = float(rows.min())
            admissible = f"at most P = {least:g}, the rows there are"
            raise BadArgument("batch", self.batch, admissible, "lower it, or draw with replacement")

    def _check_phases(self, steps: Array) -> None:
        if isinstance(self.declared, Steps):
            total = sum(count for count, _ in self.declared.pairs)
            if (steps != total).any():
                other = float(steps[steps != total].flat[0])
                raise BadArgument("n_steps", other, f"{total}, the steps of the schedule's phases together", "change either")

    def _descents(self, task: Spectrum, points: Sequence[Point]) -> list[tuple[float, float, float]]:
        """Return test and training risk of descent, and their certificate, at every point."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnstableStepWarning)  # SGD is stable up to smaller steps, and warns itself
            if isinstance(self.declared, Constant):
                every = {key: np.array([point[key] for point in points]) for key in points[0]}
                found = GradientDescent(self.chain).evaluate(task, allow_unstable=True, **every)
                return list(zip(found.test, found.train, found.certificate, strict=True))
            return [self._scheduled(task, dict(point)) for point in points]

    def _scheduled(self, task: Spectrum, point: dict[str, float]) -> tuple[float, float, float]:
        steps, step = int(point.pop("n_steps")), point.pop("step")
        exact = steps <= MOST_PHASES or all(piece.constant for piece in self.declared.pieces(steps))
        algorithm = ScheduledDescent(tuple(cut(self.declared, steps, None if exact else MOST_PHASES)), step)
        found: TrainingRisk = Training(self.chain, algorithm)._run(task, {**point, "ensemble": 1, "weight_decay": 0.0})
        return float(found.test), float(found.train), float(found.certificate)


class _Run:
    """One point: a kernel, its labels, and the steps on them."""

    def __init__(self, sgd: MultiPassSGD, kernel: KernelModes, point: Point) -> None:
        self.declared, self.kernel = sgd.declared, kernel
        self.steps, self.step, self.noise = int(point["n_steps"]), point["step"], point["noise"]
        rows = point[sgd.chain.slots[-1].keyword]
        self.passes, self.batch = sgd.batch * point["n_steps"] / rows, sgd.sampled(rows)
        self.modes = kernel.modes(self.noise)
        self.largest = self.declared.largest(self.steps)
        full = math.isinf(self.batch)
        top = 2.0 / float(self.modes.eigenvalues.max()) if full else max_step(self.modes, self.batch)
        self.limit = top / self.largest
        self.phi = 0.0 if full else stability(self.modes, self.step * self.largest, self.batch)

    def row(self, test: float, train: float, certificate: float) -> list[float]:
        """Return the numbers of `MultiPassRisk`, given those of descent."""
        start, own = float(self.modes.signal.sum()) + self.kernel.unexplained(self.noise), self._descent_train()
        checks = (certificate, self.kernel.certificate, abs(own - train) / start if start else 0.0)
        (fluctuation, shown), error = ((0.0, 0.0), 0.0) if math.isinf(self.batch) else self._fluctuations()
        return [test + fluctuation, train + shown, test, train, fluctuation, shown, self.passes, self.phi, self.limit, error,
                float(np.max(checks))]  # fmt: skip

    def _fluctuations(self) -> tuple[tuple[float, float], float]:
        """Return what sampling adds to test and training risk, and their relative error."""
        n = len(self.modes.eigenvalues)
        kept = Modes(np.tile(self.modes.eigenvalues, 2), np.append(np.zeros(n), self.modes.counts),
                     np.append(self.modes.signal, np.zeros(n)))  # fmt: skip
        found = refined(self.declared, self.steps, functools.partial(self._after, kept))
        test, train = (part.total for part in found.parts)
        return (test, train), found.error

    def _after(self, kept: Modes, phases: Sequence[Phase]) -> list[Scaled]:
        """Return both after all phases.

        A node is there twice: what is left of the labels, d^T m, scattered but never kicked, and what is kicked from nothing.
        Descent leaves a^{2T} m of the first.
        """
        (state,) = after(kept, [(kept.signal, self.kernel.unexplained(self.noise))], self.step, self.batch, phases)
        left, kicked = np.split(state.values, 2)
        forgotten = np.zeros(left.size)
        for phase in phases:
            one = one_step(self.modes, self.step * phase.factor, self.batch)
            with np.errstate(divide="ignore"):
                forgotten += phase.steps * np.log1p(one.spread / (1.0 - one.forget) ** 2)
        both = kicked - left * np.expm1(-forgotten)
        return [Scaled(np.array([both @ self.kernel.gain]), state.exponent), Scaled(np.array([both.sum()]), state.exponent)]

    def _descent_train(self) -> float:
        """Return the training risk of descent on the nodes."""
        phases = cut(self.declared, self.steps, None if self.steps <= MOST_PHASES else MOST_PHASES)
        left = ScheduledDescent(tuple(phases), self.step).residual(self.modes.eigenvalues)
        return self.kernel.unexplained(self.noise) + float(self.modes.signal @ left**2)


def _check_chain(chain: Chain) -> None:
    """Refuse chains on which this is not verified."""
    if chain.slots.data is None:
        raise BadArgument("chain", chain, "with rows of data", "add Samples(); SGD on the population itself is `OnePassSGD`")
    if chain.nonlinear is not None:
        remedy = "use the linear features that they stand for"
        raise BadArgument("chain", chain, "of linear layers: sampling noise of nonlinear features is not verified", remedy)
    for slot in chain.slots:
        if type(slot.layer) not in VERIFIED or slot.layer.law is not None:
            names = ", ".join(kind.__name__ for kind in VERIFIED)
            admissible = f"of independent rows and columns ({names}), not {slot.layer!r}"
            raise BadArgument("chain", chain, admissible, "sampling noise of other layers is not verified")


def _check_steps(runs: Sequence[_Run], allowed: bool) -> None:
    worst = max(runs, key=lambda run: run.step / run.limit)
    if worst.step >= worst.limit and not allowed:
        raise BadArgument(
            "step", worst.step, f"below γ_max = {worst.limit:.6g} (here Φ = {worst.phi:.4g})",
            "lower it, or allow_unstable: beyond, the expected risk diverges",
        )  # fmt: skip
    if worst.step > worst.limit / 2:
        warnings.warn(
            f"step = {worst.step:g} is above half of γ_max = {worst.limit:.6g} (Φ = {worst.phi:.4g}): runs differ widely, and "
            "so do draws of the rows; compare medians",
            UnstableStepWarning, stacklevel=3,
        )  # fmt: skip


def _steps(n_steps: ArrayLike) -> Array:
    array = ARGUMENTS["n_steps"].read(n_steps)
    admissible = f"whole numbers from 1 to {LONGEST:g}"
    if not ((array >= 1) & (array <= LONGEST) & (array == np.floor(array))).all():
        raise BadArgument("n_steps", n_steps, admissible, "give the number of steps")
    return array
