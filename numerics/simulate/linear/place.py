"""Where linear algebra runs: a namespace of the array API standard (https://data-apis.org/array-api) and a device of it.

Draws are always NumPy's and are moved there, so that a trial gives the same numbers, to rounding, in every namespace. What
follows them calls functions of the standard alone; NumPy is one of its namespaces.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from theory.errors import BadArgument

WRAPPED = ("torch", "cupy")  # by array-api-compat, up to the standard
NEEDED = ("asarray", "isdtype", "linalg", "__array_api_version__")


@dataclass(frozen=True)
class Place:
    """A namespace, by name so that it pickles, and a device.

    Attributes
    ----------
    name : str
        Of the module.
    device : object
        As the namespace takes it; None for its own choice.
    """

    name: str = "numpy"
    device: Any = None

    @property
    def xp(self) -> Any:
        """The module."""
        return importlib.import_module(self.name)

    @property
    def is_numpy(self) -> bool:
        """Whether nothing has to be moved."""
        return self.name == "numpy"

    def put(self, array: Any, complex: bool = False) -> Any:
        """Return an array of NumPy's there, as complex if all are (types do not mix in products); others as they are."""
        if not isinstance(array, np.ndarray):
            return array
        array = array.astype(np.complex128) if complex and not self.is_numpy else array
        if self.is_numpy:
            return array
        return self.xp.asarray(array if array.flags.writeable else array.copy(), device=self.device)

    def get(self, array: Any) -> NDArray[Any]:
        """Return an array from there as one of NumPy's."""
        if self.name.startswith("array_api_compat."):
            array = importlib.import_module("array_api_compat").to_device(array, "cpu")
        return np.asarray(array)

    def root_of_inverse(self, matrix: Any) -> Any:
        """Return L⁻ᴴ of a Hermitian matrix LLᴴ that is positive definite well beyond rounding."""
        if self.is_numpy:
            lower = scipy.linalg.cholesky(matrix, lower=True, check_finite=False)
            (invert,) = scipy.linalg.get_lapack_funcs(("trtri",), (lower,))
            return invert(lower, lower=True)[0].conj().T
        lower = self.xp.linalg.cholesky(matrix)
        return adjoint(self.xp, self.xp.linalg.solve(lower, self.eye(matrix)))

    def eye(self, like: Any) -> Any:
        """Return the identity of the size of a square matrix, its type and device."""
        return self.xp.eye(like.shape[-1], dtype=like.dtype, device=like.device)


NUMPY = Place()


def place(xp: Any = None, device: Any = None) -> Place:
    """Return where to compute.

    Parameters
    ----------
    xp : module or str, optional
        NumPy, or a namespace of the array API standard, or its name. PyTorch and CuPy are taken through array-api-compat.
    device : object, optional
        A device of that namespace, as its `asarray` takes it.

    Raises
    ------
    ValueError
        If there is no such module, it does not follow the standard, or has no double precision on that device.
    """
    admissible = "NumPy, PyTorch, or another namespace of the array API standard, as a module or by name"
    name = "numpy" if xp is None else xp if isinstance(xp, str) else getattr(xp, "__name__", None)
    if not isinstance(name, str):
        raise BadArgument("xp", xp, admissible, "for example xp=torch")
    wanted = f"array_api_compat.{name}" if name in WRAPPED else name
    try:
        module = importlib.import_module(wanted)
    except ImportError as error:
        remedy = f"it cannot be imported ({error}); PyTorch and CuPy need the extra: pip install scaletheory[accelerate]"
        raise BadArgument("xp", xp, admissible, remedy) from error
    if not all(hasattr(module, each) for each in NEEDED):
        raise BadArgument("xp", xp, admissible, "this module does not follow the standard")
    if wanted == "numpy":
        if device not in (None, "cpu"):
            raise BadArgument("device", device, '"cpu" for NumPy', "leave it out, or give the namespace whose device it is")
        return NUMPY
    try:
        double = module.asarray(np.ones(1), device=device).dtype == module.float64
    except (RuntimeError, AssertionError, ValueError, TypeError) as error:
        raise BadArgument("device", device, f"a device of {name} with double precision", str(error)) from error
    if not double:
        raise BadArgument("xp", xp, f"a namespace with double precision on {device or 'its device'}", "turn it on there")
    return Place(wanted, device)


def is_complex(xp: Any, array: Any) -> bool:
    """Return whether an array is complex."""
    return bool(xp.isdtype(array.dtype, "complex floating"))


def conjugate(xp: Any, array: Any) -> Any:
    """Return the complex conjugate."""
    return xp.conj(array) if is_complex(xp, array) else array


def adjoint(xp: Any, matrix: Any) -> Any:
    """Return Aᴴ."""
    return conjugate(xp, matrix).mT


def real(xp: Any, array: Any) -> Any:
    """Return the real part."""
    return xp.real(array) if is_complex(xp, array) else array


def inner(xp: Any, one: Any, other: Any, axis: int | None = None) -> Any:
    """Return Re Σ conj(a) b, over one axis or all."""
    if axis is None:
        return real(xp, xp.vecdot(xp.reshape(one, (-1,)), xp.reshape(other, (-1,))))
    return real(xp, xp.sum(conjugate(xp, one) * other, axis=axis))
