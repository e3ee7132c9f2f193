"""Results in files: numbers to their last bit, without pickle, so that opening a file runs nothing that is in it.

A file is NumPy's `.npz`: every array by its place in the result ("terms.test"), and under "scaletheory" the rest as JSON.
Numbers in it are written in hexadecimal, those of multiple precision as mantissa and exponent.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import fields
from fractions import Fraction
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from mpmath import mp, mpf
from mpmath.libmp import MPZ
from numpy.typing import NDArray

from theory.errors import BadArgument
from theory.frozen import Frozen
from theory.notation import identifier
from theory.results.declared import Declared
from theory.results.inputs import Inputs
from theory.terms import Terms
from theory.versions import version

if TYPE_CHECKING:
    from sympy import Basic

HEADER, FORMAT = "scaletheory", 1
CONSTANTS = ("pi", "E", "oo", "true", "false")
METHODS = ("exponents", "spectrum")  # that make a result again
MAPPINGS: dict[str, type[Mapping[Any, Any]]] = {"Terms": Terms, "Frozen": Frozen, "dict": dict}


class Stored:
    """A dataclass that is saved and loaded."""

    classes: ClassVar[dict[str, type[Stored]]] = {}

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        cls.classes[f"{cls.__module__}.{cls.__qualname__}"] = cls

    @property
    def _content(self) -> dict[str, Any]:
        """What is written."""
        return {each.name: getattr(self, each.name) for each in fields(self)}  # type: ignore[arg-type]

    @classmethod
    def _of(cls, content: dict[str, Any]) -> Self:
        """Return the result of which that is the content."""
        return cls(**content)

    def save(self, path: str | PathLike[str]) -> None:
        """Write everything to a file, exactly.

        Parameters
        ----------
        path : path-like
            Such as "x.npz"; a file that is there is replaced.

        Raises
        ------
        ValueError
            For an entry that is neither numbers nor words nor made of them.
        OSError
            If the file cannot be written.
        """
        arrays: dict[str, NDArray[Any]] = {}
        tree = _encoded(self, "", arrays)
        header = json.dumps({"format": FORMAT, "version": version(), "result": tree})
        with open(path, "wb") as file:
            np.savez(file, allow_pickle=False, **{HEADER: np.array(header), **arrays})

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Return what `save` wrote.

        Parameters
        ----------
        path : path-like
            The file.

        Raises
        ------
        ValueError
            For a file that holds something else, or another result.
        OSError
            If the file cannot be read.
        """
        foreign = BadArgument("path", str(path), f"a file that {cls.__name__}.save wrote", "save the result first, as .npz")
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            document = json.loads(str(arrays.pop(HEADER)))
        except (ValueError, KeyError, EOFError, TypeError, AttributeError, zipfile.BadZipFile):
            raise foreign from None
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise foreign
        name = document["result"].get("class", "")
        found = _class(cls.classes, name)
        if found is None or not issubclass(found, cls):
            remedy = f"load it by {name.rpartition('.')[2]}.load"
            raise BadArgument("path", str(path), f"a file with a {cls.__name__}, not with a {name}", remedy)
        result: Self = _decoded(document["result"], arrays)
        return result


class Remade(Stored):
    """A result that is kept by what made it, and made again.

    Attributes
    ----------
    made_by : tuple
        A declaration, the name of its method, and the arguments; None for one that was made by hand.
    """

    made_by: tuple[Any, str, dict[str, Any]] | None = None

    @property
    def _content(self) -> dict[str, Any]:
        if self.made_by is None:
            raise BadArgument("result", self, "one that a model returned", "take it from the model, such as model.exponents()")
        return dict(zip(("owner", "method", "arguments"), self.made_by, strict=True))

    @classmethod
    def _of(cls, content: dict[str, Any]) -> Self:
        if content["method"] not in METHODS:
            raise BadArgument("method", content["method"], f"one of {', '.join(METHODS)}", "save the result again")
        made: Self = getattr(content["owner"], content["method"])(**content["arguments"])
        return made


