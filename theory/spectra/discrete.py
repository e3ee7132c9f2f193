"""Spectra given mode by mode: any list of eigenvalues and targets.

The traces d(κ) = Σ λ_k/(λ_k+κ) and the like are sums over the modes themselves at a negative ridge and through mpmath,
and over the few hundred nodes of `compression` otherwise. A zero eigenvalue counts in the size, not in the rank: its x
is 0 and its y is 1 at every κ.
"""

from __future__ import annotations

import functools
import warnings
from fractions import Fraction
from typing import Any

import numpy as np
from mpmath import mp
from numpy.typing import ArrayLike, NDArray

from theory.errors import BadArgument, real_array
from theory.exact import exact
from theory.spectra.change import seen_modes
from theory.spectra.finite import Finite, Modes, count, listable
from theory.spectra.sums.compression import compressed, merge
from theory.spectra.sums.nodes import Nodes
from theory.spectra.sums.orders import Array, Order

LONGEST = 10**15  # modes in all that are counted in 64 bits: their number and its halves are exact in double precision
MOST = 10**300  # modes in all
ROUNDING = 32 * float(np.finfo(float).eps)  # of the largest eigenvalue, or its size in eps: what rounding leaves below zero
LARGEST = 1e300  # of any eigenvalue, power or signal
FAINTEST = 1e-290  # signal: what is below may consist of subnormal numbers, which are not accurate


class RoundingWarning(UserWarning):
    """Eigenvalues that rounding made slightly negative were set to zero."""


