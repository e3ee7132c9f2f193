"""The best ridge: against dense grids on both sides of zero, at closed forms, where it is zero, where there is none."""

import copy
import pickle

import numpy as np
import pytest

import theory as th
from theory.solve.optima.minimise import Search, minimise
from theory.solve.optima.ridge import RidgeSearch

NOISY = th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures())
CHAINS = {
    "linear": th.linear_ridge(), "features": th.random_features(), "deep": th.deep_random_features(2), "noisy": NOISY,
    "projection": th.Chain(th.Samples(), th.HaarProjection()),
}  # fmt: skip


def random_point(model, rng):
    """A population and arguments of every kind: finite and infinite, quiet and loud, whole sizes and others."""
    n_modes = int(rng.integers(5, 300))
    capacity, source = rng.uniform(1.1, 3), rng.uniform(0.1, 2)
    finite = model is CHAINS["projection"] or rng.random() < 0.6
    task = th.PowerLaw(capacity, source, size=n_modes) if finite else th.PowerLaw(capacity, source)
    given = {"noise": 0.0 if rng.random() < 0.4 else 10 ** rng.uniform(-6, 1.5)}
    for slot in model.slots:
        given[slot.keyword] = np.exp(rng.uniform(0, 6)) if slot.is_size else 10 ** rng.uniform(-3, 0.5)
    if model is CHAINS["projection"]:
        given["n_features"] = rng.uniform(1, n_modes)
    return task, given


@pytest.mark.parametrize("name", CHAINS)
def test_against_dense_grids(name):
    model, rng = CHAINS[name], np.random.default_rng(len(name))
    ridges = np.concatenate([[0.0], np.exp(np.linspace(-60, 20, 800))])
    signs = set()
    for _ in range(8):
        task, given = random_point(model, rng)
        found = model.optimal_ridge(task, **given)
        signs.add(float(np.sign(found)))
        assert found.converged
        assert float(model.evaluate(task, ridge=found, **given).test) == pytest.approx(float(found.risk), rel=1e-12)
        others = [model.evaluate(task, ridge=ridges, **given).test]
        for share in np.linspace(0.05, 0.95, 10):  # below zero, as far as it is admissible
            if found < 0:
                others.append(model.evaluate(task, ridge=[share * found, share * found / 0.95], **given).test)
        assert found.risk <= np.nanmin(np.concatenate(others)) * (1 + 1e-12)
    assert 1.0 in signs


def test_below_zero():
    """`PowerLaw(1.5, 1.5, size=300)`, P = 20, no noise: .00191 without ridge, .00110 at −6e-3, and less at the best one."""
    model, task = CHAINS["linear"], th.PowerLaw(1.5, 1.5, size=300)
    risks = model.evaluate(task, n_samples=20, ridge=[3e-76, -6e-3]).test
    np.testing.assert_allclose(risks, [0.00190579, 0.00109742], rtol=1e-5)
    found = model.optimal_ridge(task, n_samples=20)
    assert found.status == RidgeSearch.NEGATIVE
    assert found.risk < risks[1]
    around = model.evaluate(task, n_samples=20, ridge=float(found) * np.array([0.999, 1.0, 1.001])).test
    assert around[1] < min(around[0], around[2])
    assert around[1] == pytest.approx(float(found.risk), rel=1e-12)


def test_below_zero_under_a_projection():
    """λ(κ) falls to a limit at κ = 0 there, without a turn; the branch was followed for ever."""
    model, task = CHAINS["projection"], th.PowerLaw(1.2, 0.3, size=20)
    given = {"n_features": 5.75, "n_samples": 1e5 / 5.75}
    risks = model.evaluate(task, ridge=[0.0, -0.01, -0.1, -0.14], **given).test
    assert (np.diff(risks) > 0).all()
    with pytest.raises(ValueError, match=r"at least -0\.14171"):
        model.evaluate(task, ridge=-0.15, **given)
    assert model.optimal_ridge(task, **given).converged


