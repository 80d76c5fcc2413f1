"""How parameters change from the untouched population to a modulated one, paired where both heard the same noise."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..estimate import Estimate, half_width, symmetric_estimate
from ..replicates import jackknife_covariance
from .calibrated_model import CalibratedModel, CalibratedParameter, ParameterChange
from .estimated_population import EstimatedPopulation
from .landmarks import Landmarks, without_groups

Array = NDArray[np.floating]
FEWEST_GROUPS = 3


def parameter_changes(
    cells: Callable[[Landmarks], dict[str, float]],
    population: EstimatedPopulation,
    untouched: EstimatedPopulation,
    parameters: Sequence[CalibratedParameter],
    base: CalibratedModel | None,
) -> tuple[ParameterChange, ...]:
    """Return the change of every parameter that cells determine against the untouched population.

    Source: efron1981 (the jackknife).
    Assumptions: groups of cells are independent replicates that both conditions share, so that their common noise
    leaves the difference; without groups the errors of both conditions are taken as independent.

    Parameters
    ----------
    cells : callable
        From landmarks to the parameters they determine.
    population, untouched : EstimatedPopulation
        Both conditions.
    parameters : sequence of CalibratedParameter
        Those of the condition.
    base : CalibratedModel, optional
        The model of the untouched population; without it there is no change to speak of.
    """
    if base is None:
        return ()
    own, theirs = without_groups(population, untouched), without_groups(untouched, untouched)
    paired = len(own) == len(theirs) >= FEWEST_GROUPS
    groups = [(cells(a), cells(b)) for a, b in zip(own, theirs, strict=True)] if paired else []
    moving = {one.name for one in parameters if one.estimate.standard_error > 0}
    made = []
    for one in parameters:
        before = base.parameter(one.name)
        if one.name not in moving:
            continue
        pairs = np.array([(a[one.name], b.get(one.name, before.estimate.value)) for a, b in groups])
        made.append(_change(one.name, one.estimate, before.estimate, pairs))
    return tuple(made)


def _change(name: str, after: Estimate, before: Estimate, pairs: Array) -> ParameterChange:
    difference, same_sign = after.value - before.value, after.value * before.value > 0
    if len(pairs):
        degrees = len(pairs) - 1.0
        error = _spread(pairs[:, 0] - pairs[:, 1])
        positive = same_sign and bool(np.all(pairs[:, 0] * pairs[:, 1] > 0))
        log_error = _spread(np.log(pairs[:, 0] / pairs[:, 1])) if positive else math.nan
    else:
        degrees = math.inf
        error = math.hypot(after.standard_error, before.standard_error)
        positive = same_sign
        log_error = math.hypot(after.standard_error / after.value, before.standard_error / before.value)
    return ParameterChange(
        name=name,
        difference=symmetric_estimate(difference, error, after.unit, level=after.level, degrees=degrees),
        ratio=_ratio(after.value / before.value, log_error, after.level, degrees) if positive else None,
        paired=bool(len(pairs)),
    )


def _spread(values: Array) -> float:
    return math.sqrt(float(jackknife_covariance(values[:, None].tolist())[0, 0]))


def _ratio(value: float, log_error: float, level: float, degrees: float) -> Estimate:
    reach = half_width(log_error, level, degrees)
    ends = value * math.exp(-reach), value * math.exp(reach)
    return Estimate(value, value * log_error, ends, "1", level)
