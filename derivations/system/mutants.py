"""Does the check check? Each claim made false, one way at a time, must fail.

Right-hand sides are perturbed in a coefficient (by little where much is claimed), a sign, an exponent; a minimum or maximum is
replaced by one of its branches; a condition is taken away.

Only what depends on the change is verified again, the cheapest first, until something fails. Measurements are reused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import wraps
from typing import Any

import sympy
from sympy import Expr

from derivations.claims.against import Refutation
from derivations.claims.given import parts
from derivations.claims.limits import Sloped
from derivations.claims.step import Step, turned
from derivations.language.grammar import ORDERED, Call, Group, Node, Number, Power, Product, Relation, Slope, Sum
from derivations.system.document import Document
from derivations.system.items import Binding, Definition, Item

FACTOR = "1.1"
SHARP = {"simulation": FACTOR, "slope": "1.01", "asymptotic": "1.0008"}  # factors that must be noticed
CHOICES = ("min", "max")
MOST = 6  # sites of each kind in a formula of the package


@dataclass(frozen=True)
class Mutant:
    """A derivation with one perturbation.

    Attributes
    ----------
    what : str
        What was perturbed, and how.
    derivation : Derivation
        The perturbed one.
    changed : str
        The name whose meaning changed, or the label of the step.
    """

    what: str
    derivation: Document
    changed: str

    def caught(self) -> str:
        """Return the failure of the first step that notices, or "" if none does: the mutant survives."""
        scope, found = self.derivation.scope, ""
        held = [item for item in self.derivation.items if isinstance(item, Definition) and item.domain is not None]
        for item in held:
            if self.changed in scope.depends([item.relation.sides[0]]):
                outcome = self.derivation.domain(item)
                if not outcome.passed:
                    return f"{outcome.text}: {outcome.found}"
        steps = sorted(self.derivation.steps.items(), key=lambda pair: pair[1].cost)
        for label, step in steps:
            if label == self.changed or self.changed in scope.depends(step.nodes):
                outcome = self.derivation.outcome(label, step)
                if not outcome.passed:
                    found = f"({label}) {outcome.found}"
                    break
        return found


def mutants(derivation: Document) -> Iterator[Mutant]:
    """Yield every perturbation of a right-hand side: of definitions, of claims, of the package's formulas bound by name."""
    labels = {id(step): label for label, step in derivation.steps.items()}
    for item in derivation.items:
        if isinstance(item, Binding):
            for how, value in _formulas(item.value):
                yield _mutant(derivation, item, replace(item, value=value), f"{item.name} of the package, {how}", item.name)
        elif isinstance(item, Definition):
            for how, node in variants(item.relation.right):
                changed = replace(item, relation=item.relation.with_right(node))
                yield _mutant(derivation, item, changed, f"definition {item.text!r}, {how}", item.name)
        elif isinstance(item, Step):
            label = labels[id(item)]
            for how, step in _claims(item):
                yield _mutant(derivation, item, step, f"step ({label}) {item.text!r}, {how}", label)


def _mutant(derivation: Document, old: Item, new: Item, what: str, changed: str) -> Mutant:
    return Mutant(what, derivation.with_item(old, new), changed)


def _claims(step: Step) -> Iterator[tuple[str, Step]]:
    """Yield a claim with its right sides perturbed; a refutation with the derived side in place of the false one."""
    relation = step.relation
    if isinstance(step, Refutation):
        right = relation.sides[0] if step.instead is None else step.instead
        yield "the derived side in place of the false one", step.changed(relation.with_right(right))
        return
    given = parts(step.where)
    for place, part in enumerate(given):
        yield f"without {part!r}", replace(step, where=", ".join(given[:place] + given[place + 1 :]))
    factor = SHARP.get(step.mode, FACTOR)
    for place, sign in enumerate(relation.signs):
        if sign in ORDERED:
            signs = (*relation.signs[:place], turned(sign), *relation.signs[place + 1 :])
            yield "the inequality turned round", step.changed(Relation(relation.sides, signs))
            continue
        side = relation.sides[place + 1]
        for how, node in _exponents(side, factor) if isinstance(step, Sloped) else variants(side, factor):
            sides = (*relation.sides[: place + 1], node, *relation.sides[place + 2 :])
            yield how, step.changed(Relation(sides, relation.signs))


