"""How well a mass model follows a spiking population on a stimulus that it has not seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


@dataclass(frozen=True, kw_only=True)
class DynamicsScore:
    """Agreement of a predicted rate with the rate of a finite spiking population.

    ``bias`` is the mean error (Hz); ``normalized_error`` the root mean square of the error over
    sqrt(SE_sim^2 + SE_fit^2), 1 if the model is right; ``error_to_floor`` the root mean square error over that of the
    population's own finite-size noise; ``unexplained`` the share of the stimulus-locked variance that the model leaves.
    """

    bias: float
    normalized_error: float
    error_to_floor: float
    unexplained: float


def score(rate: Array, rate_se: Array, predicted: Array, predicted_se: Array) -> DynamicsScore:
    """Score a predicted rate against a measured one.

    Parameters
    ----------
    rate, rate_se : (time,) measured population rate and its standard error over independent groups of cells, Hz
    predicted, predicted_se : (time,) rate of the model, and its standard error from the estimates it was built from, Hz

    Raises
    ------
    ValueError
        If the arrays differ in length or the finite-size noise is 0, against which nothing can be scored.
    """
    if not rate.shape == rate_se.shape == predicted.shape == predicted_se.shape:
        raise ValueError(f"score: shapes {rate.shape} and {predicted.shape} differ; sample model and population alike.")
    floor = float(np.sqrt(np.mean(rate_se**2)))
    if not floor > 0:
        raise ValueError("score: the population's rate has no noise at all; give at least two groups that spike.")
    error = predicted - rate
    # A bin without a spike has an estimated standard error of 0; the mean noise of the run stands in for it.
    scale = np.sqrt(np.maximum(rate_se, floor) ** 2 + predicted_se**2)
    locked = float(np.var(rate)) - floor**2
    return DynamicsScore(
        bias=float(np.mean(error)),
        normalized_error=float(np.sqrt(np.mean((error / scale) ** 2))),
        error_to_floor=float(np.sqrt(np.mean(error**2))) / floor,
        unexplained=(float(np.var(error)) - floor**2) / locked if locked > 0 else float("inf"),
    )
