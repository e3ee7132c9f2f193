"""A piece of a schedule: what the step is multiplied by, as a function g of the share z of the piece that is done.

g is declared once, as an expression or a function. Its means over cells are taken near the start from z, near the end from
u = 1 − z, so that a step of 10^-30 of the pass is as exact as any other.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sympy import Expr

from theory.errors import BadArgument, real_array
from theory.notation import DONE, LEFT

Array = NDArray[np.float64]
Z, U = DONE.symbol, LEFT.symbol
HALF = 0.5
GRADED = 4  # nodes of a cell at an end of the piece crowd there as s^4: powers of z, or of 1 − z, are integrated as well
TRIED = 1.0 / (1.0 + np.exp(-np.linspace(-30.0, 30.0, 241)))  # where g is looked at when it is declared
WORDS, REMEDY = "finite and ≥ 0 for 0 ≤ z ≤ 1, and not zero everywhere", "give a factor of the step, such as 1 - z"

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_S, _W = (_NODES + 1.0) / 2.0, _WEIGHTS / 2.0
_GRADED_S, _GRADED_W = _S**GRADED, _W * GRADED * _S ** (GRADED - 1)

Function = Callable[[Any], Any]


@dataclass(frozen=True)
class Piece:
    """A part of a pass.

    Attributes
    ----------
    share : Fraction
        Its length over that of the whole.
    factor : sympy.Expr or callable
        g(z), z from 0 to 1 over the piece.
    """

    share: Fraction
    factor: Expr | Function

    @property
    def constant(self) -> bool:
        """Whether g does not depend on z."""
        return isinstance(self.factor, Expr) and not self.factor.free_symbols

    def at(self, done: Array, left: Array) -> Array:
        """Return g from z and 1 − z, of one shape, by the smaller of the two.

        Raises
        ------
        ValueError
            Where g is negative or not finite.
        """
        near = done <= HALF
        found = np.empty_like(done)
        if isinstance(self.factor, Expr):
            with np.errstate(all="ignore"):
                values = _compiled(self.factor, False)(done[near]), _compiled(self.factor, True)(left[~near])
            if any(np.iscomplexobj(value) for value in values):
                raise BadArgument("schedule", self.factor, WORDS, REMEDY)
            found[near], found[~near] = values
        else:
            found[near], found[~near] = _called(self.factor, done[near]), _called(self.factor, 1.0 - left[~near])
        bad = ~(np.isfinite(found) & (found >= 0))
        if bad.any():
            raise BadArgument("schedule", float(found[bad][0]), f"{WORDS} (here z = {done[bad][0]:.6g})", REMEDY)
        return found

    def means(self, done: Array, left: Array) -> Array:
        """Return the means of g over the cells between neighbouring edges, of shape (n_edges − 1,).

        Parameters
        ----------
        done, left : ndarray of shape (n_edges,)
            The edges' z, ascending, and 1 − z.
        """
        if self.constant:
            return np.full(len(done) - 1, float(self.factor))  # type: ignore[arg-type]
        first, second = np.minimum(done, HALF), np.minimum(left, HALF)
        halves = [self._half(first[:-1], first[1:], False), self._half(second[1:], second[:-1], True)]
        lengths = [np.diff(first), -np.diff(second)]
        total = lengths[0] + lengths[1]
        found: Array = sum(mean * np.divide(part, total, out=np.ones_like(part), where=part != total)
                           for mean, part in zip(halves, lengths, strict=True))
        return found

    def _half(self, low: Array, high: Array, mirrored: bool) -> Array:
        """Return means over cells of one half, by the distance to its end; 0 for empty cells."""
        found, filled = np.zeros_like(low), high > low
        for at_end, nodes, weights in ((True, _GRADED_S, _GRADED_W), (False, _S, _W)):
            cells = filled & ((low == 0) == at_end)
            if cells.any():
                near = low[cells, None] + (high - low)[cells, None] * nodes
                found[cells] = self.at(1.0 - near, near) @ weights if mirrored else self.at(near, 1.0 - near) @ weights
        return found

    @functools.cached_property
    def largest(self) -> float:
        """The largest g, found by trying."""
        if self.constant:
            return float(self.factor)  # type: ignore[arg-type]
        values = self.at(np.concatenate([[0.0], TRIED, [1.0]]), np.concatenate([[1.0], TRIED[::-1], [0.0]]))
        place = int(values.argmax())
        if 0 < place < len(values) - 1:
            low, high = (([0.0, *TRIED, 1.0])[place + shift] for shift in (-1, 1))
            refined = minimize_scalar(lambda z: -self.at(np.array([z]), np.array([1.0 - z]))[0], bounds=(low, high),
                                      method="bounded", options={"xatol": 1e-12})  # fmt: skip
            return max(float(values[place]), -float(refined.fun))
        return float(values[place])


def squeezed(pieces: Sequence[Piece], share: Fraction) -> tuple[Piece, ...]:
    """Return pieces that fill a share of the pass."""
    return tuple(Piece(piece.share * share, piece.factor) for piece in pieces)


def from_end(factor: Expr) -> Expr:
    """Return g as an expression in u = 1 − z."""
    turned = factor.subs(Z, 1 - U)
    # cos(π/2 − πu) becomes a sine
    expanded = {part: part.func(*map(sympy.expand, part.args)) for part in turned.atoms(sympy.Function)}
    found: Expr = turned.xreplace(expanded)
    return found


@functools.lru_cache(maxsize=256)
def _compiled(factor: Expr, mirrored: bool) -> Function:
    """Return g as a NumPy function of z, or of 1 − z."""
    function: Function = sympy.lambdify([U], from_end(factor), "numpy") if mirrored else sympy.lambdify([Z], factor, "numpy")
    return function


def _called(function: Function, z: Array) -> Array:
    """Return a user's function at many places, at once if it can do that."""
    if not len(z):
        return z
    try:
        with np.errstate(all="ignore"):
            values = np.asarray(function(z))
    except Exception:  # one that takes numbers only
        values = np.empty(0)
    if values.shape != z.shape or values.dtype.kind not in "fiu":
        values = np.array([function(float(x)) for x in z])
    return real_array("schedule", values, WORDS, REMEDY)
