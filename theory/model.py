"""The public face of a model: what is evaluated, asked and optimised of a chain that is declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from theory.chain.declaration import Declaration
from theory.chain.layers import Layer
from theory.errors import BadArgument, truth, whole_number
from theory.results.inputs import Inputs
from theory.solve.arguments import Arguments, check_arguments
from theory.solve.certified.request import certified_digits, certified_evaluator
from theory.solve.evaluate import Evaluator, Risk
from theory.solve.finite.entries import check_entries
from theory.solve.silent import by_silence, joined
from theory.spectra.base import Spectrum
from theory.terms import Key

if TYPE_CHECKING:  # what `evaluate` needs is above; the other methods import theirs
    from theory.density.spectrum import EigenvalueDensity
    from theory.exponents.law import ChainLaw
    from theory.references import Citations, Formulas
    from theory.solve.optima.ridge import OptimalRidge
    from theory.solve.optima.sizes import Allocation
    from theory.solve.precise.point import PreciseEvaluator
    from theory.solve.slopes import LocalExponents
    from theory.solve.two_point import TwoPointRisk


class Chain(Declaration):
    """A regression model: a stack of random-matrix layers, listed from the data side inwards.

    Parameters
    ----------
    *layers : Layer or NonlinearFeatures
        For example `Samples(), GaussianFeatures()`: P rows of data seen through N random features. Nonlinear features stand for
        their equivalent layers.

    Attributes
    ----------
    slots : Slots
        The layers in their places, innermost first.
    nonlinear : NonlinearFeatures or None
        The layer whose parameters follow from the population.

    Raises
    ------
    ValueError
        If the stack makes no sense; the message gives the reason.

    Examples
    --------
    >>> import theory as th
    >>> th.Chain(th.Samples(), th.GaussianFeatures()).fixed_point
    Eq(lambda, kappa*(1 - df1(kappa)/N)*(1 - df1(kappa)/P))
    """

    @cached_property
    def evaluator(self) -> Evaluator:
        """The formulas, lowered to NumPy."""
        return Evaluator(self)

    @cached_property
    def precise_evaluator(self) -> PreciseEvaluator:
        """The formulas, lowered to mpmath."""
        from theory.solve.precise.point import PreciseEvaluator

        return PreciseEvaluator(self.derivation)

    @cached_property
    def _certified_evaluator(self) -> Any:
        return certified_evaluator(self.derivation)

    def evaluate(
        self,
        task: Spectrum,
        *,
        ridge: ArrayLike = 0.0,
        noise: ArrayLike = 0.0,
        ensemble: ArrayLike = 1,
        precision: int | None = None,
        finite_size: bool = False,
        entries: str = "real",
        kurtosis: float = 0.0,
        certified: bool = False,
        digits: int | None = None,
        **sizes: Any,
    ) -> Risk:
        """Return κ and every term of the risk over a population; all arguments broadcast as NumPy arrays.

        Parameters
        ----------
        task : Spectrum
            The population: eigenvalues and target.
        ridge : array-like
            λ, beside the normalised XᵀX/P: scikit-learn's `alpha`, or δ beside an unnormalised kernel K + δI, divided by P;
            `theory.ridge_from` converts, also where F has entries of variance 1/D (here 1/N). Zero is the ridgeless limit; a
            small negative ridge is admissible down to the edge that the error message states.
        noise : array-like
            σ², the variance of the label noise.
        ensemble : array-like
            K: the mean of K predictors, with new features (and their noise) each and the same data; `inf` allowed.
        precision : int, optional
            Significant digits: evaluate through mpmath instead of NumPy (object arrays of `mpf`), or a `Discrete` population
            through python-flint where it is installed: the same digits, sooner. Arguments are then taken
            exactly: fractions, decimals and `mpf` as they are, floats as they are written (0.1 is 1/10).
        finite_size : bool
            Add the first correction, of relative order 1/size, to test and training risk: means over draws at finite sizes.
        entries : {"real", "complex"}
            With finite_size=True, the entries of all matrices; complex Gaussian ones have no correction at this order.
        kurtosis : float
            With finite_size=True, κ₄ of the entries of the rows, independent in the eigenbasis of Σ: E z⁴ − 3 (E |z|⁴ − 2 of
            complex ones). Rows of data alone; 0 with features.
        certified : bool
            Evaluate in ball arithmetic (needs python-flint: `pip install 'scaletheory[certify]'`): object arrays of enclosures,
            each with `mid` and `radius` as `mpf` and `contains(x)`, that hold the true numbers with certainty. Arguments are
            taken exactly, as with `precision`; what follows from φ in nonlinear features is rounded to a double first. For
            ridges ≥ 0, layers without columns or rows, and `PowerLaw`, `LogarithmicLaw`, `Discrete` and `Isotropic`
            populations.
        digits : int, optional
            Significant digits that are certified: the relative radius is at most 10^-digits; 30 by default.
        **sizes : array-like
            One for each layer: `n_<name>` for sizes (`inf` allowed), the name itself for a variance
            (`feature_noise`). With nonlinear features the variance follows from φ, and `preactivation` may be given: s, the
            standard deviation of the pre-activations, √(tr Σ/D) when left out.

        Returns
        -------
        Risk
            Arrays of the broadcast shape, with the arguments as `inputs`; scalars give 0-d arrays. Points without a solution
            are NaN with `converged` False and a `status`. With finite_size=True a `CorrectedRisk`, which has `leading`,
            `correction` and `correction_parameter` beside.

        Raises
        ------
        ValueError
            For missing or unknown sizes and values out of their domain, with the remedy; with finite_size=True for chains whose
            correction is not established (pools, layers of one's own, label noise of another covariance than the rows'),
            ensembles and negative ridges.

        Warns
        -----
        FiniteSizeWarning
            If the parameter of the correction is above .17; above .25 the point has a status and is NaN.

        Notes
        -----
        Source: the chain's derivation (arXiv:2405.00592 for ridge and random features, sections 3-5).
        """
        proved = certified_digits(certified, digits, precision, finite_size)
        wanted = None if precision is None else whole_number("precision", precision, 1, 10_000, "give the significant digits")
        kind = check_entries(entries, kurtosis, truth("finite_size", finite_size))
        asked = {**sizes, "ridge": ridge, "noise": noise, "ensemble": ensemble}
        exactly = (wanted, proved) != (None, None)
        arguments = check_arguments(self.slots, task, self.bound(task, dict(asked)), exactly=exactly)
        parts = by_silence(self.slots, arguments)
        if len(parts) == 1:  # at all points the same noises are none
            ((places, _),) = parts
            risk = self.left(places)._risk(task, arguments.of(places), wanted, proved)
        else:
            found = [(points, self.left(places)._risk(task, arguments.take(points, places), wanted, proved))
                     for places, points in parts]  # fmt: skip
            risk = joined(arguments.shape, found)
        if finite_size:
            from theory.solve.finite.evaluate import evaluate_corrected

            risk = evaluate_corrected(self, self.left, task, arguments, risk, kind, wanted)
            asked |= {"entries": entries, "kurtosis": kurtosis}
        return replace(risk, inputs=self.asked(arguments.shape, task, asked))

    def asked(self, shape: tuple[int, ...], task: Spectrum, given: Mapping[str, Any]) -> Inputs:
        """Return what a result carries of its question.

        Parameters
        ----------
        shape : tuple of int
            Of the answer.
        task : Spectrum
            The population.
        given : mapping
            The arguments by keyword.
        """
        return Inputs(shape, given, {"model": repr(self), "task": repr(task)})

    def left(self, places: Sequence[int]) -> Chain:
        """Return the chain of the layers in some places, counted from the population; what silent noises leave.

        Parameters
        ----------
        places : sequence of int
            Those that are kept, in order.
        """
        return self if len(places) == len(self.slots) else _chain(tuple(self.slots[place].layer for place in places[::-1]))

    def _risk(self, task: Spectrum, arguments: Arguments, digits: int | None, proved: int | None) -> Risk:
        if proved is not None:
            return self._certified_evaluator.evaluate(task, arguments, proved)
        if digits is None:
            return self.evaluator.evaluate(task, arguments)

        from theory.solve.certified.rounded import rounded, serves

        def usual(some: Arguments) -> Risk:
            return self.precise_evaluator.evaluate(task, some, digits)

        if not serves(self.slots, task, arguments, digits):
            return usual(arguments)
        return rounded(lambda some, more: self._certified_evaluator.evaluate(task, some, more), usual, arguments, digits)

    def two_point_at(
        self, task: Spectrum, *, ridge: ArrayLike, noise: ArrayLike = 0.0, ensemble: ArrayLike = 1, **sizes: Any
    ) -> TwoPointRisk:
        """Return every term of the risk at all pairs (s, s′) of a list of ridges: the correlations of residuals.

        Parameters
        ----------
        task : Spectrum
            The population.
        ridge : array-like, shape (n,)
            s, real (≥ 0) or complex, off the negative axis, where the eigenvalues of the data lie.
        noise, ensemble, **sizes
            As in `evaluate`, single numbers.

        Returns
        -------
        TwoPointRisk
            κ(s), shape (n,), and the terms, shape (n, n), C₀ as "test" and C₁ as "train"; the diagonal is `evaluate`.

        Raises
        ------
        ValueError
            As `evaluate`, and for a ridge that is no list, or lies on the negative axis.

        Notes
        -----
        Divided differences are summed as products, never taken. Any spectral algorithm is a double sum of these
        (`theory.GradientFlow`). Source: the polarised chain (arXiv:2402.01092 has one feature layer, by mean-field equations).
        """
        from theory.solve.two_point import two_point_risk

        asked = {**sizes, "noise": noise, "ensemble": ensemble}
        found = two_point_risk(task, self.slots, self.bound(task, {"ridge": 1.0, **asked}), ridge)
        s = np.asarray(ridge)
        return replace(found, inputs=self.asked(found.test.shape, task, {"ridge": s[:, None], "other_ridge": s, **asked}))

    def spectrum(self, task: Spectrum, of: str = "kernel", **sizes: Any) -> EigenvalueDensity:
        """Return the eigenvalue density of a matrix that the chain makes, in the limit of large sizes.

        Parameters
        ----------
        task : Spectrum
            The population; only its eigenvalues matter.
        of : {"kernel", "covariance", "features"}
            ZZᵀ/P (P × P), Z the rows that the readout sees; ZᵀZ/P (n × n); or the population's covariance of the features
            (n × n), without the layer of samples.
        **sizes : float
            One for each layer, as in `evaluate`.

        Returns
        -------
        EigenvalueDensity
            Bands, edges, atoms, density, counts, predicted eigenvalues, entropy, and a certificate.

        Raises
        ------
        ValueError
            For missing or unknown sizes and values out of their domain; arrays; a matrix of infinite size; layers whose ridge
            map is no rational function of d.

        Notes
        -----
        From the resolvent's fixed point at s = −x + i0; counts are −Im ln det(1 + A/s)/π in closed form, so that nothing is
        integrated. Source: arXiv:2405.00592 for the fixed points.

        Examples
        --------
        >>> import theory as th
        >>> white = th.linear_ridge().spectrum(th.Isotropic(100), n_samples=400)
        >>> white.edges.round(12)
        array([2.25, 0.25])
        """
        from theory.density.asked import check_matrix, eigenvalue_density

        check_matrix(self.slots, of)
        for keyword in {"ridge", "noise", "ensemble"} & sizes.keys():
            raise BadArgument(keyword, sizes[keyword], "left out: eigenvalues do not depend on it", "remove it")
        given = self.bound(task, {"ridge": 1.0, **sizes})
        unit = 1.0 / float(given.pop("ridge"))
        found = eigenvalue_density(self.slots, task, given, of, unit)
        found.inputs = self.asked((), task, {**sizes, "of": of})
        found.made_by = self, "spectrum", {"task": task, "of": of, **sizes}
        return found

    def exponents(self, equal: Sequence[str] = ()) -> ChainLaw:
        """Return the scaling law over an infinite power law: the exponent of every term, symbolic in capacity and source.

        Parameters
        ----------
        equal : sequence of str
            Sizes that are exactly equal, such as ("n_samples", "n_features"): the interpolation threshold, where complements go
            as √(λ/κ). They are then one argument, the outermost. Left out, sizes of equal exponents have a ratio other than 1.

        Raises
        ------
        ValueError
            If the chain needs a finite population (noise on it, a pool of samples); if `equal` does not name two or more sizes
            of layers that are filled alike.
        """
        names = tuple(equal) if isinstance(equal, list | tuple) else (equal,)
        if not all(isinstance(name, str) for name in names):
            raise BadArgument("equal", equal, "a list of names of sizes", 'give for example ("n_samples", "n_features")')
        law = _law(self, names)
        law.made_by = self, "exponents", {"equal": names}
        return law

    def local_exponents(
        self, task: Spectrum, *, ridge: ArrayLike = 0.0, noise: ArrayLike = 0.0, **sizes: Any
    ) -> LocalExponents:
        """Return the slopes ∂ln(term)/∂ln(argument) of κ and of every term, exactly, where `evaluate` would evaluate.

        Parameters
        ----------
        task, ridge, noise, **sizes
            As in `evaluate`; ridge and noise positive where their slopes are wanted.

        Returns
        -------
        LocalExponents
            Arrays of the broadcast shape, by term and argument.

        Raises
        ------
        ValueError
            As `evaluate`, for a negative ridge, and for layers with columns or rows of a law.

        Notes
        -----
        By implicit differentiation of the chain's fixed point and the formulas in the algebra of logarithmic derivatives.
        """
        from theory.solve.slopes import joined_slopes, local_exponents

        asked = {**sizes, "ridge": ridge, "noise": noise}
        arguments = check_arguments(self.slots, task, self.bound(task, {**asked, "ensemble": 1}))
        parts = [(points, local_exponents(self.left(places).derivation, task, arguments.take(points, places)))
                 for places, points in by_silence(self.slots, arguments)]  # fmt: skip
        keywords = [*(slot.keyword for slot in self.slots), "ridge", "noise"]
        found = joined_slopes(arguments.shape, keywords, parts).joined(self.tied)
        return replace(found, inputs=self.asked(arguments.shape, task, asked))

    def optimal_ridge(
        self, task: Spectrum, *, of: Key = "test", noise: ArrayLike = 0.0, ensemble: ArrayLike = 1, **sizes: Any
    ) -> OptimalRidge:
        """Return the ridge of least risk, over all admissible ones, negative ridges included.

        Parameters
        ----------
        task : Spectrum
            The population.
        of : str or tuple of str
            The term to minimise.
        noise, ensemble, **sizes : array-like
            As in `evaluate`; they broadcast.

        Returns
        -------
        OptimalRidge
            An array of ridges, of the broadcast shape, with `risk`, `converged`, `status` and `reasons` of the same shape.

        Raises
        ------
        ValueError
            As `evaluate`, and for an unknown term.

        Notes
        -----
        Below zero the risk is followed along its branch to the edge, where it diverges. Where several basins exist the least
        one counts; ridges whose risks differ by less than rounding are one.
        """
        from theory.solve.optima.ridge import joined_ridges, optimal_ridge

        asked = {**sizes, "noise": noise, "ensemble": ensemble}
        arguments = check_arguments(self.slots, task, self.bound(task, {"ridge": 1.0, **asked}))
        parts = [(points, optimal_ridge(self.left(places).evaluator, task, arguments.take(points, places), of))
                 for places, points in by_silence(self.slots, arguments)]  # fmt: skip
        found = joined_ridges(arguments.shape, parts)
        found.inputs = self.asked(arguments.shape, task, asked)
        return found

    def export(self, language: str) -> str:
        """Return the model as one stand-alone source file: the bracketed solver of its fixed point, and every term.

        Parameters
        ----------
        language : {"python", "jax", "julia", "c", "javascript"}
            Python needs its standard library alone; C99 needs -lm.

        Returns
        -------
        str
            The file. Its function `risk` takes eigenvalues λ_k and target power c_k, the arguments of `evaluate`, and how many
            modes each entry stands for; it agrees with `evaluate` to 1e-10 and better, but knows ridges ≥ 0 only.

        Raises
        ------
        ValueError
            For another language; for layers with columns or rows of a law, nonlinear features, and ridge maps that are no
            monomials.

        Notes
        -----
        From the expressions that `evaluate` lowers, by SymPy's code printers. An infinite spectrum goes in as nodes that stand
        for many modes (`task.truncate(n).nodes`).

        Examples
        --------
        >>> import theory as th
        >>> scope = {}
        >>> exec(th.linear_ridge().export("python"), scope)
        >>> round(scope["risk"]([1.0, 0.5], [1.0, 1.0], n_samples=3.0, ridge=0.1, noise=0.1)["test"], 6)
        0.284187
        """
        from theory.export.source import exported

        return exported(self, language)

    @property
    def formulas(self) -> Formulas:
        """Every term as SymPy, subtraction-free: "test", "train", "excess", "bias", and the variance components by source."""
        from theory.references import Formulas

        return Formulas(self)

    def cite(self, key: Key | None = None) -> Citations:
        """Return paper, equation and BibTeX of what the model, or one term of it, rests on; `print` shows them.

        Parameters
        ----------
        key : str or tuple of str, optional
            A term; `model.formulas.cite(key)` is the same.

        Raises
        ------
        ValueError
            For a term that the model has not.
        """
        from theory.references import citations

        return citations(self, key)

    def optimum(
        self, task: Spectrum, cost: Mapping[str, float], budget: float, of: Key = "test", **fixed: float
    ) -> Allocation:
        """Return the sizes (and the ridge, unless it is given) of least risk at a given cost, found on the real risk.

        Parameters
        ----------
        task : Spectrum
            The population.
        cost : mapping
            A monomial, by argument the power: {"n_samples": 1, "n_features": 1} is C = P N.
        budget : float
            C > 0.
        of : str or tuple of str
            The term to minimise.
        **fixed : float
            Arguments that are not free: `noise` (default 0), `ridge`, sizes without a cost.

        Returns
        -------
        Allocation
            The arguments, real numbers, the risk there, and whether the search converged. A ridge may be zero or negative.

        Raises
        ------
        ValueError
            For costs that are not monomials in the arguments, sizes without cost or value, a budget that is not one number
            above zero, an unknown term.

        Notes
        -----
        `exponents().compute_optimal` gives the exponents that these follow as C → ∞.
        """
        from theory.solve.optima.sizes import find_optimum

        return find_optimum(self, task, cost, budget, of, fixed)

@lru_cache(maxsize=64)
def _chain(layers: tuple[Layer, ...]) -> Chain:
    """Return one chain of these layers for all who ask: it keeps what it has derived."""
    return Chain(*layers)


@lru_cache(maxsize=32)
def _law(chain: Chain, equal: Sequence[str]) -> ChainLaw:
    """Return the law of a chain, derived once for all equal chains."""
    from theory.exponents.chain_system import ChainSystem
    from theory.exponents.law import ChainLaw

    return ChainLaw(ChainSystem(chain.derivation, equal, chain.tied))
