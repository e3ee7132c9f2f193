"""`theory.s_transform`: the S-transforms of the random matrices of the literature, and of what users bring."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import sympy
from mpmath import mp
from numpy.typing import ArrayLike

from theory.chain.s_transforms.expressions import in_letters, size_of
from theory.chain.s_transforms.laws.law import DensityLaw, MomentLaw, SpectralLaw
from theory.chain.s_transforms.readings import Factor
from theory.chain.s_transforms.transform import STransform
from theory.errors import BadArgument, real_array
from theory.notation import DOF
from theory.spectra.base import Spectrum
from theory.spectra.discrete import Discrete
from theory.spectra.isotropic import Isotropic

d_ = DOF.symbol


class Constructors:
    """S-transforms by name: `s_transform("1/(1 - d/N)")`, `s_transform.wishart("N")`, ….

    Sizes are letters ("N"), whose values are given when numbers are wanted, or numbers.
    """

    def __call__(self, expression: Any) -> STransform:
        """Return the S-transform with a given expression.

        Parameters
        ----------
        expression : sympy.Expr, str or number
            In the letter d (the unnormalised degrees of freedom) and in positive sizes and parameters, taken by their names:
            sums, products, constant powers, exp and log. Whether it belongs to a positive law is for `check_admissible` to say.

        Raises
        ------
        BadArgument
            If it cannot be read.
        """
        return STransform(in_letters(expression))

    def wishart(self, size: str | float | None = None, law: ArrayLike | Spectrum | None = None) -> STransform:
        """Return that of F Fᵀ, F = Z C^(1/2) with Z of iid entries of variance 1/n and C of size n scaled to mean 1.

        White (C = 1): S = 1/(1 − d/n), Voiculescu's 1/(1 + (D/n) w), Marchenko and Pastur's law. Otherwise S = n/(d χ) with
        tr C(C+χ)⁻¹ = d. Source: arXiv:2405.00592 (white and structured Wishart matrices).

        Parameters
        ----------
        size : str or number, optional
            n: the number of features, or of samples. Left out, it is that of the law.
        law : array-like or Spectrum, optional
            Eigenvalues of C: an array of exactly n of them; a spectrum is truncated to its n largest. An infinite spectrum with
            no size stands for the limit, C of trace 1 and Z of unit variance.

        Raises
        ------
        BadArgument
            If neither is given, or they are not admissible.
        """
        if law is None:
            if size is None:
                raise BadArgument("size", size, "given for a white matrix", "name it, such as 'N'")
            return STransform(1 / (1 - d_ / size_of("size", size)))
        return _of_law(*_sized(law, size), scaled=True)

    def projection(self, size: str | float, dimension: str | float = "D") -> STransform:
        """Return that of D/N times a projection onto N of D dimensions, uniform in its directions: (1 − d/D)/(1 − d/N).

        The projection itself has `projection(…).of_multiple(N/D)`. Source: arXiv:2405.00592 (projections).

        Parameters
        ----------
        size, dimension : str or number
            N ≤ D, and D.

        Raises
        ------
        BadArgument
            If the size is larger than the dimension, or one is not positive.
        """
        kept, whole = size_of("size", size), size_of("dimension", dimension)
        if (kept - whole).is_positive:  # of two letters SymPy does not know
            raise BadArgument("size", size, f"at most the dimension, {dimension}", "a projection cannot widen")
        return STransform((1 - d_ / whole) / (1 - d_ / kept))

    def diagonal(self, law: ArrayLike | Spectrum, size: str | float | None = None) -> STransform:
        """Return that of a matrix with given eigenvalues, not scaled: S = (1 − d/n)/((d/n) χ), tr C(C+χ)⁻¹ = d.

        Source: Voiculescu 1987, in the letters of arXiv:2405.00592.

        Parameters
        ----------
        law : array-like or Spectrum
            The eigenvalues ≥ 0; of a spectrum the `size` largest.
        size : str or number, optional
            n; the number of eigenvalues if left out.

        Raises
        ------
        BadArgument
            If the law is infinite and no size is given, or its eigenvalues are not admissible.
        """
        spectral, n = _sized(law, size)
        if n is sympy.oo:
            raise BadArgument("law", law, "finite", "the normalised trace of an infinite spectrum is zero: truncate it")
        return _of_law(spectral, n, scaled=False) * STransform(1 - d_ / n)

    def from_density(
        self,
        density: Callable[[Any], Any],
        support: Sequence[float],
        atoms: Iterable[tuple[float, float]] = (),
        dimension: str | float = "D",
    ) -> STransform:
        """Return that of a D × D matrix whose eigenvalues have a density, not scaled: D ∫ ρ(x) x/(x+χ) dx = d by quadrature.

        Parameters
        ----------
        density : callable
            ρ(x) ≥ 0, elementwise on arrays of float64, and on an mpf where S is wanted through mpmath.
        support : sequence of float (or mpf)
            Two or more ascending points ≥ 0: the ends, and kinks in between. At them ρ may vanish by a power, and at zero
            diverge.
        atoms : pairs (location, weight)
            Beside the density; total mass 1.
        dimension : str or number
            D.

        Raises
        ------
        BadArgument
            If ρ is negative or infinite, the mass is not 1 to within 1e-10, or the support makes no sense.
        """
        if not callable(density):
            raise BadArgument("density", density, "callable", "give a function of x")
        ends = tuple(end if isinstance(end, mp.mpf) else float(end) for end in support)
        if len(ends) < 2 or not all(0 <= low < high < np.inf for low, high in pairwise(ends)):
            raise BadArgument("support", support, "two or more ascending finite points >= 0", "give the ends of the density")
        pairs = tuple((float(x), float(weight)) for x, weight in atoms)
        if not all(0 <= x < np.inf and 0 < weight < 1 for x, weight in pairs):
            allowed = "pairs of a location >= 0 and a weight between 0 and 1"
            raise BadArgument("atoms", atoms, allowed, "leave them out if there are none")
        size = size_of("dimension", dimension)
        return STransform(1 - d_ / size, [(Factor(DensityLaw(density, ends, pairs), size, scaled=False), 1)])

    def from_moments(self, moments: Sequence[Any], dimension: str | float = "D", tolerance: float = 1e-6) -> STransform:
        """Return that of a D × D matrix with the given normalised moments τ(A), τ(A²), …, where they determine it.

        The first m moments bound d(ζ) from both sides (Gauss and Gauss-Radau rules); S is handed out where the bounds agree,
        and refused beyond: the message states how far they reach. The bounds are sharp, so that no other use of the moments
        reaches further. Source: Golub and Meurant, Matrices, Moments and Quadrature (2010).

        Parameters
        ----------
        moments : sequence of int, Fraction, float or SymPy rational
            m₁, m₂, …, at least two; taken exactly.
        dimension : str or number
            D.
        tolerance : float
            By how much S may be uncertain, relative.

        Raises
        ------
        BadArgument
            If no positive law has these moments (a Hankel determinant is negative; the message says which).
        """
        try:
            exact = tuple(Fraction(int(m.p), int(m.q)) if isinstance(m, sympy.Rational) else Fraction(m) for m in moments)
        except (TypeError, ValueError, OverflowError):
            exact = ()
        if len(exact) < 2:
            raise BadArgument("moments", moments, "two or more numbers", "give τ(A), τ(A²), …")
        if isinstance(tolerance, bool) or not 0 < tolerance < 1:
            raise BadArgument("tolerance", tolerance, "between 0 and 1", "it is a relative uncertainty")
        law = MomentLaw(exact, float(tolerance))
        if not law.fraction:
            raise BadArgument("moments", moments, "positive", "a matrix without variance is zero")
        size = size_of("dimension", dimension)
        return STransform(1 - d_ / size, [(Factor(law, size, scaled=False), 1)])


def _sized(law: Any, size: str | float | None) -> tuple[SpectralLaw, sympy.Expr]:
    """Return a law and the size n of the matrix that follows it.

    Raises
    ------
    BadArgument
        If the law is none, or n is a number of eigenvalues that it has not.
    """
    if isinstance(law, Spectrum):
        spectral = SpectralLaw(law, whole=False)
    else:
        values = real_array("law", law, "a Spectrum, or an array of eigenvalues >= 0", "give the eigenvalues of C")
        spectral = SpectralLaw(Discrete(values, np.zeros(values.shape)), whole=True)
    if size is None:
        return spectral, sympy.oo if np.isinf(spectral.spectrum.size) else sympy.Integer(int(spectral.spectrum.size))
    n = size_of("size", size)
    if n.is_number:
        spectral.positive(float(n))
    return spectral, n


def _of_law(law: SpectralLaw, n: sympy.Expr, scaled: bool) -> STransform:
    """Return n/(d χ) of a law; closed where all positive eigenvalues are equal, since then χ = γ (rank/d − 1)."""
    spectrum = law.spectrum
    if isinstance(spectrum, Isotropic):
        return STransform(1 / (1 - d_ / n))
    if isinstance(spectrum, Discrete) and n == spectrum.size and spectrum.smallest == spectrum.eigenvalues[0]:
        rank = sympy.Integer(spectrum.rank)
        mean = sympy.Rational(spectrum.smallest) * rank / n
        return STransform((1 if scaled else 1 / mean) / (1 - d_ / rank))
    return STransform(sympy.S.One, [(Factor(law, n, scaled), 1)])


s_transform = Constructors()
