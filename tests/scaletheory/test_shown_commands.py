"""Commands that README, pages and help show: every one is understood, and all that take seconds are run."""

import importlib
import re
import shlex
from pathlib import Path

import click
import numpy as np
import pytest

from scaletheory.command_line import COMMANDS
from tests.scaletheory.invoke import run

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md")), ROOT / "derivations" / "TUTORIAL.md"]
LONG = re.compile(r"validate|mnist5k|derive --check|X.npy|ntk|^fit .*--form|--precision|momentum|optimum sgd|N\*M|--budget")


def shown():
    """The arguments of each command, once."""
    found = {}
    modules = ["scaletheory.command_line", *COMMANDS.values()]
    helps = [importlib.import_module(module) for module in modules]
    texts = [page.read_text(encoding="utf-8") for page in PAGES if "_build" not in page.parts]
    texts += [(module.cli if module.__name__.endswith("command_line") else module.command).epilog for module in helps]
    for text in texts:
        for line in re.findall(r"^(?:.* && | *)scaletheory ([a-z-]+ .*)$", text.replace("\\\n", " "), re.MULTILINE):
            words = shlex.split(line.partition(" > ")[0], comments=True)
            if words[0] in COMMANDS:
                found[" ".join(words)] = words
    return list(found.values())


SHOWN = shown()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the files that they speak of."""
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(2300, 4))
    np.save("X.npy", rows)
    np.save("y.npy", rows @ [1, 0.5, 0.2, 0.1] + 0.1 * generator.normal(size=len(rows)))
    large, much = (x.ravel() for x in np.meshgrid(np.geomspace(20, 2000, 5), np.geomspace(30, 5000, 5)))
    loss = 1.7 + large**-0.34 + much**-0.28
    columns = np.column_stack([large, much, loss, large, much, loss])
    np.savetxt("runs.csv", columns, delimiter=",", header="params,tokens,loss,N,P,risk", comments="")
    np.savetxt("spectrum.csv", np.column_stack([np.arange(1, 201) ** -1.5, np.ones(200)]), delimiter=",")
    Path("my_file.py").write_text((ROOT / "derivations" / "linear_ridge.py").read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def test_there_are_some():
    assert {words[0] for words in SHOWN} == set(COMMANDS)
    assert len(SHOWN) > 40


@pytest.mark.parametrize("words", SHOWN, ids=" ".join)
def test_it_is_understood(folder, words):
    command = importlib.import_module(COMMANDS[words[0]]).command
    assert command.make_context(words[0], words[1:]).params
    with pytest.raises(click.UsageError):
        command.make_context(words[0], [*words[1:], "--no-such-option"])


@pytest.mark.slow
@pytest.mark.parametrize("words", [words for words in SHOWN if not LONG.search(" ".join(words))], ids=" ".join)
def test_it_runs(folder, words):
    result = run(*words)
    assert result.exit_code == 0, result.stderr
    assert all((folder / word).is_file() for word in words if word.endswith((".png", ".html")))
