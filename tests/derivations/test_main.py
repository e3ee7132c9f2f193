"""`python -m derivations`: renders to the folder that is named, and writes nothing where none is."""

import sysconfig

import pytest

from derivations.__main__ import main
from derivations.system.discover import HOME, names, rendered


def written():
    return {path: path.stat().st_mtime_ns for path in HOME.glob("*.md")}


@pytest.mark.parametrize("arguments", [["--help"], [], ["nowhere/at/all"], [sysconfig.get_path("purelib")]])
def test_writes_nothing_unless_asked(arguments, capsys):
    before = written()
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == (0 if arguments == ["--help"] else 2)
    assert "folder" in "".join(capsys.readouterr())
    assert written() == before


def test_renders_to_a_folder(tmp_path, capsys):
    before = written()
    main([str(tmp_path)])
    assert {path.name for path in tmp_path.iterdir()} == {rendered(name).name for name in names()}
    assert all(path.read_bytes() == rendered(path.stem).read_bytes() for path in tmp_path.iterdir())
    assert written() == before
    assert len(capsys.readouterr().out.split()) == len(names())
