"""Entry of the command `scaletheory`, also `python -m scaletheory`; click and rich come with the extra `cli`."""

from __future__ import annotations

import importlib
import sys


def main() -> None:
    """Run the command line and leave with its exit status: 0 all right, 1 a check failed, 2 bad input."""
    try:
        for package in ("click", "rich"):
            importlib.import_module(package)
    except ModuleNotFoundError as missing:
        print(f"Error: the command line needs {missing.name}: pip install 'scaletheory[cli]'", file=sys.stderr)
        sys.exit(2)
    from scaletheory.neighbours import PACKAGES, ForeignPackageError, ours

    try:
        ours(PACKAGES[-1])
    except ForeignPackageError as foreign:
        print(f"Error: {foreign}", file=sys.stderr)
        sys.exit(2)
    from scaletheory.command_line import cli

    cli()


if __name__ == "__main__":
    main()
