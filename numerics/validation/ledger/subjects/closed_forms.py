"""What is in print on chains, and the equation for κ by bisection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import mpmath
import numpy as np
import sympy

from numerics.validation.ledger.entries import Witness
from numerics.validation.ledger.inquiry import NOWHERE, Inquiry
from numerics.validation.ledger.subjects.asked import Asked, points
from numerics.validation.references import one_feature_layer, published
from numerics.validation.references.pool_formula import pool_formula
from theory import Chain, Discrete, Isotropic, linear_ridge, random_features
from theory.notation import DIMS, KAPPA
from theory.spectra.psi import Psi
from theory.terms import term_name

TOLERANCE = 1e-11
RIDGES = (1e-4, 0.05, 1.0)


def of_chain(asked: Asked, inquiry: Inquiry) -> dict[str, Witness]:
    """Return what is in print on κ and every term of a chain.

    Parameters
    ----------
    asked : Asked
        The chain.
    inquiry : Inquiry
        How it is asked.
    """
    found = {"kappa": NOWHERE} | {term_name(key): NOWHERE for key in asked.model.formulas}
    if asked.model in (linear_ridge(), random_features()):
        found |= _one_layer(asked, inquiry) | {"excess": _numbers(asked.model, inquiry)}
    if asked.model == linear_ridge():
        found |= {"kappa": _white(inquiry), "test": _meta(inquiry)}
    if asked.model.slots.pooled:
        found |= _pool(asked, inquiry)
    return found


def _one_layer(asked: Asked, inquiry: Inquiry) -> dict[str, Witness]:
    """Return what the closed forms of one feature layer (none: of infinite width) say."""
    eigenvalues, power = asked.task.explicit()
    pairs: dict[str, list[tuple[Any, Any]]] = {}
    for n_samples, _, values in points(asked, RIDGES):
        kappa = float(values["kappa"])
        x, y = eigenvalues / (eigenvalues + kappa), kappa / (eigenvalues + kappa)
        d, signal, width = x.sum(), eigenvalues * power, asked.sizes.get("n_features", np.inf)
        printed = one_feature_layer.terms((x * y).sum() / d, d / width, d / n_samples, float(signal @ y**2),
                                          float(signal @ (x * y)), asked.noise)  # fmt: skip
        for key, value in printed.items():
            if term_name(key) in values:
                pairs.setdefault(term_name(key), []).append((values[term_name(key)], value))
    return {name: inquiry.equal(each, TOLERANCE, "arXiv:2405.00592, closed form") for name, each in pairs.items()}


def _numbers(model: Chain, inquiry: Inquiry) -> Witness:
    """Return what the numbers say that the authors' code prints."""
    if model == linear_ridge():
        pairs = [(model.evaluate(Isotropic(250), n_samples=250 / ratio, ridge=1e-3, noise=0.25).excess[()], value)
                 for ratio, value in published.ISOTROPIC_RIDGE.items()]  # fmt: skip
    else:
        pairs = [(model.evaluate(Isotropic(200), n_samples=P, n_features=100, ridge=2e-3, noise=0.0625).excess[()], value)
                 for P, value in published.RANDOM_FEATURES.items()]  # fmt: skip
    return inquiry.equal(pairs, 4e-5, "arXiv:2405.00592, numbers of the authors' code")


def _meta(inquiry: Inquiry) -> Witness:
    """Return what numbers for meta-learning say: ridge on a population transformed by a prior."""
    p = 4000
    omega, pairs = 16 + 10 * np.cos((np.arange(p) + 0.5) * np.pi / p), []
    for ratio, value in published.META_LEARNING.items():
        out = linear_ridge().evaluate(Discrete(omega, np.full(p, 1 / p)), n_samples=p / ratio, ridge=ratio, noise=1.0)
        pairs.append((out.test[()], value))
    return inquiry.equal(pairs, 1e-7, "arXiv:2403.19720, numbers of the authors' formulas")


