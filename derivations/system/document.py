"""The check of what a derivation says: every step and every domain, each with what was found."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import Self

import sympy
from mpmath import mp

from derivations.claims.evidence import ClaimError, cover, decided
from derivations.claims.step import Step
from derivations.language import typeset
from derivations.language.grammar import Node, Relation, canonical
from derivations.meaning.points import COVER
from derivations.system.items import Definition, Item
from derivations.system.writing import Writing


class DerivationError(AssertionError):
    """A derivation that fails: the message names the first step that does, and shows both sides."""


@dataclass(frozen=True)
class Outcome:
    """What the check of one step found.

    Attributes
    ----------
    label, mode, text : str
        Which step.
    passed : bool
        Whether the step holds.
    found : str
        What was found, or why it fails.
    seconds : float
        How long it took.
    """

    label: str
    mode: str
    text: str
    passed: bool
    found: str
    seconds: float

    def __str__(self) -> str:
        return f"{'ok  ' if self.passed else 'FAIL'} ({self.label}) {self.mode}: {self.text}  [{self.found}]"


@dataclass(frozen=True)
class Result:
    """The outcomes of a check, in the order of the derivation.

    Parameters
    ----------
    title : str
        Of the derivation.
    outcomes : tuple of Outcome
        Of every step, in its order.
    """

    title: str
    outcomes: tuple[Outcome, ...]

    @property
    def passed(self) -> bool:
        """Whether every step passed, and there is one."""
        return bool(self.outcomes) and all(outcome.passed for outcome in self.outcomes)

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return "\n".join([self.title, *map(str, self.outcomes)])


class Document(Writing):
    """What a derivation says, and the check of it; see `Writing`."""

    def check(self) -> Result:
        """Verify every step.

        Returns
        -------
        Result
            True, with what was found.

        Raises
        ------
        DerivationError
            If a step fails: it names the first, and shows both sides at a witness; if there is nothing to check.
        """
        result = self.verify()
        for outcome in result.outcomes:
            if not outcome.passed:
                step = f"step ({outcome.label}), {outcome.mode}: {outcome.text}"
                raise DerivationError(f"{self.title}, {step}\n  {outcome.found}")
        if not result.outcomes:
            raise DerivationError(f"{self.title}: there is nothing to check: add D.exact(...) or another claim")
        return result

    @property
    def bounded(self) -> list[Definition]:
        """The definitions whose quantity stays in a domain, which is checked."""
        return [item for item in self.items if isinstance(item, Definition) and item.domain is not None]

    @property
    def n_claims(self) -> int:
        """How many claims `verify` looks into: steps and domains."""
        return len(self.bounded) + len(self.steps)

    def verify(self) -> Result:
        """Return what is found of every step and domain, failures included."""
        outcomes = [self.domain(item) for item in self.bounded]
        outcomes += [self.outcome(label, step) for label, step in self.steps.items()]
        return Result(self.title, tuple(outcomes))

    def outcome(self, label: str, step: Step) -> Outcome:
        """Return the outcome of one step.

        Parameters
        ----------
        label : str
            Of the step.
        step : Step
            The claim.
        """
        start = perf_counter()
        try:
            passed, found = True, step.verify(self.scope)
        except (ClaimError, ValueError, ZeroDivisionError, ArithmeticError) as failure:
            passed, found = False, str(failure)
        return Outcome(label, step.mode, step.text, passed, found, perf_counter() - start)

    def domain(self, item: Definition) -> Outcome:
        """Return whether a defined quantity stays in its domain.

        Parameters
        ----------
        item : Definition
            With a domain.
        """
        start, value = perf_counter(), self.scope.value(item.relation.right)
        low, high = item.domain if isinstance(item.domain, tuple) else (0, None)
        sides = [sympy.Rational(str(low)), value] + ([] if high is None else [sympy.Rational(str(high))])
        count, failing = 0, ""
        for point in itertools.islice(cover(self.scope), COVER):
            verdict, values = decided(self.scope, sides, ["<"] * (len(sides) - 1), point)
            count += verdict is not None
            if verdict is False:
                failing = f"{item.name} = {mp.nstr(values[1], 8)} at a point"
                break
        said, passed = failing or f"{count} points", not failing and count > 0
        return Outcome(item.name, "domain", f"{item.name} {item.domain}", passed, said, perf_counter() - start)

    # Rendering

    def latex(self, relation: Relation | Node) -> str:
        """Return the LaTeX of an equation of this derivation.

        Parameters
        ----------
        relation : Relation or Node
            Its tree.
        """
        return typeset.latex(relation, self._letters)

    @cached_property
    def _letters(self) -> dict[str, str]:
        measured = {canonical(f"⟨{name}⟩"): observable.latex for name, observable in self.setting.observables.items()}
        return {**self.setting.letters, **measured}

    def with_item(self, old: Item, new: Item) -> Self:
        """Return the derivation with one item in another's place.

        Parameters
        ----------
        old, new : Item
            What is taken out, and what takes its place.
        """
        made = object.__new__(type(self))
        made.setting, made.title, made.introduction, made.sources = self.setting, self.title, self.introduction, self.sources
        made.items = tuple(new if item is old else item for item in self.items)
        if isinstance(old, Step):
            made.scope = self.scope  # a claim gives no name a meaning
        else:
            made.scope.points = self.scope.points  # they depend on the setting alone
        return made
