"""One claim of a derivation, how it is checked, and what a failure says. The simplest modes: *exact* and *numeric*."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import sympy
from mpmath import mp
from sympy import Expr

from derivations.claims.evidence import (
    GUARD,
    SEARCH,
    ClaimError,
    DisagreementError,
    UndecidedError,
    cover,
    decided,
    reach,
    shown,
    witness,
)
from derivations.claims.given import Given, conditions
from derivations.language.grammar import ORDERED, Node, Relation, names
from derivations.meaning.points import COVER, FAR
from derivations.meaning.quantities import DIGITS, Point
from derivations.meaning.scope import Scope, has_choice, vanishes

EACH = 3  # points at least on every branch of a minimum or maximum


@dataclass(frozen=True)
class Step(ABC):
    """A claim.

    Attributes
    ----------
    text : str
        As it was written.
    relation : Relation
        Its tree.
    why : str
        Words.
    where : str
        Conditions, "P = d, N = ∞, r < 1/2".
    """

    text: str
    relation: Relation
    why: str = ""
    where: str = ""

    mode: ClassVar[str]
    cost: ClassVar[int] = 0  # cheap checks first, where the first failure is enough

    @abstractmethod
    def verify(self, scope: Scope) -> str:
        """Return what was found, in a few words; raise `ClaimError` if the claim fails."""

    @property
    def nodes(self) -> Sequence[Node]:
        """The trees that the check evaluates."""
        return [*self.relation.sides, *(node for condition in conditions(self.where) for node in condition.nodes)]

    @property
    def note(self) -> str:
        """How it is checked, for readers; the same whatever the check finds."""
        return ""

    def changed(self, relation: Relation) -> Step:
        """Return the step with another relation."""
        return replace(self, relation=relation)

    def read(self, scope: Scope) -> tuple[Given, list[Expr]]:
        """Return the conditions, held to the domains, and the sides under them; refuse a claim that says nothing."""
        empty = scope.trivial(self.relation)
        if empty:
            raise ClaimError(f"it says nothing: {empty}")
        given = Given(scope, self.where)
        given.stay()
        return given, given.sides([scope.value(side) for side in self.relation.sides])


@dataclass(frozen=True)
class Exact(Step):
    """An identity, proved by SymPy from what is known of the letters, and tried all over the domain besides."""

    mode: ClassVar[str] = "exact"

    def verify(self, scope: Scope) -> str:
        """Prove it, and see that it says something."""
        given, sides = self.read(scope)
        if any(map(has_choice, sides)):
            raise ClaimError("SymPy does not decide min and max: use D.numeric, which checks every branch")
        prove(scope, given, sides)
        for name in self._results(scope):
            if not self.where and scope.holds_whatever(self.relation, name):
                raise ClaimError(f"it holds whatever {name} is: nothing of the package is tested")
        return "identity"

    def _results(self, scope: Scope) -> list[str]:
        """Return the package's results that the claim names."""
        return sorted(set().union(*map(names, self.relation.sides)) & scope.bindings.keys())


