"""The current-to-frequency curve shared by the attractor models, and the pivot of its gain."""

import numpy as np

from ..gain_pivot import Pivot, Turning, pivot_at, threshold_linear_turning

# Keeps 0/0 away where the input is exactly at threshold, and is lost in rounding anywhere else.
TINY = 1e-200


def current_frequency(x, d):
    """Return the rate x/(1 - exp(-d x)) (Hz) of the input ``x`` above threshold (Hz) at curvature ``d`` (s).

    Source: abbott2005; wong2006.
    """
    z = x + TINY
    return z / -np.expm1(-d * z)


def gain_turning(parameter: str, slope: float, offset: float, curvature: float) -> Pivot:
    """Return the pivot of the factor M in H = x/(1 - exp(-d x)), x = M (a I - b): the current b/a, the rate 1/d.

    Parameters
    ----------
    parameter : str
        Name of the factor.
    slope : float
        a, Hz/A.
    offset : float
        b, Hz.
    curvature : float
        d, s.
    """
    current, rate = threshold_linear_turning(slope, offset, curvature)
    return pivot_at(parameter, current, rate, Turning.STEEPER)
