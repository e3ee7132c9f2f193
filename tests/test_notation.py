"""Symbols are made in one place, each with its LaTeX and its meaning."""

import ast
from pathlib import Path

import theory
from theory import notation
from theory.notation import Letter, Pair

ROOT = Path(theory.__file__).parent
MAKERS = {"Symbol", "symbols"}


def made(tree):
    """The lines on which a module makes symbols by name."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        owner = getattr(call.func.value, "id", "") if isinstance(call.func, ast.Attribute) else "sympy"
        if name in MAKERS and owner in ("sympy", "sp"):
            yield call.lineno


def test_symbols_are_made_in_notation_only():
    elsewhere = {
        f"{source.relative_to(ROOT)}:{line}"
        for source in ROOT.rglob("*.py")
        for line in made(ast.parse(source.read_text(encoding="utf-8")))
        if source != ROOT / "notation.py"
    }
    assert elsewhere == set()
    assert list(made(ast.parse("sympy.Symbol('x')\nsymbols('x y')\npoint.symbols()\n"))) == [1, 2]


def test_every_letter_says_what_it_means():
    fixed = [value for value in vars(notation).values() if isinstance(value, Letter)]
    fixed += [letter for pair in vars(notation).values() if isinstance(pair, Pair) for letter in (pair.part, pair.complement)]
    assert len(fixed) > 25
    assert all(letter.meaning and letter.latex for letter in fixed)
    assert len({letter.symbol for letter in fixed}) == len(fixed)
