"""The thalamus of the library's column: what relay cells send reaches layer 4, reticular cells inhibit relay cells."""

import numpy as np
import pytest
import xarray as xr

from mesobridge.spiking.circuits import CIRCUITS, Circuit, CircuitRecord, Stimulus
from mesobridge.spiking.engine import simulate_circuit
from mesobridge.spiking.stimuli import Step

pytestmark = pytest.mark.slow


def recorded(circuit: Circuit, duration: float = 2.0, bin: str = "100 ms") -> xr.Dataset:
    record = CircuitRecord(bin=bin, potentials=False)
    return simulate_circuit(circuit, duration=duration, warm_up=0.5, seed=1, record=record)


def rate(recording: xr.Dataset, name: str) -> tuple[float, float]:
    """Return the rate of a population and its standard error from pieces of 100 ms, Hz."""
    pieces = recording["rate"].sel(population=name).values
    return float(pieces.mean()), float(pieces.std(ddof=1) / np.sqrt(pieces.size))


def higher(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Tell whether a rate is clearly above another one."""
    return one[0] - other[0] > 4 * np.hypot(one[1], other[1])


def with_relay_drive(circuit: Circuit, factor: float) -> Circuit:
    relay = circuit.population("relay").population
    drive = relay.with_afferent("excitatory", rate=relay.afferent("excitatory").rate * factor)
    return circuit.with_population("relay", afferents=drive.afferents)


def without(circuit: Circuit, *projections: str) -> Circuit:
    for name in projections:
        circuit = circuit.with_projection(name, probability=1e-9)
    return circuit


@pytest.fixture(scope="module")
def column() -> Circuit:
    return CIRCUITS["column"]()


def test_relay_cells_drive_layer_4(column: Circuit) -> None:
    cut = recorded(without(column, "relay to L4E", "relay to L4I"))
    for resting in ("L4E", "L4I"):
        assert higher(rate(recorded(column), resting), rate(cut, resting))


def test_relay_cells_burst_in_a_window_and_fire_one_by_one_above_it(column: Circuit) -> None:
    """More background takes relay cells out of the window of bursts: they fall silent before they fire tonically."""
    resting, above, tonic = (rate(recorded(with_relay_drive(column, f)), "relay") for f in (1.0, 2.0, 4.0))
    assert higher(resting, above)
    assert above[0] < 0.1
    assert higher(tonic, resting)


def test_reticular_cells_inhibit_tonic_relay_cells(column: Circuit) -> None:
    tonic = with_relay_drive(column, 4.0)
    whole, free = recorded(tonic), recorded(without(tonic, "reticular to relay"))
    assert higher(rate(free, "relay"), rate(whole, "relay"))
    assert higher(rate(free, "L4E"), rate(whole, "L4E"))


def test_a_step_of_relay_drive_is_a_burst_and_then_silence(column: Circuit) -> None:
    step = Stimulus(target="relay", channel="excitatory", waveform=Step(height=0.5, onset="0.1 s", offset="0.4 s"))
    found = recorded(column.with_stimuli(step), 0.4, "20 ms")["rate"].sel(population="relay")
    before, onset, late = (float(found.sel(time=slice(*ends)).mean()) for ends in ((0, 0.1), (0.1, 0.16), (0.25, 0.4)))
    assert onset > 2 * before
    assert late < before / 2
