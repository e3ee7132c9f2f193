"""A page for each package of the public face, listing what its `__all__` lists."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

from derivation_pages import replace


def write(app: Any) -> None:
    """Write the pages."""
    for package in ("theory", "numerics", "derivations"):
        module = importlib.import_module(package)
        first = (module.__doc__ or "").partition("\n")[0]
        names = "\n".join(f"   {name}" for name in sorted(module.__all__))
        table = f".. currentmodule:: {package}\n\n.. autosummary::\n   :toctree: generated\n\n{names}\n"
        replace(Path(app.srcdir) / "reference" / f"{package}.rst", f"{package}\n{'=' * len(package)}\n\n{first}\n\n{table}")


def plain(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Keep |x| and *shape as they are written: outside of literals they are no markup here."""
    for place, line in enumerate(lines):
        parts = re.split(r"(``.*?``|`.*?`)", line)
        if not line.startswith("    >>>"):
            lines[place] = "".join(part if part.startswith("`") else re.sub(r"([|*])", r"\\\1", part) for part in parts)


def setup(app: Any) -> dict[str, Any]:
    """Write the pages at once: what lists them is read before the build begins."""
    write(app)
    app.connect("autodoc-process-docstring", plain, priority=1)
    return {"parallel_read_safe": True, "version": "1"}
