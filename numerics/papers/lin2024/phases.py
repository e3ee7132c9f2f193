"""The phases of Paquette, Paquette, Xiao, Pennington (arXiv:2405.15074) beside the laws that are derived here, in its letters.

One-pass SGD at a constant step, without label noise, on d random features of a power law of v modes, v in proportion to d where
2α < 1; P* ~ f^-η and d* ~ f^ξ are the least risk and its width for f = d · steps. Its table takes the largest stable step. The
laws say what that gives, and what the best step gives; the risk is evaluated at growing f beside them: on the sketch, as far as
it can be averaged over quickly; for 2α < 1 beyond, with the population's own modes in place of the sketch's (the same powers).
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from numerics.papers.claims import Claim
from numerics.papers.fits import Array
from theory import Law, OnePassSGD, PowerLaw
from theory.conventions import convention
from theory.dynamics.sgd.sketches.approximation import approximation

LETTERS = convention("paquette2024")
SGD = OnePassSGD(schedule="constant")
POINTS = tuple((Fraction(alpha), Fraction(beta)) for alpha, beta in (
    ("1", "1/4"), ("2/5", "3/10"), ("33/100", "9/20"), ("1/5", "7/10"), ("1/5", "2"), ("1", "7/10"), ("1", "3/2"),
    ("9/20", "6/5"), ("2/5", "4/5"), ("27/100", "7/10"), ("7/25", "6/5"),
))  # fmt: skip
COST = {"n_samples": 1, "n_features": 1}
AMBIENT = 4  # v/d
WIDTHS = 2.0 ** np.arange(-4.0, 1.6, 0.5)  # over f^ξ
STEPS = 2.0 ** -np.arange(0.0, 15.0)  # of the largest tried
PHI = {True: 0.2, False: 0.4}  # at the largest, by whether 2α > 1: there the first eigenvalue counts too
NEAR, FAR = (1e9, 1e11), (1e17, 1e21)  # f, on the sketch and on the population's modes
CLOSE = 0.02


@dataclass(frozen=True)
class Phase:
    """One phase of the table at a point.

    Attributes
    ----------
    name : str
        "Ia" to "IVb".
    width, risk : Fraction
        ξ and η.
    """

    name: str
    width: Fraction
    risk: Fraction


@dataclass(frozen=True)
class Derived:
    """What the laws say there: ξ and η at the largest step, and at the best one with its own ξ and the power of γ."""

    width: Fraction
    risk: Fraction
    best_width: Fraction
    best_risk: Fraction
    step: Any


def phase(alpha: Fraction, beta: Fraction) -> Phase:
    """Return the phase of a point, with ξ and η as printed.

    Parameters
    ----------
    alpha, beta : Fraction
        Off the borders of phases, 2(α + β) > 1.
    """
    half, h = Fraction(1, 2), 2 * alpha + 2 * beta - 1
    if alpha > half:
        if beta < half:
            return Phase("Ia", 1 / (2 * alpha + 1), h / (2 * alpha + 1))
        if beta < alpha:
            return Phase("II", beta / (alpha + beta), h / (2 * (alpha + beta)))
        return Phase("III", half, 1 - 1 / (4 * alpha))
    if beta < half:
        return Phase("Ib", half, h / 2)
    if 4 * alpha < 1:
        shared = 3 * alpha + 2 * beta - 2 * alpha * beta - 1
        return Phase("Ic", h / (2 * shared), alpha * h / shared)
    if alpha > 1 - math.sqrt(0.5):
        return Phase("IVa", half, alpha)
    shared = 2 * beta - alpha - 2 * alpha * beta
    return Phase("IVb", (beta - alpha) / shared, (1 - 2 * alpha) * h / (2 * shared))


def exponents(alpha: Fraction, beta: Fraction) -> dict[str, Any]:
    """Return our capacity and source, below capacity 1 as well."""
    letters = dict(zip(LETTERS.letters, (alpha, beta), strict=True))

    def number(expression: Any) -> Fraction:
        return Fraction(str(expression.subs({symbol: letters[symbol.name] for symbol in expression.free_symbols})))

    return {"capacity": number(LETTERS.capacity), "source": number(LETTERS.source)}


def derived(alpha: Fraction, beta: Fraction) -> Derived:
    """Return what the laws say of a point."""
    given = exponents(alpha, beta)
    best = _law(alpha).compute_optimal(COST, **given)
    if 2 * alpha > 1:
        largest = _law(alpha).compute_optimal(COST, step=0, **given)
    else:
        largest = SGD.exponents(n_dims="n_features", largest_step=True).compute_optimal(COST, **given)
    powers = (largest.n_features, -largest.risk, best.n_features, -best.risk)
    width, risk, best_width, best_risk = (Fraction(str(power)) for power in powers)
    return Derived(width, risk, best_width, best_risk, best.step)


def _law(alpha: Fraction) -> Law:
    return SGD.exponents() if 2 * alpha > 1 else SGD.exponents(n_dims="n_features")


def slopes(alpha: Fraction, beta: Fraction, law: Derived, budgets: tuple[float, float], sketched: bool) -> tuple[float, float]:
    """Return −d ln P*/d ln f between two budgets, at the largest step and at the best one, of the evaluated risk.

    Parameters
    ----------
    alpha, beta : Fraction
        The point.
    law : Derived
        Where to look for d*: around the powers that it says, on the sketch around the first of them.
    budgets : tuple of float
        f.
    sketched : bool
        Whether the modes that are learnt are the sketch's, else the population's; what is missed is the sketch's anyhow.
    """
    near, best = float(law.width), float(law.width if sketched else law.best_width)
    fixed = [_least(alpha, beta, f, near, sketched)[0] for f in budgets]
    free = [_least(alpha, beta, f, best, sketched)[1] for f in budgets]
    length = math.log(budgets[1] / budgets[0])
    return math.log(fixed[0] / fixed[1]) / length, math.log(free[0] / free[1]) / length


@functools.cache
def _least(alpha: Fraction, beta: Fraction, budget: float, width: float, sketched: bool) -> tuple[float, float]:
    """Return the least risk of some widths around f^width at the largest step, and at the best one."""
    rows = np.array([_risks(alpha, beta, budget, round(budget**width * share), sketched) for share in WIDTHS])
    return float(rows[:, 0].min()), float(rows.min())


def _risks(alpha: Fraction, beta: Fraction, budget: float, width: int, sketched: bool) -> Array:
    given = exponents(alpha, beta)
    task = PowerLaw(given["capacity"], given["source"], size=math.inf if 2 * alpha > 1 else AMBIENT * width)
    steps = 2 * PHI[2 * alpha > 1] * STEPS / task.total_variance
    if sketched:
        found: Array = SGD.evaluate(task, n_samples=budget / width, n_features=width, step=steps).test
        return found
    alone: Array = SGD.evaluate(task, n_samples=budget / width, step=steps).test
    return alone + approximation(task, width)


def phases() -> list[Claim]:
    """Return a row for every point: the table, the laws, and the evaluated risk beside them."""
    return [_row(alpha, beta) for alpha, beta in POINTS]


def _row(alpha: Fraction, beta: Fraction) -> Claim:
    table, law = phase(alpha, beta), derived(alpha, beta)
    last = near = slopes(alpha, beta, law, NEAR, True)
    same = (table.width, table.risk) == (law.width, law.risk)
    found = f"ξ = {law.width}, η = {law.risk} at the largest step"
    if law.best_risk != law.risk:
        found += f"; η = {float(law.best_risk):.4f}, ξ = {float(law.best_width):.4f} at the best one, γ ~ f^({law.step})"
    evidence = f"max-plus, exactly; η by evaluation {_told(near, law)} for f = 10⁹ to 10¹¹ on the sketch"
    if 2 * alpha < 1:
        last = slopes(alpha, beta, law, FAR, False)
        evidence += f", {_told(last, law)} for f = 10¹⁷ to 10²¹ with the population's modes"
    if max(abs(last[0] - float(law.risk)), abs(last[1] - float(law.best_risk))) > CLOSE:
        evidence += "; not yet asymptotic"
    words = "P* ~ f^-η at d* ~ f^ξ, the largest step"
    where = f"arXiv:2405.15074, phase {table.name}, α = {float(alpha):g}, β = {float(beta):g}"
    published = f"ξ = {float(table.width):.4f}, η = {float(table.risk):.4f}"
    return Claim(where, words, published, found, "confirmed" if same else "refuted", evidence)


def _told(pair: tuple[float, float], law: Derived) -> str:
    largest, best = (f"{value:.3f}" for value in pair)
    return largest if law.best_risk == law.risk else f"{largest} (best step {best})"
