"""Code blocks of a document, run in order in one session."""

import re
from pathlib import Path


def run_blocks(document: Path):
    """Run every ```python block of a Markdown file."""
    session = {}
    for block in re.findall(r"```python\n(.*?)```", document.read_text(encoding="utf-8"), flags=re.DOTALL):
        exec(compile(block, str(document), "exec"), session)
