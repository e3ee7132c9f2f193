"""The verdict on a formula: its gap to simulations at several sizes, carried to the limit, in standard errors.

A deterministic equivalent holds up to a remainder of order size^-p (p = 1 for real matrices, 2 for complex ones). With
gaps g_s = (simulated mean) − (formula) at sizes in the proportions s,

    g_s = g + c s^-p,          g = Σ_s a_s g_s,          Σ_s a_s = 1,   Σ_s a_s s^-p = 0,

and g = 0 if the formula is right; an error of order size^-2p is allowed for as if the remainder were the start of a geometric
series, c s^-p + (c s^-p)²/term. A comparison *disagrees* where |g| exceeds the critical value of Student's t, corrected for
the number of comparisons (Šidák); it is *undecided* where an error of the stated resolution would have been missed too
often; else it *agrees*. Besides each entry (a term in a setting), every term is compared over all settings at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import scipy.special
from numpy.typing import NDArray

from numerics.check.extrapolation import Array, Limit, extrapolate, welch
from theory.errors import BadArgument
from theory.exact import exact
from theory.results.store import Stored
from theory.terms import Key

Verdict: TypeAlias = Literal["agree", "disagree", "undecided"]
Setting: TypeAlias = dict[str, Any]

ROUNDING = 1e-10  # of the reference: what double precision leaves of a term that is zero


@dataclass(frozen=True)
class Rule(Stored):
    """What a verdict promises.

    Attributes
    ----------
    false_alarm : float
        Probability that a right formula is called wrong, over all comparisons together.
    resolution : float
        The relative error of a term throughout the grid that must be seen.
    entry_resolution : float
        The relative error of one term in one setting that must be seen.
    negligible : float
        A term below this share of the reference (the test risk) is held to this share of it.
    power : float
        The probability with which such errors are seen; less is undecided.

    Raises
    ------
    ValueError
        If one of them is no number between 0 and 1.
    """

    false_alarm: float = 1e-3
    resolution: float = 0.03
    entry_resolution: float = 0.1
    negligible: float = 0.01
    power: float = 0.99

    def __post_init__(self) -> None:
        for name in ("false_alarm", "resolution", "entry_resolution", "negligible", "power"):
            value = getattr(self, name)
            number = exact(value)
            if number is None or not 0 < number < 1:
                raise BadArgument(name, value, "a number strictly between 0 and 1", "leave it out for the default")
            object.__setattr__(self, name, float(number))

    def critical(self, n_comparisons: int, dof: float) -> float:
        """Return the |t| that one of `n_comparisons` may reach by chance: Šidák, Student's t with `dof` degrees.

        Parameters
        ----------
        n_comparisons : int
            How many are made together: each gets its share of `false_alarm`.
        dof : float
            Degrees of freedom of the standard error.
        """
        one = -np.expm1(np.log1p(-self.false_alarm) / n_comparisons)
        return -float(scipy.special.stdtrit(dof, one / 2))

    def tolerated(self, n_comparisons: int, dof: float, error: float) -> float:
        """Return the largest standard error with which `error` is still seen with the stated power.

        Parameters
        ----------
        n_comparisons : int
            How many are made together: each gets its share of `false_alarm`.
        dof : float
            Degrees of freedom of the standard error.
        error : float
            The error of the formula that is to be seen.
        """
        return error / (self.critical(n_comparisons, dof) + float(scipy.special.stdtrit(dof, self.power)))


@dataclass(frozen=True, eq=False)
class Rung(Stored):
    """Measurements at one size of the ladder.

    Attributes
    ----------
    scale : float
        Sizes in units of the setting's own.
    sizes : dict
        The sizes drawn.
    values : mapping
        One array of shape (n_trials, n_settings) a term.
    """

    scale: float
    sizes: dict[str, int]
    values: Mapping[Key, Array]

    @property
    def trials(self) -> int:
        """The number of trials."""
        return len(next(iter(self.values.values())))


@dataclass(frozen=True, eq=False)
class Block(Stored):
    """Settings measured on the same draws, at each size.

    Attributes
    ----------
    settings : tuple of dict
        At scale 1.
    rungs : tuple of Rung
        By ascending size.
    theory : tuple of mapping
        For each rung the formula's values, one array of shape (n_settings,) a term.
    order : int
        p, the order of the remainder.
    reference : ndarray of shape (n_settings,)
        What negligible terms are held to (the test risk).
    """

    settings: tuple[Setting, ...]
    rungs: tuple[Rung, ...]
    theory: tuple[Mapping[Key, Array], ...]
    order: int
    reference: Array

    @property
    def terms(self) -> tuple[Key, ...]:
        """The terms compared."""
        return tuple(self.rungs[-1].values)

    def known(self, term: Key) -> NDArray[np.bool_]:
        """Return in which settings the formula gives a number at every size, of shape (n_settings,)."""
        return np.all([np.isfinite(values[term]) for values in self.theory], axis=0) & np.isfinite(self.reference)

    def limit(self, term: Key, weights: Array) -> Limit:
        """Return the gap of Σ_j weights_j · term_j, carried to infinite size; settings of weight 0 do not matter."""
        used = np.flatnonzero(weights)
        gaps, variances, dofs = [], [], []
        for rung, theory in zip(self.rungs, self.theory, strict=True):
            combined = rung.values[term][:, used] @ weights[used]
            gaps.append(float(combined.mean() - theory[term][used] @ weights[used]))
            variances.append(float(combined.var(ddof=1) / len(combined)))
            dofs.append(len(combined) - 1)
        return extrapolate([rung.scale for rung in self.rungs], gaps, variances, dofs, self.order)


@dataclass(frozen=True)
class Row:
    """One comparison.

    Attributes
    ----------
    setting : dict
        Arguments of the formula, at scale 1.
    term : str or tuple of str
        A risk, bias, or the sources of a variance.
    theory, mean, stderr : float
        The formula at the largest size; the simulation there, the remainder taken out; its standard error.
    z : float
        (mean − theory)/error, the error with the allowances for rounding and for higher orders of the remainder.
    sizes : tuple of dict
        What was drawn, by ascending size.
    trials : tuple of int
        How often.
    remainder : float
        What the finite size adds at the largest one, estimated from the ladder.
    verdict : "agree", "disagree" or "undecided"
        On this comparison, allowing for the number of all comparisons.
    shortfall : float
        (standard error / the one that the resolution needs)²: trials are lacking by this factor where it exceeds 1.
    """

    setting: Setting
    term: Key
    theory: float
    mean: float
    stderr: float
    z: float
    sizes: tuple[dict[str, int], ...]
    trials: tuple[int, ...]
    remainder: float
    verdict: Verdict
    shortfall: float


@dataclass(frozen=True)
class TermRow:
    """One term over all settings: the weighted mean of (simulation − formula)/formula.

    Attributes
    ----------
    term : str or tuple of str
        A risk, bias, or the sources of a variance.
    deviation, stderr : float
        Relative; of settings where the term is not negligible, if there are any.
    z : float
        deviation/stderr.
    n_settings : int
        How many settings entered.
    verdict : "agree", "disagree" or "undecided"
        On the term throughout the grid, allowing for the number of all comparisons.
    shortfall : float
        As in `Row`.
    """

    term: Key
    deviation: float
    stderr: float
    z: float
    n_settings: int
    verdict: Verdict
    shortfall: float


def judge(blocks: Sequence[Block], rule: Rule) -> tuple[list[Row], list[TermRow]]:
    """Return every entry's comparison, and every term's over the whole grid."""
    terms = list(dict.fromkeys(term for block in blocks for term in block.terms))
    n_comparisons = len(terms) + sum(len(block.settings) * len(block.terms) for block in blocks)
    rows = [
        _entry(block, term, place, rule, n_comparisons)
        for block in blocks
        for place in range(len(block.settings))
        for term in block.terms
    ]
    return rows, [_pooled(blocks, term, rule, n_comparisons) for term in terms]


def _entry(block: Block, term: Key, place: int, rule: Rule, n_comparisons: int) -> Row:
    theory, reference = float(block.theory[-1][term][place]), float(block.reference[place])
    sizes, trials = tuple(rung.sizes for rung in block.rungs), tuple(rung.trials for rung in block.rungs)
    if not block.known(term)[place]:
        mean, none = float(block.rungs[-1].values[term][:, place].mean()), float("nan")
        return Row(block.settings[place], term, theory, mean, none, none, sizes, trials, none, "undecided", 0.0)
    limit = block.limit(term, np.eye(len(block.settings))[place])
    size = max(abs(theory), rule.negligible * reference)
    z, verdict, shortfall = decide(limit, ROUNDING * reference, size, rule.entry_resolution, rule, n_comparisons)
    mean, error = theory + limit.gap, float(np.sqrt(limit.variance))
    return Row(
        block.settings[place], term, theory, mean, error, z, sizes, trials, limit.remainder, verdict, shortfall
    )


def decide(
    limit: Limit, rounding: float, size: float, resolution: float, rule: Rule, n_comparisons: int
) -> tuple[float, Verdict, float]:
    """Return z, the verdict, and by which factor trials are lacking.

    Parameters
    ----------
    limit : Limit
        The gap at infinite size.
    rounding, size : float
        What double precision leaves of the gap; the size of the term.
    resolution : float
        The relative error of the term that must be seen.
    rule : Rule
        What the verdict promises.
    n_comparisons : int
        Made under the same probability of false alarm.
    """
    higher = limit.curvature / size if size > 0 else 0.0
    error = float(np.sqrt(limit.variance + higher**2 + rounding**2))
    if error == 0:
        return (0.0, "agree", 0.0) if limit.gap == 0 else (float(np.copysign(np.inf, limit.gap)), "disagree", 0.0)
    z, tolerated = limit.gap / error, rule.tolerated(n_comparisons, limit.dof, resolution * size)
    shortfall = (error / tolerated) ** 2 if tolerated > 0 else float("inf")
    if abs(z) > rule.critical(n_comparisons, limit.dof):
        return z, "disagree", shortfall
    return z, "undecided" if shortfall > 1 else "agree", shortfall


def _pooled(blocks: Sequence[Block], term: Key, rule: Rule, n_comparisons: int) -> TermRow:
    """Return a term's mean relative deviation: weighted by precision, settings on the same draws trial by trial."""
    weighty, faint = [], []
    for block in blocks:
        if term not in block.terms:
            continue
        known, size, floor = block.known(term), np.abs(block.theory[-1][term]), rule.negligible * block.reference
        weighty.append((block, known & (size > 0) & (size >= floor), size))
        faint.append((block, known & (floor > 0), floor))
    chosen = weighty if any(used.any() for _, used, _ in weighty) else faint
    n_settings = sum(int(used.sum()) for _, used, _ in chosen)
    if not n_settings:
        none = float("nan")
        return TermRow(term, none, none, none, 0, "undecided", 0.0)
    limits = [_relative(block, term, used, scale) for block, used, scale in chosen if used.any()]
    weights = _precisions(limits)
    parts = [weight**2 * limit.variance for weight, limit in zip(weights, limits, strict=True)]
    gap, remainder, curvature = (
        float(weights @ np.array([getattr(limit, name) for limit in limits])) for name in ("gap", "remainder", "curvature")
    )
    limit = Limit(gap, float(sum(parts)), welch(parts, [limit.dof for limit in limits]), remainder, curvature)
    z, verdict, shortfall = decide(limit, ROUNDING / rule.negligible, 1.0, rule.resolution, rule, n_comparisons)
    return TermRow(term, gap, float(np.sqrt(limit.variance)), z, n_settings, verdict, shortfall)


def _relative(block: Block, term: Key, used: NDArray[np.bool_], scale: Array) -> Limit:
    """Return the limit of the weighted mean of gap/scale over the `used` settings of one block."""
    units = [unit / scale[place] for place, unit in enumerate(np.eye(len(used))) if used[place]]
    weights = _precisions([block.limit(term, unit) for unit in units])
    return block.limit(term, weights @ np.array(units))


def _precisions(limits: Sequence[Limit]) -> Array:
    """Return weights ∝ 1/variance that add up to 1."""
    precision = np.array([1 / (limit.variance + ROUNDING**2) for limit in limits])
    return precision / precision.sum()
