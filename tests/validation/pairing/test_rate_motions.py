"""How rates move with what populations hear: leaky cells lead, cells without memory do not."""

from pathlib import Path

import numpy as np
import pytest

from mesobridge.bridge.circuit_reduction import (
    CURRENT,
    CircuitState,
    OperatingState,
    moving_network,
    self_consistent_states,
)
from mesobridge.spiking import EscapeRateCell, PointCell
from mesobridge.spiking.circuits import Circuit
from mesobridge.spiking.engine import Machine
from mesobridge.validation.pairing.rate_motions import MeasuredMotions, measure_motions
from mesobridge.validation.progress import Silence
from mesobridge.validation.simulations import Laboratory
from mesobridge.validation.store import Store
from mesobridge.validation.study.circuit_study import OpenLoopSection

from ...bridge.circuit_reduction.example_circuits import LEAKY, MEMORYLESS, excitatory_inhibitory


def measure(
    cell: PointCell | EscapeRateCell, cells: int, folder: Path
) -> tuple[MeasuredMotions, Circuit, CircuitState]:
    circuit = excitatory_inhibitory(cell)
    state = self_consistent_states(circuit)[0]
    machine = Machine(target="cpp_standalone", workers=2).resolved()
    laboratory = Laboratory(machine=machine, store=Store(folder), progress=Silence())
    asked = OpenLoopSection(motion_cells=cells, motion_duration=10.0)
    excitatory = state.states["E"]
    assert isinstance(excitatory, OperatingState)
    return measure_motions({"E": excitatory}, asked, 1e-4, 7, laboratory, "motions"), circuit, state


def test_none_is_measured_unless_it_is_asked_for(tmp_path: Path) -> None:
    found, *_ = measure(LEAKY, 0, tmp_path)
    assert not found.found
    assert not found.refused


@pytest.mark.slow
def test_cells_without_memory_follow_at_once(tmp_path: Path) -> None:
    found, circuit, state = measure(MEMORYLESS, 1000, tmp_path)
    assert set(found.found["E"]) == {CURRENT, "heard 0", "heard 1"}
    at = np.array([10.0, 20.0, 50.0])
    current = found.found["E"][CURRENT]
    assert np.all(np.abs(np.abs(current.motion.transfer(at)) - 1) <= 3 * current.transfer_error(at))
    for estimate in found.found["E"].values():
        # Conductances also change the width, which follows them a little otherwise than the mean.
        assert np.all(np.abs(np.abs(estimate.motion.transfer(at)) - 1) < 0.15)
        assert abs(estimate.slope.value - state.states["E"].slope) < 0.1 * state.states["E"].slope
    alone = {"E": state.states["E"].population}
    moving = moving_network(circuit, state.network, alone, found.found)
    ahead, still = (network.eigenvalues(state.rates, 1)[0] for network in (moving, state.network))
    assert abs(ahead - still) < 0.15 * abs(still)


@pytest.mark.slow
def test_leaky_cells_lead_their_potential(tmp_path: Path) -> None:
    found, *_ = measure(LEAKY, 1000, tmp_path)
    at = np.array([20.0, 50.0])
    for estimate in found.found["E"].values():
        lead = np.angle(estimate.motion.transfer(at))
        assert np.all(lead > 0.2)
        assert np.all(np.abs(estimate.motion.transfer(at)) > 1 + 3 * estimate.transfer_error(at))
