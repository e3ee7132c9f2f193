"""What the paper's figures show, read from their vector graphics; the learning rate and the number of modes are not printed.

Losses are in units of the loss before training. Letters: a of the task, b of the capacity, λ_k = k^-b, w*_k² λ_k = k^-a.
"""

from __future__ import annotations

import numpy as np

from theory import PowerLaw, Spectrum

A, B = 1.5, 1.25  # of Figures 2 and 3, as their captions say
TIMES = (10.0, 100.0, 399.0)
WIDTHS = tuple(2**k for k in range(5, 12))
# Figure 2a: P = 1000, a row a width, the loss at `TIMES`.
FIGURE_2A = np.array([
    (0.6036, 0.5614, 0.5621), (0.4978, 0.3917, 0.3944), (0.4337, 0.2646, 0.2585), (0.3983, 0.1892, 0.1615),
    (0.3801, 0.1496, 0.1064), (0.3704, 0.1296, 0.0791), (0.3656, 0.1196, 0.0660),
])  # fmt: skip
# Figure 2d: N = 1000, P = 32 … 2048, at the last time. Figure 3a: N = 64 … 4096 at t ≈ 349.
FIGURE_2D = np.array((0.4331, 0.2942, 0.1969, 0.1335, 0.0976, 0.0793, 0.0702))
FIGURE_3A, WIDTHS_3A = np.array((0.5716, 0.3843, 0.2561, 0.1831, 0.1457, 0.1272, 0.1180)), tuple(2**k for k in range(6, 13))
# Figure 2c and 2f: one array in both panels, N = 19 … 501 spaced evenly in ln N; the guide's slope.
FIGURE_2C, FIGURE_2C_WIDTHS, GUIDE = (0.5866, 0.4441, 0.3252, 0.2395, 0.1760, 0.1268, 0.0900, 0.0633), (19.0, 501.0), 0.600
# Figure 4: (a, b) and the exponent of the loss in C = N t.
FIGURE_4 = (((2.0, 1.0), 0.5), ((2.0, 1.5), 0.40), ((2.0, 2.0), 0.33))


MANY = 1e15  # modes of a law that is not summable without an end


def task(a: float, b: float, modes: float = np.inf) -> Spectrum:
    """Return the population of the paper's letters; b = 1 ends after 10^15 modes at the latest."""
    return PowerLaw(capacity=b, source=(a - 1.0) / (2.0 * b), size=modes if b > 1 else min(modes, MANY))
