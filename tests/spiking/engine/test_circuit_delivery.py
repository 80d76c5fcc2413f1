"""Delivery: every spike arrives once at every target, after its delay, with its weight, on every target of Brian2."""

from dataclasses import replace

import numpy as np
import pytest

from mesobridge.spiking import PointCell, Population, Synapse
from mesobridge.spiking.circuits import Circuit, CircuitPopulation, CircuitRecord, Delay, GateSaturation, Projection
from mesobridge.spiking.engine import Machine, simulate_circuit
from mesobridge.spiking.engine.connections import connect
from mesobridge.spiking.engine.stepping import step_average

DT = 1e-4
LEAKY = PointCell(
    capacitance="200 pF", leak_conductance="10 nS", leak_reversal="-70 mV", threshold="-50 mV", reset="-60 mV",
    refractory_period="2 ms",
)  # fmt: skip
AMPA = Synapse(receptor="ampa", weight="0.5 nS", reversal="0 mV", decay="2 ms", current_based=True)
NMDA = Synapse(receptor="nmda", weight="0.2 nS", reversal="0 mV", rise="2 ms", decay="50 ms", current_based=True)


def pair(*projections, sources=20, targets=30):
    """Cells that fire by a steady current, each at a rate of its own, onto cells that never fire."""
    firing = Population(name="source", cell=replace(LEAKY, threshold_spread=2e-3), current=300e-12)
    silent = Population(name="target", cell=replace(LEAKY, threshold=0.0))
    populations = (
        CircuitPopulation(population=firing, size=sources),
        CircuitPopulation(population=silent, size=targets),
    )
    return Circuit(name="pair", populations=populations, projections=projections)


def projection(**changes):
    given = {"source": "source", "target": "target", "synapses": (AMPA,), "delay": Delay(mean=DT), "probability": 0.3}
    given |= {"probability": None} if "in_degree" in changes else {}
    return Projection(**(given | changes))


def record(circuit, machine, seed=3, duration=0.08, warm_up=0.0):
    every = CircuitRecord(bin=DT, spikes=True)
    return simulate_circuit(
        circuit, duration=duration, warm_up=warm_up, dt=DT, seed=seed, machine=machine, record=every
    )


def gates_by_hand(recording, circuit, seed):
    """Return the AMPA gate of every target cell, step by step, by a loop over spikes and connections."""
    targets, steps = circuit.sizes["target"], recording.sizes["time"]
    inputs = np.zeros((steps + 1000, targets))
    for number, projected in enumerate(circuit.projections):
        found = connect(circuit, number, DT, seed)
        for time, cell in zip(recording.spike_time.values, recording.spike_cell.values, strict=True):
            for place in range(found.offsets[cell], found.offsets[cell + 1]):
                late = round(projected.delay.mean / DT) if found.steps is None else int(found.steps[place])
                factor = 1.0 if found.weights is None else float(found.weights[place])
                inputs[round(time / DT) + late, found.targets[place]] += projected.synapses[0].weight * factor
    gate, course = np.zeros(targets), []
    for arriving in inputs[:steps]:
        gate = gate * np.exp(-DT / AMPA.decay) + step_average(DT, AMPA.decay) * arriving
        course.append(gate)
    return np.array(course)


def potential_by_hand(gates):
    """Return the mean potential of passive cells under these gates, by the trapezoidal rule of the engine."""
    v, mean = np.full(gates.shape[1], LEAKY.leak_reversal), []
    for gate in gates:
        current = LEAKY.leak_conductance * LEAKY.leak_reversal + gate * (AMPA.reversal - LEAKY.leak_reversal)
        denominator = LEAKY.capacitance + DT / 2 * LEAKY.leak_conductance
        v = v + DT * (current - LEAKY.leak_conductance * v) / denominator
        mean.append(v.mean())
    return np.array(mean)


SEVERAL = (
    projection(name="delayed", delay=Delay(mean="3 ms", spread="1 ms", distribution="normal"), weight_spread=0.5),
    projection(name="drawn", in_degree=7, delay=Delay(mean="0.7 ms")),
    projection(name="sparse", probability=0.05, delay=Delay(mean="1 ms", spread="0.3 ms", distribution="uniform")),
    projection(name="everyone", probability=1.0, delay=Delay(mean="1.1 ms")),
)


def check_delivery(circuit, machine, tolerance=1e-12):
    recording = record(circuit, machine)
    assert recording.sizes["spike"] > 50
    expected = potential_by_hand(gates_by_hand(recording, circuit, seed=3))
    assert np.ptp(expected) > 1e-4
    np.testing.assert_allclose(recording.v_free.sel(population="target"), expected, rtol=0, atol=tolerance)


