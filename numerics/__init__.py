"""Experiments: simulation and data that the theory is held against. All randomness lives here, from a seed passed in."""

from typing import TYPE_CHECKING, Any

from numerics.check.agreement import Agreement
from numerics.check.crosscheck import crosscheck, theory_values
from numerics.check.curve_slopes import CurveExponents, local_exponents_of_curve
from numerics.check.formula import crosscheck_formula
from numerics.check.verdict import Rule
from numerics.data.capacity import CapacityEstimate, capacity_estimate
from numerics.data.corrected_gcv import CorrectedGCV, corrected_gcv
from numerics.data.images import images
from numerics.data.intrinsic_dimension import IntrinsicDimension, intrinsic_dimension
from numerics.data.kernel_ridge import measured_learning_curve
from numerics.data.kernels import KernelSpectrum, kernel_matrix, sphere_spectrum, torus_spectrum
from numerics.data.learning_curve import LearningCurve, Prediction, TheoryLimitWarning, learning_curve, predicted_learning_curve
from numerics.data.pool import Pool, pool_spectrum
from numerics.data.predictors import NearestNeighbour, PiecewiseLinear
from numerics.data.sets import DataSet, DataWarning, load
from numerics.eigenvalues.exponents import ExponentsEstimate, estimate_exponents
from numerics.eigenvalues.fit import CapacityFit, fit_capacity
from numerics.eigenvalues.measured import MeasuredSpectrum, measured_spectrum
from numerics.eigenvalues.statistics import LevelStatistics, level_statistics
from numerics.eigenvalues.surrogates import surrogate, toeplitz_population
from numerics.fit.allocation import Allocation
from numerics.fit.models.goodness import Goodness
from numerics.fit.models.model import ModelFit, Parameter
from numerics.fit.result import Fitted, FitWarning, Forecast, RunsFit
from numerics.fit.runs import fit_runs
from numerics.meta.curve import MetaLearningCurve, meta_learning_curve
from numerics.meta.estimate import CoefficientsEstimate, estimate_coefficients
from numerics.montecarlo.keeping import kept_in
from numerics.pictures.crosscheck import plot_crosscheck
from numerics.pictures.drawing import save as save_figure
from numerics.pictures.figures import plot_learning_curve
from numerics.pictures.phase_diagram import plot_phase_diagram
from numerics.pictures.risks import plot_decomposition, plot_flow, plot_risk
from numerics.pictures.slopes import plot_slopes
from numerics.pictures.spectrum import plot_spectrum
from numerics.simulate.eigenvalues import simulate_spectrum
from numerics.simulate.experiment import Simulation, simulate
from numerics.simulate.flow import TrainingSimulation, simulate_flow
from numerics.simulate.passes import MultiPassSimulation, simulate_passes
from numerics.simulate.sgd import SGDSimulation, simulate_sgd
from numerics.sweep.sweep import sweep
from theory.synonyms import unknown_name

__distribution__ = "scaletheory"  # whose package this is: others may bear its name

__all__ = [
    "Agreement",
    "Allocation",
    "CapacityEstimate",
    "CapacityFit",
    "CoefficientsEstimate",
    "CorrectedGCV",
    "CurveExponents",
    "DataSet",
    "DataWarning",
    "ExponentsEstimate",
    "FitWarning",
    "Fitted",
    "Forecast",
    "Goodness",
    "IntrinsicDimension",
    "KernelSpectrum",
    "LearningCurve",
    "LevelStatistics",
    "MeasuredSpectrum",
    "MetaLearningCurve",
    "ModelFit",
    "MultiPassSimulation",
    "NearestNeighbour",
    "Parameter",
    "PiecewiseLinear",
    "Pool",
    "Prediction",
    "Rule",
    "RunsFit",
    "SGDSimulation",
    "Simulation",
    "TheoryLimitWarning",
    "TrainingSimulation",
    "capacity_estimate",
    "corrected_gcv",
    "crosscheck",
    "crosscheck_formula",
    "estimate_coefficients",
    "estimate_exponents",
    "fit_capacity",
    "fit_runs",
    "images",
    "intrinsic_dimension",
    "kept_in",
    "kernel_matrix",
    "learning_curve",
    "level_statistics",
    "load",
    "local_exponents_of_curve",
    "measured_learning_curve",
    "measured_spectrum",
    "meta_learning_curve",
    "plot_crosscheck",
    "plot_decomposition",
    "plot_flow",
    "plot_learning_curve",
    "plot_phase_diagram",
    "plot_risk",
    "plot_slopes",
    "plot_spectrum",
    "pool_spectrum",
    "predicted_learning_curve",
    "save_figure",
    "simulate",
    "simulate_flow",
    "simulate_passes",
    "simulate_sgd",
    "simulate_spectrum",
    "sphere_spectrum",
    "surrogate",
    "sweep",
    "theory_values",
    "toeplitz_population",
    "torus_spectrum",
]


def __dir__() -> list[str]:
    return sorted([*__all__, "__all__", "__distribution__", "__doc__"])


if not TYPE_CHECKING:  # what type checkers do not know of is not there

    def __getattr__(name: str) -> Any:
        raise unknown_name(__name__, name, __all__)
