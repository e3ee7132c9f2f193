"""Claims about large systems: *simulation* of random matrices, *asymptotic* limits, and *slopes* on logarithmic axes.

A simulation is drawn at two sizes or more, carried to infinite size (the remainder falls like size^-p), and compared in
standard errors; a standard error above the resolution is undecided, which is a failure. Exponents are never fitted to
simulations: those check the theory at finite size, and slopes are those of the theory at sizes that no simulation reaches.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import sympy
from mpmath import mp

from derivations.system.language import Name, Node, parse
from derivations.system.scope import Scope
from derivations.system.setting import DIGITS, Case, number
from derivations.system.step import GUARD, Branches, ClaimError, Step, sides_of
from numerics.check.verdict import extrapolate
from theory.errors import BadArgument

BATCH, MOST = 32, 8192  # trials at the start, and at most
CRITICAL = 4.5  # standard errors that a right claim never reaches
HOPELESS = 20.0  # standard errors beyond which more trials change nothing
DECADES = (8, 16, 32)  # powers of ten towards a limit


def observed(name: str) -> Name:
    """Return the tree that stands for an observable."""
    return Name(f"⟨{name}⟩")


@dataclass(frozen=True)
class Simulated(Step):
    """A measured observable against a formula.

    Attributes
    ----------
    observable : str
        Its name in the setting.
    sizes : tuple of int
        Of the random systems, ascending: the remainder is taken out by extrapolation.
    resolution : float
        The largest relative standard error.
    cases : tuple of mapping
        Proportions and parameters other than the setting's own.
    seed : int
        Of all draws.
    """

    observable: str = ""
    sizes: tuple[int, ...] = ()
    resolution: float = 0.01
    cases: tuple[Case, ...] = ({},)
    seed: int = 0

    mode: ClassVar[str] = "simulation"
    cost: ClassVar[int] = 2

    @property
    def nodes(self) -> Sequence[Node]:
        """The formula; and λ, which places κ."""
        return [self.relation.right, Name("λ")]

    def verify(self, scope: Scope) -> str:
        """Draw until the resolution is reached, and compare."""
        expression = scope.value(self.relation.right)
        branches, worst = Branches([expression]), 0.0
        for case in self.cases:
            worst = max(worst, abs(self._case(scope, expression, case, branches)))
        if branches.met and any(count == 0 for count in branches.met.values()):
            choice = next(f"{part} of {choice}" for (choice, part), count in branches.met.items() if count == 0)
            raise ClaimError(f"undecided: no case is on the branch {choice}; add it to cases=")
        return f"{worst:.1f} standard errors of at most {self.resolution:g}"

    def _case(self, scope: Scope, expression: Any, case: Case, branches: Branches) -> float:
        """Return the deviation in standard errors."""
        with mp.workdps(25):
            systems = [scope.setting.experiment(size, case, scope) for size in self.sizes]
            values = [float(scope.setting.evaluate(expression, system.point)) for system in systems]
            branches.meet(scope, systems[-1].point)
        trials, unit = BATCH, abs(values[-1])
        while True:
            samples = [
                scope.setting.samples(self.observable, size, case, system, self.seed, trials)
                for size, system in zip(self.sizes, systems, strict=True)
            ]
            limit = extrapolate(
                list(self.sizes), [float(drawn.mean()) - value for drawn, value in zip(samples, values, strict=True)],
                [float(drawn.var(ddof=1)) / trials for drawn in samples], [trials - 1] * len(samples), scope.setting.order,
            )
            error = math.sqrt(limit.variance)
            hopeless = abs(limit.gap) > HOPELESS * math.hypot(error, abs(limit.curvature / unit)) > 0 and trials > BATCH
            if error <= self.resolution * unit or trials >= MOST or hopeless:
                break
            trials = min(MOST, max(2 * trials, math.ceil(1.2 * trials * min(16.0, (error / (self.resolution * unit)) ** 2))))
        largest = float(samples[-1].mean())
        said = f"measured {largest:.6g} ± {error:.1g}, formula {values[-1]:.6g} at size {self.sizes[-1]}" + _at(case)
        if not (error <= self.resolution * unit or hopeless):
            raise ClaimError(f"undecided after {trials} trials: the standard error exceeds {self.resolution:g} of it; {said}")
        allowed = math.hypot(error, abs(limit.curvature / unit), 1e-12 * unit)
        if not abs(limit.gap) <= CRITICAL * allowed:
            raise ClaimError(f"simulation and formula differ by {limit.gap / allowed:+.1f} standard errors; {said}")
        if not allowed <= 2 * self.resolution * unit:
            raise ClaimError(f"undecided: the remainder at these sizes is too large, take larger ones; {said}")
        return limit.gap / allowed

    @property
    def note(self) -> str:
        """Sizes and resolution."""
        sizes = " and ".join(map(str, self.sizes))
        cases = "" if self.cases == ({},) else f", {len(self.cases)} {'case' if len(self.cases) == 1 else 'cases'}"
        return f"sizes {sizes}{cases}, standard error below {100 * self.resolution:.3g} %"


@dataclass(frozen=True)
class Asymptotic(Step):
    """Two sides whose ratio goes to one in a limit.

    Attributes
    ----------
    limit : str
        "κ → 0" or "N → ∞".
    cases : tuple of mapping
        Letters that are fixed; each a point.
    resolution : float
        How near to one the ratio must come.
    """

    limit: str = ""
    cases: tuple[Case, ...] = ()
    resolution: float = 1e-3

    mode: ClassVar[str] = "asymptotic"
    cost: ClassVar[int] = 1

    def verify(self, scope: Scope) -> str:
        """Go to the limit in decades."""
        empty = scope.trivial(self.relation)
        if empty:
            raise ClaimError(f"it says nothing: {empty}")
        left, right = sides_of(scope, self.relation, self.where)
        letter, target = towards(scope, self.limit)
        branches, worst = Branches([left, right]), mp.zero
        with mp.workdps(DIGITS + GUARD + DECADES[-1]):
            for index, case in enumerate(self.cases):
                start = scope.setting.point(index, case, scope)
                gaps = []
                for decades in DECADES:
                    far = mp.mpf(10) ** (-decades if target == 0 else decades)
                    point = type(start)({**start.values, letter: far}, start.population)
                    above, below = (scope.setting.evaluate(side, point) for side in (left, right))
                    gaps.append(abs(above / below - 1) if below else mp.inf)
                if not (gaps[-1] <= self.resolution and gaps[-1] <= gaps[0]):
                    ratios = ", ".join(mp.nstr(gap, 3) for gap in gaps)
                    raise ClaimError(f"the ratio of the sides stays away from 1 by {ratios} as {self.limit}{_at(case)}; "
                                  f"left = {mp.nstr(above, 12)} but right = {mp.nstr(below, 12)}")
                branches.meet(scope, point)
                worst = max(worst, gaps[-1])
        if any(count == 0 for count in branches.met.values()):
            choice = next(f"{part} of {choice}" for (choice, part), count in branches.met.items() if count == 0)
            raise ClaimError(f"undecided: no case is on the branch {choice}; add it to cases=")
        return f"ratio within {mp.nstr(worst, 2)} of 1, {len(self.cases)} cases"

    @property
    def note(self) -> str:
        """The limit and the cases."""
        return f"{self.limit}, {len(self.cases)} cases, to {self.resolution:g}"


@dataclass(frozen=True)
class Sloped(Step):
    """The exponent of a quantity of the package where its sizes are very large.

    Attributes
    ----------
    quantity : str
        Its name in the package.
    ray : mapping
        By letter the power with which it grows; inf: infinite.
    scales : tuple of float
        Two values of what grows.
    cases : tuple of mapping
        Capacity and source, or a paper's letters.
    resolution : float
        How near the slope must come.
    """

    quantity: str = ""
    ray: Case = field(default_factory=dict)
    scales: tuple[float, float] = (1e12, 1e16)
    cases: tuple[Case, ...] = ()
    resolution: float = 0.01

    mode: ClassVar[str] = "slope"
    cost: ClassVar[int] = 1

    @property
    def nodes(self) -> Sequence[Node]:
        """The formula of the exponent."""
        return [self.relation.right]

    def verify(self, scope: Scope) -> str:
        """Take the slope between the two scales."""
        expression, worst = scope.value(self.relation.right), 0.0
        branches = Branches([expression])
        powers = {scope.setting.quantities[name].value: power for name, power in self.ray.items() if abs(power) < math.inf}
        for index, case in enumerate(self.cases):
            with mp.workdps(DIGITS):
                point = scope.setting.point(index, case, scope)
                slopes = sum(number(power) * letter * sympy.log(expression).diff(letter) for letter, power in powers.items())
                claimed = float(scope.setting.evaluate(sympy.sympify(slopes), point))
                branches.meet(scope, point)
            low, high = (scope.setting.curve(self.quantity, case, self.ray, scale) for scale in self.scales)
            found = (high - low) / math.log(self.scales[1] / self.scales[0])
            if not abs(found - claimed) <= self.resolution:
                raise ClaimError(f"the slope is {found:.4f} but the formula gives {claimed:.4f}{_at(case)}")
            worst = max(worst, abs(found - claimed))
        if any(count == 0 for count in branches.met.values()):
            choice = next(f"{part} of {choice}" for (choice, part), count in branches.met.items() if count == 0)
            raise ClaimError(f"undecided: no case is on the branch {choice}; add it to cases=")
        return f"slopes within {worst:.1g}, {len(self.cases)} cases"

    @property
    def note(self) -> str:
        """Where the slopes are taken."""
        return f"slopes from {self.scales[0]:.0e} to {self.scales[1]:.0e}, {len(self.cases)} cases, to {self.resolution:g}"


def towards(scope: Scope, limit: str) -> tuple[sympy.Symbol, Any]:
    """Return the letter and the target of a limit such as "κ → 0"."""
    name, arrow, target = (part.strip() for part in limit.partition("→"))
    if not arrow or target not in ("0", "∞"):
        raise BadArgument("limit", limit, "such as 'κ → 0' or 'N → ∞'", "write it so")
    letter = scope.value(parse(name, signs=()).right)
    if not isinstance(letter, sympy.Symbol):
        raise BadArgument("limit", limit, "of a letter of the setting", "take another letter")
    return letter, 0 if target == "0" else sympy.oo


def _at(case: Mapping[str, Any]) -> str:
    return " with " + ", ".join(f"{name} = {value}" for name, value in case.items()) if case else ""
