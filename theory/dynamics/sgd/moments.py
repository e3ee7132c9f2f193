r"""The second-moment recursion of SGD, derived from its update rule by Gaussian moments (Isserlis).

In the eigenbasis of the features, with z_i ~ N(0, h_i), label noise ξ ~ N(0, s²) and e = v − v*, a batch of B samples moves

    e_i ← e_i − (γ/B) Σ_b z_i^b (Σ_j z_j^b e_j − ξ^b).

Squaring and averaging over the samples closes on C_i = E e_i², for any number of modes: cross terms E e_i e_j do not enter.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Expr, Symbol

from theory import notation

BATCH, STEP, STEP_NOISE = notation.BATCH.symbol, notation.STEP.symbol, notation.STEP_NOISE.symbol


@dataclass(frozen=True)
class Recursion:
    """C_i' as a linear function of all C_j and of s², in the letters below.

    Attributes
    ----------
    eigenvalues, moments : tuple of Symbol
        h_i and C_i.
    updates : tuple of Expr
        C_i after one step.
    forgets : tuple of Expr
        1 − a_i, where E e_i becomes a_i E e_i in one step.
    """

    eigenvalues: tuple[Symbol, ...]
    moments: tuple[Symbol, ...]
    updates: tuple[Expr, ...]
    forgets: tuple[Expr, ...]

    @property
    def bias(self) -> tuple[Expr, ...]:
        """The part that carries the initial error: s² = 0."""
        return tuple(update.subs(STEP_NOISE, 0) for update in self.updates)

    @property
    def variance(self) -> tuple[Expr, ...]:
        """What each step adds by noise: all C = 0."""
        nothing = dict.fromkeys(self.moments, 0)
        return tuple(sympy.factor(update.subs(nothing)) for update in self.updates)


def gaussian_mean(expression: Expr, variances: Mapping[Symbol, Expr]) -> Expr:
    """Return the mean of a polynomial in independent centred Gaussian variables: E z^n = (n−1)!! h^(n/2) for even n.

    Parameters
    ----------
    expression : sympy.Expr
        Polynomial in the keys of `variances`.
    variances : mapping
        Of each variable.
    """
    variables = list(variances)
    total: Expr = sympy.Integer(0)
    for powers, coefficient in sympy.Poly(expression, *variables).terms():
        if all(power % 2 == 0 for power in powers):
            term = coefficient
            for power, variable in zip(powers, variables, strict=True):
                term *= sympy.factorial2(power - 1) * variances[variable] ** (power // 2)
            total += term
    return sympy.expand(total)


def second_moments(n_modes: int) -> Recursion:
    """Return the recursion of C_i = E(v−v*)_i² for a number of modes, derived.

    Parameters
    ----------
    n_modes : int
        At least 1; three show every coefficient.
    """
    def letters(letter: str, meaning: str, domain: str) -> tuple[Symbol, ...]:
        return tuple(made.symbol for made in notation.mode_letters(letter, n_modes, meaning, domain))

    h, moments = letters("h", "eigenvalue", "positive"), letters("C", "mean square error of weight", "nonnegative")
    e, z, xi = letters("e", "error of weight", "real"), letters("z", "feature", "real"), notation.LABEL_ERROR.symbol
    variances = {**dict(zip(z, h, strict=True)), xi: STEP_NOISE}
    residual = sum(a * b for a, b in zip(z, e, strict=True)) - xi
    updates, forgets = [], []
    for own, value in zip(z, e, strict=True):
        mean = gaussian_mean(own * residual, variances)  # of one sample's gradient
        square = gaussian_mean((own * residual) ** 2, variances)
        batch_square = square / BATCH + (1 - 1 / BATCH) * mean**2  # B independent samples
        forgets.append(sympy.cancel(STEP * mean / value))
        updates.append(_averaged(value**2 - 2 * STEP * value * mean + STEP**2 * batch_square, e, moments))
    return Recursion(tuple(h), tuple(moments), tuple(updates), tuple(forgets))


def _averaged(expression: Expr, errors: Sequence[Symbol], moments: Sequence[Symbol]) -> Expr:
    """Replace e_i² by C_i; any cross term e_i e_j would be left, and is refused."""
    found: Expr = sympy.Integer(0)
    for powers, coefficient in sympy.Poly(sympy.expand(expression), *errors).terms():
        squares = [power for power in powers if power]
        if squares not in ([], [2]):
            raise ArithmeticError(f"the recursion does not close: {coefficient} times {powers}")
        found += coefficient * (moments[powers.index(2)] if squares else 1)
    return sympy.expand(found)


@dataclass(frozen=True)
class Coefficients:
    """One step for one mode of eigenvalue h: C ← (1 − loss) C + kick (Σ h C + s²)/h.

    Attributes
    ----------
    eigenvalue : Symbol
        h.
    loss : sympy.Expr
        δ.
    kick : sympy.Expr
        What the mode adds to the risk for each unit of noise.
    forget : sympy.Expr
        1 − a, a the factor of the mean error.
    """

    eigenvalue: Symbol
    loss: Expr
    kick: Expr
    forget: Expr

    @property
    def spread(self) -> Expr:
        """Return 1 − loss − a² ≥ 0: what a mode keeps beyond the square of its mean."""
        return sympy.factor(1 - self.loss - (1 - self.forget) ** 2)

    @property
    def rate(self) -> Expr:
        """Return δ/h for h → 0."""
        return sympy.limit(self.loss / self.eigenvalue, self.eigenvalue, 0)

    @property
    def stationary(self) -> Expr:
        """Return kick/δ: the stationary risk of a mode for each unit of noise."""
        return sympy.cancel(self.kick / self.loss)

    @property
    def faint(self) -> Expr:
        """Return kick/(δ h) for h → 0: the stationary risk of a faint mode, by its eigenvalue and the noise."""
        return sympy.limit(self.stationary / self.eigenvalue, self.eigenvalue, 0)

    @property
    def edge(self) -> Expr:
        """Return the step at which δ = 0: beyond it the mode grows by itself."""
        (root,) = (root for root in sympy.solve(self.loss, STEP) if root != 0)
        return root

    def compiled(self, *expressions: Expr) -> Callable[..., Any]:
        """Return expressions as one NumPy function of (h, γ, B)."""
        function: Callable[..., Any] = sympy.lambdify([self.eigenvalue, STEP, BATCH], expressions)
        return function


@functools.cache
def coefficients() -> Coefficients:
    """Return the coefficients of a step, read off the derived recursion of two modes."""
    found = second_moments(2)
    (h, other), (own, others) = found.eigenvalues, found.moments
    update = found.updates[0]
    noise = update.coeff(STEP_NOISE)
    if sympy.expand(update.coeff(others) - noise * other) != 0:
        raise ArithmeticError("modes are not coupled through the risk alone")
    return Coefficients(h, sympy.factor(1 - update.coeff(own) + noise * h), noise * h, found.forgets[0])
