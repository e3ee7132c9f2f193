"""What a derivation says: words, definitions, bindings to the package, and claims, in the order in which they are read.

Writing parses and looks names up; nothing is computed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import theory as th
from derivations.claims.against import Reference, Refutation
from derivations.claims.limits import SCALES, Asymptotic, Sloped, check_resolution, towards
from derivations.claims.measured import Simulated, observed
from derivations.claims.step import Exact, Numeric, Step
from derivations.language.grammar import ORDERED, Call, Name, Relation, canonical, parse
from derivations.meaning.points import COVER, Domain
from derivations.meaning.quantities import Case
from derivations.meaning.scope import Scope
from derivations.meaning.setting import Setting, as_setting
from derivations.system.items import Binding, Definition, Item, Letter, Say
from derivations.system.package import named
from theory.errors import BadArgument


class Writing:
    """What a derivation says, item by item.

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
        """Add words; equations in `backticks` are typeset.

        Parameters
        ----------
        text : str
            Prose.
        """
        self._add(Say(" ".join(text.split())))

    def letter(self, name: str, meaning: str = "", *, domain: Domain = "positive") -> None:
        """Add a free letter with its domain.

        Parameters
        ----------
        name : str
            As it is written in claims.
        meaning : str
            One line of words.
        domain : str or (low, high)
            "positive", "real", "nonnegative", "integer", or an interval.

        Raises
        ------
        ValueError
            If the name has a meaning already, or the domain is none.
        """
        self._fresh(name)
        self.setting.letter(name, domain, meaning)
        self._add(Letter(canonical(name), meaning))

    def let(self, text: str, why: str = "", *, domain: Domain | None = None) -> None:
        """Define a name, "S = κ/λ", or a function, "f(x) = 1/(1 - x)".

        Parameters
        ----------
        text : str
            The equation that defines it.
        why : str
            The reason, in words.
        domain : str or (low, high), optional
            Where it must stay; checked.

        Raises
        ------
        ValueError
            If the text is no definition, the name has a meaning already, or a name on the right has none.
        """
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

        Parameters
        ----------
        value : Any
            What `the(object)` finds, or a constant of mathematics.
        **name : str
            One name and its meaning in words.

        Raises
        ------
        ValueError
            If it is not one name, the name has a meaning already, or the value is a loose expression.
        """
        if len(name) != 1:
            raise BadArgument("bind", name, "one name and its meaning", "write D.bind(F='what it is', value=...)")
        ((key, meaning),) = name.items()
        self._fresh(key)
        result, source = named(value)
        self._add(Binding(canonical(key), meaning, result, source))

    def exact(self, claim: str, why: str = "", *, where: str = "") -> None:
        """Claim an identity, "A = B = C", to be proved.

        Parameters
        ----------
        claim : str
            Such as "A = B"; Greek letters, subscripts, Σ over modes, derivatives.
        why : str
            The reason, in words.
        where : str
            Values of letters that are put in, "P = d, N = ∞".

        Raises
        ------
        ValueError
            If the claim does not parse, or holds a name without a meaning.
        """
        self._claim(Exact(claim, self._parsed(claim, ("=",)), why, where))

    def numeric(self, claim: str, why: str = "", *, where: str = "", points: int = COVER) -> None:
        """Claim an equation or inequality (=, <, >) to 50 digits at random points, on every branch of min and max.

        Parameters
        ----------
        claim : str
            Such as "A = B"; Greek letters, subscripts, Σ over modes, derivatives.
        why : str
            The reason, in words.
        where : str
            Conditions, "P = d, N = ∞" or "P < D".
        points : int
            How many, over the whole domain.

        Raises
        ------
        ValueError
            If the claim does not parse, or holds a name without a meaning.
        """
        self._claim(Numeric(claim, self._parsed(claim, ("=", *ORDERED)), why, where, points))

    def simulate(
        self, claim: str, why: str = "", *, sizes: Sequence[int], resolution: float, cases: Sequence[Case] = ({},),
        where: str = "", seed: int = 0,
    ) -> None:
        """Claim "observable ≈ formula" for large random systems.

        Each case is drawn with its proportions turned over as well, unless `where` bounds the claim.

        Parameters
        ----------
        claim : str
            "observable ≈ formula", with an observable of the setting.
        why : str
            The reason, in words.
        sizes : sequence of int
            Two or more, ascending: the remainder is taken out by comparing them.
        resolution : float
            The relative error that must be seen, up to 0.1.
        cases : sequence of mapping
            Proportions, ridge and noise, by name.
        where : str
            Conditions, "P = d, N = ∞" or "P < D".
        seed : int
            Of all draws.

        Raises
        ------
        ValueError
            If the setting has no such observable, and as above.
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

        Parameters
        ----------
        claim : str
            Such as "A = B"; Greek letters, subscripts, Σ over modes, derivatives.
        why : str
            The reason, in words.
        limit : str
            "κ → 0", "P → ∞".
        cases : sequence of mapping
            Values of letters by name; others are drawn at random.
        where : str
            Conditions, "P = d, N = ∞" or "P < D".
        resolution : float
            How near to one the ratio must come, 1e-4 at most.

        Raises
        ------
        ValueError
            If the limit or the resolution is not admissible, and as for other claims.
        """
        towards(self.scope, limit)
        check_resolution("asymptotic", resolution)
        relation = self._parsed(claim, ("~",))
        self._claim(Asymptotic(claim, relation, why, where, tuple(cases), resolution, limit))

    def slope(
        self, claim: str, why: str = "", *, ray: Case, cases: Sequence[Case], where: str = "",
        scales: tuple[float, float] = SCALES, resolution: float = 1e-3,
    ) -> None:
        """Claim the exponent of a term of the package, "bias ~ N^(-α)", along a ray of very large sizes, as in `asymptotic`.

        Parameters
        ----------
        claim : str
            "quantity ~ monomial", with a quantity of the package.
        why : str
            The reason, in words.
        ray : mapping
            By letter the power with which it grows; inf: infinite.
        cases : sequence of mapping
            Values of letters by name.
        where : str
            Conditions, "P = d, N = ∞" or "P < D".
        scales : (float, float)
            Two values of what grows.
        resolution : float
            How near the slope must come.

        Raises
        ------
        ValueError
            If the setting has no such quantity, the resolution is not admissible, and as for other claims.
        """
        check_resolution("slope", resolution)
        relation, name = self._measured(claim, "~")
        self._claim(Sloped(claim, relation, why, where, tuple(cases), resolution, name, dict(ray), scales))

    def reference(
        self, claim: str, why: str = "", *, source: str, at: Mapping[str, Any] | None = None, where: str = ""
    ) -> None:
        """Claim that a published formula, or a published value taken `at` a point, agrees.

        Parameters
        ----------
        claim : str
            Such as "A = B"; Greek letters, subscripts, Σ over modes, derivatives.
        why : str
            The reason, in words.
        source : str
            Paper and equation.
        at : mapping, optional
            Values of letters by name, for a published value.
        where : str
            Conditions, "P = d, N = ∞" or "P < D".

        Raises
        ------
        ValueError
            If the claim does not parse, or holds a name without a meaning.
        """
        self._claim(Reference(claim, self._parsed(claim, ("=",)), why, where, source, dict(at or {})))

    def refutes(self, claim: str, why: str = "", *, instead: str = "", where: str = "", **options: Any) -> None:
        """Refute a claim: "A = B" by a witness, "X ≈ B" by simulation, "A ~ B" in a limit or by slopes.

        Parameters
        ----------
        claim : str
            Such as "A = B"; Greek letters, subscripts, Σ over modes, derivatives.
        why : str
            The reason, in words.
        instead : str
            The derived right side, which must pass the same test; for "=" it may be left out: the left side is it.
        where : str
            Conditions, "P = d, N = ∞" or "P < D".
        **options : Any
            Those of the test.

        Raises
        ------
        ValueError
            If `instead` is missing, and as for the test.
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

    @property
    def steps(self) -> dict[str, Step]:
        """The claims by label: "1", "2", …."""
        claims = [item for item in self.items if isinstance(item, Step)]
        return {str(place + 1): claim for place, claim in enumerate(claims)}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.title!r}, {len(self.steps)} steps)"


def _sources(observable: str) -> tuple[str, frozenset[str]]:
    """Return an observable's name apart from the order of the sources in V[…] and Q[…]."""
    head, _, sources = observable.partition("[")
    return head, frozenset(source.strip() for source in sources.rstrip("]").split(","))
