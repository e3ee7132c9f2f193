"""The test risk as a matrix expression, through the pencil: a route that knows no layers and no κ."""

from __future__ import annotations

import functools
from typing import Any

from sympy import Identity, Trace, symbols

from numerics.validation.ledger.entries import Witness
from numerics.validation.ledger.inquiry import Inquiry
from numerics.validation.ledger.subjects.asked import Asked
from theory.chain.layers import GaussianFeatures, Samples
from theory.pencil import diagonal, equivalent, gaussian

TOLERANCE = 1e-11
P, D, N1, N2, RIDGE, NOISE = symbols("P D N1 N2 ridge noise", positive=True)


@functools.cache
def risk(depth: int) -> Any:
    """Return ‖w − ŵ‖² on new data, label noise included, for `depth` layers of features.

    Parameters
    ----------
    depth : int
        0, 1 or 2.
    """
    X, S, W = gaussian("Z", P, D) * diagonal("S", D).sqrt, diagonal("S", D), diagonal("W", D)
    first, second = gaussian("F1", D, N1, variance=1 / N1), gaussian("F2", N1, N2, variance=1 / N2)
    F, n = [(Identity(D), D), (first, N1), (first * second, N2)][depth]
    learner = F * (F.T * X.T * X * F / P + RIDGE * Identity(n)).inv() * F.T * X.T / P
    left = Identity(D) - learner * X
    return equivalent(Trace(W * left.T * S * left) + NOISE * Trace(learner.T * S * learner) + NOISE)


def of_chain(asked: Asked, inquiry: Inquiry) -> dict[str, Witness]:
    """Return what it says of the test risk of a chain of white Gaussian layers; nothing of others.

    Parameters
    ----------
    asked : Asked
        The chain.
    inquiry : Inquiry
        How it is asked.
    """
    slots = asked.model.slots
    kinds = [type(slot.layer) for slot in slots]
    white = all(slot.layer.law is None for slot in slots) and asked.model.nonlinear is None
    if not white or kinds != [*[GaussianFeatures] * (len(kinds) - 1), Samples] or len(kinds) > 3:
        return {}
    eigenvalues, power = asked.task.explicit()
    pairs = []
    for n_samples in asked.samples:
        for ridge in (1e-3, 0.05, 1.0):
            widths = dict(zip(("N1", "N2"), (asked.sizes[slot.keyword] for slot in slots if slot.is_features), strict=False))
            value = risk(len(kinds) - 1).evaluate(P=n_samples, ridge=ridge, noise=asked.noise, S=eigenvalues, W=power, **widths)
            pairs.append((asked.values(asked.task, asked.at(n_samples, ridge))["test"], value))
    return {"test": inquiry.equal(pairs, TOLERANCE, "the risk as a matrix expression, by a linear pencil")}