def _white(inquiry: Inquiry) -> Witness:
    """Return what the quadratic equation of equal eigenvalues says of κ (Marchenko and Pastur)."""
    pairs = []
    for D, P in ((250, 100), (100, 250), (100, 100)):
        for ridge in RIDGES:
            b = ridge + (D / P - 1)
            kappa = (b + np.sqrt(b * b + 4 * ridge)) / 2 if b > 0 else 2 * ridge / (np.sqrt(b * b + 4 * ridge) - b)
            pairs.append((linear_ridge().evaluate(Isotropic(D), n_samples=P, ridge=ridge).kappa[()], kappa))
    return inquiry.equal(pairs, TOLERANCE, "Marchenko and Pastur (1967), equal eigenvalues")


def _pool(asked: Asked, inquiry: Inquiry) -> dict[str, Witness]:
    """Return what the closed form of the pool says; it is this project's own, solved by bisection."""
    eigenvalues, power = asked.task.explicit()
    pairs: dict[str, list[tuple[Any, Any]]] = {"test": [], "train": [], "kappa": []}
    for n_samples, ridge, values in points(asked, RIDGES):
        printed = pool_formula(eigenvalues, eigenvalues * power, n_samples, ridge, dps=30)
        for name, value in zip(("test", "train", "kappa"), printed, strict=True):
            pairs[name].append((values[name], value))
    words = "not published; derivations/pool_samples in closed form, by bisection"
    return {name: inquiry.equal(each, TOLERANCE, words) for name, each in pairs.items()}


def bisected(asked: Asked, inquiry: Inquiry) -> Witness:
    """Return what the printed equation λ = λ(κ) says of κ: plain sums and differences in 60 digits, by bisection.

    Parameters
    ----------
    asked : Asked
        The chain.
    inquiry : Inquiry
        How it is asked.
    """
    pairs = []
    with mpmath.workdps(60):
        for n_samples, ridge, values in points(asked, (1e-9, 0.05, 1.0)):
            bound = asked.model.bound(asked.task, asked.at(n_samples, ridge))
            pairs.append((values["kappa"], _root(asked, bound, float(values["kappa"]))))
    return inquiry.equal(pairs, TOLERANCE, "the equation as printed, by bisection in 60 digits")


def _root(asked: Asked, bound: Mapping[str, Any], near: float) -> Any:
    """Return κ within one per cent of a guess; the equation has other roots elsewhere."""
    right, slots = asked.model.fixed_point.rhs, asked.model.slots
    modes = [mpmath.mpf(float(value)) for value in asked.task.explicit()[0]]
    traces = {trace: sympy.Dummy() for trace in sorted(right.atoms(Psi), key=str)}
    known = {DIMS.symbol: mpmath.mpf(len(modes))}
    known |= {slot.letter.symbol: mpmath.mpf(float(bound[slot.keyword])) for slot in slots}
    laws = {f"chi_{slot.letter.symbol}": _law_ridge(slot.layer.roots(int(bound[slot.keyword])) ** 2)
            for slot in slots if slot.stiffness}  # fmt: skip
    lowered = sympy.lambdify([KAPPA.symbol, *known, *traces.values()], right.xreplace(traces), [laws, "mpmath"])

    def excess(kappa: Any) -> Any:
        degrees = mpmath.fsum(x / (x + kappa) for x in modes)
        return lowered(kappa, *known.values(), *[degrees for _ in traces]) - mpmath.mpf(float(bound["ridge"]))

    return _bisected(excess, mpmath.mpf(near) * 0.99, mpmath.mpf(near) * 1.01)


def _law_ridge(eigenvalues: Any) -> Callable[[Any], Any]:
    """Return χ(d) of a list of eigenvalues, Σ γ/(γ+χ) = d."""
    listed = [mpmath.mpf(float(value)) for value in np.ravel(eigenvalues)]

    def chi(dof: Any) -> Any:
        whole = mpmath.fsum(listed)
        if dof >= len(listed):  # beyond the root
            return mpmath.mpf(0)
        return _bisected(lambda chi: dof - mpmath.fsum(x / (x + chi) for x in listed), mpmath.mpf(0), whole * len(listed) / dof)

    return chi


def _bisected(rising: Callable[[Any], Any], low: Any, high: Any) -> Any:
    """Return where a function crosses zero from below; NaN where it does not."""
    if not rising(low) < 0 < rising(high):
        return mpmath.nan
    for _ in range(120):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return low
