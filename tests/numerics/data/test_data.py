"""Data sets by name and from arrays: what is left out, what is guessed, and that both are said."""

import numpy as np
import pytest

from numerics.data import sets
from numerics.data.sets import DataWarning, clean, load

RNG = np.random.default_rng(5)
X = RNG.standard_normal((40, 3))
Y = X @ [1.0, -2.0, 0.5] + 0.1 * RNG.standard_normal(40)


def test_digits():
    data = load("digits")
    assert data.features.shape == (1797, 61)
    assert data.targets.shape == (1797, 10)
    np.testing.assert_allclose(data.targets.mean(axis=0), 0.0, atol=1e-15)
    assert data.notes == ("3 of 64 features are constant and were left out",)
    assert data.kind == "classes"
    assert load("digits", kind="numbers").targets.shape == (1797, 1)


def test_mnist5k():
    data = load("mnist5k")
    assert data.features.shape == (5000, 663)
    # 500 of each digit: |Y|²/M = 10 · 0.1 · 0.9
    assert np.sum(data.targets**2) / 5000 == pytest.approx(0.9, rel=1e-12)


def test_clean_warns_of_what_it_removes():
    table = np.column_stack([X, np.full(40, 0.3)])
    repeated = np.vstack([table, table[:4]])
    with pytest.warns(DataWarning) as given:
        data = clean(repeated, np.append(Y, Y[:4] + 9.0), name="mine")
    assert [str(w.message) for w in given] == [f"mine: {note}" for note in data.notes]
    assert data.notes == (
        "1 of 4 features are constant and were left out",
        "4 of 44 rows repeat an earlier one and were left out",
    )
    np.testing.assert_array_equal(data.features, X)
    np.testing.assert_allclose(data.targets[:, 0], Y - Y.mean(), atol=1e-15)


def test_what_was_guessed_is_said_and_stored():
    counts = np.arange(40) % 7
    with pytest.warns(DataWarning, match="mine: targets of 7 whole values are taken for class labels; kind 'numbers'"):
        guessed = clean(X, counts, name="mine")
    assert (guessed.kind, guessed.targets.shape) == ("classes", (40, 7))
    assert guessed.notes == ("targets of 7 whole values are taken for class labels; kind 'numbers' leaves them numbers",)
    with pytest.warns(DataWarning, match="targets of 7 whole values are taken for numbers; kind 'classes'"):
        floats = clean(X, counts.astype(float))
    assert (floats.kind, floats.targets.shape) == ("numbers", (40, 1))
    for kind, outputs in (("classes", 7), ("numbers", 1)):
        for targets in (counts, counts.astype(float)):
            told = clean(X, targets, kind=kind)
            assert (told.kind, told.notes, told.targets.shape) == (kind, (), (40, outputs))


def test_nothing_is_said_where_there_is_no_doubt():
    assert clean(X, Y).notes == clean(X, np.column_stack([Y > 0, Y > 1])).notes == clean(X, Y > 0).notes == ()
    assert clean(X, np.where(Y > 0, "up", "down")).kind == "classes"
    assert clean(X, np.arange(40)).kind == "numbers"


def test_zero_one_targets_have_their_own_variance():
    """Not that of two outputs, which is twice as large."""
    binary = (Y > 0).astype(float)
    with pytest.warns(DataWarning, match="2 whole values are taken for numbers"):
        data = clean(X, binary)
    assert np.mean(np.sum(data.targets**2, axis=1)) == pytest.approx(binary.var(), rel=1e-12)


def test_a_guess_is_made_of_all_rows_before_repeated_ones_go():
    doubled, values = np.vstack([X[:25], X[:25]]), np.append(np.arange(25), np.arange(25) + 1)
    with pytest.warns(DataWarning, match="25 of 50 rows"):
        assert clean(doubled, values).kind == "numbers"


def test_targets_that_vary_on_repeated_rows_only_are_refused():
    with pytest.warns(DataWarning), pytest.raises(ValueError, match="targets = .*constant"):
        clean(np.vstack([X, X[:1]]), np.append(np.zeros(40), 0.5))


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"features": np.ones((40, 3))}, "features"),
        ({"features": X[:-1]}, "targets"),
        ({"targets": Y[:-1]}, "targets"),
        ({"kind": "labels"}, "kind"),
        ({"kind": True}, "kind"),
        ({"kind": ["classes"]}, "kind"),
    ],
)
def test_bad_sets_name_the_argument(change, argument):
    with pytest.raises(ValueError, match=f"^{argument} = "):
        clean(**({"features": X, "targets": Y} | change))


@pytest.mark.parametrize("source", [3, None, b"digits", "digit", ["digits"]])
def test_bad_names(source):
    with pytest.raises(ValueError, match="^source = "):
        load(source)


def test_a_missing_package_names_the_extra():
    with pytest.raises(ValueError, match=r"pip install scaletheory\[data\]"):
        sets.optional("no_such_package.at_all")
