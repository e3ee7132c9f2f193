"""Claims of others: *reference*, a published value or formula that must agree, and *refutation*, one that must not.

A refutation is sharp: the same test, with the derived side in place of the false one, has to pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from mpmath import mp

from derivations.claims.evidence import ClaimError, DisagreementError, UndecidedError, shown, witness
from derivations.claims.step import Numeric, Step, prove
from derivations.language.grammar import Name, Node, Number, Relation, walk
from derivations.meaning.points import COVER
from derivations.meaning.quantities import DIGITS
from derivations.meaning.scope import ORDER, Scope, has_choice, vanishes

CLEARLY = 1e-6  # relative difference that a witness must show


@dataclass(frozen=True)
class Reference(Step):
    """A published value or formula.

    Attributes
    ----------
    source : str
        Where it stands.
    at : mapping
        For a value: where it was taken; as many digits count as are printed.
    """

    source: str = ""
    at: Mapping[str, Any] = field(default_factory=dict)

    mode: ClassVar[str] = "reference"
    cost: ClassVar[int] = 1

    @property
    def nodes(self) -> Sequence[Node]:
        """The formula; and λ, which places κ."""
        return [*super().nodes, *([Name("λ")] if self.at else [])]

    def verify(self, scope: Scope) -> str:
        """Compare."""
        given, sides = self.read(scope)
        if not self.at:
            if any(map(has_choice, sides)):
                return Numeric(self.text, self.relation, where=self.where).verify(scope)
            try:
                prove(scope, given, sides)
            except DisagreementError as failure:
                raise DisagreementError(f"the published formula differs; {failure}") from None
            return "identity"
        with mp.workdps(DIGITS):
            point = scope.setting.located(self.at, scope)
            values = [scope.setting.evaluate(side, point) for side in sides]
            unit = printed(self.relation.right)
            if not all(abs(value - values[-1]) <= unit / 2 for value in values[:-1]):
                raise DisagreementError(f"the published value differs: {shown(scope, sides, values, point)}")
        return f"within half of {mp.nstr(unit, 1)}, the last digit printed"

    @property
    def note(self) -> str:
        """Where it was published."""
        return self.source


def printed(node: Node) -> Any:
    """Return the unit of the last digit of a number as it is printed."""
    (number,) = [part for part in walk(node) if isinstance(part, Number)]
    mantissa, _, power = number.text.partition("e")
    return mp.mpf(10) ** (int(power or 0) - len(mantissa.partition(".")[2]))


@dataclass(frozen=True)
class Refutation(Step):
    """A claim that is false.

    Attributes
    ----------
    test : Step
        The check that the claim must fail: numeric for "=", simulation for "≈", asymptotic or slope for "~".
    instead : Node or None
        The right side that is derived; for "=" the left side itself serves.
    """

    test: Step | None = None
    instead: Node | None = None

    mode: ClassVar[str] = "refutation"
    cost: ClassVar[int] = 2

    @property
    def nodes(self) -> Sequence[Node]:
        """The trees of the test, and the derived side."""
        assert self.test is not None
        return [*self.test.nodes, *([] if self.instead is None else [self.instead])]

    def changed(self, relation: Relation) -> Refutation:
        """Return the refutation of another claim."""
        assert self.test is not None
        return type(self)(self.text, relation, self.why, self.where, self.test.changed(relation), self.instead)

    def verify(self, scope: Scope) -> str:
        """See that the test finds a witness against the claim, and passes with the derived side."""
        assert self.test is not None
        if isinstance(self.test, Numeric):
            found = self._witness(scope)
        else:
            try:
                self.test.verify(scope)
            except DisagreementError as failure:
                found = str(failure)
            except ClaimError as failure:
                raise UndecidedError(f"it is not refuted, there is no witness: {failure}") from None
            else:
                raise ClaimError("it is not refuted: the claim passes the test")
        if self.instead is not None:
            try:
                self.test.changed(self.relation.with_right(self.instead)).verify(scope)
            except ClaimError as failure:
                raise ClaimError(f"the refutation is not sharp: the derived side fails the same test; {failure}") from None
        return found

    def _witness(self, scope: Scope) -> str:
        """Return a point at which the sides differ clearly."""
        given, sides = self.read(scope)
        if any(side.has(ORDER) for side in sides):
            if vanishes(scope.setting, sides[0] - sides[-1]):
                raise ClaimError("it is not refuted: the series agree")
            return "the series differ"
        found = witness(scope, sides, given, CLEARLY)
        if not found:
            raise ClaimError(f"it is not refuted: both sides agree at {COVER} points")
        return f"witness: {found}"

    @property
    def note(self) -> str:
        """How the test is made."""
        assert self.test is not None
        return "a witness point" if isinstance(self.test, Numeric) else f"{self.test.mode}, {self.test.note}"
