"""Files of MNE and Neo, where these libraries are installed; a plain sentence where they are not."""

import sys

import numpy as np
import pytest

from mesobridge.bridge.recordings import RecordingError, read_recording
from mesobridge.bridge.recordings.signals import signal_of_file

TIME = np.arange(4000) * 4e-3
WAVE = 1e-5 * np.sin(2 * np.pi * 10 * TIME)


def test_mne_files_are_read_in_volts(tmp_path):
    mne = pytest.importorskip("mne")
    info = mne.create_info(["Cz", "Pz"], 250.0, "eeg")
    path = tmp_path / "rest_raw.fif"
    mne.io.RawArray(np.stack([WAVE, 2 * WAVE]), info, verbose="error").save(path, verbose="error")
    found = signal_of_file(path, "Pz")
    assert (found.unit, found.step) == ("V", pytest.approx(4e-3))
    np.testing.assert_allclose(found.values, 2 * WAVE, atol=1e-11)
    with pytest.raises(RecordingError, match="name one of: Cz, Pz"):
        signal_of_file(path, None)


def test_neo_files_are_read_in_volts(tmp_path):
    neo = pytest.importorskip("neo")
    quantities = pytest.importorskip("quantities")
    signal = neo.AnalogSignal(WAVE[:, None] * 1e6, units="uV", sampling_rate=250 * quantities.Hz, name="lfp")
    segment = neo.Segment()
    segment.analogsignals.append(signal)
    block = neo.Block()
    block.segments.append(segment)
    path = tmp_path / "lfp.pkl"
    neo.io.PickleIO(str(path)).write(block)
    found = signal_of_file(path, None)
    assert (found.unit, found.step) == ("V", pytest.approx(4e-3))
    np.testing.assert_allclose(found.values[0], WAVE, atol=1e-12)


@pytest.mark.parametrize(("name", "library"), [("a.fif", "mne"), ("a.abf", "neo")])
def test_a_missing_library_is_one_sentence_that_says_what_to_install(tmp_path, monkeypatch, name, library):
    (tmp_path / name).write_bytes(b"0")
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(RecordingError, match=rf'needs the package {library}.*pip install "mesobridge\[{library}\]"'):
        read_recording(tmp_path / name, "spectrum")
