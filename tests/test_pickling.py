"""Everything a user holds copies and pickles, before and after use, also on its way to another process and back.

The items below cover every public class of `theory` and `numerics`: one without an item fails, so that a new class is tested
on arrival.
"""

import copy
import inspect
import pickle
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction

import numpy as np
import pytest
import sympy

import numerics as nm
import theory as th
from derivations.system import discover
from derivations.system.derivation import Derivation
from theory.arguments import ARGUMENTS
from theory.conventions import CONVENTIONS, Convention, convention
from theory.exponents.regimes import Piece
from theory.exponents.summary import Summary
from theory.frozen import Frozen
from theory.results.store import Stored
from theory.solve.evaluate import Evaluator

SIZES = {"n_samples": 10, "n_features": 20, "ridge": 0.1, "noise": 0.1}
COST = {"n_samples": 1, "n_features": 1}
FINITE, INFINITE = th.PowerLaw(1.5, 0.4, size=30), th.PowerLaw(1.5, 0.4)
AT = {"capacity": Fraction(3, 2), "source": Fraction(2, 5)}
RAY = {**AT, "n_samples": 1, "n_features": 2, "ridge": -1}


def runs():
    N, D = (x.ravel() for x in np.meshgrid(np.geomspace(1e7, 1e10, 6), np.geomspace(1e9, 1e12, 6)))
    return nm.fit_runs(N, D, 1.7 + 400 * N**-0.34 + 410 * D**-0.28, form="additive")


def steep():
    X = np.random.default_rng(0).normal(size=(80, 50)) * np.arange(1, 51) ** -0.7
    return X, X.sum(axis=1)


def models():
    N, P = (x.ravel() for x in np.meshgrid([20.0, 60.0, 200.0], [30.0, 100.0, 400.0]))
    best = th.random_features().optimal_ridge(INFINITE, n_samples=P, n_features=N, noise=0.1)
    return nm.fit_runs(N, P, best.risk, form="random-features")


def features():
    return th.random_features()


def law():
    return features().exponents()


def flow():
    return th.GradientFlow(features())


def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(40, 5)), rng.normal(size=40)


def points():
    X, y = data()
    return nm.pool_spectrum(X @ X.T, y)


class Halves(th.SmoothLaw):
    """A user's own spectrum."""

    def log_eigenvalue(self, log_k):
        return -1.5 * log_k

    def log_signal(self, log_k):
        return -2.0 * log_k


class Doubled(th.Layer):
    """A user's own layer."""

    letter, default_name, words = "N", "features", "features"

    def outer(self, level, own, noise):
        f = own.factor(level.dof)
        return level.through(ridge=level.ridge * f * f, size=own.size)


def used(thing):
    """What one does with it; copies must give the same."""
    if isinstance(thing, th.Chain):
        sizes = {slot.keyword: 12.0 for slot in thing.slots if slot.keyword not in thing.tied}
        return [thing.evaluate(FINITE, **sizes, ridge=0.1).test, thing.fixed_point, str(thing)]
    if isinstance(thing, th.Law):
        at = AT | {key: -1 if key in ("ridge", "step") else 1 for key in thing.system.keywords}
        return [thing.along(**at).terms]
    if isinstance(thing, th.Spectrum):
        return [thing.moments(np.array([0.1, 1.0]), ((1, 0, 0), (1, 1, 1)))]
    if isinstance(thing, (th.GradientFlow, th.GradientDescent, th.SpectralFilter)):
        along = {"n_steps": 4, "step": 0.1} if isinstance(thing, th.GradientDescent) else {}
        along = {"time": 4.0} if isinstance(thing, th.GradientFlow) else along
        return [thing.evaluate(FINITE, n_samples=10, n_features=20, **along).test]
    if isinstance(thing, th.OnePassSGD):
        return [thing.evaluate(FINITE, n_samples=50, step=0.05).test, thing.leading_terms()["flow"]]
    if isinstance(thing, th.MultiPassSGD):
        return [thing.evaluate(FINITE, n_samples=10, n_steps=20, step=0.05).test, str(thing)]
    if isinstance(thing, th.Autocovariance):
        return [thing.eigenvalues(3), thing.covariance(3), thing.difference(3)]
    if isinstance(thing, th.STransform):
        return [thing.expression]
    if isinstance(thing, Doubled):
        return [th.Chain(th.Samples(), thing).fixed_point]
    if isinstance(thing, Convention):
        return [thing.ours(a=2, b=2), thing.key, dict(thing.sizes)]
    if isinstance(thing, th.EigenvalueDensity):
        return [thing.mean, thing.bands, thing.density([0.1, 0.5])]
    if isinstance(thing, Summary):
        return [thing.kappa, thing.text()]
    if isinstance(thing, Derivation):
        return [repr(thing), thing.markdown(), list(thing.steps)]
    if isinstance(thing, Evaluator):
        return [thing.keys]
    if isinstance(thing, (nm.NearestNeighbour, nm.PiecewiseLinear)):
        X, y = data()
        return [thing.fit(X[:, :2], y).predict(X[:, 1:3])]
    if isinstance(thing, tuple) and all(isinstance(each, Piece) for each in thing):
        return [str((each.form, each.constraints, each.cell.scales)) for each in thing]
    return [thing]


