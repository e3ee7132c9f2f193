"""A chain over infinite power laws: λ_k = k^-α, c_k λ_k = k^-(1+2αr), in our letters or in a paper's.

Traces are those of the package's own infinite spectra, at any κ and precision; terms of the risk have slopes at sizes that no
simulation reaches. Points draw α, r and κ < 1.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from mpmath import mp
from sympy import Expr

import theory as th
from derivations.language.grammar import canonical
from derivations.meaning.points import Domain, draw, number
from derivations.meaning.quantities import Case, Experiment, Point
from derivations.settings import traces
from derivations.settings.chains import ChainSetting
from theory.conventions import Convention, convention
from theory.errors import BadArgument
from theory.notation import KAPPA, KAPPA_PRIMED
from theory.spectra.psi import PolarPsi, Psi

EXACT = 1000  # digits of an exponent: more than any evaluation takes
CAPACITIES, SOURCES = (1.2, 3.0), (0.1, 1.4)
_GREEK = {"alpha": "α", "beta": "β", "alpha_K": "α_K"}


class PowerLaws(ChainSetting):
    """A chain over the power laws that a paper's letters can express.

    Parameters
    ----------
    model : th.Chain
        Whose scaling law it is.
    letters : str
        A row of `theory.conventions`: "scaletheory" has α and r, "bordelon2024" a and b, ….
    **domains
        Intervals of the letters that differ from the usual ones, and further letters.
    """

    directions: ClassVar[dict[str, str]] = {"λ": "ridge", "σ²": "noise"}  # keywords of letters that are no sizes

    def __init__(self, model: th.Chain, letters: str = "scaletheory", **domains: Any) -> None:
        self._letters = letters
        usual: dict[str, Domain] = {"α": CAPACITIES, "r": SOURCES}
        own = {canonical(_GREEK.get(name, name)): usual.get(_GREEK.get(name, name), CAPACITIES) for name in self.paper.letters}
        super().__init__(model, **{**own, **domains})
        self.exponents = self._own = tuple(own)

    @property
    def paper(self) -> Convention:
        """The paper's row of conventions."""
        return convention(self._letters)

    def law(self, values: Mapping[str, Any]) -> th.PowerLaw:
        """Return the power law of some letters: the floats nearest to them."""
        given = {name: float(values[own]) for name, own in zip(self.paper.letters, self._own, strict=True)}
        made = self.paper.ours(**given)
        return th.PowerLaw(float(made["capacity"]), float(made["source"]) if "source" in made else 1.0)

    def point(self, index: int, case: Case | None = None, scope: Any = None, at: Iterator[str] | None = None) -> Point:
        """Return random letters, rounded to decimals as a law reads floats, and κ < 1; sizes are on the admissible branch."""
        with_law = super().point(index, case, scope, at)
        values = dict(with_law.values)
        with mp.workdps(EXACT):
            values |= {self.symbol(name): number(float(values[self.symbol(name)])) for name in self.exponents}
        law = self.law({name: values[self.symbol(name)] for name in self.exponents})
        least = min(values[KAPPA.symbol], values[KAPPA_PRIMED.symbol])
        grown = _trace(law, 1, 0, 1, least, mp.prec) / with_law.population.dof(least)
        for slot in self.model.slots:
            if slot.is_size and self._name(slot.letter.symbol) not in {canonical(name) for name in case or ()}:
                values[slot.letter.symbol] *= grown  # the same fraction of each layer is taken up
        return Point(values, law)

    def draw_ridge(self, rng: random.Random, place: str) -> Any:
        """Return a random κ below one: where power laws are."""
        return draw(rng, "positive", place) / 50 if place == "middle" else draw(rng, (0, 1), place)

    def special(self, expression: Expr, point: Point) -> dict[Expr, Any]:
        """Return the traces of the infinite power law."""
        if not isinstance(point.population, th.PowerLaw):
            return super().special(expression, point)
        found: dict[Expr, Any] = {}
        for atom in expression.atoms(PolarPsi):
            found[atom] = self.evaluate(traces.polar(int(atom.args[0]), int(atom.args[1]), *atom.args[2:]), point)
        for atom in expression.atoms(Psi):
            p, q, m = map(int, atom.args[:3])
            found[atom] = _trace(point.population, p, q, m, mp.mpf(self.evaluate(atom.args[3], point)), mp.prec)
        return found

    def curve(self, name: str, case: Case, ray: Case, scale: float) -> float:
        """Return ln of κ or of a term, by the package's evaluator, where every letter of the ray is scale^power."""
        given = {canonical(key): value for key, value in case.items()}
        task = self.law(given)
        sizes = {canonical(key): power for key, power in ray.items()}
        arguments: dict[str, Any] = {}
        for slot in self.model.slots:
            key = next(n for n, quantity in self.quantities.items() if quantity.value == slot.letter.symbol)
            if key not in sizes:
                raise BadArgument("ray", ray, f"a power for {key}", f"add {key!r}: inf where it is infinite")
            arguments[slot.keyword] = _power(scale, sizes[key])
        for key, keyword in self.directions.items():
            arguments[keyword] = _power(scale, sizes[key]) if key in sizes else 0.0
        risk = self.terms(task, arguments)
        if not bool(risk.converged):
            raise BadArgument("ray", ray, "where the package converges", str(risk.reasons))
        value = float(risk.kappa) if name == "kappa" else float(risk.terms[self.key(name)])
        if not value > 0:
            raise BadArgument("quantity", name, "positive along the ray", "its logarithm has no slope")
        return math.log(value)

    def terms(self, task: th.PowerLaw, arguments: Mapping[str, Any]) -> Any:
        """Return the terms of the risk by the package's evaluator."""
        return self.model.evaluate(task, **arguments)

    def key(self, name: str) -> Any:
        """Return the key of a term from its observable's name."""
        if not name.startswith("V["):
            return name
        sources = tuple(name[2:-1].split(", "))
        return sources[0] if len(sources) == 1 else sources

    def experiment(self, size: int, case: Case, scope: Any) -> Experiment:
        """Return the power law cut off at `size` modes; a case gives its letters besides the proportions."""
        given = {canonical(key): value for key, value in case.items()}
        if not given.keys() >= set(self.exponents):
            raise BadArgument("cases", case, f"with values of {', '.join(self.exponents)}", "a simulation needs the exponents")
        rest = {key: value for key, value in given.items() if key not in self.exponents}
        eigenvalues, power = self.law(given).truncate(size).explicit()
        system = self.drawn(eigenvalues, power, rest, scope)
        letters = {self.symbol(name): number(given[name]) for name in self.exponents}
        return Experiment(Point({**system.point.values, **letters}, system.point.population), system.arguments)


@lru_cache(maxsize=8192)
def _trace(law: th.PowerLaw, p: int, q: int, m: int, kappa: Any, prec: int) -> Any:
    """Return a trace to the ambient precision, which is `prec`."""
    return law.trace(p, q, m, kappa)


def _power(scale: float, power: float) -> float:
    return np.inf if power == math.inf else 0.0 if power == -math.inf else float(scale**power)
