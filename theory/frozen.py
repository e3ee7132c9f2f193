"""A read-only mapping that copies and pickles, which `types.MappingProxyType` does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value", covariant=True)


class Frozen(Mapping[Key, Value], Generic[Key, Value]):
    """A mapping that nobody changes; equal to any mapping of the same items.

    Parameters
    ----------
    items : mapping
        Copied.
    """

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[Key, Value]) -> None:
        self._items = dict(items)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._items,)

    def __getitem__(self, key: Key) -> Value:
        return self._items[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return repr(self._items)
