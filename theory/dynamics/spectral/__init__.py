"""Spectral algorithms on any chain: gradient flow, descent, momentum, weight decay, any filter, along training time."""
