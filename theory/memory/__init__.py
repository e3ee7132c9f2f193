"""What samples remember of each other: autocovariances of their rows, and the eigenvalues of the covariances they make."""
