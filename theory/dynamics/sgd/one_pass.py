"""One-pass SGD of linear regression, on the population's own coordinates or on a Gaussian sketch of them, constants included.

Lin, Wu, Kakade, Bartlett, Lee (arXiv:2406.08466) bound this risk up to constants; here it is evaluated: exactly given the
features' spectrum, and with deterministic equivalents for the sketch (each mode of the sketched covariance averaged).
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sympy import Expr

from theory.dynamics.sgd.allocation import best_allocation
from theory.dynamics.sgd.averaging import averaged
from theory.dynamics.sgd.batches import CriticalBatch, critical_batch
from theory.dynamics.sgd.condensed import condensed, steady
from theory.dynamics.sgd.laws import declared as laws
from theory.dynamics.sgd.laws.asymptote import asymptote
from theory.dynamics.sgd.laws.price import price
from theory.dynamics.sgd.modes import Modes, one_step
from theory.dynamics.sgd.recursion import after
from theory.dynamics.sgd.risk import SGDRisk
from theory.dynamics.sgd.scaled import Scaled
from theory.dynamics.sgd.schedules.given import declared
from theory.dynamics.sgd.schedules.phases import Phase, cut, effective_steps, n_steps
from theory.dynamics.sgd.schedules.refined import Refined, refined
from theory.dynamics.sgd.schedules.schedule import Constant, Steps
from theory.dynamics.sgd.sketches.approximation import approximation
from theory.dynamics.sgd.sketches.bins import bins
from theory.dynamics.sgd.sketches.population import population_modes
from theory.dynamics.sgd.sketches.sketch import sketched_modes
from theory.dynamics.sgd.stability import max_step, stability
from theory.dynamics.warnings import UnstableStepWarning
from theory.errors import BadArgument, one_of, one_real, real_array, truth, whole_number
from theory.exponents.law import Law
from theory.keywords import says_what_is_meant
from theory.results.declared import Declared
from theory.results.inputs import Inputs
from theory.solve.optima.sizes import Allocation
from theory.spectra.base import Spectrum
from theory.spectra.power_law import PowerLaw

Array = NDArray[np.float64]

LARGEST_BATCH = 10**15  # samples of one step
CELLS, CUT_ANYHOW = 256, 1.05  # cuts of a schedule that changes all the time, and what its sum of steps may exceed theirs by


class OnePassSGD(Declared):
    """SGD from v = 0 on fresh samples: v ← v − γ_t mean over a batch of (⟨v, x⟩ − y) x.

    Parameters
    ----------
    batch : int
        B, samples a step.
    schedule : Schedule, "geometric", "constant", callable, SymPy expression, or sequence of (steps, factor)
        The factors multiply the step; "geometric" halves it at every T/log T steps. `linear`, `cosine`, `warmup` and the like
        make schedules; a function or an expression in one symbol is g(z), the factor by the share of the pass that is done.
    log_base : float
        Of that logarithm.
    averaging : None, "iterate" or "tail"
        The last iterate, the mean of v_0 … v_{T−1}, or of those after ⌊T/2⌋; averages need a constant schedule.

    Raises
    ------
    ValueError
        For a batch that is no whole number ≥ 1, an unknown schedule or averaging, a base ≤ 1; for schedules with factors that
        are negative, not finite or zero everywhere.

    Examples
    --------
    >>> import theory as th
    >>> sgd = th.OnePassSGD(batch=1, schedule="geometric", log_base=2)
    >>> float(sgd.evaluate(th.PowerLaw(1.5, 0.4), n_samples=1e6, step=0.1, noise=1.0).test.round(4))
    1.0028
    """

    batch: int
    schedule: Any
    log_base: float
    averaging: str | None

    def __init__(self, batch: int = 1, schedule: Any = "geometric", log_base: float = 2, averaging: str | None = None) -> None:
        base = one_real("log_base", log_base, "a finite number > 1", "the default is 2")
        if not 1 < base < math.inf:
            raise BadArgument("log_base", log_base, "a finite number > 1", "the default is 2")
        self.batch, self.log_base = whole_number("batch", batch, 1, LARGEST_BATCH, "give the samples of one step"), base
        self.averaging = None if averaging is None else one_of("averaging", averaging, ("iterate", "tail"))
        self.declared = declared(schedule, base)
        self.schedule = self.declared.pairs if isinstance(self.declared, Steps) else schedule
        if averaging is not None and not isinstance(self.declared, Constant):
            raise BadArgument("averaging", averaging, "None unless the schedule is constant", 'give schedule="constant"')

    def __repr__(self) -> str:
        rest = f"log_base={self.log_base:g}, averaging={self.averaging!r}"
        return f"OnePassSGD(batch={self.batch}, schedule={self.schedule!r}, {rest})"

    @says_what_is_meant
    def evaluate(
        self, task: Spectrum, *, n_samples: ArrayLike, step: ArrayLike, n_features: ArrayLike | None = None,
        noise: ArrayLike = 0.0, allow_unstable: bool = False,
    ) -> SGDRisk:
        """Return the expected risk after one pass; all arguments broadcast as NumPy arrays.

        Parameters
        ----------
        task : Spectrum
            The population. Given a sketch, the spectrum of its own covariance (`Discrete`) with its noise.
        n_samples : array-like
            N ≥ B, seen once each.
        step : array-like
            γ > 0 of the first phase.
        n_features : array-like, optional
            M, the width of a Gaussian sketch with entries of variance 1/M; None: no sketch, exact.
        noise : array-like
            σ².
        allow_unstable : bool
            Evaluate beyond γ_max, where the expected risk diverges with time, instead of refusing: to the same accuracy; inf
            beyond 1e308, where `log_bias` and `log_variance` still tell.

        Raises
        ------
        ValueError
            For values out of their range, for steps beyond γ_max (the message states it and Φ), and for more columns than an
            infinite spectrum has eigenvalues within the range of doubles.

        Warns
        -----
        UnstableStepWarning
            Above γ_max/2.

        Notes
        -----
        Source: arXiv:2406.08466 for the setting; exact recursion derived in `theory.dynamics.sgd.moments`.
        """
        if not isinstance(task, Spectrum):
            raise BadArgument(
                "task", task, "a spectrum", "give PowerLaw(...), Discrete(...), Isotropic(...) or another Spectrum"
            )
        widths = _positive("n_features", math.inf if n_features is None else n_features, "a number ≥ 1, or None", least=1.0)
        given = (
            _positive("n_samples", n_samples, f"a finite number ≥ the batch size {self.batch}", least=self.batch, finite=True),
            widths,
            _positive("step", step, "a finite number > 0", finite=True),
            _positive("noise", noise, "a finite variance ≥ 0", finite=True, zero=True),
        )
        try:
            arrays = np.broadcast_arrays(*given)
        except ValueError:
            shapes = [array.shape for array in given]
            raise BadArgument("shapes", shapes, "broadcastable to one shape", "reshape the arguments as NumPy arrays") from None
        points = [tuple(float(x) for x in point) for point in zip(*(array.ravel() for array in arrays), strict=True)]
        features = {width: self._features(task, width) for width in {point[1] for point in points}}
        limits = {width: max_step(steady(modes), self.batch) for width, (modes, _) in features.items()}
        steps = {n: n_steps(n, self.batch) for n in {point[0] for point in points}}
        largest = {n: self.declared.largest(each) for n, each in steps.items()}
        self._check_steps(points, features, limits, largest, truth("allow_unstable", allow_unstable))
        passed = {n: CUT_ANYHOW * math.fsum(phase.steps * phase.factor for phase in cut(self.declared, each, CELLS))
                  for n, each in steps.items()}  # fmt: skip
        nodes = {width: functools.cache(functools.partial(condensed, modes, self.batch))
                 for width, (modes, _) in features.items()}  # fmt: skip
        rows = [
            self._point(
                *features[width], nodes[width](_rounded_up(gamma * passed[n]), _rounded_up(gamma * largest[n])),
                steps[n], gamma, sigma2, limits[width], largest[n],
            )
            for n, width, gamma, sigma2 in points
        ]  # fmt: skip
        columns = np.array(rows).T.reshape(-1, *arrays[0].shape)
        asked = {"n_samples": n_samples, "n_features": n_features, "step": step, "noise": noise}
        inputs = Inputs(arrays[0].shape, asked, {"model": repr(self), "task": repr(task)})
        return SGDRisk(*(np.asarray(column) for column in columns), inputs=inputs)

    def exponents(self, batches: bool = False, n_dims: str | None = None, largest_step: bool = False) -> Law:
        """Return the scaling law on a sketch of a power law, infinite without `n_dims`, symbolic in capacity and source.

        Arguments are powers of one Λ: `n_samples`, `n_features`, `step` (≤ 0), `noise`, and `batch` if wanted. With "geometric"
        and `exponential()`, whose steps fall by powers of T, `n_samples` counts effective samples P_eff: P over a logarithm.
        After a warm-up or a stable part these leave a logarithm in the variance alone, and `n_samples` counts all.

        Parameters
        ----------
        batches : bool
            Whether the batch is an argument too. The range of it that is optimal ends at the critical batch.
        n_dims : None, "free" or "n_features"
            None: infinitely many modes, capacity > 1. Else there are D of them and capacity < 1, where the sum of eigenvalues
            grows as D^{1−α}: an argument `n_dims` of its own, or in proportion to the features (capacity 1 too).
        largest_step : bool
            Capacity < 1: the step is a fixed share of the largest stable one, γ ~ B D^{α−1}, and no argument.

        Raises
        ------
        ValueError
            For schedules that are functions, that change with the number of steps otherwise, or that are no power of the
            distance to their ends next to them; for `largest_step` without `n_dims`.

        Notes
        -----
        κ is 1/t, t the sum of the steps. Sources: arXiv:2406.08466, Theorems on the source condition, and arXiv:2509.19189 for
        schedules, which bound it for r < 1/2 and at easy tasks; for larger r the sketch and the noise of the early error
        leave a bias of their own (`leading_terms`). Capacity < 1: arXiv:2405.15074, whose phases Ib, Ic, IVa and IVb are at the
        largest step; the sums that make them are in `theory.dynamics.sgd.laws.ambient`.
        """
        modes = None if n_dims is None else one_of("n_dims", n_dims, ("free", "n_features"))
        many, largest = truth("batches", batches), truth("largest_step", largest_step)
        law = laws.law(self.declared, self.averaging, many, modes, largest)
        law.made_by = self, "exponents", {"batches": many, "n_dims": modes, "largest_step": largest}
        return law

    def leading_terms(self, saturated: bool = False) -> Mapping[str, Expr]:
        """Return the leading terms of the risk with their constants, in closed form (geometric: B = 1, base 2).

        Parameters
        ----------
        saturated : bool
            Whether 2r > 1.

        Returns
        -------
        mapping of str to sympy.Expr
            In α, r, γ, N, Φ(γ), P and B, or P_eff; c_V is ∫ g² G^-e/(1 − Φ) of the schedule. See `theory.dynamics.sgd.laws`.

        Raises
        ------
        ValueError
            As `exponents`; `exponential()` as well, whose terms change with T (`asymptote` evaluates them).
        """
        return laws.leading_terms(self.declared, self.averaging, truth("saturated", saturated))

    def asymptote(
        self, task: PowerLaw, *, n_samples: float, step: float, n_features: float | None = None, noise: float = 0.0
    ) -> Mapping[str, float]:
        """Return the leading terms as numbers, in the regime of the point; Φ and c_V included, for any schedule.

        Parameters
        ----------
        task : PowerLaw
            Infinite.
        n_samples, step, n_features, noise : float
            As `evaluate`, scalars.

        Returns
        -------
        mapping of str to float
            "time" t; "approximation" (exact); "flow", "leak", "kick" and "start", which add up to "bias"; "variance"; "test".

        Raises
        ------
        ValueError
            For a task that is no infinite power law, steps beyond γ_max, schedules given as functions, and steps halved log T
            times where all features are learnt.
        """
        if not isinstance(task, PowerLaw) or not math.isinf(task.size) or task.is_symbolic:
            remedy = "give PowerLaw(capacity, source); of finitely many modes only the exponents are derived: evaluate far out"
            raise BadArgument("task", task, "an infinite power law", remedy)
        width = math.inf if n_features is None else one_real("n_features", n_features, "a number ≥ 1, or None", "give one")
        gamma = one_real("step", step, "a finite number > 0", "give one step size")
        sigma2 = one_real("noise", noise, "a finite variance ≥ 0", "give one variance")
        self.evaluate(task, n_samples=self.batch, n_features=width, step=gamma, noise=sigma2)  # refuses what is out of range
        steps = n_steps(n_samples, self.batch)
        modes, missed = self._features(task, width)
        return asymptote(self.declared, self.averaging, self.batch, task, modes, steps, gamma, width, missed, sigma2)

    def price(self, capacity: float, source: float) -> float:
        """Return the data that this needs over those of the best last iterate, to leading order and each at its best step.

        Parameters
        ----------
        capacity, source : number
            Of an easy task, 2r ≥ 1 − 1/α, with label noise and without a sketch.

        Returns
        -------
        float
            1 for (1 − z)^{2α−1}, below 1 for some averages; inf where the excess falls more slowly (or by a logarithm).

        Raises
        ------
        ValueError
            For hard tasks, capacity ≤ 1, source ≤ 0, and schedules given as functions.
        """
        return price(self.declared, self.averaging, capacity, source)

    def critical_batch(
        self, task: Spectrum, *, n_samples: float, noise: float, n_features: float | None = None
    ) -> CriticalBatch:
        """Return how many samples a step may take before the same data teach less: B and γ at once.

        Parameters
        ----------
        task : Spectrum
            The population.
        n_samples, noise : float
            N and σ², scalars.
        n_features : float, optional
            The width of a sketch.

        Returns
        -------
        CriticalBatch
            B_crit, the best step at B = 1, and the test risk with it.

        Raises
        ------
        ValueError
            As `evaluate`, and for what is no scalar.

        Notes
        -----
        To leading order only γ/B counts, as long as γ < γ_max(B); B_crit ~ N^{1−α/(1+2αr)} for easy tasks under a decay that
        ends fast enough, O(1) for hard ones. This object's own batch plays no part.
        """
        width = math.inf if n_features is None else one_real("n_features", n_features, "a number ≥ 1, or None", "give one")
        sigma2 = one_real("noise", noise, "a finite variance ≥ 0", "give one variance")
        samples = one_real("n_samples", n_samples, "a finite number ≥ 1", "give one number")
        alone = OnePassSGD(1, self.declared if self.averaging is None else "constant", self.log_base, self.averaging)

        def risk(steps: Array) -> Array:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UnstableStepWarning)
                found: Array = alone.evaluate(task, n_samples=samples, n_features=width, step=steps, noise=sigma2).test
            return found

        risk(np.array([1e-12]))  # refuses what is out of range
        return critical_batch(risk, self._features(task, width)[0], self.declared.largest(n_steps(samples, 1)))

    def optimum(
        self, task: Spectrum, cost: Mapping[str, float], budget: float, of: str = "test", **fixed: float
    ) -> Allocation:
        """Return the sizes and the step of least risk at a given cost, found on the real risk; as `Chain.optimum`.

        Parameters
        ----------
        task : Spectrum
            The population.
        cost : mapping
            A monomial, by argument the power: {"n_samples": 1, "n_features": 1} is C = N M.
        budget : float
            C > 0.
        of : {"test", "bias", "variance", "approximation"}
            What to minimise.
        **fixed : float
            Arguments that are not free: `noise` (default 0), `step`, sizes without a cost (no sketch unless `n_features` is
            given or costs).

        Returns
        -------
        Allocation
            The arguments, real numbers, the risk there, and whether the best step is at γ_max or a size at its least.

        Raises
        ------
        ValueError
            For costs that are not monomials in sizes, samples without cost or value, a budget that is not one number above
            zero, an unknown term; as `evaluate`.

        Notes
        -----
        `exponents().compute_optimal` gives the exponents that these follow as C → ∞.
        """

        def edge(n_samples: float, width: float) -> float:
            limit = max_step(self._features(task, width)[0], self.batch)
            return float(limit / self.declared.largest(n_steps(n_samples, self.batch)))

        return best_allocation(self, task, cost, budget, of, fixed, edge)

    def _features(self, task: Spectrum, width: float) -> tuple[Modes, float]:
        """Return the modes that are learnt, and the approximation error."""
        if math.isinf(width):
            return population_modes(task), 0.0
        missed = approximation(task, width)
        return sketched_modes(bins(task, width), width, task.rank, task.total_variance, task.signal - missed), missed

    def _check_steps(self, points: Any, features: Any, limits: Any, largest: Any, allow_unstable: bool) -> None:
        worst = max(points, key=lambda point: point[2] * largest[point[0]] / limits[point[1]])
        n, width, gamma, _ = worst
        phi, edge = stability(features[width][0], gamma * largest[n], self.batch), limits[width] / largest[n]
        if gamma >= edge and not allow_unstable:
            raise BadArgument(
                "step", gamma, f"below γ_max = {edge:.6g} (here Φ = {phi:.4g})",
                "lower it, or allow_unstable: beyond, the expected risk diverges",
            )
        if gamma > edge / 2:
            warnings.warn(
                f"step = {gamma:g} is above half of γ_max = {edge:.6g} (Φ = {phi:.4g}): runs differ widely; compare medians",
                UnstableStepWarning, stacklevel=3,
            )

    def _point(
        self, modes: Modes, missed: float, nodes: Modes, steps: int, gamma: float, sigma2: float, limit: float, largest: float
    ) -> list[float]:
        noise = sigma2 + missed
        parts = (nodes.signal, modes.tail_signal), (np.zeros_like(nodes.signal), noise)
        (learnt, variance), error = self._run(nodes, parts, gamma, steps)
        still = Scaled(np.array([modes.tail_signal]))
        bias, log_bias = learnt.total + still.total, np.logaddexp(learnt.log_total, still.log_total)
        effective = self.batch * effective_steps(steps, self.declared)
        test = sigma2 + missed + bias + variance.total
        phi = stability(modes, gamma * largest, self.batch)
        return [test, missed, bias, variance.total, effective, phi, limit / largest, log_bias, variance.log_total, error]

    def _run(self, modes: Modes, parts: Sequence[tuple[Array, float]], gamma: float, steps: int) -> Refined:
        """Return y after the pass, of linear parts by their initial state and drive; the sum is what counts."""
        if self.averaging is None:
            return refined(self.declared, steps, functools.partial(after, modes, parts, gamma, self.batch))
        burn = steps // 2 if self.averaging == "tail" else 0
        one, starts = one_step(modes, gamma, self.batch), after(modes, parts, gamma, self.batch, [Phase(burn, 1.0)])
        ends = [averaged(one, start, drive, steps - burn) for start, (_, drive) in zip(starts, parts, strict=True)]
        return Refined(ends, 0.0)


def _rounded_up(value: float) -> float:
    """Return the next power of two, so that neighbouring points share nodes."""
    return 2.0 ** math.ceil(math.log2(value))


def _positive(name: str, value: Any, admissible: str, least: float = 0.0, finite: bool = False, zero: bool = False) -> Array:
    array = real_array(name, value, admissible, "give numbers or arrays")
    good = (array >= least) & ((array > 0) | zero) & (np.isfinite(array) | (not finite))
    if not good.all():
        raise BadArgument(name, array[~good].flat[0], admissible, "give an admissible number")
    return array
