"""The tutorial tells the truth: its blocks run, in order, in one session, and print what they say."""

from pathlib import Path

import derivations
from tests.blocks import run_blocks

TUTORIAL = Path(derivations.__file__).with_name("TUTORIAL.md")


def test_blocks_run(capsys):
    run_blocks(TUTORIAL)
    printed = capsys.readouterr().out
    for expected in (
        "ok   (2) exact: R = m^2 v/(m^2 + v)",
        "ok   (2) refutation: L ~ α_K D^(-α_K)",
        "it is not refuted: the claim passes the test",
        """["definition 'f(y) = 1/(1 + y)', term 2 of the other sign"]""",
    ):
        assert expected in printed
