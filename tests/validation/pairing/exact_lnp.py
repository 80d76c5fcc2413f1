"""Memoryless cells that all hear all others, 1/N each: their mean field is exact at all times as N grows."""

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mesobridge.bridge.circuit_reduction import reduce_circuit
from mesobridge.meanfield import PopulationNetwork
from mesobridge.spiking import Afferent, EscapeRateCell, Population, Synapse
from mesobridge.spiking.circuits import Circuit, CircuitPopulation, CircuitRecord, Delay, Projection, Stimulus
from mesobridge.spiking.engine import simulate_circuit
from mesobridge.spiking.stimuli import PulsePair, Step
from mesobridge.spiking.synapses import Receptor

Array = NDArray[np.float64]

CELL = EscapeRateCell(
    capacitance="200 pF", leak_conductance="10 nS", leak_reversal="-70 mV", threshold="-50 mV", q_max="100 Hz",
    kappa="3 mV", threshold_spread="1 mV",
)  # fmt: skip
DECAYS: dict[Receptor, float] = {"ampa": 3e-3, "gaba_a": 6e-3}
REVERSALS: dict[Receptor, float] = {"ampa": 0.0, "gaba_a": -0.14}  # V; both drive with 70 mV
BACKGROUND = 15e3  # Hz of each receptor: many small spikes, so that potentials are normal
PRIVATE: dict[Receptor, float] = {"ampa": 3.0e-6, "gaba_a": 1.6e-6}  # V s of one spike
SHARED = {("E", "E"): 1e-4, ("E", "I"): 2e-4, ("I", "E"): 3e-4, ("I", "I"): 2e-4}  # V s of one spike of every cell
STEP, BIN, DURATION = 1e-4, 2.5e-3, 0.4

# Silence until 60 ms, then all cells start together; E hears more from 180 to 280 ms, I is pushed twice after 320 ms.
STIMULI = (
    *(
        Stimulus(target=name, channel=channel, waveform=Step(height=-1.0, onset=0.0, offset=60e-3))
        for name in ("E", "I")
        for channel in PRIVATE
    ),
    Stimulus(target="E", channel="ampa", waveform=Step(height=0.3, onset=0.18, offset=0.28)),
    Stimulus(target="E", channel="gaba_a", waveform=Step(height=0.3, onset=0.18, offset=0.28)),
    Stimulus(target="I", waveform=PulsePair(height=1.0, width=5e-3, separation=30e-3, onset=0.32), current_unit=2e-10),
)


def synapse(receptor: Receptor, area: float) -> Synapse:
    """Return a synapse that passes a current; one spike adds ``area`` (V s) to the free potential."""
    weight = area * CELL.leak_conductance / (70e-3 * DECAYS[receptor])
    return Synapse(
        receptor=receptor, weight=weight, reversal=REVERSALS[receptor], decay=DECAYS[receptor], current_based=True
    )


def circuit(size: int) -> Circuit:
    """Return ``size`` cells, four fifths of them excitatory."""
    sizes = {"E": size * 4 // 5, "I": size // 5}
    heard = tuple(Afferent(name=r, rate=BACKGROUND, synapses=(synapse(r, a),)) for r, a in PRIVATE.items())
    return Circuit(
        name="all to all",
        populations=tuple(
            CircuitPopulation(population=Population(name=name, cell=CELL, afferents=heard), size=cells)
            for name, cells in sizes.items()
        ),
        projections=tuple(
            Projection(
                source=s, target=t, probability=1.0, delay=Delay(mean="3 ms"),
                synapses=(synapse("ampa" if s == "E" else "gaba_a", area / sizes[s]),),
            )
            for (s, t), area in SHARED.items()
        ),
    )  # fmt: skip


@cache
def theory(size: int) -> PopulationNetwork:
    """Return the mean field with mean and variance of the potential, by theory alone."""
    return reduce_circuit(circuit(size), two_moments=True)


def trial(size: int, seed: int) -> Array:
    """Return the rates (population, bin) of one run, Hz."""
    record = CircuitRecord(bin=BIN, potentials=False)
    run = simulate_circuit(
        circuit(size).with_stimuli(*STIMULI), duration=DURATION, warm_up=0.3, dt=STEP, seed=seed, record=record
    )
    return run["rate"].transpose("population", "time").values


def course(network: PopulationNetwork) -> Array:
    """Return the rates (population, bin) of the mean field under the same stimuli, from its state of rest.

    Spikes of the circuit leave at the end of their step: on the average they arrive half a step late.
    """
    moment = np.asarray(STEP * (np.arange(round(DURATION / STEP)) + 0.5), dtype=np.float64)
    levels: dict[str, Array] = {}
    for stimulus in STIMULI:
        label, wave = f"{stimulus.target}.{stimulus.channel}", stimulus.waveform.waveform(moment)
        at_rest, unit = (0.0, stimulus.current_unit) if stimulus.channel == "current" else (BACKGROUND, BACKGROUND)
        levels[label] = levels.get(label, np.full(moment.size, at_rest)) + unit * wave
    for p in network.projections:
        network = network.with_projection(p.name, delay=replace(p.delay, mean=p.delay.mean + STEP / 2))
    run = network.simulate(DURATION, STEP, inputs=levels)["rate"].values
    return run.reshape(len(network.names), round(DURATION / BIN), -1).mean(axis=-1)
