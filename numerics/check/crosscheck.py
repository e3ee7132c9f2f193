"""Formula against simulation: every term of a chain's risk, at sizes in proportion, with a verdict.

Each setting is drawn at two sizes (`ladder`), where the deterministic equivalent is the same and its remainder is not; the
simulation, which knows no formula, is carried to infinite size and compared (`verdict`). Settings that differ in ridge (or
in time) and noise only share their draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from numerics.check.agreement import Agreement, label
from numerics.check.ladder import check_scales, default_scales, population, ridge_unit, settings_of, sizes_at
from numerics.check.sampling import Draw, Site, check_trials, derived_seed, measure
from numerics.check.subject import Subject, Theory, TrainedTheory, subject
from numerics.check.verdict import Block, Rule, Setting
from numerics.simulate.declared import Array
from theory.errors import BadArgument, real_array, truth, whole_number
from theory.spectra.base import Spectrum
from theory.terms import Key, Terms


def crosscheck(
    model: Theory | TrainedTheory,
    task: Spectrum,
    grid: Any,
    *,
    trials: int = 100,
    seed: int = 0,
    terms: Sequence[Key] | None = None,
    scales: Sequence[float] | None = None,
    complex: bool | None = None,
    finite_size: bool = False,
    max_trials: int | None = None,
    rule: Rule | None = None,
    store: str | PathLike[str] | None = None,
    **options: Any,
) -> Agreement:
    """Compare every term of a model's risk with simulation, over a grid of settings.

    Parameters
    ----------
    model : Chain, GradientFlow, GradientDescent or SpectralFilter
        The theory, and the declaration that is drawn: by `simulate`, or by `simulate_flow` where it is trained.
    task : Spectrum
        The population, with explicit modes: `truncate` an infinite one.
    grid : sequence of dict, or dict of array-like
        Settings: keywords of `evaluate` (n_samples=, n_features=, ridge=, noise=, ensemble=, …; time=, or n_steps= and
        step=, and weight_decay= of training), numbers in each dict; or one dict of arrays, which broadcast.
    trials : int
        Trials to start with at the largest size, ≥ 2. More follow where the rule needs them, up to `max_trials`.
    seed : int
        The whole check is repeated exactly by the same seed.
    terms : sequence, optional
        The terms to compare, by name or sources; all of them when left out.
    scales : sequence of float, optional
        The ladder: integers, or inverses of integers, that multiply every size. Left out, (1, 3) for settings of sizes up to
        40, (1, 2) up to 96, and (1/2, 1) beyond.
    complex : bool, optional
        Draw complex matrices, whose remainder falls like 1/size² (real ones: 1/size). The default, but for nonlinear
        features.
    finite_size : bool
        Draw real matrices and compare with the corrected risk (`Chain.evaluate(..., finite_size=True)`): what is left falls
        like 1/size² too, and the same verdict needs about a third of the trials that it needs without. Test and training risk
        only; a setting too small for the correction is undecided.
    max_trials : int, optional
        20 `trials`, and 2000 at least, when left out.
    rule : Rule, optional
        Probability of false alarm and resolution.
    store : path, optional
        A directory in which trials are kept (`store=` of `simulate`), so that an interrupted check resumes.
    **options
        Passed to `simulate`: executor, decompose, n_test, …

    Returns
    -------
    Agreement
        Prints as a table; `verdict`, `rows`, `terms`, `to_records()`, `to_markdown()`.

    Raises
    ------
    ValueError
        For an empty grid, unknown terms or sizes, trials below 2, an infinite spectrum, and values out of their domain.

    Notes
    -----
    Verdicts, by `Rule`: *disagree* where a comparison exceeds the critical value of Student's t with Šidák's correction for
    all comparisons; *undecided* where the standard error would hide an error of 10 % in one entry or of 3 % in a term
    throughout the grid (of what is above 1 % of the test risk, or of that 1 %); *agree* otherwise. A formula that is not
    finite is undecided.
    """
    used = Rule() if rule is None else rule
    if not isinstance(used, Rule):
        raise BadArgument("rule", rule, "a Rule", "give Rule(false_alarm=..., resolution=...)")
    n_trials, most = check_trials(trials, max_trials)
    derived_seed(seed)
    population(task, 1.0)
    settings = settings_of(grid)
    ladder = None if scales is None else check_scales(scales)
    checked = subject(model, truth("finite_size", finite_size))
    if finite_size and complex:
        raise BadArgument("complex", complex, "left out with finite_size=True", "complex matrices have no first correction")
    unitary = checked.chain.nonlinear is None and not finite_size if complex is None else bool(complex)
    options = {"decompose": False, **options} if finite_size else options
    order = 2 if unitary or finite_size else 1
    sites = [
        _site(checked, task, group, ladder, order, terms, _Draws(seed, place, store, unitary, options))
        for place, group in enumerate(_groups(checked, settings))
    ]
    return Agreement(tuple(measure(sites, n_trials, most, used)), used)


def theory_values(model: Theory | TrainedTheory, task: Spectrum, block: Block) -> list[Mapping[Key, Array]]:
    """Return what a model and a population say of a block, for `Agreement.against`: one mapping for each size.

    Parameters
    ----------
    model : Theory
        A chain, or whatever evaluates like one.
    task : Spectrum
        The population at scale 1.
    block : Block
        Settings that share their draws, and the sizes at which they were drawn.

    Returns
    -------
    list of mappings
        At each size, by term an array of shape (n_settings,).

    Raises
    ------
    ValueError
        If the model cannot be evaluated at a setting.
    """
    checked = subject(model)
    return [_evaluate(checked, task, block.settings, rung.scale, list(block.terms))[0] for rung in block.rungs]


class _Draws:
    """Where a site's trials come from."""

    def __init__(
        self, seed: int, place: int, store: str | PathLike[str] | None, complex: bool, options: Mapping[str, Any]
    ) -> None:
        self._seed, self._place, self._store = seed, place, store
        self._options = {"complex": complex, **options}

    def run(
        self, index: int, first: int, trials: int, draw: Callable[..., Any], task: Spectrum, arguments: Mapping[str, Any]
    ) -> Any:
        """Return the simulation of one batch."""
        kept: dict[str, Any] = {}
        if self._store is not None:
            folder = Path(self._store)
            folder.mkdir(parents=True, exist_ok=True)
            kept["store"] = folder / f"group-{self._place}-size-{index}-from-{first}.sqlite"
        seed = derived_seed(self._seed, self._place, index, first)
        return draw(task, trials=trials, seed=seed, **arguments, **self._options, **kept)


