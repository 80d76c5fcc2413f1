"""Spikes written to NWB are read back by the libraries that others read them with."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import mesobridge
from mesobridge.spiking import spike_files
from mesobridge.spiking.spike_files import export_spikes
from mesobridge.spiking.spike_trains import spikes_digest

from .example_recordings import poisson_trains, recording

TRAINS = {
    "E": poisson_trains(np.random.default_rng(1), 30, 8.0, 2.0),
    "I": [np.array([]), *poisson_trains(np.random.default_rng(2), 9, 15.0, 2.0)],
}


@pytest.fixture
def pynwb() -> Any:
    return pytest.importorskip("pynwb", reason="pynwb is not installed, and without it no NWB file can be read back")


def test_pynwb_reads_back_every_spike(pynwb: Any, tmp_path: Path) -> None:
    found = recording(TRAINS, 2.0)
    path = export_spikes(found, tmp_path / "spikes.nwb")
    assert [p.name for p in tmp_path.iterdir()] == ["spikes.nwb"]
    assert not pynwb.validate(path=str(path))
    with pynwb.NWBHDF5IO(str(path), "r") as io:
        file = io.read()
        assert file.identifier == spikes_digest(found)
        assert "seed = 7" in file.notes
        assert file.units.resolution == 1e-4
        table = file.units.to_dataframe()
    assert len(table) == 40
    for _, row in table.iterrows():
        assert_allclose(row["spike_times"], TRAINS[row["population"]][row["cell"]], rtol=0, atol=1e-12)
        assert_allclose(row["obs_intervals"], [[0.0, 2.0]])


def test_neo_reads_back_every_train(pynwb: Any, tmp_path: Path) -> None:
    from neo.io import NWBIO

    del pynwb
    path = export_spikes(recording(TRAINS, 2.0), tmp_path / "spikes.nwb", populations=["I"])
    io = NWBIO(str(path), "r")
    (block,) = io.read_all_blocks()
    trains = block.segments[0].spiketrains
    assert [len(train) for train in trains] == [len(times) for times in TRAINS["I"]]
    assert_allclose(trains[1].rescale("s").magnitude, TRAINS["I"][1], rtol=0, atol=1e-12)


def test_the_run_begins_when_the_recording_says(pynwb: Any, tmp_path: Path) -> None:
    dated = recording(TRAINS, 2.0).assign_attrs(recorded_at="2026-05-04T03:02:01.000+00:00")
    path = mesobridge.export_spikes(dated, tmp_path / "spikes.nwb")
    with pynwb.NWBHDF5IO(str(path), "r") as io:
        assert io.read().session_start_time.isoformat().startswith("2026-05-04T03:02:01")


def test_what_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = recording(TRAINS, 2.0, kept=("I",))
    with pytest.raises(ValueError, match=r"does not end in \.nwb"):
        export_spikes(found, tmp_path / "spikes.csv")
    monkeypatch.setattr(spike_files, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"pip install 'mesobridge\[spikes\]'"):
        export_spikes(found, tmp_path / "spikes.nwb")
    monkeypatch.setattr(spike_files, "find_spec", lambda name: object())
    with pytest.raises(ValueError, match="spikes of E were not kept"):
        export_spikes(found, tmp_path / "spikes.nwb", populations=["E"])
    assert not list(tmp_path.iterdir())
