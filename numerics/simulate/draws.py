"""A crossed grid of independent draws: every copy of the data seen through every copy of every feature layer.

A cell (i₀, i₁, …, i_L) is one predictor: data copy i₀, copy i_l of layer l. Feature noise is glued to the layer inside
it: in training it belongs to (i₀, i₁, …, i_l), at the test point to (i₁, …, i_l).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from numerics.simulate.declared import Activation, Array, Declared, Step
from numerics.simulate.linear.place import NUMPY, Place
from numerics.simulate.means import gaussian_mean
from numerics.simulate.samplers import Generator, Matrix, Normals, Rows, draw_matrix, draw_noise, draw_rows

Cell = tuple[int, ...]
Tag = tuple[Any, ...]
SIGNAL: Tag = ()


@dataclass(frozen=True)
class Features:
    """One member's features φ(x), given as rows.

    Attributes
    ----------
    train : array of shape (n_rows, n_features)
        φ at the training rows.
    blocks : dict of arrays of shape (·, n_features) or (n_features,)
        A root of the test point's E φφᵀ, in independent blocks: `SIGNAL`, whose rows are those of `Rows.root` seen
        through the features, and one for each noise; two predictors see the same noise there iff they share its tag. Of
        diagonal blocks the diagonal.
    """

    train: Any
    blocks: dict[Tag, Any]

    @property
    def test(self) -> dict[Tag, Matrix]:
        """The blocks of NumPy arrays as matrices."""
        return {tag: np.diag(block) if block.ndim == 1 else block for tag, block in self.blocks.items()}


@dataclass(frozen=True)
class Targets:
    """What is learnt of a population with independent coefficients: a column for each, the most signal first.

    Attributes
    ----------
    train : array of shape (n_rows, n_dims)
        X diag(c)^½/√P.
    test : array of shape (n_test, n_dims) or (n_dims,)
        The root of the test point times diag(c)^½; of a diagonal one the diagonal.
    order : array of int, shape (n_dims,), or None
        What brings the rows of the test point's block to the order of the columns, where its root is diagonal and needs it.
    """

    train: Any
    test: Any
    order: Any


class Draws:
    """The draws of one trial.

    Parameters
    ----------
    declared : Declared
        The chain and the population.
    rng : Generator
        The trial's own.
    copies : int
        Of the data and of each feature layer.
    ensemble : int
        K: each copy of a layer is K independent matrices, one for each member.
    complex : bool
        Complex matrices.
    n_test : int
        Test points to draw where there is an activation; without one the test point is averaged exactly.
    place : Place
        Where what is drawn goes to, and all products of it; activations see NumPy's arrays.
    """

    def __init__(
        self, declared: Declared, rng: Generator, *, copies: int, ensemble: int, complex: bool, n_test: int,
        place: Place = NUMPY,
    ) -> None:  # fmt: skip
        self.declared, self.copies, self.ensemble, self.place = declared, copies, ensemble, place
        self._normals, self._complex = Normals(rng, complex), complex
        matrices = [step for step in declared.steps if step.is_matrix]
        self._rows = self._draw_rows()
        self._matrices = [
            [[self._draw_matrix(step) for _ in range(ensemble)] for _ in range(copies)] for step in matrices
        ]
        self._noise: dict[Tag, Any] = {}
        self._targets: dict[int, Targets] = {}
        if declared.activation is not None:
            root = np.sqrt(declared.eigenvalues)
            self._test_points = Normals(rng).standard_normal((n_test, len(root))) * root
            self._rows = [Rows(rows.train, self._test_points / np.sqrt(n_test)) for rows in self._rows]
        elif not place.is_numpy:
            self._rows = [Rows(self._put(rows.train), self._put(rows.root)) for rows in self._rows]
            self._matrices = [[[self._put(F) for F in one] for one in layer] for layer in self._matrices]

    def _put(self, array: Any) -> Any:
        return self.place.put(array, self._complex)

    @cached_property
    def cells(self) -> list[Cell]:
        """All cells of the grid."""
        return list(itertools.product(range(len(self._rows)), *(range(self.copies) for _ in self._matrices)))

    def rows(self, cell: Cell) -> Rows:
        """Return the data of a cell: rows to train on, and the root of the test point."""
        return self._rows[cell[0]]

    def features(self, cell: Cell, member: int) -> Features:
        """Return the features of one member of a cell."""
        train, root = self._rows[cell[0]]
        matrices = [copies[index][member] for copies, index in zip(self._matrices, cell[1:], strict=True)]
        if self.declared.activation is not None:
            return self._nonlinear(self.declared.activation, train, matrices[0])
        blocks, depth = {SIGNAL: root}, 0
        for place, step in enumerate(self.declared.steps):
            if step.is_matrix:
                F = matrices[depth]
                train, blocks = train @ F, {tag: product(block, F) for tag, block in blocks.items()}
                depth += 1
            else:
                prefix = (place, *cell[1 : 1 + depth], *((member,) if depth else ()))
                blocks[prefix] = self._put(np.full(step.size, np.sqrt(step.variance)))
                if self.declared.rows is not None:
                    train = train + self._training_noise((cell[0], *prefix), step, int(train.shape[0]))
        if self.declared.rows is None:
            train = stacked(self.place.xp, [matrix(self.place.xp, block) for block in blocks.values()], 0)
        return Features(train, blocks)

    def targets(self, cell: Cell, n_rows: int) -> Targets:
        """Return what a cell learns, of some rows: those that have no data have no target."""
        copy, declared, xp = cell[0], self.declared, self.place.xp
        if copy not in self._targets:
            train, root = (self._put(each) for each in self._rows[copy])
            signal, scale = declared.eigenvalues * declared.target_power, 1 if declared.rows is None else n_rows
            amplitude, order = self._put(np.sqrt(declared.target_power)), None
            train, test = train * (amplitude / math.sqrt(scale)), root * amplitude
            if (np.diff(signal) > 0).any():
                order = self.place.put(np.argsort(-signal, kind="stable"))
                train, test = xp.take(train, order, axis=1), xp.take(test, order, axis=-1)
            if n_rows > train.shape[0]:
                missing = (n_rows - int(train.shape[0]), int(train.shape[1]))
                train = stacked(xp, [train, xp.zeros(missing, dtype=train.dtype, device=train.device)], 0)
            self._targets[copy] = Targets(train, test, order if root.ndim == 1 else None)
        return self._targets[copy]

    def label_roots(self, n_rows: int) -> Any:
        """Return the root of the covariance of the label noise, shape (n_rows,), or None where it is 1."""
        rows = self.declared.rows
        roots = np.ones(1) if rows is None else np.asarray(rows.layer.noise_roots(n_rows), dtype=np.float64)
        return None if (roots == 1).all() else self.place.put(np.broadcast_to(roots, (n_rows,)))

    def _nonlinear(self, activation: Activation, train: Array, F: Array) -> Features:
        """Return the features [φ(F₀ᵀx) − E φ]/√N; the mean over x ~ N(0, Σ) is each feature's, at its own variance."""
        n_in, size = F.shape
        weights = F * np.sqrt(size / n_in)
        means = gaussian_mean(activation, np.sqrt(self.declared.eigenvalues @ weights**2))
        at_train, at_test = (
            (activation(points @ weights) - means) / np.sqrt(size) for points in (train, self._test_points)
        )
        return Features(self._put(at_train), {SIGNAL: self._put(at_test / np.sqrt(len(at_test)))})

    def _training_noise(self, owner: Tag, step: Step, n_rows: int) -> Any:
        if owner not in self._noise:
            assert self.declared.rows is not None
            roots = np.reshape(self.declared.rows.layer.roots(n_rows), (-1, 1))  # correlated rows have correlated noise
            noise = draw_noise(step.layer, self._normals, step.size, n_rows, step.variance)
            self._noise[owner] = self._put(roots * noise)
        return self._noise[owner]

    def _draw_rows(self) -> list[Rows]:
        step, eigenvalues = self.declared.rows, self.declared.eigenvalues
        if step is None:
            root = np.sqrt(eigenvalues)
            return [Rows(np.diag(root), root)]
        return [draw_rows(step.layer, self._normals, step.size, eigenvalues) for _ in range(self.copies)]

    def _draw_matrix(self, step: Step) -> Matrix:
        return draw_matrix(step.layer, self._normals, step.n_in, step.size)


def product(block: Any, other: Any) -> Any:
    """Return block @ other, of a diagonal block from its diagonal."""
    return block[:, None] * other if block.ndim == 1 else block @ other


def matrix(xp: Any, block: Any) -> Any:
    """Return a block as a matrix, a diagonal one from its diagonal."""
    return xp.eye(block.shape[0], dtype=block.dtype, device=block.device) * block if block.ndim == 1 else block


def stacked(xp: Any, parts: list[Any], axis: int) -> Any:
    """Return arrays along an axis, one array as it is."""
    return parts[0] if len(parts) == 1 else xp.concat(parts, axis=axis)
