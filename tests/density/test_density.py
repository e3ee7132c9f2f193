"""Eigenvalue densities: Marchenko-Pastur, random chains against continuation from above and draws, hard edges, bad input."""

import pickle
import re
import warnings

import numpy as np
import pytest

import theory as th
from tests.chain.test_layers import Doubled, Stiff
from tests.density.chains import draw, random_chain
from tests.zoo import admissible_chains, label, sizes
from theory.density.bands import Bands

LINEAR = th.linear_ridge()


def marchenko_pastur(x, dims, rows):
    """Return the density of a nonzero eigenvalue of ZZᵀ/P times their number over P, for D white coordinates."""
    low, high = ((1.0 - np.sqrt(dims / rows)) ** 2, (1.0 + np.sqrt(dims / rows)) ** 2)
    return np.sqrt((high - x) * (x - low)) / (2.0 * np.pi * x), low, high


@pytest.mark.parametrize("rows", [25.0, 99.0, 100.0, 100.01, 140.0, 1e4, 1e9])
def test_marchenko_pastur(rows):
    found = LINEAR.spectrum(th.Isotropic(100), n_samples=rows)
    _, low, high = marchenko_pastur(1.0, 100, rows)
    assert found.certificate.passed
    np.testing.assert_allclose(found.edges, [high, low], rtol=1e-12, atol=1e-15)
    x = low + (high - low) * np.sort(np.concatenate((np.linspace(1e-3, 1.0 - 1e-3, 500), [1e-6, 1e-5, 1.0 - 1e-5, 1.0 - 1e-6])))
    expected = marchenko_pastur(x, 100, rows)[0]
    np.testing.assert_allclose(found.density(x), expected, rtol=1e-9 if rows < 1e6 else 1e-7)
    mass, mean = found.sums()
    assert mass == pytest.approx(1.0, abs=1e-9)
    assert mean == pytest.approx(found.mean, rel=1e-9)
    assert found.mean == 100 / rows


def test_at_a_ratio_of_exactly_one_counts_are_arcs_down_to_zero():
    found = LINEAR.spectrum(th.Isotropic(100), n_samples=100)
    angle = np.concatenate((np.linspace(0.01, 0.99, 300), 1.0 - 10.0 ** -np.arange(3.0, 12.0))) * np.pi / 2
    x = 4.0 * np.cos(angle) ** 2
    expected = 1.0 - (2 * angle - np.sin(2 * angle)) / np.pi
    np.testing.assert_allclose(found.cdf(x), expected, atol=1e-13)
    assert found.atoms == ()
    assert found.bands[0].lower == 0.0
    np.testing.assert_allclose(found.quantiles(3000)[-1], (np.pi / 2 / 6000) ** 2, rtol=1e-6)


@pytest.mark.parametrize("model", [m for m in admissible_chains() if m.slots.data and not m.slots.pool_outside], ids=label)
def test_every_chain_counts_as_its_draws(model):
    task = th.PowerLaw(1.3, 0.4, size=240)
    given = {key: float(round(4.0 * value)) if key.startswith("n_") else value for key, value in sizes(model).items()}
    found = model.spectrum(task, **given)
    assert found.certificate.passed
    rng = np.random.default_rng(3)
    drawn = np.concatenate([draw(task, model, given, rng) for _ in range(10)])
    positive = np.sort(drawn[drawn > 0])
    n = drawn.size
    empirical = 1.0 - (np.arange(positive.size)[::-1] + 0.5) / n
    assert np.abs(found.cdf(positive) - empirical).max() < 0.02
    assert found.mean == pytest.approx(drawn.mean(), rel=0.1)
    covariance = model.spectrum(task, of="covariance", **given)
    np.testing.assert_allclose(covariance.edges, found.edges, rtol=1e-13)
    assert covariance.entropy == pytest.approx(found.entropy, rel=1e-12)


@pytest.mark.parametrize("model", [m for m in admissible_chains() if not m.slots.data], ids=label)
def test_every_stack_of_features_has_its_population_spectrum(model):
    task, given = th.PowerLaw(1.3, 0.4, size=60), sizes(model)
    found = model.spectrum(task, of="features", **given)
    rows = th.Chain(th.Samples(), *model.layers)
    same = rows.spectrum(task, of="features", **given)
    assert found.certificate.passed
    assert found.mean == same.mean
    mass, mean = found.sums()
    assert mass == pytest.approx(1.0, abs=1e-5)
    assert mean == pytest.approx(found.mean, rel=1e-5)
    many = rows.spectrum(task, of="covariance", n_samples=1e12, **given)
    assert many.entropy == pytest.approx(found.entropy, rel=1e-9)


