"""Many small regressions that share a prior: its covariance estimated from them, and what that is worth on a new one."""
