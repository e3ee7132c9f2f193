"""The first Hermite coefficients of a function, by adaptive quadrature with an error bound.

    φ(sg) = c₀ + c₁ g + rest,   g ~ N(0,1)        c₀ = Eφ    c₁ = E gφ    c* = (E(φ − c₀ − c₁g)²)^½ = (Eφ² − c₀² − c₁²)^½

Panels are halved where two Clenshaw-Curtis rules differ, down to the rounding of φ's argument: a jump costs no digits. c* is
the norm of the rest itself, without the cancellation of its second form.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.errors import BadArgument, real_array

Array: TypeAlias = NDArray[np.float64]
Activation: TypeAlias = Callable[[Array], Array]

EPS = float(np.finfo(np.float64).eps)
ROUNDING = 16.0 * EPS  # of sums and of φ's values, relative to ‖φ‖ = (Eφ²)^½
WANTED = 1e-13  # error of c₀ and c₁ relative to ‖φ‖, and of c* relative to itself
DOUBTFUL = 1e-9  # error relative to ‖φ‖ that is warned of
SAFETY = 2.0  # the error at a jump is up to 1.37 times the difference of the two rules
MOST_PANELS = 60_000
NEAR, FAR = 14, 38  # |g| that is always covered; exp(-g²/2) leaves the range of doubles beyond the second
PANELS_A_UNIT = 64


class QuadratureWarning(UserWarning):
    """An integral is known less well than was wanted; the error bound beside it says how well."""


@dataclass(frozen=True)
class HermiteCoefficients:
    """φ(sg) = c₀ + c₁g + rest, g ~ N(0,1): the constant, the linear part and the norm c* of the rest.

    Attributes
    ----------
    constant, linear, rest : float
        c₀ = Eφ(sg), c₁ = E gφ(sg), c* = (Eφ² − c₀² − c₁²)^½.
    error : float
        A bound on the absolute error of each of them: of the quadrature (its estimate doubled), of the tails, of rounding.
    """

    constant: float
    linear: float
    rest: float
    error: float


def hermite_coefficients(
    phi: Activation, scale: float = 1.0, *, breakpoints: ArrayLike = (), argument: str = "phi"
) -> HermiteCoefficients:
    """Return the constant, the linear part and the norm of the rest of φ(sg), g ~ N(0,1).

    Parameters
    ----------
    phi : callable
        φ, elementwise on arrays of float64. Jumps and bends are found. What is narrower than s/1000 and leaves no other trace
        (a needle) may be missed, unless `breakpoints` tells where it is.
    scale : float
        s > 0, the standard deviation of φ's argument.
    breakpoints : array_like of shape (n,)
        Arguments h of φ around which to look at every scale from the start, as is done around h = 0.
    argument : str
        The name of `phi` in errors.

    Returns
    -------
    HermiteCoefficients

    Raises
    ------
    ValueError
        If φ does not return finite real numbers of its argument's shape, E φ(sg)² is not finite, or scale or breakpoints are
        not admissible.

    Warns
    -----
    QuadratureWarning
        If the integrals did not converge, or are known to 10⁻⁹ ‖φ‖ or worse: φ is too rough, or grows almost too fast.
    """
    if not callable(phi):
        raise BadArgument(argument, phi, "a callable, elementwise on arrays", "give a function, numpy.tanh say")
    s = _scale(scale)
    mesh = _wide_mesh(phi, s, argument, _points(breakpoints) / s)
    while True:
        found = _Integrals(mesh)
        rough = found.rough
        converged = not rough.any()
        if converged or len(rough) + np.count_nonzero(rough) > MOST_PANELS:
            break
        mesh = mesh.halved(rough)
    constant, linear, rest = found.coefficients
    error = found.error
    if not (converged and error <= DOUBTFUL * found.norm):
        doubt = f"the Hermite coefficients of {argument} at scale {s:g} are known to ±{error:.2g} only"
        warnings.warn(f"{doubt}: it is rough or grows fast; breakpoints may help", QuadratureWarning, stacklevel=2)
    return HermiteCoefficients(constant, linear, rest, error)


def _scale(scale: float) -> float:
    admissible, remedy = "a finite number > 0", "give the standard deviation of φ's argument"
    s = real_array("scale", scale, admissible, remedy)
    if s.ndim or not 0.0 < s < np.inf:
        raise BadArgument("scale", scale, admissible, remedy)
    return float(s)


def _points(breakpoints: ArrayLike) -> Array:
    """Return the breakpoints as an array of shape (n,), perhaps empty."""
    if np.size(breakpoints) == 0:
        return np.empty(0)
    admissible, remedy = "finite numbers, shape (n,)", "give the arguments at which φ jumps or bends"
    points = np.atleast_1d(real_array("breakpoints", breakpoints, admissible, remedy))
    if points.ndim != 1 or not np.isfinite(points).all():
        raise BadArgument("breakpoints", breakpoints, admissible, remedy)
    return points


def _clenshaw_curtis(order: int) -> Array:
    """Return the weights of the rule on cos(πj/order), j = 0, …, order (even), for the interval [−1, 1]."""
    even = np.arange(0, order + 1, 2)
    moments = 2.0 / (1.0 - even**2.0) * np.where((even == 0) | (even == order), 0.5, 1.0)
    weights = 2.0 / order * np.cos(np.pi * np.outer(np.arange(order + 1), even) / order) @ moments
    weights[[0, -1]] /= 2.0
    return np.asarray(weights)


_ORDER = 16
_NODES = -np.cos(np.pi * np.arange(_ORDER + 1) / _ORDER)  # both ends among them: no jump hides between two panels
_FINE, _COARSE = _clenshaw_curtis(_ORDER), np.zeros(_ORDER + 1)
_COARSE[::2] = _clenshaw_curtis(_ORDER // 2)


@dataclass(frozen=True, eq=False)
class _Mesh:
    """Panels [left, right] of g, shape (n,), and φ(sg) at their nodes, shape (n, 17)."""

    phi: Activation
    scale: float
    argument: str
    left: Array
    right: Array
    values: Array

    @classmethod
    def of(cls, phi: Activation, scale: float, argument: str, left: Array, right: Array) -> _Mesh:
        """Evaluate φ on panels, or raise `ValueError` where its values are not finite numbers."""
        h = scale * _nodes(left, right)
        admissible, remedy = "elementwise on arrays of float64, with finite real values", "write it with NumPy functions"
        try:
            with np.errstate(all="ignore"):
                values = np.asarray(phi(h.ravel()))
        except (TypeError, ValueError) as error:
            raise BadArgument(argument, phi, admissible, remedy) from error
        if values.dtype.kind not in "biuf" or values.shape != (h.size,) or not np.isfinite(values).all():
            raise BadArgument(argument, phi, admissible, remedy)
        return cls(phi, scale, argument, left, right, values.astype(np.float64).reshape(h.shape))

    def with_panels(self, left: Array, right: Array, keep: Any = slice(None)) -> _Mesh:
        """Return these panels, or those to keep, and new ones."""
        new = _Mesh.of(self.phi, self.scale, self.argument, left, right)
        pairs = ((self.left, new.left), (self.right, new.right), (self.values, new.values))
        return _Mesh(self.phi, self.scale, self.argument, *(np.concatenate([old[keep], more]) for old, more in pairs))

    def halved(self, where: NDArray[np.bool_]) -> _Mesh:
        """Return the panels, some of them cut in halves."""
        left, right = self.left[where], self.right[where]
        middle = left + (right - left) / 2.0
        return self.with_panels(np.append(left, middle), np.append(middle, right), keep=~where)


def _nodes(left: Array, right: Array) -> Array:
    """Return the nodes of panels, shape (n, 17); the ends exactly."""
    g = left[:, None] + (right - left)[:, None] * (0.5 + 0.5 * _NODES)
    g[:, -1] = right
    return np.asarray(g)


def _wide_mesh(phi: Activation, scale: float, argument: str, points: Array) -> _Mesh:
    """Return panels that reach so far out that little of Eφ² lies beyond; ever closer around 0 and the points.

    Raises
    ------
    ValueError
        If φ² does not fall off.
    """
    steps = 0.5 ** np.arange(7, 53)
    centres = np.append(points, 0.0)[:, None]
    around = centres + np.concatenate([-steps, [0.0], steps]) * np.maximum(1.0, np.abs(centres))
    even = np.linspace(-NEAR, NEAR, 2 * NEAR * PANELS_A_UNIT + 1)
    edges = np.unique(np.concatenate([even, around[np.abs(around) < NEAR]]))
    mesh = _Mesh.of(phi, scale, argument, edges[:-1], edges[1:])
    for reach in range(NEAR, FAR):
        found = _Integrals(mesh)
        if found.tail <= (EPS * found.norm) ** 2:
            break
        edges = np.linspace(reach, reach + 1, PANELS_A_UNIT + 1)
        mesh = mesh.with_panels(np.append(edges[:-1], -edges[1:]), np.append(edges[1:], -edges[:-1]))
    if not np.isfinite(_Integrals(mesh).tail):
        admissible = f"square-integrable: E φ(sg)² finite at scale {scale:g}"
        raise BadArgument(argument, phi, admissible, "bound its growth, or take a smaller scale")
    return mesh


class _Integrals:
    """E φ, E gφ and E(φ − c₀ − c₁g)² over a mesh, the errors of each, panel by panel, and the norm ‖φ‖ = (Eφ²)^½."""

    def __init__(self, mesh: _Mesh) -> None:
        half = (mesh.right - mesh.left) / 2.0
        g = _nodes(mesh.left, mesh.right)
        root = np.exp(-(g**2) / 4.0) / (2.0 * np.pi) ** 0.25
        with np.errstate(over="ignore", invalid="ignore"):
            weighted = mesh.values * root
            squares = half * (weighted**2 @ _FINE)
            means = np.array([weighted * root, weighted * root * g])
            constant, linear = np.sum(half * (means @ _FINE), axis=1)
            rest = weighted - (constant + linear * g) * root
            parts = np.concatenate([means, rest[None] ** 2])
            self._errors = SAFETY * half * np.abs(parts @ (_FINE - _COARSE))
            # h = sg is rounded: φ is known up to ε|g| times its variation, and a jump up to where it is.
            variation = 2.0 * EPS * np.abs(g).max(axis=1) * np.abs(np.diff(mesh.values)).sum(axis=1)
            factors = root, root * np.abs(g), 2.0 * np.abs(rest)
            self._noise = variation * np.array([(root * factor).max(axis=1) for factor in factors])
        self.norm = float(np.sqrt(squares.sum()))
        self._outer = np.minimum(np.abs(mesh.left), np.abs(mesh.right))
        self._wide = half > EPS * self._outer
        self._squares = squares
        self.coefficients = float(constant), float(linear), float(np.sqrt(np.sum(half * (parts[2] @ _FINE))))

    @property
    def tail(self) -> float:
        """∫φ² beyond the mesh, if it goes on falling as from the last unit but one of |g| to the last; else infinity."""
        reach = np.ceil(self._outer.max())
        last, before = (float(self._squares[self._outer >= reach - back].sum()) for back in (1, 2))
        before -= last
        if last == 0.0:
            return 0.0
        return last / (before / last - 1.0) if last < before < np.inf else np.inf

    @property
    def rough(self) -> NDArray[np.bool_]:
        """The panels to be halved: where an error is above its share and above the noise, as long as there is a middle."""
        rest = self.coefficients[2]
        fine = WANTED * rest + ROUNDING * self.norm
        wanted = np.array([WANTED * self.norm, WANTED * self.norm, (2.0 * rest + fine) * fine])
        share = wanted[:, None] / len(self._wide)
        return np.asarray((self._errors > np.maximum(share, self._noise)).any(axis=0) & self._wide)

    @property
    def error(self) -> float:
        """A bound on the error of each coefficient."""
        reach, rounding, rest = np.ceil(self._outer.max()), ROUNDING * self.norm, self.coefficients[2]
        errors = np.sum(self._errors + self._noise, axis=1)
        # Beyond the reach, by Cauchy and Schwarz: E 1 and E g² there are below exp(−reach²/2) times 1 and reach + 1.
        beyond = np.sqrt(self.tail * np.exp(-(reach**2) / 2.0) * np.array([1.0, reach + 1.0]))
        constant, linear = errors[:2] + beyond + rounding
        square = errors[2] + 2.0 * self.tail + constant**2 + linear**2
        return float(max(constant, linear, rounding + _root_error(rest**2, square)))


def _root_error(square: float, error: float) -> float:
    """Return how far the root of a number known up to an error may be from the true one."""
    root = np.sqrt(square)
    return float(max(root - np.sqrt(max(square - error, 0.0)), np.sqrt(square + error) - root))
