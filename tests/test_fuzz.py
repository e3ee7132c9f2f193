"""Ten thousand random calls of the public functions: right results, or refusals that name the argument.

A call draws each argument from good values (one meaning in many types), and up to two of them from bad ones. What is good gives
what the plain call gives; what is bad is refused with the name of an argument that was spoilt; no warning leaks, nothing that
was passed is changed, and a failure prints the call and its seed. Data functions and commands have
fuzz tests of their own.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from importlib.util import find_spec
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

import numerics as nm
import theory as th
from numerics.montecarlo.trials import run_trials
from tests.bad_values import COUNTS, HUGE, JUNK, NOT_COUNTS, NOT_FLAGS, SEEDS, called, frozen, without
from theory.dynamics.sgd.schedules.phases import phases
from theory.errors import BadArgument

TASK = th.Discrete([1.0, 0.5, 0.25, 0.1], [1.0, 0.5, 0.3, 0.1], [2, 3, 4, 11])
LAW = th.PowerLaw(1.5, 0.4)
TEXTS = ["1e3", "0.25", "x", b"2"]
NESTED = [[1, [2]], [[1.0], [1.0, 2.0]], {"a": 1}, np.zeros((1,) * 40), np.ma.masked_equal([0.25, 0.5], 0.5)]
ODD = [*TEXTS, *NESTED, True, np.bool_(False), 0.25 + 0j]
Values = tuple[list[Any], list[Any]]


def same(value: int) -> list[Any]:
    """One whole number in many types, as a quantity."""
    return [value, float(value), np.int64(value), np.float32(value), Fraction(value), Decimal(value), np.array(value),
            mpmath.mpf(value), sympy.Integer(value), np.longdouble(value), np.array(value, dtype=object)]  # fmt: skip


QUARTER = [0.25, np.float32(0.25), Fraction(1, 4), Decimal("0.25"), np.array(0.25), mpmath.mpf("0.25"), sympy.Rational(1, 4)]
INFINITE = [value for value in JUNK if isinstance(value, float | np.floating) and value == np.inf]
COMPLEX = [value for value in [*ODD, *JUNK] if isinstance(value, complex)]  # fine where κ may be complex
SCALARS = [[0.25, 0.5], np.array([0.25]), [[0.25]]]
SIZE: Values = same(8), [0, -3, 0.0, *ODD, *without(JUNK, *INFINITE)]
WIDTH: Values = same(6), SIZE[1]
NOT_REAL = [*ODD, *without(JUNK, -1)]
POSITIVE: Values = QUARTER, [0, -0.25, *NOT_REAL, -1]
LEVEL: Values = QUARTER, [-0.25, *NOT_REAL, -1]
RIDGE: Values = QUARTER, [-1e9, -HUGE, *NOT_REAL]
ENSEMBLE: Values = same(2), [0, 0.5, -2, *ODD, *without(JUNK, *INFINITE)]
POPULATION: Values = [TASK], [th.Discrete, np.ones(4), [1.0], 4, "power-law", *JUNK]
PRECISION: Values = same(15), [0, 2.5, -5, 10**9, *ODD, *without(JUNK, None)]
FLAG: Values = [False, np.bool_(False)], [*NOT_FLAGS, *JUNK]
TERM: Values = ["test"], ["bogus", "Test", ("samples", "bogus"), 3, True, [("test",)], *JUNK]
COST: Values = (
    [{"n_samples": 1, "n_features": 1}, {"n_samples": Fraction(1), "n_features": np.float64(1)}],
    [{"n_samples": -1, "n_features": 1}, {"n_samples": np.nan, "n_features": 1}, {"n_samples": "1", "n_features": 1}, {"x": 1},
     {"n_samples": HUGE, "n_features": 1}, {"n_samples": [1], "n_features": 1}, "samples*features", *JUNK],
)  # fmt: skip
TRIALS: Values = COUNTS, [*NOT_COUNTS, *JUNK]
SEED: Values = SEEDS, [-1, 0.0, "0", True, [0], np.array([0]), *without(JUNK, HUGE)]
EMPTY = [value for value in JUNK if isinstance(value, list | tuple) and not value]
POWER: Values = same(1), [*ODD, [1, 2], *without(JUNK, *INFINITE, -1)]
CAPACITY: Values = [1.5, Fraction(3, 2), Decimal("1.5"), sympy.Rational(3, 2)], [1, 0.5, -2, *SCALARS, *NOT_REAL, -1]
SOURCE: Values = QUARTER, [0, -0.5, *SCALARS, *NOT_REAL, -1]
NAMES = ["two words", "noise", "n_x", "cost", "µ", "lambda", "samples", 3, *without(JUNK, None, "text")]
MATRICES = [np.ones((2, 3)), np.ones((2, 2, 2)), 1.0, *TEXTS, *NESTED, *JUNK]
TASKS = np.random.default_rng(0).normal(size=(20, 4, 3)), np.random.default_rng(1).normal(size=(20, 4))


@dataclass(frozen=True)
class Call:
    """A function, its arguments with good and bad values, and which names a refusal may use beside those that were spoilt."""

    function: Callable[..., Any]
    arguments: dict[str, Values]
    beside: tuple[str, ...] = ()
    compare: Callable[[Any], Any] = lambda result: None
    fine: Callable[[str, Any], bool] = field(default=lambda argument, value: False)


def terms(result: Any) -> Any:
    return [np.asarray(value, dtype=np.float64) for value in result.terms.values()]


def factors(schedule: Any) -> Any:
    return [[phase.factor for phase in phases(10, schedule)]]


def stacked(*names: Any) -> th.Chain:
    return th.Chain(th.Samples(), *(th.GaussianFeatures(name) for name in names))


RF, NOISY = th.random_features(), th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures())
SETTING = {"n_samples": SIZE, "n_features": WIDTH, "noise": LEVEL}
DRAWS: Values = [8, 8.0, np.int64(8)], [0, -3, 2.5, 10**9, [8, 9], *ODD, *JUNK]
SIZES = {"n_samples": 8, "n_features": 6}


def kappa_of(n_modes: Any) -> Any:
    return LAW.truncate(n_modes).smallest


CALLS: dict[str, Call] = {
    "evaluate": Call(
        lambda **given: RF.evaluate(**given), {"task": POPULATION, **SETTING, "ridge": RIDGE, "ensemble": ENSEMBLE},
        compare=terms,
    ),
    "evaluate noise": Call(
        lambda **given: NOISY.evaluate(**given), {"task": POPULATION, **SETTING, "feature_noise": LEVEL}, compare=terms,
    ),
    "evaluate precisely": Call(
        lambda **given: RF.evaluate(**given), {"task": POPULATION, **SETTING, "ridge": RIDGE, "precision": PRECISION},
        compare=lambda result: [float(np.ravel(result.test)[0])],
        fine=lambda argument, value: argument.startswith("n_") and np.ravel(np.asarray(value, object))[0] == HUGE,  # exact
    ),
    **({"evaluate certified": Call(
        lambda **given: RF.evaluate(certified=True, **given),
        {"task": POPULATION, **SETTING, "ridge": RIDGE, "digits": PRECISION},
        compare=lambda result: [float(np.ravel(result.test)[0].mid)],
        fine=lambda argument, value: argument.startswith("n_") and np.ravel(np.asarray(value, object))[0] == HUGE,  # exact
    )} if find_spec("flint") else {}),
    "two_point_at": Call(
        lambda **given: RF.two_point_at(**given),
        {"task": POPULATION, **SETTING,
         "ridge": ([[0.1, 0.25], np.array([0.1, 0.25])], [[-1.0], 0.25, *TEXTS, *NESTED, *JUNK])}, compare=terms,
    ),
    "local_exponents": Call(
        lambda **given: RF.local_exponents(**given), {"task": POPULATION, **SETTING, "ridge": POSITIVE},
        compare=lambda result: [result["test"]["ridge"]], fine=lambda argument, value: argument == "ridge" and value == 0,
    ),
    "optimal_ridge": Call(
        lambda **given: RF.optimal_ridge(**given), {"task": POPULATION, **SETTING, "of": TERM},
        compare=lambda result: [np.asarray(result)],
    ),
    "optimum": Call(
        lambda **given: th.linear_ridge().optimum(TASK, **given), {
            "cost": ([{"n_samples": 1}, {"n_samples": Fraction(1)}], COST[1]),
            "budget": (same(100), [0, -1.0, [1, 2], *ODD, *JUNK]), "of": TERM, "noise": LEVEL,
        }, compare=lambda result: [result.risk],
    ),
    "exponents": Call(
        lambda **given: RF.exponents(**given),
        {"equal": ([(), []], ["n_samples", ("n_samples",), ("n_samples", "x"), ("n_samples", "n_samples"), 3,
                              *without(JUNK, *EMPTY)])},
    ),
    "along": Call(
        lambda **given: RF.exponents().along(**given),
        {"capacity": CAPACITY, "source": SOURCE, "n_samples": POWER, "n_features": ([2, Fraction(2)], POWER[1])},
        beside=("n_samples", "n_features"),
    ),
    "compute_optimal": Call(
        lambda **given: RF.exponents().compute_optimal(**given),
        {"cost": COST, "capacity": CAPACITY, "source": SOURCE, "of": TERM}, beside=("x",),  # named in the cost
        fine=lambda argument, value: value is None or (argument == "cost" and value.get("n_samples") == HUGE),  # exact
    ),
    "flow": Call(
        lambda **given: th.GradientFlow(RF).evaluate(**given),
        {"task": POPULATION, **SETTING, "time": (same(3), [-1.0, *without(NOT_REAL, *INFINITE), -1]), "weight_decay": LEVEL},
        compare=lambda result: [result.test],
    ),
    "descent": Call(
        lambda **given: th.GradientDescent(RF).evaluate(**given),
        {"task": POPULATION, **SETTING, "n_steps": (same(3), [-1, 2.5, *without(NOT_REAL, *INFINITE), -1]),
         "step": ([0.125, Fraction(1, 8)], [0, -0.5, *NOT_REAL, -1]), "allow_unstable": FLAG},
        compare=lambda result: [result.test],
    ),
    "sgd": Call(
        lambda **given: th.OnePassSGD().evaluate(**given),
        {"task": POPULATION, "n_samples": (same(100), SIZE[1]), "n_features": (same(6), without(SIZE[1], None)), "noise": LEVEL,
         "step": ([0.0625, Fraction(1, 16)], [0, -0.5, *NOT_REAL, -1]), "allow_unstable": FLAG},
        compare=lambda result: [result.test],
    ),
    "OnePassSGD": Call(
        th.OnePassSGD,
        {"batch": (same(2), [0, 2.5, -1, [1], *ODD, *JUNK]), "log_base": ([2, 2.0], [1, 0, -2, *SCALARS, *NOT_REAL, -1]),
         "schedule": (["geometric"], ["bogus", 3, True, [("a", 1)], [(0, 1.0)], *without(JUNK)]),
         "averaging": ([None], ["bogus", True, *without(JUNK, None)])},
    ),
    "several passes": Call(
        lambda **given: th.MultiPassSGD(RF, batch=2).evaluate(**given),
        {"task": POPULATION, "n_samples": (same(8), [np.inf, *SIZE[1]]), "n_features": WIDTH, "noise": LEVEL,
         "n_steps": (same(3), [0, -1, 2.5, *NOT_REAL, -1]), "step": ([0.0625, Fraction(1, 16)], [0, -0.5, *NOT_REAL, -1]),
         "allow_unstable": FLAG}, compare=lambda result: [result.test],
    ),
    "MultiPassSGD": Call(
        th.MultiPassSGD,
        {"chain": ([RF], [th.Samples, th.Samples(), "random features", *JUNK]),
         "batch": (same(2), [0, 2.5, -1, [1], *ODD, *JUNK]),
         "schedule": (["geometric"], ["bogus", 3, True, [("a", 1)], [(0, 1.0)], *without(JUNK)]),
         "replacement": ([True, np.bool_(True)], [*NOT_FLAGS, *JUNK])},
    ),
    "critical_batch": Call(
        lambda **given: th.OnePassSGD(schedule="constant").critical_batch(**given),
        {"task": POPULATION, "n_samples": (same(50), [*SIZE[1], [8, 9]]), "noise": (QUARTER, [-0.25, *SCALARS, *NOT_REAL, -1]),
         "n_features": (same(6), without([*SIZE[1], [8, 9]], None))}, compare=lambda result: [result.batch, result.step],
    ),
    "asymptote of SGD": Call(
        lambda **given: th.OnePassSGD(schedule=th.linear()).asymptote(**given),
        {"task": ([LAW], [TASK, *POPULATION[1]]), "n_samples": (same(1000), [*SIZE[1], [8, 9]]),
         "n_features": (same(60), without([*SIZE[1], [8, 9]], None)),
         "step": ([0.0625, Fraction(1, 16)], [0, -0.5, *SCALARS, *NOT_REAL, -1]),
         "noise": (QUARTER, [-0.25, *SCALARS, *NOT_REAL, -1])},
        compare=lambda result: [result["test"]],
    ),
    "price": Call(
        lambda **given: th.OnePassSGD(schedule=th.polynomial(2)).price(**given),
        {"capacity": ([2, 2.0], [1, 0.5, *SCALARS, *NOT_REAL]), "source": ([1, 1.0], [0, -0.5, 0.1, *SCALARS, *NOT_REAL])},
        compare=lambda result: [result],
    ),
    "polynomial": Call(th.polynomial, {"power": ([2, 2.0, Fraction(2)], [-1, *SCALARS, *NOT_REAL])}, compare=factors),
    "exponential": Call(th.exponential, {"ratio": (QUARTER, [0, 1, *SCALARS, *without(NOT_REAL, None)])}, compare=factors),
    "inverse_time": Call(th.inverse_time, {"rate": ([2, 2.0, Fraction(2)], [-1, 0, *SCALARS, *NOT_REAL])}, compare=factors),
    "stable_decay": Call(
        th.stable_decay, {"fraction": (QUARTER, [0, 2, *SCALARS, *NOT_REAL]),
                          "shape": ([th.linear()], ["bogus", 3, True, [("a", 1)], *without(JUNK, None)])}, compare=factors,
    ),
    "warmup": Call(
        th.warmup, {"fraction": (QUARTER, [0, 1, *SCALARS, *NOT_REAL]),
                    "schedule": (["constant"], ["bogus", 3, True, [("a", 1)], *without(JUNK)])}, compare=factors,
    ),
    "spectrum": Call(
        lambda **given: RF.spectrum(**given), {
            "task": POPULATION, "n_samples": SIZE, "n_features": WIDTH, "of": (["kernel"], ["bogus", True, ("kernel",), *JUNK]),
        }, compare=lambda result: [result.mean],
    ),
    "PowerLaw": Call(
        th.PowerLaw, {
            "capacity": CAPACITY, "source": SOURCE, "size": (same(50), [0, -1, 2.5, [3], *ODD, *without(JUNK, *INFINITE)]),
            "scale": (QUARTER, [0, -1.0, *SCALARS, *NOT_REAL, -1]),
        }, compare=lambda law: [law.total_variance, law.signal],
        fine=lambda argument, value: argument == "capacity" and isinstance(value, int | float) and 0 <= value <= 1,
    ),
    "LogarithmicLaw": Call(
        th.LogarithmicLaw, {"power": ([2, 2.0, Fraction(2)], [1, 0, -3, *SCALARS, *NOT_REAL, -1])},
        compare=lambda law: [law.total_variance],
    ),
    "Discrete": Call(
        th.Discrete, {
            "eigenvalues": ([[1.0, 0.5], (1, 0.5), np.array([1.0, 0.5]), [Fraction(1), Decimal("0.5")]],
                            [[1.0, -0.5], [0.0, 0.0], [np.nan, 1.0], [1.0, 0.5, 0.1], 0.5, *ODD, *without(JUNK)]),
            "target_power": ([[1.0, 2.0], np.array([1, 2]), (1, mpmath.mpf(2))], [[1.0, -2.0], [1.0], 0.5, *ODD, *JUNK]),
            "multiplicity": ([[1, 2], np.array([1.0, 2.0])], [[1, 0], [1.5, 2], [1, HUGE], 2, *ODD, *without(JUNK, None)]),
        }, beside=("target_power", "multiplicity"), compare=lambda task: [task.size, task.signal, task.total_variance],
    ),
    "memories": Call(
        lambda xi, exponent, scale, coefficients, law, n: [
            memory.eigenvalues(n) for memory in (th.exponential_memory(xi), th.power_memory(exponent, scale),
                                                 th.moving_average(coefficients), th.Autocovariance(law))], {
            "xi": POSITIVE, "exponent": POSITIVE, "scale": POSITIVE,
            "coefficients": ([[0.5], (0.5,), np.array([0.5])], [[[0.5]], [np.inf], *ODD, *without(JUNK, -1)]),
            "law": ([[1.0, 0.5, 0.25], np.array([2.0, 1.0, 0.5]), (1, 0.5, Fraction(1, 4))],
                    [[1.0, 2.0, 0.0], [0.0, 0.0], [1.0, np.nan], 0.5, *ODD, *without(JUNK)]),
            "n": (same(3), [0, -1, 2.5, 10**9, *ODD, *JUNK]),
        }, beside=("lags",), compare=lambda found: found,
        fine=lambda argument, value: argument == "coefficients" and isinstance(value, float),
    ),
    "from_matrices": Call(
        th.Discrete.from_matrices, {
            "covariance": ([np.eye(2), [[1, 0], [0, 1]]], [[[1, 2], [2, 1]], [[1.0, 0.5], [0.0, 1.0]], *MATRICES]),
            "coefficients": ([[[1.0, 0.0], [0.0, 0.5]], np.diag([1.0, 0.5])], [[[1, 2], [2, 1]], [1.0, 2.0, 3.0], *MATRICES]),
            "weights": ([np.eye(2)], [np.zeros((2, 2)), -np.eye(2), np.eye(3), *without(MATRICES, None)]),
            "transform": ([np.eye(2)], [np.zeros((2, 2)), np.eye(3), *without(MATRICES, None)]),
        }, beside=("weights", "transform", "coefficients"), compare=lambda task: [task.signal, task.total_variance],
    ),
    "images": Call(
        nm.images, {"name": (["faces"], ["cats", 3, True, *JUNK]), "size": (same(16), [0, 1.5, 10**6, *ODD, *JUNK])},
    ),
    "estimate_coefficients": Call(
        nm.estimate_coefficients, {
            "X": ([TASKS[0], TASKS[0].tolist()], [TASKS[0][:3], TASKS[0][0], TASKS[0] * np.nan, *MATRICES]),
            "y": ([TASKS[1], TASKS[1].tolist()], [TASKS[1][:, :2], TASKS[1] * np.inf, *MATRICES]),
            "noise": ([0.25, np.float64(0.25)], [0, -1.0, *SCALARS, *without(NOT_REAL, None), -1]),
            "structure": (["shrink"], ["bogus", 3, True, *JUNK]), "loss": (["squared"], ["bogus", 3, True, *JUNK]),
        }, beside=("X", "y"), compare=lambda found: [found.coefficients],
    ),
    "sphere_spectrum": Call(
        nm.sphere_spectrum, {
            "kernel": (["matern"], ["bogus", 3, True, ["rbf"], *without(JUNK, print, type)]),
            "dimension": (same(2)[:3], [0, 2.5, 10**6, [3], *ODD, *JUNK]),
            "bandwidth": ([0.25, np.float32(0.25), Fraction(1, 4)], [0, -1.0, *SCALARS, *without(NOT_REAL, None), -1]),
            "smoothness": ([0.25, np.float32(0.25), Fraction(1, 4)], [0, 21, -1.0, *SCALARS, *NOT_REAL, -1]),
            "n_degrees": (same(20)[:3], [2, 2.5, 10**6, *ODD, *JUNK]),
        }, compare=lambda found: [found.eigenvalues, found.tail],
    ),
    "torus_spectrum": Call(
        nm.torus_spectrum, {
            "kernel": (["matern"], ["ntk", 3, True, ["rbf"], *JUNK]), "dimension": (same(2)[:3], [0, 9, 2.5, *ODD, *JUNK]),
            "bandwidth": ([0.25, np.float32(0.25), Fraction(1, 4)], [0, -1.0, *SCALARS, *without(NOT_REAL, None), -1]),
            "smoothness": ([0.25, np.float32(0.25), Fraction(1, 4)], [0, 21, -1.0, *SCALARS, *NOT_REAL, -1]),
            "largest": (same(5)[:3], [0, 2.5, 10**6, *ODD, *without(JUNK, None)]),
        }, compare=lambda found: [found.eigenvalues, found.tail],
    ),
    "intrinsic_dimension": Call(
        nm.intrinsic_dimension, {
            "points": ([TASKS[1], TASKS[1].tolist()], [np.zeros((5, 2)), TASKS[1] * np.nan, *MATRICES]),
            "discard": (QUARTER, [1, -0.25, *SCALARS, *NOT_REAL, -1]),
        }, compare=lambda found: [found.dimension, found.stderr],
    ),
    "local_exponents_of_curve": Call(
        nm.local_exponents_of_curve, {
            "x": ([[1.0, 2.0, 3.0, 4.0], (1, 2, 3, 4)], [[1.0, 2.0], [4.0, 3.0, 2.0, 1.0], [0.0, 1.0, 2.0, 3.0], *MATRICES]),
            "values": ([TASKS[1] ** 2 + 1, (TASKS[1] ** 2 + 1).tolist()], [-(TASKS[1] ** 2), np.ones((1, 4)), *MATRICES]),
            "theory": ([[1.0, 0.5, 0.25, 0.125]], [[1.0], [1.0, 0.0, 1.0, 1.0], *without(MATRICES, None)]),
        }, beside=("x", "values", "theory"), compare=lambda found: [found.slope, found.stderr],
    ),
    "predictors": Call(
        lambda period, X, y: nm.PiecewiseLinear(period).fit(X, y).predict([[0.1] * 3]), {
            "period": (QUARTER, [0, -1.0, *SCALARS, *without(NOT_REAL, None), -1]),
            "X": ([TASKS[0][:, 0], TASKS[0][:, 0].tolist()], [TASKS[0][:, 0] * np.nan, *MATRICES]),
            "y": ([TASKS[1], TASKS[1].tolist()], [TASKS[1][:3], TASKS[1] * np.inf, *MATRICES]),
        }, beside=("X", "y"), compare=lambda found: [found],
    ),
    "Isotropic": Call(
        th.Isotropic,
        {"size": (same(50), [0, -1, 2.5, [3], *ODD, *JUNK]), "signal": (QUARTER, [-1.0, *SCALARS, *NOT_REAL, -1])},
        compare=lambda task: [task.size, task.signal],
    ),
    "truncate": Call(kappa_of, {"n_modes": (same(50), [0, -1, 2.5, [3], *ODD, *without(JUNK)])}, beside=("size",)),
    "trace": Call(
        lambda **given: TASK.trace(**given), {
            "p": (same(1), [-1, 3, 2.5, *SCALARS, *ODD, *JUNK]), "q": (same(0), [2, -1, 0.5, *SCALARS, *ODD, *JUNK]),
            "m": (same(1), [-1, 0.5, 1001, *SCALARS, *ODD, *JUNK]),
            "kappa": (QUARTER, [0, -0.25, *without(NOT_REAL, *COMPLEX), -1]),
        }, beside=("(p, q, m)",), compare=lambda value: [float(np.ravel(value)[0])],
    ),
    "hermite": Call(
        th.hermite_coefficients, {
            "phi": ([np.tanh], [lambda h: h[:3], lambda h: "x", lambda h: h * np.nan, *without(JUNK, print)]),
            "scale": (QUARTER, [0, -1.0, *SCALARS, *NOT_REAL, -1]),
        }, compare=lambda found: [found.linear, found.rest],
    ),
    "activation": Call(
        th.nonlinear_random_features, {"activation": (["relu"], ["gelu", True, *without(JUNK, print, type)])},
    ),
    "depth": Call(th.deep_random_features, {"depth": (same(3), [0, -1, 2.5, 10**6, [3], *ODD, *JUNK])}),
    "columns": Call(
        lambda columns: th.Chain(th.Samples(), th.GaussianFeatures(columns=columns)).evaluate(
            TASK, ridge=0.1, n_samples=4, n_features=2), {
            "columns": ([[2.0, 1.0], np.diag([2.0, 1.0]), np.array([2.0, 4.0])], [
                -1, [-1.0, 1.0], [0.0, 0.0], [1.0, np.inf], [[1.0, 2.0], [0.0, 1.0]], [[1.0, 2.0], [2.0, 1.0]],
                *without([*NOT_REAL, *JUNK], None, print, type, len),
            ]),
        }, beside=("n_features", "law"), compare=lambda result: [result.test],
    ),
    "row_noise": Call(
        lambda noise: th.Samples(rows=0.5, noise=noise), {
            "noise": (["white", "matched", [1.0, 2.0]], [
                "pink", -1.0, 1.0, [-1.0, 1.0], [0.0, 0.0], [1.0, np.inf], [[1.0]], *without([*NOT_REAL, *JUNK]),
            ]),
        },
    ),
    "names": Call(
        lambda name, other: stacked(name, other), {"name": (["width", None], NAMES), "other": (["other"], NAMES)},
        beside=("name",),
    ),
    "layers": Call(
        lambda layers: th.Chain(*layers), {"layers": ([(th.Samples(), th.GaussianFeatures())], [
            (), (th.Samples,), (th.GaussianFeatures(), th.Samples()), (th.Samples(), th.Samples()),
            *[(th.Samples(), junk) for junk in JUNK],
        ])},
    ),
    "critical_samples": Call(
        th.critical_samples, {
            "task": ([th.PowerLaw(1.5, 0.4, size=200)], POPULATION[1]),
            "entropy": ([0.0625, Fraction(1, 16)], [0, -1.0, *SCALARS, *NOT_REAL, -1]),
        },
        compare=lambda found: [found.entropy],
    ),
    "simulate": Call(
        lambda **given: nm.simulate(RF, **given), {
            "task": POPULATION, "n_samples": DRAWS, "n_features": ([6, 6.0], DRAWS[1]), "ridge": RIDGE, "noise": LEVEL,
            "ensemble": TRIALS, "complex": FLAG, "decompose": FLAG, "n_test": DRAWS, "trials": TRIALS, "seed": SEED,
        }, compare=lambda result: [result.test.values],
    ),
    "simulate_sgd": Call(
        lambda **given: nm.simulate_sgd(th.OnePassSGD(), **given), {
            "task": POPULATION, "n_samples": (same(20), SIZE[1]), "n_features": ([6, 6.0], without(DRAWS[1], None)),
            "step": ([0.0625, Fraction(1, 16)], [0, -0.5, *SCALARS, *NOT_REAL, -1]), "sketches": TRIALS, "trials": TRIALS,
            "seed": SEED,
        }, compare=lambda result: [result.test.values],
    ),
    "simulate_passes": Call(
        lambda **given: nm.simulate_passes(th.MultiPassSGD(RF, batch=2), **given), {
            "task": POPULATION, "n_samples": DRAWS, "n_features": ([6, 6.0], DRAWS[1]),
            "noise": (QUARTER, [-0.25, *SCALARS, *NOT_REAL, -1]),
            "n_steps": ([3, 3.0], [0, -3, 2.5, 10**10, [8, 9], *ODD, *JUNK]),
            "step": ([0.0625, Fraction(1, 16)], [0, -0.5, *SCALARS, *NOT_REAL, -1]), "trials": TRIALS, "runs": TRIALS,
            "seed": SEED,
        }, compare=lambda result: [],
    ),
    "crosscheck_formula": Call(
        lambda **given: nm.crosscheck_formula(lambda **_: 0.0, lambda rng, **_: rng.standard_normal(), **given),
        {"trials": TRIALS, "seed": SEED, "order": ([1, 1.0], [0, 1.5, HUGE, *ODD, *JUNK]),
         "max_trials": ([4, 4.0], without(TRIALS[1], None)), "rule": ([None], ["strict", 3, *without(JUNK, None)])},
    ),
    "sweep": Call(
        lambda **given: nm.sweep(th.linear_ridge(), n_samples=20, **given),
        {"task": ([th.PowerLaw(1.5, 0.4)], [3, "law", [0.5]]), "axes": ([{"ridge": [0.1, 0.2]}], [{}, 3, [0.1], None]),
         "chunk": ([None, 1, 2, 2.0], [0, -1, 1.5, *ODD, *without(JUNK, None)])},
        compare=lambda found: [found["test"].values],
    ),
    "Rule": Call(
        nm.Rule, {"resolution": (QUARTER, [0, 1, 2.0, *SCALARS, *NOT_REAL, -1])}, compare=lambda rule: [rule.resolution],
    ),
    "run_trials": Call(
        lambda **given: run_trials(lambda rng: float(rng.random()), **given),
        {"trials": TRIALS, "seed": SEED, "first": (same(0)[:3], [-1, 0.5, *ODD, *JUNK])}, compare=list,
    ),
}  # fmt: skip


def fuzz(name: str, seed: int, turns: int) -> None:
    """Call one function at random."""
    call, draw = CALLS[name], random.Random(f"{name} {seed}")
    spec = call.arguments
    plain = call.compare(judged(call.function, {argument: good[0] for argument, (good, _) in spec.items()}, f"{name}, plain"))
    for turn in range(turns):
        spoil = set(draw.sample(list(spec), min(draw.choice([0, 1, 1, 1, 2]), len(spec))))
        picked = {argument: draw.choice(bad if argument in spoil else good) for argument, (good, bad) in spec.items()}
        before = {argument: frozen(value) for argument, value in picked.items()}
        story = f"seed {seed}, turn {turn}: {name}({', '.join(f'{key}={value!r:.120}' for key, value in picked.items())})"
        result = judged(call.function, picked, story)
        if isinstance(result, TypeError):
            assert any(argument in str(result) for argument in spoil), f"{story}: {result}"
        elif isinstance(result, BadArgument):
            assert result.argument in {*spoil, *(call.beside if spoil else ())}, f"{story}: {result}"
            assert str(result).startswith(f"{result.argument} = "), story
        elif spoil:
            assert all(call.fine(argument, picked[argument]) for argument in spoil), f"{story} was accepted"
        elif plain is not None:
            for found, expected in zip(call.compare(result), plain, strict=True):
                np.testing.assert_allclose(np.asarray(found, float), np.asarray(expected, float), rtol=1e-9, err_msg=story)
        assert {argument: frozen(value) for argument, value in picked.items()} == before, f"{story} was changed"


def judged(function: Callable[..., Any], arguments: dict[str, Any], story: str) -> Any:
    """Call; return the result or the refusal."""

    def guarded() -> Any:
        try:
            return function(**arguments)
        except TypeError as refusal:
            if refusal.__traceback__ is None or refusal.__traceback__.tb_next is None:
                raise
            return refusal

    return called(guarded, {}, story)


@pytest.mark.parametrize("name", CALLS)
def test_some_calls_are_right_or_refused_by_name(name: str) -> None:
    fuzz(name, 0, 10)


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("seed", [1, 2])
def test_any_call_is_right_or_refused_by_name(name: str, seed: int) -> None:
    fuzz(name, seed, 150)
