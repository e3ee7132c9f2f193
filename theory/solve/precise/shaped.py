"""Laws of columns and rows through mpmath, at the ambient precision; see `theory.solve.kappa.shaped`."""

from __future__ import annotations

import math
from typing import Any

from mpmath import mp

from theory.chain.algebras.own import Shaped
from theory.chain.algebras.polarise import Triple
from theory.chain.arguments import LawValues
from theory.chain.layers import Layer
from theory.chain.layers.shapes import MATCHED, WHITE
from theory.chain.s_transforms.laws.law import EigenvalueLaw
from theory.chain.s_transforms.laws.measures import PreciseMeasure, invert_precisely


def measure_at(law: EigenvalueLaw, size: Any) -> PreciseMeasure | None:
    """Return the law of a size; None where it is infinite and so is the sum of the eigenvalues."""
    return None if size == math.inf and not law.summable else law.precise(float(size), 0)


def rank_at(law: EigenvalueLaw, size: Any) -> Any:
    """Return the largest d that a layer of a size can have, a whole number or inf."""
    return math.inf if size == math.inf else int(law.positive(float(size)).rank)


def own(law: EigenvalueLaw, size: Any) -> Shaped:
    """Return a size as layers read it over triples on the diagonal."""
    measure = measure_at(law, size)

    def factor(dof: Triple) -> Triple:
        if measure is None:
            return Triple(mp.one, mp.one, mp.zero)
        chi = invert_precisely(measure, mp.zero, dof.value)
        if chi:
            slope = chi * (1 - dof.value / measure.shares(chi)[2])  # of dχ by d
        else:  # d is the rank, up to rounding
            near = mp.ldexp(measure.total, -2 * mp.prec)
            slope = -dof.value * near / measure.shares(near)[2]
        f = dof.value * chi / measure.total
        return Triple(f, f, slope * dof.delta / measure.total)

    return Shaped(Triple(size, size, mp.zero), factor)


def values(layer: Layer, size: Any, dof: Any, tight: bool) -> LawValues:
    """Return what formulas take of a law at a d: (b̄, b), and f, ω, τ; `tight` where d is the rank."""
    assert layer.law is not None
    measure = measure_at(layer.law, size)
    if measure is None:
        return (mp.zero, mp.one), (mp.one, mp.one, mp.one)
    chi = mp.zero if tight else invert_precisely(measure, mp.zero, dof)
    learnt, mixed, unlearnt = measure.squares(chi)
    dof = learnt + mixed
    f, part, rest = dof * chi / measure.total, learnt / dof, mixed / dof
    if not layer.trains or layer.noise == MATCHED:
        return (part, rest), (f, mp.one, f * rest)
    if size == math.inf:
        raise ValueError("label noise of another covariance than the rows' needs finitely many rows")
    n = int(size)
    if layer.noise == WHITE and chi:
        return (part, rest), (f, rest / part / (chi * n / measure.total), (unlearnt + (n - measure.rank)) / n)
    noise = [mp.one] * n if layer.noise == WHITE else [mp.mpf(value) for value in layer.noise]
    rows = listed(layer.law, n)
    scaled = chi * n / measure.total
    seen = [(k, nu) for k, nu in zip(rows, noise, strict=True) if k]
    weight = mp.fsum(nu * k / (k + scaled) ** 2 for k, nu in seen) / learnt
    left = mp.fsum(nu * (scaled / (k + scaled)) ** 2 for k, nu in seen)
    return (part, rest), (f, weight, (left + mp.fsum(nu for k, nu in zip(rows, noise, strict=True) if not k)) / n)


def listed(law: EigenvalueLaw, size: int) -> list[Any]:
    """Return the eigenvalues at a size, scaled to mean 1, the largest first."""
    spectrum = law.positive(size)
    if hasattr(spectrum, "exponents"):
        alpha = mp.mpf(spectrum.exponents[0].numerator) / spectrum.exponents[0].denominator
        found = [mp.mpf(k) ** -alpha for k in range(1, int(spectrum.rank) + 1)]
    else:
        found = [mp.mpf(value) for value in sorted(spectrum.explicit()[0].tolist(), reverse=True)]
    scale = size / mp.fsum(found)
    return [value * scale for value in found] + [mp.zero] * (size - len(found))
