"""The cache of compiled programs: built once, whole or not at all, by several processes at once."""

import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from mesobridge.spiking import MembraneNoise, SteadyDrive
from mesobridge.spiking.engine import EngineError, Machine, build, simulate
from mesobridge.spiking.engine.structure import structure_of
from mesobridge.spiking.engine.timing import timing_of

pytestmark = pytest.mark.cpp

EXPERIMENT = SteadyDrive(levels=(1e-10,), cells=4, duration="2 ms", warm_up="1 ms")


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A machine with an empty cache of its own."""
    return Machine(target="cpp_standalone", workers=1, cache_folder=tmp_path_factory.mktemp("cache"))


def structure(population, experiment=EXPERIMENT):
    return structure_of(population, experiment, timing_of(experiment), (), "float64")


def refuse_to_build(*_):
    raise AssertionError("compiled again")


def test_a_program_is_built_once_for_all_amounts_levels_seeds_durations_and_steps(noisy_cell, own, monkeypatch):
    first = simulate(noisy_cell, EXPERIMENT, seed=1, machine=own)
    assert len(list((own.cache_folder / "programs").iterdir())) == 1
    assert list((own.cache_folder / "building").iterdir()) == []
    monkeypatch.setattr(build, "_build", refuse_to_build)
    other = replace(
        noisy_cell.with_cell(threshold="-52 mV"), noise=MembraneNoise(amplitude="50 pA", time_constant="2 ms")
    )
    longer = SteadyDrive(levels=(0.0, 2e-10), cells=1100, duration="7 ms", warm_up=0.0, dt="0.05 ms")
    assert simulate(other, longer, seed=2, machine=own).sizes["cell"] == 1100
    assert simulate(noisy_cell, EXPERIMENT, seed=1, machine=own).identical(first)


@pytest.mark.slow
def test_a_build_that_was_killed_does_not_exist(noisy_cell, own):
    whole = build.program_for(structure(noisy_cell), own)
    (whole.folder / "manifest.json").unlink()
    (whole.folder / "main").write_bytes(b"half a program")
    again = build.program_for(structure(noisy_cell), own)
    assert again == whole
    assert simulate(noisy_cell, EXPERIMENT, seed=1, machine=own).sizes["cell"] == 4


def test_a_program_that_was_tampered_with_is_refused(noisy_cell, own, tmp_path):
    copied = replace(own, cache_folder=tmp_path / "copy")
    build.program_for(structure(noisy_cell), own)
    shutil.copytree(own.cache_folder, copied.cache_folder)
    with open(build.program_for(structure(noisy_cell), copied).command[0], "ab") as program:
        program.write(b"\0")
    with pytest.raises(EngineError, match="is not the program that was built"):
        simulate(noisy_cell, EXPERIMENT, seed=1, machine=copied)


def test_a_compiler_that_fails_says_why(noisy_cell, own, tmp_path, monkeypatch):
    monkeypatch.setattr(build, "supported_flags", lambda path: ("-fno-such-flag",))
    with pytest.raises(EngineError, match="failed with status 1"):
        simulate(noisy_cell, EXPERIMENT, seed=1, machine=replace(own, cache_folder=tmp_path))
    assert list((tmp_path / "building").iterdir()) == []


@pytest.mark.slow
def test_two_processes_build_the_same_program_at_once(tmp_path):
    code = (
        "from mesobridge.spiking import POPULATIONS, SteadyDrive; from mesobridge.spiking.engine import simulate\n"
        "recording = simulate(POPULATIONS['escape_rate'](), SteadyDrive(levels=(3e-10,), cells=50), seed=1)\n"
        "print(recording.spike_count.sum().item())"
    )
    environment = {"MESOBRIDGE_CACHE": str(tmp_path), "PATH": str(shutil.which("g++")).rsplit("/", 1)[0]}
    both = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=120)[0] for process in both]
    assert answers[0] == answers[1] != ""
    assert len(list((tmp_path / "programs").iterdir())) == 1
    assert list((tmp_path / "building").iterdir()) == []
