"""Options that choose a model and its sizes: MODEL, --samples, --features, …, as every command on a chain takes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click
import numpy as np
from numpy.typing import NDArray

import theory as th
from scaletheory.options.arguments import argument_option
from scaletheory.options.layers import LAYER_NAMES, LAYER_OPTIONS
from scaletheory.options.models import MODELS, assigned, chain_named, parameters
from scaletheory.options.values import Numbers, Values
from scaletheory.output.formats import short

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

LISTED = "\n".join(f"  {name:26} {model.words}" for name, model in MODELS.items())  # for the end of a help text


@dataclass(frozen=True)
class ChosenChain:
    """A chain with its sizes.

    Attributes
    ----------
    model : str
        Its name on the command line.
    chain : Chain
        The chain itself.
    settings : dict
        What else its `evaluate` takes.
    axes : dict
        Values of each size and variance, by keyword.
    """

    model: str
    chain: th.Chain
    settings: dict[str, Any]
    axes: dict[str, NDArray[np.float64]]


def chain_options(command: Decorated) -> Decorated:
    """Add MODEL, --samples, --features, --feature-noise, what makes its layers, and --preactivation; see `chosen_chain`."""
    options = (
        click.argument("model", metavar="MODEL"),
        argument_option("n_samples", Numbers()),
        argument_option("n_features", Numbers(), ". Deep models: one option a layer, or one list, from the population outward",
                        multiple=True),
        argument_option("feature_noise", Numbers(), " (noisy-features)"),
        *LAYER_OPTIONS,
        click.option("--preactivation", type=float, metavar="s",
                     help="nonlinear-random-features: standard deviation of φ's argument; √(tr Σ/D) if left out."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def chosen_chain(
    model: str, n_samples: Values | None, n_features: tuple[Values, ...], feature_noise: Values | None, **options: Any
) -> ChosenChain:
    """Return the chain that the options choose.

    Raises
    ------
    ValueError
        If the model is unknown, or an option is missing, or one too many.
    """
    widths = list(n_features[0].items) if len(n_features) == 1 else [values.flat for values in n_features]
    chain = chain_named(model, options, len(widths))
    keywords = parameters(model, chain)
    if sum(keyword.startswith("n_features") for keyword in keywords) == 1 and widths:
        widths = [np.concatenate(widths)]
    offered = {
        "--samples": [n_samples.flat] if n_samples else [],
        "--features": widths,
        "--feature-noise": [feature_noise.flat] if feature_noise else [],
    }
    settings = {name: options[name] for name in MODELS[model].settings}
    return ChosenChain(model, chain, settings, assigned(model, keywords, offered, _words))


CHAIN_OPTIONS = ("model", "n_samples", "n_features", "feature_noise", *LAYER_NAMES, "preactivation")


def _words(values: Sequence[NDArray[np.float64]]) -> str:
    return ",".join(short(value, 6) for value in np.concatenate(values))
