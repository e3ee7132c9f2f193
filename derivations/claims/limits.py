"""Claims about limits: *asymptotic*, where the ratio of two sides goes to one, and *slopes* on logarithmic axes.

Either is tried on the cases that are stated and on random ones all over the domain, so that what holds on one branch only has
to say so: `where="r < 1/2"`. Exponents are never fitted to simulations: slopes are those of the theory at sizes that no
simulation reaches.
"""

from __future__ import annotations

import itertools
import math
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import sympy
from mpmath import mp
from sympy import Expr

from derivations.claims.evidence import GUARD, ClaimError, DisagreementError, UndecidedError, settled
from derivations.claims.given import Given
from derivations.claims.ladder import judged
from derivations.claims.step import Branches, Step
from derivations.language.grammar import Node, parse
from derivations.meaning.points import number, within
from derivations.meaning.quantities import DIGITS, Case, Point
from derivations.meaning.scope import Scope
from theory.errors import BadArgument

DECADES = (16, 32, 48, 64)  # powers of ten towards a limit
SCALES = (1e12, 1e16)  # where slopes are taken
RUNGS = 4  # scales of a slope
ENOUGH = 20  # digits of a side
AT_RANDOM = 6  # random cases
TRIED = 60  # random points among which those are looked for
SHARPEST, BLUNTEST = 1e-12, {"asymptotic": 1e-4, "slope": 2e-3}  # resolutions


@dataclass(frozen=True)
class Limiting(Step):
    """A claim about a limit, for all cases.

    Attributes
    ----------
    cases : tuple of mapping
        Letters that are fixed, each a case; besides, letters are drawn at random.
    resolution : float
        How near to what is claimed the limit must come.
    """

    cases: tuple[Case, ...] = ()
    resolution: float = 1e-6

    cost: ClassVar[int] = 1
    blur: ClassVar[float] = 0.0  # a gap that is no witness at random, where two terms may be of nearly equal size

    def verify(self, scope: Scope) -> str:
        """Go to the limit in every case: those stated must all be decided, those at random for the greater part."""
        given, sides = self.prepared(scope)
        branches, worst, decided = Branches(sides), 0.0, 0
        for case, point in [*self._stated(scope, given), *self._random(scope, given)]:
            gaps, said = self.gaps(scope, sides, point, case)
            verdict = judged(self.places, gaps, self.resolution) if gaps else None
            if verdict is False and (case in self.cases or abs(gaps[-1]) > self.blur):
                raise DisagreementError(f"{said}{_at(case)}")
            if verdict is None and case in self.cases:
                raise UndecidedError(f"undecided: it is not at its limit yet; {said}{_at(case)}")
            if verdict:
                decided += 1
                branches.meet(scope, point)
                worst = max(worst, float(abs(gaps[-1])))
        if branches.avoided:
            raise UndecidedError(f"undecided: no case is on the branch {branches.avoided[0]}; add it to cases=")
        if decided < AT_RANDOM // 2:
            raise UndecidedError(f"undecided: {decided} cases only are at the limit; give cases=, or conditions where=")
        return f"within {worst:.1g}, {decided} cases"

    @abstractmethod
    def prepared(self, scope: Scope) -> tuple[Given, list[Expr]]:
        """Return the conditions, and the expressions whose branches must all be met."""

    @abstractmethod
    def gaps(self, scope: Scope, sides: Sequence[Expr], point: Point, case: Case) -> tuple[Sequence[Any], str]:
        """Return what should go to zero, at equally spaced decades, and both sides in words; nothing if there is no value."""

    @property
    @abstractmethod
    def places(self) -> Sequence[float]:
        """Where gaps are taken, in decades."""

    def random_case(self, scope: Scope, point: Point) -> Case:
        """Return the letters that are fixed at a random point."""
        return {}

    def _stated(self, scope: Scope, given: Given) -> Iterator[tuple[Case, Point]]:
        for index, case in enumerate(self.cases):
            for name, value in case.items():
                symbol = scope.value(parse(name, signs=()).right)
                domain = scope.setting.domains.get(symbol, "positive")
                if not within(domain, number(value), 1e-12):
                    raise ClaimError(f"the case {name} = {value} is outside the domain of {name}, {domain}")
            point = self._point(scope, given, index, case)
            if not given.admits(point):
                raise ClaimError(f"the case{_at(case)} is not where the claim is made, {self.where}")
            yield case, point

    def _random(self, scope: Scope, given: Given) -> Iterator[tuple[Case, Point]]:
        count = 0
        for index in range(len(self.cases), len(self.cases) + TRIED):
            case = self.random_case(scope, self._point(scope, given, index, {}))
            point = self._point(scope, given, index, case)
            if count < AT_RANDOM and given.admits(point):
                count += 1
                yield case, point

    def _point(self, scope: Scope, given: Given, index: int, case: Case) -> Point:
        with mp.workdps(DIGITS + GUARD):
            return scope.setting.point(index, {**case, **given.case}, scope)

    @property
    def _tried(self) -> str:
        stated = len(self.cases)
        return (f"{stated} {'case' if stated == 1 else 'cases'} and " if stated else "") + f"{AT_RANDOM} at random"


