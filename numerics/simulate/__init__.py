"""Estimators by definition: nothing here imports a formula or a solver, so that agreement with the theory means something."""

from numerics.simulate.experiment import Simulation, simulate

__all__ = ["Simulation", "simulate"]
