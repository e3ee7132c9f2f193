"""Plain digits of sums over listed modes, read off enclosures where python-flint is installed: the same ones, far sooner."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath
import numpy as np

from theory.chain.places import Slots
from theory.solve.arguments import Arguments
from theory.solve.evaluate import Risk
from theory.solve.status import Status
from theory.spectra.base import Spectrum
from theory.spectra.discrete import Discrete
from theory.terms import Terms

BEYOND = 3    # digits beyond those asked for
MOST = 1_000  # digits
FEW = 10      # distinct modes from which it pays


@cache
def is_installed() -> bool:
    """Whether python-flint is."""
    return importlib.util.find_spec("flint") is not None


def serves(slots: Slots, task: Spectrum, arguments: Arguments, digits: int) -> bool:
    """Whether digits can be read off enclosures.

    Parameters
    ----------
    slots : Slots
        The chain: of layers that the package declares, without laws.
    task : Spectrum
        The population: listed modes.
    arguments : Arguments
        Exact ones, of ridges ≥ 0.
    digits : int
        Significant digits.
    """
    listed = isinstance(task, Discrete) and task.eigenvalues.size >= FEW and digits <= MOST and is_installed()
    known = all(slot.stiffness is None and type(slot.layer).__module__.startswith("theory.") for slot in slots)
    return listed and known and all(ridge >= 0 for ridge in arguments.ridge)


def rounded(certify: Callable[[Arguments, int], Risk], usual: Callable[[Arguments], Risk], arguments: Arguments,
            digits: int) -> Risk:  # fmt: skip
    """Return every term as an `mpf` of so many digits, like those that mpmath finds.

    Parameters
    ----------
    certify : callable
        Of arguments and digits: enclosures.
    usual : callable
        Of arguments: what mpmath finds, for points that are not certified.
    arguments : Arguments
        Exact ones.
    digits : int
        Significant digits.
    """
    found = certify(arguments, digits + BEYOND)
    missing = np.flatnonzero(np.ravel(found.status) == Status.UNCERTIFIED)
    other = usual(arguments.take(missing)) if missing.size else None

    def column(enclosures: Any, instead: Any) -> Any:
        flat = np.ravel(enclosures)
        made = np.empty(flat.size, dtype=object)
        with mpmath.workdps(digits):
            made[:] = [+value.mid for value in flat]
        if missing.size:
            made[missing] = instead
        return made.reshape(arguments.shape)

    terms = {key: column(value, None if other is None else other.terms[key]) for key, value in found.terms.items()}
    status = np.ravel(found.status).copy()
    if other is not None:
        status[missing] = other.status
    return Risk(Terms(terms), status.reshape(arguments.shape), column(found.kappa, None if other is None else other.kappa))
