"""A two-compartment cell as two cells with one: what each compartment hears, and where both would rest."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..burst_cells import ApicalDendrite, TwoCompartmentCell
from ..cells import PointCell
from ..population import Population
from ..synapses import Afferent, Synapse
from . import equilibrium

Floats = NDArray[np.float64]

_POTENTIALS = np.linspace(-0.15, 0.02, 681)  # V; a quarter of a millivolt, far below the Ca2+ gate's slope


def parts(population: Population, cell: TwoCompartmentCell) -> tuple[Population, Population]:
    """Return soma and dendrite as populations of passive point cells with their own synapses and steady currents."""
    soma = PointCell(
        capacitance=cell.capacitance,
        leak_conductance=cell.leak_conductance,
        leak_reversal=cell.leak_reversal,
        threshold=cell.threshold,
        reset=cell.reset,
        refractory_period=cell.refractory_period,
    )
    below = cell.dendrite
    dendrite = PointCell(
        capacitance=below.capacitance,
        leak_conductance=below.leak_conductance,
        leak_reversal=below.leak_reversal,
        threshold=below.calcium_half,
        reset=below.calcium_half - 1.0,
        refractory_period=0.0,
    )
    return (
        replace(population, cell=soma, afferents=_on(population, "soma")),
        replace(population, cell=dendrite, afferents=_on(population, "dendrite"), current=below.current),
    )


def _on(population: Population, site: str) -> tuple[Afferent, ...]:
    """Return the afferents with what they carry to one compartment, which is the soma of a cell of its own."""

    def alone(synapse: Synapse) -> Synapse:
        return replace(synapse, site="soma", calcium_block=None)

    return tuple(
        replace(afferent, synapses=tuple(alone(s) for s in afferent.synapses if s.site == site))
        for afferent in population.afferents
    )


def calcium_gate(dendrite: ApicalDendrite, v: Floats) -> Floats:
    """Return the gate of the dendritic Ca2+ current at ``v`` (V)."""
    return 1 / (1 + np.exp((dendrite.calcium_half - v) / dendrite.calcium_slope))


def calcium_left(population: Population, cell: TwoCompartmentCell, released: tuple[float, ...]) -> float:
    """Return the dendritic Ca2+ current (A) that GABA_B receptors leave on the average at these releases (Hz)."""
    left = (1 - cell.dendrite.calcium_block) * cell.dendrite.calcium_current
    for afferent, rate in zip(population.afferents, released, strict=True):
        for synapse in afferent.synapses:
            if synapse.calcium_block is not None:
                bound = synapse.calcium_block.steady_bound(rate, synapse.decay)
                left *= 1 - synapse.calcium_block.share * bound
    return left


def h_gate(dendrite: ApicalDendrite, v: Floats) -> Floats:
    """Return the steady state of the HCN gate at ``v`` (V); 0 without these channels."""
    h = dendrite.h_current
    return np.zeros_like(v) if h is None else 1 / (1 + np.exp((v - h.v_half) / h.slope))


def resting_dendrite(
    population: Population, cell: TwoCompartmentCell, current: Floats, rates: tuple[Floats, ...]
) -> Floats:
    """Return the lowest dendritic potential (V) at which the mean current vanishes.

    The Ca2+ current may hold the dendrite at two potentials; every simulation starts at the lower one.
    """
    passive, dendrite = parts(population, cell)[1], cell.dendrite
    released = equilibrium.released_rates(population, rates)
    found = np.empty_like(current)
    for number in range(current.size):
        here = tuple(np.full(_POTENTIALS.shape, rate[number]) for rate in released)
        net = equilibrium.net_current(passive, _POTENTIALS, np.full(_POTENTIALS.shape, current[number]), here)
        left = calcium_left(population, cell, tuple(float(rate[number]) for rate in released))
        net = net + left * calcium_gate(dendrite, _POTENTIALS)
        net = net - dendrite.adaptation_conductance * (_POTENTIALS - dendrite.adaptation_reversal)
        if dendrite.h_current is not None:
            h = dendrite.h_current
            net = net + h.conductance * h_gate(dendrite, _POTENTIALS) * (h.reversal - _POTENTIALS)
        first = int(np.argmax(net <= 0)) or 1
        found[number] = np.interp(0.0, net[[first, first - 1]], _POTENTIALS[[first, first - 1]])
    return found


def resting_soma(
    population: Population, cell: TwoCompartmentCell, current: Floats, rates: tuple[Floats, ...], v_dendrite: Floats
) -> Floats:
    """Return the somatic potential (V) at which the mean current vanishes with the dendrite at ``v_dendrite`` (V)."""
    apical = cell.apical_current * calcium_gate(cell.dendrite, v_dendrite)
    return equilibrium.free_equilibrium(parts(population, cell)[0], current + apical, rates)
