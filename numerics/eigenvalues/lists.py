"""Lists of eigenvalues, read strictly, and unfolded: mapped to a mean spacing of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from numerics.data.arrays import Array
from theory.density.spectrum import EigenvalueDensity
from theory.errors import BadArgument

LEAST = 3         # eigenvalues that statistics can be taken of
DEGREE = 7        # of a polynomial for the counting function in ln x
BULK = (0.1, 0.9)  # of the ranks


def read_lists(eigenvalues: Sequence[ArrayLike]) -> list[Array]:
    """Return each matrix's positive eigenvalues, descending.

    Parameters
    ----------
    eigenvalues : sequence of array-like
        One list for each matrix, sorted either way; zeros (what vanishes by rank) are left out.

    Raises
    ------
    ValueError
        For no list, fewer than three positive eigenvalues, and those that are complex, negative, unsorted, equal or not finite.
    """
    lists: list[Any] = list(eigenvalues)
    if lists and not any(np.ndim(entry) for entry in lists):
        lists = [lists]  # one matrix
    if not lists:
        raise BadArgument("eigenvalues", eigenvalues, "at least one list", "pass [eigenvalues of each matrix, …]")
    return [_read(values) for values in lists]


def _read(values: Any) -> Array:
    admissible = f"a list of at least {LEAST} positive eigenvalues, sorted"
    array = np.asarray(values)
    if array.dtype.kind == "c":
        raise BadArgument("eigenvalues", values, admissible, "they are complex: pass those of a symmetric matrix (eigvalsh)")
    if array.dtype.kind not in "iuf" or array.ndim != 1 or not np.isfinite(array).all():
        raise BadArgument("eigenvalues", values, admissible, "pass finite real numbers, one list for each matrix")
    found: Array = array.astype(np.float64)
    if found.size and found[0] < found[-1]:
        found = found[::-1]
    if (np.diff(found) > 0).any():
        raise BadArgument("eigenvalues", values, admissible, "sort them: np.sort(eigenvalues)")
    if (found < 0).any():
        raise BadArgument("eigenvalues", values, admissible, "some are negative: a covariance or kernel has none; set what is "
                          "rounding to zero")  # fmt: skip
    found = found[found > 0]
    if found.size < LEAST:
        raise BadArgument("eigenvalues", values, admissible, "pass larger matrices")
    if (np.diff(found) == 0).any():
        raise BadArgument("eigenvalues", values, admissible, "some are equal: statistics are of simple eigenvalues")
    return found


def bulk(values: Array) -> Array:
    """Return the eigenvalues of ranks from 10 to 90 %."""
    return values[round(BULK[0] * values.size) : round(BULK[1] * values.size)]


def unfolded(lists: list[Array], unfolding: EigenvalueDensity | str) -> list[Array]:
    """Return for each matrix how many eigenvalues are expected above each of its eigenvalues, over the bulk, ascending.

    Parameters
    ----------
    lists : list of ndarray
        As `read_lists` makes them.
    unfolding : EigenvalueDensity or "polynomial"
        The theory's counting function, or a polynomial of degree 7 in ln x through the mean one of all matrices.

    Raises
    ------
    ValueError
        For another unfolding, a density that fails its certificate, or matrices of unequal size where a mean is taken.
    """
    if isinstance(unfolding, EigenvalueDensity):
        if not unfolding.certificate.passed:
            raise BadArgument("unfolding", unfolding, "a density with a valid certificate", "use the polynomial")
        return [(1.0 - unfolding.cdf(bulk(values))) * unfolding.size for values in lists]
    if unfolding != "polynomial":
        raise BadArgument("unfolding", unfolding, '"polynomial" or an EigenvalueDensity', "see Chain.spectrum")
    sizes = {values.size for values in lists}
    groups = [lists] if len(sizes) == 1 else [[values] for values in lists]
    found = []
    for group in groups:
        pooled = np.sort(np.log(np.concatenate(group)))[::-1]
        ranks = (np.arange(pooled.size) + 0.5) / len(group)
        inner = slice(round(0.05 * pooled.size), max(round(0.95 * pooled.size), 3))
        degree = min(DEGREE, max(1, (pooled[inner].size - 1) // 3))
        fit = np.polynomial.Polynomial.fit(pooled[inner], ranks[inner], degree)
        found += [fit(np.log(bulk(values))) for values in group]
    return found
