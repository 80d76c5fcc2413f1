"""Intervals of model parameters: symmetric, or on the logarithmic scale where a parameter must be above zero."""

import math
from dataclasses import dataclass, fields
from typing import Any

from ..estimate import Estimate, half_width, symmetric_estimate


@dataclass(frozen=True)
class ParameterUnit:
    """Unit of a parameter, and whether it must be above zero."""

    unit: str
    positive: bool


def model_units(model: type) -> dict[str, ParameterUnit]:
    """Return the quantities of a described class in their order."""
    described: Any = model
    return {
        item.name: ParameterUnit(str(item.metadata["unit"]).replace("*", " "), item.metadata["above"] >= 0)
        for item in fields(described)
        if item.metadata.get("unit") is not None
    }


def parameter_estimate(value: float, variance: float, unit: ParameterUnit, level: float, degrees: float) -> Estimate:
    """Return a parameter with its interval.

    A parameter above zero has the interval of its logarithm: value exp(+-t error/value), which never reaches zero.

    Parameters
    ----------
    value, variance : float
        Value (SI) and its variance.
    unit : ParameterUnit
        Unit, and whether the value must be above zero.
    level, degrees : float
        Confidence level, and the degrees of freedom of the variance.
    """
    error = math.sqrt(max(variance, 0.0))
    if not unit.positive or not value > 0 or error == 0:
        return symmetric_estimate(value, error, unit.unit, level=level, degrees=degrees)
    reach = half_width(error / value, level, degrees)
    return Estimate(value, error, (value * math.exp(-reach), value * math.exp(reach)), unit.unit, level)
