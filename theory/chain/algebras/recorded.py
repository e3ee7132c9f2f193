"""Recorded arithmetic: a number is the text of what was done to make it, so that two declarations can be told apart.

A layer's `outer` runs through it like through numbers. What asks for a value cannot be recorded.
"""

from __future__ import annotations

from typing import Any, NoReturn


class NotRecordedError(ArithmeticError):
    """A question about a value, where there is only the text of it."""


class Recorded:
    """A number by its text.

    Parameters
    ----------
    text : str
        A letter, or what was done.
    """

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text

    def __add__(self, other: Any) -> Recorded:
        return Recorded(f"({self.text} + {other})")

    def __radd__(self, other: Any) -> Recorded:
        return Recorded(f"({other} + {self.text})")

    def __sub__(self, other: Any) -> Recorded:
        return Recorded(f"({self.text} - {other})")

    def __rsub__(self, other: Any) -> Recorded:
        return Recorded(f"({other} - {self.text})")

    def __mul__(self, other: Any) -> Recorded:
        return Recorded(f"{self.text}*{other}")

    def __rmul__(self, other: Any) -> Recorded:
        return Recorded(f"{other}*{self.text}")

    def __truediv__(self, other: Any) -> Recorded:
        return Recorded(f"({self.text}/{other})")

    def __rtruediv__(self, other: Any) -> Recorded:
        return Recorded(f"({other}/{self.text})")

    def __pow__(self, power: Any) -> Recorded:
        return Recorded(f"({self.text})**{power}")

    def __neg__(self) -> Recorded:
        return Recorded(f"(-{self.text})")

    def _asked(self, *_: Any) -> NoReturn:
        raise NotRecordedError(f"the value of {self.text}")

    __bool__ = __float__ = __int__ = __eq__ = __lt__ = __le__ = __gt__ = __ge__ = _asked
    __hash__ = None  # type: ignore[assignment]
