"""What a schedule is: a declaration of pieces; the simple ones, piecewise constant or one curve."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import sympy
from sympy import Expr

from theory.dynamics.sgd.schedules.pieces import Piece
from theory.errors import BadArgument
from theory.results.declared import Declared


class Schedule(Declared, ABC):
    """A step-size schedule of one pass: the step is γ g(z), z the share of the pass that is done.

    A step takes the mean of g over its share. `linear`, `polynomial`, `cosine`, `exponential`, `inverse_time`, `stable_decay`
    and `warmup` make schedules; a class of one's own needs `pieces` alone.
    """

    @abstractmethod
    def pieces(self, steps: int) -> tuple[Piece, ...]:
        """Return the pieces of a pass of T steps, from the first to the last; their shares add up to one.

        Parameters
        ----------
        steps : int
            T.
        """

    def largest(self, steps: int) -> float:
        """Return the largest factor.

        Parameters
        ----------
        steps : int
            T.
        """
        return max(piece.largest for piece in self.pieces(steps))

    @property
    def fixed(self) -> bool:
        """Whether the pieces are the same for any number of steps."""
        return True

    @property
    def lasting(self) -> tuple[Piece, ...]:
        """What is the same for any number of steps, from the start on; in the rest the step falls by powers of T.

        Raises
        ------
        ValueError
            For schedules that change with the number of steps otherwise.
        """
        if not self.fixed:
            raise BadArgument(
                "schedule", self, "the same for any number of steps, or one that ends with geometric or exponential()",
                "use for example OnePassSGD(schedule=linear())",
            )
        return self.pieces(1)


@dataclass(frozen=True)
class Constant(Schedule):
    """g = 1."""

    def pieces(self, steps: int) -> tuple[Piece, ...]:
        """Return one piece."""
        return (Piece(Fraction(1), sympy.Integer(1)),)

    def __repr__(self) -> str:
        return "constant"


@dataclass(frozen=True)
class Geometric(Schedule):
    """The step halves at each edge ⌈ℓ T_eff⌉, T_eff = T/max(1, log_base T), whatever the base (arXiv:2406.08466).

    Attributes
    ----------
    log_base : float
        Of the logarithm.
    """

    log_base: float

    @property
    def fixed(self) -> bool:
        """No: there are as many phases as the logarithm says."""
        return False

    @property
    def lasting(self) -> tuple[Piece, ...]:
        """Nothing: the step halves log T times."""
        return ()

    def effective(self, steps: int) -> float:
        """Return T_eff."""
        return steps / max(1.0, math.log(steps, self.log_base))

    def pieces(self, steps: int) -> tuple[Piece, ...]:
        """Return the phases."""
        length = self.effective(steps)
        count = math.ceil(steps / length - 1e-9)
        edges = [min(steps, math.ceil(level * length - 1e-9)) for level in range(count + 1)]
        edges[-1] = steps
        lengths = (last - first for first, last in pairwise(edges))
        return tuple(Piece(Fraction(n, steps), sympy.Float(0.5**level)) for level, n in enumerate(lengths) if n)

    def __repr__(self) -> str:
        return "geometric"


@dataclass(frozen=True)
class Steps(Schedule):
    """Given numbers of steps at given factors.

    Attributes
    ----------
    pairs : tuple of (int, float)
        Steps and factor.
    """

    pairs: tuple[tuple[int, float], ...]

    @property
    def fixed(self) -> bool:
        """No: it is for one number of steps."""
        return False

    def pieces(self, steps: int) -> tuple[Piece, ...]:
        """Return a piece for each pair.

        Raises
        ------
        ValueError
            If the steps of all pairs are not T.
        """
        total = sum(count for count, _ in self.pairs)
        if total != steps:
            raise BadArgument(
                "schedule", self.pairs, f"phases of {steps} steps together (n_samples // batch), not {total}", "change a phase"
            )
        return tuple(Piece(Fraction(count, steps), sympy.Float(factor)) for count, factor in self.pairs)


@dataclass(frozen=True)
class Curve(Schedule):
    """One curve over the whole pass.

    Attributes
    ----------
    factor : sympy.Expr or callable
        g(z).
    words : str
        What it is called.
    """

    factor: Expr | Callable[[Any], Any]
    words: str = ""

    def pieces(self, steps: int) -> tuple[Piece, ...]:
        """Return one piece."""
        return (Piece(Fraction(1), self.factor),)

    def __repr__(self) -> str:
        return self.words or repr(self.factor)
