"""The store by itself: what goes in comes out bit by bit, and no other file is taken for one."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from numerics.montecarlo.store import TrialStore, canonical, difference

SETTINGS = {"seed": 0, "ridge": [0.1, 1e-300], "model": {"name": "ridge", "size": 3}}


def test_what_goes_in_comes_out_bit_by_bit(tmp_path: Path) -> None:
    awkward = np.array([[0.1, -0.0, np.nan], [np.inf, 5e-324, np.nextafter(1.0, 2.0)]])
    with TrialStore(tmp_path / "a.db", SETTINGS) as store:
        store.add(3, awkward)
        store.add(11, np.array(2.5))
        assert set(store.read(0, 100)) == {3, 11}
    with TrialStore(tmp_path / "a.db", SETTINGS) as store:
        found = store.read(0, 11)
        assert found.keys() == {3}
        assert found[3].tobytes() == awkward.tobytes()
        assert found[3].shape == (2, 3)
        assert store.read(11, 1)[11].shape == ()


def test_a_trial_that_is_there_stays(tmp_path: Path) -> None:
    with TrialStore(tmp_path / "a.db", SETTINGS) as store:
        store.add(0, np.array([1.0]))
        store.add(0, np.array([2.0]))
        assert store.read(0, 1)[0] == 1.0


def test_each_trial_is_committed_as_it_comes(tmp_path: Path) -> None:
    with TrialStore(tmp_path / "a.db", SETTINGS) as store:
        for number in range(3):
            store.add(number, np.ones(2))
            with TrialStore(tmp_path / "a.db", SETTINGS) as other:
                assert len(other.read(0, 9)) == number + 1


def test_settings_are_told_apart_to_the_last_bit(tmp_path: Path) -> None:
    TrialStore(tmp_path / "a.db", SETTINGS).close()
    TrialStore(tmp_path / "a.db", dict(reversed(SETTINGS.items()))).close()
    other = SETTINGS | {"ridge": [float(np.nextafter(0.1, 1.0)), 1e-300], "noise": 0.5}
    before = (tmp_path / "a.db").read_bytes()
    with pytest.raises(ValueError, match=r"noise is null in it and 0\.5 here; ridge\[0\] is 0\.1 in it and 0\.1000") as caught:
        TrialStore(tmp_path / "a.db", other)
    assert "seed" not in str(caught.value)
    assert (tmp_path / "a.db").read_bytes() == before


def test_differences_are_shown_where_they_are() -> None:
    one = {"ridge": list(range(200)), "layers": [{"name": "samples", "size": 3}, {"name": "features"}], "seed": 0}
    other = {"ridge": [*range(199), 7], "layers": [{"name": "samples", "size": 4}, {"name": "features"}], "seed": 0}
    assert difference(one, other) == "layers[0].size is 3 in it and 4 here; ridge[199] is 199 in it and 7 here"
    assert difference({"a": [1]}, {"a": [1, {"b": 2}]}) == 'a[1] is null in it and {"b": 2} here'
    assert difference({"a": 1}, {"a": [1] * 90}).startswith("a is 1 in it and [1, 1,")
    assert difference({"a": [0] * 20}, {"a": [1] * 20}).endswith("; and in 12 more places")


def test_settings_must_be_plain() -> None:
    assert json.loads(canonical({"b": 0.1, "a": [1, None, "λ"]})) == {"a": [1, None, "λ"], "b": 0.1}
    with pytest.raises(ValueError, match="JSON"):
        canonical({"ridge": np.nan})


def foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE trials (number INTEGER PRIMARY KEY, outcome BLOB, checksum INTEGER)")
    connection.commit()
    connection.close()


def marked(pragma: str) -> Any:
    def change(path: Path) -> None:
        TrialStore(path, SETTINGS).close()
        connection = sqlite3.connect(path)
        connection.execute(pragma)
        connection.commit()
        connection.close()

    return change


def cut(path: Path) -> None:
    with TrialStore(path, SETTINGS) as store:
        for number in range(50):
            store.add(number, np.zeros(500))
    path.write_bytes(path.read_bytes()[:6000])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.write_text("a note of mine\n" * 100), "not a database"),
        (foreign, "another program"),
        (marked("PRAGMA application_id = 7"), "another program"),
        (marked("PRAGMA user_version = 99"), "another version"),
        (marked("DROP TABLE settings"), "no such table"),
        (marked("DELETE FROM settings"), "differ|null in it"),
        (cut, "malformed|damaged"),
        (lambda path: path.mkdir(), "a directory"),
    ],
)
def test_other_files_are_refused_and_left_as_they_are(make: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "results.db"
    make(path)
    before = None if path.is_dir() else path.read_bytes()
    with pytest.raises(ValueError, match=message) as caught, TrialStore(path, SETTINGS) as store:
        store.read(0, 100)
    assert "results.db" in str(caught.value)
    assert before is None or path.read_bytes() == before


def test_a_damaged_number_is_noticed(tmp_path: Path) -> None:
    with TrialStore(tmp_path / "a.db", SETTINGS) as store:
        store.add(0, np.full(4, 1.0))
    raw = bytearray((tmp_path / "a.db").read_bytes())
    place = raw.index(np.full(4, 1.0).tobytes())
    raw[place + 3] ^= 1
    (tmp_path / "a.db").write_bytes(raw)
    with TrialStore(tmp_path / "a.db", SETTINGS) as store, pytest.raises(ValueError, match="trial 0 is damaged"):
        store.read(0, 1)


def test_memory_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="store = ':memory:' .*keep nothing"):
        TrialStore(":memory:", SETTINGS)
    with pytest.raises(ValueError, match="store = ':memory:'"):
        TrialStore(Path(":memory:"), SETTINGS)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", [3, None, b"name"])
def test_a_path_is_a_name(path: Any) -> None:
    with pytest.raises(ValueError, match="store = "):
        TrialStore(path, SETTINGS)


def test_paths_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="in a directory that exists"):
        TrialStore(tmp_path / "missing" / "a.db", SETTINGS)
    with TrialStore(tmp_path / "a.db", SETTINGS) as store:
        store._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(ValueError, match="readonly"):
            store.add(0, np.ones(1))