class Discrete(Finite):
    """λ_k and c_k = (w*·u_k)², mode by mode, in any order.

    Immutable; compared and hashed by value, whatever the order and the grouping of equal modes.

    Parameters
    ----------
    eigenvalues : array_like, shape (n_rows,)
        λ_k ≥ 0, at most 1e300, at least one of them positive. What rounding leaves below zero (by as many eps of the largest as
        there are rows, and 32 at least: the null space of an `eigvalsh`) is set to zero, with a `RoundingWarning`.
    target_power : array_like, shape (n_rows,)
        c_k ≥ 0 of each single mode. On a zero eigenvalue it has no effect: c_k λ_k = 0.
    multiplicity : array_like of positive integers, shape (n_rows,), optional
        How many modes have this λ_k and this c_k each; 1 by default. Beyond 10^15 in all (spheres) they are taken exactly from
        Python integers, or as the integers that floats are, and kept as Python integers; 10^300 in all at the most.

    Attributes
    ----------
    eigenvalues, target_power, multiplicity : ndarray, shape (n_rows,)
        The rows, by descending eigenvalue; read-only.
    size, rank, smallest, total_variance, signal
        As in `Spectrum`.
    unlearnable : float
        The part of the signal that `from_signal` declared on zero eigenvalues.

    Raises
    ------
    ValueError
        If an array is empty, ragged, not one-dimensional, not real, of another length than `eigenvalues`, or holds NaN,
        infinite, negative or too large numbers; if all eigenvalues are zero; if Σ λ_k or Σ c_k λ_k leaves the range of
        doubles (a signal that is not zero must reach 1e-290).

    Examples
    --------
    >>> Discrete([1.0, 4.0, 0.0], [0.5, 0.25, 0.0])
    Discrete([4.0, 1.0, 0.0], [0.25, 0.5, 0.0])
    """

    eigenvalues: Array
    multiplicity: NDArray[Any]
    _weight: Array  # c_k, or c_kλ_k where signals were declared
    _is_signal: bool
    _modes: tuple[Array, Array, Array]  # λ, n, w of the rows with a positive eigenvalue

    def __init__(self, eigenvalues: ArrayLike, target_power: ArrayLike, multiplicity: ArrayLike | None = None) -> None:
        self._declare(eigenvalues, target_power, multiplicity, is_signal=False)

    @classmethod
    def from_signal(cls, eigenvalues: ArrayLike, signal: ArrayLike, multiplicity: ArrayLike | None = None) -> Discrete:
        """Return the spectrum with signals c_kλ_k of single modes in place of the powers c_k.

        This is what data give: small eigenvalues with a finite signal, whose c_k may overflow. A signal on a zero eigenvalue
        is the part of the target that no predictor can learn; it counts as bias.

        Parameters
        ----------
        eigenvalues : array-like of shape (n_values,)
            λ ≥ 0, as for the class.
        signal : array-like of shape (n_values,)
            c_kλ_k ≥ 0 of a single mode, finite.
        multiplicity : array-like of int, shape (n_values,), optional
            How many modes have each value; 1 if left out.

        Raises
        ------
        ValueError
            As for the class.
        """
        spectrum = cls.__new__(cls)
        spectrum._declare(eigenvalues, signal, multiplicity, is_signal=True)
        return spectrum

    @classmethod
    def from_matrices(
        cls, covariance: ArrayLike, coefficients: ArrayLike, *, weights: ArrayLike | None = None,
        transform: ArrayLike | None = None,
    ) -> Discrete:  # fmt: skip
        """Return the population that ridge regression sees of matrices, which need not commute.

        Parameters
        ----------
        covariance : array-like of shape (D, D)
            Σ of the inputs x, positive semi-definite.
        coefficients : array-like of shape (D,) or (D, D)
            w* of the target w*·x, or the second moment C = E w*w*ᵀ of random ones.
        weights : array-like of shape (m, m), optional
            A, positive definite: λ wᵀAw in place of λ|w|² (generalised ridge; m = D without a transform).
        transform : array-like of shape (D, m), optional
            T, a fixed linear first stage of any rank: the features are Tᵀx.

        Returns
        -------
        Discrete
            Of m modes. What the transform cannot reach of the target is signal on an eigenvalue zero, where it counts as bias;
            a mode of its own carries it where the features have full rank (and counts as a coordinate where projections or
            noise directly on the population count them).

        Raises
        ------
        ValueError
            For matrices that are not symmetric or positive, and sizes that do not fit.

        Notes
        -----
        Source: arXiv:2405.00592 for structured first stages, arXiv:2403.19720 for generalised ridge.

        Examples
        --------
        >>> Discrete.from_matrices([[4.0, 0.0], [0.0, 1.0]], [0.5, 1.0])
        Discrete.from_signal([4.0, 1.0], [1.0, 1.0])
        """
        return cls.from_signal(*seen_modes(covariance, coefficients, weights, transform))

    def _declare(self, eigenvalues: Any, weight: Any, multiplicity: Any, is_signal: bool) -> None:
        """Check the rows, sort them, and set every attribute."""
        name = "signal" if is_signal else "target_power"
        values = _column("eigenvalues", _without_rounding(eigenvalues))
        weights = _column(name, weight, values.size)
        repeats = np.ones(values.size, np.int64) if multiplicity is None else _repeats(multiplicity, values.size)
        if not values.any():
            raise BadArgument("eigenvalues", eigenvalues, "not all zero", "a population without variance has nothing to learn")
        order = np.lexsort((-weights, -values))
        values, weights, repeats = values[order], weights[order], repeats[order]
        positive = np.count_nonzero(values)
        with np.errstate(over="ignore"):
            counts = repeats.astype(np.float64)
            signals = counts * (weights if is_signal else weights * values)
            total, carried = float(np.sum(values * counts)), float(np.sum(signals))
        if not np.isfinite(total):
            raise BadArgument("eigenvalues", eigenvalues, "such that their sum is a finite double", "rescale them")
        if not (np.isfinite(carried) and (carried >= FAINTEST or not weights[:positive].any())):
            allowed = f"such that the sum of the signals c_k lambda_k is finite and zero or above {FAINTEST}"
            raise BadArgument(name, weight, allowed, f"it is {carried:.3g}: rescale the target")
        for array in (values, weights, repeats, signals):
            array.flags.writeable = False
        self.__dict__.update(eigenvalues=values, multiplicity=repeats, _weight=weights, _is_signal=is_signal)
        number = float if repeats.dtype == object else int
        size, rank = int(repeats.sum()), int(repeats[:positive].sum())
        self.__dict__.update(size=number(size), rank=number(rank), empty=size - rank, signal=carried)
        self.__dict__.update(smallest=float(values[positive - 1]), total_variance=total)
        self.__dict__["unlearnable"] = float(np.sum(signals[positive:]))
        self.__dict__["_modes"] = values[:positive], counts[:positive], signals[:positive]

    @functools.cached_property
    def target_power(self) -> Array:
        """c_k of each single mode, shape (n_rows,), read-only; refused where a declared signal makes c_k overflow."""
        if not self._is_signal:
            return self._weight
        with np.errstate(over="ignore"):
            power = np.divide(self._weight, self.eigenvalues, out=0.0 * self._weight, where=self.eigenvalues > 0.0)
        if self.unlearnable or not np.isfinite(power).all():
            raise BadArgument("target_power", power, "finite", "use the signals, or truncate the smallest eigenvalues away")
        power.flags.writeable = False
        return power

    def __repr__(self) -> str:
        columns: list[NDArray[Any]] = [self.eigenvalues, self._weight]
        if (self.multiplicity != 1).any():
            columns.append(self.multiplicity)
        return f"Discrete{'.from_signal' * self._is_signal}({', '.join(_shown(column) for column in columns)})"

    @functools.cached_property
    def _key(self) -> tuple[Any, ...]:
        """The distinct modes, and how many there are of each."""
        rows = np.stack((self.eigenvalues, self._weight))
        first = np.flatnonzero(np.diff(rows, prepend=-1.0).any(axis=0))
        return self._is_signal, rows[:, first].tobytes(), tuple(np.add.reduceat(self.multiplicity, first).tolist())

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, Discrete) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key)

    @functools.cached_property
    def _compressed(self) -> Nodes:
        return compressed(*self._modes)

    @functools.cached_property
    def _listed(self) -> Nodes:
        """The modes themselves, for κ < 0, where the nodes that stand for them do not serve."""
        return merge(*self._modes)

    @property
    def nodes(self) -> Nodes:
        """The distinct positive eigenvalues with their multiplicities."""
        return self._listed

    def _moments(self, kappa: Array, orders: tuple[Order, ...]) -> tuple[Array, ...]:
        sums = np.empty((len(orders), *kappa.shape))
        for part, nodes in self._parts(kappa):
            for row, value in enumerate(nodes.moments(kappa[part], orders)):
                sums[row, part] = value + self._null(orders[row])
        return tuple(sums[row, ...] for row in range(len(orders)))

    def excess(self, kappa: Array, n: Array) -> tuple[Array, Array]:
        """Return d(κ) − n and −dd/dlnκ = Σ x y; see `Spectrum.excess`. Here also for −`smallest` < κ < 0."""
        difference, slope = np.empty((2, kappa.size))
        for part, nodes in self._parts(kappa):
            difference[part], slope[part] = nodes.excess(kappa[part], n[part])
        return difference, slope

    def _parts(self, kappa: Array) -> list[tuple[Any, Nodes]]:
        """Return which points go to which nodes."""
        negative = kappa < 0.0
        if negative.any():
            return [(negative, self._listed), (~negative, self._compressed)]
        return [(..., self._compressed)]

    def _moments_precise(self, kappa: Any, orders: tuple[Order, ...]) -> tuple[Any, ...]:
        return self._precise_moments(self._precise_modes(), kappa, orders)

    def _precise_modes(self) -> Modes:
        return _exact_modes(self, mp.prec + 20)

    def _unlearnable_precise(self) -> Any:
        rows = zip(self.eigenvalues.tolist(), self._weight.tolist(), self.multiplicity.tolist(), strict=True)
        return mp.fsum(mp.mpf(weight) * repeats for value, weight, repeats in rows if value == 0.0 and self._is_signal)

    def truncate(self, n_modes: int) -> Discrete:
        """Return the spectrum of the `n_modes` largest eigenvalues; among equal ones those of larger c_k come first.

        Raises
        ------
        ValueError
            If `n_modes` is not an integer from 1 to `size`.
        """
        kept = count("n_modes", n_modes, self.size)
        before = np.cumsum(self.multiplicity) - self.multiplicity
        rows = slice(int(np.searchsorted(before, kept)))
        make = Discrete.from_signal if self._is_signal else Discrete
        return make(self.eigenvalues[rows], self._weight[rows], np.minimum(self.multiplicity, kept - before)[rows])

    def explicit(self) -> tuple[Array, Array]:
        """Return (eigenvalues, target_power), arrays of shape (size,), descending; see `Spectrum.explicit`."""
        listable(self.size)
        return np.repeat(self.eigenvalues, self.multiplicity), np.repeat(self.target_power, self.multiplicity)


