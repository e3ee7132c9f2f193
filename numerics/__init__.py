"""Experiments: simulation and data that the theory is held against. All randomness lives here, from a seed passed in."""

from numerics.agreement import Agreement
from numerics.capacity import CapacityEstimate, capacity_estimate
from numerics.crosscheck import crosscheck, theory_values
from numerics.data import DataSet, DataWarning, Pool, load, pool_spectrum
from numerics.formula_check import crosscheck_formula
from numerics.kernel_ridge import measured_learning_curve
from numerics.kernels import kernel_matrix
from numerics.learning_curve import LearningCurve, TheoryLimitWarning, learning_curve, predicted_learning_curve
from numerics.simulate.experiment import Simulation, simulate
from numerics.simulate.sgd import SGDSimulation, simulate_sgd
from numerics.verdict import Rule

__all__ = [
    "Agreement",
    "CapacityEstimate",
    "DataSet",
    "DataWarning",
    "LearningCurve",
    "Pool",
    "Rule",
    "SGDSimulation",
    "Simulation",
    "TheoryLimitWarning",
    "capacity_estimate",
    "crosscheck",
    "crosscheck_formula",
    "kernel_matrix",
    "learning_curve",
    "load",
    "measured_learning_curve",
    "pool_spectrum",
    "predicted_learning_curve",
    "simulate",
    "simulate_sgd",
    "theory_values",
]
