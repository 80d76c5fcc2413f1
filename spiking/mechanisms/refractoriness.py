"""How long a spike keeps the next one away: a decaying after-spike conductance (relative) or a dead time (absolute).

In the other reading of the relative period the spike leaves no conductance behind but a higher threshold.
"""

from dataclasses import replace

from ..burst_cells import TwoCompartmentCell
from ..cells import EscapeRateCell, PointCell
from ..population import Population
from ..quadratic_cell import QuadraticCell
from .mechanism import Mechanism, Reading, checked_factor


def _cell_with_memory(identifier: str, population: Population) -> PointCell | TwoCompartmentCell:
    if isinstance(population.cell, EscapeRateCell):
        raise ValueError(f"{identifier}: {population.name} is made of memoryless cells, which are never refractory.")
    if isinstance(population.cell, QuadraticCell):
        raise ValueError(f"{identifier}: {population.name} is made of quadratic cells, which are never refractory.")
    return population.cell


def _scale_rectifier_decay(population: Population, factor: float) -> Population:
    cell = _cell_with_memory("relative_refractoriness", population)
    if isinstance(cell, TwoCompartmentCell):
        raise ValueError(
            f"relative_refractoriness: a spike of {population.name} leaves no rectifying conductance but a higher "
            "threshold; use the mode 'bio'."
        )
    if cell.rectifier is None:
        raise ValueError(f"relative_refractoriness: {population.name} has no after-spike rectifier; give its cell one.")
    if checked_factor("relative_refractoriness", factor) == 0:
        return population.with_cell(rectifier=None)
    return population.with_cell(rectifier=replace(cell.rectifier, decay=cell.rectifier.decay * factor))


def _scale_threshold_decay(population: Population, factor: float) -> Population:
    cell = _cell_with_memory("relative_refractoriness", population)
    checked_factor("relative_refractoriness", factor)
    if isinstance(cell, TwoCompartmentCell):
        return _scale_own_threshold_decay(population, cell, factor)
    if cell.moving_threshold is None:
        raise ValueError(
            f"relative_refractoriness: the threshold of {population.name} does not move with its spikes; give its cell "
            "a moving_threshold."
        )
    if factor == 0:
        return population.with_cell(moving_threshold=None)
    decay = cell.moving_threshold.decay * factor
    return population.with_cell(moving_threshold=replace(cell.moving_threshold, decay=decay))


def _scale_own_threshold_decay(population: Population, cell: TwoCompartmentCell, factor: float) -> Population:
    if cell.threshold_jump == 0:
        raise ValueError(
            f"relative_refractoriness: the threshold of {population.name} does not move with its spikes; give its cell "
            "a threshold_jump."
        )
    if factor == 0:
        return population.with_cell(threshold_jump=0.0)
    return population.with_cell(threshold_decay=cell.threshold_decay * factor)


def _scale_dead_time(population: Population, factor: float) -> Population:
    cell = _cell_with_memory("absolute_refractoriness", population)
    factor = checked_factor("absolute_refractoriness", factor)
    if cell.refractory_period == 0:
        raise ValueError(
            f"absolute_refractoriness: {population.name} has no dead time to scale; give its cell a refractory_period."
        )
    return population.with_cell(refractory_period=cell.refractory_period * factor)


RELATIVE_REFRACTORINESS = Mechanism(
    id="relative_refractoriness",
    lever="decay time of the after-spike rectifying conductance times a factor",
    unit="1",
    neutral=1.0,
    amounts=(0.4, 2.0),
    modes={
        "review": _scale_rectifier_decay,
        "bio": Reading(
            lever="decay time of the threshold that spikes raise times a factor",
            act=_scale_threshold_decay,
            amounts=(0.4, 2.0),
            sources=("shine2021", "naud2018"),
        ),
    },
    sources=("shine2021",),
)

ABSOLUTE_REFRACTORINESS = Mechanism(
    id="absolute_refractoriness",
    lever="absolute refractory period times a factor",
    unit="1",
    neutral=1.0,
    amounts=(0.5, 2.0),
    modes={"review": _scale_dead_time},
    sources=("shine2021",),
)
