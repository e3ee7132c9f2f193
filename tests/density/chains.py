"""Random chains over random populations, and what the definition makes of a chain: for the tests of densities."""

import numpy as np

import theory as th


def random_chain(rng):
    """Return a population of 2 to about 120 modes, a chain with rows of data outside, and its sizes: ties are frequent."""
    kind, dims = rng.integers(4), int(rng.integers(2, 120))
    if kind == 0:
        task = th.Isotropic(dims)
    elif kind == 1:
        task = th.PowerLaw(float(rng.uniform(1.05, 3.0)), 0.3, size=dims)
    elif kind == 2:
        task = th.Discrete(np.exp(rng.normal(size=dims) * rng.uniform(0.1, 2.0)), np.ones(dims))
    else:
        atoms = int(rng.integers(1, 4))
        task = th.Discrete(np.exp(2.0 * rng.normal(size=atoms)), np.ones(atoms), rng.integers(1, 60, size=atoms))
    layers, values, width = [], [], int(task.size)
    for _ in range(rng.integers(0, 4)):
        choice, noisy = rng.integers(3), bool(layers) and not layers[-1].sized
        if choice == 0 or (choice == 1 and noisy):
            layers.append(th.GaussianFeatures())
            width = int(rng.choice([width, rng.integers(2, 200)]))
            values.append(width)
        elif choice == 1:
            layers.append(th.HaarProjection())
            width = int(rng.integers(1, width + 1))
            values.append(width)
        elif not noisy:
            layers.append(th.FeatureNoise())
            values.append(float(np.exp(2.0 * rng.normal() - 3.0)))
    layers.append(th.Samples())
    values.append(int(rng.choice([width, rng.integers(2, 300)])))
    chain = th.Chain(*layers[::-1])
    return task, chain, dict(zip([slot.keyword for slot in chain.slots], values, strict=True))


def draw(task, chain, sizes, rng):
    """Return the eigenvalues of one kernel ZZᵀ/P, as the layers declare how they are drawn."""
    rows = chain.slots[-1]
    n = int(sizes[rows.keyword])
    Z = rows.layer.draw(rng, int(task.size), n) * np.sqrt(task.explicit()[0])
    for slot in chain.slots[:-1]:
        value = sizes[slot.keyword]
        if slot.is_size:
            Z = Z @ slot.layer.draw(rng, Z.shape[1], int(value))
        else:
            Z = Z + np.sqrt(value) * slot.layer.draw(rng, Z.shape[1], n)
    found = np.linalg.eigvalsh(Z @ Z.T / n)[::-1]
    return np.where(found > 1e-12 * found[0], found, 0.0)
