"""Grids over any arguments, chunk by chunk: computed anywhere, kept as they come, and taken up where they were left."""
