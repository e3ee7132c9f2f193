"""What a derivation is made of, beside its claims: words, definitions, results of the package by name, letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from derivations.claims.step import Step
from derivations.language.grammar import Call, Name, Node, Relation, canonical
from derivations.meaning.points import Domain
from theory.errors import BadArgument


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
        As it was written, and the reason in words.
    relation : Relation
        Its tree: what is defined, and what it is.
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
        return _named(self.relation.sides[0])

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of its arguments."""
        head = self.relation.sides[0]
        return tuple(map(_named, head.arguments)) if isinstance(head, Call) else ()


def _named(node: Node) -> str:
    """Return the name that a tree is, or calls."""
    match node:
        case Name(text):
            return canonical(text)
        case Call(function):
            return canonical(function)
    raise BadArgument("let", node, "a name, or a function of names, on the left", "write 'S = κ/λ' or 'f(x) = 1/(1 - x)'")


@dataclass(frozen=True)
class Binding:
    """A result of the package, by a name; and where it stands there, "" for a constant of mathematics."""

    name: str
    meaning: str
    value: Any
    source: str = ""


@dataclass(frozen=True)
class Letter:
    """A letter that the derivation adds to its setting."""

    name: str
    meaning: str


Item: TypeAlias = Say | Definition | Binding | Letter | Step
