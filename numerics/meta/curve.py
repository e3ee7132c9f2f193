"""What meta-learning is worth on a new task, against the number of tasks and of samples: theory beside measurement."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

import theory as th
from numerics.meta.estimate import STRUCTURES, estimate_coefficients
from numerics.meta.tasks import Array, draw_tasks
from numerics.montecarlo.spread import mapped
from numerics.montecarlo.trials import MOST_TRIALS
from theory.errors import BadArgument, one_of, one_real, seed_number, whole_number
from theory.results.inputs import Inputs
from theory.results.result import PerPoint, Result
from theory.spectra.change import covariance_root

RIDGE = th.linear_ridge()
NEW = 400  # tasks on which an estimate is tried; of each the test point is averaged over exactly


@dataclass(frozen=True, eq=False, repr=False)
class MetaLearningCurve(Result):
    """Test risks on a new task (σ² included).

    Attributes
    ----------
    n_tasks, n_samples : ndarray of int, shape (n_tasks,) and (n_samples,)
        The axes of the whole.
    plain, optimal : ndarray of shape (n_samples,)
        Theory of ridge with its best ridge, and with the weight C⁻¹ and ridge σ²/n, which no predictor beats.
    estimated : mapping from structure to ndarray of shape (n_tasks, n_samples)
        Theory with the weights that were estimated, the mean over trials.
    measured, stderr : mapping from structure to ndarray of shape (n_tasks, n_samples)
        The same on new tasks that were drawn, and standard errors.
    inputs : Inputs
        Both axes, σ², trials and seed.
    """

    n_tasks: Array
    n_samples: Array
    plain: PerPoint
    optimal: PerPoint
    estimated: PerPoint
    measured: PerPoint
    stderr: PerPoint


def new_task_risk(
    covariance: ArrayLike, coefficients: ArrayLike, assumed: ArrayLike, *, n_samples: float, noise: float
) -> float:
    """Return the theory's test risk of ridge with the weight Ĉ⁻¹ and the ridge σ²/n, on tasks of the covariance C.

    Parameters
    ----------
    covariance, coefficients, assumed : array-like of shape (p, p)
        Σ, C, and what is taken for C.
    n_samples, noise : float
        n and σ².

    Raises
    ------
    ValueError
        For matrices that are not positive semi-definite.
    """
    population = th.Discrete.from_matrices(covariance, coefficients, transform=covariance_root("assumed", assumed))
    return float(RIDGE.evaluate(population, n_samples=n_samples, ridge=noise / n_samples, noise=noise).test)


def meta_learning_curve(
    covariance: ArrayLike, coefficients: ArrayLike, *, n_tasks: Sequence[int], n_samples: Sequence[int], noise: float,
    seed: int, structures: Sequence[str] = ("none", "auto"), trials: int = 1, loss: str = "squared",
    executor: Executor | None = None,
) -> MetaLearningCurve:  # fmt: skip
    """Return the risk on a new task when C is estimated from others like it.

    Parameters
    ----------
    covariance, coefficients : array-like of shape (p, p)
        Σ of the inputs, and C = E ββᵀ.
    n_tasks, n_samples : sequence of int
        How many tasks there are, and how many samples in each and in the new one.
    noise : float
        σ² > 0, known.
    seed : int
        Of all draws.
    structures, loss
        As in `estimate_coefficients`; each structure is a curve.
    trials : int
        Independent sets of tasks.
    executor : concurrent.futures.Executor, optional
        Where they are drawn; the numbers do not depend on it. See `numerics.simulate`.

    Raises
    ------
    ValueError
        As `estimate_coefficients`, and for matrices that are not positive semi-definite.
    """
    sigma = one_real("noise", noise, "a number > 0", "give σ²")
    if not sigma > 0:
        raise BadArgument("noise", noise, "a number > 0", "give σ²")
    whole_number("trials", trials, 1, MOST_TRIALS)
    for structure in structures:
        one_of("structures", structure, (*STRUCTURES, "auto"))
    tasks, rows = np.asarray(n_tasks), np.asarray(n_samples)
    roots = covariance_root("covariance", covariance), covariance_root("coefficients", coefficients)
    inputs, C = (root @ root for root in roots)
    plain = RIDGE.optimal_ridge(th.Discrete.from_matrices(inputs, C), n_samples=rows, noise=sigma).risk
    optimal = [new_task_risk(inputs, C, C, n_samples=float(n), noise=sigma) for n in rows]
    theory, seen = ({name: np.empty((trials, tasks.size, rows.size)) for name in structures} for _ in range(2))
    base = seed_number("seed", seed)
    shape = trials, tasks.size, rows.size
    cell = _Cell(inputs, C, tuple(tasks.tolist()), tuple(rows.tolist()), sigma, base, tuple(structures), loss)
    for place, risks in zip(np.ndindex(shape), mapped(cell, np.ndindex(shape), executor=executor), strict=True):
        for name, (expected, measured) in zip(structures, risks, strict=True):
            theory[name][place], seen[name][place] = expected, measured
    error = {name: values.std(axis=0, ddof=1) / np.sqrt(trials) if trials > 1 else np.full(values.shape[1:], np.nan)
             for name, values in seen.items()}  # fmt: skip
    asked = {"n_tasks": tasks[:, None], "n_samples": rows, "noise": sigma, "trials": trials, "seed": base}
    return MetaLearningCurve(
        tasks, rows, np.asarray(plain), np.array(optimal), {name: values.mean(axis=0) for name, values in theory.items()},
        {name: values.mean(axis=0) for name, values in seen.items()}, error,
        inputs=Inputs((tasks.size, rows.size), asked),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Cell:
    """One set of tasks at one number of them and one number of samples."""

    inputs: Array
    coefficients: Array
    n_tasks: tuple[int, ...]
    n_samples: tuple[int, ...]
    noise: float
    seed: int
    structures: tuple[str, ...]
    loss: str

    def __call__(self, place: tuple[int, int, int]) -> list[tuple[float, float]]:
        """Return the theory's risk and the measured one for each structure."""
        (_, i, j), drawn = place, []
        n = self.n_samples[j]
        for part, count in enumerate((self.n_tasks[i], NEW)):
            seed = _number(np.random.SeedSequence(self.seed, spawn_key=(*place, part)))
            drawn.append(draw_tasks(self.inputs, self.coefficients, n_tasks=count, n_samples=n, noise=self.noise, seed=seed))
        known, judge = drawn
        risks = []
        for name in self.structures:
            found = estimate_coefficients(known.inputs, known.outputs, noise=self.noise, structure=name, loss=self.loss)
            expected = new_task_risk(
                self.inputs, self.coefficients, found.coefficients, n_samples=float(n), noise=self.noise
            )
            missed = judge.truth - found.predict(judge.inputs, judge.outputs)
            risks.append((expected, float(np.einsum("li,ij,lj->", missed, self.inputs, missed)) / NEW + self.noise))
        return risks


def _number(seed: np.random.SeedSequence) -> int:
    return int(seed.generate_state(1)[0])
