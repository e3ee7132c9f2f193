"""What intervals by residuals would claim of a forecast by the additive form: held beside backtested bands."""

import numpy as np

from numerics.fit.projection import Problem


def wald(fit, runs, N, D):
    """The standard error of ln L_fit at N, D by the Jacobian of all parameters."""

    def slopes(sizes, data):
        columns, moved = fit.form.columns(fit.theta, np.log(sizes) - fit.middle[0], np.log(data) - fit.middle[1])
        rows = np.column_stack([np.ones(len(sizes)), columns, np.einsum("ijk,j->ik", moved, fit.linear[1:])])
        return rows / fit.predict(sizes, data)[:, None]

    J = slopes(runs.sizes, runs.data)
    covariance = np.linalg.pinv(J.T @ J) * fit.rms**2
    at = slopes(N, D)
    return np.sqrt(np.einsum("ij,jk,ik->i", at, covariance, at) + fit.rms**2)


def bootstrap(fit, runs, N, D, rng, resamples=30):
    """The 5 % and 95 % quantiles of ln L by refits to resampled residuals, with new residuals added."""
    found = []
    for _ in range(resamples):
        loss = fit.predict(runs.sizes, runs.data) * np.exp(rng.choice(fit.residuals, size=len(runs)))
        problem = Problem(fit.form, type(runs)(runs.sizes, runs.data, loss, runs.compute))
        theta, _ = problem.minimise(fit.theta)
        columns, _ = fit.form.columns(theta, np.log(N) - fit.middle[0], np.log(D) - fit.middle[1])
        linear = problem.project(theta)[2]
        found.append(np.log(linear[0] + columns @ linear[1:]) + rng.choice(fit.residuals, size=len(N)))
    return np.quantile(found, [0.05, 0.95], axis=0)
