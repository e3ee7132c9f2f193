"""The rooms of derivations: each may be entered first, and imports lead downwards only."""

import ast
import subprocess
import sys

import pytest

from derivations.system.discover import HOME

ROOMS = ("language.grammar", "meaning.setting", "claims.against", "system.document", "system.mutants", "settings.chains",
         "settings.sgd")  # fmt: skip


@pytest.mark.parametrize("first", ROOMS)
def test_any_room_may_be_entered_first(first):
    subprocess.run([sys.executable, "-c", f"import derivations.{first}"], check=True)


def imported(path):
    """The rooms of derivations that a file imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module.startswith("derivations.")]
    return {node.module.split(".")[1] for node in nodes}


def test_rooms_import_downwards_only():
    order = ["language", "meaning", "claims", "system"]
    for place, room in enumerate(order):
        for path in (HOME / room).glob("*.py"):
            assert imported(path) <= set(order[: place + 1]), path
    for path in (HOME / "settings").glob("*.py"):
        assert imported(path) <= {"language", "meaning", "settings"}, path