def prove(scope: Scope, given: Given, sides: Sequence[Expr]) -> None:
    """Prove that sides are equal wherever they are defined.

    Raises
    ------
    ClaimError
        With a witness if they are not; else that there is no proof.
    """
    found = witness(scope, sides, given, most=1)  # much cheaper than to fail to prove what is wrong
    if found:
        raise DisagreementError(f"the two sides differ; {found}")
    proved = all(vanishes(scope.setting, left - right) for left, right in itertools.pairwise(sides))
    found = witness(scope, sides, given, most=COVER // 2)
    if found:
        raise DisagreementError(f"the two sides differ{' on a part of the domain' if proved else ''}; {found}")
    if not proved:
        raise UndecidedError("the two sides differ, or SymPy cannot prove that they do not: no point shows it; use D.numeric")


@dataclass(frozen=True)
class Numeric(Step):
    """An equation or inequality, evaluated to 50 digits at points that cover the domain.

    Attributes
    ----------
    points : int
        How many; more where a branch of a minimum or maximum was not met.
    """

    points: int = COVER

    mode: ClassVar[str] = "numeric"
    cost: ClassVar[int] = 1

    def verify(self, scope: Scope) -> str:
        """Evaluate both sides everywhere."""
        given, sides = self.read(scope)
        branches, met = Branches(sides), list[Point]()
        for point in cover(scope, given):
            if len(met) >= self.points:
                if branches.enough:
                    break
                if not branches.needs(scope, point):
                    continue
            verdict, values = decided(scope, sides, self.relation.signs, point)
            if verdict is None:
                continue
            met.append(point)
            branches.meet(scope, point)
            if not verdict:
                raise DisagreementError(f"it fails at point {len(met)}: {shown(scope, sides, values, point)}")
        if len(met) < min(self.points, EACH):
            raise UndecidedError(f"undecided: the sides have values at {len(met)} points only, of {SEARCH}")
        if branches.below(EACH):
            raise UndecidedError(f"undecided: no point met the branch {branches.below(EACH)[0]} in {SEARCH}")
        said = f"{len(met)} points, {DIGITS} digits" + (f", {len(branches.met)} branches" if branches.met else "")
        return "; ".join(filter(None, [said, reach(scope, sides, met)]))

    @property
    def note(self) -> str:
        """How many points, where, and how many digits."""
        return f"{self.points} points, from 1e-{FAR} to 1e{FAR} where the domain allows it, {DIGITS} digits"


class Branches:
    """The branches of every minimum and maximum in some expressions, and how often points met them.

    A branch inside another counts where that one is taken: elsewhere its value does not matter.
    """

    def __init__(self, sides: Sequence[Expr]) -> None:
        self.sides = sides
        choices = sorted(set().union(*(side.atoms(sympy.Min, sympy.Max) for side in sides)), key=str)
        self.met: dict[tuple[Expr, Expr], int] = {(choice, part): 0 for choice in choices for part in choice.args}
        self.mattered = dict.fromkeys(self.met, 0)

    @property
    def avoided(self) -> list[str]:
        """Branches that no point met."""
        return self.below(1)

    def below(self, least: int) -> list[str]:
        """Return the branches that fewer points met."""
        return [f"{part} of {choice}" for (choice, part), count in self.met.items() if count < least]

    @property
    def enough(self) -> bool:
        """Whether every branch mattered at a few points."""
        return all(count >= EACH for count in self.mattered.values())

    def taken(self, scope: Scope, point: Point) -> dict[tuple[Expr, Expr], bool]:
        """Return the branches that a point is on, and whether they matter there."""
        with mp.workdps(DIGITS + GUARD):
            best = {choice: self._best(scope, choice, point) for choice in dict.fromkeys(choice for choice, _ in self.met)}
        deciding: set[Expr] = set()
        waiting = list(self.sides)
        while waiting:
            part = waiting.pop()
            if part in best:
                deciding.add(part)
                waiting.append(best[part])
            else:
                waiting += part.args
        return {(choice, part): choice in deciding for choice, part in best.items()}

    def _best(self, scope: Scope, choice: Expr, point: Point) -> Expr:
        values = [scope.setting.evaluate(part, point) for part in choice.args]
        return choice.args[values.index(min(values) if isinstance(choice, sympy.Min) else max(values))]

    def needs(self, scope: Scope, point: Point) -> bool:
        """Return whether a point lies on a branch that has not mattered often enough."""
        return any(matters and self.mattered[branch] < EACH for branch, matters in self.taken(scope, point).items())

    def meet(self, scope: Scope, point: Point) -> None:
        """Count the branches that a point is on."""
        for branch, matters in self.taken(scope, point).items():
            self.met[branch] += 1
            self.mattered[branch] += matters


def turned(sign: str) -> str:
    """Return the sign of the opposite of an inequality."""
    return dict(zip(ORDERED, ("≥", "≤", ">", "<"), strict=True))[sign]