def check_random(rng):
    """Compare a random chain with continuation from above at points of its bands; return the largest |ΔN|."""
    task, chain, given = random_chain(rng)
    found = chain.spectrum(task, **given)
    name = f"{task!r} {chain!r} {given}"
    assert found.certificate.passed, name
    mass, mean = found.sums()
    assert abs(mass - 1.0) < 1e-5, name
    assert abs(mean / found.mean - 1.0) < 1e-4, name
    predicted = found.quantiles()
    assert (np.diff(predicted) <= 0).all(), name
    points = [np.exp(rng.uniform(np.log(max(low, 1e-8 * high)), np.log(high), 2)) for low, high, _ in found.bands]
    if not points:
        return 0.0
    x = np.concatenate(points)[:12]
    kappa, good = found._curve._vertically(x)
    assert good.all(), name
    expected = found._levels.count(kappa, (-x).astype(complex)).above
    return float(np.abs(found._counted(x)[0] - expected).max())


def test_random_chains_agree_with_continuation_from_above():
    rng = np.random.default_rng(0)
    assert max(check_random(rng) for _ in range(12)) < 1e-10


@pytest.mark.slow
def test_two_hundred_random_chains_agree_with_continuation_from_above():
    rng = np.random.default_rng(1)
    assert max(check_random(rng) for _ in range(200)) < 1e-10


@pytest.mark.slow
def test_random_chains_count_as_their_draws():
    rng = np.random.default_rng(2)
    for _ in range(40):
        task, chain, given = random_chain(rng)
        if min(value for slot, value in zip(chain.slots, given.values(), strict=True) if slot.is_size) < 8:
            continue  # too small for the limit
        found = chain.spectrum(task, **given)
        drawn = np.concatenate([draw(task, chain, given, rng) for _ in range(20)])
        positive = np.sort(drawn[drawn > 1e-9 * drawn.max()])
        empirical = 1.0 - (np.arange(positive.size)[::-1] + 0.5) / drawn.size
        assert np.abs(found.cdf(positive) - empirical).max() < 0.05, (task, chain, given)


@pytest.mark.parametrize("excess", [-1e-2, -1e-6, -1e-9, -1e-12, 1e-12, 1e-9, 1e-6, 1e-2])
def test_gaps_that_barely_close(excess):
    """Two levels 1 and 3 of equal mass separate at P = (A^⅓ + B^⅓)³/l², A = m λ²."""
    critical = (50.0 ** (1 / 3) + 450.0 ** (1 / 3)) ** 3 / 4.0
    found = LINEAR.spectrum(th.Discrete([1.0, 3.0], [1.0, 1.0], [50, 50]), n_samples=critical * (1.0 + excess))
    assert found.certificate.passed
    assert [band.mass for band in found.bands] == ([50.0, 50.0] if excess > 1e-10 else [100.0])
    mass, mean = found.sums()
    assert mass == pytest.approx(1.0, abs=1e-6)
    assert mean == pytest.approx(found.mean, rel=1e-6)
    inner = found.quantiles(1000)
    assert np.isfinite(inner).all()
    assert (np.diff(inner) <= 0).all()


def test_isolated_eigenvalues_have_integer_mass_and_the_spread_of_a_sample():
    task, rows = th.PowerLaw(1.5, 0.3, size=400), 400
    found = LINEAR.spectrum(task, n_samples=rows)
    alone = [band for band in found.bands if band.mass == 1.0]
    assert len(alone) >= 5
    spread, predicted = found.deviations(), found.quantiles()
    rng = np.random.default_rng(0)
    drawn = np.array([draw(task, LINEAR, {"n_samples": rows}, rng)[:3] for _ in range(200)])
    np.testing.assert_allclose(spread[:3], predicted[:3] * np.sqrt(2.0 / rows), rtol=0.03)
    np.testing.assert_allclose(drawn.std(axis=0), spread[:3], rtol=0.2)
    assert (np.abs(drawn.mean(axis=0) - predicted[:3]) < 5.0 * spread[:3] / np.sqrt(200.0) + 0.01 * predicted[:3]).all()
    assert np.isnan(spread[-1])


