"""Equations as they are written: parsed into trees, and typeset."""
