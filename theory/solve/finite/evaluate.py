"""Evaluation with the first correction at finite sizes: what is added to a risk, and whether it is to be trusted."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import mpmath
import numpy as np
from numpy.typing import NDArray

from theory.chain.finite_size import Corrections, check_established
from theory.chain.places import Slots
from theory.errors import BadArgument
from theory.exact import to_mpf
from theory.solve.arguments import Arguments
from theory.solve.evaluate import Risk
from theory.solve.finite.corrected import DOUBTFUL, TOO_LARGE, CorrectedRisk, FiniteSizeWarning, largest
from theory.solve.finite.doubles import first_corrections
from theory.solve.finite.entries import Entries
from theory.solve.finite.precise import precise_correction
from theory.solve.precise.point import PreciseEvaluator
from theory.solve.silent import by_silence
from theory.solve.status import Status, converged
from theory.spectra.base import Spectrum
from theory.terms import Key, Terms

SAME, HALF = 1e-6, 0.5
QUANTITIES = ("test", "train", "dof", "objective")


class Left(Protocol):
    """A chain, or what silent noises leave of it."""

    @property
    def slots(self) -> Slots:
        """The layers, innermost first."""

    @property
    def nonlinear(self) -> Any:
        """The nonlinear features that layers stand for, or None."""

    @property
    def precise_evaluator(self) -> PreciseEvaluator:
        """For mpmath."""


def evaluate_corrected(
    chain: Left, left: Callable[[Sequence[int]], Left], task: Spectrum, arguments: Arguments, leading: Risk, entries: Entries,
    precision: int | None,
) -> CorrectedRisk:  # fmt: skip
    """Return a risk with its first correction.

    Parameters
    ----------
    chain : Left
        The layers.
    left : callable
        The chain of the layers in some places.
    task : Spectrum
        The population.
    arguments : Arguments
        Flat, of doubles or exact.
    leading : Risk
        The risk at the limit of large sizes.
    entries : Entries
        Of the matrices.
    precision : int or None
        Significant digits through mpmath, or None for doubles.

    Raises
    ------
    ValueError
        Where the correction is not established: see `theory.chain.finite_size.check_established`; for ensembles, negative
        ridges, and projections of the size of their input.

    Warns
    -----
    FiniteSizeWarning
        If the parameter of the correction is above .17 at a point where it is given.
    """
    check_established(chain.slots, chain.nonlinear is not None, entries.kurtosis != 0)
    _check_points(chain.slots, task, arguments)
    names = [slot.name for slot in chain.slots if slot.is_size]
    table = np.full((2 * len(QUANTITIES) + len(names), arguments.ridge.size), np.nan, object if precision else np.float64)
    for places, points in by_silence(chain.slots, arguments):
        part, some = left(places), arguments.take(points, places)
        if precision is None:
            kappa = leading.kappa.reshape(-1)[points]
            for where, found in first_corrections(part.slots, task, some, kappa, float(entries.half), float(entries.kurtosis)):
                table[:, points[where]] = _rows(found, where.size)
        else:
            for number, point in enumerate(points):
                if converged(leading.status.reshape(-1)[point]):
                    at = part.precise_evaluator, task, some, number
                    found = precise_correction(*at, entries.half, entries.kurtosis, precision)
                    table[:, point] = _rounded(found, precision)
    return _assembled(names, table, arguments, leading)


def _check_points(slots: Slots, task: Spectrum, arguments: Arguments) -> None:
    if (arguments.ensemble != 1).any():
        raise BadArgument("ensemble", arguments.ensemble.max(), "1 with finite_size=True", "give one predictor")
    if (arguments.ridge < 0).any():
        raise BadArgument("ridge", arguments.ridge.min(), ">= 0 with finite_size=True", "raise the ridge")
    inside = np.full(arguments.ridge.size, task.size)
    for slot, parameter in zip(slots, arguments.parameters, strict=True):
        if slot.layer.nested and (parameter == inside).any():
            raise BadArgument(slot.keyword, parameter[parameter == inside][0], "below the size of its input",
                              "leave the layer out: of that size it changes nothing")  # fmt: skip
        inside = parameter if slot.is_size else inside


def _rows(found: Corrections, points: int) -> list[Any]:
    values = [*(getattr(found, name) for name in QUANTITIES), *(found.leading[name] for name in QUANTITIES), *found.parameters]
    return [np.broadcast_to(np.asarray(value, np.float64), points) for value in values]


def _rounded(found: Corrections, precision: int) -> list[Any]:
    with mpmath.workdps(precision):
        values = [*(getattr(found, name) for name in QUANTITIES), *(found.leading[name] for name in QUANTITIES)]
        return [+to_mpf(value) for value in (*values, *found.parameters)]


def _assembled(names: Sequence[str], table: NDArray[Any], arguments: Arguments, leading: Risk) -> CorrectedRisk:
    """Return the corrected risk from rows of corrections, leading values and parameters."""
    rows = table.reshape(-1, *arguments.shape)
    parts = zip((QUANTITIES, QUANTITIES, names), np.split(rows, [len(QUANTITIES), 2 * len(QUANTITIES)]), strict=True)
    added, limits, parameters = (dict[Key, Any](zip(keys, part, strict=True)) for keys, part in parts)
    with np.errstate(all="ignore"):
        below = _below_least(np.asarray(leading.train), limits["train"])
        for part in (added, limits):
            part["train"], part["objective"] = part["train"] * below, part["objective"] * below**HALF
    by_layer = Terms(parameters)
    size = largest(by_layer)
    trusted = (size <= TOO_LARGE) & np.asarray(leading.test != np.inf, dtype=bool)
    status = np.where(converged(leading.status) & ~trusted, Status.SMALL, leading.status)
    doubtful = converged(status) & (size > DOUBTFUL)
    if doubtful.any():
        warnings.warn(
            f"the parameter of the first correction at finite sizes is up to {size[doubtful].max():.2g} "
            f"(above {DOUBTFUL:g}): what it leaves may be a quarter of it and more", FiniteSizeWarning, stacklevel=4,
        )  # fmt: skip
    correction = Terms({**added, "excess": added["test"]})

    def corrected(name: str, limit: Any) -> Any:
        with np.errstate(invalid="ignore"):  # an infinite limit
            return np.where(converged(status), limit, np.nan) + correction[name]

    return CorrectedRisk(
        Terms({name: corrected(name, leading.terms[name]) for name in ("test", "train", "excess")}), status, leading.kappa,
        limits=leading.terms, limit_status=leading.status, correction=correction, correction_parameter=by_layer,
        dof=corrected("dof", limits["dof"]), objective=corrected("objective", limits["objective"]),
    )  # fmt: skip


def _below_least(train: NDArray[Any], at_least: NDArray[Any]) -> NDArray[Any]:
    """Return by which factor training risks are smaller than at the least ridge; 1 where that was not needed.

    Below it L falls as the ridge, and the training risk as its square, or both stay: L goes with the root of the factor.
    """
    with np.errstate(all="ignore"):
        same = np.abs(train - at_least) <= SAME * np.abs(at_least)
        return np.where(same, 1, np.where(at_least == 0, 0 * train, train / np.where(at_least == 0, 1, at_least)))
