"""How much Ca2+-dependent K+ conductance a spike leaves behind: in shine2021 the reason for a shifted threshold.

The current comes with spikes, in proportion to their rate, and a feedback of this kind divides: the slope of the curve
changes before its onset does.
"""

from dataclasses import replace

from ..population import Population
from .mechanism import Mechanism, checked_factor
from .point_cell import point_cell


def _scale_increment(population: Population, factor: float) -> Population:
    factor = checked_factor("ahp_conductance", factor)
    current = point_cell("ahp_conductance", population).after_hyperpolarization
    if current is None:
        raise ValueError(
            f"ahp_conductance: the cells of {population.name} have no after_hyperpolarization; give their cell one."
        )
    changed = None if factor == 0 else replace(current, increment=current.increment * factor)
    return population.with_cell(after_hyperpolarization=changed)


AHP_CONDUCTANCE = Mechanism(
    id="ahp_conductance",
    lever="Ca2+-dependent K+ conductance per spike times a factor",
    unit="1",
    neutral=1.0,
    amounts=(0.5, 1.5),
    modes={"review": _scale_increment, "bio": _scale_increment},
    sources=("shine2021", "lorenzon1992", "higgs2006"),
    standard=False,
)
