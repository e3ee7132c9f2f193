"""Figures 2a, 2d and 3a in shape: what the paper does not print is fitted on one curve, the others are predictions.

Not printed: the unit of time, that of the loss, and the number of modes. The last is chosen once, where the published exponents
predict best, for all exponents that are tried; or anew for each of them, in its favour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.interpolate import CubicSpline

from numerics.papers.bordelon2024.experiment import FEATURES, SGD
from numerics.papers.bordelon2024.published import FIGURE_2A, FIGURE_2D, FIGURE_3A, TIMES, WIDTHS, WIDTHS_3A, A, B, task
from numerics.papers.claims import Claim

EARLY, LATE = np.logspace(0.0, 4.0, 14), np.logspace(1.5, 4.0, 9)  # times of 2a and of 2d, as far as scales from .1 to 25 lead
SHIFTS = ((0.0, 0.0), (0.2, 0.0), (-0.2, 0.0), (0.0, 0.2), (0.0, -0.2))
GOOD, WORSE = 0.1, 1.5  # in ln L: what a prediction may miss; by what factor other exponents must be worse to be rejected
STEPS = np.linspace(0.2, 0.74, 10)  # of Figure 3a, whose step is not printed; half of the largest stable one at most


class Miss(NamedTuple):
    """How far predictions are off, in ln L: of Figure 2a and of 2d; the number of modes, and the fitted L(0)."""

    wide: float
    many: float
    modes: float
    unit: float

    @property
    def worst(self) -> float:
        """The larger of the two."""
        return max(self.wide, self.many)


def missed(a: float, b: float, modes: float) -> Miss:
    """Return how far the curves are off that were not fitted: one time scale and one amplitude are, on the narrowest of 2a."""
    law, sizes = task(a, b, modes), np.array(WIDTHS, dtype=np.float64)[:, None]
    wide, many = (
        CubicSpline(np.log(times), np.log(FEATURES.evaluate(law, time=times, n_samples=p, n_features=n).test), axis=1)
        for times, p, n in ((EARLY, 1000.0, sizes), (LATE, sizes, 1000.0))
    )
    scales = np.linspace(np.log(0.1), np.log(25.0), 221)
    gaps = np.log(FIGURE_2A * law.signal)[None] - np.array([wide(np.log(TIMES) + scale) for scale in scales])
    amplitude = gaps[:, :1].mean(axis=2, keepdims=True)
    best = int(np.argmin(abs(gaps - amplitude)[:, 0].max(axis=1)))
    unit = float(amplitude[best, 0, 0])
    rest = np.log(FIGURE_2D * law.signal) - many(np.log(TIMES[-1]) + scales[best]) - unit
    return Miss(float(abs(gaps - amplitude)[best, 1:].max()), float(abs(rest).max()), modes, float(np.exp(unit)))


def shape(
    modes: Sequence[float], run: Callable[..., Iterable[Miss]] = map
) -> tuple[list[Claim], list[tuple[str, ...]]]:
    """Return the claims on Figures 2a, 2d and 3a, and the table of all exponents tried with some numbers of modes.

    `run` is a `map`, of an executor too.
    """
    cases = [(A + da, B + db, number) for da, db in SHIFTS for number in modes]
    found = list(run(missed, *zip(*cases, strict=True)))
    tried = [found[first : first + len(modes)] for first in range(0, len(found), len(modes))]
    place = min(range(len(modes)), key=lambda p: tried[0][p].worst)
    common, free = [row[place] for row in tried], [min(row, key=lambda miss: miss.worst) for row in tried]
    told = f"worst of 25 predictions off by {common[0].worst:.2f} in ln L"
    claims = [
        Claim("Figure 2a, 2d", f"the curves in shape, {words}", "curves", told, *_judged(misses))
        for words, misses in ((f"{modes[place]:g} modes for all exponents", common), ("modes chosen for each exponent", free))
    ]
    rows = [
        (f"{A + da:.2f}", f"{B + db:.2f}", *(text for miss in pair for text in (_named(miss.modes), f"{miss.wide:.3f}",
                                                                                f"{miss.many:.3f}", f"{miss.unit:.2f}")))
        for (da, db), pair in zip(SHIFTS, zip(common, free, strict=True), strict=True)
    ]  # fmt: skip
    return [*claims, one_pass(modes[place])], rows


def _judged(found: list[Miss]) -> tuple[str, str]:
    """Return the verdict and its evidence: whether the published exponents predict, and shifted ones do not."""
    good = found[0].worst < GOOD
    names = [f"a {da:+g}" if da else f"b {db:+g}" for da, db in SHIFTS[1:]]
    gone = [name for name, miss in zip(names, found[1:], strict=True) if miss.worst > WORSE * found[0].worst]
    left = [name for name in names if name not in gone]
    verdict = "refuted" if not good else "undecided" if left else "confirmed"
    return verdict, (f"criterion: {WORSE:g} times worse is rejected; rejected: {', '.join(gone) or 'none'}; not told apart: "
                     f"{', '.join(left) or 'none'}")  # fmt: skip


def _named(modes: float) -> str:
    return "∞" if np.isinf(modes) else f"{modes:g}"


def one_pass(modes: float) -> Claim:
    """Return the claim on Figure 3a: seven widths after 349 steps; the step and the amplitude are fitted to them."""
    law = task(A, B, modes)
    width = np.array(WIDTHS_3A, dtype=np.float64)
    loss = SGD.evaluate(law, n_samples=32 * 349.0, n_features=width, step=STEPS[:, None]).test / law.signal
    gaps = np.log(FIGURE_3A) - np.log(loss)
    middle = 0.5 * (gaps.max(axis=1) + gaps.min(axis=1))
    miss = abs(gaps - middle[:, None]).max(axis=1)
    best = int(miss.argmin())
    return Claim(
        "Figure 3a", "one-pass SGD, B = 32, t ≈ 349, N = 64 … 4096, in shape", "curve", f"off by {miss[best]:.2f} in ln L",
        "confirmed in shape" if miss[best] < GOOD else "refuted",
        f"{modes:g} modes; two numbers fitted to seven: step {STEPS[best]:.2f}, L(0) = {np.exp(middle[best]):.2f}; no step "
        "is printed",
    )  # fmt: skip
