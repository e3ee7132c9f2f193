"""What a derivation says: words, definitions, bindings to the package, and claims, in the order in which they are read.

Building it parses and looks names up; nothing is computed before `check()`.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import Any, Self

import sympy
from mpmath import mp

import theory as th
from derivations.claims.against import Reference, Refutation
from derivations.claims.evidence import ClaimError, cover, decided
from derivations.claims.limits import SCALES, Asymptotic, Sloped, check_resolution, towards
from derivations.claims.measured import Simulated, observed
from derivations.claims.step import Exact, Numeric, Step
from derivations.language import typeset
from derivations.language.grammar import ORDERED, Call, Name, Node, Relation, canonical, parse
from derivations.meaning.points import COVER, Domain
from derivations.meaning.quantities import Case
from derivations.meaning.scope import Scope
from derivations.meaning.setting import Setting, as_setting
from derivations.system.items import Binding, Definition, Item, Letter, Say
from derivations.system.package import named
from theory.errors import BadArgument


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


class Document:
    """What a derivation says, and the check of it.

    Parameters
    ----------
    text : str
        The title on the first line, an introduction after it: the file's own docstring.
    setting : th.Chain or Setting
        What it is about.
    sources : sequence of str
        Papers: "arXiv:2405.00592".

    Raises
    ------
    ValueError
        If there is no title, or the setting is none.
    """

    def __init__(self, text: str | None, *, setting: th.Chain | Setting, sources: Sequence[str] = ()) -> None:
        if not text or not text.strip():
            raise BadArgument("text", text, "a title", "give the file a docstring and pass __doc__")
        self.setting = as_setting(setting)
        head, _, body = inspect.cleandoc(text).partition("\n")
        self.title, self.introduction, self.sources = head.strip().rstrip("."), body.strip(), tuple(sources)
        self.items: tuple[Item, ...] = ()

    # Writing

    def say(self, text: str) -> None:
        """Add words; equations in `backticks` are typeset."""
        self._add(Say(" ".join(text.split())))

    def letter(self, name: str, meaning: str = "", *, domain: Domain = "positive") -> None:
        """Add a free letter with its domain: "positive", "real", "integer" or (low, high)."""
        self._fresh(name)
        self.setting.letter(name, domain, meaning)
        self._add(Letter(canonical(name), meaning))

    def let(self, text: str, why: str = "", *, domain: Domain | None = None) -> None:
        """Define a name, "S = κ/λ", or a function, "f(x) = 1/(1 - x)"."""
        relation = self._parsed(text, ("=",), head=text.partition("=")[0])
        head = relation.sides[0]
        if len(relation.sides) != 2 or not isinstance(head, Name | Call):
            raise BadArgument("let", text, "of the form 'name = expression'", "define one name")
        item = Definition(text, relation, why, domain)
        self._fresh(item.name)
        self.scope.look_up([relation.right], {*item.parameters})
        self._add(item)

    def bind(self, *, value: Any, **name: str) -> None:
        """Give a result of the package a name: `D.bind(F="test risk of the package", value=the(model).formulas["test"])`.

        Only what is found in an object of the package can be bound, and constants of mathematics (`sympy.EulerGamma`).
        """
        if len(name) != 1:
            raise BadArgument("bind", name, "one name and its meaning", "write D.bind(F='what it is', value=...)")
        ((key, meaning),) = name.items()
        self._fresh(key)
        result, source = named(value)
        self._add(Binding(canonical(key), meaning, result, source))

    def exact(self, claim: str, why: str = "", *, where: str = "") -> None:
        """Claim an identity, "A = B = C", to be proved; `where` puts in values of letters, "P = d, N = ∞"."""
        self._claim(Exact(claim, self._parsed(claim, ("=",)), why, where))

    def numeric(self, claim: str, why: str = "", *, where: str = "", points: int = COVER) -> None:
        """Claim an equation or inequality (=, <, >) to 50 digits at random points, on every branch of min and max."""
        self._claim(Numeric(claim, self._parsed(claim, ("=", *ORDERED)), why, where, points))

    def simulate(
        self, claim: str, why: str = "", *, sizes: Sequence[int], resolution: float, cases: Sequence[Case] = ({},),
        where: str = "", seed: int = 0,
    ) -> None:
        """Claim "observable ≈ formula" for large random systems; cases set proportions, ridge and noise.

        `resolution` is the relative error that must be seen, up to 0.1. Each case is drawn with its proportions turned over as
        well, unless `where` bounds the claim: "P < D".
        """
        relation, name = self._measured(claim, "≈")
        if len(sizes) < 2 or sorted(set(sizes)) != list(sizes):
            raise BadArgument("sizes", sizes, "two sizes or more, ascending", "the remainder is taken out by comparing them")
        if not 0 < resolution <= 0.1:
            raise BadArgument("resolution", resolution, "above 0, and 0.1 at most", "give the relative error that must be seen")
        self._claim(Simulated(claim, relation, why, where, name, tuple(sizes), resolution, tuple(cases), seed))

    def asymptotic(
        self, claim: str, why: str = "", *, limit: str, cases: Sequence[Case] = (), where: str = "", resolution: float = 1e-6
    ) -> None:
        """Claim that "A ~ B": their ratio goes to one in a limit, "κ → 0", all over the domain that `where` leaves.

        Cases fix letters; others are drawn at random. `resolution` is how near to one the limit must be, 1e-4 at most.
        """
        towards(self.scope, limit)
        check_resolution("asymptotic", resolution)
        relation = self._parsed(claim, ("~",))
        self._claim(Asymptotic(claim, relation, why, where, tuple(cases), resolution, limit))

    def slope(
        self, claim: str, why: str = "", *, ray: Case, cases: Sequence[Case], where: str = "",
        scales: tuple[float, float] = SCALES, resolution: float = 1e-3,
    ) -> None:
        """Claim the exponent of a term of the package, "bias ~ N^(-α)", along a ray of very large sizes, as in `asymptotic`."""
        check_resolution("slope", resolution)
        relation, name = self._measured(claim, "~")
        self._claim(Sloped(claim, relation, why, where, tuple(cases), resolution, name, dict(ray), scales))

    def reference(
        self, claim: str, why: str = "", *, source: str, at: Mapping[str, Any] | None = None, where: str = ""
    ) -> None:
        """Claim that a published formula, or a published value taken `at` a point, agrees."""
        self._claim(Reference(claim, self._parsed(claim, ("=",)), why, where, source, dict(at or {})))

    def refutes(self, claim: str, why: str = "", *, instead: str = "", where: str = "", **options: Any) -> None:
        """Refute a claim: "A = B" by a witness, "X ≈ B" by simulation, "A ~ B" in a limit or by slopes.

        `instead` is the derived right side, which must pass the same test; for "=" it may be left out: the left side is it.
        Options are those of the test.
        """
        plain = "≈" not in claim and "~" not in claim
        if not plain and not instead:
            raise BadArgument("instead", instead, "the derived right side", "the same test must pass with it")
        before, test = self.items, None
        if plain:
            self.numeric(claim, why, where=where)
        else:
            make: Callable[..., None] = self.simulate if "≈" in claim else self.asymptotic if "limit" in options else self.slope
            make(claim, why, where=where, **options)
        test, self.items = self.items[-1], before
        assert isinstance(test, Step)
        node = parse(instead, self._functions, ()).right if instead else None
        self._claim(Refutation(claim, test.relation, why, where, test, node))

    # Names

    @cached_property
    def _functions(self) -> frozenset[str]:
        bound = {item.name for item in self.items if isinstance(item, Binding) and callable(item.value)
                 and not hasattr(item.value, "free_symbols")}
        return self.setting.functions | bound | {
            item.name for item in self.items if isinstance(item, Definition) and item.parameters
        }  # fmt: skip

    @cached_property
    def scope(self) -> Scope:
        """What all names mean."""
        definitions = {item.name: (item.parameters, item.relation.right) for item in self.items if isinstance(item, Definition)}
        bindings = {item.name: self.setting.unfold(item.value) for item in self.items if isinstance(item, Binding)}
        return Scope(self.setting, definitions, bindings)

    def _add(self, item: Item) -> None:
        self.items = (*self.items, item)
        for name in ("scope", "_functions"):
            self.__dict__.pop(name, None)

    def _claim(self, step: Step) -> None:
        self.scope.look_up(step.nodes, {"λ"})
        self._add(step)

    def _parsed(self, text: str, signs: tuple[str, ...], head: str = "") -> Relation:
        functions: set[str] = set(self._functions)
        if "(" in head:
            functions.add(canonical(head.partition("(")[0].strip()))
        relation = parse(text, functions, signs)
        if not relation.signs:
            raise BadArgument("equation", text, f"a relation with {' or '.join(signs)}", "write both sides")
        return relation

    def _measured(self, claim: str, sign: str) -> tuple[Relation, str]:
        """Return the relation of an observable with a formula, and the observable's name."""
        said, found, right = (part.strip() for part in claim.partition(sign))
        known = self.setting.observables
        name = next((name for name in known if _sources(name) == _sources(said)), said)
        if not found or name not in known:
            listed = ", ".join(known) or "none in this setting"
            raise BadArgument("observable", name, f"one of {listed}", f"write 'observable {sign} formula'")
        side = parse(right, self._functions, ()).right
        return Relation((observed(name), side), (sign,)), name

    def _fresh(self, name: str) -> None:
        key = canonical(name)
        if self.scope.knows(key):
            raise BadArgument("quantity", name, "a name that is free", f"{name} has a meaning already: take another name")

    # Checking

    @property
    def steps(self) -> dict[str, Step]:
        """The claims by label: "1", "2", …."""
        claims = [item for item in self.items if isinstance(item, Step)]
        return {str(place + 1): claim for place, claim in enumerate(claims)}

    def check(self) -> Result:
        """Verify every step; a `DerivationError` names the first that fails and shows both sides at a witness."""
        result = self.verify()
        for outcome in result.outcomes:
            if not outcome.passed:
                step = f"step ({outcome.label}), {outcome.mode}: {outcome.text}"
                raise DerivationError(f"{self.title}, {step}\n  {outcome.found}")
        if not result.outcomes:
            raise DerivationError(f"{self.title}: there is nothing to check: add D.exact(...) or another claim")
        return result

    def verify(self) -> Result:
        """Verify every step and domain, and return what was found, failures included."""
        outcomes = [self.domain(item) for item in self.items if isinstance(item, Definition) and item.domain is not None]
        outcomes += [self.outcome(label, step) for label, step in self.steps.items()]
        return Result(self.title, tuple(outcomes))

    def outcome(self, label: str, step: Step) -> Outcome:
        """Return the outcome of one step."""
        start = perf_counter()
        try:
            passed, found = True, step.verify(self.scope)
        except (ClaimError, ValueError, ZeroDivisionError, ArithmeticError) as failure:
            passed, found = False, str(failure)
        return Outcome(label, step.mode, step.text, passed, found, perf_counter() - start)

    def domain(self, item: Definition) -> Outcome:
        """Return whether a defined quantity stays in its domain."""
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
        """Return the LaTeX of an equation of this derivation."""
        return typeset.latex(relation, self._letters)

    @cached_property
    def _letters(self) -> dict[str, str]:
        measured = {canonical(f"⟨{name}⟩"): observable.latex for name, observable in self.setting.observables.items()}
        return {**self.setting.letters, **measured}

    def with_item(self, old: Item, new: Item) -> Self:
        """Return the derivation with one item in another's place."""
        made = object.__new__(type(self))
        made.setting, made.title, made.introduction, made.sources = self.setting, self.title, self.introduction, self.sources
        made.items = tuple(new if item is old else item for item in self.items)
        return made

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.title!r}, {len(self.steps)} steps)"


def _sources(observable: str) -> tuple[str, frozenset[str]]:
    """Return an observable's name apart from the order of the sources in V[…] and Q[…]."""
    head, _, sources = observable.partition("[")
    return head, frozenset(source.strip() for source in sources.rstrip("]").split(","))
