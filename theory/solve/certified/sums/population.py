"""A population in ball arithmetic: its sums at a positive κ, and their leading terms as κ vanishes."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction

from flint import arb, ctx

from theory.errors import BadArgument
from theory.exact import exact
from theory.solve.certified.ball import ZERO, Ball, Uncertified, exactly, to_arb
from theory.solve.certified.sums.listed import Listed
from theory.solve.certified.sums.logarithmic_sums import STEEPEST, LogarithmicSums
from theory.solve.certified.sums.power_sums import PowerSums
from theory.spectra.base import Spectrum
from theory.spectra.discrete import Discrete
from theory.spectra.isotropic import Isotropic
from theory.spectra.logarithmic_law import LogarithmicLaw
from theory.spectra.power_law import PowerLaw
from theory.spectra.sums.orders import Order

SINGLY = 100  # modes of a power law that are listed
DOF, FALL = (1, 0, 0), (1, 1, 0)


class Population:
    """What every population answers, at the ambient precision.

    Attributes
    ----------
    size, rank : Fraction or inf
        D, and how many eigenvalues are positive.
    """

    size: Fraction | float
    rank: Fraction | float

    def excess(self, kappa: arb, n: Fraction, proved: bool = True) -> tuple[arb, arb]:
        """Return d(κ) − n and −dd/dlnκ at κ > 0."""
        raise NotImplementedError

    def moments(self, kappa: Ball, orders: tuple[Order, ...]) -> list[Ball]:
        """Return Σ weight x^i y^j for each order (i, j, q) at a κ > 0, or its leading term where κ vanishes."""
        raise NotImplementedError

    def missed(self, kappa: Ball) -> Ball:
        """Return rank − d for a κ that vanishes; the rank is finite."""
        return self.moments(kappa, ((0, 1, 0),))[0]

    @property
    def scale(self) -> arb:
        """A rough Σ λ."""
        raise NotImplementedError


class ListedPopulation(Population):
    """Modes given one by one.

    Parameters
    ----------
    listed : callable
        Makes them at the ambient precision.
    size, rank : int
        D, and how many eigenvalues are positive.
    total : float
        Roughly Σ λ.
    unlearnable : callable
        The signal on eigenvalues zero, at the ambient precision.
    """

    def __init__(
        self, listed: Callable[[], Listed], size: int, rank: int, total: float, unlearnable: Callable[[], arb]
    ) -> None:
        self.size, self.rank, self._null = Fraction(size), Fraction(rank), size - rank
        self._make, self._total, self._unlearnable = listed, total, unlearnable
        self._kept: dict[int, Listed] = {}

    @property
    def scale(self) -> arb:
        """A rough Σ λ."""
        return to_arb(Fraction(self._total))

    @property
    def _listed(self) -> Listed:
        if ctx.prec not in self._kept:
            self._kept[ctx.prec] = self._make()
        return self._kept[ctx.prec]

    def excess(self, kappa: arb, n: Fraction, proved: bool = True) -> tuple[arb, arb]:
        """Return d(κ) − n and −dd/dlnκ at κ > 0."""
        return self._listed.excess(kappa, n)

    def moments(self, kappa: Ball, orders: tuple[Order, ...]) -> list[Ball]:
        """Return Σ weight x^i y^j, the null space included (x = 0, y = 1), or its leading term where κ vanishes."""
        if kappa.order == 0:
            found = [Ball(value) for value in self._listed.moments(kappa.value, orders)]
        else:
            found = [Ball(self._listed.inverse(j, q)) * kappa**j for _, j, q in orders]
        null = exactly(self._null), Ball(self._unlearnable())
        return [value if i else value + null[q] for value, (i, _, q) in zip(found, orders, strict=True)]

    def missed(self, kappa: Ball) -> Ball:
        """Return rank − d for a κ that vanishes."""
        return Ball(self._listed.inverse(1, 0)) * kappa


class PowerPopulation(Population):
    """A power law, infinite or too long to be listed.

    Parameters
    ----------
    law : PowerLaw
        The law.
    """

    def __init__(self, law: PowerLaw) -> None:
        self._law = law
        self._alpha, self._r = law.exponents
        self.size = self.rank = math.inf if math.isinf(law.size) else Fraction(int(law.size))
        self._sums = PowerSums(self._alpha, self._r, law.size)
        self._scale = Fraction(law.scale)

    @property
    def scale(self) -> arb:
        """A rough Σ λ."""
        return to_arb(Fraction(self._law.total_variance))

    def excess(self, kappa: arb, n: Fraction, proved: bool = True) -> tuple[arb, arb]:
        """Return d(κ) − n and −dd/dlnκ at κ > 0."""
        z = kappa / to_arb(self._scale)
        if isinstance(self.rank, Fraction) and 2 * n > self.rank:
            missed, fall = self._sums.moments(z, ((0, 1, 0), FALL))
            return to_arb(self.rank - n) - missed, fall
        dof, fall = self._sums.moments(z, (DOF, FALL))
        return dof - to_arb(n), fall

    def moments(self, kappa: Ball, orders: tuple[Order, ...]) -> list[Ball]:
        """Return Σ weight x^i y^j at a κ > 0, or its leading term where κ vanishes."""
        if kappa.order == 0:
            return [Ball(value) for value in self._sums.moments(kappa.value / to_arb(self._scale), orders)]
        return [self._vanishing(kappa, order) for order in orders]

    def _vanishing(self, kappa: Ball, order: Order) -> Ball:
        i, j, q = order
        if self.rank != math.inf:
            power = (Fraction(0), 1 + 2 * self._alpha * self._r)[q] - j * self._alpha
            return Ball(_powers_sum(power, int(self.rank)) / to_arb(self._scale**j)) * kappa**j
        if q == 0 and i and i + j <= 2:  # x² and xy of d ∝ κ^(−1/α), up to its constant
            stiffness = 1 / self._alpha
            share = Fraction(1) if order == DOF else stiffness if j else 1 - stiffness
            return exactly(share) * kappa.root(stiffness) ** -1
        if q == 1 and j:  # it vanishes, by itself
            return ZERO
        raise Uncertified("a sum over infinitely many modes at ridge zero")


class LogarithmicPopulation(Population):
    """The logarithmic law.

    Parameters
    ----------
    law : LogarithmicLaw
        The law.

    Raises
    ------
    ValueError
        For powers above those that bounds are laid out for.
    """

    def __init__(self, law: LogarithmicLaw) -> None:
        powers = [Fraction(exact(law.power) or 0), Fraction(exact(law.target) or 0)]
        if max(powers) > STEEPEST:
            raise BadArgument("power, target", (law.power, law.target), f"at most {STEEPEST} where they are certified",
                              "use precision= instead")  # fmt: skip
        self.size = self.rank = math.inf
        self._law, self._sums = law, LogarithmicSums(*powers)

    @property
    def scale(self) -> arb:
        """A rough Σ λ."""
        return to_arb(Fraction(self._law.total_variance))

    def excess(self, kappa: arb, n: Fraction, proved: bool = True) -> tuple[arb, arb]:
        """Return d(κ) − n and −dd/dlnκ at κ > 0."""
        dof, fall = self._sums.moments(kappa, (DOF, FALL))
        return dof - to_arb(n), fall

    def moments(self, kappa: Ball, orders: tuple[Order, ...]) -> list[Ball]:
        """Return Σ weight x^i y^j at a κ > 0, or its leading term where κ vanishes: d ∝ 1/κ up to logarithms."""
        if kappa.order == 0:
            return [Ball(value) for value in self._sums.moments(kappa.value, orders)]
        return [kappa**-1 if order in (DOF, FALL) else ZERO for order in orders]


@functools.lru_cache(maxsize=16)
def population_of(task: Spectrum) -> Population:
    """Return what sums a population up in ball arithmetic.

    Raises
    ------
    ValueError
        For populations whose sums have no bounds yet.
    """
    if isinstance(task, PowerLaw):
        if task.size > SINGLY and task.exponents[0] > 0:
            return PowerPopulation(task)
        return _listed_law(task)
    if isinstance(task, LogarithmicLaw):
        return LogarithmicPopulation(task)
    if isinstance(task, Isotropic):
        signal = Fraction(task.signal)
        return ListedPopulation(lambda: Listed([arb(1)], [task.size], [to_arb(signal)]), task.size, task.size,
                                float(task.size), lambda: arb(0))  # fmt: skip
    if isinstance(task, Discrete):
        return _discrete(task)
    raise BadArgument("task", task, "a PowerLaw, LogarithmicLaw, Discrete or Isotropic where it is certified",
                      "truncate(n) lists the modes of a law, as a Discrete")  # fmt: skip


def _listed_law(law: PowerLaw) -> ListedPopulation:
    alpha, r = law.exponents
    if law.size > 100_000:
        raise BadArgument("size", law.size, "at most 100000 for equal eigenvalues where they are certified", "use Isotropic")
    numbers = range(1, int(law.size) + 1)

    def listed() -> Listed:
        scale, s = to_arb(Fraction(law.scale)), to_arb(-1 - 2 * alpha * r)
        return Listed([scale * arb(k) ** to_arb(-alpha) for k in numbers], [1] * len(numbers), [arb(k) ** s for k in numbers])

    return ListedPopulation(listed, int(law.size), int(law.size), law.total_variance, lambda: arb(0))


def _discrete(task: Discrete) -> ListedPopulation:
    rows: dict[Fraction, tuple[int, Fraction]] = {}
    lost = Fraction(0)
    columns = task.eigenvalues.tolist(), task._weight.tolist(), task.multiplicity.tolist()
    for value, weight, repeats in zip(*columns, strict=True):
        eigenvalue = Fraction(value)
        signal = Fraction(weight) * int(repeats) * (1 if task._is_signal else eigenvalue)
        if eigenvalue == 0:
            lost += signal
        else:
            number, carried = rows.get(eigenvalue, (0, Fraction(0)))
            rows[eigenvalue] = number + int(repeats), carried + signal

    def listed() -> Listed:
        return Listed([to_arb(value) for value in rows], [number for number, _ in rows.values()],
                      [to_arb(signal) for _, signal in rows.values()])  # fmt: skip

    return ListedPopulation(listed, int(task.multiplicity.sum()), sum(number for number, _ in rows.values()),
                            task.total_variance, lambda: to_arb(lost))  # fmt: skip


def _powers_sum(power: Fraction, size: int) -> arb:
    """Return Σ_{k ≤ size} k^-power."""
    if size <= 2000:
        return sum((arb(k) ** to_arb(-power) for k in range(1, size + 1)), arb(0))
    if power == 1:
        return arb(size + 1).digamma() + arb.const_euler()
    s = to_arb(power)
    return s.zeta() - s.zeta(arb(size + 1))
