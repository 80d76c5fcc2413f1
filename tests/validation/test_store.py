"""Finished points: one call, one key; a killed process leaves whole points only.

The functions that are called here come from Python and NumPy, so that a process of its own can find them.
"""

import operator
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from mesobridge.bridge.prediction import operating_point
from mesobridge.spiking import MECHANISMS, POPULATIONS, SteadyDrive
from mesobridge.validation import store as store_module
from mesobridge.validation.store import Store, cache_folder, code_version

CODE = ("units",)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """A package of two files in place of the real ones."""
    room = tmp_path / "sources" / "room"
    room.mkdir(parents=True)
    (room / "a.py").write_text("one = 1\n")
    (room / "notes.md").write_text("no code\n")
    monkeypatch.setattr(store_module, "_ROOT", room.parent)
    code_version.cache_clear()
    yield room
    code_version.cache_clear()


def test_a_finished_call_is_read_from_disk(store, tmp_path):
    """Making a folder twice is an error: the second call has not happened."""
    made = tmp_path / "made"
    assert not store.has(os.mkdir, str(made), packages=CODE)
    store.call(os.mkdir, str(made), packages=CODE)
    assert made.is_dir()
    assert store.has(os.mkdir, str(made), packages=CODE)
    store.call(os.mkdir, str(made), packages=CODE)
    Store(tmp_path).call(os.mkdir, str(made), packages=CODE)
    with pytest.raises(FileExistsError):
        Store(tmp_path / "another").call(os.mkdir, str(made), packages=CODE)


def test_a_failed_call_is_no_point(store):
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            store.call(operator.truediv, 1, 0, packages=CODE)
        assert not store.has(operator.truediv, 1, 0, packages=CODE)


def test_other_arguments_and_other_functions_are_other_points(store):
    assert store.call(operator.sub, 5, 3, packages=CODE) == 2
    assert not store.has(operator.sub, 3, 5, packages=CODE)
    assert not store.has(operator.mul, 5, 3, packages=CODE)
    assert not store.has(operator.sub, 5.000000000000001, 3, packages=CODE)
    assert store.call(operator.sub, 3, 5, packages=CODE) == -2


def test_a_description_is_a_key_by_its_content(store):
    e1, again = POPULATIONS["e1"](), POPULATIONS["e1"]()
    store.call(operating_point, e1, packages=CODE)
    assert store.has(operating_point, again, packages=CODE)
    for other in (
        e1.with_cell(threshold=-0.0500001),
        MECHANISMS["ampa_density"].apply(e1, 1.01),
        POPULATIONS["textbook_lif"](),
    ):
        assert not store.has(operating_point, other, packages=CODE)
    store.call(operator.is_, e1, SteadyDrive(levels=(1.0, 2.0)), packages=CODE)
    assert not store.has(operator.is_, e1, SteadyDrive(levels=(2.0, 1.0)), packages=CODE)


def test_ignored_arguments_are_no_part_of_the_key(store, tmp_path):
    store.call(np.full, 3, 2.0, packages=CODE, ignored={"order": "C"})
    assert store.has(np.full, 3, 2.0, packages=CODE)


def test_points_made_by_other_code_are_other_points(store, sources, tmp_path):
    store.call(os.mkdir, str(tmp_path / "made"), packages=("room",))
    (sources / "a.py").write_text("one = 2\n")
    assert store.has(os.mkdir, str(tmp_path / "made"), packages=("room",)), (
        "a run goes on with the code that it began with"
    )
    code_version.cache_clear()
    assert not store.has(os.mkdir, str(tmp_path / "made"), packages=("room",))


def test_the_version_changes_with_content_and_name_of_code_and_with_nothing_else(sources):
    def version(*packages):
        code_version.cache_clear()
        return code_version(*packages)

    before = version("room")
    (sources / "notes.md").write_text("more words\n")
    (sources.parent / "elsewhere").mkdir()
    (sources.parent / "elsewhere" / "b.py").write_text("two = 2\n")
    assert version("room") == before
    assert version("room", "elsewhere") == version("elsewhere", "room") != before
    assert version("room/a.py") == before, "the only file of the folder"
    (sources / "a.py").rename(sources / "c.py")
    renamed = version("room")
    (sources / "c.py").write_text("one = 1 \n")
    assert len({before, renamed, version("room")}) == 3


def test_the_cache_folder_can_be_named(monkeypatch, tmp_path):
    monkeypatch.setenv("MESOBRIDGE_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.setenv("MESOBRIDGE_CACHE", "")
    assert cache_folder().name == "mesobridge"


def test_a_killed_process_leaves_a_point_whole_or_absent(tmp_path):
    """Each process is killed while it writes points of 40 MB; what it left is read, and must be what was asked."""
    code = (
        "import sys, pathlib, numpy as np; from mesobridge.validation.store import Store\n"
        "store = Store(pathlib.Path(sys.argv[1]))\n"
        "for value in range(1000):\n"
        "    store.call(np.full, 5_000_000, float(value), packages=('units',))\n"
        "    print(value, flush=True)\n"
    )
    for number, delay in enumerate((0.0, 0.004, 0.011, 0.023)):
        folder = tmp_path / str(number)
        with subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"0\n"
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
        store = Store(folder)
        assert store.has(np.full, 5_000_000, 0.0, packages=CODE)
        assert not store.has(np.full, 5_000_000, 999.0, packages=CODE), "it was not killed in the middle"
        for value in range(4):
            read = store.call(np.full, 5_000_000, float(value), packages=CODE)
            assert read.shape == (5_000_000,)
            assert np.all(read == value)
