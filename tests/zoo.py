"""Chains to test on, discovered from the layers that the package declares: every admissible stack of up to three."""

import itertools

import theory as th
from theory.chain.layers.base import FreeFeatures

LAYERS = [cls for cls in th.Layer.__subclasses__() if cls.__module__.startswith("theory.") and cls is not FreeFeatures]
SIZED = [cls for cls in LAYERS if cls.sized]
DATA = [cls for cls in LAYERS if cls.trains]
INNER = [cls for cls in LAYERS if not cls.trains]


def admissible_chains(depth=2):
    """Return all chains of at most one layer of data over at most `depth` others."""
    chains = []
    for count in range(depth + 1):
        for inner in itertools.product(INNER, repeat=count):
            for outer in [None, *DATA]:
                layers = [cls() for cls in ([outer] if outer else []) + list(inner)]
                try:
                    chains.append(th.Chain(*layers))
                except ValueError:
                    continue
    return chains


def label(chain):
    """Return a short name for a test's id."""
    return "-".join(type(layer).__name__ for layer in chain.layers)


def sizes(chain, scale=1.0):
    """Return one admissible value for every parameter of a chain over a population of 60 modes (D = 60)."""
    values, width = {}, 60.0
    for slot in chain.slots:
        if not slot.is_size:
            values[slot.keyword] = 0.02 * scale
        elif not slot.is_features:
            values[slot.keyword] = 24.0
        else:
            width = width * 0.7 if slot.ratio else 37.0 + len(values)
            values[slot.keyword] = width
    return values
