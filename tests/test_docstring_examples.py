"""The examples in docstrings, which the reference shows, print what they say."""

import doctest
import importlib
from pathlib import Path

import pytest

from theory.conventions import CONVENTIONS
from theory.pencil import gaussian

ROOT = Path(__file__).parent.parent
PACKAGES = ("theory", "numerics", "derivations", "scaletheory")
MODULES = [
    ".".join(source.relative_to(ROOT).with_suffix("").parts)
    for package in PACKAGES for source in sorted((ROOT / package).rglob("*.py"))
    if ">>> " in source.read_text(encoding="utf-8")
]  # fmt: skip


@pytest.fixture
def as_before():
    """Leave no convention behind that an example registers."""
    before = dict(CONVENTIONS._rows)
    yield
    CONVENTIONS._rows.clear()
    CONVENTIONS._rows.update(before)


@pytest.mark.usefixtures("as_before")
@pytest.mark.parametrize("module", MODULES)
def test_examples_print_what_they_say(module):
    found = doctest.testmod(importlib.import_module(module), extraglobs={"gaussian": gaussian})
    assert found.attempted
    assert not found.failed
