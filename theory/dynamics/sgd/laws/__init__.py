"""Leading terms of one-pass SGD with their constants, and the scaling laws that are read off them."""