def variants(node: Node, factor: str = FACTOR) -> Iterator[tuple[str, Node]]:
    """Yield an expression perturbed: as a whole, and at each number, term and exponent in it."""
    if node != Number("0"):
        yield f"times {factor}", Product((Number(factor), Group(node)))
        yield "of the other sign", Sum(((-1, Group(node)),))
        if node != Number("1"):
            yield "squared", Power(Group(node), Number("2"))
    yield from _sites(node)


def _sites(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield a tree with one number increased, or one term's sign turned."""
    if isinstance(node, Number):
        value = sympy.Rational(node.text)
        changed = value + 1 if value.is_Integer else sympy.Float(value * sympy.Rational(11, 10), 12)
        yield f"{node.text} perturbed", Number(str(changed))
        return
    if isinstance(node, Call) and node.function == "O":
        return
    if isinstance(node, Call) and node.function in CHOICES and len(node.arguments) > 1:
        for place, argument in enumerate(node.arguments):
            yield f"argument {place + 1} of {node.function} alone", Group(argument)
    if isinstance(node, Sum):
        for place, (sign, term) in enumerate(node.terms):
            if len(node.terms) > 1 and not (isinstance(term, Call) and term.function == "O"):
                turned = (*node.terms[:place], (-sign, term), *node.terms[place + 1 :])
                yield f"term {place + 1} of the other sign", Sum(turned)
    yield from _inside(node)


def _exponents(node: Node, factor: str) -> Iterator[tuple[str, Node]]:
    """Yield a monomial with its exponents perturbed: what a claim about a slope speaks of."""
    if isinstance(node, Power):
        yield f"exponent times {factor}", Power(node.base, Group(Product((Number(factor), Group(node.exponent)))))
        for how, exponent in _sites(node.exponent):
            yield f"exponent: {how}", Power(node.base, Group(exponent))
        return
    yield from _inside(node, lambda child: _exponents(child, factor))


def _inside(node: Node, each: Any = None) -> Iterator[tuple[str, Node]]:
    """Yield a tree with one of its children perturbed."""
    if isinstance(node, Slope):
        return
    vary = _sites if each is None else each
    for field in fields(node):
        value: Any = getattr(node, field.name)
        parts = value if isinstance(value, tuple) else (value,)
        for place, part in enumerate(parts):
            child = part[1] if isinstance(part, tuple) else part
            if isinstance(child, int | str):
                continue
            for how, changed in vary(child):
                again: Any = (part[0], changed) if isinstance(part, tuple) else changed
                whole = (*parts[:place], again, *parts[place + 1 :]) if isinstance(value, tuple) else again
                altered: dict[str, Any] = {field.name: whole}
                yield how, replace(node, **altered)


def _formulas(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield a formula of the package perturbed."""
    if isinstance(value, int | float):
        yield "times 1.1", 1.1 * value
        yield "of the other sign", -value
        return
    if not isinstance(value, Expr):
        yield "times 1.1", wraps(value)(lambda *arguments: sympy.Rational(11, 10) * value(*arguments))
        yield "of the other sign", wraps(value)(lambda *arguments: -value(*arguments))
        return
    yield "times 1.1", sympy.Rational(11, 10) * value
    yield "of the other sign", -value
    cases = {case.cond for choice in value.atoms(sympy.Piecewise) for case in choice.args if case.cond != sympy.true}
    hidden: dict[Any, Any] = {case: sympy.Dummy() for case in cases}  # they overlap: changed, they may still choose the same
    shown = {mask: case for case, mask in hidden.items()}
    plain = value.xreplace(hidden)
    sums = sorted(plain.atoms(sympy.Add), key=sympy.default_sort_key)[:MOST]
    for part in sums:
        turned = sympy.Add(-part.args[-1], *part.args[:-1])
        yield f"a term of {part} of the other sign", plain.xreplace({part: turned}).xreplace(shown)
    powers = [part for part in plain.atoms(sympy.Pow) if part.exp.is_Integer and part.base.is_Symbol]
    for part in sorted(powers, key=sympy.default_sort_key)[:MOST]:
        yield f"exponent of {part} perturbed", plain.xreplace({part: part.base ** (part.exp + 1)}).xreplace(shown)
