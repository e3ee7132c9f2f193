"""A page for each package of the public face, listing what its `__all__` lists."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from typing import Any

from derivation_pages import replace

PACKAGES = ("theory", "numerics", "derivations")


def write(app: Any) -> None:
    """Write the tables, and a page for each name; those are no part of the sidebar, which every page repeats."""
    folder = Path(app.srcdir) / "reference"
    modules = [importlib.import_module(package) for package in PACKAGES]
    public = {getattr(module, name) for module in modules for name in module.__all__ if inspect.isclass(getattr(module, name))}
    for package, module in zip(PACKAGES, modules, strict=True):
        first = (module.__doc__ or "").partition("\n")[0]
        names = sorted(module.__all__)
        listed = "\n".join(f"   {name}" for name in names)
        table = f".. currentmodule:: {package}\n\n.. autosummary::\n\n{listed}\n"
        replace(folder / f"{package}.rst", f"{package}\n{'=' * len(package)}\n\n{first}\n\n{table}")
        for name in names:
            kind, members = _directive(getattr(module, name), public)
            page = f":orphan:\n\n{name}\n{'=' * len(name)}\n\n.. currentmodule:: {package}\n\n.. auto{kind}:: {name}\n{members}"
            replace(folder / "generated" / f"{package}.{name}.rst", page)


def _directive(value: Any, public: set[type]) -> tuple[str, str]:
    """Return what autodoc calls a value, and the options for it: what has a page elsewhere is not repeated."""
    if inspect.isclass(value):
        elsewhere = [base for base in value.__mro__[1:] if base in public or base.__module__.partition(".")[0] not in PACKAGES]
        listed = ", ".join(dict.fromkeys(base.__name__ for base in elsewhere))
        return "class", f"   :members:\n   :inherited-members: {listed}\n   :member-order: groupwise\n"
    return ("function" if inspect.isfunction(value) else "data"), ""


def plain(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Keep |x| and *shape as they are written: outside of literals they are no markup here."""
    example = False  # from a prompt to the next empty line
    for place, line in enumerate(lines):
        parts = re.split(r"(``.*?``|`.*?`)", line)
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        if not example:
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
