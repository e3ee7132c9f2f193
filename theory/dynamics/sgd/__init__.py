"""One-pass SGD: the recursion derived, along its whole schedule at once; on sketches; its leading terms and its scaling law."""
