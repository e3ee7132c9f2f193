"""A layer's parameter as an algebra reads it: what `outer` is handed beside the level inside.

A parameter takes a *share* of a whole and leaves a *factor* of it: a size n takes d/n of itself and leaves 1 − d/n, a variance
μ² takes μ²/κ of the ridge and leaves 1 − μ²/κ. In plain arithmetic (SymPy, mpmath, complex arrays, triples, fields) the two are
computed from the parameter; where they are known better, or are letters themselves, they are handed over as they are.
"""

from __future__ import annotations

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


def parameter_at(share: Any, whole: Any, sized: bool) -> Any:
    """Return the parameter that takes a share of a whole: n = d/u, or μ² = u κ."""
    return whole / share if sized else share * whole
