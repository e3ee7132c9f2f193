"""Numbers of a self-consistent system: Newton on its few traces while the variance is switched on.

With every variance multiplied by s the solution at s → 0 is G = L0⁻¹; it is continued to s = 1 in ln s, where the traces
behave like powers, so that a tiny ridge costs a few steps more (for one letter, s beside the variance is 1/s beside the ridge).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from theory.chunks import chunks
from theory.errors import BadArgument
from theory.pencil.algebra import Algebra, Array

_STEPS = 400
_SETTLED = 1e-6  # relative steps of Newton that say that it has found a solution
_SURE = 0.3  # the largest relative correction that still counts as the same branch


@dataclass(frozen=True)
class Modes:
    """The part of G in one index space: matrices (n, b, b), one for each distinct mode.

    Attributes
    ----------
    weights : array
        (n,), the multiplicity of each mode.
    fixed : array
        (n, b, b), L0.
    rows, columns, unknowns : array of int
        Where S[G] has its terms, and which trace stands there.
    variances : array
        Of these terms.
    pairs : array of int
        (2, u), the blocks (j, k) of the traces taken in this space.
    own : array of int
        (u,), the numbers of these traces.
    """

    weights: Array
    fixed: Array
    rows: Array
    columns: Array
    unknowns: Array
    variances: Array
    pairs: Array
    own: Array


@dataclass(frozen=True)
class Balance:
    """A self-consistent system in numbers, F(τ) = tr G(τ) − τ.

    Attributes
    ----------
    algebra : Algebra
        Of the numbers.
    spaces : sequence of Modes
        The index spaces.
    n_unknowns : int
        Number of traces.
    """

    algebra: Algebra
    spaces: Sequence[Modes]
    n_unknowns: int

    def resolvents(self, traces: Array, scale: Any) -> list[Array]:
        """Return G by index space, with every variance multiplied by `scale`."""
        return [self.algebra.inverse(matrices) for matrices in self.matrices(traces, scale)]

    def matrices(self, traces: Array, scale: Any) -> list[Array]:
        """Return L0 − S by index space."""
        found = []
        for space in self.spaces:
            matrices = space.fixed.copy()
            if matrices.dtype.kind != "O":
                matrices = matrices.astype(np.result_type(matrices, traces))
            for row, column, unknown, variance in zip(
                space.rows, space.columns, space.unknowns, space.variances, strict=True
            ):
                matrices[:, row, column] -= scale * variance * traces[unknown]
            found.append(matrices)
        return found

    def linearised(self, traces: Array, scale: Any) -> tuple[Array, Array]:
        """Return tr G and its derivative K by the traces, dG = G dS G."""
        values = traces * 0
        slopes = np.zeros((self.n_unknowns, self.n_unknowns), dtype=traces.dtype) + values.sum()
        for space, resolvent in zip(self.spaces, self.resolvents(traces, scale), strict=True):
            (left, right), weights = space.pairs, space.weights
            values[space.own] = (weights[:, None] * resolvent[:, left, right]).sum(axis=0)
            # tr (G dS G)_jk = Σ_modes Σ_terms G_{j,row} dS G_{column,k}
            before = weights[:, None, None] * resolvent[:, left][:, :, space.rows]
            after = resolvent[:, space.columns][:, :, right]
            products = _contracted(before, after) * (scale * space.variances)
            for term, unknown in enumerate(space.unknowns):
                slopes[space.own, unknown] += products[:, term]
        return values, slopes

    def newton(self, traces: Array, scale: Any) -> tuple[Array, Array]:
        """Return the Newton step from τ, and dτ/dln(scale) there."""
        values, slopes = self.linearised(traces, scale)
        # Relative unknowns: traces of one system can differ by the inverse square of a ridge.
        size = np.where(traces == 0, 1, abs(traces))
        matrix = (np.eye(self.n_unknowns, dtype=int) - slopes) * (size[None, :] / size[:, None])
        right = np.stack([(values - traces) / size, slopes @ traces / size], axis=1)
        solution = self.algebra.solve(matrix, right) * size[:, None]
        return solution[:, 0], solution[:, 1]

    def rounding(self, traces: Array, scale: Any) -> Array:
        """Return a bound on what rounding does to tr G: |δG| ≤ ε |G| |L0 − S| |G|, mode by mode."""
        bound = np.zeros(self.n_unknowns)
        for space, matrices in zip(self.spaces, self.matrices(traces, scale), strict=True):
            resolvent = abs(self.algebra.inverse(matrices))
            (left, right), weights = space.pairs, space.weights
            bound[space.own] = weights @ (resolvent @ abs(matrices) @ resolvent)[:, left, right]
        return bound * np.finfo(float).eps


def _contracted(before: Array, after: Array) -> Array:
    """Return Σ_n before[n, u, t] after[n, t, u], in slices that keep temporary arrays small."""
    total = 0
    for part in chunks(len(before), 1_000_000 // max(1, before[0].size)):
        total = total + (before[part] * after[part].swapaxes(1, 2)).sum(axis=0)
    return np.asarray(total)


def continued(balance: Balance) -> Array:
    """Return the traces at full variance, in double precision, on the branch that starts at zero variance.

    Raises
    ------
    ValueError
        If the deterministic part is singular.
    ArithmeticError
        If the branch ends on the way: the expression has a singularity at a smaller variance (a negative ridge, say).
    """
    zero = np.zeros(balance.n_unknowns, dtype=np.result_type(float, *(space.fixed for space in balance.spaces)))
    try:
        start, _ = balance.linearised(zero, 0.0)
    except ZeroDivisionError:
        raise _singular() from None
    if not np.isfinite(start).all():
        raise _singular()
    if not len(start):
        return start
    position, traces, slope = _first(balance, start)
    stride = -position
    for _ in range(_STEPS):
        if position == 0:
            return settled(balance, traces)
        stride = min(stride, -position)
        found = _corrected(balance, _predicted(traces, slope, stride), position + stride)
        if found is None:
            stride /= 3
            if stride < 1e-12:
                break
            continue
        traces, slope = found
        position += stride
        stride *= 2
    raise ArithmeticError(
        f"the branch could not be followed beyond {np.exp(position):.6g} of the variance: the expression is singular there, "
        "or so nearly (a ridge below 1e-14, say) that double precision cannot tell; a larger ridge is needed"
    )


def converged(balance: Balance, traces: Array) -> Array:
    """Return the traces at full variance in double precision, by Newton from near ones.

    Raises
    ------
    ArithmeticError
        Where Newton does not settle at a solution.
    """
    with np.errstate(all="ignore"):
        traces = settled(balance, traces)
        step, _ = balance.newton(traces, 1)
        beyond = np.maximum(abs(step) - 10 * balance.rounding(traces, 1), 0)
    if not _relative(beyond, traces) < _SETTLED:
        raise ArithmeticError("Newton's method does not settle at a solution")
    return traces


def _singular() -> ValueError:
    return BadArgument(
        "values", "a singular matrix", "such that every inverse exists when all Gaussian letters are zero",
        "give a positive ridge, or look for cancelling terms in the deterministic part of an inverse",
    )


def _first(balance: Balance, start: Array) -> tuple[float, Array, Array]:
    """Return ln s, τ and dτ/dln s at the largest s in 1, 1/10, … that zero variance leads to at once."""
    settled = start != 0  # the others begin with a power of s, which a few Newton steps find
    for position in -np.log(10.0) * np.arange(300):
        guess = start
        for _ in range(3):
            step = _newton(balance, guess, np.exp(position))
            if step is None or not _relative(step[0][settled], start[settled]) <= _SURE:
                break
            guess = guess + step[0]
        else:
            found = _corrected(balance, guess, position)
            if found is not None:
                return float(position), *found
    raise ArithmeticError("the branch could not be started: values are out of the range of double precision")


def _predicted(traces: Array, slope: Array, stride: float) -> Array:
    """Return τ a stride further in ln s: along a power law where that is meaningful, else along a straight line."""
    with np.errstate(all="ignore"):
        power = slope / traces
        along = traces * np.exp(power * stride)
    return np.where(np.isfinite(along) & (abs(power) < 4), along, traces + stride * slope)


def _corrected(balance: Balance, guess: Array, position: float) -> tuple[Array, Array] | None:
    """Return τ and dτ/dln s at s = e^position by Newton, or None if the guess was not close enough to be sure of the branch."""
    traces, allowed, scale = guess, _SURE, np.exp(position)
    for _ in range(8):
        found = _newton(balance, traces, scale)
        if found is None:
            return None
        step, slope = found
        change = _relative(step, traces)
        if not change <= allowed:
            # A trace may vanish by symmetry: then its steps are rounding, and no larger than that.
            with np.errstate(all="ignore"):
                beyond = np.maximum(abs(step) - 10 * balance.rounding(traces, scale), 0)
            change = _relative(beyond, traces)
            if not change <= allowed:
                # At a tiny ridge rounding stops Newton early: near enough for the next step, and mpmath settles the last one.
                return (traces, slope) if change < 0.01 and allowed < _SURE else None
        traces = traces + step
        if change < 1e-6:
            return traces, slope
        allowed = change / 2
    return None


def _newton(balance: Balance, traces: Array, scale: float) -> tuple[Array, Array] | None:
    """Return Newton's step and dτ/dln s, or None where G or the step does not exist."""
    with np.errstate(all="ignore"):
        try:
            return balance.newton(traces, scale)
        except ZeroDivisionError:
            return None


def _relative(step: Array, traces: Array) -> float:
    return float((abs(step) / (abs(traces) + np.finfo(float).tiny)).max(initial=0.0))


def settled(balance: Balance, traces: Array) -> Array:
    """Return the traces at full variance after Newton steps that end when rounding does, in either algebra."""
    best: Any = np.inf
    for _ in range(_STEPS):
        step, _ = balance.newton(traces, 1)
        change = max((abs(own) / abs(value) for own, value in zip(step, traces, strict=True) if value), default=0)
        if not change < best / 2:
            return traces
        traces, best = traces + step, change
        if change < balance.algebra.rounding**0.5 / 1000:
            return traces  # Newton squares: what is left is rounding
    raise ArithmeticError("Newton's method does not settle at full variance")
