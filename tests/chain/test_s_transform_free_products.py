"""Products of S-transforms against moments of products of random matrices: complex Gaussian ones, standard errors, a ladder.

Moments of complex Gaussian products differ from their limits by 1/n² (the genus expansion), so that (4 m(2n) − m(n))/3 is
compared with the limit where m(n) itself is too coarse, and m(n) − limit with m(2n) − limit.
"""

import functools

import numpy as np
import pytest

import theory as th

S = th.s_transform
PATTERN = np.array([0.2, 0.5, 1.0, 4.0])  # of eigenvalues, repeated to any size
ORDERS = 4


def gaussian(rng, trials, rows, columns):
    """Complex iid entries of variance 1/columns, shape (trials, rows, columns)."""
    parts = rng.normal(size=(2, trials, rows, columns))
    return (parts[0] + 1j * parts[1]) / np.sqrt(2 * columns)


def isometry(rng, trials, rows, columns):
    """Orthonormal columns, uniform in their directions, times √(rows/columns)."""
    return np.linalg.qr(gaussian(rng, trials, rows, columns))[0] * np.sqrt(rows / columns)


def repeated(n):
    return np.tile(PATTERN, n // 4)


def columns(n):
    """C^(1/2), C scaled to mean one."""
    return np.sqrt(repeated(n) / PATTERN.mean())


CASES = {  # matrices F with A = F Fᴴ of n rows, S of A, and the sizes at n
    "white": (lambda rng, t, n: [gaussian(rng, t, n, n // 2)], lambda n: S.wishart(n // 2)),
    "deep": (
        lambda rng, t, n: [gaussian(rng, t, n, n // 2), gaussian(rng, t, n // 2, 2 * n)],
        lambda n: S.wishart(n // 2) * S.wishart(2 * n),
    ),
    "structured columns": (
        lambda rng, t, n: [gaussian(rng, t, n, n // 2) * columns(n // 2)],
        lambda n: S.wishart(law=repeated(n // 2)),
    ),
    "correlated rows of a population": (
        lambda rng, t, n: [np.sqrt(repeated(n))[:, None] * gaussian(rng, t, n, 2 * n) * columns(2 * n)],
        lambda n: S.diagonal(repeated(n)) * S.wishart("P", law=repeated(2 * n)),
    ),
    "projection of a Wishart matrix": (
        lambda rng, t, n: [isometry(rng, t, n, n // 2), gaussian(rng, t, n // 2, 2 * n)],
        lambda n: S.projection(n // 2, n) * S.wishart(2 * n),
    ),
    "structured, deep, projected": (
        lambda rng, t, n: [gaussian(rng, t, n, n) * columns(n), isometry(rng, t, n, n // 2),
                           gaussian(rng, t, n // 2, n)],
        lambda n: S.wishart(law=repeated(n)) * S.projection(n // 2, n) * S.wishart(n),
    ),
}


@functools.cache
def simulated(case, n, trials, seed):
    """Mean and standard error of τ(A), …, τ(A⁴) at size n."""
    rng = np.random.default_rng([seed, n])
    batch = max(1, 2**18 // n**2)
    rows = []
    for start in range(0, trials, batch):
        count = min(batch, trials - start)
        factors = CASES[case][0](rng, count, n)
        product = factors[0]
        for factor in factors[1:]:
            product = product @ factor
        matrix = product @ np.conj(np.swapaxes(product, 1, 2))
        square = matrix @ matrix
        pairs = ((matrix, matrix), (square, matrix), (square, square))
        traces = [np.einsum("tii->t", matrix), *(np.einsum("tij,tji->t", *pair) for pair in pairs)]
        rows.append(np.stack(traces).real / n)
    found = np.concatenate(rows, axis=1)
    return found.mean(axis=1), found.std(axis=1, ddof=1) / np.sqrt(trials)


def predicted(case, n):
    transform = CASES[case][1](n)
    return np.array(transform.moments(ORDERS, n, **dict.fromkeys(transform.letters, 2 * n)), float)


@pytest.mark.parametrize("case", CASES)
def test_extrapolated_moments(case):
    limit = predicted(case, 48)
    np.testing.assert_allclose(predicted(case, 96), limit, rtol=1e-13)  # sizes in proportion
    (coarse, error), (fine, small) = simulated(case, 24, 3000, 1), simulated(case, 48, 1500, 1)
    extrapolated, spread = (4 * fine - coarse) / 3, np.hypot(4 * small, error) / 3
    z = (extrapolated - limit) / np.maximum(spread, 1e-13)
    assert (np.abs(z) < 4).all(), z
    assert (spread[1:] < 0.02 * limit[1:]).all()  # the test can fail


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_size_is_seen(case):
    """The same simulation refutes sizes that are wrong by a tenth."""
    transform = S.wishart(48 * 1.1 / 2) if case == "white" else CASES[case][1](48) * S.wishart(480)
    fine, small = simulated(case, 48, 1500, 1)
    wrong = np.array(transform.moments(ORDERS, 48, **dict.fromkeys(transform.letters, 96)), float)
    assert (np.abs(fine - wrong) / np.maximum(small, 1e-13)).max() > 5


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_ladder_up_to_eight_hundred(case):
    """The remainder falls like 1/n² on small sizes, and at 200, 400, 800 the limit itself agrees."""
    limit = predicted(case, 8)
    small = [simulated(case, n, trials, 2) for n, trials in ((8, 200_000), (16, 100_000))]
    remainders, errors = (np.array([pair[i] for pair in small]) for i in (0, 1))
    remainders = remainders - limit
    seen = np.abs(remainders[0]) > 12 * errors[0]
    ratio = remainders[0, seen] / remainders[1, seen]
    spread = np.abs(ratio) * np.hypot(errors[0, seen] / remainders[0, seen], errors[1, seen] / remainders[1, seen])
    assert seen.any() == ("deep" in case)  # the others are closer to their limits than two hundred thousand draws can see
    assert (np.abs(ratio - 4) < 4 * spread + 0.5).all(), ratio  # the next order is 1/n⁴: a few per cent at n = 8
    for n, trials in ((200, 60), (400, 24), (800, 10)):
        mean, error = simulated(case, n, trials, 3)
        z = (mean - limit) / np.maximum(error, 1e-13)
        assert (np.abs(z) < 4).all(), (n, z)
