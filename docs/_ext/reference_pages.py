"""A page for each package of the public face, listing what its `__all__` lists."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from typing import Any

from derivation_pages import replace


def write(app: Any) -> None:
    """Write the tables, and a page for each name; those are no part of the sidebar, which every page repeats."""
    folder = Path(app.srcdir) / "reference"
    for package in ("theory", "numerics", "derivations"):
        module = importlib.import_module(package)
        first = (module.__doc__ or "").partition("\n")[0]
        names = sorted(module.__all__)
        listed = "\n".join(f"   {name}" for name in names)
        table = f".. currentmodule:: {package}\n\n.. autosummary::\n\n{listed}\n"
        replace(folder / f"{package}.rst", f"{package}\n{'=' * len(package)}\n\n{first}\n\n{table}")
        for name in names:
            kind, members = _directive(getattr(module, name))
            page = f":orphan:\n\n{name}\n{'=' * len(name)}\n\n.. currentmodule:: {package}\n\n.. auto{kind}:: {name}\n{members}"
            replace(folder / "generated" / f"{package}.{name}.rst", page)


def _directive(value: Any) -> tuple[str, str]:
    """Return what autodoc calls a value, and the options for it."""
    if inspect.isclass(value):
        return "class", "   :members:\n   :member-order: groupwise\n"
    return ("function" if inspect.isfunction(value) else "data"), ""


def plain(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Keep |x| and *shape as they are written: outside of literals they are no markup here."""
    for place, line in enumerate(lines):
        parts = re.split(r"(``.*?``|`.*?`)", line)
        if not line.startswith("    >>>"):
            lines[place] = "".join(part if part.startswith("`") else re.sub(r"([|*])", r"\\\1", part) for part in parts)


def literal(app: Any, context: Any, lines: list[str]) -> None:
    """Show examples on the command line as they are typed: blocks of lines that begin with a bar."""
    made: list[str] = []
    for line in lines:
        if line.startswith("| "):
            if not (made and made[-1].startswith("    ")):
                made += ["", "::", ""]
            made.append(f"    {line[2:]}")
        else:
            made += [""] if made and made[-1].startswith("    ") else []
            made.append(line)
    lines[:] = made


def setup(app: Any) -> dict[str, Any]:
    """Write the pages at once: what lists them is read before the build begins."""
    write(app)
    app.connect("autodoc-process-docstring", plain, priority=1)
    for part in ("description", "epilog"):
        app.connect(f"sphinx-click-process-{part}", literal)
    return {"parallel_read_safe": True, "version": "1"}
