r"""Modes of a law in k, as quadrature nodes that are graded towards the poles of λ/(λ+κ) at any complex κ.

Let λ(k) and c_kλ(k) be analytic and slowly varying in u = ln k. The first modes are kept; beyond them a sum is an integral
over u, by Gauss-Legendre on panels, with Euler-Maclaurin terms at its ends (`quadrature`). λ/(λ+κ) has its poles at a
height of (π − |arg κ|)/|dlnλ/du| over the real axis (`shape`): each panel is halved until its Bernstein ellipse, ρ = 2, holds
none. An infinite law ends where λ ≪ |κ|; what is beyond is an integral of the law alone.
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import Any, NamedTuple

import numpy as np
from mpmath import mp
from numpy.typing import NDArray

from theory.chunks import chunks
from theory.errors import BadArgument
from theory.spectra.sums.orders import Array, Numbers
from theory.spectra.sums.products import Resolved
from theory.spectra.sums.quadrature import DIGITS, EXPLICIT, end_panel, legendre
from theory.spectra.sums.shape import LISTABLE, SHORTEST, Law, floor_at, log_modes, shape_of

ELLIPSE = 2.0  # ρ of the smallest Bernstein ellipse: n nodes leave ρ^-2n
NEAREST = 1e-3  # of π − |arg κ| where modes are not listed one by one
SMALLEST = 1e-270  # of |κ| in double precision before units are changed
FLATTEST = 1e-6  # slope that is told from none
BLOCK = 512  # poles that a table of ellipses is made for at once
EXPLICIT_PRECISE = 2000  # up to this size mpmath lists the modes

Columns = tuple[list[Any], list[Any], list[Any]]


class Plan(NamedTuple):
    """Which modes are listed, and the panels in ln k beyond: `starts` and `ends`, None where all modes are listed.

    `second` is where the panel ends that carries the Euler-Maclaurin terms of the head, `high` where that of the last mode
    of a finite law begins.
    """

    head: int
    second: int = 0
    high: int | None = None
    starts: Any = None
    ends: Any = None


def graded_modes(law: Law, kappa: Numbers | None, floor: float = 0.0) -> Resolved:
    """Return nodes whose sums are right at each of the κ given, in double precision.

    Parameters
    ----------
    law : Law
        Its eigenvalues and signal as functions of ln k.
    kappa : ndarray of float64 or complex128, shape (n,), or None
        Zeros only for a finite law. None: all positive κ from e^floor on.
    floor : float
        The smallest ln λ that a node is wanted for, where `kappa` is None.

    Raises
    ------
    ValueError
        If a κ is next to the negative axis, where many modes have poles, and the law is too long to be listed.
    """
    unit = 1.0
    if kappa is not None:
        kappa = kappa[kappa != 0.0] if kappa.any() else np.ones(1)
        least = float(np.abs(kappa).min())
        floor = floor_at(least, DIGITS)
        unit = 2.0 ** math.ceil(math.log2(SMALLEST / least)) if least < SMALLEST else 1.0
    plan = _plan(law, kappa, floor, DIGITS, EXPLICIT)
    listed = log_modes(plan.head)
    parts = [(listed, np.zeros_like(listed), np.ones(plan.head))]
    if plan.ends is not None:
        nodes, weights = _unit_rule(math.ceil(1.6 * DIGITS) + 8)
        starts, ends = (edges.astype(np.longdouble)[:, None] for edges in (plan.starts, plan.ends))
        half, centre = (ends - starts) / 2, (ends + starts) / 2  # rounded as doubles, panels would leave gaps of 1e-14
        inner = np.ravel(centre + half * nodes)
        parts.append(_end_in_doubles(plan.head, plan.second, True))
        parts.append((inner, np.ravel(np.log(half * weights)) + inner, np.ones(inner.size)))
    if plan.high is not None:
        parts.append(_end_in_doubles(plan.high, int(law.size), False))
    log_k, log_count, sign = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    log_eigenvalue = law.log_eigenvalue(log_k) + np.log(np.longdouble(unit))
    eigenvalues = np.exp(np.minimum(log_eigenvalue, 690)).astype(np.float64)
    counts = sign * np.exp(np.minimum(log_count, 690)).astype(np.float64)
    signals = sign * np.exp(log_count + law.log_signal(log_k)).astype(np.float64)
    variances = sign * np.exp(np.minimum(log_count + log_eigenvalue, 690)).astype(np.float64)
    modes = Resolved(eigenvalues, counts, signals, unit=unit, variances=variances)
    if plan.ends is None or plan.high is not None:
        return modes
    variance, signal = law.remainder(np.longdouble(plan.ends[-1]))
    return modes._replace(tail=(float(variance * unit), float(signal)))


def graded_modes_precise(law: Law, *kappas: Any) -> Resolved:
    """Return nodes whose sums are right at the κ given (`mpf` or `mpc`), to the ambient precision."""
    kappas = tuple(kappa for kappa in kappas if kappa != 0) or (mp.one,)
    with mp.workprec(mp.prec + 30):
        digits, floor = mp.dps, floor_at(min(abs(kappa) for kappa in kappas), mp.dps)
        logarithms = np.array([float(mp.log(abs(kappa))) for kappa in kappas])
        angles = np.array([float(mp.arg(kappa)) for kappa in kappas])
        plan = _plan(law, (logarithms, angles), floor, digits, EXPLICIT_PRECISE)
        parts = [_listed_precise(law, plan.head, mp.prec)]
        if plan.ends is None:
            return Resolved(*parts[0])
        edges = [mp.log(plan.second + mp.mpf(0.5)), *map(mp.mpf, plan.ends.tolist())]
        parts.append(_end_precise(law, plan.head, plan.second, True, digits, mp.prec))
        if plan.high is not None:
            edges[-1] = mp.log(plan.high + mp.mpf(0.5))
            parts.append(_end_precise(law, plan.high, int(law.size), False, digits, mp.prec))
        parts += [_panel_precise(law, *pair, digits, mp.prec) for pair in itertools.pairwise(edges)]
        eigenvalues, counts, signals = (list(itertools.chain(*columns)) for columns in zip(*parts, strict=True))
        return Resolved(eigenvalues, counts, signals, tail=(0, 0) if plan.high is not None else law.remainder(edges[-1]))


def _plan(law: Law, kappa: Any, floor: float, digits: int, explicit: int) -> Plan:
    """Return the rule for κ, given as an array, as (ln|κ|, arg κ), or as None for all κ > 0."""
    if kappa is None:
        return _frame(law, floor, digits, 1, explicit)
    logarithms, angles = kappa if isinstance(kappa, tuple) else _polar(kappa)
    frame = _frame(law, floor, digits, _sharpness(law, logarithms, angles), explicit)
    if frame.ends is None:
        return frame
    places, slopes = shape_of(law, floor).place(logarithms)
    poles = places + 1j * (math.pi - np.abs(angles)) / np.maximum(slopes, FLATTEST)
    starts, ends = _partition(frame.starts, frame.ends, poles)
    return frame._replace(starts=starts, ends=ends)


@functools.lru_cache(maxsize=64)
def _frame(law: Law, floor: float, digits: int, sharpness: int, explicit: int) -> Plan:
    """Return the rule for all κ > 0, with ends for κ whose poles are nearer by a factor of `sharpness`."""
    shape, finite = shape_of(law, floor), not math.isinf(law.size)
    head = shape.head(digits, sharpness) if sharpness else None
    if head is None or (finite and law.size <= max(explicit, 8 * head)):
        if head is None and law.size > LISTABLE:
            allowed = f"slow enough in ln k for all but {LISTABLE} modes to be an integral at this κ"
            raise BadArgument("log_eigenvalue", law, allowed, "truncate the law, or keep κ off the negative axis")
        return Plan(int(law.size))
    if head > LISTABLE:
        allowed = f"slow enough in ln k for all but {LISTABLE} modes to be an integral"
        raise BadArgument("log_eigenvalue", law, allowed, "truncate the law")
    steepness = sharpness * shape.steepness(math.log(head), math.log(2 * head))
    second, high = math.floor(head * (1 + 1 / steepness)), None
    low = math.log(second + 0.5)
    stop = max(shape.reach(floor), low + 1.0, SHORTEST)
    if finite:
        high = math.ceil(law.size / (1 + 1 / (sharpness * shape.steepness(shape.log_k[-1] - 1, shape.log_k[-1]))))
        stop = math.log(high + 0.5)
    body = np.flatnonzero((shape.log_k >= low) & (shape.log_k <= stop))[::4]
    poles = shape.log_k[body] + 1j * math.pi / np.maximum(shape.slope[body], FLATTEST)
    return Plan(head, second, high, *_partition(np.array([low]), np.array([stop]), poles))


def _polar(kappa: Numbers) -> tuple[Array, Array]:
    distinct = np.unique(kappa)
    return np.log(np.abs(distinct)), np.angle(distinct)


def _sharpness(law: Law, log_modulus: Array, angles: Array) -> int:
    """Return by how much finer the rule must be than at κ > 0: a power of two; 0 where only listing the modes helps.

    Beyond the largest eigenvalue the negative axis has no poles.
    """
    inside = log_modulus < float(law.log_eigenvalue(np.zeros(1, np.longdouble))[0])
    nearest = float((math.pi - np.abs(angles[inside])).min(initial=math.pi))
    if nearest < NEAREST:
        if law.size > LISTABLE:
            admissible = f"off the negative axis by an angle of {NEAREST} or more where the modes are too many to be listed"
            kappa = np.exp(log_modulus + 1j * angles)
            raise BadArgument("kappa", kappa, admissible, "truncate the spectrum, or move the ridge off the axis")
        return 0
    return int(2 ** max(0, math.ceil(math.log2(math.pi / (3 * nearest)))))


def _partition(low: Array, high: Array, poles: NDArray[Any]) -> tuple[Array, Array]:
    """Return the ends of panels, halved until their ellipses hold no pole, ascending."""
    kept: list[NDArray[Any]] = []
    while low.size:
        centre, half = (low + high) / 2, (high - low) / 2
        narrow = np.ones(low.size, bool)
        for block in chunks(poles.size, BLOCK):
            t = (poles[block, None] - centre) / half
            root = np.abs(t + np.sqrt(t - 1) * np.sqrt(t + 1))
            narrow &= (np.maximum(root, 1 / root) >= ELLIPSE).all(axis=0)
        kept.append(np.stack((low[narrow], high[narrow])))
        low, centre, high = low[~narrow], centre[~narrow], high[~narrow]
        low, high = np.concatenate((low, centre)), np.concatenate((centre, high))
    panels = np.concatenate(kept, axis=1)
    return panels[0][order := np.argsort(panels[0])], panels[1][order]


@functools.lru_cache(maxsize=8)
def _unit_rule(count: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return Gauss-Legendre nodes and weights on [−1, 1] in extended precision."""
    nodes, weights = legendre(count, 100)
    return _extended(nodes), _extended(weights)


