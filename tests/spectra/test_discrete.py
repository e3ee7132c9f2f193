"""Discrete and isotropic spectra: values, hard inputs, refusals, and properties over the whole domain."""

import copy
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

import theory as th
from theory.spectra.discrete import Discrete, RoundingWarning
from theory.spectra.isotropic import Isotropic

ORDERS = ((1, 0, 0), (0, 1, 0), (1, 1, 0), (2, 0, 0), (0, 2, 0), (0, 1, 1), (1, 1, 1), (0, 2, 1), (1, 2, 1))
RNG = np.random.default_rng(7)
K = np.arange(1.0, 401.0)
SPECTRA = {
    "single": Discrete([3.0], [0.5]),
    "zeros": Discrete([0.0, 2.0, 0.0, 1e-9], [1.0, 0.5, 0.0, 3.0]),
    "power": Discrete(K**-1.5, K**0.1),
    "multiple": Discrete([1.0, 1e-3, 1e-7, 0.0], [1.0, 0.0, 7.0, 2.0], multiplicity=[3, 10**9, 10**14, 5]),
    "signal": Discrete.from_signal([1.0, 1e-290, 0.0], [1.0, 2.0, 0.0]),
    "extreme": Discrete([1e300, 1.0, 5e-324], [1e-300, 1.0, 1e300]),
    "many": Discrete(RNG.lognormal(0, 3, 400), RNG.exponential(1, 400), RNG.integers(1, 20, 400)),
    "isotropic": Isotropic(400, 2.0),
}


def exact_modes(spectrum):
    """Return λ, n and single-mode signals as exact fractions."""
    if isinstance(spectrum, Isotropic):
        return [(Fraction(1), spectrum.size, Fraction(spectrum.signal) / spectrum.size)]
    if spectrum == SPECTRA["signal"]:
        return [(Fraction(v), 1, Fraction(w)) for v, w in ((1.0, 1), (1e-290, 2), (0.0, 0))]
    rows = zip(spectrum.eigenvalues.tolist(), spectrum.target_power.tolist(), spectrum.multiplicity.tolist(), strict=True)
    return [(Fraction(v), n, Fraction(c) * Fraction(v)) for v, c, n in rows]


def exact_moments(spectrum, kappa, orders=ORDERS):
    """Return the moments at κ ≠ 0 by mpmath from exact fractions."""
    sums = [mp.zero] * len(orders)
    for value, n, signal in exact_modes(spectrum):
        level = mp.mpf(value.numerator) / value.denominator
        weights = (mp.mpf(n), n * mp.mpf(signal.numerator) / signal.denominator)
        x, y = level / (level + kappa), kappa / (level + kappa)
        sums = [s + weights[q] * x**i * y**j for s, (i, j, q) in zip(sums, orders, strict=True)]
    return sums


def kappas(spectrum):
    """Return ridges below, within and above the spectrum, and admissible negative ones."""
    low = spectrum.smallest
    return np.array([1e-300, 1e-12, 3e-4, 0.9, 40.0, 1e8, -low / 3 if low > 1e-300 else 1.0])


@pytest.mark.parametrize("name", SPECTRA)
def test_moments_are_the_sums(name):
    spectrum = SPECTRA[name]
    kappa = kappas(spectrum)
    with mp.workdps(40):
        right = [exact_moments(spectrum, mp.mpf(float(k))) for k in kappa]
        found = np.transpose(spectrum.moments(kappa, ORDERS))
        for got, expected in zip(found, right, strict=True):
            assert all(abs(a - b) <= 4e-15 * abs(b) + 1e-305 for a, b in zip(got, expected, strict=True))
        for k, expected in zip(kappa, right, strict=True):
            precise = spectrum.moments(mp.mpf(float(k)), ORDERS)
            assert all(abs(a - b) <= mp.mpf("1e-38") * abs(b) for a, b in zip(precise, expected, strict=True))