def exercised(thing):
    """Use it in every way that leaves something behind in it."""
    if isinstance(thing, th.Chain):
        for attribute in ("formulas", "two_point", "symbols", "derivation", "evaluator"):
            getattr(thing, attribute)
    if isinstance(thing, th.Law):
        thing.latex()
        thing.pieces("excess")
    if isinstance(thing, Derivation) and len(thing.steps) < 5:
        assert thing.check().passed
    return used(thing)


def same(one, other):
    """Whether two results are the same: arrays, mappings and objects by what they hold, expressions by their values."""
    if type(one) is not type(other) and not isinstance(one, sympy.Basic):
        return False
    if isinstance(one, sympy.Basic):  # SymPy itself rewrites what was left unevaluated, -x ≥ 0 as x ≤ 0, in a copy
        values = {symbol: sympy.Rational(7 + k, 5) for k, symbol in enumerate(sorted(one.free_symbols, key=str))}
        return one == other or one.subs(values).evalf() == other.subs(values).evalf()
    if isinstance(one, np.ndarray):
        equal = np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")
        return bool(equal) and (not hasattr(one, "__dict__") or same(vars(one), vars(other)))
    if isinstance(one, Mapping):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if not hasattr(one, "__dict__") or inspect.isclass(one):
        return bool(one == other)
    held = {key: value for key, value in vars(one).items() if not callable(value)}
    return same(held, {key: value for key, value in vars(other).items() if not callable(value)})


TASKS = np.random.default_rng(0).normal(size=(20, 4, 3)), np.random.default_rng(1).normal(size=(20, 4))


def two_sides():
    Z = th.gaussian("Z", 20, 30)
    return sympy.Trace((Z * Z.T + sympy.Rational(1, 2) * sympy.Identity(20)).inv())


