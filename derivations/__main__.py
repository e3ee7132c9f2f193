"""`python -m derivations FOLDER` renders every derivation that ships to Markdown in a folder, and writes nowhere else."""

from __future__ import annotations

import argparse
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from derivations.system.discover import load, names, rendered


def main(arguments: Sequence[str] | None = None) -> None:
    """Render the derivations to the folder that is named; without one, say what is wanted and stop."""
    parser = argparse.ArgumentParser(
        prog="python -m derivations", description="Render every derivation that ships to Markdown, one file each.",
        epilog="To read or check a single one: scaletheory derive --help.",
    )
    parser.add_argument("folder", type=Path, help="where the files go: a folder that exists")
    folder = parser.parse_args(arguments).folder.resolve()
    if not folder.is_dir():
        parser.error(f"folder = {str(folder)!r} is not a folder: make it first")
    installed = {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}
    if any(folder.is_relative_to(place) for place in installed):
        parser.error(f"folder = {str(folder)!r} is where packages are installed: name another")
    for name in names():
        path = folder / rendered(name).name
        path.write_text(load(name).markdown(), encoding="utf-8")
        print(path.name)


if __name__ == "__main__":
    main()
