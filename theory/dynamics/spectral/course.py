"""The course of training: every term of the risk along time, as double sums over the contours of an algorithm.

    term(t) = Σ_jk w_j w_k term(s_j, s_k)

The bias, and what training rows see of it, are for each mode a product of two sums, and are summed so: their errors enter
squared. The training risk of rows fewer than anything else vanishes, and late it is summed on contours of its own, shifted
towards the smallest eigenvalue.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.chain.places import Slots
from theory.chain.two_points import TwoPoints
from theory.chunks import chunks
from theory.dynamics.spectral.algorithms import Algorithm
from theory.dynamics.spectral.contours import NODES, Array, Contour
from theory.solve.kappa.shaped import pair_traces
from theory.solve.outcome import TOTALS
from theory.solve.status import Status
from theory.solve.two_point import Ladder, modes_at, traces
from theory.spectra.base import Spectrum
from theory.spectra.sums.products import Resolved
from theory.terms import Key

PAIRS = 2**17     # of ridges that are evaluated at once
NUMBERS = 2**21   # entries of one (ridges × modes) temporary
FINE, FINER = NODES, 24  # nodes of the two contours
LATE = 1.0        # x₋t from which the training risk has a contour of its own
CLOSE = 0.98      # how far that one is shifted towards −x₋


@dataclass(frozen=True)
class Points:
    """Points of one evaluation, flat.

    Attributes
    ----------
    parameters : tuple of ndarray, shape (points,)
        Sizes and variances of the layers, innermost first.
    noise, ensemble, decay : ndarray, shape (points,)
        σ², K and ω.
    clock, other : tuple of ndarray, shape (points,)
        What sets how long the algorithm runs; of the second predictor, for correlations.
    top, low : ndarray, shape (points,)
        The largest and the smallest eigenvalue of the kernel, weight decay included; 0 for a smallest one that does not matter.
    """

    parameters: tuple[Array, ...]
    noise: Array
    ensemble: Array
    decay: Array
    clock: tuple[Array, ...]
    other: tuple[Array, ...]
    top: Array
    low: Array

    def take(self, which: Any) -> Points:
        """Return some of them."""
        taken: dict[str, Any] = {}
        for name, value in vars(self).items():
            taken[name] = tuple(part[which] for part in value) if isinstance(value, tuple) else value[which]
        if self.other is self.clock:
            taken["other"] = taken["clock"]
        return Points(**taken)


class Course:
    """An algorithm on a chain over a population.

    Parameters
    ----------
    task : Spectrum
        The population.
    slots : Slots
        The layers, innermost first.
    algorithm : Algorithm
        What is run.
    """

    def __init__(self, task: Spectrum, slots: Slots, algorithm: Algorithm) -> None:
        self.task, self.slots, self.algorithm = task, slots, algorithm

    def terms(self, points: Points, count: int) -> tuple[dict[Key, Array], NDArray[np.intp]]:
        """Return every term and the status at each point, by contours of a fineness."""
        found: dict[Key, Array] = {}
        status = np.zeros(points.noise.size, np.intp)
        for which, first, second in self._contours(points, count):
            values, code = self._summed(points.take(which), first, second)
            status[which] = np.maximum(status[which], code)
            for key, value in values.items():
                found.setdefault(key, np.empty(points.noise.size))[which] = value
        self._late(points, count, found)
        return found, status

    def _contours(self, points: Points, count: int) -> Iterator[tuple[NDArray[np.intp], Contour, Contour]]:
        """Yield groups of points with the contours of both predictors, weight decay included."""
        for which, first in self.algorithm.contours(points.clock, points.top, count):
            if points.other is points.clock:
                shifted = first.shifted(points.decay[which])
                yield which, shifted, shifted
                continue
            rest = points.take(which)
            for inner, second in self.algorithm.contours(rest.other, rest.top, count):
                part = Contour(first.nodes[inner], first.weights[inner])
                yield which[inner], part.shifted(rest.decay[inner]), second.shifted(rest.decay[inner])

    def _late(self, points: Points, count: int, found: dict[Key, Array]) -> None:
        """Sum training risks that decay exponentially again, on contours for what vanishes at s = 0."""
        if points.other is not points.clock:
            return
        time = np.prod(points.clock, axis=0) if points.clock else np.zeros(points.low.size)
        late = np.flatnonzero((points.low * time > LATE) & (points.decay == 0))
        if not late.size:
            return
        rest = points.take(late)
        for inner, contour in self.algorithm.late_contours(rest.clock, CLOSE * rest.low, count):
            values, _ = self._summed(rest.take(inner), contour, contour, ("train",))
            found["train"][late[inner]] = values["train"]

    def _summed(
        self, points: Points, first: Contour, second: Contour, only: Sequence[Key] = ()
    ) -> tuple[dict[Key, Array], NDArray[np.intp]]:
        """Return the sums of some terms (all that are independent, if left out) over pairs of ridges."""
        ladder = Ladder(self.task, self.slots, points.parameters, first.nodes)
        same = second is first
        other = ladder if same else Ladder(self.task, self.slots, points.parameters, second.nodes)
        modes = modes_at(self.task, ladder.kappa if same else np.concatenate((ladder.kappa.ravel(), other.kappa.ravel())))
        n_points, n = first.nodes.shape
        single = not only and not self.slots.pooled
        alike = self.slots.data is None or self.slots.data.stiffness is None
        sums: dict[Key, Array] = {}
        for rows, columns in self._blocks(n_points, n, second.nodes.shape[1], len(modes.eigenvalues)):
            part = points.take(rows)
            sizes = [value[:, None, None] for value in part.parameters]
            sides = ladder.point(rows, 1, columns=columns), other.point(rows, 2, mirrored=True)
            population = traces(modes, ladder.kappa[rows][:, columns], _mirrored(other.kappa[rows]))
            noise, ensemble = part.noise[:, None, None], part.ensemble[:, None, None]
            with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
                laws = pair_traces(self.slots, part.parameters, *sides)
                risk = TwoPoints(self.slots, sizes, *sides, population, float(self.task.size), noise, laws)
                terms = risk.terms(ensemble)
                wanted = {key: terms[key] for key in only or terms}
                if single:
                    wanted = {key: value for key, value in terms.items() if key not in TOTALS}
                    scatter = sum(wanted.values()) + noise
                    if alike:
                        wanted |= {"train": scatter * risk.left, "gap": scatter * risk.taken}
                    else:  # rows of a law differ in what they see of the signal
                        wanted |= {"train": terms["train"], "gap": terms["gap"]}
                for key, pairs in wanted.items():
                    value = np.einsum("pa,pab,pb->p", first.weights[rows][:, columns], pairs + np.zeros((1, 1, 1)),
                                      _mirrored(second.weights[rows]))  # fmt: skip
                    sums.setdefault(key, np.zeros(n_points))[rows] += 2.0 * value.real
        if single:
            with np.errstate(over="ignore", invalid="ignore"):
                signal = self._signal(points, modes, (ladder, first), (other, second))
                sums["excess"] = signal["bias"] + sum(value for key, value in sums.items() if key not in TOTALS)
                sums["test"] = sums["excess"] + points.noise
                for key in ("train", "gap") if alike else ():
                    sums[key] = sums[key] + signal[key]
                sums = {key: sums[key] if key in sums else signal[key] for key in terms}
        failed = (ladder.code == Status.FAILED).any(axis=1) | (other.code == Status.FAILED).any(axis=1)
        return sums, np.where(failed, Status.FAILED, Status.CONVERGED)

    def _signal(self, points: Points, modes: Resolved, *sides: tuple[Ladder, Contour]) -> dict[Key, Array]:
        """Return the bias Σ_k cλ v v′ over modes, and what training rows see of it ("train") and do not ("gap")."""
        clocks = (points.clock, points.other)
        one, two = (self._unlearnt(points.decay, clock, modes, *side) for side, clock in zip(sides, clocks, strict=True))
        noise = points.parameters[0] * modes.unit if self.slots.noisy_population else np.zeros(points.noise.size)
        signals = np.append(modes.signals, modes.null[1] + modes.tail[1])
        weights = np.concatenate((signals, signals * np.append(modes.eigenvalues, 0.0)))

        def total(first: Array, second: Array) -> Array:
            left, pushed = np.split(weights * first * second, 2, axis=1)
            found: Array = left.sum(axis=1) + noise * pushed.sum(axis=1)
            return found

        return {
            "bias": total(one["all"], two["all"]),
            "train": total(one["seen"], two["seen"]),
            "gap": total(one["missed"], two["all"]) + total(one["seen"], two["missed"]),
        }

    def _unlearnt(
        self, decay: Array, clock: Sequence[Array], modes: Resolved, ladder: Ladder, contour: Contour
    ) -> dict[str, Array]:
        """Return what is left of every mode, v = Σ w κ/(λ+κ), and Σ w/(λ+κ) for noise on it, shape (points, 2 modes).

        The last mode is one of λ = 0. Training rows see v less Σ w uκ/(λ+κ), u = d/P. From v is taken φ(λ), what the
        algorithm leaves on the population itself, exactly: κ/(λ+κ) − s/(λ+s) = (κ−s)λ/((λ+κ)(λ+s)), less u for the rows.
        """
        x, unit = np.append(modes.eigenvalues, 0.0)[:, None], modes.unit
        seen, missed, (inside, whole) = ladder.left, ladder.taken, ladder.withheld
        found = {key: np.empty((len(contour.nodes), 2 * x.size)) for key in ("all", "seen", "missed")}
        for p, (kappa, s, w) in enumerate(zip(ladder.kappa * unit, contour.nodes * unit, contour.weights, strict=True)):
            g = 1.0 / (x + kappa)
            more, less, noise = (
                2.0 * (table @ np.stack(columns, axis=1)).real
                for table, columns in (
                    (x * g / (x + s), [kappa * whole[p] * w, kappa * seen[p] * inside[p] * w]),
                    (g / (x + s), [kappa * s * missed[p] * w]),
                    (g, [kappa * missed[p] * w, w, seen[p] * w, missed[p] * w]),
                )
            )
            own = self.algorithm.decayed(x[:, 0] / unit, decay[p], *(part[p] for part in clock))
            found["all"][p] = np.concatenate((own + more[:, 0], noise[:, 1]))
            found["seen"][p] = np.concatenate((own + more[:, 1] - less[:, 0], noise[:, 2]))
            found["missed"][p] = np.concatenate((noise[:, 0], noise[:, 3]))
        return found

    @staticmethod
    def _blocks(points: int, n: int, m: int, n_modes: int) -> Iterator[tuple[slice, slice]]:
        """Yield blocks of points, and of the ridges of the first predictor, that fit into the cache."""
        per_point = max(2 * n * m / PAIRS, (n + 2 * m) * n_modes / NUMBERS)
        step = int(1.0 / per_point)
        width = n if step > 1 else int(n / max(1.0, 2 * n * m / PAIRS))
        return itertools.product(chunks(points, step), chunks(n, width))


def _mirrored(value: Any) -> Any:
    """Return both halves of a contour."""
    return np.concatenate((value, value.conj()), axis=1)
