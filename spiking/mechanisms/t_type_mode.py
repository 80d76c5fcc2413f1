"""Thalamic relay cells burst as long as their T-type channels are available, and fire tonically once they are not.

shine2021 speak of T-type inactivation itself: the conductance times a factor, at an unmoved rest. The channel-level
reading is what acetylcholine and noradrenaline do, they close K+ leak channels: the rest moves from -76 to -65 mV and
on, and past -60 mV all T-type channels are inactivated. There the burst is the all-or-none mode and the tonic one is
graded, while the review ascribes step-like output to inactivation.
"""

from dataclasses import replace

from ..cells import PointCell
from ..population import Population
from .mechanism import Mechanism, Reading, checked_factor


def _relay_cell(population: Population, factor: float) -> PointCell:
    checked_factor("t_type_mode", factor)
    if not isinstance(population.cell, PointCell) or population.cell.t_type is None:
        raise ValueError(f"t_type_mode: the cells of {population.name} have no T-type channels; give them a t_type.")
    return population.cell


def _scale_t_type(population: Population, factor: float) -> Population:
    cell = _relay_cell(population, factor)
    if factor == 0 or cell.t_type is None:
        return population.with_cell(t_type=None)
    return population.with_cell(t_type=replace(cell.t_type, conductance=cell.t_type.conductance * factor))


def _scale_potassium_leak(population: Population, factor: float) -> Population:
    cell = _relay_cell(population, factor)
    if cell.potassium_conductance == 0:
        raise ValueError(
            f"t_type_mode: the cells of {population.name} have no K+ leak to scale; give them a potassium_conductance."
        )
    return population.with_cell(potassium_conductance=cell.potassium_conductance * factor)


T_TYPE_MODE = Mechanism(
    id="t_type_mode",
    lever="T-type conductance times a factor, rest unmoved",
    unit="1",
    neutral=1.0,
    amounts=(0.5, 1.5),
    modes={
        "review": _scale_t_type,
        "bio": Reading(
            lever="K+ leak conductance times a factor, which moves the rest across the T-type window",
            act=_scale_potassium_leak,
            amounts=(0.0, 1.5),
            sources=("mccormick1992", "smith2000"),
        ),
    },
    sources=("shine2021", "smith2000"),
    standard=False,
)
