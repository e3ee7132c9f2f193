"""Code blocks of a document, run in order in one session."""

import re
from pathlib import Path
from typing import Any


def blocks(document: Path) -> list[str]:
    """Return the ```python blocks of a Markdown file."""
    return re.findall(r"```python\n(.*?)```", document.read_text(encoding="utf-8"), flags=re.DOTALL)


def run_blocks(document: Path) -> dict[str, Any]:
    """Run every ```python block of a Markdown file, and return what they have made."""
    session: dict[str, Any] = {}
    for block in blocks(document):
        exec(compile(block, str(document), "exec"), session)
    return session
