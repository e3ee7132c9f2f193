"""Sums at complex κ and at two κ: against mpmath's direct sums, and Euler-Maclaurin on the definition for infinite laws."""

import itertools

import numpy as np
import pytest
from mpmath import mp, mpc, mpf

import theory as th

ORDERS = ((1, 0, 0), (1, 1, 0), (2, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 1), (0, 2, 1))
PAIRS = ((2, 0, 0), (1, 1, 0), (2, 0, 1), (1, 1, 1), (0, 2, 1))
ANGLES = (0.3, -1.5, 2.2, 3.0, -3.0)
RNG = np.random.default_rng(5)
FINITE = {
    "few": th.Discrete([3.0, 1.0, 1.0, 0.2, 0.0], [0.1, 0.5, 0.5, 2.0, 1.0], [1, 2, 3, 4, 5]),
    "many": th.Discrete(np.sort(RNG.gamma(0.3, size=900))[100:], RNG.random(800)),
    "null": th.Discrete.from_signal([2.0, 0.5, 0.0], [0.3, 0.2, 0.7]),
    "isotropic": th.Isotropic(70, 2.0),
    "power": th.PowerLaw(1.5, 0.4, size=300, scale=2.0),
    "flat": th.PowerLaw(0.2, 0.7, size=200),
}
LAWS = {
    "1.5": (th.PowerLaw(1.5, 0.4, scale=3.0), lambda k: 3 * k ** mpf("-1.5"), lambda k: k ** -(1 + 3 * mpf(0.4))),
    "1.1": (th.PowerLaw(1.125, 0.3), lambda k: k ** -mpf("1.125"), lambda k: k ** -(1 + 2 * mpf("1.125") * mpf(0.3))),
    "steep": (th.PowerLaw(6.0, 1.3), lambda k: k ** mpf(-6), lambda k: k ** -(1 + 12 * mpf(1.3))),
    "logarithmic": (th.LogarithmicLaw(2.0, 3.0), lambda k: 1 / k / mp.log(k + 1) ** 2, lambda k: 1 / k / mp.log(k + 1) ** 3),
}


def term(order, eigenvalue, weight, kappa, other=None):
    """One mode's share of a sum, by definition."""
    i, j, q = order
    factor = weight if q else 1
    if other is None:
        return factor * eigenvalue**i * kappa**j / (eigenvalue + kappa) ** (i + j)
    above = {2: eigenvalue**2, 1: eigenvalue * other, 0: kappa * other}[i]
    return factor * above / (eigenvalue + kappa) / (eigenvalue + other)


def direct(task, order, *kappas):
    """All modes, one by one."""
    if isinstance(task, th.Discrete):
        signals = task._weight * (1 if task._is_signal else task.eigenvalues)
        rows = zip(task.eigenvalues.tolist(), signals.tolist(), task.multiplicity.tolist(), strict=True)
    elif isinstance(task, th.Isotropic):
        rows = [(1.0, task.signal / task.size, task.size)]
    else:
        alpha, r, scale = mpf(task.capacity), mpf(task.source), mpf(task.scale)
        rows = ((scale * mpf(k) ** -alpha, mpf(k) ** -(1 + 2 * alpha * r), 1) for k in range(1, task.size + 1))
    return mp.fsum(n * term(order, mpf(e), mpf(w), *kappas) for e, w, n in rows)


def continued(eigenvalue, weight, order, *kappas, head=600):
    """The first modes and Euler-Maclaurin beyond them."""

    def f(k):
        return term(order, eigenvalue(k), weight(k), *kappas)

    start = head + mpf(0.5)
    edges = [mp.log(start) + s for s in (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)]
    integral = sum(mp.quad(lambda u: f(mp.exp(u)) * mp.exp(u), pair) for pair in itertools.pairwise(edges))
    corrections = mp.diff(f, start) / 24 - 7 * mp.diff(f, start, 3) / 5760 + 31 * mp.diff(f, start, 5) / 967680
    return mp.fsum(f(mpf(k)) for k in range(1, head + 1)) + integral + corrections


def beyond(name, order, kappa):
    """What the last panel leaves of a logarithmic law."""
    end, (i, _, q) = mp.log(600.5) + 1024, order
    if name != "logarithmic" or i + q != 1:
        return 0
    return 1 / (2 * end**2) if q else 1 / end / kappa


def compare(found, expected, tolerance=1e-13):
    assert abs(mpc(found) - expected) <= max(tolerance * abs(expected), 1e-307)  # doubles end there


