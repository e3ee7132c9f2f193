"""The first correction at finite sizes, in numbers."""
