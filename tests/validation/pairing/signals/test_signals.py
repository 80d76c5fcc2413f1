"""Signals of a pairing through the judge: planted potentials and correlations are accepted, others are not."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose
from scipy.integrate import trapezoid

from mesobridge.spiking import MembraneNoise, spike_files
from mesobridge.validation.pairing import compare
from mesobridge.validation.pairing.condition import BASE
from mesobridge.validation.pairing.signals.numbers import signals_dataset, signals_document
from mesobridge.validation.pairing.signals.rows import correlation_rows, fluctuation_rows, voltage_rows
from mesobridge.validation.pairing.signals.voltage import membrane_noise, predicted_voltage
from mesobridge.validation.pairing.walk import Findings
from mesobridge.validation.study import StudyError

from ..lnp import BIN, planted_findings, study
from ..trains import common_cause


@pytest.fixture(scope="module")
def findings() -> Findings:
    return planted_findings(study(duration="8 s"))


def coloured(findings: Findings, scale: float, seed: int) -> np.ndarray:
    """Return potentials with the spectra that the mean field expects of them, times ``scale``."""
    recording, base = findings.stationary[BASE], findings.base
    samples = recording.sizes["time"]
    frequency = np.asarray(np.fft.rfftfreq(samples, BIN), dtype=np.float64)
    density = predicted_voltage(base.frozen.network, frequency, base.frozen.rates, BIN)
    white = np.fft.rfft(np.random.default_rng(seed).standard_normal((len(density), samples)), axis=1)
    return scale * np.fft.irfft(white * np.sqrt(density / (2 * BIN)), samples, axis=1) - 60e-3


def with_recording(findings: Findings, recording: xr.Dataset) -> Findings:
    return replace(findings, stationary={BASE: recording})


def with_potentials(findings: Findings, scale: float) -> Findings:
    recording = findings.stationary[BASE]
    return with_recording(findings, recording.assign(v_free=(("population", "time"), coloured(findings, scale, 1))))


def test_potentials_of_the_expected_spectrum_hold_and_larger_ones_fail(findings: Findings) -> None:
    right = list(voltage_rows(with_potentials(findings, 1.0)))
    assert [row.name for row in right] == ["spectrum of the potential of E", "spectrum of the potential of I"]
    assert {row.verdict for row in right} == {"holds"}
    # A factor of 1.4 in power is more than the margin of 1.26.
    assert {row.verdict for row in voltage_rows(with_potentials(findings, 1.4**0.5))} == {"fails"}


def test_a_study_that_cannot_write_its_spikes_is_refused_before_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert study(export_spikes="nwb").pairing.export_spikes == "nwb"
    monkeypatch.setattr(spike_files, "find_spec", lambda name: None)
    with pytest.raises(StudyError, match=r"pip install 'mesobridge\[spikes\]'"):
        study(export_spikes="nwb")
    with pytest.raises(StudyError, match="export_spikes"):
        study(export_spikes="nix")


def test_without_potentials_nothing_is_judged_of_them(findings: Findings) -> None:
    assert findings.signals.voltage is None
    assert not list(voltage_rows(findings))
    assert not list(fluctuation_rows(findings))  # memoryless cells have no mesoscopic theory here
    assert "voltage_spectrum" not in signals_dataset(findings)


def test_the_comparison_against_chance_scores_potentials_too(findings: Findings) -> None:
    network, rates = findings.base.frozen.network, findings.base.frozen.rates.tolist()
    titles = {"spectrum of the potential of E", "spectrum of the potential of I"}
    for scale, accepted in ((1.0, True), (1.2, False)):
        recording = with_potentials(findings, scale).stationary[BASE]
        found = compare(network, stationary=recording, state=rates, band=(0.0, 200.0))
        scores = [curve for curve in found.curves if curve.name in titles]
        assert len(scores) == 2
        assert all((score.p_value > 1e-3) == accepted for score in scores)


def test_the_density_of_a_membrane_noise_holds_its_variance(findings: Findings) -> None:
    circuit = findings.base.circuit
    assert membrane_noise(circuit, np.array([1.0])) == {}
    noisy = circuit.with_population("E", noise=MembraneNoise(amplitude="50 pA", time_constant="5 ms"))
    frequency = np.concatenate([[0.0], np.geomspace(1e-2, 1e6, 4000)])
    found = membrane_noise(noisy, frequency)
    assert list(found) == ["E.current"]
    assert_allclose(trapezoid(found["E.current"], frequency), (50e-12) ** 2, rtol=1e-3)
    # At high frequencies the loop passes nothing on, and the mean over the cells is all that is left of the noise.
    network, rates, high = findings.base.frozen.network, findings.base.frozen.rates, np.array([400.0])
    private = membrane_noise(noisy, high)
    with_noise, without = (predicted_voltage(network, high, rates, BIN, each)[0] for each in (private, None))
    (kernel,) = (drive.kernel for drive in network.drives if drive.label == "E.current")
    expected = private["E.current"] * np.abs(kernel.transfer(high)) ** 2 * np.sinc(400.0 * BIN) ** 2 / 2000
    assert_allclose(with_noise - without, expected, rtol=0.02)


def test_cells_that_share_more_than_the_mean_field_says_fail(findings: Findings) -> None:
    rng = np.random.default_rng(2)
    recording, duration = findings.stationary[BASE], 8.0
    trains = {name: common_cause(rng, 60, 20.0, 0.1, duration) for name in ("E", "I")}
    spikes = sorted(
        (t, k, cell) for k, own in enumerate(trains.values()) for cell, times in enumerate(own) for t in times
    )
    time, population, cell = (np.array(part) for part in zip(*spikes, strict=True))
    planted = recording.drop_vars(["spike_time", "spike_population", "spike_cell"]).assign(
        spike_time=("spike", time), spike_population=("spike", population), spike_cell=("spike", cell)
    )
    found = with_recording(findings, planted.assign_attrs(sizes=[60, 60]))
    rows = list(correlation_rows(found))
    assert len(rows) == 3 * 2
    within = [row for row in rows if "E and E" in row.name or "I and I" in row.name]
    across = [row for row in rows if "E and I" in row.name]
    assert {row.verdict for row in within} == {"fails"}
    values, errors = (np.array([[getattr(row, key) for row in part] for part in (within[:2], within[2:], across)])
                      for key in ("measured", "measured_error"))  # fmt: skip
    assert np.all(np.abs(values - np.array([[0.1], [0.1], [0.0]])) < 5 * errors)
    assert found.signals.trains["E"].cv is not None
    kept = signals_dataset(found)
    assert kept["correlation"].dims == ("pair", "window")
    assert kept["correlation"].attrs["units"] == "1"
    assert [pair["one"] + pair["other"] for pair in signals_document(found)["correlations"]] == ["EE", "EI", "II"]
