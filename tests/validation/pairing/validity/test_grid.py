"""The networks behind the validity map: what they keep fixed, and that a point is what a pairing of it gives."""

import math
from pathlib import Path

import numpy as np
import pytest

from mesobridge.bridge.circuit_reduction import self_consistent_states
from mesobridge.bridge.prediction import PredictionRefused
from mesobridge.spiking.engine import Machine
from mesobridge.validation.pairing.validity.grid import Regime, background_for, grid, grid_circuit, measured
from mesobridge.validation.pairing.validity.map import validity_map
from mesobridge.validation.store import Store


def test_the_grid_is_the_map() -> None:
    asked = {(r.rate, float(r.in_degree), r.decay, r.strength) for r in grid()}
    assert len(asked) == len(grid()) > 60
    assert asked == {point.regime for point in validity_map()}


def test_the_grid_keeps_the_mean_of_the_recurrent_input() -> None:
    few, many = grid_circuit(80, 2e-3, 1.0), grid_circuit(320, 10e-3, 1.3)
    strong = grid_circuit(80, 2e-3, 1.0, strength=2.0)

    def charge(circuit, name: str) -> float:
        synapse = circuit.projection(name).synapses[0]
        return circuit.in_degree(name) * synapse.weight * synapse.decay

    for name in ("E to I", "I to E"):
        assert charge(few, name) == pytest.approx(charge(many, name), rel=1e-4)
        assert charge(strong, name) == pytest.approx(2 * charge(few, name), rel=1e-4)


@pytest.mark.slow
def test_the_background_brings_theory_to_the_rate_that_was_asked_for() -> None:
    regime = Regime(rate=15.0, in_degree=320, decay=5e-3, strength=0.5)
    states = self_consistent_states(regime.circuit(background_for(regime)))
    assert min(abs(math.log(state.rates[0] / regime.rate)) for state in states) < 0.02


def test_a_rate_that_no_background_gives_is_refused() -> None:
    with pytest.raises(PredictionRefused):
        background_for(Regime(rate=499.0, in_degree=320, decay=5e-3, strength=1.0))


@pytest.mark.slow
@pytest.mark.cpp
def test_a_point_run_again_is_the_point_of_the_map(tmp_path: Path) -> None:
    regime = Regime(rate=15.0, in_degree=320, decay=2e-3, strength=0.5)
    found = measured(regime, Machine(workers=1), Store(tmp_path))
    kept = next(point for point in validity_map() if point.regime == found.regime)
    noise = float(np.hypot(found.theory_noise, kept.theory_noise))
    assert abs(found.theory_error - kept.theory_error) < 4 * noise
    assert found.band("theory") == kept.band("theory")
