"""Keywords that are not known, and what they may mean: hints from the arguments' own declarations.

`check_known` speaks for functions that take any keyword; `says_what_is_meant` makes one with a fixed signature speak likewise.
"""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from theory.arguments import ARGUMENTS
from theory.errors import BadArgument

Function = TypeVar("Function", bound=Callable[..., Any])

OF_POPULATION = ("capacity", "source")
ELSEWHERE = {  # arguments that some models take, and which
    "step": "OnePassSGD and GradientDescent", "time": "GradientFlow", "n_steps": "GradientDescent",
    "weight_decay": "trained chains", "feature_noise": "chains with FeatureNoise",
}  # fmt: skip
CONVERTED = {  # what others call it, what it is of ours
    ("alpha", "ridge"): " (scikit-learn's alpha is ridge × n_samples: theory.ridge_from)",
    ("alpha", "capacity"): "",
    ("sigma", "noise"): " (the variance sigma²)", ("σ", "noise"): " (the variance σ²)", ("noise_std", "noise"): " (its square)",
    ("mu", "feature_noise"): " (the variance mu²)",
}  # fmt: skip
OTHER_WORDS = {  # what no argument of a model is, and what it is elsewhere
    "gamma": "bandwidth = 1/sqrt(2 gamma) of a kernel", "n_dims": "size of the population", "d": "size of the population",
    "kernel": "numerics.learning_curve, or the kernel's spectrum as population",
}  # fmt: skip


class UnknownArgument(BadArgument, TypeError):
    """A keyword that a function does not take; a `TypeError` as well, which Python raises for it."""


def check_known(given: Mapping[str, Any], taken: Iterable[str], beside: Iterable[str] = (), model: str = "chain") -> None:
    """Refuse keywords that a model does not take, with a hint at what may be meant.

    Parameters
    ----------
    given : mapping
        What was passed.
    taken : iterable of str
        What the model takes.
    beside : iterable of str
        What every model takes.
    model : str
        What it is called.

    Raises
    ------
    ValueError
        For the first that is unknown.
    """
    known, others = list(taken), list(beside)
    for keyword in given:
        if keyword not in (*known, *others):
            raise unknown(keyword, given[keyword], [*known, *others], f"this {model}", known)


def unknown(keyword: str, value: Any, known: Iterable[str], owner: str, listed: Iterable[str] | None = None) -> UnknownArgument:
    """Return the error for a keyword that is not known.

    Parameters
    ----------
    keyword, value
        As passed.
    known : iterable of str
        What there is.
    owner : str
        What does not take it.
    listed : iterable of str, optional
        What is worth listing; all that is known, if left out.
    """
    names = list(known)
    shown = ", ".join(names if listed is None else listed)
    hint = meant(keyword, names)
    remedy = f"did you mean {hint}?" if hint else f"use one of {', '.join(names)}"
    return UnknownArgument(keyword, value, f"left out: {owner} takes {shown}", remedy)


def meant(keyword: str, known: Iterable[str]) -> str:
    """Return what a keyword may mean, in words; empty if nothing comes to mind.

    Parameters
    ----------
    keyword : str
        As passed, such as alpha, lam, P or n_sample.
    known : iterable of str
        What there is.
    """
    names, word = list(known), str(keyword).lower()
    found: dict[str, None] = {}
    for argument in ARGUMENTS.values():
        own = argument.keyword
        if word not in argument.aliases and str(keyword) not in (argument.letter.name, own):
            continue
        note = CONVERTED.get((word, own), "")
        here = [name for name in names if name == own or (argument.is_size and name.startswith(f"{own}_"))]
        if own in OF_POPULATION and not here:
            found[f"{own}= of the population{note}"] = None
        elif own in ELSEWHERE and not here:
            found[f"{own}= of {ELSEWHERE[own]}{note}"] = None
        found |= dict.fromkeys(f"{name}{note}" for name in here)
    letter = next((own for own, argument in ARGUMENTS.items() if argument.letter.name == str(keyword)), "")
    found = dict.fromkeys(sorted(found, key=lambda each: not (letter in names and each.startswith(letter))))  # ours comes first
    if word in OTHER_WORDS and word not in names:
        found[OTHER_WORDS[word]] = None
    return " or ".join(found or difflib.get_close_matches(str(keyword), names, 1, 0.75))


def says_what_is_meant(function: Function) -> Function:
    """Let a function name the argument that a wrong keyword means, as lam for ridge; its signature stays.

    Parameters
    ----------
    function : callable
        With named arguments.
    """
    parameters = inspect.signature(function).parameters.values()
    free = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    names = [each.name for each in parameters if each.kind in (each.KEYWORD_ONLY, each.POSITIONAL_OR_KEYWORD)]
    named = [name for name in names if name != "self"]
    needed = {each.name for each in parameters if each.kind is each.KEYWORD_ONLY and each.default is each.empty}
    owner = function.__qualname__.removesuffix(".__init__")

    @functools.wraps(function)
    def asked(*given: Any, **keywords: Any) -> Any:
        if keywords.keys() - set(names) and (not free or needed - keywords.keys()):
            absent = needed - keywords.keys()
            for keyword, value in keywords.items():
                hint = "" if keyword in names else meant(keyword, absent if free else named)
                if keyword not in names and (hint or not free):
                    raise unknown(keyword, value, named, owner)
        return function(*given, **keywords)

    return asked  # type: ignore[return-value]
