"""The first correction of a chain at finite sizes, of relative order 1/size, by one rule for all its layers.

Every quantity here is a derivative of one potential, the mean of ln det(λ + kernel): at the limit of large sizes it is
stationary in the ridge of every level, so that what a layer adds at the next order comes as it is, evaluated on the solution:

    E ln det gains W = (c/2) Σ_layers ln(1 − γ),        c = 1 for real matrices, 0 for complex ones

with 1 − γ = dκ_out/dκ_in, up to what a layer declares beside (`Layer.spread`). Three perturbations of the population give all
else, each a letter of a jet (`theory.chain.algebras.jets`):

    x   κ → κ(1 + x): δ df = −λ dW/dλ.
    h   A source, the target as a feature of strength √h: ln det grows by h L/λ at the rows and by h T/K at a level of ridge K.
        So δL = λ dW/dh, the d of that level gains h(T − K dT/dK)/K, and the d of the population inside features −h T₂/K.
    τ   The penalty λ(1 + τΣ), rows of new data: E_test = d²(E ln det)/dτdh by the envelope theorem. Σ → Σ/(1 + τΣ) makes of a
        level one of ridge K/(1 − τK) with (1 − τK) d and T/(1 − τK).

all at fixed λ, and the training risk is L − λ dL/dλ. Nothing here is typed for one kind of layer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from theory.chain.algebras.jets import SOURCE, TILT, Jet
from theory.chain.algebras.own import Known, Own, Shaped
from theory.chain.layers import Layer, Level
from theory.chain.layers.shapes import MATCHED
from theory.chain.places import Slots
from theory.errors import BadArgument
from theory.spectra.base import Order

ORDER = 3  # of x: E_test holds T′, its correction two derivatives more
DOF_ORDERS: tuple[Order, ...] = tuple((1, n, 0) for n in range(ORDER + 1))
LOSS_ORDERS: tuple[Order, ...] = ((0, 1, 1), *((1, n, 1) for n in range(1, ORDER + 1)))
LAW_ORDERS = DOF_ORDERS


@dataclass(frozen=True)
class LawSums:
    """Of the eigenvalues γ of a layer's columns at χ: Σ x yⁿ, x = γ/(γ+χ), y = 1 − x, n = 0 … 3, and their sum.

    Attributes
    ----------
    sums : sequence
        Σ x yⁿ.
    chi, total : Any
        χ and Σ γ.
    """

    sums: Sequence[Any]
    chi: Any
    total: Any


@dataclass(frozen=True)
class Solved:
    """A solved chain, in any algebra.

    Attributes
    ----------
    kappa, vacancy, size : Any
        κ, 1 − d/D and D of the population.
    dof : sequence
        Σ x yⁿ, n = 0 … 3, x = λ/(λ+κ): the moments `DOF_ORDERS`.
    loss : sequence
        Σ cλ y, then Σ cλ x yⁿ, n = 1 … 3: the moments `LOSS_ORDERS`.
    parameters : sequence
        The sizes and variances of the layers, innermost first.
    pairs : sequence of (u, t)
        Their fractions, each with full accuracy.
    laws : mapping of int to LawSums
        Of the layers with a law that is seen, by place.
    """

    kappa: Any
    vacancy: Any
    size: Any
    dof: Sequence[Any]
    loss: Sequence[Any]
    parameters: Sequence[Any]
    pairs: Sequence[tuple[Any, Any]]
    laws: Mapping[int, LawSums] = field(default_factory=dict)

    def population(self) -> Level:
        """Return κ, d and T as jets."""
        kappa = Jet.series([self.kappa, self.kappa, *([self.kappa * 0] * (ORDER - 1))])
        dof = Jet.series([(-1) ** n * value for n, value in enumerate(self.dof)])
        loss = Jet.series([(1 if n == 0 else (-1) ** (n + 1)) * value for n, value in enumerate(self.loss)])
        return Level(kappa, dof, _left(dof, self.size, self.vacancy), loss, self.size)


@dataclass(frozen=True)
class Corrections:
    """What finite sizes add to the mean over draws, at first order.

    Attributes
    ----------
    test, train, dof, objective : Any
        To E_test, E_train, the degrees of freedom tr Ŝ(Ŝ+λ)⁻¹ and the least training objective L.
    leading : mapping
        The same four at the limit of large sizes, which the jets give beside (left to checks).
    parameters : list
        1/(n (1 − γ)) of each layer that has a size n, innermost first: what the expansion is in.
    """

    test: Any
    train: Any
    dof: Any
    objective: Any
    leading: Mapping[str, Any]
    parameters: list[Any]


def corrections(slots: Slots, at: Solved, noise: Any, half: Any, kurtosis: Any) -> Corrections:
    """Return the first correction of a chain; without rows of data, of the population's own problem in random features.

    Parameters
    ----------
    slots : Slots
        The layers, innermost first, such as `check_established` allows.
    at : Solved
        The fixed point, at a ridge above zero.
    noise : Any
        σ².
    half : Any
        c/2: ½ for real matrices, 0 for complex ones.
    kurtosis : Any
        κ₄ of the entries of the rows, which add −(κ₄/2)γ to W; 0 where there are features.
    """
    population = at.population()
    level, inner, taken = _outwards(slots, at, population)
    learnt = population.loss.slope * (population.ridge / at.kappa)  # T₂
    fewer = population.dof - Jet.letter(SOURCE, ORDER) * learnt.raised
    source = replace(population, dof=fewer, vacancy=_left(fewer, at.size, at.vacancy))
    sourced, changed, _ = _outwards(slots, at, source)
    loss = changed.along(SOURCE, sourced.ridge) * half  # δT at the level's own ridge; the letter is h/K here

    unit = level.ridge.value  # of ridges from here on
    ridge = level.ridge / unit
    left = 1 - Jet.letter(TILT, ORDER) * ridge
    tilted, fit = ridge / left, (level.loss + noise) / left
    dof = level.dof * left + Jet.letter(SOURCE, ORDER) * (fit / tilted - fit.slope / tilted.slope).raised
    outer, spread = tilted, tilted.slope / tilted.slope
    if slots.data is not None:
        rows = Level(tilted, dof, dof, fit, level.size)
        own = _own(slots, at, len(slots) - 1, rows)
        outer = slots.data.layer.outer(rows, own, at.kappa * 0).ridge
        spread = outer.slope / tilted.slope * slots.data.layer.spread(rows, own)
        taken.append(1 / (at.parameters[-1] * spread.value))

    potential = spread.log_change * half + spread * (kurtosis / 2) + inner * half
    plain = outer.without(SOURCE)
    per_ridge = potential.along(SOURCE, outer) + loss / ridge  # δL/λ
    leading = fit / tilted  # L/λ
    ridge_at = outer.value

    def by_ridge(jet: Jet) -> Any:
        return ridge_at * jet.slope.value / outer.slope.value

    return Corrections(
        per_ridge.along(TILT, plain).value, -ridge_at * by_ridge(per_ridge), -by_ridge(potential), ridge_at * per_ridge.value,
        {"test": leading.along(TILT, plain).value, "train": -ridge_at * by_ridge(leading), "dof": level.dof.value,
         "objective": ridge_at * leading.value},
        taken,
    )  # fmt: skip


def _outwards(slots: Slots, at: Solved, population: Level) -> tuple[Level, Jet, list[Any]]:
    """Return the level inside the rows, Σ ln(1 − γ) of the layers up to there, and 1/(n (1 − γ)) of those with a size."""
    level, gained, taken = population, population.ridge * 0, []
    for place, slot in enumerate(slots if slots.data is None else slots[:-1]):
        own = _own(slots, at, place, level)
        outer = slot.layer.outside(level, own, at.kappa * 0)
        gain = outer.ridge.slope / level.ridge.slope * slot.layer.spread(level, own)
        gained = gained + gain.log_change
        if slot.is_size:
            taken.append(1 / (at.parameters[place] * gain.value))
        level = outer
    return level, gained, taken


def _left(dof: Jet, size: Any, vacancy: Any) -> Jet:
    """Return 1 − d/n, whose value is known."""
    return (dof * (-1 / size)).starting(vacancy)


def _own(slots: Slots, at: Solved, place: int, level: Level) -> Own:
    """Return the parameter of a layer over jets."""
    parameter, (_, left) = at.parameters[place], at.pairs[place]
    if not slots[place].is_size:
        share = parameter / level.ridge
        return Known(parameter, share, (1 - share).starting(left), level.ridge, sized=False)
    if place in at.laws:
        return _Columns(parameter, at.laws[place], level.dof, _left(level.dof, parameter, left))
    return Known(parameter, level.dof * (1 / parameter), _left(level.dof, parameter, left), level.dof)


class _Columns(Shaped):
    """A size whose columns have a law, over jets about the d of `sums`."""

    def __init__(self, size: Any, law: LawSums, dof: Jet, free: Jet) -> None:
        series = [(-1) ** n * value for n, value in enumerate(law.sums)]  # d(χ(1 + y))
        change = _reverted(series[1:], (dof - dof.value).starting(0))  # y
        factor = dof * (change + 1) * (law.chi / law.total)
        slopes = [(-1) ** n * (n + 1) * value / law.chi for n, value in enumerate(law.sums[1:])]  # Σ γ/(γ + χ(1+y))²
        super().__init__(size, lambda _: factor, free=free)
        self._spread = change.into(slopes) * law.total / (dof * dof)

    def spread(self, dof: Any) -> Any:
        """Return b/f = tr C · tr C(C+χ)⁻²/d²."""
        return self._spread


def _reverted(series: Sequence[Any], target: Jet) -> Jet:
    """Return y with Σ series_n y^(n+1) = target, a jet without coefficient of 1."""
    first, *rest = series
    linear = target * (1 / first)
    found = linear
    for _ in range(ORDER + 2):
        found = linear - found * found * found.into([value / first for value in rest])
    return found


def check_established(slots: Slots, nonlinear: bool, kurtosis: bool = False) -> None:
    """Refuse chains for which the first correction is not established by derivation and simulation.

    Parameters
    ----------
    slots : Slots
        The layers, innermost first.
    nonlinear : bool
        Whether they stand for nonlinear features, whose equivalence is one of the limit.
    kurtosis : bool
        Whether entries other than Gaussian ones are asked for.

    Raises
    ------
    ValueError
        With what is not.
    """
    if nonlinear:
        raise _refused("nonlinear features", "linear ones")
    for slot in slots:
        if type(slot.layer).spread is Layer.spread:
            raise _refused(type(slot.layer).__name__, "Samples, GaussianFeatures, HaarProjection and FeatureNoise")
    if slots.data is not None and slots.data.layer.noise != MATCHED:
        raise _refused("label noise of another covariance than the rows'", "rows whose noise is matched")
    if kurtosis and (slots.data is None or len(slots) > 1 or slots.data.layer.law is not None):
        raise BadArgument("kurtosis", "given", "0 but for independent rows of data alone", "leave it out")


def _refused(found: str, admissible: str) -> BadArgument:
    return BadArgument("finite_size", found, f"asked of {admissible}", "evaluate without it: elsewhere it is not established")
