"""What a recording promises: shapes, units, and the same numbers whatever the layout, the workers or the target."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from mesobridge.spiking import MECHANISMS, ProbeSpikes, SteadyDrive, TimeVaryingInput
from mesobridge.spiking.engine import EngineError, Job, Machine, simulate, simulate_many
from mesobridge.spiking.engine.network_sizes import CELLS
from mesobridge.spiking.stimuli import Step

STEADY = SteadyDrive(levels=(100e-12, 200e-12), cells=40, duration="50 ms", warm_up="20 ms")


@pytest.mark.cpp
def test_a_recording_has_the_promised_shapes_units_and_attributes(noisy_cell, memoryless, machine):
    steady = simulate(noisy_cell, STEADY, seed=1, machine=machine)
    assert dict(steady.sizes) == {"half": 2, "level": 2, "cell": 40}
    assert steady.spike_count.dims == ("half", "level", "cell")
    assert np.issubdtype(steady.spike_count.dtype, np.integer)
    probe = simulate(
        memoryless, ProbeSpikes(groups=3, cells_per_group=2, duration="50 ms", warm_up=0.0), seed=1, machine=machine
    )
    assert probe.response.dims == ("size", "group", "time")
    assert dict(probe.sizes) == {"size": 3, "group": 3, "time": 100}
    varying = TimeVaryingInput(
        stimuli=(Step(height=1.0), Step(height=2.0)),
        channel="current",
        groups=3,
        cells_per_group=2,
        duration="50 ms",
        warm_up=0.0,
    )
    played = simulate(memoryless, varying, seed=1, machine=machine)
    assert played.rate.dims == ("stimulus", "group", "time")
    assert played.input.dims == ("stimulus", "time")
    for recording in (steady, probe, played):
        assert {"population", "seed", "dt", "duration", "warm_up", "target", "precision"} <= set(recording.attrs)
        assert all({"units", "long_name"} <= set(recording[name].attrs) for name in recording.variables)
    assert probe.attrs["afferent"] == "excitatory"
    assert steady.attrs["channel"] == "current"


@pytest.mark.cpp
def test_the_same_seed_gives_the_same_numbers_and_another_one_others(noisy_cell, machine):
    first, again, other = (simulate(noisy_cell, STEADY, seed=seed, machine=machine) for seed in (1, 1, 2))
    xr.testing.assert_identical(first, again)
    assert np.all(first.v_free_mean.values != other.v_free_mean.values)


@pytest.mark.cpp
def test_results_depend_neither_on_chunks_nor_on_workers(noisy_cell, machine):
    few = simulate(noisy_cell, replace(STEADY, cells=10), seed=1, machine=machine)
    many = simulate(noisy_cell, replace(STEADY, cells=CELLS + 500), seed=1, machine=replace(machine, workers=1))
    assert many.sizes["cell"] > CELLS
    np.testing.assert_array_equal(many.v_free_mean[:, :10], few.v_free_mean)
    np.testing.assert_array_equal(many.spike_count[:, :, :10], few.spike_count)


@pytest.mark.cpp
def test_results_do_not_depend_on_chunks_with_synapses_and_several_drives(memoryless, machine):
    drive = SteadyDrive(levels=(300.0, 1200.0), channel="excitatory", cells=10, duration="20 ms", warm_up="5 ms")
    few, many = (
        simulate(memoryless, replace(drive, cells=cells), seed=1, machine=machine) for cells in (10, CELLS + 500)
    )
    np.testing.assert_array_equal(many.v_free_mean[:, :10], few.v_free_mean)
    np.testing.assert_array_equal(many.v_free_variance[:, :10], few.v_free_variance)


@pytest.mark.cpp
def test_modulated_populations_hear_the_same_noise(noisy_cell, machine):
    plain = simulate(noisy_cell, STEADY, seed=1, machine=machine)
    shifted = simulate(MECHANISMS["threshold_shift"].apply(noisy_cell, "-3 mV"), STEADY, seed=1, machine=machine)
    np.testing.assert_array_equal(plain.v_free_mean, shifted.v_free_mean)
    assert shifted.spike_count.sum() > plain.spike_count.sum()
    neutral = simulate(MECHANISMS["threshold_shift"].apply(noisy_cell, 0.0), STEADY, seed=1, machine=machine)
    xr.testing.assert_identical(plain, neutral)


@pytest.mark.cpp
def test_a_shift_of_threshold_and_rest_together_changes_no_spike(noisy_cell, machine):
    """Translation of all potentials: the exact invariance of the model, held to rounding."""
    moved = noisy_cell.with_cell(threshold=-0.045, reset=-0.055, leak_reversal=-0.065)
    plain, translated = (simulate(p, STEADY, seed=1, machine=machine) for p in (noisy_cell, moved))
    assert plain.spike_count.sum() > 20
    np.testing.assert_array_equal(plain.spike_count, translated.spike_count)
    np.testing.assert_allclose(translated.v_free_mean - plain.v_free_mean, 5e-3, rtol=1e-9)


@pytest.mark.slow
@pytest.mark.cpp
def test_all_targets_agree(memoryless, noisy_cell, machine, interpreter):
    for population in (memoryless, noisy_cell):
        compiled, interpreted = (simulate(population, STEADY, seed=3, machine=m) for m in (machine, interpreter))
        assert (compiled.attrs["target"], interpreted.attrs["target"]) == ("cpp_standalone", "numpy")
        np.testing.assert_allclose(interpreted.v_free_mean, compiled.v_free_mean, rtol=1e-10)
        np.testing.assert_allclose(interpreted.v_free_variance, compiled.v_free_variance, rtol=1e-7, atol=1e-16)
        assert compiled.spike_count.sum() > 20
        # Rounding may move a potential over its threshold one step later: seldom, and by one spike of a window.
        assert np.abs(interpreted.spike_count - compiled.spike_count).sum() <= 2


@pytest.mark.cpp
@pytest.mark.slow
def test_recordings_over_time_agree_between_targets(memoryless, machine, interpreter):
    varying = TimeVaryingInput(
        stimuli=(Step(height=2.0, onset=0.0),),
        channel="current",
        groups=2,
        cells_per_group=30,
        duration="40 ms",
        warm_up="10 ms",
    )
    probe = ProbeSpikes(groups=2, cells_per_group=3, duration="30 ms", warm_up="10 ms")
    for experiment in (varying, probe):
        compiled, interpreted = (simulate(memoryless, experiment, seed=3, machine=m) for m in (machine, interpreter))
        for name in compiled.data_vars:
            np.testing.assert_allclose(interpreted[name], compiled[name], rtol=1e-9, atol=1e-12)


@pytest.mark.cpp
@pytest.mark.slow
def test_cython_agrees(noisy_cell, machine):
    compiled, cython = (simulate(noisy_cell, STEADY, seed=3, machine=m) for m in (machine, Machine(target="cython")))
    np.testing.assert_allclose(cython.v_free_mean, compiled.v_free_mean, rtol=1e-10)
    assert np.abs(cython.spike_count - compiled.spike_count).sum() <= 2


@pytest.mark.cpp
def test_single_precision_agrees_within_the_statistical_error(noisy_cell, machine):
    experiment = replace(STEADY, cells=500, duration="0.5 s")
    double, single = (
        simulate(noisy_cell, experiment, seed=4, machine=replace(machine, precision=p)) for p in ("float64", "float32")
    )
    assert single.attrs["precision"] == "float32"
    counts = double.spike_count.sum("half")
    error = counts.std("cell") / np.sqrt(500)
    assert np.all(np.abs((single.spike_count.sum("half") - counts).mean("cell")) < error)
    for name in ("v_free_mean", "v_free_variance", "v_mean"):
        assert np.all(abs(single[name] - double[name]).mean("cell") < 0.01 * double[name].std("cell"))


@pytest.mark.cpp
def test_many_jobs_come_back_in_order_and_from_several_threads(noisy_cell, machine):
    jobs = [Job(noisy_cell, STEADY, seed) for seed in (5, 6, 7)]
    done = []
    together = simulate_many(
        jobs, machine, on_done=lambda number, recording: done.append((number, recording.attrs["seed"]))
    )
    assert done == [(0, 5), (1, 6), (2, 7)]
    alone: dict[int, xr.Dataset] = {}
    threads = [
        threading.Thread(
            target=lambda j=job: alone.update(
                {j.seed: simulate(j.population, j.experiment, seed=j.seed, machine=machine)}
            )
        )
        for job in jobs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for recording in together:
        xr.testing.assert_identical(recording, alone[recording.attrs["seed"]])


@pytest.mark.parametrize(
    ("experiment", "seed", "message"),
    [
        (STEADY, -1, "seed: -1 is out of range"),
        (STEADY, 2**64, "is out of range; choose a whole number from 0"),
        (SteadyDrive(levels=(-1.0,), channel="excitatory"), 1, "-1 Hz; a rate cannot be negative"),
        (SteadyDrive(levels=(1e6,), channel="excitatory"), 1, "100 events in one time step"),
        (TimeVaryingInput(), 1, "no stimulus given"),
        (TimeVaryingInput(stimuli=(Step(height=1),), duration="200 s"), 1, "exceed 104.858 s"),
    ],
)
def test_what_cannot_be_simulated_is_refused(memoryless, machine, experiment, seed, message):
    with pytest.raises(EngineError, match=message):
        simulate(memoryless, experiment, seed=seed, machine=machine)


def test_an_unknown_channel_is_refused(memoryless, machine):
    with pytest.raises(ValueError, match="no afferent 'thalamic'; it has: excitatory, inhibitory"):
        simulate(memoryless, SteadyDrive(levels=(1.0,), channel="thalamic"), seed=1, machine=machine)
