"""Thousands of odd and bad calls: odd data give what plain data give, bad ones an error that names them, none is changed.

Each call draws its arguments from lists of good ones (the same data in many containers and types), none, one or two of them
from lists of bad ones. A call that fails is printed, with its seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import theory as th
from numerics.data.capacity import capacity_estimate
from numerics.data.corrected_gcv import corrected_gcv
from numerics.data.files import read_array
from numerics.data.kernel_ridge import default_trials, loo_over_gcv, measured_learning_curve
from numerics.data.kernels import KERNELS, default_bandwidth, kernel_matrix, standardise
from numerics.data.learning_curve import (
    default_sample_sizes,
    learning_curve,
    predicted_learning_curve,
)
from numerics.data.pool import pool_spectrum
from numerics.data.sets import clean, load
from numerics.data.targets import centred_targets
from tests.bad_values import COUNTS, HUGE, JUNK, NOT_COUNTS, NOT_FLAGS, SEEDS, called, frozen, quietly, without
from theory.errors import BadArgument

pandas = pytest.importorskip("pandas")

M = 14
X = np.round(np.random.default_rng(0).standard_normal((M, 3)), 3).astype(np.float32).astype(float)
Y = np.round(np.random.default_rng(1).standard_normal((M, 2)), 3).astype(np.float32).astype(float)
K = kernel_matrix(X, "laplace")
LABELS = ["a", "b", "c", "a", "b", "c", "a", "a", "b", "b", "c", "c", "a", "b"]
POOL = pool_spectrum(K, Y)
MEMORY = th.exponential_memory(2.0)


def forms(table: Any) -> list[Any]:
    """The same finite numbers in many containers."""
    read_only = table.copy()
    read_only.flags.writeable = False
    wide = np.repeat(table, 2, axis=-1)
    frame = pandas.DataFrame(table) if table.ndim == 2 else pandas.Series(table)
    return [
        table, table.tolist(), tuple(table.tolist()), np.asfortranarray(table), read_only, wide[..., ::2], table[::-1][::-1],
        table.astype(object), table.astype(np.longdouble), np.ma.masked_array(table), np.ma.masked_array(table, mask=False),
        frame, frame.astype("Float64"), frame.astype(object), [np.ma.masked_array(row) for row in table], list(table),
        np.vectorize(Fraction)(table), np.array(table, dtype=">f8"),
    ]  # fmt: skip


def spoilt(table: Any) -> list[Any]:
    """Almost the same, but not data."""
    holes = table.copy()
    holes.flat[3] = np.nan
    far = table.copy()
    far.flat[2] = -np.inf
    mask = np.zeros(table.shape, bool)
    mask.flat[5] = True
    nothing = table.astype(object)
    nothing.flat[1] = None
    text = table.astype(object)
    text.flat[1] = "x"
    decimals = table.astype(object)
    decimals.flat[1] = Decimal(1)
    ragged = table.tolist()
    ragged[2] = [1.0, 2.0, 3.0, 4.0]
    frame = pandas.DataFrame(table).astype("Float64")
    frame.iloc[1, 0] = pandas.NA
    hidden = list(np.ma.masked_array(table, mask=mask)) if table.ndim == 2 else [np.ma.masked, *table[1:].tolist()]
    return [
        holes, far, holes.tolist(), np.ma.masked_array(table, mask=mask), hidden, nothing, text, decimals, ragged, frame,
        table + 1j, table.astype(str), table.astype("datetime64[s]"), table[None, None], scipy.sparse.csr_matrix(table),
        scipy.sparse.coo_array(table), np.full(table.shape, 10**400, dtype=object),
        np.zeros(len(table), dtype=[("a", float)]), np.reshape(table, (1,) * 38 + table.shape),
        np.full(table.shape, np.longdouble("1e400")),
    ]  # fmt: skip


BAD_ROWS = [X[:1], X[0], np.ones((M, 3)), X > 0, X[:, :0]]
FEATURES = forms(X), spoilt(X) + BAD_ROWS + JUNK
TARGETS = [*forms(Y)], [*spoilt(Y), np.ones((M, 2)), Y * 1e160, np.full((M, 2), "a"), *JUNK]
SYMMETRIC = [*forms(K), -np.ma.masked_array(-K)], [
    *spoilt(K), np.triu(K), K[:, :5], K[0], -K, K * 1e200, np.zeros((M, M)), K > 0.5, np.ones((M, M)), *JUNK,
]  # fmt: skip
TWO = [
    [3, 8], (3, 8), np.array([3.0, 8.0]), np.array([3, 8], np.uint8), pandas.Series([3, 8], dtype="Int64"), [3.0, np.int8(8)],
]  # fmt: skip
NOT_SIZES = [
    0, M + 1, 2.5, [3, M + 1], [[3, 8]], "3", True, [True], 1e300, np.zeros((1,) * 40), [3, np.nan],
    np.ma.masked_equal([3, 8], 8),
]  # fmt: skip
NUMBERS = [
    0.25, np.float32(0.25), Fraction(1, 4), Decimal("0.25"), np.array(0.25), pandas.Series([0.25])[0], np.longdouble(0.25),
]  # fmt: skip
NOT_NUMBERS = [-0.25, [0.25], np.array([0.25]), "0.25", True, np.bool_(False), 0.25 + 0j, [], [[0.25]]]
LEFT_OUT = without(JUNK, None)
OPTIONS: dict[str, tuple[list[Any], list[Any]]] = {
    "n_samples": (TWO, NOT_SIZES + LEFT_OUT),
    "ridge": (NUMBERS, NOT_NUMBERS + LEFT_OUT),
    "trials": (COUNTS, NOT_COUNTS + LEFT_OUT),
    "seed": (SEEDS, [-1, 0.0, "0", True, [0], np.array([0]), quietly(lambda: np.matrix([[0]])), *without(JUNK, HUGE)]),
    "intercept": ([True, np.bool_(True)], NOT_FLAGS + JUNK),
    "bandwidth": ([0.25, np.float32(0.25), Decimal("0.25"), np.array(0.25)], [0.0, *NOT_NUMBERS, *LEFT_OUT]),
    "degree": (COUNTS, [*NOT_COUNTS, *JUNK]),
    "smoothness": ([0.25, np.float32(0.25), Decimal("0.25"), np.array(0.25)], [0.0, 21.0, *NOT_NUMBERS, *JUNK]),
    "order": (COUNTS, [*without(NOT_COUNTS, 0), *JUNK]),
    "depth": (COUNTS, [*NOT_COUNTS, *JUNK]),
    "kind": ([None, "numbers"], ["classes ", "Numbers", True, ["numbers"], *LEFT_OUT]),
    "pool": ([12, np.int64(12), 12.0], [2, M + 1, 12.5, "12", True, [12], *LEFT_OUT]),
    "loo_correction": ([False, np.bool_(False)], NOT_FLAGS + JUNK),
    "scaling": (["global"], ["Global", True, ["each"], *JUNK]),
    "kernel": (["polynomial"], ["RBF", True, ["rbf"], *JUNK]),
}


def options(*names: str) -> dict[str, tuple[list[Any], list[Any]]]:
    return {name: OPTIONS[name] for name in names}


CALLS: dict[str, tuple[Callable[..., Any], dict[str, tuple[list[Any], list[Any]]]]] = {
    "kernel_matrix": (kernel_matrix, {
        "features": FEATURES, **options("kernel", "bandwidth", "degree", "smoothness", "order", "depth"),
    }),
    "standardise": (standardise, {"features": FEATURES}),
    "default_bandwidth": (default_bandwidth, {"features": FEATURES}),
    "centred_targets": (centred_targets, {"targets": TARGETS, **options("kind")}),
    "clean": (clean, {"features": FEATURES, "targets": TARGETS, **options("kind")}),
    "pool_spectrum": (pool_spectrum, {"kernel": SYMMETRIC, "targets": TARGETS, **options("intercept")}),
    "measured_learning_curve": (measured_learning_curve, {
        "kernel": SYMMETRIC, "targets": TARGETS, **options("n_samples", "ridge", "trials", "seed", "intercept"),
    }),
    "predicted_learning_curve": (predicted_learning_curve, {
        "pool": ([POOL], [K, X, *JUNK]), **options("n_samples", "ridge"),
    }),
    "loo_over_gcv": (loo_over_gcv, {"kernel": SYMMETRIC, "targets": TARGETS, **options("ridge", "intercept")}),
    "capacity_estimate": (capacity_estimate, {"kernel": SYMMETRIC, **options("n_samples", "ridge", "trials", "seed")}),
    "learning_curve": (learning_curve, {
        "X": FEATURES, "y": TARGETS,
        **options("kernel", "n_samples", "ridge", "trials", "seed", "kind", "pool", "loo_correction", "scaling", "degree"),
    }),
    "corrected_gcv": (corrected_gcv, {
        "X": FEATURES, "y": ([*forms(Y[:, 0])], [*spoilt(Y[:, 0]), Y, Y[:5, 0], Y[:, 0] * 1e160, *JUNK]),
        "ridge": (NUMBERS, [-0.25, "0.25", True, 0.25 + 0j, [], np.inf, *LEFT_OUT]),
        "rows": ([MEMORY, MEMORY.covariance(M), MEMORY.eigenvalues(M)], [*spoilt(Y[:, 0]), -np.ones(M), K[:, :5], -K, *JUNK]),
        "noise": (["white"], ["matched ", True, ["white"], *JUNK]),
        "variance": (NUMBERS, NOT_NUMBERS + JUNK),
    }),
    "default_trials": (default_trials, {"n_samples": (TWO, [0, 10**6, 2.5, "3", True, *LEFT_OUT])}),
    "default_sample_sizes": (default_sample_sizes, {"pool_size": ([12, np.int64(12), 12.0], [2, 10**6, 12.5, *LEFT_OUT])}),
}  # fmt: skip
CONSTANT_IS_FINE = {
    "pool_spectrum": {"targets"}, "measured_learning_curve": {"kernel", "targets"}, "loo_over_gcv": {"kernel"},
    "capacity_estimate": {"kernel"}, "kernel_matrix": {"features"},
}  # fmt: skip


def numbers(result: Any) -> list[Any]:
    """All arrays in a result."""
    fields = getattr(result, "__dataclass_fields__", None)
    found = [result] if fields is None else [getattr(result, name) for name in fields]
    arrays = [np.asarray(value) for value in found if isinstance(value, float | np.ndarray)]
    return [array for array in arrays if array.dtype.kind in "iuf"]


@pytest.mark.slow
@pytest.mark.parametrize("name", list(CALLS))
@pytest.mark.parametrize("seed", [0, 1])
def test_any_call_is_right_or_refused_by_name(name: str, seed: int) -> None:
    function, spec = CALLS[name]
    draw = random.Random(f"{name} {seed}")
    plain = numbers(called(function, {argument: good[0] for argument, (good, _) in spec.items()}))
    for turn in range(250):
        spoil = set(draw.sample(list(spec), min(draw.choice([0, 1, 1, 2]), len(spec))))
        picked = {argument: draw.choice(bad if argument in spoil else good) for argument, (good, bad) in spec.items()}
        before = {argument: frozen(value) for argument, value in picked.items()}
        story = f"seed {seed}, turn {turn}: {name}({', '.join(f'{key}={value!r:.200}' for key, value in picked.items())})"
        result = called(function, picked, story)
        if isinstance(result, BadArgument):
            indefinite = result.argument == "ridge" and "kernel" in spoil
            assert result.argument in spoil or indefinite, f"{story}: {result}"
            assert str(result).startswith(f"{result.argument} = "), story
        elif spoil:
            assert acceptable(name, spoil, picked), f"{story} was accepted"
        else:
            for found, expected in zip(numbers(result), plain, strict=True):
                np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12, err_msg=story)
        assert {argument: frozen(value) for argument, value in picked.items()} == before, f"{story} was changed"


def acceptable(name: str, spoil: set[str], picked: dict[str, Any]) -> bool:
    """Whether what is bad elsewhere is fine here: constants, where nothing is divided by their spread."""
    return name in CONSTANT_IS_FINE and all(
        argument in CONSTANT_IS_FINE[name] and len(np.unique(np.asarray(picked[argument]))) == 1 for argument in spoil
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_any_numbers_give_numbers_or_are_refused(seed: int) -> None:
    """Units from 10^-300 to 10^300, far origins, repeated and almost repeated rows, few points, many features, any ridge."""
    draw = np.random.default_rng(seed)
    for turn in range(400):
        rows, columns = int(draw.integers(3, 13)), int(draw.integers(1, 20))
        table = draw.standard_normal((rows, columns))
        if draw.random() < 0.3:
            table = np.round(table)
        if draw.random() < 0.3:
            table[-1] = table[0] * (1.0 + draw.choice([0.0, 1e-15, 1e-9]))
        table = table + draw.choice([0.0, 1e3, 1e7]) * (draw.random() < 0.3)
        table = table * 10.0 ** draw.choice([0.0, draw.uniform(-300, 290)])
        if draw.random() < 0.2:
            table = table * 10.0 ** draw.uniform(-9, 9, columns)
        targets = draw.standard_normal(rows) * 10.0 ** draw.choice([0.0, draw.uniform(-160, 160)])
        options: dict[str, Any] = {
            "kernel": str(draw.choice(list(KERNELS))), "scaling": str(draw.choice(["global", "each", "none"])),
            "ridge": draw.choice([None, 0.0, float(10.0 ** draw.uniform(-30, 30))]), "trials": 2, "seed": turn,
            "loo_correction": bool(draw.random() < 0.2),
        }  # fmt: skip
        story = f"seed {seed}, turn {turn}: {table.shape} {options}"
        curve = called(learning_curve, {"X": table, "y": targets + draw.choice([0.0, 1e6]), **options}, story)
        if isinstance(curve, BadArgument):
            assert curve.argument in ("X", "y", "ridge", "kernel", "scaling"), f"{story}: {curve}"
            continue
        for found in (curve.measured, curve.stderr, curve.measured_train, curve.train_stderr):
            assert (np.isfinite(found) & (found >= 0.0)).all(), f"{story}: {curve}"
        if "not converge" not in " ".join(curve.warnings):
            assert (curve.predicted >= 0.0).all(), f"{story}: {curve}"  # infinite where the rank is met without ridge
            assert (np.isfinite(curve.predicted_train) & (curve.predicted_train >= 0.0)).all(), f"{story}: {curve}"


ALPHABET = [*'15-.,,,,\n\n\n;#"é_ \t\0', "2.5", "05", "1e3", "nan", "inf", "x", ""]


@pytest.mark.slow
def test_any_text_is_a_table_or_refused(tmp_path: Path) -> None:
    draw = random.Random(0)
    path, other = tmp_path / "X.csv", tmp_path / "y.csv"
    for turn in range(3000):
        for file in (path, other):
            text = "".join(draw.choices(ALPHABET, k=draw.randint(0, 30)))
            file.write_text(text, encoding=draw.choice(["utf-8", "utf-16", "latin-1"]))
        for labels in (None, True, False):
            header = draw.choice([None, True, False])
            arguments = {"path": path, "argument": "source", "keys": ("X",), "labels": labels, "header": header}
            table = called(read_array, arguments, f"turn {turn}")
            assert table.argument == "source" if isinstance(table, BadArgument) else table.size > 0, turn
        data = called(load, {"source": path, "targets": other}, f"turn {turn}")
        assert not isinstance(data, BadArgument) or data.argument in ("source", "targets", "features"), f"{turn}: {data}"
