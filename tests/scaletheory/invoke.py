"""The command line, run in this process: what the tests of all commands need."""

import json

import pytest
from click.testing import CliRunner

from scaletheory.command_line import cli


def run(*arguments):
    """Return the result of a command; whatever is not an exit is an error of the test."""
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def parsed(*arguments):
    """Return a command's JSON, which holds no NaN or infinity as a number."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout, parse_constant=pytest.fail)
