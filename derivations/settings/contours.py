"""What training leaves of F(s), a function of the ridge: (1/2πi) ∮ e^(st) F(s)/s ds around the negative axis.

Of s/(x + s), which ridge regression leaves on an eigenvalue x, it is e^(-xt). A rational function has residues, a power is
Hankel's integral. n steps of descent have (1 + ηs)^n for e^(st). `Flow` is what stays to be summed on a contour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray
from sympy import Expr, Function, Symbol

from theory.chain.places import Slots
from theory.dynamics.spectral.contours import flow as parabola
from theory.errors import BadArgument
from theory.notation import KAPPA, KAPPA_PRIMED
from theory.solve.two_point import Ladder
from theory.spectra.base import Spectrum
from theory.spectra.psi import Psi

Complex = NDArray[np.complex128]
COUNT = 20  # nodes of the upper half: rounding
RIDGES = Symbol("s", positive=True), Symbol("s'", positive=True)
INNER = KAPPA.symbol, KAPPA_PRIMED.symbol


class Flow(Function):
    """Flow(F, t) of F(κ), and Flow(F, t, t′) of F(κ, κ′): no closed form, the ridge being that of a chain."""

    is_real = True


def flow(body: Expr, *times: Expr) -> Expr:
    """Return what gradient flow leaves at the time t of F(s), or at t and t′ of F(s, s′).

    Raises
    ------
    ValueError
        For another number of times, or s′ in a function of one.
    """
    if not 1 <= len(times) <= len(RIDGES):
        raise BadArgument("flow", times, "flow(F, t) or flow(F, t, t')", "give one time for each ridge")
    if len(times) == 1 and body.has(RIDGES[1], INNER[1]):
        raise BadArgument("flow", body, "a function of one ridge at one time", "give a second time")
    if body.has(*INNER):
        return Flow(body, *times)
    for ridge, time in zip(RIDGES, times, strict=False):
        body = _flowed(body, ridge, time)
    return body


def _flowed(body: Expr, ridge: Symbol, time: Expr) -> Expr:
    """Return the sum of Hankel's integrals, s^a → t^-a/Γ(1 - a), and of residues."""
    rational, found = sympy.Integer(0), sympy.Integer(0)
    for term in sympy.Add.make_args(sympy.expand(body)):
        factor, power = sympy.powsimp(term).as_independent(ridge, as_Add=False)
        base, exponent = power.as_base_exp()
        if base == ridge and not exponent.is_Integer:
            found += factor * time**-exponent / sympy.gamma(1 - exponent)
        else:
            rational += term
    return found + residues(rational / ridge, ridge, sympy.exp(ridge * time))


def descent(body: Expr, n_steps: Expr, step: Expr) -> Expr:
    """Return what n steps of descent of the size η leave of F(s), a rational function."""
    return residues(body / RIDGES[0], RIDGES[0], (1 + step * RIDGES[0]) ** n_steps)


def residues(body: Expr, ridge: Symbol, kernel: Expr) -> Expr:
    """Return the sum of the residues of a rational function times a kernel without poles.

    Raises
    ------
    ValueError
        If a pole is not that of a linear function.
    """
    found = sympy.Integer(0)
    constants = [atom for atom in body.atoms(Function, sympy.Pow) if not (atom.has(ridge) or atom.is_rational_function())]
    masks = {atom: sympy.Dummy(positive=True) for atom in constants}
    plain = sympy.factor(body.xreplace(masks))
    remedy = "integrate each by itself"
    if not plain.is_rational_function(ridge):
        raise BadArgument("flow", body, "a sum of powers of s and of fractions over linear functions of s", remedy)
    for piece in sympy.Add.make_args(sympy.apart(plain, ridge)):
        above, below = sympy.fraction(sympy.together(piece))
        if ridge in below.free_symbols:
            rest, power = sympy.factor(below).as_independent(ridge, as_Add=False)
            base, order = power.as_base_exp()
            slope = base.coeff(ridge)
            pole = sympy.expand(ridge - base / slope) if slope else ridge
            if ridge in pole.free_symbols:
                raise BadArgument("flow", body, "a sum of powers of s and of fractions over linear functions of s", remedy)
            near = above / rest / slope**order * kernel
            found += near.diff(ridge, order - 1).subs(ridge, pole) / sympy.factorial(order - 1)
    return found.xreplace({mask: atom for atom, mask in masks.items()})


def summed(
    body: Expr, times: Sequence[float], task: Spectrum, slots: Slots, parameters: Sequence[float], values: Callable[[Expr], Any]
) -> float:
    """Return a contour sum over the ridges of a chain: κ(s) and contours are the package's, the summand is not.

    Parameters
    ----------
    body : sympy.Expr
        F(κ), or F(κ, κ′) with a second time.
    times : sequence of float
        One or two.
    task, slots, parameters
        A population of explicit modes, and the chain.
    values : callable
        From a letter to its number.
    """
    contours = [parabola(np.array([time]), COUNT + place, np.zeros(1)) for place, time in enumerate(times)]  # s ≠ s′
    kappas = [Ladder(task, slots, [np.array([value]) for value in parameters], contour.nodes).kappa[0] for contour in contours]
    weights = [contour.weights[0] for contour in contours]
    axes = [kappas[0][:, None], np.ones((1, 1))]
    if len(times) > 1:
        axes[1] = np.concatenate((kappas[1], kappas[1].conj()))[None]
        weights[1:] = [np.concatenate((weights[1], weights[1].conj()))]
    inner = dict(zip(INNER, axes, strict=True))
    atoms = sorted(body.atoms(Psi), key=sympy.default_sort_key)
    masks = {atom: sympy.Dummy() for atom in atoms}
    plain = body.xreplace(masks)
    letters = sorted(plain.free_symbols - set(masks.values()), key=str)
    function = sympy.lambdify([*letters, *masks.values()], plain, "numpy", cse=True)
    numbers = [inner[letter] if letter in inner else float(values(letter)) for letter in letters]
    found: Complex = function(*numbers, *(_trace(task, atom, inner) for atom in atoms)) * weights[0][:, None]
    total = found.sum(axis=0) @ weights[1] if len(times) > 1 else found.sum()
    return float(2.0 * total.real)


def _trace(task: Spectrum, atom: Expr, inner: Mapping[Symbol, Complex]) -> Complex:
    """Return a trace at all nodes."""
    p, q, m = map(int, atom.args[:3])
    kappa = inner[atom.args[3]][..., None] if m else np.ones((1, 1, 1))
    eigenvalues, power = task.explicit()
    value: Complex = (eigenvalues**p * power**q / (eigenvalues + kappa) ** m).sum(axis=-1)
    return value
