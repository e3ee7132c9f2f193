"""Time: one-pass stochastic gradient descent, its exact second-moment recursion and its average over sketches."""
