"""What a picture of a risk shows: which terms, with or without label noise, on which axes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

OPTIONS = ("terms", "excess", "linear")


@dataclass(frozen=True)
class Drawn:
    """What is drawn.

    Attributes
    ----------
    terms : list of str or None
        Names as in JSON; None leaves the choice to the picture.
    excess : bool
        The excess risk in place of the test risk.
    linear : str
        The axes that are linear.
    """

    terms: list[str] | None
    excess: bool
    linear: str

    @classmethod
    def of(cls, choice: dict[str, Any]) -> Drawn:
        """Return what the options say, and take them out."""
        terms, excess, linear = (choice.pop(name) for name in OPTIONS)
        return cls(None if terms is None else [name.strip() for name in terms.split(",")], excess, linear or "")

    def __bool__(self) -> bool:
        return self.terms is not None or self.excess or bool(self.linear)


def drawn_options(command: Decorated) -> Decorated:
    """Add the options."""
    options = (
        click.option("--terms", metavar="NAMES", help="In the picture: test,train,bias,variance[samples*noise], … as in JSON."),
        click.option("--excess", is_flag=True, help="In the picture: the excess risk, without the label noise."),
        click.option("--linear", type=click.Choice(["x", "y", "xy"]), is_flag=False, flag_value="y",
                     help="In the picture: axes that are not logarithmic; y if none is named."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command