@pytest.mark.parametrize("name", SPECTRA)
def test_excess_is_d_minus_n(name):
    spectrum = SPECTRA[name]
    kappa = kappas(spectrum)
    for n in (0.0, 0.5, spectrum.rank, spectrum.rank * (1 - 1e-6), spectrum.size + 1.0):
        difference, slope = spectrum.excess(kappa, np.full(kappa.size, float(n)))
        for point, k in enumerate(kappa):
            with mp.workdps(400):
                d, q = exact_moments(spectrum, mp.mpf(float(k)), ((1, 0, 0), (1, 1, 0)))
                assert abs(difference[point] - (d - n)) <= 2e-14 * abs(d - n) + 4e-16 * q + 1e-305
                assert abs(slope[point] - q) <= 1e-14 * abs(q) + 1e-305


def test_attributes():
    spectrum = SPECTRA["multiple"]
    assert (spectrum.size, spectrum.rank, spectrum.smallest) == (10**14 + 10**9 + 8, 10**14 + 10**9 + 3, 1e-7)
    assert spectrum.total_variance == pytest.approx(3 + 1e6 + 1e7, rel=1e-15)
    assert spectrum.signal == pytest.approx(3 + 7e7, rel=1e-15)
    isotropic = SPECTRA["isotropic"]
    assert (isotropic.size, isotropic.rank, isotropic.smallest, isotropic.signal) == (400, 400, 1.0, 2.0)
    assert Isotropic(10**15).total_variance == 1e15
    assert Isotropic(1e15) == Isotropic(np.int64(10**15))


@pytest.mark.parametrize("name", SPECTRA)
def test_ridgeless_limit(name):
    spectrum = SPECTRA[name]
    null = spectrum.size - spectrum.rank
    for zero in (np.zeros(2), mp.mpf(0)):
        d, missed, both, signal = spectrum.moments(zero, ((1, 0, 0), (0, 2, 0), (1, 1, 1), (1, 0, 1)))
        assert np.all(abs(d / spectrum.rank - 1) < 1e-15)
        assert np.all(missed == null)
        assert np.all(both == 0)
        assert np.all(abs(signal / spectrum.signal - 1) < 1e-15)
    difference, slope = spectrum.excess(np.zeros(1), np.array([spectrum.rank - 0.5]))
    assert (difference[0], slope[0]) == (0.5, 0.0)


def test_shapes():
    for spectrum in SPECTRA.values():
        for shape in ((), (1,), (2, 3), (0,)):
            assert [m.shape for m in spectrum.moments(np.full(shape, 0.3), ORDERS[:2])] == [shape] * 2
    both_signs = SPECTRA["power"].moments(np.array([[1.0, -1e-5], [0.0, 2.0]]), ((1, 0, 0),))[0]
    assert both_signs.shape == (2, 2)
    assert both_signs[0, 1] == SPECTRA["power"].moments(-1e-5, ((1, 0, 0),))[0]


@pytest.mark.parametrize("name", ["zeros", "power", "isotropic", "extreme"])
def test_ridges_beyond_the_smallest_eigenvalue_are_refused(name):
    spectrum = SPECTRA[name]
    for kappa in (-spectrum.smallest, -2.0, np.nan, np.inf):
        for call in (
            lambda k, s=spectrum: s.moments(np.array([1.0, k]), ORDERS),
            lambda k, s=spectrum: s.moments(mp.mpf(k), ORDERS),
            lambda k, s=spectrum: s.excess(np.array([k, 1.0]), np.ones(2)),
        ):
            with pytest.raises(ValueError, match=r"kappa = .* is not admissible"):
                call(kappa)


