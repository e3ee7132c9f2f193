"""Spectra: the traces of every kind of population, listed, long, or infinite."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import mpmath
import numpy as np
from mpmath import mp, mpf

from numerics.validation.ledger import fingerprints
from numerics.validation.ledger.entries import Witness
from numerics.validation.ledger.inquiry import NOWHERE, Inquiry, gathered
from theory import Discrete, Isotropic, LogarithmicLaw, PowerLaw, SmoothLaw, Spectrum

ORDERS = {"df1": (1, 0, 1), "df2": (2, 0, 2), "tf1": (1, 1, 1), "tf2": (2, 1, 2)}
KAPPAS = (1e-12, 1e-6, 1e-3, 0.1, 1.0, 1e3)
DIRECT = (1e-3, 0.1, 1.0, 1e3)  # where plain sums are short enough
DIGITS, TOLERANCE, SUMMED = 50, 1e-12, 1e-10
LISTED = 4000  # modes that are added one by one; beyond, Euler and Maclaurin
FIRST = 12


class Broken(SmoothLaw):
    """One power up to k = 100, another beyond: λ_k = 1/(k (1 + k/100)), c_kλ_k = k^-1.6; a law of one's own.

    Attributes
    ----------
    size : float
        Infinite.
    """

    size = math.inf

    def __repr__(self) -> str:
        return "λ_k = 1/(k (1 + k/100)), c_kλ_k = k^-1.6"

    def log_eigenvalue(self, log_k: Any) -> Any:
        """Return ln λ.

        Parameters
        ----------
        log_k : array or mpf
            ln k.
        """
        return -log_k - self.log1p(self.exp(log_k - self.log(self.number(100, log_k))))

    def log_signal(self, log_k: Any) -> Any:
        """Return ln cλ.

        Parameters
        ----------
        log_k : array or mpf
            ln k.
        """
        return -self.number(1.6, log_k) * log_k


@dataclass(frozen=True)
class SpectrumSubject:
    """A population.

    Attributes
    ----------
    key, title : str
        As in `Subject`.
    task : Spectrum
        The population.
    modes : callable or None
        (λ_k, c_kλ_k) of a real k, of mpmath's numbers; None for listed ones.
    printed : mapping
        By trace a closed form of κ in print.
    source : str
        Where it is printed.
    """

    key: str
    title: str
    task: Spectrum
    modes: Callable[[Any], tuple[Any, Any]] | None = None
    printed: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    source: str = ""
    group = "spectra"

    @property
    def setting(self) -> str:
        """The population."""
        return f"{self.task!r}; κ from {KAPPAS[0]:g} to {KAPPAS[-1]:g}"

    def fingerprints(self) -> dict[str, str]:
        """Return those of the first modes, and of what is summed."""
        task = self.task.truncate(FIRST) if self.task.size > FIRST else self.task
        listed = [f"{value:.7e}" for part in task.explicit() for value in part]
        return {name: fingerprints.joined(name, order, self.task.size, *listed) for name, order in ORDERS.items()}

    def trace(self, name: str, kappa: Any) -> Any:
        """Return one trace.

        Parameters
        ----------
        name : str
            Which.
        kappa : float or mpf
            κ.
        """
        p, q, m = ORDERS[name]
        return self.task.trace(p, q, m, kappa)

    def probe(self) -> dict[str, float]:
        """Return every trace at κ = 0.01."""
        return {name: float(self.trace(name, 0.01)) for name in ORDERS}

    def witnesses(self, inquiry: Inquiry) -> dict[str, dict[str, Witness]]:
        """Return what every witness says."""
        kinds = {
            "identity": self._sums(inquiry),
            "digits": self._digits(inquiry),
            "simulation": dict.fromkeys(ORDERS, Witness("none", "sums are not drawn")),
            "published": {name: self._published(name, inquiry) for name in ORDERS},
            "route": {name: self._direct(name, inquiry) for name in ORDERS},
        }
        return gathered(kinds, ORDERS)

    def _sums(self, inquiry: Inquiry) -> dict[str, Witness]:
        """Return df₁ = df₂ + κΨ(1,0,2) and tf₁ = tf₂ + κΨ(1,1,2): what is learnt and what is missed of a mode are 1."""
        found = {}
        for q, names in ((0, ("df1", "df2")), (1, ("tf1", "tf2"))):
            one, two = names
            missed = {kappa: float(kappa * self.task.trace(1, q, 2, kappa)) for kappa in KAPPAS}
            words = f"{one} = {two} + κΨ(1,{q},2)"
            found[one] = inquiry.equal(
                [(float(self.trace(one, kappa)), float(self.trace(two, kappa)) + missed[kappa]) for kappa in KAPPAS],
                TOLERANCE, words)  # fmt: skip
            held = [(float(self.trace(two, kappa)), float(self.trace(one, kappa)) - missed[kappa]) for kappa in KAPPAS
                    if missed[kappa] < 0.9 * float(self.trace(one, kappa))]  # fmt: skip
            found[two] = inquiry.equal(held, TOLERANCE * 10, words)
        return found

    def _digits(self, inquiry: Inquiry) -> dict[str, Witness]:
        found = {}
        for name in ORDERS:
            with mp.workdps(DIGITS):
                exact = [self.trace(name, mpf(kappa)) for kappa in KAPPAS]
            pairs = [(float(self.trace(name, kappa)), value) for kappa, value in zip(KAPPAS, exact, strict=True)]
            found[name] = inquiry.equal(pairs, TOLERANCE, f"doubles against mpmath, {DIGITS} digits")
        return found

    def _published(self, name: str, inquiry: Inquiry) -> Witness:
        if name not in self.printed:
            return NOWHERE
        with mp.workdps(40):
            pairs = [(float(self.trace(name, kappa)), self.printed[name](mpf(kappa))) for kappa in KAPPAS]
            return inquiry.equal(pairs, TOLERANCE, self.source)

    def _direct(self, name: str, inquiry: Inquiry) -> Witness:
        """Return what a plain sum says, the tail by Euler and Maclaurin."""
        p, q, m = ORDERS[name]
        words = "plain sums" if self.modes is None else f"plain sums over {LISTED} modes, Euler and Maclaurin beyond"
        pairs = []
        with mp.workdps(25):
            for kappa in DIRECT:
                if self.modes is None:
                    value = mpmath.fsum(
                        mpf(float(x)) ** p * mpf(float(c)) ** q / (mpf(float(x)) + mpf(kappa)) ** m
                        for x, c in zip(*self.task.explicit(), strict=True)
                    )
                else:
                    value = self._summed(functools.partial(self._term, p, q, m, mpf(kappa)))
                pairs.append((float(self.trace(name, kappa)), value))
            return inquiry.equal(pairs, SUMMED, words)

    def _term(self, p: int, q: int, m: int, kappa: Any, k: Any) -> Any:
        assert self.modes is not None
        eigenvalue, signal = self.modes(k)
        return (signal if q else 1) * eigenvalue ** (p - q) / (eigenvalue + kappa) ** m

    def _summed(self, term: Callable[[Any], Any]) -> Any:
        last = mpf(LISTED) if math.isinf(self.task.size) else mpf(min(LISTED, self.task.size))
        total = mpmath.fsum(term(mpf(k)) for k in range(1, int(last)))
        if last == self.task.size:
            return total + term(last)
        far = mp.inf if math.isinf(self.task.size) else mpmath.log(mpf(self.task.size))
        low = mpmath.log(last)
        ends = [low, 2 * low, 4 * low, far] if far == mp.inf else list(mpmath.linspace(low, far, 6))
        tail = mpmath.quad(lambda u: mpmath.exp(u) * term(mpmath.exp(u)), ends)
        end = 0 if far == mp.inf else term(mpf(self.task.size)) / 2 + mpmath.diff(term, mpf(self.task.size)) / 12
        return total + tail + term(last) / 2 - mpmath.diff(term, last) / 12 + mpmath.diff(term, last, 3) / 720 + end


def _power(alpha: Any, r: Any) -> Callable[[Any], tuple[Any, Any]]:
    return lambda k: (k ** -mpf(alpha), k ** (-1 - 2 * mpf(r) * mpf(alpha)))


def _logarithmic(k: Any) -> tuple[Any, Any]:
    value = 1 / (k * mpmath.log(k + 1) ** 2)
    return value, value


def _broken(k: Any) -> tuple[Any, Any]:
    return 1 / (k * (1 + k / 100)), k ** -(mpf(16) / 10)


def _coth(kappa: Any) -> Any:
    """Return Σ 1/(1 + κk²)."""
    return (mpmath.pi / mpmath.sqrt(kappa) * mpmath.coth(mpmath.pi / mpmath.sqrt(kappa)) - 1) / 2


def _coth_squared(kappa: Any) -> Any:
    """Return Σ 1/(1 + κk²)² = (1 + κ d/dκ) Σ 1/(1 + κk²)."""
    y = mpmath.pi / mpmath.sqrt(kappa)
    return (y * mpmath.coth(y) / 2 + y**2 / mpmath.sinh(y) ** 2 / 2 - 1) / 2


def subjects() -> list[SpectrumSubject]:
    """Return one population of every kind."""
    k = np.arange(1.0, 41.0)
    printed = {"df1": _coth, "tf1": _coth, "df2": _coth_squared, "tf2": _coth_squared}
    listed = Discrete(np.append(k**-1.5, 1e-9), np.append(k**0.3, 5.0))
    even = {"df1": lambda x: 50 / (1 + x), "df2": lambda x: 50 / (1 + x) ** 2, "tf1": lambda x: 1 / (1 + x),
            "tf2": lambda x: 1 / (1 + x) ** 2}  # fmt: skip
    return [
        SpectrumSubject("power_law", "infinite power law", PowerLaw(1.5, 0.4), _power("1.5", "0.4")),
        SpectrumSubject("power_law_two", "infinite power law, α = 2", PowerLaw(2, 0.25), _power(2, "0.25"), printed,
                        "Gradshteyn and Ryzhik, 1.421.4"),
        SpectrumSubject("power_law_long", "long power law", PowerLaw(1.2, 0.5, size=10**7), _power("1.2", "0.5")),
        SpectrumSubject("logarithmic_law", "logarithmic law", LogarithmicLaw(2.0), _logarithmic),
        SpectrumSubject("smooth_law", "a law of one's own", Broken(), _broken),
        SpectrumSubject("discrete", "listed modes", listed),
        SpectrumSubject("isotropic", "equal modes", Isotropic(50), None, even, "one eigenvalue: elementary"),
    ]  # fmt: skip
