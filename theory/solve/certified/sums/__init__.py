"""Sums over modes in ball arithmetic, each with a bound of what it leaves out."""
