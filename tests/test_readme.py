"""The README tells the truth: its examples run, in order, in one session."""

import re
from pathlib import Path

import pytest

from tests.blocks import run_blocks

README = Path(__file__).parent.parent / "README.md"


def test_examples_run(capsys):
    pytest.importorskip("sklearn")
    run_blocks(README)
    printed = capsys.readouterr().out
    for expected in (
        "Eq(lambda, kappa*(1 - df1(kappa)/N)*(1 - df1(kappa)/P))",
        "(B*(a + abar*t_N) + T2*a*u_N + sigma2*(a + abar*t_N))/(a*(t_N + t_P*u_N) + abar*t_N*t_P)",
        "ridge = -1.0 is not admissible: ridge must be at least -0.001",
    ):
        assert expected in printed
        assert expected in README.read_text(encoding="utf-8")


def test_images_exist():
    for image in re.findall(r"!\[.*?\]\((.*?)\)", README.read_text(encoding="utf-8")):
        assert (README.parent / image).is_file()
