"""Claims about large systems: *simulation* of random matrices against a formula.

A system is drawn at two sizes or more, carried to infinite size (the remainder falls like size^-p), and judged by the rule of
`numerics.check`: an error of the stated resolution is seen; where it would not be, the claim is undecided, which is a failure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from mpmath import mp

from derivations.claims.evidence import ClaimError, DisagreementError, UndecidedError
from derivations.claims.given import Given
from derivations.claims.step import Branches, Step
from derivations.language.grammar import Name, Node
from derivations.meaning.quantities import Case, Experiment
from derivations.meaning.scope import Scope
from numerics.check.extrapolation import Limit, extrapolate
from numerics.check.verdict import ROUNDING, Rule, decide

BATCH, MOST = 32, 16384  # trials at the start, and at most
RULE = Rule(false_alarm=1e-4)
HOPELESS = 20.0  # standard errors, or lack of trials for what they cannot mend, beyond which more of them change nothing


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
        The relative error that is seen.
    cases : tuple of mapping
        Proportions and parameters other than the setting's own. Each is also simulated with its proportions turned over, where
        the claim is made there: data scarce and features plenty, and the other way round.
    seed : int
        Of all draws.
    """

    observable: str = ""
    sizes: tuple[int, ...] = ()
    resolution: float = 0.05
    cases: tuple[Case, ...] = ({},)
    seed: int = 0

    mode: ClassVar[str] = "simulation"
    cost: ClassVar[int] = 2

    @property
    def nodes(self) -> Sequence[Node]:
        """The formula, conditions, and λ, which places κ."""
        return [*super().nodes[1:], Name("λ")]

    def verify(self, scope: Scope) -> str:
        """Draw until the resolution is reached, and compare."""
        given = Given(scope, self.where)
        given.stay()
        (expression,) = given.sides([scope.value(self.relation.right)])
        branches, worst = Branches([expression]), 0.0
        drawn = list(self._systems(scope, given))
        for case, systems in drawn:
            branches.meet(scope, systems[-1].point)
            worst = max(worst, abs(self._case(scope, expression, case, systems, len(drawn))))
        if branches.avoided:
            raise UndecidedError(f"undecided: no case is on the branch {branches.avoided[0]}; add it to cases=")
        return f"{worst:.1f} standard errors at most in {len(drawn)} cases; an error of {100 * self.resolution:.3g} % is seen"

    def _systems(self, scope: Scope, given: Given) -> Iterator[tuple[Case, list[Experiment]]]:
        """Yield the cases, and those turned over, each with its systems of all sizes."""
        over = (scope.setting.turned_over(case) for case in self.cases)
        known = list[Case]()
        for case, stated in [*((case, True) for case in self.cases), *((case, False) for case in over if case is not None)]:
            if not stated and any(_close(case, other) for other in known):
                continue
            known.append(case)
            with mp.workdps(25):
                systems = [scope.setting.experiment(size, case, scope) for size in self.sizes]
            if all(given.admits(system.point) for system in systems):
                yield case, systems
            elif stated:
                raise ClaimError(f"the case{_at(case)} is not where the claim is made, {self.where}")

    def _case(self, scope: Scope, expression: Any, case: Case, systems: Sequence[Experiment], n_cases: int) -> float:
        """Return the deviation in standard errors."""
        with mp.workdps(25):
            values = [float(scope.setting.evaluate(expression, system.point)) for system in systems]
        trials, size = BATCH, abs(values[-1])
        while True:
            limit, largest = self._limit(scope, case, systems, values, trials)
            z, verdict, shortfall = decide(limit, ROUNDING * size, size, self.resolution, RULE, n_cases)
            lasting = decide(replace(limit, variance=0.0), ROUNDING * size, size, self.resolution, RULE, n_cases)[2]
            if shortfall <= 1 or trials >= MOST or (max(abs(z), lasting) > HOPELESS and trials > 4 * BATCH):
                break
            trials = min(MOST, max(2 * trials, math.ceil(1.2 * trials * min(16.0, shortfall))))
        error = math.sqrt(limit.variance)
        said = f"measured {largest:.6g} ± {error:.1g}, formula {values[-1]:.6g} at size {self.sizes[-1]}" + _at(case)
        if verdict == "disagree":
            raise DisagreementError(f"simulation and formula differ by {z:+.1f} standard errors; {said}")
        if verdict == "undecided":
            why = f"an error of {self.resolution:g} of it would be missed; take more or larger sizes, or a coarser resolution"
            raise UndecidedError(f"undecided after {trials} trials: {why}; {said}")
        return z

    def _limit(
        self, scope: Scope, case: Case, systems: Sequence[Experiment], values: Sequence[float], trials: int
    ) -> tuple[Limit, float]:
        """Return the gap at infinite size from so many trials, and the mean at the largest size."""
        samples = [
            scope.setting.samples(self.observable, size, case, system, self.seed, trials)
            for size, system in zip(self.sizes, systems, strict=True)
        ]
        gaps = [float(drawn.mean()) - value for drawn, value in zip(samples, values, strict=True)]
        variances = [float(drawn.var(ddof=1)) / trials for drawn in samples]
        limit = extrapolate(list(self.sizes), gaps, variances, [trials - 1] * len(samples), scope.setting.order)
        return limit, float(samples[-1].mean())

    @property
    def note(self) -> str:
        """Sizes, cases and resolution."""
        sizes = " and ".join(map(str, self.sizes))
        cases = "" if self.cases == ({},) else f", {len(self.cases)} {'case' if len(self.cases) == 1 else 'cases'}"
        return f"sizes {sizes}{cases}, also with proportions turned over, to {100 * self.resolution:.3g} %"


def _close(case: Case, other: Case) -> bool:
    return case.keys() == other.keys() and all(
        math.isclose(value, other[name], rel_tol=1e-9) for name, value in case.items()
    )


def _at(case: Mapping[str, Any]) -> str:
    return " with " + ", ".join(f"{name} = {value:.6g}" for name, value in case.items()) if case else ""
