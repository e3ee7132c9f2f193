"""Every public name says what it takes, what it returns and what it refuses; whatever is listed anywhere is described."""

from __future__ import annotations

import ast
import dataclasses
import functools
import importlib
import inspect
from pathlib import Path

import pytest

import derivations
import numerics
import theory
from tests.numpydoc import sections

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("theory", "numerics", "derivations", "scaletheory")
FACES = (theory, numerics, derivations, importlib.import_module("theory.conventions"), importlib.import_module("theory.errors"))
REFUSALS = {"BadArgument", "ValueError", "TypeError"}


def documented():
    """Every class and function of the packages with a docstring, by file and line."""
    for package in PACKAGES:
        for source in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
                    yield f"{source.relative_to(ROOT)}:{node.lineno} {node.name}", ast.get_docstring(node)


def test_what_is_listed_is_described():
    bare = [
        f"{where}: {title} {', '.join(entry.names)}"
        for where, docstring in documented()
        for title, entries in sections(docstring).items()
        for entry in entries
        if not entry.description and title != "Returns"
    ]
    assert bare == []


def ours(owner):
    """A class and those of its bases that belong to the packages."""
    return [base for base in owner.__mro__ if base.__module__.split(".")[0] in PACKAGES]


def public():
    """Every public function, class and method of the package, each by its name; of an object, those of its class."""
    seen = set()
    for face in FACES:
        own = [name for name, value in vars(face).items() if getattr(value, "__module__", "") == face.__name__]
        for name in getattr(face, "__all__", own):
            value = getattr(face, name)
            if name.startswith("_") or not callable(value) or id(value) in seen:
                continue
            seen.add(id(value))
            if inspect.isclass(value) or inspect.isfunction(value):
                yield f"{face.__name__}.{name}", value
            owner = value if inspect.isclass(value) else type(value)
            kin = [] if inspect.isfunction(value) else ours(owner)
            for attribute, member in {k: v for base in reversed(kin) for k, v in vars(base).items()}.items():
                function = inspect.unwrap(member.__func__ if isinstance(member, classmethod | staticmethod) else member)
                if inspect.isfunction(function) and (attribute == "__call__" or not attribute.startswith("_")):
                    yield f"{face.__name__}.{name}.{attribute}", function


PUBLIC = dict(public())


def taken(value):
    """The names of what a function or a class takes."""
    if inspect.isclass(value) and (not dataclasses.is_dataclass(value) and value.__init__ is object.__init__):
        return []
    if inspect.isclass(value) and issubclass(value, Warning | Exception) and "__init__" not in vars(value):
        return []
    parameters = list(inspect.signature(value.__init__ if inspect.isclass(value) else value).parameters)
    return [name for name in parameters if name not in ("self", "cls") and not name.startswith("_")]


def inherited(name):
    """The docstrings that speak for a public name: its own, and those of what it extends or overrides."""
    value, method = PUBLIC[name], ""
    if not inspect.isclass(value):
        owner, _, method = name.rpartition(".")
        value = PUBLIC.get(owner, value)
    if not inspect.isclass(value):
        return [inspect.getdoc(value)]
    kin = ours(value)
    return [inspect.getdoc(vars(base).get(method) if method else base) for base in kin if not method or method in vars(base)]


def section(name, *titles):
    """The entries of some sections of a public name."""
    return [entry for docstring in inherited(name) for title in titles for entry in sections(docstring).get(title, [])]


@pytest.mark.parametrize("name", PUBLIC)
def test_parameters_are_described(name):
    described = {parameter for entry in section(name, "Parameters", "Attributes") for parameter in entry.names}
    assert [parameter for parameter in taken(PUBLIC[name]) if parameter not in described] == []


@pytest.mark.parametrize("name", [name for name, value in PUBLIC.items() if not inspect.isclass(value)])
def test_what_is_returned_is_said_with_its_shape(name):
    """In a section, or by the summary, as "Return the edge"; arrays have shapes."""
    returned = str(inspect.signature(PUBLIC[name]).return_annotation)
    if returned == "None":
        return
    summaries, found = [docstring.partition("\n")[0] for docstring in inherited(name)], section(name, "Returns")
    assert any(line.startswith("Return ") for line in summaries) or (found and all(entry.description for entry in found))
    if "Array" in returned or "ndarray" in returned:
        told = [*summaries, *(f"{entry.kind} {' '.join(entry.names)} {entry.description}" for entry in found)]
        assert "shape" in " ".join(told)


@functools.cache
def refusing(module):
    """The functions of a module, methods as Class.name, that refuse an argument themselves or through one another."""
    tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    calls, refuse = {}, set()
    for owner in [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]:
        for node in (node for node in owner.body if isinstance(node, ast.FunctionDef)):
            prefix = f"{owner.name}." if isinstance(owner, ast.ClassDef) else ""
            calls[prefix + node.name] = set(_called(node, prefix))
            if any(isinstance(part, ast.Raise) and _name(part.exc) in REFUSALS for part in ast.walk(node)):
                refuse.add(prefix + node.name)
    shared = {"real_array", "whole_number", "truth", "exact_number", "check_known"}
    while more := {name for name, called in calls.items() if called & (refuse | shared)} - refuse:
        refuse |= more
    return refuse


def _called(node, prefix):
    for call in (part.func for part in ast.walk(node) if isinstance(part, ast.Call)):
        if isinstance(call, ast.Name):
            yield call.id
        elif isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name) and call.value.id in ("self", "cls"):
            yield prefix + call.attr


def _name(raised):
    raised = raised.func if isinstance(raised, ast.Call) else raised
    return getattr(raised, "id", "")


@pytest.mark.parametrize("name", PUBLIC)
def test_refusals_are_documented(name):
    value = PUBLIC[name]
    kept = refusing(value.__module__)
    if inspect.isclass(value):
        refuses = any(f"{value.__name__}.{method}" in kept for method in ("__init__", "__post_init__", "__new__"))
    else:
        refuses = value.__qualname__ in kept
    assert not refuses or section(name, "Raises")
