"""What is held against simulation: a chain at ridges, or a chain that is trained, along time.

Either way some arguments are had on common draws at little cost (ridge and noise; times, weight decay and noise), and some
have a unit: kernel eigenvalues of nonlinear features go like 1/tr Σ, and ridges and times with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from numerics.simulate.declared import Model
from numerics.simulate.experiment import simulate
from numerics.simulate.flow import simulate_flow
from theory.chain.nonlinear import NonlinearFeatures
from theory.chain.places import Slots
from theory.errors import BadArgument
from theory.spectra.base import Spectrum


class Theory(Model, Protocol):
    """A model that can be drawn and evaluated."""

    def evaluate(self, task: Spectrum, **arguments: Any) -> Any:
        """Return an object with `terms`."""


@runtime_checkable
class TrainedTheory(Protocol):
    """The same of a chain that is trained: `GradientFlow`, `GradientDescent`, `SpectralFilter`."""

    @property
    def chain(self) -> Theory:
        """What is drawn."""

    @property
    def algorithm(self) -> Any:
        """What is run."""

    def evaluate(self, task: Spectrum, **arguments: Any) -> Any:
        """Return an object with `terms`."""

    def in_units(self, unit: float) -> Any:
        """Return the same on eigenvalues that are counted in a unit."""


@dataclass(frozen=True)
class Subject:
    """A theory with what draws it.

    Attributes
    ----------
    chain : Theory
        What is drawn.
    along : mapping of str to int
        The arguments beside the noise that share draws, and the power of a ridge's unit that each has.
    needed : tuple of str
        Those of them that have no default.
    at : callable
        The theory on eigenvalues that are counted in a unit.
    draw : callable
        Takes the theory and what `simulate` takes.
    """

    chain: Theory
    along: Mapping[str, int]
    needed: tuple[str, ...]
    at: Callable[[float], Any]
    draw: Callable[..., Any]


@dataclass(frozen=True)
class Corrected:
    """A chain whose values have the first correction at finite sizes.

    Attributes
    ----------
    chain : Theory
        The chain.
    """

    chain: Theory

    @property
    def slots(self) -> Slots:
        """The layers in their places, innermost first."""
        return self.chain.slots

    @property
    def nonlinear(self) -> NonlinearFeatures | None:
        """The chain's nonlinear features, which have no such correction."""
        return self.chain.nonlinear

    def evaluate(self, task: Spectrum, **arguments: Any) -> Any:
        """Return the corrected risk."""
        return self.chain.evaluate(task, finite_size=True, **arguments)


def subject(model: Theory | TrainedTheory, finite_size: bool = False) -> Subject:
    """Return how a model is evaluated and drawn.

    Raises
    ------
    ValueError
        If the first correction at finite sizes is asked of a chain that is trained, or has nonlinear features.
    """
    if finite_size:
        if isinstance(model, TrainedTheory) or model.nonlinear is not None:
            raise BadArgument("finite_size", True, "False for training and nonlinear features", "leave it out")
        return Subject(Corrected(model), {"ridge": 1}, (), lambda _: Corrected(model), simulate)
    if not isinstance(model, TrainedTheory):
        return Subject(model, {"ridge": 1}, (), lambda _: model, simulate)
    clock = tuple(argument.keyword for argument in model.algorithm.clock)
    powers = {keyword: 0 if keyword == "n_steps" else -1 for keyword in clock}
    return Subject(model.chain, {**powers, "weight_decay": 1}, clock, model.in_units, simulate_flow)