@functools.lru_cache(maxsize=8)
def _exact_modes(spectrum: Discrete, bits: int) -> Modes:
    """Return λ, n, w of the distinct positive eigenvalues as mpf of `bits` bits, w from exact products and sums."""
    modes: dict[float, tuple[list[int], list[Any]]] = {}
    rows = zip(spectrum.eigenvalues.tolist(), spectrum._weight.tolist(), spectrum.multiplicity.tolist(), strict=True)
    with mp.workprec(max(bits, 160)):
        for value, weight, repeats in rows:
            if value > 0.0:
                counts, signals = modes.setdefault(value, ([], []))
                counts.append(repeats)
                signals.append(mp.mpf(weight) * repeats * (1 if spectrum._is_signal else value))
        totals = [(mp.mpf(sum(counts)), mp.fsum(signals)) for counts, signals in modes.values()]
    return [mp.mpf(value) for value in modes], [n for n, _ in totals], [w for _, w in totals]


def _column(argument: str, value: Any, length: int | None = None) -> Array:
    """Return a new one-dimensional array of numbers from 0 to 1e300."""
    admissible = f"a one-dimensional array of real numbers from 0 to {LARGEST}"
    array = real_array(argument, value, admissible, "one number for each mode") + 0.0
    if array.ndim != 1 or not ((array >= 0.0) & (array <= LARGEST)).all():
        raise BadArgument(argument, value, admissible, "one number for each mode; rescale larger ones")
    if length is not None and array.size != length:
        raise BadArgument(argument, value, f"of length {length}, that of `eigenvalues`", f"it has length {array.size}")
    return array


