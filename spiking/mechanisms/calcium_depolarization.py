"""Gq activation depolarises the cell: in shine2021 by Ca2+ from stores, hence a shift of the leak reversal.

Ca2+ from stores opens SK channels first and hyperpolarises (gulledge2005); what then depolarises is K+ conductance that
closes (krnjevic1971), here leak and M current in the proportion of `GqCascade`, or a cation conductance that opens.
Either of these moves the resting potential, without synapses, by the amount itself. The review's reading moves the
reversal of all voltage-independent conductance together by it, so that a cell with an M current, which answers to the
shift, rests a little less apart (2.89 mV for 3 mV in `e1`). All are for good; the course in time is the cell's ``gq``.
"""

import math
from dataclasses import replace

from ..cells import GqCascade, PointCell
from ..population import Population
from .mechanism import Mechanism, Reading
from .point_cell import point_cell

MARGIN = 1e-6  # V, a rest this close to the reversal of its channels would take an endless conductance


def _shift_rest(population: Population, shift: float) -> Population:
    cell = population.cell
    total = cell.resting_conductance
    return population.with_cell(leak_reversal=cell.leak_reversal + shift * total / cell.leak_conductance)


def muscarinic_conductance(cell: PointCell, v: float) -> float:
    """Return the steady conductance (S) of the M current at ``v`` (V)."""
    if cell.muscarinic is None:
        return 0.0
    current = cell.muscarinic
    return current.conductance / (1 + math.exp((current.v_half - v) / current.slope))


def membrane_current(cell: PointCell, v: float) -> float:
    """Return the steady membrane current (A, inward positive) at ``v`` (V) without synapses and spikes."""
    leak = cell.leak_conductance * (cell.leak_reversal - v) + cell.potassium_conductance * (cell.potassium_reversal - v)
    cation = cell.cation_conductance * (cell.cation_reversal - v)
    muscarinic = 0.0 if cell.muscarinic is None else muscarinic_conductance(cell, v) * (cell.muscarinic.reversal - v)
    return leak + cation + muscarinic


def membrane_rest(cell: PointCell) -> float:
    """Return the potential (V) at which a cell rests without synapses, by bisection."""
    low, high = -0.2, 0.1
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if membrane_current(cell, middle) > 0 else (low, middle)
    return (low + high) / 2


def _shifted_rest(population: Population, cell: PointCell, shift: float) -> float:
    """Return the resting potential (V) asked for, or refuse one that these channels cannot hold."""
    if cell.gq is not None and cell.gq.occupancy > 0:
        raise ValueError(
            f"calcium_depolarization: the gq of {population.name} has an occupancy of {cell.gq.occupancy:g}, which "
            "moves the rest already; set the occupancy to 0, or change it in place of this amount."
        )
    lower = (
        cell.potassium_reversal if cell.muscarinic is None else max(cell.potassium_reversal, cell.muscarinic.reversal)
    )
    target = membrane_rest(cell) + shift
    if not lower + MARGIN < target < cell.cation_reversal - MARGIN:
        raise ValueError(
            f"calcium_depolarization: {shift * 1e3:+g} mV brings the rest of {population.name} to "
            f"{target * 1e3:.4g} mV, outside {lower * 1e3:g} to {cell.cation_reversal * 1e3:g} mV, the reversals of "
            "its K+ and cation channels; give a smaller shift."
        )
    return target


def _close_potassium(population: Population, shift: float) -> Population:
    cell = point_cell("calcium_depolarization", population)
    gq = cell.gq or GqCascade()
    if cell.potassium_conductance == 0 and cell.muscarinic is None:
        raise ValueError(
            f"calcium_depolarization: the cells of {population.name} have neither K+ leak nor M current to close; give "
            "their cell a potassium_conductance."
        )
    target = _shifted_rest(population, cell, shift)
    # The current at the new rest is linear in the closed share, so the share that makes it vanish is a quotient.
    lost = _lost_current(cell, gq, target)
    if lost == 0:
        raise ValueError(
            f"calcium_depolarization: the gq of {population.name} closes none of its K+ channels; give it a "
            "closed_potassium or a closed_muscarinic that does."
        )
    closed = membrane_current(cell, target) / lost
    if not closed <= 1:
        raise ValueError(
            f"calcium_depolarization: {shift * 1e3:+g} mV needs {closed:.3g} times what Gq closes of the K+ "
            f"conductance of {population.name}; all of it gives {_reach(cell, gq) * 1e3:.2g} mV, ask for less."
        )
    muscarinic = cell.muscarinic
    if muscarinic is not None:
        left = 1 - gq.closed_muscarinic * closed
        muscarinic = replace(muscarinic, conductance=muscarinic.conductance * left) if left > 0 else None
    left_open = cell.potassium_conductance * (1 - gq.closed_potassium * closed)
    return population.with_cell(potassium_conductance=left_open, muscarinic=muscarinic)


def _lost_current(cell: PointCell, gq: GqCascade, v: float) -> float:
    """Return the K+ current (A, inward positive) that full Gq activation takes away at ``v`` (V)."""
    lost = gq.closed_potassium * cell.potassium_conductance * (cell.potassium_reversal - v)
    if cell.muscarinic is not None:
        lost += gq.closed_muscarinic * muscarinic_conductance(cell, v) * (cell.muscarinic.reversal - v)
    return lost


def _reach(cell: PointCell, gq: GqCascade) -> float:
    """Return the largest depolarisation (V) that closing gives."""
    rest = membrane_rest(cell)
    low, high = 0.0, 0.1
    for _ in range(50):
        middle = (low + high) / 2
        possible = membrane_current(cell, rest + middle) / _lost_current(cell, gq, rest + middle) <= 1
        low, high = (middle, high) if possible else (low, middle)
    return low


def _open_cation(population: Population, shift: float) -> Population:
    cell = point_cell("calcium_depolarization", population)
    target = _shifted_rest(population, cell, shift)
    added = membrane_current(cell, target) / (target - cell.cation_reversal)
    conductance = cell.cation_conductance + added
    if conductance < 0:
        raise ValueError(
            f"calcium_depolarization: {shift * 1e3:+g} mV needs {-added * 1e9:.3g} nS of cation conductance less, and "
            f"{population.name} has {cell.cation_conductance * 1e9:.3g} nS; give a positive amount."
        )
    return population.with_cell(cation_conductance=conductance)


CALCIUM_DEPOLARIZATION = Mechanism(
    id="calcium_depolarization",
    lever="resting potential shifted by the leak reversal, conductance unchanged",
    unit="V",
    neutral=0.0,
    amounts=(-0.003, 0.003),
    modes={
        "review": _shift_rest,
        "bio": Reading(
            lever="resting potential shifted by K+ leak and M conductance that close, the lasting part of what Gq does",
            act=_close_potassium,
            amounts=(-0.003, 0.003),
            sources=("krnjevic1971", "brown1980", "gulledge2005"),
        ),
        "bio:cation": Reading(
            lever="resting potential shifted by a nonselective cation conductance that opens, for good",
            act=_open_cation,
            amounts=(0.0015, 0.003),
            sources=("hajdahmane1996",),
        ),
    },
    sources=("shine2021",),
)
