"""Deterministic equivalents of any rational expression in Gaussian matrices, by linear pencils; it knows nothing of chains."""

from theory.pencil.equivalent import Equivalent, equivalent
from theory.pencil.expressions.letters import diagonal, gaussian

__all__ = ["Equivalent", "diagonal", "equivalent", "gaussian"]
