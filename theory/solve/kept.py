"""What is derived once and kept in files: the text of lowered formulas, in the user's cache folder.

A file is JSON: the text, what it was made for, and a digest of both. Files lie in a folder that is named after the versions of
this package, SymPy and NumPy and after the source that makes formulas: where one of them changes, all is derived again. A file
that is missing, damaged or cannot be written is no fault: what it would hold is derived. They are replaced whole, so that any
number of processes may share them, and may be deleted at any time.

The environment variable `SCALETHEORY_CACHE` names another folder, or is "off". What a file says is run: nobody else should be
able to write there.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import sys
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

VARIABLE, OFF = "SCALETHEORY_CACHE", "off"
MAKERS = ("chain", "notation.py", "positive.py", "terms.py", "spectra/psi.py", "solve/lower.py", "solve/lowered.py")
PACKAGE = Path(__file__).resolve().parent.parent

_read: dict[Path | None, Any] = {}  # what this process has read


def recall(key: str) -> Any:
    """Return what was kept for a key, or None.

    Parameters
    ----------
    key : str
        What it was made for, of any length.
    """
    path = _path(key)
    if path is None or path in _read:
        return _read.get(path)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["key"] == key and document["digest"] == _digest(key, document["content"]):
            _read[path] = document["content"]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # there is none, or it is damaged
    return _read.get(path)


def keep(key: str, content: Any) -> None:
    """Write something to be recalled, if there is a folder to write to.

    Parameters
    ----------
    key : str
        What it was made for.
    content : Any
        Made of words, numbers and lists.
    """
    path = _path(key)
    if path is None:
        return
    made = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(json.dumps({"key": key, "digest": _digest(key, content), "content": content}), encoding="utf-8")
        made.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            made.unlink()


def folder() -> Path | None:
    """Return where files are kept, of all versions; None where they are not."""
    given = os.environ.get(VARIABLE, "")
    if given.lower() == OFF:
        return None
    if sys.platform == "win32":
        usual = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        usual = "~/Library/Caches"
    else:
        usual = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    try:
        return Path(given or f"{usual}/scaletheory").expanduser()
    except RuntimeError:  # nobody's home
        return None


def _path(key: str) -> Path | None:
    where, made_by = folder(), _made_by()
    if where is None or made_by is None:
        return None
    return where / made_by / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


def _digest(key: str, content: Any) -> str:
    return hashlib.sha256(json.dumps([key, content]).encode()).hexdigest()


@functools.cache
def _made_by() -> str | None:
    """Return what tells the makers of formulas from those of other versions; None where they cannot be read."""
    try:
        parts = [np.__version__.encode(), *(path.read_bytes() for path in _sources())]
    except (OSError, ValueError):
        return None
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]


def _sources() -> Iterator[Path]:
    """Yield the files that decide which formulas are made: those of the package, and SymPy's that has its version."""
    for name in MAKERS:
        path = PACKAGE / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]
    found = find_spec("sympy")
    if found is None or found.origin is None:
        raise ValueError("SymPy has no files")
    yield Path(found.origin).with_name("release.py")
