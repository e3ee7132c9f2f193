"""Autocovariances: exact eigenvalues against other routes to them, the symbol's against those, closed forms, refusals."""

from __future__ import annotations

import pickle
from dataclasses import dataclass

import numpy as np
import pytest
import scipy.linalg
from mpmath import mp

import theory as th
from theory.chain.s_transforms.laws.measures import Measure, invert
from theory.memory import autocovariance, toeplitz
from theory.memory.toeplitz import exact_eigenvalues, symbol_eigenvalues

SIZE = 512


@dataclass(frozen=True)
class Wave:
    """A damped one."""

    length: float

    def __call__(self, lags):
        return 3.0 * np.exp(-lags / self.length) * np.cos(lags)


MEMORIES = {
    "exponential": th.exponential_memory(20.0), "power": th.power_memory(0.3), "short power": th.power_memory(1.5, 4.0),
    "one": th.moving_average(0.8), "three": th.moving_average([0.66, 0.3, -0.1]), "wave": th.Autocovariance(Wave(7.0)),
    "listed": th.Autocovariance(2.0 * np.exp(-np.arange(SIZE) / 3.0)), "white": th.moving_average(0.0),
}  # fmt: skip


def chi(values, dof):
    """χ at d degrees of freedom."""
    return invert(Measure.of_nodes(values, np.ones(values.size), values.size), np.zeros(1), np.array([dof])).item()


@pytest.mark.parametrize("name", MEMORIES)
@pytest.mark.parametrize("n", [1, 2, 3, 100, 101])
def test_eigenvalues_are_those_of_the_matrix(name, n):
    memory = MEMORIES[name]
    values, matrix = memory.eigenvalues(n), memory.covariance(n)
    assert memory.difference(n) == 0.0
    assert matrix.shape == (n, n)
    np.testing.assert_array_equal(np.diag(matrix), 1.0)
    assert (np.diff(values) <= 0.0).all()
    assert values.sum() == pytest.approx(n, rel=1e-13)
    np.testing.assert_allclose(values, np.sort(np.linalg.eigvalsh(matrix))[::-1], rtol=1e-11)
    assert not values.flags.writeable


@pytest.mark.parametrize("xi", [1e-3, 3.0, 1e4, 1e12])
def test_exponential_memory_is_exact_to_the_last_digits(xi):
    n = 12
    with mp.workdps(60):
        matrix = mp.matrix(n, n)
        for i in range(n):
            for j in range(n):
                matrix[i, j] = mp.exp(-mp.mpf(abs(i - j)) / mp.mpf(xi))
        exact = np.array(sorted(map(float, mp.eigsy(matrix, eigvals_only=True)), reverse=True))
    np.testing.assert_allclose(th.exponential_memory(xi).eigenvalues(n), exact, rtol=4e-15)


@pytest.mark.parametrize("xi", [0.5, 20.0, 100.0])
def test_chi_of_exponential_memory_is_the_closed_form(xi):
    """arXiv:2408.04607: χ = √(β² − 1 + 1/u²) − β with β = coth(1/ξ); the ends of the series are 1/n of it."""
    n, beta = 10**5, 1.0 / np.tanh(1.0 / xi)
    for u in (0.1, 0.5, 0.9):
        exact = np.sqrt(beta**2 - 1.0 + u**-2) - beta
        assert chi(th.exponential_memory(xi).eigenvalues(n), u * n) == pytest.approx(exact, rel=10.0 * (1.0 + xi) / n)


@pytest.mark.parametrize(
    ("memory", "size", "capacity", "ridge", "kappa"),
    [(th.exponential_memory(100.0), 100, 1.1, 1e-4, 0.01456292633),
     (th.exponential_memory(100.0), 1000, 0.0, 1e-4, 0.00200296362),
     (th.power_memory(1.5), 300, 0.0, 1e-3, 0.001672944189)],
)  # fmt: skip
def test_settings_of_the_authors(memory, size, capacity, ridge, kappa):
    """λ = κ dχ/P at the κ of arXiv:2408.04607's notebooks (a hundred dimensions), computed with other code."""
    eigenvalues = np.arange(1.0, 101.0) ** -capacity
    missed = (kappa / (eigenvalues + kappa)).sum() + size - 100.0
    rows = Measure.of_nodes(memory.eigenvalues(size), np.ones(size), size)
    found = invert(rows, np.array([float(size)]), np.array([-missed])).item()
    assert kappa * (size - missed) * found / size == pytest.approx(ridge, rel=5e-9)


def test_one_term_of_a_moving_average_is_the_closed_form():
    """K_k = 1 + β cos(kπ/(n+1)), and χ: 1 − u = χ/√((1+χ)² − β²)."""
    theta, n, u = 0.8, 2001, 0.4
    memory, beta = th.moving_average(theta), 2.0 * theta / (1.0 + theta**2)
    angles = np.arange(1, n + 1) * np.pi / (n + 1)
    np.testing.assert_allclose(memory.eigenvalues(n), 1.0 + beta * np.cos(angles), rtol=1e-12)
    np.testing.assert_allclose(symbol_eigenvalues(memory(np.arange(n))), 1.0 + beta * np.cos(angles), rtol=1e-10)
    found = chi(memory.eigenvalues(n), u * n)
    assert 1.0 - u == pytest.approx(found / np.sqrt((1.0 + found) ** 2 - beta**2), rel=2.0 / n)