def test_isotropic_closed_form():
    """λ* = σ² D/(P Σc) for an isotropic population, whatever P/D (arXiv:1507.03003): here Σc = 2, a signal of 2."""
    samples = np.array([3.0, 10.0, 40.0, 400.0])
    found = CHAINS["linear"].optimal_ridge(th.Isotropic(40, signal=2.0), n_samples=samples, noise=0.5)
    np.testing.assert_allclose(found, 0.5 * 40 / (samples * 2.0), rtol=1e-6)


def test_shapes_and_units():
    model, task = CHAINS["features"], th.PowerLaw(1.5, 0.4)
    found = model.optimal_ridge(task, n_samples=[[100], [1000]], n_features=[30, 50, 80], noise=0.1)
    assert found.shape == found.risk.shape == found.status.shape == found.converged.shape == found.reasons.shape == (2, 3)
    one = model.optimal_ridge(task, n_samples=1000, n_features=50, noise=0.1)
    assert one.shape == ()
    assert float(one) == pytest.approx(found[1, 1], rel=1e-6)
    nonlinear, finite = th.nonlinear_random_features("relu"), task.truncate(100)
    best = nonlinear.optimal_ridge(finite, n_samples=100, n_features=50, noise=0.1)
    risks = nonlinear.evaluate(finite, n_samples=100, n_features=50, noise=0.1, ridge=best * np.array([0.98, 1, 1.02])).test
    assert risks[1] == pytest.approx(float(best.risk), rel=1e-12)
    assert risks[1] < min(risks[0], risks[2])


def test_ensembles_and_single_terms():
    model, task, sizes = CHAINS["features"], th.PowerLaw(1.5, 0.4), {"n_samples": 200, "n_features": 60, "noise": 0.1}
    alone, together = model.optimal_ridge(task, **sizes), model.optimal_ridge(task, ensemble=np.inf, **sizes)
    assert together.risk < alone.risk
    assert together < alone
    bias = model.optimal_ridge(task, of="bias", **sizes)  # falls with κ, down to the edge
    assert bias.status == RidgeSearch.EDGE
    with pytest.raises(ValueError, match="edge of the branch"):
        model.evaluate(task, ridge=float(bias) * (1 + 1e-8), **sizes)
    with pytest.raises(ValueError, match="of"):
        model.optimal_ridge(task, of="bogus", **sizes)


def test_zero_and_endless():
    linear = CHAINS["linear"]
    enough = linear.optimal_ridge(th.PowerLaw(1.5, 0.4, size=20), n_samples=50)  # the target is found exactly
    assert (float(enough), float(enough.risk), int(enough.status)) == (0.0, 0.0, RidgeSearch.RIDGELESS)
    nothing = linear.optimal_ridge(th.Discrete(np.ones(20), np.zeros(20)), n_samples=30, noise=1.0)  # nothing to learn
    assert nothing.status == RidgeSearch.ENDLESS
    assert not nothing.converged


def test_results_of_arithmetic_are_plain_and_copies_are_whole():
    found = CHAINS["linear"].optimal_ridge(th.PowerLaw(1.5, 0.4), n_samples=[10, 100], noise=0.1)
    assert type(found * 2) is type(found[:1]) is np.ndarray
    for again in (pickle.loads(pickle.dumps(found)), copy.copy(found), copy.deepcopy(found)):
        np.testing.assert_array_equal(again, found)
        np.testing.assert_array_equal(again.risk, found.risk)
        assert again.converged.all()


def test_minimise_sees_every_basin():
    """Two wells a point, the deeper one on either side; ends; values that are not finite."""
    deep = np.array([-4.0, 4.0])

    def wells(x, which):
        return np.minimum((x - deep[which]) ** 2, (x + deep[which]) ** 2 + 0.1)

    found = minimise(wells, np.full(2, -10.0), np.full(2, 10.0))
    np.testing.assert_allclose(found.place, deep, atol=1e-7)
    assert (found.code == Search.INSIDE).all()
    ends = minimise(lambda x, which: np.where(which == 0, x, -x), np.zeros(2), np.ones(2))
    assert list(ends.place) == [0.0, 1.0]
    assert list(ends.code) == [Search.LOWEST, Search.HIGHEST]
    never = minimise(lambda x, which: np.full_like(x, np.nan), np.zeros(1), np.ones(1))
    assert (never.code[0], never.value[0]) == (Search.FAILED, np.inf)
