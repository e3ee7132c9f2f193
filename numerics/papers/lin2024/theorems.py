"""The theorems of Lin et al. (arXiv:2406.08466) beside the laws that are derived here, in the paper's letters.

Powers are compared exactly, on rays where M, N (effective samples for the last iterate) and γ are powers of one Λ.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from numerics.papers.claims import Claim
from numerics.papers.lin2024.printed import LAST, MEAN, STEP
from theory import Law, LogarithmicLaw
from theory.conventions import convention

LETTERS = convention("lin2024")
ISOTROPIC = (Fraction(3, 2), Fraction(2), Fraction(3))  # a = b
TASKS = tuple((Fraction(a), Fraction(b)) for a, b in ((2, "3/2"), (2, "5/2"), (3, "7/2"), ("3/2", 2)))  # b < a + 1
EASIEST = tuple((Fraction(a), Fraction(b)) for a, b in ((2, "7/2"), (2, 5), (3, "9/2")))  # b > a + 1
SIZES, STEPS = (Fraction(1, 4), Fraction(1, 3), Fraction(2, 5)), (Fraction(0), Fraction(-1, 5))  # powers: M and γ, N is Λ
MANY = np.array([1e3, 1e4, 1e5])

Power = Callable[[Fraction, Fraction, Fraction, Fraction], Fraction]  # of a, b, log M, log γ


def theorems() -> list[Claim]:
    """Return a row for every theorem: what it says, and what the derived laws do."""
    last, mean = LAST.exponents(), MEAN.exponents()
    same = tuple((a, a) for a in ISOTROPIC)
    return [
        _row(last, "Theorem 4.1", "approximation ~ M^(1-a)", "approximation", same, lambda a, b, M, g: (1 - a) * M),
        _row(last, "Theorem 4.1", "bias ~ (N_eff γ)^(1/a-1) for (N_eff γ)^(1/a) ≤ M/3", "bias", same, _bias),
        _row(last, "Theorem 4.1", "variance ~ min{M, (N_eff γ)^(1/a)}/N_eff", "variance", same, _variance),
        _allocation(last, "Theorem 4.1", "M ~ C^(1/(a+1))", same, lambda a, b: 1 / (a + 1)),
        _row(last, "Theorem 4.2", "approximation ~ M^(1-b)", "approximation", TASKS, lambda a, b, M, g: (1 - b) * M),
        _row(last, "Theorem 4.2", "bias ~ (N_eff γ)^((1-b)/a)", "bias", TASKS, _bias),
        _row(last, "Theorem 4.2", "variance ~ min{M, (N_eff γ)^(1/a)}/N_eff", "variance", TASKS, _variance),
        _allocation(last, "Theorem 4.2", "M ~ C^(1/(b+1)) for a < b < a + 1", TASKS[1:], lambda a, b: 1 / (b + 1)),
        _beyond(last),
        _row(mean, "Appendix F", "averages, approximation ~ M^(1-a)", "approximation", same, lambda a, b, M, g: (1 - a) * M),
        _row(mean, "Appendix F", "averages, bias ~ (N γ)^(1/a-1)", "bias", same, _bias),
        _row(mean, "Appendix F", "averages, variance ~ min{M, (N γ)^(1/a)}/N", "variance", same, _variance),
        *_logarithmic(),
    ]


def _bias(a: Fraction, b: Fraction, M: Fraction, g: Fraction) -> Fraction:
    return (1 - b) / a * (1 + g)


def _variance(a: Fraction, b: Fraction, M: Fraction, g: Fraction) -> Fraction:
    return min(M, (1 + g) / a) - 1


def _rays(tasks: Any) -> Iterator[tuple[Fraction, Fraction, Fraction, Fraction]]:
    for (a, b), M, g in itertools.product(tasks, SIZES, STEPS):
        yield a, b, M, g


def _row(law: Law, where: str, words: str, term: str, tasks: Any, power: Power) -> Claim:
    """Compare a term on all rays, the bias where it is no exponential."""
    rays = [ray for ray in _rays(tasks) if term != "bias" or (1 + ray[3]) / ray[0] < ray[2]]
    gaps = []
    for a, b, M, g in rays:
        found = law.along(**LETTERS.ours(a=a, b=b), n_samples=1, n_features=M, step=g, noise=0)[term]
        gaps.append(abs(found - power(a, b, M, g)))
    largest = max(gaps)
    verdict = "confirmed" if largest == 0 else "refuted"
    return Claim(where, words, "as stated", f"largest difference of powers {largest}", verdict, f"{len(rays)} rays, exactly")


def _allocation(law: Law, where: str, words: str, tasks: Any, width: Callable[[Fraction, Fraction], Fraction]) -> Claim:
    """Compare the best width at C = M N_eff."""
    gaps = []
    for a, b in tasks:
        best = law.compute_optimal({"n_samples": 1, "n_features": 1}, **LETTERS.ours(a=a, b=b), noise=0)
        gaps.append(abs(Fraction(str(best.n_features)) - width(a, b)))
    verdict = "confirmed" if max(gaps) == 0 else "refuted"
    return Claim(where, words, "as stated, up to logarithms", f"largest difference of powers {max(gaps)}", verdict,
                 f"{len(gaps)} tasks, exactly")  # fmt: skip


def _beyond(law: Law) -> Claim:
    """Beyond b = a + 1 the paper bounds the bias, and says that its bounds do not meet."""
    found = [law.along(**LETTERS.ours(a=a, b=b), n_samples=1, n_features=math.inf, step=0, noise=0)["bias"] for a, b in EASIEST]
    told = ", ".join(f"{power} (a = {a}, b = {b})" for power, (a, b) in zip(found, EASIEST, strict=True))
    verdict = "confirmed" if all(power <= -1 for power in found) else "refuted"
    return Claim("Appendix D.3", "bias ≲ 1/(N_eff γ) for b > a + 1", "an upper bound", f"powers of N_eff γ: {told}", verdict,
                 "the bound holds and is not met: the bias falls faster, as −min{(b−1)/a, 2−1/a}")  # fmt: skip


def _logarithmic() -> list[Claim]:
    """Theorem 4.3 on the spectrum i^-1 log^-a(i+1): terms over what is stated, which ought to tend to constants."""
    a, found = 2.0, []
    wide, out = (LAST.evaluate(LogarithmicLaw(a), n_samples=MANY**3, n_features=width, step=STEP, noise=1.0)
                 for width in (MANY, None))  # fmt: skip
    seen = STEP * out.effective_samples
    rows = (
        ("approximation", "log^(1-a) M", wide.approximation, np.log(MANY) ** (1 - a)),
        ("bias", "log^(1-a)(N_eff γ), without a sketch", out.bias, np.log(seen) ** (1 - a)),
        ("variance", "γ/log^a(N_eff γ), without a sketch", out.variance, STEP / np.log(seen) ** a),
    )
    for name, words, values, shape in rows:
        ratios = np.asarray(values) / shape
        told, verdict = ", ".join(f"{value:.3g}" for value in ratios), "confirmed" if _settles(ratios) else "undecided"
        found.append(Claim("Theorem 4.3", f"{name} ~ {words}", "as stated, a = 2", f"ratios {told}", verdict,
                           "sharp theory at M = 10³, 10⁴, 10⁵ and N = 10⁹, 10¹², 10¹⁵; logarithms settle slowly"))  # fmt: skip
    return found


def _settles(ratios: Any) -> bool:
    """Return whether ratios tend to a constant: within a factor of two, and by smaller steps."""
    steps = np.abs(np.diff(np.log(ratios)))
    return bool(ratios.max() < 2 * ratios.min() and steps[1] < steps[0])
