"""Options for the powers of one large number that sizes, ridge and noise are: what `exponents` and `optimum` share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeVar

import click

from scaletheory.options.arguments import argument_option
from scaletheory.options.layers import LAYER_OPTIONS
from scaletheory.options.letters import Letters
from scaletheory.options.models import LAWS, assigned, chain_named
from scaletheory.options.values import Power, Powers
from scaletheory.wording import missing
from theory.errors import BadArgument
from theory.exponents.system import System

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Number = Fraction | float


def law_options(command: Decorated) -> Decorated:
    """Add the options that choose the law: what makes the layers, --capacity, --source."""
    options = (
        *LAYER_OPTIONS,
        click.option("--capacity", type=Power(), metavar="α", help="Eigenvalues k^-α, α > 1.  [default: symbolic]"),
        click.option("--source", type=Power(), metavar="r", help="Target power c_k λ_k = k^-(1+2αr).  [default: symbolic]"),
    )
    for option in reversed(options):
        command = option(command)
    return command


def size_options(
    what: str, noise: click.ParamType | None = None, noise_words: str = ", likewise; none if left out"
) -> Callable[[Decorated], Decorated]:
    """Return a decorator that adds the options of sizes, ridge, time, step and noise, which hold `what`.

    Parameters
    ----------
    what : str
        In words.
    noise : click.ParamType, optional
        How the noise is read: a power too, unless it is given.
    noise_words : str
        What its help says after the meaning.
    """

    def add(command: Decorated) -> Decorated:
        options = (
            argument_option("n_samples", Power(), f": {what}"),
            argument_option("n_features", Powers(), f": {what}. Deep: one for each layer, from the population outward",
                            multiple=True),
            argument_option("feature_noise", Power(), " (noisy-features), likewise"),
            argument_option("ridge", Power(), ", likewise", default=None),
            argument_option("time", Power(), " (flow), likewise"),
            argument_option("step", Power(), " (sgd), likewise"),
            argument_option("noise", noise or Power(), noise_words, default=None),
        )  # fmt: skip
        for option in reversed(options):
            command = option(command)
        return command

    return add


def model_named(model: str, options: Mapping[str, Any], widths: Sequence[Any]) -> Any:
    """Return the chain, or what else has a law, of a name; the depth is the number of widths if it was not given."""
    if model in LAWS and "depth" in LAWS[model].takes and options["depth"] is None and not widths:
        raise missing("--depth", f"{model} needs the number of layers", "write for example --depth 2")
    return chain_named(model, options, len(widths), LAWS)


def given_sizes(
    model: str, system: System, n_samples: Number | None, widths: Sequence[Number], feature_noise: Number | None,
    others: Mapping[str, Number | None],
) -> dict[str, Number]:
    """Return what was given, by keyword of the law, samples first."""
    offered = {
        "--samples": [] if n_samples is None else [n_samples],
        "--features": list(widths),
        "--feature-noise": [] if feature_noise is None else [feature_noise],
    }
    layers = [keyword for keyword in system.keywords[::-1] if keyword not in ("n_samples", *others)]
    named = [keyword for keyword in system.keywords if keyword == "n_samples"] + layers
    found = assigned(model, named, offered, lambda values: ",".join(map(str, values)), partly=True)
    for keyword, value in others.items():
        if value is None:
            continue
        if keyword not in system.keywords and keyword != "noise":
            raise BadArgument(f"--{keyword}", value, f"left out: {model} takes {', '.join(system.keywords)}", "remove it")
        found[keyword] = value
    return found


def keyword_of(name: str, letters: Letters, flag: str, whole: str) -> str:
    """Return the argument of a chain that a name means: samples, n_samples, ridge, or a size in the paper's letters.

    Raises
    ------
    ValueError
        If there is none; it names the option `flag` and its value `whole`.
    """
    keywords = letters.system.keywords
    for keyword, letter in letters.names.items():
        if name in (keyword, keyword.removeprefix("n_"), keyword.replace("_", "-"), letter):
            return keyword
    known = ", ".join(dict.fromkeys([*(keyword.removeprefix("n_") for keyword in keywords), *letters.names.values()]))
    raise BadArgument(flag, whole, f"in the arguments of the chain, without {name!r}", f"use some of {known}")


def cost_of(text: str, letters: Letters) -> dict[str, Number]:
    """Return a monomial such as samples^2*features/ridge as powers by argument; time, where it is none, is 1/ridge.

    Raises
    ------
    ValueError
        If it is no such monomial.
    """
    found: dict[str, Number] = {}
    plain = text.replace("**", "^").replace(" ", "")
    factor = r"([^\W\d]\w*(?:-\w+)*|1)(?:\^(-?[\d.]+|\(-?[\d./]+\)))?"
    if not re.fullmatch(rf"{factor}(?:[*/·]{factor})*", plain):
        raise BadArgument(
            "--cost", text, "a monomial such as samples*features or samples^2*features/ridge",
            "write names joined by * and /, with powers such as ^2, ^-1.5 or ^(3/2)",
        )
    for sign, name, power in re.findall(rf"(^|[*/·]){factor}", plain):
        if name == "1":
            continue
        try:
            size = Fraction(power.strip("()") or 1)
        except (ValueError, ZeroDivisionError):
            raise BadArgument(
                "--cost", text, f"a monomial with numbers for powers, not {power}", "write for example ^2"
            ) from None
        inverse = name == "time" and "time" not in letters.system.keywords
        keyword = "ridge" if inverse else keyword_of(name, letters, "--cost", text)
        turned = (sign == "/") != inverse
        found[keyword] = found.get(keyword, Fraction(0)) + (-size if turned else size)
    return {keyword: power for keyword, power in found.items() if power}


def powers_as_text(powers: Mapping[str, Number], letters: Letters, of: str) -> str:
    """Return what is which power of one large number: P ~ Λ, λ ~ Λ^(-3/2), σ² = 0."""
    names = letters.names
    return ", ".join(f"{names.get(keyword, keyword)} {power_as_text(power, of)}" for keyword, power in powers.items())


def power_as_text(power: Number, of: str) -> str:
    """Return ~ Λ^(3/2), = 0 or = ∞."""
    if power in (float("inf"), float("-inf")):
        return "= ∞" if power > 0 else "= 0"
    shown = str(power)
    return f"~ {of}" if shown == "1" else f"~ {of}^{shown if shown.isdigit() else f'({shown})'}"
