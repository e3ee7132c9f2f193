"""Other people's regularisation in ours: λ stands beside the normalised XᵀX/P, and features have entries of variance 1/N.

With Z the P rows that the readout sees, F of iid entries of variance 1/N, the objective is (1/P)‖y − Zw‖² + λ‖w‖².
Scikit-learn's is ‖y − Zw‖² + alpha ‖w‖², kernel ridge solves (K + alpha I) c = y: both are λ = alpha/P. Features F of variance
v make a kernel v N times as large, so that λ = alpha/(P v N); v = 1/D is usual, v = 1 leaves features unnormalised.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.arguments import ARGUMENTS
from theory.errors import BadArgument, real_array


def ridge_from(
    *, alpha: ArrayLike, n_samples: ArrayLike, n_features: ArrayLike | None = None, feature_variance: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return our ridge λ of scikit-learn's `alpha`, or of the number beside an unnormalised kernel; all arguments broadcast.

    Parameters
    ----------
    alpha : array-like
        Of `sklearn.linear_model.Ridge`, `sklearn.kernel_ridge.KernelRidge`, or δ in (K + δI)⁻¹.
    n_samples : array-like
        P, the number of rows that are fitted.
    n_features : array-like, optional
        N, the number of random features, where their normalisation differs from ours.
    feature_variance : array-like, optional
        v, the variance of the entries of F where it is not 1/N: 1/D for F of variance 1/D, 1 for unnormalised features.

    Returns
    -------
    ndarray of the broadcast shape
        alpha/P, or alpha/(P v N).

    Raises
    ------
    ValueError
        If P, N or v is not finite and above zero, or only one of N and v is given.

    Notes
    -----
    Back again, alpha = λ P (v N). The same predictor is fitted: no factor of 2 is in either objective. Source: the
    objectives of scikit-learn's user guide (1.1.2 and 1.3) beside that of arXiv:2405.00592, section 2.

    Examples
    --------
    >>> import theory as th
    >>> float(th.ridge_from(alpha=5.0, n_samples=200))
    0.025
    >>> float(th.ridge_from(alpha=5.0, n_samples=200, n_features=50, feature_variance=1 / 100))
    0.05
    """
    above: dict[str, Any] = {"n_samples": n_samples}
    if (n_features is None) != (feature_variance is None):
        name = "n_features" if n_features is None else "feature_variance"
        raise BadArgument(name, None, "given with the other", "variance v makes a kernel v N times as large: give both")
    if n_features is not None:
        above |= {"n_features": n_features, "feature_variance": feature_variance}
    alphas, remedy = ARGUMENTS["ridge"].read(alpha), "give the number that was used in the fit"
    for name, value in above.items():
        array = real_array(name, value, "finite and > 0", remedy)
        if not ((array > 0) & np.isfinite(array)).all():
            raise BadArgument(name, value, "finite and > 0", remedy)
        try:
            alphas = alphas / array
        except ValueError:
            shapes = {"alpha": np.shape(alpha), **{key: np.shape(each) for key, each in above.items()}}
            raise BadArgument("shapes", shapes, "broadcastable to one shape", "reshape the arguments as NumPy arrays") from None
    return np.asarray(alphas)
