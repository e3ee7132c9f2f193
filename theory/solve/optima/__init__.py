"""What is best: the ridge, and the sizes at a given cost, on the real risk."""
