"""The S-transform of a random matrix as an object: an expression in d where there is one, a law where there is none.

Conventions. A is D × D, positive, of normalised trace τ(A) = tr A/D; its degrees of freedom d = tr A(A+ζ)⁻¹ are unnormalised;

    S_A(d) = (1 − d/D)/((d/D) ζ),     S_AB = S_A S_B for free A and B,     S(0) = 1/τ(A).

Voiculescu's transform is the same function of w = −d/D. A matrix of S-transform S between the ridge λ and a population lets it
see κ = λ S(d), the renormalised ridge. Sources: Voiculescu, J. Operator Theory 18 (1987) 223; arXiv:2405.00592.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy
from mpmath import mp
from numpy.typing import ArrayLike

from theory.chain.algebras.polarise import Triple
from theory.chain.s_transforms import evaluation
from theory.chain.s_transforms.admissible import check_admissible
from theory.chain.s_transforms.expressions import size_of
from theory.chain.s_transforms.inputs import Points, broadcast, exact_letters, gather, number
from theory.chain.s_transforms.laws.law import SpectralLaw
from theory.chain.s_transforms.readings import Factor
from theory.chain.s_transforms.series_reading import moments
from theory.chain.s_transforms.written import Written
from theory.errors import BadArgument, whole_number
from theory.spectra.base import Spectrum


class STransform(Written):
    """The S-transform of a positive random matrix, as a function of the unnormalised degrees of freedom d.

    Made by `theory.s_transform`, by products of free matrices (`S1 * S2`), by quotients (free deconvolution) and whole powers.
    Immutable; compared and hashed by value; pickles and copies.

    Parameters
    ----------
    closed : sympy.Expr
        The part that is an expression in d and letters.
    factors : iterable of (Factor, int)
        The χ of laws, each with its power.

    Attributes
    ----------
    letters : tuple of str
        The names of the sizes and parameters whose values its numbers need, in alphabetical order.
    is_closed : bool
        Whether it is an expression in d and letters; otherwise it holds the χ of a law.

    Examples
    --------
    >>> import theory as th
    >>> white = th.s_transform.wishart("N")
    >>> white * th.s_transform.wishart("P")
    STransform(1/((1 - d/N)*(1 - d/P)))
    >>> float(white(20.0, N=100))
    1.25
    """

    __slots__ = ()

    def __call__(self, d: ArrayLike, *, base: ArrayLike = 0.0, **letters: Any) -> Any:
        """Return S at base + d.

        Real d lies in [0, n), n the least size (or rank) that bounds it; there S is positive. At complex d it is continued
        analytically from that interval inside the disc with that diameter, and beyond along the ray from its centre.

        Parameters
        ----------
        d : array-like, or mpmath.mpf or mpc
            Degrees of freedom, counted from `base`: real or complex arrays of any shape through NumPy; one mpf or mpc through
            mpmath at the ambient precision.
        base : array-like of float, or mpf
            With `base=100` and d = −x the argument is 100 − x, and a size of 100 has the complement x exactly, however
            small.
        **letters : array-like
            Values of `letters`; broadcast with d. A size may be infinite where S has a limit.

        Returns
        -------
        ndarray, mpf or mpc
            Of the broadcast shape, 0-d for scalars.

        Raises
        ------
        BadArgument
            If a letter is missing, unknown or not positive; if d is outside [0, n); if complex d cannot be reached; if the
            quadrature of a density does not converge, or moments do not determine S at d.
        """
        points = gather("d", d, base, letters, evaluation.needed(self.parts))
        return points.shaped(evaluation.evaluate(self.parts, points)[0])

    def slope(self, d: ArrayLike, *, base: ArrayLike = 0.0, **letters: Any) -> Any:
        """Return dlnS/dlnd ≥ 0 at real base + d: s_F in arXiv:2405.00592.

        Parameters
        ----------
        d, base : array-like
            As for a call; real.
        **letters : array-like
            Values of `letters`; broadcast with d.

        Returns
        -------
        ndarray, or mpf
            Of the broadcast shape, 0-d for scalars.

        Raises
        ------
        BadArgument
            As for a call.
        """
        points = gather("d", d, base, letters, evaluation.needed(self.parts))
        return points.shaped(evaluation.slope(self.parts, points))

    def two_points(
        self, d: ArrayLike, d_primed: ArrayLike, *, base: ArrayLike = 0.0, base_primed: ArrayLike = 0.0, **letters: Any
    ) -> Triple:
        """Return S, S′ and the divided difference ΔS/Δd at base + d and base_primed + d_primed, never by subtraction.

        On the diagonal the difference is the derivative dS/dd, complex d included.

        Parameters
        ----------
        d, d_primed : array-like, or mpmath.mpf or mpc
            Real or complex, both through NumPy or both through mpmath; they broadcast.
        base, base_primed : array-like of float, or mpf
            What each is counted from, as for a call.
        **letters : array-like
            Values of `letters`; broadcast with d.

        Returns
        -------
        Triple
            `value`, `primed` and `delta` of the broadcast shape.

        Raises
        ------
        BadArgument
            As for a call; for d = 0; if one is a number of mpmath and the other is not.
        """
        symbols = evaluation.needed(self.parts)
        precise = [isinstance(value, (mp.mpf, mp.mpc)) for value in (d, d_primed)]
        if precise[0] != precise[1]:
            raise BadArgument("d_primed", d_primed, "of the kind of d", "give both as mpf or mpc, or none")
        if not precise[0]:
            d, d_primed, base, base_primed = broadcast(d, d_primed, base, base_primed, *letters.values())
        first, second = gather("d", d, base, letters, symbols), gather("d_primed", d_primed, base_primed, letters, symbols)
        found = evaluation.two_points(self.parts, first, second)
        return Triple(*(first.shaped(part) for part in (found.value, found.primed, found.delta)))

    def mean(self, **letters: Any) -> Any:
        """Return the normalised trace τ(A) = 1/S(0), shape of the letters.

        Parameters
        ----------
        **letters : array-like
            Values of `letters`; they broadcast.

        Raises
        ------
        BadArgument
            If a letter is missing, unknown or not positive.
        """
        points = gather("d", 0.0, 0.0, letters, evaluation.needed(self.parts))
        return points.shaped(1 / evaluation.at_zero(self.parts, points))

    # between ridges and degrees of freedom

    def ridge(self, d: ArrayLike, dimension: str | float = "D", *, base: ArrayLike = 0.0, **letters: Any) -> Any:
        """Return ζ = (1 − d/D)/((d/D) S(d)), the ridge at which the matrix has base + d degrees of freedom.

        Parameters
        ----------
        d, base, **letters
            As for a call.
        dimension : str or number
            D, of the matrix: a letter whose value is among the letters, or its value.
        """
        size = size_of("dimension", dimension)
        points = gather("d", d, base, letters, evaluation.needed(self.parts, size))
        return points.shaped(evaluation.ridge(self.parts, size, points))

    def degrees_of_freedom(self, ridge: ArrayLike, dimension: str | float = "D", **letters: Any) -> Any:
        """Return d(ζ) = tr A(A+ζ)⁻¹ of the matrix itself: the inverse function of `ridge`.

        −d/D is Voiculescu's ψ (the T- or moment transform) at −1/ζ, and 1 − d/D the η-transform at 1/ζ of Tulino and Verdú.
        At complex ζ it is continued along the arc from |ζ|, on which it is analytic. Source: arXiv:2405.00592.

        Parameters
        ----------
        ridge : array-like, or mpmath.mpf or mpc
            ζ, positive, or complex and off the negative axis.
        dimension, **letters
            As for `ridge`.

        Raises
        ------
        BadArgument
            As for a call; if a ridge is on (−∞, 0], or cannot be reached because S belongs to no positive law.
        """
        size = size_of("dimension", dimension)
        points = gather("ridge", ridge, 0.0, letters, evaluation.needed(self.parts, size))
        seen = evaluation.from_infinity(self.parts, size)
        base, offset = evaluation.degrees_of_freedom(seen, points, number(size, points))
        return points.shaped(base + offset)

    def subordination(self, ridge: ArrayLike, population: Spectrum, **letters: Any) -> Any:
        """Return the renormalised ridge κ = λ S(d(κ)) that a population sees behind the matrix at ridge λ.

        tr ΣA(ΣA+λ)⁻¹ = tr Σ(Σ+κ)⁻¹ = d for Σ free of A: the subordination function of free multiplicative convolution.
        Sources: Biane, Math. Z. 227 (1998) 143; arXiv:2405.00592.

        Parameters
        ----------
        ridge : array-like, or mpmath.mpf or mpc
            λ, positive, or complex and off the negative axis.
        population : Spectrum
            Σ; an infinite one will do.
        **letters : array-like
            Values of the letters.

        Raises
        ------
        BadArgument
            As for `degrees_of_freedom`.
        """
        law = SpectralLaw(population, whole=True)
        size = sympy.oo if np.isinf(population.size) else sympy.Integer(population.size)
        seen = STransform(self._closed, (*self._factors, (Factor(law, size, scaled=True), 1)))
        points = gather("ridge", ridge, 0.0, letters, evaluation.needed(self.parts))
        precise = points.shape is None
        trace = law.precise(mp.mpf(population.size), 0).total if precise else population.total_variance
        base, offset = evaluation.degrees_of_freedom(seen.parts, points, trace)
        value, _ = evaluation.evaluate(self.parts, Points(base, offset, points.letters, points.shape))
        return points.shaped(points.offset * value)

    # moments

    def moments(self, count: int, dimension: str | float = "D", **letters: Any) -> tuple[Any, ...]:
        """Return the normalised moments τ(A), …, τ(A^count) of the law that S implies.

        By reversion of Voiculescu's w/(1+w) S(w) = ψ⁻¹(w), the inverse of the moments' generating function.

        Parameters
        ----------
        count : int
            How many.
        dimension : str or number
            D, of the matrix: a letter or its value.
        **letters : number
            Values; letters without one stay letters.

        Returns
        -------
        tuple
            SymPy expressions (exact in whole numbers and fractions), or mpf where a law is involved: then all letters need
            values.

        Raises
        ------
        BadArgument
            If `count` is no whole number ≥ 1, a letter is unknown or not positive, or one is missing where a law is involved.
        """
        count = whole_number("count", count, 1, 1000, "it is the number of moments")
        size = size_of("dimension", dimension)
        values = exact_letters(letters, evaluation.needed(self.parts, size), complete=not self.is_closed)
        return moments(self.parts, count, size, values)

    def check_admissible(self, dimension: str | float = "D", **letters: Any) -> None:
        """Refuse what is not the S-transform of a positive D × D matrix of normalised trace 1, at given sizes.

        What is tested, on grids (a pass is evidence, not a proof): S(0) = 1; S positive, finite and non-decreasing on [0, n);
        the Hankel determinants of the first eight moments; and that d(ζ) is analytic off the negative axis, with the signs of
        a Stieltjes transform. Source: Bercovici and Voiculescu, Indiana Univ. Math. J. 42 (1993) 733.

        Parameters
        ----------
        dimension : str or number
            D, of the matrix: a letter whose value is among the letters, or its value.
        **letters : number
            Values of all letters.

        Raises
        ------
        BadArgument
            If a test fails; the message says which, and where.
        """
        check_admissible(self, self.parts, size_of("dimension", dimension), letters)
