"""κ(s) of any chain at complex ridges, by continuation from the real solution at the same |s|.

From there s turns at fixed |s|, in a few steps whatever its size, and κ follows by Newton's iteration on ln s(κ), s(κ) being
what the layers' declarations make of κ. Near the negative axis, where along arcs and rays κ may jump to another branch, s comes
from above instead: Im s is halved a step, with Re s kept; in the gap between the spectrum and zero not all the way.
The smallest complement of a solved chain, which 1 − d/n does not resolve, is what the others leave of s. Where it is small, κ
hardly depends on s: there Newton's iteration is on the complement, which is linear in κ.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from theory.chain.algebras.own import Own, Shaped
from theory.chain.algebras.polarise import Triple
from theory.chain.layers import Layer, Level
from theory.chain.places import walk
from theory.chain.ridge_map import law_power, ridge_powers
from theory.solve.kappa import shaped
from theory.solve.kappa.fixed_point import FixedPoint, solve
from theory.solve.kappa.state import Solution
from theory.solve.status import Status
from theory.spectra.base import Spectrum

Complex: TypeAlias = NDArray[np.complex128]

TURNS = 3         # steps of an arc
SLANT = 0.5       # of Im s is −Re s at most, where an arc ends
ASIDE = 1e-50j    # of κ, from where s(κ) = 0 to rounding: complements are exact there in their imaginary part
NEAR = 7          # halvings down from there, after which s in a gap is reached in one step
ROUGH, FINE = 1e-5, 3e-15  # steps of ln κ at which Newton stops on the way, and at the end
NEWTON = 60
STIFF = 1e6       # dln s/dln κ from which on the smallest complement stands for s
RIGHT = 1e-13     # of κ, to which its side of the axis is known
SUBDIVIDED = 6    # times that a step which fails is halved in ln Im s


def continued(spectrum: Spectrum, layers: Sequence[Layer], parameters: Sequence[NDArray[Any]], ridge: Complex) -> Solution:
    """Return the fixed point at n complex ridges: a `Solution` whose numbers are complex.

    Parameters
    ----------
    spectrum : Spectrum
        The population.
    layers : sequence of Layer
        Innermost first.
    parameters : sequence of ndarray, shape (n,)
        Sizes and variances, as for `theory.solve.kappa.fixed_point.solve`.
    ridge : ndarray of complex, shape (n,)
        s, anywhere but on the negative real axis, where the eigenvalues of the data lie; real s ≥ 0 go through the real solver.

    Raises
    ------
    ValueError
        As `solve`, for what it refuses.
    """
    ridge = np.asarray(ridge, dtype=np.complex128)
    real = (ridge.imag == 0) & (ridge.real >= 0)
    parts = [(mask, solver) for mask, solver in ((real, _on_axis), (~real, _off_axis)) if mask.any()] or [(real, _on_axis)]
    found = [(mask, solver(spectrum, layers, [value[mask] for value in parameters], ridge[mask])) for mask, solver in parts]
    return Solution.joined(ridge.size, found, np.complex128)


def _on_axis(spectrum: Spectrum, layers: Sequence[Layer], parameters: Sequence[NDArray[Any]], ridge: Complex) -> Solution:
    return solve(spectrum, layers, parameters, ridge.real)


def _off_axis(spectrum: Spectrum, layers: Sequence[Layer], parameters: Sequence[NDArray[Any]], ridge: Complex) -> Solution:
    """Return the fixed point off the axis; in the lower half plane it is the conjugate of that above."""
    above = np.where(ridge.imag < 0, ridge.conj(), ridge)
    path = Path(spectrum, layers, parameters)
    kappa, found = path.descend(above)
    solution = path.settled(kappa, above)
    code = np.where(found & np.isfinite(kappa), Status.CONVERGED, Status.FAILED)
    below = ridge.imag < 0
    mirrored = partial(_mirrored, below)
    pairs = tuple((mirrored(u), mirrored(t)) for u, t in solution.pairs)
    chi = tuple(None if of_law is None else mirrored(of_law) for of_law in solution.chi)
    return Solution(mirrored(kappa), pairs, mirrored(solution.vacancy), mirrored(solution.dof), code, chi)


def _mirrored(below: NDArray[np.bool_], value: Any) -> Any:
    return np.where(below, np.conj(value), value)


class Path:
    """The way of κ from the real axis to s."""

    def __init__(self, spectrum: Spectrum, layers: Sequence[Layer], parameters: Sequence[NDArray[Any]]) -> None:
        self.spectrum, self.layers, self.parameters = spectrum, layers, parameters
        self.chi: list[Complex | None] = [
            None if layer.law is None else np.full(size.shape, np.inf, np.complex128)
            for layer, size in zip(layers, parameters, strict=True)
        ]  # of each law, where it was last: the branch that is followed

    def levels(self, of: Any, kappa: Complex) -> list[Level]:
        """Return the levels at κ: triples on the diagonal, so that slopes are by κ."""
        d, fall = self.spectrum.moments(kappa, ((1, 0, 0), (1, 1, 0)))
        dof = Triple(d, d, -fall / kappa)
        size = self.spectrum.size
        vacancy = Triple(1.0 - d / size, 1.0 - d / size, fall / kappa / size)
        population = Level(Triple(kappa, kappa, 1.0), dof, vacancy, Triple.constant(0.0), Triple.constant(size))
        return walk(self.layers, lambda place, _: self.own(place, of), population, Triple.constant(0.0))

    def aside(self, of: Any, kappa: Complex) -> list[Level]:
        """Return the levels at κ, or next to it, where s(κ) does not vanish."""
        levels = self.levels(of, kappa)
        zero = levels[-1].ridge.value == 0.0
        return self.levels(of, kappa + np.where(zero, ASIDE * kappa, 0.0)) if zero.any() else levels

    def step(self, of: Any, kappa: Complex, ridge: Complex) -> tuple[Complex, Complex]:
        """Return Newton's step of ln κ, and dln s/dln κ."""
        levels = self.levels(of, kappa)
        outside = levels[-1].ridge
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = kappa * outside.delta / outside.value
            step = -np.log(outside.value / ridge) / slope
        stiff = np.flatnonzero(~(np.abs(slope) < STIFF))
        if stiff.size:
            step[stiff] = self.stiff_step(of[stiff], kappa[stiff], ridge[stiff])
        return step, np.where(np.isfinite(slope), slope, np.inf)

    def stiff_step(self, of: Any, kappa: Complex, ridge: Complex) -> Complex:
        """Return the step of ln κ by which the smallest complement gets to what the others leave of s."""
        levels = self.aside(of, kappa)
        pairs = self.pairs(of, levels)
        smallest = np.array([np.abs(t) for _, t in pairs]).argmin(axis=0)[None]
        slopes = [kappa * self.own(place, of).factor(layer.whole(level)).delta
                  for place, (layer, level) in enumerate(zip(self.layers, levels, strict=False))]  # fmt: skip
        before, slope = (np.take_along_axis(np.array(values), smallest, 0)[0] for values in ([t for _, t in pairs], slopes))
        with np.errstate(divide="ignore", invalid="ignore"):
            self.settle(of, pairs, ridge / levels[-1].ridge.value)
            return (np.take_along_axis(np.array([t for _, t in pairs]), smallest, 0)[0] - before) / slope

    def descend(self, ridge: Complex) -> tuple[Complex, NDArray[np.bool_]]:
        """Return κ, and whether it was found."""
        halvings = np.ceil(np.log2(np.maximum(-ridge.real / (SLANT * ridge.imag), 1.0))).astype(int)
        turn = ridge.real + 1j * ridge.imag * 2.0**halvings
        skipped = np.where(self.in_gap(ridge, halvings > NEAR), halvings - NEAR, 0)
        halvings = halvings - skipped
        at = np.abs(turn).astype(np.complex128)
        start = solve(self.spectrum, self.layers, self.parameters, at.real)
        kappa, slope, found = start.kappa.astype(np.complex128), np.ones_like(at), start.converged
        self.chi = [None if chi is None else chi.astype(np.complex128) for chi in start.chi]
        of = np.flatnonzero(found)
        slope[of] = self.step(of, kappa[of], at[of])[1]
        for left in range(int(halvings.max()) + TURNS - 1, -1, -1):
            of = np.flatnonzero((halvings + TURNS > left) & found)
            above = ridge[of].real + 1j * ridge[of].imag * 2.0 ** (left + (skipped[of] if left else 0))
            turns = left - halvings[of]
            arc = turn[of] * np.exp(-1j * np.angle(turn[of]) * np.maximum(turns, 0) / TURNS)
            target = np.where(turns > 0, arc, above)
            kappa[of], slope[of], found[of] = self.move(of, kappa[of], slope[of], at[of], target, ROUGH if left else FINE)
            at[of] = target
            self.follow(of, kappa[of])
        return kappa, found

    def in_gap(self, ridge: Complex, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return where Re s lies between the spectrum and zero, so that s may come down in one step from nearby."""
        inside = np.zeros(ridge.size, bool)
        if wanted.any():
            parameters, places = np.unique([value[wanted] for value in self.parameters], axis=1, return_inverse=True)
            lowest = np.zeros(parameters.shape[1])
            problem = FixedPoint(self.spectrum, self.layers, list(parameters), lowest)
            for points in problem.chunks():
                lowest[points] = problem.edges(points)
            inside[wanted] = ridge[wanted].real > lowest[np.ravel(places)]
        return inside

    def move(
        self, of: Any, kappa: Complex, slope: Complex, at: Complex, to: Complex, tolerance: float, depth: int = 0
    ) -> tuple[Complex, Complex, NDArray[np.bool_]]:
        """Return κ and dln s/dlnκ at another s nearby, and whether Newton has got there."""
        with np.errstate(invalid="ignore"):
            new = kappa * np.where(np.isfinite(slope), np.exp(np.log(to / at) / slope), 1.0)
        slopes, done = slope.copy(), np.zeros(to.size, bool)
        todo = np.arange(to.size)
        last = np.full(to.size, np.inf)
        for _ in range(NEWTON):
            step, slopes[todo] = self.step(of[todo], new[todo], to[todo])
            size = np.abs(step)
            good = np.isfinite(size) & (size < 1.0)
            new[todo[good]] *= np.exp(step[good])
            settled = good & ((size < tolerance) | ((size < 1e-9) & (size > 0.5 * last[todo])))
            last[todo] = size
            done[todo[settled]] = True
            todo = todo[good & ~settled]
            if not todo.size:
                break
        done &= new.imag > -RIGHT * np.abs(new)
        lost = np.flatnonzero(~done)
        if lost.size and depth < SUBDIVIDED:
            half = at[lost].real + 1j * np.sqrt(at[lost].imag * to[lost].imag)
            middle = self.move(of[lost], kappa[lost], slope[lost], at[lost], half, ROUGH, depth + 1)
            self.follow(of[lost], middle[0])
            end = self.move(of[lost], middle[0], middle[1], half, to[lost], tolerance, depth + 1)
            new[lost], slopes[lost], done[lost] = end[0], end[1], end[2] & middle[2]
        return new, slopes, done

    def settled(self, kappa: Complex, ridge: Complex) -> Solution:
        """Return the solution at κ, the complements that nearly vanish taken from s."""
        of = np.arange(kappa.size)
        levels = self.aside(of, kappa)
        pairs = self.pairs(of, levels)
        population = levels[0]
        self.settle(of, pairs, ridge / levels[-1].ridge.value)
        for place, (layer, level) in enumerate(zip(self.layers, levels, strict=False)):
            if layer.law is not None:
                size, dof = self.parameters[place], level.dof.value
                followed = self.chi[place]
                assert followed is not None
                self.chi[place] = shaped.at_factor(layer.law, size, pairs[place][1], followed)
                pairs[place] = dof / size, 1.0 - dof / size
        return Solution(kappa, tuple(pairs), population.vacancy.value, population.dof.value, np.zeros(kappa.size, np.intp),
                        tuple(self.chi))  # fmt: skip

    def own(self, place: int, of: Any) -> Own:
        """Return a layer's parameter, as triples read it."""
        size, layer = self.parameters[place][of], self.layers[place]
        if layer.law is None:
            return Own(Triple.constant(size), layer.sized)
        return Shaped(Triple.constant(size), partial(self._left, place, of, size))

    def _left(self, place: int, of: Any, size: NDArray[Any], dof: Triple) -> Triple:
        """Return f of a law, χ followed from where it was last."""
        law, before = self.layers[place].law, self.chi[place]
        assert law is not None
        assert before is not None
        _, factor, slope = shaped.near(law, size, dof.value, before[of])
        return Triple(factor, factor, slope * dof.delta)

    def follow(self, of: Any, kappa: Complex) -> None:
        """Take χ of every law along to κ, where the way has come."""
        if any(chi is not None for chi in self.chi):
            for place, (layer, level) in enumerate(zip(self.layers, self.levels(of, kappa), strict=False)):
                before = self.chi[place]
                if layer.law is not None and before is not None:
                    before[of] = shaped.near(layer.law, self.parameters[place][of], level.dof.value, before[of])[0]

    def pairs(self, of: Any, levels: Sequence[Level]) -> list[Any]:
        """Return the share and the complement of every layer; 1 − f and f where it has a law."""
        made = []
        for place, (layer, level) in enumerate(zip(self.layers, levels, strict=False)):
            own = self.own(place, of)
            left = own.factor(layer.whole(level)).value if layer.law is not None else None
            share = own.share(layer.whole(level)).value if left is None else 1.0 - left
            made.append((share, 1.0 - share if left is None else left))
        return made

    def settle(self, which: Any, pairs: list[Any], missing: Complex) -> None:
        """Let the smallest complements, as they enter s by powers, take up the factor that s(κ) misses."""
        powers = [ridge_powers(layer) if layer.law is None else (law_power(layer), 0) for layer in self.layers]
        outer = [None if layer.pooled else pair for layer, pair in zip(self.layers[1:], powers[1:], strict=True)]
        inner = [0 if pair is None else pair[1] for pair in [*outer, None]]
        exponents = [0 if pair is None else pair[0] + k for pair, k in zip(powers, inner, strict=True)]
        complements = np.array([t for _, t in pairs])
        smallest = np.abs(complements).argmin(axis=0)
        for group in self._groups():
            places = [place for place in group if powers[place] is not None]
            of = np.flatnonzero(np.isin(smallest, places) & (np.abs(complements).min(axis=0) < 0.5))
            if not of.size:
                continue
            own = [complements[place, of] for place in places]
            e = [exponents[place] for place in places]
            with np.errstate(divide="ignore", invalid="ignore"):
                target = missing[of] * np.prod([t**power for t, power in zip(own, e, strict=True)], axis=0)
            if not self.layers[places[0]].sized:
                fresh = [target]
            elif self.layers[places[0]].law is not None:
                fresh = [target ** (1.0 / e[0])]
            else:
                fresh = _slack([self.parameters[place][which[of]] for place in places], e, own, target)
            for place, t in zip(places, fresh, strict=True):
                pairs[place][1][of] = np.where(np.isfinite(t), t, pairs[place][1][of])

    def _groups(self) -> list[list[int]]:
        """Return the places of layers that share one d, of each law, and of each noise."""
        made: list[list[int]] = []
        for place, layer in enumerate(self.layers):
            before = self.layers[made[-1][0]] if made else layer
            if made and layer.sized and before.sized and layer.law is None and before.law is None:
                made[-1].append(place)
            else:
                made.append([place])
        return made


def _slack(sizes: Sequence[Any], exponents: Sequence[int], complements: Sequence[Complex], target: Complex) -> list[Complex]:
    """Return t_j = (n_j − n + x)/n_j with ∏ t_j^e_j = `target`, n the smallest size and x next to what the t_j say."""
    kept = np.array(sizes)
    bound = np.isfinite(kept)
    kept, e = np.where(bound, kept, 1.0), np.where(bound, np.array(exponents, dtype=float)[:, None], 0.0)
    floor = np.where(bound & (e > 0), kept, np.inf).min(axis=0)
    gaps = np.where(e != 0, kept - floor, 1.0)
    tight = (gaps == 0) & (e > 0)
    start = floor * np.array(complements)[tight.argmax(axis=0), np.arange(floor.size)]
    with np.errstate(all="ignore"):
        rest = np.prod(np.where(tight, 1.0, (gaps / kept) ** e), axis=0)
        leading = floor * (target / rest) ** (1.0 / np.where(tight, e, 0.0).sum(axis=0))
        x = np.where(np.abs(start) < 1e-13 * floor, leading, start)
        for _ in range(8):
            t = np.where(e != 0, (gaps + x) / kept, 1.0)
            defect = (e * np.log(t)).sum(axis=0) - np.log(target)
            defect -= 2j * np.pi * np.round(defect.imag / (2.0 * np.pi))
            slope = (e * x / np.where(e != 0, gaps + x, 1.0)).sum(axis=0)
            x = x * np.exp(-defect / slope)
        t = np.where(bound, (kept - floor + x) / kept, 1.0)
    return list(t)
