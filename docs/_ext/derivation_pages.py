"""A page for each derivation that ships, from its rendered Markdown: none is written by hand, none forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from derivations.system.discover import names, rendered, source

TUTORIAL = Path(__file__).resolve().parents[2] / "derivations" / "TUTORIAL.md"


def write(app: Any) -> None:
    """Write the pages and their index."""
    folder = Path(app.srcdir) / "derivations"
    rows = []
    for name in names():
        text = rendered(name).read_text(encoding="utf-8")
        title, _, rest = text.partition("\n")
        code = source(name).read_text(encoding="utf-8").rstrip()
        page = f"{title}\n{rest.rstrip()}\n\n## Source\n\nEvery step is checked by `scaletheory derive {name} --check`.\n\n"
        replace(folder / f"{name}.md", f"{page}:::{{dropdown}} derivations/{source(name).name}\n```python\n{code}\n```\n:::\n")
        rows.append((name, title.lstrip("# ")))
    replace(folder / "writing.md", running(TUTORIAL.read_text(encoding="utf-8")))
    listed = "\n".join(f"{title} <{name}>" for name, title in rows)
    replace(folder / "index.md", f"{HEAD}\n```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n")


HEAD = """# Derivations

Each is a file that reads like the paper, and whose every step is checked by machine: exactly, to 50 digits, or by simulation
with a verdict. Claims that are wrong are refuted, beside the ones that hold. [Writing one of your own](writing) is a tutorial.
"""
RUNS = """---
file_format: mystnb
kernelspec:
  name: python3
---
"""


def running(text: str) -> str:
    """Return a document whose blocks of Python run when the site is built."""
    return RUNS + text.replace("```python\n", "```{code-cell}\n")


def replace(path: Path, text: str) -> None:
    """Write a page where it has changed: an unchanged one is not built again."""
    path.parent.mkdir(exist_ok=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def setup(app: Any) -> dict[str, Any]:
    """Write the pages at once: what lists them is read before the build begins."""
    write(app)
    return {"parallel_read_safe": True, "version": "1"}
