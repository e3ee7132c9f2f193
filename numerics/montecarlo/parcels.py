"""What every task of a run needs, sent to each worker once: arrays under a digest of their bytes, the rest as one pickle.

    task  ->  the names of what it needs        worker: has them, or says that it lacks some, and is sent them with the task

A parcel is pickled as names alone, so that a task is a few hundred bytes however large the arrays are; within a process it
is not pickled at all. A worker holds on to what it was sent, for the next tasks and the next runs that need the same.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

LARGE = 1024  # bytes from which on an array goes by its name
SMALL = 2048  # bytes up to which everything goes with each task
HELD = 2**30  # bytes that a process holds for tasks to come, beside what it needs at the moment


class Lacking(Exception):
    """A parcel of which this process lacks a part."""


class Parcel:
    """Something to be had by tasks in other processes; pickles as names, and in this process is the thing itself.

    Parameters
    ----------
    content : Any
        Must pickle if it leaves the process, by `cloudpickle` where that is installed.
    """

    def __init__(self, content: Any) -> None:
        self._packed, self._full = _Packed(content), False

    def full(self) -> Parcel:
        """Return the same, to be sent with all that it names."""
        twin = Parcel.__new__(Parcel)
        twin._packed, twin._full = self._packed, True
        return twin

    def open(self) -> Any:
        """Return the content."""
        return self._packed.content

    def __reduce__(self) -> tuple[Any, ...]:
        names, parts = self._packed.parts
        return Arrived, (names, parts if self._full or self._packed.size <= SMALL else {})


class Arrived:
    """A parcel in another process.

    Parameters
    ----------
    names : tuple of bytes
        Of its parts, the pickle first.
    parts : mapping
        Those that were sent with it.
    """

    def __init__(self, names: tuple[bytes, ...], parts: Mapping[bytes, Any]) -> None:
        self._names, self._parts = names, parts

    def open(self) -> Any:
        """Return the content.

        Raises
        ------
        Lacking
            If something of it was never sent to this process, or is not held any more.
        """
        parts = SHELF.take(self._names, self._parts)
        reader = pickle.Unpickler(io.BytesIO(parts[self._names[0]]))
        reader.persistent_load = parts.__getitem__  # type: ignore[method-assign]
        return reader.load()

    def __reduce__(self) -> tuple[Any, ...]:
        return Arrived, (self._names, self._parts)


class _Packed:
    """What a parcel holds, pickled when it is first asked for: threads and this process never ask."""

    def __init__(self, content: Any) -> None:
        self.content, self._lock = content, threading.Lock()

    @property
    def parts(self) -> tuple[tuple[bytes, ...], dict[bytes, Any]]:
        """The names of the parts, and the parts."""
        with self._lock:  # executors pickle in threads of their own
            return self._parts

    @cached_property
    def _parts(self) -> tuple[tuple[bytes, ...], dict[bytes, Any]]:
        text, arrays = _pickled(self.content)
        own = hashlib.blake2b(text, digest_size=16).digest()
        return (own, *arrays), {own: text, **arrays}

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(map(_size, self.parts[1].values()))


class _Shelf:
    """What this process was sent, the longest unused the first to go."""

    def __init__(self) -> None:
        self._held: OrderedDict[bytes, Any] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, names: Iterable[bytes], sent: Mapping[bytes, Any]) -> dict[bytes, Any]:
        """Return the parts of these names, those sent just now among them."""
        with self._lock:
            self._held.update(sent)
            found = {}
            for name in names:
                if name not in self._held:
                    raise Lacking
                self._held.move_to_end(name)
                found[name] = self._held[name]
            spare = sum(map(_size, self._held.values())) - HELD
            while spare > 0 and len(self._held) > len(found):
                spare -= _size(self._held.popitem(last=False)[1])
            return found


SHELF = _Shelf()


def _size(part: Any) -> int:
    return part.nbytes if isinstance(part, np.ndarray) else len(part)


def _pickled(content: Any) -> tuple[bytes, dict[bytes, Any]]:
    """Return a pickle without its large arrays, and these by name; by value what only this script knows."""
    try:
        text, arrays = _dumped(content, pickle.Pickler)
        if b"__main__" not in text:
            return text, arrays
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        refused, text = error, b""
    try:
        import cloudpickle
    except ImportError:
        if not text:
            raise refused from None
        return text, arrays
    return _dumped(content, cloudpickle.Pickler)


def _dumped(content: Any, base: Any) -> tuple[bytes, dict[bytes, Any]]:
    buffer, arrays = io.BytesIO(), {}

    class Packer(base):
        def persistent_id(self, value: Any) -> bytes | None:
            if type(value) is not np.ndarray or value.nbytes < LARGE or value.dtype.hasobject:
                return None
            name = _digest(value)
            arrays[name] = value
            return name

    Packer(buffer, protocol=5).dump(content)
    return buffer.getvalue(), arrays


def _digest(array: Any) -> bytes:
    found = hashlib.blake2b(repr((array.dtype.str, array.shape)).encode(), digest_size=16)
    found.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return found.digest()
