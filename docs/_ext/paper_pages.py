"""A page for each report in `docs/reports`, and a gallery of their figures: written by the reports' commands, never by hand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from derivation_pages import replace

HEAD = """# Papers

What each paper claims, what reproduces and what does not: the reports of `scaletheory validate`, as the commands wrote them
(`--quick`; without it sizes are larger). A claim that is refuted is a finding; what a paper prints no number for is said to be
not published.
"""
GALLERY = """# Gallery

Every figure of the reports, with the command that makes it.

::::{grid} 1 2 2 3
:gutter: 2
"""


def write(app: Any) -> None:
    """Write a page for each report, their index, and the gallery."""
    reports = Path(app.srcdir) / "reports"
    pages, cards = [], [GALLERY]
    for report in sorted(reports.glob("*/report.md")):
        name, text = report.parent.name, report.read_text(encoding="utf-8")
        title = text.partition("\n")[0].rpartition(": ")[2].lstrip("# ")
        text = text.replace("\n|  | verdict |", "\n| part | verdict |")  # a column without a head has no name to be read out
        replace(reports.parent / "papers" / f"{name}.md", re.sub(r"\]\(([\w.-]+\.png)\)", rf"](../reports/{name}/\1)", text))
        pages.append(f"{title} <{name}>")
        (command,) = re.findall(r"```sh\n(scaletheory validate.*)\n```", text)
        cards += [_card(name, command, *figure) for figure in re.findall(r"!\[(.*)\]\(([\w.-]+\.png)\)", text)]
    replace(reports.parent / "papers" / "index.md", f"{HEAD}\n```{{toctree}}\n:maxdepth: 1\n\n" + "\n".join(pages) + "\n```\n")
    replace(reports.parent / "gallery.md", "\n".join([*cards, "::::\n"]))


def _card(name: str, command: str, title: str, file: str) -> str:
    """Return a figure, its title and its command."""
    return f"""
:::{{grid-item-card}} {title}
:link: papers/{name}
:link-type: doc
:img-top: reports/{name}/{file}
:img-alt: {title}

`{command}`
:::"""


def setup(app: Any) -> dict[str, Any]:
    """Write the pages at once: what lists them is read before the build begins."""
    write(app)
    return {"parallel_read_safe": True, "version": "1"}
