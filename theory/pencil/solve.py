"""Numbers of a self-consistent system: Newton on its few traces while the variance is switched on, at many points at once.

With every variance multiplied by s the solution at s → 0 is G = L0⁻¹; it is continued to s = 1 in ln s, where the traces
behave like powers, so that a tiny ridge costs a few steps more (for one letter, s beside the variance is 1/s beside the ridge).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import mpmath
import numpy as np

from theory.chunks import chunks
from theory.errors import BadArgument
from theory.pencil.algebra import Algebra, Array
from theory.pencil.elimination import Place
from theory.pencil.plan import Space

_STEPS = 400
_SETTLED = 1e-6  # relative steps of Newton that say that it has found a solution
_SURE = 0.7  # the largest relative correction that still counts as the same branch
_CLOSE = 1e-3  # the largest that is left on the way


@dataclass(frozen=True)
class Modes:
    """The part of G in one index space.

    Attributes
    ----------
    space : Space
        Its pattern.
    weights : array
        (1, n) or (points, n), the multiplicity of each mode.
    fixed : mapping of (row, column) to array
        L0, arrays (1 or points, 1 or n).
    variances : array
        (terms, 1 or points), of the terms of S[G].
    """

    space: Space
    weights: Array
    fixed: Mapping[Place, Array]
    variances: Array

    def at(self, points: Array) -> Modes:
        """Return the same at some of the points."""
        fixed = {place: _at(value, points) for place, value in self.fixed.items()}
        variances = self.variances if self.variances.shape[1] == 1 else self.variances[:, points]
        return replace(self, weights=_at(self.weights, points), fixed=fixed, variances=variances)

    def summed(self, values: Array) -> Array:
        """Return Σ over modes of values (..., points, n)."""
        if len(self.weights) == 1:
            return values @ self.weights[0]
        return (values * self.weights).sum(axis=-1)


def _at(values: Array, points: Array) -> Array:
    return values if len(values) == 1 else values[points]


@dataclass(frozen=True)
class Balance:
    """A self-consistent system in numbers, F(τ) = tr G(τ) − τ, at one or more points.

    Attributes
    ----------
    algebra : Algebra
        Of the numbers.
    spaces : sequence of Modes
        The index spaces.
    n_unknowns, n_points : int
        Number of traces, and of points.
    shaken : bool
        Whether inverses are rounded otherwise, which tells how much rounding there is.
    """

    algebra: Algebra
    spaces: Sequence[Modes]
    n_unknowns: int
    n_points: int
    shaken: bool = False

    def at(self, points: Array) -> Balance:
        """Return the same at some of the points, given as numbers."""
        if len(points) == self.n_points:
            return self
        return replace(self, spaces=[space.at(points) for space in self.spaces], n_points=len(points))

    def resolvents(self, traces: Array, scale: Any = 1) -> list[Array]:
        """Return G by index space, with every variance multiplied by `scale` (by point): its entries (places, points, n)."""
        found = []
        for modes in self.spaces:
            entries = self.entries(modes, traces, scale)
            shape = self.n_points, modes.weights.shape[1]
            found.append(modes.space.elimination.inverse(entries, self.algebra, shape, self.shaken))
        return found

    @staticmethod
    def entries(modes: Modes, traces: Array, scale: Any = 1) -> dict[Place, Array]:
        """Return the entries of L0 − S of an index space."""
        entries = dict(modes.fixed)
        for term, variance in zip(modes.space.terms, modes.variances, strict=True):
            own = (scale * variance * traces[:, term.unknown])[:, None]
            place = term.row, term.column
            entries[place] = entries[place] - own if place in entries else -own
        return entries

    def linearised(self, traces: Array, scale: Any = 1) -> tuple[Array, Array]:
        """Return tr G (points, unknowns) and its derivative K (points, unknowns, unknowns) by the traces, dG = G dS G."""
        return self.derived(self.resolvents(traces, scale), traces, scale)

    def derived(self, resolvents: Sequence[Array], traces: Array, scale: Any = 1) -> tuple[Array, Array]:
        """Return the same from G."""
        kind = np.result_type(traces, *resolvents)
        values = np.zeros(traces.shape, dtype=kind) + traces * 0
        slopes = np.zeros((self.n_unknowns**2, len(traces)), dtype=kind) + traces.sum(axis=1) * 0
        for modes, resolvent in zip(self.spaces, resolvents, strict=True):
            space = modes.space
            values[:, space.own] = modes.summed(resolvent[space.traced]).T
            number, term, left, right = space.slopes  # tr (G dS G)_jk = Σ_modes Σ_terms G_{j,row} dS G_{column,k}
            if not len(number):
                continue
            products = np.concatenate([
                modes.summed(resolvent[left[part]] * resolvent[right[part]])
                for part in chunks(len(left), 500_000 // max(1, resolvent[0].size))
            ])  # fmt: skip
            unknown = np.array([each.unknown for each in space.terms], dtype=int)
            np.add.at(slopes, number * self.n_unknowns + unknown[term], products * (scale * modes.variances[term]))
        return values, slopes.T.reshape(len(traces), self.n_unknowns, self.n_unknowns)

    def traced(self, resolvents: Sequence[Array], traces: Array) -> Array:
        """Return tr G (points, unknowns) from G."""
        values = traces * 0
        for modes, resolvent in zip(self.spaces, resolvents, strict=True):
            values[:, modes.space.own] = modes.summed(resolvent[modes.space.traced]).T
        return values

    def newton(self, traces: Array, scale: Any = 1) -> tuple[Array, Array]:
        """Return the Newton step from τ, and dτ/dln(scale) there."""
        values, slopes = self.linearised(traces, scale)
        # Relative unknowns: traces of one system can differ by the inverse square of a ridge.
        size = np.where(traces == 0, 1, abs(traces))
        matrix = (np.eye(self.n_unknowns, dtype=int) - slopes) * (size[:, None, :] / size[:, :, None])
        right = np.stack([(values - traces) / size, (slopes @ traces[..., None])[..., 0] / size], axis=2)
        solution = self.algebra.solve(matrix, right) * size[..., None]
        return solution[..., 0], solution[..., 1]

    def rounding(self, traces: Array, scale: Any = 1) -> Array:
        """Return a bound on what rounding does to tr G: |δG| ≤ ε |G| |L0 − S| |G|, mode by mode."""
        bound = np.zeros(traces.shape)
        for modes, resolvent in zip(self.spaces, self.resolvents(traces, scale), strict=True):
            places, size = modes.space.elimination.places, abs(resolvent)
            entries = {place: abs(value) for place, value in self.entries(modes, traces, scale).items()}
            for number, (j, k) in modes.space.unknowns:
                for (row, column), value in entries.items():
                    if (j, row) in places and (column, k) in places:
                        bound[:, number] += modes.summed(size[places[j, row]] * value * size[places[column, k]])
        return bound * np.finfo(float).eps


def continued(balance: Balance) -> tuple[Array, Array]:
    """Return the traces at full variance, in double precision, on the branch that starts at zero variance.

    Returns
    -------
    tuple
        Traces (points, unknowns), nan where the branch ends on the way; how far it was followed, ln of the variance (points,).

    Raises
    ------
    ValueError
        If the deterministic part is singular.
    """
    kinds = [value for modes in balance.spaces for value in modes.fixed.values()]
    zero = np.zeros((balance.n_points, balance.n_unknowns), dtype=np.result_type(float, *kinds))
    with np.errstate(all="ignore"):
        try:
            start, _ = balance.linearised(zero, 0.0)
        except ZeroDivisionError:
            raise _singular() from None
        if not np.isfinite(start).all():
            raise _singular()
        if not start.shape[1]:
            return start, np.zeros(len(start))
        position, traces, slope = _first(balance, start)
        stride = -position
        for _ in range(_STEPS):
            going = np.flatnonzero((position < 0) & (stride > 1e-12) & np.isfinite(position))
            if not len(going):
                break
            stride[going] = np.minimum(stride[going], -position[going])
            guess = _predicted(traces[going], slope[going], stride[going])
            there, its_slope, taken = _corrected(balance.at(going), guess, position[going] + stride[going])
            on, back = going[taken > 0], going[taken == 0]
            traces[on], slope[on] = there[taken > 0], its_slope[taken > 0]
            position[on] += stride[on]
            stride[on] *= np.where(taken[taken > 0] < 3, 4.0, 2.0)
            stride[back] /= 4.0
    traces[position < 0] = np.nan
    return traces, position


def followed(balance: Balance) -> Array:
    """Return the traces of one point (1, unknowns) on the branch that starts at zero variance.

    Raises
    ------
    ValueError
        If the deterministic part is singular.
    ArithmeticError
        If the branch ends on the way: the expression has a singularity at a smaller variance (a negative ridge, say).
    """
    traces, (position,) = continued(balance)
    if position == -np.inf:
        raise ArithmeticError("the branch could not be started: values are out of the range of double precision")
    if position < 0:
        raise ArithmeticError(
            f"the branch could not be followed beyond {np.exp(position):.6g} of the variance: the expression is singular "
            "there, or so nearly (a ridge below 1e-14, say) that double precision cannot tell; a larger ridge is needed"
        )
    with np.errstate(all="ignore"):
        return settled(balance, traces)


def converged(balance: Balance, traces: Array) -> Array:
    """Return the traces at full variance in double precision, by Newton from near ones; nan where it does not settle."""
    with np.errstate(all="ignore"):
        traces, change = _settled(balance, traces)
        wrong = ~(change < _SETTLED)
        if wrong.any():
            step, _ = balance.newton(traces)
            beyond = np.maximum(abs(step) - 10 * balance.rounding(traces), 0)
            wrong &= ~(_relative(beyond, traces) < _SETTLED)
    return np.where(wrong[:, None], np.nan, traces)


def _singular() -> ValueError:
    return BadArgument(
        "values", "a singular matrix", "such that every inverse exists when all Gaussian letters are zero",
        "give a positive ridge, or look for cancelling terms in the deterministic part of an inverse",
    )


def _first(balance: Balance, start: Array) -> tuple[Array, Array, Array]:
    """Return ln s, τ and dτ/dln s at the largest s in 1, 1/10, … that zero variance leads to at once; ln s = -inf: none."""
    position, traces, slope = np.full(len(start), -np.inf), start.copy(), start * 0
    known = start != 0  # the others begin with a power of s, which a few Newton steps find
    left = np.arange(len(start))
    for trial in -np.log(10.0) * np.arange(300):
        own, scale = balance.at(left), np.full(len(left), np.exp(trial))
        guess, fine = start[left], np.ones(len(left), dtype=bool)
        for _ in range(3):
            step, _ = own.newton(guess, scale)
            change = np.where(known[left], abs(step) / (abs(start[left]) + np.finfo(float).tiny), 0.0)
            fine &= (change <= _SURE).all(axis=1)
            if not fine.any():
                break
            guess = guess + step
        if fine.any():
            there, its_slope, taken = _corrected(own.at(np.flatnonzero(fine)), guess[fine], np.full(fine.sum(), trial))
            found = left[fine][taken > 0]
            position[found], traces[found], slope[found] = trial, there[taken > 0], its_slope[taken > 0]
            left = np.setdiff1d(left, found)
        if not len(left):
            break
    return position, traces, slope


def _predicted(traces: Array, slope: Array, stride: Array) -> Array:
    """Return τ a stride further in ln s: along a power law where that is meaningful, else along a straight line."""
    power = slope / traces
    along = traces * np.exp(power * stride[:, None])
    return np.where(np.isfinite(along) & (abs(power) < 4), along, traces + stride[:, None] * slope)


def _corrected(balance: Balance, guess: Array, position: Array) -> tuple[Array, Array, Array]:
    """Return τ, dτ/dln s at s = e^position by Newton, and the steps taken: 0 where a guess was too far for one branch."""
    traces, slope, taken = guess.copy(), guess * 0, np.zeros(len(guess), dtype=int)
    allowed, left = np.full(len(guess), _SURE), np.arange(len(guess))
    for count in range(1, 9):
        own, scale = balance.at(left), np.exp(position[left])
        step, its_slope = own.newton(traces[left], scale)
        change = _relative(step, traces[left])
        far = ~(change <= allowed[left])
        if far.any():
            # A trace may vanish by symmetry: then its steps are rounding, and no larger than that.
            beyond = np.maximum(abs(step) - 10 * own.rounding(traces[left], scale), 0)
            change = np.where(far, _relative(beyond, traces[left]), change)
            far = ~(change <= allowed[left])
            # At a tiny ridge rounding stops Newton early: near enough for the next step, and mpmath settles the last one.
            enough = far & (change < 0.01) & (allowed[left] < _SURE)
            slope[left[enough]], taken[left[enough]] = its_slope[enough], 8
        going = ~far
        traces[left[going]] += step[going]
        near = going & (change < _CLOSE)
        slope[left[near]], taken[left[near]] = its_slope[near], count
        allowed[left] = change / 2
        left = left[going & ~near]
        if not len(left):
            break
    return traces, slope, taken


def _relative(step: Array, traces: Array) -> Array:
    return (abs(step) / (abs(traces) + np.finfo(float).tiny)).max(axis=1, initial=0.0)


def settled(balance: Balance, traces: Array) -> Array:
    """Return the traces at full variance after Newton steps that end when rounding does, in either algebra.

    Raises
    ------
    ArithmeticError
        Where they do not end.
    """
    return _settled(balance, traces)[0]


def _settled(balance: Balance, traces: Array) -> tuple[Array, Array]:
    """Return the same, and the last relative steps (points,)."""
    traces, left = traces.copy(), np.arange(len(traces))
    best: Array = np.full(len(traces), np.inf, dtype=traces.dtype if traces.dtype == object else float)
    enough = balance.algebra.rounding**0.5 / 1000  # Newton squares: what is left is rounding
    for _ in range(_STEPS):
        step, _ = balance.at(left).newton(traces[left])
        size = abs(traces[left])
        change = np.where(size == 0, 0, abs(step) / np.where(size == 0, 1, size)).max(axis=1, initial=0)
        better = np.array(change < best[left] / 2, dtype=bool)
        traces[left[better]] += step[better]
        best[left] = change
        left = left[better & np.array(change >= enough, dtype=bool)]
        if not len(left):
            return traces, best
    raise ArithmeticError("Newton's method does not settle at full variance")


def polished(balance: Balance, traces: Array, slopes: Array) -> tuple[Array, list[Array]]:
    """Return the traces of one point, and G, to the precision of an algebra, by steps with the slopes that doubles have.

    Each step gains as many digits as the slopes have; nothing but tr G is needed in the algebra. Where they have too few,
    Newton takes over.

    Parameters
    ----------
    balance : Balance
        In the algebra.
    traces : ndarray, shape (1, unknowns)
        Near ones.
    slopes : ndarray, shape (1, unknowns, unknowns)
        dtr G/dτ there, in double precision.

    Raises
    ------
    ArithmeticError
        Where Newton does not settle.
    """
    size = np.where(traces == 0, 1, abs(traces))
    wide = size.astype(float)
    inverse = np.linalg.pinv((np.eye(len(slopes[0])) - slopes[0]) * (wide[0] / wide[0][:, None]))
    near, best, enough = traces.copy(), balance.algebra.rounding * 0 + 1, balance.algebra.rounding**0.75
    while True:
        resolvents = balance.resolvents(near)
        rest = ((balance.traced(resolvents, near) - near) / size)[0]
        largest = max(abs(rest), default=0)
        if largest <= balance.algebra.rounding or (best < enough and not largest < best / 16):
            return near, resolvents
        if not largest < best / 16:
            traces = settled(balance, traces)
            return traces, balance.resolvents(traces)
        best = largest
        direction = inverse @ np.array([complex(x / largest) for x in rest])
        if traces.dtype != object or not any(isinstance(x, mpmath.mpc) for x in traces[0]):
            direction = direction.real
        near = near + size * balance.algebra.array(direction) * largest
