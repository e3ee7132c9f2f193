"""The eigenvalues of what a chain makes: `cut`, the jump at s = −x + i0; logarithms over modes; entropies of samples.

κ comes down from large s by the package's ridge map. Functions of the package that take a population or a density are read on
those of the point.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import sympy
from mpmath import mp
from scipy.optimize import brentq
from sympy import Expr, Function, Integer, Symbol

import theory as th
from derivations.language.grammar import canonical
from derivations.meaning.points import middle, number
from derivations.meaning.quantities import Case, Experiment, Observable, Point, Quantity
from derivations.meaning.setting import Setting
from derivations.settings import matrices, traces
from derivations.settings.chains import ChainSetting
from derivations.settings.cuts import Read, Reader, follow
from derivations.settings.modes import Modes
from theory.notation import DIMS, KAPPA
from theory.spectra.psi import Psi, df1

RIDGE = Symbol("s", positive=True)
LEVEL = 1.0             # above which eigenvalues are counted in a simulation, unless a case says otherwise
TURNS = 60
Followed = tuple[Any, ...]


class OverModes(Function):
    """Σ_k of an expression with a logarithm of λ_k in it; its derivatives by other letters have none."""

    nargs = 1
    is_real = True
    eigenvalue, power = Symbol("lambda_k", positive=True), Symbol("c_k", positive=True)

    def _eval_derivative(self, letter: Symbol) -> Expr:
        return traces.total(sympy.together(self.args[0].diff(letter)), self.eigenvalue, self.power)


class Squares(Function):
    """∫ d² dκ from κ to infinity."""

    nargs = 1
    is_positive = True

    def fdiff(self, argindex: int = 1) -> Expr:
        """Return −d²."""
        return -df1(self.args[0]) ** 2


class Cut(Function):
    """−Im F/π at s = −x + i0."""

    nargs = 2
    is_real = True


class Eigenvalues(ChainSetting):
    """A chain with rows of data, over populations with eigenvalues of order one, and the spectrum of its kernel.

    Parameters
    ----------
    model : th.Chain
        The chain.
    **letters
        As in `Setting`.
    """

    def __init__(self, model: th.Chain, **letters: Any) -> None:
        super().__init__(model, **letters)
        self.letter("s", "positive", "a ridge", symbol=RIDGE)
        self.letter("x", (0.1, 10), "a place on the axis of eigenvalues")
        self.quantities["cut"] = Quantity(Cut, "`cut(F, x)`, minus the imaginary part of F over π at −x + i0",
                                          r"\mathrm{cut}")
        self.quantities["I"] = Quantity(Squares, "`I(κ)`, the integral of `d^2` by κ from κ to infinity")
        self.quantities["white"] = Quantity(white, "a population whose D eigenvalues are all one", r"\mathrm{white}")
        self._followed: dict[Any, Followed] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is computed, too."""
        return super().__getstate__() | {"_followed": {}}

    def unfold(self, value: Any) -> Any:
        """Return a number of the package exactly, and a function of a population or density as one of expressions."""
        if isinstance(value, float):
            return sympy.Rational(value)
        return Reader(value) if callable(value) and not isinstance(value, Expr) else super().unfold(value)

    def total(self, index: str, body: Expr) -> Expr:
        """Return Σ_k, logarithms of fractions as differences of logarithms."""
        logs = body.replace(sympy.log, lambda inside: sympy.expand_log(sympy.log(sympy.factor(inside))))
        plain, found = Integer(0), Integer(0)
        for term in sympy.Add.make_args(sympy.expand(logs)):
            factor, inner = term.as_independent(*self._modes.values(), as_Add=False)
            if inner.has(sympy.log):
                found += factor * OverModes(inner)
            else:
                plain += term
        return found + super().total(index, plain)

    def point(self, index: int, case: Case | None = None, scope: Any = None, at: Iterator[str] | None = None) -> Point:
        """Return a population, sizes and κ of order one; other letters all over their domains."""
        chain = super().point(index, case, scope, middle())
        free = {name: value for name, value in (case or {}).items() if self._free(name)}
        return Point({**chain.values, **Setting.point(self, index, free, scope, at).values}, chain.population)

    def special(self, expression: Expr, point: Point) -> dict[Expr, Any]:
        """Return traces as ever, logarithms summed over modes, what is on the cut, and what the package says."""
        own: set[Expr] = expression.atoms(OverModes, Squares, Cut, Read)
        found = super().special(expression.xreplace(dict.fromkeys(own, Integer(0))), point)
        kinds: dict[type, Callable[[Any, Point], Any]] = {OverModes: self._summed, Squares: self._squares, Cut: self._cut,
                                                          Read: self._read}  # fmt: skip
        return found | {atom: kinds[type(atom)](atom, point) for atom in own}

    def _summed(self, atom: OverModes, point: Point) -> Any:
        own = self._modes.values()

        def at(*mode: Any) -> Any:
            return self.evaluate(atom.args[0], Point({**point.values, **dict(zip(own, mode, strict=True))}, point.population))

        return point.population.sum(at)

    def _squares(self, atom: Squares, point: Point) -> Any:
        """Return Σ λ_i λ_j ln((λ_i+κ)/(λ_j+κ))/(λ_i−λ_j)."""
        kappa, modes = self.evaluate(atom.args[0], point), point.population

        def pair(one: Any, other: Any) -> Any:
            gap = one - other
            return one * other * (mp.log((one + kappa) / (other + kappa)) / gap if gap else 1 / (one + kappa))

        return modes.sum(lambda one, c: modes.sum(lambda other, c: pair(one, other)))

    # What the package says

    def _key(self, point: Point) -> Followed:
        """Return the population and the sizes of a point."""
        return (tuple(point.population.eigenvalues), *(point.values[slot.letter.symbol] for slot in self.model.slots))

    def _read(self, atom: Read, point: Point) -> Any:
        function = atom.args[0].function
        first = next(iter(inspect.signature(function).parameters))
        population = th.Discrete([float(e) for e in point.population.eigenvalues], [1.0] * len(point.population.eigenvalues))
        if first == "self":
            key = ("density", *self._key(point))
            if key not in self._followed:
                sizes: dict[str, Any] = {slot.keyword: float(point.values[slot.letter.symbol]) for slot in self.model.slots}
                self._followed[key] = (self.model.spectrum(population, **sizes),)
            subject: Any = self._followed[key][0]
        else:
            subject = population
        return mp.mpf(float(function(subject, *(float(mp.re(self.evaluate(argument, point))) for argument in atom.args[1:]))))

    # The cut

    def _cut(self, atom: Cut, point: Point) -> Any:
        """Return −Im F/π at s = −x + iε, ε the rounding."""
        body, x = atom.args[0], self.evaluate(atom.args[1], point)
        digits = mp.dps
        with mp.workdps(digits + 25):
            s = mp.mpc(-x, x * mp.mpf(10) ** -digits)
            values = {**point.values, RIDGE: s}
            if body.has(KAPPA.symbol):
                values[KAPPA.symbol] = self._refined(point, x, s)
            found = mp.im(self.evaluate(body, Point(values, point.population)))
        return -found / mp.pi

    @cached_property
    def _map(self) -> tuple[Expr, Expr]:
        """λ(κ) of the package, and its slope."""
        ridge = self.unfold(self.model.fixed_point.rhs)
        return ridge, ridge.diff(KAPPA.symbol)

    def _refined(self, point: Point, x: Any, s: Any) -> Any:
        """Return κ at s to the ambient precision, by Newton from doubles."""
        key = ("cut", float(x), *self._key(point))
        if key not in self._followed:
            values = {slot.letter.symbol: float(point.values[slot.letter.symbol]) for slot in self.model.slots}
            self._followed[key] = (follow(self._map[0], values, point.population.eigenvalues, float(x)),)
        kappa = mp.mpmathify(self._followed[key][0])
        for _ in range(TURNS):
            at = Point({**point.values, KAPPA.symbol: kappa}, point.population)
            ridge, slope = (self.evaluate(part, at) for part in self._map)
            step = (ridge - s) / slope
            kappa -= step
            if abs(step) < abs(kappa) * mp.mpf(10) ** (12 - mp.dps):
                return kappa
        raise ZeroDivisionError(f"no κ at the cut at x = {float(x):g}: it is next to an edge")

    # Simulation

    @cached_property
    def observables(self) -> Mapping[str, Observable]:
        """`count`, eigenvalues of the kernel above x, and `entropy` of the covariance of P rows of the population itself."""
        alone = matrices.sampler(th.Chain(th.Samples()), _entropy)

        def entropy(arguments: Mapping[str, Any], trials: int, seed: int, first: int) -> Any:
            kept = {name: arguments[name] for name in ("task", "ridge", "noise", "n_samples")}
            return alone(kept, trials, seed, first)

        return {"count": Observable(r"\langle \mathrm{count} \rangle", "how many eigenvalues of the kernel exceed x",
                                    matrices.sampler(self.model, _count)),
                "entropy": Observable(r"\langle \mathrm{entropy} \rangle", "of the covariance of P rows", entropy)}  # fmt: skip

    def drawn(self, eigenvalues: Any, power: Any, case: Case, scope: Any) -> Experiment:
        """Return the experiment; a case may give x. κ is where P rows of the population itself leave no ridge."""
        given = {canonical(name): value for name, value in case.items()}
        x = given.pop("x", LEVEL)
        system = super().drawn(eigenvalues, power, {**given, "λ": x}, scope)
        kappa = mp.mpf(_ridgeless(system.point.population, float(system.arguments["n_samples"])))
        values = {**system.point.values, self.symbol("x"): number(x), KAPPA.symbol: kappa}
        return Experiment(Point(values, system.point.population), system.arguments)


def _ridgeless(modes: Modes, n_samples: float) -> float:
    """Return κ where d is the number of samples; zero if it nowhere is."""
    eigenvalues = np.array([float(e) for e in modes.eigenvalues])
    if n_samples >= eigenvalues.size:
        return 0.0
    return float(brentq(lambda kappa: (eigenvalues / (eigenvalues + kappa)).sum() - n_samples, 0.0,
                        eigenvalues.sum() / n_samples, xtol=1e-15))  # fmt: skip


def _count(drawn: matrices.Drawn) -> float:
    return float((drawn.kernel[0] > drawn.ridge).sum())


def _entropy(drawn: matrices.Drawn) -> float:
    share = np.maximum(drawn.kernel[0], 0.0)
    share = share[share > 0] / share.sum()
    return float(-(share * np.log(share)).sum())


def white(expression: Expr) -> Expr:
    """Return an expression over a population of D eigenvalues that are one."""
    return expression.xreplace({atom: DIMS.symbol / (1 + atom.args[3]) ** atom.args[2] for atom in expression.atoms(Psi)})
