"""Two-compartment and relay cells: against equations stepped naively, linear theory, and a count by hand."""

from dataclasses import replace

import numpy as np
import pytest

from mesobridge.spiking import (
    POPULATIONS,
    CurrentGrid,
    CurrentPulses,
    HCurrent,
    MembraneNoise,
    ProbeSpikes,
    Pulses,
    SteadyDrive,
    Synapse,
    TimeVaryingInput,
    TwoCompartmentCell,
)
from mesobridge.spiking.engine import EngineError, simulate
from mesobridge.spiking.library import in_current_noise, in_silence
from mesobridge.spiking.stimuli import Step

L5 = POPULATIONS["l5_thick_tufted"]()
RELAY = POPULATIONS["thalamic_relay"]()


def apical(population) -> TwoCompartmentCell:
    assert isinstance(population.cell, TwoCompartmentCell)
    return population.cell


CELL = apical(L5)


def with_dendrite(population, **changes):
    return population.with_cell(dendrite=replace(apical(population).dendrite, **changes))


def naive_l5(pulse, epsc, epsc_onset, dt=1e-6, duration=0.06):
    """Forward Euler of the equations as naud2018 print them, at a step so small that nothing else matters."""
    c, d = CELL, CELL.dendrite
    vs, vd, ws, wd, rise, last, peak, spikes = c.leak_reversal, d.leak_reversal, 0.0, 0.0, 0.0, -1.0, -1.0, []
    shape = 1 / (0.2 ** (1 / 4) - 0.2 ** (5 / 4))  # unit peak of exp(-t/10) - exp(-t/2)
    f = 0.0
    # At rest the Ca2+ current flows a little: start where all currents balance.
    for _ in range(2000):
        f = 1 / (1 + np.exp(-(vd - d.calcium_half) / d.calcium_slope))
        balance = d.leak_conductance + d.adaptation_conductance
        vd = d.leak_reversal + d.calcium_current * f / balance
    vs, wd = c.leak_reversal + c.apical_current * f / c.leak_conductance, d.adaptation_conductance * (vd + 0.07)
    for step in range(round(duration / dt)):
        t = step * dt
        f = 1 / (1 + np.exp(-(vd - d.calcium_half) / d.calcium_slope))
        box = d.delay < t - last <= d.delay + d.duration
        age = t - epsc_onset
        into = epsc * shape * (np.exp(-age / 10e-3) - np.exp(-age / 2e-3)) if age > 0 else 0.0
        total = d.calcium_current * f - wd + into + d.back_propagation * box
        total -= d.leak_conductance * (vd - d.leak_reversal)
        soma = -c.leak_conductance * (vs - c.leak_reversal) + c.apical_current * f - ws + pulse * (t < 5e-3)
        wd += dt * (d.adaptation_conductance * (vd - d.adaptation_reversal) - wd) / d.adaptation_time_constant
        vd += dt * total / d.capacitance
        if t - last > c.refractory_period:
            vs += dt * soma / c.capacitance
        ws -= dt * ws / c.adaptation_decay
        rise -= dt * rise / c.threshold_decay
        if vs > c.threshold + rise:
            vs, last = c.reset, t
            ws, rise = ws + c.adaptation_jump, rise + c.threshold_jump
            spikes.append(t)
        peak = max(peak, vd)
    return peak, spikes


@pytest.mark.cpp
@pytest.mark.parametrize(("pulse", "epsc"), [(2.3e-9, 0.0), (2.3e-9, 500e-12), (0.0, 850e-12)])
def test_the_engine_solves_the_equations_as_printed(machine, pulse, epsc):
    peak, spikes = naive_l5(pulse, epsc, 5e-3)
    conditions = (Pulses(amplitude=pulse, epsc=epsc, epsc_onset="5 ms"),)
    found = simulate(
        in_silence(L5), CurrentPulses(conditions=conditions, duration="60 ms", dt="10 us"), seed=0, machine=machine
    )
    assert found.spike_count.item() == len(spikes)
    assert found.v_dendrite_peak.item() == pytest.approx(peak, abs=5e-5)
    if spikes:
        assert found.first_spike.item() == pytest.approx(spikes[0], abs=5e-6)


