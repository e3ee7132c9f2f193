"""The theory as an estimator of scikit-learn: fit it on data, and ask it for the error of kernel ridge at other sizes.

    from scaletheory.sklearn import LearningCurvePredictor

It needs scikit-learn 1.6 or later, which the extra `data` brings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from numerics.data.given_kernel import PRECOMPUTED, given_kernel
from numerics.data.learning_curve import SAFE_RIDGE, predicted_learning_curve
from numerics.data.pool import pool_spectrum
from numerics.data.targets import Kind, centred
from theory.conversion import ridge_from


class LearningCurvePredictor(BaseEstimator):
    """Predict the held-out error of kernel ridge regression at numbers of samples, from the kernel's spectrum on the data.

    Nothing is trained on a part of the data: the error is that which kernel ridge, fitted with an intercept on P rows drawn
    from the data, has on the others, on average. `numerics.learning_curve` measures it beside the prediction.

    Parameters
    ----------
    kernel : str or callable
        "rbf", "laplace", "matern", "linear", "polynomial", "arccos", "ntk"; a function K(X, Y); or "precomputed".
    ridge : float, optional
        λ, beside the normalised kernel K/P; 0.01 of the mean K(x, x) unless this or `alpha` is given.
    alpha : float, optional
        Instead of `ridge`: scikit-learn's, the same at every P, so that λ = alpha/P.
    pool : int, optional
        How many rows are drawn as the population; all by default.
    random_state : int, RandomState instance or None
        For the draw of the pool.
    kind : {"classes", "numbers"}, optional
        What the targets are; guessed when left out.
    scaling : {"global", "each", "none"}
        Of the features.
    bandwidth, degree, smoothness, order, depth
        Of the kernels that have them, see `numerics.kernel_matrix`.

    Attributes
    ----------
    spectrum_ : Pool
        Eigenvalues of the kernel on the data, and the signal in each mode.
    ridge_ : float
        λ; NaN where `alpha` was given.
    n_features_in_ : int
        Columns of X.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> curve = LearningCurvePredictor("rbf").fit(X, np.sin(X[:, 0]))
    >>> bool(curve.predict_error(150) < curve.predict_error(30))
    True
    """

    def __init__(
        self, kernel: str | Callable[..., Any] = "rbf", *, ridge: float | None = None, alpha: float | None = None,
        pool: int | None = None, random_state: Any = None, kind: Kind | None = None, scaling: str = "global",
        bandwidth: float | None = None, degree: int = 3, smoothness: float = 1.5, order: int = 1, depth: int = 1,
    ) -> None:  # fmt: skip
        self.kernel, self.ridge, self.alpha, self.pool, self.random_state = kernel, ridge, alpha, pool, random_state
        self.kind, self.scaling, self.bandwidth, self.degree = kind, scaling, bandwidth, degree
        self.smoothness, self.order, self.depth = smoothness, order, depth

    def fit(self, X: ArrayLike, y: ArrayLike) -> LearningCurvePredictor:
        """Decompose the kernel of the data; return the estimator itself.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Features, or the kernel with "precomputed".
        y : array-like of shape (n_rows,) or (n_rows, n_outputs)
            Labels or numbers.

        Raises
        ------
        ValueError
            As `numerics.learning_curve`; if both `ridge` and `alpha` are given.
        """
        checked = validate_data(self, X, ensure_min_samples=3)  # `y` may hold text: it is read below
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        if self.ridge is not None and self.alpha is not None:
            raise ValueError("ridge and alpha are two names of one thing: give one of them")
        shape = {name: getattr(self, name) for name in ("bandwidth", "degree", "smoothness", "order", "depth")}
        given = given_kernel(checked, y, self.kernel, self.kind, self.scaling, shape)
        n_rows = len(given.data.features)
        rows = np.arange(n_rows)
        if self.pool is not None:
            rows = check_random_state(self.random_state).permutation(n_rows)[: self.pool]
        self.spectrum_ = pool_spectrum(given.matrix(rows), centred(given.data.targets[rows]))
        default = SAFE_RIDGE * self.spectrum_.mean_diagonal if self.ridge is None else float(self.ridge)
        self.ridge_ = default if self.alpha is None else float("nan")
        return self

    def predict_error(self, n_samples: ArrayLike) -> NDArray[np.float64]:
        """Return the expected squared error on held-out rows, summed over outputs, of the shape of `n_samples`.

        Parameters
        ----------
        n_samples : array-like of int
            P, from 2 to the size of the pool.

        Raises
        ------
        ValueError
            If it is not fitted, or a size is out of range.
        """
        check_is_fitted(self)
        sizes = np.asarray(n_samples)
        flat = np.atleast_1d(sizes).ravel()
        if self.alpha is None:
            found = predicted_learning_curve(self.spectrum_, flat, self.ridge_).test
        else:
            ridges = ridge_from(alpha=self.alpha, n_samples=flat)
            found = np.concatenate([predicted_learning_curve(self.spectrum_, size, float(lam)).test
                                    for size, lam in zip(flat, ridges, strict=True)])  # fmt: skip
        return np.asarray(found, dtype=np.float64).reshape(sizes.shape)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.pairwise = self.kernel == PRECOMPUTED
        return tags
