"""A crossed grid of independent draws: every copy of the data seen through every copy of every feature layer.

A cell (i₀, i₁, …, i_L) is one predictor: data copy i₀, copy i_l of layer l. Feature noise is glued to the layer inside
it: in training it belongs to (i₀, i₁, …, i_l), at the test point to (i₁, …, i_l).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from numerics.simulate.declared import Activation, Array, Declared, Step
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
    train : ndarray of shape (n_rows, n_features)
        φ at the training rows.
    test : dict of ndarrays of shape (·, n_features)
        A root of the test point's E φφᵀ, in independent blocks: `SIGNAL`, whose rows are those of `Rows.test` seen
        through the features, and one for each noise; two predictors see the same noise there iff they share its tag.
    """

    train: Matrix
    test: dict[Tag, Matrix]


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
    """

    def __init__(
        self, declared: Declared, rng: Generator, *, copies: int, ensemble: int, complex: bool, n_test: int
    ) -> None:
        self.declared, self.copies, self.ensemble = declared, copies, ensemble
        self._normals = Normals(rng, complex)
        matrices = [step for step in declared.steps if step.is_matrix]
        self._rows = self._draw_rows()
        self._matrices = [
            [[self._draw_matrix(step) for _ in range(ensemble)] for _ in range(copies)] for step in matrices
        ]
        self._noise: dict[Tag, Matrix] = {}
        if declared.activation is not None:
            root = np.sqrt(declared.eigenvalues)
            self._test_points = Normals(rng).standard_normal((n_test, len(root))) * root
            self._rows = [Rows(rows.train, self._test_points / np.sqrt(n_test)) for rows in self._rows]

    @cached_property
    def cells(self) -> list[Cell]:
        """All cells of the grid."""
        return list(itertools.product(range(len(self._rows)), *(range(self.copies) for _ in self._matrices)))

    def rows(self, cell: Cell) -> Rows:
        """Return the data of a cell: rows to train on, and the root of the test point."""
        return self._rows[cell[0]]

    def features(self, cell: Cell, member: int) -> Features:
        """Return the features of one member of a cell."""
        train, test = self._rows[cell[0]]
        matrices = [copies[index][member] for copies, index in zip(self._matrices, cell[1:], strict=True)]
        if self.declared.activation is not None:
            return self._nonlinear(self.declared.activation, train, matrices[0])
        blocks, depth = {SIGNAL: test}, 0
        for place, step in enumerate(self.declared.steps):
            if step.is_matrix:
                F = matrices[depth]
                train, blocks = train @ F, {tag: product(block, F) for tag, block in blocks.items()}
                depth += 1
            else:
                prefix = (place, *cell[1 : 1 + depth], *((member,) if depth else ()))
                blocks[prefix] = np.sqrt(step.variance) * np.eye(step.size)
                if self.declared.rows is not None:
                    train = train + self._training_noise((cell[0], *prefix), step, len(train))
        return Features(train if self.declared.rows is not None else np.vstack(list(blocks.values())), blocks)

    def _nonlinear(self, activation: Activation, train: Array, F: Array) -> Features:
        """Return the features [φ(F₀ᵀx) − E φ]/√N; the mean over x ~ N(0, Σ) is each feature's, at its own variance."""
        n_in, size = F.shape
        weights = F * np.sqrt(size / n_in)
        means = gaussian_mean(activation, np.sqrt(self.declared.eigenvalues @ weights**2))
        at_train, at_test = (
            (activation(points @ weights) - means) / np.sqrt(size) for points in (train, self._test_points)
        )
        return Features(at_train, {SIGNAL: at_test / np.sqrt(len(at_test))})

    def _training_noise(self, owner: Tag, step: Step, n_rows: int) -> Matrix:
        if owner not in self._noise:
            assert self.declared.rows is not None
            roots = np.reshape(self.declared.rows.layer.roots(n_rows), (-1, 1))  # correlated rows have correlated noise
            self._noise[owner] = roots * draw_noise(step.layer, self._normals, step.size, n_rows, step.variance)
        return self._noise[owner]

    def _draw_rows(self) -> list[Rows]:
        step, eigenvalues = self.declared.rows, self.declared.eigenvalues
        if step is None:
            root = np.diag(np.sqrt(eigenvalues))
            return [Rows(root, root)]
        return [draw_rows(step.layer, self._normals, step.size, eigenvalues) for _ in range(self.copies)]

    def _draw_matrix(self, step: Step) -> Matrix:
        return draw_matrix(step.layer, self._normals, step.n_in, step.size)


def product(block: Matrix, matrix: Matrix) -> Matrix:
    """Return block @ matrix; of a diagonal block, as roots of a covariance are, by scaling rows."""
    diagonal = np.diagonal(block)
    if block.shape[0] == block.shape[1] and np.count_nonzero(block) == np.count_nonzero(diagonal):
        return diagonal[:, None] * matrix
    return block @ matrix
