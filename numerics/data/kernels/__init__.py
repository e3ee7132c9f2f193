"""Kernels: their matrices on data, and their spectra on spheres and tori, where the eigenfunctions are known."""

from numerics.data.kernels.matrix import KERNELS, MOST_ROWS, kernel_matrix
from numerics.data.kernels.parameters import KERNELS_OF
from numerics.data.kernels.scale import STANDARDISATIONS, default_bandwidth, standardise
from numerics.data.kernels.spheres import sphere_spectrum
from numerics.data.kernels.tail import KernelSpectrum
from numerics.data.kernels.tori import torus_spectrum

__all__ = [
    "KERNELS",
    "KERNELS_OF",
    "MOST_ROWS",
    "STANDARDISATIONS",
    "KernelSpectrum",
    "default_bandwidth",
    "kernel_matrix",
    "sphere_spectrum",
    "standardise",
    "torus_spectrum",
]
