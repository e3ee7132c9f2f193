"""The eigenvalues that one-pass SGD averages over are those of the features' density."""

import numpy as np
import pytest

import theory as th
from theory.dynamics.sgd.sketches.bins import bins
from theory.dynamics.sgd.sketches.sketch import sketched_modes


@pytest.mark.parametrize("width", [12, 60, 200])
@pytest.mark.parametrize("task", [th.PowerLaw(1.5, 0.4, size=300), th.PowerLaw(1.5, 0.4), th.Isotropic(40)], ids=repr)
def test_sketched_spectra_are_the_density_of_gaussian_features(task, width):
    modes = sketched_modes(bins(task, width), width, task.rank, task.total_variance, 1.0)
    found = th.Chain(th.GaussianFeatures()).spectrum(task, of="features", n_features=width)
    ordered = np.argsort(-modes.eigenvalues)
    above = np.cumsum(modes.counts[ordered]) - 0.5 * modes.counts[ordered]
    x = modes.eigenvalues[ordered]
    inside = (x > found.edges[-1] * 1.0001) & (x < found.edges[0] * 0.9999)
    expected = (1.0 - found.cdf(x[inside])) * width
    np.testing.assert_allclose(above[inside], expected, atol=0.02 * min(width, task.rank))
    assert float(modes.counts @ modes.eigenvalues) == pytest.approx(found.mean * width, rel=1e-9)
