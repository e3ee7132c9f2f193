"""The kernel of a pool as it is given: by name or as a function on standardised features, or as a matrix of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from numerics.data.arrays import Array, feature_matrix
from numerics.data.kernels import kernel_matrix, standardise
from numerics.data.kernels.parameters import Parameters
from numerics.data.pool import kernel_array
from numerics.data.sets import DataSet, clean
from numerics.data.targets import Kind, centred, read_targets
from theory.errors import BadArgument

Kernel: TypeAlias = str | Callable[..., Any]
PRECOMPUTED = "precomputed"
UNSET = Parameters(bandwidth=None, smoothness=1.5, degree=3, order=1, depth=1)


@dataclass(frozen=True)
class Given:
    """Data with a kernel on them.

    Attributes
    ----------
    data : DataSet
        Points and targets; of a precomputed kernel the points are its rows.
    kernel : str or callable
        As it was given.
    shape : dict
        Parameters of kernels with a name.
    scaling : str
        See `standardise`.
    """

    data: DataSet
    kernel: Kernel
    shape: dict[str, Any]
    scaling: str

    @property
    def words(self) -> str:
        """The kernel's name."""
        return self.kernel if isinstance(self.kernel, str) else getattr(self.kernel, "__name__", type(self.kernel).__name__)

    def matrix(self, rows: Any) -> Array:
        """Return K between some rows, of shape (n_rows, n_rows).

        Raises
        ------
        ValueError
            If a function returns anything else, or the kernel has no such parameter.
        """
        if self.kernel == PRECOMPUTED:
            return np.ascontiguousarray(self.data.features[np.ix_(rows, rows)])
        X = standardise(self.data.features[rows], self.scaling)
        if isinstance(self.kernel, str):
            return kernel_matrix(X, self.kernel, **self.shape)
        K = feature_matrix(self.kernel(X, X), "kernel")
        if K.shape != (len(X), len(X)):
            raise BadArgument("kernel", K.shape, f"a function of two matrices of rows that returns {(len(X), len(X))} here",
                              "of two points: lambda X, Y: sklearn.metrics.pairwise_kernels(X, Y, metric=f)")  # fmt: skip
        return kernel_array(K)[0]


def given_kernel(
    X: ArrayLike | DataSet, y: ArrayLike | None, kernel: Kernel, kind: Kind | None, scaling: str, shape: dict[str, Any]
) -> Given:
    """Return the data and what makes a kernel of them.

    Raises
    ------
    ValueError
        If data are not admissible, or parameters are given that such a kernel has not.
    """
    if isinstance(kernel, str) and kernel != PRECOMPUTED:
        return Given(_data(X, y, kind), kernel, shape, scaling)
    if not isinstance(kernel, str) and not callable(kernel):
        raise BadArgument("kernel", kernel, 'a name, a function, or "precomputed"', "see kernel_matrix for names")
    unused = [name for name, value in shape.items() if value != getattr(UNSET, name)]
    if unused:
        remedy = f"leave {unused[0]} out: it belongs to kernels with a name"
        raise BadArgument("kernel", kernel, f"a name where {unused[0]} is given", remedy)
    if not isinstance(kernel, str):
        return Given(_data(X, y, kind), kernel, {}, scaling)
    if isinstance(X, DataSet) or y is None:
        raise BadArgument("y", y, "given beside a precomputed kernel", "pass K and y: learning_curve(K, y, 'precomputed')")
    K, read = kernel_array(X)[0], read_targets(y, kind)
    if len(read.outputs) != len(K):
        remedy = "match targets to data points"
        raise BadArgument("targets", len(read.outputs), f"as many rows as the kernel ({len(K)})", remedy)
    notes = (read.guessed,) if read.guessed else ()
    return Given(DataSet("data", K, centred(read.outputs), notes, read.kind), kernel, {}, scaling)


def _data(X: ArrayLike | DataSet, y: ArrayLike | None, kind: Kind | None) -> DataSet:
    """Return a data set as it is, or clean arrays."""
    if not isinstance(X, DataSet):
        if y is None:
            raise BadArgument("y", y, "given beside a matrix of features", "pass the targets, or a DataSet")
        return clean(X, y, kind=kind)
    for argument, given in (("y", y), ("kind", kind)):
        if given is not None:
            raise BadArgument(argument, given, "left out with a DataSet, which has its targets", "leave it out")
    return X
