"""Of which numbers matrices are made, as far as the first correction at finite sizes depends on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from theory.errors import BadArgument, one_of, one_real
from theory.exact import exact

USUAL = "real"
HALVES = {USUAL: Fraction(1, 2), "complex": Fraction(0)}  # c/2, c = 2/β − 1


@dataclass(frozen=True)
class Entries:
    """Of which numbers the matrices are made.

    Attributes
    ----------
    half : Fraction
        c/2: ½ of real ones, 0 of complex ones.
    kurtosis : Fraction
        κ₄ of the entries of the rows.
    """

    half: Fraction
    kurtosis: Fraction


def check_entries(entries: Any, kurtosis: Any, finite_size: bool) -> Entries:
    """Return the kind of entries, or refuse it.

    Parameters
    ----------
    entries : {"real", "complex"}
        Of the matrices.
    kurtosis : number
        κ₄ = E z⁴ − 3 of real entries of variance 1, at least −2; E |z|⁴ − 2 of complex ones, at least −1.
    finite_size : bool
        Whether they matter.

    Raises
    ------
    ValueError
        For other entries, a kurtosis that none have, and either where it would not be read.
    """
    if type(entries) is str and type(kurtosis) is float and (entries, kurtosis) == (USUAL, 0.0):  # as they are left out
        return Entries(HALVES[USUAL], Fraction(0))
    half = HALVES[one_of("entries", entries, HALVES)]
    least = -2 if half else -1
    admissible = f"a finite number >= {least}, as that of {entries} entries is"
    value = one_real("kurtosis", kurtosis, admissible, "give κ₄, 0 for Gaussian entries")
    if not (math.isfinite(value) and value >= least):
        raise BadArgument("kurtosis", kurtosis, admissible, "give κ₄, 0 for Gaussian entries")
    if not finite_size and (value != 0 or not half):
        name, given = ("kurtosis", kurtosis) if value else ("entries", entries)
        raise BadArgument(name, given, "left out: only finite sizes depend on it", "add finite_size=True, or remove it")
    return Entries(half, Fraction(exact(kurtosis) or 0))