@dataclass(frozen=True)
class Asymptotic(Limiting):
    """Two sides whose ratio goes to one in a limit.

    Attributes
    ----------
    limit : str
        "κ → 0" or "N → ∞".
    """

    limit: str = ""

    mode: ClassVar[str] = "asymptotic"

    def prepared(self, scope: Scope) -> tuple[Given, list[Expr]]:
        """Return both sides."""
        towards(scope, self.limit)
        return self.read(scope)

    @property
    def places(self) -> Sequence[float]:
        """Powers of ten."""
        return DECADES

    def gaps(self, scope: Scope, sides: Sequence[Expr], point: Point, case: Case) -> tuple[Sequence[Any], str]:
        """Return the logarithms of the ratio of the sides."""
        letter, target = towards(scope, self.limit)
        found: list[Any] = []
        for decades in DECADES:
            far = Point({**point.values, letter: mp.mpf(10) ** (-decades if target == 0 else decades)}, point.population)
            values = settled(scope, sides, far, ENOUGH, decades)
            if not values or not values[-1]:
                return [], f"the sides have no value at {letter} = 1e{-decades if target == 0 else decades}"
            ratio = values[0] / values[-1]
            found.append(mp.log(ratio) if mp.im(ratio) == 0 and ratio > 0 else abs(ratio - 1))
        ratios = ", ".join(mp.nstr(abs(gap), 3) for gap in found)
        return found, (f"the ratio of the sides stays away from 1 by {ratios} as {self.limit}; "
                       f"left = {mp.nstr(values[0], 12)} but right = {mp.nstr(values[-1], 12)}")

    @property
    def note(self) -> str:
        """The limit and the cases."""
        return f"{self.limit}, {self._tried}, to {self.resolution:g}"


@dataclass(frozen=True)
class Sloped(Limiting):
    """The exponent of a quantity of the package where its sizes are very large.

    Attributes
    ----------
    quantity : str
        Its name in the package.
    ray : mapping
        By letter the power with which it grows; inf: infinite.
    scales : tuple of float
        Between which values of what grows.
    """

    resolution: float = 1e-3
    quantity: str = ""
    ray: Case = field(default_factory=dict)
    scales: tuple[float, float] = SCALES

    mode: ClassVar[str] = "slope"
    blur: ClassVar[float] = 0.05  # of nearly equal exponents, which a slope is between

    @property
    def nodes(self) -> Sequence[Node]:
        """The formula of the exponent, and conditions."""
        return super().nodes[1:]

    def prepared(self, scope: Scope) -> tuple[Given, list[Expr]]:
        """Return the monomial; refuse anything else, since a slope is blind to a prefactor."""
        given = Given(scope, self.where)
        given.stay()
        (side,) = given.sides([scope.value(self.relation.right)])
        letters = list(self._powers(scope))
        if sympy.simplify(side.xreplace(dict.fromkeys(letters, sympy.Integer(1)))) != 1:
            listed = ", ".join(map(str, letters))
            raise ClaimError(f"a slope speaks of exponents: the right side must be a monomial of {listed}, without a prefactor")
        return given, [sum((letter * sympy.log(side).diff(letter) * number(power) for letter, power
                            in self._powers(scope).items()), sympy.Integer(0))]

    def _powers(self, scope: Scope) -> dict[sympy.Symbol, Any]:
        known = scope.setting.quantities
        return {known[name].value: power for name, power in self.ray.items() if abs(power) < math.inf}

    def random_case(self, scope: Scope, point: Point) -> Case:
        """Return exponents of a population, to three decimals."""
        known = scope.setting.quantities
        return {name: round(float(point.values[known[name].value]), 3) for name in scope.setting.exponents}

    @property
    def places(self) -> Sequence[float]:
        """The middles of the windows, in decades."""
        low, high = map(math.log10, self.scales)
        return [low + (high - low) * (rung + 0.5) / (RUNGS - 1) for rung in range(RUNGS - 1)]

    def gaps(self, scope: Scope, sides: Sequence[Expr], point: Point, case: Case) -> tuple[Sequence[Any], str]:
        """Return slopes less the claimed one, window by window."""
        claimed = float(settled(scope, sides, point, ENOUGH)[0])
        low, high = map(math.log, self.scales)
        step = (high - low) / (RUNGS - 1)
        curve = [scope.setting.curve(self.quantity, case, self.ray, math.exp(low + step * rung)) for rung in range(RUNGS)]
        slopes = [(after - before) / step for before, after in itertools.pairwise(curve)]
        return [slope - claimed for slope in slopes], f"the slope is {slopes[-1]:.4f} but the formula gives {claimed:.4f}"

    @property
    def note(self) -> str:
        """Where the slopes are taken."""
        return f"slopes from {self.scales[0]:.0e} to {self.scales[1]:.0e}, {self._tried}, to {self.resolution:g}"


def towards(scope: Scope, limit: str) -> tuple[sympy.Symbol, Any]:
    """Return the letter and the target of a limit such as "κ → 0"."""
    name, arrow, target = (part.strip() for part in limit.partition("→"))
    if not arrow or target not in ("0", "∞"):
        raise BadArgument("limit", limit, "such as 'κ → 0' or 'N → ∞'", "write it so")
    letter = scope.value(parse(name, signs=()).right)
    if not isinstance(letter, sympy.Symbol):
        raise BadArgument("limit", limit, "of a letter of the setting", "take another letter")
    return letter, 0 if target == "0" else sympy.oo


def check_resolution(mode: str, resolution: float) -> None:
    """Refuse a resolution at which a claim says little, or more than numbers can show."""
    if not SHARPEST <= resolution <= BLUNTEST[mode]:
        admissible = f"between {SHARPEST:g} and {BLUNTEST[mode]:g}"
        raise BadArgument("resolution", resolution, admissible, "leave it out for the default")


def _at(case: Mapping[str, Any]) -> str:
    return " with " + ", ".join(f"{name} = {value}" for name, value in case.items()) if case else ""
