"""The pytest plugin is `scaletheory.pytest_plugin`; this name, for installations made before it moved, holds nothing."""
