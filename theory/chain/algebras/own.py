"""A layer's parameter as an algebra reads it: what `outer` is handed beside the level inside.

A parameter takes a *share* of a whole and leaves a *factor* of it: a size n takes d/n of itself and leaves 1 − d/n, a variance
μ² takes μ²/κ of the ridge and leaves 1 − μ²/κ. In plain arithmetic (SymPy, mpmath, complex arrays, triples, fields) the two are
computed from the parameter; where they are known better, or are letters themselves, they are handed over as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from theory.errors import BadArgument


class Own:
    """A parameter in plain arithmetic.

    Parameters
    ----------
    parameter : Any
        The size n, or the variance μ².
    sized : bool
        Which of the two.

    Attributes
    ----------
    size, value : Any
        The parameter, by the name that fits.
    """

    def __init__(self, parameter: Any, sized: bool = True) -> None:
        self.size = self.value = parameter
        self.sized = sized

    def share(self, whole: Any) -> Any:
        """Return what is taken: d/n of a size n, μ²/κ of a ridge κ by a variance μ²."""
        return whole / self.size if self.sized else self.value / whole

    def factor(self, whole: Any) -> Any:
        """Return what is left: 1 − d/n of a size n, 1 − μ²/κ of a ridge κ by a variance μ²."""
        return 1 - self.share(whole)

    def vacancy(self, dof: Any) -> Any:
        """Return 1 − d/n, the part of a size that is not taken up, whatever the ridge makes of it."""
        return self.factor(dof)

    def unexplained(self, dof: Any) -> Any:
        """Return what the potential of rows holds of the variance of their label noise, of the covariance that the rows have.

        The factor itself; for noise of another covariance see `Shaped`.
        """
        return self.factor(dof)

    def spread(self, dof: Any) -> Any:
        """Return b/f of the matrix whose size this is; see `theory.chain.layers.Layer.spread`. Of independent entries, 1."""
        return 1

    def gain(self, dof: Any) -> Any:
        """Return 1/(t t′), t = 1 − d/n at both points: how much larger residuals are on rows that were left out.

        Parameters
        ----------
        dof : Triple
            d at two points.
        """
        left = self.factor(dof)
        return 1 / (left.value * left.primed)


class Known(Own):
    """A parameter whose share and factor are known: letters, or numbers found without cancellation.

    Parameters
    ----------
    parameter : Any
        The size, or the variance.
    share, factor : Any
        u and t with u + t = 1.
    whole : Any
        What they are of: the very object that the level holds (`dof` for a size, `ridge` for a variance).
    sized : bool
        Whether the parameter is a size.
    """

    def __init__(self, parameter: Any, share: Any, factor: Any, whole: Any, sized: bool = True) -> None:
        super().__init__(parameter, sized)
        self._share, self._factor, self._whole = share, factor, whole

    def share(self, whole: Any) -> Any:
        """Return u."""
        self._check(whole)
        return self._share

    def factor(self, whole: Any) -> Any:
        """Return t."""
        self._check(whole)
        return self._factor

    def _check(self, whole: Any) -> None:
        if whole is not self._whole:
            name = "level.dof" if self.sized else "level.ridge"
            raise BadArgument("outer", whole, f"declared by own.factor({name})", "take the share or factor of the level itself")


class Shaped(Own):
    """A size n whose matrix has columns (or rows) of a law: of the ridge it leaves f = dχ/n, tr C(C+χ)⁻¹ = d.

    Parameters
    ----------
    size : Any
        n; the share d/n and the vacancy 1 − d/n are those of any size.
    factor : callable
        f as a function of d.
    unexplained : callable, optional
        (1/n) Σ ν r with r = χ/(K+χ), of rows with label noise of covariance ν, as a function of d. Left out, that is f: ν = K.
    free : Any, optional
        1 − d/n, where it is known.
    """

    def __init__(
        self, size: Any, factor: Callable[[Any], Any], unexplained: Callable[[Any], Any] | None = None, free: Any = None
    ) -> None:
        super().__init__(size)
        self._factor, self._unexplained, self._free = factor, unexplained, free

    def factor(self, whole: Any) -> Any:
        """Return f."""
        return self._factor(whole)

    def vacancy(self, dof: Any) -> Any:
        """Return 1 − d/n."""
        return super().factor(dof) if self._free is None else self._free

    def unexplained(self, dof: Any) -> Any:
        """Return (1/n) Σ ν r."""
        return self._factor(dof) if self._unexplained is None else self._unexplained(dof)


def parameter_at(share: Any, whole: Any, sized: bool) -> Any:
    """Return the parameter that takes a share of a whole: n = d/u, or μ² = u κ."""
    return whole / share if sized else share * whole
