"""The leading terms as numbers: Φ of the features, c_V of the schedule, in the regime of the point."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy
from sympy import Expr

from theory.dynamics.sgd.laws import average, curve
from theory.dynamics.sgd.laws.common import ALPHA, EARLY, FEATURES, PHI, R
from theory.dynamics.sgd.laws.profile import Profile
from theory.dynamics.sgd.modes import Modes, one_step
from theory.dynamics.sgd.moments import BATCH, STEP, coefficients
from theory.dynamics.sgd.schedules.pieces import Array
from theory.dynamics.sgd.schedules.schedule import Schedule, Steps
from theory.dynamics.sgd.stability import stability
from theory.errors import BadArgument
from theory.frozen import Frozen
from theory.notation import FALL, SPREAD
from theory.spectra.power_law import PowerLaw

NEAR = 1e-4  # relative distance from α = p + 1 at which two poles are taken apart, on both sides


def asymptote(
    schedule: Schedule, averaging: str | None, batch: int, task: PowerLaw, modes: Modes, steps: int, step: float, width: float,
    missed: float, noise: float,
) -> Mapping[str, float]:
    """Return the leading terms; see `OnePassSGD.asymptote`."""
    saturated = 2.0 * task.source > 1.0
    profile = Profile(schedule.pieces(steps))
    if averaging is None:
        terms = curve.leading_terms(profile, saturated)
    else:
        terms = average.leading_terms(averaging == "tail", saturated)
    numbers = {
        STEP: sympy.Float(step * task.scale), curve.SAMPLES: sympy.Float(steps * batch),
        BATCH: sympy.Integer(batch), FEATURES: sympy.Float(width) if math.isfinite(width) else sympy.oo,
    }  # fmt: skip

    @functools.cache
    def phi(at: float) -> float:
        return stability(modes, at / task.scale, batch)

    def value(name: str, side: float = 1.0) -> float:
        capacity, source = (task.capacity * side, task.source) if averaging is None else (task.capacity, task.source * side)
        term = terms[name].subs({ALPHA: sympy.Float(capacity), R: sympy.Float(source)}).subs(numbers)
        if SPREAD.symbol in term.free_symbols:
            term = term.subs(SPREAD.symbol, _moment(profile, capacity, step * task.scale, phi))
        return float(_functions(term, phi, modes, task, batch))

    def made(*names: str) -> float:
        """Return a sum, the limit of both sides where two poles meet (α = p + 1, or 2r = 2 for the mean of all iterates)."""
        held = [name for name in names if name in terms]
        order = task.capacity / (float(profile.end.power) + 1.0) if averaging is None else task.source
        meets = abs(order - 1.0) < NEAR and ("end" in held or averaging is not None)
        sides = (1.0 - NEAR, 1.0 + NEAR) if meets else (1.0,)
        return sum(value(name, side) for name in held for side in sides) / len(sides)

    time = value("time")
    found = {"time": time, "approximation": missed, "flow": 0.0, "leak": 0.0, "kick": 0.0, "start": 0.0}
    full = math.isfinite(width) and time * value("capacity") > 1.0
    if time < 1.0:
        found["flow"], share = task.signal - missed, made("begun")
    elif full:
        share = made("late", "end") if "late" in terms else made("end")
        if not schedule.fixed:
            share += width * _falling(schedule, profile, numbers, width)
        if "remembered" in terms:
            found["start"] = float((modes.signal / (modes.eigenvalues * time / task.scale) ** 2).sum())
    else:
        share = made("early", "end")
        found |= {name: made(name) for name in ("flow", "start")}
        if saturated and math.isfinite(width):
            found["leak"] = made("leak")
        if saturated and _counts(profile, task):
            found["kick"] = made("kick")
    bias = sum(found[name] for name in ("flow", "leak", "kick", "start"))
    variance = (noise + missed) * share
    return Frozen({**found, "bias": bias, "variance": variance, "test": noise + missed + bias + variance})


def _falling(schedule: Schedule, profile: Profile, numbers: Mapping[Any, Any], width: float) -> float:
    """Return what the fall of the step over powers of T leaves of each mode long learnt; 0 for steps that are given."""
    if isinstance(schedule, Steps):
        return 0.0
    if profile.pieces[-1].constant:
        raise BadArgument(
            "n_features", width, "so many that not all are learnt, where a step halves log T times", "`evaluate` gives the risk"
        )
    return float(curve.falling().factor.subs(FALL.symbol, profile.fall).subs(numbers))


def _counts(profile: Profile, task: PowerLaw) -> bool:
    """Return whether the early error is gone early: else what it kicks is part of the flow's own noise."""
    power = float(profile.start.power)
    return 2.0 * task.source > (2.0 * power + 1.0) / (power + 1.0)


def _moment(profile: Profile, capacity: float, step: float, phi: Callable[[float], float]) -> float:
    """Return c_V, with Φ inside where the finite part allows it: Φ falls as u^p towards the end."""
    power = float(profile.end.power)

    def weight(g: Array) -> Array:
        return 1.0 / (1.0 - np.array([phi(step * x) if x else 0.0 for x in g]))

    inside = power == 0.0 or power + 1.0 > capacity
    return profile.moment(2.0 - 1.0 / capacity, weight if inside else None)


def _functions(term: Expr, phi: Callable[[float], float], modes: Modes, task: PowerLaw, batch: int) -> Any:
    """Return a term with numbers for Φ(step) and Y(step)."""
    rate = coefficients().rate

    def early(step: Expr) -> Expr:
        loss = one_step(modes, float(step) / task.scale, batch).loss
        return rate.subs(STEP, step) * sympy.Float(float((modes.signal / loss).sum()))

    return term.replace(PHI, lambda step: sympy.Float(phi(float(step)))).replace(EARLY, early)