@pytest.mark.parametrize("name", MEMORIES)
def test_the_symbol_comes_near_and_keeps_the_trace(name):
    row = MEMORIES[name](np.arange(SIZE))
    exact, found = exact_eigenvalues(row), symbol_eigenvalues(row)
    assert found.sum() == pytest.approx(SIZE, rel=1e-12)
    assert exact[-1] * (1.0 - 1e-9) <= found[-1] < found[0] <= exact[0] * (1.0 + 1e-12) or name == "white"
    assert np.abs(found / exact - 1.0).max() < 0.1
    assert np.median(np.abs(found / exact - 1.0)) < 0.03
    for u in (0.05, 0.5, 0.95):
        assert chi(found, u * SIZE) == pytest.approx(chi(exact, u * SIZE), rel=0.03)


@pytest.mark.parametrize("kind", ["_of_cosines", "_of_sines"])
@pytest.mark.parametrize("n", [2, 7, 30])
def test_quotients_are_what_they_say(kind, n):
    k = np.arange(n)
    if kind == "_of_cosines":
        basis = np.cos(np.pi * np.outer(k + 0.5, k) / n)
    else:
        basis = np.sin(np.pi * np.outer(k + 1, k + 1) / (n + 1))
    basis /= np.linalg.norm(basis, axis=0)
    row = np.random.default_rng(n).normal(size=n)
    wanted = np.einsum("ij,ij->j", basis, scipy.linalg.toeplitz(row) @ basis)
    np.testing.assert_allclose(getattr(toeplitz, kind)(row), wanted, atol=1e-13)


def test_beyond_the_exact_size_the_difference_is_told(monkeypatch):
    monkeypatch.setattr(autocovariance, "EXACT", 128)
    for exponent in (0.35, 1.4):
        memory = th.power_memory(exponent)
        far = memory.eigenvalues(1024)
        assert far.sum() == pytest.approx(1024.0)
        np.testing.assert_allclose(far, exact_eigenvalues(memory(np.arange(1024))), rtol=1.05 * memory.difference(1024))
        assert 1e-4 < memory.difference(1024) < 0.03
    assert th.exponential_memory(9.0).difference(1024) == 0.0


@pytest.mark.slow
def test_the_difference_at_the_exact_size():
    """Beyond the size at which it was measured; a long memory's largest eigenvalues keep theirs."""
    memory = th.power_memory(0.3)
    found = np.abs(memory.eigenvalues(5000) / exact_eigenvalues(memory(np.arange(5000))) - 1.0)
    assert found.max() == pytest.approx(memory.difference(5000), rel=0.02)
    assert np.median(found) < 2e-5


def test_compared_by_value_and_never_changed():
    for memory in MEMORIES.values():
        again = pickle.loads(pickle.dumps(memory))
        assert again == memory
        assert hash(again) == hash(memory)
    assert th.power_memory(0.5) != th.power_memory(0.5, 2.0)
    assert th.exponential_memory(2.0) != th.Autocovariance(np.exp(-np.arange(4) / 2.0))
    assert th.Autocovariance([1.0, 0.5]) == th.Autocovariance((1, 0.5))
    with pytest.raises(AttributeError, match="do not change"):
        th.power_memory(0.5).law = None
    np.testing.assert_array_equal(th.moving_average([0.5])([-1, 0, 1, 2]), [0.4, 1.0, 0.4, 0.0])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: th.exponential_memory(0.0), "^xi = 0"),
        (lambda: th.exponential_memory([1.0]), "^xi = "),
        (lambda: th.power_memory(-1.0), "^exponent = -1"),
        (lambda: th.power_memory(1.0, np.inf), "^scale = inf"),
        (lambda: th.moving_average([[1.0]]), "^coefficients = "),
        (lambda: th.moving_average([np.inf]), "^coefficients = "),
        (lambda: th.Autocovariance([0.0, 0.1]), "^law = .*at lag zero, and not 0"),
        (lambda: th.Autocovariance([-2.0]), "^law = .*at lag zero, and not -2"),
        (lambda: th.Autocovariance([1.0, np.nan]), "^law = "),
        (lambda: th.Autocovariance(3.0), "^law = 3.0"),
        (lambda: th.Autocovariance(lambda lags: lags[:0]), "^law = .*elementwise"),
        (lambda: th.Autocovariance(lambda lags: lags / 0.0), "^law = "),
        (lambda: th.Autocovariance([1.0, 0.9, 0.1]).eigenvalues(3), r"^law = .*smallest eigenvalue is -0\.2237"),
        (lambda: th.Autocovariance([1.0, 0.9, 0.1]).covariance(3), r"^law = .*smallest eigenvalue is -0\.2237"),
        (lambda: th.Autocovariance(np.cos).eigenvalues(5), "^law = .*positive definite.*white part"),
        (lambda: th.Autocovariance([1.0, 0.5]).eigenvalues(3), "^lags = 2.0 .*at most 1"),
        (lambda: th.power_memory(1.0).eigenvalues(2.5), "^n = 2.5"),
        (lambda: th.power_memory(1.0).difference(0), "^n = 0"),
        (lambda: th.power_memory(1.0).covariance(10**6), "^n = 1000000"),
        (lambda: th.power_memory(1.0)(0.5), "^lags = 0.5"),
        (lambda: th.power_memory(1.0)([np.inf]), "^lags = "),
    ],
)
def test_bad_input(make, message):
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=message):
        make()
