"""What a setting is made of: named quantities, points, random systems, and what is measured on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from sympy import Symbol

from numerics.montecarlo.trials import run_trials

DIGITS = 50
Case: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Quantity:
    """Something with a name.

    Attributes
    ----------
    value : sympy.Expr or callable
        In SymPy; a callable is a function of SymPy expressions.
    meaning : str
        A line of words.
    latex : str
        Its typesetting, where that is not what its name suggests.
    """

    value: Any
    meaning: str = ""
    latex: str = ""


@dataclass(frozen=True)
class Point:
    """Numbers for the letters of a setting.

    Attributes
    ----------
    values : mapping
        By symbol.
    population : Any
        Whatever else a setting needs to evaluate its own functions.
    """

    values: Mapping[Symbol, Any]
    population: Any = None


@dataclass(frozen=True)
class Experiment:
    """A random system of one size.

    Attributes
    ----------
    point : Point
        Where equations are evaluated for it.
    arguments : mapping
        What the estimators take.
    """

    point: Point
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Observable:
    """What can be measured on a random system.

    Attributes
    ----------
    latex, meaning : str
        How it is typeset, and what it is in words.
    sample : callable
        `sample(arguments, trials, seed, first)` returns an array of shape (trials,): trials `first`, first + 1, ….
    """

    latex: str
    meaning: str
    sample: Callable[[Mapping[str, Any], int, int, int], Any]


def by_trials(draw: Callable[[np.random.Generator, Mapping[str, Any]], float]) -> Callable[..., Any]:
    """Return an observable's `sample` from what one draw gives: `draw(rng, arguments)`, a number."""

    def sample(arguments: Mapping[str, Any], trials: int, seed: int, first: int) -> Any:
        return np.array(run_trials(lambda rng: draw(rng, arguments), trials, seed, first=first))

    return sample
