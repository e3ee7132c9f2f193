"""What Numba compiles gives the digits and the codes of NumPy, on hard points in any order, and only where it is asked to."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import theory as th
from tests.solve.hard_points import CHAINS, G, S, families
from theory import compiled
from theory.errors import BadArgument
from theory.solve.kappa import block
from theory.solve.kappa import compiled as compiled_kappa
from theory.solve.kappa.fixed_point import solve
from theory.solve.status import Status

DIGITS = 3e-15  # of either way's rounding; 1e-14 is what each keeps against exact numbers
FAMILIES = families(seed=5)
SPECTRA = sorted({family.name.split(" / ")[1] for family in FAMILIES})

LAWS = [th.PowerLaw(1.5, 0.4), th.PowerLaw(1.001, 0.4), th.PowerLaw(2, 0.4, scale=1e-200), th.PowerLaw(300, 0.4),
        th.LogarithmicLaw(2.0), th.PowerLaw(5, 0.4, size=10**12)]  # fmt: skip

needs_numba = pytest.mark.skipif(not compiled._installed(), reason="numba is not installed: the extra `fast`")


def both(monkeypatch, *problem):
    """Return a fixed point by NumPy and by compiled loops."""
    found = []
    for points in ("0", "1"):
        monkeypatch.setenv(compiled.VARIABLE, points)
        found.append(solve(*problem))
    return found


def held_together(one, other, digits=DIGITS, smallest=1e-306):
    """Assert that two solutions agree, of numbers that doubles hold in full."""
    np.testing.assert_array_equal(one.code, other.code)
    pairs = [(one.kappa, other.kappa), (one.dof, other.dof), (one.vacancy, other.vacancy)]
    for first, second in zip(one.pairs, other.pairs, strict=True):
        pairs += zip(first, second, strict=True)
    for first, second in pairs:
        normal = np.abs(first) > smallest
        np.testing.assert_allclose(second[normal], first[normal], rtol=digits)
        np.testing.assert_allclose(second[~normal], first[~normal], rtol=0, atol=smallest)


@needs_numba
@pytest.mark.parametrize("place", SPECTRA)
def test_hard_points_of_listed_modes(place, monkeypatch):
    for family in FAMILIES:
        if family.name.endswith(f" / {place}"):
            explicit = family.spectrum
            counts = [*explicit.counts.astype(int), *([explicit.size - explicit.rank] if explicit.size > explicit.rank else [])]
            values = np.append(explicit.eigenvalues, np.zeros(len(counts) - explicit.counts.size))
            task = th.Discrete.from_signal(values, np.ones(values.size) * (values > 0), np.array(counts, dtype=int))
            held_together(*both(monkeypatch, task, family.layers, family.parameters, family.ridge), digits=1e-14)


@needs_numba
@pytest.mark.parametrize("task", LAWS, ids=str)
def test_hard_points_of_laws(task, monkeypatch):
    rng, sizes = np.random.default_rng(1), np.array([0.3, 1.0, 24.0, 24.0 * (1 + 1e-12), 1e3, 1e8, 1e15, np.inf])
    ridges = getattr(task, "scale", 1.0) * np.array([0.0, 1e-80, 1e-30, 1e-12, 1e-3, 1.0, 1e6])
    for layers in ((S,), (G, S), (G, G, G, S)):
        parameters = [sizes[rng.integers(sizes.size, size=80)] for _ in layers]
        ridge = ridges[rng.integers(ridges.size, size=80)]
        ridge[np.isinf(np.min(parameters, axis=0)) & (ridge == 0)] = ridges[1]
        held_together(*both(monkeypatch, task, layers, parameters, ridge), digits=1e-14)


@needs_numba
@pytest.mark.parametrize("layers", [CHAINS["ridge"][0], CHAINS["random features"][0], CHAINS["deep 3"][0]], ids=len)
@pytest.mark.parametrize("task", [th.PowerLaw(1.5, 0.4), th.PowerLaw(1.5, 0.4).truncate(800), th.Isotropic(40)], ids=str)
def test_points_in_any_order(task, layers, monkeypatch):
    """A point starts from the one before: whether that is next to it or 288 powers of ten away, the root is the same."""
    ridge = np.concatenate((np.geomspace(1e-12, 1e3, 300), [1e-300, 1e-12, 1e-300, 1.0, 1e-300]))
    parameters = [np.full(ridge.size, 30.0 + 7 * place) for place, _ in enumerate(layers)]
    plain, fast = both(monkeypatch, task, layers, parameters, ridge)
    held_together(plain, fast)
    order = np.random.default_rng(0).permutation(ridge.size)
    shuffled = solve(task, layers, [value[order] for value in parameters], ridge[order])
    np.testing.assert_allclose(shuffled.kappa, fast.kappa[order], rtol=2e-15)
    assert set(plain.code.tolist()) <= {Status.CONVERGED, Status.UNDERFLOW}


@needs_numba
@pytest.mark.parametrize("task", [LAWS[-1], th.Isotropic(40), th.Discrete([1e300, 1.0, 1e-310], [0, 1, 1])], ids=str)
def test_moments(task, monkeypatch):
    orders = tuple((i, j, q) for q in (0, 1) for i in range(4) for j in range(4) if i + j > 0)
    kappa, found = np.array([[5e-324, 1e-300, 1e-12], [1.0, 3e4, 1e300]]), []
    for points in ("0", "1"):
        monkeypatch.setenv(compiled.VARIABLE, points)
        found.append(task.moments(kappa, orders))
    np.testing.assert_allclose(found[1], found[0], rtol=1e-14, atol=1e-290)


@needs_numba
def test_risks_and_refusals(monkeypatch):
    model, task = th.random_features(), th.PowerLaw(1.3, 0.4).truncate(500)
    given = {"n_samples": np.linspace(5, 900, 400), "n_features": 200, "noise": 0.1}
    risks = []
    for points in ("0", "1"):
        monkeypatch.setenv(compiled.VARIABLE, points)
        risks.append(model.evaluate(task, ridge=np.where(given["n_samples"] > 700, -1e-7, 1e-5), **given))
        with pytest.raises(BadArgument, match="ridge"):
            model.evaluate(task, ridge=-1.0, **given)
    for key, value in risks[0].terms.items():
        np.testing.assert_allclose(risks[1].terms[key], value, rtol=1e-11, err_msg=str(key))
    np.testing.assert_array_equal(risks[0].status, risks[1].status)


@needs_numba
def test_loops_are_what_is_tested_here(monkeypatch):
    seen = []
    monkeypatch.setattr(block, "settle", lambda *given: seen.append(given[-1].size) or compiled_kappa.settle(*given))
    both(monkeypatch, th.Isotropic(40), (S,), [np.full(9, 3.0)], np.full(9, 0.1))
    assert seen == [9]


@needs_numba
def test_threads_share_a_loop(monkeypatch):
    monkeypatch.setenv(compiled.VARIABLE, "1")
    task, sizes = th.PowerLaw(1.5, 0.4), np.geomspace(3, 1e6, 500)
    alone = solve(task, (S,), [sizes], np.full(500, 1e-3)).kappa
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: solve(task, (S,), [sizes], np.full(500, 1e-3)).kappa, range(8)):
            np.testing.assert_array_equal(found, alone)


def test_only_many_points_are_worth_it(monkeypatch):
    monkeypatch.setattr(compiled, "_installed", lambda: True)
    monkeypatch.delenv(compiled.VARIABLE, raising=False)
    assert not compiled.wanted(compiled.FROM - 1)
    assert compiled.wanted(compiled.FROM)
    for given, points, wanted in (("0", 10**9, False), ("7", 6, False), ("7", 7, True)):
        monkeypatch.setenv(compiled.VARIABLE, given)
        assert compiled.wanted(points) is wanted
    monkeypatch.setenv(compiled.VARIABLE, "fast")
    with pytest.raises(BadArgument, match="SCALETHEORY_FAST = 'fast'"):
        compiled.wanted(1)
    monkeypatch.setattr(compiled, "_installed", lambda: False)
    monkeypatch.setenv(compiled.VARIABLE, "1")
    assert not compiled.wanted(10**9)


def test_nothing_is_imported_for_few_points():
    code = """import sys, numpy as np, theory as th
th.linear_ridge().evaluate(th.PowerLaw(1.5, 0.4), n_samples=np.geomspace(1, 40, 50), ridge=0.1)
print('numba' in sys.modules)"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