@pytest.mark.parametrize("name", FINITE)
@pytest.mark.parametrize("modulus", [1e-300, 1e-4, 0.3, 1e10])
def test_finite_spectra_against_direct_sums(name, modulus):
    task = FINITE[name]
    kappa = modulus * np.exp(1j * np.array(ANGLES))
    other = np.array([kappa[0], kappa[1].conj(), kappa[2] * (1 + 1e-9), 1e6 * kappa[3], abs(kappa[4])])
    one, two = task.moments(kappa, ORDERS), task.moments(kappa, PAIRS, other)
    real = task.moments(np.abs(kappa[:2]), PAIRS, np.array([2.0, 1e-3]))
    with mp.workdps(30):
        for place, (k, p) in enumerate(zip(kappa, other, strict=True)):
            for order, found in zip(ORDERS, one, strict=True):
                compare(complex(found[place]), direct(task, order, mpc(complex(k))))
            for order, found in zip(PAIRS, two, strict=True):
                compare(complex(found[place]), direct(task, order, mpc(complex(k)), mpc(complex(p))))
        for order, found in zip(PAIRS, real, strict=True):
            assert found.dtype == np.float64
            compare(float(found[1]), direct(task, order, mpf(abs(kappa[1])), mpf(1e-3)))


@pytest.mark.parametrize("name", LAWS)
def test_infinite_laws_against_euler_maclaurin(name):
    law, eigenvalue, weight = LAWS[name]
    for kappa, other in ((0.01 * np.exp(3j), 0.01 * np.exp(-3j)), (3e-3 * np.exp(-2j), 0.5)):
        one, two = law.moments(np.array(kappa), ORDERS[:4]), law.moments(np.array(kappa), PAIRS[1:4], np.array(other))
        with mp.workdps(25):
            ridges = mpc(complex(kappa)), mpc(complex(other))
            for order, found in zip(ORDERS[:4], one, strict=True):
                compare(complex(found), continued(eigenvalue, weight, order, ridges[0]) + beyond(name, order, ridges[0]))
            for order, found in zip(PAIRS[1:4], two, strict=True):
                compare(complex(found), continued(eigenvalue, weight, order, *ridges) + beyond(name, order, ridges[0]))


@pytest.mark.parametrize("task", [*(law for law, _, _ in LAWS.values()), th.PowerLaw(1.5, 0.4, size=10**15),
                                  th.PowerLaw(0.3, 1.0, size=10**9), *FINITE.values()], ids=repr)  # fmt: skip
def test_digits_and_doubles_agree(task):
    kappa, other = 1e-5 * np.exp(2.9j), np.array([2e-5 * np.exp(-1j), 1e-3])
    one = task.moments(np.array(kappa), ORDERS)
    pairs = task.moments(kappa, PAIRS, other)
    with mp.workdps(30):
        for found, value in zip(one, task.moments(mpc(kappa), ORDERS), strict=True):
            compare(complex(found), value)
        for found, value in zip(pairs, task.moments(mpc(kappa), PAIRS, mpc(complex(other[0]))), strict=True):
            compare(complex(found[0]), value)


@pytest.mark.parametrize("task", [*(law for law, _, _ in LAWS.values()), FINITE["many"], th.PowerLaw(1.5, 0.4, size=10**6)],
                         ids=repr)  # fmt: skip
def test_one_function_on_the_axis_and_off_it(task):
    """Complex sums on the positive axis are the real ones; conjugates are conjugate; equal ridges square the fractions."""
    real = np.array([1e-9, 1e-3, 2.0])
    for on, off in zip(task.moments(real, ORDERS), task.moments(real + 0j, ORDERS), strict=True):
        np.testing.assert_allclose(off, on, rtol=2e-14)
    for moment in task.moments(np.array([1e-3 + 1e-3j, 1e-3 - 1e-3j]), ORDERS):
        np.testing.assert_allclose(moment[0], moment[1].conj(), rtol=1e-14)
    for twice, once in zip(task.moments(real, PAIRS, real), task.moments(real, PAIRS), strict=True):
        np.testing.assert_allclose(twice, once, rtol=2e-14)


