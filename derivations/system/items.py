"""What a derivation is made of, beside its claims: words, definitions, results of the package by name, letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from derivations.system.language import Call, Relation, canonical
from derivations.system.setting import Domain
from derivations.system.step import Step


@dataclass(frozen=True)
class Say:
    """Words between the equations; `backticks` hold equations to be typeset."""

    text: str


@dataclass(frozen=True)
class Definition:
    """A name and what it stands for from here on.

    Attributes
    ----------
    text, why : str
    relation : Relation
    domain : str or interval, optional
        What its value is held to at random points.
    """

    text: str
    relation: Relation
    why: str = ""
    domain: Domain | None = None

    @property
    def name(self) -> str:
        """The name that is defined."""
        head = self.relation.sides[0]
        return canonical(head.function if isinstance(head, Call) else head.text)  # type: ignore[union-attr]

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of its arguments."""
        head = self.relation.sides[0]
        return tuple(canonical(part.text) for part in head.arguments) if isinstance(head, Call) else ()  # type: ignore[union-attr]


@dataclass(frozen=True)
class Binding:
    """A result of the package, by a name."""

    name: str
    meaning: str
    value: Any


@dataclass(frozen=True)
class Letter:
    """A letter that the derivation adds to its setting."""

    name: str
    meaning: str


Item: TypeAlias = Say | Definition | Binding | Letter | Step
