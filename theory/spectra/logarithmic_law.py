r"""The logarithmic power law, on the border of summable spectra: every mode is about as strong as all beyond it.

    λ_k = 1/(k log^a(k+1)),      c_k λ_k = 1/(k log^b(k+1)),      k = 1, 2, …        (a, b > 1)

(arXiv:2406.08466 with a = b, an isotropic prior.) What is left of a sum beyond any number of modes that a double can count is
∫ du/u^a, u = log k: a part of 1/(a−1) u^{1−a} that no truncation could leave out.
"""

from __future__ import annotations

from typing import Any

from theory.errors import BadArgument
from theory.exact import exact
from theory.spectra.smooth_law import SmoothLaw


class LogarithmicLaw(SmoothLaw):
    """λ_k = 1/(k log^a(k+1)) and c_k λ_k = 1/(k log^b(k+1)), infinite; immutable.

    Parameters
    ----------
    power : float
        a > 1.
    target : float, optional
        b > 1; by default a: c_k = 1, an isotropic prior.

    Attributes
    ----------
    power, target : float
        The powers of log(k+1) in 1/λ_k and in 1/(c_kλ_k).
    size, rank, smallest, total_variance, signal
        As in `Spectrum`.

    Raises
    ------
    ValueError
        If a power is not admissible.

    Examples
    --------
    >>> round(LogarithmicLaw(2.0).total_variance, 6)
    3.387736
    """

    def __init__(self, power: Any, target: Any = None) -> None:
        self.power = _power("power", power)
        self.target = self.power if target is None else _power("target", target)

    def __repr__(self) -> str:
        return f"LogarithmicLaw(power={self.power}, target={self.target})"

    def __eq__(self, other: object) -> bool:
        return (self.power, self.target) == (other.power, other.target) if isinstance(other, LogarithmicLaw) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.power, self.target))

    def log_eigenvalue(self, log_k: Any) -> Any:
        """Ln λ = −ln k − a ln ln(k+1)."""
        return -log_k - self.number(self.power, log_k) * self._log_log(log_k)

    def log_signal(self, log_k: Any) -> Any:
        """Ln cλ = −ln k − b ln ln(k+1)."""
        return -log_k - self.number(self.target, log_k) * self._log_log(log_k)

    def remainder(self, log_k: Any) -> tuple[Any, Any]:
        """∫ u^-a du and ∫ u^-b du from there on."""
        powers = (self.number(power, log_k) for power in (self.power, self.target))
        variance, signal = (log_k ** (1 - power) / (power - 1) for power in powers)
        return variance, signal

    def _log_log(self, log_k: Any) -> Any:
        return self.log(log_k + self.log1p(self.exp(-log_k)))


def _power(argument: str, value: Any) -> float:
    number = exact(value)
    if number is None or not 1 < number <= 100:
        raise BadArgument(argument, value, "a number above 1, at most 100", "log^-a is summable for a > 1 only")
    return float(number)
