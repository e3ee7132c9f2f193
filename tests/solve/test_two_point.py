"""Two-point functions: the diagonal is the risk, the values are those of brute force, and every hard point has one."""

from __future__ import annotations

import re

import mpmath
import numpy as np
import pytest

import theory as th
from numerics.validation.references.two_points import Listed, kappa_at, polished, terms
from tests.chain.test_layers import Doubled, Mixed, Stiff, random_layer
from tests.zoo import admissible_chains, label, sizes
from theory.notation import KAPPA, KAPPA_PRIMED, NOISE
from theory.solve.kappa.continuation import Path, continued
from theory.spectra.psi import PolarPsi, Psi

TASK = th.Discrete(*th.PowerLaw(1.3, 0.4).truncate(60).explicit())
REAL = np.array([0.0, 1e-300, 1e-12, 1e-3, 0.2, 5.0])
CHAINS = admissible_chains()


def at(model, ridge, task=TASK, scale=1.0):
    noise = 0.0 if model.slots.pooled else 0.3
    return model.two_point_at(task, ridge=ridge, noise=noise, **sizes(model, scale))


@pytest.mark.parametrize("model", CHAINS, ids=label)
def test_the_diagonal_is_the_risk(model):
    found = at(model, REAL)
    risk = model.evaluate(TASK, ridge=REAL, noise=0.0 if model.slots.pooled else 0.3, **sizes(model))
    assert found.converged.all()
    np.testing.assert_allclose(found.kappa, risk.kappa, rtol=1e-14)
    for key, value in risk.terms.items():
        np.testing.assert_allclose(np.diag(found.terms[key]), value, rtol=3e-13, atol=1e-300, err_msg=str(key))
    for value in found.terms.values():
        np.testing.assert_allclose(value, value.T, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(found.gap + found.train, found.test, rtol=1e-14)


def check_against_brute_force(model, task, parameters, ridges, tolerance, noise=0.3, ensemble=1):
    """Compare κ and all terms at pairs of complex ridges with plain sums at 60 digits."""
    with mpmath.workdps(60):
        rough, modes = Listed(task), Listed(task, mpmath.mpf)
        exact = [mpmath.mpf(p) for p in parameters]
        guesses = kappa_at(model, rough, [np.float64(p) for p in parameters], ridges).tolist()
        kappas = [polished(model, modes, exact, mpmath.mpc(s), k) for s, k in zip(ridges.tolist(), guesses, strict=True)]
        given = {slot.keyword: p for slot, p in zip(model.slots, parameters, strict=True)}
        found = model.two_point_at(task, ridge=ridges, noise=noise, ensemble=ensemble, **given)
        assert found.converged.all()
        np.testing.assert_allclose(found.kappa, np.array(kappas, complex), rtol=tolerance)
        for i, first in enumerate(kappas):
            for j, second in enumerate(kappas):
                wanted = terms(model, modes, exact, first, second, mpmath.mpf(noise), ensemble)
                for key, value in wanted.items():
                    np.testing.assert_allclose(found.terms[key][i, j], complex(value), rtol=tolerance, err_msg=f"{key} {i} {j}")


RIDGES = np.array([0.3 + 0.2j, -0.02 + 0.05j, 1e-7 * np.exp(2.2j), -3.0 - 1.0j])


@pytest.mark.parametrize("model", CHAINS[::4], ids=label)
def test_terms_off_the_diagonal_are_those_of_brute_force(model):
    task = TASK.truncate(12)
    parameters = [value / 5 if slot.is_size else value for slot, value in zip(model.slots, sizes(model).values(), strict=True)]
    check_against_brute_force(model, task, parameters, RIDGES[:3], 2e-12, 0.0 if model.slots.pooled else 0.3)


@pytest.mark.parametrize(
    "layer", [Doubled(), Stiff(), Mixed(), random_layer(np.random.default_rng(3))], ids=lambda layer: type(layer).__name__
)
def test_layers_of_a_user(layer):
    check_against_brute_force(th.Chain(th.Samples(), layer), TASK.truncate(10), [7.0, 5.0], RIDGES, 2e-12, ensemble=3)


@pytest.mark.parametrize(("n_features", "n_samples"), [(7.0, 7.0), (7.0, 7.0 + 1e-9), (3.0, 1e9), (12.0, 5.0), (5.0, 12.0)])
def test_small_ridges_at_ties(n_features, n_samples):
    ridges = np.array([1e-9 * np.exp(1j), 1e-13 * np.exp(2.5j), 1e-17j])
    check_against_brute_force(th.random_features(), TASK.truncate(12), [n_features, n_samples], ridges, 1e-11)


def test_the_polarised_expressions_give_the_same_numbers():
    model = th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures())
    found = at(model, RIDGES[:2])
    eigenvalues, power = TASK.explicit()
    first, second = found.kappa
    given = {slot.letter.symbol: value for slot, value in zip(model.slots, sizes(model).values(), strict=True)}

    def number(expression):
        def psi(p, q, m, kappa):
            return complex(np.sum(eigenvalues ** int(p) * power ** int(q) / (eigenvalues + complex(kappa)) ** int(m)))

        def polar(p, q, kappa, primed):
            return complex(np.sum(eigenvalues ** int(p) * power ** int(q) / ((eigenvalues + first) * (eigenvalues + second))))

        values = {KAPPA.symbol: first, KAPPA_PRIMED.symbol: second, NOISE.symbol: 0.3, **given}
        return complex(expression.replace(PolarPsi, polar).subs(values).replace(Psi, psi).evalf())

    for key in ("test", "train"):
        assert number(model.two_point[key]) == pytest.approx(found.terms[key][0, 1], rel=1e-9)


