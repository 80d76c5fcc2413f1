"""An estimate is a number with its error, unit and interval; what cannot be estimated is refused with a reason."""

import math
from dataclasses import dataclass
from typing import Any

from scipy.special import ndtri, stdtrit

FEATURE_UNITS = {
    "q_max": "Hz", "v10": "V", "v50": "V", "v90": "V",
    "max_slope": "Hz/V", "v_max_slope": "V", "width": "V", "skew": "1",
    "area": "V s", "mean_lag": "s", "sd": "s", "peak": "V", "time_to_peak": "s", "rise_time": "s", "decay_time": "s",
    "cutoff_frequency": "Hz",
    "operating_v": "V", "operating_rate": "Hz", "operating_slope": "Hz/V", "gain": "1",
}  # fmt: skip


@dataclass(frozen=True)
class Estimate:
    """A value with its standard error and its confidence interval at ``level``, both in ``unit``."""

    value: float
    standard_error: float
    interval: tuple[float, float]
    unit: str
    level: float = 0.95
    n_effective: float | None = None

    def covers(self, truth: float) -> bool:
        """Tell whether the interval contains ``truth``."""
        return self.interval[0] <= truth <= self.interval[1]


class EstimateRefused(Exception):
    """The data do not determine what was asked; ``reason`` says why and ``estimate`` holds what there is."""

    def __init__(self, reason: str, estimate: Any = None):
        super().__init__(reason)
        self.reason = reason
        self.estimate = estimate


def half_width(standard_error: float, level: float, degrees: float = math.inf) -> float:
    """Return the half-width of the two-sided interval, from the normal or (few degrees of freedom) Student's law."""
    tail = 0.5 + level / 2
    factor = float(ndtri(tail)) if math.isinf(degrees) else float(stdtrit(degrees, tail))
    return factor * standard_error


def symmetric_estimate(
    value: float,
    standard_error: float,
    unit: str,
    *,
    level: float = 0.95,
    degrees: float = math.inf,
    n_effective: float | None = None,
) -> Estimate:
    """Return the estimate whose interval is symmetric about its value."""
    half = half_width(standard_error, level, degrees)
    return Estimate(value, standard_error, (value - half, value + half), unit, level, n_effective)
