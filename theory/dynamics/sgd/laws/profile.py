r"""What a schedule's leading terms need to know of it: its integral, its ends, and ∫ g² G^-e.

All is read off the pieces: g ≈ κ u^p towards the end (u = 1 − z), g ≈ κ z^p from the start, and G(u) = ∫ g over the last u.
The integrand of ∫ g² G^-e du behaves as u^ν, ν = 2p − e(p+1); where ν ≤ −1 the finite part is taken, which is what the
continuation from smaller e gives.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy
from numpy.polynomial import chebyshev
from numpy.polynomial.legendre import leggauss
from sympy import Expr

from theory.dynamics.sgd.schedules.pieces import Array, Piece, U, Z, from_end
from theory.errors import BadArgument

TAYLOR = 6  # coefficients of what is left beside the leading power next to the end
NEXT = 2.0**-8  # of the last piece: where they are taken
LEAST = 2.0**-40  # the smallest panel at other edges
NODES = 16

_X, _W = (leggauss(NODES)[0] + 1.0) / 2.0, leggauss(NODES)[1] / 2.0


@dataclass(frozen=True)
class End:
    """A power law κ x^p in the distance x to an end of the pass.

    Attributes
    ----------
    scale, power : sympy.Expr
        κ and p; p = ∞ where the step falls by powers of T.
    """

    scale: Expr
    power: Expr


@dataclass(frozen=True)
class Profile:
    """The numbers of a schedule.

    Attributes
    ----------
    pieces : tuple of Piece
        From the first to the last. Where they end before the pass does, the step falls by powers of T over the rest.
    """

    pieces: tuple[Piece, ...]

    @property
    def fades(self) -> bool:
        """Whether the step falls by powers of T at the end: its sum over that part is a logarithm less than a share of T."""
        return sum(piece.share for piece in self.pieces) < 1

    @functools.cached_property
    def end(self) -> End:
        """How the step ends."""
        if self.fades:
            return End(sympy.Integer(1), sympy.oo)
        return _end(self.pieces[-1], True)

    @functools.cached_property
    def start(self) -> End:
        """How the step starts."""
        return _end(self.pieces[0], False)

    @functools.cached_property
    def fall(self) -> Expr:
        """−d ln g/dz at the end of the pass, of a step that does not end at zero."""
        last = self.pieces[-1]
        return -sympy.diff(sympy.log(_expression(last)), Z).subs(Z, 1) / sympy.Rational(last.share)

    @functools.cached_property
    def total(self) -> Expr:
        """∫ g dz."""
        return self._integral(1)

    @functools.cached_property
    def square(self) -> Expr:
        """∫ g² dz."""
        return self._integral(2)

    def _integral(self, power: int) -> Expr:
        """Return ∫ g^n dz."""
        parts = (sympy.Rational(piece.share) * sympy.integrate(_expression(piece) ** power, (Z, 0, 1)) for piece in self.pieces)
        return sympy.simplify(sum(parts, sympy.Integer(0)))

    def moment(self, exponent: float, weight: Callable[[Array], Array] | None = None) -> float:
        """Return the finite part of ∫ g² G^-e w(g) du.

        Parameters
        ----------
        exponent : float
            1 < e < 2, with 2p − e(p+1) ≠ −1.
        weight : callable, optional
            w of an array; 1 if left out. It must neither vanish nor diverge at the end.
        """
        weigh = weight or np.ones_like
        u, g, G, weights = self._mesh
        integrand = g**2 * G**-exponent * weigh(g)
        p, kappa = float(self.end.power), float(self.end.scale)
        nu = 2.0 * p - exponent * (p + 1.0)
        edge, near = float(self.pieces[-1].share) * NEXT, slice(0, NODES)
        fitted = chebyshev.chebfit(u[near] / edge, integrand[near] * u[near] ** -nu, TAYLOR)
        coefficients, powers = chebyshev.cheb2poly(fitted), nu + 1.0 + np.arange(TAYLOR + 1)
        last = float(weigh(np.array([0.0 if p else kappa]))[0])
        coefficients[0] = kappa ** (2.0 - exponent) * (p + 1.0) ** exponent * last
        return edge ** (nu + 1.0) * float((coefficients / powers).sum()) + float(integrand @ weights)

    @functools.cached_property
    def _mesh(self) -> tuple[Array, Array, Array, Array]:
        """Nodes u from next to the end of the pass to its start, g and G there, and their weights."""
        found: list[list[Array]] = [[], [], [], []]
        done = before = 0.0
        for place, piece in enumerate(reversed(self.pieces)):
            share = float(piece.share)
            panels = _panels(LEAST if place else NEXT)
            nodes = (panels[:-1, None] + np.diff(panels)[:, None] * _X).ravel()
            edges = np.concatenate([[0.0], nodes, [1.0]])
            sums = share * np.cumsum(piece.means(1.0 - edges[::-1], edges[::-1])[::-1] * np.diff(edges))
            columns = (done + share * nodes, piece.at(1.0 - nodes, nodes), before + sums[:-1],
                       share * (np.diff(panels)[:, None] * _W).ravel())  # fmt: skip
            for column, values in zip(found, columns, strict=True):
                column.append(values)
            done, before = done + share, before + sums[-1]
        u, g, G, weights = (np.concatenate(column) for column in found)
        return u, g, G, weights


def _panels(least: float) -> Array:
    """Return edges that crowd at both ends of a piece, from `least` to 1; from 0 where it does not end the pass."""
    halves = 2.0 ** np.arange(np.log2(least), 0.0)
    first = [] if least == NEXT else [0.0]
    return np.concatenate([first, halves, 1.0 - halves[-2::-1], [1.0]])


def _expression(piece: Piece) -> Expr:
    """Return g of a piece as an expression."""
    if not isinstance(piece.factor, Expr):
        raise BadArgument("schedule", piece.factor, "an expression for a law, not a function", "give it in one symbol: 1 - z")
    return piece.factor


def _end(piece: Piece, last: bool) -> End:
    """Return the leading power at the end, or the start, of a piece."""
    near = (from_end(_expression(piece)) if last else _expression(piece)).xreplace({U: Z})
    scale, power = sympy.powsimp(near.as_leading_term(Z)).as_coeff_exponent(Z)
    if scale.has(Z) or not (power.is_number and power >= 0 and scale.is_positive):
        raise BadArgument("schedule", piece.factor, "a power of the distance to its ends, next to them", "give such a schedule")
    return End(scale * sympy.Rational(piece.share) ** -power, power)
