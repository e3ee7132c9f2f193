"""Make the reports that the site shows: `python docs/make_reports.py`, in the root of the repository; a quarter of an hour.

Each is what `scaletheory validate … --quick` writes; pictures are kept with 128 colours, a third of their size.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PIL import Image

REPORTS = Path(__file__).resolve().parent / "reports"
PAPERS = ("atanasov2024", "bahri2021", "bordelon2024", "jin2024", "levi2023", "lin2024")


def main() -> None:
    """Run every report, the package's own last."""
    for name, options in (*((paper, ("--paper", paper)) for paper in PAPERS), ("package", ())):
        command = [sys.executable, "-m", "scaletheory", "validate", *options, "--quick", "--out", str(REPORTS / name)]
        subprocess.run(command, check=True)
        reduce_colours(REPORTS / name)


def reduce_colours(folder: Path) -> None:
    """Write the pictures of a folder again with 128 colours."""
    for path in sorted(folder.glob("*.png")):
        Image.open(path).convert("RGB").quantize(128).save(path, optimize=True)


if __name__ == "__main__":
    main()
