"""Files of users: units are read, mistakes are refused with their place."""

from typing import Any

import numpy as np
import pytest
import xarray as xr

from mesobridge.bridge.recordings import (
    FunctionalConnectivity,
    RecordingError,
    Spectrum,
    connectivity_of,
    read_recording,
)

ROWS = [(1.0, 4.0), (2.0, 3.0), (3.0, 2.0), (4.0, 1.0)]


def spectrum_csv(folder, heading="frequency (Hz),power (uV^2/Hz)", rows=ROWS):
    path = folder / "spectrum.csv"
    path.write_text("\n".join([heading, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def test_a_spectrum_in_microvolts_is_read_in_volts(tmp_path):
    found = read_recording(spectrum_csv(tmp_path), "spectrum", degrees=20)
    assert isinstance(found, Spectrum)
    assert found.unit == "V^2/Hz"
    np.testing.assert_allclose(found.power, [4e-12, 3e-12, 2e-12, 1e-12], rtol=1e-12)
    np.testing.assert_array_equal(found.degrees, 20)


@pytest.mark.parametrize(
    ("heading", "rows", "said"),
    [
        ("frequency (Hz),power (uV^2/Hz)", [(1, 4), (2, "nan"), (3, 2), (4, 1)], r"row 3, column 'power'.*missing"),
        ("frequency (Hz),power (uV^2/Hz)", [(1, 4), (2, "many"), (3, 2), (4, 1)], r"'many' is not a number"),
        ("frequency (Hz),power (uV^2/Hz)", [(1, 4), (2, 3, 9), (3, 2)], r"row 3 has 3 cells"),
        ("frequency (Hz),power (uV^2/Hz)", [(1, 4), (2, -3), (3, 2), (4, 1)], r"power: -3.*place 2 of 4"),
        ("frequency (Hz),power (uV^2/Hz)", [(1, 4), (3, 3), (2, 2), (4, 1)], r"2 Hz at place 3 comes after 3"),
        ("frequency (s),power (uV^2/Hz)", ROWS, r"frequency: unit 's'"),
        ("frequency (Hz),power (mol)", ROWS, r"power: unit 'mol'"),
        ("frequency (Hz),density (uV^2/Hz)", ROWS, r"no column power; it has: frequency, density"),
        ("1,2", ROWS, r"first row is numbers"),
    ],
)
def test_a_mistake_in_a_table_is_named_with_its_place(tmp_path, heading, rows, said):
    with pytest.raises(RecordingError, match=said):
        read_recording(spectrum_csv(tmp_path, heading, rows), "spectrum", degrees=20)


def test_a_spectrum_without_degrees_of_freedom_is_refused(tmp_path):
    with pytest.raises(RecordingError, match="degrees of freedom of the spectrum are not stated"):
        read_recording(spectrum_csv(tmp_path), "spectrum")


def test_a_signal_is_read_alike_from_csv_numpy_and_netcdf(tmp_path):
    time = np.arange(4000) * 4e-3
    signal = np.random.default_rng(1).standard_normal(time.size)
    table = "time (ms),EEG (uV)\n" + "\n".join(
        f"{1e3 * t:.10g},{v!r}" for t, v in zip(time, signal.tolist(), strict=True)
    )
    (tmp_path / "a.csv").write_text(table)
    np.savez(tmp_path / "a.npz", time=time, eeg=signal, eeg_unit="uV")
    np.save(tmp_path / "a.npy", signal * 1e-6)
    variables = {"eeg": ("time", signal, {"units": "uV"})}
    xr.Dataset(variables, coords={"time": ("time", time, {"units": "s"})}).to_netcdf(tmp_path / "a.nc")
    found: list[Any] = [
        read_recording(tmp_path / f"a.{end}", "spectrum", resolution=1.0) for end in ("csv", "npz", "nc")
    ]
    plain: Any = read_recording(tmp_path / "a.npy", "spectrum", rate=250.0)
    assert found[0].size > 30
    for other in (*found[1:], plain):
        np.testing.assert_allclose(other.power, found[0].power, rtol=1e-9)
    assert found[0].unit == "(V)^2/Hz"


def test_uneven_sampling_is_refused_with_its_place(tmp_path):
    time = np.arange(200) * 4e-3
    time[120:] += 1e-3
    np.savez(tmp_path / "a.npz", time=time, eeg=np.sin(time))
    with pytest.raises(RecordingError, match=r"a step of 0\.005 s at place 121"):
        read_recording(tmp_path / "a.npz", "spectrum")


def test_a_channel_must_be_named_where_there_are_several(tmp_path):
    time = np.arange(100) * 4e-3
    np.savez(tmp_path / "a.npz", time=time, cz=np.sin(time), pz=np.cos(time))
    with pytest.raises(RecordingError, match="several channels and none named; name one of: cz, pz"):
        read_recording(tmp_path / "a.npz", "spectrum")


@pytest.mark.parametrize("name", ["a.fif", "a.abf"])
def test_a_missing_file_of_another_library_is_a_plain_sentence(tmp_path, name):
    with pytest.raises(RecordingError, match="there is no such file"):
        read_recording(tmp_path / name, "spectrum")


def test_an_unknown_kind_and_a_setting_of_another_kind_are_refused(tmp_path):
    with pytest.raises(RecordingError, match="no kind of data 'colour'"):
        read_recording(tmp_path / "a.csv", "colour")
    with pytest.raises(RecordingError, match="degrees says nothing about data of the kind rate"):
        read_recording(tmp_path / "a.csv", "rate", degrees=3)


def test_evoked_rate_and_transfer_tables_are_read_in_si(tmp_path):
    (tmp_path / "e.csv").write_text("time (ms),value (uV),standard_error (uV)\n-10,0,1\n0,1,1\n10,2,1\n")
    evoked: Any = read_recording(tmp_path / "e.csv", "evoked")
    np.testing.assert_allclose(evoked.value, [0, 1e-6, 2e-6], atol=1e-20)
    assert evoked.step == pytest.approx(0.01)
    (tmp_path / "r.csv").write_text("time (s),count,stimulus (pA)\n0.1,3,0\n0.2,4,10\n0.3,9,10\n")
    rate: Any = read_recording(tmp_path / "r.csv", "rate", cells=100)
    assert rate.stimulus_unit == "A"
    np.testing.assert_allclose(rate.stimulus, [0, 1e-11, 1e-11])
    (tmp_path / "t.csv").write_text("level (Hz),count\n1,3\n2,4\n")
    curve: Any = read_recording(tmp_path / "t.csv", "transfer", exposure=10)
    np.testing.assert_array_equal(curve.exposure, [10, 10])
    with pytest.raises(RecordingError, match="no column exposure"):
        read_recording(tmp_path / "t.csv", "transfer")


def test_connectivity_counts_independent_samples():
    random = np.random.default_rng(2)
    white = random.standard_normal((6, 4000))
    slow = np.zeros_like(white)
    for k in range(1, white.shape[1]):
        slow[:, k] = 0.8 * slow[:, k - 1] + white[:, k]
    assert connectivity_of(white).samples == pytest.approx(4000, rel=0.02)
    # Bartlett: 1 + 2 sum 0.8^(2k) = (1 + 0.64)/(1 - 0.64).
    assert connectivity_of(slow).samples == pytest.approx(4000 * 0.36 / 1.64, rel=0.08)


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        ([[1, 0.2], [0.3, 1]], "not symmetric"),
        ([[1, np.nan], [np.nan, 1]], "nan at row 1, column 2"),
        ([[1, 1.0], [1.0, 1]], "less than 1"),
        ([[1, 0.2, 0.1]], "square"),
    ],
)
def test_what_is_no_correlation_matrix_is_refused(matrix, said):
    with pytest.raises(RecordingError, match=said):
        FunctionalConnectivity(correlation=np.array(matrix), samples=100)
