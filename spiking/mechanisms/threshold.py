"""Where the cells begin to spike: a shift of all thresholds, or their spread over the population."""

from ..cells import PointCell
from ..population import Population
from .mechanism import Mechanism


def _shift_threshold(population: Population, shift: float) -> Population:
    cell = population.cell
    if not isinstance(cell, PointCell):
        return population.with_cell(threshold=cell.threshold + shift)
    cutoff = None if cell.cutoff is None else cell.cutoff + shift
    return population.with_cell(threshold=cell.threshold + shift, reset=cell.reset + shift, cutoff=cutoff)


def _add_spread(population: Population, added: float) -> Population:
    if added < 0:
        raise ValueError(
            f"threshold_spread: {added:g} V is negative; give the standard deviation that is added in quadrature."
        )
    return population.with_cell(threshold_spread=(population.cell.threshold_spread**2 + added**2) ** 0.5)


THRESHOLD_SHIFT = Mechanism(
    id="threshold_shift",
    lever="spike threshold shifted, the reset with it",
    unit="V",
    neutral=0.0,
    amounts=(-0.004, 0.004),
    modes={"review": _shift_threshold},
    sources=("shine2021",),
)

THRESHOLD_SPREAD = Mechanism(
    id="threshold_spread",
    lever="standard deviation added to the thresholds over cells, in quadrature",
    unit="V",
    neutral=0.0,
    amounts=(0.002, 0.004),
    modes={"review": _add_spread},
    sources=("shine2021", "marreiros2008"),
)
