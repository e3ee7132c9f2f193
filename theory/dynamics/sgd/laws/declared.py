"""The law and the leading terms of what is declared: a schedule, or a mean of iterates."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Expr

from theory.dynamics.sgd.laws import average, curve, geometric
from theory.dynamics.sgd.laws.ambient import ambient_average_law, ambient_curve_law, ambient_geometric_law
from theory.dynamics.sgd.laws.profile import Profile
from theory.dynamics.sgd.laws.system import average_law, curve_law, geometric_law
from theory.dynamics.sgd.schedules.schedule import Geometric, Schedule
from theory.errors import BadArgument
from theory.exponents.law import Law

CHANGING = "geometric, exponential(), or the same for any number of steps, for a scaling law"
REMEDY = "use for example OnePassSGD(schedule=linear()); `asymptote` takes any"


def law(schedule: Schedule, averaging: str | None, batched: bool, modes: str | None = None, largest: bool = False) -> Law:
    """Return the scaling law; see `OnePassSGD.exponents`."""
    if modes is not None:
        return _ambient(schedule, averaging, batched, modes == "n_features", largest)
    if largest:
        raise BadArgument("largest_step", True, "False without n_dims", "for capacity > 1 the largest step is constant: step=0")
    if averaging is not None:
        return average_law(averaging == "tail", batched)
    lasting = schedule.lasting
    if lasting:
        return curve_law(Profile(lasting), batched)
    _unbatched(batched)
    return geometric_law()


def _ambient(schedule: Schedule, averaging: str | None, batched: bool, tied: bool, largest: bool) -> Law:
    """Return the law over finitely many modes."""
    if averaging is not None:
        return ambient_average_law(averaging == "tail", batched, tied, largest)
    lasting = schedule.lasting
    if lasting:
        return ambient_curve_law(Profile(lasting), batched, tied, largest)
    _unbatched(batched)
    return ambient_geometric_law(tied, largest)


def _unbatched(batched: bool) -> None:
    if batched:
        raise BadArgument("batches", True, "False for steps that fall with the logarithm of their number", "leave it out")


def leading_terms(schedule: Schedule, averaging: str | None, saturated: bool) -> Mapping[str, Expr]:
    """Return the leading terms; see `OnePassSGD.leading_terms`."""
    if averaging is not None:
        return average.leading_terms(averaging == "tail", saturated)
    if isinstance(schedule, Geometric):
        return geometric.leading_terms(saturated)
    return curve.leading_terms(profile(schedule), saturated)


def profile(schedule: Schedule) -> Profile:
    """Return the numbers of a schedule that is the same for any number of steps.

    Raises
    ------
    ValueError
        For others.
    """
    if not schedule.fixed:
        raise BadArgument("schedule", schedule, CHANGING, REMEDY)
    return Profile(schedule.pieces(1))
