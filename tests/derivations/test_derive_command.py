"""`scaletheory derive`: printed, listed, checked; one line and exit status 2 for bad input, 1 for a step that fails."""

import json
import os

import pytest
from click.testing import CliRunner

from scaletheory.command_line import cli

GOOD = '''"""Mine."""
from derivations import Derivation, Setting
D = Derivation(__doc__, setting=Setting(x="positive"))
D.let("f(y) = y^2")
D.exact("f(x + 1) = x^2 + 2 x + 1")
'''


def run(*arguments):
    result = CliRunner().invoke(cli, ["derive", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_prints_markdown_and_latex():
    assert run("linear-ridge").stdout.startswith("# Generalised cross-validation")
    assert run("linear-ridge", "--format", "latex").stdout.startswith(r"\documentclass{article}")
    facts = json.loads(run("linear_ridge", "--json").stdout)
    assert facts["claim"][1] == "E_test = F"
    assert facts["text"].startswith("# Generalised")


def test_lists():
    result = run("--list")
    assert result.exit_code == 0
    assert "marchenko-pastur" in result.stdout
    assert "linear-ridge" in json.loads(run("--list", "--json").stdout)["name"]


def test_checks_ones_own(tmp_path):
    path = tmp_path / "my_file.py"
    path.write_text(GOOD, encoding="utf-8")
    result = run(path, "--check")
    assert result.exit_code == 0
    assert "every step holds" in result.stdout
    assert run(path).stdout.startswith("# Mine")
    written = path.stat()
    path.write_text(GOOD.replace("2 x +", "3 x +"), encoding="utf-8")
    os.utime(path, ns=(written.st_atime_ns, written.st_mtime_ns))  # as if edited within the clock's tick
    result = run(path, "--check")
    assert result.exit_code == 1
    assert "the two sides differ; left = " in result.stdout
    facts = json.loads(run(path, "--check", "--json").stdout)
    assert facts["passed"] == [False] or facts["passed"] is False


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope"], "linear-ridge, "),
        (["nope.py"], "the path of a file"),
        ([], "--list or --check"),
        (["--list", "--check"], "used alone"),
        (["linear-ridge", "--check", "--format", "latex"], "left out with --check"),
        (["linear-ridge", "--plot", "x.png"], "nothing to draw"),
    ],
)
def test_bad_input_is_one_line(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.strip().split("\n")) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [("x = 1\n", "has 0"), ("1/0\n", "does not run: ZeroDivisionError"), ("def\n", "does not run: SyntaxError"),
     (GOOD.replace("f(x + 1)", "g(x + 1)"), "quantity = 'g' is not admissible")],
)  # fmt: skip
def test_files_that_hold_no_derivation(text, said, tmp_path):
    path = tmp_path / "bad.py"
    path.write_text(text, encoding="utf-8")
    result = run(path, "--check")
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize("code", ["7", "0", "'bye'", ""])
def test_a_file_that_exits_does_not_decide_the_exit_status(tmp_path, code):
    path = tmp_path / "exit.py"
    path.write_text(f"import sys\nsys.exit({code})\n")
    for line in ([path], [path, "--check"]):
        result = run(*line)
        assert result.exit_code == 2
        assert "runs to its end" in result.stderr
