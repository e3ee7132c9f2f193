"""The arguments of every evaluation, declared once: keyword, symbol, meaning, domain, what others call them.

Checks and their messages, hints for misspelt keywords (`theory.keywords`), the options of the command line and their help, and
the tests of bad input read these declarations. Those of a chain's layers are made from the layers (`theory.chain.naming`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory import notation
from theory.errors import MASKED, MOST_AXES, BadArgument, real_array
from theory.exact import exact, is_masked
from theory.frozen import Frozen
from theory.notation import Letter

Array = NDArray[np.float64]

EXACT = 2**53  # integers up to here are doubles


@dataclass(frozen=True)
class Domain:
    """An interval of real numbers.

    Attributes
    ----------
    low, high : float
        Its ends.
    words : str
        The same in words, to be read after "must be".
    open : bool
        Whether the lower end is left out.
    infinite : bool
        Whether +inf belongs to it.
    whole : bool
        Whether only whole numbers do.
    """

    low: float
    high: float
    words: str
    open: bool = False
    infinite: bool = False
    whole: bool = False

    def holds(self, value: Any) -> Any:
        """Return where values belong to it: a number, exact or not, or an array."""
        above = value > self.low if self.open else value >= self.low
        inside = above & (value <= self.high) & (self.infinite | (value != math.inf)) & (value != -math.inf)
        if not self.whole:
            return inside
        with np.errstate(invalid="ignore"):
            return inside & ((value == math.inf) | (value % 1 == 0))


@dataclass(frozen=True)
class Argument:
    """One argument.

    Attributes
    ----------
    keyword : str
        Its name in Python.
    letter : Letter
        Its symbol in formulas.
    meaning : str
        One line of words.
    domain : Domain
        Which values are admissible.
    remedy : str
        What to do about a value outside.
    default : float or None
        None: it must be given.
    typical : tuple of float
        Values to try.
    aliases : tuple of str
        What others call it.
    """

    keyword: str
    letter: Letter
    meaning: str
    domain: Domain
    remedy: str
    default: float | None = None
    typical: tuple[float, ...] = ()
    aliases: tuple[str, ...] = ()

    def called(self, keyword: str, letter: Letter, meaning: str) -> Argument:
        """Return the same kind of argument under another name."""
        return replace(self, keyword=keyword, letter=letter, meaning=meaning)

    @property
    def option(self) -> str:
        """Its name on the command line."""
        return "--" + self.keyword.removeprefix("n_").replace("_", "-")

    @property
    def is_size(self) -> bool:
        """Whether it is a size."""
        return self.keyword.startswith("n_")

    def read(self, value: Any) -> Array:
        """Return the values as doubles, of the shape given.

        Raises
        ------
        ValueError
            For what is no array of real numbers, or leaves the domain.
        """
        if type(value) in (float, int) and abs(value) <= EXACT and self.domain.holds(value):
            return np.array(value, dtype=np.float64)  # what is left of the checks, for one number
        array = real_array(self.keyword, value, self.domain.words, self.remedy)
        if not self.domain.holds(array).all():
            raise self.refused(value)
        return array

    def read_exactly(self, value: Any) -> NDArray[Any]:
        """Return the values as they were written, an object array of fractions (or inf), of the shape given.

        Raises
        ------
        ValueError
            As `read`.
        """
        if is_masked(value):
            raise BadArgument(self.keyword, value, self.domain.words, MASKED)
        try:
            array = np.asarray(value, dtype=object)
        except (ValueError, TypeError):
            raise self.refused(value) from None
        if array.size == 0 or array.ndim > MOST_AXES:
            raise self.refused(value)
        found = np.array([self._exactly(entry, value) for entry in array.ravel()], dtype=object)
        return found.reshape(array.shape)

    def _exactly(self, entry: Any, value: Any) -> Fraction | float:
        number = exact(entry)
        if number is None or not self.domain.holds(number):
            raise self.refused(value)
        return number

    def refused(self, value: Any) -> BadArgument:
        """Return the error for a value that is not admissible."""
        return BadArgument(self.keyword, value, self.domain.words, self.remedy)


def broadcast(given: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
    """Return arrays broadcast to one shape.

    Raises
    ------
    ValueError
        If they do not broadcast; it lists their shapes.
    """
    shared_shape(given)
    return list(np.broadcast_arrays(*given.values()))


def shared_shape(given: Mapping[str, NDArray[Any]]) -> tuple[int, ...]:
    """Return the shape to which arrays broadcast.

    Raises
    ------
    ValueError
        If they do not broadcast; it lists their shapes.
    """
    shapes = {array.shape for array in given.values()} - {()}
    if len(shapes) < 2:
        return next(iter(shapes), ())
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        found = {name: array.shape for name, array in given.items() if array.ndim}
        raise BadArgument("shapes", found, "broadcastable to one shape", "reshape the arguments as NumPy arrays") from None


_TOP = math.nextafter(math.inf, 0.0)

SIZE = Argument(
    "n_", notation.size_letter("n", "a size"), "a size",
    Domain(0.0, math.inf, "a number > 0, or inf", open=True, infinite=True),
    "give a number, or inf", typical=(0.3, 1.0, 24.0, 1e4, 1e15, math.inf),
)  # fmt: skip
VARIANCE = Argument(
    "", notation.NOISE, "a variance", Domain(0.0, _TOP, "a finite variance ≥ 0"),
    "give the variance μ² of the feature noise", typical=(0.0, 1e-300, 1e-6, 0.02, 1.0), aliases=("mu2", "mu"),
)  # fmt: skip

_DECLARED = (
    replace(
        SIZE.called("n_samples", notation.size_letter("P", "number of samples"), "number of samples"),
        aliases=("p", "n", "t", "m", "samples", "n_train", "num_samples", "sample_size", "n_data", "dataset_size"),
    ),
    replace(
        SIZE.called("n_features", notation.size_letter("N", "number of features"), "number of features"),
        aliases=("n", "m", "k", "features", "width", "n_hidden", "num_features", "n_components", "hidden_size"),
    ),
    VARIANCE.called("feature_noise", notation.variance_letter("mu2", "variance of the feature noise"),
                    "variance of the noise on each feature"),
    Argument(
        "ridge", notation.RIDGE, "λ, beside the normalised XᵀX/P", Domain(-_TOP, _TOP, "finite"), "give a number", 0.0,
        (0.0, 1e-300, 1e-12, 1e-3, 1.0, 1e6),
        ("lam", "lambda", "lambda_", "lamda", "lmbda", "λ", "alpha", "reg", "regularization", "regularisation", "penalty",
         "weight_decay", "delta", "l2", "tikhonov", "ridge_parameter", "jitter"),
    ),
    Argument(
        "noise", notation.NOISE, "σ², the variance of the label noise", Domain(0.0, _TOP, "a finite variance σ² ≥ 0"),
        "give the variance, not the deviation", 0.0, (0.0, 1e-20, 0.1, 1.0),
        ("sigma2", "sigma", "sigma_sq", "σ²", "σ", "noise_var", "noise_variance", "label_noise", "eps",
         "noise_std", "sigma_eps"),
    ),
    Argument(
        "ensemble", notation.ENSEMBLE, "K, predictors in the mean: new features each, the same data",
        Domain(1.0, math.inf, "≥ 1", infinite=True), "give the number of predictors K", 1.0, (1.0, 2.0, 5.0, math.inf),
        ("k", "e", "n_ensemble", "n_estimators", "ensemble_size"),
    ),
    Argument(
        "step", notation.STEP, "the step size (γ of the first phase in SGD, η in descent)",
        Domain(0.0, _TOP, "a finite number > 0", open=True),
        "give the step size γ", None, (1e-3, 0.1), ("gamma", "eta", "lr", "learning_rate", "step_size", "γ", "η"),
    ),
    Argument(
        "time", notation.TIME, "t, training time of gradient flow", Domain(0.0, math.inf, "≥ 0, or inf", infinite=True),
        "give the time since the start, steps × step size", None, (0.0, 1.0, 1e4, 1e12, math.inf),
        ("t", "training_time", "tau"),
    ),
    Argument(
        "n_steps", notation.STEPS, "number of steps of gradient descent",
        Domain(0.0, math.inf, "a whole number ≥ 0, or inf", infinite=True, whole=True), "give a number of steps", None,
        (0.0, 1.0, 10.0, 1e3, 1e9, math.inf), ("n_iter", "max_iter", "iterations", "steps", "epochs", "n_epochs"),
    ),
    Argument(
        "weight_decay", notation.DECAY, "ω, the ridge of the objective that is trained on", Domain(0.0, _TOP, "finite and ≥ 0"),
        "give the weight decay, 0 for none", 0.0, (0.0, 1e-12, 1e-3, 1.0), ("wd", "decay"),
    ),
    Argument(
        "capacity", notation.CAPACITY, "α: eigenvalues λ_k = k^-α", Domain(1.0, 1e6, "a number > 1, at most 10^6", open=True),
        "the eigenvalues k^-α of an infinite spectrum must be summable", None, (1.1, 1.5, 2.0), ("alpha", "a", "α"),
    ),
    Argument(
        "source", notation.SOURCE, "r: target power c_k λ_k = k^-(1+2αr)",
        Domain(0.0, 1e6, "a number > 0, at most 10^6", open=True),
        "a target of finite variance has source > 0", None, (0.2, 0.5, 1.0), ("r",),
    ),
)  # fmt: skip
ARGUMENTS: Mapping[str, Argument] = Frozen({argument.keyword: argument for argument in _DECLARED})
