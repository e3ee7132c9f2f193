"""The models that the command line knows by name: a small table from names to chains."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import theory as th
from scaletheory.wording import missing
from theory.chain.layers.shapes import MATCHED
from theory.chain.nonlinear import ACTIVATIONS
from theory.errors import BadArgument
from theory.synonyms import meant_names

Value = TypeVar("Value")


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
        Options that make the chain: "depth", "activation", "columns", "rows", "row_noise".
    settings : tuple of str
        Options that its `evaluate` takes beside the usual ones: "preactivation".
    derived : tuple of str
        Parameters of the chain that are not given but follow from these.
    """

    build: Callable[..., Any]
    words: str
    takes: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()


MODELS: dict[str, Model] = {
    "linear-ridge": Model(
        lambda rows, noise: th.linear_ridge(rows, noise or MATCHED),
        "ridge regression; also any kernel, through its spectrum", ("rows", "row_noise"),
    ),
    "random-features": Model(th.random_features, "ridge on N random linear features", ("columns",)),
    "deep-random-features": Model(th.deep_random_features, "ridge on a deep random linear network", ("depth",)),
    "haar-projection": Model(
        lambda: th.Chain(th.Samples(), th.HaarProjection()), "ridge on N uniformly random orthogonal directions"
    ),
    "noisy-features": Model(
        lambda: th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures()), "random features with additive noise"
    ),
    "nonlinear-random-features": Model(
        th.nonlinear_random_features, "ridge on N random features φ(Fᵀx)",
        ("activation",), ("preactivation",), ("feature_noise",),
    ),
}


LAWS = MODELS | {
    "flow": Model(lambda: th.GradientFlow(th.random_features()), "gradient flow for a time t on N random linear features"),
    "sgd": Model(th.OnePassSGD, "one pass of SGD on a Gaussian sketch of N columns, steps halved"),
}


def chain_named(name: str, options: Mapping[str, Any], n_widths: int, models: Mapping[str, Model] = MODELS) -> Any:
    """Return the chain of a name, or what else has a law.

    Parameters
    ----------
    name : str
        As on the command line, with hyphens.
    options : mapping
        Those of `takes` and `settings`, None where not given.
    n_widths : int
        How many widths --features holds: the depth, when that is not given.
    models : mapping
        `MODELS`, or `LAWS` with what has exponents alone.

    Raises
    ------
    ValueError
        If the name is unknown, or an option is missing or does not belong to the model.
    """
    if name not in models:
        found = meant_names(name, list(models))
        remedy = f"did you mean {' or '.join(found)}?" if found else "choose a model"
        raise BadArgument("MODEL", name, f"one of {', '.join(models)}", remedy)
    model, options = models[name], dict(options)
    for option, value in options.items():
        if value is not None and option not in model.takes + model.settings:
            owners = [other for other, entry in MODELS.items() if option in entry.takes + entry.settings]
            flag, remedy = f"--{option.replace('_', '-')}", f"only {', '.join(owners)} does"
            raise BadArgument(flag, value, f"left out: {name} does not take it", remedy)
    if "activation" in model.takes and options["activation"] is None:
        raise missing("--activation", f"{name} needs a nonlinearity φ", f"choose one of {', '.join(ACTIVATIONS)}")
    if "depth" in model.takes and options["depth"] is None:
        if n_widths == 0:
            raise missing("--features", f"{name} needs the width of each layer", "write for example --features 300,200")
        options["depth"] = n_widths
    if "depth" in model.takes and n_widths not in (0, options["depth"]):
        remedy = "leave out --depth, or give one width a layer"
        raise BadArgument("--features", f"{n_widths} widths", f"given once for each of the {options['depth']} layers", remedy)
    return _built(name, *(options.get(option) for option in model.takes))


@functools.cache
def _built(name: str, *values: Any) -> Any:
    """Return the chain, the same one at every call: it keeps what it has derived."""
    return LAWS[name].build(*values)


def parameters(name: str, chain: th.Chain) -> tuple[str, ...]:
    """Return the keywords of `evaluate` that are to be given: samples first, then from the population outward."""
    derived = MODELS[name].derived
    given = [slot for slot in chain.slots if slot.keyword not in derived]
    return tuple(slot.keyword for slot in sorted(given, key=lambda slot: slot is not chain.slots.data))


def assigned(
    name: str, keywords: Sequence[str], offered: Mapping[str, Sequence[Value]], shown: Callable[[Sequence[Value]], str],
    partly: bool = False,
) -> dict[str, Value]:
    """Return what the options --samples, --features and --feature-noise hold, by keyword of the chain.

    Parameters
    ----------
    name : str
        Of the model.
    keywords : sequence of str
        The chain's, samples first and then from the population outward (`parameters`).
    offered : mapping
        By option, a value for each layer; empty if the option was not given.
    shown : callable
        How the values of an option look in an error message.
    partly : bool
        Whether options may be left out.

    Raises
    ------
    ValueError
        If an option is missing, does not belong to the model, or holds a wrong number of values.
    """
    wanted = {"--samples": [keyword for keyword in keywords if keyword == "n_samples"],
              "--features": [keyword for keyword in keywords if keyword.startswith("n_features")],
              "--feature-noise": [keyword for keyword in keywords if keyword == "feature_noise"]}  # fmt: skip
    takes = ", ".join(flag for flag, names in wanted.items() if names)
    found: dict[str, Value] = {}
    for flag, values in offered.items():
        names = wanted[flag]
        if values and not names:
            raise BadArgument(flag, shown(values), f"left out: {name} takes {takes}", "remove it, or choose another model")
        if names and not values:
            if partly:
                continue
            raise missing(flag, f"{name} takes {takes}", f"add {flag} VALUES, for example {flag} 100")
        if len(values) != len(names):
            raise BadArgument(
                flag, shown(values), f"given once for each of the {len(names)} layers",
                f"{len(values)} given: write {flag} {','.join(['VALUES'] * len(names))}",
            )
        found |= dict(zip(names, values, strict=True))
    return found
