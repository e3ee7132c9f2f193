"""What names mean: trees become SymPy, with every definition unfolded down to the setting's own functions.

`opaque` names stay symbols of their own. With all names opaque an identity says nothing about the theory, and with one of
the package's results opaque it does not say anything about that: the checks of circularity are made of this.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import sympy
from sympy import Expr, Rational, Symbol
from sympy.polys.polyerrors import CoercionFailed

from derivations.language.grammar import (
    Call,
    Group,
    Name,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Relation,
    Slope,
    Sum,
    Total,
    canonical,
    names,
    walk,
)
from derivations.language.typeset import latex
from derivations.meaning.quantities import Point
from derivations.meaning.series import starts_late
from derivations.meaning.setting import Setting
from theory.errors import BadArgument

EVERYTHING = frozenset({"*"})
ORDER = sympy.Function("O")
_KNOWN = {"ln": sympy.log, "exp": sympy.exp, "sqrt": sympy.sqrt, "sin": sympy.sin, "cos": sympy.cos, "min": sympy.Min,
          "max": sympy.Max, "ζ": sympy.zeta, "Γ": sympy.gamma, "O": ORDER}


class Scope:
    """Names and their meaning.

    Parameters
    ----------
    setting : Setting
        Free letters, modes and observables.
    definitions : mapping
        By canonical name: (names of parameters, tree).
    bindings : mapping
        Values of the package, by canonical name, unfolded.
    """

    def __init__(
        self, setting: Setting, definitions: Mapping[str, tuple[tuple[str, ...], Node]], bindings: Mapping[str, Any]
    ) -> None:
        self.setting, self.definitions, self.bindings = setting, dict(definitions), dict(bindings)
        self._values: dict[Any, Expr] = {}
        self.points: dict[Any, Point] = {}  # those that were drawn

    def depends(self, nodes: Iterable[Node]) -> set[str]:
        """Return all names that trees rest on, through definitions."""
        found: set[str] = set()
        waiting = [name for node in nodes for name in names(node)]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += names(self.definitions[name][1]) if name in self.definitions else []
        return found

    def value(self, node: Node, opaque: frozenset[str] = frozenset(), local: Mapping[str, Expr] | None = None) -> Expr:
        """Return a tree as SymPy.

        Parameters
        ----------
        node : Node
            A tree.
        opaque : frozenset of str
            Names that are left as symbols; `EVERYTHING`: all of them.
        local : mapping, optional
            Values of parameters and mode letters.

        Raises
        ------
        ValueError
            For an unknown name, with what it may have been meant to be.
        """
        inner = local or {}

        def of(part: Node) -> Expr:
            return self.value(part, opaque, inner)

        match node:
            case Number(text):
                return Rational(text)
            case Name(text):
                return self._name(text, opaque, inner)
            case Group(inside):
                return of(inside)
            case Sum(terms):
                return sympy.Add(*(sign * of(term) for sign, term in terms))
            case Product(factors):
                return sympy.Mul(*map(of, factors))
            case Quotient(above, below):
                return of(above) / of(below)
            case Power(base, exponent):
                if isinstance(base, Name) and exponent == Number("2") and self.knows(f"{base.text}²"):
                    return self._name(f"{base.text}²", opaque, inner)
                return of(base) ** of(exponent)
            case Call(function, arguments):
                return self._call(canonical(function), [of(argument) for argument in arguments], opaque)
            case Slope():
                return self._slope(node, opaque, inner)
            case Total(index, body):
                return self._total(index, body, opaque, inner)

    def knows(self, name: str) -> bool:
        """Return whether a name has a meaning."""
        key = canonical(name)
        return key in self.definitions or key in self.bindings or key in self.setting.quantities

    def _name(self, text: str, opaque: frozenset[str], local: Mapping[str, Expr]) -> Expr:
        key = canonical(text)
        if key in local:
            return local[key]
        if key.endswith("'") and not self.knows(key):
            return self.setting.at_primed(self._name(text[:-1], opaque, local))
        mode = self.setting.mode(key) if "Σ" in local else None
        if mode is not None:
            return mode
        if not self.knows(key):
            raise self._unknown(text)
        if key in opaque or (opaque == EVERYTHING and key not in ("π", "∞")):
            return self._opaque(key)
        if (key, opaque) not in self._values:
            self._values[key, opaque] = self._fresh(key, opaque)
        return self._values[key, opaque]

    def _fresh(self, key: str, opaque: frozenset[str]) -> Expr:
        if key in self.definitions:
            parameters, node = self.definitions[key]
            if parameters:
                raise BadArgument("equation", key, "a function followed by its argument", f"write {key}(…)")
            return self.value(node, opaque)
        value = self.bindings[key] if key in self.bindings else self.setting.quantities[key].value
        if callable(value) and not isinstance(value, Expr):
            raise BadArgument("equation", key, "a function followed by its argument", f"write {key}(…)")
        return value

    def _opaque(self, key: str) -> Expr:
        """Return a symbol in place of a name; where there is something to differentiate along, a function of that."""
        if self.setting.variable is None or key in self._letters():
            return Symbol(f"⟨{key}⟩")
        return sympy.Function(f"⟨{key}⟩")(self.setting.variable)

    def _letters(self) -> set[str]:
        return {name for name, quantity in self.setting.quantities.items() if isinstance(quantity.value, Symbol)}

    def _call(self, function: str, arguments: list[Expr], opaque: frozenset[str]) -> Expr:
        if function in _KNOWN:
            return _KNOWN[function](*arguments)
        if function in opaque or opaque == EVERYTHING:
            return sympy.Function(f"⟨{function}⟩")(*arguments)
        if function in self.definitions:
            parameters, node = self.definitions[function]
            if len(parameters) != len(arguments):
                raise BadArgument("equation", f"{function}(…)", f"applied to {len(parameters)} arguments", "count them")
            return self.value(node, opaque, dict(zip(parameters, arguments, strict=True)))
        value = self.bindings[function] if function in self.bindings else self.setting.quantities[function].value
        return sympy.sympify(value(*arguments))

    def _slope(self, node: Slope, opaque: frozenset[str], local: Mapping[str, Expr]) -> Expr:
        if opaque == EVERYTHING:
            return Symbol(f"⟨{latex(node)}⟩")
        of, by = self.value(node.of, opaque, local), self.value(node.by, opaque, local)
        along = by if isinstance(by, Symbol) else self.setting.variable
        if along is None:
            raise BadArgument(
                "derivative", latex(node), "by a letter, or in a setting with a variable", "differentiate by a letter"
            )
        derivative = of.diff(along) / by.diff(along)
        return derivative * (by if node.by_log else 1) / (of if node.of_log else 1)

    def _total(self, index: str, body: Node, opaque: frozenset[str], local: Mapping[str, Expr]) -> Expr:
        if opaque == EVERYTHING:
            return Symbol(f"⟨{latex(Total(index, body))}⟩")
        return self.setting.total(index, self.value(body, opaque, {**local, "Σ": sympy.Integer(0)}))

    def look_up(self, nodes: Iterable[Node], local: set[str]) -> None:
        """Refuse names without a meaning, computing nothing.

        Raises
        ------
        ValueError
            For an unknown name, with what it may have been meant to be.
        """
        for part in (part for node in nodes for part in walk(node) if isinstance(part, Name)):
            key = canonical(part.text)
            known = key in local or self.knows(key) or self.knows(key.rstrip("'")) or self.knows(f"{key}²")
            if known or key.startswith("⟨") or self.setting.mode(key) is not None:
                continue
            raise self._unknown(part.text)

    def _unknown(self, text: str) -> ValueError:
        known = [*self.definitions, *self.bindings, *self.setting.quantities]
        cuts = [(text[:i], text[i:]) for i in range(1, len(text))]
        split = next((f"{a} {b}" for a, b in cuts if self.knows(a) and self.knows(b)), None)
        remedy = f"for a product write {split!r}" if split else "define it first: D.let, D.bind or D.letter"
        return BadArgument("quantity", text, f"one of {', '.join(known)}", remedy)

    def holds_whatever(self, relation: Relation, name: str) -> bool:
        """Return whether a relation is an identity in which `name` may be anything."""
        sides = [self.value(side, frozenset({name})) for side in relation.sides]
        return all(vanishes(self.setting, sides[0] - side) for side in sides[1:])

    def trivial(self, relation: Relation) -> str:
        """Return why a relation says nothing: it is an identity of names, or one definition over again. Else ''."""
        said = set(filter(self.knows, set().union(*map(names, relation.sides))))
        algebra = said <= self._letters()  # of free letters: nothing to put in

        def opaque(node: Node) -> Expr:
            found = self.value(node, EVERYTHING)
            return found if algebra else sympy.expand(found)

        for left, right in itertools.pairwise(relation.sides):
            if opaque(left) == opaque(right):
                return "both sides are the same before anything is put in"
            for one, other in ((left, right), (right, left)):
                key = canonical(one.text) if isinstance(one, Name) else ""
                if key in self.definitions and opaque(self.definitions[key][1]) == opaque(other):
                    return f"it is the definition of {key} over again"
        return ""


def has_choice(expression: Expr) -> bool:
    """Return whether an expression has a minimum or maximum in it."""
    return bool(expression.has(sympy.Min, sympy.Max))


def vanishes(setting: Setting, difference: Expr) -> bool:
    """Return whether an expression is zero: as an element of a fraction field where it is rational, else by simplifying.

    A term O(x^n) makes it a statement about the series in x.
    """
    normal = setting.normal(difference)
    orders = normal.atoms(ORDER)
    if orders:
        return all(starts_late(normal.xreplace(dict.fromkeys(orders, sympy.Integer(0))), order.args[0]) for order in orders)
    if normal == 0:
        return True
    element = in_field(normal)
    if element is not None:
        return bool(element == 0)
    return bool(sympy.simplify(sympy.gammasimp(sympy.powsimp(sympy.expand(normal)))) == 0)


def in_field(expression: Expr) -> Any:
    """Return a rational expression as an element of a fraction field, its functions as generators; None for others."""
    atoms = sorted(expression.atoms(sympy.Function, sympy.NumberSymbol), key=sympy.default_sort_key)
    plain = expression.xreplace({atom: sympy.Dummy(f"x{place}") for place, atom in enumerate(atoms)})
    generators = sorted(plain.free_symbols, key=str)
    if not generators:
        return sympy.QQ.from_sympy(plain) if plain.is_Rational else None
    try:
        return sympy.field(generators, sympy.QQ)[0].from_expr(plain)
    except (ValueError, CoercionFailed):
        return None

