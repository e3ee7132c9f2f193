"""The first correction at finite sizes to any number of digits: the same jets over mpmath."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
from mpmath import mpf

from theory.chain.finite_size import DOF_ORDERS, LAW_ORDERS, LOSS_ORDERS, Corrections, LawSums, Solved, corrections
from theory.chain.s_transforms.laws.measures import invert_precisely
from theory.exact import to_mpf
from theory.solve.arguments import Arguments
from theory.solve.precise.point import PreciseEvaluator, PrecisePoint
from theory.solve.precise.shaped import measure_at
from theory.spectra.base import Spectrum

SPARE = 20  # digits beyond those asked for, of a ridge that stands for zero


def precise_correction(
    chain: PreciseEvaluator, task: Spectrum, arguments: Arguments, place: int, half: Fraction, kurtosis: Any, precision: int
) -> Corrections:
    """Return the corrections at one point, to `precision` digits.

    Parameters
    ----------
    chain : PreciseEvaluator
        The layers.
    task : Spectrum
        The population.
    arguments : Arguments
        Flat, exact.
    place : int
        Which point.
    half, kurtosis : Fraction
        As `theory.chain.finite_size.corrections` takes them.
    precision : int
        Significant digits.
    """
    parameters = [parameter[place] for parameter in arguments.parameters]
    point = PrecisePoint(chain, task, parameters, arguments.noise[place], 1, None)
    ridge = arguments.ridge[place]
    if ridge == 0:
        kappa = point.solved(ridge, precision)[0]
        noises = [to_mpf(value) for value, slot in zip(parameters, chain.slots, strict=True) if not slot.is_size]
        scales = [kappa or mpf(task.smallest or task.total_variance), *noises]
        ridge = Fraction(10) ** (int(mpmath.floor(mpmath.log10(min(scales)))) - precision - SPARE)
    kappa, _, digits = point.solved(ridge, precision)
    with mpmath.workdps(digits + SPARE):
        at = _solved(point, kappa)
        return corrections(chain.slots, at, to_mpf(arguments.noise[place]), to_mpf(half), to_mpf(kurtosis))


def _solved(point: PrecisePoint, kappa: Any) -> Solved:
    branch, task = point.branch(), point.task
    levels = branch.levels(kappa)
    laws = {}
    for place, (slot, level) in enumerate(zip(point.chain.slots, levels, strict=False)):
        law, size = slot.layer.law, point.parameters[place]
        measure = None if law is None else measure_at(law, size)
        if law is not None and measure is not None:
            spectrum, chi = law.positive(float(size)), invert_precisely(measure, mpf(0), level.dof.value)
            laws[place] = LawSums(spectrum.moments(chi, LAW_ORDERS), chi, measure.total)
    return Solved(
        kappa, levels[0].vacancy.value, mpf(task.size), task.moments(kappa, DOF_ORDERS), task.moments(kappa, LOSS_ORDERS),
        branch.parameters, point.fractions(levels), laws,
    )  # fmt: skip
