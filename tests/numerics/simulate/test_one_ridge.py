"""One ridge by a Cholesky factor, paths by singular values, residuals written out: the same numbers, in any namespace."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest

import numerics as nm
import theory as th
from numerics.simulate.declared import declare
from numerics.simulate.draws import SIGNAL, Draws
from numerics.simulate.linear import path
from numerics.simulate.linear.fits import POOR, fit
from numerics.simulate.linear.path import path_products
from numerics.simulate.linear.place import NUMPY, place
from numerics.simulate.linear.predictor import Predictor
from numerics.simulate.shrinkage import Ridges

K = np.arange(1.0, 31.0)
SMOOTH = th.Discrete.from_signal(K**-1.5, K**-2.2)
UNSORTED = th.Discrete(K**-1.2, np.random.default_rng(0).random(30) ** 4)
EASY = th.Discrete.from_signal(K**-1.5, 10.0 ** -K)
S, G, F = th.Samples, th.GaussianFeatures, th.FeatureNoise
CHAINS: dict[str, tuple[Any, dict[str, Any]]] = {
    "ridge": (th.Chain(S()), {"n_samples": 12}),
    "more rows": (th.Chain(S()), {"n_samples": 70}),
    "narrow": (th.Chain(S(), G()), {"n_samples": 20, "n_features": 9}),
    "wide": (th.Chain(S(), G()), {"n_samples": 9, "n_features": 20}),
    "square": (th.Chain(S(), G()), {"n_samples": 14, "n_features": 14}),
    "noisy": (th.Chain(S(rows=0.6), F(), G()), {"n_samples": 15, "n_features": 10, "feature_noise": 0.2}),
    "population": (th.Chain(G(), F()), {"n_features": 10, "feature_noise": 0.1}),
    "pool": (th.Chain(th.PoolSamples()), {"n_samples": 12}),
}
STRANGERS = [
    "array_api_strict",
    pytest.param(
        "torch",
        marks=pytest.mark.skipif(
            any(importlib.util.find_spec(name) is None for name in ("torch", "array_api_compat")),
            reason="PyTorch and array-api-compat are not installed",
        ),
    ),
]


def written_out(draws: Draws, cell: Any, ridge: float) -> tuple[Any, Any]:
    """Return training and test residuals as matrices, signal beside label noise, of one fit; by tags at the test point."""
    amplitude, features, rows = np.sqrt(draws.declared.target_power), draws.features(cell, 0), draws.rows(cell)
    n_rows, n_dims = len(features.train), len(amplitude)
    labelled = draws.declared.rows is not None
    targets = np.zeros((n_rows, n_dims + n_rows), dtype=features.train.dtype)
    targets[: len(rows.train), :n_dims] = rows.train * amplitude
    if labelled:
        targets[:, n_dims:] = np.eye(n_rows) * draws.declared.rows.layer.noise_roots(n_rows)
    targets /= np.sqrt(n_rows if labelled else 1)
    phi = features.train / np.sqrt(n_rows if labelled else 1)
    weights = phi.conj().T @ np.linalg.solve(phi @ phi.conj().T + ridge * np.eye(n_rows), targets)
    wanted = {tag: np.zeros((len(block), n_dims + n_rows), dtype=phi.dtype) for tag, block in features.test.items()}
    wanted[SIGNAL][:, :n_dims] = rows.test * amplitude
    return targets - phi @ weights, {tag: wanted[tag] - block @ weights for tag, block in features.test.items()}


@pytest.mark.parametrize("complex", [False, True])
@pytest.mark.parametrize("task", [SMOOTH, UNSORTED, EASY], ids=["smooth", "unsorted", "easy"])
@pytest.mark.parametrize("name", CHAINS)
def test_all_products_are_those_of_residuals_written_out(name: str, task: Any, complex: bool) -> None:
    chain, sizes = CHAINS[name]
    declared = declare(chain, task.explicit(), sizes)
    copies = 1 if name == "pool" else 2
    draws = Draws(declared, np.random.default_rng(1), copies=copies, ensemble=1, complex=complex, n_test=1)
    n_dims = len(declared.eigenvalues)
    for ridges in (np.array(0.3), np.array(1e-3), np.array([10.0, 1e-3])):
        predictors = [Predictor(draws, cell, Ridges(ridges)) for cell in draws.cells]
        assert (predictors[0].fits[0].values is None) == (ridges.ndim == 0)
        products = path_products(predictors)
        for point, ridge in enumerate(ridges.ravel()):
            made = [written_out(draws, cell, ridge) for cell in draws.cells]
            signal, label = (found[point] for found in products)
            for i, (train, test) in enumerate(made):
                squares = np.abs(train) ** 2
                exact = squares[:, :n_dims].sum(), squares[:, n_dims:].sum()
                np.testing.assert_allclose(predictors[i].train_squares()[point], exact, rtol=1e-9, atol=1e-14)
                for j, (_, other) in enumerate(made):
                    shared = [(test[tag], other[tag]) for tag in test.keys() & other.keys()]
                    for found, columns in ((signal, slice(0, n_dims)), (label, slice(n_dims, None))):
                        exact = sum(np.vdot(one[:, columns], two[:, columns]).real for one, two in shared)
                        least = 1e-11 * np.sqrt(found[i, i] * found[j, j])
                        assert found[i, j] == pytest.approx(exact, rel=1e-9, abs=least)


@pytest.mark.parametrize("name", CHAINS)
def test_one_ridge_is_a_path_of_one(name: str) -> None:
    """Ridges of all sizes, 0 and 1e-300 among them, alone and in a path, whichever way they are fitted."""
    chain, sizes = CHAINS[name]
    ridges = [0.0, 1e-300, 1e-12, 1e-5, 1e-4, 1e-2, 1.0, 1e12]
    run: dict[str, Any] = {"trials": 2, "seed": 2, "noise": 0.2, "progress": False, "ensemble": 2, **sizes}
    together = nm.simulate(chain, SMOOTH, ridge=ridges, **run)
    for place_, ridge in enumerate(ridges):
        alone = nm.simulate(chain, SMOOTH, ridge=ridge, **run)
        for key, value in alone.terms.items():
            scale = np.maximum(alone.test.values, 1e-9)
            assert np.abs(value.values - together.terms[key].values[:, place_]).max() <= (1e-11 * scale).max(), (key, ridge)


def test_where_a_factor_would_not_do_singular_values_are_taken() -> None:
    phi = np.random.default_rng(3).standard_normal((8, 5))
    norm = np.linalg.norm(phi.T @ phi / 8)
    edge = POOR * norm
    for ridge, factored in ((0.0, False), (1e-300, False), (0.9 * edge, False), (1.1 * edge, True), (-0.01, False)):
        found = fit(phi, 8, Ridges(np.array(ridge)), NUMPY)
        assert (found.values is None) == factored
    assert fit(phi, 8, Ridges(np.array([0.1, 1.0])), NUMPY).values is not None
    with pytest.raises(ValueError, match="the edge of this draw"):
        nm.simulate(th.Chain(S()), SMOOTH, trials=2, seed=0, ridge=-5.0, n_samples=9, progress=False)
    run: dict[str, Any] = {"trials": 2, "seed": 0, "n_samples": 9, "progress": False}
    below, at = (nm.simulate(th.Chain(S()), SMOOTH, ridge=ridge, **run).excess.values for ridge in (-1e-9, 0.0))
    np.testing.assert_allclose(below, at, rtol=1e-5)
    assert (below != at).all()


def test_what_is_small_beside_its_parts_is_not_subtracted(monkeypatch: pytest.MonkeyPatch) -> None:
    """All signal on one mode that is learnt to 1e-10: its square keeps its digits, which a form alone would lose."""
    task = th.Discrete.from_signal([4.0, 1e-6], [1.0, 1e-16])
    run: dict[str, Any] = {"trials": 2, "seed": 5, "n_samples": 400, "ridge": 1e-4, "progress": False}
    found = nm.simulate(th.Chain(S()), task, **run).excess.values
    declared = declare(th.Chain(S()), task.explicit(), {"n_samples": 400})
    for trial in range(2):
        rng = np.random.default_rng(np.random.SeedSequence(5, spawn_key=(trial,)))
        draws = Draws(declared, rng, copies=2, ensemble=1, complex=False, n_test=1)
        exact = np.mean([np.sum(written_out(draws, cell, 1e-4)[1][SIGNAL][:, :2] ** 2) for cell in draws.cells])
        assert found[trial] == pytest.approx(exact, rel=1e-9)
    assert found.max() < 1e-8
    monkeypatch.setattr(path, "_fewest", lambda beyond, allowed: 0)
    assert (np.abs(nm.simulate(th.Chain(S()), task, **run).excess.values / found - 1) > 1e-9).any()


@pytest.mark.parametrize("xp", STRANGERS)
def test_other_namespaces_give_the_same_numbers(xp: str) -> None:
    options: list[dict[str, Any]] = [{"ridge": 0.1}, {"ridge": [0.0, 0.1], "complex": True}, {"ridge": 0.01, "ensemble": 2}]
    for name, (chain, sizes) in CHAINS.items():
        for number, more in enumerate(options):
            task = UNSORTED if number else SMOOTH
            run: dict[str, Any] = {"trials": 2, "seed": 4, "noise": 0.1, "progress": False, **more, **sizes}
            ours, theirs = (nm.simulate(chain, task, xp=each, **run) for each in (None, xp))
            for key, value in ours.terms.items():
                least, told = 1e-11 * ours.test.values.max(), f"{name} {key}"
                np.testing.assert_allclose(theirs.terms[key].values, value.values, rtol=1e-9, atol=least, err_msg=told)
    relu = th.nonlinear_random_features("relu")
    run = {"trials": 2, "seed": 4, "ridge": 0.1, "progress": False, "n_test": 20, "n_samples": 12, "n_features": 8}
    ours, theirs = (nm.simulate(relu, SMOOTH, xp=each, **run) for each in (None, xp))
    np.testing.assert_allclose(theirs.test.values, ours.test.values, rtol=1e-10)
    run = {"trials": 2, "seed": 4, "time": [1.0, 30.0], "progress": False, "n_samples": 12, "n_features": 8}
    flow = th.GradientFlow(th.random_features())
    ours, theirs = (nm.simulate_flow(flow, SMOOTH, xp=each, **run) for each in (None, xp))
    np.testing.assert_allclose(theirs.test.values, ours.test.values, rtol=1e-10)
    sizes = {"trials": 2, "seed": 4, "n_samples": 12, "n_features": 8}
    ours, theirs = (nm.simulate_spectrum(th.random_features(), SMOOTH, xp=each, **sizes) for each in (None, xp))
    np.testing.assert_allclose(theirs, ours, rtol=1e-11, atol=1e-14)


def test_arrays_stay_where_they_are_put() -> None:
    """array-api-strict refuses NumPy's functions and arrays: a trial calls no other namespace's on the way."""
    import array_api_strict as xp

    where = place(xp)
    draws = Draws(declare(*_narrow()), np.random.default_rng(0), copies=1, ensemble=1, complex=False, n_test=1, place=where)
    predictor = Predictor(draws, draws.cells[0], Ridges(np.array(0.1)))
    for array in (predictor.overlaps, predictor.train, *predictor.test.values(), predictor.fits[0].right):
        assert isinstance(array, type(xp.asarray(1.0)))


def _narrow() -> tuple[Any, Any, Any]:
    chain, sizes = CHAINS["narrow"]
    return chain, SMOOTH.explicit(), sizes


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"xp": "no_such_module"}, "xp = 'no_such_module'.*cannot be imported"),
        ({"xp": "math"}, "xp = 'math'.*does not follow the standard"),
        ({"xp": 3}, "xp = 3"),
        ({"device": "cuda"}, "device = 'cuda'.*for NumPy"),
        ({"xp": "array_api_strict", "device": "nowhere"}, "device = 'nowhere'"),
    ],
)
def test_namespaces_that_are_none(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        nm.simulate(th.Chain(S()), SMOOTH, trials=2, seed=0, ridge=0.1, n_samples=5, **given)
