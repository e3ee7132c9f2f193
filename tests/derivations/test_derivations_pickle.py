"""A derivation is data: it travels between processes, before it is checked and after, and is copied."""

import copy
import pickle

import pytest

from derivations.system.discover import load, names


@pytest.mark.parametrize("name", names())
def test_pickles_and_copies_before_and_after_a_check(name):
    derivation = load(name)
    for _ in range(2):
        for again in (pickle.loads(pickle.dumps(derivation)), copy.deepcopy(derivation)):
            assert again.markdown() == derivation.markdown()
            assert [step.text for step in again.steps.values()] == [step.text for step in derivation.steps.values()]
        first = next((label, step) for label, step in derivation.steps.items() if step.mode in ("exact", "numeric"))
        assert derivation.outcome(*first).passed
        assert derivation.setting.observables is not None  # functions that are made once, and not carried along
    assert again.outcome(*first).passed
