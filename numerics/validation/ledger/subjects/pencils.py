"""Test and training risk as matrix expressions, through the pencil: a route that knows no layers and no κ."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from sympy import Identity, Trace, symbols

from numerics.validation.ledger.entries import Witness
from numerics.validation.ledger.inquiry import Inquiry
from numerics.validation.ledger.subjects.asked import Asked, points
from theory.chain.layers import GaussianFeatures, Samples
from theory.pencil import diagonal, equivalent, gaussian

TOLERANCE = 1e-10
P, D, N1, N2, RIDGE, NOISE = symbols("P D N1 N2 ridge noise", positive=True)


@functools.cache
def risk(depth: int, rows: str = "") -> dict[str, Any]:
    """Return "test", ‖w − ŵ‖² on new data with label noise, and "train", for `depth` layers of features.

    Parameters
    ----------
    depth : int
        0, 1 or 2.
    rows : str
        "matched" or "white": the label noise of rows of a law; "" for independent ones.
    """
    S, W, K = diagonal("S", D), diagonal("W", D), diagonal("K", P)
    X = gaussian("Z", P, D) * S.sqrt
    X = K.sqrt * X if rows else X
    first, second = gaussian("F1", D, N1, variance=1 / N1), gaussian("F2", N1, N2, variance=1 / N2)
    F, n = [(Identity(D), D), (first, N1), (first * second, N2)][depth]
    learner = F * (F.T * X.T * X * F / P + RIDGE * Identity(n)).inv() * F.T * X.T / P
    left, seen, labels = Identity(D) - learner * X, Identity(P) - X * learner, K if rows == "matched" else Identity(P)
    test = Trace(W * left.T * S * left) + NOISE * Trace(labels * learner.T * S * learner) + NOISE
    train = Trace(W * left.T * X.T * X * left) / P + NOISE / P * Trace(labels * seen.T * seen)
    return {"test": equivalent(test), "train": equivalent(train)}


def of_chain(asked: Asked, inquiry: Inquiry) -> dict[str, Witness]:
    """Return what it says of the risks of a chain of Gaussian layers; nothing of others.

    Parameters
    ----------
    asked : Asked
        The chain.
    inquiry : Inquiry
        How it is asked.
    """
    slots = asked.model.slots
    kinds = [type(slot.layer) for slot in slots]
    white = all(slot.layer.law is None for slot in slots if slot.is_features) and asked.model.nonlinear is None
    if not white or kinds != [*[GaussianFeatures] * (len(kinds) - 1), Samples] or len(kinds) > 3:
        return {}
    layer, (eigenvalues, power) = slots[-1].layer, asked.task.explicit()
    rows = "" if layer.law is None else layer.noise
    pairs: dict[str, list[tuple[Any, Any]]] = {"test": [], "train": []}
    for n_samples, ridge, values in points(asked, (1e-3, 0.05, 1.0), (12, 20) if rows else ()):
        widths = (asked.sizes[slot.keyword] for slot in slots if slot.is_features)
        given: dict[str, Any] = dict(zip(("N1", "N2"), widths, strict=False))
        given |= {"K": np.ravel(layer.roots(n_samples)) ** 2} if rows else {"P": n_samples}
        for name, expression in risk(len(kinds) - 1, rows).items():
            value = expression.evaluate(ridge=ridge, noise=asked.noise, S=eigenvalues, W=power, **given)
            pairs[name].append((values[name], value))
    return {name: inquiry.equal(each, TOLERANCE, "as a matrix expression, by a linear pencil") for name, each in pairs.items()}
