"""Images without targets: sizes, values, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import numerics as nm
from numerics.data.images import features_of

pytest.importorskip("skimage")


def test_photographs_are_cut_into_disjoint_patches():
    rows = nm.images("photos", size=32)
    assert rows.shape[1] == 32**2
    assert rows.min() >= 0.0
    assert rows.max() <= 1.0
    first = nm.images("photos", size=16)[0].reshape(16, 16)
    np.testing.assert_array_equal(rows[0].reshape(32, 32)[:16, :16], first)


def test_faces_are_a_hundred():
    assert nm.images("faces").shape == (100, 625)
    np.testing.assert_array_equal(features_of("faces"), nm.images("faces"))
    assert features_of("digits").shape == (1797, 61)


@pytest.mark.parametrize(
    ("name", "size", "message"),
    [
        ("cats", 16, "^name = 'cats'"),
        ("photos", 1, "^size = 1 "),
        ("photos", 16.5, "^size = 16.5"),
        ("faces", 200, "^size = 200"),
    ],
)
def test_bad_input(name, size, message):
    with pytest.raises(ValueError, match=message):
        nm.images(name, size)
