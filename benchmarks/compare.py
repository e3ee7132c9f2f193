"""Two commits in one run: `python benchmarks/compare.py OLD NEW [NAME ...] [--rounds 3]`.

Each commit is checked out beside this repository for the time of the run (`git worktree`), and the benchmarks of *this*
checkout are run on both by turns, each time in a process of its own. Printed are medians over the rounds and their ratio: above
1 is faster at NEW. What one of them cannot do is said, with the error.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from table import HERE, WIDTH, duration, names


def git(*arguments):
    """Return what git answers, in this repository."""
    return subprocess.run(["git", "-C", HERE.parent, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def measured(checkout, name, scratch):
    """Return {work: seconds} of a benchmark on a checkout, or the last line of its error."""
    out = Path(scratch) / "rows.json"
    ran = subprocess.run(
        [sys.executable, HERE / "table.py", name, "--json", out],
        env={**os.environ, "PYTHONPATH": str(checkout)},
        cwd=scratch,
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        return (ran.stderr.strip() or "failed").splitlines()[-1]
    return {row["work"]: row["seconds"] for row in json.loads(out.read_text())["rows"][name]}


def compared(name, checkouts, rounds, scratch):
    """Print the lines of one benchmark."""
    print(name, flush=True)
    found = [[], []]
    for _ in range(rounds):
        for record, checkout in zip(found, checkouts, strict=True):
            if not record or isinstance(record[0], dict):
                record.append(measured(checkout, name, scratch))
    for record, label in zip(found, ("OLD", "NEW"), strict=True):
        if isinstance(record[0], str):
            print(f"  {label} cannot: {record[0]}")
    if all(isinstance(record[0], dict) for record in found):
        old, new = ({work: statistics.median(one[work] for one in record) for work in record[0]} for record in found)
        for work in [w for w in new if w in old]:
            both = f"{duration(old[work]):>10s}{duration(new[work]):>12s}{old[work] / new[work]:9.3g}x"
            print(f"  {work:{WIDTH}s}{both}", flush=True)
        for label, extra in (("OLD", set(old) - set(new)), ("NEW", set(new) - set(old))):
            for work in sorted(extra):
                print(f"  {work}: only {label} has it")


def main():
    """Compare the commits that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(names())}; all by default")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is run (default 3)")
    given = parser.parse_args()
    commits = [git("rev-parse", "--short", f"{name}^{{commit}}") for name in (given.old, given.new)]
    with tempfile.TemporaryDirectory() as scratch:
        checkouts = [Path(scratch) / side for side in ("old", "new")]
        try:
            for checkout, commit in zip(checkouts, commits, strict=True):
                git("worktree", "add", "--detach", str(checkout), commit)
            print(f"{'':{WIDTH + 2}s}{commits[0]:>10s}{commits[1]:>12s}{'ratio':>10s}")
            for name in given.names or names():
                compared(name, checkouts, given.rounds, scratch)
        finally:
            for checkout in checkouts:
                if checkout.exists():
                    git("worktree", "remove", "--force", str(checkout))


if __name__ == "__main__":
    main()
