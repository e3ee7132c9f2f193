"""What tells that a formula is the one that was held against its witnesses: of an expression its value, of code its text.

Neither depends on how SymPy orders or Python parses: values are modulo a prime (`residues`), and text is what is left of the
source of a function, a class or a module without docstrings, comments and white space.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import io
import textwrap
import tokenize
from typing import Any

from numerics.validation.ledger.residues import Residues
from theory.model import Chain
from theory.terms import term_name

SEED = 0


def joined(*parts: Any) -> str:
    """Return one fingerprint of several, in order."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:16]


@functools.lru_cache(maxsize=128)
def of_chain(model: Chain) -> dict[str, str]:
    """Return the fingerprint of κ and of every term of a chain, in κ, the sizes and the traces."""
    meant = {symbol: meaning.definition for symbol, meaning in model.symbols.items() if meaning.definition is not None}
    at = Residues(SEED, meant)
    kappa = at.value(model.fixed_point.rhs)
    found = {"kappa": joined("kappa", kappa)}
    return found | {term_name(key): joined(kappa, at.value(formula)) for key, formula in model.formulas.items()}


@functools.lru_cache(maxsize=64)
def of_two_points(model: Chain) -> str:
    """Return the fingerprint of a chain's correlations at two ridges."""
    at = Residues(SEED)
    return joined(*(at.value(model.two_point[key]) for key in ("train", "test")))


@functools.lru_cache(maxsize=256)
def of_source(*things: Any) -> str:
    """Return the fingerprint of what modules, classes and functions say."""
    return joined(*(text_of(inspect.getsource(thing)) for thing in things))


def text_of(source: str) -> str:
    """Return a source without docstrings, comments and white space."""
    source = textwrap.dedent(source)
    lines = source.splitlines(keepends=True)
    cuts = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            cuts.append((token.start, token.end))
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            continue
        if ast.get_docstring(node, clean=False) is not None:
            words = node.body[0]
            last, end = words.end_lineno or words.lineno, words.end_col_offset or 0
            cuts.append((_place(lines, words.lineno, words.col_offset), _place(lines, last, end)))
    for (row, column), (last, end) in sorted(cuts, reverse=True):
        head, tail = lines[row - 1][:column], lines[last - 1][end:]
        lines[row - 1 : last] = [head + tail]
    return "".join("".join(lines).split())


def _place(lines: list[str], row: int, offset: int) -> tuple[int, int]:
    """Return a place in characters from one in bytes."""
    return row, len(lines[row - 1].encode()[:offset].decode())