ITEMS = {
    "linear ridge": th.linear_ridge, "features": features, "deep": lambda: th.deep_random_features(2),
    "relu": lambda: th.nonlinear_random_features("relu"),
    "projected": lambda: th.Chain(th.Samples(), th.HaarProjection()),
    "own layer": lambda: th.Chain(th.Samples(), Doubled()),
    "samples": th.Samples, "pool": th.PoolSamples, "noise": th.FeatureNoise, "projection": th.HaarProjection,
    "layer": th.GaussianFeatures, "columns": lambda: th.GaussianFeatures(columns=0.7), "range": lambda: th.PowerRange(0.5, 1),
    "rows": lambda: th.Samples(rows=th.exponential_memory(3.0), noise="white"),
    "rows and columns": lambda: th.Chain(th.Samples(rows=0.5), th.GaussianFeatures(columns=0.7)),
    "nonlinear": lambda: th.NonlinearFeatures("tanh"),
    "power law": lambda: INFINITE, "truncated": lambda: FINITE, "discrete": lambda: th.Discrete([1.0, 0.5], [1.0, 2.0]),
    "isotropic": lambda: th.Isotropic(10), "logarithmic": lambda: th.LogarithmicLaw(1.5), "own spectrum": Halves,
    "memory": lambda: th.power_memory(0.5), "listed memory": lambda: th.Autocovariance([2.0, 1.0, 0.25]),
    "law": law,
    "terms": lambda: law().terms, "summary": lambda: law().summary, "pieces": lambda: law().pieces("excess"),
    "ray": lambda: law().along(**RAY), "regimes": lambda: law().regimes(**AT),
    "asymptote": lambda: law().asymptote(INFINITE, n_samples=1e10, n_features=1e6),
    "optimum of a law": lambda: law().compute_optimal(COST, **AT), "optima": lambda: law().compute_optimal(COST),
    "formulas": lambda: features().formulas, "derivation of formulas": lambda: features().derivation,
    "evaluator": lambda: features().evaluator, "symbols": lambda: features().symbols,
    "two points": lambda: features().two_point_at(FINITE, ridge=[0.1, 1.0], n_samples=10, n_features=20),
    "risk": lambda: features().evaluate(FINITE, **SIZES),
    "corrected risk": lambda: th.linear_ridge().evaluate(FINITE, n_samples=200, ridge=0.1, finite_size=True),
    "small sizes": lambda: th.FiniteSizeWarning("small"),
    "precise risk": lambda: features().evaluate(FINITE, **SIZES, precision=20),
    "slopes": lambda: features().local_exponents(FINITE, **SIZES),
    "best ridge": lambda: features().optimal_ridge(FINITE, n_samples=10, n_features=[20, 30], noise=0.1),
    "best sizes": lambda: th.linear_ridge().optimum(FINITE, {"n_samples": 1}, 20.0, noise=0.1),
    "S-transform": lambda: features().s_transform, "S of a layer": lambda: th.GaussianFeatures().s_transform,
    "S of a law": lambda: th.s_transform.diagonal([1.0, 0.5]),
    "flow": flow, "flow's law": lambda: flow().exponents(),
    "eigenvalues": lambda: features().spectrum(FINITE, n_samples=50, n_features=20, of="kernel"),
    "levels": lambda: nm.level_statistics(np.arange(1.0, 200.0) ** -1.3),
    "capacity of eigenvalues": lambda: nm.fit_capacity(np.arange(1.0, 101.0) ** -1.5, 200),
    "exponents of data": lambda: nm.estimate_exponents(*steep()),
    "eigenvalues of data": lambda: nm.measured_spectrum(data()[0]),
    "critical samples": lambda: th.CriticalSamples(10.0, 20.0),
    "best time": lambda: flow().optimum(FINITE, n_samples=10, n_features=20, noise=0.1),
    "along training": lambda: flow().evaluate(FINITE, time=[1.0, 9.0], n_samples=10, n_features=20),
    "descent": lambda: th.GradientDescent(features(), momentum=0.5), "filter": lambda: th.SpectralFilter(features(), np.exp),
    "SGD": th.OnePassSGD, "SGD's law": lambda: th.OnePassSGD().exponents(),
    "a schedule": lambda: th.warmup(0.1, th.stable_decay(0.2, th.cosine())), "a curve": lambda: th.polynomial(3),
    "critical batch": lambda: th.CriticalBatch(2.0, 0.1, 1.5),
    "leading terms": lambda: th.OnePassSGD().leading_terms(),
    "SGD's risk": lambda: th.OnePassSGD().evaluate(FINITE, n_samples=50, step=0.05),
    "law of several passes": lambda: th.MultiPassSGD(th.linear_ridge()).exponents(),
    "several passes": lambda: th.MultiPassSGD(th.linear_ridge(), batch=2),
    "risk of several passes": lambda: th.MultiPassSGD(th.linear_ridge()).evaluate(FINITE, n_samples=9, n_steps=5, step=0.05),
    "several passes simulated": lambda: nm.simulate_passes(
        th.MultiPassSGD(th.linear_ridge()), FINITE, n_samples=9, n_steps=5, step=0.05, trials=2, runs=1, seed=0),
    "Hermite": lambda: th.hermite_coefficients(np.tanh), "equivalent": lambda: th.equivalent(two_sides()),
    "trace": lambda: th.df1(sympy.Symbol("kappa", positive=True)), "arguments": lambda: ARGUMENTS,
    "conventions": lambda: CONVENTIONS, "a convention": lambda: convention("lin2024"),
    "warning": lambda: th.UnstableStepWarning("steps"), "quadrature": lambda: th.QuadratureWarning("wide"),
    "rounding": lambda: th.RoundingWarning("small"), "limit": lambda: nm.TheoryLimitWarning("far"),
    "data warning": lambda: nm.DataWarning("labels"),
    "simulation": lambda: nm.simulate(features(), FINITE, n_samples=10, n_features=20, ridge=0.1, trials=4, seed=0),
    "SGD simulated": lambda: nm.simulate_sgd(th.OnePassSGD(), FINITE, n_samples=20, step=0.05, trials=4, seed=0),
    "flow simulated": lambda: nm.simulate_flow(flow(), FINITE, time=[1.0], n_samples=10, n_features=20, trials=4, seed=0),
    "agreement": lambda: nm.crosscheck(th.linear_ridge(), FINITE, [{"n_samples": 30, "ridge": 0.1}], trials=8, seed=0),
    "rule": nm.Rule, "data set": lambda: nm.load("digits"),
    "pool of points": points,
    "nearest": nm.NearestNeighbour, "piecewise": nm.PiecewiseLinear,
    "nearest on a torus": lambda: nm.NearestNeighbour(1.0).fit(data()[0], data()[1]),
    "dimension": lambda: nm.intrinsic_dimension(data()[0]), "on a sphere": lambda: nm.sphere_spectrum("laplace", n_degrees=20),
    "slopes of a curve": lambda: nm.local_exponents_of_curve([1.0, 2.0], [[1.0, 0.5], [1.1, 0.6]], [1.0, 0.5]),
    "capacity": lambda: nm.capacity_estimate(data()[0] @ data()[0].T, ridge=0.1),
    "learning curve": lambda: nm.learning_curve(*data(), n_samples=[10, 20], trials=3, seed=0),
    "prediction": lambda: nm.predicted_learning_curve(points(), [10, 20], ridge=0.1),
    "corrected": lambda: nm.corrected_gcv(*data(), 0.1, rows=th.exponential_memory(2.0), noise="matched"),
    "prior": lambda: nm.estimate_coefficients(*TASKS, noise=1.0),
    "fitted runs": runs, "number fitted": lambda: runs().irreducible, "forecast": lambda: runs().forecast(1e10, 1e12),
    "model of runs": models, "parameter": lambda: models().capacity, "goodness": lambda: models().goodness,
    "split": lambda: runs().allocation(1e22), "fit warning": lambda: nm.FitWarning("far"),
    "curve of a prior": lambda: nm.meta_learning_curve(np.eye(3), np.eye(3), n_tasks=[20], n_samples=[4], noise=1.0, seed=0),
}  # fmt: skip
ITEMS |= {f"document {name}": lambda name=name: discover.load(name) for name in discover.names()}


