"""A chain's derived test risk as a function of κ itself, not of the ridge: explicit, where the ridge needs a solver."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from numerics.fit.table import Array
from theory import Chain


@functools.cache
def _compiled(chain: Chain) -> tuple[tuple[str, ...], Any]:
    formula = chain.formulas["test"]
    symbols = sorted(formula.free_symbols, key=lambda symbol: symbol.name)
    return tuple(symbol.name for symbol in symbols), sympy.lambdify(symbols, formula, "numpy", cse=True)


def risk_at(chain: Chain, values: Mapping[str, Any]) -> Array:
    """Return the test risk from the values of its formula's symbols, arrays that broadcast.

    Parameters
    ----------
    chain : Chain
        Whose formula it is.
    values : mapping of str to array
        By the symbols' names: traces "B", "T2", "a", "abar" at κ, "sigma2", and a pair "u_", "t_" for each size.
    """
    names, function = _compiled(chain)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Array = np.asarray(function(*(values[name] for name in names)), dtype=np.float64)
    return found
