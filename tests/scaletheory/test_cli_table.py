"""Tables on narrow terminals: split, never cut."""

import io
import re
from dataclasses import replace

from rich.console import Console

from scaletheory.output.report import Column, Report
from scaletheory.output.table import blocks, plain_lines
from tests.scaletheory import invoke

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


def test_a_pipe_gets_one_plain_table():
    title, head, *rows, note = plain_lines(replace(REPORT, notes=("a note",)))
    assert (title, note) == ("# title", "# a note")
    assert head.split("\t") == ["samples", *(f"variance {i}" for i in range(9)), "status"]
    assert rows[0].split("\t") == ["10", *["1.2345e-12"] * 9, "converged"]
    assert len(rows) == 3


def test_headings_of_two_lines_become_one():
    found = invoke.run("risk", "random-features", "--isotropic", 30, "--samples", "9,10", "--features", 20, "--ridge", 0.1)
    head = found.stdout.splitlines()[1].split("\t")
    assert "var samples×features" in head
    assert all(len(line.split("\t")) == len(head) for line in found.stdout.splitlines()[2:4])