def _groups(model: Subject, settings: list[Setting]) -> list[list[Setting]]:
    """Put settings together that share draws: they differ in ridge or time, and noise, only."""
    needed = [slot.keyword for slot in model.chain.slots.sizes]
    shared = {*model.along, "noise"}
    groups: dict[Any, list[Setting]] = {}
    for setting in settings:
        for keyword in needed:
            whole_number(keyword, setting.get(keyword), 1, remedy="give it in every setting: a simulation draws finite sizes")
        key = tuple(sorted((name, value) for name, value in setting.items() if name not in shared))
        for keyword in model.needed:
            if keyword not in setting:
                raise BadArgument(keyword, None, "given in every setting", f"add {keyword}=...")
        groups.setdefault(key, []).append(setting)
    return list(groups.values())


def _site(
    model: Subject, task: Spectrum, group: list[Setting], ladder: tuple[float, ...] | None, order: int,
    terms: Sequence[Key] | None, draws: _Draws,
) -> Site:
    """Return the site of one group: its ladder, the theory on it, and how to draw."""
    largest = max(float(task.size), *(float(size) for size in sizes_at(model.chain, group[0], 1.0).values()))
    scales = default_scales(largest) if ladder is None else ladder
    found = [_evaluate(model, task, group, scale, terms) for scale in scales]
    names = list(found[0][0])
    return Site(
        group, scales, [sizes_at(model.chain, group[0], scale) for scale in scales], [values for values, _ in found],
        found[-1][1], order, _drawer(model, task, group, scales, names, terms is not None, draws),
    )


def _arguments(
    model: Subject, task: Spectrum, group: Sequence[Setting], scale: float
) -> tuple[Any, Spectrum, dict[str, Any], dict[str, Array]]:
    """Return the theory, the population, and the arguments of a group at one scale: common ones, and those along the path."""
    scaled = population(task, scale)
    unit = ridge_unit(model.chain, task, scaled)
    shared = {*model.along, "noise"}
    common = {name: value for name, value in group[0].items() if name not in shared}
    units = {**{name: unit**power for name, power in model.along.items()}, "noise": 1.0}
    path = {}
    for name, each in units.items():
        values = [setting.get(name, 0.0) for setting in group]
        path[name] = real_array(name, values, "a number in every setting", "give a number") * each
    return model.at(unit), scaled, {**common, **sizes_at(model.chain, group[0], scale)}, path


def _evaluate(
    model: Subject, task: Spectrum, group: Sequence[Setting], scale: float, terms: Sequence[Key] | None
) -> tuple[dict[Key, Array], Array]:
    """Return the theory's terms, and its test risk, each of shape (n_settings,)."""
    theory, scaled, common, path = _arguments(model, task, group, scale)
    risk: Terms[Array] = theory.evaluate(scaled, **common, **path).terms
    for term in terms or ():
        if term not in risk:
            raise BadArgument("terms", term, f"among {', '.join(map(label, risk))}", "name terms of this model")
    names = list(risk) if terms is None else list(terms)
    return {name: np.asarray(risk[name]) for name in names}, np.asarray(risk["test"])


def _drawer(
    model: Subject, task: Spectrum, group: Sequence[Setting], scales: Sequence[float], names: list[Key], strict: bool,
    draws: _Draws,
) -> Draw:
    """Return the function that draws a batch of trials at one scale: each ridge or time is fitted once, whatever the noises."""

    def draw(index: int, first: int, trials: int) -> dict[Key, Array]:
        theory, scaled, common, path = _arguments(model, task, group, scales[index])
        noises, which_noise = np.unique(path.pop("noise"), return_inverse=True)
        points, which_point = np.unique(np.array(list(path.values())), axis=1, return_inverse=True)
        arguments = {**common, **dict(zip(path, points, strict=True)), "noise": noises[:, None]}
        batch = draws.run(index, first, trials, partial(model.draw, theory), scaled, arguments)
        measured = batch.terms
        missing = [name for name in names if name not in measured]
        if missing and strict:
            raise BadArgument(
                "terms", missing[0], f"among {', '.join(map(label, measured))}", "decompose the risk, or leave it out"
            )
        return {name: measured[name].values[:, which_noise, which_point] for name in names if name in measured}

    return draw
