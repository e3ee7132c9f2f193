"""Every number as an enclosure: the same chain and the same formulas in ball arithmetic (Arb, through python-flint).

Sums over modes come with bounds of what is left out, κ with a sign change of a monotone function, formulas as they stand, since
they are free of subtractions. Nothing is rounded without a bound, and no Python float ever enters.
"""
