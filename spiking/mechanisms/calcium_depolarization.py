"""Gq activation releases Ca2+ from stores and depolarises the cell: in shine2021, a shift of the leak reversal."""

from ..population import Population
from .mechanism import Mechanism


def _shift_rest(population: Population, shift: float) -> Population:
    cell = population.cell
    total = cell.resting_conductance
    return population.with_cell(leak_reversal=cell.leak_reversal + shift * total / cell.leak_conductance)


CALCIUM_DEPOLARIZATION = Mechanism(
    id="calcium_depolarization",
    lever="resting potential shifted, conductance unchanged",
    unit="V",
    neutral=0.0,
    amounts=(-0.003, 0.003),
    modes={"review": _shift_rest},
    sources=("shine2021",),
)
