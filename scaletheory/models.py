"""The models that the command line knows by name: a small table from names to chains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import theory as th
from theory._validate import bad
from theory.nonlinear import ACTIVATIONS


@dataclass(frozen=True)
class Model:
    """One name.

    Attributes
    ----------
    build : callable
        Makes the chain, from the values of `takes`.
    words : str
        What it is.
    takes : tuple of str
        Options beside the sizes: "depth", "activation".
    derived : tuple of str
        Parameters of the chain that are not given but follow from `takes`.
    """

    build: Callable[..., th.Chain]
    words: str
    takes: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()


MODELS: dict[str, Model] = {
    "linear-ridge": Model(th.linear_ridge, "ridge regression; also any kernel, through its spectrum"),
    "random-features": Model(th.random_features, "ridge on N random linear features"),
    "deep-random-features": Model(th.deep_random_features, "ridge on a deep random linear network", ("depth",)),
    "haar-projection": Model(
        lambda: th.Chain(th.Samples(), th.HaarProjection()), "ridge on N uniformly random orthogonal directions"
    ),
    "noisy-features": Model(
        lambda: th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures()), "random features with additive noise"
    ),
    "nonlinear-random-features": Model(
        th.nonlinear_random_features, "ridge on N random features φ(Fᵀx)", ("activation",), ("feature_noise",)
    ),
}


def chain_named(name: str, depth: int | None, activation: str | None, n_widths: int) -> th.Chain:
    """Return the chain of a name.

    Parameters
    ----------
    name : str
    depth : int or None
        The number of feature layers; by default as many as widths are given.
    activation : str or None
    n_widths : int
        How many widths --features holds.

    Raises
    ------
    ValueError
        If the name is unknown, or an option is missing or does not belong to the model.
    """
    if name not in MODELS:
        raise bad("MODEL", name, f"one of {', '.join(MODELS)}", "choose a model")
    takes = MODELS[name].takes
    options: dict[str, Any] = {"depth": depth, "activation": activation}
    for option, value in options.items():
        if value is not None and option not in takes:
            owners = [other for other, model in MODELS.items() if option in model.takes]
            raise bad(f"--{option}", value, f"left out: {name} does not take it", f"only {', '.join(owners)} does")
    if "activation" in takes and activation is None:
        raise bad("--activation", None, f"one of {', '.join(ACTIVATIONS)}", "choose the nonlinearity φ")
    if "depth" in takes and depth is None:
        if n_widths == 0:
            raise bad("--features", None, f"given for {name}, once a layer", "write for example --features 300,200")
        options["depth"] = n_widths
    return MODELS[name].build(*(options[option] for option in takes))


def parameters(name: str, chain: th.Chain) -> tuple[str, ...]:
    """Return the keywords of `evaluate` that are to be given for this chain: samples first, then from the population out."""
    derived = MODELS[name].derived
    given = [slot for slot in chain.slots if slot.keyword not in derived]
    return tuple(slot.keyword for slot in sorted(given, key=lambda slot: not slot.layer.trains))