def _encoded(value: Any, place: str, arrays: dict[str, NDArray[Any]]) -> Any:
    """Return a value as JSON can hold it, its arrays by name beside it."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, np.ndarray | np.generic):
        return _encoded_array(value, place, arrays)
    if isinstance(value, int):
        return {"int": str(int(value))}
    if isinstance(value, float):
        return {"float": value.hex()}
    if isinstance(value, Fraction):
        return {"fraction": str(value)}
    if isinstance(value, mpf):
        return {"mpf": [str(int(part)) for part in value._mpf_]}
    if isinstance(value, tuple | list):
        listed = [_encoded(entry, _inside(place, number), arrays) for number, entry in enumerate(value)]
        return {"tuple" if isinstance(value, tuple) else "list": listed}
    if isinstance(value, Inputs):
        own = {name: _encoded(array, _inside(place, name), arrays) for name, array in value.own.items()}
        return {"inputs": own, "shape": list(value.shape), "about": value.about}
    for name, kind in MAPPINGS.items():
        if type(value) is kind:
            items = [[_encoded(key, "", arrays), _encoded(entry, _inside(place, key), arrays)] for key, entry in value.items()]
            return {name: items}
    if isinstance(value, Stored):
        held = value._content
        return {
            "class": f"{type(value).__module__}.{type(value).__qualname__}",
            "fields": {name: _encoded(entry, _inside(place, name), arrays) for name, entry in held.items()},
        }
    if isinstance(value, Declared):
        return _encoded_declaration(value, place, arrays)
    if isinstance(value, getattr(sys.modules.get("sympy"), "Basic", ())):
        return _encoded_expression(value)
    raise BadArgument(place, value, "made of numbers, words and arrays to be saved", "pickle the result instead")


def _encoded_declaration(value: Declared, place: str, arrays: dict[str, NDArray[Any]]) -> Any:
    """Return class, arguments and state as copies are made of them, without what is derived when it is asked for."""
    parts: tuple[Any, ...] = tuple(value.__reduce_ex__(2))
    make, arguments, *more = parts
    own, state = type(value), more[0] if more and isinstance(more[0], dict) else {}
    if make is not own:  # copyreg's way to make an empty instance
        arguments = arguments[1:]
    kept = {name: entry for name, entry in state.items() if not isinstance(getattr(own, name, None), cached_property)}
    return {
        "declared": f"{own.__module__}.{own.__qualname__}",
        "called": make is own,
        "arguments": [_encoded(entry, _inside(place, number), arrays) for number, entry in enumerate(arguments)],
        "state": {name: _encoded(entry, _inside(place, name), arrays) for name, entry in kept.items()},
    }


def _encoded_expression(value: Basic) -> Any:
    """Return an expression as the tree that it is."""
    import sympy

    if isinstance(value, sympy.Rational):
        return {"expression": "Rational", "arguments": [str(value)]}
    if isinstance(value, sympy.Symbol):
        return {"expression": "Symbol", "arguments": [value.name], "assumptions": dict(value.assumptions0)}
    for name in CONSTANTS:
        if value == getattr(sympy, name):
            return {"expression": name, "arguments": []}
    return {"expression": type(value).__name__, "arguments": [_encoded_expression(argument) for argument in value.args]}


def _decoded_expression(tree: Any) -> Any:
    import sympy

    name, arguments = tree["expression"], tree["arguments"]
    if name in CONSTANTS:
        return getattr(sympy, name)
    if name == "Rational":
        return sympy.Rational(arguments[0])
    if name == "Symbol":
        return identifier(arguments[0], **tree["assumptions"])
    made = getattr(sympy, name, None)
    if not (isinstance(made, type) and issubclass(made, sympy.Basic) and arguments):
        raise BadArgument("path", name, "a function of SymPy", "save the result again")
    return made(*map(_decoded_expression, arguments))


def _decoded_declaration(tree: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    name = tree["declared"]
    own: Any = _class(Declared.declared_classes, name)
    if own is None:
        raise BadArgument("path", name, "a declaration that is known here", f"import {name.rpartition('.')[0]} first")
    arguments = [_decoded(entry, arrays) for entry in tree["arguments"]]
    made = own(*arguments) if tree["called"] else own.__new__(own, *arguments)
    made.__dict__.update({name: _decoded(entry, arrays) for name, entry in tree["state"].items()})
    return made


def _class(known: Mapping[str, type[Any]], name: str) -> type[Any] | None:
    """Return a class that is loaded, or one of this package, which is loaded for it; None for any other."""
    module = name.rpartition(".")[0]
    if name not in known and module.startswith("theory.") and all(part.isidentifier() for part in module.split(".")):
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    return known.get(name)


def _inside(place: str, key: Any) -> str:
    name = "*".join(map(str, key)) if isinstance(key, tuple) else str(key)
    return f"{place}.{name}" if place else name


def _encoded_array(value: Any, place: str, arrays: dict[str, NDArray[Any]]) -> Any:
    if value.dtype.kind in "biufcU":
        name = place
        while name in arrays or name == HEADER:
            name += "'"
        arrays[name] = np.asarray(value)
        return {"array" if isinstance(value, np.ndarray) else "scalar": name}
    entries = [_encoded(entry, f"{place}[{number}]", arrays) for number, entry in enumerate(np.asarray(value).ravel())]
    return {"objects": entries, "shape": list(value.shape)}


def _decoded(tree: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    if not isinstance(tree, dict):
        return tree
    kind, content = next(iter(tree.items()))
    if kind == "array":
        return arrays[content]
    if kind == "scalar":
        return arrays[content][()]
    if kind == "int":
        return int(content)
    if kind == "float":
        return float.fromhex(content)
    if kind == "fraction":
        return Fraction(content)
    if kind == "mpf":
        sign, mantissa, exponent, bits = map(int, content)
        return mp.make_mpf((sign, MPZ(mantissa), exponent, bits))
    if kind in ("tuple", "list"):
        listed = [_decoded(entry, arrays) for entry in content]
        return tuple(listed) if kind == "tuple" else listed
    if kind == "objects":
        made = np.empty(len(content), dtype=object)
        for number, entry in enumerate(content):
            made[number] = _decoded(entry, arrays)
        return made.reshape(tree["shape"])
    if kind == "inputs":
        own = {name: _decoded(entry, arrays) for name, entry in content.items()}
        return Inputs(tuple(tree["shape"]), own, tree["about"])
    if kind in MAPPINGS:
        make: Any = MAPPINGS[kind]
        return make({_decoded(key, arrays): _decoded(entry, arrays) for key, entry in content})
    if kind == "expression":
        return _decoded_expression(tree)
    if kind == "declared":
        return _decoded_declaration(tree, arrays)
    kept = _class(Stored.classes, content)
    if kept is None:
        raise BadArgument("path", content, "a result that is known here", f"import {content.rpartition('.')[0]} first")
    return kept._of({name: _decoded(entry, arrays) for name, entry in tree["fields"].items()})