def test_every_spike_arrives_once_with_its_delay_and_weight(interpreter):
    check_delivery(pair(*SEVERAL), interpreter)


@pytest.mark.cpp
def test_the_compiled_delivery_does_the_same(machine):
    check_delivery(pair(*SEVERAL), machine)


@pytest.mark.cpp
def test_sizes_weights_delays_probabilities_and_seeds_do_not_recompile(machine):
    check_delivery(pair(*SEVERAL), machine)
    programs = set((machine.cache_folder / "programs").iterdir())
    check_delivery(pair(projection(delay=Delay(mean="5 ms")), sources=37, targets=3), machine)
    assert set((machine.cache_folder / "programs").iterdir()) == programs


@pytest.mark.cpp
@pytest.mark.slow
@pytest.mark.parametrize("target", ["cpp_standalone", "cython", "numpy"])
def test_all_targets_deliver_the_same_in_both_precisions(target):
    check_delivery(pair(*SEVERAL), Machine(target=target))
    # float32 holds a potential of 70 mV to 4 nV, and each of 800 steps may round.
    check_delivery(pair(*SEVERAL), Machine(target=target, precision="float32"), tolerance=3e-6)


def test_the_first_effect_of_a_spike_comes_one_delay_after_it(interpreter):
    recording = record(pair(projection(probability=0.999, delay=Delay(mean="4 ms"))), interpreter, duration=0.04)
    moved = recording.v_free.sel(population="target").values > LEAKY.leak_reversal + 1e-9
    first = recording.spike_time.values.min()
    assert np.argmax(moved) == round((first + 4e-3) / DT)


@pytest.mark.slow
def test_all_to_all_sums_and_lists_of_connections_are_the_same(interpreter):
    summed = record(pair(projection(probability=1.0)), interpreter)
    # A spread of weights too small to matter makes a list of what is a sum otherwise.
    listed = record(pair(projection(probability=1.0, weight_spread=1e-9)), interpreter)
    assert summed.spike_count.sum() > 0
    np.testing.assert_allclose(summed.v_free, listed.v_free, rtol=0, atol=1e-12)


def saturating_by_hand(spikes, steps, alpha, fine=40):
    """Return the sum over cells of the gate ds/dt = -s/decay + alpha x (1 - s), by small steps."""
    cells = int(spikes[:, 1].max()) + 1
    x, s, course = np.zeros(cells), np.zeros(cells), []
    small = DT / fine
    for step in range(steps):
        x += np.bincount(spikes[spikes[:, 0] == step, 1].astype(int), minlength=cells)
        mean = 0.0
        for _ in range(fine):
            middle = x * np.exp(-small / 2 / NMDA.rise)
            rate = 1 / NMDA.decay + alpha * middle
            aim = alpha * middle / rate
            s = aim + (s - aim) * np.exp(-small * rate)
            x = x * np.exp(-small / NMDA.rise)
            mean += s.sum() / fine
        course.append(mean)
    return np.array(course)


@pytest.mark.slow
def test_a_saturating_gate_follows_its_equation(interpreter):
    saturating = projection(
        synapses=(NMDA,), probability=1.0, saturation=GateSaturation(alpha="500 Hz"), delay=Delay(mean="2 ms")
    )
    recording = record(pair(saturating), interpreter)
    steps = recording.sizes["time"]
    spikes = np.stack([np.rint(recording.spike_time / DT), recording.spike_cell], axis=1)
    course = saturating_by_hand(spikes, steps, 500.0)
    held = np.concatenate([np.zeros(20), course[:-20]]) * NMDA.weight
    expected = potential_by_hand(held[:, None])
    reached = recording.v_free.sel(population="target").values - LEAKY.leak_reversal
    assert reached.max() > 1e-3
    # The engine holds x at its mean over a step: second order in dt/rise = 0.05.
    np.testing.assert_allclose(reached, expected - LEAKY.leak_reversal, rtol=0.05**2, atol=1e-4 * reached.max())


@pytest.mark.slow
@pytest.mark.slow
def test_a_sparse_saturating_gate_has_the_area_of_the_dense_one(interpreter):
    saturation = GateSaturation(alpha="500 Hz")
    dense = projection(synapses=(NMDA,), probability=1.0, saturation=saturation)
    listed = replace(dense, weight_spread=1e-9)
    reached = [
        record(pair(p), interpreter, duration=0.1, warm_up=0.15).v_free.sel(population="target").mean() + 0.07
        for p in (dense, listed)
    ]
    assert reached[0] > 5e-3
    # The sparse gate opens at once; openings that overlap a rise of 2 ms out of some 50 ms between spikes differ.
    np.testing.assert_allclose(reached[1], reached[0], rtol=0.05)
