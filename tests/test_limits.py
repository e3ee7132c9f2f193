"""What is too large, too deep or too steep: a right result or a refusal, never a hang; useless names are refused."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

import numerics as nm
import theory as th
from theory.chain.naming import RESERVED

TASK = th.Isotropic(50)
HUGE = 10**400


@pytest.mark.parametrize(("capacity", "source"), [(1.5, 39), (1.5, 100), (1.5, 1000), (1000, 1000), (1000, 0.5), (1.01, 45)])
def test_steep_targets_are_one_mode(capacity: float, source: float) -> None:
    """From a source of some tens on only the first mode carries signal; doubles and digits agree there and next to it."""
    law, kappa = th.PowerLaw(capacity, source), np.array([0.0, 1e-300, 1e-3, 0.3, 1.0, 1e10])
    orders = ((0, 2, 1), (1, 1, 1), (2, 0, 1))
    precise = np.array([law.moments(mpmath.mpf(k), orders) for k in kappa]).T
    for found, expected in zip(law.moments(kappa, orders), precise, strict=True):
        np.testing.assert_allclose(found, [float(value) for value in expected], rtol=1e-14, atol=1e-300)
    if capacity * source > 60:
        np.testing.assert_allclose(law.moments(kappa, orders)[0], (kappa / (1 + kappa)) ** 2, rtol=1e-14, atol=1e-300)
    assert th.random_features().evaluate(law, n_samples=100, n_features=50, ridge=1e-3).converged


@pytest.mark.parametrize(("argument", "law"), [("source", (1.5, 5e-324)), ("source", (1.5, 1e-310)),
                                               ("capacity", (1 + Fraction(1, HUGE), 1))])  # fmt: skip
def test_sums_that_no_double_holds_are_refused(argument: str, law: tuple[Any, Any]) -> None:
    with pytest.raises(ValueError, match=f"^{argument} = "):
        th.PowerLaw(*law)


def public() -> Iterator[Any]:
    """Public functions and methods that take the arguments of a chain beside their own."""
    for package in (th, nm):
        for name in package.__all__:
            value = getattr(package, name)
            if not inspect.isclass(value):
                if not name.startswith("plot_"):  # further keywords of those are Matplotlib's
                    yield value
            elif name not in ("STransform", "Equivalent"):  # which take letters of their own
                yield from (method for key, method in inspect.getmembers(value, inspect.isfunction) if not key.startswith("_"))


def test_every_argument_beside_those_of_the_layers_is_reserved() -> None:
    seen = set()
    for function in filter(callable, public()):
        try:
            parameters = inspect.signature(function).parameters.values()
        except (TypeError, ValueError):
            continue
        own = {parameter.name for parameter in parameters if parameter.kind != parameter.VAR_KEYWORD}
        if len(own) < len(parameters) and str(getattr(function, "__module__", "")).partition(".")[0] in ("theory", "numerics"):
            seen |= own
    assert {"noise", "seed", "cost"} <= seen
    assert {name for name in seen if not name.startswith("n_")} <= set(RESERVED)


@pytest.mark.parametrize("name", [*RESERVED, "n_features", "n_x", "lambda", "None", "µ", "ﬁne", "", "a b", 3, b"a", "1x"])
def test_names_that_cannot_be_used_are_refused(name: Any) -> None:
    for layers in ((th.FeatureNoise(name), th.GaussianFeatures()), (th.GaussianFeatures(name),)):
        with pytest.raises(ValueError, match="^name = "):
            th.Chain(th.Samples(), *layers)


SIZES = {"n_samples": 9, "n_features": 5}
FLAGS = {
    "complex": lambda flag: nm.simulate(th.random_features(), TASK, trials=2, seed=0, **SIZES, complex=flag),
    "decompose": lambda flag: nm.simulate(th.random_features(), TASK, trials=2, seed=0, **SIZES, decompose=flag),
    "allow_unstable": lambda flag: th.OnePassSGD().evaluate(TASK, **SIZES, step=1e-3, allow_unstable=flag),
}


@pytest.mark.parametrize("argument", FLAGS)
@pytest.mark.parametrize("flag", ["no", "yes", 1, 0, None, [True]])
def test_flags_are_true_or_false(argument: str, flag: Any) -> None:
    with pytest.raises(ValueError, match=f"^{argument} = .* True or False"):
        FLAGS[argument](flag)


def test_whole_floats_are_whole_numbers_in_simulations() -> None:
    sizes = {"n_samples": 9, "n_features": 5}
    first = nm.simulate(th.random_features(), TASK, trials=2, seed=0, **sizes)
    second = nm.simulate(th.random_features(), TASK, trials=2.0, seed=0, n_samples=9.0, n_features=np.float64(5))
    np.testing.assert_array_equal(first.test.values, second.test.values)


RF = th.random_features()
COST = {"n_samples": 1, "n_features": 1}
REFUSED = {
    "size": [lambda: th.Isotropic(HUGE), lambda: th.PowerLaw(1.5, 1, size=HUGE), lambda: th.PowerLaw(1.5, 1).truncate(HUGE)],
    "scale": [lambda: th.PowerLaw(1.5, 1, scale=HUGE), lambda: th.PowerLaw(1.5, 1, scale="2")],
    "capacity": [lambda: th.PowerLaw(HUGE, 1)],
    "ridge": [lambda: RF.evaluate(TASK, n_samples=9, n_features=5, ridge=HUGE)],
    "n_samples": [
        lambda: RF.evaluate(TASK, n_samples=HUGE, n_features=5),
        lambda: RF.evaluate(TASK, n_samples=np.ones((1,) * 40), n_features=5),
        lambda: nm.simulate(RF, TASK, trials=2, seed=0, n_samples=10**9, n_features=5),
    ],
    "trials": [lambda: nm.simulate(RF, TASK, trials=10**9, seed=0, n_samples=9, n_features=5)],
    "seed": [lambda: nm.simulate(RF, TASK, trials=2, seed=matrix(0), n_samples=9, n_features=5),
             lambda: nm.measured_learning_curve(np.eye(5), np.arange(5.0), [3], 0.1, trials=2, seed=matrix(0))],
    "depth": [lambda: th.deep_random_features(10**6)],
    "layers": [lambda: th.deep_random_features(11).formulas],
    "budget": [lambda: RF.optimum(TASK, COST, HUGE)],
    "noise": [lambda: RF.optimum(TASK, COST, 100, noise="1e3")],
    "of": [lambda: RF.optimum(TASK, COST, 100, of="bogus")],
    "equal": [lambda: RF.exponents(3), lambda: RF.exponents([1, 2]), lambda: RF.exponents("n_samples")],
    "pool": [lambda: nm.predicted_learning_curve(None, [3], 0.1)],
    "bandwidth": [lambda: nm.kernel_matrix(np.eye(3), bandwidth="1")],
    "p": [lambda: TASK.trace(HUGE, 0, HUGE, 1.0)],
    "formula": [lambda value=value: nm.crosscheck_formula(lambda **_: value, lambda rng, **_: 1.0, trials=3)
                for value in ("1e3", np.nan, np.inf, None, 1j, [1, 2], {}, True)],
}  # fmt: skip


def matrix(value: float) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.matrix([[value]])


@pytest.mark.parametrize(("argument", "call"), [(name, call) for name, calls in REFUSED.items() for call in calls])
def test_what_is_out_of_bounds_is_refused_by_name(argument: str, call: Any) -> None:
    with pytest.raises(ValueError, match=f"^({argument}|n_modes) = .* must be "):
        call()
