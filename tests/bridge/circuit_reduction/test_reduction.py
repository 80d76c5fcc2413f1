"""Circuits reduced by theory and from estimates: limits that are exact, both ways to the same network, the record."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.bridge.circuit_reduction import (
    Sources,
    cell_spectrum,
    mesoscopic_network,
    network_of_states,
    network_record,
    open_loop_populations,
    operating_state,
    predicted_estimates,
    reduce_circuit,
    self_consistent_states,
)
from mesobridge.bridge.prediction import PredictionRefused, predict_kernel, predict_rate
from mesobridge.meanfield import ExponentialKernel, MixtureKernel, TabulatedRate
from mesobridge.spiking import Population
from mesobridge.spiking.circuits import Circuit, CircuitPopulation
from mesobridge.spiking.engine.simulate_circuit import simulate_circuit
from mesobridge.spiking.library import l5_thick_tufted

from .example_circuits import LEAKY, MEMORYLESS, excitatory_inhibitory


def test_an_uncoupled_circuit_is_its_populations() -> None:
    circuit = excitatory_inhibitory().uncoupled()
    (state,) = self_consistent_states(circuit)
    for k, name in enumerate(circuit.names):
        alone = predict_rate(circuit.population(name).population, "current", [0.0])
        assert_allclose(state.rates[k], alone.rate[0], rtol=1e-9)
        kernel = predict_kernel(circuit.population(name).population, "external", size=0.0)
        drive = next(d for d in state.network.drives if d.label == f"{name}.external")
        assert_allclose(drive.kernel.area, kernel.kernel.area, rtol=1e-9)


@pytest.mark.parametrize("two_moments", [False, True])
def test_a_state_reproduces_itself_in_its_own_network(two_moments: bool) -> None:
    (state,) = self_consistent_states(excitatory_inhibitory(), two_moments=two_moments)
    network = state.network
    assert_allclose(network.steady(state.rates), state.rates, rtol=2e-3)
    for name in ("E", "I"):
        assert_allclose(state.states[name].rate, state.rates[0], rtol=1e-3)
    v, variance = network.structure.moments(state.rates)
    assert_allclose(v[0], state.predicted["E"].point.v, atol=1e-6)
    if two_moments:
        whole = state.predicted["E"].point.sigma_v ** 2 + state.predicted["E"].spread ** 2
        assert_allclose(variance[0], whole, rtol=1e-3)


def test_current_based_memoryless_cells_have_one_network_at_all_rates() -> None:
    """With currents and memoryless cells nothing is linearised: the network holds wherever it was made."""
    circuit = excitatory_inhibitory(current_based=True, excitation="0.2 nS", inhibition="6 nS", external="1100 Hz")
    low, high = (
        reduce_circuit(circuit, estimates=None, rates=rates, two_moments=True)
        for rates in ({"E": 1.0, "I": 1.0}, {"E": 30.0, "I": 30.0})
    )
    (one,), (other,) = low.search().rates, high.search().rates
    assert_allclose(one, other, rtol=1e-4)
    moved = low.with_parameter("E.external", 1300.0).search().rates[0]
    stronger = excitatory_inhibitory(current_based=True, excitation="0.2 nS", inhibition="6 nS", external="1100 Hz")
    background = stronger.population("E").population.afferent("external")
    louder = stronger.with_population(
        "E", afferents=(type(background)(name="external", rate=1300.0, synapses=background.synapses),)
    )
    (again,) = self_consistent_states(louder, two_moments=True)
    assert np.abs(again.rates - one).max() > 0.5
    # What is known of the spikes, how irregular and how uneven, is that of the first state: a correction moves.
    assert_allclose(moved, again.rates, rtol=0.05)


def test_the_variance_of_the_input_follows_the_rates() -> None:
    circuit = excitatory_inhibitory()
    quiet, loud = (operating_state(circuit, "E", {"E": r, "I": r}) for r in (1.0, 20.0))
    assert loud.point.sigma_v < quiet.point.sigma_v  # the conductance wins
    assert loud.spread > quiet.spread > 0
    flowing = excitatory_inhibitory(current_based=True)
    quiet, loud = (operating_state(flowing, "E", {"E": r, "I": r}) for r in (1.0, 20.0))
    assert loud.point.sigma_v > quiet.point.sigma_v


def test_variances_of_a_network_follow_the_operating_points() -> None:
    circuit = excitatory_inhibitory()
    (state,) = self_consistent_states(circuit, two_moments=True)
    moved = state.rates * 1.005
    sources = state.states["E"].sources
    theory = [operating_state(circuit, n, dict(zip("EI", moved.tolist(), strict=True)), sources) for n in "EI"]
    for change, rates in ((1.0, state.rates), (1.005, moved)):
        v, variance = state.network.structure.moments(rates)
        there = [state.predicted[name] for name in "EI"] if change == 1.0 else theory
        for k in range(2):
            assert_allclose(variance[k], there[k].point.sigma_v ** 2 + there[k].spread ** 2, rtol=2e-3)
            assert_allclose(v[k], there[k].point.v, atol=2e-5)
    still = state.network.structure.moments(state.rates)[1][0]
    assert theory[0].point.sigma_v ** 2 < state.predicted["E"].point.sigma_v ** 2
    assert state.network.structure.moments(moved)[1][0] != still


def test_strong_excitation_has_a_low_and_a_high_state() -> None:
    circuit = excitatory_inhibitory(excitation="0.5 nS", inhibition="1.5 nS", external="900 Hz")
    found = self_consistent_states(circuit)
    assert [state.stable for state in found] == [True, False, True]
    assert found[0].rates[0] < 0.1 < 10 < found[-1].rates[0]
    assert_allclose(reduce_circuit(circuit).reference(), found[0].rates, rtol=1e-2, atol=1e-2)


def test_estimates_equal_to_the_theory_give_the_theory() -> None:
    circuit = excitatory_inhibitory()
    (state,) = self_consistent_states(circuit)
    rates, sources = state.states["E"].rates, state.states["E"].sources
    network = reduce_circuit(
        circuit, estimates=predicted_estimates(circuit, rates, sources), rates=rates, sources=sources
    )
    assert_allclose(network.reference(), state.network.reference(), rtol=1e-6)
    assert isinstance(network.projections[0].kernel, MixtureKernel)
    assert_allclose(network.eigenvalues(number=3), state.network.eigenvalues(number=3), rtol=1e-6)
    populations = open_loop_populations(circuit, rates, sources)
    assert {a.name for a in populations["E"].afferents} == {"heard 0", "heard 1"}


def test_estimates_need_the_rates_they_were_taken_at() -> None:
    circuit = excitatory_inhibitory()
    with pytest.raises(ValueError, match="without the rates"):
        reduce_circuit(circuit, estimates={})
    with pytest.raises(ValueError, match="no estimate of E, I"):
        reduce_circuit(circuit, estimates={}, rates={"E": 1.0, "I": 1.0})


def test_a_cell_without_theory_is_refused() -> None:
    bursting: Population = l5_thick_tufted()
    circuit = Circuit(name="one", populations=(CircuitPopulation(population=bursting, size=100),))
    with pytest.raises(PredictionRefused):
        reduce_circuit(circuit)


def test_a_record_says_every_parameter_and_changes_with_any() -> None:
    network = reduce_circuit(excitatory_inhibitory())
    record = network_record(network)
    assert json.loads(json.dumps(record)) == record
    assert record["digest"] == network_record(reduce_circuit(excitatory_inhibitory()))["digest"]
    moved = network.with_projection("E to I", count=np.nextafter(network.projections[1].count, 1e9))
    assert network_record(moved)["digest"] != record["digest"]
    current = next(d for d in network.drives if d.label == "E.current")
    assert isinstance(current.kernel, ExponentialKernel)
    assert current.unit == "A"


def test_irregular_and_uneven_sources_widen_what_is_heard() -> None:
    circuit = excitatory_inhibitory()
    rates = {"E": 8.0, "I": 8.0}
    plain = operating_state(circuit, "E", rates)
    irregular = operating_state(circuit, "E", rates, Sources({"E to E": 2.0, "I to E": 2.0}, {"E": 0.8, "I": 0.8}))
    assert irregular.point.sigma_v > plain.point.sigma_v
    assert_allclose(irregular.spread, plain.spread * np.sqrt(1.64), rtol=0.02)
    assert_allclose(irregular.point.v, plain.point.v, atol=5e-4)
    (state,) = self_consistent_states(circuit)
    known = state.states["E"].sources
    assert known.rate_cv["E"] > 0.3
    assert all(1 < value < 3 for value in known.irregularity.values())


def test_the_spectrum_of_a_memoryless_cell_is_that_of_simulated_ones() -> None:
    state = operating_state(excitatory_inhibitory(current_based=True, external="1300 Hz").uncoupled(), "E", {})
    cell, membrane = MEMORYLESS, state.point.membrane
    rng, dt, cells, steps = np.random.default_rng(3), 2e-4, 1500, 10000
    keep = np.exp(np.diag(membrane.dynamics)[1] * dt)
    gate = rng.poisson(1300.0 * 3e-3, cells).astype(float)
    v = np.full(cells, state.point.v)
    threshold = cell.threshold + cell.threshold_spread * rng.standard_normal(cells)
    seen = np.zeros((cells, steps - 2000))
    for step in range(steps):
        gate = keep * gate + rng.poisson(1300.0 * dt, cells)
        v = v + dt * (membrane.dynamics[0, 0] * (v - cell.leak_reversal) + membrane.dynamics[0, 1] * gate)
        above = np.maximum(v - threshold, 0.0)
        chance = -np.expm1(-cell.q_max * -np.expm1(-above / cell.kappa) * dt)
        if step >= 2000:
            seen[:, step - 2000] = rng.random(cells) < chance
    power = np.abs(np.fft.rfft(seen - seen.mean(axis=1, keepdims=True), axis=1)) ** 2 / (8000 * dt)
    frequency = np.fft.rfftfreq(8000, dt)
    expected = cell_spectrum(state)
    rate = seen.mean() / dt
    for low, high in ((2.0, 10.0), (15.0, 25.0), (60.0, 100.0)):
        band = (frequency >= low) & (frequency <= high)
        means = power[:, band].mean(axis=1)
        theory = float(np.mean(expected(frequency[band], rate)))
        assert abs(means.mean() - theory) < 4 * means.std() / np.sqrt(cells) + 0.03 * theory


@pytest.mark.slow
def test_leaky_cells_move_faster_than_their_sigmoid_and_have_finite_populations() -> None:
    circuit = excitatory_inhibitory(LEAKY, external="2000 Hz")
    (still,) = self_consistent_states(circuit)
    moving = network_of_states(circuit, still.states, motion="leaky")
    assert_allclose(moving.steady(still.rates), still.network.steady(still.rates), rtol=1e-9)
    slow, fast = (abs(n.eigenvalues(still.rates, 2)[0].imag) / (2 * np.pi) for n in (still.network, moving))
    # The spiking circuit oscillates at 33 Hz.
    assert slow < 32 < fast < 40
    finite = mesoscopic_network(circuit, still.predicted)
    run = finite.simulate(2.0, initial_rate=still.rates)
    assert_allclose(run["activity"].values[:, 2500:].mean(axis=1), still.rates, rtol=0.15)
    memoryless = excitatory_inhibitory()
    (state,) = self_consistent_states(memoryless)
    with pytest.raises(PredictionRefused, match="renewal"):
        mesoscopic_network(memoryless, state.predicted)


@pytest.mark.slow
@pytest.mark.cpp
def test_a_weakly_coupled_memoryless_circuit_fires_and_fluctuates_as_predicted() -> None:
    circuit = excitatory_inhibitory(current_based=True, excitation="0.03 nS", inhibition="1 nS", external="1300 Hz")
    (state,) = self_consistent_states(circuit, two_moments=True)
    recording = simulate_circuit(circuit, duration=6.0, warm_up=0.5, seed=3)
    found = recording["rate"].mean("time").values
    assert_allclose(found, state.rates, rtol=0.02)
    rates = recording["rate"].sel(population=["E", "I"]).values
    ratio = rates.reshape(2, -1, 20).mean(axis=2).std(axis=1)
    frequency = np.linspace(0.5, 400.0, 2000)
    density = state.network.cross_spectra(frequency, state.rates)["rate"].values
    box = np.sinc(frequency * 0.02) ** 2
    theory = [np.sqrt(np.sum(np.real(density[:, k, k]) * box) * (frequency[1] - frequency[0])) for k in range(2)]
    assert_allclose(ratio, theory, rtol=0.15)


@pytest.mark.slow
def test_leaky_cells_have_a_state_and_a_table_of_two_moments() -> None:
    circuit = excitatory_inhibitory(LEAKY)
    (state,) = self_consistent_states(circuit, two_moments=True)
    rate = state.network.populations[0].model
    assert isinstance(rate, TabulatedRate)
    assert_allclose(state.network.steady(state.rates), state.rates, rtol=5e-3)
    assert MEMORYLESS.q_max == 100.0
