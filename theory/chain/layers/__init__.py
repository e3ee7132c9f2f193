"""The layers of a chain, one idea a file; a user's own is a subclass of `Layer` elsewhere."""

from theory.chain.layers.base import Layer, Level
from theory.chain.layers.features import GaussianFeatures, HaarProjection
from theory.chain.layers.noise import FeatureNoise
from theory.chain.layers.samples import PoolSamples, Samples

__all__ = ["FeatureNoise", "GaussianFeatures", "HaarProjection", "Layer", "Level", "PoolSamples", "Samples"]
