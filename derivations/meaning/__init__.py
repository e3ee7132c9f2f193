"""What names mean: settings, their letters, domains and points, and trees as SymPy."""
