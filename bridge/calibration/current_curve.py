"""The current-to-rate curve x/(1 - exp(-d x)), x = a I - b, that stands for a sigmoid around its operating point."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from ...meanfield import Kernel
from ..estimate import EstimateRefused
from .landmarks import Landmarks
from .matching import rectified, rectified_slope
from .misfit import Reduced

Array = NDArray[np.floating]

# Below the first the curve is an exponential, above the second a straight line, to all digits that matter.
_BENT, _STRAIGHT = -30.0, 60.0


class CurrentCurve(NamedTuple):
    """a (Hz/A), b (Hz) and d (s), with currents counted from rest."""

    slope: float
    offset: float
    curvature: float

    def rate(self, current: ArrayLike) -> Array:
        """Return the rate at ``current`` (A), Hz."""
        x = self.slope * np.asarray(current, dtype=float) - self.offset
        return rectified(self.curvature * x) / self.curvature

    def gain(self, current: ArrayLike) -> Array:
        """Return the slope at ``current`` (A), Hz/A."""
        x = self.slope * np.asarray(current, dtype=float) - self.offset
        return self.slope * rectified_slope(self.curvature * x)


def operating_current(marks: Landmarks) -> float:
    """Return the current that holds the cell at its operating point, A: conductance times potential above rest."""
    return marks.conductance * (marks.operating_v - marks.rest)


def current_curve(marks: Landmarks) -> CurrentCurve:
    """Return the curve of the same rate and slope at the operating point that reaches q_max/2 at V50.

    Source: abbott2005; wong2006 (the curve).
    Assumptions: a current I moves the mean free potential by I over the input conductance at the operating point.

    Raises
    ------
    EstimateRefused
        If the conductance is unknown, or no such curve has this shape between the operating point and V50.
    """
    if not marks.conductance > 0:
        raise EstimateRefused(
            "The input conductance is unknown: this model is driven by currents; run the study with sigmoid.channel = "
            "'current'."
        )
    rate, rise = marks.operating_rate, marks.operating_slope * (marks.v50 - marks.operating_v)
    if not (rate > 0 and rise > 0):
        raise EstimateRefused(
            f"The operating point ({rate:.3g} Hz) does not lie below the middle of the sigmoid ({marks.q_max / 2:.3g} "
            "Hz), where this curve bends; ask for a lower operating.rate."
        )
    wanted, relative = marks.q_max / 2 / rate, rise / rate

    def excess(z: float) -> float:
        step = rectified(z) / rectified_slope(z) * relative
        return float(np.log(rectified(z + step) / rectified(z))) - float(np.log(wanted))

    if not excess(_BENT) > 0 > excess(_STRAIGHT):
        bound = "more than an exponential" if excess(_BENT) <= 0 else "less than a straight line"
        raise EstimateRefused(
            f"From the operating point ({rate:.3g} Hz) to V50 the rate grows by {bound} through the slope there; this "
            "curve lies between the two: ask for another operating.rate."
        )
    root: Any = brentq(excess, _BENT, _STRAIGHT, xtol=1e-13)
    z = float(root)
    curvature = float(rectified(z)) / rate
    slope = marks.operating_slope / float(rectified_slope(z)) / marks.conductance
    return CurrentCurve(slope, slope * operating_current(marks) - z / curvature, curvature)


def current_reduced(curve: CurrentCurve, marks: Landmarks, kernel: Kernel) -> Reduced:
    """Return a current-to-rate curve over potentials, with the kernel of its gate."""

    def rate(v: ArrayLike) -> Array:
        return curve.rate(marks.conductance * (np.asarray(v) - marks.rest))

    def gain(v: ArrayLike) -> Array:
        return marks.conductance * curve.gain(marks.conductance * (np.asarray(v) - marks.rest))

    return Reduced(
        rate=rate,
        gain=gain,
        kernel=kernel,
        q_max=math.inf,
        shape="a rectifier without a maximum",
        stages="one exponential gate",
    )