@pytest.mark.cpp
def test_the_dendrite_converges_with_the_second_power_of_the_step(machine):
    steps = np.array([4e-4, 2e-4, 1e-4, 5e-5])
    drive = (Pulses(epsc="850 pA"),)

    def peak(dt):
        experiment = CurrentPulses(conditions=drive, duration="60 ms", dt=dt)
        return simulate(in_silence(L5), experiment, seed=0, machine=machine).v_dendrite_peak.item()

    exact = peak(2.5e-6)
    error = np.array([abs(peak(dt) - exact) for dt in steps])
    assert error[0] > 1e-6, "there is an error to measure"
    order = np.polyfit(np.log(steps), np.log(error), 1)[0]
    assert 1.7 < order < 2.4


@pytest.mark.cpp
def test_the_free_dendrite_has_the_variance_of_linear_theory(machine):
    """Without its Ca2+ current the dendrite is a leak and a slow outward current driven by an OU current."""
    slow, tau_n, amplitude = 13e-9, 2e-3, 100e-12
    noise = MembraneNoise(amplitude=amplitude, time_constant=tau_n)
    quiet = with_dendrite(in_silence(L5), noise=noise, calcium_current=0.0, adaptation_conductance=slow)
    c, g, tau_w = CELL.dendrite.capacitance, CELL.dendrite.leak_conductance, 0.030
    found = simulate(quiet, CurrentGrid(cells=400, duration=1.0, warm_up=0.2, dt=5e-5), seed=2, machine=machine)
    w = np.arange(-5e5, 5e5, 5.0)
    transfer = 1 / (1j * w * c + g + slow / (1 + 1j * w * tau_w))
    spectrum = 2 * amplitude**2 * tau_n / (1 + (w * tau_n) ** 2)
    variance = np.sum(np.abs(transfer) ** 2 * spectrum) * 5.0 / (2 * np.pi)
    measured = found.v_free_dendrite_variance.values.ravel()
    error = measured.std() / np.sqrt(measured.size)
    # The variance about each cell's own mean over 1 s falls short of the whole one by about tau/duration.
    assert measured.mean() == pytest.approx(variance, abs=4 * error + 0.02 * variance)
    assert error < 0.01 * variance
    assert found.v_free_dendrite_mean.values.mean() == pytest.approx(-0.070, abs=1e-4)


def by_hand(spikes, window):
    """Count events and bursts of one train of spike times, as naud2018 define them."""
    events = bursts = length = 0
    for number, time in enumerate(spikes):
        if number and time - spikes[number - 1] <= window:
            length += 1
            bursts += length == 2
        else:
            events, length = events + 1, 1
    return events, bursts


@pytest.mark.cpp
@pytest.mark.parametrize("population", [in_current_noise(L5), POPULATIONS["fast_spiking"]()])
def test_events_and_bursts_are_those_counted_by_hand(machine, population):
    dt = 1e-4
    experiment = TimeVaryingInput(
        stimuli=(Step(height=4.0, onset=0.0, offset=2.0),), channel="current", groups=30, cells_per_group=1,
        duration=1.0, warm_up=0.0, dt=dt, sample=dt, burst_window="16.05 ms",
    )  # fmt: skip
    found = simulate(population, experiment, seed=5, machine=machine)
    spikes = np.rint(found.rate.values[0] * dt).astype(int)
    wanted = np.array([by_hand(np.nonzero(train)[0] * dt, 16.05e-3) for train in spikes])
    counted = np.stack([found[name].values[0].sum(-1) * dt for name in ("event_rate", "burst_rate")], axis=-1)
    assert wanted[:, 0].sum() > 50
    assert wanted[:, 1].sum() > 20
    # A hand that sees whole steps only may misjudge an interval within one step of the window.
    assert np.mean(np.abs(counted - wanted)) < 0.1
    assert abs(counted.sum(0) - wanted.sum(0)).max() <= 0.02 * wanted.sum()


