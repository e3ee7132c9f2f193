"""Equations as a theorist types them, parsed once into a tree: `E_test = (T - T2 + σ²)/(1 - d2/P)`.

The tree is what was written, parentheses and order included. `derivations.language.typeset` prints it as it stands and
`derivations.meaning.scope` gives it a meaning in SymPy. The grammar, with juxtaposition as multiplication:

    relation := sum (sign sum)*, sign = ≈ ~ < > ≤ ≥              term  := power (("*" | "/" | "") power)*
    sum      := ["-"] term (("+" | "-") term)*                   power := atom ["^" ["-"] atom | superscript]
    atom     := number | name | f(sum, …) | (sum) | dL/dλ | d/dκ (sum) | √atom | Σ_k term
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, TypeAlias

from theory.errors import BadArgument

FUNCTIONS = frozenset({"ln", "exp", "sqrt", "sin", "cos", "min", "max", "ζ", "Γ", "O"})
ORDERED = ("<", ">", "≤", "≥")
RELATIONS = ("=", "≈", "~", *ORDERED)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_LETTER = r"[^\W\d_Σ⁰¹²³⁴⁵⁶⁷⁸⁹]"
_REST = r"[^\W_⁰¹²³⁴⁵⁶⁷⁸⁹]"
_NAME = rf"{_LETTER}{_REST}*[\u0302-\u0304]?(?:_{_REST}+)*'?"
_TOKENS = re.compile(
    rf"""\s*(?:
      (?P<derivative>[d∂](?P<top>(?:ln)?{_NAME})?/[d∂](?P<bottom>(?:ln)?{_NAME}))
    | (?P<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)
    | (?P<total>Σ(?:_(?P<index>\w))?)
    | (?P<power>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)
    | (?P<name>{_NAME})
    | (?P<sign>[-+*/^(),;=≈~<>≤≥√·−∞])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Number:
    """A decimal or whole number, exact as it is written."""

    text: str


@dataclass(frozen=True)
class Name:
    """A quantity by its name; a prime is part of it."""

    text: str


@dataclass(frozen=True)
class Group:
    """Parentheses, kept so that the tree prints as it was written."""

    inside: Node


@dataclass(frozen=True)
class Sum:
    """Terms, each with its sign."""

    terms: tuple[tuple[int, Node], ...]


@dataclass(frozen=True)
class Product:
    """Factors side by side."""

    factors: tuple[Node, ...]


@dataclass(frozen=True)
class Quotient:
    """A fraction."""

    above: Node
    below: Node


@dataclass(frozen=True)
class Power:
    """A base and its exponent."""

    base: Node
    exponent: Node


@dataclass(frozen=True)
class Call:
    """A function of arguments."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Slope:
    """A derivative df/dx, of ln f or by ln x where so marked."""

    of: Node
    by: Node
    of_log: bool
    by_log: bool


@dataclass(frozen=True)
class Total:
    """A sum over modes, Σ_k of a term."""

    index: str
    body: Node


Node: TypeAlias = Number | Name | Group | Sum | Product | Quotient | Power | Call | Slope | Total


@dataclass(frozen=True)
class Relation:
    """Two or more expressions with a sign between each: `A = B = C`.

    Attributes
    ----------
    sides : tuple of Node
        The expressions, from left to right.
    signs : tuple of str
        One fewer than the sides.
    """

    sides: tuple[Node, ...]
    signs: tuple[str, ...]

    @property
    def right(self) -> Node:
        """The last side."""
        return self.sides[-1]

    def with_right(self, node: Node) -> Relation:
        """Return the relation with another last side."""
        return replace(self, sides=(*self.sides[:-1], node))


def canonical(name: str) -> str:
    """Return the one spelling of a name: N_1, N₁ and N1 are the same."""
    return re.sub(r"_(?=\d)", "", unicodedata.normalize("NFC", name).translate(_SUBSCRIPTS))


def parse(text: str, functions: Container[str] = FUNCTIONS, signs: tuple[str, ...] = RELATIONS) -> Relation:
    """Return the tree of a relation, or of a lone expression (one side, no sign).

    Parameters
    ----------
    text : str
        Such as "λ = κ (1 - d/P)"; Greek letters, subscripts, Σ over modes.
    functions : container of str
        Names that are applied to what follows in parentheses; any other name there is a factor.
    signs : tuple of str
        The relations allowed here.

    Raises
    ------
    ValueError
        With the place, if the text does not parse.
    """
    if not isinstance(text, str) or not text.strip():
        raise BadArgument("equation", text, "text such as 'λ = κ (1 - d/P)'", "write an equation")
    return _Parser(text, functions, signs).relation()


def children(node: Node) -> Iterator[Node]:
    """Yield what a node is made of."""
    for field in fields(node):
        value: Any = getattr(node, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            part = part[1] if isinstance(part, tuple) else part
            if not isinstance(part, int | str):
                yield part


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and everything inside it."""
    yield node
    for child in children(node):
        yield from walk(child)


def names(node: Node) -> set[str]:
    """Return the canonical names in a tree, functions of calls included, primes taken off."""
    found = {part.text for part in walk(node) if isinstance(part, Name)}
    found |= {part.function for part in walk(node) if isinstance(part, Call)}
    found |= {f"{part.base.text}²" for part in walk(node) if isinstance(part, Power) and isinstance(part.base, Name)}
    return {canonical(name.rstrip("'")) for name in found}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    place: int
    spaced: bool
    match: re.Match[str]


class _Parser:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str, functions: Container[str], signs: tuple[str, ...]) -> None:
        self.text, self.functions, self.signs = unicodedata.normalize("NFC", text), functions, signs
        self.tokens, self.at = self._tokens(), 0

    def _tokens(self) -> list[_Token]:
        tokens, place, text = [], 0, self.text.rstrip()
        while place < len(text):
            match = _TOKENS.match(text, place)
            if match is None:
                raise self._error(place, "what is this?")
            kind = str(next(k for k in ("derivative", "number", "total", "power", "name", "sign") if match[k] is not None))
            start = match.start(kind)
            sign = {"−": "-", "·": "*", ";": ","}.get(match[kind], match[kind])
            tokens.append(_Token(kind, sign, start, start > place, match))
            place = match.end()
        return tokens

    def _error(self, place: int, why: str) -> ValueError:
        marked = f"{self.text[:place]}⟨here⟩{self.text[place:]}"
        return BadArgument("equation", self.text, "an equation that can be read", f"{why} at {marked!r}")

    def _next(self) -> _Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _is(self, *texts: str) -> bool:
        token = self._next()
        return token is not None and token.kind == "sign" and token.text in texts

    def _take(self) -> _Token:
        token = self._next()
        if token is None:
            raise self._error(len(self.text), "something is missing")
        self.at += 1
        return token

    def _expect(self, text: str) -> None:
        if not self._is(text):
            token = self._next()
            raise self._error(token.place if token else len(self.text), f"a {text!r} is missing")
        self.at += 1

    def relation(self) -> Relation:
        sides, signs = [self.sum()], []
        while self._is(*self.signs):
            signs.append(self._take().text)
            sides.append(self.sum())
        if (token := self._next()) is not None:
            raise self._error(token.place, "it cannot go on like this")
        return Relation(tuple(sides), tuple(signs))

    def sum(self) -> Node:
        sign = self._sign()
        terms = [(sign, self.term())]
        while self._is("+", "-"):
            sign = self._sign()
            terms.append((sign, self.term()))
        return terms[0][1] if len(terms) == 1 and terms[0][0] == 1 else Sum(tuple(terms))

    def _sign(self) -> int:
        sign = 1
        while self._is("+", "-"):
            sign *= -1 if self._take().text == "-" else 1
        return sign

    def term(self) -> Node:
        node = self.power()
        while True:
            token = self._next()
            if self._is("/"):
                self._take()
                node = Quotient(node, self.power())
            elif self._is("*") or (token is not None and (token.kind in ("name", "number", "derivative", "total")
                                                          or token.text in ("(", "√"))):
                if self._is("*"):
                    self._take()
                factor = self.power()
                node = Product((*node.factors, factor) if isinstance(node, Product) else (node, factor))
            else:
                return node

    def power(self) -> Node:
        base = self.atom()
        token = self._next()
        if token is not None and token.kind == "power":
            self._take()
            digits = token.text.translate(_SUPERSCRIPTS)
            number = Number(digits.lstrip("-"))
            return Power(base, Sum(((-1, number),)) if digits.startswith("-") else number)
        if self._is("^"):
            self._take()
            sign = self._sign()
            exponent = self.power()
            return Power(base, exponent if sign == 1 else Sum(((-1, exponent),)))
        return base

    def atom(self) -> Node:
        token = self._take()
        if token.kind == "number":
            return Number(token.text)
        if token.kind == "derivative":
            return self._derivative(token)
        if token.kind == "total":
            return Total(token.match["index"] or "", self.term())
        if token.text == "(":
            inside = self.sum()
            self._expect(")")
            return Group(inside)
        if token.text == "√":
            return Call("sqrt", (self.atom(),))
        if token.text == "∞":
            return Name("∞")
        if token.kind != "name":
            raise self._error(token.place, "a quantity is missing")
        following = self._next()
        if canonical(token.text) not in self.functions and token.text not in FUNCTIONS:
            return Name(token.text)
        if following is not None and following.text == "(":
            self._take()
            arguments = [self.sum()]
            while self._is(","):
                self._take()
                arguments.append(self.sum())
            self._expect(")")
            return Call(token.text, tuple(arguments))
        if token.text in FUNCTIONS and following is not None:
            return Call(token.text, (self.power(),))  # ln κ
        return Name(token.text)

    def _derivative(self, token: _Token) -> Node:
        top, bottom = token.match["top"], token.match["bottom"]
        by_log, by = _unlogged(bottom)
        if top is None:
            return Slope(self.atom(), by, False, by_log)
        of_log, of = _unlogged(top)
        return Slope(of, by, of_log, by_log)


def _unlogged(name: str) -> tuple[bool, Name]:
    """Return whether a name in a derivative is that of a logarithm, and what of."""
    return (True, Name(name[2:])) if name.startswith("ln") and len(name) > 2 else (False, Name(name))
