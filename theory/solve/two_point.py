"""A chain at two ridges, in numbers: solved at lists of ridges, and every term of the risk on the grid of their pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.chain.places import Slots, check_matched
from theory.chain.ridge_map import ridge_powers
from theory.chain.two_points import Point, Traces, TwoPoints
from theory.errors import BadArgument, complex_array
from theory.solve.arguments import check_arguments
from theory.solve.kappa import shaped
from theory.solve.kappa.continuation import continued
from theory.solve.kappa.state import Solution
from theory.solve.outcome import Outcome
from theory.solve.status import Status
from theory.spectra.base import Spectrum
from theory.spectra.sums.products import Resolved
from theory.terms import Terms

Numbers = NDArray[Any]
ALL = slice(None)


@dataclass(frozen=True, repr=False)
class TwoPointRisk(Outcome):
    """What `Chain.two_point_at` returns: every term at all pairs of n ridges, arrays of shape (n, n), row s and column s′.

    Attributes
    ----------
    terms : Terms
        C₀ ("test", σ² included), C₁ ("train"), their difference ("gap"), "excess", "bias" and the variance components.
    status : ndarray of int, shape (n, n)
        What became of κ at the worse of the two ridges.
    kappa : ndarray, shape (n,)
        κ(s), of the whole list.
    """

    kappa: Any


class Ladder:
    """A chain solved at a list of ridges at each of several points (sizes and noise).

    Parameters
    ----------
    task : Spectrum
        The population.
    slots : Slots
        The layers, innermost first.
    parameters : sequence of ndarray, shape (points,)
        Sizes and variances.
    ridge : ndarray, shape (points, n)
        s, real or complex.
    """

    def __init__(self, task: Spectrum, slots: Slots, parameters: Sequence[Numbers], ridge: Numbers) -> None:
        self.task, self.slots, self.parameters, self.ridge = task, slots, parameters, ridge
        flat = [np.repeat(value, ridge.shape[1]) for value in parameters]
        self.solution: Solution = continued(task, slots.layers, flat, ridge.ravel())
        self.kappa: Numbers = self._shaped(self.solution.kappa)
        if not np.iscomplexobj(ridge):
            self.kappa = self.kappa.real
        self.code = self._shaped(self.solution.code)

    def _shaped(self, value: Any) -> Any:
        shaped = value.reshape(self.ridge.shape)
        return shaped if np.iscomplexobj(self.ridge) or not np.iscomplexobj(shaped) else shaped.real

    def point(self, rows: slice, axis: int, mirrored: bool = False, columns: slice = ALL) -> Point:
        """Return the chain at some points, the ridges along the last axis but one (axis 1) or the last (axis 2).

        Parameters
        ----------
        rows, columns : slice
            Which points, and which ridges.
        axis : int
            Where the ridges go.
        mirrored : bool
            Whether the conjugate ridges follow.
        """

        def at(value: Any) -> Any:
            part = self._shaped(value)[rows, columns]
            part = np.concatenate((part, part.conj()), axis=1) if mirrored else part
            return np.expand_dims(part, 3 - axis)

        solution = self.solution
        pairs = [(at(u), at(t)) for u, t in solution.pairs]
        chi = [None if of_law is None else at(of_law) for of_law in solution.chi]
        return Point(at(self.ridge), at(solution.kappa), at(solution.dof), at(solution.vacancy), pairs, chi)

    @property
    def taken(self) -> Numbers:
        """d/P, what rows of data take of the ridge; 0 without them."""
        return self._shaped(self.solution.pairs[-1][0] if self.slots.data is not None else 0.0 * self.solution.kappa)

    @property
    def left(self) -> Numbers:
        """1 − d/P."""
        return self._shaped(self.solution.pairs[-1][1] if self.slots.data is not None else 1.0 + 0.0 * self.solution.kappa)

    @property
    def withheld(self) -> tuple[Numbers, Numbers]:
        """What the layers inside the rows take of the inner ridge, and all of them, 1 − s/κ.

        Sums of what each takes, where its map is a monomial.
        """
        solution = self.solution
        powers = [ridge_powers(slot.layer) if slot.stiffness is None else (1, 0) for slot in self.slots]
        known = [pair for pair in powers if pair is not None]
        if len(known) < len(powers):
            return 1.0 - self.ridge / (self.kappa * self.left), 1.0 - self.ridge / self.kappa
        parameters = [np.repeat(value, self.ridge.shape[1]) for value in self.parameters]
        places = zip(self.slots, parameters, solution.pairs, solution.chi, strict=True)
        shares = [pair if slot.layer.law is None else shaped.shares(slot.layer.law, value, chi)
                  for slot, value, pair, chi in places]  # fmt: skip
        taken, vacancy = 0.0 * solution.kappa, solution.vacancy
        inside = None
        inner: Any = float(self.task.size)
        for slot, value, (m, k), (u, t), (_, free) in zip(self.slots, parameters, known, shares, solution.pairs, strict=True):
            inside = taken if slot is self.slots.data else None
            if slot.layer.pooled:
                vacancy, inner = solution.vacancy, float(self.task.size)
            own = [(u, t)] * (m + min(k, 0)) + [(1.0 - vacancy, vacancy)] * max(k, 0)
            if k < 0:  # t/v
                own += [(u * (1.0 - value / inner) / vacancy, t / vacancy)] * -k
            for share, rest in own:
                taken = taken * rest + share
            vacancy, inner = (free, value) if slot.is_size else (t * vacancy, inner)
        return self._shaped(taken if inside is None else inside), self._shaped(taken)


def traces(modes: Resolved, kappa: Numbers, other: Numbers) -> Traces:
    """Return the population's sums at all pairs of κ, shape (points, n), and κ′, shape (points, m): shape (points, n, m)."""
    kappa, other = kappa * modes.unit, other * modes.unit
    g, g_ = 1.0 / (modes.eigenvalues + kappa[..., None]), 1.0 / (modes.eigenvalues + other[..., None])
    x_ = np.swapaxes(modes.eigenvalues * g_, 1, 2)
    y_ = np.swapaxes(other[..., None] * g_, 1, 2)
    carried, signal = modes.carried * g, modes.signals * g
    far = 1.0 / (kappa[:, :, None] * other[:, None, :]) if modes.tail[0] else 0.0
    return Traces(
        slope=(carried @ np.swapaxes(g_, 1, 2) + modes.tail[0] * far) * modes.unit,
        shared=carried @ x_,
        missed=(signal * kappa[..., None]) @ y_ + (modes.null[1] + modes.tail[1]),
        learnt=signal @ x_,
    )


