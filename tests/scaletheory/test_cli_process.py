"""The command as a process of its own: exit status, clean streams, encodings, a missing extra."""

import json
import os
import subprocess
import sys

import pytest

LAW = ["--capacity", "1.5", "--source", "0.4"]


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, encoding="utf-8", timeout=120,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment}, check=False,
    )  # fmt: skip


def test_json_alone_on_standard_output():
    done = run("-m", "scaletheory", "risk", "linear-ridge", *LAW, "--samples", "10,100", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(done.stdout, parse_constant=pytest.fail)["test"]) == 2


def test_bad_input_has_no_traceback():
    done = run("-m", "scaletheory", "risk", "linear-ridge", *LAW, "--samples", "1:2")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: --samples = '1:2' is not admissible")
    assert done.stderr.count("\n") == 1


def test_a_terminal_without_greek_letters():
    done = run("-m", "scaletheory", "risk", "linear-ridge", *LAW, "--samples", "10", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "?" not in done.stdout
    lines = done.stdout.splitlines()
    (header,) = (line for line in lines if "kappa" in line)
    assert "var samples*noise" in header
    assert {line.count("\t") for line in lines if not line.startswith("#")} == {header.count("\t")}


@pytest.mark.parametrize("arguments", [
    ["--help"], ["--version"], ["risk", "--help"], ["derive", "linear-ridge"],
    ["risk", "linear-ridge", *LAW, "--samples", "10:1e5:2000"],
    ["risk", "linear-ridge", *LAW, "--samples", "10:1e5:2000", "--json"],
], ids=" ".join)  # fmt: skip
def test_a_reader_that_goes_away_is_no_failure(arguments):
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        done = subprocess.run([sys.executable, "-m", "scaletheory", *arguments], stdout=closed, stderr=subprocess.PIPE,
                              text=True, timeout=120, check=False)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_bad_input_stays_bad_input_where_nobody_reads():
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        done = subprocess.run([sys.executable, "-m", "scaletheory", "risk", "--bogus"], stdout=closed, stderr=closed,
                              timeout=120, check=False)  # fmt: skip
    assert done.returncode == 2


@pytest.mark.parametrize("package", ["click", "rich"])
def test_without_the_extra_one_line_says_what_to_install(package):
    code = f"import sys; sys.modules[{package!r}] = None; from scaletheory.__main__ import main; main()"
    done = run("-c", code, "--help")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Error: the command line needs {package}: pip install 'scaletheory[cli]'\n"
