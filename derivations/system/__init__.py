"""The machinery of derivations: language, scope, steps, document, rendering, mutation."""
