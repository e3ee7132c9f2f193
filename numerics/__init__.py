"""Experiments: simulation and data that the theory is held against. All randomness lives here, from a seed passed in."""

from numerics.capacity import CapacityEstimate, capacity_estimate
from numerics.data import DataSet, DataWarning, Pool, load, pool_spectrum
from numerics.kernel_ridge import measured_learning_curve
from numerics.kernels import kernel_matrix
from numerics.learning_curve import LearningCurve, TheoryLimitWarning, learning_curve, predicted_learning_curve
from numerics.simulate.experiment import Simulation, simulate

__all__ = [
    "CapacityEstimate",
    "DataSet",
    "DataWarning",
    "LearningCurve",
    "Pool",
    "Simulation",
    "TheoryLimitWarning",
    "capacity_estimate",
    "kernel_matrix",
    "learning_curve",
    "load",
    "measured_learning_curve",
    "pool_spectrum",
    "predicted_learning_curve",
    "simulate",
]
