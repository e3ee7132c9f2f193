"""Many points and many modes at once: the same as one by one, and as the chain; what is left out on the way is put back."""

import pickle

import numpy as np
import pytest
from sympy import Identity, symbols

import theory as th
from tests.pencil.test_regression import CHAINS, risk, sizes
from theory.pencil import diagonal, equivalent, gaussian
from theory.pencil.algebra import Doubles
from theory.pencil.arguments import checked
from theory.pencil.core import cores, merged, solved
from theory.pencil.elimination import Elimination
from theory.pencil.instance import Instance
from theory.pencil.solve import followed

P, D, z = symbols("P D z")
X, S, T = gaussian("X", P, D, variance=1 / P), diagonal("S", D), diagonal("T", D)
PLAIN = equivalent((S.sqrt * X.T * X * S.sqrt + z * Identity(D)).inv())


@pytest.mark.parametrize(("depth", "modes"), [(0, 30), (1, 30), (1, 3000), (2, 200)])
def test_arrays_equal_the_chain(depth, modes):
    eigenvalues = np.arange(1.0, modes + 1) ** -1.3
    power = np.random.default_rng(2).random(modes)
    ridge, p = np.array([[1e-4], [1e-2], [1.0], [1e3]]), np.array([modes // 5, modes // 2, modes, 2 * modes])
    mine, theirs = sizes(depth, modes // 3, modes // 2)
    found = risk(depth).evaluate(P=p, ridge=ridge, noise=0.2, S=eigenvalues, W=power, **mine)
    task = th.Discrete(eigenvalues, power)
    expected = CHAINS[depth].evaluate(task, n_samples=p, ridge=ridge, noise=0.2, **theirs).test
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert found.shape == (4, 4)
    assert found.dtype == float


def test_arrays_are_points_one_by_one():
    ridge = np.array([-1e-3, 1e-9, 0.1, -0.05j, 2.0 + 1j])
    given = {"P": [[6], [12]], "S": [1.0, 0.5, 0.4, 0.4], "z": ridge}
    found = PLAIN.evaluate(given)
    assert found.shape == (2, 5)
    for (i, j), value in np.ndenumerate(found):
        alone = PLAIN.evaluate({**given, "P": given["P"][i][0], "z": ridge[j] if ridge[j].imag else float(ridge[j].real)})
        assert value == pytest.approx(alone, rel=1e-13)
    digits = PLAIN.evaluate(P=6, S=[1.0, 0.5], z=["0.1", "0.2"], precision=30)
    assert digits.shape == (2,)
    assert abs(digits[1] - PLAIN.evaluate(P=6, S=[1.0, 0.5], z="0.2", precision=30)) < 1e-29
    assert PLAIN.evaluate(P=6, S=[1.0, 0.5], z=np.array([])).shape == (0,)


def test_a_point_that_is_not_admissible_is_told_among_others():
    with pytest.raises(ValueError, match="the edge of a real spectrum"):
        PLAIN.evaluate(P=12, S=[1.0, 0.5, 0.4], z=[0.1, -0.3])


def test_merged_modes_leave_no_trace():
    """Two eigenvalues at every mode without any relation, 2,000 modes: as on all modes from the start."""
    rng = np.random.default_rng(4)
    one, two = rng.lognormal(size=2000), rng.lognormal(size=2000)
    expression = equivalent((S.sqrt * X.T * X * S.sqrt + z * T).inv())
    values = checked(expression._names, {"P": 1500, "S": one, "T": two, "z": 1e-2}, None)
    few = merged(expression.system, values)
    (kept,) = few.multiplicities.values()
    assert len(kept) < 500
    assert kept.sum() == pytest.approx(2000)
    instance = Instance(expression.system, values, Doubles())
    traces = solved(expression.system, cores(expression.system), instance)
    np.testing.assert_allclose(traces, followed(instance.balance), rtol=1e-12)
    rough = followed(Instance(expression.system, few, Doubles()).balance)
    assert 1e-6 < abs(rough / traces - 1).max() < 0.1


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_one_core_four_times(depth):
    """A risk has two resolvents in two traces: all four are one system of 2 (1 + layers) traces, copied."""
    (core,) = cores(risk(depth).system)
    assert len(core.copies) == 4
    assert len(core.system.unknowns) == 2 * (1 + depth)
    assert len({i for copy in core.copies for i in copy}) == 8 * (1 + depth)


def test_it_pickles_after_use():
    given = {"P": 6, "S": [1.0, 0.5, 0.4], "z": 0.1}
    value = PLAIN.evaluate(given)
    assert pickle.loads(pickle.dumps(PLAIN)).evaluate(given) == value


def test_elimination_inverts():
    """Random sparse matrices, with ones on the diagonal and without a diagonal, against dense inverses."""
    rng = np.random.default_rng(6)
    for n in (1, 2, 5, 9, 14):
        for matched in (np.arange(n), rng.permutation(n)):
            fixed = [(int(row), column) for column, row in enumerate(matched)]
            ones = [place for place in fixed if rng.random() < 0.6]
            others = [(int(i), int(j)) for i, j in rng.integers(0, n, (n + 3, 2)) if (i, j) not in ones]
            entries = {place: rng.normal(size=(3, 4)) + 3 for place in {*fixed, *others}}
            entries |= {place: np.ones((1, 1)) for place in ones}
            dense = np.zeros((3, 4, n, n))
            for (i, j), value in entries.items():
                dense[..., i, j] = value
            elimination = Elimination(n, fixed, others, ones)
            found = np.zeros_like(dense)
            for (block, source), place in elimination.places.items():
                found[..., block, source] = elimination.inverse(entries, Doubles(), (3, 4))[place]
            size = np.abs(np.linalg.inv(dense)).max(axis=(2, 3), keepdims=True)
            condition = np.linalg.cond(dense)[..., None, None]
            assert (np.abs(found - np.linalg.inv(dense)) < 1e-13 * size * condition).all()
            plain, shaken = (elimination.inverse(entries, Doubles(), (3, 4), shaken=each) for each in (False, True))
            assert np.abs(shaken - plain).max() < 1e-13 * (size * condition).max()
            assert (shaken != plain).any() or n == 1
