"""Estimators by definition: they import no formula and no solver, so that agreement with the theory means something."""

from numerics.simulate.experiment import Simulation, simulate

__all__ = ["Simulation", "simulate"]
