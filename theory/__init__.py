"""Pure mathematics of scaling laws: spectra, chains of random-matrix layers, and everything derived from them.

`import theory as th` gives the public face; see docs/tour.md. Each name is loaded when it is first asked for, with what it
needs. No randomness, no plots, no printing; the only files are results that one saves, and formulas kept in a cache folder.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from theory import conventions
    from theory.chain.layers import FeatureNoise, GaussianFeatures, HaarProjection, Layer, PoolSamples, Samples
    from theory.chain.layers.shapes import PowerRange
    from theory.chain.nonlinear import NonlinearFeatures
    from theory.chain.s_transforms.constructors import s_transform
    from theory.chain.s_transforms.transform import STransform
    from theory.conversion import ridge_from
    from theory.density.convergence import CriticalSamples, critical_samples, sample_entropy
    from theory.density.spectrum import EigenvalueDensity
    from theory.dynamics.sgd.batches import CriticalBatch
    from theory.dynamics.sgd.one_pass import OnePassSGD
    from theory.dynamics.sgd.passes.multi_pass import MultiPassRisk, MultiPassSGD
    from theory.dynamics.sgd.risk import SGDRisk
    from theory.dynamics.sgd.schedules.schedule import Schedule
    from theory.dynamics.sgd.schedules.shapes import cosine, exponential, inverse_time, linear, polynomial, stable_decay, warmup
    from theory.dynamics.spectral.flow import GradientDescent, GradientFlow, SpectralFilter
    from theory.dynamics.spectral.training import TrainingRisk
    from theory.dynamics.warnings import UnstableStepWarning
    from theory.exponents.algebra.maxplus import maxplus
    from theory.exponents.law import Law
    from theory.hermite import HermiteCoefficients, QuadratureWarning, hermite_coefficients
    from theory.memory.autocovariance import Autocovariance, exponential_memory, moving_average, power_memory
    from theory.model import Chain
    from theory.models import deep_random_features, linear_ridge, nonlinear_random_features, random_features
    from theory.pencil.equivalent import Equivalent, equivalent
    from theory.pencil.letters import diagonal, gaussian
    from theory.solve.evaluate import Risk
    from theory.solve.finite.corrected import CorrectedRisk, FiniteSizeWarning
    from theory.spectra.base import Spectrum
    from theory.spectra.discrete import Discrete, RoundingWarning
    from theory.spectra.isotropic import Isotropic
    from theory.spectra.logarithmic_law import LogarithmicLaw
    from theory.spectra.power_law import PowerLaw
    from theory.spectra.psi import Psi, df1, df2, tf1, tf2
    from theory.spectra.smooth_law import SmoothLaw
    from theory.versions import show_versions

    __version__: str

__distribution__ = "scaletheory"  # whose package this is: others may bear its name

__all__ = [
    "Autocovariance",
    "Chain",
    "CorrectedRisk",
    "CriticalBatch",
    "CriticalSamples",
    "Discrete",
    "EigenvalueDensity",
    "Equivalent",
    "FeatureNoise",
    "FiniteSizeWarning",
    "GaussianFeatures",
    "GradientDescent",
    "GradientFlow",
    "HaarProjection",
    "HermiteCoefficients",
    "Isotropic",
    "Law",
    "Layer",
    "LogarithmicLaw",
    "MultiPassRisk",
    "MultiPassSGD",
    "NonlinearFeatures",
    "OnePassSGD",
    "PoolSamples",
    "PowerLaw",
    "PowerRange",
    "Psi",
    "QuadratureWarning",
    "Risk",
    "RoundingWarning",
    "SGDRisk",
    "STransform",
    "Samples",
    "Schedule",
    "SmoothLaw",
    "SpectralFilter",
    "Spectrum",
    "TrainingRisk",
    "UnstableStepWarning",
    "conventions",
    "cosine",
    "critical_samples",
    "deep_random_features",
    "df1",
    "df2",
    "diagonal",
    "equivalent",
    "exponential",
    "exponential_memory",
    "gaussian",
    "hermite_coefficients",
    "inverse_time",
    "linear",
    "linear_ridge",
    "maxplus",
    "moving_average",
    "nonlinear_random_features",
    "polynomial",
    "power_memory",
    "random_features",
    "ridge_from",
    "s_transform",
    "sample_entropy",
    "show_versions",
    "stable_decay",
    "tf1",
    "tf2",
    "warmup",
]

_PLACES = {  # the same as above, to be imported when asked for
    "chain.layers": "FeatureNoise GaussianFeatures HaarProjection Layer PoolSamples Samples",
    "chain.layers.shapes": "PowerRange",
    "chain.nonlinear": "NonlinearFeatures",
    "chain.s_transforms.constructors": "s_transform",
    "chain.s_transforms.transform": "STransform",
    "conversion": "ridge_from",
    "density.convergence": "CriticalSamples critical_samples sample_entropy",
    "density.spectrum": "EigenvalueDensity",
    "dynamics.sgd.batches": "CriticalBatch",
    "dynamics.sgd.one_pass": "OnePassSGD",
    "dynamics.sgd.passes.multi_pass": "MultiPassRisk MultiPassSGD",
    "dynamics.sgd.risk": "SGDRisk",
    "dynamics.sgd.schedules.schedule": "Schedule",
    "dynamics.sgd.schedules.shapes": "cosine exponential inverse_time linear polynomial stable_decay warmup",
    "dynamics.spectral.flow": "GradientDescent GradientFlow SpectralFilter",
    "dynamics.spectral.training": "TrainingRisk",
    "dynamics.warnings": "UnstableStepWarning",
    "exponents.algebra.maxplus": "maxplus",
    "exponents.law": "Law",
    "hermite": "HermiteCoefficients QuadratureWarning hermite_coefficients",
    "memory.autocovariance": "Autocovariance exponential_memory moving_average power_memory",
    "model": "Chain",
    "models": "deep_random_features linear_ridge nonlinear_random_features random_features",
    "pencil.equivalent": "Equivalent equivalent",
    "pencil.letters": "diagonal gaussian",
    "solve.evaluate": "Risk",
    "solve.finite.corrected": "CorrectedRisk FiniteSizeWarning",
    "spectra.base": "Spectrum",
    "spectra.discrete": "Discrete RoundingWarning",
    "spectra.isotropic": "Isotropic",
    "spectra.logarithmic_law": "LogarithmicLaw",
    "spectra.power_law": "PowerLaw",
    "spectra.psi": "Psi df1 df2 tf1 tf2",
    "spectra.smooth_law": "SmoothLaw",
    "versions": "show_versions",
}
_PLACE_OF = {name: f"{__name__}.{module}" for module, names in _PLACES.items() for name in names.split()}


def __dir__() -> list[str]:
    return sorted([*__all__, "__all__", "__distribution__", "__doc__"])


if not TYPE_CHECKING:  # what type checkers do not know of is not there

    def __getattr__(name: str) -> Any:
        if name == "__version__":
            found = import_module("theory.versions").version()
        elif name in _PLACE_OF:
            found = getattr(import_module(_PLACE_OF[name]), name)
        elif name.isidentifier() and not name.startswith("_") and find_spec(f"theory.{name}"):
            return import_module(f"theory.{name}")
        else:
            raise import_module("theory.synonyms").unknown_name(__name__, name, __all__)
        globals()[name] = found
        return found
