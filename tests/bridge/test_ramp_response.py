"""Ramps of current into soma and dendrite: the steady map where they are slow, hysteresis where they are fast."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from mesobridge.bridge.burst_statistics import burst_table
from mesobridge.bridge.ramp_response import noisy_ramp, ramp_and_steady, ramp_table, steady_points
from mesobridge.spiking import POPULATIONS, CurrentGrid, SteadyDrive, TimeVaryingInput
from mesobridge.spiking.engine import EngineError, simulate
from mesobridge.spiking.library import in_current_noise
from mesobridge.spiking.stimuli import Ramp

L5 = in_current_noise(POPULATIONS["l5_thick_tufted"]())


def made_up(up, down, bursts=0.5):
    """A recording whose rates are given on the way up and on the way down, in two groups 1 Hz apart."""
    rate = np.concatenate([up, down[::-1]]).astype(float)
    groups = np.stack([rate - 0.5, rate + 0.5])[None]
    dims = ("stimulus", "group", "time")
    return xr.Dataset({"rate": (dims, groups), "event_rate": (dims, groups), "burst_rate": (dims, bursts * groups)})


def test_both_branches_are_read_against_the_same_height():
    up, down = np.arange(20) + 2.0, np.arange(20) + 3.0
    table = ramp_table(made_up(up, down), bins=5)
    np.testing.assert_allclose(table["position"], [0.1, 0.3, 0.5, 0.7, 0.9])
    np.testing.assert_allclose(table["spike_rate"].sel(branch="up"), up.reshape(5, 4).mean(1))
    np.testing.assert_allclose(table["spike_rate"].sel(branch="down"), down.reshape(5, 4).mean(1))
    np.testing.assert_allclose(table["spike_rate_hysteresis"], 1.0)
    np.testing.assert_allclose(table["spike_rate_se"], 0.5)
    np.testing.assert_allclose(table["spike_rate_hysteresis_se"], 0.0, atol=1e-12)
    np.testing.assert_allclose(table["burst_probability"], 0.5)
    np.testing.assert_allclose(table["burst_probability_se"], 0.0, atol=1e-12)


def test_without_events_there_is_no_burst_probability():
    table = ramp_table(made_up(np.full(20, 0.5), np.full(20, 0.5)).assign(event_rate=lambda d: 0 * d["rate"]), bins=5)
    assert np.isnan(table["burst_probability"]).all()
    assert np.isfinite(table["burst_rate"]).all()


def test_a_table_needs_bursts_and_full_bins():
    recording = made_up(np.arange(20), np.arange(20))
    with pytest.raises(ValueError, match="no bursts were recorded"):
        ramp_table(recording.drop_vars("burst_rate"))
    with pytest.raises(ValueError, match="40 samples do not fill 2 x 7 bins"):
        ramp_table(recording, bins=7)


def test_a_ramp_goes_up_is_held_and_comes_down():
    time = np.array([0.0, 0.5, 1.0, 1.25, 1.5, 2.0, 2.5, 3.5, 4.0])
    ramp = Ramp(height=2.0, rise=1.0, hold=0.5, fall=2.0)
    np.testing.assert_allclose(ramp.waveform(time), [0, 1, 2, 2, 2, 1.5, 1, 0, 0])
    np.testing.assert_allclose(replace(ramp, onset=1.0).waveform(time + 1.0), ramp.waveform(time))


def test_two_currents_are_played_on_their_own_channel_alone():
    with pytest.raises(ValueError, match="'current' plays into one place with fixed noise"):
        TimeVaryingInput(stimuli=(Ramp(),), channel="current", dendrite_unit="100 pA")
    with pytest.raises(EngineError, match="'both' is played over time"):
        simulate(L5, SteadyDrive(levels=(0.0,), channel="both"), seed=1)
    with pytest.raises(EngineError, match="the cells of e1 have none"):
        simulate(POPULATIONS["e1"](), noisy_ramp(somatic=1e-10), seed=1)


@pytest.mark.cpp
def test_a_held_top_is_a_steady_point_with_its_noise():
    """Currents and noise of both compartments at the top; with fixed noise the same currents do something else."""
    ramp = noisy_ramp(somatic=500e-12, dendritic=150e-12, somatic_noise=0.6, dendritic_noise=1.0, cells=900)
    held = replace(ramp, stimuli=(Ramp(rise=0.01, hold=2.4, fall=0.01),), duration=2.4, sample=0.01)
    recording = simulate(L5, held, seed=2).isel(time=slice(40, None))
    assert recording["input_dendrite"].values == pytest.approx(150e-12)
    steady, fixed = (
        burst_table(
            simulate(
                L5,
                CurrentGrid(
                    somatic=(500e-12,), dendritic=(150e-12,), somatic_noise_per_current=0.6 * grown,
                    dendritic_noise_per_current=grown, cells=300, duration=3.0,
                ),
                seed=3,
            )
        ).isel(somatic=0, dendritic=0)
        for grown in (1.0, 0.0)
    )  # fmt: skip
    groups = {name: recording[name].isel(stimulus=0).mean("time").values for name in ("rate", "event_rate")}
    for name, known in (("rate", "spike_rate"), ("event_rate", "event_rate")):
        value, error = groups[name].mean(), groups[name].std(ddof=1) / np.sqrt(10)
        allowed = 4 * np.hypot(error, steady[f"{known}_se"].item())
        assert allowed < 0.5
        assert value == pytest.approx(steady[known].item(), abs=allowed)
    assert abs(groups["event_rate"].mean() - fixed["event_rate"].item()) > 1.0, "the noise must matter"


@pytest.mark.slow
@pytest.mark.cpp
def test_a_slow_ramp_follows_the_steady_map_and_a_fast_one_lags_behind_its_adaptation():
    """On the way up the cells have adapted less than they will, on the way down more: the curve is lower there."""
    slow = noisy_ramp(somatic=800e-12, dendritic=300e-12, dendritic_noise=0.5, rise=2.0, cells=300)
    fast = noisy_ramp(somatic=800e-12, dendritic=300e-12, dendritic_noise=0.5, rise=0.2, cells=600)
    table, held = ramp_and_steady(L5, slow, seed=5, bins=5, cells=60, duration=2.0)
    middle, error = table["spike_rate"].mean("branch"), held["spike_rate_se"]
    assert held["spike_rate"].values[-1] > 25
    assert np.all(np.abs(middle - held["spike_rate"]) < 0.03 * held["spike_rate"] + 5 * error)
    probability = table["burst_probability"].mean("branch") - held["burst_probability"]
    assert np.all(
        np.abs(probability) < 5 * np.hypot(held["burst_probability_se"], table["burst_probability_se"].max("branch"))
    )
    quick = ramp_table(simulate(L5, fast, seed=5), bins=5)
    inner = slice(1, 4)
    lag = [(t["spike_rate_hysteresis"] / t["spike_rate"].mean("branch")).values[inner] for t in (table, quick)]
    shown = (quick["spike_rate_hysteresis"] / quick["spike_rate_hysteresis_se"]).values[inner]
    assert np.all(shown < -5)
    assert np.all((lag[0] < 0.02) & (lag[0] > -0.25))
    assert np.all(lag[1] < -0.5)


@pytest.mark.cpp
def test_points_of_a_ramp_keep_the_populations_own_current():
    ramp = noisy_ramp(somatic=200e-12, rise=0.5)
    lifted = replace(L5, current=300e-12)
    points = steady_points(lifted, replace(ramp, current=100e-12), np.array([0.0, 1.0]), seed=1, cells=60, duration=2.0)
    plain = steady_points(
        L5, noisy_ramp(somatic=600e-12, rise=0.5), np.array([4 / 6, 1.0]), seed=1, cells=60, duration=2.0
    )
    np.testing.assert_array_equal(points["spike_rate"], plain["spike_rate"])
