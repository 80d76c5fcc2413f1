"""Populations without a theory: planted answers come back, a wrong kernel is refused, rates with theory settle."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.bridge.circuit_reduction import (
    MeasuredState,
    Sources,
    Survey,
    measured_circuit_state,
    measured_names,
    network_record,
    t_type_state,
    two_compartment_state,
)
from mesobridge.bridge.circuit_reduction.two_compartment_state import refuse_another_area
from mesobridge.bridge.estimate import EstimateRefused
from mesobridge.bridge.prediction import PredictionRefused
from mesobridge.meanfield.networks import CurveRate
from mesobridge.spiking import SteadyDrive
from mesobridge.spiking.engine import simulate, simulate_many

from . import planted_cells as planted
from .planted_cells import Planted, area, mixed_circuit

RATES = {"E": 5.0, "L5": 6.0, "relay": 3.0}


def pyramid(cells: Planted, **changes: int) -> MeasuredState:
    circuit, survey = mixed_circuit(), cells.survey(**changes)
    first = two_compartment_state(circuit, "L5", RATES, Sources(), survey)
    return two_compartment_state(circuit, "L5", RATES, Sources(), survey, previous=first, probes=True)


@pytest.fixture(scope="module")
def measured() -> MeasuredState:
    return pyramid(Planted())


def test_only_cells_without_a_theory_are_measured() -> None:
    assert set(measured_names(mixed_circuit())) == {"L5", "relay"}
    assert all(reason.endswith(".") for reason in measured_names(mixed_circuit()).values())


def test_a_planted_pyramid_comes_back(measured: MeasuredState) -> None:
    state = measured
    v, rate = planted._pyramid(state.population, np.zeros(1))
    assert_allclose([state.v, state.rate], [v[0], rate[0]], rtol=1e-9)
    assert_allclose(state.slope, planted.SIGMOID.gain(v[0]), rtol=0.05)
    assert_allclose(state.slope_conductance, planted.CONDUCTANCE, rtol=1e-6)


def test_what_reaches_the_tuft_has_the_area_that_the_rate_shows(measured: MeasuredState) -> None:
    """The somatic potential shows 30 percent of it; somatic kernels stay those of the potential."""
    circuit, state = mixed_circuit(), measured
    tuft, soma = (circuit.projection(name).synapses for name in ("E to the tuft", "E to L5"))
    assert_allclose(state.kernels["E to L5"].area, area(soma), rtol=0.02)
    assert_allclose(state.kernels["E to the tuft"].area, area(tuft), rtol=0.08)
    lag = tuft[0].decay + planted.MEMBRANE
    assert_allclose(state.kernels["E to the tuft"].mean_lag, lag, rtol=0.05)
    for each, response in state.responses.items():
        site = state.population.afferent(each).synapses[0].site
        share = response.by_potential / response.by_rate
        assert_allclose(share, planted.BY_THE_SOMA if site == "dendrite" else 1.0, rtol=0.1)
    assert sum("bursts" in note for note in state.notes) == 2


def test_a_kernel_of_another_area_than_the_potential_moves_by_is_refused() -> None:
    with pytest.raises(EstimateRefused, match=r"has an area of .* moves the potential by"):
        pyramid(Planted(wrong=1.5))


@pytest.mark.parametrize("wrong", [0.6, 1.5])
def test_every_kernel_is_held_against_the_steady_potential(measured: MeasuredState, wrong: float) -> None:
    for each, kernel in measured.probes.items():
        response = measured.responses[each]
        refuse_another_area(each, kernel, response)
        with pytest.raises(EstimateRefused, match=each):
            refuse_another_area(each, kernel, replace(response, by_potential=wrong * response.by_potential))


def test_relay_cells_have_a_curve_over_the_potential_without_their_current() -> None:
    cells = Planted()
    state = t_type_state(mixed_circuit(), "relay", RATES, Sources(), cells.survey())
    with_current, without = (job.population.cell.t_type for job in cells.jobs)  # type: ignore[union-attr]
    assert with_current is not None
    assert without is None
    assert isinstance(state.curve, CurveRate)
    inside = state.curve.v[[0, -1]] + np.array([2, -2]) * state.spread
    grid = np.linspace(inside[0], min(inside[1], -56e-3), 40)
    assert grid[-1] - grid[0] > 3 * planted.BELL[2]
    wide = np.hypot(planted.BELL[2], state.spread)
    expected = (
        planted.bell(planted.BELL[1] + (grid - planted.BELL[1]) * planted.BELL[2] / wide) * planted.BELL[2] / wide
    )
    assert_allclose(state.curve(grid), expected, atol=0.03 * planted.BELL[0])
    assert any(note.startswith("No sigmoid") for note in state.notes)
    assert not state.recorded_v


def test_cells_that_never_fire_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planted, "bell", lambda u: 0 * u)
    with pytest.raises(EstimateRefused, match="the cells do not fire"):
        t_type_state(mixed_circuit(), "relay", RATES, Sources(), Planted().survey())


def test_rates_of_theory_and_measurement_settle_together() -> None:
    cells = Planted()
    found = measured_circuit_state(mixed_circuit(), cells.survey())
    assert found.network.names == ("E", "L5", "relay")
    for k, name in enumerate(found.network.names):
        state = found.states[name]
        assert_allclose(state.rate, found.rates[k], rtol=0.012, atol=0.02)
    assert_allclose(found.network.steady(found.rates), found.rates, rtol=0.03)
    assert len(network_record(found.network)["digest"]) == 64


def test_rates_that_do_not_settle_are_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells that answer every round with other rates have no state."""
    monkeypatch.setattr("mesobridge.bridge.circuit_reduction.settled_by_measurement.ROUNDS", 3)
    monkeypatch.setattr("mesobridge.bridge.circuit_reduction.settled_by_measurement.TOLERANCE", 1e-9)
    monkeypatch.setattr("mesobridge.bridge.circuit_reduction.settled_by_measurement._LEAST", 1e-9)
    with pytest.raises(PredictionRefused, match=r"do not settle in 3 rounds; .* hears the circuit"):
        measured_circuit_state(mixed_circuit(), Planted().survey())


@pytest.mark.slow
def test_the_measured_path_recovers_the_open_loop_rates() -> None:
    """At the settled rates every population without a theory, simulated anew alone, fires as its state says."""
    circuit = mixed_circuit()
    survey = Survey(record=lambda jobs: simulate_many(jobs), seed=2, cells=100)
    found = measured_circuit_state(circuit, survey)
    for k, name in enumerate(circuit.names):
        state = found.states[name]
        if not isinstance(state, MeasuredState):
            continue
        alone = simulate(state.population, SteadyDrive(levels=(0.0,) * 8, cells=200, duration=2.0), seed=99)
        rate = float(alone["spike_count"].sum()) / (1600 * 2.0)
        assert state.rate_error > 0
        assert abs(rate - found.rates[k]) < 4 * np.hypot(state.rate_error, np.sqrt(rate / 3200)) + 0.02 * rate
    tuft = found.states["L5"]
    assert isinstance(tuft, MeasuredState)
    shares = {
        each: response.by_potential / response.by_rate
        for each, response in tuft.responses.items()
        if tuft.population.afferent(each).synapses[0].site == "dendrite"
    }
    assert max(shares.values()) < 0.6  # most of what the tuft does goes by bursts