def test_a_projection_keeps_what_it_cannot_reach():
    """Of a multiplicity m, m − (n − N) stays, at (n/N) times the level."""
    found = th.Chain(th.HaarProjection()).spectrum(th.Discrete([1.0, 3.0], [1, 1], [50, 50]), of="features", n_features=90)
    assert [round(weight * 90) for _, weight in found.atoms] == [40, 40]
    np.testing.assert_allclose([x for x, _ in found.atoms], [3 / 0.9, 1 / 0.9], rtol=1e-14)
    assert sum(band.mass for band in found.bands) == 10


def test_noise_on_a_level_with_empty_directions_is_an_atom():
    model = th.Chain(th.FeatureNoise(), th.GaussianFeatures())
    found = model.spectrum(th.PowerLaw(1.5, 0.3, size=60), of="features", n_features=100, feature_noise=0.02)
    ((place, weight),) = found.atoms
    assert place == pytest.approx(0.02, rel=1e-13)
    assert weight * 100 == pytest.approx(40)


def test_a_population_is_its_own_spectrum():
    found = LINEAR.spectrum(th.Discrete([1.0, 4.0, 0.0], [1.0, 1.0, 1.0], [2, 1, 1]), of="features")
    assert found.atoms == ((4.0, 0.25), (1.0, 0.5), (0.0, 0.25))
    np.testing.assert_array_equal(found.quantiles(), [4.0, 1.0, 1.0, 0.0])
    np.testing.assert_array_equal(found.cdf([0.5, 1.0, 3.0, 4.0]), [0.25, 0.75, 0.75, 1.0])
    p = np.array([4.0, 1.0, 1.0]) / 6.0
    assert found.entropy == pytest.approx(-(p * np.log(p)).sum(), rel=1e-13)
    assert found.effective_rank == pytest.approx(np.exp(found.entropy))


@pytest.mark.parametrize("capacity", [1.05, 1.5, 3.0])
@pytest.mark.parametrize("size", [2, 1000, 100_000, None])
def test_power_laws_short_long_and_infinite(capacity, size):
    task, rows = th.PowerLaw(capacity, 0.3, size=size) if size else th.PowerLaw(capacity, 0.3), 150.0
    found = LINEAR.spectrum(task, n_samples=rows)
    assert found.certificate.passed
    mass, mean = found.sums()
    assert mass == pytest.approx(1.0, abs=1e-6)
    assert mean == pytest.approx(found.mean, rel=1e-6)


def test_laws_that_are_not_listed_agree_with_those_that_are(monkeypatch):
    import theory.density.modes as modes

    task = th.PowerLaw(1.6, 0.3, size=15_000)
    listed = LINEAR.spectrum(task, n_samples=300)
    monkeypatch.setattr(modes, "LISTED", 1000)
    graded = LINEAR.spectrum(task, n_samples=300)
    assert graded._levels.modes.eigenvalues.size < 3000
    np.testing.assert_allclose(graded.edges, listed.edges, rtol=1e-12)
    np.testing.assert_allclose(graded.quantiles(), listed.quantiles(), rtol=1e-10)


@pytest.mark.parametrize("layer", [Doubled(), Stiff(), th.Layer.from_s_transform(th.s_transform("1/(1 - d/N)**2"))])
def test_layers_declared_elsewhere(layer):
    task = th.PowerLaw(1.4, 0.3, size=80)
    found = th.Chain(th.Samples(), layer).spectrum(task, n_samples=120, n_features=100)
    assert found.certificate.passed
    mass, mean = found.sums()
    assert mass == pytest.approx(1.0, abs=1e-5)
    assert mean == pytest.approx(found.mean, rel=1e-5)


def test_twice_the_same_features_is_their_square():
    task = th.PowerLaw(1.4, 0.3, size=80)
    free = th.Layer.from_s_transform(th.s_transform("1/(1 - d/N)**2"))
    one = th.Chain(th.Samples(), free).spectrum(task, n_samples=120, n_features=100)
    two = th.deep_random_features(2).spectrum(task, n_samples=120, n_features_1=100, n_features_2=100)
    np.testing.assert_allclose(one.quantiles(), two.quantiles(), rtol=1e-9)
    assert one.entropy == pytest.approx(two.entropy, rel=1e-12)


def test_a_projection_onto_everything_changes_nothing():
    """It divides by what it multiplies with: no hard edge, though its size is that of the population."""
    task, model = th.Isotropic(54), th.Chain(th.Samples(), th.HaarProjection())
    found = model.spectrum(task, n_features=54, n_samples=144)
    np.testing.assert_allclose(found.edges, LINEAR.spectrum(task, n_samples=144).edges, rtol=1e-12)
    assert found.certificate.passed


