"""Tables on narrow terminals: split, never cut."""

import io
import re

from rich.console import Console

from scaletheory.output.report import Column, Report
from scaletheory.output.table import blocks

NUMBERS = [1.2345e-12, 6.5432e-7, 9.8765]
REPORT = Report(
    "title",
    {},
    (
        Column("n_samples", [10.0, 100.0, 1e6], "samples", key=True),
        *(Column(f"v{i}", NUMBERS, f"variance {i}") for i in range(9)),
        Column("hidden", NUMBERS),
        Column("status", ["converged"] * 3, "status", words=True),
    ),
    (),
    lambda: None,
)


def printed(width):
    console = Console(width=width, file=io.StringIO(), color_system=None)
    tables = blocks(REPORT, console)
    for table in tables:
        console.print(table)
    return len(tables), console.file.getvalue()


def test_a_narrow_terminal_gets_several_tables_and_every_digit():
    for width in (40, 60, 80, 200):
        count, text = printed(width)
        assert (count == 1) == (width == 200)
        assert max(len(line) for line in text.splitlines()) <= width
        for number in ("1.2345e-12", "6.5432e-7", "9.8765"):
            assert text.count(number) == 9
        assert len(re.findall("samples", text)) == count
        assert text.count("converged") == 3
        assert "hidden" not in text
