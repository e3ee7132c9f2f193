"""Any formula against any simulation: the verdicts of `crosscheck` for formulas that are not a chain's.

    nm.crosscheck_formula(formula, estimator, settings, sizes=("n_samples", "n_dims"))

The formula gives a number (or several by name) for a setting, the estimator one random draw of the same. A formula for
large systems is checked on a ladder of sizes, whose remainder of order 1/size^p is taken out; one that claims to hold at
every size is checked there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, TypeAlias

import numpy as np

from numerics.check.agreement import Agreement
from numerics.check.extrapolation import Array
from numerics.check.ladder import check_scales, settings_of
from numerics.check.sampling import Draw, Site, check_trials, derived_seed, measure
from numerics.check.verdict import Rule, Setting
from numerics.montecarlo.trials import Estimate, run_trials
from theory.errors import BadArgument, real_array, whole_number
from theory.terms import Key

Values: TypeAlias = float | Mapping[str, float]
Estimator: TypeAlias = Callable[..., Any]
VALUE = "value"  # the name of a lone number
SCALES = (1, 2)


def crosscheck_formula(
    formula: Callable[..., Values],
    estimator: Estimator | Estimate | Mapping[str, Estimate],
    settings: Any = None,
    *,
    sizes: Sequence[str] | Callable[[Setting, float], Setting] | None = None,
    scales: Sequence[float] | None = None,
    order: int = 1,
    trials: int = 100,
    seed: int = 0,
    max_trials: int | None = None,
    rule: Rule | None = None,
    executor: Executor | None = None,
) -> Agreement:
    """Compare a formula of your own with a simulation of your own.

    Parameters
    ----------
    formula : callable
        `formula(**setting)` returns a float, or a dict of floats by name.
    estimator : callable, Estimate, or dict of Estimate
        `estimator(rng, **setting)` returns one draw of the same, from the NumPy generator `rng`; or measurements made
        already (of one setting, at one size).
    settings : sequence of dict, or dict of array-like, optional
        Keyword arguments of both; may be left out for a formula without any.
    sizes : sequence of str, or callable, optional
        Which arguments grow together: names of integers; or `sizes(setting, scale)`, which returns the setting at `scale`
        times its sizes. Left out, the formula is taken to hold at every size, and nothing is extrapolated.
    scales : sequence of float, optional
        The ladder, (1, 2) when left out: integers, or inverses of integers.
    order : int
        p: the remainder falls like size^-p.
    trials, seed, max_trials : int
        As in `crosscheck`.
    rule : Rule, optional
        Probability of false alarm and resolution. Terms below 1 % of the setting's largest are held to that.
    executor : concurrent.futures.Executor, optional
        Where to run the trials.

    Returns
    -------
    Agreement
        Every comparison, and the verdict on them all.

    Raises
    ------
    ValueError
        If formula and estimator do not return the same names, or numbers at all, and for arguments out of their domain.
    """
    used = Rule() if rule is None else rule
    if not isinstance(used, Rule):
        raise BadArgument("rule", rule, "a Rule", "give Rule(false_alarm=..., resolution=...)")
    if not callable(formula):
        raise BadArgument("formula", formula, "callable", "give formula(**setting) -> float or dict of floats")
    order = whole_number("order", order, 1, 8, "give 1, or 2 for complex matrices")
    n_trials, most = check_trials(trials, max_trials)
    derived_seed(seed)
    if sizes is None and scales is not None:
        raise BadArgument("scales", scales, "left out without sizes=", "say which arguments grow together: sizes=(...)")
    ladder = (1.0,) if sizes is None else check_scales(SCALES if scales is None else scales)
    given = [{}] if settings is None else settings_of(settings)
    measured = _measured(estimator)
    if measured is not None and (len(given) > 1 or sizes is not None):
        raise BadArgument("estimator", estimator, "callable for several settings or sizes", "give estimator(rng, **setting)")
    if measured is not None:
        n_trials = most = len(next(iter(measured.values())))
    sites = []
    for place, setting in enumerate(given):
        scaled = [_scaled(setting, sizes, scale) for scale in ladder]
        theory = [_named(formula(**at), "formula") for at in scaled]
        draw = _drawer(estimator, scaled, list(theory[0]), derived_seed(seed, place), executor)
        if measured is not None:
            _same("estimator", list(measured), list(theory[0]))
            draw = _given(measured)
        largest = max(map(abs, theory[-1].values()))
        sites.append(
            Site(
                [setting], ladder, [_drawn(setting, at) for at in scaled],
                [{name: np.array([value]) for name, value in values.items()} for values in theory],
                np.array([largest]), order, draw, extendable=measured is None,
            )
        )
    return Agreement(tuple(measure(sites, n_trials, most, used)), used)


def _scaled(setting: Setting, sizes: Any, scale: float) -> Setting:
    """Return the setting at `scale` times its sizes."""
    if sizes is None:
        return setting
    if callable(sizes):
        return dict(sizes(setting, scale))
    names = [sizes] if isinstance(sizes, str) else list(sizes)
    for name in names:
        if name not in setting:
            raise BadArgument("sizes", sizes, f"among the arguments {', '.join(setting)}", "name arguments of every setting")
        if isinstance(setting[name], bool) or not isinstance(setting[name], int | float) or not setting[name] >= 1:
            raise BadArgument(name, setting[name], "a number ≥ 1, as a size", "leave it out of sizes=")
    return setting | {name: max(1, round(setting[name] * scale)) for name in names}


def _drawn(setting: Setting, scaled: Setting) -> dict[str, int]:
    """Return the arguments that make up the size, for the table: those that change with the scale, else integers."""
    changed = {name: value for name, value in scaled.items() if setting.get(name) != value}
    return changed or {name: value for name, value in scaled.items() if isinstance(value, int) and name.startswith("n_")}


def _named(values: Any, what: str) -> dict[Key, float]:
    """Return one value or several as floats by name."""
    admissible = "a function that returns a finite number, or a dict of at least one"
    named: dict[Key, float] = {}
    for name, value in (dict(values) if isinstance(values, Mapping) else {VALUE: values}).items():
        number = real_array(what, value, admissible, "return plain numbers")
        if number.ndim or not np.isfinite(number):
            raise BadArgument(what, value, admissible, "return plain numbers")
        named[name] = float(number)
    if not named:
        raise BadArgument(what, values, admissible, "return plain numbers")
    return named


def _same(what: str, found: list[Key], expected: list[Key]) -> None:
    if set(found) != set(expected):
        raise BadArgument(what, found, f"of the formula's names, {', '.join(map(str, expected))}", "return the same names")


class _Trial:
    """One draw of the estimator, as an array in the order of the names."""

    def __init__(self, estimator: Estimator, setting: Setting, names: list[Key]) -> None:
        self._estimator, self._setting, self._names = estimator, setting, names

    def __call__(self, rng: np.random.Generator) -> Array:
        drawn = _named(self._estimator(rng, **self._setting), "estimator")
        _same("estimator", list(drawn), self._names)
        values = np.array([drawn[name] for name in self._names])
        if not np.isfinite(values).all():
            raise BadArgument("estimator", drawn, "a function that returns finite numbers", "exclude draws that have none")
        return values


def _drawer(
    estimator: Any, scaled: Sequence[Setting], names: list[Key], seed: int, executor: Executor | None
) -> Draw:
    def draw(index: int, first: int, trials: int) -> dict[Key, Array]:
        trial = _Trial(estimator, scaled[index], names)
        outcomes = np.array(run_trials(trial, trials, derived_seed(seed, index), executor=executor, first=first))
        return {name: outcomes[:, [column]] for column, name in enumerate(names)}

    return draw


def _measured(estimator: Any) -> dict[Key, Array] | None:
    """Return measurements made already, of shape (n_trials, 1) a name; None for an estimator to be called."""
    pairs: dict[Key, Any] = {VALUE: estimator} if isinstance(estimator, Estimate) else {}
    if isinstance(estimator, Mapping):
        pairs = dict(estimator)
    elif not pairs:
        if not callable(estimator):
            raise BadArgument("estimator", estimator, "callable, or an Estimate", "give estimator(rng, **setting)")
        return None
    lengths = {len(value.values) if isinstance(value, Estimate) and value.values.ndim == 1 else 0 for value in pairs.values()}
    if len(lengths) != 1 or min(lengths) < 2:
        raise BadArgument(
            "estimator", estimator, "of estimates of one number each, from as many trials ≥ 2", "measure them together"
        )
    return {name: value.values[:, None] for name, value in pairs.items()}


def _given(measured: Mapping[Key, Array]) -> Draw:
    def draw(index: int, first: int, trials: int) -> dict[Key, Array]:
        return {name: values[first : first + trials] for name, values in measured.items()}

    return draw
