"""Lowered formulas in files: known by what layers do, shared by processes, and never a reason to fail."""

import subprocess
import sys
from typing import ClassVar

import pytest
import sympy

import theory as th
from tests.zoo import admissible_chains, label
from theory.chain.signature import signature
from theory.solve import kept
from theory.solve.lowered import lowered_terms

TASK = th.PowerLaw(1.5, 0.4, size=200)
KEY, CONTENT = "what it was made for", [["test"], "def formulas(): return []"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A cache folder, and a process that has read nothing of it."""
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path))
    monkeypatch.setattr(kept, "_read", {})
    return tmp_path


def risk(*layers):
    sizes = {"n_samples": 30.0, "n_features": 9.0} if layers[1:] else {"n_samples": 30.0}
    return th.Chain(*layers).evaluate(TASK, ridge=0.01, noise=0.1, **sizes).test


@pytest.mark.parametrize("chain", admissible_chains(1), ids=label)
def test_what_is_recalled_is_what_was_derived(chain, folder, monkeypatch):
    derived = lowered_terms(chain, ensemble=False)
    monkeypatch.setattr(kept, "_read", {})
    monkeypatch.setattr(type(chain), "derivation", None)
    recalled = lowered_terms(th.Chain(*chain.layers), ensemble=False)
    assert recalled == derived  # names in order, and one function: a text is compiled once
    assert list(recalled.keys) == list(chain.formulas)


def test_what_layers_do_tells_chains_apart(folder, monkeypatch):
    known = [signature(chain.slots) for chain in admissible_chains(2)]
    assert None not in known
    assert len(set(known)) == len(known)
    assert signature(th.linear_ridge().slots) == signature(th.Chain(th.Samples()).slots)
    assert signature(th.linear_ridge().slots) != signature(th.linear_ridge(rows=0.5).slots)
    before = risk(th.Samples())
    gain, outer = th.Samples.gain, th.Samples.outer
    monkeypatch.setattr(th.Samples, "gain", lambda self, level, outside, own: gain(self, level, outside, own) ** 2)
    squared = risk(th.Samples())
    monkeypatch.setattr(th.Samples, "outer", lambda self, level, own, noise: outer(self, level, own, noise * 2))
    assert before < squared < risk(th.Samples())


def test_a_layer_of_ones_own_is_kept_unless_it_asks_for_values(folder):
    class Doubled(th.Layer):
        letter: ClassVar[str] = "N"
        default_name: ClassVar[str] = "features"
        words: ClassVar[str] = "features"

        def outer(self, level, own, noise):
            factor = own.factor(level.dof)
            return level.through(ridge=level.ridge * factor * factor, size=own.size)

    class Asking(Doubled):
        def outer(self, level, own, noise):
            return super().outer(level, own, noise) if level.size != 0 else level

    def files():
        return set(folder.rglob("*.json"))

    risk(th.Samples())
    before = files()
    found = risk(th.Samples(), Doubled())
    assert len(files() - before) == 1
    assert signature(th.Chain(th.Samples(), Asking()).slots) is None
    assert risk(th.Samples(), Asking()) == found
    assert len(files() - before) == 1


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff", b'{"key": "another"}'])
def test_a_damaged_file_is_as_none(damage, folder):
    kept.keep(KEY, CONTENT)
    (path,) = folder.rglob("*.json")
    assert kept.recall(KEY) == CONTENT
    kept._read.clear()
    path.write_bytes(damage)
    assert kept.recall(KEY) is None
    kept.keep(KEY, CONTENT)
    assert kept.recall(KEY) == CONTENT


def test_a_letter_that_changed_is_seen(folder, monkeypatch):
    derived = risk(th.Samples())
    path = next(path for path in folder.rglob("*.json") if "u_P" in path.read_text())
    path.write_text(path.read_text().replace("B + sigma2", "B - sigma2"))
    monkeypatch.setattr(kept, "_read", {})
    assert risk(th.Samples()) == derived
    assert "B - sigma2" not in path.read_text()


def test_where_nothing_can_be_written_nothing_is(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(kept, "_read", {})
    for place in (str(tmp_path / "file" / "below"), "OFF", "off"):
        monkeypatch.setenv(kept.VARIABLE, place)
        assert risk(th.Samples()) > 0
        assert kept.recall(KEY) is None
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    monkeypatch.setattr(kept, "_made_by", lambda: None)  # a package without files, as in an archive
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path))
    assert risk(th.Samples()) > 0
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_other_versions_have_files_of_their_own(folder, monkeypatch):
    kept.keep(KEY, CONTENT)
    kept._read.clear()
    *own, version = kept._sources()
    assert sympy.__version__ in version.read_text()
    rooms = {path.relative_to(kept.PACKAGE).parts[0] for path in own}
    assert {"chain", "notation.py", "positive.py", "solve", "spectra"} <= rooms
    changed = folder / "changed.py"
    changed.write_bytes(own[0].read_bytes() + b"\n")
    usual, made_by = kept._made_by(), kept._made_by.__wrapped__
    assert made_by() == usual
    monkeypatch.setattr(kept, "_sources", lambda: iter([changed, *own[1:], version]))
    assert made_by() != usual
    monkeypatch.setattr(kept, "_made_by", made_by)
    assert kept.recall(KEY) is None


def test_the_folder_is_the_users_own(tmp_path, monkeypatch):
    monkeypatch.delenv(kept.VARIABLE, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert kept.folder() == tmp_path / "scaletheory"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert kept.folder() == tmp_path / ".cache" / "scaletheory"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert kept.folder() == tmp_path / "Library" / "Caches" / "scaletheory"


def test_many_processes_share_a_folder(folder):
    code = """
from theory.solve import kept
for number in range(150):
    kept._read.clear()
    found = kept.recall("shared")
    assert found is None or found == ["x" * 5000] * 4
    kept.keep("shared", ["x" * 5000] * 4)
assert kept.recall("shared") is not None
"""
    started = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [process.wait(timeout=120) for process in started] == [0, 0, 0]
    assert len(list(folder.rglob("*"))) == 2  # a folder and a file: nothing half written is left
