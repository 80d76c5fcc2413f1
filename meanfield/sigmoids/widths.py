"""Between the width of a Gaussian sigmoid and that of a logistic one, each conversion named by what it keeps."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...units import takes

Array = NDArray[np.floating]

_VARIANCE_RATIO = math.sqrt(3) / math.pi
_SLOPE_RATIO = math.sqrt(2 * math.pi) / 4


@takes(sigma="V")
def logistic_scale_of_same_variance(sigma: ArrayLike) -> Array:
    """Return the scale sigma' of the logistic whose derivative has the variance of a Gaussian sigmoid.

    Source: robinson1997 (sigma' = sqrt(3)/pi sigma).

    Parameters
    ----------
    sigma : array
        Standard deviation of the Gaussian sigmoid, V.

    Returns
    -------
    array
        Scale of the logistic sigmoid, V; the curves differ by at most 0.0227 q_max.
    """
    return _VARIANCE_RATIO * np.asarray(sigma, dtype=float)


@takes(sigma="V")
def gaussian_sd_of_same_variance(sigma: ArrayLike) -> Array:
    """Return the sd of the Gaussian sigmoid whose derivative has the variance of a logistic of scale ``sigma``, V."""
    return np.asarray(sigma, dtype=float) / _VARIANCE_RATIO


@takes(sigma="V")
def logistic_scale_of_same_slope(sigma: ArrayLike) -> Array:
    """Return the scale of the logistic that has the largest slope of a Gaussian sigmoid of sd ``sigma``, V.

    The curves then differ by at most 0.0177 q_max; against the match by variance the slope differs by 13.7 %.
    """
    return _SLOPE_RATIO * np.asarray(sigma, dtype=float)


@takes(sigma="V")
def gaussian_sd_of_same_slope(sigma: ArrayLike) -> Array:
    """Return the sd of the Gaussian sigmoid that has the largest slope of a logistic of scale ``sigma``, V."""
    return np.asarray(sigma, dtype=float) / _SLOPE_RATIO
