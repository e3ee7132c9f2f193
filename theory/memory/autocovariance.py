"""Autocovariances of rows that follow each other, and what a layer of samples reads of them: eigenvalues, and how exact."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from theory.errors import BadArgument, one_real, real_array, whole_number
from theory.memory.laws import Array, Exponential, Listed, MovingAverage, Power
from theory.memory.toeplitz import exact_eigenvalues, symbol_eigenvalues, toeplitz
from theory.results.declared import Declared

EXACT = 4096        # rows up to which the matrix itself is diagonalised
MOST = 10**7        # rows
LARGEST = 20_000    # rows of a matrix that is listed
EPSILON = float(np.finfo(np.float64).eps)


class Autocovariance(Declared):
    """The autocovariance c(τ) of a stationary series of rows, scaled to c(0) = 1.

    Immutable; compared and hashed by its law. Pickles if that does (a lambda does not).

    Parameters
    ----------
    law : callable or array-like of shape (n_lags,)
        c as a function of an array of whole lags ≥ 0, elementwise (one that has a method `eigenvalues` of the number of rows is
        taken to know them); or c(0), c(1), …, for at most as many rows. Positive definite, on any scale.

    Raises
    ------
    ValueError
        If c(0) is not positive, or a value not finite. Where n rows are asked for also if the lags do not suffice, or their
        covariance is not positive definite: the error states its smallest eigenvalue.

    Notes
    -----
    Source: arXiv:2408.04607.

    Examples
    --------
    >>> Autocovariance([2.0, 1.0]).eigenvalues(2)
    array([1.5, 0.5])
    """

    law: Callable[[Array], Any]
    _variance: float

    def __init__(self, law: Callable[[Array], Any] | ArrayLike) -> None:
        self.__dict__["law"] = law if callable(law) else _listed(law)
        try:
            hash(self.law)
        except TypeError:
            raise BadArgument("law", law, "hashable", "give a function, or a frozen dataclass") from None
        start = self._raw(np.zeros(1))[0]
        if not start > 0.0:
            raise BadArgument("law", law, f"positive at lag zero, and not {start:.6g}", "c(0) is the variance of a row")
        self.__dict__["_variance"] = start

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"autocovariances do not change: make another one in place of setting {name}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.law,)

    def __eq__(self, other: object) -> bool:
        return bool(self.law == other.law) if isinstance(other, Autocovariance) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.law)

    def __repr__(self) -> str:
        return f"Autocovariance({self.law!r})"

    @property
    def power(self) -> float | None:
        """α, where the largest eigenvalues of many rows fall as k^-α: 1 − χ of a long memory τ^-χ, 0 of a short one."""
        found: float | None = getattr(self.law, "power", None)
        return found

    def __call__(self, lags: ArrayLike) -> Array:
        """Return c(|τ|)/c(0), of the shape of the lags.

        Parameters
        ----------
        lags : array-like
            Whole numbers of either sign.

        Raises
        ------
        ValueError
            For lags that are none, or not known.
        """
        admissible = "an array of whole numbers"
        tau = np.abs(real_array("lags", lags, admissible, "lags count rows"))
        if not (tau < 2.0**53).all() or (tau % 1.0).any():
            raise BadArgument("lags", lags, admissible, "lags count rows")
        found: Array = self._raw(tau.ravel()).reshape(tau.shape) / self._variance
        return found

    def eigenvalues(self, n: int) -> Array:
        """Return the eigenvalues of the covariance of n rows, shape (n,), positive, of mean 1, the largest first; read-only.

        Exact up to 4096 rows (of an exponential memory always), by the symbol beyond: see `difference`. There whether the
        covariance is positive definite is asked of 4096 rows and of the symbol.

        Parameters
        ----------
        n : int
            How many rows, from 1 to 10^7.

        Raises
        ------
        ValueError
            If the covariance is not positive definite (to rounding, n eps of the largest eigenvalue), or not known.
        """
        return _eigenvalues(self, whole_number("n", n, 1, MOST, "it is a number of rows"))

    def difference(self, n: int) -> float:
        """Return the largest relative difference of an eigenvalue to the exact one: 0 where these are exact.

        Beyond 4096 rows it is what is measured at 4096. There it falls with n like 1/n for short memories; the largest few of a
        long memory keep it.

        Parameters
        ----------
        n : int
            As for `eigenvalues`.

        Raises
        ------
        ValueError
            As `eigenvalues`.
        """
        self.eigenvalues(n)
        if n <= EXACT or hasattr(self.law, "eigenvalues"):
            return 0.0
        return float(np.abs(symbol_eigenvalues(self(np.arange(EXACT))) / self.eigenvalues(EXACT) - 1.0).max())

    def covariance(self, n: int) -> Array:
        """Return the covariance of n rows, shape (n, n), with a unit diagonal.

        Parameters
        ----------
        n : int
            From 1 to 20000.

        Raises
        ------
        ValueError
            As `eigenvalues`.
        """
        self.eigenvalues(whole_number("n", n, 1, LARGEST, "the matrix is listed"))
        return toeplitz(self(np.arange(n)))

    def _raw(self, lags: Array) -> Array:
        """Return the law at lags, shape (n_lags,), checked."""
        admissible = f"an array of {lags.size} finite numbers at {lags.size} lags"
        try:
            given = self.law(lags.copy())
        except BadArgument:
            raise
        except Exception as error:
            remedy = f"it failed with {error!r}: write it with NumPy functions"
            raise BadArgument("law", self.law, admissible, remedy) from error
        found = real_array("law", given, admissible, "write it elementwise, with NumPy functions")
        if found.shape != lags.shape or not np.isfinite(found).all():
            raise BadArgument("law", self.law, admissible, "write it elementwise, with NumPy functions")
        return found


@functools.lru_cache(maxsize=8)
def _eigenvalues(memory: Autocovariance, rows: int) -> Array:
    if hasattr(memory.law, "eigenvalues"):
        found: Array = memory.law.eigenvalues(rows)
    else:
        if rows > EXACT:
            memory.eigenvalues(EXACT)  # whose covariance is a part of the larger one, and must be positive definite
        found = (exact_eigenvalues if rows <= EXACT else symbol_eigenvalues)(memory(np.arange(rows)))
        if not found[-1] > rows * EPSILON * found[0]:
            ends = f"the smallest eigenvalue is {found[-1]:.6g}, the largest {found[0]:.6g}"
            remedy = "check it; a white part, added at lag zero, lifts all of them"
            raise BadArgument("law", memory.law, f"positive definite; of {rows} rows {ends}", remedy)
        found *= rows / found.sum()
    found.flags.writeable = False
    return found


def exponential_memory(xi: float) -> Autocovariance:
    """Return the autocovariance e^(−τ/ξ) of a first-order autoregression.

    Parameters
    ----------
    xi : float
        ξ > 0, in rows.

    Raises
    ------
    ValueError
        For other numbers.
    """
    return Autocovariance(Exponential(_positive("xi", xi)))


def power_memory(exponent: float, scale: float = 1.0) -> Autocovariance:
    """Return the autocovariance (1 + τ/scale)^(−exponent); at an exponent of 1 or below memory is long (its sum diverges).

    Parameters
    ----------
    exponent, scale : float
        Above zero; the scale in rows.

    Raises
    ------
    ValueError
        For other numbers.
    """
    return Autocovariance(Power(_positive("exponent", exponent), _positive("scale", scale)))


def moving_average(coefficients: ArrayLike) -> Autocovariance:
    """Return the autocovariance of e_t + Σ_j θ_j e_{t−j} with white e, which ends.

    Parameters
    ----------
    coefficients : array-like of shape (order,)
        θ_1, θ_2, …, or θ_1 alone.

    Raises
    ------
    ValueError
        For what is no list of finite numbers.
    """
    admissible = "a list of numbers from -1e100 to 1e100, one for each lag from 1"
    theta = np.atleast_1d(real_array("coefficients", coefficients, admissible, "leave out that of lag zero, which is 1"))
    if theta.ndim != 1 or not (np.abs(theta) <= 1e100).all():
        raise BadArgument("coefficients", coefficients, admissible, "leave out that of lag zero, which is 1")
    return Autocovariance(MovingAverage(tuple(theta.tolist())))


def _positive(name: str, value: Any) -> float:
    number = one_real(name, value, "a finite number above zero", "give a number")
    if not 0.0 < number < np.inf:
        raise BadArgument(name, value, "a finite number above zero", "give a number")
    return number


def _listed(values: ArrayLike) -> Listed:
    admissible = "a function of lags, or a list of finite numbers c(0), c(1), …"
    found = real_array("law", values, admissible, "give one number for each lag")
    if found.ndim != 1 or not np.isfinite(found).all():
        raise BadArgument("law", values, admissible, "give one number for each lag")
    return Listed(tuple(found.tolist()))
