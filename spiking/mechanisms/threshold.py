"""Where the cells begin to spike: a shift of all thresholds, or their spread over the population.

What shifts the threshold is read in three ways: threshold and reset together, the threshold alone (Na+ channels), or
the K+ current that has to be overcome below it. A fourth one, the current that spikes leave behind, is a mechanism of
its own (``ahp_conductance``), since it changes the slope instead.
"""

from dataclasses import replace

from ..burst_cells import TwoCompartmentCell
from ..cells import EscapeRateCell
from ..population import Population
from ..quadratic_cell import QuadraticCell
from .calcium_depolarization import muscarinic_conductance
from .mechanism import Mechanism, Reading
from .point_cell import point_cell


def _shift_threshold(population: Population, shift: float) -> Population:
    cell = population.cell
    if isinstance(cell, EscapeRateCell):
        return population.with_cell(threshold=cell.threshold + shift)
    if isinstance(cell, TwoCompartmentCell):
        return population.with_cell(threshold=cell.threshold + shift, reset=cell.reset + shift)
    if isinstance(cell, QuadraticCell):
        raise ValueError(f"threshold_shift: {population.name} has quadratic cells, which have no threshold to shift.")
    cutoff = None if cell.cutoff is None else cell.cutoff + shift
    return population.with_cell(threshold=cell.threshold + shift, reset=cell.reset + shift, cutoff=cutoff)


def _shift_sodium(population: Population, shift: float) -> Population:
    """Shift the threshold, and the cutoff of an exponential cell, with the reset left in place."""
    cell = point_cell("threshold_shift", population)
    if cell.threshold + shift <= cell.reset:
        raise ValueError(
            f"threshold_shift: {shift * 1e3:+g} mV brings the threshold of {population.name} to "
            f"{(cell.threshold + shift) * 1e3:g} mV, not above the reset that stays at {cell.reset * 1e3:g} mV; give a "
            "smaller shift, or use the mode 'review', which moves the reset too."
        )
    cutoff = None if cell.cutoff is None else cell.cutoff + shift
    return population.with_cell(threshold=cell.threshold + shift, cutoff=cutoff)


def _shift_by_potassium(population: Population, shift: float) -> Population:
    """Scale the M conductance so that holding a cell at threshold takes as much more current as after the shift."""
    cell = point_cell("threshold_shift", population)
    if cell.muscarinic is None:
        raise ValueError(
            f"threshold_shift: the cells of {population.name} have no M current below threshold; give their cell a "
            "muscarinic current."
        )
    present = muscarinic_conductance(cell, cell.threshold) * (cell.threshold - cell.muscarinic.reversal)
    wanted = present + shift * cell.resting_conductance
    if wanted <= 0:
        lowest = -present / cell.resting_conductance
        raise ValueError(
            f"threshold_shift: {shift * 1e3:+g} mV needs {-wanted * 1e12:.3g} pA less K+ current at threshold than "
            f"{population.name} has; all of its M current is worth {lowest * 1e3:.3g} mV, ask for less."
        )
    conductance = cell.muscarinic.conductance * wanted / present
    return population.with_cell(muscarinic=replace(cell.muscarinic, conductance=conductance))


def _add_spread(population: Population, added: float) -> Population:
    if added < 0:
        raise ValueError(
            f"threshold_spread: {added:g} V is negative; give the standard deviation that is added in quadrature."
        )
    if isinstance(population.cell, QuadraticCell):
        raise ValueError(f"threshold_spread: {population.name} has quadratic cells, which have no threshold to spread.")
    return population.with_cell(threshold_spread=(population.cell.threshold_spread**2 + added**2) ** 0.5)


THRESHOLD_SHIFT = Mechanism(
    id="threshold_shift",
    lever="spike threshold shifted, the reset with it",
    unit="V",
    neutral=0.0,
    amounts=(-0.004, 0.004),
    modes={
        "review": _shift_threshold,
        "bio": Reading(
            lever="spike threshold shifted, the reset left in place (Na+ channels)",
            act=_shift_sodium,
            amounts=(-0.004, 0.004),
            sources=("shine2021", "astman1998"),
        ),
        "bio:subthreshold": Reading(
            lever="M conductance changed by what a shift of the threshold would be worth in current there",
            act=_shift_by_potassium,
            amounts=(-0.003, 0.003),
            sources=("shine2021", "brown1980"),
        ),
    },
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
