"""The mean state that a population would rest in without spikes: where every simulation starts."""

import numpy as np
from numpy.typing import NDArray

from ..cells import Cell, MuscarinicCurrent, PointCell
from ..population import Population
from ..synapses import MAGNESIUM_HALF, MAGNESIUM_SLOPE, Synapse

Floats = NDArray[np.float64]


def mean_conductance(synapse: Synapse, rate: Floats) -> Floats:
    """Return the mean phasic conductance (S) of a synapse at presynaptic ``rate`` (Hz), without block."""
    if synapse.cascade is not None:
        return synapse.weight * synapse.cascade.steady_open(rate)
    return rate * synapse.weight * synapse.gate_area


def released_rates(population: Population, rates: tuple[Floats, ...]) -> tuple[Floats, ...]:
    """Return the rates (Hz) of full releases: what presynaptic inhibition leaves of the afferents' spikes."""
    spikes = {afferent.name: rate for afferent, rate in zip(population.afferents, rates, strict=True)}
    return tuple(
        rate * (1.0 if (held := afferent.presynaptic) is None else held.steady_release(spikes[held.source]))
        for afferent, rate in zip(population.afferents, rates, strict=True)
    )


def open_fraction(synapse: Synapse, v: Floats) -> Floats:
    """Return the fraction of the conductance left open by magnesium at ``v`` (V)."""
    return 1 / (1 + synapse.magnesium / MAGNESIUM_HALF * np.exp(-MAGNESIUM_SLOPE * v))


def driving_force(synapse: Synapse, leak_reversal: float) -> float:
    """Return the fixed driving force (V) of a current-based synapse, its block at the leak reversal included."""
    return synapse.block(leak_reversal) * (synapse.reversal - leak_reversal)


def muscarinic_of(cell: Cell) -> MuscarinicCurrent | None:
    """Return the M current of a cell that has one."""
    return cell.muscarinic if isinstance(cell, PointCell) else None


def open_gate(current: MuscarinicCurrent, v: Floats) -> Floats:
    """Return the steady state of the M gate at ``v`` (V)."""
    return 1 / (1 + np.exp((current.v_half - v) / current.slope))


def resting_terms(population: Population) -> tuple[float, float]:
    """Return conductance (S) and current (A) of all that is constant and voltage-independent, tonic receptors too."""
    cell = population.cell
    conductance, current = cell.resting_conductance, cell.leak_conductance * cell.leak_reversal + population.current
    if isinstance(cell, PointCell):
        current += cell.potassium_conductance * cell.potassium_reversal
        current += cell.cation_conductance * cell.cation_reversal
    for synapse in population.synapses:
        if synapse.current_based:
            current += synapse.tonic * driving_force(synapse, cell.leak_reversal)
        elif synapse.magnesium == 0:
            conductance += synapse.tonic
            current += synapse.tonic * synapse.reversal
    return conductance, current


def net_current(population: Population, v: Floats, current: Floats, rates: tuple[Floats, ...]) -> Floats:
    """Return the mean membrane current (A, inward positive) at ``v`` (V) with afferents at ``rates`` (Hz)."""
    cell = population.cell
    conductance, resting = resting_terms(population)
    net = resting + current - conductance * v
    for afferent, rate in zip(population.afferents, rates, strict=True):
        for synapse in afferent.synapses:
            mean = mean_conductance(synapse, rate)
            if synapse.current_based:
                net = net + mean * driving_force(synapse, cell.leak_reversal)
            else:
                tonic = synapse.tonic if synapse.magnesium > 0 else 0.0
                net = net + (mean + tonic) * open_fraction(synapse, v) * (synapse.reversal - v)
    muscarinic = muscarinic_of(cell)
    if muscarinic is not None:
        net = net + muscarinic.conductance * open_gate(muscarinic, v) * (muscarinic.reversal - v)
    return net


def free_equilibrium(population: Population, current: Floats, rates: tuple[Floats, ...]) -> Floats:
    """Return the potential (V) at which the mean membrane current vanishes, found by bisection."""
    cell = population.cell
    rates = released_rates(population, rates)
    # Elementwise throughout: the state a cell starts from must not depend on which cells it is computed with.
    reach = (np.abs(current) + abs(population.current)) / cell.resting_conductance + 0.2
    for afferent, rate in zip(population.afferents, rates, strict=True):
        for synapse in (s for s in afferent.synapses if s.current_based):
            force = abs(driving_force(synapse, cell.leak_reversal))
            reach = reach + (mean_conductance(synapse, rate) + synapse.tonic) * force / cell.resting_conductance
    low, high = cell.leak_reversal - reach, cell.leak_reversal + reach
    for _ in range(60):
        middle = (low + high) / 2
        rising = net_current(population, middle, current, rates) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return (low + high) / 2
