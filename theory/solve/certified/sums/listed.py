"""Sums over listed modes in ball arithmetic, where each mode counts with what is small of it; many modes as a few nodes.

In t = ln λ, x^i y^j is analytic where |Im t| < π. Within a bin of half-width h it is interpolated at n Chebyshev nodes, with
an error of at most 4 ρ^-(n−1)/(ρ−1) of its maximum over the ellipse whose half-axes are h(ρ ± 1/ρ)/2 (Bernstein). For
β = h(ρ − 1/ρ)/2 there |λ + κ| ≥ (|λ| + κ) cos(β/2), so that this maximum is at most (e^W/cos(β/2))^(i+j),
W = h + h(ρ + 1/ρ)/2, times the minimum over the bin: the bound is relative, mode by mode, and so is that of sums.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, ctx

from theory.solve.certified.ball import Uncertified, to_arb
from theory.spectra.sums.orders import Order

HALF = 2      # h
SPREAD = 5    # β = h (ρ − 1/ρ)/2 = SPREAD/2
FEW = 600     # distinct modes that are summed one by one
HIGHEST = 2   # i + j
Mode = tuple[Any, Any, Any]  # λ, how many, Σ c λ


@dataclass(frozen=True)
class Bin:
    """Neighbouring modes, or nodes that stand for them.

    Attributes
    ----------
    modes : list
        Of λ, weight in counts, weight in signals.
    count : int
        How many modes there are, exactly.
    centre : arb
        Where they lie, roughly.
    interpolated : bool
        Whether these are nodes.
    """

    modes: list[Mode]
    count: int
    centre: Any
    interpolated: bool


class Listed:
    """Distinct eigenvalues λ > 0, the largest first, with how many modes have each, and the signal of all these together.

    Parameters
    ----------
    eigenvalues : sequence of arb
        Descending; exact where they are many, as balls widen in what stands for them.
    counts : sequence of int
        How many modes have each.
    signals : sequence of arb
        Σ c λ over them.
    """

    def __init__(self, eigenvalues: Sequence[Any], counts: Sequence[int], signals: Sequence[Any]) -> None:
        self._modes = list(zip(eigenvalues, map(arb, counts), signals, strict=True))
        self._errors = [arb(0)] * (HIGHEST + 1)
        if len(self._modes) > FEW:
            nodes, self._errors = _nodes_needed()
            self._bins = _bins(self._modes, list(counts), nodes)
        else:
            self._bins = [Bin([mode], count, mode[0], False) for mode, count in zip(self._modes, counts, strict=True)]

    def excess(self, kappa: arb, n: Fraction) -> tuple[arb, arb]:
        """Return d(κ) − n and −dd/dlnκ: (#{λ > κ} − n) + Σ x over the others − Σ y over these.

        Parameters
        ----------
        kappa : arb
            Positive.
        n : Fraction
            What d is compared with.
        """
        middle, above = kappa.mid(), 0
        fall, surplus, rough = arb(0), arb(0), arb(0)
        for part in self._bins:
            large = bool(part.centre > middle)
            own = arb(0)
            for eigenvalue, count, _ in part.modes:
                whole = eigenvalue + kappa
                learnt, missed = eigenvalue / whole, kappa / whole
                own += count * (missed if large else learnt)
                fall += count * learnt * missed
            above += part.count if large else 0
            surplus += -own if large else own
            rough += own if part.interpolated else 0
        return to_arb(above - n) + surplus + self._errors[1] * rough, fall

    def moments(self, kappa: arb, orders: tuple[Order, ...]) -> list[arb]:
        """Return Σ weight x^i y^j for each order (i, j, q).

        Parameters
        ----------
        kappa : arb
            Positive.
        orders : tuple of (i, j, q)
            As in `Spectrum.moments`.
        """
        exact, rough = [arb(0)] * len(orders), [arb(0)] * len(orders)
        for part in self._bins:
            sums = rough if part.interpolated else exact
            for eigenvalue, count, signal in part.modes:
                whole = eigenvalue + kappa
                learnt, missed = eigenvalue / whole, kappa / whole
                for place, (i, j, q) in enumerate(orders):
                    sums[place] += (signal if q else count) * learnt**i * missed**j
        if any(i + j > HIGHEST for i, j, _ in orders):
            raise Uncertified("sums of higher powers")
        return [value + nearly * (1 + self._errors[i + j])
                for value, nearly, (i, j, _) in zip(exact, rough, orders, strict=True)]  # fmt: skip

    def inverse(self, j: int, q: int) -> arb:
        """Return Σ weight λ^-j, the coefficient of κ^j in moments at κ → 0.

        Parameters
        ----------
        j, q : int
            The power, and the weight.
        """
        return sum(((signal if q else count) / eigenvalue**j for eigenvalue, count, signal in self._modes), arb(0))


def _nodes_needed() -> tuple[int, list[arb]]:
    """Return n for the ambient precision, and balls ±2δ around zero, δ the relative error, for i + j = 0, 1, 2."""
    half = arb(HALF)
    beta = arb(SPREAD) / 2
    root = beta / half / 2
    rho = root + (1 + root**2).sqrt()
    growth = (half + half * (rho + 1 / rho) / 2).exp() / (beta / 2).cos()
    wanted = ctx.prec * math.log(2) + HIGHEST * float(growth.log().mid())
    nodes = math.ceil(wanted / float(rho.log().mid())) + 2
    errors = [4 * growth**m / rho ** (nodes - 1) / (rho - 1) for m in range(HIGHEST + 1)]
    return nodes, [arb(0, (2 * error).upper()) for error in errors]


def _bins(modes: list[Mode], counts: list[int], nodes: int) -> list[Bin]:
    """Return modes in bins of ln λ; those of many as nodes."""
    made: list[Bin] = []
    first = 0
    while first < len(modes):
        width = 2 * HALF * (1 - arb(2) ** -20)
        stop = first + 1
        while stop < len(modes) and (modes[first][0] / modes[stop][0]).log() < width:
            stop += 1
        part, number = modes[first:stop], counts[first:stop]
        if len(part) > nodes:
            centre = ((modes[first][0].log() + modes[stop - 1][0].log()) / 2).mid()
            made.append(Bin(_interpolated(part, centre, nodes), sum(number), centre.exp(), True))
        else:
            made += [Bin([mode], count, mode[0], False) for mode, count in zip(part, number, strict=True)]
        first = stop
    return made


def _interpolated(modes: list[Mode], centre: arb, nodes: int) -> list[Mode]:
    """Return nodes with the weights that make sums over modes of polynomials in ln λ of degree < n exact.

    T_p by its recursion, whose balls widen like (1 + √2)^p: in as many bits more.
    """
    bits = ctx.prec
    with ctx.workprec(bits + math.ceil(1.3 * nodes)):
        sums = [[arb(0)] * nodes, [arb(0)] * nodes]
        for eigenvalue, count, signal in modes:
            t = (eigenvalue.log() - centre) / HALF
            twice, before, now = 2 * t, arb(1), t
            for p in range(nodes):
                sums[0][p] += count * before
                sums[1][p] += signal * before
                before, now = now, twice * now - before
        made = []
        for place in range(nodes):
            angle = arb(2 * place + 1) / (2 * nodes)
            polynomials = [(angle * p).cos_pi() for p in range(nodes)]
            weights = [2 * sum((a * b for a, b in zip(own, polynomials, strict=True)), -own[0] / 2) / nodes for own in sums]
            made.append(((centre + HALF * angle.cos_pi()).exp(), *weights))
    return [(node + 0, count + 0, signal + 0) for node, count, signal in made]
