"""Every command's help as a terminal shows it: examples keep their lines."""

import importlib
import inspect

import pytest

from scaletheory.command_line import COMMANDS
from tests.scaletheory.invoke import run


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_examples_keep_their_lines(command):
    result = run(*command.split(), "--help")
    assert result.exit_code == 0
    assert "\\b" not in result.stdout
    assert "\b" not in result.stdout
    module = importlib.import_module(COMMANDS[command] if command else "scaletheory.command_line")
    source = inspect.getsource(module).replace("\\\\", "\\")
    examples = [line for line in source.splitlines() if line.startswith("  scaletheory ")]
    assert examples
    shown = [line.removeprefix("  ") for line in result.stdout.splitlines()]
    assert [line for line in examples if line not in shown] == []
