"""What asks for certified numbers: how many digits, of which chain; python-flint is imported only then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from theory.errors import BadArgument, truth, whole_number

if TYPE_CHECKING:
    from theory.chain.derivation import Derivation
    from theory.solve.certified.point import CertifiedEvaluator

USUAL = 30


def certified_digits(certified: Any, digits: Any, precision: Any, finite_size: Any) -> int | None:
    """Return the digits of enclosures, or None where numbers are not to be certified.

    Parameters
    ----------
    certified, digits, precision, finite_size : Any
        As `Chain.evaluate` is given them.

    Raises
    ------
    ValueError
        For arguments that contradict each other, or are out of range.
    """
    if not truth("certified", certified):
        if digits is not None:
            raise BadArgument("digits", digits, "left out where certified is not True", "use precision= for plain digits")
        return None
    if precision is not None:
        raise BadArgument("precision", precision, "left out where certified=True", "say with digits= how many are to be proved")
    if finite_size:
        raise BadArgument("finite_size", finite_size, "left out where certified=True", "certify the leading order")
    return USUAL if digits is None else whole_number("digits", digits, 1, 1000, "give the significant digits")


def certified_evaluator(derivation: Derivation) -> CertifiedEvaluator:
    """Return a chain's formulas lowered to balls.

    Raises
    ------
    ValueError
        If python-flint is not installed, or the chain has layers whose ridge maps have no bounds.
    """
    try:
        from theory.solve.certified.point import CertifiedEvaluator
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.split(".")[0] != "flint":
            raise
        raise ValueError("python-flint is needed for certified numbers: pip install 'scaletheory[certify]'") from missing
    return CertifiedEvaluator(derivation)
