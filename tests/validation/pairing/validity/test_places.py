"""Every population of a circuit is placed on the validity map: by theory before its run, as measured after it."""

import math

import numpy as np
import pytest

from mesobridge.spiking.circuits import read_circuit
from mesobridge.validation.pairing.condition import BASE
from mesobridge.validation.pairing.recording import synchrony
from mesobridge.validation.pairing.validity.places import (
    PopulationPlace,
    expected_places,
    found_places,
    predicted_synchrony,
    warnings_before,
)
from mesobridge.validation.pairing.walk import Findings

from ..lnp import STUDY, planted_findings, recorded, study


@pytest.fixture(scope="module")
def findings() -> Findings:
    return planted_findings(study())


def test_synchrony_of_linear_response_is_that_of_the_planted_recording(findings: Findings) -> None:
    """Cells whose spikes are Poisson but for the rate, as those of planted recordings are, and many of them."""
    network, rates = findings.base.frozen.network, findings.base.frozen.rates
    for each in network.populations:
        network = network.with_population(each.name, size=10 * (each.size or 1), cell_spectrum=None)
    recording = recorded(network, rates, 20.0, 3)
    parts = [synchrony(recording.isel(time=slice(start, start + 2000))) for start in range(0, 20000, 2000)]
    error = np.std(parts, axis=0, ddof=1) / math.sqrt(len(parts))
    predicted = predicted_synchrony(network, rates)
    assert np.all(predicted > 10 * error)
    assert np.all(np.abs(synchrony(recording) - predicted) < 4 * error)
    assert not np.all(np.abs(synchrony(recording) - predicted_synchrony(network, 0.8 * rates)) < 4 * error)


def test_every_population_has_a_place_before_and_after(findings: Findings) -> None:
    before = expected_places(findings.base)
    after = found_places(findings.base.circuit, findings.stationary[BASE])
    assert [each.population for each in before] == [each.population for each in after] == ["E", "I"]
    for one, other in zip(before, after, strict=True):
        assert (one.in_degree, one.decay) == (other.in_degree, other.decay) == (200.0, 3e-3)
        assert one.rate == pytest.approx(other.rate, rel=0.05)
        assert one.place is not None
        assert one.facts()["expected_error"] > 0


def test_a_population_without_excitation_from_within_is_told_apart(findings: Findings) -> None:
    table = STUDY["circuit"] | {"projections": STUDY["circuit"]["projections"][1:], "name": "inhibited"}
    places = found_places(read_circuit(table), findings.stationary[BASE])
    assert [each.place for each in places] == [None, None]
    assert all("no excitation" in each.warning for each in places)


def test_an_unstable_circuit_is_warned_of_before_it_runs(findings: Findings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(isinstance(text, str) for text in warnings_before(findings.base))
    place = expected_places(findings.base)[0].place
    unstable = PopulationPlace(population="E", rate=5.0, synchrony=math.inf, in_degree=100.0, decay=2e-3, place=place)
    assert "unstable" in unstable.warning
    assert unstable.facts()["synchrony"] is None
