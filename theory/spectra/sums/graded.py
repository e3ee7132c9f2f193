r"""Modes of a law in k, as quadrature nodes that are graded towards the poles of λ/(λ+κ) at any complex κ.

Let λ(k) and c_kλ(k) be analytic and slowly varying in u = ln k. The first modes are kept; beyond them a sum is an integral
over u, by Gauss-Legendre on panels, with Euler-Maclaurin terms at its ends (`quadrature`). λ/(λ+κ) has its poles where
ln λ = ln|κ| ± i(π − |arg κ|), at a height of (π − |arg κ|)/|dlnλ/du| over the real axis: each panel is halved until
its Bernstein ellipse, ρ = 2, holds none. An infinite law ends where λ ≪ |κ|; what is beyond is an integral of the law alone.
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import Any, Protocol

import numpy as np
from mpmath import mp
from numpy.typing import NDArray

from theory.errors import BadArgument
from theory.spectra.quadrature import DIGITS, EXPLICIT, PANEL, _end, _head, _legendre, _steepness
from theory.spectra.sums.orders import Array, Numbers
from theory.spectra.sums.products import Resolved

ELLIPSE = 2.0  # ρ of the smallest Bernstein ellipse: n nodes leave ρ^-2n
NEAREST = 1e-3  # of π − |arg κ| where modes are not listed one by one
LISTABLE = 10**7  # modes that are listed where there is no other way
SMALLEST = 1e-270  # of |κ| in double precision before units are changed
OCTAVES = 50  # along which the steepness of an infinite law is looked for
BLOCK = 512  # poles that a table of ellipses is made for at once


class Law(Protocol):
    """What a law in k tells of itself; `log_k` is an array of extended precision or an `mpf`."""

    @property
    def size(self) -> float:
        """D, which may be infinite."""

    def __hash__(self) -> int:
        """Laws are remembered by."""

    def log_eigenvalue(self, log_k: Any) -> Any:
        """Ln λ_k."""

    def log_signal(self, log_k: Any) -> Any:
        """Ln c_kλ_k."""

    def remainder(self, log_k: Any) -> tuple[Any, Any]:
        """∫ λ dk and ∫ cλ dk from there to infinity."""


def graded_modes(law: Law, kappa: Numbers) -> Resolved:
    """Return nodes whose sums are right at each of the κ given, in double precision.

    Parameters
    ----------
    law : Law
        Its eigenvalues and signal as functions of ln k.
    kappa : ndarray of float64 or complex128, shape (n,)
        Zeros only for a finite law.

    Raises
    ------
    ValueError
        If a κ is next to the negative axis, where many modes have poles, and the law is too long to be listed.
    """
    kappa = kappa[kappa != 0.0]
    if not kappa.size:
        kappa = np.ones(1)
    sharp = _sharpness(law, kappa, np.log(np.abs(kappa)))
    steepness = steepness_of(law) * (sharp or 1)
    head = _head(steepness, DIGITS)
    least = float(np.abs(kappa).min())
    unit = 2.0 ** math.ceil(math.log2(SMALLEST / least)) if least < SMALLEST else 1.0
    if not sharp or law.size <= max(EXPLICIT, 8 * head):
        log_k = np.log(np.arange(1, law.size + 1, dtype=np.longdouble))
        return _doubles(law, log_k, np.zeros(log_k.size, np.longdouble), unit, 0)
    low, high, stop = _span(law, head, steepness, least, DIGITS)
    nodes, weights = _unit_rule(math.ceil(1.6 * DIGITS) + 8)
    starts, ends = _partition(low, stop, steepness_of(law), *_poles(law, kappa, stop))
    half, centre = ((ends - starts) / 2)[:, None], ((ends + starts) / 2)[:, None]
    inner = np.ravel(centre + half * nodes)
    parts = [(np.log(np.arange(1, head + 1, dtype=np.longdouble)), np.zeros(head, np.longdouble), np.ones(head)),
             _end_in_doubles(head, low_mode(head, steepness), True),
             (inner, np.ravel(np.log(half * weights)) + inner, np.ones(inner.size))]  # fmt: skip
    if high is not None:
        parts.append(_end_in_doubles(high, int(law.size), False))
    log_k, log_count, sign = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    doublings = max(0, math.ceil((float(log_count.max()) - 650.0) / math.log(2.0)))
    found = _doubles(law, log_k, log_count, unit, doublings, sign)
    if high is not None:
        return found
    variance, signal = law.remainder(np.longdouble(stop))
    return found._replace(tail=(float(variance * unit * 2.0**-doublings), float(signal)))


def graded_modes_precise(law: Law, *kappas: Any) -> Resolved:
    """Return nodes whose sums are right at the κ given (`mpf` or `mpc`), to the ambient precision."""
    kappas = tuple(kappa for kappa in kappas if kappa != 0) or (mp.one,)
    rough = np.array([complex(kappa / abs(kappa)) for kappa in kappas])
    least = min(abs(kappa) for kappa in kappas)
    with mp.workprec(mp.prec + 30):
        digits = mp.dps
        moduli = [float(mp.log(abs(kappa))) for kappa in kappas]
        sharp = _sharpness(law, rough, np.array(moduli))
        steepness = steepness_of(law) * (sharp or 1)
        head = _head(steepness, digits)
        if not sharp or law.size <= max(2000, 8 * head):
            return Resolved(*_listed_precise(law, int(law.size), mp.prec))
        low, high, stop = _span(law, head, steepness, least, digits)
        places = _places(law, moduli, rough, stop)
        _, ends = _partition(low, stop, steepness_of(law), *places)
        second = low_mode(head, steepness)
        edges = [mp.log(second + mp.mpf(0.5)), *map(mp.mpf, ends.tolist())]
        parts = [_listed_precise(law, head, mp.prec), _end_precise(law, head, second, True, digits, mp.prec)]
        if high is not None:
            edges[-1] = mp.log(high + mp.mpf(0.5))
            parts.append(_end_precise(law, high, int(law.size), False, digits, mp.prec))
        parts += [_panel_precise(law, *pair, digits, mp.prec) for pair in itertools.pairwise(edges)]
        eigenvalues, counts, signals = (list(itertools.chain(*columns)) for columns in zip(*parts, strict=True))
        tail = (0, 0) if high is not None else law.remainder(edges[-1])
        return Resolved(eigenvalues, counts, signals, tail=tail)


@functools.lru_cache(maxsize=64)
def steepness_of(law: Law) -> float:
    """Return −dlnλ/dlnk at its steepest (a third of the signal's slope if that is more)."""
    octaves = OCTAVES if math.isinf(law.size) else int(math.log2(law.size))
    log_k = np.arange(octaves + 1) * np.log(np.longdouble(2))
    return _steepness(law.log_eigenvalue(log_k), law.log_signal(log_k))


def low_mode(head: int, steepness: float) -> int:
    """Return where the panel ends that carries the Euler-Maclaurin terms of the modes up to `head`."""
    return math.floor(head * (1 + 1 / steepness))


def _sharpness(law: Law, kappa: Numbers, log_modulus: Array) -> int:
    """Return by how much finer the rule must be than at κ > 0: a power of two; 0 where only listing the modes helps.

    Beyond the largest eigenvalue the negative axis has no poles.
    """
    inside = log_modulus < law.log_eigenvalue(np.zeros(1, np.longdouble))[0]
    nearest = float((math.pi - np.abs(np.angle(kappa[inside]))).min(initial=math.pi))
    if nearest < NEAREST:
        if law.size > LISTABLE:
            admissible = f"off the negative axis by an angle of {NEAREST} or more where the modes are too many to be listed"
            raise BadArgument("kappa", kappa, admissible, "truncate the spectrum, or move the ridge off the axis")
        return 0
    return int(2 ** max(0, math.ceil(math.log2(math.pi / (3 * nearest)))))


def _span(law: Law, head: int, steepness: float, least: Any, digits: int) -> tuple[float, int | None, float]:
    """Return where the panels in u start, the mode after which a finite law's last panel starts, and where they stop."""
    low = math.log(low_mode(head, steepness) + 0.5)
    if not math.isinf(law.size):
        high = math.ceil(law.size / (1 + 1 / steepness))
        return low, high, math.log(high + 0.5)
    floor = float(mp.log(least)) - digits * math.log(10) - 3.0
    octaves = np.exp2(np.arange(24, dtype=np.longdouble))
    beyond = np.flatnonzero(law.log_eigenvalue(octaves) < floor)
    if not beyond.size:
        raise BadArgument("kappa", least, "such that eigenvalues far below it exist at ln k < 8e6", "raise the ridge")
    steps = np.linspace(0.0 if beyond[0] == 0 else octaves[beyond[0] - 1], octaves[beyond[0]], 65)
    reach = float(steps[np.argmax(law.log_eigenvalue(steps) < floor)])
    return low, None, max(reach, low + 1.0, 40.0)


def _poles(law: Law, kappa: Numbers, stop: float) -> tuple[Array, Array]:
    distinct = np.unique(kappa)
    return _places(law, np.log(np.abs(distinct)), distinct, stop)


def _places(law: Law, log_kappa: Any, kappa: Numbers, stop: float) -> tuple[Array, Array]:
    """Return the real and the imaginary parts of ln k at the poles of λ/(λ+κ) above the real axis."""
    log_k = (stop + 1.0) * np.linspace(0.0, 1.0, 1200, dtype=np.longdouble) ** 2
    logarithm = np.asarray(law.log_eigenvalue(log_k), dtype=np.float64)
    slope = -np.diff(logarithm) / np.diff(log_k).astype(np.float64)
    place = np.interp(-np.asarray(log_kappa), -logarithm, log_k.astype(np.float64))
    local = slope[np.clip(np.searchsorted(log_k.astype(np.float64), place) - 1, 0, slope.size - 1)]
    return place, (math.pi - np.abs(np.angle(kappa))) / np.maximum(local, 1e-6)


def _partition(start: float, stop: float, steepness: float, places: Array, heights: Array) -> tuple[Array, Array]:
    """Return the ends of panels from `start` to `stop` whose ellipses hold no pole, ascending."""
    edges = np.linspace(start, stop, max(1, math.ceil((stop - start) * steepness / PANEL)) + 1)
    low, high = edges[:-1], edges[1:]
    kept: list[NDArray[Any]] = []
    while low.size:
        centre, half = (low + high) / 2, (high - low) / 2
        narrow = np.ones(low.size, bool)
        for block in range(0, places.size, BLOCK):
            poles = (places + 1j * heights)[block : block + BLOCK, None]
            t = (poles - centre) / half
            root = np.abs(t + np.sqrt(t - 1) * np.sqrt(t + 1))
            narrow &= (np.maximum(root, 1 / root) >= ELLIPSE).all(axis=0)
        kept.append(np.stack((low[narrow], high[narrow])))
        low, centre, high = low[~narrow], centre[~narrow], high[~narrow]
        low, high = np.concatenate((low, centre)), np.concatenate((centre, high))
    panels = np.concatenate(kept, axis=1)
    return panels[0][order := np.argsort(panels[0])], panels[1][order]


def _doubles(law: Law, log_k: Any, log_count: Any, unit: float, doublings: int, sign: Any = 1.0) -> Resolved:
    """Return modes in double precision, each logarithm in extended precision until the last step."""
    log_eigenvalue = law.log_eigenvalue(log_k) + np.log(np.longdouble(unit))
    eigenvalues = np.exp(np.minimum(log_eigenvalue, 690)).astype(np.float64)
    counts = sign * np.exp(log_count - doublings * np.log(np.longdouble(2))).astype(np.float64)
    signals = sign * np.exp(log_count + law.log_signal(log_k)).astype(np.float64)
    return Resolved(eigenvalues, counts, signals, unit=unit, doublings=doublings)


@functools.lru_cache(maxsize=8)
def _unit_rule(count: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return Gauss-Legendre nodes and weights on [−1, 1] in extended precision."""
    nodes, weights = _legendre(count, 100)
    return _extended(nodes), _extended(weights)


def _extended(values: Any) -> NDArray[Any]:
    coarse = [float(value) for value in values]
    fine = [float(value - rough) for value, rough in zip(values, coarse, strict=True)]
    return np.array(coarse, np.longdouble) + np.array(fine, np.longdouble)


@functools.lru_cache(maxsize=256)
def _end_in_doubles(low: int, high: int, lower: bool) -> tuple[NDArray[Any], NDArray[Any], Array]:
    """Return ln k, ln|n| and the signs of n of a panel at one end."""
    with mp.workdps(DIGITS + 25):
        panel = _end(low, high, math.ceil(1.31 * DIGITS) + 8, lower=lower)
    weights = _extended(panel.weights)
    return np.log(_extended(panel.points)), np.log(np.abs(weights)), np.sign(weights).astype(np.float64)


@functools.lru_cache(maxsize=8)
def _listed_precise(law: Law, count: int, bits: int) -> tuple[list[Any], list[Any], list[Any]]:
    """Return λ, n and the signals of the modes 1 … `count`."""
    logarithms = [mp.log(k) for k in range(1, count + 1)]
    return _precise(law, logarithms, [mp.one] * count)


@functools.lru_cache(maxsize=64)
def _end_precise(law: Law, low: int, high: int, lower: bool, digits: int, bits: int) -> tuple[list[Any], list[Any], list[Any]]:
    panel = _end(low, high, math.ceil(1.31 * digits) + 8, lower=lower)
    return _precise(law, [mp.log(point) for point in panel.points], panel.weights)


@functools.lru_cache(maxsize=1024)
def _panel_precise(law: Law, start: Any, stop: Any, digits: int, bits: int) -> tuple[list[Any], list[Any], list[Any]]:
    """Return λ, n and the signals of a panel in ln k."""
    nodes, weights = _legendre(math.ceil(1.6 * digits) + 8, bits)
    centre, half = (start + stop) / 2, (stop - start) / 2
    log_k = [centre + half * node for node in nodes]
    return _precise(law, log_k, [half * weight * mp.exp(u) for weight, u in zip(weights, log_k, strict=True)])


def _precise(law: Law, log_k: list[Any], counts: list[Any]) -> tuple[list[Any], list[Any], list[Any]]:
    signals = [count * mp.exp(law.log_signal(u)) for u, count in zip(log_k, counts, strict=True)]
    return [mp.exp(law.log_eigenvalue(u)) for u in log_k], counts, signals