@pytest.fixture(scope="module")
def things():
    return {name: make() for name, make in ITEMS.items()}


def copies(thing):
    yield pickle.loads(pickle.dumps(thing))
    yield copy.copy(thing)
    yield copy.deepcopy(thing)


@pytest.mark.parametrize("name", ITEMS)
def test_before_and_after_use(things, name):
    thing = things[name]
    fresh = list(copies(thing))
    expected = exercised(thing)
    for again in (*fresh, *copies(thing)):
        assert type(again) is type(thing)
        assert same(used(again), expected)


@pytest.mark.parametrize("name", ITEMS)
def test_saved_and_loaded(things, name, tmp_path):
    thing, path = things[name], tmp_path / "x.npz"
    if not isinstance(thing, Stored):
        return
    thing.save(path)
    again = type(thing).load(path)
    assert type(again) is type(thing)
    assert same(used(again), used(thing))
    with np.load(path, allow_pickle=False) as file:
        assert all(file[key].dtype.kind != "O" for key in file.files)


def test_every_public_class_has_an_item(things):
    held = [*things.values(), *things["symbols"].values()]
    for package in (th, nm):
        for name in package.__all__:
            public = getattr(package, name)
            if inspect.ismodule(public):
                continue
            again = pickle.loads(pickle.dumps(public))
            assert again is public if callable(public) and hasattr(public, "__name__") else type(again) is type(public)
            if inspect.isclass(public) and not inspect.isabstract(public):
                assert any(isinstance(thing, public) for thing in held), f"{name}: add an item"


def test_through_processes(things):
    """There and back, used before it goes; models work over there."""
    with ProcessPoolExecutor(2) as pool:
        for thing, again in zip(things.values(), pool.map(copy.copy, things.values(), chunksize=8), strict=True):
            assert type(again) is type(thing)
        model = things["features"]
        assert pool.submit(model.evaluate, FINITE, **SIZES).result().test == model.evaluate(FINITE, **SIZES).test
        assert pool.submit(things["law"].along, **RAY).result().terms == things["law"].along(**RAY).terms
        assert pool.submit(flow().evaluate, FINITE, time=3.0, n_samples=9, n_features=20).result().converged.all()


def test_frozen_mappings():
    one = Frozen({"a": 1})
    assert one == {"a": 1}
    assert (len(one), list(one), one["a"], repr(one)) == (1, ["a"], 1, "{'a': 1}")
    with pytest.raises(TypeError):
        one["a"] = 2
