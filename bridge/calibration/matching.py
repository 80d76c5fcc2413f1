"""Which member of a small family stands for an estimate: what it keeps is stated, the rest is a misfit."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit

from ...meanfield import AlphaKernel, BiexponentialKernel, LogisticSigmoid
from ..estimate import EstimateRefused
from .landmarks import UPPER, Landmarks

Array = NDArray[np.floating]

SLOWEST = 20.0
"""Largest ratio of time constants that is taken from the spread of a kernel: beyond it one stage is as good as none."""

_WIDTH_OF_SCALE = float(logit(UPPER))


def logistic_of(marks: Landmarks, match: str) -> LogisticSigmoid:
    """Return the logistic that stands for a sigmoid, in absolute potentials.

    Parameters
    ----------
    marks : Landmarks
        Of the estimate.
    match : {"curve", "operating"}
        ``"curve"`` keeps q_max, V50 and the distance between the 15.9 % and 84.1 % heights; ``"operating"`` keeps q_max
        and, at the operating point, rate and slope.

    Raises
    ------
    EstimateRefused
        If the operating point is not on the rising part.
    """
    if match == "curve":
        return LogisticSigmoid(marks.q_max, marks.v50, marks.width / _WIDTH_OF_SCALE)
    share = marks.operating_rate / marks.q_max
    if not (0 < share < 1 and marks.operating_slope > 0):
        raise EstimateRefused(
            f"The operating point ({marks.operating_rate:.3g} of {marks.q_max:.3g} Hz, slope "
            f"{marks.operating_slope:.3g} Hz/V) is not on the rising part of the sigmoid; match the curve instead."
        )
    scale = marks.operating_rate * (1 - share) / marks.operating_slope
    return LogisticSigmoid(marks.q_max, marks.operating_v - scale * float(logit(share)), scale)


def alpha_of(marks: Landmarks) -> AlphaKernel:
    """Return the alpha kernel of the same area and mean lag.

    These two are the first terms of H at low frequencies, area (1 - i omega mean_lag): slow loops are then right in
    strength and phase.
    """
    return AlphaKernel(marks.area, 2 / marks.mean_lag)


def _relative_variance(marks: Landmarks, lowest: float, highest: float) -> float:
    """Return variance over squared mean lag, kept within what a family reaches."""
    return min(max(marks.variance / marks.mean_lag**2, lowest), highest)


def biexponential_of(marks: Landmarks) -> BiexponentialKernel:
    """Return the biexponential kernel of the same area, mean lag and, as far as it reaches, variance.

    A variance between 1/2 (equal stages) and (1 + 20^2)/21^2 of the squared mean lag is kept; one outside takes the
    nearest end.
    """
    reach = (SLOWEST - 1) / (SLOWEST + 1)
    gap = math.sqrt(2 * _relative_variance(marks, 0.5, (1 + reach**2) / 2) - 1)
    return BiexponentialKernel(marks.area, marks.mean_lag * (1 - gap) / 2, marks.mean_lag * (1 + gap) / 2)


def synapse_and_membrane(marks: Landmarks) -> tuple[float, float]:
    """Return the time constants (s) of an alpha synapse and of a membrane behind it, which keep mean lag and variance.

    2 x + tau = mean_lag and 2 x^2 + tau^2 = variance, with the membrane the slower one; outside 1/3 to
    (2 + 20^2)/22^2 of the squared mean lag the nearest end is taken.
    """
    relative = _relative_variance(marks, 1 / 3, (2 + SLOWEST**2) / (2 + SLOWEST) ** 2)
    synapse = marks.mean_lag * (2 - math.sqrt(6 * relative - 2)) / 6
    return synapse, marks.mean_lag - 2 * synapse


def rectified(z: ArrayLike) -> Array:
    """Return z/(1 - exp(-z)), 1 at zero."""
    x = np.asarray(z, dtype=float)
    small = np.abs(x) < 1e-4
    safe = np.where(small, 1.0, x)
    return np.where(small, 1 + x / 2 + x**2 / 12, safe / -np.expm1(-safe))


def rectified_slope(z: ArrayLike) -> Array:
    """Return the derivative of `rectified`."""
    x = np.asarray(z, dtype=float)
    small = np.abs(x) < 1e-4
    safe = np.where(small, 1.0, x)
    whole = -np.expm1(-safe)
    return np.where(small, 0.5 + x / 6, (whole - safe * np.exp(-safe)) / whole**2)
