"""What one pass of SGD leaves: the risk and its parts."""

from __future__ import annotations

from dataclasses import dataclass

from theory.results.result import PerPoint, Result


@dataclass(frozen=True, repr=False)
class SGDRisk(Result):
    """What `OnePassSGD.evaluate` returns: arrays of the broadcast shape of its arguments.

    Attributes
    ----------
    test : ndarray
        Expected test risk, σ² included: σ² + approximation + bias + variance.
    approximation : ndarray
        What no readout of the sketch can learn (0 without a sketch).
    bias : ndarray
        What is left of the initial error.
    variance : ndarray
        Noise of the gradients: of the labels and of what the sketch misses.
    effective_samples : ndarray
        B T_eff.
    stability : ndarray
        Φ at the largest step of the schedule; the expected risk is finite in the long run for Φ < 1.
    max_step : ndarray
        γ_max, the largest stable step.
    log_bias, log_variance : ndarray
        Natural logarithms of both, where they leave the range of doubles as well: bias and variance are then 0 or inf.
    error : ndarray
        What bias and variance may be off by, relatively, for a schedule that changes all the time: how much twice as many
        phases of constant step changed them. 0 where the phases are the schedule.
    inputs : Inputs
        Every argument by keyword, broadcast.
    """

    test: PerPoint
    approximation: PerPoint
    bias: PerPoint
    variance: PerPoint
    effective_samples: PerPoint
    stability: PerPoint
    max_step: PerPoint
    log_bias: PerPoint
    log_variance: PerPoint
    error: PerPoint
