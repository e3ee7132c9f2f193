"""What subjects are asked with: the seed, the control factor, and how a witness is made of numbers that should be equal."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import mpmath

from numerics.check.agreement import Agreement
from numerics.check.verdict import Rule
from numerics.validation.ledger.entries import Witness
from numerics.validation.ledger.residues import PRIME, inverse
from theory.terms import term_name

NOWHERE = Witness("none", "not published")
RULE = Rule()
LEAST = 2.3e-308  # the smallest normal double: what is below is told to this only


class Subject(Protocol):
    """A model, a spectrum or an algorithm, with its formulas."""

    @property
    def key(self) -> str:
        """Its name in the ledger."""

    @property
    def title(self) -> str:
        """Its name on the page."""

    @property
    def group(self) -> str:
        """What it is one of."""

    @property
    def setting(self) -> str:
        """Where it is drawn and evaluated, in words."""

    def fingerprints(self) -> dict[str, str]:
        """Return that of every formula, as it is now."""

    def probe(self) -> dict[str, float]:
        """Return the value of every formula at one point, as it is now."""

    def witnesses(self, inquiry: Inquiry) -> dict[str, dict[str, Witness]]:
        """Return what every witness says, by formula and kind."""


@dataclass(frozen=True)
class Inquiry:
    """How witnesses are asked.

    Attributes
    ----------
    seed : int
        Of all draws.
    control : float
        What every value of the theory is multiplied by: 1, but where they are to disagree.
    executor : concurrent.futures.Executor, optional
        Of the trials; no number depends on it.
    """

    seed: int = 0
    control: float = 1.0
    executor: Executor | None = None

    def equal(self, pairs: Iterable[tuple[Any, Any]], tolerance: float, words: str) -> Witness:
        """Return a witness of values of the theory and what they should be.

        Parameters
        ----------
        pairs : iterable of (theory, expected)
            Numbers, doubles or mpf.
        tolerance : float
            The largest relative error that is agreement.
        words : str
            What is compared; how it came out follows.
        """
        errors = [self._error(*pair) for pair in pairs]
        largest = max(errors)
        verdict = "agree" if largest <= tolerance else "disagree"
        count = f", {len(errors)} points" if len(errors) > 1 else ""
        return Witness(verdict, f"{words}: {shown(largest)}{count}", {"error": rounded(largest), "points": len(errors)})

    def _error(self, found: Any, expected: Any) -> float:
        with mpmath.workdps(60):
            found, expected = mpmath.mpmathify(found) * self.control, mpmath.mpmathify(expected)
            if found == expected:
                return 0.0
            error = abs(found - expected) / max(abs(expected), LEAST)
            return math.inf if mpmath.isnan(error) else float(error)

    def identical(self, pairs: Iterable[tuple[int, int]], words: str) -> Witness:
        """Return a witness of residues of the theory and what they should be; see `residues`."""
        factor = Fraction(str(self.control))
        wrong = [1 for found, expected in pairs
                 if (found * factor.numerator * inverse(factor.denominator) - expected) % PRIME]  # fmt: skip
        return Witness("disagree" if wrong else "agree", f"{words}: {'no' if wrong else 'exact'}")

    def judged(self, agreement: Agreement, names: Callable[[Any], str] = term_name) -> dict[str, Witness]:
        """Return what a cross-check says of every term."""
        found, held = {}, agreement if self.control == 1.0 else agreement.multiplied(self.control)
        sizes = sorted({max(drawn.values()) for row in held.rows for drawn in row.sizes if drawn})
        for row in held.terms:
            entries = [entry for entry in held.rows if entry.term == row.term]
            verdicts = {row.verdict} | {entry.verdict for entry in entries}
            verdict = next((name for name in ("disagree", "undecided") if name in verdicts), "agree")
            trials = max((max(entry.trials) for entry in entries), default=0)
            ladder = f"sizes to {sizes[0]} and {sizes[-1]}" if sizes else "exact at every size"
            words = (f"{row.deviation:+.2%} ± {row.stderr:.2%}, z = {row.z:+.2f}; {ladder}; "
                     f"{trials} draws; sees {held.rule.resolution:.0%}")  # fmt: skip
            figures = {"z": number(row.z, 2), "deviation": number(row.deviation, 5), "stderr": number(row.stderr, 5),
                       "sizes": sizes, "trials": trials, "sees": held.rule.resolution, "power": held.rule.power}  # fmt: skip
            found[names(row.term)] = Witness(verdict, words, figures)
        return found


def number(value: float, digits: int) -> float | None:
    """Return a number as it is stored; None for what is none."""
    return round(value, digits) if math.isfinite(value) else None


def rounded(error: float) -> float | None:
    """Return an error to two digits; None for an infinite one."""
    return float(f"{error:.1e}") if math.isfinite(error) else None


def shown(error: float) -> str:
    """Return an error as text: 0 is exact."""
    return "0" if error == 0 else f"{error:.0e}"


def gathered(kinds: Mapping[str, Mapping[str, Witness]], formulas: Iterable[str]) -> dict[str, dict[str, Witness]]:
    """Return witnesses by formula and kind, from those by kind and formula.

    Parameters
    ----------
    kinds : mapping of str to mapping
        What each kind says, by formula.
    formulas : iterable of str
        All of them; what is silent on one is left out there.
    """
    return {name: {kind: said[name] for kind, said in kinds.items() if name in said} for name in formulas}