@pytest.mark.cpp
@pytest.mark.slow
def test_a_grid_agrees_with_steady_drives_of_either_site_and_with_numpy(machine, interpreter):
    noisy = in_current_noise(L5)
    grid = CurrentGrid(somatic=(0.0, 3e-10), dendritic=(0.0, 2e-10), cells=20, duration=0.2, warm_up=0.1)
    found = simulate(noisy, grid, seed=3, machine=machine)
    assert found.spike_count.dims == ("half", "dendritic", "somatic", "cell")
    assert found.attrs["burst_window"] == 0.016
    again = simulate(noisy, grid, seed=3, machine=interpreter)
    np.testing.assert_array_equal(again.event_count, found.event_count)
    np.testing.assert_allclose(again.v_free_dendrite_mean, found.v_free_dendrite_mean, atol=1e-9)
    apical = SteadyDrive(
        levels=(0.0, 2e-10), channel="dendrite", cells=200, duration=1.0, warm_up=0.2, burst_window=0.016
    )
    steady = simulate(noisy, apical, seed=3, machine=machine)
    assert steady.drive.attrs["units"] == "A"
    same = replace(grid, somatic=(0.0,), cells=200, duration=1.0, warm_up=0.2)
    many = simulate(noisy, same, seed=3, machine=machine)
    assert steady.burst_count.sum() > 50
    # Two programs may round differently, and a spike that moves by a step now and then falls out of the window.
    assert np.mean(steady.burst_count.values != many.burst_count.isel(somatic=0).values) < 0.03
    np.testing.assert_allclose(steady.v_free_dendrite_mean, many.v_free_dendrite_mean.isel(somatic=0), atol=1e-6)


@pytest.mark.cpp
def test_noise_of_a_grid_grows_with_the_current(machine):
    noisy = in_current_noise(L5, "100 pA")
    grid = CurrentGrid(
        somatic=(0.0, 2e-10), dendritic=(0.0, 2e-10), somatic_noise_per_current=0.5, dendritic_noise_per_current=1.0,
        cells=200, duration=0.5, warm_up=0.1,
    )  # fmt: skip
    quiet = with_dendrite(noisy, calcium_current=0.0, back_propagation=0.0)
    found = simulate(quiet.with_cell(apical_current=0.0), grid, seed=4, machine=machine)
    soma = np.sqrt(found.v_free_variance.mean("cell")).values
    dendrite = np.sqrt(found.v_free_dendrite_variance.mean("cell")).values
    np.testing.assert_allclose(soma[:, 1] / soma[:, 0], 2.0, rtol=0.03)
    np.testing.assert_allclose(dendrite[1] / dendrite[0], 3.0, rtol=0.03)


@pytest.mark.cpp
def test_the_shadow_of_a_dendrite_hears_no_spike_of_its_soma(machine):
    grid = CurrentGrid(somatic=(0.0, 8e-10), cells=20, duration=0.5, warm_up=0.1)
    found = simulate(in_current_noise(L5), grid, seed=5, machine=machine)
    assert found.spike_count.sel(somatic=8e-10).sum() > 100
    # The levels have their own random numbers; their free dendrites differ by noise alone.
    first, second = (found.v_free_dendrite_mean.isel(dendritic=0, somatic=k).values for k in (0, 1))
    error = np.hypot(first.std(), second.std()) / np.sqrt(first.size)
    assert abs(first.mean() - second.mean()) < 4 * error


