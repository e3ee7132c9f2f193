"""What a layer is: how it renormalises the ridge, what it does to d and T, how it is drawn; declared once.

A layer sees the `Level` inside it and makes the one outside, κ_out = κ_in/S(d) with S its S-transform. The symbolic
derivation, the solver, mpmath, complex ridges, max-plus and the samplers all run these few lines; nothing about a layer is
written anywhere else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np

from theory.chain.algebras.own import Own, Shaped
from theory.chain.algebras.polarise import residual_gain
from theory.chain.layers.shapes import MATCHED, WHITE, roots
from theory.chain.s_transforms.laws.law import EigenvalueLaw
from theory.errors import BadArgument
from theory.notation import DIMS, DOF, size_letter
from theory.results.declared import Declared

if TYPE_CHECKING:
    from sympy import Expr

    from theory.chain.s_transforms.transform import STransform

Draw: TypeAlias = Callable[[Any, int, int], Any]


@dataclass(frozen=True)
class Level:
    """What one layer hands to the next, in any algebra (SymPy, polarised triples, NumPy, mpmath, …).

    Attributes
    ----------
    ridge : Any
        κ at this level.
    dof : Any
        d = tr A(A+κ)⁻¹ at this level.
    vacancy : Any
        1 − d/size, the complement of the occupied fraction of the level's own coordinates.
    loss : Any
        The potential: the least objective min ‖y − f‖² + κ‖v‖² at this level (T for the population).
    size : Any
        The number n of coordinates at this level.
    """

    ridge: Any
    dof: Any
    vacancy: Any
    loss: Any
    size: Any

    def through(self, **changed: Any) -> Level:
        """Return the level outside a layer that changes these attributes and lets the others pass.

        With a new `size` the vacancy is 1 − d/size and need not be given.
        """
        return replace(self, **({"vacancy": None} if "size" in changed else {}), **changed)


@dataclass(frozen=True)
class Layer(Declared, ABC):
    """A random-matrix layer; subclasses declare the class attributes below, `outer`, and `draw` if it is to be simulated.

    Parameters
    ----------
    name : str, optional
        The source's name in the variance decomposition, and `n_<name>` the keyword of its size. Left out, the chain
        chooses: `samples`, `features` (numbered from the population when there are several), `feature_noise`.

    Attributes
    ----------
    letter, default_name, words : str
        Of the parameter in formulas; the name when none is given; what its size counts.
    sized : bool
        Whether the parameter is a size (else a variance).
    nested : bool
        Whether the size is at most the input's, so that fractions inside are written through this layer's.
    trains : bool
        Whether this is rows of data, which bring label noise and tell training from test.
    pooled : bool
        Whether test rows come from the same finite pool, which is the population: no bias and variances are defined.
    """

    name: str | None = None

    letter: ClassVar[str]
    default_name: ClassVar[str]
    words: ClassVar[str]
    sized: ClassVar[bool] = True
    nested: ClassVar[bool] = False
    trains: ClassVar[bool] = False
    pooled: ClassVar[bool] = False

    @property
    def noise(self) -> Any:
        """Of rows of data with a law, the covariance of the label noise; see `Samples`."""
        return MATCHED

    @property
    def law(self) -> EigenvalueLaw | None:
        """The law of the columns (or of rows of data); None where they are independent and alike."""
        return None

    @abstractmethod
    def outer(self, level: Level, own: Own, noise: Any) -> Level:
        """Return the level outside this layer.

        Parameters
        ----------
        level : Level
            The level inside.
        own : Own
            The parameter: `own.size` (or `own.value`, a variance), `own.share(level.dof)` = d/n and
            `own.factor(level.dof)` = 1 − d/n, to be used for every difference, as it has no rounding error
            (`level.ridge` in place of `level.dof` for a variance).
        noise : Any
            σ², the variance of the label noise (used by layers of data).
        """

    def draw(self, generator: Any, n_inputs: int, n: int) -> Any:
        """Return a draw of the layer.

        Parameters
        ----------
        generator : numpy.random.Generator or the like
            What it draws may be complex: use its `standard_normal(shape)` for entries with E|z|² = 1.
        n_inputs : int
            The number of coordinates inside.
        n : int
            The size; for noise, the number of rows that it is added to.

        Returns
        -------
        ndarray
            Features: F of shape (n_inputs, n), features are x @ F. Rows of data: Z of shape (n, n_inputs), the data are Z Σ^½.
            Noise: of shape (n, n_inputs), to be multiplied by the deviation and added.

        Raises
        ------
        ValueError
            If the layer does not say how it is drawn.
        """
        raise BadArgument("draw", type(self).__name__, "declared by a layer that is simulated",
                          "add a method draw(self, generator, n_inputs, n) to the class")  # fmt: skip

    def roots(self, n: int) -> Any:
        """Return the root of the law's eigenvalues (mean 1, the largest first), shape (n,); 1 without a law.

        Parameters
        ----------
        n : int
            The size.
        """
        return 1.0 if self.law is None else roots(self.law, n)

    def noise_roots(self, n: int) -> Any:
        """Return the root of the covariance of the label noise of rows, in their basis, shape (n,); 1 without a law.

        Parameters
        ----------
        n : int
            The number of rows.
        """
        if self.law is None or self.noise == WHITE:
            return 1.0
        return self.roots(n) if self.noise == MATCHED else np.sqrt(self.noise)

    def gain(self, level: Level, outside: Level, own: Own) -> Any:
        """Return the test residuals over those of training, C₀/C₁, from levels of triples: of independent test points.

        For rows of data whose noise has the covariance of the rows it is Δ(dS)/Δd with S = κ_in/κ_out.

        Parameters
        ----------
        level, outside : Level
            What is inside and outside, its attributes triples: values at two ridges and their divided difference.
        own : Own
            The parameter.
        """
        return residual_gain(level.dof, level.ridge / outside.ridge)

    def spread(self, level: Level, own: Own) -> Any:
        """Return (1 − γ)/(dκ_out/dκ_in): what the first correction at finite sizes takes of a layer beside its ridge.

        E ln det gains (c/2) ln(1 − γ), from the fluctuations about the stationary point of the layer's ridges. Independent
        entries and uniform projections have one, κ: there 1 − γ = dκ_out/dκ_in, and the declaration of the ridge is enough. A
        matrix Z C^½ has two, κ and χ, and 1 − γ = 1 − āb̄: the ratio is b/f. Noise only shifts the ridge: 1. A layer that does
        not say is refused.

        Parameters
        ----------
        level : Level
            The level inside.
        own : Own
            The parameter.

        Raises
        ------
        ValueError
            If the layer does not say.
        """
        raise BadArgument("spread", type(self).__name__, "declared by a layer that is evaluated at finite sizes",
                          "evaluate without finite_size=True")  # fmt: skip

    @property
    def s_transform(self) -> STransform:
        """S(d) of the matrix between the ridges, κ_out = κ_in/S, in d, the layer's letter and that of its input, D.

        Raises
        ------
        ValueError
            For noise, which adds to the ridge and has none.
        """
        return self.s_transform_in(size_letter(self.letter, self.words).symbol, DIMS.symbol)

    def s_transform_in(self, size: Expr, n_inputs: Expr) -> STransform:
        """Return S(d) in other letters.

        Parameters
        ----------
        size : sympy.Expr
            The layer's size n.
        n_inputs : sympy.Expr
            The number of coordinates inside.

        Raises
        ------
        ValueError
            For noise, which adds to the ridge and has none.
        """
        from sympy import Dummy, Integer

        from theory.chain.s_transforms.constructors import s_transform
        from theory.chain.s_transforms.readings import Factor
        from theory.chain.s_transforms.transform import STransform

        if not self.sized:
            raise BadArgument("layer", type(self).__name__, "of a size", "noise adds to the ridge: it has no S-transform")
        ridge, dof, left = Dummy(positive=True), DOF.symbol, Dummy(positive=True)
        own = Own(size) if self.law is None else Shaped(size, lambda _: left)
        level = Level(ridge, dof, 1 - dof / n_inputs, Integer(0), n_inputs)
        found = ridge / self.outside(level, own, Integer(0)).ridge
        if self.law is None:
            return s_transform(found)
        power = -int(found.as_powers_dict()[left])
        return STransform(found * left**power, [(Factor(self.law, size, scaled=True), power)])

    @staticmethod
    def from_s_transform(transform: STransform, draw: Draw | None = None, name: str | None = None) -> FreeFeatures:
        """Return a layer of features whose matrix FFᵀ is free of the population and has a given S-transform.

        Parameters
        ----------
        transform : STransform
            A rational function of d/N with one letter, the size N; it is scaled to S(0) = 1 (E FFᵀ = 1).
        draw : callable, optional
            Takes (generator, n_inputs, n) and returns F of shape (n_inputs, n), for simulations.
        name : str, optional
            As that of any layer.

        Raises
        ------
        ValueError
            If S has other letters, is no rational function of d/N, or belongs to no matrix (see
            `STransform.check_admissible`; tested at N = 16 with fewer and with more coordinates).

        Examples
        --------
        >>> import theory as th
        >>> doubled = th.Layer.from_s_transform(th.s_transform("1/(1 - d/N)**2"))
        >>> th.Chain(th.Samples(), doubled).fixed_point
        Eq(lambda, kappa*(1 - df1(kappa)/N)**2*(1 - df1(kappa)/P))
        """
        from theory.chain.s_transforms.pairs import subtraction_free
        from theory.chain.s_transforms.transform import STransform

        if not isinstance(transform, STransform):
            raise BadArgument("transform", transform, "an S-transform", 'make one: th.s_transform("1/(1 - d/N)")')
        if not transform.is_closed or len(transform.letters) != 1:
            raise BadArgument("transform", transform, "an expression in d and one size", "give the other sizes as numbers")
        (size,) = transform.letters
        normal = transform.normalised()
        subtraction_free(normal.expression, size)
        for dimension in (8, 32):
            normal.check_admissible(dimension, **{size: 16})
        return FreeFeatures(name, transform=normal, drawn=draw)

    def whole(self, level: Level) -> Any:
        """Return what the parameter takes a share of: d for a size, κ for a variance.

        Parameters
        ----------
        level : Level
            The level inside.
        """
        return level.dof if self.sized else level.ridge

    def outside(self, level: Level, own: Own, noise: Any) -> Level:
        """Return the level outside with every attribute filled in.

        Parameters
        ----------
        level : Level
            The level inside.
        own : Own
            The parameter.
        noise : Any
            σ², the variance of the label noise.
        """
        made = self.outer(level, own, noise)
        return made if made.vacancy is not None else replace(made, vacancy=own.vacancy(made.dof))


@dataclass(frozen=True)
class FreeFeatures(Layer):
    """N features of any rotation-invariant law, declared by its S-transform: κ_out = κ_in/S(d); see `Layer.from_s_transform`.

    Parameters
    ----------
    name : str, optional
        As that of any layer.
    transform : STransform
        S, with S(0) = 1 and one letter, the size.
    drawn : callable or None
        How to draw F.
    """

    letter: ClassVar[str] = "N"
    default_name: ClassVar[str] = "features"
    words: ClassVar[str] = "features"

    transform: STransform = field(kw_only=True)
    drawn: Draw | None = field(kw_only=True, default=None)

    def outer(self, level: Level, own: Own, noise: Any) -> Level:
        """Return the level of the features."""
        from theory.chain.s_transforms.pairs import subtraction_free

        above, below = subtraction_free(self.transform.expression, self.transform.letters[0])
        u, t = own.share(level.dof), own.factor(level.dof)
        return level.through(ridge=level.ridge * below(u, t) / above(u, t), size=own.size)

    def draw(self, generator: Any, n_inputs: int, n: int) -> Any:
        """Return a draw, if it was declared how."""
        return super().draw(generator, n_inputs, n) if self.drawn is None else self.drawn(generator, n_inputs, n)