def _without_rounding(value: Any) -> Any:
    """Return eigenvalues with those set to zero that rounding made negative, saying so; others are left to be refused."""
    try:
        array = np.asarray(value)
    except (ValueError, TypeError):
        return value
    if array.dtype.kind not in "iuf" or array.ndim != 1 or not (array < 0).any():
        return value
    least, allowed = float(array.min()), max(ROUNDING, array.size * float(np.finfo(float).eps)) * float(array.max())
    if not -least <= allowed:
        remedy = "a covariance has no negative eigenvalues; give the eigenvalues of a symmetric, positive matrix"
        raise BadArgument("eigenvalues", value, f"not negative (one is {least:.3g})", remedy)
    below = int((array < 0).sum())
    text = f"{below} eigenvalue{'s' * (below > 1)} below zero by rounding (down to {least:.2g}) set to zero"
    warnings.warn(text, RoundingWarning, stacklevel=4)
    return np.where(array < 0, 0.0, array)


def _repeats(value: Any, length: int) -> NDArray[Any]:
    """Return multiplicities as integers of 64 bits, or as Python's where they are more than 10^15 in all."""
    admissible = f"a one-dimensional array of {length} positive integers, at most {MOST:.0e} in all"
    wrong = BadArgument("multiplicity", value, admissible, "leave it out where every mode is listed")
    array = real_array("multiplicity", value, wrong.admissible, wrong.remedy)
    if array.shape != (length,) or not ((array >= 1) & (array <= float(MOST)) & (array == np.floor(array))).all():
        raise wrong
    if array.sum() <= LONGEST:
        return array.astype(np.int64)
    numbers = [int(entry) if isinstance(entry, float) else exact(entry) for entry in np.asarray(value).ravel()]
    whole = [int(number) for number in numbers if isinstance(number, (int, Fraction)) and number == int(number)]
    if len(whole) != length or sum(whole) > MOST:
        raise wrong
    return np.array(whole, dtype=object)


def _shown(column: NDArray[Any]) -> str:
    """Return a column as a list, its middle left out when it is long."""
    if column.size <= 8:
        return f"[{', '.join(map(repr, column.tolist()))}]"
    ends = [[repr(value) for value in part.tolist()] for part in (column[:3], column[-2:])]
    return f"[{', '.join([*ends[0], '...', *ends[1]])}]"