@pytest.mark.cpp
def test_one_extra_spike_on_the_dendrite_has_a_kernel_at_the_soma(machine):
    probe = ProbeSpikes(afferent="apical_excitatory", groups=2, cells_per_group=20, duration="80 ms", warm_up="0.1 s")
    kernel = simulate(L5, probe, seed=1, machine=machine).response.sel(size=1.0).mean("group").values
    own = simulate(L5, replace(probe, afferent="excitatory"), seed=1, machine=machine).response.sel(size=1.0)
    assert 0 < kernel.max() < 0.2 * own.mean("group").values.max()
    assert kernel.argmax() > own.mean("group").values.argmax()


@pytest.mark.cpp
def test_gated_hcn_channels_depolarise_the_resting_dendrite(machine):
    gated = with_dendrite(in_silence(L5), h_current=HCurrent(conductance="30 nS"))
    rest, held = (
        simulate(population, CurrentGrid(cells=2, duration=0.1, warm_up=0.3), seed=1, machine=machine)
        .v_free_dendrite_mean.mean()
        .item()
        for population in (in_silence(L5), gated)
    )
    assert 2e-3 < held - rest < 12e-3


def test_what_has_no_dendrite_takes_no_dendritic_current_and_memoryless_cells_no_bursts(machine):
    e1, escape = POPULATIONS["e1"](), POPULATIONS["escape_rate"]()
    for experiment in (
        CurrentGrid(dendritic=(1e-10,)),
        CurrentPulses(conditions=(Pulses(epsc=1e-10),)),
        SteadyDrive(levels=(0.0,), channel="dendrite"),
    ):
        with pytest.raises(EngineError, match="the cells of e1 have none"):
            simulate(e1, experiment, seed=1, machine=machine)
    with pytest.raises(EngineError, match="memoryless"):
        simulate(escape, SteadyDrive(levels=(0.0,), burst_window=0.016), seed=1, machine=machine)
    ampa = Synapse(receptor="ampa", weight="1 nS", reversal="0 mV", decay="2 ms", site="dendrite")
    afferents = tuple(replace(a, synapses=(ampa,)) if a.name == "excitatory" else a for a in e1.afferents)
    with pytest.raises(ValueError, match="ampa_dendrite on cells without a dendrite"):
        replace(e1, afferents=afferents)


def test_descriptions_refuse_what_cannot_be():
    with pytest.raises(ValueError, match="lower the reset"):
        L5.with_cell(reset="-50 mV")
    with pytest.raises(ValueError, match="longer than a period"):
        Pulses(width="20 ms", count=4, frequency="100 Hz")
    with pytest.raises(ValueError, match="rise is the faster one"):
        Pulses(epsc_rise="10 ms", epsc_decay="10 ms")
    with pytest.raises(ValueError, match="have no dendrite"):
        in_current_noise(RELAY)
    assert in_current_noise(L5).noise == MembraneNoise(amplitude="450 pA", time_constant="2 ms")


@pytest.mark.cpp
def test_a_step_into_the_dendrite_is_played_and_answered(machine):
    experiment = TimeVaryingInput(
        stimuli=(Step(height=3.0, onset=0.3, offset=0.6),), channel="dendrite", groups=4, cells_per_group=50,
        duration=0.6, warm_up=0.2, burst_window="16 ms",
    )  # fmt: skip
    found = simulate(L5, experiment, seed=6, machine=machine)
    assert found.input.attrs["units"] == "A"
    assert found.input.values[0, [0, -1]].tolist() == pytest.approx([0.0, 300e-12])
    before, during = (found.sel(time=slice(*span)).mean("time") for span in ((0.05, 0.3), (0.35, 0.6)))
    assert np.all(during.v_free_dendrite > before.v_free_dendrite + 2e-3)
    probability = [float(part.burst_rate.mean() / part.event_rate.mean()) for part in (before, during)]
    assert probability[1] > probability[0] + 0.2
    # Events and the further spikes of bursts are all the spikes there are.
    assert np.all(found.rate.sum("time") >= (found.event_rate + found.burst_rate).sum("time") - 1e-6)