def two_point_risk(task: Spectrum, slots: Slots, given: dict[str, Any], ridge: ArrayLike) -> TwoPointRisk:
    """Return every term at all pairs of ridges; see `Chain.two_point_at`. `given` holds the unit of ridges as "ridge"."""
    admissible, remedy = "a list of finite numbers, real or complex", "give a 1-d array"
    s = complex_array("ridge", ridge, admissible, remedy)
    if s.ndim != 1 or not np.isfinite(s).all():
        raise BadArgument("ridge", ridge, admissible, remedy)
    if ((s.imag == 0) & (s.real < 0)).any():
        raise BadArgument("ridge", ridge, "off the negative real axis", "the data have eigenvalues there: leave the axis")
    arguments = check_arguments(slots, task, given)
    if arguments.ridge.size > 1:
        raise BadArgument("sizes", arguments.shape, "single numbers: the axes are those of the ridges", "loop over the sizes")
    check_matched(slots, "two ridges")
    ladder = Ladder(task, slots, arguments.parameters, s[None] * arguments.ridge[0])
    sums = traces(modes_at(task, ladder.kappa), ladder.kappa, ladder.kappa)
    with np.errstate(divide="ignore", invalid="ignore"):
        sides = ladder.point(ALL, 1), ladder.point(ALL, 2)
        laws = shaped.pair_traces(slots, arguments.parameters, *sides)
        risk = TwoPoints(slots, arguments.parameters, *sides, sums, float(task.size), arguments.noise[0], laws)
        terms = risk.terms(arguments.ensemble[0])
    code = ladder.code[0]
    lost = (code == Status.FAILED)[:, None] | (code == Status.FAILED)
    found = {key: np.where(lost, np.nan, np.broadcast_to(value, (1, s.size, s.size))[0]) for key, value in terms.items()}
    return TwoPointRisk(Terms(found), np.maximum(code[:, None], code).astype(np.int8), ladder.kappa[0])


def modes_at(task: Spectrum, kappa: Numbers) -> Resolved:
    """Return weighted modes whose two-point sums are right at all the κ."""
    positive = np.unique(kappa[kappa != 0])
    return task.resolved(positive if positive.size else np.ones(1))
