"""Optimal allocation, in numbers and in symbols."""
