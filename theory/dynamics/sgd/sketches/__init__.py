"""Sketched spectra: bins, populations, quadrature."""
