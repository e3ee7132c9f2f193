"""Real data in: features, kernels and targets become a spectrum; learning curves predicted and measured; capacity."""