def test_truncate_and_explicit():
    spectrum = Discrete([1.0, 4.0, 4.0, 0.0], [0.5, 0.25, 2.0, 9.0], multiplicity=[3, 1, 2, 2])
    eigenvalues, power = spectrum.explicit()
    assert eigenvalues.tolist() == [4.0, 4.0, 4.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    assert power.tolist() == [2.0, 2.0, 0.25, 0.5, 0.5, 0.5, 9.0, 9.0]
    for n in range(1, 9):
        assert [column.tolist() for column in spectrum.truncate(n).explicit()] == [
            eigenvalues[:n].tolist(),
            power[:n].tolist(),
        ]
    assert spectrum.truncate(8) == spectrum
    assert Isotropic(10, 5.0).truncate(4) == Isotropic(4, 2.0)
    assert [column.tolist() for column in Isotropic(2, 5.0).explicit()] == [[1.0, 1.0], [2.5, 2.5]]
    for task in (spectrum, Isotropic(8)):
        for n in (0, -1, 9, 2.5, np.nan, "2", True, None):
            with pytest.raises(ValueError, match="n_modes"):
                task.truncate(n)
    for long in (Isotropic(10**8), Discrete([1.0], [1.0], [10**8])):
        with pytest.raises(ValueError, match="truncate"):
            long.explicit()


def test_signals_in_place_of_powers():
    given_signal = Discrete.from_signal([1e-3, 2.0, 0.0], [5.0, 1.0, 0.0], [2, 1, 4])
    assert given_signal.target_power.tolist() == [0.5, 5000.0, 0.0]
    assert given_signal.signal == 11.0
    assert [column.size for column in given_signal.explicit()] == [7, 7]
    assert given_signal.truncate(2) == Discrete.from_signal([2.0, 1e-3], [1.0, 5.0])
    assert given_signal != Discrete(given_signal.eigenvalues, given_signal.target_power, given_signal.multiplicity)
    # the power of a tiny eigenvalue overflows, its signal does not
    tiny = Discrete.from_signal([1.0, 1e-310], [1.0, 2.0])
    assert tiny.moments(np.array([1e-310]), ((1, 0, 1),))[0][0] == pytest.approx(2.0, rel=1e-15)
    with pytest.raises(ValueError, match="target_power"):
        tiny.explicit()


def test_signal_on_zero_modes_is_missed_at_any_kappa():
    partly = Discrete.from_signal([1.0, 0.0, 0.0], [1.0, 0.25, 0.5])
    assert (partly.unlearnable, partly.signal) == (0.75, 1.75)
    for kappa in (np.array([0.0, 1.0]), mp.mpf(1)):
        learnt, missed, both = partly.moments(kappa, ((1, 0, 1), (0, 2, 1), (1, 1, 1)))
        last = [float(np.ravel(value)[-1]) for value in (learnt, missed, both)]
        assert last == [0.5, 1.0, 0.25]
    assert partly.truncate(1).unlearnable == 0.0
    with pytest.raises(ValueError, match="target_power"):
        partly.explicit()


def test_values_make_identity():
    spectrum = Discrete([1.0, 4.0, 4.0], [0.5, 0.25, 0.25])
    same = (Discrete([4.0, 1.0, 4.0], [0.25, 0.5, 0.25]), Discrete([1, 4], [0.5, 0.25], [1, 2]))
    for other in (*same, copy.deepcopy(spectrum), pickle.loads(pickle.dumps(spectrum))):
        assert other == spectrum
        assert hash(other) == hash(spectrum)
    for other in (Discrete([1, 4], [0.5, 0.25]), Discrete([1.0, 4.0, 4.0], [0.5, 0.25, 0.26]), Isotropic(3), "task"):
        assert other != spectrum
    assert len({Isotropic(3), Isotropic(3, 1), Isotropic(3, 2.0)}) == 2


def test_immutable():
    source = np.array([1.0, 2.0])
    spectrum = Discrete(source, [1.0, 1.0])
    source[0] = 7.0
    assert spectrum.eigenvalues.tolist() == [2.0, 1.0]
    for array in (spectrum.eigenvalues, spectrum.target_power, spectrum.multiplicity):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 3
    for task in (spectrum, Isotropic(3)):
        with pytest.raises(AttributeError, match="immutable"):
            task.size = 3


def test_repr():
    assert repr(Discrete([1.0, 4.0], [0.5, 0.25])) == "Discrete([4.0, 1.0], [0.25, 0.5])"
    assert repr(Discrete.from_signal([1.0], [2.0], [3])) == "Discrete.from_signal([1.0], [2.0], [3])"
    assert repr(Isotropic(3)) == "Isotropic(size=3, signal=1.0)"
    assert len(repr(SPECTRA["many"])) < 400


BAD_COLUMNS = [[], [np.nan], [np.inf], [-1.0], [[1.0]], 1.0, "1", ["a"], [1j], [[1.0], [1.0, 2.0]], None, [None], [True]]


@pytest.mark.parametrize("column", [*BAD_COLUMNS, [0.0], [1e301]], ids=repr)
def test_bad_eigenvalues(column):
    for make in (Discrete, Discrete.from_signal):
        with pytest.raises(ValueError, match=r"eigenvalues = .* is not admissible"):
            make(column, [1.0])


@pytest.mark.parametrize("column", [*BAD_COLUMNS, [1.0, 2.0], [1e301]], ids=repr)
def test_bad_targets(column):
    with pytest.raises(ValueError, match=r"target_power = .* is not admissible"):
        Discrete([1.0], column)
    with pytest.raises(ValueError, match=r"signal = .* is not admissible"):
        Discrete.from_signal([1.0], column)


@pytest.mark.parametrize("column", [*BAD_COLUMNS, [0], [1.5], [1, 1], [10**301]], ids=repr)
def test_bad_multiplicities(column):
    if column is not None:
        with pytest.raises(ValueError, match=r"multiplicity = .* is not admissible"):
            Discrete([1.0], [1.0], column)


def test_products_and_sums_out_of_range():
    for arguments, name in (
        (([1e200], [1e200]), "target_power"),
        (([1e-200], [1e-200]), "target_power"),
        (([1e300], [0.0], [10**15]), "eigenvalues"),
        (([1.0, 1.0], [1.0, 1.0], [10**300, 1]), "multiplicity"),
    ):
        with pytest.raises(ValueError, match=f"{name} = "):
            Discrete(*arguments)
    assert Discrete([1.0, 1e-200], [1.0, 1e-200]).signal == 1.0
    assert Discrete([1.0], [0.0]).signal == 0.0
    for size in (0, -1, 1.5, 10**15 + 1, np.inf, np.nan, "3", True, [3], None):
        with pytest.raises(ValueError, match="size = "):
            Isotropic(size)
    for signal in (-1.0, np.nan, np.inf, 1j, "1", [1.0], None):
        with pytest.raises(ValueError, match="signal = "):
            Isotropic(3, signal)


def positive(low, high):
    """Return floats between powers of ten."""
    return st.floats(low, high).map(lambda exponent: 10.0**exponent)


ROWS = st.lists(st.tuples(st.one_of(st.just(0.0), positive(-250, 250)), positive(-5, 5), st.integers(1, 10**6)), max_size=60)


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, head=positive(-30, 30), kappa=st.lists(positive(-280, 280), min_size=2, max_size=8))
def test_properties(rows, head, kappa):
    eigenvalues, power, multiplicity = zip((head, 1.0, 2), *rows, strict=True)
    spectrum = Discrete(eigenvalues, power, multiplicity)
    kappa = np.sort(kappa)
    d, both, squared, missed, signal, learnt, lost = spectrum.moments(
        kappa, ((1, 0, 0), (1, 1, 0), (2, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (0, 1, 1))
    )
    for moment in (d, both, squared, missed, signal, learnt, lost):
        assert np.isfinite(moment).all()
        assert (moment >= 0.0).all()
    assert (np.diff(d) <= 1e-14 * d[:-1]).all()
    np.testing.assert_allclose(both + squared, d, rtol=1e-14, atol=1e-300)
    np.testing.assert_allclose(d + missed, spectrum.size, rtol=1e-14)
    np.testing.assert_allclose(learnt + lost, spectrum.signal, rtol=1e-14)
    np.testing.assert_allclose(signal, spectrum.signal, rtol=1e-14)
    difference, slope = spectrum.excess(kappa, d)
    assert (abs(difference) <= 1e-14 * d).all()
    np.testing.assert_allclose(slope, both, rtol=1e-14, atol=1e-300)


@settings(max_examples=30, deadline=None)
@given(modes=st.integers(100, 2000), spread=st.floats(0.0, 9.0), seed=st.integers(0, 1000), kappa=positive(-15, 15))
def test_compression_never_shows(modes, spread, seed, kappa):
    rng = np.random.default_rng(seed)
    eigenvalues, signals = rng.lognormal(0.0, spread, modes), rng.exponential(1.0, modes) ** 3
    spectrum = Discrete.from_signal(eigenvalues, signals)
    x, y = eigenvalues / (eigenvalues + kappa), kappa / (eigenvalues + kappa)
    for (i, j, q), value in zip(ORDERS, spectrum.moments(kappa, ORDERS), strict=True):
        assert value == pytest.approx(np.sum((signals if q else 1.0) * x**i * y**j), rel=5e-14)


def test_spheres_have_more_modes_than_doubles_count():
    """Harmonics of degree n on a sphere in 60 dimensions: more than 10^15 from n = 17 on; every sum is right all the same."""
    degrees = range(40)
    counts = [math.comb(n + 59, n) - (math.comb(n + 57, n - 2) if n > 1 else 0) for n in degrees]
    eigenvalues, power = [0.5**n / count for n, count in zip(degrees, counts, strict=True)], [1.0 / (1 + n) for n in degrees]
    empty = 10**40 + 1
    task = Discrete([*eigenvalues, 0.0], [*power, 0.0], [*counts, empty])
    assert sum(counts) > 10**20
    assert task.multiplicity.tolist()[:-1] == counts
    assert (task.size, task.rank) == (float(sum(counts) + empty), float(sum(counts)))
    kappa, orders = np.array([1e-25, 1e-9, 1.0]), ((1, 0, 0), (1, 1, 0), (0, 1, 1), (0, 2, 1), (0, 1, 0))
    found = task.moments(kappa, orders)
    with mp.workdps(30):
        for place, k in enumerate(map(mp.mpf, kappa)):
            rows = [(mp.mpf(e), n, mp.mpf(c)) for e, n, c in zip(eigenvalues, counts, power, strict=True)]
            for (i, j, q), values, precise in zip(orders, found, task.moments(k, orders), strict=True):
                right = mp.fsum(n * (c * e if q else 1) * e**i * k**j / (e + k) ** (i + j) for e, n, c in rows)
                right += empty if (i, q) == (0, 0) else 0
                assert abs(values[place] / right - 1) < 3e-14
                assert abs(precise / right - 1) < 1e-27
    turned = Discrete([0.0, *eigenvalues[::-1]], [0.0, *power[::-1]], [empty, *counts[::-1]])
    assert task == pickle.loads(pickle.dumps(task)) == turned
    assert hash(task) == hash(copy.deepcopy(task)) == hash(turned)
    assert task.truncate(10**18).size == float(10**18)
    assert Discrete(eigenvalues, power, [float(n) for n in counts]).rank == pytest.approx(task.rank, rel=1e-15)
    risk = th.random_features().evaluate(task, n_samples=1e4, n_features=1e5, ridge=1e-3, noise=0.1)
    assert np.isfinite(risk.test)


def test_rounding_below_zero_is_set_to_zero_and_said():
    covariance = np.cov(np.random.default_rng(1).normal(size=(5, 12)), rowvar=False)
    values = np.linalg.eigvalsh(covariance)
    assert values.min() < 0
    for make in (Discrete, Discrete.from_signal):
        with pytest.warns(RoundingWarning, match=r"set to zero"):
            task = make(values, np.ones(12))
        assert task.smallest > 0 or task.rank < 12
        assert (task.eigenvalues >= 0).all()
    with pytest.warns(RoundingWarning, match=r"1 eigenvalue below zero by rounding \(down to -1.8e-15\)"):
        assert Discrete([1.0, -1.8e-15], [1.0, 1.0]).rank == 1
    for values in ([1.0, -1e-6], [1.0, -1e-13], [-1.0], [0.0, -1e-300]):
        with pytest.raises(ValueError, match="not negative"):
            Discrete(values, np.ones(len(values)))
