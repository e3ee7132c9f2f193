"""Pools of some ten thousand points in a few gigabytes: the kernel in single precision, its leading modes, and their error."""
