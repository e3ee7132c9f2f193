"""κ of a chain next to the negative axis of its ridge, and functions of the package inside expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy
from sympy import AtomicExpr, Expr, Function, Symbol

from theory.notation import DIMS, KAPPA
from theory.spectra.psi import Psi

STEP, LOWEST = 0.8, 1e-11  # of Im s on the way down, and its end in units of x
TURNS = 60


class Held(AtomicExpr):
    """A function of the package inside an expression."""

    function: Callable[..., Any]

    def __new__(cls, function: Callable[..., Any]) -> Held:
        """Return it, held by what it is."""
        made: Held = super().__new__(cls)
        made.function = function
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (self.function,)

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.function,)


class Read(Function):
    """The value of a function of the package, `Read(Held(f), x)`, on the population or density of a point."""

    is_real = True


@dataclass(frozen=True)
class Reader:
    """A function of the package as one of SymPy expressions."""

    function: Callable[..., Any]

    def __call__(self, *arguments: Expr) -> Expr:
        """Return it, unevaluated."""
        return Read(Held(self.function), *arguments)


def follow(ridge: Expr, values: Mapping[Symbol, float], eigenvalues: Sequence[Any], x: float) -> complex:
    """Return κ where s(κ) = −x, from large Im s straight down to just above the axis, in doubles.

    Parameters
    ----------
    ridge : sympy.Expr
        s(κ), in traces of a population.
    values : mapping
        Sizes and variances in it.
    eigenvalues : sequence of numbers
        Of the population.
    x : float
        Where.
    """
    own = np.array([float(eigenvalue) for eigenvalue in eigenvalues])
    parts = ridge, ridge.diff(KAPPA.symbol)
    atoms = sorted(set().union(*(part.atoms(Psi) for part in parts)), key=str)
    masks = {atom: sympy.Dummy() for atom in atoms}
    function = sympy.lambdify([KAPPA.symbol, DIMS.symbol, *values, *masks.values()], [part.xreplace(masks) for part in parts])
    height = 1e3 * (x + float(own.sum()))
    kappa = complex(-x, height)
    while height > LOWEST * x:
        height *= STEP
        for _ in range(TURNS):
            traces = [(own ** int(atom.args[0]) / (own + kappa) ** int(atom.args[2])).sum() for atom in atoms]
            found, slope = function(kappa, float(own.size), *values.values(), *traces)
            step = (found - complex(-x, height)) / slope
            kappa -= step
            if abs(step) < 1e-12 * abs(kappa):
                break
    return complex(kappa)