def _extended(values: Any) -> NDArray[Any]:
    coarse = [float(value) for value in values]
    fine = [float(value - rough) for value, rough in zip(values, coarse, strict=True)]
    return np.array(coarse, np.longdouble) + np.array(fine, np.longdouble)


@functools.lru_cache(maxsize=256)
def _end_in_doubles(low: int, high: int, lower: bool) -> tuple[NDArray[Any], NDArray[Any], Array]:
    """Return ln k, ln|n| and the signs of n of a panel at one end."""
    with mp.workdps(DIGITS + 25):
        panel = end_panel(low, high, math.ceil(1.31 * DIGITS) + 8, lower=lower)
    weights = _extended(panel.weights)
    return np.log(_extended(panel.points)), np.log(np.abs(weights)), np.sign(weights).astype(np.float64)


@functools.lru_cache(maxsize=8)
def _listed_precise(law: Law, count: int, bits: int) -> Columns:
    """Return λ, n and the signals of the modes 1 … `count`."""
    return _precise(law, [mp.log(k) for k in range(1, count + 1)], [mp.one] * count)


@functools.lru_cache(maxsize=64)
def _end_precise(law: Law, low: int, high: int, lower: bool, digits: int, bits: int) -> Columns:
    panel = end_panel(low, high, math.ceil(1.31 * digits) + 8, lower=lower)
    return _precise(law, [mp.log(point) for point in panel.points], panel.weights)


@functools.lru_cache(maxsize=1024)
def _panel_precise(law: Law, start: Any, stop: Any, digits: int, bits: int) -> Columns:
    """Return λ, n and the signals of a panel in ln k."""
    nodes, weights = legendre(math.ceil(1.6 * digits) + 8, bits)
    centre, half = (start + stop) / 2, (stop - start) / 2
    log_k = [centre + half * node for node in nodes]
    return _precise(law, log_k, [half * weight * mp.exp(u) for weight, u in zip(weights, log_k, strict=True)])


def _precise(law: Law, log_k: list[Any], counts: list[Any]) -> Columns:
    signals = [count * mp.exp(law.log_signal(u)) for u, count in zip(log_k, counts, strict=True)]
    return [mp.exp(law.log_eigenvalue(u)) for u in log_k], counts, signals