@pytest.mark.parametrize("source", [0.2, 0.7, 1.4])
@pytest.mark.parametrize("capacity", [1.02, 1.5, 3.0])
def test_infinite_laws_are_limits_of_long_ones(capacity, source):
    ridges = np.array([1e-9 * np.exp(2.0j), 1e-4 * np.exp(2.5j), 1.0 + 1.0j])
    law = th.PowerLaw(capacity, source)
    infinite = th.random_features().two_point_at(law, ridge=ridges, noise=0.1, n_samples=300.0, n_features=200.0)
    size = 10**15 if capacity < 2 else 10**8
    finite = th.random_features().two_point_at(law.truncate(size), ridge=ridges, noise=0.1, n_samples=300.0, n_features=200.0)
    beyond = size ** -min(2 * capacity * source, capacity - 1)  # what the longer law has more
    for key in infinite.terms:
        np.testing.assert_allclose(infinite.terms[key], finite.terms[key], rtol=1e-11 + 1e3 * beyond, err_msg=str(key))


def test_conjugate_ridges_and_infinite_sizes():
    s = np.array([0.1 + 0.3j, 0.1 - 0.3j, 0.5])
    found = th.random_features().two_point_at(th.PowerLaw(1.4, 0.3), ridge=s, noise=0.2, n_samples=np.inf, n_features=np.inf)
    np.testing.assert_allclose(found.kappa, s, rtol=1e-14)
    np.testing.assert_allclose(found.test[0], found.test[1].conj()[[1, 0, 2]], rtol=1e-13)
    np.testing.assert_allclose(found.test.real[2, 2], th.linear_ridge().evaluate(
        th.PowerLaw(1.4, 0.3), ridge=0.5, noise=0.2, n_samples=np.inf).test)  # fmt: skip


def test_nonlinear_features_see_their_own_ridge():
    model = th.nonlinear_random_features("relu")
    ridge = np.array([1e-3, 0.1])
    found = model.two_point_at(TASK, ridge=ridge, noise=0.1, n_samples=20, n_features=30)
    wanted = model.evaluate(TASK, ridge=ridge, noise=0.1, n_samples=20, n_features=30).test
    np.testing.assert_allclose(np.diag(found.test), wanted, rtol=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_random_chains_against_brute_force(seed):
    """Two hundred chains, with κ by a path of its own."""
    rng = np.random.default_rng(seed)
    made = 0
    while made < 25:
        inner = [rng.choice([th.GaussianFeatures, th.HaarProjection, th.FeatureNoise]) for _ in range(rng.integers(0, 4))]
        outer = [th.Samples] if rng.random() < 0.85 else []
        try:
            model = th.Chain(*(layer() for layer in outer + inner))
        except ValueError:
            continue
        dims = int(rng.integers(6, 16))
        task = th.Discrete(np.exp(rng.normal(0, 2, dims)), rng.exponential(1, dims))
        parameters, width = [], float(dims)
        for slot in model.slots:
            if not slot.is_size:
                parameters.append(float(10 ** rng.uniform(-3, 0)))
            else:
                width = float(rng.uniform(2, width) if slot.ratio else rng.uniform(2, 25))
                parameters.append(width)
        ridges = 10 ** rng.uniform(-5, 1, 3) * np.exp(1j * rng.uniform(-2.7, 2.7, 3))
        check_against_brute_force(model, task, parameters, ridges, 3e-12, float(rng.exponential()))
        made += 1


@pytest.mark.parametrize("decades", [3, 300])
def test_continuation_starts_anywhere(decades):
    s = np.array([10.0**-decades * np.exp(1j * angle) for angle in (0.1, 1.5, 2.8)])
    found = continued(TASK, th.random_features().slots.layers, [np.full(3, 30.0), np.full(3, 25.0)], s)
    assert found.converged.all()
    ridgeless = th.random_features().evaluate(TASK, n_samples=25, n_features=30).kappa
    if decades == 300:
        np.testing.assert_allclose(found.kappa, ridgeless, rtol=1e-12)
        np.testing.assert_allclose(found.pairs[1][1] * found.pairs[0][1] * found.kappa, s, rtol=1e-12)


@pytest.mark.parametrize("n_features", [30.0, 1e5, np.inf])
def test_small_ridges_cost_no_more_than_large_ones(monkeypatch, n_features):
    visited, levels, layers = [], Path.levels, th.random_features().slots.layers
    monkeypatch.setattr(Path, "levels", lambda path, of, kappa: visited.append(kappa.size) or levels(path, of, kappa))
    for modulus in 10.0 ** -np.arange(-2.0, 40.0, 7.0):
        visited.clear()
        s = modulus * np.exp(1j * np.array([0.1, 0.8, 1.6, 2.5]))
        found = continued(th.PowerLaw(1.5, 0.4), layers, [np.full(4, n_features), np.full(4, 25.0)], s)
        assert found.converged.all()
        assert sum(visited) <= 20 * s.size, modulus


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ridge": [-1.0]}, "ridge = [-1.0] is not admissible: ridge must be off the negative real axis"),
        ({"ridge": 1.0}, "a list of finite numbers"),
        ({"ridge": []}, "a list of finite numbers"),
        ({"ridge": [np.nan]}, "a list of finite numbers"),
        ({"ridge": ["1"]}, "a list of finite numbers"),
        ({"ridge": [1.0], "n_features": [2, 3]}, "single numbers"),
        ({"ridge": [1.0], "noise": -1}, "noise = -1"),
        ({"ridge": [1.0], "depth": 2}, "depth = 2"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        th.random_features().two_point_at(TASK, **{"n_samples": 20, "n_features": 30, **arguments})