@pytest.mark.parametrize("task", [th.PowerLaw(1.5, 0.4), th.LogarithmicLaw(2.0), FINITE["few"]], ids=repr)
def test_shapes_broadcast(task):
    kappa, other = RNG.random((3, 1, 2)) + 1j * RNG.random((3, 1, 2)), RNG.random((4, 1)) - 1j
    for found in task.moments(kappa, PAIRS, other):
        assert found.shape == (3, 4, 2)
    whole = task.moments(np.broadcast_to(kappa, (3, 4, 2)), PAIRS, np.broadcast_to(other, (3, 4, 2)))
    for found, expected in zip(task.moments(kappa, PAIRS, other), whole, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-13)
    assert task.moments(1j, PAIRS, 2.0)[0].shape == ()
    grid = task.moments(kappa[:, 0, :, None], PAIRS, other[:, 0])
    np.testing.assert_allclose(grid[3], whole[3].transpose(0, 2, 1), rtol=1e-13)


@pytest.mark.parametrize("task", [th.PowerLaw(1.5, 0.4), FINITE["few"]], ids=repr)
def test_two_point_traces(task):
    """Divided differences of one-point traces, where the two ridges are far apart."""
    kappa, other = np.array([0.3 + 0.2j]), np.array([2.0 - 1j])
    df = [task.trace(1, 0, 1, k) for k in (kappa, other)]
    tf = [k * task.trace(1, 1, 1, k) for k in (kappa, other)]
    np.testing.assert_allclose(task.trace(1, 0, 2, kappa, other), -(df[0] - df[1]) / (kappa - other), rtol=1e-13)
    np.testing.assert_allclose(task.trace(2, 1, 2, kappa, other), (tf[0] - tf[1]) / (kappa - other), rtol=1e-13)
    np.testing.assert_allclose(task.trace(1, 1, 2, 0.5, 0.5), task.trace(1, 1, 2, 0.5), rtol=1e-13)
    assert isinstance(task.trace(1, 1, 2, mpc(0.5, 1), mpf(1)), mpc)


def test_refusals():
    law, few = th.PowerLaw(1.5, 0.4), FINITE["few"]
    for task, arguments, match in (
        (law, (np.array(-0.5 + 1e-9j), ORDERS), "negative axis"),
        (law, (np.array(-1.0 + 0j), ORDERS), "kappa"),
        (law, (np.array(np.nan + 1j), ORDERS), "kappa"),
        (law, (1j, ((0, 1, 0),)), "diverges"),
        (law, (1.0, ((1, 0, 0),), 2.0), "i . j = 2"),
        (law, (1.0, PAIRS, -1.0), "kappa"),
        (few, (np.array(-0.2 + 0j), ORDERS), "kappa"),
        (few, (1.0, PAIRS, -0.3), "kappa"),
        (few, (np.inf, PAIRS, 1.0), "kappa"),
        (few, (mpc(-3), ORDERS), "kappa"),
        (few, (mpc("nan"), ORDERS), "kappa"),
        (law, (mpc(-3), ORDERS), "kappa"),
    ):
        with pytest.raises(ValueError, match=match):
            task.moments(*arguments)
    with pytest.raises(ValueError, match="m = 1"):
        few.trace(1, 0, 1, 1.0, 2.0)


ANYWHERE = [*(law for law, _, _ in LAWS.values()), th.PowerLaw(1.01, 0.3), th.PowerLaw(1.5, 0.4, size=10**15)]
QUICK = [(LAWS["1.5"][0], 1e-300), (LAWS["logarithmic"][0], 1e-60), (LAWS["steep"][0], 1e10)]
SLOW = [(task, modulus) for task in ANYWHERE for modulus in (1e-300, 1e-60, 0.4, 1e10) if (task, modulus) not in QUICK]
CASES = [*QUICK, *(pytest.param(*case, marks=pytest.mark.slow) for case in SLOW)]


@pytest.mark.parametrize(("task", "modulus"), CASES, ids=repr)
def test_any_size_of_ridge(task, modulus):
    """From where doubles end to far above the spectrum, next to the negative axis, and both far apart in one call."""
    kappa = modulus * np.exp(np.array([3j, -3j, 1j]))
    one, pairs = task.moments(np.append(kappa, 1e-3), ORDERS), task.moments(kappa, PAIRS, 1e-3)
    with mp.workdps(25):
        for place, k in enumerate(map(mpc, kappa.tolist())):
            for found, value in zip(one, task.moments(k, ORDERS), strict=True):
                compare(complex(found[place]), value)
            for found, value in zip(pairs, task.moments(k, PAIRS, mpf(1e-3)), strict=True):
                compare(complex(found[place]), value)
