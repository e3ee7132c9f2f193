"""The picture of eigenvalues: a panel for all that there is to draw."""

from __future__ import annotations

import pytest

import numerics as nm
import theory as th
from numerics.pictures.spectrum import spectrum_figure

pytest.importorskip("matplotlib")


def test_panels_are_drawn_for_what_there_is():
    population = th.Discrete([1.0, 0.5, 0.2], [1.0, 1.0, 1.0], multiplicity=[10, 20, 30])
    lists = nm.simulate_spectrum(th.linear_ridge(), population, trials=8, seed=0, n_samples=40)
    few, many = nm.level_statistics(lists[:1]), nm.level_statistics(lists)
    density = th.linear_ridge().spectrum(population, n_samples=40)
    names = [
        [axes.get_ylabel() for axes in spectrum_figure(measured=lists[0], **given).axes]
        for given in ({}, {"density": density}, {"statistics": few}, {"density": density, "statistics": many})
    ]
    assert [len(some) for some in names] == [1, 2, 2, 4]
    assert names[-1][2:] == ["cumulative distribution", "connected form factor"]
