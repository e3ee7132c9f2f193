"""From measured losses of runs to exponents, forecasts and allocations, each with how far it may be believed.

A study of fifteen public tables found the bias of the form, not the noise, to be what goes wrong: nominal 90 % intervals by
residuals (Wald, profile, bootstrap alike) cover held-out losses half the time, bands by refits without the largest budgets
four times in five. So every exponent comes with its spread over forms, and every band from a backtest.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, overload

import numpy as np
from numpy.typing import ArrayLike

from numerics.fit.backtest import FEWEST, Backtest
from numerics.fit.candidates import choose, on_all, on_larger_half
from numerics.fit.forms import FORMS
from numerics.fit.models.model import MODELS, ModelFit, fit_model, n_parameters
from numerics.fit.profiles import Interval, profile_interval
from numerics.fit.projection import FormFit
from numerics.fit.result import Fitted, FitWarning, RunsFit
from numerics.fit.table import Runs, checked_runs
from theory import OnePassSGD
from theory.errors import BadArgument, one_of, one_real

SPARE = 3  # runs beyond the parameters of a form
RULED_OUT = 2.0  # residuals over the smallest, above which a form is
BIASED = 3.0  # backtest errors over residuals, above which the form is
DIVIDED = 0.5  # of the starts: fewer that agree are said
HOLDOUT = 10.0
FEW = FEWEST + 1


@overload
def fit_runs(
    sizes: ArrayLike, data: ArrayLike, loss: ArrayLike, compute: ArrayLike | None = None,
    form: Literal["auto", "additive", "tied", "coupled", "kaplan"] = "auto", *, holdout: float = HOLDOUT, level: float = 0.9,
    irreducible: float | None = None,
) -> RunsFit: ...  # fmt: skip


@overload
def fit_runs(
    sizes: ArrayLike, data: ArrayLike, loss: ArrayLike, compute: ArrayLike | None = None,
    form: Literal["random-features", "sgd"] = "random-features", *, level: float = 0.9, scales: bool = False,
    model: OnePassSGD | None = None, step: float | None = None,
) -> ModelFit: ...  # fmt: skip


@overload
def fit_runs(
    sizes: ArrayLike, data: ArrayLike, loss: ArrayLike, compute: ArrayLike | None = None, form: str = "auto", *,
    holdout: float = HOLDOUT, level: float = 0.9, irreducible: float | None = None, scales: bool = False,
    model: OnePassSGD | None = None, step: float | None = None,
) -> RunsFit | ModelFit: ...  # fmt: skip


def fit_runs(
    sizes: ArrayLike,
    data: ArrayLike,
    loss: ArrayLike,
    compute: ArrayLike | None = None,
    form: str = "auto",
    *,
    holdout: float = HOLDOUT,
    level: float = 0.9,
    irreducible: float | None = None,
    scales: bool = False,
    model: OnePassSGD | None = None,
    step: float | None = None,
) -> RunsFit | ModelFit:
    """Fit the losses of runs by power laws in size and data.

    Parameters
    ----------
    sizes, data, loss : array_like of shape (n_runs,)
        N, D and L, positive: parameters and tokens, features and samples.
    compute : array_like of shape (n_runs,), optional
        What a run cost; 6 N D when left out. Runs within a factor 1.5 of compute share a budget.
    form : {"auto", "additive", "tied", "coupled", "kaplan", "random-features", "sgd"}
        "auto" fits every form to all runs and to the half of most compute, and takes what erred least without the largest
        budgets. A form that is asked for is fitted to all runs, the others too, for the spread. The last two are this library's
        own theory: capacity, source, noise and scales, if your system is that model (N features, P samples), and a test that
        rejects it where it is not.
    holdout : float
        The factor of compute, > 1, over which forms are backtested: refits leave out the largest budgets, down to the first cut
        at least so far below.
    level : float
        Nominal coverage of intervals and bands.
    irreducible : float, optional
        E where it is known (label noise, say), below every loss; by default it is fitted.
    scales : bool
        "random-features": sizes and data are features and samples up to a factor each, which are fitted too.
    model : OnePassSGD, optional
        "sgd": how the runs were made; by default `OnePassSGD()`.
    step : float, optional
        "sgd": the step γ in units of 1/λ_1; by default it is fitted.

    Returns
    -------
    RunsFit
        Exponents with profile intervals and spread over forms, E, residuals, the leave-largest-out table; `forecast` and
        `allocation`. For the library's own models a `ModelFit`: capacity, source, noise and how well they fit.

    Warns
    -----
    FitWarning
        Where the backtest is far above the residuals, a parameter sits on a bound or is not bounded by the table, starts
        disagree, or fewer than four budgets leave nothing to backtest; where the table rejects a model.

    Raises
    ------
    ValueError
        For fewer runs than parameters + 3, values that are missing or not positive, a single budget, size or amount of data,
        losses at or below a stated irreducible loss.

    Notes
    -----
    Forms: Hoffmann et al. (arXiv:2203.15556, eq. 2) "additive", with a = b "tied"; Kaplan et al. (arXiv:2001.08361, eq. 1.5)
    with E added "kaplan"; "coupled" contains both. Intervals by residuals hold where the form is the truth.
    """
    runs = checked_runs(sizes, data, loss, compute)
    known = one_of("form", form, ("auto", *FORMS, *MODELS))
    nominal = one_real("level", level, "a number between 0.5 and 1", "give for example 0.9")
    if not 0.5 <= nominal < 1.0:
        raise BadArgument("level", level, "a number between 0.5 and 1", "give for example 0.9")
    if known in MODELS:
        if irreducible is not None:
            raise BadArgument("irreducible", irreducible, f"left out for {known}", "the label noise is fitted")
        _enough(runs, n_parameters(known, scales, step) + SPARE, known)
        found = fit_model(known, runs, nominal, scales, model, step)
        for line in found.warnings:
            warnings.warn(line, FitWarning, stacklevel=2)
        return found
    for name, given in (("scales", scales or None), ("model", model), ("step", step)):
        if given is not None:
            raise BadArgument(name, given, "left out for a form of power laws", "it belongs to the library's own models")
    factor = one_real("holdout", holdout, "a number above 1", "it is a factor of compute")
    if not 1.0 < factor < np.inf:
        raise BadArgument("holdout", holdout, "a number above 1", "it is a factor of compute")
    floor = None if irreducible is None else _below(irreducible, runs)
    saved = 0 if floor is None else 1
    fewest = min(f.n_parameters for f in FORMS.values()) if known == "auto" else FORMS[known].n_parameters
    _enough(runs, fewest - saved + SPARE, known)
    enough = [f for f in FORMS.values() if len(runs) >= f.n_parameters - saved + SPARE]
    whole = on_all(enough, runs, factor, floor)
    halves = on_larger_half(whole, factor, floor) if known == "auto" else {}
    chosen = whole[known] if known != "auto" else choose(whole, halves)
    fit, form_name = chosen.fit, chosen.fit.form.name
    fits = {name: candidate.fit for name, candidate in whole.items()}
    plausible = _plausible(fits, form_name)
    among = [*(fits[name] for name in plausible), fit]
    among += [halves[name].fit for name in _plausible({name: half.fit for name, half in halves.items()})]
    names = {"size": "a", "data": "b" if "b" in fit.form.parameters else "a"}
    intervals = {key: profile_interval(fit, chosen.runs, name, nominal, floor) for key, name in names.items()}
    intervals["E"] = profile_interval(fit, chosen.runs, "E", nominal) if floor is None else Interval(floor, floor)
    read = {"size": lambda f: f.exponents[0], "data": lambda f: f.exponents[1], "E": lambda f: f.irreducible}
    fitted = {key: _fitted(of, fit, intervals[key], among, fits) for key, of in read.items()}
    said = tuple(_warnings(runs, fit, chosen.backtest, intervals, set(FORMS) - set(fits)))
    for line in said:
        warnings.warn(line, FitWarning, stacklevel=2)
    return RunsFit(
        form=form_name, size_exponent=fitted["size"], data_exponent=fitted["data"], irreducible=fitted["E"], level=nominal,
        runs=runs, fits=fits, backtests={name: candidate.backtest for name, candidate in whole.items()}, plausible=plausible,
        warnings=said, chosen=chosen, larger_half=halves, stated_irreducible=floor,
    )  # fmt: skip


def _enough(runs: Runs, needed: int, form: str) -> None:
    if len(runs) < needed:
        raise BadArgument("loss", f"{len(runs)} runs", f"of at least {needed} runs for {form}", "add runs")


def _below(irreducible: float, runs: Runs) -> float:
    least = float(runs.loss.min())
    admissible = f"≥ 0 and below every loss, the least of which is {least:g}"
    floor = one_real("irreducible", irreducible, admissible, "leave it out to have it fitted")
    if not 0.0 <= floor < least:
        raise BadArgument("irreducible", irreducible, admissible, "leave it out to have it fitted")
    return floor


def _plausible(fits: Mapping[str, FormFit], chosen: str = "") -> tuple[str, ...]:
    best = min((fit.rms for fit in fits.values()), default=0.0)
    return tuple(name for name, fit in fits.items() if fit.rms <= RULED_OUT * best + 1e-12 or name == chosen)


def _fitted(
    of: Callable[[FormFit], float], fit: FormFit, interval: Interval, among: Sequence[FormFit], fits: Mapping[str, FormFit]
) -> Fitted:
    values = [of(one) for one in among]
    return Fitted(of(fit), interval, Interval(min(values), max(values)), {name: of(one) for name, one in fits.items()})


def _warnings(runs: Runs, fit: FormFit, test: Backtest, intervals: dict[str, Interval], left_out: set[str]) -> list[str]:
    said = []
    if len(runs.budgets) < FEW:
        said.append(f"{len(runs.budgets)} budgets of compute, fewer than {FEW}: nothing is backtested, and no band is given")
    elif not test.cuts:
        said.append("too few runs below the largest budgets for a refit: nothing is backtested, and no band is given")
    if test.cuts and test.error > BIASED * test.residual and test.error > 1e-6:
        said.append(
            f"refits without the largest budgets miss them by {test.error:.2%}, residuals are {test.residual:.2%}: the form is "
            "biased, and intervals from residuals are too narrow"
        )
    if fit.at_bound:
        said.append(f"{', '.join(fit.at_bound)} on a bound: the table does not determine this form")
    words = {"size": "the exponent in size", "data": "the exponent in data", "E": "the irreducible loss"}
    for key, (low, high) in intervals.items():
        if np.isinf(high) or (key != "E" and low <= fit.form.bounds[0][0]):
            said.append(f"{words[key]} is not bounded by the table ({low:.3g} … {high:.3g})")
    if fit.agreement < DIVIDED:
        said.append(f"only {fit.agreement:.0%} of the starts found this minimum")
    if left_out:
        said.append(f"too few runs for {', '.join(sorted(left_out))}: the spread over forms leaves them out")
    return said
