"""Spectra given mode by mode: any list of eigenvalues and targets, and the isotropic one.

The traces are d(κ) = Σ λ_k/(λ_k+κ) and the like, over the modes themselves through mpmath or at a negative ridge, and over
the few hundred nodes of `compression` otherwise. Zero eigenvalues count in the size, not in the rank: x = 0 and y = 1.
"""

from __future__ import annotations

import functools
import numbers
from typing import Any

import numpy as np
from mpmath import mp
from numpy.typing import ArrayLike, NDArray

from theory._validate import bad, real_array
from theory.spectra.base import Array, Order, Spectrum
from theory.spectra.compression import compress, merge
from theory.spectra.nodes import Nodes, precise_moments

LISTABLE = 10**7  # modes that `explicit` is ready to list
LONGEST = 10**15  # modes in all: their number and its halves stay exact in double precision
LARGEST = 1e300  # eigenvalue, power or signal
SMALLEST_SIGNAL = 1e-290  # of the whole target: below it, signals of modes are rounded as subnormal numbers


class _Frozen(Spectrum):
    """A spectrum whose attributes are set once."""

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: cannot set {name}; make a new one")


class Discrete(_Frozen):
    """λ_k and c_k = (w*·u_k)², mode by mode, in any order.

    Immutable; compared and hashed by value, whatever the order and the grouping of equal modes.

    Parameters
    ----------
    eigenvalues : array_like, shape (n_rows,)
        λ_k ≥ 0, at most 1e300, at least one of them positive.
    target_power : array_like, shape (n_rows,)
        c_k ≥ 0 of each single mode. On a zero eigenvalue it has no effect: c_k λ_k = 0.
    multiplicity : array_like of positive integers, shape (n_rows,), optional
        How many modes have this λ_k and this c_k each; 1 by default, at most 10^15 in all.

    Attributes
    ----------
    eigenvalues, target_power, multiplicity : ndarray, shape (n_rows,)
        The rows, by descending eigenvalue; read-only.
    size, rank, smallest, total_variance, signal
        As in `Spectrum`.

    Raises
    ------
    ValueError
        If an array is empty, ragged, not one-dimensional, not real, of another length than `eigenvalues`, or holds NaN,
        infinite or negative numbers; if all eigenvalues are zero; if Σ λ_k or Σ c_k λ_k leaves the range of doubles.

    Examples
    --------
    >>> Discrete([1.0, 4.0, 0.0], [0.5, 0.25, 0.0])
    Discrete([4.0, 1.0, 0.0], [0.25, 0.5, 0.0])
    """

    eigenvalues: Array
    multiplicity: NDArray[np.int64]
    _name = "target_power"

    def __init__(self, eigenvalues: ArrayLike, target_power: ArrayLike, multiplicity: ArrayLike | None = None) -> None:
        self._declare(eigenvalues, target_power, multiplicity)

    @classmethod
    def from_signal(
        cls, eigenvalues: ArrayLike, signal: ArrayLike, multiplicity: ArrayLike | None = None
    ) -> Discrete:
        """Return the spectrum with the signals c_kλ_k of single modes in place of the powers c_k.

        That is what real data give: small eigenvalues with a finite signal, where c_k itself may overflow.

        Raises
        ------
        ValueError
            As for the class, and if a zero eigenvalue carries signal.
        """
        spectrum = _FromSignal.__new__(_FromSignal)
        spectrum._declare(eigenvalues, signal, multiplicity)
        return spectrum

    def _declare(self, eigenvalues: ArrayLike, weights: ArrayLike, multiplicity: ArrayLike | None) -> None:
        """Validate the rows, sort them and set every attribute."""
        values = _column("eigenvalues", eigenvalues, None)
        weight = _column(self._name, weights, values.size)
        repeats = _multiplicity(multiplicity, values.size)
        if not values.any():
            raise bad("eigenvalues", eigenvalues, "not all zero", "a population without variance has nothing to learn")
        order = np.lexsort((-weight, -values))
        values, weight, repeats = values[order], weight[order], repeats[order]
        rank_rows = np.count_nonzero(values)
        with np.errstate(over="ignore"):
            signals = repeats * self._signals(values, weight)
            total_variance, signal = float(np.sum(values * repeats)), float(np.sum(signals))
        if not np.isfinite(total_variance):
            raise bad("eigenvalues", eigenvalues, "such that their sum is a finite double", "rescale them")
        carried = bool(weight[:rank_rows].any())
        if not np.isfinite(signal) or (carried and signal < SMALLEST_SIGNAL):
            raise bad(self._name, weights, f"such that the signal (sum of c_k lambda_k) is zero or within "
                      f"[{SMALLEST_SIGNAL}, {np.finfo(float).max:.2g}]; it is {signal:.3g}", "rescale the target")
        for array in (values, weight, repeats, signals):
            array.flags.writeable = False
        self.__dict__.update(
            eigenvalues=values, multiplicity=repeats, _weight=weight, _mode_signals=signals, _rank_rows=rank_rows,
            size=int(repeats.sum()), rank=int(repeats[:rank_rows].sum()), smallest=float(values[rank_rows - 1]),
            total_variance=total_variance, signal=signal,
        )  # fmt: skip

    @staticmethod
    def _signals(eigenvalues: Any, weight: Any) -> Any:
        """Return c_k λ_k of single modes from the weights declared."""
        return eigenvalues * weight

    @property
    def target_power(self) -> Array:
        """c_k of a single mode of each row, shape (n_rows,)."""
        power: Array = self.__dict__["_weight"]
        return power

    def __repr__(self) -> str:
        columns = [self.eigenvalues, self.__dict__["_weight"]]
        if (self.multiplicity != 1).any():
            columns.append(self.multiplicity)
        return f"{self._constructor}({', '.join(_shown(column) for column in columns)})"

    _constructor = "Discrete"

    @functools.cached_property
    def _key(self) -> tuple[Any, ...]:
        """The distinct modes and how many there are of each."""
        rows = np.stack((self.eigenvalues, self.__dict__["_weight"]))
        first = np.flatnonzero(np.concatenate(([True], (np.diff(rows) != 0).any(axis=0))))
        grouped = np.add.reduceat(self.multiplicity, first)
        return type(self), (rows[:, first] + 0.0).tobytes(), grouped.tobytes()

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, Discrete) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key)

    def _positive(self) -> tuple[Array, Array, Array]:
        """Return λ, n and w of the rows with a positive eigenvalue."""
        rows = slice(self.__dict__["_rank_rows"])
        return self.eigenvalues[rows], self.multiplicity[rows].astype(float), self.__dict__["_mode_signals"][rows]

    @functools.cached_property
    def _compressed(self) -> Nodes:
        return compress(*self._positive())

    @functools.cached_property
    def _listed(self) -> Nodes:
        return merge(*self._positive())

    def _moments(self, kappa: Array, orders: tuple[Order, ...]) -> tuple[Array, ...]:
        negative = kappa < 0.0
        if negative.all():
            sums = self._listed.moments(kappa, orders)
        elif negative.any():
            sums = tuple(np.empty((len(orders), *kappa.shape)))
            for part, nodes in ((negative, self._listed), (~negative, self._compressed)):
                for whole, value in zip(sums, nodes.moments(kappa[part], orders), strict=True):
                    whole[part] = value
        else:
            sums = self._compressed.moments(kappa, orders)
        return tuple(value + self._null(order) for value, order in zip(sums, orders, strict=True))

    def _null(self, order: Order) -> int:
        """Return what the zero eigenvalues, x = 0 and y = 1, add to a moment."""
        i, _, q = order
        return 0 if i or q else int(self.size - self.rank)

    def excess(self, kappa: Array, n: Array) -> tuple[Array, Array]:
        """Return d(κ) − n and Σ x y; see `Spectrum.excess`. Also for −`smallest` < κ < 0."""
        negative = kappa < 0.0
        if not negative.any():
            return self._compressed.excess(kappa, n)
        both = np.empty((2, kappa.size))
        for part, nodes in ((negative, self._listed), (~negative, self._compressed)):
            both[:, part] = nodes.excess(kappa[part], n[part])
        return both[0], both[1]

    def _moments_precise(self, kappa: Any, orders: tuple[Order, ...]) -> tuple[Any, ...]:
        if not -self.smallest < kappa < mp.inf:
            raise bad("kappa", kappa, f"finite and above -{self.smallest!r}",
                      "a ridge may be negative only below the smallest eigenvalue")
        sums = precise_moments(*self._precise(mp.prec + 20), kappa, orders)
        return tuple(value + self._null(order) for value, order in zip(sums, orders, strict=True))

    def _precise(self, bits: int) -> tuple[list[Any], list[Any], list[Any]]:
        """Return λ, n, w of the distinct positive eigenvalues, w from exact products; kept for the last precision."""
        kept = self.__dict__.get("_precise_rows")
        if kept is not None and kept[0] == bits:
            return kept[1]  # type: ignore[no-any-return]
        raise NotImplementedError
