"""Expressions: their letters, how they are read, and the linear pencil that each is a block of."""
