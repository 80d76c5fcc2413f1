"""Circuits in the engine: their limits, what they record, what they refuse, and who is connected to whom."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from mesobridge.spiking import (
    Afferent,
    EscapeRateCell,
    MembraneNoise,
    PointCell,
    Population,
    QuadraticCell,
    SteadyDrive,
    Synapse,
    TimeVaryingInput,
)
from mesobridge.spiking.circuits import Circuit, CircuitPopulation, CircuitRecord, Delay, Projection, Stimulus
from mesobridge.spiking.engine import EngineError, parameters, simulate, simulate_circuit
from mesobridge.spiking.engine.connections import connect, delay_distribution
from mesobridge.spiking.stimuli import ArrayInput, Step

AMPA = Synapse(receptor="ampa", weight="0.3 nS", reversal="0 mV", decay="3 ms")
GABA = Synapse(receptor="gaba_a", weight="1 nS", reversal="-75 mV", decay="6 ms")
LEAKY = PointCell(
    capacitance="200 pF", leak_conductance="10 nS", leak_reversal="-70 mV", threshold="-50 mV", reset="-60 mV",
    refractory_period="2 ms", threshold_spread="1 mV",
)  # fmt: skip


def population(name="E", rate=4000.0, **changes):
    given = {"cell": LEAKY, "noise": MembraneNoise(amplitude="50 pA", time_constant="5 ms")}
    afferents = (Afferent(name="external", rate=rate, synapses=(AMPA,)),)
    return Population(name=name, afferents=afferents, **(given | changes))


def balanced(excitatory=400, inhibitory=100, rate=4000.0, **changes):
    """A small network of excitation and inhibition."""
    delay = Delay(mean="1.5 ms")
    return Circuit(
        name="balanced",
        populations=(
            CircuitPopulation(population=population(rate=rate), size=excitatory),
            CircuitPopulation(population=population("I", rate=rate), size=inhibitory),
        ),
        projections=tuple(
            Projection(source=s, target=t, synapses=(AMPA if s == "E" else GABA,), probability=0.1, delay=delay)
            for s in "EI"
            for t in "EI"
        ),
        **changes,
    )


def run(circuit, machine, **changes):
    given = {"duration": 0.1, "warm_up": 0.05, "dt": 1e-4, "seed": 1}
    return simulate_circuit(circuit, machine=machine, **(given | changes))


@pytest.mark.cpp
def test_an_uncoupled_population_is_the_one_of_the_engine_step_by_step(machine, monkeypatch):
    # The same random numbers: those of the first stimulus of a time-varying input.
    monkeypatch.setitem(parameters.DOMAINS, "circuit", parameters.DOMAINS["time-varying"])
    # Whole vectors of 64 cells; the cells left over by a vector are rounded by other instructions.
    cells, flat = (
        256,
        TimeVaryingInput(
            stimuli=(Step(height=0.0),), channel="external", groups=1, cells_per_group=256, duration=0.2, warm_up=0.05
        ),
    )
    alone = simulate(population(), flat, seed=1, machine=machine)
    circuit = Circuit(name="one", populations=(CircuitPopulation(population=population(), size=cells),))
    uncoupled = run(circuit, machine, duration=0.2)
    assert alone.rate.values.sum() > 0
    np.testing.assert_array_equal(np.rint(uncoupled.rate[0] * cells), np.rint(alone.rate[0, 0] * cells))
    np.testing.assert_allclose(uncoupled.v_free[0], alone.v_free[0, 0], rtol=1e-12)


@pytest.mark.cpp
@pytest.mark.slow
def test_projections_of_weight_zero_change_nothing(machine):
    silent = balanced()
    for projection in silent.projections:
        silent = silent.with_projection(
            projection.name, synapses=tuple(replace(s, weight=0.0) for s in projection.synapses)
        )
    coupled, without = run(silent, machine), run(silent.uncoupled(), machine)
    assert without.spike_count.where(without.spike_count > 0).sum() > 100
    np.testing.assert_array_equal(coupled.spike_count, without.spike_count)


@pytest.mark.cpp
@pytest.mark.slow
def test_rates_of_uncoupled_cells_are_those_of_a_steady_drive(machine):
    circuit = Circuit(name="one", populations=(CircuitPopulation(population=population(), size=500),))
    counts = run(circuit, machine, duration=2.0, warm_up=0.3).spike_count.values[0] / 2.0
    drive = SteadyDrive(levels=(4000.0,), channel="external", cells=500, duration=2.0, warm_up=0.3)
    steady = simulate(population(), drive, seed=2, machine=machine).spike_count.sum("half").values[0] / 2.0
    error = np.hypot(stats.sem(counts), stats.sem(steady))
    assert steady.mean() > 1
    assert abs(counts.mean() - steady.mean()) < 4 * error


@pytest.mark.cpp
def test_a_seed_fixes_everything_and_workers_nothing(machine):
    first, again, other = (run(balanced(), machine, seed=seed) for seed in (1, 1, 2))
    xr.testing.assert_identical(first, again)
    xr.testing.assert_identical(first, run(balanced(), replace(machine, workers=1)))
    assert np.any(first.spike_count.values != other.spike_count.values)


@pytest.mark.cpp
def test_a_recording_has_the_promised_shapes_units_and_attributes(machine):
    record = CircuitRecord(bin="2 ms", spikes=("E",))
    recording = run(balanced(), machine, record=record)
    assert dict(recording.sizes) | {"spike": 0} == {"population": 2, "time": 50, "cell": 400, "spike": 0}
    assert recording.rate.dims == ("population", "time")
    assert recording.spike_count.values[1, 100:].tolist() == [-1] * 300
    assert set(np.unique(recording.spike_population)) == {0}
    by_cell = np.bincount(recording.spike_cell, minlength=400)
    np.testing.assert_array_equal(by_cell, recording.spike_count.values[0])
    counted = np.histogram(recording.spike_time, np.arange(51) * 2e-3 + 5e-5)[0]
    np.testing.assert_allclose(recording.rate.values[0], counted / (400 * 2e-3))
    assert all({"units", "long_name"} <= set(recording[name].attrs) for name in recording.variables)
    assert {"circuit", "seed", "dt", "duration", "warm_up", "bin", "sizes", "target", "precision"} <= set(
        recording.attrs
    )
    without = run(balanced(), machine, record=CircuitRecord(potentials=False))
    assert set(without.data_vars) == {"rate", "spike_count"}
    np.testing.assert_array_equal(without.spike_count, recording.spike_count)


@pytest.mark.cpp
@pytest.mark.parametrize("order", [1, -1])
def test_stimuli_reach_their_channel_when_they_should(machine, order):
    quiet = Population(name="E", cell=replace(LEAKY, threshold=0.0), afferents=population(rate=2500.0).afferents)
    circuit = Circuit(
        name="played",
        populations=(CircuitPopulation(population=quiet, size=64),),
        stimuli=(
            Stimulus(target="E", waveform=Step(height=1.0, onset=0.02, offset=0.04), current_unit="100 pA"),
            Stimulus(
                target="E", channel="external", waveform=ArrayInput(samples=(0.0, 0.0, -1.0, -1.0), interval=0.02)
            ),
        )[::order],
    )
    v = run(circuit, machine, warm_up=0.1).v_free.values[0]
    conductance = LEAKY.leak_conductance + 2500 * AMPA.weight * AMPA.decay
    rest = LEAKY.leak_conductance * LEAKY.leak_reversal / conductance
    tau = LEAKY.capacitance / conductance
    np.testing.assert_allclose(v[:20].mean(), rest, atol=1e-3)
    pushed = rest + 100e-12 / conductance * (1 - np.exp(-20e-3 / tau))
    np.testing.assert_allclose(v[39], pushed, atol=1.5e-3)
    assert v[79] < rest - 5e-3  # without spikes the AMPA conductance closes and the potential falls to the leak's
    assert v[99] > v[79] + 1e-3


def test_what_cannot_be_run_is_said_in_one_sentence(interpreter):
    short = balanced().with_projection("E to I", delay=Delay(mean="0.05 ms"))
    with pytest.raises(EngineError, match=r"'E to I': a delay of 0\.05 ms is below the time step of 0\.1 ms"):
        run(short, interpreter)
    with pytest.raises(EngineError, match=r"CircuitRecord\.bin: 0\.00025 s is not a whole number of time steps"):
        run(balanced(), interpreter, record=CircuitRecord(bin="0.25 ms"))
    with pytest.raises(EngineError, match=r"duration: 0\.001 s holds no bin"):
        run(balanced(), interpreter, duration=1e-3, record=CircuitRecord(bin="2 ms"))
    with pytest.raises(EngineError, match="seed: -1 is out of range"):
        run(balanced(), interpreter, seed=-1)
    with pytest.raises(ValueError, match="no population 'X'; there are: E, I"):
        run(balanced(), interpreter, record=CircuitRecord(spikes=("X",)))
    with pytest.raises(EngineError, match=r"'external' at 1e\+06 Hz: 100 events in one time step"):
        run(balanced(rate=1e6), interpreter)
    quadratic = QuadraticCell(capacitance="100 pF", curvature="10 pA/mV**2", excitability="1 uA")
    fast = Circuit(name="q", populations=(CircuitPopulation(population=Population(name="Q", cell=quadratic), size=3),))
    with pytest.raises(EngineError, match=r"QuadraticCell: at a time step of 0\.0001 s .* take a dt below"):
        run(fast, interpreter)
    with pytest.raises(EngineError, match="are quadratic and have no free potential"):
        simulate(fast.populations[0].population, SteadyDrive(levels=(0.0,)), seed=1, machine=interpreter)


def test_pairs_are_connected_with_their_probability():
    circuit = balanced(2000, 500)
    for number, projection in enumerate(circuit.projections):
        found = connect(circuit, number, 1e-4, seed=5)
        sources, targets = circuit.sizes[projection.source], circuit.sizes[projection.target]
        out, into = np.diff(found.offsets), np.bincount(found.targets, minlength=targets)
        assert out.size == sources
        rows = np.repeat(np.arange(sources), out)
        assert np.unique(rows * targets + found.targets).size == found.targets.size  # no pair twice
        mean = sources * targets * 0.1
        assert abs(found.targets.size - mean) < 4 * np.sqrt(mean * 0.9)
        for degrees, cells in ((out, targets), (into, sources)):
            expected = stats.binom.var(cells, 0.1)
            spread = degrees.size * degrees.var() / expected
            assert 1e-4 < stats.chi2.cdf(spread, degrees.size - 1) < 1 - 1e-4


@pytest.mark.parametrize(("in_degree", "autapses"), [(30, True), (30, False), (99, False), (100, True), (1, False)])
def test_every_target_draws_its_number_of_different_sources(in_degree, autapses):
    changes = {"probability": None, "in_degree": in_degree, "autapses": autapses}
    circuit = balanced(100, 100).with_projection("E to E", **changes)
    found = connect(circuit, 0, 1e-4, seed=5)
    rows = np.repeat(np.arange(100), np.diff(found.offsets))
    np.testing.assert_array_equal(np.bincount(found.targets, minlength=100), in_degree)
    assert np.unique(rows * 100 + found.targets).size == rows.size
    assert autapses or not np.any(rows == found.targets)
    if in_degree == 30:
        chance = stats.chisquare(np.bincount(rows, minlength=100)).pvalue
        assert chance > 1e-4


def test_connections_of_the_populations_do_not_depend_on_other_projections():
    full, part = balanced(), balanced()
    part = replace(part, projections=part.projections[:1])
    np.testing.assert_array_equal(connect(full, 0, 1e-4, 5).targets, connect(part, 0, 1e-4, 5).targets)
    assert connect(full, 0, 1e-4, 5).targets.size != connect(full, 0, 1e-4, 6).targets.size


@pytest.mark.parametrize("distribution", ["normal", "lognormal", "uniform"])
def test_delays_and_weights_have_their_distribution(distribution):
    delay = Delay(mean="2 ms", spread="0.5 ms", distribution=distribution)
    circuit = balanced(2000, 500).with_projection("E to E", delay=delay, weight_spread=0.4)
    found = connect(circuit, 0, 1e-4, seed=5)
    assert found.steps is not None
    assert found.weights is not None
    count = found.steps.size
    assert count > 3e5
    first, cumulative = delay_distribution(delay, 1e-4)
    expected = np.diff(cumulative, prepend=0.0) * count
    seen = np.bincount(found.steps - first, minlength=expected.size)
    common = expected > 5
    assert stats.chisquare(seen[common], expected[common] * seen[common].sum() / expected[common].sum()).pvalue > 1e-4
    # The cut at four standard deviations takes 3e-4 of the spread of a normal delay, and more of a lognormal one.
    np.testing.assert_allclose(found.steps.mean() * 1e-4, 2e-3, rtol=3e-3)
    np.testing.assert_allclose(found.steps.std() * 1e-4, 0.5e-3, rtol=0.02)
    np.testing.assert_allclose(found.weights.mean(), 1.0, atol=4 * 0.4 / np.sqrt(count))
    np.testing.assert_allclose(found.weights.std(), 0.4, rtol=0.01)


@pytest.mark.cpp
@pytest.mark.slow
def test_memoryless_cells_at_their_highest_rate_are_poisson_and_hear_each_other_exactly(machine):
    cell = EscapeRateCell(
        capacitance="200 pF", leak_conductance="10 nS", leak_reversal="-70 mV", threshold="-71 mV", q_max="40 Hz"
    )
    ampa = replace(AMPA, current_based=True)
    escaping = Population(name="E", cell=cell, afferents=(Afferent(name="external", rate=500.0, synapses=(ampa,)),))
    cells = 4000
    circuit = Circuit(
        name="memoryless",
        populations=(CircuitPopulation(population=escaping, size=cells),),
        projections=(Projection(source="E", target="E", synapses=(ampa,), in_degree=100, delay=Delay(mean="2 ms")),),
    )
    recording = run(circuit, machine, duration=1.0)
    # Far above threshold every cell fires with q_max: a Poisson process, whatever it hears.
    counts = recording.spike_count.values[0]
    assert abs(counts.mean() - 40) < 4 * np.sqrt(40 / cells)
    assert abs(counts.var() / counts.mean() - 1) < 4 * np.sqrt(2 / cells)
    heard = (500 + 100 * 40) * AMPA.weight * AMPA.decay * 0.070
    expected = -0.070 + heard / LEAKY.leak_conductance
    assert abs(recording.v_free.values.mean() - expected) < 1e-4
