"""A chain's formulas as functions of numbers, from text: recalled from the cache folder, or derived and kept there.

SymPy is loaded only where there is something to derive.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from theory.chain.signature import signature
from theory.solve import kept
from theory.spectra.base import Order
from theory.terms import Key

if TYPE_CHECKING:
    from theory.chain.declaration import Declaration


class Lowered(NamedTuple):
    """Formulas as one function.

    Attributes
    ----------
    keys : tuple
        Of what it returns, in order: terms of a risk, or orders of the moments that it takes.
    function : callable
        Of numbers or arrays; it returns a list.
    """

    keys: tuple[Any, ...]
    function: Callable[..., list[Any]]


def lowered_terms(model: Declaration, ensemble: bool) -> Lowered:
    """Return the terms of a chain's risk, of `theory.chain.arguments.formula_letters`.

    Parameters
    ----------
    model : Declaration
        The chain.
    ensemble : bool
        Of the mean of K predictors, or of one.

    Raises
    ------
    ValueError
        As `Derivation.formulas` and `Derivation.ensemble`.
    """

    def derive() -> tuple[list[Any], str]:
        from theory.chain.arguments import formula_symbols
        from theory.solve.lower import written

        terms = model.derivation.ensemble if ensemble else model.derivation.formulas
        return list(terms), written(list(terms.values()), formula_symbols(model.slots))

    own = signature(model.slots)
    keys, function = _lowered(None if own is None else f"{'ensemble' if ensemble else 'terms'}\n{own}", derive)
    return Lowered(tuple(map(_key, keys)), function)


@cache
def lowered_traces() -> Lowered:
    """Return the traces of a population that every risk is made of, `theory.chain.arguments.TRACES`, of moments."""

    def derive() -> tuple[list[Any], str]:
        from theory.solve.lower import trace_expressions, written

        moments, expressions = trace_expressions()
        return list(moments), written(expressions, list(moments.values()))

    keys, function = _lowered("traces", derive)
    orders: tuple[Order, ...] = tuple((int(i), int(j), int(q)) for i, j, q in keys)
    return Lowered(orders, function)


def _lowered(key: str | None, derive: Callable[[], tuple[list[Any], str]]) -> tuple[list[Any], Any]:
    """Return what was kept, or what is derived, its text compiled."""
    found = None if key is None else kept.recall(key)
    if found is None:
        found = derive()
        if key is not None:
            kept.keep(key, found)
    keys, text = found
    return keys, _compiled(text)


@lru_cache(maxsize=256)
def _compiled(text: str) -> Any:
    scope: dict[str, Any] = {}
    exec(compile(text, "<formulas>", "exec"), scope)
    return scope["formulas"]


def _key(key: Any) -> Key:
    """Return a term's name as it was before it was written."""
    return key if isinstance(key, str) else tuple(key)
