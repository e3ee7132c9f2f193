"""The public face of training: gradient flow, descent with momentum, and any spectral filter, on any chain."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from theory.dynamics.spectral.algorithms import Descent, Filter, Flow
from theory.dynamics.spectral.contours import Array
from theory.dynamics.spectral.scaling import FlowLaw, FlowSystem
from theory.dynamics.spectral.slopes import local_exponents
from theory.dynamics.spectral.stopping import BestTime, best_time
from theory.dynamics.spectral.training import Training, TrainingRisk
from theory.errors import BadArgument, real_array, truth
from theory.keywords import says_what_is_meant
from theory.model import Chain
from theory.solve.slopes import LocalExponents
from theory.spectra.base import Spectrum
from theory.terms import Key, Terms


class GradientFlow(Training):
    """The readout of a chain trained from zero by gradient flow on half the training loss (weight decay added, if any).

    Parameters
    ----------
    chain : Chain
        Any: linear, features, deep, Haar, feature noise, nonlinear through its equivalent; without rows of data the dynamics is
        that of the population risk.

    Raises
    ------
    ValueError
        If `chain` is no chain.

    Notes
    -----
    v̇ = Xᵀ(y − Xv)/P − ωv. Source: arXiv:2402.01092 (its mean-field equations are solved in closed form by the chain's
    two-point function).
    """

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain, Flow())

    @says_what_is_meant
    def evaluate(
        self, task: Spectrum, *, time: ArrayLike, noise: ArrayLike = 0.0, ensemble: ArrayLike = 1,
        weight_decay: ArrayLike = 0.0, **sizes: Any,
    ) -> TrainingRisk:  # fmt: skip
        """Return every term of the risk along time; all arguments broadcast as NumPy arrays.

        Parameters
        ----------
        task : Spectrum
            The population, infinite ones included.
        time : array-like
            t ≥ 0, in units of one over an eigenvalue of XᵀX/P; 0 is the start, `inf` the ridgeless chain.
        noise, ensemble, **sizes
            As in `Chain.evaluate`.
        weight_decay : array-like
            ω ≥ 0.

        Returns
        -------
        TrainingRisk
            Arrays of the broadcast shape, with a certificate.

        Raises
        ------
        ValueError
            For missing or unknown arguments and values out of their domain, with the remedy.
        """
        return self._run(task, {"time": time, "noise": noise, "ensemble": ensemble, "weight_decay": weight_decay, **sizes})

    def correlation(
        self, task: Spectrum, *, time: tuple[ArrayLike, ArrayLike], noise: ArrayLike = 0.0, ensemble: ArrayLike = 1,
        weight_decay: ArrayLike = 0.0, **sizes: Any,
    ) -> TrainingRisk:  # fmt: skip
        """Return the correlations of residuals at two times of one run: "test" is E r(t) r(t′) on fresh data, and so on.

        Parameters
        ----------
        task, noise, ensemble, weight_decay, **sizes
            As in `evaluate`.
        time : pair of array-like
            (t, t′), which broadcast.

        Returns
        -------
        TrainingRisk
            With t = t′ that of `evaluate`.

        Raises
        ------
        ValueError
            As `evaluate`, and for a pair of which one is a limit (0 or inf) and the other is not.
        """
        given = {"time": time, "noise": noise, "ensemble": ensemble, "weight_decay": weight_decay, **sizes}
        return self._run(task, given, pairs=True)

    def _quickly(self, task: Spectrum, **given: Any) -> Terms[Any]:
        """Return the terms without a certificate, for searches and differences."""
        return self._run(task, {"noise": 0.0, "ensemble": 1, "weight_decay": 0.0, **given}, certify=False).terms


    def optimum(
        self, task: Spectrum, *, of: Key = "test", noise: ArrayLike = 0.0, ensemble: ArrayLike = 1,
        weight_decay: ArrayLike = 0.0, **sizes: Any,
    ) -> BestTime:  # fmt: skip
        """Return the stopping time of least risk, and that risk; all arguments broadcast as NumPy arrays.

        Parameters
        ----------
        task, noise, ensemble, weight_decay, **sizes
            As in `evaluate`.
        of : str or tuple of str
            The term to minimise.

        Returns
        -------
        BestTime
            Times (inf: train to the end), risks and what became of the search.

        Raises
        ------
        ValueError
            As `evaluate`, and for an unknown term.
        """
        read = {"noise": noise, "ensemble": ensemble, "weight_decay": weight_decay, **sizes}
        end = self.evaluate(task, time=np.inf, **read)
        arrays = {key: np.broadcast_to(np.asarray(value, dtype=np.float64), end.test.shape) for key, value in read.items()}
        top, slowest = self._scales(task, arrays)
        found = best_time(functools.partial(self._quickly, task), arrays, top, slowest, of)
        return replace(found, inputs=self.asked(end.shape, task, {**sizes, **read}))

    def _scales(self, task: Spectrum, arrays: Mapping[str, Any]) -> tuple[Array, Array]:
        """Return the largest and the smallest ridge that the chain tells from others, in the units of one over the time."""
        flat = {key: value.reshape(-1) for key, value in arrays.items() if key not in ("weight_decay", "noise", "ensemble")}
        n = next(iter(arrays.values())).size
        unit = float(np.asarray(self.chain.bound(task, {"ridge": 1.0, **flat})["ridge"]))
        kappa = self.chain.evaluate(task, **(flat or {"ridge": np.zeros(n)})).kappa
        tight = np.where(kappa > 0, kappa, task.smallest or task.total_variance * np.finfo(float).eps)
        return np.full(n, task.total_variance / unit), tight / unit

    def exponents(self, equal: Sequence[str] = ()) -> FlowLaw:
        """Return the scaling law over an infinite power law: every term in log t and the logarithms of sizes and noise.

        Parameters
        ----------
        equal : sequence of str
            As in `Chain.exponents`.

        Raises
        ------
        ValueError
            As `Chain.exponents`.

        Notes
        -----
        That of the chain at ridge 1/t, less what contours close on. Source: arXiv:2402.01092 has some of its exponents.
        """
        static = self.chain.exponents(equal).system
        law = FlowLaw(FlowSystem(self.chain.derivation, static), self._terms)
        law.made_by = self, "exponents", {"equal": equal}
        return law

    def _terms(self, task: Spectrum, *, time: ArrayLike, weight_decay: ArrayLike = 0.0, **given: Any) -> Mapping[Key, Any]:
        """Return the terms, and κ at the ridge 1/t."""
        with np.errstate(divide="ignore"):
            ridge = 1.0 / np.asarray(time, dtype=np.float64) + np.asarray(weight_decay, dtype=np.float64)
        kappa = self.chain.evaluate(task, ridge=ridge, **given).kappa
        return {"kappa": kappa, **self._quickly(task, time=time, weight_decay=weight_decay, **given)}

    def local_exponents(
        self, task: Spectrum, *, time: ArrayLike, noise: ArrayLike = 0.0, weight_decay: ArrayLike = 0.0, **sizes: Any
    ) -> LocalExponents:
        """Return the slopes ∂ln(term)/∂ln(argument) of every term along time, and of κ at the ridge 1/t.

        Parameters
        ----------
        task, time, noise, weight_decay, **sizes
            As in `evaluate`.

        Returns
        -------
        LocalExponents
            Arrays of the broadcast shape, by term and argument; NaN by arguments that are zero or infinite. How far they are
            from those of `exponents` says how far from asymptotic the point is (very far for sources above 1).

        Raises
        ------
        ValueError
            As `evaluate`.
        """
        given = {"time": time, "noise": noise, **sizes}
        read = {key: np.asarray(value, dtype=np.float64) for key, value in given.items()}
        self.evaluate(task, weight_decay=weight_decay, **given)
        arrays = dict(zip(read, np.broadcast_arrays(*read.values(), subok=False), strict=True))
        found = local_exponents(functools.partial(self._terms, task, weight_decay=weight_decay), arrays)
        shape = next(iter(arrays.values())).shape
        return replace(found, inputs=self.asked(shape, task, {**given, "weight_decay": weight_decay}))


class GradientDescent(Training):
    """The readout of a chain trained from zero by gradient descent with heavy-ball momentum, on half the training loss.

    Parameters
    ----------
    chain : Chain
        As in `GradientFlow`.
    momentum : float
        β, 0 ≤ β < 1; the initial velocity is zero.

    Raises
    ------
    ValueError
        If β is out of range.

    Notes
    -----
    v_{n+1} = v_n + η[Xᵀ(y − Xv_n)/P − ωv_n] + β(v_n − v_{n−1}). The cost does not depend on the number of steps, except with
    momentum as long as it rings, n(1 − √β) < 40, when it grows as the square of n.
    """

    def __init__(self, chain: Chain, momentum: float = 0.0) -> None:
        beta = real_array("momentum", momentum, "a number from 0 to less than 1", "0.9 is usual")
        if beta.ndim or not 0.0 <= beta < 1.0:
            raise BadArgument("momentum", momentum, "a number from 0 to less than 1", "0.9 is usual")
        super().__init__(chain, Descent(float(beta)))

    @says_what_is_meant
    def evaluate(
        self, task: Spectrum, *, n_steps: ArrayLike, step: ArrayLike, noise: ArrayLike = 0.0, ensemble: ArrayLike = 1,
        weight_decay: ArrayLike = 0.0, allow_unstable: bool = False, **sizes: Any,
    ) -> TrainingRisk:  # fmt: skip
        """Return every term of the risk after a number of steps; all arguments broadcast as NumPy arrays.

        Parameters
        ----------
        task, noise, ensemble, weight_decay, **sizes
            As in `GradientFlow.evaluate`.
        n_steps : array-like
            n ≥ 0, whole, or `inf`.
        step : array-like
            η > 0.
        allow_unstable : bool
            Evaluate steps beyond `max_step`: the mean over draws is dominated by those that diverge.

        Returns
        -------
        TrainingRisk
            With `max_step`.

        Warns
        -----
        UnstableStepWarning
            From 0.75 `max_step` on, unless it is allowed.

        Raises
        ------
        ValueError
            As `GradientFlow.evaluate`, and for steps beyond `max_step` unless they are allowed.
        """
        given = {"n_steps": n_steps, "step": step, "noise": noise, "ensemble": ensemble, "weight_decay": weight_decay, **sizes}
        return self._run(task, given, allow_unstable=truth("allow_unstable", allow_unstable))


class SpectralFilter(Training):
    """Any spectral algorithm, by the residual φ(x) that it leaves on an eigenvalue x of the data kernel.

    Parameters
    ----------
    chain : Chain
        As in `GradientFlow`.
    phi : callable
        φ, elementwise on complex arrays, φ(0) = 1, analytic on the kernel's spectrum and next to it: `lambda x: 1/(1 + x)**3`
        is the third iterate of ridge regression at λ = 1.

    Raises
    ------
    ValueError
        If φ is no function of arrays, or φ(0) is not 1.
    """

    def __init__(self, chain: Chain, phi: Callable[[Any], Any]) -> None:
        if not callable(phi):
            raise BadArgument("phi", phi, "a function of arrays", "for example lambda x: 1 / (1 + x) ** 3")
        at_zero = complex(np.asarray(phi(np.zeros(1, np.complex128))).ravel()[0])
        if not abs(at_zero - 1.0) < 1e-12:
            raise BadArgument("phi", phi, f"1 at x = 0, where nothing can be learnt, not {at_zero}", "divide it by φ(0)")
        super().__init__(chain, Filter(phi))

    def evaluate(
        self, task: Spectrum, *, noise: ArrayLike = 0.0, ensemble: ArrayLike = 1, weight_decay: ArrayLike = 0.0, **sizes: Any
    ) -> TrainingRisk:
        """Return every term of the risk; all arguments broadcast as NumPy arrays.

        Parameters
        ----------
        task, noise, ensemble, weight_decay, **sizes
            As in `GradientFlow.evaluate`; with weight decay φ acts on x + ω.

        Returns
        -------
        TrainingRisk
            Arrays of the broadcast shape.

        Raises
        ------
        ValueError
            As `GradientFlow.evaluate`, and if φ is not analytic around the kernel's spectrum.
        """
        return self._run(task, {"noise": noise, "ensemble": ensemble, "weight_decay": weight_decay, **sizes})
