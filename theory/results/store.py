"""Results in files: numbers to their last bit, without pickle, so that opening a file runs nothing that is in it.

A file is NumPy's `.npz`: every array by its place in the result ("terms.test"), and under "scaletheory" the rest as JSON.
Numbers in it are written in hexadecimal, those of multiple precision as mantissa and exponent.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import fields
from fractions import Fraction
from os import PathLike
from typing import Any, ClassVar, Self

import numpy as np
from mpmath import mp, mpf
from mpmath.libmp import MPZ
from numpy.typing import NDArray

from theory.chain.terms import Terms
from theory.errors import BadArgument
from theory.frozen import Frozen
from theory.results.inputs import Inputs
from theory.versions import version

HEADER, FORMAT = "scaletheory", 1
MAPPINGS: dict[str, type[Mapping[Any, Any]]] = {"Terms": Terms, "Frozen": Frozen, "dict": dict}


class Stored:
    """A dataclass that is saved and loaded."""

    classes: ClassVar[dict[str, type[Stored]]] = {}

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        cls.classes[f"{cls.__module__}.{cls.__qualname__}"] = cls

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
        found = cls.classes.get(name)
        if found is None or not issubclass(found, cls):
            remedy = f"load it by {name.rpartition('.')[2]}.load"
            raise BadArgument("path", str(path), f"a file with a {cls.__name__}, not with a {name}", remedy)
        result: Self = _decoded(document["result"], arrays)
        return result


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
        held = {each.name: getattr(value, each.name) for each in fields(value)}  # type: ignore[arg-type]
        return {
            "class": f"{type(value).__module__}.{type(value).__qualname__}",
            "fields": {name: _encoded(entry, _inside(place, name), arrays) for name, entry in held.items()},
        }
    raise BadArgument(place, value, "made of numbers, words and arrays to be saved", "pickle the result instead")


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
    held = {name: _decoded(entry, arrays) for name, entry in tree["fields"].items()}
    return Stored.classes[content](**held)
