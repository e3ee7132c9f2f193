"""A chain along training time: flow(F, t), slopes in t, and simulations of gradient flow.

The letters s and s′ are ridges of Laplace variables; in a function of κ the ridge is that of the chain, λ(κ). Slopes are those
of `GradientFlow` on the infinite power law, points are drawn and simulations are made as of the chain at the ridge 1/t.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import sympy
from mpmath import mp
from sympy import Expr

import theory as th
from derivations.language.grammar import canonical
from derivations.meaning.points import number
from derivations.meaning.quantities import Case, Experiment, Observable, Point, Quantity
from derivations.settings import contours, matrices
from derivations.settings.chains import ChainSetting
from derivations.settings.power_laws import PowerLaws
from numerics.check.sampling import derived_seed
from numerics.simulate.flow import simulate_flow
from theory.notation import TIME

TIMES = (50, 10000)  # late beside the largest eigenvalue, which is 1
SOON = 3.0  # of a simulation, unless a case says otherwise


class Training(PowerLaws):
    """A chain over power laws, trained by gradient flow.

    Parameters
    ----------
    model : th.Chain
        Whose readout is trained.
    **domains
        As in `PowerLaws`.
    """

    def __init__(self, model: th.Chain, **domains: Any) -> None:
        super().__init__(model, **domains)
        self.training = th.GradientFlow(model)
        self.letter("t", TIMES, TIME.meaning, symbol=TIME.symbol)
        for name, ridge in zip(("s", "s'"), contours.RIDGES, strict=True):
            self.letter(name, "positive", symbol=ridge)
        self.quantities["flow"] = Quantity(contours.flow)
        self.quantities["descent"] = Quantity(contours.descent)

    def normal(self, expression: Expr) -> Expr:
        """Return every exponential in powers of those of single terms, which are independent."""
        return super().normal(expression.replace(sympy.exp, _in_powers))

    def special(self, expression: Expr, point: Point) -> dict[Expr, Any]:
        """Return traces as ever, and what is left on the contours of a population of explicit modes."""
        flows = expression.atoms(contours.Flow)
        found = super().special(expression.xreplace(dict.fromkeys(flows, sympy.Integer(0))), point)
        return found | {atom: self._contour(atom, point) for atom in flows}

    def _contour(self, atom: Expr, point: Point) -> Any:
        body, *times = atom.args
        modes = point.population
        task = th.Discrete(*([float(value) for value in values] for values in (modes.eigenvalues, modes.power)))
        parameters = [float(point.values[slot.letter.symbol]) for slot in self.model.slots]
        at = [float(self.evaluate(time, point)) for time in times]
        return mp.mpf(contours.summed(body, at, task, self.model.slots, parameters, lambda letter: point.values[letter]))

    # Slopes

    directions: ClassVar[dict[str, str]] = {"t": "time", "σ²": "noise"}

    def terms(self, task: th.PowerLaw, arguments: Mapping[str, Any]) -> Any:
        """Return the terms by the package's evaluator of flow."""
        return self.training.evaluate(task, **arguments)

    # Simulation

    @cached_property
    def observables(self) -> Mapping[str, Observable]:
        """The risk and its parts at the time t."""
        return {name: value for name, value in super().observables.items() if name not in matrices.OBSERVABLES}

    def _measured(self, arguments: Mapping[str, Any], trials: int, seed: int, first: int, decompose: bool) -> Any:
        key = tuple(sorted(arguments.items(), key=lambda pair: pair[0])), trials, seed, first, decompose
        if key not in self._batches:
            given = {name: value for name, value in arguments.items() if name != "ridge"}
            self._batches[key] = simulate_flow(
                self.training, **given, trials=max(trials, 2), seed=derived_seed(seed, first), complex=True,
                decompose=decompose, progress=False,
            )
        return self._batches[key]

    def experiment(self, size: int, case: Case, scope: Any) -> Experiment:
        """Return a population of bounded density, as of any chain; a case may give t besides sizes and noise."""
        return ChainSetting.experiment(self, size, case, scope)

    def drawn(self, eigenvalues: Any, power: Any, case: Case, scope: Any) -> Experiment:
        """Return the experiment at the time t."""
        given = {canonical(name): value for name, value in case.items()}
        time = given.pop("t", SOON)
        system = super().drawn(eigenvalues, power, {**given, "λ": 1.0 / time}, scope)
        values = {**system.point.values, TIME.symbol: number(time)}
        return Experiment(Point(values, system.point.population), {**system.arguments, "time": time})


def _in_powers(exponent: Expr) -> Expr:
    """Return exp(2a - b) as e(a)^2 e(b)^-1."""
    single = sympy.Function("e")
    return sympy.Mul(*(single(term / term.as_coeff_Mul()[0]) ** term.as_coeff_Mul()[0]
                       for term in sympy.Add.make_args(sympy.expand(exponent))))
