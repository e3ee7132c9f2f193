"""Where a point lies: outside the spectrum of what is inverted, in the plane of a non-Hermitian one, or in a real one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from sympy import Symbol

from theory.errors import BadArgument
from theory.pencil.algebra import Array, Doubles
from theory.pencil.hermitised import ROUNDING, Hermitised
from theory.pencil.instance import Instance
from theory.pencil.solve import converged, followed

ASIDE = 1e-3  # a step off the real axis: out of a real spectrum, hardly moved in one of the plane
STARTS = (-1.0, 1e-2)  # of walks towards a negative ridge: a positive one; and beyond eigenvalues that are zero
FINEST = 1e-9  # of a ridge, to which its edge is found


@dataclass(frozen=True)
class Place:
    """What is known at a point.

    Attributes
    ----------
    traces : ndarray or None
        The plain system's unknowns (1, unknowns), outside the spectrum.
    values : list of complex
        Inside a spectrum of the plane: the traces that are read out.
    """

    traces: Array | None
    values: list[complex]


def located(hermitised: Hermitised, rough: Instance) -> Place:
    """Return what is known at a point.

    Parameters
    ----------
    hermitised : Hermitised
        Of the system.
    rough : Instance
        The system at the point, in doubles.

    Raises
    ------
    ValueError
        In a real spectrum, or if the deterministic part is singular.
    ArithmeticError
        At an edge, or where doubles cannot tell.
    """
    stuck: ArithmeticError | None = None
    try:
        traces = followed(rough.balance)
        if _outside(hermitised, rough, traces):
            return Place(traces, [])
    except ArithmeticError as error:
        stuck = error
    try:
        found = _by_corner(hermitised, rough)
        if found is not None:
            return found
    except ArithmeticError as error:
        stuck = stuck or error
    negative = [symbol for symbol, (value,) in rough.scalars.items() if np.isreal(value) and np.real(value) < 0]
    if len(negative) == 1:
        edge, there = _walked(hermitised, rough, negative[0])
        goal = float(np.real(rough.scalars[negative[0]][0]))
        if there is not None and edge == goal:
            return Place(there, [])
        if there is not None:
            limit = f"above {edge:.7g}, the edge of a real spectrum"
            raise BadArgument(negative[0].name, goal, limit, "inside the spectrum traces have no limit: raise it")
    if stuck is not None:
        raise stuck
    raise BadArgument(
        "values", "a point in a real spectrum", "such that every inverse exists", "raise the ridge, or make it complex"
    )


def _outside(hermitised: Hermitised, instance: Instance, traces: Array) -> bool:
    if not np.isfinite(traces).all():
        return False
    return bool((hermitised.growth(instance, instance.balance.resolvents(traces)) < 1.0 + ROUNDING).all())


def _by_corner(hermitised: Hermitised, instance: Instance) -> Place | None:
    """Return what hermitisation tells, None in a real spectrum or at its edge."""
    corner = hermitised.corner(instance.values)
    if corner.outside:
        traces = converged(instance.balance, corner.traces.real if instance.real else corner.traces)
        if not np.isfinite(traces).all():
            raise ArithmeticError("Newton's method does not settle at a solution")
        return Place(traces, []) if _outside(hermitised, instance, traces) else None
    return None if hermitised.corner(instance.values, ASIDE).outside else Place(None, corner.values)


def _walked(hermitised: Hermitised, rough: Instance, symbol: Symbol) -> tuple[float, Array | None]:
    """Return how far towards its value a negative scalar can be lowered outside the spectrum, and the traces there."""
    goal = float(np.real(rough.scalars[symbol][0]))

    def at(value: float) -> Instance:
        return Instance(hermitised.plain, replace(rough.values, numbers={**rough.values.numbers, symbol: value}), Doubles())

    reached, traces = np.inf, None
    for position in (share * goal for share in STARTS):
        start = _started(hermitised, at(position))
        if start is None or reached < 0:
            continue
        reached, traces, stride = position, start, -goal
        while stride > -FINEST * goal and reached > goal:
            trial = max(reached - stride, goal)
            found = _near(hermitised, at(trial), traces)
            if found is None:
                stride /= 2.0
            else:
                reached, traces, stride = trial, found, stride * 1.5
    return (reached if abs(reached) > -10.0 * FINEST * goal else 0.0), traces


def _started(hermitised: Hermitised, instance: Instance) -> Array | None:
    try:
        traces = followed(instance.balance)
        if _outside(hermitised, instance, traces):
            return traces
    except ArithmeticError:
        pass
    try:
        place = _by_corner(hermitised, instance)
    except ArithmeticError:
        return None
    return None if place is None else place.traces


def _near(hermitised: Hermitised, instance: Instance, traces: Array) -> Array | None:
    """Return the solution that Newton finds from a neighbour's, if it is outside the spectrum."""
    try:
        found = converged(instance.balance, traces)
    except ArithmeticError:
        return None
    return found if _outside(hermitised, instance, found) else None