def test_a_square_of_features_fewer_than_the_rank_reaches_down_to_zero():
    task, free = th.PowerLaw(1.4, 0.3, size=80), th.Layer.from_s_transform(th.s_transform("1/(1 - d/N)**2"))
    one = th.Chain(th.Samples(), free).spectrum(task, n_samples=120, n_features=50)
    two = th.deep_random_features(2).spectrum(task, n_samples=120, n_features_1=50, n_features_2=50)
    assert one.certificate.passed
    assert one.bands[-1].lower == two.bands[-1].lower == 0.0
    np.testing.assert_allclose(one.quantiles(), two.quantiles(), rtol=1e-6)


def test_nonlinear_features_have_their_own_scale():
    task, model = th.Isotropic(40), th.nonlinear_random_features("tanh")
    found = model.spectrum(task, of="features", n_features=60)
    rng = np.random.default_rng(0)
    F = rng.standard_normal((40, 60)) / np.sqrt(40)
    drawn = np.tanh(rng.standard_normal((20_000, 40)) @ F) / np.sqrt(60)
    assert found.mean == pytest.approx(np.trace(drawn.T @ drawn) / 20_000 / 60, rel=0.03)


def test_entropy_is_that_of_the_predicted_eigenvalues():
    found = th.random_features().spectrum(th.PowerLaw(1.3, 0.4, size=300), n_samples=400, n_features=350)
    p = found.quantiles(4000)
    p = p[p > 0] / p.sum()
    assert found.entropy == pytest.approx(-(p * np.log(p)).sum() - np.log(10.0), abs=2e-3)


def test_what_fails_its_certificate_is_not_handed_out(monkeypatch):
    monkeypatch.setattr(Bands, "_joined", lambda *_: False)
    found = LINEAR.spectrum(th.Isotropic(30), n_samples=50)
    assert found.certificate.failures == ("a band was not followed to its end",)
    assert np.isnan(found.density([0.5, 1.0])).all()
    assert np.isnan(found.cdf(1.0))
    assert np.isnan(found.quantiles()).all()
    assert "failed" in repr(found)


def test_densities_pickle():
    found = LINEAR.spectrum(th.PowerLaw(1.5, 0.3), n_samples=50)
    before = found.quantiles()
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(found)).quantiles(), before)


@pytest.mark.parametrize(
    ("words", "call"),
    [
        ("n_features must be given", lambda: th.random_features().spectrum(th.Isotropic(9), n_samples=10)),
        ("ridge must be left out", lambda: LINEAR.spectrum(th.Isotropic(9), n_samples=10, ridge=1.0)),
        ("noise must be left out", lambda: LINEAR.spectrum(th.Isotropic(9), n_samples=10, noise=1.0)),
        ("of must be one of", lambda: LINEAR.spectrum(th.Isotropic(9), of="gram", n_samples=10)),
        ("single number", lambda: LINEAR.spectrum(th.Isotropic(9), n_samples=[10, 20])),
        ("n_samples must be left out", lambda: LINEAR.spectrum(th.Isotropic(9), of="features", n_samples=10)),
        ("finite size", lambda: LINEAR.spectrum(th.PowerLaw(1.5, 0.3), of="covariance", n_samples=10)),
        ("finite size", lambda: LINEAR.spectrum(th.Isotropic(9), n_samples=np.inf)),
        ("finite size", lambda: LINEAR.spectrum(th.PowerLaw(1.5, 0.3), of="features")),
        ("without rows of data", lambda: th.Chain(th.GaussianFeatures()).spectrum(th.Isotropic(9), n_features=3)),
        ("a spectrum", lambda: LINEAR.spectrum([1.0, 2.0], n_samples=3)),
        ("at most 9", lambda: th.Chain(th.HaarProjection()).spectrum(th.Isotropic(9), of="features", n_features=10)),
        ("x must be a number > 0", lambda: LINEAR.spectrum(th.Isotropic(9), n_samples=3).density(0.0)),
        ("x must be a number > 0", lambda: LINEAR.spectrum(th.Isotropic(9), n_samples=3).cdf([1.0, -1.0])),
        ("x must be a number > 0", lambda: LINEAR.spectrum(th.Isotropic(9), n_samples=3).density(np.inf)),
        ("n must be a whole number", lambda: LINEAR.spectrum(th.Isotropic(9), n_samples=3.5).quantiles()),
        ("n must be a whole number", lambda: LINEAR.spectrum(th.Isotropic(9), n_samples=3).quantiles(0)),
    ],
)
def test_what_is_refused(words, call):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=re.escape(words)):
            call()
