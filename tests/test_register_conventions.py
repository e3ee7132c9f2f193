"""Conventions of one's own: registered in a process, or declared by a distribution through an entry point."""

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import theory as th
from tests.scaletheory.invoke import parsed, run
from theory.conventions import CONVENTIONS, Convention, convention, register
from theory.conventions.known import GROUP, Known

ROOT = Path(__file__).resolve().parents[1]


def doe(key="doe2025", **changed):
    given = {"letters": "p q", "capacity": "p", "source": "q/(2*p)", "sizes": {"n_samples": "m", "n_features": "h"}}
    return Convention(key, "Doe, 2025", **(given | changed))


@pytest.fixture
def registered():
    yield register(doe())
    del CONVENTIONS._rows["doe2025"]


def test_a_registered_paper_is_spoken_everywhere(registered):
    assert convention("doe2025") is registered
    assert registered.ours(p=2, q=2) == {"capacity": 2, "source": th.conventions.convention("lin2024").ours(a=2, b=3)["source"]}
    assert "κ ~ max(λ, m^(-p), h^(-p))" in th.random_features().exponents().text("doe2025")
    shown = run("exponents", "random-features", "--convention", "doe2025", "--p", "1.5", "--q", "1.2").stdout
    assert "in the letters of Doe, 2025" in shown
    listed = parsed("exponents", "--conventions")
    assert listed["source"][listed["key"].index("doe2025")] == "q/(2*p)"
    assert pickle.loads(pickle.dumps(CONVENTIONS)) is copy.deepcopy(CONVENTIONS) is CONVENTIONS


def test_the_list_has_all_papers():
    text = run("exponents", "--conventions").stdout
    assert all(key in text for key in CONVENTIONS)


def test_keys_are_taken_once(registered):
    assert register(doe()) == registered
    with pytest.raises(ValueError, match="give replace=True"):
        register(doe(source="q"))
    assert register(doe(source="q"), replace=True).source != registered.source
    with pytest.raises(ValueError, match="key = 'lin2024'"):
        register(doe("lin2024"), replace=True)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("doe", "convention = 'doe'"), (doe("doe 2025"), "an identifier"), (doe(letters="p"), "letters = "),
        (doe(sizes={"samples": "m"}), "keyed by our keywords"), (doe(letters="p q s", capacity="p*q*s"), "capacity = "),
    ],
)  # fmt: skip
def test_what_is_refused(row, message):
    with pytest.raises(ValueError, match=message):
        register(row)
    assert "doe2025" not in CONVENTIONS


def test_entry_points_reach_the_command_line(tmp_path):
    (tmp_path / "doe.py").write_text(
        "from theory.conventions import Convention\n"
        'CONVENTION = Convention("doe2025", "Doe, 2025", "p q", "p", "q/(2*p)", {"n_samples": "m", "n_features": "h"})\n'
    )
    info = tmp_path / "doe-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: doe\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\ndoe2025 = doe:CONVENTION\n")
    done = subprocess.run(
        [sys.executable, "-m", "scaletheory", "exponents", "linear-ridge", "--convention", "doe2025"],
        env={"PYTHONPATH": f"{ROOT}:{tmp_path}"}, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert "in the letters of Doe, 2025" in done.stdout


def test_a_broken_entry_point_is_said_and_left_out(monkeypatch):
    class Broken:
        value = "broken:CONVENTION"

        def load(self):
            raise ImportError("no broken")

    monkeypatch.setattr("theory.conventions.known.entry_points", lambda group: [Broken()])
    with pytest.warns(UserWarning, match="the conventions of 'broken:CONVENTION' are left out: no broken"):
        assert len(Known([doe()])) == 1
