"""Options made of the arguments' own declarations: name, meaning, default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from theory.arguments import ARGUMENTS

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def argument_option(
    keyword: str, kind: click.ParamType, words: str = "", letter: str = "", **settings: Any
) -> Callable[[Decorated], Decorated]:
    """Return a decorator that adds the option of an argument.

    Parameters
    ----------
    keyword : str
        In `theory.arguments.ARGUMENTS`.
    kind : click.ParamType
        How values are read.
    words : str
        What its help says after the meaning.
    letter : str
        Its letter, if the model has one of its own for it.
    **settings
        Of `click.option`, beside the default of the declaration, which is shown where there is one.
    """
    argument = ARGUMENTS[keyword]
    meaning = f"{argument.meaning} {letter or argument.letter.symbol}" if argument.is_size else argument.meaning
    if argument.default is not None and not settings.keys() & {"required", "default"}:
        settings |= {"default": f"{argument.default:g}", "show_default": True}
    return click.option(argument.option, keyword, type=kind, help=f"{_capital(meaning)}{words}.", **settings)


def _capital(text: str) -> str:
    """Return a text with a capital letter at its start, Greek symbols left as they are."""
    return text[0].upper() + text[1:] if text[0].isascii() else text
