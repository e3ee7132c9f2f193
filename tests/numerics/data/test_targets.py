"""Targets: labels of any kind, numbers, and what is neither; each refusal says why."""

from decimal import Decimal

import numpy as np
import pytest
import scipy.sparse

from numerics.data.targets import centred_targets, read_targets

pandas = pytest.importorskip("pandas")


def test_labels_become_centred_outputs():
    expected = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0]]) - np.array([0.25, 0.5, 0.25])
    text = ["a", "b", "c", "b"]
    for labels in (
        text, [[t] for t in text], [0, 1, 2, 1], np.array([3, 7, 9, 7], np.uint8), np.array(text, dtype=object),
        np.array(text, dtype="S"), np.array(text, dtype=np.dtypes.StringDType()), pandas.Series(text),
        pandas.Series(text, dtype="string"), pandas.Series(text, dtype="category"), pandas.DataFrame({"label": text}),
        pandas.Series([0, 1, 2, 1], dtype="Int64"), pandas.Series([0, 1, 2, 1], dtype="category"),
        np.array(["p", 1, 2.5, 1], dtype=object)[[0, 1, 2, 3]],
    ):  # fmt: skip
        np.testing.assert_allclose(centred_targets(labels), expected)
    for floats in ([0.0, 1.0, 2.0, 1.0], [[0.0], [1.0], [2.0], [1.0]]):
        np.testing.assert_allclose(centred_targets(floats, kind="classes"), expected)
        np.testing.assert_allclose(centred_targets(floats)[:, 0], [-1, 0, 1, 0])
    assert centred_targets([True, False, True]).shape == (3, 2)
    assert centred_targets(np.array([True, False, True], dtype=object)).shape == (3, 2)
    np.testing.assert_allclose(centred_targets([True, False, True], kind="numbers")[:, 0] * 3, [1, -2, 1])
    np.testing.assert_allclose(centred_targets([0, 1, 2, 1], kind="numbers")[:, 0], [-1, 0, 1, 0])
    assert centred_targets(np.arange(30)).shape == (30, 1)
    assert centred_targets(np.arange(30), kind="classes").shape == (30, 30)
    assert centred_targets([0.5, 1.5, 0.5]).shape == (3, 1)


MASKED = np.ma.masked_array([1.0, 2.0, 3.0], mask=[False, True, False])
BAD = {
    "constant": ([1, 1, 1], None, "constant"),
    "constant floats": ([2.5, 2.5], None, "constant"),
    "empty": ([], None, "one row per data point"),
    "scalar": (3.0, None, "one row per data point"),
    "NaN": ([1.0, np.nan], None, "missing"),
    "NaN among labels": ([1.0, np.nan], "classes", "missing"),
    "infinite": ([1.0, np.inf], "classes", "infinite"),
    "complex": ([1j, 2.0], None, "complex"),
    "ragged": ([[1.0], [1.0, 2.0]], None, "equally long"),
    "text as numbers": (["a", "b"], "numbers", "labels"),
    "columns of labels": ([[0, 1], [1, 0]], "classes", "one column"),
    "columns of text": ([["a", "b"], ["b", "a"]], None, "one column"),
    "three dimensions": (np.zeros((2, 2, 2)), None, "one row"),
    "forty dimensions": (np.zeros((1,) * 40), None, "one row"),
    "None": ([None, 1], None, "missing"),
    "nothing": (None, None, "missing"),
    "NA": (pandas.Series([1, None], dtype="Int64"), None, "missing"),
    "text missing": (pandas.Series(["a", None]), None, "missing"),
    "category missing": (pandas.Series(["a", None], dtype="category"), None, "missing"),
    "masked": (MASKED, None, "masked"),
    "masked in a list": ([MASKED[0], np.ma.masked, 2.0], None, "masked"),
    "sparse": (scipy.sparse.csr_matrix(np.eye(3)), None, "sparse"),
    "dates": (np.array(["2020", "2021"], dtype="datetime64[Y]"), None, "datetime64"),
    "records": (np.zeros(3, dtype=[("a", float)]), None, "type"),
    "decimals": ([Decimal(1), Decimal(2)], None, "Decimal"),
    "too large": ([1e200, 2.0], None, "squares"),
    "too large for a double": ([10**400, 2.0], None, "too large"),
    "too many classes": (np.arange(20_000), "classes", "at most 10000 classes"),
    "lists": (np.array([None, [1], [2, 3]], dtype=object)[1:], None, "equally long"),
    "sets": (np.array([None, {1}, {2}], dtype=object)[1:], None, "hashable"),
}  # fmt: skip


@pytest.mark.parametrize("case", list(BAD))
def test_bad_targets_say_why(case):
    targets, kind, reason = BAD[case]
    with pytest.raises(ValueError, match=f"(?s)^targets = .*{reason}"):
        centred_targets(targets, kind=kind)


def test_a_mask_that_hides_nothing_is_no_mask():
    np.testing.assert_allclose(centred_targets(np.ma.masked_array([1.0, 2.5], mask=False))[:, 0], [-0.75, 0.75])


def test_what_was_read_is_kept():
    assert read_targets([0, 1, 1]).guessed.startswith("targets of 2 whole values are taken for class labels")
    assert read_targets([0, 1, 1], "classes").guessed == ""
    assert read_targets(["a", "b"]).kind == "classes"
    assert read_targets([[1, 2], [3, 4]]).kind == "numbers"
