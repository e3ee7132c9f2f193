"""Terms of a risk by name: a mapping whose keys are a name, or several sources in any order."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from functools import lru_cache
from typing import Generic, TypeAlias, TypeVar

Key: TypeAlias = str | tuple[str, ...]
RISKS = ("test", "train", "gap", "excess", "bias", "approximation", "variance")  # what is not the variance of some sources
Value = TypeVar("Value")

WRITTEN = re.compile(r"(?:V|variance)\[(.+)\]")  # a variance as laws, pictures, tables, JSON and CSV write it
BETWEEN = re.compile(r"\s*[×*,]\s*")


class Terms(Mapping[Key, Value], Generic[Value]):
    """A read-only mapping from a name ("test") or a tuple of sources, looked up in any order, to a value.

    A key may also be written as it is printed: "V[samples × features]", or "variance[samples*features]" as in JSON and CSV.
    """

    def __init__(self, terms: Mapping[Key, Value]) -> None:
        self._values = {self._plain(key): value for key, value in terms.items()}
        self._places = {_sources(key): key for key in self._values}

    @staticmethod
    def _plain(key: Key) -> Key:
        return key[0] if isinstance(key, tuple) and len(key) == 1 else key

    def __getitem__(self, key: Key) -> Value:
        try:
            return self._values[self._places[_sources(key if isinstance(key, Hashable) else frozenset(key))]]
        except (KeyError, TypeError):
            raise KeyError(f"{key!r}; there are {', '.join(repr(k) for k in self._values)}") from None

    def __iter__(self) -> Iterator[Key]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{key!r}: {value!s}" for key, value in self.items()) + "}"


@lru_cache(maxsize=1024)
def _sources(key: Key | frozenset[str]) -> frozenset[str]:
    """Return what a key stands for, in whatever order and manner it is written."""
    if isinstance(key, str):
        written = WRITTEN.fullmatch(key.strip())
        return frozenset(BETWEEN.split(written[1].strip())) if written else frozenset((key,))
    if not isinstance(key, tuple | frozenset):
        raise TypeError("a name, or a tuple of them")
    return frozenset(key)


def term_name(key: Key) -> str:
    """Return a term's name in files and tables: risks as they are, a variance as variance[samples*noise].

    Parameters
    ----------
    key : str or tuple of str
        A risk, or the sources of a variance.
    """
    return key if isinstance(key, str) and key in RISKS else f"variance[{'*'.join([key] if isinstance(key, str) else key)}]"
